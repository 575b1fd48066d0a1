/* route.c: what a transition means for a play. Nothing but its arguments is read. */

#include "state/state.h"

_Static_assert(US_ROUTING_QUEUED == 0 && US_ROUTING_NO_ENTRY == 1 &&
                   US_ROUTING_BEFORE == 2 && US_ROUTING_IMPORTED == 3 &&
                   US_ROUTING_OPEN == 4 && US_ROUTING_SILENT == 5,
    "the numbers are in files");

us_str us_routing_word(us_routing r)
{
    static const us_str words[] = {
        [US_ROUTING_QUEUED] = US_S_INIT("queued"),
        [US_ROUTING_NO_ENTRY] = US_S_INIT("no_entry"),
        [US_ROUTING_BEFORE] = US_S_INIT("before_live"),
        [US_ROUTING_IMPORTED] = US_S_INIT("imported"),
        [US_ROUTING_OPEN] = US_S_INIT("already_open"),
        [US_ROUTING_SILENT] = US_S_INIT("source_silent"),
    };
    us_assert(r < US_ROUTINGS);
    return words[r];
}

int64_t us_state_live_from(int64_t first_seen, int64_t asked)
{
    return asked > first_seen ? asked : first_seen;
}

/* Who qualified before the play was live is its backlog by whatever lines that was
 * known; so time comes before the kind of line. It cannot be live on what is not in
 * force yet. */
us_routing us_state_route(const struct us_state_play *play,
    const struct us_state_transition *transition, bool unit_open)
{
    if (!us_str_eq(transition->change, US_S("entered"))) return US_ROUTING_NO_ENTRY;
    if (transition->t < play->live_from || transition->found) return US_ROUTING_BEFORE;
    if (!transition->live) return US_ROUTING_IMPORTED;
    if (unit_open) return US_ROUTING_OPEN;
    return transition->silent.len ? US_ROUTING_SILENT : US_ROUTING_QUEUED;
}

/* loader_turn.c: history opened anew: by other rules, or another file of it. */
#include "server/clock.h"
#include "server/loader_inner.h"

#include <unistd.h>

/* For those who ask to be done: a command that takes history away waits for studies, an
 * administrator who has the configuration read anew only for questions. */
enum { ANEW_WAIT_MS = 600000, RULES_WAIT_MS = 10000, ASKED_LOOK_MS = 20 };

/* With a turn in which nobody asks beside; who asks for long does not keep the others
 * from their turns meanwhile. */
static us_code turn_alone(struct us_loader *l, int64_t wait_ms, struct us_error *e)
{
    int64_t until = us_server_ticks() + wait_ms * 1000;
    for (;;) {
        loader_turn_take(l);
        us_code code = loader_nobody_beside(l, e);
        if (code == US_OK) return US_OK;
        loader_turn_give(l);
        if (code != US_BUSY || us_server_ticks() > until) return code;
        usleep(ASKED_LOOK_MS * 1000);
    }
}

us_code us_loader_rules(
    struct us_loader *l, const struct us_history_rules *rules, struct us_error *e)
{
    US_TRY(turn_alone(l, RULES_WAIT_MS, e));
    const struct us_history_rules *old = l->options.rules;
    loader_closed(l);
    l->options.rules = rules;
    us_code code = loader_opened(l, e);
    if (code != US_OK) {
        loader_closed(l);
        l->options.rules = old;
    }
    loader_turn_give(l);
    return code;
}

const struct us_history_rules *us_loader_ruled(struct us_loader *l)
{
    loader_turn_take(l);
    const struct us_history_rules *rules = l->options.rules;
    loader_turn_give(l);
    return rules;
}

void us_loader_rules_back(struct us_loader *l, const struct us_history_rules *rules)
{
    loader_turn_take(l);
    l->options.rules = rules;
    loader_turn_give(l);
}

us_code us_loader_alone(struct us_loader *l, struct us_error *e)
{
    US_TRY(turn_alone(l, ANEW_WAIT_MS, e));
    loader_turn_give(l);
    return US_OK;
}

us_code us_loader_anew(
    struct us_loader *l, us_loader_put *put, void *ctx, struct us_error *e)
{
    struct us_error later;
    US_TRY(turn_alone(l, ANEW_WAIT_MS, e));
    loader_closed(l);
    us_code code = put(ctx, e);
    us_code open = loader_opened(l, code == US_OK ? e : &later);
    loader_turn_give(l);
    return code == US_OK ? open : code;
}

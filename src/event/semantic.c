/* semantic.c: event names that Segment's B2B SaaS spec, and its e-commerce spec for the
 * checkout, give a meaning: known without configuration, in any spelling people use. */

#include "event/event.h"

static const struct {
    us_str event, role;
} names[] = {
    {US_S_INIT("accountcreated"), US_S_INIT("sign_up")},
    {US_S_INIT("signedup"), US_S_INIT("sign_up")},
    {US_S_INIT("signedin"), US_S_INIT("sign_in")},
    {US_S_INIT("signedout"), US_S_INIT("sign_out")},
    {US_S_INIT("invitesent"), US_S_INIT("invite")},
    {US_S_INIT("accountaddeduser"), US_S_INIT("seat")},
    {US_S_INIT("accountremoveduser"), US_S_INIT("seat_removed")},
    {US_S_INIT("trialstarted"), US_S_INIT("trial_started")},
    {US_S_INIT("trialended"), US_S_INIT("trial_ended")},
    {US_S_INIT("accountdeleted"), US_S_INIT("account_deleted")},
    {US_S_INIT("checkoutstarted"), US_S_INIT("checkout")},
};
enum { NAME_MAX = 24 };

/* "Invite Sent", "invite_sent" and "inviteSent" are one. */
us_str us_semantic_role(us_str event)
{
    char plain[NAME_MAX];
    size_t len = 0;
    for (size_t i = 0; i < event.len; i++) {
        char c = event.ptr[i];
        if (c == ' ' || c == '_' || c == '-') continue;
        if (len == NAME_MAX) return (us_str){0};
        if (c >= 'A' && c <= 'Z') c = (char)(c - 'A' + 'a');
        plain[len++] = c;
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (us_str_eq(names[i].event, (us_str){plain, len})) return names[i].role;
    return (us_str){0};
}

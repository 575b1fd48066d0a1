/* starter_lacking.c: what a log does not tell, and how it would. */

#include "answer/starter.h"
#include "base/time.h"

enum { ACCOUNTS_LEAST = 30, SPAN_LEAST = 60 };
static const double SHARE_MISSED = 0.02; /* a few without are usual */

struct lacking {
    struct us_lacking *out;
    size_t count;
};

static struct us_lacking *lacks(struct lacking *l, const char *key)
{
    struct us_lacking *at = &l->out[l->count++];
    us_assert(l->count < US_LACKING_MAX);
    *at = (struct us_lacking){.key = key};
    return at;
}

static double missed(int64_t part, int64_t whole)
{
    return whole ? 1 - (double)part / (double)whole : 0;
}

static void people_and_accounts(struct lacking *l, const struct us_profile *p)
{
    double accountless = missed(p->with_account, p->count);
    double userless = missed(p->with_user, p->count);
    if (p->account_count == 0) {
        lacks(l, "init.lack_accounts");
    } else {
        if (accountless > SHARE_MISSED)
            lacks(l, "init.lack_account")->args[0] =
                (us_arg)US_SHARE("share", accountless);
        if (p->account_count < ACCOUNTS_LEAST)
            lacks(l, "init.lack_few")->args[0] =
                (us_arg)US_WHOLE("n", p->account_count);
    }
    if (userless > SHARE_MISSED)
        lacks(l, "init.lack_user")->args[0] = (us_arg)US_SHARE("share", userless);
    if (p->emails == 0) lacks(l, "init.lack_email");
    if (p->account_trait_count == 0 && p->account_count) lacks(l, "init.lack_traits");
    if (p->count && us_day(p->last) - us_day(p->first) < SPAN_LEAST)
        lacks(l, "init.lack_span")->args[0] =
            (us_arg)US_WHOLE("n", us_day(p->last) - us_day(p->first) + 1);
}

size_t us_starter_lacking(const struct us_profile *p, const struct us_guesses *g,
    struct us_lacking out[US_LACKING_MAX])
{
    static const char *const roles[US_ROLES] = {
        [US_ROLE_SIGN_UP] = "init.lack_sign_up",
        [US_ROLE_ACTIVATED] = "init.lack_activated",
        [US_ROLE_INVITE] = "init.lack_invite",
        [US_ROLE_SEAT] = "init.lack_seat",
        [US_ROLE_LIMIT] = "init.lack_limit",
        [US_ROLE_PRICING] = "init.lack_pricing",
        [US_ROLE_CHECKOUT] = "init.lack_checkout",
        [US_ROLE_HAND_RAISE] = "init.lack_hand_raise",
    };
    struct lacking l = {out, 0};
    people_and_accounts(&l, p);
    for (int r = 0; r < US_ROLES; r++) {
        bool page = r == US_ROLE_PRICING && g->has_pricing_page;
        if (g->chosen[r] < 0 && !page) lacks(&l, roles[r]);
    }
    lacks(&l, "init.lack_payments");
    return l.count;
}

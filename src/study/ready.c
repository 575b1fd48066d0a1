#include "study/ready.h"

#include <math.h>

const struct us_ready_bar us_ready_bars[US_READY_ROWS] = {
    [US_READY_COVERAGE] = {"account_coverage", US_READY_SHARE, US_READY_BASE, false,
        0.8, 'A', "assess.source_own"},
    [US_READY_ACTIVATION_DEFINED] = {"activation_defined", US_READY_YES, US_READY_BASE,
        true, 1, 'P', "assess.source_order"},
    [US_READY_ACTIVATION] = {"activation_rate", US_READY_SHARE, US_READY_BASE, true,
        0.2, 'A', "assess.source_skill"},
    [US_READY_PRICING] = {"pricing_seen", US_READY_SHARE, US_READY_SHOWN, false, 0.25,
        'P', "assess.source_unaware"},
    [US_READY_CHECKOUT] = {"self_serve_checkout", US_READY_YES, US_READY_BASE, true, 1,
        'P', "assess.source_order"},
    [US_READY_PAID] = {"free_to_paid", US_READY_SHARE, US_READY_BASE, false, 0.03, 'S',
        "assess.source_paid"},
    [US_READY_HANDS] = {"hand_raisers", US_READY_WEEKLY, US_READY_PULL, false, 1, 'S',
        "assess.source_hands"},
    [US_READY_SIGNS] = {"signs_of_demand", US_READY_COUNT, US_READY_PULL, false,
        US_READY_SIGNS_LEAST, 'A', "assess.source_signs"},
    [US_READY_CONTRACT] = {"contract_value", US_READY_MONEY, US_READY_BASE, false,
        15000, 'P', "assess.source_floor"},
    [US_READY_ACTIVE] = {"active_accounts", US_READY_COUNT, US_READY_BASE, false, 1000,
        'A', "assess.source_skill"},
    [US_READY_ARR] = {"arr", US_READY_MONEY, US_READY_SHOWN, false, 2e6, 'A',
        "assess.source_arr"},
    [US_READY_OWNER] = {"pqa_owner", US_READY_YES, US_READY_BASE, false, 1, 'P',
        "assess.source_owner"},
    [US_READY_DEFINITION] = {"definition", US_READY_YES, US_READY_BASE, false, 1, 'A',
        "assess.source_definition"},
};

const char *us_ready_is_word(us_ready_is is)
{
    static const char *const words[] = {[US_READY_UNANSWERED] = "unanswered",
        [US_READY_FAIL] = "fail",
        [US_READY_PASS] = "pass"};
    return words[is];
}

const char *us_ready_word(us_verdict_of verdict)
{
    static const char *const words[] = {[US_READY_NOT_YET] = "not_yet",
        [US_READY_PREREQUISITES] = "prerequisites",
        [US_READY_READY] = "ready"};
    return words[verdict];
}

struct us_ready_found us_ready_signs(int64_t yes, int64_t no)
{
    bool never = no > US_READY_SIGNS_ASKED - US_READY_SIGNS_LEAST;
    return (struct us_ready_found){.answered = yes >= US_READY_SIGNS_LEAST || never,
        .value = (double)yes,
        .in = {NAN, NAN}};
}

static struct us_ready_row judged(const struct us_ready_found *found, double bar)
{
    struct us_ready_row row = {.found = *found, .bar = bar, .sure = true};
    if (!found->answered) return row;
    bool pass = found->value >= bar;
    row.is = pass ? US_READY_PASS : US_READY_FAIL;
    if (isfinite(found->in.low) && isfinite(found->in.high))
        row.sure = pass ? found->in.low >= bar : found->in.high < bar;
    return row;
}

static us_verdict_of verdict_of(const struct us_readiness *r, bool strong)
{
    bool pulled = false, unpulled = false, lacks = false;
    for (int i = 0; i < US_READY_ROWS; i++) {
        const struct us_ready_bar *bar = &us_ready_bars[i];
        us_ready_is is = r->rows[i].is;
        if (strong && bar->strength == 'A') continue;
        pulled |= bar->part == US_READY_PULL && is == US_READY_PASS;
        unpulled |= bar->part == US_READY_PULL && is == US_READY_FAIL;
        lacks |= bar->part == US_READY_BASE && is == US_READY_FAIL;
        lacks |= bar->core && is == US_READY_UNANSWERED;
    }
    if (!pulled && unpulled) return US_READY_NOT_YET;
    return lacks || !pulled ? US_READY_PREREQUISITES : US_READY_READY;
}

static void fix_put(struct us_readiness *r, us_ready_is is)
{
    for (int i = 0; i < US_READY_ROWS; i++)
        if (r->rows[i].is == is && us_ready_bars[i].part != US_READY_SHOWN)
            r->fix[r->fix_count++] = (us_ready_key)i;
}

void us_ready_of(const struct us_ready_found found[US_READY_ROWS], bool trial,
    struct us_readiness *out)
{
    *out = (struct us_readiness){0};
    for (int i = 0; i < US_READY_ROWS; i++) {
        double bar = us_ready_bars[i].bar;
        if (i == US_READY_PAID && trial) bar = US_READY_PAID_TRIAL;
        out->rows[i] = judged(&found[i], bar);
    }
    out->verdict = verdict_of(out, false);
    out->strong = verdict_of(out, true);
    fix_put(out, US_READY_FAIL);
    out->fail_count = out->fix_count;
    fix_put(out, US_READY_UNANSWERED);
}

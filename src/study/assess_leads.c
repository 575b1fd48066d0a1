/* assess_leads.c: PQA rate by month, and PQA beside MQL. */

#include "study/assess.h"
#include "study/backtest_inner.h"

#include <math.h>

/* ---- PQA rate ---- */

static size_t month_at(const struct us_pqa_asked *q, int64_t t)
{
    for (size_t i = 0; i < q->month_count; i++)
        if (t >= q->months[i].from && t < q->months[i].to) return i;
    return q->month_count;
}

/* The entries of one account, [from, to): the first counts as new, later ones once a
 * month. */
static void account_add(
    const struct us_pqa_asked *q, size_t from, size_t to, struct us_pqa_month *months)
{
    size_t account = q->entries[from].account;
    size_t last = q->month_count;
    for (size_t i = from; i < to; i++) {
        size_t m = month_at(q, q->entries[i].t);
        bool first = i == from;
        bool counted = !first && m == last;
        last = m;
        if (m == q->month_count || counted) continue;
        size_t at = account * q->month_count + m;
        bool raised = first && q->entries[i].hand_raised;
        /* it was in the segment when it entered, whatever it is at the month's end */
        months[m].rate.n += q->active[at] && !q->target[at];
        months[m].rate.hits += first && !raised && q->active[at];
        months[m].idle += first && !raised && !q->active[at];
        months[m].raised += raised;
        months[m].again += !first;
    }
}

void us_pqa_months(
    const struct us_pqa_asked *asked, struct us_arena *a, struct us_pqa_month **out)
{
    struct us_pqa_month *months =
        us_new(a, struct us_pqa_month, asked->month_count + 1);
    for (size_t m = 0; m < asked->month_count; m++) {
        months[m] = (struct us_pqa_month){.month = asked->months[m]};
        for (size_t i = 0; i < asked->account_count; i++)
            months[m].rate.n += asked->target[i * asked->month_count + m];
    }
    for (size_t i = 0, end; i < asked->entry_count; i = end) {
        end = i + 1;
        while (end < asked->entry_count &&
               asked->entries[end].account == asked->entries[i].account)
            end++;
        account_add(asked, i, end, months);
    }
    for (size_t m = 0; m < asked->month_count; m++)
        months[m].rate = us_backtest_rate_of(months[m].rate.hits, months[m].rate.n);
    *out = months;
}

/* ---- PQA beside MQL ---- */

us_str us_lead_word(us_lead lead)
{
    static const us_str words[] = {[US_LEAD_PQA] = US_S_INIT("pqa"),
        [US_LEAD_MQL] = US_S_INIT("mql"),
        [US_LEAD_BOTH] = US_S_INIT("both"),
        [US_LEAD_NEITHER] = US_S_INIT("neither")};
    return words[lead];
}

/* Days of each kind, for quartiles. */
struct days {
    double *items;
    size_t count;
};

struct counting {
    const struct us_leads_asked *q;
    struct us_leads *out;
    struct days leads[US_LEADS], ages, between;
};

static double days_from(int64_t from, int64_t to)
{
    return (double)(to - from) / (double)US_DAY_US;
}

static int64_t earlier(int64_t x, int64_t y)
{
    return x < y ? x : y;
}

static bool within(const struct us_leads_asked *q, int64_t t)
{
    return t != US_NEVER && t >= q->from && t < q->to;
}

/* An account that is so from t on. */
static void judge(
    struct counting *c, const struct us_lead_account *x, us_lead lead, int64_t t)
{
    struct us_lead_group *g = &c->out->groups[lead];
    int64_t horizon = c->q->horizon;
    bool open = t > c->q->until - horizon;
    bool hit = x->outcome != US_NEVER && x->outcome > t && x->outcome - t <= horizon;
    int64_t end = hit ? x->outcome : t + horizon;
    g->accounts++;
    if (x->raised <= t) {
        g->raised++;
        return;
    }
    g->already += x->outcome <= t;
    g->open += x->outcome > t && open;
    if (x->outcome <= t || open) return;
    g->rate.n++;
    g->rate.hits += hit;
    g->untouched.n += x->touched >= end;
    g->untouched.hits += x->touched >= end && hit;
    if (hit) c->leads[lead].items[c->leads[lead].count++] = days_from(t, x->outcome);
}

/* Those of whom a hand was raised, from that moment on. */
static void hand(struct counting *c, const struct us_lead_account *x)
{
    int64_t t = x->raised;
    if (!within(c->q, t) || x->outcome <= t || t > c->q->until - c->q->horizon) return;
    c->out->hands.n++;
    c->out->hands.hits += x->outcome != US_NEVER && x->outcome - t <= c->q->horizon;
}

static void one(struct counting *c, const struct us_lead_account *x)
{
    bool pqa = within(c->q, x->pqa), mql = within(c->q, x->mql);
    struct us_leads *out = c->out;
    out->pqa += pqa;
    out->mql += mql;
    if (pqa && x->mql > x->pqa) judge(c, x, US_LEAD_PQA, x->pqa);
    if (mql && x->pqa > x->mql) judge(c, x, US_LEAD_MQL, x->mql);
    int64_t first = earlier(x->pqa, x->mql);
    int64_t both = first == x->pqa ? x->mql : x->pqa;
    if (within(c->q, first) && first >= x->seen)
        c->ages.items[c->ages.count++] = days_from(x->seen, first);
    hand(c, x);
    if (!within(c->q, both)) return;
    judge(c, x, US_LEAD_BOTH, both);
    if (!pqa || !mql) return;
    out->both++;
    out->pqa_first += x->pqa < x->mql;
    out->mql_first += x->mql < x->pqa;
    out->same += x->mql == x->pqa;
    c->between.items[c->between.count++] = days_from(first, both);
}

static struct days days_new(const struct us_leads_asked *q, struct us_arena *a)
{
    return (struct days){us_new(a, double, q->count + 1), 0};
}

void us_leads_of(
    const struct us_leads_asked *asked, struct us_arena *a, struct us_leads *out)
{
    struct counting c = {
        asked, out, .ages = days_new(asked, a), .between = days_new(asked, a)};
    *out = (struct us_leads){.neither_days = NAN};
    for (int lead = 0; lead < US_LEADS; lead++)
        c.leads[lead] = days_new(asked, a);
    for (size_t i = 0; i < asked->count; i++)
        one(&c, &asked->accounts[i]);
    out->neither_days = us_backtest_days_of(c.ages.items, c.ages.count).median;
    for (size_t i = 0; i < asked->count && c.ages.count; i++) {
        const struct us_lead_account *x = &asked->accounts[i];
        int64_t t = x->seen + (int64_t)(out->neither_days * (double)US_DAY_US);
        if (within(asked, t) && earlier(x->pqa, x->mql) > t)
            judge(&c, x, US_LEAD_NEITHER, t);
    }
    for (int lead = 0; lead < US_LEADS; lead++) {
        struct us_lead_group *g = &out->groups[lead];
        g->rate = us_backtest_rate_of(g->rate.hits, g->rate.n);
        g->untouched = us_backtest_rate_of(g->untouched.hits, g->untouched.n);
        g->to_outcome = us_backtest_days_of(c.leads[lead].items, c.leads[lead].count);
    }
    out->hands = us_backtest_rate_of(out->hands.hits, out->hands.n);
    out->between = us_backtest_days_of(c.between.items, c.between.count);
}

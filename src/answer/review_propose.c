/* review_propose.c: what to try, only where counts carry it. */

#include "answer/review_inner.h"
#include "stats/special.h"

#include <math.h>

us_str us_review_change_word(us_review_change change)
{
    static const us_str words[] = {
        [US_REVIEW_OVER_CAPACITY] = US_S_INIT("over_capacity"),
        [US_REVIEW_NOT_ABOVE_BASE] = US_S_INIT("not_above_base"),
        [US_REVIEW_GATE_NOISY] = US_S_INIT("gate_noisy"),
        [US_REVIEW_NEAR_MISS] = US_S_INIT("near_miss")};
    return words[change];
}

struct proposing {
    struct us_reviewed *r;
    struct us_arena *a;
    size_t cap;
    size_t at; /* of definitions */
};

static us_str name_of(const struct proposing *p)
{
    const struct us_reviewed *r = p->r;
    return r->rules->definitions[r->definitions[p->at].definition].name;
}

static struct us_review_proposed *put(
    struct proposing *p, us_review_change change, size_t gate, us_str command)
{
    struct us_review_proposed *one =
        us_push(p->a, p->r->proposed, p->r->proposed_count, p->cap);
    *one = (struct us_review_proposed){.change = change,
        .definition = p->at,
        .gate = gate,
        .command = command,
        .mean = NAN,
        .low = NAN};
    return one;
}

/* What a sweep of the definition can go over: a threshold, else a gate's number. */
static us_str sweep_of(const struct proposing *p)
{
    const struct us_review_definition *d = &p->r->definitions[p->at];
    const struct us_definition_text *text =
        p->r->rules->definitions[d->definition].text;
    for (int axis = 0; axis < US_AXES; axis++)
        if (text->threshold[axis] > 0) return US_S(" --sweep threshold");
    for (size_t i = 0; i < d->gate_count; i++)
        if (!d->gates[i].line && d->gates[i].signal.len)
            return us_arena_fmt(p->a, " --sweep %.*s", US_ARG(d->gates[i].signal));
    return (us_str){0};
}

/* The mean of entries a week, of all weeks looked at, and the low end of its interval
 * by t: above what the team can work. */
static void capacity(struct proposing *p)
{
    const struct us_review_count *c = &p->r->definitions[p->at].volume.entries;
    double n[US_REVIEW_WEEKS + 1];
    size_t count = c->weeks + 1;
    double most = p->r->of->capacity;
    if (most <= 0 || c->weeks < US_REVIEW_WEEKS_LEAST) return;
    n[0] = (double)c->now;
    for (size_t i = 0; i < c->weeks; i++)
        n[i + 1] = (double)c->before[i];
    double degrees = (double)count - 1;
    double mean = us_mean(n, count);
    double error = us_deviation(n, count, mean) / sqrt(degrees);
    double low = mean - us_t_quantile(0.975, degrees) * error;
    if (low <= most) return;
    struct us_review_proposed *one = put(p, US_REVIEW_OVER_CAPACITY, SIZE_MAX,
        us_arena_fmt(p->a, "usher backtest %.*s --capacity %g/week%.*s",
            US_ARG(name_of(p)), most, US_ARG(sweep_of(p))));
    one->mean = mean;
    one->low = low;
}

static us_str backtest(const struct proposing *p, us_str signal)
{
    us_str sweep =
        signal.len ? us_arena_fmt(p->a, " --sweep %.*s", US_ARG(signal)) : (us_str){0};
    return us_arena_fmt(
        p->a, "usher backtest %.*s%.*s", US_ARG(name_of(p)), US_ARG(sweep));
}

static void gates(struct proposing *p)
{
    const struct us_review_definition *d = &p->r->definitions[p->at];
    for (size_t i = 0; i < d->gate_count; i++) {
        const struct us_review_gate *gate = &d->gates[i];
        if (gate->verdict != US_REVIEW_NOISY) continue;
        us_str signal = gate->line ? (us_str){0} : gate->signal;
        put(p, US_REVIEW_GATE_NOISY, i, backtest(p, signal));
    }
    bool most = 2 * d->near_most >= d->missed && d->near_most >= US_REVIEW_NEAR_LEAST;
    if (most)
        put(p, US_REVIEW_NEAR_MISS, d->near_gate,
            backtest(p, d->gates[d->near_gate].signal));
}

void us_review_propose(struct us_reviewed *r, struct us_arena *a)
{
    struct proposing p = {.r = r, .a = a};
    for (p.at = 0; p.at < r->definition_count; p.at++) {
        const struct us_review_definition *d = &r->definitions[p.at];
        capacity(&p);
        if (d->verdict == US_REVIEW_NOISY)
            put(&p, US_REVIEW_NOT_ABOVE_BASE, SIZE_MAX,
                us_arena_fmt(a, "usher discover --outcome %.*s",
                    US_ARG(r->rules->outcomes[d->outcome].name)));
        gates(&p);
    }
}

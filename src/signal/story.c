/* story.c: the account: its rows, and the moments at which it is looked at. */

#include "signal/story.h"

#include "base/err.h"

#include <stdlib.h>
#include <string.h>

enum { EVENTS_MAX = 120, TRAITS_MAX = 16, PAYMENTS_MAX = 6, PEOPLE = 5, DAYS = 40 };

static const char *const account_traits[] = {"plan", "size"};

uint64_t story_below(struct story *y, uint64_t n)
{
    /* Steele, Lea, Flood: SplitMix64. */
    uint64_t z = (y->state += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return (z ^ (z >> 31)) % n;
}

/* In a story of ebbs two days of rows, then four without, most of them of few rows. */
static int64_t day_of(struct story *y)
{
    bool early = story_one_in(y, 3);
    if (y->ebbs && !story_one_in(y, 12))
        return (int64_t)(6 * story_below(y, early ? 2 : 6) + story_below(y, 2));
    return (int64_t)story_below(y, early ? 9 : DAYS);
}

static int64_t moment(struct story *y, int64_t base)
{
    int64_t day = day_of(y);
    int64_t at = base + day * US_DAY_US;
    if (story_one_in(y, 9)) return at + US_DAY_US - 1;
    if (story_one_in(y, 9)) return at;
    at += (int64_t)story_below(y, 24) * US_HOUR_US;
    if (story_one_in(y, 4)) return at - 1;
    return story_one_in(y, 3) ? at : at + (int64_t)story_below(y, US_HOUR_US);
}

static us_value property(struct story *y, us_kind kind)
{
    static const char *const texts[] = {"a", "b", "ab"};
    if (story_one_in(y, 4)) return us_missing();
    if (kind == US_STRING) return us_string(us_str_c(texts[story_below(y, 3)]));
    if (kind == US_BOOL) return us_bool(story_below(y, 2));
    if (story_one_in(y, 3)) return us_number((double)story_below(y, 4));
    /* Sums of numbers of which none is below 0 are foreseen in a way of their own. */
    double least = y->ebbs ? 0 : -1000000;
    return us_number((least + (double)story_below(y, 4000000)) / US_MILLION);
}

/* Of one row: a property has one kind. */
static void properties(struct story *y, us_value *row)
{
    const struct us_need *n = &y->plan->need;
    for (size_t i = 0; i < n->column_count; i++) {
        bool taken = false;
        for (size_t k = 0; k < i; k++)
            taken |= row[k].kind && us_str_eq(n->columns[k].path, n->columns[i].path);
        row[i] = taken ? us_missing() : property(y, n->columns[i].kind);
    }
}

static int order(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int event_order(const void *a, const void *b)
{
    const struct us_log_event *x = a;
    const struct us_log_event *y = b;
    if (x->at != y->at) return order(x->at, y->at);
    if (x->seq != y->seq) return order(x->seq, y->seq);
    return order(x->from, y->from);
}

static int trait_order(const void *a, const void *b)
{
    return order(
        ((const struct us_log_trait *)a)->at, ((const struct us_log_trait *)b)->at);
}

static int payment_order(const void *a, const void *b)
{
    return order(
        ((const struct us_log_payment *)a)->at, ((const struct us_log_payment *)b)->at);
}

/* How late lines are and whether rows leave, of a whole story. */
struct manner {
    int64_t base;
    bool late, moves, swaps;
    bool goes; /* money does, often */
};

static int64_t known_of(struct story *y, const struct manner *m, int64_t at)
{
    if (!m->late || !story_one_in(y, 5)) return at;
    if (y->ebbs) return at + (1 + (int64_t)story_below(y, 5)) * US_DAY_US;
    return at +
           (int64_t)story_below(y, story_one_in(y, 2) ? US_HOUR_US : 4 * US_DAY_US);
}

static int64_t until_of(struct story *y, const struct manner *m, int64_t from)
{
    if (!m->moves || !story_one_in(y, 6)) return US_NEVER;
    return from + 1 + (int64_t)story_below(y, 6 * US_DAY_US);
}

/* A link gives the event to somebody else, of the same account. */
static void swap(struct story *y, struct us_log_event *e)
{
    struct us_log_event *then = &y->log.events[y->log.event_count++];
    *then = *e;
    then->from =
        e->from + 1 +
        (int64_t)story_below(y, story_one_in(y, 2) ? US_HOUR_US : 3 * US_DAY_US);
    if (then->from >= e->to) {
        y->log.event_count--;
        return;
    }
    e->to = then->from;
    then->user = (uint32_t)story_below(y, PEOPLE);
}

static void events(struct story *y, const struct manner *m)
{
    struct us_log *log = &y->log;
    const struct us_need *n = &y->plan->need;
    size_t most = story_one_in(y, 4) ? 4 : y->ebbs ? EVENTS_MAX / 2 : EVENTS_MAX;
    log->event_count = story_below(y, most);
    log->events = us_new(&y->memory, struct us_log_event, 2 * EVENTS_MAX);
    log->values = us_new(&y->memory, us_value, 2 * EVENTS_MAX * n->column_count + 1);
    for (size_t i = 0; i < log->event_count; i++) {
        struct us_log_event *e = &log->events[i];
        e->at = i && story_one_in(y, 4) ? log->events[i - 1].at : moment(y, m->base);
        e->from = known_of(y, m, e->at);
        e->to = until_of(y, m, e->from);
        e->seq = (int64_t)i + 1;
        e->name = story_one_in(y, 6) || !n->name_count
                      ? US_NAME_OTHER
                      : (uint32_t)story_below(y, n->name_count);
        e->user = story_one_in(y, 9) ? US_NOBODY : (uint32_t)story_below(y, PEOPLE);
    }
    for (size_t i = log->event_count; m->swaps && i > 0; i--)
        if (story_one_in(y, 5)) swap(y, &log->events[i - 1]);
    qsort(log->events, log->event_count, sizeof *log->events, event_order);
    for (size_t i = 0; i < log->event_count; i++) {
        us_value *row = &log->values[i * n->column_count];
        bool again = i && log->events[i].seq == log->events[i - 1].seq;
        if (again)
            memcpy(row, row - n->column_count, n->column_count * sizeof *row);
        else
            properties(y, row);
    }
}

static void traits(struct story *y, const struct manner *m)
{
    struct us_log *log = &y->log;
    const struct us_need *n = &y->plan->need;
    static const char *const plans[] = {"free", "pro", "team"};
    if (!n->account_trait_count) return;
    log->trait_count = story_below(y, TRAITS_MAX);
    log->traits = us_new(&y->memory, struct us_log_trait, TRAITS_MAX);
    for (size_t i = 0; i < log->trait_count; i++) {
        struct us_log_trait *r = &log->traits[i];
        r->at = i && story_one_in(y, 3) ? log->traits[i - 1].at : moment(y, m->base);
        r->from = known_of(y, m, r->at);
        r->to = until_of(y, m, r->from);
        r->user = US_NOBODY;
        r->key = (uint32_t)story_below(y, n->account_trait_count);
        bool plan = us_str_eq(n->account_traits[r->key], us_str_c(account_traits[0]));
        r->value = plan ? us_string(us_str_c(plans[story_below(y, 3)]))
                        : us_number((double)story_below(y, 6));
        if (story_one_in(y, 6)) r->value = us_missing();
    }
    qsort(log->traits, log->trait_count, sizeof *log->traits, trait_order);
}

static void payments(struct story *y, const struct manner *m)
{
    struct us_log *log = &y->log;
    if (!y->plan->need.payments || story_one_in(y, 2)) return;
    log->payment_count = story_below(y, PAYMENTS_MAX);
    log->payments = us_new(&y->memory, struct us_log_payment, PAYMENTS_MAX);
    for (size_t i = 0; i < log->payment_count; i++) {
        struct us_log_payment *p = &log->payments[i];
        p->at = moment(y, m->base);
        p->from = known_of(y, m, p->at);
        p->to = until_of(y, m, p->from);
        if (m->goes && story_one_in(y, 2))
            p->to = p->from + 1 + (int64_t)story_below(y, 9 * US_DAY_US);
        p->status = story_one_in(y, 4) ? US_PAY_REFUNDED : US_PAY_PAID;
        if (story_one_in(y, 8)) p->status = US_PAY_FAILED;
        p->invoice = story_one_in(y, 2) ? us_str_c("i1") : (us_str){"", 0};
        p->amount = (int64_t)story_below(y, 5) * US_MILLION;
        p->start = story_one_in(y, 3) ? moment(y, m->base) : p->at;
        p->end = p->start + (int64_t)story_below(y, 25) * US_DAY_US;
        p->months = p->end > p->start;
        p->quantity = 1;
        p->converted = !story_one_in(y, 8);
    }
    qsort(log->payments, log->payment_count, sizeof *log->payments, payment_order);
}

struct moment {
    int64_t at;
    bool line;
};

static int moment_order(const void *a, const void *b)
{
    const struct moment *x = a;
    const struct moment *y = b;
    if (x->at != y->at) return order(x->at, y->at);
    return (int)y->line - (int)x->line;
}

static void keep(struct story *y, struct moment *list, size_t n)
{
    qsort(list, n, sizeof *list, moment_order);
    y->moments = us_new(&y->memory, int64_t, n);
    y->lines = us_new(&y->memory, bool, n);
    for (size_t i = 0; i < n; i++) {
        if (y->moment_count && y->moments[y->moment_count - 1] == list[i].at) continue;
        y->moments[y->moment_count] = list[i].at;
        y->lines[y->moment_count++] = list[i].line;
    }
}

/* Evaluation moments: every change of a row, and the ends of the days between. */
static void moments(struct story *y)
{
    enum { TICKS_MAX = 500 * 24, DAYS_AFTER = 35 };
    const struct us_log *log = &y->log;
    size_t most = 2 * (log->event_count + log->trait_count + log->payment_count);
    struct moment *at = us_new(&y->memory, struct moment, most + TICKS_MAX + 1);
    size_t n = 0;
    for (size_t i = 0; i < log->event_count; i++) {
        at[n++] = (struct moment){log->events[i].from, true};
        if (log->events[i].to != US_NEVER)
            at[n++] = (struct moment){log->events[i].to, true};
    }
    for (size_t i = 0; i < log->trait_count; i++) {
        at[n++] = (struct moment){log->traits[i].from, true};
        if (log->traits[i].to != US_NEVER)
            at[n++] = (struct moment){log->traits[i].to, true};
    }
    for (size_t i = 0; i < log->payment_count; i++) {
        at[n++] = (struct moment){log->payments[i].from, true};
        if (log->payments[i].to != US_NEVER)
            at[n++] = (struct moment){log->payments[i].to, true};
    }
    if (n == 0) at[n++] = (struct moment){0, false};
    qsort(at, n, sizeof *at, moment_order);
    int64_t step = y->hour_ticks ? US_HOUR_US : US_DAY_US;
    int64_t tick = us_floor_div(at[0].at, step) * step + step - 1;
    int64_t last = (us_day(at[n - 1].at) + DAYS_AFTER) * US_DAY_US;
    for (int k = 0; tick < last && k < TICKS_MAX; tick += step, k++)
        at[n++] = (struct moment){tick, false};
    keep(y, at, n);
}

void story_fill(struct story *y)
{
    static const int64_t bases[] = {0, INT64_C(1708300800000000), /* 19 Feb 2024 */
        INT64_C(1798675200000000), -INT64_C(309571200000000)};
    static const char *const keys[] = {"ann", "bob", "cid", "dan", "eve"};
    struct manner m = {.base = bases[story_below(y, 4)]};
    m.late = !story_one_in(y, 3);
    m.moves = story_one_in(y, 3);
    m.swaps = story_one_in(y, 2);
    m.goes = story_one_in(y, 2);
    y->log = (struct us_log){
        .key = us_str_c("acme"), .column_count = y->plan->need.column_count};
    y->log.people = us_new(&y->memory, struct us_log_person, PEOPLE);
    y->log.person_count = PEOPLE;
    for (uint32_t i = 0; i < PEOPLE; i++)
        y->log.people[i] = (struct us_log_person){i, us_str_c(keys[i]), true};
    events(y, &m);
    traits(y, &m);
    payments(y, &m);
    moments(y);
}

uint32_t story_user(struct story *y)
{
    return (uint32_t)story_below(y, PEOPLE);
}

void story_begin(struct story *y, uint64_t seed)
{
    *y = (struct story){.seed = seed, .state = seed * 0x2545f4914f6cdd1dU};
    us_arena_init(&y->memory, (size_t)1 << 30);
    us_arena_init(&y->work, (size_t)1 << 30);
    y->ebbs = story_one_in(y, 2);
}

void story_open(struct story *y, uint64_t seed)
{
    story_begin(y, seed);
    y->diags = (struct us_diags){.arena = &y->memory};
    us_code code = us_config_parse(US_S("usher.yml"),
        US_S("account: {unit: workspace}\n"), &y->memory, &y->diags, &y->config, NULL);
    us_assert(code == US_OK);
    us_plan_open(y->config, &y->memory, &y->diags, &y->plan);
}

void story_close(struct story *y)
{
    us_arena_done(&y->memory);
    us_arena_done(&y->work);
}

/* Random histories: the order of rows never matters, and the referee agrees with a
 * recount that walks bucket by bucket instead of row by row. */

#include "signal/signal_test.h"

#include <string.h>

enum { ROWS_MAX = 60, TRAITS_MAX = 20, PEOPLE = 5, NAMES = 3, HISTORIES = 400 };

static uint64_t next(uint64_t *state)
{
    /* Steele, Lea, Flood: SplitMix64. */
    uint64_t z = (*state += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

static int64_t below(uint64_t *state, int64_t n)
{
    return (int64_t)(next(state) % (uint64_t)n);
}

/* A moment near the base, often at the very edge of an hour or a day. */
static int64_t moment(uint64_t *s, int64_t base)
{
    int64_t at = base + below(s, 288) * US_HOUR_US;
    int64_t how = below(s, 4);
    if (how == 0) return at;
    if (how == 1) return at - 1;
    return at + below(s, US_HOUR_US);
}

static us_value property(uint64_t *s, us_kind kind)
{
    static const char *const texts[] = {"a", "b", "ab"};
    if (below(s, 4) == 0) return us_missing();
    if (kind == US_STRING) return us_string(us_str_c(texts[below(s, 3)]));
    if (kind == US_BOOL) return us_bool(below(s, 2));
    return us_number(
        (double)(below(s, 4000) - 2000) / 1000 + 1e-7 * (double)below(s, 30));
}

static void fill(struct proof *p, uint64_t *s, struct us_log *log)
{
    static const int64_t bases[] = {0, INT64_C(1709078400000000), /* 28 Feb 2024 */
        INT64_C(1798675200000000), -INT64_C(309571200000000)};
    const struct us_need *n = &p->plan->need;
    int64_t base = bases[below(s, 4)] - US_DAY_US * 5;
    *log = (struct us_log){.column_count = n->column_count};
    log->event_count = (size_t)below(s, ROWS_MAX);
    log->events = us_new(&p->a, struct us_log_event, ROWS_MAX);
    log->values = us_new(&p->a, us_value, ROWS_MAX * n->column_count);
    for (size_t i = 0; i < log->event_count; i++) {
        struct us_log_event *e = &log->events[i];
        e->at = i && below(s, 3) == 0 ? log->events[i - 1].at : moment(s, base);
        e->from = e->at + (below(s, 4) ? 0 : below(s, 5 * US_DAY_US));
        e->to = below(s, 6) ? US_NEVER : e->from + below(s, 5 * US_DAY_US);
        e->name =
            below(s, 5) ? (uint32_t)below(s, (int64_t)n->name_count) : US_NAME_OTHER;
        e->user = below(s, 9) ? (uint32_t)below(s, PEOPLE) : US_NOBODY;
        for (size_t k = 0; k < n->column_count; k++)
            log->values[i * n->column_count + k] = property(s, n->columns[k].kind);
    }
    log->trait_count = (size_t)below(s, TRAITS_MAX);
    log->traits = us_new(&p->a, struct us_log_trait, TRAITS_MAX);
    for (size_t i = 0; i < log->trait_count; i++) {
        struct us_log_trait *r = &log->traits[i];
        r->at = i && below(s, 2) ? log->traits[i - 1].at : moment(s, base);
        r->from = i && below(s, 2) && log->traits[i - 1].from >= r->at
                      ? log->traits[i - 1].from
                      : r->at + below(s, US_DAY_US);
        r->to = below(s, 6) ? US_NEVER : r->from + below(s, 5 * US_DAY_US);
        r->user = below(s, 2) ? US_NOBODY : (uint32_t)below(s, PEOPLE);
        r->value = property(s, (us_kind)below(s, 4));
    }
    log->key = US_S("acme");
}

static void shuffle(uint64_t *s, struct us_log *log)
{
    size_t columns = log->column_count;
    for (size_t i = log->event_count; i > 1; i--) {
        size_t k = (size_t)below(s, (int64_t)i);
        struct us_log_event e = log->events[i - 1];
        log->events[i - 1] = log->events[k];
        log->events[k] = e;
        for (size_t c = 0; c < columns; c++) {
            us_value v = log->values[(i - 1) * columns + c];
            log->values[(i - 1) * columns + c] = log->values[k * columns + c];
            log->values[k * columns + c] = v;
        }
    }
    for (size_t i = log->trait_count; i > 1; i--) {
        size_t k = (size_t)below(s, (int64_t)i);
        struct us_log_trait r = log->traits[i - 1];
        log->traits[i - 1] = log->traits[k];
        log->traits[k] = r;
    }
}

/* What one windowed function is, as written and as recounted. */
struct asked {
    const char *function; /* count users days sum */
    bool any, where;
    uint32_t name;
    int64_t n;
    char unit; /* h, d or a for all */
    uint32_t user;
};

static bool counts(const struct us_plan *p, const struct us_log *log, size_t i,
    const struct asked *q, int64_t t)
{
    const struct us_log_event *e = &log->events[i];
    if (t < e->from || t >= e->to) return false;
    if (q->user != US_NOBODY && e->user != q->user) return false;
    if (!q->any && e->name != q->name) return false;
    if (!q->where) return true;
    /* where kind == "a" and amount > 0 */
    us_value kind = us_missing();
    us_value amount = us_missing();
    for (size_t k = 0; k < log->column_count; k++) {
        us_value v = log->values[i * log->column_count + k];
        if (p->need.columns[k].kind == US_STRING) kind = v;
        if (p->need.columns[k].kind == US_NUMBER) amount = v;
    }
    return kind.kind == US_STRING && us_str_eq(kind.text, US_S("a")) &&
           amount.kind == US_NUMBER && amount.number > 0;
}

/* Bucket after bucket, from the oldest: who and how much was in each. */
static double recount(
    const struct us_plan *p, const struct us_log *log, const struct asked *q, int64_t t)
{
    int64_t length = q->unit == 'h' ? US_HOUR_US : US_DAY_US;
    int64_t newest = us_floor_div(t, length);
    int64_t n = q->unit == 'a' ? 60 : q->n; /* no history here is longer */
    bool met[PEOPLE] = {false};
    bool days[128] = {false};
    double count = 0, users = 0, day_count = 0;
    int64_t millionths = 0;
    for (int64_t bucket = newest - n + 1; bucket <= newest; bucket++) {
        for (size_t i = 0; i < log->event_count; i++) {
            const struct us_log_event *e = &log->events[i];
            int64_t into = e->at - bucket * length;
            if (into < 0 || into >= length || !counts(p, log, i, q, t)) continue;
            count++;
            if (e->user != US_NOBODY && !met[e->user]) users++;
            if (e->user != US_NOBODY) met[e->user] = true;
            int64_t day = us_day(t) - us_day(e->at);
            if (!days[day]) day_count++;
            days[day] = true;
            for (size_t k = 0; k < log->column_count; k++) {
                int64_t part = 0;
                bool amount = p->need.columns[k].kind == US_NUMBER;
                us_value v = log->values[i * log->column_count + k];
                if (amount && us_decimal(v, &part)) millionths += part;
            }
        }
    }
    if (strcmp(q->function, "count") == 0) return count;
    if (strcmp(q->function, "users") == 0) return users;
    if (strcmp(q->function, "days") == 0) return day_count;
    return (double)millionths / 1e6;
}

static struct asked ask(uint64_t *s)
{
    static const char *const functions[] = {"count", "users", "days", "sum"};
    struct asked q = {.function = functions[below(s, 4)], .user = US_NOBODY};
    q.any = q.function[1] != 'u' && below(s, 3) == 0;
    q.where = !q.any && below(s, 2);
    q.name = (uint32_t)below(s, NAMES);
    q.unit = "hda"[below(s, 3)];
    q.n = q.unit == 'h' ? 1 + below(s, 72) : 1 + below(s, 20);
    if (below(s, 3) == 0) q.user = (uint32_t)below(s, PEOPLE);
    return q;
}

static uint32_t write_down(struct proof *p, const struct asked *q)
{
    char text[160];
    char window[32] = "all";
    static const char names[] = "ABC";
    if (q->unit != 'a') snprintf(window, sizeof window, "%d%c", (int)q->n, q->unit);
    const char *property = strcmp(q->function, "sum") == 0 ? ".amount" : "";
    const char *where = q->where ? " where kind == 'a' and amount > 0" : "";
    if (q->any) {
        snprintf(text, sizeof text, "%s(any, %s)", q->function, window);
    } else {
        snprintf(text, sizeof text, "%s(\"%c\"%s%s, %s)", q->function, names[q->name],
            property, where, window);
    }
    us_scope scope = q->user == US_NOBODY ? US_PER_ACCOUNT : US_PER_USER;
    return proof_add(p, text, US_NUMBER, scope);
}

static const char *const others[] = {"since(\"A\")", "age(\"B\" where kind == \"a\")",
    "ever(\"C\" where amount > 1)", "account.x", "user.x", "user.age", "account.age",
    "account.x == user.x or days(3d) > 2",
    "10 / (1 + days(4d)) - 3 * least(users(2d), 2)",
    "5 if users(3d) in [1, 2] and not ever(\"A\")", "most(-2, least(account.x, 9)) * 2",
    "ratio(sum(\"A\".amount, 4d), users(\"B\", 40h)) + coalesce(account.x, 1)"};
enum { OTHERS = sizeof others / sizeof *others, ASKED = 12 };

static void one_history(struct proof *p, uint64_t *s)
{
    proof_open(p, "a: ever(\"A\")\nb: ever(\"B\")\n"
                  "c: ever(\"C\" where kind == 'a' and amount > 0)\n");
    struct asked asked[ASKED];
    uint32_t nodes[ASKED + OTHERS];
    for (size_t i = 0; i < ASKED; i++) {
        asked[i] = ask(s);
        nodes[i] = write_down(p, &asked[i]);
    }
    for (size_t i = 0; i < OTHERS; i++)
        nodes[ASKED + i] = proof_add(p, others[i], US_MISSING, US_PER_USER);
    us_plan_close(p->plan);
    struct us_log log;
    fill(p, s, &log);
    bool recounted = p->d.count == 0;
    bool ordered = true;
    bool bounded = true;
    for (int k = 0; k < 6 && log.event_count; k++) {
        us_value before[ASKED + OTHERS];
        int64_t t = log.events[below(s, (int64_t)log.event_count)].from +
                    (below(s, 2) ? below(s, 3 * US_DAY_US) : 0);
        uint32_t user = (uint32_t)below(s, PEOPLE);
        for (size_t i = 0; i < ASKED + OTHERS; i++) {
            uint32_t who = i < ASKED ? asked[i].user : user;
            before[i] = us_naive(p->plan, nodes[i], &log, who, t, &p->a);
            struct us_bounds b = us_plan_bounds(p->plan, nodes[i]);
            us_value v = before[i];
            double number =
                v.kind == US_NUMBER ? v.number : v.kind == US_BOOL && v.truth;
            bounded &= b.least <= number && number <= b.most;
            if (i >= ASKED) continue;
            double want = recount(p->plan, &log, &asked[i], t);
            recounted &= before[i].kind == US_NUMBER && before[i].number == want;
        }
        shuffle(s, &log);
        for (size_t i = 0; i < ASKED + OTHERS; i++) {
            uint32_t who = i < ASKED ? asked[i].user : user;
            us_value after = us_naive(p->plan, nodes[i], &log, who, t, &p->a);
            ordered &= us_value_same(before[i], after);
        }
    }
    if (!recounted || !ordered || !bounded)
        printf("# history with %zu events\n", log.event_count);
    CHECK_AS(&p->t, recounted, "the referee agrees with a recount");
    CHECK_AS(&p->t, bounded, "values lie within their bounds");
    CHECK_AS(&p->t, ordered, "the order of rows does not matter");
}

void proof_random(struct proof *p)
{
    uint64_t state = 20260301;
    for (int i = 0; i < HISTORIES; i++)
        one_history(p, &state);
}

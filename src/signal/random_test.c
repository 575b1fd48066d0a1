/* Random histories: the order of rows never matters, and the referee agrees with a
 * recount that walks bucket by bucket instead of row by row. */

#include "signal/recount.h"
#include "signal/signal_test.h"

#include <string.h>

enum { ROWS_MAX = 60, TRAITS_MAX = 20, NAMES = 3, HISTORIES = 400 };
enum { PEOPLE = RECOUNT_PEOPLE };

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

static struct recount_asked ask(uint64_t *s)
{
    static const struct {
        const char *name;
        bool property, windowed;
    } functions[] = {{"count", false, true}, {"users", false, true},
        {"days", false, true}, {"sum", true, true}, {"mean", true, true},
        {"highest", true, true}, {"lowest", true, true}, {"distinct", true, true},
        {"seq", false, false}, {"streak", false, false},
        {"streak_weeks", false, false}};
    enum { FUNCTIONS = sizeof functions / sizeof *functions };
    static const char *const shapes[] = {"prior", "trend", "first"};
    int64_t which = below(s, FUNCTIONS);
    struct recount_asked q = {
        .function = functions[which].name, .shape = "", .property = ""};
    bool property = functions[which].property;
    if (property) q.property = below(s, 2) ? "kind" : "amount";
    if (functions[which].windowed && below(s, 2)) q.shape = shapes[below(s, 3)];
    q.any = !property && below(s, 3) == 0;
    q.where = !q.any && below(s, 2);
    q.name = (uint32_t)below(s, NAMES);
    q.steps = 2 + (size_t)below(s, RECOUNT_STEPS - 1);
    for (size_t i = 0; i < q.steps; i++)
        q.step[i] = (uint32_t)below(s, NAMES);
    q.unit = "hda"[below(s, q.shape[0] ? 2 : 3)];
    q.n = q.unit == 'h' ? 1 + below(s, 72) : 1 + below(s, 20);
    q.floor = below(s, 2) ? 1 : 0.25 * (double)(1 + below(s, 12));
    q.user = below(s, 3) ? US_NOBODY : (uint32_t)below(s, PEOPLE);
    return q;
}

static void write_event(struct us_buf *b, const struct recount_asked *q, uint32_t name)
{
    if (q->any) {
        us_buf_put(b, US_S("any"));
        return;
    }
    us_buf_fmt(b, "\"%c\"", "ABC"[name]);
    if (q->property[0]) us_buf_fmt(b, ".%s", q->property);
    if (q->where) us_buf_put(b, US_S(" where kind == 'a' and amount > 0"));
}

static uint32_t write_down(struct proof *p, const struct recount_asked *q)
{
    struct us_buf b = us_buf_new(&p->a, 400);
    bool seq = strcmp(q->function, "seq") == 0;
    if (q->shape[0]) us_buf_fmt(&b, "%s(", q->shape);
    us_buf_fmt(&b, "%s(", q->function);
    for (size_t i = 0; i < (seq ? q->steps : 1); i++) {
        if (i) us_buf_put(&b, US_S(", "));
        write_event(&b, q, seq ? q->step[i] : q->name);
    }
    bool windowed = strncmp(q->function, "streak", 6) != 0;
    if (windowed && q->unit == 'a') us_buf_put(&b, US_S(", all"));
    if (windowed && q->unit != 'a') us_buf_fmt(&b, ", %d%c", (int)q->n, q->unit);
    if (strcmp(q->shape, "trend") == 0 && q->floor != 1)
        us_buf_fmt(&b, "), %g", q->floor);
    else if (q->shape[0])
        us_buf_char(&b, ')');
    us_buf_put(&b, US_S(")\0"));
    us_scope scope = q->user == US_NOBODY ? US_PER_ACCOUNT : US_PER_USER;
    return proof_add(p, b.ptr, US_MISSING, scope);
}

static const char *const others[] = {"since(\"A\")", "latest(\"A\".amount)",
    "age(\"B\" where kind == \"a\")", "ever(\"C\" where amount > 1)", "account.x",
    "user.x", "user.age", "account.age", "account.x == user.x or days(3d) > 2",
    "10 / (1 + days(4d)) - 3 * least(users(2d), 2)",
    "5 if users(3d) in [1, 2] and not ever(\"A\")", "most(-2, least(account.x, 9)) * 2",
    "ratio(sum(\"A\".amount, 4d), users(\"B\", 40h)) + coalesce(account.x, 1)"};
enum { OTHERS = sizeof others / sizeof *others, ASKED = 24 };

/* When some row is known or soon after; or as the first N days or hours of one end. */
static int64_t asking_moment(
    uint64_t *s, const struct us_log *log, const struct recount_asked *q)
{
    const struct us_log_event *e = &log->events[below(s, (int64_t)log->event_count)];
    int64_t length = q->n * (q->unit == 'h' ? US_HOUR_US : US_DAY_US);
    if (below(s, 4) == 0) return e->at + length - below(s, 2);
    return e->from + (below(s, 2) ? below(s, 3 * US_DAY_US) : 0);
}

static void one_history(struct proof *p, uint64_t *s)
{
    proof_open(p, "a: ever(\"A\")\nb: ever(\"B\")\n"
                  "c: ever(\"C\" where kind == 'a' and amount > 0)\n");
    struct recount_asked asked[ASKED];
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
        int64_t t = asking_moment(s, &log, &asked[below(s, ASKED)]);
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
            us_value want = recount(p->plan, &log, &asked[i], t);
            bool same = us_value_same(before[i], want);
            recounted &= same;
            if (!same)
                printf("# %.*s: %g, recounted %g\n",
                    US_ARG(p->plan->nodes[nodes[i]].source.text), before[i].number,
                    want.number);
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

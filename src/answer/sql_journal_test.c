/* SQL = referee on what history hands out: random journals with links, undo, mappings
 * and late lines, by workspace and by company, with account.fixed, account.internal,
 * other currencies and deals; signals and definitions, at moments and at every
 * evaluation moment; then callmemaybe, all of it. SEED in the environment: the only
 * journal to try; ROUNDS: how many. argv[1] is the root of the sources. */

#include "answer/sql.h"
#include "answer/sql_journal.h"
#include "answer/sql_same.h"
#include "history/history_story.h"
#include "import/import.h"
#include "qualify/clock.h"
#include "qualify/sql.h"

static const int64_t LATER =
    INT64_C(1800000000000000); /* than all of the data, when it is imported */

enum {
    ROUNDS = 10,
    AT_ONCE = 10,   /* columns of one SELECT */
    OF_A_ROUND = 5, /* every fifth signal */
    MOMENTS = 6,
    QUESTIONS_MAX = 16,
    REAL_MOMENTS = 5,
    REAL_LEAST = 10000, /* values */
};

/* A workspace under test. */
struct space {
    struct us_arena a;
    struct us_ask ask;
    struct us_sql_source source;
    struct us_history_rules rules;
    const int64_t *moments;
    size_t moment_count;
    struct question *questions;
    size_t question_count;
    int64_t t; /* the moment at hand */
    size_t values;
};

/* Signals of one scope in one SELECT; or a definition. */
struct question {
    struct space *s;
    us_scope scope;
    uint32_t nodes[AT_ONCE];
    size_t node_count;
    uint32_t definition; /* US_NODE_NONE: the nodes */
    bool each;           /* every evaluation moment up to the last */
    struct same_lines want, got;
};

/* ---- the referee ---- */

static void row_begin(struct question *q, const struct us_log *log, us_str person,
    int64_t t, struct us_buf *row)
{
    *row = us_buf_new(&q->s->a, 1 << 16);
    us_buf_put(row, log->key);
    if (person.ptr) us_buf_char(row, '|');
    us_buf_put(row, person);
    if (q->each || q->s->moment_count > 1) same_moment(row, t);
}

static void nodes_row(
    struct question *q, const struct us_log *log, uint32_t user, struct us_buf *row)
{
    for (size_t i = 0; i < q->node_count; i++) {
        us_value v =
            us_naive(q->s->ask.rules->plan, q->nodes[i], log, user, q->s->t, &q->s->a);
        same_value(row, v);
        q->s->values++;
    }
}

static void gate(struct us_buf *row, bool passed)
{
    us_buf_put(row, passed ? US_S("|true") : US_S("|false"));
}

static void verdict_row(struct question *q, const struct us_log *log, uint32_t user,
    int64_t t, struct us_buf *row)
{
    const struct us_rules *r = q->s->ask.rules;
    const struct us_definition *def = &r->definitions[q->definition];
    struct us_verdict v;
    us_judge(r, def, log, user, t, &q->s->a, &v);
    gate(row, v.eligible);
    size_t must = 0;
    for (size_t i = 0; i < v.judged_count; i++)
        if (v.judged[i].gate == US_GATE_WHO) gate(row, v.judged[i].passed);
    if (r->exclude != US_NODE_NONE) gate(row, v.excluded);
    if (!def->pql && r->hand_raise != US_NODE_NONE) gate(row, v.hand_raised);
    for (size_t i = 0; i < v.judged_count; i++) {
        if (v.judged[i].gate != US_GATE_MUST) continue;
        gate(row, v.judged[i].passed);
        must++;
    }
    us_assert(must == def->must_count);
    for (int axis = 0; axis < US_AXES; axis++)
        same_value(row, us_number(v.points[axis]));
    q->s->values++;
}

static void one_row(struct question *q, const struct us_log *log,
    const struct us_log_person *person, int64_t t)
{
    struct us_buf row;
    uint32_t user = person ? person->id : US_NOBODY;
    row_begin(q, log, person ? person->key : (us_str){0}, t, &row);
    if (q->definition == US_NODE_NONE) nodes_row(q, log, user, &row);
    if (q->definition != US_NODE_NONE) verdict_row(q, log, user, t, &row);
    same_row(&q->want, &row);
}

/* Of an account, or of each identified person known at it by then. */
static void moment_rows(
    struct question *q, const struct us_log *log, const int64_t *from, int64_t t)
{
    if (q->scope == US_PER_ACCOUNT) one_row(q, log, NULL, t);
    for (size_t i = 0; i < log->person_count && q->scope == US_PER_USER; i++)
        if (log->people[i].identified && from[i] <= t)
            one_row(q, log, &log->people[i], t);
}

static void question_rows(struct question *q, const struct us_log *log)
{
    int64_t t = q->s->t;
    if (q->each) {
        const struct us_rules *r = q->s->ask.rules;
        bool hours = r->definitions[q->definition].times.hour_ticks;
        struct us_clock clock = us_clock_of(log, hours, t, &q->s->a);
        bool line;
        int64_t *from = us_new(&q->s->a, int64_t, log->person_count + 1);
        us_log_people_from(log, from);
        while (us_clock_next(&clock, &t, &line))
            moment_rows(q, log, from, t);
    } else if (q->scope == US_PER_ACCOUNT) {
        one_row(q, log, NULL, t);
    } else {
        for (size_t i = 0; i < log->person_count; i++)
            if (log->people[i].identified) one_row(q, log, &log->people[i], t);
    }
}

static us_code referee(void *ctx, const struct us_log *log, struct us_error *e)
{
    (void)e;
    struct space *s = ctx;
    bool last = s->t == s->moments[s->moment_count - 1];
    for (size_t i = 0; i < s->question_count; i++)
        if (last || !s->questions[i].each) question_rows(&s->questions[i], log);
    return US_OK;
}

/* Each moment by what was known then, as whoever asked then would have seen it. */
static us_code referee_all(struct space *s, struct us_error *e)
{
    const struct us_need *need = &s->ask.rules->plan->need;
    for (size_t i = 0; i < s->moment_count; i++) {
        s->t = s->moments[i];
        US_TRY(us_history_logs(s->ask.history, need, (us_str){0}, s->t, referee, s, e));
    }
    return US_OK;
}

/* ---- SQL ---- */

static struct us_sql *lowered(struct question *q)
{
    struct space *s = q->s;
    struct us_sql_asked asked = {.scope = q->scope,
        .identified = q->scope == US_PER_USER,
        .at = s->moments,
        .count = s->moment_count,
        .each = q->each};
    if (q->each) asked.at = &s->moments[s->moment_count - 1];
    if (q->each) asked.count = 1;
    if (q->definition != US_NODE_NONE)
        return us_definition_sql(
            s->ask.rules, q->definition, &s->source, &asked, &s->a);
    struct us_sql *sql = us_sql_new(&s->source, &asked, &s->a);
    for (size_t i = 0; i < q->node_count; i++)
        us_sql_value(sql, us_arena_fmt(&s->a, "value_%zu", i), q->nodes[i]);
    return sql;
}

static bool ask(struct question *q)
{
    struct space *s = q->s;
    us_str text;
    struct us_sql *sql = lowered(q);
    if (same_ask(sql, s->ask.history, &q->got, &text) && same_all(&q->want, &q->got))
        return true;
    for (size_t i = 0; i < q->node_count; i++) {
        struct us_buf expr = us_buf_new(&s->a, 1 << 16);
        us_plan_print(s->ask.rules->plan, q->nodes[i], true, &expr);
        printf("# value_%zu: %.*s\n", i, US_ARG(us_buf_str(&expr)));
    }
    if (getenv("SHOW_SQL")) printf("%.*s\n", (int)text.len, text.ptr);
    return false;
}

static bool ask_all(struct space *s)
{
    struct us_error e = {0};
    bool good = referee_all(s, &e) == US_OK;
    if (!good) fixture_say(&e);
    for (size_t i = 0; i < s->question_count && good; i++)
        good = ask(&s->questions[i]);
    return good;
}

static struct question *question(struct space *s, us_scope scope)
{
    if (!s->questions) s->questions = us_new(&s->a, struct question, QUESTIONS_MAX);
    us_assert(s->question_count < QUESTIONS_MAX);
    struct question *q = &s->questions[s->question_count++];
    *q = (struct question){.s = s, .scope = scope, .definition = US_NODE_NONE};
    q->want = q->got = (struct same_lines){.a = &s->a};
    return q;
}

/* Every stride-th signal of a scope from `from` on, a few in one SELECT. */
static void of_signals(struct space *s, us_scope scope, size_t from, size_t stride)
{
    const struct us_plan *p = s->ask.rules->plan;
    struct question *q = NULL;
    for (size_t i = from; i < p->signal_count; i += stride) {
        if (p->signals[i].scope != scope) continue;
        if (!q || q->node_count == AT_ONCE) q = question(s, scope);
        q->nodes[q->node_count++] = p->signals[i].node;
    }
}

static void of_definition(struct space *s, uint32_t definition, bool each)
{
    bool pql = s->ask.rules->definitions[definition].pql;
    struct question *q = question(s, pql ? US_PER_USER : US_PER_ACCOUNT);
    q->definition = definition;
    q->each = each;
}

/* ---- a workspace ---- */

static void space_rules(struct space *s, const struct us_config *c)
{
    const struct us_need *need = &s->ask.rules->plan->need;
    s->rules = (struct us_history_rules){.unit = c->unit,
        .fixed = c->fixed,
        .fixed_count = c->fixed_count,
        .internal = c->internal,
        .internal_count = c->internal_count,
        .rates = c->rates,
        .rate_count = c->rate_count,
        .currency = c->currency,
        .columns = need->columns,
        .column_count = need->column_count,
        .threads = 1};
}

static void space_compile(
    struct space *s, const struct us_config *c, struct us_diags *d)
{
    struct us_rules *rules = NULL;
    us_rules_compile(c, &s->a, d, &rules);
    if (d->errors) {
        struct us_buf said = us_buf_new(&s->a, 1 << 20);
        us_diags_print(d, c, US_EN, false, &said);
        printf("%.*s\n", US_ARG(us_buf_str(&said)));
        fflush(stdout);
    }
    us_assert(d->errors == 0);
    s->ask = (struct us_ask){.rules = rules, .lang = US_ZH};
    space_rules(s, c);
}

static us_code space_ready(struct space *s, struct us_error *e)
{
    US_TRY(us_history_seen(s->ask.history, e));
    return us_sql_source_of(&s->ask, &s->a, &s->source, e);
}

/* ---- random journals ---- */

/* Money as the story has too little of: currencies, periods, invoices, what goes back.
 */
static void money_write(struct fixture *x, struct story *y, const struct move *m)
{
    static const char *const currencies[] = {"", "usd", "EUR", "jpy", "XXX"};
    static const char *const statuses[] = {
        "paid", "", "refunded", "Disputed", "failed"};
    static const char *const intervals[] = {"", "month", "year", "week"};
    struct us_buf b = us_buf_new(&x->a, 4096);
    char at[US_TIME_TEXT_MAX];
    us_buf_fmt(&b,
        "{\"account\":\"g%d\",\"at\":\"%.*s\",\"amount\":%d.%d,\"tax\":%d,"
        "\"currency\":\"%s\",\"status\":\"%s\",\"interval\":\"%s\"",
        m->group, US_ARG(us_time_write(m->at, at)), (int)draw(&y->seed, 90),
        (int)draw(&y->seed, 10), (int)draw(&y->seed, 3), currencies[draw(&y->seed, 5)],
        statuses[draw(&y->seed, 5)], intervals[draw(&y->seed, 4)]);
    if (draw(&y->seed, 2)) us_buf_fmt(&b, ",\"invoice_id\":\"i%d\"", m->name);
    us_buf_char(&b, '}');
    fixture_line(x, US_LINE_PAYMENT, m->known, us_buf_str(&b));
}

/* Events of other names, and of a workspace that is ours. */
static void event_write(struct fixture *x, struct story *y, const struct move *m)
{
    static const char *const groups[] = {"g0", "g1", "ours.com"};
    struct us_buf b = us_buf_new(&x->a, 4096);
    char at[US_TIME_TEXT_MAX];
    us_buf_fmt(&b,
        "{\"type\":\"track\",\"timestamp\":\"%.*s\",\"event\":\"m%d\",\"userId\":\"u%"
        "d\","
        "\"properties\":{\"v\":%d.5},\"context\":{\"groupId\":\"%s\"}}",
        US_ARG(us_time_write(m->at, at)), (int)draw(&y->seed, 3),
        (int)draw(&y->seed, IDS), (int)draw(&y->seed, 9), groups[draw(&y->seed, 3)]);
    fixture_line(x, US_LINE_MESSAGE, m->known, us_buf_str(&b));
}

static us_code journal_load(
    struct space *s, struct fixture *x, struct story *y, struct us_error *e)
{
    US_TRY(us_history_open(x->dir, &s->rules, true, NULL, NULL, &s->ask.history, e));
    for (size_t i = 0; i < y->count; i++) {
        move_write(x, y, &y->moves[i]);
        if (y->moves[i].type == PAYMENT || y->moves[i].type == GROUP)
            money_write(x, y, &y->moves[i]);
        if (y->moves[i].type == TRACK) event_write(x, y, &y->moves[i]);
    }
    US_TRY(fixture_load(x, s->ask.history, e));
    US_TRY(us_history_settle(s->ask.history, e));
    return space_ready(s, e);
}

static void moments_draw(struct story *y, int64_t moments[MOMENTS])
{
    for (size_t i = 0; i < MOMENTS; i++) {
        int64_t t = START + (int64_t)draw(&y->seed, 40 + 24 * i) * US_HOUR_US;
        if (draw(&y->seed, 3) == 0) t = (us_day(t) + 1) * US_DAY_US - 1;
        /* Each once, in order. */
        moments[i] = i && t <= moments[i - 1] ? moments[i - 1] + 1 : t;
    }
}

static bool round_holds(uint64_t seed, size_t *compared)
{
    struct story y;
    struct fixture x;
    struct space s = {0};
    struct us_error e = {0};
    bool company = seed % 2;
    story_draw(&y, seed, company);
    fixture_init(&x);
    us_arena_init(&s.a, (size_t)8 << 30);
    struct us_diags d = {.arena = &s.a};
    struct us_config *c = NULL;
    us_str text = config_text(&s.a, company, seed % 4 < 2);
    us_assert(us_config_parse(US_S("usher.yml"), text, &s.a, &d, &c, &e) == US_OK);
    space_compile(&s, c, &d);
    int64_t moments[MOMENTS];
    moments_draw(&y, moments);
    s.moments = moments;
    s.moment_count = MOMENTS;
    bool good = journal_load(&s, &x, &y, &e) == US_OK;
    if (!good) fixture_say(&e);
    size_t from = (size_t)seed % OF_A_ROUND;
    of_signals(&s, US_PER_ACCOUNT, from, OF_A_ROUND);
    of_signals(&s, US_PER_USER, from, OF_A_ROUND);
    of_definition(&s, (uint32_t)(seed % 3), false);
    of_definition(&s, (uint32_t)(seed / 2 % 3), true); /* the third is of people */
    good = good && ask_all(&s);
    *compared += s.values;
    us_history_close(s.ask.history);
    us_arena_done(&s.a);
    fixture_done(&x);
    return good;
}

static void rounds(struct us_tap *t)
{
    const char *given = getenv("SEED");
    const char *more = getenv("ROUNDS");
    uint64_t first = given ? strtoull(given, NULL, 10) : 1;
    uint64_t count = more ? strtoull(more, NULL, 10) : ROUNDS;
    size_t compared = 0;
    for (uint64_t i = 0; i < (given ? 1 : count); i++) {
        bool good = round_holds(first + i, &compared);
        if (!good) printf("# SEED=%llu\n", (unsigned long long)(first + i));
        CHECK_AS(t, good, "a random journal");
    }
    printf("# %zu values\n", compared);
}

/* ---- a real one ---- */

static us_code real_import(struct space *s, us_str dir, us_str file, struct us_error *e)
{
    struct us_import_options options = {.dir = dir, .rules = &s->rules, .now = LATER};
    struct us_import_counts counts;
    struct us_import *im = NULL;
    US_TRY(us_import_open(&options, &im, e));
    us_code code = us_import_file(im, file, &counts, e);
    if (code == US_OK) code = us_import_finish(im, e);
    us_import_close(im);
    if (code != US_OK) return code;
    US_TRY(us_history_open(dir, &s->rules, true, NULL, NULL, &s->ask.history, e));
    return space_ready(s, e);
}

static void real(struct us_tap *t, us_str root, us_str shared)
{
    /* Within its 20 months, ends of days and a moment in the middle of one. */
    static const int64_t moments[REAL_MOMENTS] = {INT64_C(1530000000000000),
        INT64_C(1541030399999999), INT64_C(1552000123456789), INT64_C(1562025599999999),
        INT64_C(1572000000000000)};
    struct space s = {.moments = moments, .moment_count = REAL_MOMENTS};
    struct us_error e = {0};
    us_arena_init(&s.a, (size_t)16 << 30);
    us_str file = us_arena_fmt(
        &s.a, "%.*s/data/callmemaybe/callmemaybe.ndjson.gz", US_ARG(shared));
    if (!us_file_exists(file)) {
        printf("ok %d - callmemaybe # SKIP the real data is not here\n", ++t->ran);
        us_arena_done(&s.a);
        return;
    }
    char dir[] = "/tmp/usher-sql-XXXXXX";
    us_assert(mkdtemp(dir) != NULL);
    struct us_diags d = {.arena = &s.a};
    struct us_config *c = NULL;
    us_str yml =
        us_arena_fmt(&s.a, "%.*s/examples/callmemaybe/usher.yml", US_ARG(root));
    us_assert(us_config_read(yml, &s.a, &d, &c, &e) == US_OK);
    space_compile(&s, c, &d);
    bool good = real_import(&s, us_str_c(dir), file, &e) == US_OK;
    if (!good) fixture_say(&e);
    of_signals(&s, US_PER_ACCOUNT, 0, 1);
    of_definition(&s, 0, false);
    CHECK_AS(t, good && ask_all(&s), "every signal of callmemaybe, and its definition");
    CHECK_AS(t, s.values > REAL_LEAST, "there was something to compare");
    printf("# callmemaybe: %zu values\n", s.values);
    us_history_close(s.ask.history);
    us_assert(us_file_remove_tree(us_str_c(dir), NULL) == US_OK);
    us_arena_done(&s.a);
}

int main(int argc, char **argv)
{
    struct us_tap t = {0};
    us_str root = us_str_c(argc > 1 ? argv[1] : ".");
    const char *given = getenv("USHER_SHARED");
    char beside[4096];
    snprintf(beside, sizeof beside, "%.*s/../shared", US_ARG(root));
    rounds(&t);
    if (!getenv("SEED")) real(&t, root, us_str_c(given ? given : beside));
    return us_tap_done(&t);
}

/* queue_say.c: the queue as people read it, and as JSON. */

#include "answer/answer.h"

#include <math.h>

enum { LINE_MAX_BYTES = 64 << 10 };

static const us_str bold = US_S_INIT("\x1b[1m");
static const us_str dim = US_S_INIT("\x1b[2m");
static const us_str amber = US_S_INIT("\x1b[33m");
static const us_str plain = US_S_INIT("\x1b[0m");

struct page {
    const struct us_ask *ask;
    struct us_buf *out;
    bool colour;
};

static void paint(struct page *p, us_str code)
{
    if (p->colour) us_buf_put(p->out, code);
}

static void pad(struct page *p, us_str text, size_t columns)
{
    us_buf_put(p->out, text);
    for (size_t n = us_str_columns(text); n < columns; n++)
        us_buf_char(p->out, ' ');
}

static void grade(struct page *p, us_axis axis, const struct us_verdict *v)
{
    static const char *const keys[] = {[US_AXIS_USAGE] = "answer.usage",
        [US_AXIS_FIT] = "answer.fit",
        [US_AXIS_INTENT] = "answer.intent"};
    us_say(p->out, p->ask->lang, keys[axis], NULL);
    us_buf_fmt(p->out, " %c ", v->grade[axis]);
    us_say_real(p->out, p->ask->lang, round(v->points[axis]));
    us_buf_put(p->out, US_S("  "));
}

static void money(struct page *p, const struct us_queue_row *row)
{
    us_lang lang = p->ask->lang;
    us_str currency = p->ask->rules->config->currency;
    if (row->plan.len)
        us_say(p->out, lang, "answer.queue.plan", US_ARGS(US_TEXT("plan", row->plan)));
    if (row->has_mrr)
        us_say(p->out, lang, "answer.queue.mrr",
            US_ARGS(US_REAL("mrr", round(row->mrr)), US_TEXT("currency", currency)));
    us_say(p->out, lang, "answer.queue.people", US_ARGS(US_WHOLE("n", row->people)));
}

static void since(struct page *p, const struct us_queue_row *row)
{
    us_lang lang = p->ask->lang;
    int64_t days = us_day(p->ask->at) - us_day(row->standing.since);
    us_say(p->out, lang, days == 0 ? "answer.queue.since_today" : "answer.queue.since",
        US_ARGS(US_DAY("day", row->standing.since), US_WHOLE("n", days)));
}

static void why_now(struct page *p, const struct us_queue_row *row)
{
    const struct us_rules *r = p->ask->rules;
    us_str between = p->ask->lang == US_ZH ? US_S("；") : US_S("; ");
    us_buf_put(p->out, US_S("     "));
    if (row->verdict.hand_raised) {
        us_hand_raise_say(r, p->ask->lang, p->ask->at, row->hand_raised_at, p->out);
        if (row->fact_count) us_buf_put(p->out, between);
    }
    for (size_t i = 0; i < row->fact_count; i++) {
        if (i) us_buf_put(p->out, between);
        us_fact_say_dated(r, &row->facts[i], p->ask->lang, p->ask->at, p->out);
    }
    us_buf_char(p->out, '\n');
}

static void cautions(struct page *p, const struct us_queue_row *row)
{
    for (size_t i = 0; i < row->caution_count; i++) {
        us_buf_put(p->out, US_S("     "));
        paint(p, amber);
        us_say(p->out, p->ask->lang, "answer.queue.not_now", NULL);
        us_say(p->out, p->ask->lang, row->cautions[i].key, row->cautions[i].args);
        paint(p, plain);
        us_buf_char(p->out, '\n');
    }
}

static void say_row(struct page *p, const struct us_queue_row *row, size_t place)
{
    const struct us_definition *def = &p->ask->rules->definitions[row->definition];
    us_buf_fmt(p->out, "%3zu  ", place);
    paint(p, bold);
    us_str account = row->name.len ? row->name : row->account;
    us_str person = row->user_name.len ? row->user_name : row->user;
    us_str name = row->user.len ? person : account;
    pad(p, name, 28);
    paint(p, plain);
    us_buf_char(p->out, ' ');
    for (size_t i = 0; i < def->text->rank_count; i++)
        if (def->score_count[def->text->rank[i]])
            grade(p, def->text->rank[i], &row->verdict);
    since(p, row);
    us_buf_char(p->out, '\n');
    us_buf_put(p->out, US_S("     "));
    paint(p, dim);
    const us_str parts[] = {row->user_title, row->user_email,
        us_str_eq(name, row->user) ? (us_str){0} : row->user,
        us_str_eq(name, account) ? (us_str){0} : account,
        us_str_eq(account, row->account) ? (us_str){0} : row->account};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (parts[i].len == 0) continue;
        us_buf_put(p->out, parts[i]);
        us_buf_put(p->out, US_S(" · "));
    }
    money(p, row);
    paint(p, plain);
    us_buf_char(p->out, '\n');
    why_now(p, row);
    cautions(p, row);
    us_buf_char(p->out, '\n');
}

static size_t in_definition(const struct us_queue *q, uint32_t definition)
{
    size_t n = 0;
    for (size_t i = 0; i < q->count; i++)
        n += q->rows[i].definition == definition;
    return n;
}

/* Those that rows speak of; of a pql they stand together. */
static int64_t accounts_in(const struct us_queue *q, uint32_t definition)
{
    int64_t n = 0;
    us_str last = {0};
    for (size_t i = 0; i < q->count; i++) {
        if (q->rows[i].definition != definition) continue;
        n += n == 0 || !us_str_eq(q->rows[i].account, last);
        last = q->rows[i].account;
    }
    return n;
}

static void say_definition(
    struct page *p, const struct us_queue *q, uint32_t definition, size_t rows_max)
{
    const struct us_definition *def = &p->ask->rules->definitions[definition];
    size_t count = in_definition(q, definition);
    paint(p, bold);
    us_say(p->out, p->ask->lang,
        def->pql ? "answer.queue.head_pql" : "answer.queue.head",
        US_ARGS(US_TEXT("definition", def->name), US_WHOLE("n", count),
            US_WHOLE("accounts", def->pql ? accounts_in(q, definition) : q->accounts),
            US_TIME("at", p->ask->at)));
    paint(p, plain);
    us_buf_put(p->out, US_S("\n\n"));
    size_t place = 0;
    for (size_t i = 0; i < q->count; i++) {
        if (q->rows[i].definition != definition) continue;
        if (++place > rows_max) continue;
        say_row(p, &q->rows[i], place);
    }
    if (count > rows_max) {
        us_buf_put(p->out, US_S("     "));
        us_say(p->out, p->ask->lang, "answer.queue.more",
            US_ARGS(US_WHOLE("n", count - rows_max)));
        us_buf_put(p->out, US_S("\n\n"));
    }
    if (count == 0) {
        us_buf_put(p->out, US_S("     "));
        us_say(p->out, p->ask->lang, "answer.queue.empty",
            US_ARGS(US_TEXT("definition", def->name)));
        us_buf_put(p->out, US_S("\n\n"));
    }
}

void us_queue_say(const struct us_ask *ask, const struct us_queue *q,
    uint32_t definition, size_t rows_max, bool colour, struct us_buf *out)
{
    struct page p = {ask, out, colour};
    if (q->accounts == 0) {
        us_say(out, ask->lang, "answer.queue.no_accounts",
            US_ARGS(US_TIME("at", ask->at)));
        us_buf_char(out, '\n');
        return;
    }
    for (uint32_t i = 0; i < ask->rules->definition_count; i++)
        if (definition == US_NODE_NONE || definition == i)
            say_definition(&p, q, i, rows_max);
}

static void json_key(struct us_buf *out, const char *key, us_str value)
{
    us_buf_fmt(out, ",\"%s\":", key);
    if (value.len)
        us_buf_json(out, value);
    else
        us_buf_put(out, US_S("null"));
}

static void json_axes(const struct us_queue_row *row, struct us_buf *out)
{
    static const char *const names[] = {
        [US_AXIS_USAGE] = "usage", [US_AXIS_FIT] = "fit", [US_AXIS_INTENT] = "intent"};
    for (int axis = 0; axis < US_AXES; axis++) {
        us_buf_fmt(out, ",\"%s\":{\"points\":", names[axis]);
        us_buf_real(out, row->verdict.points[axis]);
        us_buf_fmt(out, ",\"grade\":\"%c\"}", row->verdict.grade[axis]);
    }
}

static void json_words(
    const struct us_ask *ask, const struct us_queue_row *row, struct us_buf *out)
{
    struct us_arena scratch;
    us_arena_init(&scratch, 1 << 20);
    us_buf_put(out, US_S(",\"why_now\":["));
    for (size_t i = 0; i < row->fact_count; i++) {
        struct us_buf words = us_buf_new(&scratch, LINE_MAX_BYTES);
        us_fact_say_dated(ask->rules, &row->facts[i], ask->lang, ask->at, &words);
        if (i) us_buf_char(out, ',');
        us_buf_json(out, us_buf_str(&words));
    }
    us_buf_put(out, US_S("],\"not_now\":["));
    for (size_t i = 0; i < row->caution_count; i++) {
        if (i) us_buf_char(out, ',');
        us_buf_json(out,
            us_text(&scratch, ask->lang, row->cautions[i].key, row->cautions[i].args));
    }
    us_buf_put(out, US_S("]"));
    us_arena_done(&scratch);
}

void us_queue_cut(struct us_queue *q, size_t rows_max)
{
    size_t kept = 0;
    size_t of_one = 0;
    for (size_t i = 0; i < q->count; i++) {
        bool same = kept && q->rows[kept - 1].definition == q->rows[i].definition;
        of_one = same ? of_one + 1 : 1;
        if (of_one <= rows_max) q->rows[kept++] = q->rows[i];
    }
    q->more = q->count - kept;
    q->count = kept;
}

void us_queue_json(
    const struct us_ask *ask, const struct us_queue *q, struct us_buf *out)
{
    us_buf_put(out, US_S("{\"at\":\""));
    us_time_put(out, ask->at);
    us_buf_fmt(out, "\",\"accounts\":%lld,\"more\":%zu,\"rows\":[",
        (long long)q->accounts, q->more);
    for (size_t i = 0; i < q->count; i++) {
        const struct us_queue_row *row = &q->rows[i];
        const struct us_definition *def = &ask->rules->definitions[row->definition];
        us_buf_put(out, i ? US_S(",\n{\"definition\":") : US_S("\n{\"definition\":"));
        us_buf_json(out, def->name);
        json_key(out, "version", def->version);
        json_key(out, "account", row->account);
        json_key(out, "user", row->user);
        json_key(out, "user_name", row->user_name);
        json_key(out, "user_email", row->user_email);
        json_key(out, "user_title", row->user_title);
        json_key(out, "name", row->name);
        json_key(out, "plan", row->plan);
        us_buf_put(out, US_S(",\"mrr\":"));
        if (row->has_mrr)
            us_buf_real(out, row->mrr);
        else
            us_buf_put(out, US_S("null"));
        us_buf_fmt(out, ",\"people\":%lld,\"since\":\"", (long long)row->people);
        us_time_put(out, row->standing.since);
        us_buf_fmt(
            out, "\",\"hand_raised\":%s", row->verdict.hand_raised ? "true" : "false");
        us_buf_put(out, US_S(",\"hand_raised_at\":"));
        if (row->hand_raised_at != US_NEVER) {
            us_buf_char(out, '"');
            us_time_put(out, row->hand_raised_at);
            us_buf_char(out, '"');
        } else {
            us_buf_put(out, US_S("null"));
        }
        json_axes(row, out);
        json_words(ask, row, out);
        us_buf_char(out, '}');
    }
    us_buf_put(out, US_S("]}\n"));
}

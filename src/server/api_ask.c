/* api_ask.c: what history answers, in turns at it: the answers of the commands. */

#include "answer/answer.h"
#include "answer/status.h"
#include "answer/trace.h"
#include "answer/values.h"
#include "base/time.h"
#include "server/api_inner.h"
#include "server/clock.h"

enum { ACCOUNTS = 'a', LETTERS = 'd' };

/* One question. Its memory is the worker's, for this answer alone. */
struct question {
    struct api_asked *asked;
    struct us_arena *a;
    struct us_ask ask;
    struct us_buf out;
    uint32_t definition; /* US_NODE_NONE: all */
    int64_t at;          /* asked for; US_ALWAYS: it was not */
    int64_t limit;
    size_t rows;
    us_str after; /* of a list: where it begins */
    us_str last;  /* … and where the next one does */
    us_code (*put)(struct question *q, struct us_error *e);
};

/* As `usher queue` has it: the last moment the product told anything. */
static us_code moment_of(struct question *q, struct us_history *h, struct us_error *e)
{
    int64_t last = US_ALWAYS;
    int64_t now = us_server_now();
    q->ask.at = q->at;
    if (q->at != US_ALWAYS) return US_OK;
    US_TRY(us_history_last_message(h, &last, e));
    q->ask.at = last != US_ALWAYS && last < now ? last : now;
    return US_OK;
}

static us_code put_by(void *ctx, struct us_history *h, struct us_error *e)
{
    struct question *q = ctx;
    const struct us_api_options *o = &q->asked->api->o;
    q->ask = (struct us_ask){.history = h,
        .rules = o->rules,
        .journal_dir = o->journal,
        .lang = api_lang(q->asked)};
    US_TRY(moment_of(q, h, e));
    return q->put(q, e);
}

/* Beside the loader, which goes on meanwhile. */
static us_code put_beside(
    struct question *q, struct us_loader_wish *wish, struct us_error *e)
{
    struct us_history *h = NULL;
    struct us_loader *loader = q->asked->api->loader;
    US_TRY(us_loader_beside_soon(loader, wish, NULL, NULL, &h, e));
    us_code code = put_by(q, h, e);
    us_loader_beside_close(loader, h);
    return code;
}

/* ---- a question from beginning to end ---- */

static bool definition_of(struct api_asked *asked, uint32_t *out)
{
    const struct us_rules *rules = asked->api->o.rules;
    us_str name = us_http_query(asked->request, "definition");
    *out = name.len ? us_rules_find(rules, name) : US_NODE_NONE;
    if (!name.len || *out != US_NODE_NONE) return true;
    api_refuse_by(
        asked, 404, "server.api_no_definition", US_ARGS(US_TEXT("name", name)), 0);
    return false;
}

/* What an answer is made by. */
struct kind {
    us_code (*put)(struct question *q, struct us_error *e);
    const char *type; /* NULL: JSON */
    bool timed;       /* it also depends on the time it is given at */
    bool turn; /* it takes a turn at history, as what it asks for is brought up to
                  date first */
    char list; /* of pages: its letter (api_cursor.c) */
};

static bool asked_of(struct question *q, char list)
{
    bool good = (!list || api_after(q->asked, list, &q->after)) &&
                definition_of(q->asked, &q->definition) &&
                api_time(q->asked, "at", US_ALWAYS, &q->at) &&
                api_whole(q->asked, "limit", US_API_ROWS, US_API_ROWS_MAX, &q->limit);
    if (q->limit == 0) q->limit = 1;
    return good;
}

/* All that is durable now is in the answer, so the end of the journal is its tag, with
 * the language; one that says what it lacks has none. */
static void answer_by(struct api_asked *asked, const struct kind *kind)
{
    struct us_api *api = asked->api;
    struct us_error why = {0};
    struct question q = {.asked = asked, .a = asked->a, .put = kind->put};
    if (!asked_of(&q, kind->list)) return;
    struct us_loader_wish wish = api_wish(api);
    us_pos end = wish.upto.at;
    us_str tag = us_arena_fmt(q.a, "h%u-%llu-%llx-%s", end.segment,
        (unsigned long long)end.offset, (unsigned long long)api->since,
        api_lang(asked) == US_ZH ? "zh" : "en");
    if (!kind->timed && api_has_already(asked, tag)) return;
    q.out = us_buf_new(q.a, API_ANSWER_BYTES);
    us_code code = kind->turn ? us_loader_use_soon(api->loader, &wish, put_by, &q, &why)
                              : put_beside(&q, &wish, &why);
    if (code == US_OK) us_lag_add(&wish.behind, !kind->type, &q.out);
    if (wish.behind.events) tag = (us_str){0};
    if (code != US_OK)
        api_refuse(asked, code, &why);
    else if (q.out.full)
        api_refuse_by(asked, 413, "server.api_much", NULL, 0);
    else
        api_answer(
            asked, us_buf_str(&q.out), kind->type, kind->timed ? (us_str){0} : tag);
}

static void answer(struct api_asked *asked, const struct kind *kind)
{
    struct us_api *api = asked->api;
    pthread_rwlock_rdlock(&api->ruled);
    answer_by(asked, kind);
    pthread_rwlock_unlock(&api->ruled);
}

/* ---- queue, explanations, timelines, values, status ---- */

static us_code queue_put(struct question *q, struct us_error *e)
{
    struct us_queue queue;
    US_TRY(us_queue_ask(&q->ask, q->definition, q->a, &queue, e));
    if (us_http_query(q->asked->request, "limit").ptr)
        us_queue_cut(&queue, (size_t)q->limit);
    us_queue_json(&q->ask, &queue, &q->out);
    return US_OK;
}

static void queue(struct api_asked *asked)
{
    answer(asked, &(struct kind){queue_put, NULL, false, false});
}

static us_code explain_put(struct question *q, struct us_error *e)
{
    us_str account = us_http_param(q->asked->request, 0);
    return us_explain(&q->ask, account, q->definition, true, false, &q->out, e);
}

static void explain(struct api_asked *asked)
{
    answer(asked, &(struct kind){explain_put, NULL, false, false});
}

static us_code timeline_put(struct question *q, struct us_error *e)
{
    struct us_trace trace;
    struct us_trace_asked asked = {.account = us_http_param(q->asked->request, 0),
        .definition = q->definition,
        .from = US_ALWAYS};
    us_str from = us_http_query(q->asked->request, "from");
    if (from.ptr && !us_time_read(from, &asked.from))
        return us_fail(e, US_USAGE, "cli.bad_time",
            US_ARGS(US_TEXT("option", US_S("from")), US_TEXT("value", from)));
    US_TRY(us_trace_ask(&q->ask, &asked, q->a, &trace, e));
    us_trace_json(&q->ask, &trace, &q->out);
    return US_OK;
}

static void timeline(struct api_asked *asked)
{
    answer(asked, &(struct kind){timeline_put, NULL, false, false});
}

struct values_taking {
    struct question *q;
    struct us_values values;
};

static us_code values_row(
    void *ctx, const struct us_values_row *row, struct us_error *e)
{
    struct values_taking *t = ctx;
    us_values_json(&t->q->ask, &t->values, row, &t->q->out);
    return t->q->out.full ? us_fail(e, US_LIMIT, "cli.too_much",
                                US_ARGS(US_BYTES("most", API_ANSWER_BYTES)))
                          : US_OK;
}

/* ?signal=a,b&account=x&user=true */
static us_code values_put(struct question *q, struct us_error *e)
{
    struct us_http_request *r = q->asked->request;
    struct values_taking t = {.q = q};
    us_str rest = us_http_query(r, "signal");
    us_str account = us_http_query(r, "account");
    us_str *names = us_new(q->a, us_str, rest.len + 1);
    size_t count = 0;
    while (rest.len)
        names[count++] = us_str_trim(us_str_cut(rest, ',', &rest));
    bool people = us_str_eq(us_http_query(r, "user"), US_S("true"));
    struct us_whom whom = {&account, account.len > 0};
    US_TRY(us_values_choose(&q->ask, names, count, people, q->a, &t.values, e));
    return us_values_ask(&q->ask, &t.values, whom, values_row, &t, e);
}

static void values(struct api_asked *asked)
{
    answer(asked, &(struct kind){values_put, "application/x-ndjson", false, false});
}

static us_code status_put(struct question *q, struct us_error *e)
{
    struct us_status s;
    struct us_journal_sizes sizes;
    struct us_replay_sizes replay;
    const struct us_api_options *o = &q->asked->api->o;
    US_TRY(us_status_ask(&q->ask, q->a, &s, e));
    US_TRY(us_journal_sizes(o->journal, &sizes, e));
    US_TRY(us_replay_sizes(o->data, &replay, e));
    us_status_json(&s, &sizes, &replay, us_server_now(), &q->out);
    struct us_server_lag lag;
    us_api_lag(q->asked->api, &lag);
    us_server_lag_add(&lag, &q->out);
    return US_OK;
}

static void status(struct api_asked *asked)
{
    answer(asked, &(struct kind){status_put, NULL, true, false});
}

/* ---- lists: rows of SQL, in order of a cursor ---- */

static void literal_put(struct us_buf *out, us_str text)
{
    us_buf_char(out, '\'');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\'') us_buf_char(out, '\'');
        us_buf_char(out, text.ptr[i]);
    }
    us_buf_char(out, '\'');
}

static us_code account_row(void *ctx, const struct us_history_rows *head,
    const struct us_history_cell *cells, struct us_error *e)
{
    struct question *q = ctx;
    (void)head;
    (void)e;
    if ((int64_t)q->rows == q->limit) { /* there are more */
        q->rows++;
        return US_OK;
    }
    int64_t known = 0;
    us_buf_put(&q->out, q->rows++ ? US_S(",{\"account\":") : US_S("{\"account\":"));
    us_buf_json(&q->out, cells[0].text);
    us_buf_put(&q->out, US_S(",\"known\":"));
    if (!cells[1].null && us_str_int(cells[1].text, &known)) {
        us_buf_char(&q->out, '"');
        us_time_put(&q->out, known);
        us_buf_char(&q->out, '"');
    } else {
        us_buf_put(&q->out, US_S("null"));
    }
    us_buf_char(&q->out, '}');
    q->last = us_arena_str(q->a, cells[0].text);
    return US_OK;
}

static void list_end(struct question *q, char list)
{
    us_buf_put(&q->out, US_S("],\"next\":"));
    if ((int64_t)q->rows > q->limit)
        us_buf_json(&q->out, api_cursor(q->a, list, q->last));
    else
        us_buf_put(&q->out, US_S("null"));
    us_buf_put(&q->out, US_S("}\n"));
}

static us_code accounts_put(struct question *q, struct us_error *e)
{
    enum { SQL_BYTES = 64 << 10 };
    struct us_buf sql = us_buf_new(q->a, SQL_BYTES);
    us_buf_put(&sql,
        US_S("SELECT key, epoch_us(from_known) FROM seen_accounts s JOIN accounts a ON "
             "a.id = s.account WHERE NOT a.internal AND key > "));
    literal_put(&sql, q->after);
    us_buf_fmt(&sql, " ORDER BY key LIMIT %lld", (long long)q->limit + 1);
    US_TRY(us_history_seen(q->ask.history, e));
    us_buf_put(&q->out, US_S("{\"accounts\":["));
    US_TRY(us_history_sql(q->ask.history, us_buf_str(&sql), account_row, q, e));
    list_end(q, ACCOUNTS);
    return US_OK;
}

static void accounts(struct api_asked *asked)
{
    answer(asked, &(struct kind){accounts_put, NULL, false, true, ACCOUNTS});
}

/* seq, known, file, line, reason, message */
static us_code letter_row(void *ctx, const struct us_history_rows *head,
    const struct us_history_cell *cells, struct us_error *e)
{
    struct question *q = ctx;
    (void)e;
    if ((int64_t)q->rows == q->limit) {
        q->rows++;
        return US_OK;
    }
    if (q->rows++) us_buf_char(&q->out, ',');
    for (size_t i = 0; i < head->column_count; i++) {
        const struct us_history_cell *c = &cells[i];
        us_buf_put(&q->out, i ? US_S(",\"") : US_S("{\""));
        us_buf_put(&q->out, head->columns[i]);
        us_buf_put(&q->out, US_S("\":"));
        bool raw = c->number || us_str_eq(head->columns[i], US_S("message"));
        if (c->null)
            us_buf_put(&q->out, US_S("null"));
        else if (raw)
            us_buf_put(&q->out, c->text);
        else
            us_buf_json(&q->out, c->text);
    }
    us_buf_char(&q->out, '}');
    q->last = us_arena_str(q->a, cells[0].text);
    return US_OK;
}

static us_code letters_put(struct question *q, struct us_error *e)
{
    enum { SQL_BYTES = 4096 };
    int64_t after = 0;
    struct us_buf sql = us_buf_new(q->a, SQL_BYTES);
    us_str reason = us_http_query(q->asked->request, "reason");
    if (q->after.len && !us_str_int(q->after, &after))
        return us_fail(e, US_USAGE, "server.bad_cursor", NULL);
    us_buf_fmt(&sql,
        "SELECT seq, strftime(known, '%%Y-%%m-%%dT%%H:%%M:%%S.%%fZ') AS known, file, "
        "line, reason, message FROM dead_letters WHERE seq > %lld",
        (long long)after);
    if (reason.len) {
        us_buf_put(&sql, US_S(" AND reason = "));
        literal_put(&sql, reason);
    }
    us_buf_fmt(&sql, " ORDER BY seq LIMIT %lld", (long long)q->limit + 1);
    us_buf_put(&q->out, US_S("{\"dead_letters\":["));
    US_TRY(us_history_sql(q->ask.history, us_buf_str(&sql), letter_row, q, e));
    list_end(q, LETTERS);
    return US_OK;
}

static void letters(struct api_asked *asked)
{
    answer(asked, &(struct kind){letters_put, NULL, false, false, LETTERS});
}

const struct api_door api_ask_doors[] = {
    {"GET", "/api/v1/queue", API_READ, true, queue},
    {"GET", "/api/v1/accounts", API_READ, true, accounts},
    {"GET", "/api/v1/accounts/{account}", API_READ, true, explain},
    {"GET", "/api/v1/accounts/{account}/explain", API_READ, true, explain},
    {"GET", "/api/v1/accounts/{account}/timeline", API_READ, true, timeline},
    {"GET", "/api/v1/values", API_READ, true, values},
    {"GET", "/api/v1/status", API_READ, true, status},
    {"GET", "/api/v1/dead-letters", API_READ, true, letters},
};
const size_t api_ask_door_count = sizeof api_ask_doors / sizeof *api_ask_doors;

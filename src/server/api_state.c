/* api_state.c: what state alone answers. */

#include "base/time.h"
#include "server/api_inner.h"

enum { LIST = 't' };

/* ---- a transition ---- */

static void text_put(struct us_buf *out, const char *name, us_str text)
{
    us_buf_fmt(out, ",\"%s\":", name);
    if (text.len)
        us_buf_json(out, text);
    else
        us_buf_put(out, US_S("null"));
}

void api_moment_put(struct us_buf *out, const char *name, int64_t t)
{
    us_buf_fmt(out, ",\"%s\":", name);
    if (t == US_NEVER) {
        us_buf_put(out, US_S("null"));
        return;
    }
    us_buf_char(out, '"');
    us_time_put(out, t);
    us_buf_char(out, '"');
}

void api_transition_put(struct us_buf *out, const struct us_state_transition *row)
{
    us_buf_fmt(out, "{\"id\":%lld", (long long)row->id);
    text_put(out, "definition", row->definition);
    text_put(out, "version", row->version);
    text_put(out, "account", row->account);
    text_put(out, "user", row->user);
    text_put(out, "company", row->company);
    text_put(out, "change", row->change);
    api_moment_put(out, "at", row->t);
    api_moment_put(out, "since", row->since);
    us_buf_fmt(
        out, ",\"ordinal\":%u,\"live\":%s", row->ordinal, row->live ? "true" : "false");
    api_moment_put(out, "corrected", row->corrected);
    text_put(out, "silent", row->silent);
    us_buf_put(out, US_S(",\"explanation\":"));
    us_buf_put(out, row->explanation.len ? row->explanation : US_S("null"));
    us_buf_char(out, '}');
}

/* ---- GET /api/v1/transitions ---- */

static void rows_answer(
    struct api_asked *q, const struct us_state_transition_list *list, size_t limit)
{
    struct us_buf out = us_buf_new(us_http_arena(q->request), API_ANSWER_BYTES);
    us_buf_put(&out, US_S("{\"transitions\":["));
    for (size_t i = 0; i < list->count; i++) {
        if (i) us_buf_char(&out, ',');
        api_transition_put(&out, &list->items[i]);
    }
    us_buf_put(&out, US_S("],\"next\":"));
    if (list->count == limit || list->more)
        us_buf_json(&out, api_cursor_whole(us_http_arena(q->request), LIST,
                              list->items[list->count - 1].id));
    else
        us_buf_put(&out, US_S("null"));
    us_buf_put(&out, US_S("}\n"));
    if (out.full)
        api_refuse_by(q, 413, "server.api_much_rows", NULL, 0);
    else
        api_answer(q, us_buf_str(&out), NULL, api_tag_of(q, us_buf_str(&out)));
}

enum { WORDS_BYTES = 200 };

/* False: there is no such change, and it was refused. */
static bool change_is(struct api_asked *q, us_str change)
{
    struct us_buf words = us_buf_new(us_http_arena(q->request), WORDS_BYTES);
    for (int i = US_CHANGE_NONE + 1; i < US_CHANGES; i++) {
        us_str word = us_change_word((us_change)i);
        if (!change.len || us_str_eq(word, change)) return true;
        if (words.len) us_buf_put(&words, US_S(", "));
        us_buf_put(&words, word);
    }
    api_refuse_by(
        q, 400, "server.api_change", US_ARGS(US_TEXT("words", us_buf_str(&words))), 0);
    return false;
}

/* What is asked for, but for the cursor; false: it was refused. */
static bool asked_of(
    struct api_asked *q, us_str account, struct us_state_transitions_asked *asked)
{
    struct us_http_request *r = q->request;
    us_str order = us_http_query(r, "order");
    int64_t limit = US_API_ROWS;
    *asked = (struct us_state_transitions_asked){
        .definition = us_http_query(r, "definition"),
        .account = account.len ? account : us_http_query(r, "account"),
        .user = us_http_query(r, "user"),
        .company = us_http_query(r, "company"),
        .change = us_http_query(r, "change"),
        .newest_first = us_str_eq(order, US_S("newest"))};
    if (order.len && !asked->newest_first && !us_str_eq(order, US_S("oldest"))) {
        api_refuse_by(q, 400, "server.api_order", NULL, 0);
        return false;
    }
    bool good = change_is(q, asked->change) &&
                api_whole(q, "limit", US_API_ROWS, US_API_ROWS_MAX, &limit) &&
                api_after_whole(q, LIST, &asked->after) &&
                api_time(q, "from", 0, &asked->from) &&
                api_time(q, "to", 0, &asked->to);
    asked->limit = limit ? (size_t)limit : 1;
    return good;
}

static bool in_rules(struct us_api *api, us_str definition)
{
    pthread_rwlock_rdlock(&api->ruled);
    bool is = us_rules_find(api->o.rules, definition) != US_NODE_NONE;
    pthread_rwlock_unlock(&api->ruled);
    return is;
}

us_code api_definition_is(
    struct api_asked *q, struct us_state *s, us_str name, struct us_error *e)
{
    struct us_state_transition_list list = {0};
    struct us_state_transitions_asked any = {.definition = name, .limit = 1};
    if (!name.len || in_rules(q->api, name)) return US_OK;
    if (s) US_TRY(us_state_transitions(s, &any, us_http_arena(q->request), &list, e));
    if (list.count) return US_OK;
    return us_fail(
        e, US_NOT_FOUND, "server.api_no_definition", US_ARGS(US_TEXT("name", name)));
}

static us_code rows_of(struct api_asked *q, struct us_state *s,
    const struct us_state_transitions_asked *asked, bool *answered, struct us_error *e)
{
    struct us_state_transition_list list = {0};
    if (s) US_TRY(us_state_transitions(s, asked, us_http_arena(q->request), &list, e));
    if (!list.count) US_TRY(api_definition_is(q, s, asked->definition, e));
    *answered = true;
    rows_answer(q, &list, asked->limit);
    return US_OK;
}

static void transitions_asked(
    struct api_asked *q, const struct us_state_transitions_asked *asked)
{
    struct us_state *s = NULL;
    struct us_error why;
    bool answered = false;
    us_code code = api_state_take(q->api, &s, &why);
    if (code == US_OK || code == US_NOT_FOUND)
        code = rows_of(q, s, asked, &answered, &why);
    if (s) api_state_give(q->api, s);
    if (!answered) api_refuse(q, code, &why);
}

static void transitions(struct api_asked *q)
{
    struct us_state_transitions_asked asked;
    if (asked_of(q, (us_str){0}, &asked)) transitions_asked(q, &asked);
}

const struct api_door api_state_doors[] = {
    {"GET", "/api/v1/transitions", API_READ, false, transitions},
};
const size_t api_state_door_count = sizeof api_state_doors / sizeof *api_state_doors;

/* status.c: what is known, how much of it can be used, and what is wrong with it. */

#include "answer/status.h"

#include "json/json.h"

#include <string.h>

/* One figure each, a whole number or missing. Shown in this order. Those without SQL
 * are counted by links (people_fill). */
static const struct {
    const char *key;
    const char *sql;
    us_arg_kind kind;
    const char *of; /* key of the figure it is a share of; NULL */
} figures[] = {
    {"answer.status.events", "SELECT count(*) FROM events", US_ARG_WHOLE, NULL},
    {"answer.status.first", "SELECT epoch_us(min(happened)) FROM events", US_ARG_TIME,
        NULL},
    {"answer.status.last", "SELECT epoch_us(max(happened)) FROM events", US_ARG_TIME,
        NULL},
    {"answer.status.names", "SELECT count(DISTINCT name) FROM events", US_ARG_WHOLE,
        NULL},
    {"answer.status.accounts",
        "SELECT count(*) FROM accounts WHERE id IN (SELECT account "
        "FROM events UNION SELECT account FROM traits UNION SELECT account FROM "
        "payments)",
        US_ARG_WHOLE, NULL},
    {"answer.status.users", NULL, US_ARG_WHOLE, NULL},
    {"answer.status.anonymous", NULL, US_ARG_WHOLE, NULL},
    {"answer.status.internal", "SELECT count(*) FROM events_now WHERE internal",
        US_ARG_WHOLE, "answer.status.events"},
    {"answer.status.with_account",
        "SELECT count(*) FROM events_now WHERE account IS NOT NULL", US_ARG_WHOLE,
        "answer.status.events"},
    {"answer.status.with_user", "SELECT count(*) FROM events_now WHERE identified",
        US_ARG_WHOLE, "answer.status.events"},
    {"answer.status.users_mail", NULL, US_ARG_WHOLE, "answer.status.users"},
    {"answer.status.free_mail", NULL, US_ARG_WHOLE, "answer.status.users_mail"},
    {"answer.status.users_company", NULL, US_ARG_WHOLE, "answer.status.users"},
    {"answer.status.late", "SELECT count(*) FROM event_log WHERE late", US_ARG_WHOLE,
        "answer.status.events"},
    {"answer.status.skewed", "SELECT count(*) FROM events WHERE skewed", US_ARG_WHOLE,
        "answer.status.events"},
    {"answer.status.duplicates",
        "SELECT coalesce(sum(duplicates), 0)::BIGINT FROM imports", US_ARG_WHOLE, NULL},
    {"answer.status.dead", "SELECT count(*) FROM dead_letters", US_ARG_WHOLE, NULL},
    {"answer.status.links",
        "SELECT count(*) FROM links WHERE kind IN ('anonymous', 'alias')", US_ARG_WHOLE,
        NULL},
    {"answer.status.payments", "SELECT count(*) FROM payments_counted", US_ARG_WHOLE,
        NULL},
    {"answer.status.no_period",
        "SELECT count(*) FROM payments_counted WHERE months = 0 AND "
        "coalesce(lower(status), 'paid') = 'paid'",
        US_ARG_WHOLE, "answer.status.payments"},
    {"answer.status.deals", "SELECT count(DISTINCT deal_id) FROM deals", US_ARG_WHOLE,
        NULL},
    {"answer.status.activities", "SELECT count(*) FROM activities", US_ARG_WHOLE, NULL},
    {"answer.status.contacts", "SELECT count(DISTINCT email) FROM contacts",
        US_ARG_WHOLE, NULL},
    {"answer.status.mqls", "SELECT count(*) FROM mqls", US_ARG_WHOLE, NULL},
    {"answer.status.companies", "SELECT count(DISTINCT company) FROM companies",
        US_ARG_WHOLE, NULL},
    {"answer.status.no_rate",
        "SELECT count(*) FROM payments_counted WHERE currency IS NOT NULL AND "
        "upper(currency) NOT IN ({currencies})",
        US_ARG_WHOLE, "answer.status.payments"},
};

enum { FIGURES = sizeof figures / sizeof *figures };

static us_code one_cell(void *ctx, const struct us_history_rows *head,
    const struct us_history_cell *cells, struct us_error *e)
{
    (void)head;
    (void)e;
    struct us_status_figure *f = ctx;
    f->known = !cells[0].null && us_str_int(cells[0].text, &f->value);
    return US_OK;
}

/* upper('…'), of which every character may be doubled. */
static size_t currency_bytes(us_str currency)
{
    return sizeof "upper('')" - 1 + 2 * currency.len;
}

static void currency_put(struct us_buf *out, us_str currency)
{
    us_buf_put(out, US_S("upper('"));
    for (size_t i = 0; i < currency.len; i++) {
        if (currency.ptr[i] == '\'') us_buf_char(out, '\'');
        us_buf_char(out, currency.ptr[i]);
    }
    us_buf_put(out, US_S("')"));
}

/* The reporting currency and those with a rate, as SQL texts, however many: who is not
 * named here counts as without one. */
static us_str currencies(const struct us_config *c, struct us_arena *a)
{
    size_t bytes = currency_bytes(c->currency);
    for (size_t i = 0; i < c->rate_count; i++)
        bytes += sizeof ", " - 1 + currency_bytes(c->rates[i].currency);
    struct us_buf out = us_buf_new(a, bytes);
    currency_put(&out, c->currency);
    for (size_t i = 0; i < c->rate_count; i++) {
        us_buf_put(&out, US_S(", "));
        currency_put(&out, c->rates[i].currency);
    }
    us_assert(!out.full);
    return us_buf_str(&out);
}

static us_str filled(const char *sql, us_str list, struct us_arena *a)
{
    us_str s = us_str_c(sql);
    us_str hole = US_S("{currencies}");
    size_t at = us_str_find(s, hole);
    if (at == s.len) return s;
    return us_arena_fmt(a, "%.*s%.*s%.*s", US_ARG(us_str_slice(s, 0, at)), US_ARG(list),
        US_ARG(us_str_slice(s, at + hole.len, s.len)));
}

static us_code group_row(void *ctx, const struct us_history_rows *head,
    const struct us_history_cell *cells, struct us_error *e)
{
    (void)e;
    struct us_status_list *list = ctx;
    struct us_status_row *row =
        us_push(list->arena, list->rows, list->count, list->cap);
    *row = (struct us_status_row){.name = us_arena_str(list->arena, cells[0].text)};
    for (size_t i = 1; i < head->column_count && i <= US_STATUS_VALUES; i++) {
        row->known[i - 1] = !cells[i].null;
        if (!cells[i].null) us_str_int(cells[i].text, &row->values[i - 1]);
    }
    return US_OK;
}

/* The reason of a dead letter in words: its key with the arguments kept in the line. */
static us_str reason_words(us_str key, us_str line, us_lang lang, struct us_arena *a)
{
    us_arg args[US_ERROR_ARGS_MAX + 1] = {{0}};
    size_t count = 0;
    struct us_json_doc doc;
    struct us_json *json = us_json_new();
    char *padded = us_new(a, char, line.len + US_JSON_PAD);
    if (line.len) memcpy(padded, line.ptr, line.len);
    if (us_json_parse(json, (us_str){padded, line.len}, &doc, NULL) == US_OK) {
        uint32_t object = us_json_get(&doc, 0, US_S("args"));
        uint32_t end = object == US_JSON_NONE ? 0 : doc.nodes[object].next;
        for (uint32_t i = object + 1; i < end && count < US_ERROR_ARGS_MAX;
             i = doc.nodes[i + 1].next) {
            us_arg *arg = &args[count++];
            arg->name = us_arena_cstr(a, us_json_text(&doc, i, a));
            arg->kind = US_ARG_TEXT;
            arg->text = us_json_text(&doc, i + 1, a);
            if (doc.nodes[i + 1].kind == US_JSON_STRING) continue;
            arg->text = us_arena_str(a, us_json_raw(&doc, i + 1));
        }
    }
    us_str words = us_text(a, lang, us_arena_cstr(a, key), args);
    us_json_free(json);
    return words;
}

struct dead {
    struct us_status_list *list;
    us_lang lang;
};

/* Cells: reason, letters, last known, the newest letter's line. */
static us_code dead_row(void *ctx, const struct us_history_rows *head,
    const struct us_history_cell *cells, struct us_error *e)
{
    struct dead *d = ctx;
    struct us_history_rows numbers = *head;
    numbers.column_count = 3;
    US_TRY(group_row(d->list, &numbers, cells, e));
    struct us_status_row *row = &d->list->rows[d->list->count - 1];
    row->words = reason_words(row->name, cells[3].text, d->lang, d->list->arena);
    return US_OK;
}

struct us_status_figure *us_status_figure(const struct us_status *s, const char *key)
{
    for (size_t i = 0; i < s->figure_count; i++)
        if (strcmp(s->figures[i].key, key) == 0) return &s->figures[i];
    return NULL;
}

static void number_put(struct us_status *s, const char *key, int64_t value)
{
    struct us_status_figure *f = us_status_figure(s, key);
    us_assert(f != NULL);
    f->known = true;
    f->value = value;
}

/* People as links make them, and those of them whose address is known. */
static us_code people_fill(
    const struct us_ask *ask, struct us_status *out, struct us_error *e)
{
    struct us_history_people people;
    struct us_history_mails mails;
    US_TRY(us_history_people(ask->history, &people, e));
    US_TRY(us_history_mails(ask->history, &mails, e));
    number_put(out, "answer.status.users", people.identified);
    number_put(out, "answer.status.anonymous", people.anonymous);
    number_put(out, "answer.status.users_mail", mails.known);
    number_put(out, "answer.status.free_mail", mails.free);
    number_put(out, "answer.status.users_company", mails.with_company);
    return US_OK;
}

us_code us_status_figures(const struct us_ask *ask, struct us_arena *a,
    struct us_status *out, struct us_error *e)
{
    *out = (struct us_status){0};
    us_str list = currencies(ask->rules->config, a);
    out->figure_count = FIGURES;
    out->figures = us_new(a, struct us_status_figure, FIGURES);
    for (size_t i = 0; i < FIGURES; i++) {
        struct us_status_figure *f = &out->figures[i];
        f->key = figures[i].key;
        f->kind = figures[i].kind;
        if (!figures[i].sql) continue;
        US_TRY(us_history_sql(
            ask->history, filled(figures[i].sql, list, a), one_cell, f, e));
    }
    US_TRY(people_fill(ask, out, e));
    for (size_t i = 0; i < FIGURES; i++) {
        struct us_status_figure *f = &out->figures[i];
        const struct us_status_figure *of =
            figures[i].of ? us_status_figure(out, figures[i].of) : NULL;
        if (!of || of->value <= 0) continue;
        f->has_share = true;
        f->share = (double)f->value / (double)of->value;
    }
    return US_OK;
}

us_code us_status_ask(const struct us_ask *ask, struct us_arena *a,
    struct us_status *out, struct us_error *e)
{
    US_TRY(us_status_figures(ask, a, out, e));
    out->events.arena = out->dead.arena = out->sources.arena = a;
    US_TRY(us_history_sql(ask->history,
        US_S("SELECT event, count(*), count(DISTINCT person), count(DISTINCT account), "
             "epoch_us(max(happened)) FROM events_now GROUP BY 1 ORDER BY 2 DESC, 1"),
        group_row, &out->events, e));
    struct dead letters = {&out->dead, ask->lang};
    US_TRY(us_history_sql(ask->history,
        US_S("SELECT reason, count(*), epoch_us(max(known)), arg_max(message, "
             "seq)::VARCHAR "
             "FROM dead_letters GROUP BY 1 ORDER BY 2 DESC, 1"),
        dead_row, &letters, e));
    /* A source's usual gap: the longest of its own, by hour, before the last one. */
    US_TRY(us_history_sql(ask->history,
        US_S("SELECT source, sum(n)::BIGINT, epoch_us(max(hour)), epoch_us(max(last)), "
             "coalesce(max(gap), 0)::BIGINT FROM (SELECT source, hour, last, n, "
             "epoch_us(hour) - "
             "epoch_us(lag(hour) OVER (PARTITION BY source ORDER BY hour)) AS gap FROM "
             "(SELECT source, date_trunc('hour', known) AS hour, max(known) AS last, "
             "count(*) AS n FROM event_log GROUP BY 1, 2)) GROUP BY 1 ORDER BY 2 DESC, "
             "1"),
        group_row, &out->sources, e));
    return US_OK;
}

bool us_status_silent(const struct us_status_row *source, int64_t now)
{
    int64_t last = source->values[2];
    int64_t usual = source->values[3];
    if (usual < US_HOUR_US) usual = US_HOUR_US;
    return source->known[2] && now - last > 2 * usual;
}

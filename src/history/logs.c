/* logs.c: rows → one struct us_log an account, by account key.
 *
 * Events come as one stream sorted by the database, since there may be more of them
 * than memory; the rest was read whole before (logs_facts.c, logs_people.c). Both are
 * merged account by account.
 */
#include "history/logs.h"

enum { SQL_MAX = 4 << 20 };
static const size_t ROWS_MAX = (size_t)64 << 30;

/* Columns of the stream; values follow. */
enum { S_ACCOUNT, S_AT, S_FROM, S_TO, S_SEQ, S_LINE, S_NAME, S_PERSON, S_VALUES };

struct logs {
    struct logs_facts facts;
    struct us_history *h;
    const struct us_need *need;
    uint32_t *name_index; /* by id of names: index in need, or US_NAME_OTHER */
    uint32_t *order;      /* accounts by key */
    size_t order_count;
    struct duck_rows rows; /* the stream, at row */
    size_t row;
    bool ended;
    /* of the account at hand */
    struct us_arena events, values, people, texts;
    struct us_log log;
    size_t event_cap, person_cap;
    uint32_t *seen; /* by person: the turn in which it was put into people */
    uint32_t turn;
    us_history_take *take;
    void *ctx;
};

static bool any_events(const struct us_need *need)
{
    return need->any || need->name_count || need->other_count;
}

static us_code stream_open(struct logs *l, struct us_error *e)
{
    struct us_history *h = l->h;
    l->ended = !any_events(l->need);
    if (l->ended) return US_OK;
    bool spans;
    US_TRY(logs_spans_exist(h, &spans, e));
    struct us_buf where = us_buf_new(&h->line, SQL_MAX);
    us_str names = logs_names_of_interest(h, l->need, &l->facts.arena, &l->name_index);
    us_buf_put(&where, names);
    logs_until(&l->facts, "e.known", &where);
    struct us_buf sql = us_buf_new(&h->line, SQL_MAX);
    us_buf_put(
        &sql, US_S("SELECT v.account, v.happened, v.from_known, v.to_known, v.seq, "
                   "v.line, v.name, v.person"));
    US_TRY(logs_columns_put(h, l->need, "v", &sql, e));
    logs_events_from(spans, us_buf_str(&where), &sql);
    if (l->facts.only == US_NOBODY) {
        us_buf_put(&sql, US_S(" JOIN account_ranks r ON r.id = v.account WHERE true"));
    } else {
        us_buf_fmt(&sql, " WHERE v.account = %u", l->facts.only);
    }
    logs_until(&l->facts, "v.from_known", &sql);
    us_buf_put(&sql, US_S(" ORDER BY "));
    if (l->facts.only == US_NOBODY) us_buf_put(&sql, US_S("r.rank, "));
    us_buf_put(&sql, US_S("v.happened, v.seq"));
    if (spans) us_buf_put(&sql, US_S(", v.from_known"));
    l->row = l->rows.count = 0;
    return duck_ask(h->duck.side, us_buf_str(&sql), &l->rows, e);
}

/* Make sure a row is at hand, or the end is seen. */
static us_code stream_look(struct logs *l, struct us_error *e)
{
    if (l->ended || l->row < l->rows.count) return US_OK;
    us_code code = duck_next(&l->rows, e);
    l->row = 0;
    if (code != US_NOT_FOUND) return code;
    l->ended = true;
    duck_done(&l->rows);
    return US_OK;
}

static us_code order_read(struct logs *l, struct us_error *e)
{
    struct us_history *h = l->h;
    l->order = us_new(&l->facts.arena, uint32_t, h->accounts.terms.count + 1);
    if (l->facts.only != US_NOBODY) {
        l->order[l->order_count++] = l->facts.only;
        return US_OK;
    }
    US_TRY(duck_run(h->duck.side,
        US_S("CREATE OR REPLACE TEMP TABLE account_ranks AS SELECT id, "
             "row_number() OVER (ORDER BY key) AS rank FROM accounts"),
        e));
    struct duck_rows r;
    US_TRY(duck_ask(
        h->duck.side, US_S("SELECT id FROM account_ranks ORDER BY rank"), &r, e));
    us_code code;
    while ((code = duck_next(&r, e)) == US_OK)
        for (size_t i = 0; i < r.count; i++)
            l->order[l->order_count++] = duck_id(&r, 0, i);
    duck_done(&r);
    return code == US_NOT_FOUND ? US_OK : code;
}

static void person_put(struct logs *l, uint32_t person)
{
    if (person == US_NOBODY || l->seen[person] == l->turn) return;
    l->seen[person] = l->turn;
    *us_push(&l->people, l->log.people, l->log.person_count, l->person_cap) =
        (struct us_log_person){.id = person,
            .key = core_person_key(l->h, person),
            .identified = core_identified(l->h, person)};
}

static void event_take(struct logs *l)
{
    const struct duck_rows *r = &l->rows;
    size_t i = l->row;
    uint32_t person = duck_id(r, S_PERSON, i);
    if (person != US_NOBODY && l->facts.internal[person]) return;
    *us_push(&l->events, l->log.events, l->log.event_count, l->event_cap) =
        (struct us_log_event){.at = duck_i64(r, S_AT, i),
            .from = duck_i64(r, S_FROM, i),
            .to = duck_i64(r, S_TO, i),
            .seq = duck_i64(r, S_SEQ, i),
            .line = core_line_of(duck_i64(r, S_LINE, i)),
            .name = l->name_index[duck_id(r, S_NAME, i)],
            .spelled = duck_id(r, S_NAME, i),
            .user = person};
    person_put(l, person);
    size_t columns = l->need->column_count;
    if (!columns) return;
    us_value *values = us_new(&l->values, us_value, columns);
    for (size_t c = 0; c < columns; c++)
        values[c] =
            logs_column_value(r, S_VALUES + c, i, l->need->columns[c].kind, &l->texts);
}

static us_code events_take(struct logs *l, uint32_t account, struct us_error *e)
{
    for (;;) {
        US_TRY(stream_look(l, e));
        if (l->ended || duck_id(&l->rows, S_ACCOUNT, l->row) != account) break;
        event_take(l);
        l->row++;
    }
    l->log.values = (us_value *)(void *)l->values.base;
    return US_OK;
}

static int person_order(const void *a, const void *b)
{
    uint32_t x = ((const struct us_log_person *)a)->id;
    uint32_t y = ((const struct us_log_person *)b)->id;
    return (x > y) - (x < y);
}

static void turn_begin(struct logs *l, uint32_t account)
{
    struct us_arena *of_turn[] = {&l->events, &l->values, &l->people, &l->texts};
    for (size_t i = 0; i < sizeof of_turn / sizeof *of_turn; i++)
        us_arena_reset(of_turn[i]);
    l->event_cap = l->person_cap = 0;
    l->turn++;
    l->log = (struct us_log){.account = account,
        .key = core_account_key(l->h, account),
        .column_count = l->need->column_count};
}

static us_code account_take(struct logs *l, uint32_t account, struct us_error *e)
{
    turn_begin(l, account);
    US_TRY(events_take(l, account, e));
    if (!l->facts.present[account]) return US_OK;
    if (logs_is_internal(l->h, l->log.key, &l->h->line)) return US_OK;
    logs_facts_take(&l->facts, account, NULL, 0, &l->texts, &l->log);
    for (size_t i = 0; i < l->log.trait_count; i++)
        person_put(l, l->log.traits[i].user);
    logs_sort(l->log.people, l->log.person_count, sizeof *l->log.people, person_order);
    return l->take(l->ctx, &l->log, e);
}

static us_code logs_run(struct logs *l, struct us_error *e)
{
    US_TRY(logs_facts_read(&l->facts, e));
    US_TRY(order_read(l, e));
    size_t people = l->h->people.terms.count;
    l->seen = us_new(&l->facts.arena, uint32_t, people + 1);
    US_TRY(stream_open(l, e));
    us_code code = US_OK;
    for (size_t i = 0; i < l->order_count && code == US_OK; i++)
        code = account_take(l, l->order[i], e);
    if (!l->ended) duck_done(&l->rows);
    return code;
}

us_code us_history_logs(struct us_history *h, const struct us_need *need,
    us_str account, int64_t until, us_history_take *take, void *ctx, struct us_error *e)
{
    us_arena_reset(&h->line);
    uint32_t only = account.len ? core_account_find(h, account) : US_NOBODY;
    if (account.len && only == US_NOBODY) return US_OK; /* never heard of */
    struct logs l = {.h = h, .need = need, .take = take, .ctx = ctx};
    l.facts = (struct logs_facts){.h = h, .need = need, .only = only, .until = until};
    us_arena_init(&l.events, ROWS_MAX);
    us_arena_init(&l.values, ROWS_MAX);
    us_arena_init(&l.people, ROWS_MAX);
    us_arena_init(&l.texts, ROWS_MAX);
    us_code code = logs_run(&l, e);
    us_arena_done(&l.events);
    us_arena_done(&l.values);
    us_arena_done(&l.people);
    us_arena_done(&l.texts);
    logs_facts_done(&l.facts);
    return code;
}

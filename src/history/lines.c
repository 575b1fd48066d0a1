/* lines.c: what raw ids sent, without a question of who they are.
 *
 * A link tells which ids' lines come to an account, and the rest of the account stays
 * as it is: then these lines are all that is asked for, and two columns of the events
 * are all that is looked through.
 */
#include "base/err.h"
#include "history/logs.h"

enum { SQL_MAX = 4 << 20 };

/* Columns of events; values follow. */
enum { L_AT, L_KNOWN, L_SEQ, L_LINE, L_NAME, L_USER, L_ANONYMOUS, L_GROUP, L_VALUES };

struct lines {
    struct us_history *h;
    const struct us_need *need;
    struct us_arena *a;
    uint32_t *people; /* of history, by index of the ids; US_NOBODY: never heard of */
    size_t count;
    int64_t until;
    struct logs_facts facts; /* for the texts of traits, no more */
    struct us_raw_lines *out;
    size_t event_cap, trait_cap;
};

/* "(3, 7)", in the scratch of a question: of history's people those asked for. */
static us_str people_in(const struct lines *l)
{
    struct us_buf sql = us_buf_new(&l->h->line, SQL_MAX);
    us_buf_char(&sql, '(');
    for (size_t i = 0; i < l->count; i++)
        if (l->people[i] != US_NOBODY) us_buf_fmt(&sql, "%u, ", l->people[i]);
    us_buf_fmt(&sql, "%u)", US_NOBODY - 1); /* nobody's: no list may be empty */
    return us_buf_str(&sql);
}

/* A circle is a handful of ids. */
static uint32_t index_of(const struct lines *l, uint32_t person)
{
    for (uint32_t i = 0; i < l->count; i++)
        if (l->people[i] == person) return i;
    return US_NOBODY;
}

static void event_take(
    struct lines *l, const struct duck_rows *r, size_t i, const uint32_t *name_index)
{
    size_t columns = l->need->column_count;
    uint32_t user = duck_id(r, L_USER, i);
    uint32_t group = duck_id(r, L_GROUP, i);
    uint32_t of = index_of(l, user == US_NOBODY ? duck_id(r, L_ANONYMOUS, i) : user);
    if (of == US_NOBODY) return;
    us_value *values = columns ? us_new(l->a, us_value, columns) : NULL;
    for (size_t c = 0; c < columns; c++)
        values[c] =
            logs_column_value(r, L_VALUES + c, i, l->need->columns[c].kind, l->a);
    struct us_raw_lines *out = l->out;
    *us_push(l->a, out->events, out->event_count, l->event_cap) = (struct us_raw_event){
        .of = of,
        .group = group == US_NOBODY ? (us_str){"", 0} : core_account_key(l->h, group),
        .values = values,
        .row = {.at = duck_i64(r, L_AT, i),
            .from = duck_i64(r, L_KNOWN, i),
            .to = US_NEVER,
            .seq = duck_i64(r, L_SEQ, i),
            .line = core_line_of(duck_i64(r, L_LINE, i)),
            .name = name_index[duck_id(r, L_NAME, i)],
            .spelled = duck_id(r, L_NAME, i),
            .user = US_NOBODY}};
}

static us_code events_read(struct lines *l, struct us_error *e)
{
    struct us_history *h = l->h;
    if (!l->need->any && !l->need->name_count && !l->need->other_count) return US_OK;
    us_str in = people_in(l);
    uint32_t *name_index;
    us_str names = logs_names_of_interest(h, l->need, l->a, &name_index);
    struct us_buf sql = us_buf_new(&h->line, SQL_MAX);
    us_buf_put(&sql, US_S("SELECT e.happened, e.known, e.seq, e.line, e.name, e.usr, "
                          "e.anon, e.grp"));
    US_TRY(logs_columns_put(h, l->need, "e", &sql, e));
    /* Either column by itself is looked through many times faster than both at once. */
    us_buf_fmt(&sql,
        " FROM (FROM events WHERE usr IN %.*s UNION ALL "
        "FROM events WHERE usr IS NULL AND anon IN %.*s) e "
        "WHERE e.known < make_timestamp(%lld)%.*s ORDER BY e.happened, e.seq",
        US_ARG(in), US_ARG(in), (long long)l->until, US_ARG(names));
    struct duck_rows r;
    US_TRY(duck_ask(h->duck.side, us_buf_str(&sql), &r, e));
    us_code code;
    while ((code = duck_next(&r, e)) == US_OK)
        for (size_t i = 0; i < r.count; i++)
            event_take(l, &r, i, name_index);
    duck_done(&r);
    return code == US_NOT_FOUND ? US_OK : code;
}

static void trait_take(struct lines *l, const struct duck_rows *r, size_t i)
{
    const struct us_need *need = l->need;
    struct us_raw_trait t = {.of = index_of(l, duck_id(r, 0, i))};
    if (t.of == US_NOBODY) return;
    logs_trait_read(&l->facts, r, i, &t.row);
    t.row.key = logs_key(need->user_traits, need->user_trait_count, duck_text(r, 5, i));
    if (t.row.value.kind == US_STRING)
        t.row.value = us_string(us_arena_str(l->a, t.row.value.text));
    *us_push(l->a, l->out->traits, l->out->trait_count, l->trait_cap) = t;
}

static us_code traits_read(struct lines *l, struct us_error *e)
{
    const struct us_need *need = l->need;
    if (!need->user_trait_count) return US_OK;
    us_str in = people_in(l);
    struct us_buf sql = us_buf_new(&l->h->line, SQL_MAX);
    us_buf_fmt(&sql,
        "SELECT person, happened, known, false, seq, key, value FROM traits "
        "WHERE person IN %.*s AND known < make_timestamp(%lld) AND key IN ",
        US_ARG(in), (long long)l->until);
    logs_names_put(need->user_traits, need->user_trait_count, &sql);
    us_buf_put(&sql, US_S(" ORDER BY happened, seq"));
    struct duck_rows r;
    US_TRY(duck_ask(l->h->duck.side, us_buf_str(&sql), &r, e));
    us_code code;
    while ((code = duck_next(&r, e)) == US_OK)
        for (size_t i = 0; i < r.count; i++)
            trait_take(l, &r, i);
    duck_done(&r);
    return code == US_NOT_FOUND ? US_OK : code;
}

us_code us_history_lines_of(struct us_history *h, const struct us_need *need,
    const struct us_raw_id *ids, size_t count, int64_t until, struct us_arena *a,
    struct us_raw_lines *out, struct us_error *e)
{
    us_arena_reset(&h->line);
    *out = (struct us_raw_lines){0};
    struct lines l = {
        .h = h, .need = need, .a = a, .count = count, .until = until, .out = out};
    l.people = us_new(a, uint32_t, count + 1);
    for (size_t i = 0; i < count; i++)
        l.people[i] = core_person_find(h, ids[i].id, ids[i].identified);
    l.facts = (struct logs_facts){.h = h, .need = need};
    logs_facts_open(&l.facts);
    us_code code = events_read(&l, e);
    if (code == US_OK) code = traits_read(&l, e);
    logs_facts_done(&l.facts);
    return code;
}

/* ---- money ---- */

static us_code money_take(struct logs_facts *f, uint32_t account, us_history_take *take,
    void *ctx, struct us_error *e)
{
    US_TRY(logs_payments_read(f, e));
    US_TRY(logs_deals_read(f, e));
    struct us_log log = {.account = account, .key = core_account_key(f->h, account)};
    log.payments = us_new(&f->arena, struct us_log_payment, f->payment_count + 1);
    for (size_t i = 0; i < f->payment_count; i++)
        if (f->payments[i].row.from == f->until)
            log.payments[log.payment_count++] = f->payments[i].row;
    log.deals = us_new(&f->arena, struct us_log_deal, f->deal_count + 1);
    for (size_t i = 0; i < f->deal_count; i++)
        if (f->deals[i].row.from == f->until)
            log.deals[log.deal_count++] = f->deals[i].row;
    return take(ctx, &log, e);
}

us_code us_history_money_at(struct us_history *h, const struct us_need *need,
    us_str account, int64_t known, us_history_take *take, void *ctx, struct us_error *e)
{
    us_arena_reset(&h->line);
    uint32_t only = core_account_find(h, account);
    if (only == US_NOBODY) return US_OK;
    struct logs_facts f = {
        .h = h, .need = need, .only = only, .until = known, .as_named = true};
    logs_facts_open(&f);
    us_code code = money_take(&f, only, take, ctx, e);
    logs_facts_done(&f);
    return code;
}

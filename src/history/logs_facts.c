/* logs_facts.c: traits and payments of accounts, whole, by account. */
#include "history/logs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SQL_MAX = 4 << 20 };
static const size_t ROWS_MAX = (size_t)64 << 30;

void logs_until(const struct logs_facts *f, const char *column, struct us_buf *sql)
{
    if (f->until == US_NEVER) return;
    us_buf_fmt(sql, " AND %s <= make_timestamp(%lld)", column, (long long)f->until);
}

us_code logs_spans_exist(struct us_history *h, bool *exist, struct us_error *e)
{
    int64_t count = 0;
    US_TRY(duck_number(h->duck.side,
        US_S("SELECT count(*) FROM (FROM event_spans LIMIT 1)"), &count, e));
    *exist = count > 0;
    return US_OK;
}

void logs_events_from(bool spans, us_str where, struct us_buf *sql)
{
    us_buf_put(sql, US_S(" FROM (SELECT e.*, e.known AS from_known, "
                         "TIMESTAMP 'infinity' AS to_known FROM events e WHERE true"));
    us_buf_put(sql, where);
    if (spans) {
        us_buf_put(sql,
            US_S(" AND NOT EXISTS (FROM event_spans s WHERE s.seq = e.seq) UNION ALL "
                 "SELECT e.* REPLACE (s.account AS account, s.person AS person), "
                 "s.from_known, s.to_known FROM event_spans s "
                 "JOIN events e ON e.seq = s.seq WHERE true"));
        us_buf_put(sql, where);
    }
    us_buf_put(sql, US_S(") v"));
}

bool logs_wanted(const struct logs_facts *f, uint32_t account)
{
    return f->only == US_NOBODY || f->only == account;
}

/* By company the rows of other accounts may belong to the one asked for. */
void logs_only(const struct logs_facts *f, struct us_buf *sql)
{
    if (f->only != US_NOBODY && f->h->rules.unit != US_COMPANY)
        us_buf_fmt(sql, " AND account = %u", f->only);
}

void logs_names_put(const us_str *names, size_t count, struct us_buf *sql)
{
    us_buf_char(sql, '(');
    if (!count) us_buf_put(sql, US_S("''")); /* no list may be empty; no key is */
    for (size_t i = 0; i < count; i++) {
        if (i) us_buf_put(sql, US_S(", "));
        core_put_text(sql, names[i]);
    }
    us_buf_char(sql, ')');
}

us_str logs_kept(struct logs_facts *f, us_str text)
{
    return us_intern_text(&f->texts, us_intern_put(&f->texts, text));
}

/* A JSON scalar as a value. */
static us_value scalar(struct logs_facts *f, us_str json)
{
    if (us_str_eq(json, US_S("true"))) return us_bool(true);
    if (us_str_eq(json, US_S("false"))) return us_bool(false);
    if (!json.len || json.ptr[0] != '"') {
        double number;
        return us_str_real(json, &number) ? us_number(number) : us_missing();
    }
    us_str inner = us_str_slice(json, 1, json.len - 1);
    if (!memchr(inner.ptr, '\\', inner.len)) return us_string(logs_kept(f, inner));
    struct us_arena *a = &f->h->line;
    us_mark mark = us_arena_mark(a);
    char *text = us_new(a, char, json.len + US_JSON_PAD);
    memcpy(text, json.ptr, json.len);
    struct us_json_doc doc;
    us_value v = us_missing();
    if (us_json_parse(f->h->json, (us_str){text, json.len}, &doc, NULL) == US_OK)
        v = us_string(logs_kept(f, us_json_text(&doc, 0, a)));
    us_arena_pop(a, mark);
    return v;
}

uint32_t logs_key(const us_str *keys, size_t count, us_str key)
{
    for (size_t i = 0; i < count; i++)
        if (us_str_eq(keys[i], key)) return (uint32_t)i;
    return US_NOBODY;
}

/* Columns: owner, at, known, fixed, seq, key, value. */
void logs_trait_read(
    struct logs_facts *f, const struct duck_rows *r, size_t i, struct us_log_trait *out)
{
    *out = (struct us_log_trait){.at = duck_i64(r, 1, i),
        .from = duck_i64(r, 2, i),
        .to = US_NEVER,
        .seq = duck_i64(r, 4, i),
        .user = US_NOBODY,
        .value = duck_null(r, 6, i) ? us_missing() : scalar(f, duck_text(r, 6, i))};
}

static void account_trait(struct logs_facts *f, const struct duck_rows *r, size_t i)
{
    const struct us_need *need = f->need;
    struct us_log_trait row;
    logs_trait_read(f, r, i, &row);
    row.key =
        logs_key(need->account_traits, need->account_trait_count, duck_text(r, 5, i));
    struct us_span *spans;
    size_t count = logs_account_spans(f, duck_id(r, 0, i), row.from, &spans);
    for (size_t s = 0; s < count; s++) {
        if (!logs_wanted(f, spans[s].account)) continue;
        struct logs_trait t = {spans[s].account, row};
        t.row.from = spans[s].from;
        t.row.to = spans[s].to;
        /* What holds for all time holds for whoever has the account in the end. */
        if (duck_bool(r, 3, i) && s + 1 == count) t.row.from = US_ALWAYS;
        *us_push(&f->arena_traits, f->traits, f->trait_count, f->trait_cap) = t;
    }
}

static us_code account_traits(struct logs_facts *f, struct us_error *e)
{
    const struct us_need *need = f->need;
    const struct us_history_rules *rules = &f->h->rules;
    if (!need->account_trait_count) return US_OK;
    struct us_buf sql = us_buf_new(&f->h->line, SQL_MAX);
    us_buf_put(&sql, US_S("SELECT account, happened, known, undated AND key IN "));
    logs_names_put(rules->fixed, rules->fixed_count, &sql);
    us_buf_put(&sql, US_S(" AS fixed, seq, key, value FROM traits "
                          "WHERE account IS NOT NULL AND key IN "));
    logs_names_put(need->account_traits, need->account_trait_count, &sql);
    logs_only(f, &sql);
    if (f->until != US_NEVER)
        us_buf_fmt(
            &sql, " AND (known <= make_timestamp(%lld) OR fixed)", (long long)f->until);
    us_buf_put(&sql, US_S(" ORDER BY account, happened, seq"));
    struct duck_rows r;
    US_TRY(duck_ask(f->h->duck.side, us_buf_str(&sql), &r, e));
    us_code code;
    while ((code = duck_next(&r, e)) == US_OK)
        for (size_t i = 0; i < r.count; i++)
            account_trait(f, &r, i);
    duck_done(&r);
    return code == US_NOT_FOUND ? US_OK : code;
}

static us_pay_status status_of(us_str text)
{
    static const us_str words[] = {
        [US_PAY_PAID] = US_S_INIT("paid"),
        [US_PAY_FAILED] = US_S_INIT("failed"),
        [US_PAY_REFUNDED] = US_S_INIT("refunded"),
        [US_PAY_DISPUTED] = US_S_INIT("disputed"),
    };
    if (!text.len) return US_PAY_PAID;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (us_str_eq_nocase(text, words[i])) return (us_pay_status)i;
    return US_PAY_FAILED; /* a word of no meaning brings no money */
}

/* Into the reporting currency; false when it has no rate. */
static bool convert(const struct logs_facts *f, us_str currency, int64_t *amount)
{
    const struct us_history_rules *r = &f->h->rules;
    if (!currency.len || us_str_eq_nocase(currency, r->currency)) return true;
    for (size_t i = 0; i < r->rate_count; i++) {
        if (!us_str_eq_nocase(currency, r->rates[i].currency)) continue;
        double converted = round((double)*amount * r->rates[i].rate);
        if (fabs(converted) >= 1e18) return false;
        *amount = (int64_t)converted;
        return true;
    }
    return false;
}

static int64_t decimal_or(
    const struct duck_rows *r, size_t column, size_t row, int64_t absent)
{
    return duck_null(r, column, row) ? absent : duck_i64(r, column, row);
}

static void payment(struct logs_facts *f, const struct duck_rows *r, size_t i)
{
    struct us_log_payment p = {.at = duck_i64(r, 1, i),
        .seq = duck_i64(r, 3, i),
        .status = status_of(duck_text(r, 4, i)),
        .method = logs_kept(f, duck_text(r, 5, i)),
        .channel = logs_kept(f, duck_text(r, 6, i)),
        .plan = logs_kept(f, duck_text(r, 7, i)),
        .invoice = logs_kept(f, duck_text(r, 8, i)),
        .amount = decimal_or(r, 9, i, 0),
        .tax = decimal_or(r, 10, i, 0),
        .start = duck_i64(r, 12, i),
        .end = duck_i64(r, 13, i),
        .months = duck_i64(r, 14, i),
        .quantity = decimal_or(r, 15, i, US_MILLION) / US_MILLION};
    us_str currency = duck_text(r, 11, i);
    p.converted = convert(f, currency, &p.amount) && convert(f, currency, &p.tax);
    struct us_span *spans;
    size_t count = logs_account_spans(f, duck_id(r, 0, i), duck_i64(r, 2, i), &spans);
    for (size_t s = 0; s < count; s++) {
        if (!logs_wanted(f, spans[s].account)) continue;
        p.from = spans[s].from;
        p.to = spans[s].to;
        *us_push(&f->arena_payments, f->payments, f->payment_count, f->payment_cap) =
            (struct logs_payment){spans[s].account, p};
    }
}

us_code logs_payments_read(struct logs_facts *f, struct us_error *e)
{
    if (!f->need->payments) return US_OK;
    struct us_buf sql = us_buf_new(&f->h->line, SQL_MAX);
    us_buf_put(
        &sql, US_S("SELECT account, happened, known, seq, status, method, channel, "
                   "plan, invoice_id, amount, tax, currency, period_start, "
                   "period_end, months, quantity FROM payments_counted "
                   "WHERE account IS NOT NULL"));
    logs_only(f, &sql);
    logs_until(f, "known", &sql);
    us_buf_put(&sql, US_S(" ORDER BY account, happened, seq"));
    struct duck_rows r;
    US_TRY(duck_ask(f->h->duck.side, us_buf_str(&sql), &r, e));
    us_code code;
    while ((code = duck_next(&r, e)) == US_OK)
        for (size_t i = 0; i < r.count; i++)
            payment(f, &r, i);
    duck_done(&r);
    return code == US_NOT_FOUND ? US_OK : code;
}

static void present_since(struct logs_facts *f, const struct us_span *span)
{
    if (span->from > f->until) return;
    f->present[span->account] = true;
    if (span->from < f->since[span->account]) f->since[span->account] = span->from;
}

static us_code present_in(struct logs_facts *f, const char *table, struct us_error *e)
{
    struct us_buf sql = us_buf_new(&f->h->line, SQL_MAX);
    us_buf_fmt(
        &sql, "SELECT account, min(known) FROM %s WHERE account IS NOT NULL", table);
    logs_only(f, &sql);
    logs_until(f, "known", &sql);
    us_buf_put(&sql, US_S(" GROUP BY account"));
    struct duck_rows r;
    US_TRY(duck_ask(f->h->duck.side, us_buf_str(&sql), &r, e));
    us_code code;
    while ((code = duck_next(&r, e)) == US_OK) {
        for (size_t i = 0; i < r.count; i++) {
            struct us_span *spans;
            size_t count =
                logs_account_spans(f, duck_id(&r, 0, i), duck_i64(&r, 1, i), &spans);
            for (size_t s = 0; s < count; s++)
                present_since(f, &spans[s]);
        }
    }
    duck_done(&r);
    return code == US_NOT_FOUND ? US_OK : code;
}

static us_code present_in_events(struct logs_facts *f, struct us_error *e)
{
    for (size_t i = 0; f->seen && i < f->seen->account_count; i++)
        f->present[f->seen->accounts[i]] = true;
    if (f->seen) return US_OK;
    bool spans;
    US_TRY(logs_spans_exist(f->h, &spans, e));
    struct us_buf where = us_buf_new(&f->h->line, 256);
    logs_until(f, "e.known", &where);
    struct us_buf sql = us_buf_new(&f->h->line, SQL_MAX);
    us_buf_put(&sql, US_S("SELECT DISTINCT v.account"));
    logs_events_from(spans, us_buf_str(&where), &sql);
    us_buf_put(&sql, US_S(" WHERE v.account IS NOT NULL"));
    logs_until(f, "v.from_known", &sql);
    if (f->only != US_NOBODY) us_buf_fmt(&sql, " AND v.account = %u", f->only);
    struct duck_rows r;
    US_TRY(duck_ask(f->h->duck.side, us_buf_str(&sql), &r, e));
    us_code code;
    while ((code = duck_next(&r, e)) == US_OK)
        for (size_t i = 0; i < r.count; i++)
            f->present[duck_id(&r, 0, i)] = true;
    duck_done(&r);
    return code == US_NOT_FOUND ? US_OK : code;
}

int logs_time_order(int64_t at, int64_t other_at, int64_t seq, int64_t other_seq)
{
    if (at != other_at) return at < other_at ? -1 : 1;
    return (seq > other_seq) - (seq < other_seq);
}

int logs_trait_order(const void *a, const void *b)
{
    const struct logs_trait *x = a;
    const struct logs_trait *y = b;
    if (x->owner != y->owner) return x->owner < y->owner ? -1 : 1;
    int order = logs_time_order(x->row.at, y->row.at, x->row.seq, y->row.seq);
    return order ? order : (x->row.from > y->row.from) - (x->row.from < y->row.from);
}

static int payment_order(const void *a, const void *b)
{
    const struct logs_payment *x = a;
    const struct logs_payment *y = b;
    if (x->account != y->account) return x->account < y->account ? -1 : 1;
    int order = logs_time_order(x->row.at, y->row.at, x->row.seq, y->row.seq);
    return order ? order : (x->row.from > y->row.from) - (x->row.from < y->row.from);
}

void logs_sort(
    void *rows, size_t count, size_t size, int (*order)(const void *, const void *))
{
    if (count) qsort(rows, count, size, order);
}

/* Where each owner's rows begin; the rows are in order of owner, which is the first
 * field of each. */
size_t *logs_index(
    struct us_arena *a, size_t ids, const void *rows, size_t size, size_t count)
{
    size_t *from = us_new(a, size_t, ids + 1);
    const char *row = rows;
    for (size_t i = 0; i < count; i++, row += size) {
        uint32_t owner;
        memcpy(&owner, row, sizeof owner);
        from[owner + 1]++;
    }
    for (size_t i = 0; i < ids; i++)
        from[i + 1] += from[i];
    return from;
}

void logs_facts_open(struct logs_facts *f)
{
    us_arena_init(&f->arena, ROWS_MAX);
    us_arena_init(&f->arena_traits, ROWS_MAX);
    us_arena_init(&f->arena_users, ROWS_MAX);
    us_arena_init(&f->arena_payments, ROWS_MAX);
    us_arena_init(&f->arena_members, ROWS_MAX);
    us_arena_init(&f->arena_leads, ROWS_MAX);
    us_arena_init(&f->arena_deals, ROWS_MAX);
    us_intern_init(&f->texts);
    f->spans = us_new(&f->arena, struct us_span, US_SPANS_MAX);
    f->cut = us_new(&f->arena, struct us_span, US_SPANS_MAX);
}

us_code logs_facts_read(struct logs_facts *f, struct us_error *e)
{
    logs_facts_open(f);
    size_t accounts = f->h->accounts.terms.count;
    f->present = us_new(&f->arena, bool, accounts + 1);
    f->since = us_new(&f->arena, int64_t, accounts + 1);
    for (size_t i = 0; i <= accounts; i++)
        f->since[i] = US_NEVER;
    if (f->need->user_trait_count) US_TRY(logs_undos_read(f, e));
    US_TRY(logs_reach_read(f, e));
    /* What events need of identity is in event_spans. */
    if (f->h->rules.unit == US_COMPANY || (f->need->user_trait_count && !f->identity))
        US_TRY(core_identity(f->h, e));
    US_TRY(logs_leads_read(f, e));
    if (!f->need->payers) {
        US_TRY(present_in_events(f, e));
        US_TRY(present_in(f, "traits", e));
    }
    US_TRY(present_in(f, "payments", e));
    if (f->need->deals) US_TRY(present_in(f, "deals", e));
    US_TRY(account_traits(f, e));
    US_TRY(logs_payments_read(f, e));
    US_TRY(logs_deals_read(f, e));
    if (f->h->rules.unit == US_COMPANY) {
        logs_sort(f->traits, f->trait_count, sizeof *f->traits, logs_trait_order);
        logs_sort(f->payments, f->payment_count, sizeof *f->payments, payment_order);
    }
    f->trait_from =
        logs_index(&f->arena, accounts, f->traits, sizeof *f->traits, f->trait_count);
    f->payment_from = logs_index(
        &f->arena, accounts, f->payments, sizeof *f->payments, f->payment_count);
    return logs_people_read(f, e);
}

static int trait_order(const void *a, const void *b)
{
    struct logs_trait x = {0, *(const struct us_log_trait *)a};
    struct logs_trait y = {0, *(const struct us_log_trait *)b};
    return logs_trait_order(&x, &y);
}

static size_t traits_of(const size_t *from, uint32_t owner)
{
    return from[owner + 1] - from[owner];
}

/* Those of a member, while they are one. */
static size_t member_traits(const struct logs_facts *f,
    const struct logs_member *member, struct us_log_trait *out)
{
    size_t n = 0;
    for (size_t i = f->user_from[member->person]; i < f->user_from[member->person + 1];
         i++) {
        struct us_log_trait row = f->users[i].row;
        if (row.from < member->from) row.from = member->from;
        if (row.to > member->to) row.to = member->to;
        if (row.from < row.to && row.from <= f->until) out[n++] = row;
    }
    return n;
}

/* By facts and by rows. */
static size_t members_of(const struct logs_facts *f, uint32_t account,
    const struct logs_member *rows, size_t row_count, struct us_arena *a,
    struct logs_member **out)
{
    struct logs_member *own = f->members + f->member_from[account];
    size_t count = f->member_from[account + 1] - f->member_from[account];
    *out = own;
    if (!row_count) return count;
    *out = us_new(a, struct logs_member, count + row_count);
    for (size_t i = 0; i < count; i++)
        (*out)[i] = own[i];
    for (size_t i = 0; i < row_count; i++)
        (*out)[count + i] = rows[i];
    return logs_members_join(*out, count + row_count);
}

/* Its own, and those of everybody who has been in it. */
static void traits_take(const struct logs_facts *f, uint32_t account,
    const struct logs_member *rows, size_t row_count, struct us_arena *a,
    struct us_log *out)
{
    size_t own = traits_of(f->trait_from, account);
    size_t n = own;
    struct logs_member *member;
    size_t members = members_of(f, account, rows, row_count, a, &member);
    for (size_t m = 0; m < members; m++)
        n += traits_of(f->user_from, member[m].person);
    if (!n) return;
    out->traits = us_new(a, struct us_log_trait, n);
    n = 0;
    for (size_t i = 0; i < own; i++)
        out->traits[n++] = f->traits[f->trait_from[account] + i].row;
    for (size_t m = 0; m < members; m++)
        n += member_traits(f, &member[m], out->traits + n);
    out->trait_count = n;
    if (n > own) logs_sort(out->traits, n, sizeof *out->traits, trait_order);
}

void logs_facts_take(const struct logs_facts *f, uint32_t account,
    const struct logs_member *rows, size_t row_count, struct us_arena *a,
    struct us_log *out)
{
    traits_take(f, account, rows, row_count, a, out);
    size_t from = f->payment_from[account];
    size_t count = f->payment_from[account + 1] - from;
    out->payment_count = count;
    if (count) out->payments = us_new(a, struct us_log_payment, count);
    for (size_t i = 0; i < count; i++)
        out->payments[i] = f->payments[from + i].row;
    from = f->deal_from[account];
    count = f->deal_from[account + 1] - from;
    out->deal_count = count;
    if (count) out->deals = us_new(a, struct us_log_deal, count);
    for (size_t i = 0; i < count; i++)
        out->deals[i] = f->deals[from + i].row;
}

void logs_facts_done(struct logs_facts *f)
{
    us_arena_done(&f->arena);
    us_arena_done(&f->arena_traits);
    us_arena_done(&f->arena_users);
    us_arena_done(&f->arena_payments);
    us_arena_done(&f->arena_members);
    us_arena_done(&f->arena_leads);
    us_arena_done(&f->arena_deals);
    us_intern_done(&f->texts);
    us_identity_free(f->identity);
}

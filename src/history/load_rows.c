/* load_rows.c: payments, deals, activities … → rows; one table says which field goes
 * where. The importer checked them; what cannot be read here becomes NULL.
 */
#include "history/core.h"

/* How a field is read: its column's type. END closes a list. */
enum kind { END, TEXT, WHEN, DECIMAL, WHOLE, ACCOUNT, RAW, SOURCE };

struct field {
    us_str key; /* of m; for RAW nothing: the object as it stands */
    enum kind kind;
};

enum { FIELDS_MAX = 16, FIRST = 3 /* seq, at, known come first */ };

struct rows {
    enum core_table table;
    us_str at; /* the field that says when it happened */
    struct field fields[FIELDS_MAX];
};

#define F(key, kind)         \
    {                        \
        US_S_INIT(key), kind \
    }

/* In the order of the columns of schema.sql. */
static const struct rows rows[US_LINE_TYPES] = {
    [US_LINE_PAYMENT] = {T_PAYMENTS, US_S_INIT("at"),
        {F("account", ACCOUNT), F("amount", DECIMAL), F("currency", TEXT),
            F("status", TEXT), F("method", TEXT), F("channel", TEXT),
            F("interval", TEXT), F("quantity", DECIMAL), F("plan", TEXT),
            F("tax", DECIMAL), F("invoice_id", TEXT), F("payment_id", TEXT)}},
    [US_LINE_DEAL] = {T_DEALS, US_S_INIT("stage_at"),
        {F("deal_id", TEXT), F("account", ACCOUNT), F("created", WHEN),
            F("first_touch", WHEN), F("stage", TEXT), F("stage_at", WHEN),
            F("amount", DECIMAL), F("arr", DECIMAL), F("type", TEXT),
            F("channel", TEXT), F("owner", TEXT), F("source", TEXT),
            F("lost_reason", TEXT)}},
    [US_LINE_ACTIVITY] = {T_ACTIVITIES, US_S_INIT("at"),
        {F("activity_id", TEXT), F("account", ACCOUNT), F("contact", TEXT),
            F("kind", TEXT), F("direction", TEXT), F("owner", TEXT),
            F("subject", TEXT)}},
    [US_LINE_CONTACT] = {T_CONTACTS, US_S_INIT("created"),
        {F("email", TEXT), F("account", ACCOUNT), F("name", TEXT), F("title", TEXT),
            F("role", TEXT), F("source", TEXT), F("consent", TEXT),
            F("created", WHEN)}},
    [US_LINE_MQL] = {T_MQLS, US_S_INIT("at"),
        {F("contact", TEXT), F("account", ACCOUNT), F("source", TEXT)}},
    [US_LINE_COMPANY] = {T_COMPANIES, US_S_INIT("at"),
        {F("company", ACCOUNT), F("account", ACCOUNT), F("domain", TEXT),
            F("name", TEXT), F("crm_id", TEXT)}},
    [US_LINE_UNDO] = {T_UNDOS, US_S_INIT("at"), {F("link", WHOLE)}},
    [US_LINE_DEAD] = {T_DEAD, US_S_INIT("at"),
        {F("file", TEXT), F("line", WHOLE), F("byte", WHOLE), F("reason", TEXT),
            F("", RAW), F("", SOURCE)}},
    [US_LINE_IMPORT] = {T_IMPORTS, US_S_INIT("at"),
        {F("file", TEXT), F("lines", WHOLE), F("added", WHOLE), F("duplicates", WHOLE),
            F("", RAW)}},
};

/* Text of a string, digits of a number, true or false; else empty. */
us_str core_field(const struct core_line *l, us_str key, struct us_arena *a)
{
    uint32_t node = us_json_get(l->doc, l->m, key);
    if (node == US_JSON_NONE) return (us_str){"", 0};
    switch ((us_json_kind)l->doc->nodes[node].kind) {
    case US_JSON_STRING: return us_str_trim(us_json_text(l->doc, node, a));
    case US_JSON_NUMBER:
    case US_JSON_FALSE:
    case US_JSON_TRUE: return us_json_raw(l->doc, node);
    case US_JSON_NULL:
    case US_JSON_ARRAY:
    case US_JSON_OBJECT:
    default: return (us_str){"", 0};
    }
}

static bool when(const struct core_line *l, us_str key, struct us_arena *a, int64_t *at)
{
    return us_time_read(core_field(l, key, a), at);
}

static bool decimal(us_str text, int64_t *millionths)
{
    double number;
    return us_str_real(text, &number) && us_decimal(us_number(number), millionths);
}

static void field_put(struct us_history *h, const struct core_line *l,
    struct duck_table *t, size_t column, const struct field *f)
{
    struct us_arena *a = &h->line;
    us_str text = core_field(l, f->key, a);
    int64_t n = 0;
    bool good = false;
    switch (f->kind) {
    case TEXT: duck_put_word(t, column, text); return;
    case ACCOUNT: duck_put_id(t, column, core_account(h, text)); return;
    case RAW: duck_put_text(t, column, us_json_raw(l->doc, l->m)); return;
    case SOURCE: duck_put_text(t, column, l->head.source); return;
    case WHEN: good = us_time_read(text, &n); break;
    case DECIMAL: good = decimal(text, &n); break;
    case WHOLE: good = us_str_int(text, &n); break;
    case END:
    default: break;
    }
    if (good) {
        duck_put_i64(t, column, n);
    } else {
        duck_put_null(t, column);
    }
}

/* An interval's length in months: "month", "year", "quarter", "3 months"; 0 when it is
 * "week" or none. */
static int interval_months(us_str text)
{
    static const struct {
        us_str word;
        int months;
    } words[] = {
        {US_S_INIT("month"), 1},
        {US_S_INIT("quarter"), 3},
        {US_S_INIT("year"), 12},
    };
    int64_t n = 1;
    us_str word = text;
    us_str rest;
    us_str head = us_str_cut(text, ' ', &rest);
    if (us_str_int(head, &n)) word = us_str_trim(rest);
    if (n < 1 || n > 120) return 0;
    if (word.len > 1 && us_str_has_suffix(word, US_S("s"))) word.len--;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (us_str_eq_nocase(word, words[i].word)) return (int)n * words[i].months;
    return 0;
}

/* Calendar months from start to end, to the nearest, at least one: a year given as
 * 1 January to 31 December is 12. */
static int64_t months_between(int64_t start, int64_t end)
{
    us_date a = us_date_of(start);
    us_date b = us_date_of(end);
    int n = (b.year - a.year) * 12 + b.month - a.month;
    if (us_add_months(start, n) > end) n--;
    int64_t from = us_add_months(start, n);
    int64_t to = us_add_months(start, n + 1);
    if (end - from > (to - from) / 2) n++;
    return n < 1 ? 1 : n;
}

/* The period a payment covers: as given, else its interval from its start or moment;
 * months is 0 when it covers none. */
static int64_t payment_period(
    const struct core_line *l, struct us_arena *a, int64_t *start, int64_t *end)
{
    if (!when(l, US_S("period_start"), a, start)) {
        *start = l->head.known;
        when(l, US_S("at"), a, start);
    }
    if (when(l, US_S("period_end"), a, end) && *end > *start)
        return months_between(*start, *end);
    us_str interval = core_field(l, US_S("interval"), a);
    int months = interval_months(interval);
    *end = *start;
    if (months) {
        *end = us_add_months(*start, months);
    } else if (us_str_eq_nocase(interval, US_S("week"))) {
        *end = *start + 7 * US_DAY_US;
        months = 1;
    }
    return months;
}

us_code core_load_retries(
    struct us_history *h, const struct core_line *l, struct us_error *e)
{
    uint32_t list = us_json_get(l->doc, l->m, US_S("letters"));
    const struct us_json_node *nodes = l->doc->nodes;
    if (list == US_JSON_NONE || nodes[list].kind != US_JSON_ARRAY) return US_OK;
    for (uint32_t i = list + 1; i < nodes[list].next; i = nodes[i].next) {
        struct duck_table *t;
        int64_t letter = 0;
        if (!us_str_int(us_json_raw(l->doc, i), &letter)) continue;
        US_TRY(core_table(h, T_RETRIES, &t, e));
        duck_put_i64(t, 0, l->head.seq);
        duck_put_time(t, 1, l->head.known);
        duck_put_i64(t, 2, letter);
        US_TRY(duck_row_end(t, e));
    }
    return US_OK;
}

us_code core_load_rows(
    struct us_history *h, const struct core_line *l, struct us_error *e)
{
    const struct rows *r = &rows[l->head.type];
    struct duck_table *t;
    US_TRY(core_table(h, r->table, &t, e));
    int64_t at = l->head.known;
    when(l, r->at, &h->line, &at);
    if (at > l->head.known) at = l->head.known;
    duck_put_i64(t, 0, l->head.seq);
    duck_put_time(t, 1, at);
    duck_put_time(t, 2, l->head.known);
    size_t column = FIRST;
    for (const struct field *f = r->fields; f->kind != END; f++)
        field_put(h, l, t, column++, f);
    if (r->table == T_PAYMENTS) {
        int64_t start, end;
        int64_t months = payment_period(l, &h->line, &start, &end);
        duck_put_time(t, column, start);
        duck_put_time(t, column + 1, end);
        duck_put_i64(t, column + 2, months);
    }
    return duck_row_end(t, e);
}

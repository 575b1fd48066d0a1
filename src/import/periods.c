#include "import/periods.h"

#include "import/csv_file.h"
#include "import/sheet.h"

#include <string.h>

static const size_t MEMORY_BYTES = (size_t)4 << 30;

/* ---- what a description says ---- */

static char small(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static bool of_word(char c)
{
    return (small(c) >= 'a' && small(c) <= 'z') || (c >= '0' && c <= '9');
}

/* What a word means by itself, and what it means after "per" or "/". "Annual" alone may
 * be a conference. */
static const struct {
    us_str word;
    us_str interval;
    bool after; /* only after "per", "a", "every" or '/' */
} words[] = {
    {US_S_INIT("monthly"), US_S_INIT("month"), false},
    {US_S_INIT("yearly"), US_S_INIT("year"), false},
    {US_S_INIT("annually"), US_S_INIT("year"), false},
    {US_S_INIT("quarterly"), US_S_INIT("quarter"), false},
    {US_S_INIT("weekly"), US_S_INIT("week"), false},
    {US_S_INIT("month"), US_S_INIT("month"), true},
    {US_S_INIT("mo"), US_S_INIT("month"), true},
    {US_S_INIT("year"), US_S_INIT("year"), true},
    {US_S_INIT("yr"), US_S_INIT("year"), true},
    {US_S_INIT("annum"), US_S_INIT("year"), true},
    {US_S_INIT("quarter"), US_S_INIT("quarter"), true},
    {US_S_INIT("week"), US_S_INIT("week"), true},
};

static us_str meaning(us_str word, bool after)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (us_str_eq_nocase(word, words[i].word) && (after || !words[i].after))
            return words[i].interval;
    return (us_str){0};
}

us_str us_interval_said(us_str text)
{
    us_str said = {0};
    bool after = false;
    for (size_t at = 0; at < text.len;) {
        size_t from = at;
        while (at < text.len && of_word(text.ptr[at]))
            at++;
        if (at == from) {
            if (text.ptr[at] != ' ') after = text.ptr[at] == '/';
            at++;
            continue;
        }
        us_str word = us_str_slice(text, from, at);
        us_str interval = meaning(word, after);
        if (interval.len && said.len && !us_str_eq(said, interval)) return (us_str){0};
        if (interval.len) said = interval;
        after = us_str_eq_nocase(word, US_S("per")) ||
                us_str_eq_nocase(word, US_S("a")) ||
                us_str_eq_nocase(word, US_S("every"));
    }
    return said;
}

static bool of_subscription(us_str description)
{
    us_str word = US_S("subscription");
    return us_str_eq_nocase(us_str_slice(description, 0, word.len), word);
}

struct us_period us_period_of(
    const struct us_periods *p, us_str invoice, us_str customer, us_str description)
{
    struct us_period none = {US_NEVER, US_NEVER, us_interval_said(description)};
    if (!p->open) return none;
    uint32_t id = us_intern_find(&p->invoices, invoice);
    if (invoice.len && id != US_INTERN_NONE) return p->of_invoice[id];
    if (none.interval.len || (!invoice.len && !of_subscription(description)))
        return none;
    id = us_intern_find(&p->customers, customer);
    if (customer.len && id != US_INTERN_NONE) none.interval = p->of_customer[id];
    return none;
}

/* ---- the exports ---- */

enum { INVOICE, START, END, INVOICE_CELLS };
static const struct us_cell_rule invoice_rules[INVOICE_CELLS] = {
    {US_S_INIT("id"), US_CELL_TEXT, US_MUST, US_S_INIT("Invoice ID"), {NULL}},
    {US_S_INIT("period_start"), US_CELL_DATE, US_MUST,
        US_S_INIT("Minimum Line Item Period Start (UTC)|Period Start (UTC)"), {NULL}},
    {US_S_INIT("period_end"), US_CELL_DATE, US_MUST,
        US_S_INIT("Maximum Line Item Period End (UTC)|Period End (UTC)"), {NULL}},
};

enum { CUSTOMER, INTERVAL, SUBSCRIPTION_CELLS };
static const struct us_cell_rule subscription_rules[SUBSCRIPTION_CELLS] = {
    {US_S_INIT("customer"), US_CELL_TEXT, US_MUST, US_S_INIT("Customer ID"), {NULL}},
    {US_S_INIT("interval"), US_CELL_INTERVAL, US_MUST, {NULL}, {NULL}},
};

enum { CELLS_MAX = 3 };

/* One export being read. */
struct export
{
    struct us_csv_file file;
    us_str path;
    const struct us_cell_rule *rules;
    size_t rule_count;
    size_t column[CELLS_MAX];
};

static bool named(us_str name, const struct us_cell_rule *rule)
{
    us_str names = rule->names;
    if (us_same_name(name, rule->key)) return true;
    while (names.len)
        if (us_same_name(us_str_cut(names, '|', &names), name)) return true;
    return false;
}

static bool fits(struct export *x, const struct us_cell_rule *rules, size_t count)
{
    x->rules = rules;
    x->rule_count = count;
    for (size_t r = 0; r < count; r++) {
        size_t k = 0;
        while (k < x->file.count && !named(x->file.names[k], &rules[r]))
            k++;
        if (k == x->file.count) return false;
        x->column[r] = k;
    }
    return true;
}

static void add_invoice(struct us_periods *p, const struct us_cell *cell)
{
    if (cell[START].at == US_NEVER || cell[END].at == US_NEVER) return;
    struct us_period period = {cell[START].at, cell[END].at, {0}};
    uint32_t id = us_intern_put(&p->invoices, cell[INVOICE].text);
    if (id < p->invoice_count) {
        p->of_invoice[id] = period; /* the last one tells */
    } else {
        *us_push(&p->memory, p->of_invoice, p->invoice_count, p->invoice_cap) = period;
    }
}

static void add_subscription(struct us_periods *p, const struct us_cell *cell)
{
    us_str interval = cell[INTERVAL].text;
    if (!interval.len) return;
    uint32_t id = us_intern_put(&p->customers, cell[CUSTOMER].text);
    if (id == p->customer_count) {
        us_str *fresh =
            us_push(&p->memory, p->of_customer, p->customer_count, p->customer_cap);
        *fresh = us_arena_str(&p->memory, interval);
    } else if (!us_str_eq(p->of_customer[id], interval)) {
        p->of_customer[id] = (us_str){0};
    }
}

static us_code add(struct us_periods *p, const struct export *x, struct us_error *e)
{
    const struct us_csv_row *row = &x->file.row;
    struct us_cell cell[CELLS_MAX];
    struct us_error why;
    bool good = row->flaw == US_CSV_FINE && row->count == x->file.count &&
                us_str_is_utf8(row->raw);
    for (size_t r = 0; r < x->rule_count && good; r++) {
        size_t k = x->column[r];
        good = us_cell_read(&x->rules[r], x->file.names[k], row->fields[k],
            x->file.scratch, &cell[r], &why);
    }
    if (!good)
        return us_fail(e, US_INPUT, "import.periods_row",
            US_ARGS(US_TEXT("path", x->path), US_WHOLE("line", x->file.line)));
    if (!cell[0].text.len) return US_OK;
    if (x->rules == invoice_rules) {
        add_invoice(p, cell);
    } else {
        add_subscription(p, cell);
    }
    return US_OK;
}

static us_code read_all(struct us_periods *p, struct export *x,
    struct us_reader *reader, struct us_arena *a, struct us_error *e)
{
    bool last;
    US_TRY(us_reader_fill(reader, e));
    if (us_str_has_prefix(us_reader_window(reader, &last), US_S("\xef\xbb\xbf")))
        us_reader_take(reader, 3);
    US_TRY(us_csv_file_open(&x->file, reader, x->path, &p->memory, a, e));
    if (!fits(x, invoice_rules, INVOICE_CELLS) &&
        !fits(x, subscription_rules, SUBSCRIPTION_CELLS))
        return us_fail(
            e, US_INPUT, "import.periods_columns", US_ARGS(US_TEXT("path", x->path)));
    us_code code;
    while ((code = us_csv_file_next(&x->file, e)) == US_OK)
        US_TRY(add(p, x, e));
    return code == US_NOT_FOUND ? US_OK : code;
}

us_code us_periods_open(
    const us_str *paths, size_t count, struct us_periods *p, struct us_error *e)
{
    *p = (struct us_periods){.open = true};
    us_arena_init(&p->memory, MEMORY_BYTES);
    us_intern_init(&p->invoices);
    us_intern_init(&p->customers);
    us_code code = US_OK;
    for (size_t i = 0; i < count && code == US_OK; i++) {
        struct us_reader *reader = NULL;
        struct us_arena a;
        struct export x = {.path = paths[i]};
        us_arena_init(&a, (size_t)64 << 20);
        code = us_reader_open(paths[i], &reader, e);
        if (code == US_OK) code = read_all(p, &x, reader, &a, e);
        us_reader_close(reader);
        us_arena_done(&a);
    }
    if (code != US_OK) us_periods_close(p);
    return code;
}

void us_periods_close(struct us_periods *p)
{
    if (!p->open) return;
    us_intern_done(&p->invoices);
    us_intern_done(&p->customers);
    us_arena_done(&p->memory);
    p->open = false;
}

/* sql_name.c: names, texts, numbers and moments as DuckDB reads them. */

#include "signal/sql_inner.h"

#include <math.h>
#include <stdio.h>

enum { SLUG_BYTES_MAX = 48, PLAIN_DIGITS = 15, NAMES_BYTES = 1 << 12 };

/* What the text itself calls something. */
static const us_str ours[] = {US_S_INIT("account"), US_S_INIT("person"), US_S_INIT("t"),
    US_S_INIT("value"), US_S_INIT("asked"), US_S_INIT("asked_people"),
    US_S_INIT("changes"), US_S_INIT("began"), US_S_INIT("began_of_people"),
    US_S_INIT("rates"), US_S_INIT("money"), US_S_INIT("invoices"),
    US_S_INIT("recurring"), US_S_INIT("inputs"), US_S_INIT("judged"),
    US_S_INIT("accounts"), US_S_INIT("people"), US_S_INIT("a"), US_S_INIT("c"),
    US_S_INIT("e"), US_S_INIT("i"), US_S_INIT("p"), US_S_INIT("q"), US_S_INIT("r"),
    US_S_INIT("seen_events"), US_S_INIT("seen_accounts"), US_S_INIT("seen_people"),
    US_S_INIT("seen_members"), US_S_INIT("seen_account_traits"),
    US_S_INIT("seen_user_traits"), US_S_INIT("seen_payments"), US_S_INIT("seen_deals")};

static bool is_step(us_str name)
{
    int64_t n = 0;
    return us_str_has_prefix(name, US_S("step_")) &&
           us_str_int(us_str_slice(name, 5, name.len), &n);
}

static bool is_taken(const struct us_sql *s, us_str name)
{
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (us_str_eq_nocase(ours[i], name)) return true;
    for (size_t i = 0; i < s->taken_count; i++)
        if (us_str_eq_nocase(s->taken[i], name)) return true;
    return is_step(name);
}

static bool is_free(struct us_sql *s, us_str name, const char *const *ends)
{
    if (is_taken(s, name)) return false;
    for (; ends && *ends; ends++)
        if (is_taken(s, us_arena_fmt(s->arena, "%.*s%s", US_ARG(name), *ends)))
            return false;
    return true;
}

static void take(struct us_sql *s, us_str name)
{
    *us_push(s->arena, s->taken, s->taken_count, s->taken_cap) = name;
}

us_str us_sql_unique(struct us_sql *s, us_str want, const char *const *ends)
{
    us_str name = us_arena_str(s->arena, want);
    for (int n = 2; !is_free(s, name, ends); n++)
        name = us_arena_fmt(s->arena, "%.*s_%d", US_ARG(want), n);
    take(s, name);
    for (; ends && *ends; ends++)
        take(s, us_arena_fmt(s->arena, "%.*s%s", US_ARG(name), *ends));
    return name;
}

/* "Invite Sent" as invite_sent; letters of other scripts stay. */
static void slug(struct us_buf *out, us_str text)
{
    size_t from = out->len;
    bool gap = true;
    us_buf_char(out, '_');
    for (size_t i = 0; i < text.len && out->len - from < SLUG_BYTES_MAX; i++) {
        char c = text.ptr[i];
        if (c >= 'A' && c <= 'Z') c = (char)(c + ('a' - 'A'));
        bool good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c & 0x80);
        if (good) us_buf_char(out, c);
        if (!good && !gap) us_buf_char(out, '_');
        gap = !good;
    }
    /* No part of a letter at the end. */
    while (!us_str_is_utf8(us_buf_str(out)))
        out->len--;
    if (out->len > from + 1 && out->ptr[out->len - 1] == '_') out->len--;
}

static void pattern(
    struct us_sql *s, struct us_buf *out, const struct us_node *n, uint32_t index)
{
    const struct us_need *need = &s->plan->need;
    const struct us_pattern *p = &s->plan->patterns[index];
    uint32_t column = n->column != US_NODE_NONE ? n->column : n->columns[0];
    if (p->name != US_ANY_NAME) slug(out, need->names[p->name]);
    if (column != US_NODE_NONE) slug(out, need->columns[column].path);
    if (p->where != US_NODE_NONE) us_buf_put(out, US_S("_where"));
}

static void window(struct us_buf *out, us_window w)
{
    us_buf_char(out, '_');
    us_print_window(w, out);
}

us_str us_sql_name_of(struct us_sql *s, const struct us_node *n)
{
    const struct us_need *need = &s->plan->need;
    struct us_buf out = us_buf_new(s->arena, NAMES_BYTES);
    if (n->op == US_OP_CALL) {
        us_buf_put(&out, n->function->name);
        if (n->function->inside) {
            us_buf_char(&out, '_');
            us_buf_put(&out, us_sql_name_of(s, &s->plan->nodes[n->args[0]]));
        }
        if (n->pattern != US_NODE_NONE) pattern(s, &out, n, n->pattern);
        for (uint32_t i = 0; i < n->step_count && i < 2; i++)
            pattern(s, &out, n, n->steps[i]);
        if (n->function->window) window(&out, n->window);
        return us_buf_str(&out);
    }
    bool user = n->scope == US_PER_USER;
    us_buf_put(&out, user ? US_S("user") : US_S("account"));
    if (n->op == US_OP_TRAIT)
        slug(&out, user ? need->user_traits[n->trait] : need->account_traits[n->trait]);
    if (n->op == US_OP_AGE) us_buf_put(&out, US_S("_age"));
    if (n->op == US_OP_MRR) us_buf_put(&out, US_S("_mrr"));
    if (n->op == US_OP_ARR) us_buf_put(&out, US_S("_arr"));
    if (n->op == US_OP_PAID) {
        us_buf_put(&out, US_S("_paid"));
        window(&out, n->window);
    }
    return us_buf_str(&out);
}

static void quoted(struct us_buf *out, us_str text, char quote)
{
    us_buf_char(out, quote);
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == quote) us_buf_char(out, quote);
        us_buf_char(out, text.ptr[i]);
    }
    us_buf_char(out, quote);
}

void us_sql_text(struct us_buf *out, us_str text)
{
    quoted(out, text, '\'');
}

/* Words that cannot name a table (duckdb_keywords() of DuckDB 1.5: all but the
 * unreserved). */
static const char words[] =
    " all analyse analyze and anti any array as asc asof asymmetric at"
    " authorization between bigint binary bit boolean both by case cast char"
    " character check coalesce collate collation column columns concurrently"
    " constraint create cross dec decimal default deferrable desc describe"
    " distinct do else end except exists extract false fetch float for"
    " foreign freeze from full generated glob group grouping grouping_id"
    " having ilike in initially inner inout int integer intersect interval"
    " into is isnull join lambda lateral leading left like limit map"
    " national natural nchar none not notnull null nullif numeric offset on"
    " only or order out outer overlaps overlay pivot pivot_longer"
    " pivot_wider placing position positional precision primary qualify real"
    " references returning right row select semi setof show similar smallint"
    " some struct substring summarize symmetric table tablesample then time"
    " timestamp to trailing treat trim true try_cast union unique unpack"
    " unpivot using values varchar variadic verbose when where window with"
    " xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces"
    " xmlparse xmlpi xmlroot xmlserialize xmltable ";

static bool is_plain(us_str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool digit = c >= '0' && c <= '9';
        bool letter = (c >= 'a' && c <= 'z') || c == '_';
        if (!letter && !(digit && i > 0)) return false;
    }
    return name.len > 0;
}

static bool is_word(us_str name)
{
    char spaced[64];
    if (name.len + 2 > sizeof spaced) return false;
    int len = snprintf(spaced, sizeof spaced, " %.*s ", US_ARG(name));
    us_str needle = {spaced, (size_t)len};
    us_str all = us_str_c(words);
    return us_str_find(all, needle) < all.len;
}

void us_sql_label(struct us_buf *out, us_str name)
{
    if (is_plain(name)) {
        us_buf_put(out, name);
    } else {
        quoted(out, name, '"');
    }
}

void us_sql_table(struct us_buf *out, us_str name)
{
    if (is_plain(name) && !is_word(name)) {
        us_buf_put(out, name);
    } else {
        quoted(out, name, '"');
    }
}

/* A whole number or a decimal of few digits is read alike by everybody once it stands
 * beside a DOUBLE; 1.5e0 is a DOUBLE by itself. */
void us_sql_number(struct us_buf *out, double value, bool typed)
{
    char room[64];
    struct us_buf text = {.ptr = room, .cap = sizeof room, .cap_max = sizeof room};
    us_buf_real(&text, fabs(value));
    us_str digits = us_buf_str(&text);
    bool has_e = us_str_find(digits, US_S("e")) < digits.len;
    bool whole = us_str_find(digits, US_S(".")) == digits.len;
    bool plain = !has_e && (whole ? fabs(value) < 1e9 : digits.len <= PLAIN_DIGITS);
    if (value < 0) us_buf_put(out, US_S("(-"));
    us_buf_put(out, digits);
    if (!has_e && (typed || !plain)) us_buf_put(out, US_S("e0"));
    if (value < 0) us_buf_char(out, ')');
}

void us_sql_moment(struct us_buf *out, int64_t at)
{
    us_date d = us_date_of(at);
    us_buf_fmt(out, "TIMESTAMP '%04d-%02d-%02d %02d:%02d:%02d", d.year, d.month, d.day,
        d.hour, d.minute, d.second);
    if (d.micro) us_buf_fmt(out, ".%06d", d.micro);
    us_buf_char(out, '\'');
}

void us_sql_comment(struct us_buf *out, us_str text)
{
    us_buf_put(out, US_S("-- "));
    for (size_t i = 0; i < text.len; i++) {
        bool control = (unsigned char)text.ptr[i] < ' ';
        us_buf_char(out, control ? ' ' : text.ptr[i]);
    }
    us_buf_char(out, '\n');
}

void us_sql_comment_node(struct us_sql *s, struct us_buf *out, uint32_t node)
{
    struct us_buf text = us_buf_new(s->arena, US_SQL_SCRATCH_BYTES);
    us_plan_print(s->plan, node, true, &text);
    us_sql_comment(out, us_buf_str(&text));
}

void us_sql_comment_key(
    struct us_sql *s, struct us_buf *out, const char *key, const us_arg *args)
{
    us_sql_comment(out, us_text(s->arena, s->of->lang, key, args));
}

void us_sql_fill(struct us_buf *out, us_str text, const struct us_sql_hole *holes)
{
    while (text.len) {
        us_str rest;
        us_buf_put(out, us_str_cut(text, '{', &rest));
        if (!rest.len) return;
        us_str name = us_str_cut(rest, '}', &text);
        const struct us_sql_hole *h = holes;
        while (h->name && !us_str_eq(us_str_c(h->name), name))
            h++;
        if (h->name) us_buf_put(out, h->text);
    }
}

/* unit_facts.c: what is known of units beside their events: touches and traits. */
#include "history/core.h"
#include "history/units.h"

struct facts {
    us_units_of which;
    const struct us_units *units;
    struct us_arena *a;
    int64_t *touched; /* by account, then by unit */
    bool *has;
    int64_t rows;
    us_str *names;
    size_t count, cap;
};

typedef void taking(struct facts *f, const struct duck_rows *r, size_t i);

static us_code take_rows(
    struct us_history *h, us_str sql, taking *take, struct facts *f, struct us_error *e)
{
    struct duck_rows r;
    US_TRY(duck_ask(h->duck.side, sql, &r, e));
    us_code code;
    while ((code = duck_next(&r, e)) == US_OK)
        for (size_t i = 0; i < r.count; i++)
            take(f, &r, i);
    duck_done(&r);
    return code == US_NOT_FOUND ? US_OK : code;
}

/* ---- touches ---- */

static void take_touch(struct facts *f, const struct duck_rows *r, size_t i)
{
    uint32_t account = duck_id(r, 0, i);
    int64_t at = duck_time(r, 1, i);
    if (at < f->touched[account]) f->touched[account] = at;
}

/* An answered ticket is the customer's own doing; a deal was begun by somebody. */
static const us_str TOUCHES = US_S_INIT(
    "SELECT account, min(happened) FROM activities WHERE account IS NOT NULL AND "
    "lower(coalesce(kind, '')) != 'ticket' GROUP BY account UNION ALL "
    "SELECT account, min(least(happened, created, first_touch)) FROM deals "
    "WHERE account IS NOT NULL GROUP BY account");

us_code us_history_touches(struct us_history *h, us_units_of which,
    const struct us_units *units, struct us_arena *a, int64_t **out, struct us_error *e)
{
    size_t accounts = h->accounts.terms.count;
    struct facts f = {.touched = us_new(a, int64_t, accounts + 1)};
    for (size_t i = 0; i < accounts; i++)
        f.touched[i] = US_NEVER;
    US_TRY(take_rows(h, TOUCHES, take_touch, &f, e));
    int64_t *touched = us_new(a, int64_t, units->count + 1);
    for (size_t i = 0; i < units->count; i++)
        touched[i] = US_NEVER;
    if (which == US_UNITS_USERS) {
        for (size_t i = 0; i < units->count; i++)
            if (units->account_of[i] != US_NOBODY)
                touched[i] = f.touched[units->account_of[i]];
    } else {
        for (size_t i = 0; i < accounts; i++) {
            uint32_t unit = units->unit_of[i];
            if (unit != US_NOBODY && f.touched[i] < touched[unit])
                touched[unit] = f.touched[i];
        }
    }
    *out = touched;
    return US_OK;
}

/* ---- traits ---- */

/* JSON as it is stored. */
static bool says_yes(us_str json)
{
    static const us_str no[] = {US_S_INIT("null"), US_S_INIT("false"), US_S_INIT("0"),
        US_S_INIT("0.0"), US_S_INIT("\"\""), US_S_INIT("\"false\"")};
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        if (us_str_eq(json, no[i])) return false;
    return json.len > 0;
}

static void take_has(struct facts *f, const struct duck_rows *r, size_t i)
{
    uint32_t unit = f->units->unit_of[duck_id(r, 0, i)];
    if (unit == US_NOBODY) return;
    f->rows++;
    f->has[unit] = !duck_null(r, 1, i) && says_yes(duck_text(r, 1, i));
}

static void take_name(struct facts *f, const struct duck_rows *r, size_t i)
{
    *us_push(f->a, f->names, f->count, f->cap) = us_arena_str(f->a, duck_text(r, 0, i));
}

static const char *owner_of(us_units_of which)
{
    return which == US_UNITS_USERS ? "person IS NOT NULL"
                                   : "person IS NULL AND account IS NOT NULL";
}

us_code us_history_unit_trait(struct us_history *h, const struct us_unit_trait *asked,
    const struct us_units *units, struct us_arena *a, bool **out, struct us_error *e)
{
    struct facts f = {.which = asked->which,
        .units = units,
        .a = a,
        .has = us_new(a, bool, units->count + 1)};
    struct us_buf sql = us_buf_new(a, 1 << 20);
    bool users = asked->which == US_UNITS_USERS;
    us_buf_fmt(&sql, "SELECT %s, value FROM traits WHERE %s AND key = ",
        users ? "person" : "account", owner_of(asked->which));
    core_put_text(&sql, asked->key);
    us_buf_put(&sql, US_S(" ORDER BY happened, seq"));
    US_TRY(take_rows(h, us_buf_str(&sql), take_has, &f, e));
    if (!f.rows)
        return us_fail(e, US_NOT_FOUND, "history.no_unit_trait",
            US_ARGS(US_TEXT("trait", asked->key)));
    *out = f.has;
    return US_OK;
}

us_code us_history_traits_unseen(struct us_history *h, us_units_of which,
    struct us_arena *a, us_str **out, size_t *count, struct us_error *e)
{
    struct facts f = {.a = a};
    us_str sql = us_arena_fmt(a,
        "SELECT DISTINCT key FROM traits WHERE undated AND %s ORDER BY key",
        owner_of(which));
    US_TRY(take_rows(h, sql, take_name, &f, e));
    *out = f.names;
    *count = 0;
    for (size_t i = 0; i < f.count; i++) {
        bool fixed = false;
        for (size_t k = 0; k < h->rules.fixed_count; k++)
            fixed |= us_str_eq(h->rules.fixed[k], f.names[i]);
        if (!fixed) f.names[(*count)++] = f.names[i];
    }
    return US_OK;
}

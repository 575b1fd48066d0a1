/* ask.c: questions in SQL, ours and the user's. */
#include "history/core.h"

us_code us_history_names(struct us_history *h, struct us_arena *a,
    struct us_history_name **out, size_t *count, struct us_error *e)
{
    struct us_history_name *names =
        us_new(a, struct us_history_name, h->names.terms.count + 1);
    size_t n = 0;
    struct duck_rows r;
    US_TRY(duck_ask(h->duck.side,
        US_S("SELECT e.name, count(*), "
             "count(DISTINCT CASE WHEN s.seq IS NULL THEN e.person ELSE s.person END), "
             "count(DISTINCT CASE WHEN s.seq IS NULL THEN e.account ELSE s.account "
             "END), min(e.happened), max(e.happened) FROM events e LEFT JOIN "
             "event_spans s "
             "ON s.seq = e.seq AND s.to_known = TIMESTAMP 'infinity' "
             "GROUP BY e.name ORDER BY count(*) DESC, e.name"),
        &r, e));
    us_code code;
    while ((code = duck_next(&r, e)) == US_OK) {
        for (size_t i = 0; i < r.count; i++) {
            us_str name = us_intern_text(&h->names.terms, duck_id(&r, 0, i));
            names[n++] = (struct us_history_name){.name = us_arena_str(a, name),
                .count = duck_i64(&r, 1, i),
                .users = duck_i64(&r, 2, i),
                .accounts = duck_i64(&r, 3, i),
                .first = duck_i64(&r, 4, i),
                .last = duck_i64(&r, 5, i)};
        }
    }
    duck_done(&r);
    if (code != US_NOT_FOUND) return code;
    *out = names;
    *count = n;
    return US_OK;
}

us_code us_history_traits(struct us_history *h, struct us_arena *a,
    struct us_history_trait **out, size_t *count, struct us_error *e)
{
    struct duck_rows r;
    US_TRY(duck_ask(h->duck.side,
        US_S(
            "WITH seen AS (SELECT account FROM events UNION SELECT account FROM "
            "event_spans UNION SELECT account FROM traits UNION "
            "SELECT account FROM payments) "
            "SELECT key, person IS NOT NULL, count(DISTINCT coalesce(person, account)),"
            " CASE WHEN person IS NOT NULL THEN (SELECT count(*) FROM people) "
            "ELSE (SELECT count(account) FROM seen) END "
            "FROM traits WHERE value IS NOT NULL GROUP BY key, person IS NOT NULL "
            "ORDER BY 2, 3 DESC, 1"),
        &r, e));
    struct us_history_trait *traits = NULL;
    size_t n = 0;
    size_t cap = 0;
    us_code code;
    while ((code = duck_next(&r, e)) == US_OK) {
        for (size_t i = 0; i < r.count; i++) {
            us_str key = us_arena_str(a, duck_text(&r, 0, i));
            *us_push(a, traits, n, cap) = (struct us_history_trait){.key = key,
                .user = duck_bool(&r, 1, i),
                .known = duck_i64(&r, 2, i),
                .of = duck_i64(&r, 3, i)};
        }
    }
    duck_done(&r);
    if (code != US_NOT_FOUND) return code;
    *out = traits;
    *count = n;
    return US_OK;
}

us_code us_history_run(struct us_history *h, us_str sql, struct us_error *e)
{
    struct us_error why;
    us_code code = duck_run(h->duck.user, sql, &why);
    return code == US_OK ? US_OK
                         : us_fail(e, US_INPUT, "history.sql_wrong",
                               US_ARGS(US_TEXT("why", why.args[0].text)));
}

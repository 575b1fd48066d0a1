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

struct traits {
    struct us_arena *arena;
    struct us_history_trait *items;
    size_t count, cap;
};

static us_code account_traits(
    struct us_history *h, struct traits *t, struct us_error *e)
{
    struct duck_rows r;
    US_TRY(duck_ask(h->duck.side,
        US_S("WITH seen AS (SELECT account FROM events UNION SELECT account FROM "
             "event_spans UNION SELECT account FROM traits UNION "
             "SELECT account FROM payments) "
             "SELECT key, count(DISTINCT account), (SELECT count(account) FROM seen) "
             "FROM traits WHERE value IS NOT NULL AND account IS NOT NULL "
             "GROUP BY key ORDER BY 2 DESC, 1"),
        &r, e));
    us_code code;
    while ((code = duck_next(&r, e)) == US_OK)
        for (size_t i = 0; i < r.count; i++)
            *us_push(t->arena, t->items, t->count, t->cap) = (struct us_history_trait){
                .key = us_arena_str(t->arena, duck_text(&r, 0, i)),
                .known = duck_i64(&r, 1, i),
                .of = duck_i64(&r, 2, i)};
    duck_done(&r);
    return code == US_NOT_FOUND ? US_OK : code;
}

/* A person is counted once, under whichever of its ids the trait came. */
static us_code user_traits(
    struct us_history *h, struct traits *t, struct us_arena *work, struct us_error *e)
{
    size_t people = h->people.terms.count;
    uint32_t *person = us_new(work, uint32_t, people + 1);
    size_t *counted = us_new(work, size_t, people + 1); /* for how many keys, at last */
    struct us_history_people all;
    US_TRY(us_history_people(h, &all, e));
    US_TRY(core_people_now(h, person, e));
    struct duck_rows r;
    US_TRY(duck_ask(h->duck.side,
        US_S("SELECT DISTINCT key, person FROM traits WHERE value IS NOT NULL AND "
             "person IS NOT NULL ORDER BY key"),
        &r, e));
    us_code code;
    struct us_history_trait *one = NULL;
    while ((code = duck_next(&r, e)) == US_OK) {
        for (size_t i = 0; i < r.count; i++) {
            us_str key = duck_text(&r, 0, i);
            if (!one || !us_str_eq(one->key, key)) {
                one = us_push(t->arena, t->items, t->count, t->cap);
                *one = (struct us_history_trait){.key = us_arena_str(t->arena, key),
                    .user = true,
                    .of = all.identified};
            }
            uint32_t id = person[duck_id(&r, 1, i)];
            if (!core_identified(h, id) || counted[id] == t->count) continue;
            counted[id] = t->count;
            one->known++;
        }
    }
    duck_done(&r);
    return code == US_NOT_FOUND ? US_OK : code;
}

us_code us_history_traits(struct us_history *h, struct us_arena *a,
    struct us_history_trait **out, size_t *count, struct us_error *e)
{
    struct traits t = {.arena = a};
    struct us_arena work;
    us_arena_init(&work, (size_t)32 << 30);
    us_arena_reset(&h->line);
    us_code code = account_traits(h, &t, e);
    if (code == US_OK) code = user_traits(h, &t, &work, e);
    us_arena_done(&work);
    if (code != US_OK) return code;
    *out = t.items;
    *count = t.count;
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

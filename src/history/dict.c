/* dict.c: names, people and accounts as dense numbers, in memory and in tables. */
#include "history/core.h"

#include <string.h>

/* What a fingerprint stands for goes into it, so that one map serves all: userId "7",
 * anonymousId "7" and account "7" are three things. */
enum kind { USER = 1, ANONYMOUS, ACCOUNT };

static us_print print_of(us_str id, enum kind kind)
{
    us_print print = us_print_of(id);
    print.hi ^= (uint64_t)kind;
    return print;
}

/* The tables of texts cost three places in memory a look-up, one after the other; the
 * map of fingerprints costs one, and of one event all are asked for ahead. */
static uint32_t id_put(struct us_history *h, us_print print, us_str id, enum kind kind)
{
    bool fresh;
    uint32_t *number = us_print_map_put(&h->prints, print, &fresh);
    if (!fresh) return *number;
    if (kind == ACCOUNT) {
        *number = us_intern_put(&h->accounts.terms, id);
        return *number;
    }
    char text[1 + US_ID_BYTES_MAX];
    size_t len = id.len < US_ID_BYTES_MAX ? id.len : US_ID_BYTES_MAX;
    text[0] = kind == USER ? 'u' : 'a';
    memcpy(text + 1, id.ptr, len);
    *number = us_intern_put(&h->people.terms, (us_str){text, len + 1});
    return *number;
}

uint32_t core_account(struct us_history *h, us_str key)
{
    return key.len ? id_put(h, print_of(key, ACCOUNT), key, ACCOUNT) : US_NOBODY;
}

uint32_t core_account_find(const struct us_history *h, us_str key)
{
    return us_intern_find(&h->accounts.terms, key);
}

uint32_t core_person(struct us_history *h, us_str id, bool identified)
{
    enum kind kind = identified ? USER : ANONYMOUS;
    return id.len ? id_put(h, print_of(id, kind), id, kind) : US_NOBODY;
}

struct us_who core_who(struct us_history *h, const struct us_message *m)
{
    const us_str ids[] = {m->user, m->anonymous, m->group};
    us_print prints[3];
    uint32_t numbers[3] = {US_NOBODY, US_NOBODY, US_NOBODY};
    for (size_t i = 0; i < 3; i++) {
        if (!ids[i].len) continue;
        prints[i] = print_of(ids[i], (enum kind)(USER + i));
        us_print_map_prefetch(&h->prints, prints[i]);
    }
    for (size_t i = 0; i < 3; i++)
        if (ids[i].len)
            numbers[i] = id_put(h, prints[i], ids[i], (enum kind)(USER + i));
    return (struct us_who){numbers[0], numbers[1], numbers[2], m->known};
}

us_str core_account_key(const struct us_history *h, uint32_t id)
{
    return us_intern_text(&h->accounts.terms, id);
}

us_str core_person_key(const struct us_history *h, uint32_t id)
{
    us_str term = us_intern_text(&h->people.terms, id);
    return us_str_slice(term, 1, term.len);
}

bool core_identified(const struct us_history *h, uint32_t person)
{
    return us_intern_text(&h->people.terms, person).ptr[0] == 'u';
}

static us_code dict_read(
    struct us_history *h, struct core_dict *d, us_str sql, struct us_error *e)
{
    struct duck_rows r;
    US_TRY(duck_ask(h->duck.side, sql, &r, e));
    us_code code;
    while ((code = duck_next(&r, e)) == US_OK) {
        for (size_t i = 0; i < r.count; i++) {
            uint32_t id = us_intern_put(&d->terms, duck_text(&r, 0, i));
            us_assert(id == d->saved);
            d->saved++;
        }
    }
    duck_done(&r);
    return code == US_NOT_FOUND ? US_OK : code;
}

/* The map, for what is there already. */
static void prints_fill(struct us_history *h)
{
    bool fresh;
    for (uint32_t i = 0; i < h->people.terms.count; i++) {
        enum kind kind = core_identified(h, i) ? USER : ANONYMOUS;
        us_print print = print_of(core_person_key(h, i), kind);
        *us_print_map_put(&h->prints, print, &fresh) = i;
    }
    for (uint32_t i = 0; i < h->accounts.terms.count; i++) {
        us_print print = print_of(core_account_key(h, i), ACCOUNT);
        *us_print_map_put(&h->prints, print, &fresh) = i;
    }
}

us_code core_dicts_read(struct us_history *h, struct us_error *e)
{
    US_TRY(dict_read(h, &h->names, US_S("SELECT name FROM names ORDER BY id"), e));
    US_TRY(dict_read(h, &h->sources, US_S("SELECT name FROM sources ORDER BY id"), e));
    US_TRY(dict_read(h, &h->accounts, US_S("SELECT key FROM accounts ORDER BY id"), e));
    US_TRY(dict_read(h, &h->people,
        US_S("SELECT CASE WHEN identified THEN 'u' ELSE 'a' END || key FROM people "
             "ORDER BY id"),
        e));
    if (h->write) prints_fill(h);
    return US_OK;
}

static us_code dict_save(struct us_history *h, struct core_dict *d,
    enum core_table which, struct us_error *e)
{
    if (d->saved == d->terms.count) return US_OK;
    struct duck_table *t;
    US_TRY(core_table(h, which, &t, e));
    bool people = which == T_PEOPLE;
    for (size_t id = d->saved; id < d->terms.count; id++) {
        us_str term = us_intern_text(&d->terms, (uint32_t)id);
        duck_put_id(t, 0, (uint32_t)id);
        duck_put_text(t, 1, us_str_slice(term, people, term.len));
        if (people) duck_put_bool(t, 2, term.ptr[0] == 'u');
        if (people || which == T_ACCOUNTS) duck_put_bool(t, people ? 3 : 2, false);
        US_TRY(duck_row_end(t, e));
    }
    return US_OK;
}

us_code core_dicts_save(struct us_history *h, struct us_error *e)
{
    US_TRY(dict_save(h, &h->names, T_NAMES, e));
    US_TRY(dict_save(h, &h->sources, T_SOURCES, e));
    US_TRY(dict_save(h, &h->people, T_PEOPLE, e));
    return dict_save(h, &h->accounts, T_ACCOUNTS, e);
}

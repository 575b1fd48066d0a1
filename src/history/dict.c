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
        *number = us_intern_add(&h->accounts.terms, id);
        return *number;
    }
    char text[1 + US_ID_BYTES_MAX];
    size_t len = id.len < US_ID_BYTES_MAX ? id.len : US_ID_BYTES_MAX;
    text[0] = kind == USER ? 'u' : 'a';
    memcpy(text + 1, id.ptr, len);
    *number = us_intern_add(&h->people.terms, (us_str){text, len + 1});
    return *number;
}

/* The map, for what is there already: made when the first id is put. */
static void prints_need(struct us_history *h)
{
    bool fresh;
    if (h->prints_there) return;
    h->prints_there = true;
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

uint32_t core_account(struct us_history *h, us_str key)
{
    prints_need(h);
    return key.len ? id_put(h, print_of(key, ACCOUNT), key, ACCOUNT) : US_NOBODY;
}

uint32_t core_account_find(const struct us_history *h, us_str key)
{
    if (h->prints_there) {
        const uint32_t *number = us_print_map_find(&h->prints, print_of(key, ACCOUNT));
        return number ? *number : US_NOBODY;
    }
    for (uint32_t i = 0; i < h->accounts.terms.count; i++)
        if (us_str_eq(core_account_key(h, i), key)) return i;
    return US_NOBODY;
}

uint32_t core_person(struct us_history *h, us_str id, bool identified)
{
    enum kind kind = identified ? USER : ANONYMOUS;
    prints_need(h);
    return id.len ? id_put(h, print_of(id, kind), id, kind) : US_NOBODY;
}

uint32_t core_person_find(struct us_history *h, us_str id, bool identified)
{
    prints_need(h);
    us_print print = print_of(id, identified ? USER : ANONYMOUS);
    const uint32_t *number = us_print_map_find(&h->prints, print);
    return number ? *number : US_NOBODY;
}

struct us_who core_who(struct us_history *h, const struct us_message *m)
{
    const us_str ids[] = {m->user, m->anonymous, m->group};
    us_print prints[3];
    uint32_t numbers[3] = {US_NOBODY, US_NOBODY, US_NOBODY};
    prints_need(h);
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

us_str us_history_name_of(const struct us_history *h, uint32_t spelled)
{
    return us_intern_text(&h->names.terms, spelled);
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

/* Columns of what a dictionary is read from; the last for people only. */
enum { D_ID, D_TEXT, D_IDENTIFIED };

static bool row_take(struct core_dict *d, const struct duck_rows *r, size_t i)
{
    if (duck_id(r, D_ID, i) != d->saved) return false;
    us_str text = duck_text(r, D_TEXT, i);
    char person[1 + US_ID_BYTES_MAX];
    if (r->columns > D_IDENTIFIED) {
        us_assert(text.len <= US_ID_BYTES_MAX);
        person[0] = duck_bool(r, D_IDENTIFIED, i) ? 'u' : 'a';
        memcpy(person + 1, text.ptr, text.len);
        text = (us_str){person, text.len + 1};
    }
    if (d->looked_up)
        us_intern_put(&d->terms, text);
    else
        us_intern_add(&d->terms, text);
    d->saved++;
    return true;
}

/* sorted: whether they came in order of id. */
static us_code rows_take(struct us_history *h, struct core_dict *d, us_str sql,
    bool *sorted, struct us_error *e)
{
    struct duck_rows r;
    US_TRY(duck_ask(h->duck.side, sql, &r, e));
    us_code code = US_OK;
    *sorted = true;
    while (*sorted && (code = duck_next(&r, e)) == US_OK)
        for (size_t i = 0; i < r.count && *sorted; i++)
            *sorted = row_take(d, &r, i);
    duck_done(&r);
    return code == US_NOT_FOUND ? US_OK : code;
}

/* They lie in order of id, and the database gives them as they lie; should it ever not,
 * it is told to sort them, which takes it three times as long. */
static us_code dict_read(
    struct us_history *h, struct core_dict *d, const char *from, struct us_error *e)
{
    bool sorted;
    us_str sql = us_arena_fmt(&h->line, "SELECT id, %s", from);
    US_TRY(rows_take(h, d, sql, &sorted, e));
    if (sorted) return US_OK;
    us_intern_done(&d->terms);
    us_intern_init(&d->terms);
    d->saved = 0;
    sql = us_arena_fmt(&h->line, "SELECT id, %s ORDER BY id", from);
    US_TRY(rows_take(h, d, sql, &sorted, e));
    us_assert(sorted);
    return US_OK;
}

us_code core_dicts_read(struct us_history *h, struct us_error *e)
{
    US_TRY(dict_read(h, &h->names, "name FROM names", e));
    US_TRY(dict_read(h, &h->sources, "name FROM sources", e));
    US_TRY(dict_read(h, &h->accounts, "key FROM accounts", e));
    return dict_read(h, &h->people, "key, identified FROM people", e);
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

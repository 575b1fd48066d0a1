/* replay_one.c: a view of one account alone, as of a moment.
 *
 * Entries of a segment stand in order of keys, so that its rows are found by halving;
 * its facts are read for it alone (logs_facts.c). What it costs besides is what the
 * database takes to look for one account in tables that are small beside the events.
 */
#include "history/replay_store.h"

struct finding {
    struct us_replay_store *store;
    struct us_replay_view *v;
    const bool *absent;
    uint32_t account;
    int64_t until;
    struct us_arena people;
    struct logs_member *members; /* in its rows */
    size_t member_count, member_cap;
    bool known; /* some row is, by then */
};

static bool entry_find(const struct us_history *h, const struct replay_segment *s,
    us_str key, uint32_t *at)
{
    size_t from = 0;
    size_t to = s->count;
    while (from < to) {
        size_t mid = from + (to - from) / 2;
        if (us_str_cmp(core_account_key(h, s->entries[mid].account), key) < 0)
            from = mid + 1;
        else
            to = mid;
    }
    *at = (uint32_t)from;
    return from < s->count &&
           us_str_eq(core_account_key(h, s->entries[from].account), key);
}

/* Whether its rows are to be had from this segment and no other. */
static bool counts(const struct finding *f, const struct replay_segment *s)
{
    if (f->absent && f->absent[f->account]) return s == &f->v->absent;
    if (f->store->dirty && f->store->dirty[f->account]) return s == &f->store->patch;
    return s != &f->v->absent && s != &f->store->patch;
}

static void source_take(struct finding *f, uint32_t segment, uint32_t at)
{
    const struct replay_segment *s = f->v->seen[segment].segment;
    const struct replay_entry *entry = &s->entries[at];
    struct replay_arrays a;
    replay_arrays_of(s->data, entry, &a);
    f->v->sources[f->v->source_to[0]++] = (struct replay_source){segment, at};
    for (uint32_t i = 0; i < entry->people; i++)
        *us_push(&f->people, f->members, f->member_count, f->member_cap) =
            (struct logs_member){f->account, a.people[i], US_NEVER, US_NEVER};
    for (uint32_t i = 0; i < entry->rows && !f->known; i++)
        f->known = a.known[i] <= f->until;
}

static void sources_find(struct finding *f)
{
    struct us_replay_view *v = f->v;
    us_str key = core_account_key(v->history, f->account);
    v->sources = us_new(&v->arena, struct replay_source, v->seen_count + 1);
    v->source_from = us_new(&v->arena, size_t, 1);
    v->source_to = us_new(&v->arena, size_t, 1);
    for (uint32_t i = 0; i < v->seen_count; i++) {
        uint32_t at;
        const struct replay_segment *s = v->seen[i].segment;
        if (counts(f, s) && entry_find(v->history, s, key, &at)) source_take(f, i, at);
    }
}

static us_code facts_read(struct finding *f, struct us_error *e)
{
    struct us_replay_view *v = f->v;
    struct logs_seen seen = {.accounts = &f->account,
        .account_count = f->known,
        .members = f->members,
        .member_count = f->member_count};
    v->facts = (struct logs_facts){.h = v->history,
        .need = v->need,
        .only = f->account,
        .seen = &seen,
        .until = f->until};
    us_code code = logs_facts_read(&v->facts, e);
    v->facts.seen = NULL;
    return code;
}

static us_code find(struct finding *f, struct us_error *e)
{
    struct us_replay_view *v = f->v;
    struct us_history *h = v->history;
    US_TRY(replay_view_segments(f->store, v, f->account, &f->absent, e));
    sources_find(f);
    US_TRY(facts_read(f, e));
    replay_view_names(v);
    v->accounts = us_new(&v->arena, uint32_t, 1);
    v->accounts[0] = f->account;
    us_str key = core_account_key(h, f->account);
    v->count = v->facts.present[f->account] && !logs_is_internal(h, key, &h->line);
    return US_OK;
}

us_code us_replay_view_one(struct us_replay_store *s, const struct us_need *need,
    const struct us_replay_one *one, struct us_replay_view **out, struct us_error *e)
{
    struct finding f = {.store = s, .until = one->until};
    us_code code = US_OK;
    f.v = replay_view_new(s, need);
    f.account = core_account_find(s->history, one->key);
    if (f.account != US_NOBODY) {
        us_arena_init(&f.people, (size_t)1 << 34);
        code = find(&f, e);
        us_arena_done(&f.people);
    }
    if (code == US_OK) {
        *out = f.v;
    } else {
        us_replay_view_close(f.v);
    }
    return code;
}

/* evaluate.c: the journal, group by group; batches out. */

#include "base/err.h"
#include "server/clock.h"
#include "server/evaluate_inner.h"

/* What is decided is told when so much time is over and the group at hand is taken,
 * also while more comes than can be taken: lines that ask history cost a thousand times
 * the others. */
enum { STEP_US = 50000 };

/* Address space, not memory. */
static const size_t BYTES_MAX = (size_t)64 << 30;

static void names_put(struct us_evaluator *v)
{
    const struct us_need *need = &v->o.rules->plan->need;
    us_intern_init(&v->names);
    v->name_of =
        us_new(&v->rules_arena, uint32_t, need->name_count + need->other_count + 1);
    for (size_t i = 0; i < need->other_count; i++)
        v->name_of[us_intern_put(&v->names, need->others[i].other)] =
            need->others[i].name;
    for (uint32_t i = 0; i < need->name_count; i++)
        v->name_of[us_intern_put(&v->names, need->names[i])] = i;
}

/* The first load waits for history to have all that was told, which a loader that was
 * killed may be behind: moments told are over, and what of them comes later is not
 * looked at again. A journal older than state ends before that, and is said to. */
static us_pos first_upto(const struct us_evaluator *v)
{
    us_pos upto = v->position;
    if (v->o.silent || !v->o.durable) return upto;
    us_pos end = v->o.durable(v->o.durable_ctx);
    return us_pos_before(end, upto) ? end : upto;
}

us_code us_evaluator_open(const struct us_evaluator_options *options,
    struct us_evaluator **out, struct us_error *e)
{
    (void)e;
    struct us_arena own;
    us_arena_init(&own, 2 * sizeof(struct us_evaluator));
    struct us_evaluator *v = us_new(&own, struct us_evaluator, 1);
    v->own = own;
    v->o = *options;
    if (!v->o.batch_bytes) v->o.batch_bytes = US_EVALUATOR_BYTES;
    us_arena_init(&v->rules_arena, (size_t)1 << 30);
    us_arena_init(&v->shard_arena, BYTES_MAX);
    us_arena_init(&v->line, (size_t)1 << 30);
    us_arena_init(&v->again, BYTES_MAX);
    us_arena_init(&v->come, BYTES_MAX);
    us_arena_init(&v->texts, BYTES_MAX);
    us_arena_init(&v->items, BYTES_MAX);
    us_arena_init(&v->stands, BYTES_MAX);
    us_arena_init(&v->corrections, BYTES_MAX);
    us_arena_init(&v->undone, BYTES_MAX);
    us_arena_init(&v->moved, BYTES_MAX);
    v->live = us_live_rules_new(options->rules, &v->rules_arena);
    v->json = us_json_line_new();
    v->follower = (struct us_fresh_follower){
        .fresh = v->o.fresh, .who = US_FRESH_EVALUATOR, .journal = v->o.journal};
    v->over = v->now = options->silent ? US_ALWAYS : options->told_until;
    v->first = !options->silent && options->told_until == US_ALWAYS;
    v->past = v->first;
    if (!options->silent) v->position = options->told_at;
    v->group_end = first_upto(v);
    v->stale = true;
    size_t definitions = options->rules->definition_count;
    v->how = us_new(&v->rules_arena, us_evaluator_how, definitions + 1);
    for (size_t i = 0; options->how && i < definitions; i++)
        v->how[i] = options->how[i];
    names_put(v);
    v->recent = us_recent_new(v->o.rules->plan->need.column_count, v->o.recent_bytes);
    *out = v;
    return US_OK;
}

void us_evaluator_close(struct us_evaluator *v)
{
    if (!v) return;
    us_fresh_stop(&v->follower);
    us_book_free(v->book);
    us_recent_free(v->recent);
    if (v->shard) us_shard_done(v->shard);
    us_json_free(v->json);
    us_intern_done(&v->names);
    us_arena_done(&v->rules_arena);
    us_arena_done(&v->shard_arena);
    us_arena_done(&v->line);
    us_arena_done(&v->again);
    us_arena_done(&v->come);
    us_arena_done(&v->texts);
    us_arena_done(&v->items);
    us_arena_done(&v->stands);
    us_arena_done(&v->corrections);
    us_arena_done(&v->undone);
    us_arena_done(&v->moved);
    struct us_arena own = v->own;
    us_arena_done(&own);
}

us_code us_evaluator_broken(const struct us_evaluator *v, struct us_error *e)
{
    if (v->broken == US_OK) return US_OK;
    return us_fail(e, v->broken, v->why.key, v->why.args);
}

/* ---- a batch ---- */

static void batch_drop(struct us_evaluator *v)
{
    us_arena_reset(&v->texts);
    us_arena_reset(&v->items);
    us_arena_reset(&v->stands);
    us_arena_reset(&v->corrections);
    v->told_count = v->stand_count = v->correction_count = 0;
}

/* Nothing since the last batch counts. */
static us_code undo(struct us_evaluator *v, us_code code, int64_t over)
{
    batch_drop(v);
    v->over = over;
    v->stale = true;
    v->broken = US_OK;
    return code;
}

static bool is_told(const struct us_evaluator *v)
{
    return v->told_count || v->stand_count || v->correction_count;
}

static us_code tell(struct us_evaluator *v, us_pos from, struct us_error *e)
{
    if (v->o.silent) return US_OK; /* it keeps what it has */
    struct us_told_batch b = {.items = (struct us_told *)(void *)v->items.base,
        .count = v->told_count,
        .standings = (struct us_told_standing *)(void *)v->stands.base,
        .standing_count = v->stand_count,
        .corrections = (struct us_told_correction *)(void *)v->corrections.base,
        .correction_count = v->correction_count,
        .from = from,
        .to = v->position,
        .until = v->over};
    US_TRY(v->o.told(v->o.told_ctx, &b, e));
    v->counts.told += (int64_t)b.count;
    batch_drop(v);
    return US_OK;
}

/* ---- steps ---- */

/* US_NOT_FOUND is how a step says that there is no more; what a load does not find has
 * to be said, and tried again. */
static us_code load(struct us_evaluator *v, struct us_error *e)
{
    struct us_error why;
    if (v->o.silent) batch_drop(v); /* all of the past is found again */
    us_code code = us_evaluator_load(v, &why);
    if (code != US_OK)
        return us_fail(e, code == US_NOT_FOUND ? US_BUSY : code, why.key, why.args);
    v->group_end = v->position;
    return US_OK;
}

/* All moments before the one at hand are over; it is over itself when the next begins,
 * or time says so. */
static us_code group_take(struct us_evaluator *v, us_str text, struct us_error *e)
{
    us_str rest = text;
    while (rest.len && !v->stale && v->broken == US_OK) {
        us_str line = us_str_cut(rest, '\n', &rest);
        if (line.len) US_TRY(us_evaluator_line(v, line, e));
    }
    US_TRY(us_evaluator_broken(v, e));
    if (!v->stale) v->position = v->group_end;
    return US_OK;
}

static us_code group_read(struct us_evaluator *v, us_str *text, struct us_error *e)
{
    us_pos at;
    us_pos end = {0};
    bool bounded = v->o.durable != NULL;
    if (bounded) end = v->o.durable(v->o.durable_ctx);
    return us_fresh_next(
        &v->follower, v->group_end, bounded ? &end : NULL, text, &at, &v->group_end, e);
}

/* What is over by the lines taken: the committer gives every line a moment of its own,
 * later than those before. Some are of no account, and yet ticks are before them. */
static void lines_over(struct us_evaluator *v)
{
    if (v->last != US_ALWAYS && v->last - 1 > v->now) v->now = v->last - 1;
    us_shard_until(v->shard, v->now);
    if (v->now > v->over) v->over = v->now;
}

/* The next group, and whatever it asks for. US_NOT_FOUND: there is none. */
static us_code group_next(struct us_evaluator *v, size_t *bytes, struct us_error *e)
{
    us_str text;
    US_TRY(group_read(v, &text, e));
    *bytes += text.len;
    US_TRY(group_take(v, text, e));
    if (!v->stale) return US_OK;
    lines_over(v);
    /* What goes on by its standings needs all of them told. */
    return is_told(v) && !v->o.silent ? US_OK : load(v, e);
}

static us_code step(struct us_evaluator *v, struct us_error *e)
{
    if (v->stale) return load(v, e);
    size_t bytes = 0;
    int64_t until = us_server_ticks() + STEP_US;
    us_code code = group_next(v, &bytes, e);
    if (code != US_OK) return code;
    while (code == US_OK && !v->stale && bytes < v->o.batch_bytes &&
           us_server_ticks() < until)
        code = group_next(v, &bytes, e);
    if (code != US_OK && code != US_NOT_FOUND) return code;
    lines_over(v);
    return us_evaluator_broken(v, e);
}

/* What was new or changed is so no more. */
static void how_settle(struct us_evaluator *v)
{
    for (size_t i = 0; i < v->o.rules->definition_count; i++) {
        if (v->how[i] == US_DEFINITION_NEW) v->how[i] = US_DEFINITION_SAME;
        if (us_evaluator_by_standings(v->how[i])) v->how[i] = US_DEFINITION_GIVEN;
    }
}

us_code us_evaluator_step(struct us_evaluator *v, struct us_error *e)
{
    us_pos from = v->position;
    int64_t over = v->over;
    bool first = v->first;
    bool past = v->past;
    v->owe_count = 0;
    us_code code = step(v, e);
    if (code == US_NOT_FOUND && (!is_told(v) || v->o.silent)) return code;
    bool loaded = v->loaded && !v->o.silent;
    v->loaded = false;
    if (code == US_OK) code = tell(v, from, e);
    if (code == US_OK && loaded) how_settle(v);
    if (code == US_OK) {
        v->owed = v->past;
        return US_OK;
    }
    v->first = first;
    v->past = past || v->owed; /* whatever found it is not looked at again */
    v->position = from;
    return undo(v, code, over);
}

/* Where the old one has taken all that is durable they stand at one place, though it
 * may be said in two ways: the end of a segment, or the beginning of the next. */
us_code us_evaluator_meet(struct us_evaluator *v, struct us_evaluator *old,
    void (*stepped)(void *ctx), void *ctx, struct us_error *e)
{
    for (;;) {
        us_code code;
        while ((code = us_evaluator_step(v, e)) == US_OK) {
        }
        if (code != US_NOT_FOUND) return code;
        bool behind = us_pos_before(old->position, v->position);
        if (!behind && !old->stale) return US_OK;
        code = us_evaluator_step(old, e);
        if (code != US_OK) return code == US_NOT_FOUND ? US_OK : code;
        stepped(ctx);
    }
}

/* Up to where the other one told. */
static us_code joined(struct us_evaluator *v, int64_t over, struct us_error *e)
{
    if (over > v->now) {
        us_shard_until(v->shard, over);
        v->now = over;
    }
    v->over = v->now;
    v->o.silent = false;
    US_TRY(us_evaluator_give(v, e));
    us_evaluator_order(v, 0);
    return is_told(v) ? tell(v, v->position, e) : US_OK;
}

us_code us_evaluator_join(
    struct us_evaluator *v, const struct us_evaluator_options *as, struct us_error *e)
{
    size_t batch_bytes = v->o.batch_bytes;
    us_assert(v->o.silent && !v->stale && as->rules == v->o.rules);
    us_assert(!us_pos_before(as->told_at, v->position)); /* nobody told that */
    us_fresh_stop(&v->follower);
    v->follower.fresh = as->fresh;
    v->o = *as;
    v->o.batch_bytes = as->batch_bytes ? as->batch_bytes : batch_bytes;
    v->o.silent = true; /* to the end of what the other one told */
    us_code code = joined(v, as->told_until, e);
    if (code != US_OK) return undo(v, code, v->over);
    how_settle(v);
    return US_OK;
}

us_code us_evaluator_until(struct us_evaluator *v, int64_t t, struct us_error *e)
{
    int64_t over = v->over;
    if (v->stale || v->now == US_ALWAYS || t <= v->over) return US_OK;
    us_shard_until(v->shard, t);
    us_code code = us_evaluator_broken(v, e);
    if (code == US_OK) {
        v->over = v->now = t;
        if (!is_told(v)) return US_OK;
        code = tell(v, v->position, e);
    }
    return code == US_OK ? US_OK : undo(v, code, over);
}

int64_t us_evaluator_due(const struct us_evaluator *v)
{
    return v->shard ? us_shard_due(v->shard) : US_NEVER;
}

struct us_evaluator_counts us_evaluator_counts(const struct us_evaluator *v)
{
    struct us_evaluator_counts c = v->counts;
    c.loaded = v->shard && !v->stale;
    c.position = v->position;
    c.known = v->last;
    if (v->shard) {
        c.accounts = us_live_slot_count(us_shard_live(v->shard));
        c.bytes = (int64_t)(us_shard_bytes(v->shard) + us_recent_bytes(v->recent));
    }
    return c;
}

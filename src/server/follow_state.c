/* follow_state.c: from what the evaluator tells to what state keeps, and from what
 * state kept to where the evaluator goes on. */

#include "file/file.h"
#include "server/clock.h"
#include "server/follow_inner.h"
#include "server/sources.h"

#include <string.h>

enum {
    KEEP_MS = 5000,     /* a place is kept so often though nothing was told */
    RELEASE_MS = 60000, /* between looks at backlogs */
    HEARD_MS = 1000,    /* … for a source that is heard again */
};

/* ---- into state ---- */

/* All accounts: history goes on loading and answering meanwhile. */
static us_code use_beside(struct us_follow *f, us_pos upto, us_evaluator_work *work,
    void *work_ctx, struct us_error *e)
{
    struct us_history *h = NULL;
    us_code laid = us_loader_lay(f->with.loader, NULL);
    (void)laid; /* what is not on the disk is sorted in memory */
    US_TRY(us_loader_beside(f->with.loader, upto, &h, e));
    us_code code = work(work_ctx, h, e);
    us_loader_beside_close(f->with.loader, h);
    return code;
}

static us_code use(void *ctx, us_pos upto, us_evaluator_ask ask,
    us_evaluator_work *work, void *work_ctx, struct us_error *e)
{
    struct us_follow *f = ctx;
    struct us_loader *l = f->with.loader;
    switch (ask) {
    case US_ASK_LINES: return us_loader_use_lines(l, upto, work, work_ctx, e);
    case US_ASK_ACCOUNT: return us_loader_use(l, upto, work, work_ctx, e);
    case US_ASK_ALL: break;
    }
    return use_beside(f, upto, work, work_ctx, e);
}

static us_pos durable(void *ctx)
{
    const struct us_follow *f = ctx;
    return us_committer_end(f->with.committer).at;
}

/* Of moments that come one after the other, most of them alike. */
struct silent {
    int64_t t;
    us_str source;
};

/* What lines brought about is never of a tick's moment but by a chance of one in a
 * microsecond, and is then held, too. */
static us_str silent_of(const struct us_follow *f, const struct us_definition *def,
    const struct us_told *told, struct silent *last)
{
    int64_t t = told->change.t;
    if (!told->live || !us_machine_ticks(&def->times, t)) return (us_str){"", 0};
    if (last->t != t)
        *last = (struct silent){t, us_sources_silent_at(f->with.sources, t)};
    return last->source;
}

static void transition_of(const struct us_follow *f, const struct us_told *told,
    struct silent *silent, struct us_state_transition *out)
{
    const struct us_definition *def = &f->o.rules->definitions[told->definition];
    *out = (struct us_state_transition){.definition = def->name,
        .version = def->version,
        .account = told->account,
        .user = told->user,
        .change = us_change_word(told->change.change),
        .t = told->change.t,
        .since = told->change.since,
        .ordinal = told->change.ordinal,
        .live = told->live,
        .found = told->found,
        .explanation = told->explanation,
        .silent = silent_of(f, def, told, silent),
        .corrected = US_NEVER};
}

static void standing_of(const struct us_follow *f, const struct us_told_standing *told,
    struct us_state_standing *out)
{
    const struct us_machine *m = &told->machine;
    *out = (struct us_state_standing){
        .definition = f->o.rules->definitions[told->definition].name,
        .account = told->account,
        .user = told->user,
        .entries = m->entries,
        .cooled = m->phase == US_PHASE_NONE,
        .reset = m->must_reset,
        .holding = m->holding ? m->holding_since : US_NEVER};
}

static void correction_of(const struct us_follow *f,
    const struct us_told_correction *told, struct us_state_correction *out)
{
    *out = (struct us_state_correction){
        .definition = f->o.rules->definitions[told->definition].name,
        .account = told->account,
        .user = told->user,
        .change = us_change_word(told->change.change),
        .t = told->change.t,
        .at = told->at};
}

us_code us_follow_commit(
    struct us_follow *f, const struct us_told_batch *b, struct us_error *e)
{
    struct us_state_batch batch = {.versions = f->versions,
        .version_count = f->o.rules->definition_count,
        .plays = f->plays,
        .play_count = f->o.play_count,
        .from = f->place.at,
        .position = {b->to, b->until, f->config},
        .now = us_server_now()};
    struct silent silent = {.t = US_ALWAYS};
    us_arena_reset(&f->batch);
    batch.transition_count = b->count;
    batch.transitions = us_new(&f->batch, struct us_state_transition, b->count + 1);
    for (size_t i = 0; i < b->count; i++)
        transition_of(f, &b->items[i], &silent, &batch.transitions[i]);
    struct us_state_standing *stands =
        us_new(&f->batch, struct us_state_standing, b->standing_count + 1);
    for (size_t i = 0; i < b->standing_count; i++)
        standing_of(f, &b->standings[i], &stands[i]);
    batch.standings = stands;
    batch.standing_count = b->standing_count;
    struct us_state_correction *corrections =
        us_new(&f->batch, struct us_state_correction, b->correction_count + 1);
    for (size_t i = 0; i < b->correction_count; i++)
        correction_of(f, &b->corrections[i], &corrections[i]);
    batch.corrections = corrections;
    batch.correction_count = b->correction_count;
    US_TRY(us_state_commit(f->state, &batch, e));
    f->place = batch.position;
    f->kept = us_server_ticks();
    return US_OK;
}

/* Also when the first batch by these definitions has nothing to tell: what is new is
 * known from then on. */
static bool is_kept(const struct us_follow *f, const struct us_told_batch *b)
{
    bool due = us_server_ticks() - f->kept > (int64_t)KEEP_MS * 1000;
    bool first = f->place.known == US_ALWAYS || !us_str_eq(f->place.config, f->config);
    return b->count || b->standing_count || b->correction_count || due || first;
}

static us_code told(void *ctx, const struct us_told_batch *b, struct us_error *e)
{
    struct us_follow *f = ctx;
    int64_t last_id = 0;
    if (is_kept(f, b)) US_TRY(us_follow_commit(f, b, e));
    if (b->count) US_TRY(us_state_last_id(f->state, &last_id, e));
    int64_t now = us_server_now();
    pthread_mutex_lock(&f->lock);
    f->counts.commits += b->count != 0;
    f->counts.over = b->until;
    if (b->count) {
        f->counts.last_id = last_id;
        f->counts.took_us = now - b->items[0].change.t;
    }
    pthread_cond_broadcast(&f->moved);
    pthread_mutex_unlock(&f->lock);
    if (b->count && f->o.told) f->o.told(f->o.ctx, last_id);
    return US_OK;
}

/* ---- up ---- */

/* What names what history means; no definition is called so. */
static const us_str HISTORY = US_S_INIT("history:");

static us_str history_of(const struct us_follow *f, struct us_arena *a)
{
    return us_arena_fmt(
        a, "%016llx", (unsigned long long)us_history_rules_digest(f->o.history_rules));
}

/* A line "NAME VERSION" a definition and one of history: what is kept with the place.
 */
static us_str config_of(const struct us_follow *f, struct us_arena *a)
{
    const struct us_rules *r = f->o.rules;
    us_str history = history_of(f, a);
    struct us_buf out = us_buf_new(a, 1 << 20);
    us_buf_fmt(&out, "%.*s %.*s\n", US_ARG(HISTORY), US_ARG(history));
    for (size_t i = 0; i < r->definition_count; i++)
        us_buf_fmt(&out, "%.*s %.*s\n", US_ARG(r->definitions[i].name),
            US_ARG(r->definitions[i].version));
    return us_buf_str(&out);
}

/* The version a definition had in such a text; empty: it was not in it. */
static us_str version_in(us_str config, us_str name)
{
    while (config.len) {
        us_str version;
        us_str line = us_str_cut(config, '\n', &config);
        if (us_str_eq(us_str_cut(line, ' ', &version), name)) return version;
    }
    return (us_str){"", 0};
}

void us_follow_versions(struct us_follow *f)
{
    const struct us_rules *r = f->o.rules;
    f->config = config_of(f, &f->memory);
    f->versions = us_new(&f->memory, struct us_state_version, r->definition_count + 1);
    for (size_t i = 0; i < r->definition_count; i++)
        f->versions[i] = (struct us_state_version){.definition = r->definitions[i].name,
            .version = r->definitions[i].version,
            .canon = r->definitions[i].canon,
            .first_run = us_server_now()};
    f->plays = us_new(&f->memory, us_str, f->o.play_count + 1);
    for (size_t i = 0; i < f->o.play_count; i++)
        f->plays[i] = f->o.plays[i].name;
}

void us_follow_given(struct us_follow *f, const us_evaluator_how *how)
{
    for (size_t i = 0; i < f->o.rules->definition_count; i++)
        f->versions[i].given = us_evaluator_by_standings(how[i]);
}

us_code us_follow_plays(struct us_follow *f, struct us_error *e)
{
    int64_t now = us_server_now();
    for (size_t i = 0; i < f->o.play_count; i++) {
        struct us_state_play play = f->o.plays[i];
        bool fresh;
        play.first_seen = now;
        US_TRY(us_state_play_put(f->state, &play, &fresh, e));
    }
    return US_OK;
}

static us_code release_one(
    struct us_follow *f, int64_t id, int64_t now, bool *went, struct us_error *e)
{
    int64_t handoff;
    us_code code = us_state_backlog_release(f->state, id, now, &handoff, e);
    *went = code == US_OK;
    return code == US_REFUSED || code == US_NOT_FOUND ? US_OK : code;
}

/* Whoever has been qualified for longest comes first; one whose company has an open
 * handoff goes on waiting. */
static us_code release_some(
    struct us_follow *f, us_str play, int64_t some, struct us_error *e)
{
    struct us_state_backlog_rows rows;
    int64_t now = us_server_now();
    US_TRY(
        us_state_backlog_list(f->state, play, US_BACKLOG_WAITING, &f->batch, &rows, e));
    for (size_t i = 0; i < rows.count && some > 0; i++) {
        bool went;
        if (rows.items[i].silent.len) continue;
        US_TRY(release_one(f, rows.items[i].id, now, &went, e));
        some -= went;
    }
    return US_OK;
}

static bool is_played(const struct us_follow *f, us_str play)
{
    for (size_t i = 0; i < f->o.play_count; i++)
        if (us_str_eq(f->o.plays[i].name, play)) return true;
    return false;
}

/* Whoever left meanwhile, as lines came late, is no longer among them; whose company
 * has an open handoff, or whose play was taken out, stays in the backlog as any other.
 */
static us_code release_heard(struct us_follow *f, struct us_error *e)
{
    int64_t now = us_server_now();
    int64_t ticks = us_server_ticks();
    struct us_state_backlog_rows rows;
    bool went;
    if (f->heard && ticks - f->heard < HEARD_MS * 1000) return US_OK;
    us_arena_reset(&f->batch);
    int64_t held = 0;
    US_TRY(us_state_backlog_silent(f->state, &f->batch, &rows, e));
    for (size_t i = 0; i < rows.count; i++) {
        const struct us_state_backlog *row = &rows.items[i];
        bool played = is_played(f, row->play);
        if (played && us_sources_is_silent(f->with.sources, row->silent, now)) {
            held++;
            continue;
        }
        went = false;
        if (played) US_TRY(release_one(f, row->id, now, &went, e));
        if (!went) US_TRY(us_state_backlog_heard(f->state, row->id, e));
    }
    f->heard = ticks;
    pthread_mutex_lock(&f->lock);
    f->counts.held = held;
    pthread_mutex_unlock(&f->lock);
    return US_OK;
}

us_code us_follow_release(struct us_follow *f, struct us_error *e)
{
    int64_t ticks = us_server_ticks();
    US_TRY(release_heard(f, e));
    if (f->released && ticks - f->released < RELEASE_MS * 1000) return US_OK;
    for (size_t i = 0; i < f->o.play_count; i++) {
        const struct us_state_play *play = &f->o.plays[i];
        int64_t released = 0;
        if (!play->backlog) continue;
        US_TRY(us_state_backlog_released(
            f->state, play->name, us_server_now() - 7 * US_DAY_US, &released, e));
        us_arena_reset(&f->batch);
        if (released < play->backlog)
            US_TRY(release_some(f, play->name, play->backlog - released, e));
    }
    f->released = ticks;
    return US_OK;
}

/* One that comes back as it was is changed, too: what was told before says nothing of
 * the time without it, through which a replay runs. So are all where history means
 * something else, as a replay then finds another past. */
static us_evaluator_how how_of(const struct us_follow *f,
    const struct us_definition *def, const struct us_state_version_list *list,
    bool other_past)
{
    bool given = false;
    for (size_t i = 0; i < list->count; i++)
        given |= list->items[i].given;
    if (!list->count) return US_DEFINITION_NEW;
    us_str last = version_in(f->place.config, def->name);
    if (other_past || !us_str_eq(last, def->version)) return US_DEFINITION_CHANGED;
    return given ? US_DEFINITION_GIVEN : US_DEFINITION_SAME;
}

/* A file of an older usher says nothing of it, and takes the history of now.
 * Definitions to come beside those in force have the history of these. */
static bool has_other_past(const struct us_follow *f, struct us_arena *a)
{
    us_str last = version_in(f->place.config, HISTORY);
    return last.len && !us_str_eq(last, history_of(f, a));
}

/* People are in only while their account is: where that goes on by what was told and
 * not by a replay, a replay says nothing of them either. */
static void how_within(const struct us_rules *r, us_evaluator_how *how)
{
    for (size_t i = 0; i < r->definition_count; i++) {
        uint32_t within = r->definitions[i].within;
        if (within == US_NODE_NONE) continue;
        if (how[i] != US_DEFINITION_NEW && how[within] == US_DEFINITION_CHANGED)
            how[i] = US_DEFINITION_CHANGED;
        if (how[i] == US_DEFINITION_SAME && us_evaluator_by_standings(how[within]))
            how[i] = US_DEFINITION_LEFT;
    }
}

/* Nothing ran yet: all the same, as nothing was told. */
us_code us_follow_how(struct us_follow *f, const struct us_rules *r, struct us_arena *a,
    us_evaluator_how **out, struct us_error *e)
{
    bool forgotten;
    us_evaluator_how *how = us_new(a, us_evaluator_how, r->definition_count + 1);
    *out = how;
    bool other_past = has_other_past(f, a);
    /* Lines are gone, so a replay no longer finds what was told. */
    US_TRY(us_state_forgotten(f->state, &forgotten, e));
    for (size_t i = 0; i < r->definition_count; i++) {
        const struct us_definition *def = &r->definitions[i];
        struct us_state_version_list list;
        if (f->place.known == US_ALWAYS) continue;
        US_TRY(us_state_versions(f->state, def->name, a, &list, e));
        how[i] = how_of(f, def, &list, other_past);
        if (forgotten && how[i] == US_DEFINITION_SAME) how[i] = US_DEFINITION_LEFT;
    }
    how_within(r, how);
    return US_OK;
}

struct us_evaluator_options us_follow_options_of(struct us_follow *f)
{
    return (struct us_evaluator_options){.data = f->o.data,
        .journal = f->o.journal,
        .rules = f->o.rules,
        .history_rules = f->o.history_rules,
        .use = use,
        .use_ctx = f,
        .durable = durable,
        .durable_ctx = f,
        .fresh = f->with.fresh,
        .told = told,
        .told_ctx = f,
        .told_until = f->place.known,
        .standings = us_follow_standings,
        .stood = us_follow_stood,
        .reached = us_follow_reached,
        .standings_ctx = f,
        .told_at = f->place.at,
        .stop = &f->ending};
}

us_str us_follow_kept(const struct us_follow *f, struct us_arena *a)
{
    return us_file_join(a, f->o.data, US_KEPT_ACCOUNTS);
}

static us_code evaluator_up(struct us_follow *f, struct us_error *e)
{
    us_evaluator_how *how;
    US_TRY(us_state_position(f->state, &f->memory, &f->place, e));
    US_TRY(us_follow_how(f, f->o.rules, &f->memory, &how, e));
    us_follow_given(f, how);
    /* With no line at all there is no past: whatever comes is live, also when a server
     * was killed before it told any. */
    struct us_told_batch begun = {.until = f->empty};
    if (f->place.known == US_ALWAYS && f->empty != US_ALWAYS)
        US_TRY(us_follow_commit(f, &begun, e));
    struct us_evaluator_options o = us_follow_options_of(f);
    o.how = how;
    o.kept = us_follow_kept(f, &f->memory); /* there at the first of a run alone */
    o.kept_end = f->begun_at;
    return us_evaluator_open(&o, &f->evaluator, e);
}

us_code us_follow_up(struct us_follow *f, struct us_error *e)
{
    if (!f->state) US_TRY(us_state_open(f->o.data, true, &f->state, e));
    US_TRY(us_follow_plays(f, e));
    return evaluator_up(f, e);
}

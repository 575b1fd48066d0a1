/* commit.c: what the evaluator found out, in one transaction (semantics 23). */

#include "state/db.h"

struct committing {
    struct us_state_batch *batch;
    struct us_state_play *plays;
};

/* ---- where it stands ---- */

static void read_position(const struct db_row *row, struct us_arena *a, void *item)
{
    int64_t known = db_at(row, 2);
    *(struct us_state_position *)item = (struct us_state_position){
        .at = {(uint32_t)db_int(row, 0), (uint64_t)db_int(row, 1)},
        .known = known == US_NEVER ? US_ALWAYS : known,
        .config = db_kept(row, 3, a),
    };
}

us_code us_state_position(struct us_state *s, struct us_arena *a,
    struct us_state_position *out, struct us_error *e)
{
    static const struct db_shape shape = {
        sizeof(struct us_state_position), read_position};
    struct db_ask ask = {
        "SELECT segment, byte, known, config FROM positions WHERE reader = 'evaluator'",
        NULL};
    struct db_found found;
    US_TRY(db_list(s->db, &ask, &shape, a, &found, e));
    const struct us_state_position *p = found.items;
    *out = found.count ? *p : (struct us_state_position){.known = US_ALWAYS};
    return US_OK;
}

static us_code move(
    struct us_state *s, const struct us_state_batch *b, struct us_error *e)
{
    struct us_state_position now;
    US_TRY(us_state_position(s, &s->scratch, &now, e));
    if (now.at.segment != b->from.segment || now.at.offset != b->from.offset)
        return us_fail(e, US_REFUSED, "state.position",
            US_ARGS(US_TEXT("path", s->path), US_WHOLE("segment", now.at.segment),
                US_WHOLE("byte", now.at.offset)));
    const struct us_state_position *p = &b->position;
    return db_run(s->db,
        "INSERT INTO positions (reader, segment, byte, known, config) VALUES "
        "('evaluator', ?1, ?2, ?3, ?4) ON CONFLICT (reader) DO UPDATE SET segment = "
        "excluded.segment, byte = excluded.byte, known = excluded.known, config = "
        "excluded.config",
        DB_ARGS(DB_INT(p->at.segment), DB_INT(p->at.offset),
            DB_AT(p->known == US_ALWAYS ? US_NEVER : p->known), DB_STR(p->config)),
        e);
}

/* ---- transitions ---- */

static bool enters(const struct us_state_transition *t)
{
    return us_str_eq(t->change, US_S("entered"));
}

struct standing_row {
    const struct us_state_transition *put;
    int64_t id;
    bool same;
};

static us_code take_same(void *ctx, const struct db_row *row, struct us_error *e)
{
    struct standing_row *r = ctx;
    (void)e;
    r->id = db_int(row, 0);
    r->same = us_str_eq(db_str(row, 1), r->put->change) &&
              us_str_eq(db_str(row, 2), r->put->version) && db_int(row, 3) == r->put->t;
    return US_OK;
}

static us_code met(
    struct us_state *s, struct us_state_transition *t, struct us_error *e)
{
    struct standing_row r = {.put = t};
    struct db_ask ask = {
        "SELECT id, change, version, t FROM transitions WHERE definition = ?1 AND "
        "account = ?2 AND user = ?3 AND ordinal = ?4 AND ends = ?5",
        DB_ARGS(DB_STR(t->definition), DB_STR(t->account), DB_STR(t->user),
            DB_INT(t->ordinal), DB_INT(!enters(t)))};
    US_TRY(db_each(s->db, &ask, take_same, &r, e));
    t->id = r.id;
    t->put = r.same ? US_PUT_REPEATED : US_PUT_DIFFERS;
    return US_OK;
}

static us_code put(
    struct us_state *s, struct us_state_transition *t, struct us_error *e)
{
    US_TRY(state_fits(t->explanation, "state.what_explanation", e));
    US_TRY(db_run(s->db,
        "INSERT INTO transitions (definition, version, account, user, company, change, "
        "ends, t, since, ordinal, live, explanation, silent) VALUES (?1, ?2, ?3, ?4, "
        "?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) ON CONFLICT DO NOTHING",
        DB_ARGS(DB_STR(t->definition), DB_STR(t->version), DB_STR(t->account),
            DB_STR(t->user), DB_STR(t->company), DB_STR(t->change), DB_INT(!enters(t)),
            DB_INT(t->t), DB_INT(t->since), DB_INT(t->ordinal), DB_INT(t->live),
            DB_STR(t->explanation), DB_STR(t->silent)),
        e));
    if (!db_changed(s->db)) return met(s, t, e);
    t->id = db_last_id(s->db);
    t->corrected = US_NEVER;
    t->put = US_PUT_ADDED;
    return US_OK;
}

/* ---- what plays make of it ---- */

static us_code queue(struct us_state *s, const struct us_state_play *play,
    const struct us_state_transition *t, int64_t now, int64_t *id, struct us_error *e)
{
    struct us_state_handoff h = {.play = play->name,
        .definition = t->definition,
        .version = t->version,
        .account = t->account,
        .user = t->user,
        .company = t->company,
        .ordinal = t->ordinal,
        .transition = t->id,
        .queued = now};
    US_TRY(state_handoff_put(s, &h, e));
    *id = h.id;
    return US_OK;
}

static us_code route(struct us_state *s, struct us_state_batch *b,
    const struct us_state_play *play, const struct us_state_transition *t,
    struct us_error *e)
{
    bool open;
    int64_t handoff = 0;
    us_str unit = state_unit(t->company, t->account, &s->scratch);
    US_TRY(state_unit_open(s, unit, &open, e));
    us_routing r = us_state_route(play, t, open);
    if (r == US_ROUTING_QUEUED) US_TRY(queue(s, play, t, b->now, &handoff, e));
    if (r == US_ROUTING_BEFORE || r == US_ROUTING_SILENT)
        US_TRY(state_backlog_add(s, play, t, e));
    b->queued += handoff != 0;
    return db_run(s->db,
        "INSERT INTO routings (transition, play, routing, at, handoff) VALUES (?1, ?2, "
        "?3, ?4, ?5)",
        DB_ARGS(DB_INT(t->id), DB_STR(play->name), DB_INT(r), DB_INT(b->now),
            DB_AT(handoff ? handoff : US_NEVER)),
        e);
}

static us_code take_in(struct us_state *s, struct committing *c,
    struct us_state_transition *t, struct us_error *e)
{
    struct us_state_batch *b = c->batch;
    us_mark mark = us_arena_mark(&s->scratch);
    US_TRY(put(s, t, e));
    b->added += t->put == US_PUT_ADDED;
    b->repeated += t->put == US_PUT_REPEATED;
    b->differing += t->put == US_PUT_DIFFERS;
    if (t->put != US_PUT_ADDED) return US_OK;
    if (!enters(t)) US_TRY(state_backlog_gone(s, t, e));
    for (size_t i = 0; enters(t) && i < b->play_count; i++)
        if (us_str_eq(c->plays[i].definition, t->definition))
            US_TRY(route(s, b, &c->plays[i], t, e));
    us_arena_pop(&s->scratch, mark);
    return US_OK;
}

/* ---- the whole ---- */

static us_code put_version(
    struct us_state *s, const struct us_state_version *v, struct us_error *e)
{
    US_TRY(state_fits(v->canon, "state.what_definition", e));
    US_TRY(state_fits(v->text, "state.what_definition", e));
    return db_run(s->db,
        "INSERT INTO versions (definition, version, canon, text, first_run, given) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET given = "
        "excluded.given WHERE excluded.given > given",
        DB_ARGS(DB_STR(v->definition), DB_STR(v->version), DB_STR(v->canon),
            DB_STR(v->text), DB_INT(v->first_run), DB_INT(v->given)),
        e);
}

/* One of which nothing is to be said is as if it had never been. */
static us_code put_standing(
    struct us_state *s, const struct us_state_standing *w, struct us_error *e)
{
    bool blank = !w->entries && !w->reset && w->holding == US_NEVER;
    if (blank)
        return db_run(s->db,
            "DELETE FROM standings WHERE definition = ?1 AND account = ?2 AND user = "
            "?3",
            DB_ARGS(DB_STR(w->definition), DB_STR(w->account), DB_STR(w->user)), e);
    return db_run(s->db,
        "INSERT INTO standings (definition, account, user, entries, cooled, reset, "
        "holding) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO UPDATE SET "
        "entries = excluded.entries, cooled = excluded.cooled, reset = "
        "excluded.reset, holding = excluded.holding",
        DB_ARGS(DB_STR(w->definition), DB_STR(w->account), DB_STR(w->user),
            DB_INT(w->entries), DB_INT(w->cooled), DB_INT(w->reset), DB_AT(w->holding)),
        e);
}

static us_code correct(
    struct us_state *s, const struct us_state_correction *c, struct us_error *e)
{
    return db_run(s->db,
        "UPDATE transitions SET corrected = ?6 WHERE definition = ?1 AND account = ?2 "
        "AND user = ?3 AND change = ?4 AND t = ?5 AND corrected IS NULL",
        DB_ARGS(DB_STR(c->definition), DB_STR(c->account), DB_STR(c->user),
            DB_STR(c->change), DB_INT(c->t), DB_INT(c->at)),
        e);
}

static us_code commit(struct us_state *s, void *ctx, struct us_error *e)
{
    struct committing *c = ctx;
    struct us_state_batch *b = c->batch;
    US_TRY(move(s, b, e));
    for (size_t i = 0; i < b->version_count; i++)
        US_TRY(put_version(s, &b->versions[i], e));
    c->plays = us_new(&s->scratch, struct us_state_play, b->play_count);
    for (size_t i = 0; i < b->play_count; i++)
        US_TRY(state_play_find(s, b->plays[i], &s->scratch, &c->plays[i], e));
    for (size_t i = 0; i < b->transition_count; i++)
        US_TRY(take_in(s, c, &b->transitions[i], e));
    for (size_t i = 0; i < b->standing_count; i++)
        US_TRY(put_standing(s, &b->standings[i], e));
    for (size_t i = 0; i < b->correction_count; i++)
        US_TRY(correct(s, &b->corrections[i], e));
    for (size_t i = 0; i < b->outbox_count; i++)
        US_TRY(state_outbox_put(s, &b->outbox[i], e));
    return US_OK;
}

us_code us_state_commit(
    struct us_state *s, struct us_state_batch *b, struct us_error *e)
{
    struct committing c = {.batch = b};
    us_assert(b->transition_count <= US_STATE_BATCH_MAX &&
              b->version_count <= US_STATE_BATCH_MAX &&
              b->outbox_count <= US_STATE_BATCH_MAX &&
              b->standing_count <= US_STATE_BATCH_MAX);
    b->added = b->repeated = b->differing = b->queued = 0;
    us_code code = db_all(s, commit, &c, e);
    us_arena_reset(&s->scratch);
    return code;
}

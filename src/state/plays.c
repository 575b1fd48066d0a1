/* plays.c: plays, from when on they are live, and who was qualified by then. */

#include "state/db.h"

/* ---- plays ---- */

static void read_play(const struct db_row *row, struct us_arena *a, void *item)
{
    *(struct us_state_play *)item = (struct us_state_play){
        .name = db_kept(row, 0, a),
        .definition = db_kept(row, 1, a),
        .first_seen = db_int(row, 2),
        .live_from = db_int(row, 3),
    };
}

static us_code plays_by(struct us_state *s, const struct db_ask *ask,
    struct us_arena *a, struct us_state_play_list *out, struct us_error *e)
{
    static const struct db_shape shape = {sizeof(struct us_state_play), read_play};
    struct db_found found;
    US_TRY(db_list(s->db, ask, &shape, a, &found, e));
    *out = (struct us_state_play_list){found.items, found.count};
    return US_OK;
}

us_code us_state_plays(struct us_state *s, struct us_arena *a,
    struct us_state_play_list *out, struct us_error *e)
{
    struct db_ask ask = {
        "SELECT name, definition, first_seen, live_from FROM plays ORDER BY name",
        NULL};
    return plays_by(s, &ask, a, out, e);
}

us_code state_play_find(struct us_state *s, us_str name, struct us_arena *a,
    struct us_state_play *out, struct us_error *e)
{
    struct us_state_play_list l;
    struct db_ask ask = {
        "SELECT name, definition, first_seen, live_from FROM plays WHERE name = ?1",
        DB_ARGS(DB_STR(name))};
    US_TRY(plays_by(s, &ask, a, &l, e));
    if (!l.count)
        return us_fail(
            e, US_NOT_FOUND, "state.no_play", US_ARGS(US_TEXT("name", name)));
    *out = l.items[0];
    return US_OK;
}

struct putting {
    const struct us_state_play *play;
    bool fresh;
};

/* What was to be handed on as soon as a source is heard again, but is now before the
 * day. */
static us_code put_off(
    struct us_state *s, us_str play, int64_t live_from, struct us_error *e)
{
    return db_run(s->db,
        "UPDATE backlogs SET silent = '' WHERE play = ?1 AND status = 0 AND silent <> "
        "'' AND since < ?2",
        DB_ARGS(DB_STR(play), DB_INT(live_from)), e);
}

/* Whoever is qualified and of whom the play made nothing: it was not there, or on
 * something else. Whom it made something of, or who was in its backlog once, is not
 * asked again. */
static us_code fill(
    struct us_state *s, const struct us_state_play *play, struct us_error *e)
{
    return db_run(s->db,
        "INSERT INTO backlogs (play, definition, version, account, user, company, "
        "since, ordinal, status) "
        "SELECT ?1, t.definition, t.version, t.account, t.user, t.company, t.t, "
        "t.ordinal, 0 FROM transitions t WHERE t.definition = ?2 AND t.ends = 0 AND "
        "NOT EXISTS (SELECT 1 FROM routings r WHERE r.transition = t.id AND r.play = "
        "?1) AND NOT EXISTS (SELECT 1 FROM backlogs b WHERE b.play = ?1 AND "
        "b.definition = t.definition AND b.account = t.account AND b.user = t.user AND "
        "b.ordinal = t.ordinal) AND NOT EXISTS (SELECT 1 FROM transitions n WHERE "
        "n.definition = t.definition AND n.account = t.account AND n.user = t.user AND "
        "(n.ordinal, n.ends) > (t.ordinal, t.ends)) ORDER BY t.t, t.id",
        DB_ARGS(DB_STR(play->name), DB_STR(play->definition)), e);
}

static us_code put_play(struct us_state *s, void *ctx, struct us_error *e)
{
    struct putting *p = ctx;
    const struct us_state_play *play = p->play;
    struct db_ask met = {
        "SELECT first_seen FROM plays WHERE name = ?1", DB_ARGS(DB_STR(play->name))};
    int64_t first_seen;
    US_TRY(db_one(s->db, &met, US_NEVER, &first_seen, e));
    p->fresh = first_seen == US_NEVER;
    if (p->fresh) first_seen = play->first_seen;
    int64_t live_from = us_state_live_from(first_seen, play->live_from);
    US_TRY(db_run(s->db,
        "INSERT INTO plays (name, definition, first_seen, live_from) VALUES (?1, ?2, "
        "?3, ?4) ON CONFLICT DO UPDATE SET definition = excluded.definition, live_from "
        "= excluded.live_from",
        DB_ARGS(DB_STR(play->name), DB_STR(play->definition), DB_INT(first_seen),
            DB_INT(live_from)),
        e));
    US_TRY(put_off(s, play->name, live_from, e));
    return fill(s, play, e);
}

us_code us_state_play_put(struct us_state *s, const struct us_state_play *play,
    bool *fresh, struct us_error *e)
{
    struct putting p = {.play = play};
    US_TRY(db_all(s, put_play, &p, e));
    *fresh = p.fresh;
    return US_OK;
}

/* ---- backlogs ---- */

us_code state_backlog_add(struct us_state *s, const struct us_state_play *play,
    const struct us_state_transition *entry, struct us_error *e)
{
    return db_run(s->db,
        "INSERT INTO backlogs (play, definition, version, account, user, company, "
        "since, ordinal, status, silent) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, "
        "?9) ON CONFLICT DO NOTHING",
        DB_ARGS(DB_STR(play->name), DB_STR(entry->definition), DB_STR(entry->version),
            DB_STR(entry->account), DB_STR(entry->user), DB_STR(entry->company),
            DB_INT(entry->t), DB_INT(entry->ordinal),
            DB_STR(entry->t < play->live_from ? US_S("") : entry->silent)),
        e);
}

/* Who had left when a play became live was none of its backlog, though the evaluator
 * tells entry and exit one after the other. */
us_code state_backlog_gone(
    struct us_state *s, const struct us_state_transition *exit, struct us_error *e)
{
    US_TRY(db_run(s->db,
        "DELETE FROM backlogs WHERE definition = ?1 AND account = ?2 AND user = ?3 AND "
        "ordinal = ?4 AND status = 0 AND (?6 OR play IN (SELECT name FROM plays WHERE "
        "live_from > ?5))",
        DB_ARGS(DB_STR(exit->definition), DB_STR(exit->account), DB_STR(exit->user),
            DB_INT(exit->ordinal), DB_INT(exit->t), DB_INT(exit->found)),
        e));
    return db_run(s->db,
        "UPDATE backlogs SET status = 2, ended = ?5 WHERE definition = ?1 AND account "
        "= "
        "?2 AND user = ?3 AND ordinal = ?4 AND status = 0",
        DB_ARGS(DB_STR(exit->definition), DB_STR(exit->account), DB_STR(exit->user),
            DB_INT(exit->ordinal), DB_INT(exit->t)),
        e);
}

#define COLUMNS                                                                       \
    "id, play, definition, version, account, user, company, since, ordinal, status, " \
    "ended, handoff, silent"

static void read_backlog(const struct db_row *row, struct us_arena *a, void *item)
{
    *(struct us_state_backlog *)item = (struct us_state_backlog){
        .id = db_int(row, 0),
        .play = db_kept(row, 1, a),
        .definition = db_kept(row, 2, a),
        .version = db_kept(row, 3, a),
        .account = db_kept(row, 4, a),
        .user = db_kept(row, 5, a),
        .company = db_kept(row, 6, a),
        .since = db_int(row, 7),
        .ordinal = (uint32_t)db_int(row, 8),
        .status = (us_backlog_status)db_int(row, 9),
        .ended = db_at(row, 10),
        .handoff = db_ref(row, 11),
        .silent = db_kept(row, 12, a),
    };
}

static us_code backlog_by(struct us_state *s, const struct db_ask *ask,
    struct us_arena *a, struct us_state_backlog_rows *out, struct us_error *e)
{
    static const struct db_shape shape = {
        sizeof(struct us_state_backlog), read_backlog};
    struct db_found found;
    US_TRY(db_list(s->db, ask, &shape, a, &found, e));
    *out = (struct us_state_backlog_rows){found.items, found.count};
    return US_OK;
}

us_code us_state_backlog_list(struct us_state *s, us_str play, us_backlog_status status,
    struct us_arena *a, struct us_state_backlog_rows *out, struct us_error *e)
{
    struct db_ask ask = {"SELECT " COLUMNS " FROM backlogs WHERE play = ?1 AND (?2 = 3 "
                         "OR status = ?2) ORDER BY id",
        DB_ARGS(DB_STR(play), DB_INT(status))};
    return backlog_by(s, &ask, a, out, e);
}

us_code us_state_backlog_silent(struct us_state *s, struct us_arena *a,
    struct us_state_backlog_rows *out, struct us_error *e)
{
    struct db_ask ask = {"SELECT " COLUMNS " FROM backlogs WHERE status = 0 AND silent "
                         "<> '' ORDER BY id",
        NULL};
    return backlog_by(s, &ask, a, out, e);
}

us_code us_state_backlog_heard(struct us_state *s, int64_t id, struct us_error *e)
{
    return db_run(
        s->db, "UPDATE backlogs SET silent = '' WHERE id = ?1", DB_ARGS(DB_INT(id)), e);
}

_Static_assert(US_BACKLOG_WAITING == 0 && US_BACKLOG_RELEASED == 1 &&
                   US_BACKLOG_GONE == 2 && US_BACKLOGS == 3,
    "the numbers are in files and statements");

us_code us_state_backlog_released(
    struct us_state *s, us_str play, int64_t from, int64_t *out, struct us_error *e)
{
    struct db_ask ask = {"SELECT count(*) FROM backlogs WHERE play = ?1 AND status = 1 "
                         "AND silent = '' AND ended >= ?2",
        DB_ARGS(DB_STR(play), DB_INT(from))};
    return db_one(s->db, &ask, 0, out, e);
}

struct releasing {
    int64_t id, at, handoff;
};

static us_code release(struct us_state *s, void *ctx, struct us_error *e)
{
    struct releasing *r = ctx;
    struct us_state_backlog_rows l;
    struct db_ask ask = {"SELECT " COLUMNS
                         " FROM backlogs WHERE id = ?1 AND status = 0",
        DB_ARGS(DB_INT(r->id))};
    US_TRY(backlog_by(s, &ask, &s->scratch, &l, e));
    if (!l.count)
        return us_fail(
            e, US_NOT_FOUND, "state.no_backlog", US_ARGS(US_DIGITS("id", r->id)));
    const struct us_state_backlog *b = &l.items[0];
    struct us_state_handoff h = {.play = b->play,
        .definition = b->definition,
        .version = b->version,
        .account = b->account,
        .user = b->user,
        .company = b->company,
        .ordinal = b->ordinal,
        .queued = r->at};
    US_TRY(state_handoff_put(s, &h, e));
    if (!h.id)
        return us_fail(e, US_REFUSED, "state.open",
            US_ARGS(US_TEXT("name", b->company.len ? b->company : b->account)));
    r->handoff = h.id;
    return db_run(s->db,
        "UPDATE backlogs SET status = 1, ended = ?2, handoff = ?3 WHERE id = ?1",
        DB_ARGS(DB_INT(r->id), DB_INT(r->at), DB_INT(h.id)), e);
}

us_code us_state_backlog_release(
    struct us_state *s, int64_t id, int64_t at, int64_t *handoff, struct us_error *e)
{
    struct releasing r = {.id = id, .at = at};
    us_code code = db_all(s, release, &r, e);
    us_arena_reset(&s->scratch);
    if (code == US_OK) *handoff = r.handoff;
    return code;
}

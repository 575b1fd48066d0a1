/* handoffs.c: accounts given to people; so far those that wait for one. */

#include "state/db.h"

us_code state_unit_open(struct us_state *s, us_str unit, bool *open, struct us_error *e)
{
    int64_t there;
    struct db_ask ask = {"SELECT 1 FROM handoffs WHERE unit = ?1 AND closed IS NULL",
        DB_ARGS(DB_STR(unit))};
    US_TRY(db_one(s->db, &ask, 0, &there, e));
    *open = there != 0;
    return US_OK;
}

us_code state_handoff_put(
    struct us_state *s, struct us_state_handoff *h, struct us_error *e)
{
    us_str unit = state_unit(h->company, h->account, &s->scratch);
    US_TRY(db_run(s->db,
        "INSERT INTO handoffs (play, definition, version, account, user, company, "
        "unit, ordinal, transition, status, queued) VALUES (?1, ?2, ?3, ?4, ?5, ?6, "
        "?7, ?8, ?9, 'queued', ?10) ON CONFLICT DO NOTHING",
        DB_ARGS(DB_STR(h->play), DB_STR(h->definition), DB_STR(h->version),
            DB_STR(h->account), DB_STR(h->user), DB_STR(h->company), DB_STR(unit),
            DB_INT(h->ordinal), DB_AT(h->transition ? h->transition : US_NEVER),
            DB_INT(h->queued)),
        e));
    h->id = db_changed(s->db) ? db_last_id(s->db) : 0;
    return US_OK;
}

static void read_handoff(const struct db_row *row, struct us_arena *a, void *item)
{
    *(struct us_state_handoff *)item = (struct us_state_handoff){
        .id = db_int(row, 0),
        .play = db_kept(row, 1, a),
        .definition = db_kept(row, 2, a),
        .version = db_kept(row, 3, a),
        .account = db_kept(row, 4, a),
        .user = db_kept(row, 5, a),
        .company = db_kept(row, 6, a),
        .ordinal = (uint32_t)db_int(row, 7),
        .transition = db_ref(row, 8),
        .status = db_kept(row, 9, a),
        .queued = db_int(row, 10),
        .closed = db_at(row, 11),
    };
}

us_code us_state_handoffs(struct us_state *s, us_str play, struct us_arena *a,
    struct us_state_handoff_list *out, struct us_error *e)
{
    static const struct db_shape shape = {
        sizeof(struct us_state_handoff), read_handoff};
    struct db_ask ask = {
        "SELECT id, play, definition, version, account, user, company, ordinal, "
        "transition, status, queued, closed FROM handoffs WHERE closed IS NULL AND (?1 "
        "= '' OR play = ?1) ORDER BY id",
        DB_ARGS(DB_STR(play))};
    struct db_found found;
    US_TRY(db_list(s->db, &ask, &shape, a, &found, e));
    *out = (struct us_state_handoff_list){found.items, found.count};
    return US_OK;
}

static void read_routed(const struct db_row *row, struct us_arena *a, void *item)
{
    *(struct us_state_routed *)item = (struct us_state_routed){
        .transition = db_int(row, 0),
        .play = db_kept(row, 1, a),
        .routing = (us_routing)db_int(row, 2),
        .at = db_int(row, 3),
        .handoff = db_ref(row, 4),
    };
}

us_code us_state_routed(struct us_state *s, int64_t transition, struct us_arena *a,
    struct us_state_routed_list *out, struct us_error *e)
{
    static const struct db_shape shape = {sizeof(struct us_state_routed), read_routed};
    struct db_ask ask = {"SELECT transition, play, routing, at, handoff FROM routings "
                         "WHERE transition = ?1 ORDER BY play",
        DB_ARGS(DB_INT(transition))};
    struct db_found found;
    US_TRY(db_list(s->db, &ask, &shape, a, &found, e));
    *out = (struct us_state_routed_list){found.items, found.count};
    return US_OK;
}

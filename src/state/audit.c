/* audit.c: who changed what. */

#include "state/db.h"

us_code us_state_audit_put(
    struct us_state *s, struct us_state_audit *row, struct us_error *e)
{
    US_TRY(state_fits(row->details, "state.what_details", e));
    US_TRY(db_run(s->db,
        "INSERT INTO audit (at, who, what, about, details) VALUES (?1, ?2, ?3, ?4, ?5)",
        DB_ARGS(DB_INT(row->at), DB_STR(row->who), DB_STR(row->what),
            DB_STR(row->about), DB_STR(row->details)),
        e));
    row->id = db_last_id(s->db);
    return US_OK;
}

static void read_audit(const struct db_row *row, struct us_arena *a, void *item)
{
    *(struct us_state_audit *)item = (struct us_state_audit){
        .id = db_int(row, 0),
        .at = db_int(row, 1),
        .who = db_kept(row, 2, a),
        .what = db_kept(row, 3, a),
        .about = db_kept(row, 4, a),
        .details = db_kept(row, 5, a),
    };
}

us_code us_state_audits(struct us_state *s, int64_t before, struct us_arena *a,
    struct us_state_audit_list *out, struct us_error *e)
{
    static const struct db_shape shape = {sizeof(struct us_state_audit), read_audit};
    struct db_ask ask = {"SELECT id, at, who, what, about, details FROM audit WHERE id "
                         "< ?1 ORDER BY id DESC LIMIT ?2",
        DB_ARGS(DB_INT(before ? before : INT64_MAX), DB_INT(US_STATE_ROWS_MAX))};
    struct db_found found;
    US_TRY(db_list(s->db, &ask, &shape, a, &found, e));
    *out = (struct us_state_audit_list){found.items, found.count};
    return US_OK;
}

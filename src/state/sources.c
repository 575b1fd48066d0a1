/* sources.c: sources that fell silent. */

#include "state/db.h"

us_code us_state_silence_begin(
    struct us_state *s, const struct us_state_silence *silence, struct us_error *e)
{
    return db_run(s->db,
        "INSERT INTO silences (source, since, noticed) VALUES (?1, ?2, ?3) ON CONFLICT "
        "DO NOTHING",
        DB_ARGS(
            DB_STR(silence->source), DB_INT(silence->since), DB_INT(silence->noticed)),
        e);
}

us_code us_state_silence_end(
    struct us_state *s, us_str source, int64_t at, struct us_error *e)
{
    return db_run(s->db,
        "UPDATE silences SET ended = ?2 WHERE source = ?1 AND ended IS NULL",
        DB_ARGS(DB_STR(source), DB_INT(at)), e);
}

static void read_silence(const struct db_row *row, struct us_arena *a, void *item)
{
    *(struct us_state_silence *)item = (struct us_state_silence){
        .source = db_kept(row, 0, a),
        .since = db_int(row, 1),
        .noticed = db_int(row, 2),
        .ended = db_at(row, 3),
    };
}

us_code us_state_silences(struct us_state *s, bool all, struct us_arena *a,
    struct us_state_silence_list *out, struct us_error *e)
{
    static const struct db_shape shape = {
        sizeof(struct us_state_silence), read_silence};
    struct db_ask ask = {"SELECT source, since, noticed, ended FROM silences WHERE ?1 "
                         "OR ended IS NULL ORDER BY id",
        DB_ARGS(DB_INT(all))};
    struct db_found found;
    US_TRY(db_list(s->db, &ask, &shape, a, &found, e));
    *out = (struct us_state_silence_list){found.items, found.count};
    return US_OK;
}

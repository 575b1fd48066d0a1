/* sources.c: sources that fell silent, and their dead letters that were tried again. */

#include "state/db.h"

/* ---- silence ---- */

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

/* ---- dead letters ---- */

us_code us_state_replay_put(
    struct us_state *s, const struct us_state_replay *replay, struct us_error *e)
{
    US_TRY(state_fits(replay->why, "state.what_details", e));
    US_TRY(db_run(s->db,
        "INSERT INTO replays (segment, byte, at, who, taken, why) VALUES (?1, ?2, ?3, "
        "?4, ?5, ?6) ON CONFLICT (segment, byte) DO UPDATE SET at = excluded.at, who = "
        "excluded.who, taken = excluded.taken, why = excluded.why WHERE NOT taken",
        DB_ARGS(DB_INT(replay->line.segment), DB_INT(replay->line.offset),
            DB_INT(replay->at), DB_STR(replay->who), DB_INT(replay->taken),
            DB_STR(replay->why)),
        e));
    if (db_changed(s->db)) return US_OK;
    return us_fail(e, US_REFUSED, "state.replayed",
        US_ARGS(US_WHOLE("segment", replay->line.segment),
            US_WHOLE("byte", replay->line.offset)));
}

static void read_replay(const struct db_row *row, struct us_arena *a, void *item)
{
    *(struct us_state_replay *)item = (struct us_state_replay){
        .line = {(uint32_t)db_int(row, 0), (uint64_t)db_int(row, 1)},
        .at = db_int(row, 2),
        .who = db_kept(row, 3, a),
        .taken = db_int(row, 4) != 0,
        .why = db_kept(row, 5, a),
    };
}

us_code us_state_replays(struct us_state *s, struct us_arena *a,
    struct us_state_replay_list *out, struct us_error *e)
{
    static const struct db_shape shape = {sizeof(struct us_state_replay), read_replay};
    struct db_ask ask = {"SELECT segment, byte, at, who, taken, why FROM replays ORDER "
                         "BY segment, byte",
        NULL};
    struct db_found found;
    US_TRY(db_list(s->db, &ask, &shape, a, &found, e));
    *out = (struct us_state_replay_list){found.items, found.count};
    return US_OK;
}

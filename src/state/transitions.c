/* transitions.c: what was judged, read back; versions of definitions. */

#include "state/db.h"

#define COLUMNS                                                                    \
    "t.id, t.definition, t.version, t.account, t.user, t.company, t.change, t.t, " \
    "t.since, t.ordinal, t.live, t.explanation, t.corrected, "                     \
    "t.silent"

static struct us_state_transition transition_of(const struct db_row *row)
{
    return (struct us_state_transition){
        .id = db_int(row, 0),
        .definition = db_str(row, 1),
        .version = db_str(row, 2),
        .account = db_str(row, 3),
        .user = db_str(row, 4),
        .company = db_str(row, 5),
        .change = db_str(row, 6),
        .t = db_int(row, 7),
        .since = db_int(row, 8),
        .ordinal = (uint32_t)db_int(row, 9),
        .live = db_int(row, 10) != 0,
        .explanation = db_str(row, 11),
        .corrected = db_at(row, 12),
        .silent = db_str(row, 13),
    };
}

/* ---- lists ---- */

static void read_transition(const struct db_row *row, struct us_arena *a, void *item)
{
    struct us_state_transition t = transition_of(row);
    us_str *const texts[] = {&t.definition, &t.version, &t.account, &t.user, &t.company,
        &t.change, &t.explanation, &t.silent};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        *texts[i] = us_arena_str(a, *texts[i]);
    *(struct us_state_transition *)item = t;
}

static const struct db_shape transition_shape = {
    sizeof(struct us_state_transition), read_transition};

/* The index that serves is chosen by what is asked; the rest is compared row by row. */
#define ASKED                                                       \
    " (?4 = '' OR t.user = ?4) AND (?5 = '' OR t.company = ?5) AND" \
    " (?6 = '' OR t.change = ?6) AND t.t BETWEEN ?7 AND ?8 AND"     \
    " (?1 = '' OR t.account = ?1) AND (?2 = '' OR t.definition = ?2) AND "
#define UP            "t.id > ?3 ORDER BY t.id LIMIT ?9"
#define DOWN          "t.id < ?3 ORDER BY t.id DESC LIMIT ?9"
#define SELECT(index) "SELECT " COLUMNS " FROM transitions t " index " WHERE" ASKED
#define BY_ACCOUNT    SELECT("INDEXED BY transitions_account") "t.account = ?1 AND "
#define BY_DEFINITION \
    SELECT("INDEXED BY transitions_definition") "t.definition = ?2 AND "

us_code us_state_transitions(struct us_state *s,
    const struct us_state_transitions_asked *asked, struct us_arena *a,
    struct us_state_transition_list *out, struct us_error *e)
{
    bool down = asked->newest_first;
    size_t most = asked->limit && asked->limit < US_STATE_ROWS_MAX ? asked->limit
                                                                   : US_STATE_ROWS_MAX;
    int64_t after = down && asked->after == 0 ? INT64_MAX : asked->after;
    struct db_ask ask = {
        .sql = down ? SELECT("") DOWN : SELECT("") UP,
        .args = DB_ARGS(DB_STR(asked->account), DB_STR(asked->definition),
            DB_INT(after), DB_STR(asked->user), DB_STR(asked->company),
            DB_STR(asked->change), DB_INT(asked->from ? asked->from : US_ALWAYS),
            DB_INT(asked->to ? asked->to : INT64_MAX), DB_INT(most)),
    };
    if (asked->account.len)
        ask.sql = down ? BY_ACCOUNT DOWN : BY_ACCOUNT UP;
    else if (asked->definition.len)
        ask.sql = down ? BY_DEFINITION DOWN : BY_DEFINITION UP;
    struct db_found found;
    US_TRY(db_page(s->db, &ask, &transition_shape, a, &found, e));
    *out = (struct us_state_transition_list){found.items, found.count, found.more};
    return US_OK;
}

us_code us_state_last_id(struct us_state *s, int64_t *out, struct us_error *e)
{
    return db_one(s->db,
        &(struct db_ask){"SELECT coalesce(max(id), 0) FROM transitions", NULL}, 0, out,
        e);
}

struct standing {
    us_state_take *take;
    void *ctx;
};

static us_code take_standing(void *ctx, const struct db_row *row, struct us_error *e)
{
    const struct standing *to = ctx;
    struct us_state_transition t = transition_of(row);
    return to->take(to->ctx, &t, e);
}

us_code us_state_standings(struct us_state *s, us_str definition, us_state_take *take,
    void *ctx, struct us_error *e)
{
    struct standing to = {take, ctx};
    struct db_ask ask = {
        "SELECT " COLUMNS " FROM transitions t WHERE t.definition = ?1 AND NOT EXISTS ("
        "SELECT 1 FROM transitions n WHERE n.definition = t.definition AND n.account = "
        "t.account AND n.user = t.user AND (n.ordinal, n.ends) > (t.ordinal, t.ends)) "
        "ORDER BY t.account, t.user",
        DB_ARGS(DB_STR(definition))};
    return db_each(s->db, &ask, take_standing, &to, e);
}

us_code us_state_standing(struct us_state *s, const struct us_state_who *who,
    us_state_take *take, void *ctx, struct us_error *e)
{
    struct standing to = {take, ctx};
    struct db_ask ask = {
        "SELECT " COLUMNS " FROM transitions t WHERE t.definition = ?1 AND t.account = "
        "?2 AND t.user = ?3 ORDER BY t.ordinal DESC, t.ends DESC LIMIT 1",
        DB_ARGS(DB_STR(who->definition), DB_STR(who->account), DB_STR(who->user))};
    return db_each(s->db, &ask, take_standing, &to, e);
}

/* Of accounts by the hundred thousand that are told nothing new: not one row of the
 * table is read. */
#define REACHED                                                                       \
    "SELECT account, user, max(2 * ordinal + ends) FROM transitions INDEXED BY "      \
    "transitions_once WHERE definition = ?1 GROUP BY account, user UNION ALL "        \
    "SELECT w.account, w.user, 1 FROM standings w WHERE w.definition = ?1 AND "       \
    "w.entries = 0 AND NOT EXISTS (SELECT 1 FROM transitions n WHERE n.definition = " \
    "w.definition AND n.account = w.account AND n.user = w.user)"

struct reached {
    us_str definition;
    us_state_take_reached *take;
    void *ctx;
};

static us_code take_reached(void *ctx, const struct db_row *row, struct us_error *e)
{
    const struct reached *to = ctx;
    struct us_state_who who = {to->definition, db_str(row, 0), db_str(row, 1)};
    int64_t far = db_int(row, 2);
    return to->take(to->ctx, &who, (uint32_t)(far / 2), far % 2 != 0, e);
}

us_code us_state_reached(struct us_state *s, us_str definition,
    us_state_take_reached *take, void *ctx, struct us_error *e)
{
    struct reached to = {definition, take, ctx};
    struct db_ask ask = {REACHED, DB_ARGS(DB_STR(definition))};
    return db_each(s->db, &ask, take_reached, &to, e);
}

/* An exit has the ordinal of its entry. */
#define BEYOND                                                                         \
    "SELECT w.account, w.user, w.entries, w.cooled, w.reset, w.holding, "              \
    "coalesce(t.change, ''), coalesce(t.t, 0), coalesce(t.since, 0) FROM standings w " \
    "LEFT JOIN transitions t ON t.definition = w.definition AND t.account = "          \
    "w.account AND t.user = w.user AND t.ordinal = w.entries AND t.ends = 1 WHERE "    \
    "w.definition = ?1 AND (w.entries = 0 OR t.id IS NOT NULL) AND NOT EXISTS ("       \
    "SELECT 1 FROM transitions n WHERE n.definition = w.definition AND n.account = "   \
    "w.account AND n.user = w.user AND n.ordinal > w.entries)"

struct beyond {
    us_str definition;
    us_state_take_standing *take;
    void *ctx;
};

static us_code take_beyond(void *ctx, const struct db_row *row, struct us_error *e)
{
    const struct beyond *to = ctx;
    struct us_state_standing w = {.definition = to->definition,
        .account = db_str(row, 0),
        .user = db_str(row, 1),
        .entries = db_int(row, 2),
        .cooled = db_int(row, 3),
        .reset = db_int(row, 4),
        .holding = db_at(row, 5),
        .change = db_str(row, 6),
        .t = db_int(row, 7),
        .since = db_int(row, 8)};
    return to->take(to->ctx, &w, e);
}

us_code us_state_standings_beyond(struct us_state *s, us_str definition,
    us_state_take_standing *take, void *ctx, struct us_error *e)
{
    struct beyond to = {definition, take, ctx};
    struct db_ask ask = {
        BEYOND " ORDER BY w.account, w.user", DB_ARGS(DB_STR(definition))};
    return db_each(s->db, &ask, take_beyond, &to, e);
}

us_code us_state_standing_beyond(struct us_state *s, const struct us_state_who *who,
    us_state_take_standing *take, void *ctx, struct us_error *e)
{
    struct beyond to = {who->definition, take, ctx};
    struct db_ask ask = {BEYOND " AND w.account = ?2 AND w.user = ?3",
        DB_ARGS(DB_STR(who->definition), DB_STR(who->account), DB_STR(who->user))};
    return db_each(s->db, &ask, take_beyond, &to, e);
}

/* ---- versions ---- */

static void read_version(const struct db_row *row, struct us_arena *a, void *item)
{
    *(struct us_state_version *)item = (struct us_state_version){
        .definition = db_kept(row, 0, a),
        .version = db_kept(row, 1, a),
        .canon = db_kept(row, 2, a),
        .text = db_kept(row, 3, a),
        .first_run = db_int(row, 4),
        .given = db_int(row, 5) != 0,
    };
}

static us_code versions_by(struct us_state *s, const struct db_ask *ask,
    struct us_arena *a, struct us_state_version_list *out, struct us_error *e)
{
    static const struct db_shape shape = {
        sizeof(struct us_state_version), read_version};
    struct db_found found;
    US_TRY(db_list(s->db, ask, &shape, a, &found, e));
    *out = (struct us_state_version_list){found.items, found.count};
    return US_OK;
}

us_code us_state_versions(struct us_state *s, us_str definition, struct us_arena *a,
    struct us_state_version_list *out, struct us_error *e)
{
    struct db_ask ask = {
        "SELECT definition, version, canon, text, first_run, given FROM "
        "versions WHERE ?1 = '' OR definition = ?1 "
        "ORDER BY definition, first_run, version",
        DB_ARGS(DB_STR(definition))};
    return versions_by(s, &ask, a, out, e);
}

us_code us_state_version(struct us_state *s, us_str definition, us_str version,
    struct us_arena *a, struct us_state_version *out, struct us_error *e)
{
    struct us_state_version_list l;
    struct db_ask ask = {
        "SELECT definition, version, canon, text, first_run, given FROM "
        "versions WHERE definition = ?1 AND version = ?2",
        DB_ARGS(DB_STR(definition), DB_STR(version))};
    US_TRY(versions_by(s, &ask, a, &l, e));
    if (!l.count)
        return us_fail(e, US_NOT_FOUND, "state.no_version",
            US_ARGS(US_TEXT("name", definition), US_TEXT("version", version)));
    *out = l.items[0];
    return US_OK;
}

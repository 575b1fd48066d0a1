/* history.h: facts you can ask with SQL, derived from the journal.
 *
 * data/history.duckdb holds events with interned ids and typed columns for the
 * properties that signals name, logs of traits, payments, deals, activities, contacts
 * and links, and readable views over them (docs/schema.md). It is loaded from journal
 * text in large transactions; the position reached is committed with the rows, so each
 * line is there exactly once whatever is killed when. All of it can be made again from
 * the journal.
 *
 * The stored account of an event is the one resolved at its `known` when it was loaded,
 * never updated; event_spans holds, for those events alone that links touch, the
 * stretches of (person, account) by identity.h; events_now and us_history_logs apply
 * it.
 *
 * Owns:    its DuckDB handles. Texts handed out live during the callback.
 * Fails:   US_IO with the database's words; US_BUSY when another process holds the
 * file; US_INPUT for a mistake in SQL of the user's ("history.sql_wrong" with {why});
 * US_LIMIT for more columns than there may be, and all is as it was.
 * Threads: loading by one; asking by one; not at the same time through one handle.
 */
#pragma once

#include "base/err.h"
#include "base/hash.h"
#include "config/config.h"
#include "event/event.h"
#include "history/log.h"
#include "journal/journal.h"

enum {
    US_HISTORY_BATCH_ROWS = 500000, /* events in one transaction, about */
    US_HISTORY_SQL_COLUMNS_MAX =
        US_HISTORY_COLUMNS_MAX + 60, /* of an answer: event_log is one */
};

/* What of the configuration the stores depend on. */
struct us_history_rules {
    us_unit unit;
    const us_str *fixed; /* account traits that hold for all time */
    size_t fixed_count;
    const us_str *internal; /* e-mail domains and accounts never counted */
    size_t internal_count;
    const struct us_rate *rates;
    size_t rate_count;
    us_str currency;
    const struct us_column *columns; /* property columns wanted */
    size_t column_count;
    int64_t memory_bytes; /* DuckDB's limit; 0: half of the machine, 4 GiB at most */
    int threads;          /* 0: all */
};
/* History means the same by both: they differ in columns at most. */
bool us_history_rules_alike(
    const struct us_history_rules *a, const struct us_history_rules *b);

/* A number that is the same where the same past is made of the same lines: kept in
 * state, so it never comes to be another one. The order of what is listed says nothing.
 */
uint64_t us_history_rules_digest(const struct us_history_rules *rules);

struct us_history; /* opaque */

/* dir is data/. Made when missing (write). A new column in rules is built from the
 * journal, progress reported; a changed unit or fixed re-derives what depends on it.
 * progress may be NULL; what is a key of i18n/, done and total count bytes. */
typedef void us_history_progress(
    void *ctx, const char *what, int64_t done, int64_t total);
us_code us_history_open(us_str dir, const struct us_history_rules *rules, bool write,
    us_history_progress *progress, void *ctx, struct us_history **out,
    struct us_error *e);
void us_history_close(
    struct us_history *h); /* rolls an open batch back; NULL is fine */

/* A further handle in this process, to ask by while h loads, from any one thread: it
 * sees what is committed now and nothing later, however long it lives (after a mistake
 * in SQL of the user's, what is committed then). Made by the thread that has h, settled
 * and with nothing pending; closed before h is. It does not write. */
us_code us_history_beside(
    const struct us_history *h, struct us_history **out, struct us_error *e);

/* What it was opened by; its own. */
const struct us_history_rules *us_history_rules(const struct us_history *h);

/* data/, as it was opened. */
us_str us_history_dir(const struct us_history *h);

/* Where loading goes on: the first position not in history. */
us_pos us_history_position(const struct us_history *h);

/* Take one group's text (lines, the commit line may be among them; readable for
 * US_JSON_PAD bytes past its end) that begins at `at` and ends before `next`. What
 * begins before the position is in already and passed over. Rows become visible by
 * commit, which is the caller's: it knows what is durable. A line that cannot be read
 * is a broken invariant of the journal: US_INPUT with its position; what was loaded
 * since the last commit is then rolled back. */
us_code us_history_load(
    struct us_history *h, us_str text, us_pos at, us_pos next, struct us_error *e);

/* A track message of such a text as its judge has read it already: what us_message_read
 * said of it, as cuts of its line; len 0: absent. A hint that saves parsing the line
 * again, never another meaning. */
struct us_cut {
    uint32_t from, len;
};
enum { US_READY_VALUES_MAX = 16 }; /* columns whose values are handed over */
struct us_ready {
    int64_t seq, at, known;
    uint32_t line, len; /* of the line in the text, without its end */
    struct us_cut user, anonymous, group, event, properties;
    const us_json_node *values; /* as us_history_values gave them, cuts of the line;
                                   NULL: to be read from properties */
    bool skewed;
};

/* The value of each property column in a message's properties (a node of doc, or
 * US_JSON_NONE): out[1] … out[count], all zero where it is absent. The answer is the
 * count of columns; SIZE_MAX when they are too many to be handed over. May be asked by
 * another thread than the one that loads. */
size_t us_history_values(const struct us_history *h, const struct us_json_doc *doc,
    uint32_t properties, us_json_node out[US_READY_VALUES_MAX + 1]);
struct us_hints {
    const struct us_ready *items; /* in order of their lines */
    size_t count;
    us_str source; /* of all of them */
};

/* The same, with hints. */
us_code us_history_load_ready(struct us_history *h, const struct us_group *group,
    us_pos next, const struct us_hints *hints, struct us_error *e);

/* Rows waiting for commit. */
int64_t us_history_pending(const struct us_history *h);
us_code us_history_commit(struct us_history *h, struct us_error *e);

/* After the last commit of a load: bring event_spans up to date with all links. */
us_code us_history_settle(struct us_history *h, struct us_error *e);

/* Load everything the journal has past the position, commit, settle. */
us_code us_history_catch_up(struct us_history *h, us_str journal_dir,
    us_history_progress *progress, void *ctx, struct us_error *e);

/* ---- asking ---- */

/* Every account (or just `account`, when not empty) with what `need` asks for, one by
 * one in order of account key; only lines known before or at `until`. A non-OK answer
 * of take ends it and is passed on. Within take us_history_sql may be asked through the
 * same handle, nothing else. */
typedef us_code us_history_take(
    void *ctx, const struct us_log *log, struct us_error *e);
us_code us_history_logs(struct us_history *h, const struct us_need *need,
    us_str account, int64_t until, us_history_take *take, void *ctx,
    struct us_error *e);

/* Lines of some raw ids by themselves, whoever they are by any link: what need asks for
 * of events that name the id as their user (or as anonymousId, and no user), and of
 * traits of people, known before `until`, in order of time. Nothing need be settled.
 * Rows say of which id they are, and what account they name themselves; `to`
 * is US_NEVER and the user of events US_NOBODY. In the arena. */
struct us_raw_id {
    us_str id;
    bool identified;
};
struct us_raw_event {
    uint32_t of; /* index among the ids */
    us_str group;
    struct us_log_event row;
    const us_value *values; /* by column of need; NULL: it has none */
};
struct us_raw_trait {
    uint32_t of;
    struct us_log_trait row;
};
struct us_raw_lines {
    struct us_raw_event *events;
    size_t event_count;
    struct us_raw_trait *traits;
    size_t trait_count;
};
us_code us_history_lines_of(struct us_history *h, const struct us_need *need,
    const struct us_raw_id *ids, size_t count, int64_t until, struct us_arena *a,
    struct us_raw_lines *out, struct us_error *e);

/* Payments and deals that name the account and became known at that moment, as a log
 * has them; take gets a log without anything else. By company whose they are is another
 * question. */
us_code us_history_money_at(struct us_history *h, const struct us_need *need,
    us_str account, int64_t known, us_history_take *take, void *ctx,
    struct us_error *e);

/* All distinct event names with counts, for check, init, suggestions. */
struct us_history_name {
    us_str name;
    int64_t count, users, accounts;
    int64_t first, last;
};
us_code us_history_names(struct us_history *h, struct us_arena *a,
    struct us_history_name **out, size_t *count, struct us_error *e);

/* Who there is by the links that hold now: people with a userId, those merged by an
 * alias once; and anonymousIds that belong to nobody. A previousId that no other line
 * names is nobody of its own. */
struct us_history_people {
    int64_t identified, anonymous;
};
us_code us_history_people(
    struct us_history *h, struct us_history_people *out, struct us_error *e);

/* Every link ever made, in order of its line, for who keeps up with them from here on
 * (server/book.h). from is a person, of a company link an account; to a person of an
 * anonymous link or alias, else an account, empty when it says none. */
struct us_history_link {
    int64_t seq, known;
    int64_t undone; /* US_NEVER while it holds */
    us_link_kind kind;
    us_str from, to;
    bool from_identified, to_identified; /* of persons */
};
typedef us_code us_history_link_take(
    void *ctx, const struct us_history_link *link, struct us_error *e);
us_code us_history_links(
    struct us_history *h, us_history_link_take *take, void *ctx, struct us_error *e);

/* Whether any event named a group. */
us_code us_history_grouped(struct us_history *h, bool *any, struct us_error *e);

/* By company, whose addresses say whose an account is that nobody mapped: everybody who
 * has one and is among its people, by raw id. */
typedef us_code us_history_voter_take(
    void *ctx, us_str person, bool identified, us_str account, struct us_error *e);
us_code us_history_voters(
    struct us_history *h, us_history_voter_take *take, void *ctx, struct us_error *e);

/* Everybody whom any line names; internal: never counted. */
typedef us_code us_history_person_take(
    void *ctx, us_str key, bool identified, bool internal, struct us_error *e);
us_code us_history_persons(
    struct us_history *h, us_history_person_take *take, void *ctx, struct us_error *e);

/* All ids of one person, who is asked for by a userId, an anonymousId or an e-mail
 * address; texts in the arena. US_NOT_FOUND "history.no_person" {id}: nobody is known
 * by it, nor a contact. */
struct us_history_circle {
    us_str asked;
    us_str *users, *anonymous; /* whose lines are all this person's */
    size_t user_count, anonymous_count;
    us_str *shared; /* anonymousIds that were others' too; of their lines without a */
    size_t shared_count; /* userId these, by seq, in order: */
    int64_t *lines;
    size_t line_count;
    us_str *emails; /* lower case; nobody else's, but for the one asked for */
    size_t email_count;
    size_t others_emails; /* that are left out, as others have them too */
};
us_code us_history_circle(struct us_history *h, us_str asked, struct us_arena *a,
    struct us_history_circle *out, struct us_error *e);

/* Every id of people of whom nothing happened at `before` or later. */
us_code us_history_gone(struct us_history *h, int64_t before,
    us_history_person_take *take, void *ctx, struct us_error *e);

/* The known of the last line that any answer may rest on; US_ALWAYS without any. */
us_code us_history_last_known(struct us_history *h, int64_t *out, struct us_error *e);
/* Of the last message, or dated trait: where what the product told ends. Rows of an
 * import without a time of their own are known since it, which is later. */
us_code us_history_last_message(struct us_history *h, int64_t *out, struct us_error *e);

/* An account's key, an id or an address that is one of rules->internal. */
bool us_history_is_internal(
    const struct us_history_rules *rules, us_str key, struct us_arena *a);

/* Of identified people: whose e-mail is known; whose newest is at a free-mail domain;
 * and whose company is known: by a work address, or by an event in an account that the
 * mapping of companies names (in any account, where the unit is the company). */
struct us_history_mails {
    int64_t known, free, with_company;
};
us_code us_history_mails(
    struct us_history *h, struct us_history_mails *out, struct us_error *e);

/* How many accounts (identified people for user traits) have each trait ever. */
struct us_history_trait {
    us_str key;
    bool user;
    int64_t known, of;
};
us_code us_history_traits(struct us_history *h, struct us_arena *a,
    struct us_history_trait **out, size_t *count, struct us_error *e);

/* Rows of any SQL, as text cells, for query and status; numbers and times keep their
 * kind for JSON. */
struct us_history_cell {
    us_str text;
    bool null, number;
};
struct us_history_rows {
    us_str *columns;
    size_t column_count;
};
typedef us_code us_history_row(void *ctx, const struct us_history_rows *head,
    const struct us_history_cell *cells, struct us_error *e);
us_code us_history_sql(struct us_history *h, us_str sql, us_history_row *row, void *ctx,
    struct us_error *e);

/* Bring the tables behind the views seen_… (docs/schema.md) up to date, before SQL of
 * whoever asks. Cheap when nothing was loaded since the last time. Needs a handle that
 * writes, with nothing pending. */
us_code us_history_seen(struct us_history *h, struct us_error *e);

/* The property columns of rules, those that are not there built from the journal first,
 * as us_history_open does; they stay. Needs a handle that writes, with nothing pending;
 * handles beside it see them only when they are made after it. */
us_code us_history_want(struct us_history *h, const struct us_history_rules *rules,
    us_history_progress *progress, void *ctx, struct us_error *e);

/* The name in SQL of each column; US_INPUT "history.column_absent" when history has it
 * not. Names live as long as the handle. */
us_code us_history_column_names(struct us_history *h, const struct us_column *columns,
    size_t count, us_str *names, struct us_error *e);

/* As spelled in a row of a log; as long as the handle. */
us_str us_history_name_of(const struct us_history *h, uint32_t spelled);

/* One statement without an answer (export's COPY). */
us_code us_history_run(struct us_history *h, us_str sql, struct us_error *e);

/* A DuckDB of its own in memory, for reading foreign CSV and Parquet files. */
us_code us_history_scratch(struct us_history **out, struct us_error *e);

const char *us_history_engine(void); /* "DuckDB v1.5.6" */

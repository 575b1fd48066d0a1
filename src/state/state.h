/* state.h: decisions. What was judged, routed, queued and told, and how far.
 *
 * data/state.sqlite is never derived: a transition that was once told stays, whatever
 * is learned of the past later (semantics 15, 21). What belongs together is committed
 * together: transitions, their versions, what plays make of them, what is to be told
 * outside, and the evaluator's place in the journal go in one transaction, so that a
 * restart at that place doubles nothing and misses nothing (semantics 23). After US_OK
 * it is on the disk.
 *
 * A file is of a format; an older one is brought up to date when it is opened for
 * writing, in one transaction, and one of a newer usher is refused.
 *
 * Owns:    its file. What is put in is copied; what comes out lives in the arena given.
 * Fails:   US_NOT_FOUND "state.missing" to a reader when there is no file; US_BUSY when
 *          another process writes for longer than US_STATE_BUSY_MS; US_IO with the
 * path, a full disk "state.full"; US_INPUT "state.damaged" for a file that is no state
 * or is broken; US_REFUSED "state.newer". After a failure nothing of the call is in the
 * file. Threads: a handle is used by one thread at a time; each thread opens its own.
 * Writers take turns, readers wait for nobody and see whole transactions.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "journal/journal.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    US_STATE_FORMAT = 6,
    US_STATE_BUSY_MS = 5000,
    US_STATE_ROWS_MAX = 10000,      /* of one list */
    US_STATE_PAGE_BYTES = 8 << 20,  /* … after which one of large rows ends early */
    US_STATE_RESULT_MAX = 32 << 20, /* of a job */
    US_STATE_TEXT_MAX = 1 << 20,    /* bytes of one text: an explanation, a body */
    US_STATE_BATCH_MAX = 10000000,  /* rows of each kind in one batch */
};

struct us_state; /* opaque */

/* dir is data/ of the workspace. Writing makes the file when there is none. */
us_code us_state_open(
    us_str dir, bool write, struct us_state **out, struct us_error *e);
void us_state_close(struct us_state *s); /* NULL is fine */

us_str us_state_path(us_str dir, struct us_arena *a);

/* Every page read and held against the others; slow with the size of the file. */
us_code us_state_check(struct us_state *s, struct us_error *e);

/* A copy at `path`, a file that is not there yet, as of one moment, while others write;
 * synced. US_NOT_FOUND when there is no state. */
us_code us_state_copy(us_str dir, us_str path, struct us_error *e);

/* ---- transitions ---- */

/* What a put met. */
typedef enum us_put {
    US_PUT_ADDED,
    US_PUT_REPEATED, /* it is there, the same */
    US_PUT_DIFFERS,  /* another one is there, and stays as it is */
} us_put;

/* Words are those of qualify/machine.h. An entry has one row and one end: (definition,
 * account, user, ordinal, whether it enters) is unique. */
struct us_state_transition {
    us_str definition, version; /* version: 16 hex digits */
    us_str account, user;       /* user: of a pql, else empty */
    us_str company;             /* of the account at t; empty: it has none */
    us_str change;              /* "entered", "converted", … */
    int64_t t, since;           /* since: of the entry it ends; t when it enters */
    uint32_t ordinal;           /* of the entry: 1, 2, … */
    bool live;          /* caused by live lines or time; not by imported or old ones */
    us_str explanation; /* JSON */
    us_str silent; /* time alone brought it about while this source was silent; else
                      empty */

    bool found;        /* of a batch, not kept: told of before its definition was in
                          force for the first time, so that no play was live on it */
    int64_t id;        /* rises with every commit; cursors stand on it */
    int64_t corrected; /* when a link undone made it untrue; US_NEVER: not */
    us_put put;        /* of a batch, after its commit */
};
struct us_state_transition_list {
    struct us_state_transition *items;
    size_t count;
    bool more; /* it ended early, by US_STATE_PAGE_BYTES */
};

/* Read in order of id (newest_first: the other way round). Empty texts and zeros ask
 * for everything. */
struct us_state_transitions_asked {
    us_str definition, account, user, company, change;
    int64_t after;    /* ids beyond it: above, or with newest_first below; 0: all */
    int64_t from, to; /* of t; to 0: no end */
    bool newest_first;
    size_t limit; /* at most US_STATE_ROWS_MAX, which 0 is too */
};
us_code us_state_transitions(struct us_state *s,
    const struct us_state_transitions_asked *asked, struct us_arena *a,
    struct us_state_transition_list *out, struct us_error *e);

/* The last id given, 0 when there is none: where a stream begins. */
us_code us_state_last_id(struct us_state *s, int64_t *out, struct us_error *e);

/* The last transition of every account and person of a definition, in order of account
 * and user: how the machines stood. The row lives during the call; a non-OK answer of
 * take ends it and is passed on. */
typedef us_code us_state_take(
    void *ctx, const struct us_state_transition *row, struct us_error *e);
us_code us_state_standings(struct us_state *s, us_str definition, us_state_take *take,
    void *ctx, struct us_error *e);

/* How far the machines came, at the cost of an index: so many entries, and whether the
 * last of them is over. One that is known by us_state_standings_beyond alone has none.
 * The row lives during the call. */
struct us_state_who {
    us_str definition, account, user;
};
typedef us_code us_state_take_reached(void *ctx, const struct us_state_who *who,
    uint32_t entries, bool over, struct us_error *e);
us_code us_state_reached(struct us_state *s, us_str definition,
    us_state_take_reached *take, void *ctx, struct us_error *e);

/* What of a machine its last transition does not say: it cooled, was ineligible once,
 * or waits for its hold to pass. Of the machine after so many entries and, unless there
 * was none, the exit of the last. */
struct us_state_standing {
    us_str definition, account, user;
    int64_t entries;
    bool cooled, reset;
    int64_t holding; /* since; US_NEVER: it does not */
    /* when it is read, of that exit: */
    us_str change;
    int64_t t, since;
};
/* Those that hold still, in order of account and user; as us_state_standings. */
typedef us_code us_state_take_standing(
    void *ctx, const struct us_state_standing *row, struct us_error *e);
us_code us_state_standings_beyond(struct us_state *s, us_str definition,
    us_state_take_standing *take, void *ctx, struct us_error *e);

/* The same of one of them. */
us_code us_state_standing(struct us_state *s, const struct us_state_who *who,
    us_state_take *take, void *ctx, struct us_error *e);
us_code us_state_standing_beyond(struct us_state *s, const struct us_state_who *who,
    us_state_take_standing *take, void *ctx, struct us_error *e);

/* A link that was undone made a transition untrue: it stays, marked with the first
 * moment `at` of which that is told. One that is not there, or is another one, is left
 * alone. */
struct us_state_correction {
    us_str definition, account, user, change;
    int64_t t;
    int64_t at;
};

/* ---- versions of definitions: the text of every one that ever ran ---- */

struct us_state_version {
    us_str definition, version;
    us_str canon; /* the canonical expressions that the version is the hash of */
    us_str text;  /* the definition as it was written */
    int64_t first_run;
    bool given; /* the definition goes on by how accounts stand, as it came to this
                   text, or back to it, while there was something told. Once set it
                   stays */
};
struct us_state_version_list {
    struct us_state_version *items;
    size_t count;
};
us_code us_state_versions(struct us_state *s, us_str definition, struct us_arena *a,
    struct us_state_version_list *out, struct us_error *e);
/* US_NOT_FOUND when it never ran. */
us_code us_state_version(struct us_state *s, us_str definition, us_str version,
    struct us_arena *a, struct us_state_version *out, struct us_error *e);

/* ---- the evaluator's place ---- */

struct us_state_position {
    us_pos at;     /* every line before it is evaluated */
    int64_t known; /* all moments up to and with it are over; US_ALWAYS: none yet */
    us_str config; /* what it was by, in its words; empty: none yet */
};
us_code us_state_position(struct us_state *s, struct us_arena *a,
    struct us_state_position *out, struct us_error *e);

/* ---- outbox: what is to be told outside, once ---- */

typedef enum us_outbox_status {
    US_OUTBOX_WAITING,
    US_OUTBOX_TAKEN, /* being delivered, until `due` */
    US_OUTBOX_DONE,
    US_OUTBOX_FAILED, /* given up */
    US_OUTBOX_STATUSES
} us_outbox_status;

/* (key, kind) is unique: a second put is no row. */
struct us_state_outbox {
    us_str key;  /* by which the outside knows it: us_state_key */
    us_str kind; /* "slack", "webhook", … and what of it */
    us_str body; /* JSON */
    int64_t created;

    int64_t id;
    us_outbox_status status;
    int64_t due; /* not before it; when taken, until when */
    int64_t done;
    uint32_t attempts;
    us_str why; /* of the last attempt that failed */
    us_put put; /* of a batch, after its commit */
};
struct us_state_outbox_rows {
    struct us_state_outbox *items;
    size_t count;
};

/* The outside idempotency key of an entry (semantics 23): definition, account, user and
 * ordinal, '/' between; '/' and '%' in them percent-encoded. */
us_str us_state_key(us_str definition, us_str account, us_str user, uint32_t ordinal,
    struct us_arena *a);

/* In order of id, those of the status with ids above after; US_STATE_ROWS_MAX of them.
 */
us_code us_state_outbox_list(struct us_state *s, us_outbox_status status, int64_t after,
    struct us_arena *a, struct us_state_outbox_rows *out, struct us_error *e);

/* The oldest that waits and is due, or was taken and not heard of again until `due`: it
 * is taken until `until`. US_NOT_FOUND when there is none. */
us_code us_state_outbox_take(struct us_state *s, int64_t now, int64_t until,
    struct us_arena *a, struct us_state_outbox *out, struct us_error *e);
us_code us_state_outbox_done(
    struct us_state *s, int64_t id, int64_t at, struct us_error *e);
/* Again at `due`; US_NEVER: it is given up. */
us_code us_state_outbox_failed(
    struct us_state *s, int64_t id, int64_t due, us_str why, struct us_error *e);

/* ---- plays, and what they made of each transition ---- */

/* Of a transition by a play, each with its own word (semantics 19, 22). Later issues
 * add holdout, collision and capacity. */
typedef enum us_routing {
    US_ROUTING_QUEUED,
    US_ROUTING_NO_ENTRY, /* nothing begins by it */
    US_ROUTING_BEFORE,   /* before the play's live_from, or before its definition was
                            in force for the first time: its backlog */
    US_ROUTING_IMPORTED, /* else, caused by imported or old lines */
    US_ROUTING_OPEN,     /* the company has an open handoff */
    US_ROUTING_SILENT,   /* by time alone while a source was silent: its backlog, until
                            that is heard again (semantics 24) */
    US_ROUTINGS
} us_routing;
us_str us_routing_word(us_routing r); /* "queued", "no_entry", "before_live", … */

struct us_state_play {
    us_str name;
    us_str definition;  /* on */
    int64_t first_seen; /* by a server */
    int64_t live_from;  /* transitions before it are never routed; of one that is put:
                           what usher.yml asks, or US_ALWAYS */
    int64_t backlog;    /* of usher.yml, not kept: how many of its backlog go on by
                           themselves in any 7 days */
};
struct us_state_play_list {
    struct us_state_play *items;
    size_t count;
};

/* What a play does with a transition; unit_open: its company, or itself where it has
 * none, has an open handoff. Pure. */
us_routing us_state_route(const struct us_state_play *play,
    const struct us_state_transition *transition, bool unit_open);

/* From when on a play is live: not before a server has seen it, nor before what
 * usher.yml asks (US_ALWAYS: nothing). */
int64_t us_state_live_from(int64_t first_seen, int64_t asked);

/* Who was qualified already when a play became live, came back to usher.yml or was put
 * on something else, or qualified while a source was silent. */
typedef enum us_backlog_status {
    US_BACKLOG_WAITING,
    US_BACKLOG_RELEASED, /* it became a handoff */
    US_BACKLOG_GONE,     /* it left before that */
    US_BACKLOGS
} us_backlog_status;

struct us_state_backlog {
    us_str play, account, user, company;
    us_str definition, version;
    int64_t since; /* of its entry */
    uint32_t ordinal;
    us_str silent; /* the source it waits for; empty: it was in before the play was live
                    */

    int64_t id;
    us_backlog_status status;
    int64_t ended;   /* when it was released or gone; US_NEVER */
    int64_t handoff; /* 0: none */
};
struct us_state_backlog_rows {
    struct us_state_backlog *items;
    size_t count;
};

/* A play that a server meets at first_seen. Whoever is qualified by the transitions so
 * far, and of whom it made nothing, is its backlog: one that none has met before
 * (*fresh) made nothing of anybody, and one that is known of nobody while it was not
 * among a batch's plays, or `on` something else. Those whose entry before live_from is
 * committed later join it. Of one that is known first_seen stays, and what it is `on`
 * and from when on it is live are by what is asked now. What was made of entries stays;
 * but who waits for a source and qualified before a day that is put off waits for none
 * any more. */
us_code us_state_play_put(struct us_state *s, const struct us_state_play *play,
    bool *fresh, struct us_error *e);
us_code us_state_plays(struct us_state *s, struct us_arena *a,
    struct us_state_play_list *out, struct us_error *e);

/* In order of id; US_BACKLOGS asks for all. */
us_code us_state_backlog_list(struct us_state *s, us_str play, us_backlog_status status,
    struct us_arena *a, struct us_state_backlog_rows *out, struct us_error *e);
/* Those that wait for a source, of all plays. */
us_code us_state_backlog_silent(struct us_state *s, struct us_arena *a,
    struct us_state_backlog_rows *out, struct us_error *e);
/* It waits for no source any more, but as those that were in before the play was live.
 */
us_code us_state_backlog_heard(struct us_state *s, int64_t id, struct us_error *e);
/* How many of the play were released at `from` or later, for so many a week; those that
 * waited for a source do not count. */
us_code us_state_backlog_released(
    struct us_state *s, us_str play, int64_t from, int64_t *out, struct us_error *e);
/* Make one that waits a handoff. US_NOT_FOUND when it does not wait; US_REFUSED
 * "state.open" when its company has an open handoff: it goes on waiting. */
us_code us_state_backlog_release(
    struct us_state *s, int64_t id, int64_t at, int64_t *handoff, struct us_error *e);

/* ---- handoffs: of their states only the first ---- */

struct us_state_handoff {
    us_str play, definition, version, account, user, company;
    uint32_t ordinal;
    int64_t transition;         /* its id; 0: from a backlog */
    int64_t id, queued, closed; /* closed: US_NEVER while it is open */
    us_str status;              /* "queued" */
};
struct us_state_handoff_list {
    struct us_state_handoff *items;
    size_t count;
};
/* The open ones, in order of id; an empty play: of all. */
us_code us_state_handoffs(struct us_state *s, us_str play, struct us_arena *a,
    struct us_state_handoff_list *out, struct us_error *e);

/* What plays made of a transition. */
struct us_state_routed {
    int64_t transition;
    us_str play;
    us_routing routing;
    int64_t at, handoff; /* 0: none */
};
struct us_state_routed_list {
    struct us_state_routed *items;
    size_t count;
};
us_code us_state_routed(struct us_state *s, int64_t transition, struct us_arena *a,
    struct us_state_routed_list *out, struct us_error *e);

/* ---- one commit of the evaluator ---- */

/* Everything in it, or nothing. Each entry that is new goes through those of `plays`
 * that are on its definition: what that makes of it is recorded, and a handoff queued
 * or a backlog joined where it says so; an exit takes its account off backlogs. `from`
 * must be where the last commit ended, else US_REFUSED "state.position": two evaluators
 * are at work. */
struct us_state_batch {
    struct us_state_transition *transitions;
    size_t transition_count;
    const struct us_state_version *versions;
    size_t version_count;
    struct us_state_outbox *outbox;
    size_t outbox_count;
    const struct us_state_standing *standings; /* the last of one counts */
    size_t standing_count;
    const struct us_state_correction *corrections; /* of transitions there, or above */
    size_t correction_count;
    const us_str *plays; /* names of those in usher.yml, put before */
    size_t play_count;
    us_pos from;
    struct us_state_position position;
    int64_t now; /* of the clock: when handoffs are queued */

    /* when it is done */
    size_t added, repeated, differing; /* transitions */
    size_t queued;                     /* handoffs */
};
us_code us_state_commit(
    struct us_state *s, struct us_state_batch *b, struct us_error *e);

/* ---- jobs ---- */

typedef enum us_job_status {
    US_JOB_WAITING,
    US_JOB_RUNNING,
    US_JOB_DONE,
    US_JOB_FAILED,
    US_JOB_CANCELLED,
    US_JOBS
} us_job_status;
us_str us_job_word(us_job_status status); /* "waiting", "running", … */

struct us_state_job {
    us_str kind, args; /* args: JSON */
    int64_t created;
    int64_t id, started, ended; /* US_NEVER */
    us_job_status status;
    us_str result; /* JSON; empty in a list */
    us_str why;    /* it failed */
};
struct us_state_job_list {
    struct us_state_job *items;
    size_t count;
    bool more; /* it ended early, by US_STATE_PAGE_BYTES */
};
us_code us_state_job_put(
    struct us_state *s, struct us_state_job *job, struct us_error *e); /* gives id */
/* The oldest that waits now runs. US_NOT_FOUND: none waits. */
us_code us_state_job_next(struct us_state *s, int64_t at, struct us_arena *a,
    struct us_state_job *out, struct us_error *e);
/* id, status, ended, result and why of job; US_NOT_FOUND when it runs no more: it was
 * cancelled. */
us_code us_state_job_end(
    struct us_state *s, const struct us_state_job *job, struct us_error *e);
/* One that waits or runs. */
us_code us_state_job_cancel(
    struct us_state *s, int64_t id, int64_t at, struct us_error *e);
/* One that runs waits again; US_NOT_FOUND as above. */
us_code us_state_job_again(struct us_state *s, int64_t id, struct us_error *e);
/* Those that ran when the server ended have failed. */
us_code us_state_jobs_interrupted(
    struct us_state *s, int64_t at, us_str why, struct us_error *e);
us_code us_state_jobs_waiting(struct us_state *s, int64_t *out, struct us_error *e);
/* Those that are over go, but for the newest `keep` of all. */
us_code us_state_jobs_prune(struct us_state *s, int64_t keep, struct us_error *e);
us_code us_state_job(struct us_state *s, int64_t id, struct us_arena *a,
    struct us_state_job *out, struct us_error *e);
/* Newest first, those with ids below `before` (0: all); US_STATE_ROWS_MAX of them. */
us_code us_state_jobs(struct us_state *s, int64_t before, struct us_arena *a,
    struct us_state_job_list *out, struct us_error *e);

/* ---- audit: who changed what ---- */

struct us_state_audit {
    int64_t at;
    us_str who, what, about, details; /* details: JSON */
    int64_t id;
};
struct us_state_audit_list {
    struct us_state_audit *items;
    size_t count;
};
us_code us_state_audit_put(
    struct us_state *s, struct us_state_audit *row, struct us_error *e); /* gives id */
/* As us_state_jobs. */
us_code us_state_audits(struct us_state *s, int64_t before, struct us_arena *a,
    struct us_state_audit_list *out, struct us_error *e);

/* ---- a person taken out (semantics 30) ---- */

/* Decisions of these users alone are deleted, with what plays and the outbox made of
 * them; in every text that is left mask puts stars (NULL: none is looked at). That it
 * was done is recorded, once for each `about`. On success nothing of it is left in the
 * file or its log. No transaction of another handle is open for long meanwhile. */
struct us_state_forget {
    const us_str *users;
    size_t user_count;
    bool (*mask)(void *ctx, char *text, size_t len);
    void *ctx;
    struct us_state_audit audit; /* what: "forget" or "retention" */
};
us_code us_state_forget(struct us_state *s, const struct us_state_forget *asked,
    int64_t *rows, struct us_error *e);

/* Whether lines were ever taken out, so that the past a replay finds is no longer the
 * one that was told. */
us_code us_state_forgotten(struct us_state *s, bool *any, struct us_error *e);

/* loader.h: the one holder of history while the server runs.
 *
 * A thread follows the journal and loads what became durable in large transactions: at
 * once when many lines wait, else a moment after the first. It opens history itself, so
 * that a server takes events before history is there. Nothing here stands between a
 * client and its 200: history may be slow, or fail, and lags; the journal keeps the
 * lines until it does better. After a failure history is closed, and opened again after
 * a pause that doubles up to a minute.
 *
 * Whoever wants history takes a turn at it (us_loader_use). Turns are given in the
 * order they were asked for, and while something is to be loaded first each is one
 * transaction long, so that nobody waits for ever.
 *
 * Settling (history.h) looks at whom new lines concern, and once at everybody: the
 * thread does it when it took under a twentieth of the time since the last; a turn
 * always finds history settled.
 *
 * Owns:    its thread and the handle of history. `data`, `journal` and the rules stay
 *          the caller's, and must outlive it.
 * Fails:   as history and the journal do; what went wrong last is in the counts.
 * Threads: any, but for close. Callbacks run in whatever thread has the turn, and must
 *          not ask for one.
 */
#pragma once

#include "answer/lag.h"
#include "history/history.h"

enum {
    US_LOADER_ROWS = 100000,        /* in one transaction, about */
    US_LOADER_WAIT_MS = 1000,       /* after which fewer are loaded as well */
    US_LOADER_PAUSE_MS = 1000,      /* after a first failure */
    US_LOADER_PAUSE_MAX_MS = 60000, /* it doubles up to this */
    US_LOADER_LAY_NICE = 10,
    US_LOADER_LAY_REST = 4, /* times as long as it took, before it lays again */
    US_LOADER_LAY_LOOK_MS = 1000,
    US_LOADER_LAY_PAUSE_MS = 60000, /* after a failure */
    US_LOADER_NICE = 5, /* its thread, and DuckDB's: it can be late, a client waits */
    US_LOADER_SETTLE_SHARE = 20, /* one part in so many goes into settling unasked */
};

/* How far the journal is durable; seq 0: not known. */
struct us_loader_end {
    us_pos at;
    int64_t seq;
};

struct us_loader_options {
    us_str data, journal;
    const struct us_history_rules *rules;
    int64_t rows;                               /* 0: US_LOADER_ROWS */
    int wait_ms;                                /* 0: US_LOADER_WAIT_MS */
    int pause_ms;                               /* 0: US_LOADER_PAUSE_MS */
    struct us_loader_end (*durable)(void *ctx); /* NULL: whatever readers see */
    us_history_progress *progress; /* while history is opened; may be NULL */
    /* After each commit: how far history is, and the known of the last line in it.
     * NULL: nobody asks. */
    void (*loaded)(void *ctx, us_pos position, int64_t known);
    /* Once for each failure, with the pause before the next attempt. */
    void (*failed)(void *ctx, const struct us_error *why, int pause_ms);
    void *ctx;
    struct us_fresh *fresh; /* asked before the journal, once durable says so; NULL */
};

struct us_loader;
/* Only starts the thread: history may not be open yet. */
us_code us_loader_open(const struct us_loader_options *options, struct us_loader **out,
    struct us_error *e);

/* Load what there is, unless history fails, and close it. NULL is fine. */
void us_loader_close(struct us_loader *l);

/* A group became durable. Cheap. */
void us_loader_wake(struct us_loader *l);

/* Have history to oneself: everything of the journal before upto ({0,0}: what is loaded
 * already) is loaded, committed and settled, then work runs in the caller's thread, and
 * its answer is passed on. US_NOT_FOUND "server.history_not_there" where the journal
 * itself does not reach that far. Work must not load, and must not keep the handle. */
typedef us_code us_loader_work(void *ctx, struct us_history *h, struct us_error *e);
us_code us_loader_use(struct us_loader *l, us_pos upto, us_loader_work *work, void *ctx,
    struct us_error *e);

/* The same for who asks for lines as they came (us_history_lines_of): not settled. */
us_code us_loader_use_lines(struct us_loader *l, us_pos upto, us_loader_work *work,
    void *ctx, struct us_error *e);

/* What is to be in an answer that waits no longer than it must. */
struct us_loader_wish {
    struct us_loader_end upto; /* all before it */
    int64_t until; /* us_server_ticks, after which no transaction is begun for it */
    struct us_lag behind; /* set: what is not in it */
};
/* As us_loader_use. What is slow by itself (a transaction, settling, rules that change)
 * is ended, so the wait may be longer by that. */
us_code us_loader_use_soon(struct us_loader *l, struct us_loader_wish *wish,
    us_loader_work *work, void *ctx, struct us_error *e);

/* Other rules from here on, which then are what must stay. Where they have other
 * columns alone (us_history_rules_alike) those that are missing are built from the
 * journal; else history is opened anew: who wants a handle beside waits for two seconds
 * at a time, so that those who have one come to an end. On a failure it goes on by the
 * old ones; so it does, with US_BUSY "server.history_asked", where somebody asks beside
 * for more than ten seconds. */
us_code us_loader_rules(
    struct us_loader *l, const struct us_history_rules *rules, struct us_error *e);

const struct us_history_rules *us_loader_ruled(struct us_loader *l);
/* Whoever else needs the new rules did not take them: history is opened by the old ones
 * from here on. The handle that is open has its own copy, with perhaps a column more.
 */
void us_loader_rules_back(struct us_loader *l, const struct us_history_rules *rules);

/* Another file takes the place of history's (us_import_put_anew): closed, put, opened
 * again, in a turn that waits until nobody asks beside. What the new one lacks is
 * loaded after. */
typedef us_code us_loader_put(void *ctx, struct us_error *e);
us_code us_loader_anew(
    struct us_loader *l, us_loader_put *put, void *ctx, struct us_error *e);
/* A moment in which nobody asks beside: what is held up for us_loader_anew is so after
 * it. Both wait for ten minutes at most. */
us_code us_loader_alone(struct us_loader *l, struct us_error *e);

/* A handle to ask by while the loader goes on (us_history_beside), with everything
 * before upto in it. It is closed by the other before the loader is; while it lives a
 * history that failed is not opened anew. */
us_code us_loader_beside(
    struct us_loader *l, us_pos upto, struct us_history **out, struct us_error *e);
/* prepare: what history is given first, in the same turn; NULL: nothing. */
us_code us_loader_beside_soon(struct us_loader *l, struct us_loader_wish *wish,
    us_loader_work *prepare, void *ctx, struct us_history **out, struct us_error *e);
void us_loader_beside_close(struct us_loader *l, struct us_history *h);

/* Put the replay store on the disk (us_replay_lay), beside who loads and asks. The
 * loader does so by itself each time so many lines came: what is not laid is sorted by
 * every question anew. Who is at it already is not waited for. US_BUSY
 * "history.lay_ended" where somebody wants history alone, or the loader is to be
 * closed. */
us_code us_loader_lay(struct us_loader *l, struct us_error *e);

struct us_loader_counts {
    bool open;            /* history is */
    us_pos position;      /* loaded and committed before it */
    int64_t seq;          /* of the last line loaded; 0: none, or not known yet */
    int64_t known;        /* likewise; US_ALWAYS */
    int64_t memory_bytes; /* what the database says it has, a second ago at most */
    int64_t rows;         /* loaded since the server began */
    int64_t commits, settles, failures;
    int64_t failing;   /* failures in a row; 0: it does well */
    int64_t lays;      /* of the replay store */
    int64_t lag_lines; /* durable and not loaded; -1: not known */
    int64_t lag_us;    /* for how long anything has been so; 0: nothing is */
};
struct us_loader_counts us_loader_counts(struct us_loader *l);
/* Of the last failure; false: there was none. */
bool us_loader_why(struct us_loader *l, struct us_error *why);

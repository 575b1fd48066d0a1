/* evaluate_inner.h: what the files of the evaluator share. */
#pragma once

#include "history/replay.h"
#include "server/book.h"
#include "server/evaluate.h"
#include "server/fresh.h"
#include "server/recent.h"

enum { US_EVALUATOR_TOUCHED_MAX = 1024 }; /* accounts a line may touch one by one */

struct us_evaluator {
    struct us_arena own;
    struct us_evaluator_options o;
    struct us_arena rules_arena;
    struct us_live_rules *live;
    struct us_intern names; /* of need, and what they are also called */
    uint32_t *name_of;      /* by that: index of need.names */
    struct us_fresh_follower follower;
    struct us_json *json;

    /* Made anew by every load. */
    struct us_arena shard_arena;
    struct us_shard *shard;
    struct us_book *book;
    struct us_recent *recent; /* by the book's numbers */

    struct us_log given; /* of the account whose rows were asked for last */
    bool given_now;      /* it is being given them */

    struct us_arena line;  /* scratch of one line */
    struct us_arena again; /* of an account's rows */
    struct us_arena come;  /* of rows that come */
    struct us_arena texts; /* of the batch */
    struct us_arena items; /* the batch */
    size_t told_count;
    struct us_arena stands; /* of the batch, likewise */
    size_t stand_count;
    struct us_arena corrections; /* of the batch, likewise */
    size_t correction_count;
    struct us_arena undone; /* links taken back since what was told, in order of that */
    size_t undone_count;
    us_pos from, position, group_end; /* of the batch; taken; of the group at hand */
    int64_t now;                      /* the moment at hand; US_ALWAYS before any */
    int64_t last;                     /* the newest known of a line taken */
    int64_t over; /* moments up to it are over and told, or will be with the batch */
    bool stale;   /* all has to be loaded again */
    bool loading, loaded;
    bool giving; /* of it, the end: machines are given back */
    bool first;  /* nothing was ever told: all of it is the past */
    bool past;   /* the load at hand may find transitions that nobody was told */
    bool owed;   /* `past` was set and nothing told since */
    us_evaluator_how *how; /* by definition */
    uint32_t given_definition;
    struct us_arena moved; /* numbers of accounts of which rows came after `over` */
    size_t moved_count;
    int64_t load_until;
    int64_t fixed_seq; /* rows since ever were taken up to that line */
    bool owing;        /* what of an account's past nobody was told */
    size_t owe_count;  /* in this step */
    us_code broken;    /* rows could not be given */
    struct us_error why;
    struct us_evaluator_counts counts;
};

/* ---- evaluate_load.c ---- */
us_code us_evaluator_load(struct us_evaluator *v, struct us_error *e);

/* ---- evaluate_kept.c ---- */
/* Take the file of the options, if there is one and all is as it was; nobody was met
 * yet. Where it is not taken, book and shard may be half of it. */
us_code us_evaluator_kept(struct us_evaluator *v, bool *taken, struct us_error *e);

/* ---- evaluate_gather.c ---- */
struct us_gathered_told {
    uint32_t definition, user; /* user: among the people of the facts; US_NOBODY */
    struct us_transition change;
    us_str explanation;
};
/* Of an account. Users of machines are as those above, and their account is not set. */
struct us_gathered {
    struct us_runs runs;
    struct us_log log; /* what of it is known by `until` */
    struct us_gathered_told *told;
    size_t told_count, told_cap;
    struct us_given_machine *machines;
    size_t machine_count, machine_cap;
    int64_t *converted; /* by definition */
};
struct us_gathering {
    const struct us_rules *rules;
    const struct us_replay_view *view;
    int64_t until;
    const int64_t *after; /* by definition: transitions later than it are wanted */
    size_t chunk;         /* accounts a thread takes at once */
    const _Atomic bool *stop;
    /* One account after the other, by key, in the thread that asks; in the arena what
     * lives as long as what was gathered. */
    us_code (*take)(
        void *ctx, struct us_gathered *g, struct us_arena *a, struct us_error *e);
    void *ctx;
};
us_code us_evaluator_gather(const struct us_gathering *g, struct us_error *e);
/* One account by its log, of which what is known by `until` is looked at; neither view
 * nor take are asked. In the arena; what it says lives as long as the log. */
void us_evaluator_gather_one(const struct us_gathering *g, const struct us_log *log,
    struct us_arena *a, struct us_gathered *out);

/* ---- evaluate_load.c, on ---- */
/* Definitions that had another text go on as they stand by what was told. */
us_code us_evaluator_give(struct us_evaluator *v, struct us_error *e);
/* What was told from there on, in its order. */
void us_evaluator_order(struct us_evaluator *v, size_t from);

/* ---- evaluate.c ---- */
/* That rows could not be given, with texts that are e's own; else US_OK. */
us_code us_evaluator_broken(const struct us_evaluator *v, struct us_error *e);

/* ---- evaluate_past.c ---- */
/* Sets `past` where lines that history has, before `to`, and nobody evaluated are seen
 * at a moment told already. */
us_code us_evaluator_past(struct us_evaluator *v, us_pos to, struct us_error *e);

/* ---- evaluate_renew.c ---- */
/* A log of history in the numbers of the book; its people become the account's. In the
 * arena, values and texts borrowed. */
void us_evaluator_adopt(struct us_evaluator *v, struct us_arena *a,
    const struct us_log *log, struct us_log *out);
/* The book's number of a person of the log; people: of all of them, in its order. */
uint32_t us_evaluator_person(
    const struct us_log *log, const uint32_t *people, uint32_t id);
/* Give the account its rows as they are seen at t, if any begins or ends there, and it
 * is none of ours. */
void us_evaluator_renew(struct us_evaluator *v, uint32_t account, int64_t t);
/* A call of the shard, which wants the rows of an account once more. */
void us_evaluator_again(void *ctx, struct us_shard *s, uint32_t account, int64_t t);

/* ---- evaluate_undone.c ---- */
/* A link that held in [known, undone); US_NEVER: it holds. All of a load, then ready.
 */
void us_evaluator_undone_put(struct us_evaluator *v, int64_t known, int64_t undone);
void us_evaluator_undone_ready(struct us_evaluator *v);
/* What of it was told while one of them held, and would not have been without, is told
 * to be corrected. The log is history's; the arena is of what is gathered. */
void us_evaluator_undone_look(
    struct us_evaluator *v, const struct us_log *log, struct us_arena *a);

/* ---- evaluate_owe.c ---- */
/* Whether what is told of a trait of the account is a fact of all time. */
bool us_evaluator_is_fixed(const struct us_evaluator *v, us_str key);
/* Rows of the account that are seen since ever came with the line at t: what a replay
 * then finds in its past and nobody was told is told, and it goes on from there. False:
 * there were many in this step, and all will be loaded. */
bool us_evaluator_owe(struct us_evaluator *v, uint32_t account, int64_t t);
/* Without rows of facts of all time that no line at hand or before it brought: history
 * may have read on. */
void us_evaluator_not_yet(const struct us_evaluator *v, struct us_log *log);

/* ---- evaluate_come.c ---- */
/* Give accounts the lines that come to them at t. */
void us_evaluator_come(
    struct us_evaluator *v, const struct us_book_touched *what, int64_t t);

/* Payments and deals of the account that became known at t. */
void us_evaluator_money(struct us_evaluator *v, uint32_t account, int64_t t);

/* ---- evaluate_link.c ---- */
/* Accounts that a line has given anew. */
struct us_evaluator_renewed {
    uint32_t accounts[US_EVALUATOR_TOUCHED_MAX];
    size_t count;
};

bool us_evaluator_is_renewed(const struct us_evaluator_renewed *r, uint32_t account);
/* An account of our own people, which is never counted. */
bool us_evaluator_is_ours(struct us_evaluator *v, us_str key);
void us_evaluator_renew_all(
    struct us_evaluator *v, const struct us_book_touched *touched, int64_t t);
/* Of a line with several links each is taken so, one after the other. */
void us_evaluator_link(
    struct us_evaluator *v, const struct us_link *link, struct us_evaluator_renewed *r);
void us_evaluator_renew_person(struct us_evaluator *v, uint32_t person, int64_t t);

/* ---- evaluate_told.c ---- */
/* Of definitions that are the same, what was told and is not what a replay says goes on
 * as it was told, and nothing else of it is told. */
us_code us_evaluator_go_on(struct us_evaluator *v, struct us_error *e);

/* ---- evaluate_line.c ---- */
us_code us_evaluator_line(struct us_evaluator *v, us_str line, struct us_error *e);

/* ---- evaluate_tell.c ---- */
void us_evaluator_take(void *ctx, const struct us_firing *f);
void us_evaluator_stands(void *ctx, const struct us_given_machine *m);
/* Whether it is to be told, which then is done with an explanation that lives in the
 * texts of the batch. */
bool us_evaluator_tells(const struct us_evaluator *v, const struct us_firing *f);
void us_evaluator_tell(
    struct us_evaluator *v, const struct us_firing *f, us_str explanation);
/* The verdict by which something is told, as JSON, in texts; scratch is another one.
 * Lines that make it too long are left out, and counted. */
us_str us_evaluator_explain(
    const struct us_judging *of, struct us_arena *texts, struct us_arena *scratch);

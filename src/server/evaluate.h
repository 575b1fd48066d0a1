/* evaluate.h: every definition at every account, as lines become durable.
 *
 * The evaluator reads the journal behind the committer, group by group, and keeps the
 * live form of all definitions (qualify/live.h) up to date. Most lines move a few
 * counters. A line that brings people to an account (a first link, a first event of
 * theirs in it) brings what they sent before, and money is counted by what was paid
 * before: both are asked of history, which by then has the line, unless whoever comes
 * was heard of so lately that their lines are at hand (recent.h). One that changes
 * whose past is whose (an alias of somebody who has accounts) gives the accounts it
 * touches all their rows anew from there; a fact of all time (account.fixed) that comes
 * late has its account replayed, as it holds at moments that were told without it; and
 * where even that cannot be told account by account (rows that become known in the
 * past, an undo, by company any new link once groups are named), all of history is
 * loaded again. What is told is always what a replay of history would tell (semantics 2
 * to 4, 15, 19). What was told and is not so, by what became known later, stays and
 * goes on as it was told, to its exit.
 *
 * Transitions come in batches, in order of moment but for what is told of the past,
 * with where in the journal they end.
 * Whoever takes a batch makes it durable with that place before it says US_OK; opened
 * anew at that place, nothing is told twice (semantics 23).
 *
 * Owns:    its memory and its reader of the journal.
 * Fails:   as history, the journal and `told` do. After a failure nothing of the step
 *          was told; the next step begins by loading again.
 * Threads: one at a time.
 */
#pragma once

#include "history/history.h"
#include "qualify/live.h"

/* What history is asked for: lines as they came, of which it need not be settled; all
 * rows of an account; or all accounts, which takes so long that history should go on
 * beside it. */
typedef enum us_evaluator_ask {
    US_ASK_LINES,
    US_ASK_ACCOUNT,
    US_ASK_ALL,
} us_evaluator_ask;
/* A turn at history with everything before upto, as us_loader_use, us_loader_use_lines
 * and us_loader_beside give it. */
typedef us_code us_evaluator_work(void *ctx, struct us_history *h, struct us_error *e);
typedef us_code us_evaluator_use(void *ctx, us_pos upto, us_evaluator_ask ask,
    us_evaluator_work *work, void *work_ctx, struct us_error *e);

/* Texts live until the batch is taken. */
struct us_told {
    us_str account, user; /* user: of a pql, else empty */
    uint32_t definition;
    struct us_transition change;
    us_str explanation; /* JSON: the verdict at its moment */
    bool live;          /* by a line or a tick that came while evaluating; else found
                           when history was loaded */
    bool found;         /* before its definition was in force for the first time */
};

/* How a machine stands of which the last transition does not say it: of definitions,
 * and of single machines, that go on by their standings. Of several the last counts; an
 * entry told with them or later takes their place. */
struct us_told_standing {
    us_str account, user;
    uint32_t definition;
    struct us_machine machine;
};

/* A transition told before, or with this batch, that is untrue since a link was taken
 * back at `at`: it would not have been had the link never been. It stays. */
struct us_told_correction {
    us_str account, user;
    uint32_t definition;
    struct us_transition change;
    int64_t at;
};

struct us_told_batch {
    const struct us_told *items; /* in order of moment, those of the past apart */
    size_t count;
    const struct us_told_standing *standings;
    size_t standing_count;
    const struct us_told_correction *corrections;
    size_t correction_count;
    us_pos from, to; /* the lines taken with it */
    int64_t until; /* all moments up to it are over; US_ALWAYS: nothing is known yet */
};
typedef us_code us_evaluator_told(
    void *ctx, const struct us_told_batch *batch, struct us_error *e);

/* Of a definition, against the last run. */
typedef enum us_evaluator_how {
    US_DEFINITION_SAME,
    US_DEFINITION_NEW,     /* it never ran: its past is told, as not live */
    US_DEFINITION_CHANGED, /* by another text, or back: it goes on as it stands */
    US_DEFINITION_GIVEN,   /* it was changed once: likewise, but by the same now */
    US_DEFINITION_LEFT, /* the same until now; lines are gone, so that from here on it
                           goes on as it stands */
} us_evaluator_how;

/* It goes on by how accounts and people stand, and not by what a replay says. */
static inline bool us_evaluator_by_standings(us_evaluator_how how)
{
    return how == US_DEFINITION_CHANGED || how == US_DEFINITION_GIVEN ||
           how == US_DEFINITION_LEFT;
}

/* Where accounts and people stand by a definition, as told so far: its transitions, and
 * the standings told since. What of those is not known begins anew: a hold that was
 * running, a cooldown's last tick. Who has to be ineligible once, has to be so from
 * here on; of a definition that is left, of which no standing was told, here included.
 * One may be given twice, and then the second counts. */
typedef us_code us_evaluator_standing(void *ctx, us_str account, us_str user,
    const struct us_machine *machine, struct us_error *e);
typedef us_code us_evaluator_standings(void *ctx, uint32_t definition,
    us_evaluator_standing *take, void *take_ctx, struct us_error *e);
/* The same of one of them. */
struct us_evaluator_who {
    uint32_t definition;
    us_str account, user;
};
typedef us_code us_evaluator_stood(void *ctx, const struct us_evaluator_who *who,
    us_evaluator_standing *take, void *take_ctx, struct us_error *e);
/* How far all of them came: so many entries, and whether the last of them is over.
 * Asked at every load of definitions that are the same, to find where what was told is
 * not what a replay says. One may be given twice. */
typedef us_code us_evaluator_reach(void *ctx, const struct us_evaluator_who *who,
    uint32_t entries, bool over, struct us_error *e);
typedef us_code us_evaluator_reached(void *ctx, uint32_t definition,
    us_evaluator_reach *take, void *take_ctx, struct us_error *e);

struct us_evaluator_options {
    us_str data, journal;
    const struct us_rules *rules;
    const struct us_history_rules *history_rules;
    us_evaluator_use *use;
    void *use_ctx;
    us_pos (*durable)(void *ctx); /* lines before it are; NULL: whatever readers see */
    void *durable_ctx;
    struct us_fresh *fresh; /* asked before the journal, with durable; NULL: none */
    us_evaluator_told *told;
    void *told_ctx;
    int64_t told_until; /* moments told already; US_ALWAYS: none, so that all of the
                           past is told, as not live */
    const us_evaluator_how *how; /* by definition; NULL: all the same */
    us_evaluator_standings *standings;
    us_evaluator_stood *stood;
    us_evaluator_reached *reached;
    void *standings_ctx; /* of these three */
    us_pos told_at; /* lines before it were evaluated by then. Where one after it became
                       known in the past (it was imported) or is a fact of all time, a
                       load tells the past once more, and who takes it knows what is
                       new */
    size_t batch_bytes;  /* of text at most, about; 0: US_EVALUATOR_BYTES */
    size_t recent_bytes; /* recent.h; 0: US_RECENT_BYTES */
    size_t load_chunk;   /* accounts a thread takes at once; 0: US_EVALUATOR_CHUNK */
    bool silent;         /* it follows another one: us_evaluator_join */
    us_str kept; /* a file that us_evaluator_keep wrote: taken instead of the first load
                    where nothing changed since. Empty: none */
    us_pos kept_end;          /* lines before it were there when this run began */
    const _Atomic bool *stop; /* set: loading ends, with US_BUSY "server.stops" */
};
enum { US_EVALUATOR_BYTES = 8 << 20, US_EVALUATOR_CHUNK = 32 };

struct us_evaluator;
/* Reads nothing yet: the first step does. Options' texts stay the caller's. */
us_code us_evaluator_open(const struct us_evaluator_options *options,
    struct us_evaluator **out, struct us_error *e);
void us_evaluator_close(struct us_evaluator *v); /* NULL is fine */

/* Take what the journal has, and tell; US_NOT_FOUND when there was nothing new. */
us_code us_evaluator_step(struct us_evaluator *v, struct us_error *e);

/* Where it stands, to a file, for the next run of the same program: a second where a
 * load takes twenty. US_OK without a file where something is still to be told. */
us_code us_evaluator_keep(struct us_evaluator *v, us_str path, struct us_error *e);

/* How other definitions take the place of those in force with no gap: an evaluator by
 * the new ones is opened silent, loads and follows in a thread of its own while the old
 * one decides, bounded by what that has taken (durable); told_until and told_at are not
 * asked for. It keeps what definitions that are new did and says nothing of the others.
 * Its thread ended, the two meet in that of the old one: each takes what it has to
 * until they stand at one place, the old one where the other is ahead, as a load takes
 * history as it is. `stepped` is called after a step of the old one, when `durable` has
 * moved. Fails as steps do; then they may meet again. */
us_code us_evaluator_meet(struct us_evaluator *v, struct us_evaluator *old,
    void (*stepped)(void *ctx), void *ctx, struct us_error *e);

/* Then, the old one closed, the new one joins: `as` is how it goes on, told_at its own
 * place, told_until the moments the old one told. What is new is told as past, what has
 * another text goes on from its standings at this moment, and all others go on to the
 * microsecond where the old one ended. After a failure it loads anew in the next step,
 * as one that was opened now. */
us_code us_evaluator_join(
    struct us_evaluator *v, const struct us_evaluator_options *as, struct us_error *e);

/* No line to come is known at or before t, and all that are were taken: moments up to
 * it are over. */
us_code us_evaluator_until(struct us_evaluator *v, int64_t t, struct us_error *e);

/* When time alone asks for us_evaluator_until next; US_NEVER. */
int64_t us_evaluator_due(const struct us_evaluator *v);

struct us_evaluator_counts {
    bool loaded;
    us_pos position; /* lines before it are evaluated */
    int64_t known;   /* of the last of them */
    int64_t seq;     /* likewise; 0: none came since all of history was loaded */
    int64_t lines, told, late;
    int64_t came;  /* rows of people who had been nobody's */
    int64_t again; /* accounts given their rows anew */
    int64_t loads; /* times all of history was loaded */
    int64_t taken; /* likewise, from what the run before left */
    int64_t accounts, bytes;
};
struct us_evaluator_counts us_evaluator_counts(const struct us_evaluator *v);

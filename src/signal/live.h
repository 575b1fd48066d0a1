/* live.h: the live executor's state: what the values of watched nodes stand on, kept up
 * to date row by row, in the order in which rows become known.
 *
 * A plan of it is compiled from the watched nodes: what is kept of each pattern (rows a
 * bucket, sums, who was there), where it lies in the one flat block an account has, and
 * which conditions stand on it. A row then moves a few counters; each counter knows the
 * count at which some condition that was read could change (its need), so that most
 * rows are an increment and a compare. Only past a need, on the first row of a bucket
 * and for a person new to it are conditions looked at again, and only a change of one
 * marks the groups (definitions) that read it. Distinct people are exact: of each the
 * bucket last seen, and how many were last seen in each bucket.
 *
 * A condition counts as read from the moment its value was asked for until it changes;
 * who was marked asks again. Values change by time alone too: us_now_flips says when,
 * at the earliest, and us_live_due makes rows from then on mark the account.
 *
 * Rows that are seen no more (links, undo) and some rows that come very late cannot be
 * taken back from counters: the account is cleared and fed again the rows seen now.
 *
 * Owns:    its memory, in arenas of its own; texts of traits and payments are copied.
 * Fails:   never; memory is the machine's.
 * Threads: a plan is never written and may be shared; one thread a us_live, which has a
 *          set of accounts of its own.
 */
#pragma once

#include "file/kept.h"
#include "signal/signals.h"

struct us_live_plan;
struct us_live;
struct us_now;

/* Which change of a condition concerns its group. */
typedef enum us_turn {
    US_TURN_RISE, /* that it comes true; both ways while the group is cared for */
    US_TURN_FALL, /* that it is no longer true; likewise */
    US_TURN_CARE, /* none, unless the group is cared for */
} us_turn;

struct us_live_watch {
    uint32_t node;
    uint32_t group;
    us_turn turn;
};

struct us_live_asked {
    const struct us_live_watch *watches;
    size_t count;
    uint32_t groups;
    bool payments, deals; /* keep them, whether a watched node reads them or not */
    bool people;          /* keep a list of an account's people */
};

struct us_live_plan *us_live_plan_new(
    const struct us_plan *p, const struct us_live_asked *asked, struct us_arena *a);

/* New accounts begin as this one of l stands, of which nothing is known: with what was
 * read of it, and these groups marked. Before the plan is shared. */
void us_live_plan_begin(struct us_live_plan *p, const struct us_live *l, uint32_t slot,
    const uint64_t *marked);

/* Bytes of an account's block, and of a person in an account. */
size_t us_live_account_bytes(const struct us_live_plan *p);
size_t us_live_person_bytes(const struct us_live_plan *p);

/* The columns of an event name that its rows must bring (US_NAME_OTHER: of others);
 * the others may be missing. */
struct us_live_columns {
    const uint32_t *items;
    size_t count;
};
struct us_live_columns us_live_columns_of(const struct us_live_plan *p, uint32_t name);

struct us_live *us_live_new(const struct us_live_plan *p, struct us_arena *a);
void us_live_done(struct us_live *l);
size_t us_live_bytes(const struct us_live *l);        /* all it holds */
size_t us_live_people_bytes(const struct us_live *l); /* of that, for people */

/* All of it, of which nothing is touched, to a file or from one. Where that fails in
 * reading it can only be thrown away. */
void us_live_kept(struct us_kept_file *k, struct us_live *l);

/* The account's place, made when it is new. Account ids are dense. */
uint32_t us_live_slot(struct us_live *l, uint32_t account);
uint32_t us_live_slot_count(const struct us_live *l);
uint32_t us_live_account(const struct us_live *l, uint32_t slot);
/* The same without making it: US_SLOT_NONE when it is new. */
#define US_SLOT_NONE UINT32_MAX
uint32_t us_live_find(const struct us_live *l, uint32_t account);
/* So that a row of it will find its memory at hand; who may be US_NOBODY. */
void us_live_prefetch(const struct us_live *l, uint32_t slot, uint32_t who);

/* ---- rows: each at its `from`, which is no less than that of any before ---- */

void us_live_event(struct us_live *l, uint32_t slot, const struct us_log_event *e,
    const us_value *values);
void us_live_trait(struct us_live *l, uint32_t slot, const struct us_log_trait *r);
void us_live_payment(struct us_live *l, uint32_t slot, const struct us_log_payment *r);
void us_live_deal(struct us_live *l, uint32_t slot, const struct us_log_deal *r);
/* It says of an account what is the newest already, and was so since ever. */
bool us_live_is_told(
    const struct us_live *l, uint32_t slot, const struct us_log_trait *r);
/* The person is one of the account's from now on. False: that touches nobody, since
 * nothing is kept of people. */
bool us_live_person(struct us_live *l, uint32_t slot, uint32_t user);

/* ---- what came of them ---- */

/* Accounts with a marked group or a due moment reached, and people of whom something
 * per user changed; each once. The list is then empty. */
#define US_MEMBER_NONE UINT32_MAX
struct us_live_touched {
    uint32_t slot;
    uint32_t member; /* US_MEMBER_NONE: the account itself */
};
bool us_live_any_touched(const struct us_live *l);
/* Valid until the next take. One is not listed again before its owner is done with it.
 */
size_t us_live_take_touched(struct us_live *l, const struct us_live_touched **out);
void us_live_rest(struct us_live *l, const struct us_live_touched *of);
/* As if it were listed: what its owner does with it lists it no more until rest. */
void us_live_busy(struct us_live *l, uint32_t slot);
void us_live_nudge(struct us_live *l, uint32_t slot); /* list it */

/* Bits of groups, US_LIVE_WORDS(groups) of them: marked; cared for. The owner clears
 * the first and keeps the second. */
#define US_LIVE_WORDS(groups) (((groups) + 63) / 64)
uint64_t *us_live_marked(struct us_live *l, uint32_t slot);
uint64_t *us_live_cared(struct us_live *l, uint32_t slot);
/* Rows from this moment on touch the account; US_NEVER at first. */
int64_t *us_live_due(struct us_live *l, uint32_t slot);

/* It must be cleared and fed again before it is asked. */
bool us_live_stale(const struct us_live *l, uint32_t slot);
/* Forget its rows, not its marks, due and people; rows may then begin anew. Until
 * us_live_settled they touch nothing; then all groups are marked. */
void us_live_clear(struct us_live *l, uint32_t slot);
void us_live_settled(struct us_live *l, uint32_t slot);

/* People of the account, as members; the global id of one. */
struct us_live_people {
    const uint32_t *members;
    size_t count;
};
struct us_live_people us_live_people(const struct us_live *l, uint32_t slot);
uint32_t us_live_user(const struct us_live *l, uint32_t member);
bool us_live_is_listed(const struct us_live *l, uint32_t member);
uint32_t us_live_member(struct us_live *l, uint32_t slot, uint32_t user);

/* Its payments and deals, as a log without events. Valid until the next row. */
struct us_log us_live_facts(const struct us_live *l, uint32_t slot);

/* ---- values ---- */

/* The account at t, which is no earlier than its newest row; of a member: for nodes per
 * user. Valid until the next call of it or the next row. */
struct us_now *us_live_now(struct us_live *l, uint32_t slot, int64_t t);
void us_now_of(struct us_now *q, uint32_t member); /* or US_MEMBER_NONE */

/* The value of a watched node, or of one below it. */
us_value us_now_value(struct us_now *q, uint32_t node);
bool us_now_holds(struct us_now *q, uint32_t node); /* is true */

/* The first moment after t at which, with no row, a condition may come true that is not
 * true, or stop being true that is. US_NEVER: it cannot. */
int64_t us_now_flips(struct us_now *q, uint32_t node);
/* The same for any change of a value. */
int64_t us_now_changes(struct us_now *q, uint32_t node);

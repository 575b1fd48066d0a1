/* live.h: every definition of every account, kept up to date as rows become known.
 *
 * A shard is a set of accounts: their live state (signal/live.h), and of each account
 * and definition a machine. It is given rows in the order in which they became known
 * and tells each transition of them, to the microsecond as the referee (referee.h)
 * would. An account is looked at after all its rows of a moment, where they changed
 * something a definition has read, and at those ticks at which something can change by
 * time alone; at each tick only what is due is touched.
 *
 * Owns:    its memory. Rules and arena outlive it.
 * Threads: one a shard. Shards share nothing but rules, and what they tell together is
 *          the same for any number of them.
 */
#pragma once

#include "qualify/qualify.h"
#include "signal/live.h"

struct us_live_rules; /* rules, and what is kept for them; shared by shards */
struct us_live_rules *us_live_rules_new(const struct us_rules *r, struct us_arena *a);
const struct us_live_plan *us_live_rules_plan(const struct us_live_rules *r);

struct us_given_machine {
    uint32_t account, definition, user; /* user: US_NOBODY of a pqa */
    struct us_machine machine;
};

struct us_shard;
struct us_shard_calls {
    void *ctx;
    /* Transitions in order of moment, account, definition, user. */
    void (*take)(void *ctx, const struct us_firing *firing);
    /* Give all rows of the account that are seen at t once more, by us_shard_event and
     * the others, in the order in which they became known. */
    void (*again)(void *ctx, struct us_shard *s, uint32_t account, int64_t t);
    /* A machine of a definition of us_shard_given, or one that goes on as it was told,
     * that is another one though it made no entry: it left, cooled, was ineligible
     * once, or a hold began or ended. NULL: nobody asks. */
    void (*stands)(void *ctx, const struct us_given_machine *machine);
};

struct us_shard *us_shard_new(const struct us_live_rules *r,
    const struct us_shard_calls *calls, struct us_arena *a);
void us_shard_done(struct us_shard *s);
struct us_live *us_shard_live(struct us_shard *s);
size_t us_shard_bytes(const struct us_shard *s);

/* All of it to a file, or into a shard that has met nobody. Where that fails in reading
 * the shard can only be thrown away. It can be kept when all moments up to now are over
 * (us_shard_until). */
bool us_shard_can_be_kept(const struct us_shard *s);
void us_shard_kept(struct us_kept_file *k, struct us_shard *s);

/* Rows, none earlier in `from` than one before. One that is seen since ever (US_ALWAYS)
 * makes no moment: it takes part from the account's next one on. */
void us_shard_event(struct us_shard *s, uint32_t account, const struct us_log_event *e,
    const us_value *values);
void us_shard_trait(struct us_shard *s, uint32_t account, const struct us_log_trait *r);
void us_shard_payment(
    struct us_shard *s, uint32_t account, const struct us_log_payment *r);
void us_shard_deal(struct us_shard *s, uint32_t account, const struct us_log_deal *r);

/* So that a row to come will find its memory at hand; who may be US_NOBODY. */
void us_shard_prefetch(const struct us_shard *s, uint32_t account, uint32_t who);

/* An identified person of the account, looked at from its next moment on, the one at
 * hand among them: to be told with the first row that is theirs (us_log_people_from).
 */
void us_shard_person(struct us_shard *s, uint32_t account, uint32_t user);

/* From t on some rows of the account are seen no more; after all its rows of t. */
void us_shard_left(struct us_shard *s, uint32_t account, int64_t t);

/* All moments up to and with t are over. */
void us_shard_until(struct us_shard *s, int64_t t);

/* Definitions whose machines are not what replay makes of them, since they had another
 * text once (semantics 21), at the moment of us_shard_loaded: what replay made of them
 * is forgotten, machines are given back as they stood, and us_shard_given is called
 * once for all such definitions. `redefined` are those of them that have a new text
 * now, which are looked at at every account: who qualified stays if eligible by it,
 * else leaves as redefined; who is eligible only now enters. The others go on at each
 * account's next row or tick. `left` are those of them of which `stands` was never
 * told: who has to be ineligible once and is so at this moment, was. Bits, as
 * US_LIVE_WORDS; moved are accounts' numbers. */
void us_shard_forget(struct us_shard *s, uint32_t definition);
void us_shard_give_back(struct us_shard *s, const struct us_given_machine *given);
struct us_shard_given {
    const uint64_t *definitions, *redefined, *left;
    uint32_t *moved; /* accounts of which rows came or went since they stood so: all
                        these definitions look at them, too. Put in order */
    size_t moved_count;
};
void us_shard_given(struct us_shard *s, const struct us_shard_given *given);

/* The same of single machines, of a definition that is not given, where what was told
 * is not what replay says. It is given back as it stood, and looks at its account's
 * next row or tick; where rows of that came or went since it stood so, now, and
 * us_shard_until tells what it does. From then on it, and all of the definition at that
 * account, is one of which `stands` is told. Accounts come before their people. */
void us_shard_go_on(
    struct us_shard *s, const struct us_given_machine *told, bool looks_now);
void us_shard_as_told(struct us_shard *s, uint32_t account, uint32_t definition);
/* What replay made of the account's people by the definition is forgotten. */
void us_shard_forget_people(struct us_shard *s, uint32_t account, uint32_t definition);

/* The first tick from now on at which something is due though no row comes; US_NEVER.
 */
int64_t us_shard_due(const struct us_shard *s);

/* How the machine of a definition stands; zero when nothing happened yet. */
struct us_machine us_shard_machine(
    struct us_shard *s, uint32_t account, uint32_t definition, uint32_t user);

/* A whole account from its log, up to and with until: what replays it through the live
 * form. The shard has not met the account yet. `again` is not called for it. */
void us_shard_log(struct us_shard *s, const struct us_log *log, int64_t until);

/* The same of many accounts, one after the other, before any row is given: what they
 * tell is in order within each. us_shard_loaded ends it; moments go on from until. */
void us_shard_load(struct us_shard *s, const struct us_log *log, int64_t until);
void us_shard_loaded(struct us_shard *s, int64_t until);

/* The same at the cost of the rows alone, where a replay (replay.h) says what became of
 * the account up to and with until: its rows are counted and nothing is told. Machines
 * not among those given are at their start; of those people the log must know. */
struct us_given_account {
    const struct us_log *log;
    int64_t until;
    const struct us_given_machine *machines;
    size_t count;
    const int64_t
        *converted; /* by definition: when its aim first came true, US_NEVER */
};
void us_shard_adopt(struct us_shard *s, const struct us_given_account *given);

/* The same of one it has met, all moments up to and with until being over: what is
 * given takes the place of what it knew. */
void us_shard_adopt_again(struct us_shard *s, const struct us_given_account *given);

/* A trait of the account, seen since ever, that changes nothing of what was: it had no
 * moment yet, or is known to be so. */
bool us_shard_is_told(
    struct us_shard *s, uint32_t account, const struct us_log_trait *r);

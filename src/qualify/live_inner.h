/* live_inner.h: what the files of the live executor of definitions share. Inside this
 * folder only. */
#pragma once

#include "qualify/live.h"
#include "signal/live_pool.h"

struct us_live_rules {
    const struct us_rules *rules;
    struct us_live_plan *plan;
    uint32_t words;                   /* of a set of definitions */
    uint64_t *accounts, *people;      /* pqa and pql among them */
    uint64_t *money_aims, *deal_aims; /* those whose aim is no node of the plan */
    bool hours;                       /* some of them have ticks at the ends of hours */
    bool some_people;
};

/* Of a definition at an account: when to look at it though no row asks for that, and
 * its machine, if it has ever moved. */
struct us_kept {
    int64_t due;
    uint32_t definition;
    uint32_t machine : 31; /* 1 + its index among the account's; 0: none yet */
    uint32_t as_told : 1;  /* some of it go on as they were told (us_shard_go_on) */
};

struct us_kept_machine {
    struct us_machine machine;
    int64_t converted_at; /* when the aim first came true; US_NEVER */
};

/* Of a person, the same. */
struct us_kept_person {
    struct us_machine machine;
    int64_t due;
    uint32_t definition, member;
};

struct us_shard_account {
    int64_t moment;     /* of its newest row; US_ALWAYS: it had none */
    int64_t people_due; /* no person is due before it */
    struct us_vec kept, machines;
    struct us_vec people; /* by definition, then member */
};

/* What a definition is asked about. */
struct us_standpoint {
    struct us_shard *shard;
    const struct us_definition *def;
    uint32_t definition, slot, member; /* US_MEMBER_NONE: the account */
    struct us_now *now;
    int64_t t;
    bool outside;
    int64_t converted_at;
};

struct us_shard {
    const struct us_live_rules *of;
    struct us_shard_calls calls;
    struct us_live *live;
    struct us_pool pool;
    struct us_arena accounts, ticks; /* by slot: us_shard_account; hour of next tick */
    size_t account_count;
    struct us_arena fired_room, work, order;
    struct us_firing *fired; /* at the moment at hand */
    size_t fired_count, fired_cap;
    uint64_t *stepped, *due, *moved; /* definitions, of the account at hand */
    uint64_t *given;                 /* those of us_shard_given */
    uint64_t *none;                  /* no definition */
    int64_t now;                     /* the moment at hand; US_ALWAYS before any */
    int64_t ticked;                  /* the last tick gone through */
    int32_t least_tick;              /* no account has one before it */
    bool again;                      /* rows are being given once more */
    uint32_t only;                   /* time goes on for this slot; US_SLOT_NONE: all */
    struct us_shard_feed *feed;      /* the log at hand */
};

/* ---- one definition (live_step.c) ---- */

/* Its machine at t. True when it moved. */
bool us_standpoint_step(
    struct us_standpoint *p, struct us_machine *m, struct us_transition *made);
/* Whether it is eligible, leaving aside what it is within. */
bool us_standpoint_eligible(struct us_standpoint *p);
/* When to look again though no row asks, and in *cared whether any change of what was
 * read asks for a look. */
int64_t us_standpoint_due(
    struct us_standpoint *p, const struct us_machine *m, bool *cared);
/* Whether its aim holds, and when it may that does not. */
bool us_standpoint_aim(struct us_standpoint *p);
int64_t us_standpoint_aim_due(struct us_standpoint *p);

/* ---- one account (live_settle.c) ---- */

/* row: it is a moment of a row, not a tick alone. members: people something changed
 * for. */
struct us_settling {
    uint32_t slot;
    int64_t t;
    bool row;
    const struct us_live_touched *touched;
    size_t touched_count;
    const uint64_t *only; /* definitions that look now; NULL: all */
};
void us_shard_settle(struct us_shard *s, const struct us_settling *of);
/* The machine of an account, or of one person of it, alone looks at the moment. */
void us_shard_step(struct us_shard *s, const struct us_settling *of,
    uint32_t definition, uint32_t member);
/* live.c: what is marked though the account has no moment now waits for its next. */
void us_shard_put_off(struct us_shard *s, uint32_t slot);
/* A machine that was another one before. */
void us_shard_stands(const struct us_standpoint *p, const struct us_machine *was,
    const struct us_machine *is);

/* Of a definition at an account; NULL and a blank one where nothing is kept. */
struct us_kept *us_shard_kept_of(
    struct us_shard *s, uint32_t slot, uint32_t definition);
struct us_kept_machine us_shard_machine_of(
    struct us_shard *s, uint32_t slot, const struct us_kept *k);
void us_shard_keep(struct us_shard *s, uint32_t slot, uint32_t definition, int64_t due,
    const struct us_kept_machine *m);
/* Where a person's record is, or would be; NULL. */
uint32_t us_shard_person_place(
    const struct us_shard *s, uint32_t slot, uint32_t definition, uint32_t member);
struct us_kept_person *us_shard_person_of(
    const struct us_shard *s, uint32_t slot, uint32_t definition, uint32_t member);
struct us_standpoint us_shard_standpoint(
    struct us_shard *s, const struct us_settling *of, uint32_t definition);
void us_shard_tell(struct us_standpoint *p, const struct us_transition *made);

/* Accounts begin as one of which nothing is known (live_begin.c). */
void us_live_rules_begin(struct us_live_rules *r, struct us_arena *a);
void us_shard_account_new(struct us_shard *s, uint32_t slot);

/* Give the rows of the log at hand that are seen at t (live_log.c). */
void us_shard_feed_again(struct us_shard *s, int64_t t);

static inline struct us_shard_account *us_shard_account_at(
    const struct us_shard *s, uint32_t slot)
{
    return (struct us_shard_account *)(void *)s->accounts.base + slot;
}

static inline int32_t *us_shard_tick_at(const struct us_shard *s, uint32_t slot)
{
    return (int32_t *)(void *)s->ticks.base + slot;
}

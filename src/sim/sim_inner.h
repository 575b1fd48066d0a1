/* sim_inner.h: what the files of the simulator share; nobody else includes it.
 *
 * Time is a day counted from the start of the history and a millisecond in it. All
 * chance is integer arithmetic on splitmix64 streams (Steele, Lea, Flood: "Fast
 * splittable pseudorandom number generators", OOPSLA 2014), one stream an account, so
 * the bytes hang on no libm and on no order of evaluation.
 */
#pragma once

#include "base/arena.h"
#include "sim/sim.h"
#include "sim/sim_names.h"

#include <string.h>

enum {
    DAY_MS = 86400000,
    SECOND_MS = 1000,
    MINUTE_MS = 60000,
    HOUR_MS = 3600000,
    DAY_NONE = UINT16_MAX,
    MILLION = 1000000,
    LINE_MAX_BYTES = 4096,
    FREE_SEATS = 5,
    EARLY_DAYS = 14,  /* landmark and window of the early causes */
    FOLLOW_DAYS = 30, /* horizon of the landmark tables */
    EARLY_INVITES = 3,
    PRESSURE_DAYS = 14, /* a seat limit counts as pressure for so long */
    ARM_DAYS = 60,      /* horizon of the comparison of the arms of help */
    HELP_DAYS = 30,     /* a touch helps, a raised hand lasts, so long */
    BASE_PPM = 900,     /* of converting on a day, first thirty days */
    BASE_LATER_PPM = 600,
    FATE_DAYS = 1500, /* with `nothing`: mean time to convert */
    CEILING_CENTS = 10000 * 100,
    DECLINE_PPM = 20000,       /* of any card */
    DECLINE_MORE_PPM = 700000, /* added once OVER_CENTS above the ceiling */
    OVER_CENTS = 4000 * 100,
    YEAR_MONTHS_PAID = 10, /* twelve months ahead cost ten */
};

enum {
    FLAG_NO_GROUP = 1,  /* before the workspace exists */
    FLAG_ANONYMOUS = 2, /* no userId */
    FLAG_BOTH = 4,      /* userId and anonymousId */
    FLAG_FIRST = 8,     /* carries createdAt */
    FLAG_CLOCK = 16,    /* originalTimestamp, sentAt, receivedAt */
    FLAG_AGAIN = 32,    /* delivered before; receivedAt says when again */
    FLAG_TWICE = 64,    /* the line is written twice in a row */
    FLAG_ADMIN = 128,   /* of identify: now an admin */
};

struct us_sim_event {
    uint32_t ms;     /* of the day, when it came in; the order of the file */
    uint32_t lag_ms; /* it happened so much earlier */
    uint32_t account;
    uint32_t user;   /* number within the account */
    uint32_t serial; /* within the account; with it the messageId */
    uint16_t extra;  /* plan, resource, path, seats: as the kind reads it */
    uint8_t kind;
    uint8_t flags;
    uint8_t country;
};

struct us_sim_account {
    uint64_t rng;
    uint64_t key; /* what never changes about it hangs on this */
    uint32_t id, company;
    uint32_t serial;
    uint32_t born_ms, converted_ms;
    uint32_t deal, refund_cents;
    uint32_t employees;
    uint16_t born, dies, converted;
    uint16_t fate; /* with `nothing`: the day it converts, drawn at birth */
    uint16_t size, joined, pending, seats;
    uint16_t early[EARLIES];
    uint16_t seat_limit, raised, touched, first_touch, reply, meeting;
    uint16_t trial_end, bill, cancel, refund;
    uint16_t refund_invoice, refund_first, refund_past, invoices;
    uint16_t deal_next, deal_made;
    uint16_t pressed; /* day of the first seat limit while it never paid */
    uint16_t mood;    /* Q8 */
    uint8_t plan, annual, method, channel, country, eur;
    uint8_t fails, capped, integrated, touch_helps, owner_known;
    uint8_t stage, deal_expands, deal_source, free_mail, trial;
};

struct sim_tally {
    int64_t days, conversions;
};
struct sim_landmark {
    int64_t a, b, c, d;
};

struct us_sim_truth {
    int64_t kinds[SIM_KINDS]; /* distinct messages */
    int64_t lines, twice, again, clock, late;
    int64_t accounts, companies, users, free_mail, visitors, known_visitors;
    int64_t payments[STATUSES], methods[3], paid_cents;
    int64_t card_tries[2], card_declines[2]; /* up to the ceiling, above */
    int64_t stalled, to_invoice, lost_at_ceiling;
    int64_t deals, won, lost, activities, contacts, non_users, mqls, raised;
    int64_t touches[2];       /* elsewhere, under seat pressure */
    struct sim_tally arms[2]; /* pressed accounts left alone, helped */
    int64_t touched_accounts, stage_rows, company_rows;
    struct sim_tally tally[CAUSES][2];
    int64_t conversions[CHANNELS];
    int64_t eligible;
    struct sim_landmark landmark[EARLIES];
};

struct sim_out {
    char *text;
    size_t len;
};

/* A CSV row of the day, written at its end in order of time. */
struct sim_row {
    uint32_t ms;
    uint32_t from; /* in day_text */
    uint16_t len;
    uint8_t file;
};

struct us_sim_world {
    const struct us_sim_options *o;
    uint64_t seed;
    int64_t start_day; /* since 1970 */
    uint32_t days, day;
    uint32_t accounts; /* in all */
    uint32_t born;     /* so far */
    uint32_t size_max, reps;
    uint32_t visitor_serial;
    uint32_t deal_serial, activity_serial;
    bool dry; /* the pilot: counts and forgets */
    bool failed;
    us_sim_file failed_file;
    int64_t done;    /* lines so far */
    uint32_t vigour; /* Q16: how busy people are today, steers to the target */

    struct us_arena live_arena, event_arena, key_arena, row_arena, text_arena, fixed;
    struct us_sim_account *live;
    size_t live_count;
    struct us_sim_event *events;
    size_t event_count, event_cap;
    struct us_sim_event forgotten;
    struct sim_row *rows;
    size_t row_count, row_cap;
    uint64_t *keys, *spare;
    size_t key_cap;
    struct sim_out out[US_SIM_FILES];
    uint8_t habit[3][256]; /* member, admin, developer: what they do next */
    char date[12];         /* "2026-03-02T" of `day` */
    struct us_sim_truth truth;
};

/* Whose account is none: a visitor of the site. */
#define ACCOUNT_NONE UINT32_MAX

/* ---- chance ---- */

static inline uint64_t sim_mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static inline uint64_t sim_hash(uint64_t a, uint64_t b)
{
    return sim_mix(a ^ sim_mix(b + UINT64_C(0x9e3779b97f4a7c15)));
}

static inline uint64_t sim_draw(struct us_sim_account *a)
{
    return sim_mix(a->rng += UINT64_C(0x9e3779b97f4a7c15));
}

/* r scaled to 0 … n − 1. */
static inline uint32_t sim_below(uint64_t r, uint32_t n)
{
    return (uint32_t)(((r >> 32) * n) >> 32);
}

static inline bool sim_chance(struct us_sim_account *a, uint32_t in_a_million)
{
    return sim_below(sim_draw(a), MILLION) < in_a_million;
}

/* An exponential of mean 1, Q16, at most 44: log2 taken as linear between powers of
 * two, at most 6 % off and the same everywhere. */
static inline uint32_t sim_exponential(uint64_t r)
{
    uint32_t zeros = (uint32_t)__builtin_clzll(r | 1);
    uint32_t fraction = (uint32_t)(((r | 1) << zeros << 1) >> 48);
    uint64_t log2 = ((uint64_t)zeros << 16) + 65536 - fraction;
    return (uint32_t)((log2 * 45426) >> 16);
}

/* ---- text, into room the caller has made sure of ---- */

static inline char *sim_put(char *p, us_str s)
{
    memcpy(p, s.ptr, s.len);
    return p + s.len;
}

char *us_sim_number(char *p, uint64_t n);
char *us_sim_padded(char *p, uint32_t n, int digits);
char *us_sim_cents(char *p, int64_t cents);
char *us_sim_hex(char *p, uint64_t n);   /* 16 digits */
char *us_sim_time(char *p, uint32_t ms); /* 10:11:12.345Z */
char *us_sim_stamp(const struct us_sim_world *w, char *p, int64_t day, int64_t ms);
char *us_sim_date(const struct us_sim_world *w, char *p, int64_t day);
char *us_sim_account_id(char *p, uint32_t id);
char *us_sim_user_id(char *p, uint32_t id, uint32_t user);

/* ---- sim_line.c: one event as a line ---- */

/* Room for LINE_MAX_BYTES is the caller's. */
char *us_sim_line(
    const struct us_sim_world *w, const struct us_sim_event *event, char *p);

/* ---- sim_rows.c: rows of CSV ---- */

struct sim_payment {
    int64_t net_cents;
    uint32_t ms;
    uint16_t first, past; /* days of the period */
    sim_status status;
    uint16_t invoice;
};

/* Who is spoken with, and what about: index of a table in sim_rows.c. */
typedef enum sim_talk {
    TALK_EMAIL,
    TALK_SEQUENCE,
    TALK_CALL,
    TALK_REPLY,
    TALK_MEETING,
    TALK_TICKET
} sim_talk;

void us_sim_row_heads(struct us_sim_world *w);
void us_sim_row_account(struct us_sim_world *w, const struct us_sim_account *a);
void us_sim_row_company(struct us_sim_world *w, const struct us_sim_account *a);
void us_sim_row_contact(struct us_sim_world *w, const struct us_sim_account *a,
    const struct sim_person *who, uint32_t ms);
void us_sim_row_payment(struct us_sim_world *w, const struct us_sim_account *a,
    const struct sim_payment *pay);
void us_sim_row_deal(struct us_sim_world *w, const struct us_sim_account *a,
    uint32_t ms, int64_t arr_cents);
void us_sim_row_activity(
    struct us_sim_world *w, struct us_sim_account *a, uint32_t ms, sim_talk talk);
void us_sim_row_mql(
    struct us_sim_world *w, struct us_sim_account *a, uint32_t ms, us_str source);
uint32_t us_sim_rep(const struct us_sim_world *w, const struct us_sim_account *a);

/* ---- sim_life.c: what an account does in a day ---- */

void us_sim_birth(struct us_sim_world *w, uint32_t id);
/* False: it is over and was closed. */
bool us_sim_live(struct us_sim_world *w, struct us_sim_account *a);
void us_sim_close(struct us_sim_world *w, struct us_sim_account *a);
void us_sim_visitors(struct us_sim_world *w, uint64_t lines);
/* How much it would do on a working day, up to one factor for all. */
uint64_t us_sim_potential(const struct us_sim_world *w, const struct us_sim_account *a);

/* A moment of a working day where the account is. */
uint32_t us_sim_moment(const struct us_sim_world *w, struct us_sim_account *a);
struct us_sim_event *us_sim_emit(
    struct us_sim_world *w, struct us_sim_account *a, us_sim_kind kind, uint32_t ms);
void us_sim_count_early(const struct us_sim_world *w, struct us_sim_account *a,
    sim_early which, uint32_t ms);
/* 1970-01-01 was a Thursday. */
static inline bool sim_weekend(const struct us_sim_world *w, uint32_t day)
{
    return (w->start_day + day + 3) % 7 >= 5;
}

static inline bool sim_recent(uint32_t day, uint16_t then, uint32_t within)
{
    return then != DAY_NONE && day - then <= within;
}

/* ---- sim_users.c: people at work ---- */

void us_sim_habits(struct us_sim_world *w);
void us_sim_growth(struct us_sim_world *w, struct us_sim_account *a);
void us_sim_sessions(struct us_sim_world *w, struct us_sim_account *a);
void us_sim_session(
    struct us_sim_world *w, struct us_sim_account *a, uint32_t user, uint32_t ms);

/* ---- sim_money.c: conversion, bills, ceiling ---- */

int64_t us_sim_annual_cents(const struct us_sim_account *a);
void us_sim_convert_maybe(struct us_sim_world *w, struct us_sim_account *a);
void us_sim_bill(struct us_sim_world *w, struct us_sim_account *a);
void us_sim_to_invoice(struct us_sim_world *w, struct us_sim_account *a, uint32_t ms);
/* False: it would rather stay below the ceiling, or cannot. */
bool us_sim_add_seats(struct us_sim_world *w, struct us_sim_account *a, uint32_t ms);

/* ---- sim_sales.c: the sales team ---- */

/* The coin that says whether sales ever touches it under seat pressure. */
static inline bool us_sim_helped(const struct us_sim_account *a)
{
    return a->key >> 24 & 1;
}

void us_sim_sales(struct us_sim_world *w, struct us_sim_account *a);
void us_sim_raise_hand(
    struct us_sim_world *w, struct us_sim_account *a, uint32_t ms, sim_source why);
void us_sim_deal_won(struct us_sim_world *w, struct us_sim_account *a, uint32_t ms);
void us_sim_deal_lost(struct us_sim_world *w, struct us_sim_account *a, uint32_t ms);

/* ---- sim_out.c: order and writing ---- */

/* Stable by the upper 32 bits, which are below 2^27; whichever of both holds it. */
uint64_t *us_sim_sort(uint64_t *keys, uint64_t *spare, size_t count);
void us_sim_out_init(struct us_sim_world *w);
void us_sim_write(struct us_sim_world *w, us_sim_file file, us_str text);
void us_sim_day_out(struct us_sim_world *w);
void us_sim_flush(struct us_sim_world *w);
/* Room for one row; us_sim_row_end takes what was written from there. */
char *us_sim_row_begin(struct us_sim_world *w);
void us_sim_row_end(struct us_sim_world *w, us_sim_file file, uint32_t ms, char *end);

/* ---- sim_truth.c ---- */

void us_sim_truth_close(struct us_sim_world *w, const struct us_sim_account *a);
void us_sim_truth_write(struct us_sim_world *w);

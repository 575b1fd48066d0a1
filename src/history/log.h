/* log.h: all that is known of one account, as rows in memory.
 *
 * What every executor reads and the naive evaluator is defined on. History fills it;
 * tests write it by hand. Rows carry the stretch of moments [from, to) in which they
 * are seen at this account, so that late lines, links and undo need no further rule: a
 * value at t reads the rows with from <= t < to.
 *
 * Owns:    nothing; a log handed to a callback is valid during the call.
 */
#pragma once

#include "base/arena.h"
#include "base/str.h"
#include "base/time.h"
#include "base/value.h"
#include "identity/identity.h"
#include "journal/journal.h"

#include <stdint.h>

/* Property columns of a workspace. Each takes three megabytes or so while many events
 * are loaded, so that a machine of two gigabytes is full with these. */
enum { US_HISTORY_COLUMNS_MAX = 500 };

/* A typed property column: "amount" read as a number is another column than read as
 * text; the value is missing where the property is absent or of another kind. */
struct us_column {
    us_str path;
    us_kind kind;
};

/* What a plan needs to be brought. Indexes into these lists are the ids used in rows.
 * Further names of the same event (events.alias) are spelled in `others`. */
struct us_other_name {
    us_str other;
    uint32_t name;
};
struct us_need {
    us_str *names; /* event names */
    size_t name_count;
    struct us_other_name *others;
    size_t other_count;
    struct us_column *columns;
    size_t column_count;
    us_str *account_traits;
    size_t account_trait_count;
    us_str *user_traits;
    size_t user_trait_count;
    bool any;      /* rows of other names too (as US_NAME_OTHER): any, users(W), age */
    bool payments; /* mrr, arr, paid, payment outcomes */
    bool deals;    /* deal outcomes */
    bool payers;   /* none but accounts with payments, or deals if those are asked for;
                      who else there is need not be found out */
};

#define US_NAME_OTHER UINT32_MAX

struct us_log_event {
    int64_t at;
    int64_t from, to;
    int64_t seq;
    us_pos line;      /* where its line is in the journal; {0,0} in tests */
    uint32_t name;    /* index of need.names, or US_NAME_OTHER */
    uint32_t user;    /* the person in this stretch; dense over the whole workspace */
    uint32_t spelled; /* as history numbers names; of rows not from there anything */
};

struct us_log_trait {
    int64_t at;
    int64_t from, to;
    int64_t seq;
    uint32_t user;  /* US_NOBODY: a trait of the account */
    uint32_t key;   /* index of need.account_traits or need.user_traits */
    us_value value; /* missing: the trait was removed */
};

typedef enum us_pay_status {
    US_PAY_PAID,
    US_PAY_FAILED,
    US_PAY_REFUNDED,
    US_PAY_DISPUTED,
} us_pay_status;

/* Amounts are millionths of the reporting currency, without tax. */
struct us_log_payment {
    int64_t at;
    int64_t from, to;
    int64_t seq;
    us_pay_status status;
    us_str method, channel, plan, invoice;
    int64_t amount, tax; /* amount as billed includes tax */
    int64_t start, end;  /* the period it covers; equal when it covers none */
    int64_t months;      /* of that period, at least 1; 0 when it covers none */
    int64_t quantity;
    bool converted; /* false: no rate for its currency; it counts in no sum */
};

/* One stage of a deal, as the CRM had it from a moment on. Amounts are millionths of
 * the reporting currency; US_NEVER: the CRM did not say when. */
struct us_log_deal {
    int64_t at; /* of the stage, else when it became known */
    int64_t from, to;
    int64_t seq;
    us_str id, stage, type, channel, owner, source;
    int64_t stage_at, created, first_touch;
    int64_t amount, arr;
};

struct us_log_person {
    uint32_t id;
    us_str key;      /* userId or anonymousId */
    bool identified; /* has a userId */
};

struct us_log {
    uint32_t account;
    us_str key;                  /* the account's id as the product knows it */
    struct us_log_event *events; /* by at, then seq */
    size_t event_count;
    us_value *values; /* event_count x need.column_count, row by row */
    size_t column_count;
    struct us_log_trait *traits; /* by at, then seq */
    size_t trait_count;
    struct us_log_payment *payments; /* by at, then seq */
    size_t payment_count;
    struct us_log_deal *deals; /* by at, then seq */
    size_t deal_count;
    struct us_log_person *people; /* those in events and traits, by id */
    size_t person_count;
};

/* Whether a row of any kind is seen at t. */
static inline bool us_log_seen(int64_t from, int64_t to, int64_t t)
{
    return from <= t && t < to;
}

/* The log with those payments and deals alone that are seen at t: for whoever reads the
 * past by when things happened, each is then of one account, though it went from one to
 * another. At US_NEVER - 1 that is where it stays. The rest is log's. */
struct us_log us_log_money_at(const struct us_log *log, int64_t t, struct us_arena *a);

/* The place of a person among people; person_count when the account does not have them.
 */
size_t us_log_person_at(const struct us_log *log, uint32_t id);

/* For each of people, in their order, the log with their events alone: what is asked of
 * many people of one account need not look at everybody's events each time. Its texts
 * and other rows are log's. */
struct us_log *us_log_split(const struct us_log *log, struct us_arena *a);

/* Since when each of people is known at the account: the first moment at which an event
 * or a trait of theirs is seen; US_NEVER when none ever is. from has room for all. */
void us_log_people_from(const struct us_log *log, int64_t *from);

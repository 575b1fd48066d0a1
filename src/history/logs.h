/* logs.h: what the two files of us_history_logs share. */
#pragma once

#include "history/core.h"

/* Rows of one kind for all accounts, by account, then time. */
struct logs_trait {
    uint32_t owner; /* account, or person of a user trait */
    struct us_log_trait row;
};

struct logs_payment {
    uint32_t account;
    struct us_log_payment row;
};

struct logs_deal {
    uint32_t account;
    struct us_log_deal row;
};

struct logs_lead; /* logs_company.c */

/* A stretch in which a person is one of an account's: by a group call, or by events.
 * Who was in it once is, also after lines went to somebody else; only with a link that
 * was undone it ends. from is US_NEVER where rows of the replay store are yet to say.
 */
struct logs_member {
    uint32_t account, person;
    int64_t from, to;
};

/* What the replay store knows of events, so that the database need not be asked: which
 * accounts have any, and who has been in them, internal people included. */
struct logs_seen {
    const uint32_t *accounts;
    size_t account_count;
    const struct logs_member *members;
    size_t member_count;
};

/* Everything but events, by owner: the rows of id are those of [from[id], from[id +
 * 1]). */
struct logs_facts {
    struct us_history *h;
    const struct us_need *need;
    uint32_t only;                /* the one account asked for; US_NOBODY: all */
    const struct logs_seen *seen; /* NULL: the database is asked */
    int64_t until;
    bool as_named; /* by company, too: whoever an account is of, it is the one named */
    struct us_arena arena; /* indexes, spans */
    struct us_arena arena_traits, arena_users, arena_payments, arena_members;
    struct us_arena arena_leads, arena_deals;
    struct us_intern texts;      /* of values, methods, plans */
    struct us_span *spans, *cut; /* room for US_SPANS_MAX each */
    bool *present;               /* account: has any event, trait or payment */
    int64_t *since;              /* account: of its traits, payments and deals, whether
                                  * asked for or not, the first; US_NEVER */
    bool *internal;              /* person: of an internal domain */
    const bool *reach; /* person: may be one of the account's, by some link; NULL:
                        * anybody may */
    struct us_identity *identity; /* of their links alone; NULL: history's */
    bool *member;                 /* person: of any account wanted */
    int64_t *undos;               /* the moments at which links were undone, in order */
    size_t undo_count, undo_cap;
    struct logs_trait *traits;
    size_t trait_count, trait_cap, *trait_from;
    struct logs_trait *users;
    size_t user_count, user_cap, *user_from;
    struct logs_payment *payments;
    size_t payment_count, payment_cap, *payment_from;
    struct logs_deal *deals;
    size_t deal_count, deal_cap, *deal_from;
    struct logs_lead *leads;
    size_t lead_count, lead_cap, *lead_from;
    struct logs_member *members;
    size_t member_count, member_cap, *member_from;
};

/* Room for all of it; then what is there is read. done after either. */
void logs_facts_open(struct logs_facts *f);
us_code logs_facts_read(struct logs_facts *f, struct us_error *e);
void logs_facts_done(struct logs_facts *f);
/* Traits, payments and deals of one account, into the arena; out's other fields stay.
 * Nobody's traits are seen at an account but while they are its member: by facts, and
 * by its rows, as many of them as are given. */
void logs_facts_take(const struct logs_facts *f, uint32_t account,
    const struct logs_member *rows, size_t row_count, struct us_arena *a,
    struct us_log *out);
us_code logs_undos_read(struct logs_facts *f, struct us_error *e);
/* Until when somebody is a member whose line goes to another at `to`. */
int64_t logs_member_to(const struct logs_facts *f, int64_t to);
/* What a group call, of which the query has a row, makes members: in f->spans, those of
 * them that are of somebody and of an account. */
#define LOGS_GROUPS                                                                 \
    "SELECT from_id, to_id, known, undone FROM links_made LEFT JOIN (SELECT link, " \
    "min(known) AS undone FROM undos GROUP BY link) ON link = seq WHERE kind = "    \
    "'group'"
size_t logs_group_spans(struct logs_facts *f, const struct duck_rows *r, size_t i);
/* In order, each stretch once and as long as it is; how many are left. */
size_t logs_members_join(struct logs_member *members, size_t count);
us_code logs_people_read(struct logs_facts *f, struct us_error *e);
us_code logs_payments_read(struct logs_facts *f, struct us_error *e);
us_code logs_deals_read(struct logs_facts *f, struct us_error *e);

/* logs_reach.c: of one workspace whose people the replay store knows, reach and
 * identity; else nothing. */
us_code logs_reach_read(struct logs_facts *f, struct us_error *e);
/* core_spans by that identity. */
size_t logs_spans(
    const struct logs_facts *f, const struct us_who *who, struct us_span *spans);

us_code logs_leads_read(struct logs_facts *f, struct us_error *e);
/* The stretches of an account's own line (traits, payments): by company those of its
 * mapping, else of its people's domains; before either it stands for itself. Valid
 * until the next call. */
size_t logs_account_spans(
    const struct logs_facts *f, uint32_t account, int64_t known, struct us_span **out);

/* " FROM (…) v": events as they are seen, with from_known, to_known and the person and
 * account of that stretch; where stands among conditions on e. */
void logs_events_from(bool spans, us_str where, struct us_buf *sql);
us_code logs_spans_exist(struct us_history *h, bool *exist, struct us_error *e);

/* " AND column <= …"; nothing for all time. */
void logs_until(const struct logs_facts *f, const char *column, struct us_buf *sql);
/* " AND account = …" where the rows of one account are enough. */
void logs_only(const struct logs_facts *f, struct us_buf *sql);
bool logs_wanted(const struct logs_facts *f, uint32_t account);
/* A text that lives as long as f. */
us_str logs_kept(struct logs_facts *f, us_str text);
void logs_names_put(const us_str *names, size_t count, struct us_buf *sql);

/* A row of owner, at, known, fixed, seq, key, value; the key is left to the caller. */
void logs_trait_read(struct logs_facts *f, const struct duck_rows *r, size_t i,
    struct us_log_trait *out);
uint32_t logs_key(const us_str *keys, size_t count, us_str key);
int logs_trait_order(const void *a, const void *b);
int logs_time_order(int64_t at, int64_t other_at, int64_t seq, int64_t other_seq);
/* qsort, which takes no NULL even for nothing. */
void logs_sort(
    void *rows, size_t count, size_t size, int (*order)(const void *, const void *));
size_t *logs_index(
    struct us_arena *a, size_t ids, const void *rows, size_t size, size_t count);

/* ---- logs_columns.c ---- */
/* " AND e.name IN (…)" for the events that need asks for, in the scratch of a question,
 * and the index in need of every name of history, or US_NAME_OTHER. */
us_str logs_names_of_interest(struct us_history *h, const struct us_need *need,
    struct us_arena *a, uint32_t **index);
/* ", v.a, v.b …": need's columns, in order. */
us_code logs_columns_put(struct us_history *h, const struct us_need *need,
    const char *alias, struct us_buf *sql, struct us_error *e);
us_value logs_column_value(const struct duck_rows *r, size_t column, size_t row,
    us_kind kind, struct us_arena *texts);

/* A line of a person, who may be known by an anonymousId alone. */
struct us_who logs_who(
    const struct us_history *h, uint32_t person, uint32_t group, int64_t known);

/* Whether an account's key, an id or an address is one of `internal`. */
bool logs_is_internal(const struct us_history *h, us_str key, struct us_arena *a);

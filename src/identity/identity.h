/* identity.h: who is this, and which account, as of any moment.
 *
 * Built from links, which are journal lines with a known time each and can be undone
 * (semantics 15, 16). The order in which links are added does not matter. Rules:
 *
 * (1) A message's person is its userId; without one, the user its anonymousId is linked
 *     to: the newest link known at the message's own known, else the first one after.
 *     Unlinked, an anonymousId is a person by itself.
 * (2) An alias makes previousId the same person as userId; of several the newest known
 *     holds. Self-alias does nothing; a link that would close a circle is not followed:
 *     of each circle the newest link is as if it were not there, so that an older one
 *     of the same previousId holds again.
 * (3) An anonymousId linked to more than US_LINK_USERS_MAX users (userIds, before any
 *     alias) belongs to none of them (a shared machine) and stands for itself; blocked
 *     ids never link.
 * (4) The account of a message is its own groupId; without one, its person's group link
 *     newest by known at the message's known, else the first one after. The links of a
 *     person are those of every id that is this person by (1), at the link's own known,
 *     and (2). Ties of known are broken by the greater text. `company`: that account's
 *     company by mapping, the newest known, else the domain of the person's e-mail,
 *     found as the account is, when it is no free-mail domain, else none; and where
 *     that company or domain is itself mapped, the one it is mapped to.
 * (5) At moment t only links with known <= t count, and of those only the ones not
 *     undone by t.
 *
 * Owns:    its tables; ids are the caller's dense numbers.
 * Threads: any number may ask at once; one at a time adds, alone.
 */
#pragma once

#include "base/arena.h"
#include "base/str.h"
#include "base/time.h"

#include <stdint.h>

enum { US_LINK_USERS_MAX = 5, US_SPANS_MAX = 4096 };

/* No person, no account. */
#define US_NOBODY UINT32_MAX

typedef enum us_link_kind {
    US_LINK_ANONYMOUS, /* from: anonymous person, to: user person */
    US_LINK_ALIAS,     /* from: previous person, to: user person */
    US_LINK_GROUP,     /* from: person, to: account */
    US_LINK_EMAIL,     /* from: person, to: company (a work domain) */
    US_LINK_COMPANY,   /* from: account, to: company (mapping or CRM id) */
} us_link_kind;

/* A group, e-mail or company link to US_NOBODY says: none from here on (a person that
 * was removed from its account, or whose new address is at a free-mail domain). */

struct us_link {
    int64_t seq; /* of its line; the name by which it is undone */
    int64_t known;
    int64_t undone; /* US_NEVER while it holds */
    us_link_kind kind;
    uint32_t from, to;
    us_str text; /* what `to` stands for; borrowed. Empty: ties go by number */
};

struct us_identity; /* opaque */

struct us_identity *us_identity_new(void);
void us_identity_free(struct us_identity *i); /* NULL is fine */

/* As new, without giving its memory back. */
void us_identity_clear(struct us_identity *i);

/* Add all, then freeze; adding after freeze thaws it. An undo takes back every link of
 * that line, also those added later; of several the earliest counts. */
void us_identity_add(struct us_identity *i, const struct us_link *link);
void us_identity_undo(struct us_identity *i, int64_t link_seq, int64_t known);
void us_identity_freeze(struct us_identity *i);

/* One stretch of moments in which a message belongs to this person and account. */
struct us_span {
    int64_t from, to; /* [from, to) in time of knowledge; to is US_NEVER for the last */
    uint32_t person;
    uint32_t account;
};

/* What of a message identity needs. Persons and accounts as interned by the caller;
 * US_NOBODY where absent. */
struct us_who {
    uint32_t user, anonymous, group;
    int64_t known;
};

/* The stretches from who->known on, in order, without gaps, neighbours different. Past
 * max (at least 1) they are one with the last, which then tells the newest answer. */
size_t us_identity_spans(const struct us_identity *i, const struct us_who *who,
    bool by_company, struct us_span *spans, size_t max);

/* At one moment t >= who->known. The answer is known to hold over [t, to); it may hold
 * for longer. */
struct us_span us_identity_at(
    const struct us_identity *i, const struct us_who *who, bool by_company, int64_t t);

/* Whether any link at all may change what the message's raw ids say: when not, its
 * person is its user (or anonymous) and its account its group (by_company: none), for
 * ever. */
bool us_identity_touches(
    const struct us_identity *i, const struct us_who *who, bool by_company);

/* What an account, a domain or a company is mapped to at t, one step; US_NOBODY where
 * it is not (of an account the caller then counts the work domains of its people).
 * until, unless NULL: how long that stands. */
uint32_t us_identity_company(
    const struct us_identity *i, uint32_t account, int64_t t, int64_t *until);

/* The registrable domain of an e-mail address or host ("a@mail.acme.co.uk" →
 * acme.co.uk; Public Suffix List), lower case, in the arena; empty when it is none. */
us_str us_domain_of(us_str address, struct us_arena *a);

/* A domain at which anybody gets an address: gmail.com, qq.com … */
bool us_domain_is_free(us_str domain);

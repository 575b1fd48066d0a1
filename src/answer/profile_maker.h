/* profile_maker.h: what reading a profile needs; for the sources of profile_*.c alone.
 */
#pragma once

#include "answer/profile.h"
#include "json/json.h"

/* A person: a userId, or an anonymousId for itself or for the user it became. */
struct us_profile_person {
    uint32_t same;   /* the user it is, else US_PROFILE_NONE */
    uint32_t group;  /* by the newest group call */
    uint32_t domain; /* of its e-mail, as an account; US_PROFILE_NONE: none or free */
    bool identified, email;
};

/* The last value of a trait, of an account or a person. */
struct us_profile_trait {
    uint32_t owner, key;
    bool user;
    us_value value;
};

struct us_profile_maker {
    struct us_arena own;    /* the profile and this */
    struct us_arena memory; /* events, fields, texts: as long as the profile */
    struct us_arena people_memory, row_memory, trait_memory; /* one vector each */
    struct us_arena sorted;  /* rows in order, accounts */
    struct us_arena scratch; /* of one line */
    struct us_intern names, persons, accounts, keys, values;
    struct us_print_map trait_at; /* (user, owner, key): index + 1 */
    struct us_print_map pairs;    /* (name, person) seen */
    struct us_profile_person *people;
    size_t people_count;
    struct us_profile_row *rows; /* in order of arrival; account is the group */
    size_t row_count;
    struct us_profile_trait *traits;
    size_t trait_count;
    struct us_profile_event *events; /* by id of the name */
    size_t event_count, event_cap;
    struct us_json *json;
};

/* Whether a property tells where in the product or site one was: path, url … */
bool us_profile_is_place(us_str key);

/* Of so many events, how many were looked at for this property. */
int64_t us_profile_looked_at(int64_t count, us_str key);

/* One more that has the field, with this value. */
void us_profile_field_add(
    struct us_profile_maker *m, struct us_profile_field *field, us_value value);
struct us_profile_field *us_profile_field_of(struct us_profile_maker *m,
    struct us_profile_field **fields, size_t *count, size_t *cap, us_str key);
void us_profile_field_finish(struct us_profile_field *field);

/* profile_traits.c */
void us_profile_traits_add(struct us_profile_maker *m, const struct us_json_doc *doc,
    uint32_t object, uint32_t owner, bool user);
void us_profile_traits_finish(struct us_profile *p);

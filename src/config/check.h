/* check.h: a tree held against the tables of key.h. Internal to config/. */
#pragma once

#include "config/key.h"
#include "config/yaml.h"

/* What a mistake is found in, told as "qualify.buyer.threshold". */
struct us_where {
    const struct us_where *up;
    us_str name;
};

struct us_check {
    struct us_arena *a;
    struct us_diags *d;
    const struct us_config *c;
};

/* All mistakes of a node and what is in it; numbers, spans and choices are left in the
 * nodes, and what cannot be used is marked bad. */
void us_check_node(struct us_check *check, struct us_yaml *node,
    const struct us_key *key, const struct us_where *where);

/* The same of a scalar, which it is. */
void us_check_scalar(struct us_check *check, struct us_yaml *node,
    const struct us_key *key, const struct us_where *where);

/* Of children with keys, each name after its first is told and marked bad. Sorts. */
void us_check_twice(struct us_check *check, struct us_yaml **nodes, size_t count);

us_str us_where_text(struct us_arena *a, const struct us_where *where);
void us_check_mistake(struct us_check *check, struct us_yaml *node, const char *key,
    const us_arg *args, us_str suggestion);

/* a-z, 0-9 and _, not beginning with a digit. */
bool us_is_name(us_str text);

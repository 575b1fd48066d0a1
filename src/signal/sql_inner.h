/* sql_inner.h: what the files of the lowering share. Inside this folder only. */
#pragma once

#include "signal/compile.h"
#include "signal/sql.h"

enum {
    US_SQL_COST_MAX = 60, /* of what is written out in one place; more gets a name */
    US_SQL_SCRATCH_BYTES = 64 << 20,
};

/* What a value can be. A number: most in size, and least in size when it is not 0 (0:
 * no telling); DuckDB calculates on to infinity, where ours is missing. */
struct us_sql_extent {
    double most, least;
    bool whole;
    bool miss; /* may be missing or of another kind */
};

/* How a node is written. */
struct us_sql_ref {
    bool seen;
    us_str name;    /* of a column of q (in a where: e) that has it; empty: in place */
    uint32_t level; /* of the first step whose columns are enough to write it */
    uint32_t cost;
    uint32_t kinds; /* bits: asked for as this kind */
    struct us_sql_extent extent;
};

/* What names of one place stand for: the values of accounts, or a where's. */
struct us_sql_frame {
    char alias; /* q, or e */
    struct us_sql_ref *refs;
    uint32_t *named; /* columns made of others, in order of making */
    size_t named_count, named_cap;
    uint32_t levels; /* of the highest of them */
};

typedef enum us_sql_how { US_SQL_VALUE, US_SQL_GATE, US_SQL_POINTS } us_sql_how;

struct us_sql_column {
    us_sql_how how;
    us_str name;
    const uint32_t *nodes;
    size_t count;
};

struct us_sql {
    const struct us_sql_source *of;
    const struct us_plan *plan;
    struct us_sql_asked asked;
    struct us_arena *arena;
    struct us_sql_frame values, where;
    us_str *signals;  /* of each node: the signal that is it */
    uint32_t *inputs; /* nodes that read rows */
    size_t input_count, input_cap;
    us_str *taken;
    size_t taken_count, taken_cap;
    struct us_sql_column *columns;
    size_t column_count, column_cap;
    us_str verdict, verdict_text;
    us_str *lines; /* of the comment at the head */
    size_t line_count, line_cap;
    uint32_t part; /* how many names were made up */
};

/* ---- sql_name.c ---- */

/* want, or want_2 …, which no one else is called; nor with any of ends, whose last is
 * NULL. */
us_str us_sql_unique(struct us_sql *s, us_str want, const char *const *ends);
/* What an input is called when no signal is it. */
us_str us_sql_name_of(struct us_sql *s, const struct us_node *n);
/* Where any word may stand (after a dot, after AS), and where a table's name does. */
void us_sql_label(struct us_buf *out, us_str name);
void us_sql_table(struct us_buf *out, us_str name);
void us_sql_text(struct us_buf *out, us_str text); /* 'text' */
/* typed: surely a DOUBLE. */
void us_sql_number(struct us_buf *out, double value, bool typed);
void us_sql_moment(struct us_buf *out, int64_t at);
/* "-- text" on one line. */
void us_sql_comment(struct us_buf *out, us_str text);
void us_sql_comment_node(struct us_sql *s, struct us_buf *out, uint32_t node);
void us_sql_comment_key(
    struct us_sql *s, struct us_buf *out, const char *key, const us_arg *args);

/* Text with {name} for what holes say; ends at an empty name. */
struct us_sql_hole {
    const char *name;
    us_str text;
};
void us_sql_fill(struct us_buf *out, us_str text, const struct us_sql_hole *holes);

/* ---- sql_visit.c ---- */

/* Find inputs, and names for what wants one. */
void us_sql_visit(struct us_sql *s, struct us_sql_frame *f, uint32_t node);
bool us_sql_is_nonzero(const struct us_sql *s, uint32_t node); /* a constant */
bool us_sql_is_division(const struct us_node *n);
bool us_sql_is_arithmetic(const struct us_node *n);
/* Whether a node's own arithmetic could leave the finite numbers. */
bool us_sql_may_overflow(const struct us_sql_frame *f, uint32_t node);

/* ---- sql_expr.c ---- */

/* The value as this kind, NULL when it is missing or of another. */
void us_sql_write(struct us_sql *s, struct us_sql_frame *f, uint32_t node, us_kind kind,
    struct us_buf *out);
/* The columns of q or e that the named nodes of a level are, each after a comma. */
void us_sql_write_level(
    struct us_sql *s, struct us_sql_frame *f, uint32_t level, struct us_buf *out);
const char *us_sql_kind_suffix(us_kind kind); /* "_number" … */

/* ---- sql_rows.c ---- */

/* "account, t" of what is per account; the same of q. */
const char *us_sql_keys(us_scope scope);
const char *us_sql_keys_of_q(us_scope scope);
/* The start of the bucket of q.t, or of one so many before it. */
us_str us_sql_bucket(struct us_arena *a, us_window w, int64_t before);
/* When the first event was, for age and first. */
void us_sql_began(struct us_sql *s, us_scope scope, struct us_buf *out);
/* The CTEs of a call; what its column in `inputs` is; what is joined for it. */
void us_sql_call(struct us_sql *s, uint32_t node, struct us_buf *out);
void us_sql_call_column(struct us_sql *s, uint32_t node, struct us_buf *out);
void us_sql_call_joins(struct us_sql *s, uint32_t node, struct us_buf *out);

/* ---- sql_facts.c ---- */

void us_sql_trait(struct us_sql *s, uint32_t node, struct us_buf *out);
/* What paid stands on and, monthly, mrr and arr; once. */
void us_sql_money(struct us_sql *s, bool monthly, struct us_buf *out);
void us_sql_paid(struct us_sql *s, uint32_t node, struct us_buf *out);

/* sql.h: nodes of a plan as one SELECT that DuckDB answers.
 *
 * The text reads the views seen_… of history (docs/schema.md) and gives, for whoever is
 * asked at whatever moment, the same as the referee: rows as they are seen then,
 * windows as buckets, three-valued logic, decimals, and doubles added up in the same
 * order. A row is an account and a moment; of what is per user, an account, one of the
 * people seen there by then, and a moment. Each input is a CTE with a name and, as a
 * comment, the part of the expression it stands for; parts that would be long or are
 * wanted twice are columns of a step of their own.
 *
 * Owns:    everything, in the arena given.
 * Fails:   never; what does not fit leaves the buffer full.
 * Threads: one thread a struct us_sql.
 */
#pragma once

#include "signal/signals.h"
#include "text/text.h"

/* What the text depends on besides the plan. */
struct us_sql_source {
    const struct us_plan *plan;
    const us_str *columns; /* of need.columns: their names in SQL */
    const us_str *fixed;   /* account traits that hold for all time */
    size_t fixed_count;
    const struct us_rate *rates;
    size_t rate_count;
    us_str currency;
    us_lang lang; /* of comments */
};

/* Who and when. */
struct us_sql_asked {
    us_scope scope;
    bool identified;   /* of people, only those with a userId */
    const int64_t *at; /* moments, each once; with `each` one */
    size_t count;
    bool each;          /* every evaluation moment up to it (semantics 3, 4) */
    bool hours;         /* with ticks of hours among them */
    const us_str *head; /* lines of the comment at the head */
    size_t head_count;
};

struct us_sql; /* opaque */

/* The plan is closed. */
struct us_sql *us_sql_new(const struct us_sql_source *source,
    const struct us_sql_asked *asked, struct us_arena *a);

/* Further columns, in order. name is as it will be called. A value is as it is (a trait
 * as text); a gate is true or, whatever else, false, and true of US_NODE_NONE; points
 * are the sum of numbers, what is none counting as 0, clamped to 0..100. */
void us_sql_value(struct us_sql *s, us_str name, uint32_t node);
void us_sql_gate(struct us_sql *s, us_str name, uint32_t node);
void us_sql_points(struct us_sql *s, us_str name, const uint32_t *nodes, size_t count);

/* A column made of those before it, in SQL; they are called q.NAME there. It stands
 * first. */
void us_sql_verdict(struct us_sql *s, us_str name, us_str text);

/* One more line of the comment at the head. That follows the WITH: a text that begins
 * with two dashes would be taken for an option. */
void us_sql_say(struct us_sql *s, us_str line);

void us_sql_print(struct us_sql *s, struct us_buf *out);

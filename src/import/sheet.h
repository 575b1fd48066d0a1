/* sheet.h: rows of a table, whoever wrote it, become lines of the journal.
 *
 * A kind says which columns its tables have and what a row of them means. Which kind a
 * table is, its header says: names are compared by their letters and digits alone, so
 * "User ID", "user_id" and "userId" are one. The kinds are one table (kinds.c), walked
 * by recognition, by the tests and by docs/import.md.
 *
 * Owns:    what it keeps lies in the arena given to open; a row's texts in t->scratch.
 * Fails:   a header that fits no kind is US_INPUT; a row that cannot be understood is a
 *          dead letter.
 */
#pragma once

#include "import/customers.h"
#include "import/periods.h"
#include "import/take.h"

enum { US_RULES_MAX = 32 };

typedef enum us_cell_kind {
    US_CELL_TEXT,
    US_CELL_TIME,     /* ISO 8601 */
    US_CELL_MOMENT,   /* or seconds, or milliseconds, since 1970 */
    US_CELL_DATE,     /* or as vendors write it: 1/31/2024, 1/31/2024 2:30 PM */
    US_CELL_NUMBER,   /* as JSON writes it */
    US_CELL_MONEY,    /* or as vendors do: $1,234.50 */
    US_CELL_WORD,     /* one of the rule's words */
    US_CELL_INTERVAL, /* "month", "3 months", "yearly" */
    US_CELL_YES,      /* true, yes, 1 … */
} us_cell_kind;

typedef enum us_cell_need {
    US_MAY,
    US_MUST,   /* the column has to be there */
    US_FILLED, /* and every row has to fill it */
    US_EITHER, /* one of the columns so marked has to be there */
    US_TELLS,  /* may be there, and then a modest kind is sure of itself */
} us_cell_need;

/* A column. Words are cut by spaces; "inbound:in" is taken and means "in". */
struct us_cell_rule {
    us_str key; /* in m; also a name of the column */
    us_cell_kind kind;
    us_cell_need need;
    us_str names; /* further names, cut by '|' */
    us_str words;
};

struct us_sheet;
struct us_row;

struct us_sheet_kind {
    us_str name;                      /* "payments", "stripe payments" */
    us_line_type type;                /* of the lines its rows become */
    const struct us_cell_rule *rules; /* ends at an empty key */
    us_str at;   /* the rule that says when it happened, for its `known` */
    bool vendor; /* of somebody else: columns without a rule mean nothing to us */
    bool open;   /* columns without a rule belong to it: traits, properties */
    bool modest; /* what might be a table of accounts too: sure of itself only with
                    a column that tells, or none without a rule */
    bool resort; /* what is taken when nothing else fits, and nearly everything fits */
    bool customers; /* rows name a vendor's customer, not an account */
    us_code (*row)(struct us_sheet *table, struct us_row *row, struct us_error *e);
};

extern const struct us_sheet_kind *const us_sheet_kinds[];
extern const size_t us_sheet_kind_count;

struct us_cell {
    us_str text; /* trimmed; a number as JSON writes it, a word as we spell it */
    int64_t at;  /* of a time; US_NEVER when empty */
    bool yes;
    us_str column; /* its name in the file; empty when the file has no such column */
};

struct us_row {
    us_str raw;
    const us_str *cells;               /* as they stand */
    struct us_cell cell[US_RULES_MAX]; /* by rule */
};

/* A column without a rule. */
struct us_extra {
    size_t column;
    us_str name;
};

struct us_sheet {
    struct us_take *take;
    const struct us_sheet_kind *kind;
    us_str *names; /* of the file's columns, after --map; empty: ignored */
    bool *mapped;  /* named so by --map */
    bool *secret;  /* named so in the file that no dead letter may show it */
    bool secrets;  /* some are */
    size_t column_count;
    size_t column_of[US_RULES_MAX]; /* by rule; SIZE_MAX: not there */
    size_t rule_count;
    struct us_extra *extras;
    size_t extra_count;
    struct us_customers customers;
    struct us_periods periods;
};

us_code us_sheet_open(struct us_sheet *table, struct us_take *t, struct us_arena *a,
    const us_str *names, size_t count, struct us_error *e);
void us_sheet_close(struct us_sheet *table);

/* The row's text with the cells of secret columns as ***. */
us_str us_sheet_hide(
    const struct us_sheet *table, us_str raw, const us_str *cells, size_t count);

/* One row; raw is what a dead letter of it shows. */
us_code us_sheet_row(struct us_sheet *table, us_str raw, const us_str *cells,
    size_t count, struct us_error *e);

/* ---- for the kinds ---- */

/* The cell of a key; one without text when the file has no such column. */
const struct us_cell *us_row_cell(
    const struct us_sheet *table, const struct us_row *row, us_str key);
us_str us_row_text(const struct us_sheet *table, const struct us_row *row, us_str key);

/* m, member by member; a text that is empty and a moment that is US_NEVER are left out.
 * raw: JSON as it stands. */
struct us_buf us_m_begin(const struct us_sheet *table);
void us_m_text(struct us_buf *m, us_str key, us_str text);
void us_m_raw(struct us_buf *m, us_str key, us_str json);
void us_m_time(struct us_buf *m, us_str key, int64_t at);

/* A cell nobody has told the kind of: a number, true, false, else text. */
void us_m_guess(struct us_buf *m, us_str key, us_str text);

/* End m and hand it on as a line known at `known`, or, US_NEVER, now. */
us_code us_row_put(struct us_sheet *table, const struct us_row *row, us_line_type type,
    struct us_buf *m, int64_t known, struct us_error *e);

/* The row cannot be understood. */
us_code us_row_dead(struct us_sheet *table, const struct us_row *row,
    const struct us_error *why, struct us_error *e);

/* The row is understood and tells nothing that is kept: an invoice nobody has paid. */
us_code us_row_pass(struct us_sheet *table);

/* ---- cells.c ---- */

/* The cell's text, judged by the rule; false fills why. */
bool us_cell_read(const struct us_cell_rule *rule, us_str column, us_str text,
    struct us_arena *a, struct us_cell *cell, struct us_error *why);

/* A name's letters and digits, small; whether two are one by them. */
us_str us_plain_name(us_str name, struct us_arena *a);
bool us_same_name(us_str a, us_str b);

us_str us_capitals(us_str s, struct us_arena *a); /* a-z become A-Z */

/* The beginning of a text from outside, for an error; whole characters. */
us_str us_shown(us_str text);

/* ---- recognise.c ---- */

/* Which kind it is, or the one that was asked for; fills kind, rule_count, column_of
 * and extras of a table that has its names. */
us_code us_sheet_recognise(
    struct us_sheet *table, struct us_arena *a, struct us_error *e);

/* Names as --map has them. */
us_code us_sheet_map(struct us_sheet *table, struct us_arena *a, struct us_error *e);

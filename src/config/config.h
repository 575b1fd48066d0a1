/* config.h: usher.yml and the files it includes, read with places into checked structs.
 *
 * All mistakes are found at once, each with its place; a YAML syntax error ends the
 * check of that file (semantics 32). Expressions are kept as text with their place:
 * the signal language (src/signal/) and definitions (src/qualify/) check them and add
 * to the same list. The keys, their kinds, defaults and words are tables (key.h), from
 * which docs/configuration.md is printed and mistakes get their "did you mean".
 *
 * Owns:    everything, in the arena given (64 MB or more). Texts borrow from it.
 * Fails:   US_IO when the file cannot be read, US_LIMIT when it or all of them are too
 *          large; mistakes, an included file that is not there among them, are not
 *          failures but diags.
 * Threads: one at a time; what is returned is never written again.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "base/time.h"
#include "base/value.h"
#include "text/text.h"

#include <stdint.h>

enum {
    US_CONFIG_BYTES_MAX = 4 << 20, /* a file */
    US_CONFIG_FILES_MAX = 64,
    US_DIAGS_MAX = 500,
};

/* A place in a file: line and column from 1; the column counts characters. len is how
 * many the caret underlines (at least 1). file indexes us_config.files. */
typedef struct us_place {
    uint32_t file, line, column, len;
} us_place;

typedef struct us_diag {
    us_place place;
    bool warning;       /* worth saying, but loads */
    const char *key;    /* of i18n/ */
    const us_arg *args; /* ends at a NULL name */
    us_str suggestion;  /* the nearest known name, or empty */
} us_diag;

struct us_diags {
    struct us_arena *arena;
    us_diag *items;
    size_t count, cap;
    size_t errors; /* those that are no warnings */
};

/* Copies args and texts. Past US_DIAGS_MAX it only counts. */
void us_diag_add(struct us_diags *d, us_place place, bool warning, const char *key,
    const us_arg *args, us_str suggestion);

/* The nearest of count names within a third of their length; empty when none is. */
us_str us_nearest(us_str name, const us_str *names, size_t count);

/* Text with its place: an expression, a name. Empty text means not given. */
typedef struct us_source {
    us_str text;
    us_place place;
} us_source;

struct us_config_file {
    us_str path; /* as shown to people */
    us_str text;
};

typedef struct us_phrase {
    us_str en, zh; /* templates with {n} {w} {event}; empty: made from the expression */
} us_phrase;

typedef enum us_axis { US_AXIS_USAGE, US_AXIS_FIT, US_AXIS_INTENT, US_AXES } us_axis;
typedef enum us_unit { US_WORKSPACE, US_COMPANY } us_unit;

/* Which event names mean what (events:). Names known to the Segment B2B spec are added
 * by event/semantic.c, not here. */
typedef enum us_role {
    US_ROLE_SIGN_UP,
    US_ROLE_ACTIVATED,
    US_ROLE_INVITE,
    US_ROLE_SEAT,
    US_ROLE_LIMIT,
    US_ROLE_PRICING,
    US_ROLE_CHECKOUT,
    US_ROLE_HAND_RAISE,
    US_ROLES
} us_role;
const char *us_role_key(us_role role); /* "sign_up", "activated", … as in YAML */

/* Questions no log can answer (about:). */
typedef enum us_about_key {
    US_ABOUT_MODEL, /* 0 freemium, 1 trial */
    US_ABOUT_CHECKOUT,
    US_ABOUT_REQUESTS,
    US_ABOUT_CONTRACT,
    US_ABOUT_ARR,
    US_ABOUT_OWNER, /* 0 product, 1 growth, then others */
    US_ABOUT_ENTERPRISE,
    US_ABOUT_BIG_DEALS,
    US_ABOUT_PROCUREMENT,
    US_ABOUT_STALLED,
    US_ABOUT_LOSING,
    US_ABOUT_PLATEAU,
    US_ABOUT_CONSOLIDATION,
    US_ABOUTS
} us_about_key;
const char *us_about_word(us_about_key key); /* "model", … as in YAML */

struct us_about_answer {
    bool given;
    double value; /* a number; 1 or 0 of yes or no; which of the choices */
    us_place place;
};

struct us_alias {
    us_source name;
    us_source *others;
    size_t count;
};

struct us_signal_text {
    us_source name;
    us_source is;
    us_phrase say;
    bool may_mention; /* default yes */
};

struct us_definition_text {
    us_source name;
    bool pql;             /* kind: pql, else pqa */
    us_source aim;        /* an outcome's name */
    us_source within;     /* a pqa definition's name, for pql */
    int64_t horizon_days; /* default 90 */
    us_source who, stay;
    us_source *must;
    size_t must_count;
    us_source *score[US_AXES];
    size_t score_count[US_AXES];
    double threshold[US_AXES]; /* 0 when not given */
    us_place threshold_place[US_AXES];
    us_axis rank[US_AXES];
    size_t rank_count;                        /* default intent, fit, usage */
    int64_t hold_us, cooldown_us, expires_us; /* 0 when not given */
    double grades[3];                         /* A, B, C; default 75 50 25 */
    us_phrase say;
};

struct us_outcome_text {
    us_source name;
    us_source event, payment, deal, channel; /* which of them is given says the kind */
    int64_t nth;                             /* of event; default 1 */
    double arr, mrr;                         /* 0 when not given */
    int64_t within_days;                     /* 0: no limit */
};

struct us_price {
    us_str plan;
    double seat_month, month, year;
};
struct us_rate {
    us_str currency;
    double rate;
}; /* 1 unit in the reporting currency */

/* Who may post: clients by a write key, which browsers show to anybody; Stripe by
 * secrets that sign; a CRM or billing system, whose key is a secret. */
typedef enum us_source_kind {
    US_SOURCE_EVENTS,
    US_SOURCE_STRIPE,
    US_SOURCE_RECORDS, /* payments, deals, contacts … */
} us_source_kind;

/* A key or secret of the form ${NAME} stands for an environment variable's value. */
struct us_source_text {
    us_str name;
    us_source key; /* empty of a stripe source */
    bool production;
    us_source_kind kind;
    us_source *secrets;
    size_t secret_count;
    us_source customers; /* a file, which of Stripe's customers is which account */
};

/* Of a play what a server needs; the rest of its body is checked against key.h, for
 * later issues. */
struct us_play_text {
    us_source name, on; /* on: a definition */
    int64_t live_from;  /* US_ALWAYS: not given */
    int64_t backlog;    /* handed on by themselves in any 7 days; 0: none are */
};

/* For how many days lines are kept; 0: for ever. */
struct us_retention {
    int64_t events, dead_letters, test;
    us_place place; /* of events */
};

/* What later issues use is read and checked now (comp:). */
struct us_config {
    struct us_config_file *files;
    size_t file_count;
    us_unit unit;
    us_place unit_place;
    us_str *internal; /* domains never counted */
    size_t internal_count;
    us_str *fixed; /* account traits that hold for all time */
    size_t fixed_count;
    us_source *roles[US_ROLES];
    size_t role_count[US_ROLES];
    struct us_alias *aliases;
    size_t alias_count;
    us_source exclude;
    struct us_price *prices;
    size_t price_count;
    us_str currency; /* reporting; default USD */
    struct us_rate *rates;
    size_t rate_count;
    double rep_hour, hours_per_deal, win_rate, margin; /* costs: */
    us_str time_zone;                                  /* default UTC */
    us_str *holidays;
    size_t holiday_count;
    struct us_outcome_text *outcomes;
    size_t outcome_count;
    struct us_signal_text *signals, *user_signals;
    size_t signal_count, user_signal_count;
    struct us_definition_text *definitions;
    size_t definition_count;
    struct us_play_text *plays;
    size_t play_count;
    us_source *comp; /* names; their bodies are checked against key.h */
    size_t comp_count;
    struct us_source_text *sources;
    size_t source_count;
    struct us_retention retention;
    struct us_about_answer about[US_ABOUTS];
};

/* Read path (and what it includes). US_OK with d->errors > 0 when there are mistakes;
 * then *out holds what could be understood. */
us_code us_config_read(us_str path, struct us_arena *a, struct us_diags *d,
    struct us_config **out, struct us_error *e);

/* The same from memory, for tests, fuzzing and `init`; include: is refused. */
us_code us_config_parse(us_str name, us_str text, struct us_arena *a,
    struct us_diags *d, struct us_config **out, struct us_error *e);

/* The text of c->files[*file] with one more gate: a `must` of a definition, or at the
 * end a definition of its own; all else is byte for byte as it was. False where it is
 * written in a way that takes none (in braces). Whether it then loads is the caller's
 * to see. */
struct us_gate_asked {
    size_t definition; /* index; SIZE_MAX: a new one, of … */
    us_str name, aim;  /* … this name and aim (may be empty) */
    bool pql;
    us_str expression;
};
bool us_config_gate(const struct us_config *c, const struct us_gate_asked *asked,
    struct us_arena *a, uint32_t *file, us_str *out);

/* The same with the lines of one axis of a definition's score (score.c), and signals
 * that they name. What stands there is replaced when `replace` says so; comments on
 * lines of their own stay. */
struct us_score_asked {
    size_t definition; /* index */
    us_axis axis;
    const us_str *lines; /* "12 if invites >= 3" */
    size_t line_count;
    const us_str *signals, *expressions; /* to be added: of the people where it is a
                                            pql */
    size_t signal_count;
    bool replace;
};

/* So many bytes at `at` of the file as it was give way to text. */
struct us_config_edit {
    size_t at, cut;
    us_str text;
};

typedef enum us_scored {
    US_SCORED,        /* *out is the new text */
    US_SCORED_SAME,   /* all of it stands there already */
    US_SCORED_TAKEN,  /* the axis has other lines */
    US_SCORED_BRACES, /* it is written in braces, or brackets with comments in them */
} us_scored;

enum { US_SCORE_EDITS_MAX = 4 };
struct us_score_put {
    uint32_t file; /* the definition's */
    us_str text;
    struct us_config_edit edits[US_SCORE_EDITS_MAX]; /* by at */
    size_t edit_count;
};
us_scored us_config_score(const struct us_config *c, const struct us_score_asked *asked,
    struct us_arena *a, struct us_score_put *out);

/* All diags in order of place: "usher.yml:41:9: error: …", the line, a caret, what
 * would be right. colour: ANSI. */
void us_diags_print(const struct us_diags *d, const struct us_config *c, us_lang lang,
    bool colour, struct us_buf *out);

/* As JSON lines: file, line, column, severity, key, message, suggestion. */
void us_diags_json(const struct us_diags *d, const struct us_config *c, us_lang lang,
    struct us_buf *out);

/* docs/configuration.md, from the key tables. */
void us_config_manual(us_lang lang, struct us_buf *out);

/* study.h: which studies may be asked for as jobs, and with what.
 *
 * {"kind":"backtest","of":["team"],"options":{"horizon":"90d"}}: of is what stands
 * after the command's name, options are its options, true for a switch and a list for
 * one that is repeated. Those that read or write files of the server are left out; the
 * other side of a diff is sent as text, in "config".
 *
 * Owns:    nothing.
 * Fails:   US_INPUT, US_USAGE with what is wrong with the request.
 * Threads: any.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "json/json.h"
#include "text/text.h"

enum { US_STUDY_ARGS_MAX = 256 };

struct us_study_kind {
    const char *name; /* of the command, too */
    size_t of_min, of_max;
    bool config;         /* it takes one */
    bool lines;          /* it says a line of JSON for each row */
    const char *options; /* names with a space after each */
};
extern const struct us_study_kind us_study_kinds[];
extern const size_t us_study_kind_count;
const struct us_study_kind *us_study_kind(us_str name); /* NULL: there is none */

/* A request, checked. Texts in the arena. */
struct us_study {
    const struct us_study_kind *kind;
    const char *args[US_STUDY_ARGS_MAX]; /* options, then -- and what is in "of" */
    size_t count;
    us_str config; /* empty: none */
    us_lang lang;
};
us_code us_study_read(const struct us_json_doc *doc, struct us_arena *a,
    struct us_study *out, struct us_error *e);

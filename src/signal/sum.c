/* sum.c: sum(E.p, W): the numeric property p of the events E in W, added up.
 *
 * Each number is a decimal rounded to 1e-6, and they are added as 128-bit integers, so
 * that the order of events cannot matter; what is no number, or too large for a
 * decimal, is skipped (semantics 8).
 */

#include "signal/function.h"

#include <math.h>

static const char history[] =
    "2026-03-01T09:00 ann \"File Exported\" rows=0.1 kind=\"csv\"\n"
    "2026-03-01T10:00 ann \"File Exported\" rows=0.2 kind=\"csv\"\n"
    "2026-03-02T09:00 ann \"File Exported\" rows=\"many\" kind=\"csv\"\n"
    "2026-03-02T09:00 bob \"File Exported\" rows=-3 kind=\"pdf\"\n"
    "2026-03-02T09:00 bob \"File Exported\" kind=\"pdf\"\n";

static const struct us_case cases[] = {
    {"signal.case_sum_skips", history, "sum(\"File Exported\".rows, 7d)", NULL,
        "2026-03-03T00:00", "-2.7"},
    {"signal.case_sum_exact", history, "sum(\"File Exported\".rows, 7d) == 0.3", "ann",
        "2026-03-03T00:00", "true"},
    {"signal.case_sum_where", history,
        "sum(\"File Exported\".rows where kind == \"pdf\", 7d)", NULL,
        "2026-03-03T00:00", "-3"},
    {"signal.case_sum_nothing", history, "sum(\"File Exported\".rows, 1d)", NULL,
        "2026-03-03T00:00", "0"},
    {NULL},
};

const struct us_function us_function_sum = {
    .id = US_FN_sum,
    .name = US_S_INIT("sum"),
    .about = "signal.about_sum",
    .cases = cases,
    .pattern = US_TAKES_MUST,
    .property = true,
    .window = true,
    .result = US_NUMBER,
    .none = {.kind = US_NUMBER},
    .least = -INFINITY,
    .most = INFINITY,
};

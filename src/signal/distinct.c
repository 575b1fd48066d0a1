/* distinct.c: distinct(E.p, W): how many different values the property p has among the
 * events E in W.
 *
 * It reads the property as number, as text and as condition, and adds up how many
 * different ones there are of each: 1 and "1" are two. Numbers are decimals (semantics
 * 8), so two that differ after the sixth place are one, and one too large for a decimal
 * is skipped. A property that is absent is no value.
 */

#include "signal/function.h"

#include <math.h>

static const char history[] =
    "2026-03-01T23:59 ann \"File Exported\" format=\"csv\"\n"
    "2026-03-02T00:00 ann \"File Exported\" format=\"pdf\"\n"
    "2026-03-02T10:00 bob \"File Exported\" format=\"pdf\" rows=12\n"
    "2026-03-02T10:00 bob \"File Exported\" format=\"PDF\" rows=3\n"
    "2026-03-02T11:00 bob \"File Exported\"\n";

static const struct us_case cases[] = {
    {"signal.case_distinct_window", history, "distinct(\"File Exported\".format, 2d)",
        NULL, "2026-03-02T12:00", "3"},
    {"signal.case_distinct_tomorrow", history, "distinct(\"File Exported\".format, 2d)",
        NULL, "2026-03-03T00:00", "2"},
    {"signal.case_distinct_user", history, "distinct(\"File Exported\".format, 2d)",
        "bob", "2026-03-02T12:00", "2"},
    {"signal.case_distinct_where", history,
        "distinct(\"File Exported\".format where rows > 5, all)", NULL,
        "2026-03-02T12:00", "1"},
    {"signal.case_distinct_hours", history, "distinct(\"File Exported\".format, 11h)",
        NULL, "2026-03-02T10:59", "2"},
    {"signal.case_distinct_nothing", history, "distinct(\"File Exported\".size, all)",
        NULL, "2026-03-02T12:00", "0"},
    {"signal.case_distinct_kinds",
        "2026-03-01T09:00 ann \"Flag Set\" to=1\n"
        "2026-03-01T09:00 ann \"Flag Set\" to=\"1\"\n"
        "2026-03-01T09:00 ann \"Flag Set\" to=true\n"
        "2026-03-01T09:00 bob \"Flag Set\" to=false\n"
        "2026-03-01T09:00 bob \"Flag Set\" to=1.0000004\n"
        "2026-03-01T09:00 bob \"Flag Set\" to=1e15\n",
        "distinct(\"Flag Set\".to, 1d)", NULL, "2026-03-01T10:00", "4"},
    {"signal.case_distinct_late",
        "2026-03-01T09:00 ann \"File Exported\" format=\"csv\"\n"
        "2026-03-01T09:00 known 2026-03-02T08:00 ann \"File Exported\" format=\"pdf\"\n"
        "2026-03-01T09:00 until 2026-03-02T08:00 bob \"File Exported\" "
        "format=\"svg\"\n",
        "distinct(\"File Exported\".format, 2d)", NULL, "2026-03-02T08:00", "2"},
    {NULL},
};

const struct us_function us_function_distinct = {
    .id = US_FN_distinct,
    .name = US_S_INIT("distinct"),
    .about = "signal.about_distinct",
    .cases = cases,
    .pattern = US_TAKES_MUST,
    .property = US_READS_ANY,
    .window = true,
    .result = US_NUMBER,
    .none = {.kind = US_NUMBER},
    .least = 0,
    .most = INFINITY,
};

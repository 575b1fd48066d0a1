/* landmark.c: starts, outcomes, and who can be asked about. */

#include "study/landmark.h"

#include "base/time.h"

#include <stdlib.h>

static int by_start(const void *a, const void *b)
{
    const struct us_landmark_unit *x = a;
    const struct us_landmark_unit *y = b;
    if (x->start != y->start) return x->start < y->start ? -1 : 1;
    return (x->unit > y->unit) - (x->unit < y->unit);
}

/* False when it never started. */
static bool read_unit(
    const struct us_landmark_asked *q, uint32_t unit, struct us_landmark_unit *out)
{
    const struct us_units *u = q->units;
    *out =
        (struct us_landmark_unit){.unit = unit, .start = US_NEVER, .outcome = US_NEVER};
    uint32_t met = 0;
    if (q->outcome_at) out->outcome = q->outcome_at[unit];
    for (uint32_t row = u->from[unit]; row < u->from[unit + 1]; row++) {
        bool starts = q->start == US_ANY_EVENT || u->name[row] == q->start;
        if (starts && out->start == US_NEVER) out->start = u->at[row];
        bool counts = !q->outcome_at && u->name[row] == q->outcome;
        if (counts && ++met == q->nth) out->outcome = u->at[row];
        if (out->start != US_NEVER && (q->outcome_at || out->outcome != US_NEVER))
            break;
    }
    return out->start != US_NEVER;
}

static void survival(
    const struct us_landmark_asked *q, struct us_arena *a, struct us_landmark *out)
{
    struct us_life *lives = us_new(a, struct us_life, out->cohort_count + 1);
    for (size_t i = 0; i < out->cohort_count; i++) {
        const struct us_landmark_unit *x = &out->cohort[i];
        bool came = x->outcome <= q->to;
        int64_t end = came ? x->outcome : q->to;
        if (end < x->start) end = x->start; /* it starts after `to`: seen for no time */
        lives[i] = (struct us_life){(double)(end - x->start) / (double)US_DAY_US, came};
    }
    out->survival = us_kaplan_meier(lives, out->cohort_count, a);
}

/* Whether it asked for a person before the landmark. */
static bool raised(const struct us_landmark_asked *q, const struct us_landmark_unit *x)
{
    const struct us_units *u = q->units;
    if (!q->raising) return false;
    for (uint32_t row = u->from[x->unit]; row < u->from[x->unit + 1]; row++) {
        if (u->at[row] >= x->start + q->within) return false;
        if (u->at[row] >= x->start && q->raising[u->name[row]]) return true;
    }
    return false;
}

static void eligible_put(const struct us_landmark_asked *q, struct us_landmark_unit x,
    struct us_landmark *out)
{
    int64_t end = x.start + q->within + q->horizon;
    x.converted = x.outcome < end;
    if (x.raised) {
        out->raised++;
        out->raised_converted += x.converted;
        return;
    }
    int64_t touched = q->touched_at ? q->touched_at[x.unit] : US_NEVER;
    x.touched = touched < (x.converted ? x.outcome : end);
    out->converted += x.converted;
    out->converted_touched += x.converted && x.touched;
    out->converted_sourced += x.converted && touched < x.start;
    out->eligible[out->count++] = x;
}

void us_landmark_frame(
    const struct us_landmark_asked *q, struct us_arena *a, struct us_landmark *out)
{
    size_t units = q->units->count;
    *out = (struct us_landmark){.seen = (int64_t)units,
        .cohort = us_new(a, struct us_landmark_unit, units + 1),
        .eligible = us_new(a, struct us_landmark_unit, units + 1)};
    for (uint32_t i = 0; i < units; i++) {
        struct us_landmark_unit x;
        if (!read_unit(q, i, &x)) continue;
        out->started++;
        if (x.start < q->from) {
            out->before_from++;
        } else if (q->excluded && q->excluded[i]) {
            out->excluded++;
        } else {
            out->converted_ever += x.outcome != US_NEVER;
            out->cohort[out->cohort_count++] = x;
        }
    }
    if (out->cohort_count)
        qsort(out->cohort, out->cohort_count, sizeof *out->cohort, by_start);
    for (size_t i = 0; i < out->cohort_count; i++) {
        out->cohort[i].raised = raised(q, &out->cohort[i]);
        struct us_landmark_unit x = out->cohort[i];
        int64_t landmark = x.start + q->within;
        if (landmark + q->horizon > q->to) {
            out->short_followup++;
            continue;
        }
        if (x.outcome < landmark) {
            out->converted_before++;
            continue;
        }
        eligible_put(q, x, out);
    }
    out->split = q->split;
    if (!q->split && out->count) out->split = out->eligible[out->count / 2].start;
    survival(q, a, out);
}

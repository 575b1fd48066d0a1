#include "signal/range.h"

#include <math.h>

struct us_range us_range_none(void)
{
    return (struct us_range){.least = INFINITY, .most = -INFINITY};
}

struct us_range us_range_missing(void)
{
    return (struct us_range){.missing = true, .least = INFINITY, .most = -INFINITY};
}

struct us_range us_range_all(void)
{
    return (struct us_range){true, true, true, true, -INFINITY, INFINITY};
}

struct us_range us_range_number(double least, double most)
{
    return (struct us_range){.least = least, .most = most};
}

struct us_range us_range_of(us_value v)
{
    struct us_range r = us_range_none();
    if (v.kind == US_NUMBER) return us_range_number(v.number, v.number);
    r.missing = v.kind == US_MISSING;
    r.text = v.kind == US_STRING;
    r.yes = v.kind == US_BOOL && v.truth;
    r.no = v.kind == US_BOOL && !v.truth;
    return r;
}

struct us_range us_range_or(struct us_range a, struct us_range b)
{
    return (struct us_range){a.missing || b.missing, a.yes || b.yes, a.no || b.no,
        a.text || b.text, fmin(a.least, b.least), fmax(a.most, b.most)};
}

bool us_range_has_number(struct us_range r)
{
    return r.least <= r.most;
}

bool us_range_has_other(struct us_range r)
{
    return r.missing || r.yes || r.no || r.text;
}

bool us_range_is_one(struct us_range r)
{
    bool unknown = r.missing || r.text || us_range_has_number(r);
    return r.yes + r.no + unknown == 1;
}

struct us_range us_range_settle(struct us_range r)
{
    r.missing |= isinf(r.least) || isinf(r.most);
    if (r.least < INFINITY && r.most > -INFINITY) return r;
    r.least = INFINITY;
    r.most = -INFINITY;
    return r;
}

struct us_range us_range_divide(struct us_range a, struct us_range b)
{
    struct us_range r = us_range_none();
    r.missing = us_range_has_other(a) || us_range_has_other(b);
    if (!us_range_has_number(a) || !us_range_has_number(b)) return r;
    if (b.least <= 0 && b.most >= 0) {
        r.missing = true;
        r.least = -INFINITY;
        r.most = INFINITY;
        return r;
    }
    double ends[] = {
        a.least / b.least, a.least / b.most, a.most / b.least, a.most / b.most};
    for (int i = 0; i < 4; i++) {
        double end = isnan(ends[i]) ? 0 : ends[i];
        r.least = fmin(r.least, end);
        r.most = fmax(r.most, end);
    }
    /* ∞/∞ hides what lies between its ends. */
    if (isinf(a.least) || isinf(a.most)) {
        if (a.least < 0 || b.least < 0) r.least = -INFINITY;
        if (a.most > 0 || b.least < 0) r.most = INFINITY;
    }
    return us_range_settle(r);
}

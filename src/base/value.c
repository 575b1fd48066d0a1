#include "base/value.h"

#include <math.h>

us_value us_number(double number)
{
    if (!isfinite(number)) return us_missing();
    return (us_value){.kind = US_NUMBER, .number = number};
}

bool us_value_same(us_value a, us_value b)
{
    return us_value_cmp(a, b) == 0;
}

int us_value_cmp(us_value a, us_value b)
{
    if (a.kind != b.kind) return a.kind < b.kind ? -1 : 1;
    switch (a.kind) {
    case US_BOOL: return (int)a.truth - (int)b.truth;
    case US_NUMBER: return (a.number > b.number) - (a.number < b.number);
    case US_STRING: return us_str_cmp(a.text, b.text);
    case US_MISSING:
    default: return 0;
    }
}

bool us_decimal(us_value v, int64_t *millionths)
{
    if (v.kind != US_NUMBER || !isfinite(v.number)) return false;
    double scaled = round(v.number * US_MILLION);
    if (fabs(scaled) >= 1e18) return false;
    *millionths = (int64_t)scaled;
    return true;
}

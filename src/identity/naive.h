/* naive.h: identity a second time, for tests only: it knows no index and scans all
 * links for every moment, as the rules in identity.h are written. */
#pragma once

#include "identity/identity.h"

enum { LINKS_MAX = 64, PERSONS_MAX = 16 };

struct world {
    struct us_link links[LINKS_MAX];
    size_t count;
    uint32_t persons; /* at most PERSONS_MAX */
};

/* Person and account; from and to are not told. */
struct us_span us_naive_at(
    const struct world *w, const struct us_who *who, bool by_company, int64_t t);

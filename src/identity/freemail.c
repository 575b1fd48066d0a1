/* freemail.c: domains at which anybody gets an address, so that they name no company.
 *
 * Sorted by bytes, for a binary search; a test holds that. The rest of a family is any
 * public suffix: yahoo.co.jp, hotmail.fr. Disposable addresses are among them.
 */

#include "identity/identity.h"

static const us_str free_domains[] = {
#define D(name) US_S_INIT(name),
#include "identity/freemail_list.inc"
#undef D
};

/* Providers that have a domain in each country. */
static const us_str families[] = {
    US_S_INIT("hotmail."),
    US_S_INIT("outlook."),
    US_S_INIT("yahoo."),
    US_S_INIT("yandex."),
};

bool us_domain_is_free(us_str domain)
{
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
        if (us_str_has_prefix(domain, families[i])) return true;
    size_t lo = 0;
    size_t hi = sizeof free_domains / sizeof free_domains[0];
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int order = us_str_cmp(free_domains[mid], domain);
        if (order == 0) return true;
        if (order < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return false;
}

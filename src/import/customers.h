/* customers.h: which account a vendor's customer is, by a CSV file customer,account.
 *
 * Owns:    its table.
 * Fails:   a file that cannot be read, has not these columns, or gives a customer two
 *          accounts.
 * Threads: one.
 */
#pragma once

#include "base/err.h"
#include "base/hash.h"
#include "config/config.h"

struct us_customers {
    bool open;
    struct us_intern names;
    struct us_intern accounts;
    struct us_arena memory;
    uint32_t *account_of; /* by name */
    size_t count, cap;
};

us_code us_customers_open(us_str path, struct us_customers *c, struct us_error *e);
void us_customers_close(struct us_customers *c); /* zeroes are fine */

/* The file that a source names, in the workspace dir. What is wrong with it is a
 * mistake in d, where the source names it; then it is not open. */
void us_customers_named(const struct us_source_text *source, us_str dir,
    struct us_diags *d, struct us_customers *c);

/* Of all sources, for whoever only wants to know of mistakes. */
void us_customers_check(const struct us_config *c, us_str dir, struct us_diags *d);

/* Empty when it is not known. */
us_str us_customers_find(const struct us_customers *c, us_str customer);

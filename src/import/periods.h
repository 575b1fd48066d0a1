/* periods.h: how long a vendor's payments last, by other exports of the same vendor.
 *
 * Stripe's payments name no period. Its invoices do, by the id that a payment carries;
 * its subscriptions say what a customer's payments come round by; and some write it
 * into the description.
 *
 * Owns:    its tables.
 * Fails:   a file that cannot be read or is neither export; a row with a date or an
 *          interval that is none.
 * Threads: one.
 */
#pragma once

#include "base/err.h"
#include "base/hash.h"

struct us_period {
    int64_t start, end; /* US_NEVER: not given */
    us_str interval;    /* "month", "3 months"; or empty */
};

struct us_periods {
    bool open;
    struct us_arena memory;
    struct us_intern invoices, customers;
    struct us_period *of_invoice; /* by invoice */
    us_str *of_customer; /* by customer; empty: two subscriptions that differ */
    size_t invoice_count, invoice_cap, customer_count, customer_cap;
};

us_code us_periods_open(
    const us_str *paths, size_t count, struct us_periods *p, struct us_error *e);
void us_periods_close(struct us_periods *p); /* zeroes are fine */

/* What is known of one payment; US_NEVER and empty when nothing is. A customer's
 * interval is taken only for what comes from a subscription: it has an invoice, or its
 * description says so. */
struct us_period us_period_of(
    const struct us_periods *p, us_str invoice, us_str customer, us_str description);

/* The interval that a description names: "Pro, monthly", "1 × Pro (at $12.00 / month)";
 * empty when it names none, or two. */
us_str us_interval_said(us_str description);

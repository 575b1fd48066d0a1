/* money.c: what an account pays, as known at t.
 *
 * (1) A row counts while it is seen. Rows without a rate of conversion are
 *     left out of everything; a failed payment is known, and brings nothing.
 * (2) A paid row brings its net: amount − tax. What goes back of an invoice is the net
 *     of its refunds, never more than the invoice brought, and all of it once it is
 *     disputed. Several paid rows of one invoice share that in proportion.
 * (3) mrr: each paid row that covers t gives (net − what went back) / months, rounded
 *     half away from zero to 1e-6. It covers t from start to before end. A period that
 *     had closed when it was paid (metered use: at >= end) counts from its close for as
 *     many months as it has.
 * (4) arr is 12 × mrr, rounded once, so that 10,000 a year is 10,000.
 * (5) mrr and arr are missing while no payment is known; 0 when none covers t.
 * (6) paid(W): net of the paid rows in the window, less what went back in it by refunds
 *     and disputes in the window. A refund without an invoice takes its own net.
 */

#include "signal/signals.h"

__extension__ typedef __int128 wide;

/* What is asked: rows seen at t. */
struct purse {
    const struct us_log *log;
    int64_t t;
};

static bool counts(struct purse q, const struct us_log_payment *r)
{
    return r->converted && us_log_seen(r->from, r->to, q.t);
}

static wide net(const struct us_log_payment *r)
{
    return (wide)r->amount - r->tax;
}

static bool same_invoice(const struct us_log_payment *a, const struct us_log_payment *b)
{
    return a->invoice.len && us_str_eq(a->invoice, b->invoice);
}

/* What the invoice of row r brought in. */
static wide brought(struct purse q, const struct us_log_payment *r)
{
    wide total = 0;
    for (size_t i = 0; i < q.log->payment_count; i++) {
        const struct us_log_payment *other = &q.log->payments[i];
        bool of = other == r || same_invoice(other, r);
        if (of && counts(q, other) && other->status == US_PAY_PAID) total += net(other);
    }
    return total;
}

/* What of it went back before a moment. */
static wide returned(struct purse q, const struct us_log_payment *r, int64_t before)
{
    wide all = brought(q, r);
    wide back = 0;
    if (all <= 0) return 0;
    for (size_t i = 0; i < q.log->payment_count; i++) {
        const struct us_log_payment *other = &q.log->payments[i];
        if (!same_invoice(other, r) || !counts(q, other) || other->at >= before)
            continue;
        if (other->status == US_PAY_DISPUTED) return all;
        if (other->status == US_PAY_REFUNDED) back += net(other);
    }
    return back < all ? back : all;
}

static wide divide(wide a, wide b)
{
    wide half = a < 0 ? -(b / 2) : b / 2;
    return (a + half) / b;
}

/* What is left of r's net. Rows that share an invoice share what went back. */
static wide kept(struct purse q, const struct us_log_payment *r)
{
    wide all = brought(q, r);
    wide back = returned(q, r, US_NEVER);
    if (back == 0) return net(r);
    return all == net(r) ? all - back : divide(net(r) * (all - back), all);
}

static bool covers(const struct us_log_payment *r, int64_t t)
{
    if (r->months <= 0 || r->months > US_PERIOD_MONTHS_MAX || r->start >= r->end)
        return false;
    if (r->at < r->end) return r->start <= t && t < r->end;
    return r->end <= t && t < us_add_months(r->end, (int)r->months);
}

/* factor × the month's share of all that covers t; false while nothing is known. */
static bool monthly(struct purse q, int64_t factor, wide *total)
{
    bool known = false;
    *total = 0;
    for (size_t i = 0; i < q.log->payment_count; i++) {
        const struct us_log_payment *r = &q.log->payments[i];
        if (!counts(q, r)) continue;
        known = true;
        if (r->status != US_PAY_PAID || !covers(r, q.t)) continue;
        *total += divide(kept(q, r) * factor, r->months);
    }
    return known;
}

static us_value in_units(wide millionths)
{
    return us_number((double)millionths / US_MILLION);
}

us_value us_money_mrr(const struct us_log *log, int64_t t)
{
    wide total = 0;
    bool known = monthly((struct purse){log, t}, 1, &total);
    return known ? in_units(total) : us_missing();
}

us_value us_money_arr(const struct us_log *log, int64_t t)
{
    wide total = 0;
    bool known = monthly((struct purse){log, t}, 12, &total);
    return known ? in_units(total) : us_missing();
}

/* Whether r is the first row of its invoice, so that each is taken once. */
static bool leads(struct purse q, const struct us_log_payment *r)
{
    for (const struct us_log_payment *other = q.log->payments; other < r; other++)
        if (counts(q, other) && same_invoice(other, r)) return false;
    return true;
}

us_value us_money_paid(const struct us_log *log, us_window w, int64_t t)
{
    struct purse q = {log, t};
    int64_t start = us_window_start(w, t);
    int64_t end = us_window_end(w, t);
    wide total = 0;
    for (size_t i = 0; i < log->payment_count; i++) {
        const struct us_log_payment *r = &log->payments[i];
        bool within = r->at >= start && r->at < end;
        if (!counts(q, r)) continue;
        if (r->status == US_PAY_PAID && within) total += net(r);
        if (r->invoice.len && leads(q, r))
            total -= returned(q, r, end) - returned(q, r, start);
        if (r->invoice.len == 0 && r->status == US_PAY_REFUNDED && within)
            total -= net(r);
    }
    return in_units(total);
}

/* sim_money.c: who starts to pay and when, the bills, and where cards stop working.
 *
 * Each day an account that never paid converts with a small chance, made larger by the
 * causes that hold at the start of that day (what happened up to the day before). With
 * `nothing` the day was drawn at birth and no cause, limit or ceiling moves it.
 */
#include "base/time.h"
#include "sim/sim_inner.h"

enum {
    BROWSE_PPM = 900, /* of a checkout that is left again */
    INVOICE_FAIL_PPM = 8000,
    REFUND_PPM = 8000,
    DISPUTE_PPM = 1500,
    CHURN_PPM = 800,     /* of asking to cancel on a day */
    UPMARKET_PPM = 1200, /* of pro to business on a day, from ten users */
    RETRY_DAYS = 3,
    TRIES = 3
};

int64_t us_sim_annual_cents(const struct us_sim_account *a)
{
    int64_t months = a->annual && a->plan != PLAN_ENTERPRISE ? YEAR_MONTHS_PAID : 12;
    return (int64_t)a->seats * us_sim_seat_cents[a->plan] * months;
}

static void causes_today(
    const struct us_sim_world *w, const struct us_sim_account *a, bool on[CAUSES])
{
    bool touched = sim_recent(w->day, a->touched, HELP_DAYS);
    on[CAUSE_INVITES] = a->early[EARLY_INVITE] >= EARLY_INVITES;
    on[CAUSE_SEATS] = sim_recent(w->day, a->seat_limit, PRESSURE_DAYS);
    on[CAUSE_INTEGRATION] = a->integrated;
    on[CAUSE_RAISED] = sim_recent(w->day, a->raised, HELP_DAYS);
    on[CAUSE_HELP] = touched && a->touch_helps;
    on[CAUSE_TOUCH_ELSEWHERE] = touched && !a->touch_helps;
}

/* ---- one charge ---- */

static bool declined(struct us_sim_world *w, struct us_sim_account *a)
{
    if (a->method != METHOD_CARD) return sim_chance(a, INVOICE_FAIL_PPM);
    int64_t over = us_sim_annual_cents(a) - CEILING_CENTS;
    int64_t ppm = DECLINE_PPM;
    if (over > 0 && !w->o->nothing)
        ppm += DECLINE_MORE_PPM * (over < OVER_CENTS ? over : OVER_CENTS) / OVER_CENTS;
    return sim_chance(a, (uint32_t)ppm);
}

static uint16_t period_end(
    const struct us_sim_world *w, const struct us_sim_account *a, uint16_t first)
{
    int64_t past =
        us_add_months((w->start_day + first) * US_DAY_US, a->annual ? 12 : 1);
    return (uint16_t)(us_day(past) - w->start_day);
}

static void pay(
    struct us_sim_world *w, struct us_sim_account *a, uint32_t ms, sim_status status)
{
    int64_t year = us_sim_annual_cents(a);
    /* A contract begins where the paid months end. */
    bool ahead = status == STATUS_PAID && a->bill != DAY_NONE && a->bill > w->day;
    uint16_t first = ahead ? a->bill : (uint16_t)w->day;
    struct sim_payment p = {
        .net_cents = a->annual ? year : year / 12,
        .ms = ms,
        .first = first,
        .past = period_end(w, a, first),
        .status = status,
        .invoice = a->invoices,
    };
    us_sim_row_payment(w, a, &p);
    if (status != STATUS_PAID) return;
    a->bill = p.past;
    a->fails = 0;
    a->invoices++;
    if (sim_chance(a, REFUND_PPM + DISPUTE_PPM)) {
        a->refund = (uint16_t)(w->day + 2 + sim_below(sim_draw(a), 9));
        a->refund_cents = (uint32_t)p.net_cents;
        a->refund_invoice = p.invoice;
        a->refund_first = p.first;
        a->refund_past = p.past;
    }
}

static void give_back(struct us_sim_world *w, struct us_sim_account *a)
{
    if (a->refund != w->day) return;
    struct sim_payment p = {
        .net_cents = a->refund_cents,
        .ms = us_sim_moment(w, a),
        .first = a->refund_first,
        .past = a->refund_past,
        .status = sim_chance(a, 150000) ? STATUS_DISPUTED : STATUS_REFUNDED,
        .invoice = a->refund_invoice,
    };
    us_sim_row_payment(w, a, &p);
    a->refund = DAY_NONE;
}

static void show_plan(
    struct us_sim_world *w, struct us_sim_account *a, us_sim_kind kind, uint32_t ms)
{
    us_sim_emit(w, a, kind, ms)->extra = a->plan;
    us_sim_emit(w, a, SIM_GROUP, ms + SECOND_MS)->extra = a->plan;
}

/* ---- conversion ---- */

static void browse(struct us_sim_world *w, struct us_sim_account *a, uint32_t ms)
{
    uint32_t before = 2 * MINUTE_MS + sim_below(sim_draw(a), 8 * MINUTE_MS);
    us_sim_emit(w, a, SIM_PAGE, ms - before)->extra = PAGE_PRICING;
    us_sim_emit(w, a, SIM_CHECKOUT_STARTED, ms - 90 * SECOND_MS)->extra =
        a->plan ? a->plan : PLAN_PRO;
}

static void choose_plan(struct us_sim_account *a, bool sales)
{
    uint32_t seats = a->joined + a->pending + sim_below(sim_draw(a), 2);
    a->plan = sim_chance(a, a->trial == PLAN_BUSINESS ? 500000 : 200000) ? PLAN_BUSINESS
                                                                         : PLAN_PRO;
    a->annual = sim_chance(a, 180000);
    a->method = METHOD_CARD;
    a->channel = sales ? CHANNEL_SALES : CHANNEL_SELF;
    if (sales) {
        if (seats < a->size * 6U / 10) seats = a->size * 6U / 10;
        a->plan = seats >= 30 ? PLAN_ENTERPRISE : PLAN_BUSINESS;
        a->annual = true;
        a->method = sim_chance(a, 250000) ? METHOD_ACH : METHOD_INVOICE;
    }
    a->seats = (uint16_t)seats;
}

static void convert(struct us_sim_world *w, struct us_sim_account *a)
{
    uint32_t ms = us_sim_moment(w, a);
    if (ms < HOUR_MS / 4) ms = HOUR_MS / 4;
    if (ms > DAY_MS - HOUR_MS / 4) ms = DAY_MS - HOUR_MS / 4;
    bool sales = a->stage != STAGE_NONE;
    a->converted = (uint16_t)w->day;
    a->converted_ms = ms;
    a->dies = DAY_NONE;
    choose_plan(a, sales);
    if (!sales) {
        browse(w, a, ms);
        if (sim_chance(a, DECLINE_PPM)) pay(w, a, ms - 40 * SECOND_MS, STATUS_FAILED);
    }
    /* The leak: it stands beside every first payment and says nothing before it. */
    int32_t leak = (int32_t)sim_below(sim_draw(a), 4 * MINUTE_MS) - MINUTE_MS;
    us_sim_emit(w, a, SIM_BILLING_SAVED, (uint32_t)((int32_t)ms + leak));
    show_plan(w, a, SIM_PLAN_UPGRADED, ms);
    pay(w, a, ms, STATUS_PAID);
    w->truth.conversions[a->channel]++;
    if (sales) us_sim_deal_won(w, a, ms);
}

void us_sim_convert_maybe(struct us_sim_world *w, struct us_sim_account *a)
{
    if (a->converted != DAY_NONE || w->day == a->born) return;
    bool on[CAUSES];
    causes_today(w, a, on);
    uint64_t ppm = w->day - a->born > 30 ? BASE_LATER_PPM : BASE_PPM;
    for (int c = 0; c < CAUSES; c++)
        if (on[c]) ppm = ppm * us_sim_factors[c] / 10;
    bool yes = sim_chance(a, (uint32_t)(ppm < MILLION ? ppm : MILLION));
    if (w->o->nothing) yes = w->day == a->fate;
    for (int c = 0; c < CAUSES && w->day < a->dies; c++) {
        w->truth.tally[c][on[c]].days++;
        w->truth.tally[c][on[c]].conversions += yes;
    }
    if (yes) {
        convert(w, a);
    } else if (w->day < a->dies && sim_chance(a, BROWSE_PPM)) {
        uint32_t ms = us_sim_moment(w, a);
        browse(w, a, ms < HOUR_MS / 4 ? HOUR_MS / 4 : ms);
    }
}

/* ---- bills ---- */

static void leave(struct us_sim_world *w, struct us_sim_account *a, uint32_t ms)
{
    a->plan = PLAN_FREE;
    a->bill = a->cancel = DAY_NONE;
    a->dies = (uint16_t)(w->day + 1 + sim_below(sim_draw(a), 14));
    show_plan(w, a, SIM_PLAN_DOWNGRADED, ms);
}

/* Below the ceiling again: fewer seats, and no more of them. */
static void stall(struct us_sim_world *w, struct us_sim_account *a)
{
    int64_t one = us_sim_annual_cents(a) / a->seats;
    a->seats = (uint16_t)(CEILING_CENTS / one);
    a->capped = true;
    a->fails = 0;
    a->bill = (uint16_t)(w->day + 1);
    w->truth.stalled++;
}

/* Three times declined. Small accounts leave; those past the ceiling ask for an
 * invoice, shrink below it, or leave. */
static void unpaid(struct us_sim_world *w, struct us_sim_account *a, uint32_t ms)
{
    bool above = us_sim_annual_cents(a) > CEILING_CENTS && !w->o->nothing;
    uint32_t r = sim_below(sim_draw(a), 100);
    if (!above || a->method != METHOD_CARD) {
        leave(w, a, ms);
    } else if (r < 45) {
        us_sim_raise_hand(w, a, ms, SOURCE_CEILING);
        a->bill = (uint16_t)(w->day + 30);
        a->fails = TRIES - 1;
    } else if (r < 80) {
        stall(w, a);
    } else {
        w->truth.lost_at_ceiling++;
        leave(w, a, ms);
    }
}

void us_sim_to_invoice(struct us_sim_world *w, struct us_sim_account *a, uint32_t ms)
{
    if (a->plan == PLAN_FREE) return;
    a->plan = PLAN_ENTERPRISE;
    a->annual = true;
    a->channel = CHANNEL_SALES;
    a->method = sim_chance(a, 250000) ? METHOD_ACH : METHOD_INVOICE;
    a->capped = false;
    if (a->seats < a->size * 6U / 10) a->seats = (uint16_t)(a->size * 6U / 10);
    show_plan(w, a, SIM_PLAN_UPGRADED, ms);
    pay(w, a, ms, STATUS_PAID);
    w->truth.to_invoice++;
}

bool us_sim_add_seats(struct us_sim_world *w, struct us_sim_account *a, uint32_t ms)
{
    if (a->capped) return false;
    uint32_t more = 1 + a->seats / 10U;
    uint16_t before = a->seats;
    a->seats = (uint16_t)(before + more);
    bool crosses = a->method == METHOD_CARD && !w->o->nothing &&
                   us_sim_annual_cents(a) > CEILING_CENTS;
    if (crosses && (a->key >> 20 & 1)) {
        a->seats = before;
        a->capped = true;
        w->truth.stalled++;
        return false;
    }
    us_sim_emit(w, a, SIM_SEAT_ADDED, ms)->extra = (uint16_t)more;
    return true;
}

static void collect(struct us_sim_world *w, struct us_sim_account *a)
{
    uint32_t ms = us_sim_moment(w, a);
    if (!declined(w, a)) {
        pay(w, a, ms, STATUS_PAID);
        return;
    }
    pay(w, a, ms, STATUS_FAILED);
    a->bill = (uint16_t)(w->day + RETRY_DAYS);
    if (++a->fails >= TRIES) unpaid(w, a, ms);
}

void us_sim_bill(struct us_sim_world *w, struct us_sim_account *a)
{
    give_back(w, a);
    if (a->plan == PLAN_FREE) return;
    if (a->cancel == w->day) {
        leave(w, a, us_sim_moment(w, a));
        return;
    }
    if (a->bill == w->day) collect(w, a);
    if (a->plan == PLAN_FREE || a->converted == w->day) return;
    if (a->cancel == DAY_NONE && a->bill > w->day && sim_chance(a, CHURN_PPM)) {
        us_sim_emit(w, a, SIM_CANCELLATION, us_sim_moment(w, a));
        a->cancel = a->bill;
    }
    if (a->plan == PLAN_PRO && a->joined >= 10 && sim_chance(a, UPMARKET_PPM)) {
        uint32_t ms = us_sim_moment(w, a);
        a->plan = PLAN_BUSINESS;
        show_plan(w, a, SIM_PLAN_UPGRADED, ms);
    }
}

#include "answer/ceiling.h"

#include "answer/engine.h"
#include "base/hash.h"
#include "signal/signals.h"

#include <math.h>

enum { MONTHS_A_YEAR = 12, CURRENCIES_MAX = 256 };

static const size_t ROW_BYTES_MAX = (size_t)4 << 30;

/* Of what an account pays a unit price is told by whole seats. */
static const double SEATS_WHOLE = 1e-6;

struct gather {
    const struct us_ceiling_of *of;
    const struct us_config *config;
    struct us_arena *a;
    struct us_arena row; /* scratch of one account */
    struct us_ceiled *out;
    struct us_ceiling_account *accounts;
    size_t account_count, account_cap;
    struct us_ceiling_try *tries;
    size_t try_count, try_cap;
    struct us_ceiling_step *steps;
    size_t step_count, step_cap;
    int64_t first; /* payment with a rate */
};

static bool has_period(const struct us_log_payment *r)
{
    return r->months > 0 && r->months <= US_PERIOD_MONTHS_MAX && r->start < r->end;
}

/* From when to when a row covers, as money.c (3) has it. */
static int64_t covers_from(const struct us_log_payment *r)
{
    return r->at < r->end ? r->start : r->end;
}

static int64_t covers_to(const struct us_log_payment *r)
{
    return r->at < r->end ? r->end : us_add_months(r->end, (int)r->months);
}

static bool is_paid(const struct us_log_payment *r)
{
    return r->converted && r->status == US_PAY_PAID && has_period(r);
}

static double annual(const struct us_log_payment *r)
{
    return (double)(r->amount - r->tax) / US_MILLION * MONTHS_A_YEAR /
           (double)r->months;
}

static double arr_at(const struct us_log *log, int64_t t)
{
    us_value v = us_money_arr(log, t);
    return v.kind == US_NUMBER ? v.number : 0;
}

/* The last row that covers t; NULL. */
static const struct us_log_payment *covering(const struct us_log *log, int64_t t)
{
    for (size_t i = log->payment_count; i-- > 0;) {
        const struct us_log_payment *r = &log->payments[i];
        if (is_paid(r) && r->from <= t && covers_from(r) <= t && t < covers_to(r))
            return r;
    }
    return NULL;
}

static bool by_sales(const struct us_log_payment *r)
{
    return r && us_str_eq_nocase(r->channel, US_S("sales"));
}

static us_ceiling_method method_of(const struct us_log_payment *r)
{
    if (!r->method.len) return US_PAID_UNKNOWN;
    return us_str_eq_nocase(r->method, US_S("card")) ? US_PAID_BY_CARD
                                                     : US_PAID_OTHERWISE;
}

/* ---- who is in it ---- */

static struct us_ceiling_by_method *method_row(struct gather *g, us_str method)
{
    struct us_ceiled *c = g->out;
    if (!method.len) method = US_S("unknown");
    for (size_t i = 0; i < c->method_count; i++)
        if (us_str_eq_nocase(c->methods[i].method, method)) return &c->methods[i];
    if (c->method_count == US_CEILING_METHODS_MAX)
        return &c->methods[US_CEILING_METHODS_MAX - 1];
    us_str kept = us_arena_str(g->a, method);
    c->methods[c->method_count] = (struct us_ceiling_by_method){.method = kept};
    return &c->methods[c->method_count++];
}

/* The last moment by the end of the period at which a paid row covers; US_ALWAYS. */
static int64_t last_paid(const struct gather *g, const struct us_log *log)
{
    int64_t last = US_ALWAYS;
    for (size_t i = 0; i < log->payment_count; i++) {
        const struct us_log_payment *r = &log->payments[i];
        if (!is_paid(r) || covers_from(r) > g->of->to) continue;
        int64_t end = covers_to(r) - 1;
        if (end > g->of->to) end = g->of->to;
        if (end > last) last = end;
    }
    return last;
}

/* Counts an account that is not in it by what it lacks. */
static void left_out(struct gather *g, const struct us_log *log)
{
    bool converted = false;
    bool paid = false;
    for (size_t i = 0; i < log->payment_count; i++) {
        converted |= log->payments[i].converted;
        paid |= log->payments[i].converted && log->payments[i].status == US_PAY_PAID;
    }
    if (!converted)
        g->out->no_rate++;
    else if (!paid)
        g->out->never_paid++;
    else
        g->out->no_period++;
}

/* Seats that a value is for: what the bill says, or a list price does; 0. */
static double seats_of(
    const struct gather *g, const struct us_log_payment *r, double value)
{
    if (fabs(annual(r) - value) > 1e-6 * value) return 0;
    if (r->quantity > 1) return (double)r->quantity;
    for (size_t i = 0; i < g->config->price_count; i++) {
        const struct us_price *p = &g->config->prices[i];
        if (!(p->seat_month > 0) || !us_str_eq_nocase(p->plan, r->plan)) continue;
        double seats = value / (MONTHS_A_YEAR * p->seat_month);
        if (fabs(seats - round(seats)) < SEATS_WHOLE * seats) return round(seats);
    }
    return 0;
}

static void months_of(
    const struct gather *g, const struct us_log *log, struct us_ceiling_account *x)
{
    for (int i = 0; i <= US_CEILING_MONTHS; i++) {
        double value = arr_at(log, i ? us_add_months(g->of->to, -i) : g->of->to);
        x->months[i] = value > 0 ? value : 0;
    }
}

static bool account_of(
    struct gather *g, const struct us_log *log, struct us_ceiling_account *x)
{
    int64_t t = last_paid(g, log);
    if (t == US_ALWAYS) {
        left_out(g, log);
        return false;
    }
    if (t < g->of->from) {
        g->out->ended_before++;
        return false;
    }
    const struct us_log_payment *r = covering(log, t);
    double value = arr_at(log, t);
    if (!r || !(value > 0)) {
        g->out->kept_nothing++;
        return false;
    }
    *x = (struct us_ceiling_account){.key = us_arena_str(g->a, log->key),
        .value = value,
        .now = arr_at(log, g->of->to),
        .seats = seats_of(g, r, value),
        .method = method_of(r),
        .sales = by_sales(r)};
    months_of(g, log, x);
    method_row(g, r->method)->accounts++;
    if (x->sales)
        g->out->sales++;
    else if (r->channel.len)
        g->out->self_serve++;
    else
        g->out->channel_unknown++;
    return true;
}

/* ---- what it did ---- */

static void tries_of(struct gather *g, const struct us_log *log, uint32_t account)
{
    for (size_t i = 0; i < log->payment_count; i++) {
        const struct us_log_payment *r = &log->payments[i];
        bool paid = r->status == US_PAY_PAID;
        if (!r->converted || !has_period(r) || r->at < g->of->from || r->at > g->of->to)
            continue;
        if (paid) method_row(g, r->method)->payments++;
        if ((!paid && r->status != US_PAY_FAILED) || method_of(r) != US_PAID_BY_CARD)
            continue;
        double value = annual(r);
        if (value > 0)
            *us_push(g->a, g->tries, g->try_count, g->try_cap) =
                (struct us_ceiling_try){account, !paid, value};
    }
}

/* Quarters back from the end of the period. */
static void steps_of(struct gather *g, const struct us_log *log, uint32_t account)
{
    int64_t step = (int64_t)US_CEILING_STEP_DAYS * US_DAY_US;
    int64_t first = log->payments[0].at;
    for (int64_t end = g->of->to; end - step >= first && end - step >= g->of->from;
         end -= step) {
        double before = arr_at(log, end - step);
        if (!(before > 0) || by_sales(covering(log, end - step))) continue;
        double after = arr_at(log, end);
        if (!(after > 0)) {
            g->out->steps_ended++;
        } else if (by_sales(covering(log, end))) {
            g->out->steps_moved++;
        } else {
            double growth = log1p((after - before) / before);
            growth =
                fmin(fmax(growth, -US_CEILING_GROWTH_MOST), US_CEILING_GROWTH_MOST);
            *us_push(g->a, g->steps, g->step_count, g->step_cap) =
                (struct us_ceiling_step){account, before, growth};
        }
    }
}

static void account_put(struct gather *g, const struct us_log *log)
{
    struct us_ceiling_account x;
    if (!log->payment_count) return;
    g->out->payments += (int64_t)log->payment_count;
    for (size_t i = 0; i < log->payment_count; i++) {
        const struct us_log_payment *r = &log->payments[i];
        g->out->rows_no_rate += !r->converted;
        g->out->rows_no_period += r->converted && !has_period(r);
        if (r->converted && r->at < g->first) g->first = r->at;
    }
    bool paid = account_of(g, log, &x);
    uint32_t account = (uint32_t)g->account_count;
    size_t tries = g->try_count;
    tries_of(g, log, account);
    /* Whose card was never good enough is what the rate of failures is about. */
    if (!paid && g->try_count == tries) return;
    if (!paid) x = (struct us_ceiling_account){.key = us_arena_str(g->a, log->key)};
    *us_push(g->a, g->accounts, g->account_count, g->account_cap) = x;
    g->out->accounts += paid;
    if (paid) steps_of(g, log, account);
}

/* By company a payment is of the account that has it at the end of the period. */
static us_code take(void *ctx, const struct us_log *log, struct us_error *e)
{
    struct gather *g = ctx;
    (void)e;
    us_arena_reset(&g->row);
    struct us_log now = us_log_money_at(log, g->of->to, &g->row);
    account_put(g, &now);
    return US_OK;
}

/* ---- what cannot be asked ---- */

static us_code currency_put(void *ctx, const struct us_history_rows *head,
    const struct us_history_cell *cells, struct us_error *e)
{
    struct us_buf *out = ctx;
    (void)head;
    (void)e;
    if (out->len) us_buf_put(out, US_S(", "));
    us_buf_put(out, cells[0].text);
    return US_OK;
}

static us_code refused(struct gather *g, const struct us_ask *ask, struct us_error *e)
{
    const struct us_ceiled *c = g->out;
    if (!c->payments) return us_fail(e, US_INPUT, "answer.ceiling_nothing", NULL);
    if (c->rows_no_rate == c->payments) {
        struct us_buf names = us_buf_new(g->a, CURRENCIES_MAX);
        US_TRY(us_history_sql(ask->history,
            US_S(
                "SELECT DISTINCT upper(currency) FROM payments_view WHERE NOT internal "
                "AND currency IS NOT NULL ORDER BY ALL LIMIT 8"),
            currency_put, &names, e));
        return us_fail(e, US_INPUT, "answer.ceiling_no_rate",
            US_ARGS(US_WHOLE("n", c->payments), US_TEXT("names", us_buf_str(&names)),
                US_TEXT("currency", g->config->currency)));
    }
    if (c->rows_no_period + c->rows_no_rate == c->payments)
        return us_fail(e, US_INPUT, "answer.ceiling_no_period",
            US_ARGS(US_WHOLE("n", c->payments)));
    return us_fail(e, US_INPUT, "answer.ceiling_empty",
        US_ARGS(US_DAY("from", g->of->from == US_ALWAYS ? g->first : g->of->from),
            US_DAY("to", g->of->to), US_DAY("first", g->first)));
}

static us_code last_put(void *ctx, const struct us_history_rows *head,
    const struct us_history_cell *cells, struct us_error *e)
{
    int64_t *last = ctx;
    (void)head;
    (void)e;
    if (!cells[0].null) us_str_int(cells[0].text, last);
    return US_OK;
}

us_code us_ceiling_last(struct us_history *h, int64_t *last, struct us_error *e)
{
    *last = US_ALWAYS;
    return us_history_sql(
        h, US_S("SELECT epoch_us(max(known)) FROM payments"), last_put, last, e);
}

/* ---- together ---- */

static double one_dollar(const struct us_config *c)
{
    if (us_str_eq_nocase(c->currency, US_S("USD"))) return 1;
    for (size_t i = 0; i < c->rate_count; i++)
        if (us_str_eq_nocase(c->rates[i].currency, US_S("USD")))
            return c->rates[i].rate;
    return 0;
}

/* Prices a year that hang on no seats. */
static size_t prices_of(
    const struct us_config *c, struct us_arena *a, const double **out)
{
    double *prices = us_new(a, double, 2 * c->price_count + 1);
    size_t count = 0;
    for (size_t i = 0; i < c->price_count; i++) {
        if (c->prices[i].month > 0)
            prices[count++] = MONTHS_A_YEAR * c->prices[i].month;
        if (c->prices[i].year > 0) prices[count++] = c->prices[i].year;
    }
    *out = prices;
    return count;
}

us_code us_ceiling_ask(const struct us_ask *ask, const struct us_ceiling_of *of,
    struct us_arena *a, struct us_ceiled *out, struct us_error *e)
{
    const struct us_config *c = ask->rules->config;
    struct us_need need = {.payments = true, .payers = true};
    struct gather g = {.of = of, .config = c, .a = a, .out = out, .first = US_NEVER};
    *out = (struct us_ceiled){.rules = ask->rules, .of = of};
    us_arena_init(&g.row, ROW_BYTES_MAX);
    us_code code =
        us_history_logs(ask->history, &need, (us_str){0}, of->to, take, &g, e);
    us_arena_done(&g.row);
    US_TRY(code);
    us_timing_lap(ask->timing, US_LAP_READING);
    if (!out->accounts) return refused(&g, ask, e);
    out->from = of->from == US_ALWAYS ? g.first : of->from;
    out->asked = (struct us_ceiling_asked){.accounts = g.accounts,
        .account_count = g.account_count,
        .tries = g.tries,
        .try_count = g.try_count,
        .steps = g.steps,
        .step_count = g.step_count,
        .costs = {c->rep_hour, c->hours_per_deal, c->win_rate},
        .usd = one_dollar(c),
        .to = of->to,
        .draws = of->draws,
        .seed = of->seed};
    out->asked.price_count = prices_of(c, a, &out->asked.prices);
    us_ceiling_of(&out->asked, a, &out->found);
    us_timing_lap(ask->timing, US_LAP_SORTING);
    return US_OK;
}

#include "answer/backtest.h"
#include "answer/diff.h"

#include <math.h>

static void whole(struct us_buf *out, const char *key, int64_t n)
{
    us_buf_fmt(out, ",\"%s\":%lld", key, (long long)n);
}

static void number(struct us_buf *out, double n)
{
    if (isfinite(n))
        us_buf_real(out, n);
    else
        us_buf_put(out, US_S("null"));
}

static void real(struct us_buf *out, const char *key, double n)
{
    us_buf_fmt(out, ",\"%s\":", key);
    number(out, n);
}

static void moment(struct us_buf *out, const char *key, int64_t t)
{
    us_buf_fmt(out, ",\"%s\":\"", key);
    us_time_put(out, t);
    us_buf_char(out, '"');
}

static void interval(struct us_buf *out, const char *key, struct us_interval in)
{
    us_buf_fmt(out, ",\"%s\":[", key);
    number(out, in.low);
    us_buf_char(out, ',');
    number(out, in.high);
    us_buf_char(out, ']');
}

static void rate(struct us_buf *out, const char *key, const struct us_backtest_rate *r)
{
    us_buf_fmt(out, ",\"%s\":{\"hits\":%lld,\"n\":%lld", key, (long long)r->hits,
        (long long)r->n);
    real(out, "rate", r->rate);
    interval(out, "ci95", r->in);
    us_buf_char(out, '}');
}

static void days(struct us_buf *out, const char *key, const struct us_backtest_days *d)
{
    us_buf_fmt(out, ",\"%s\":{\"n\":%lld", key, (long long)d->n);
    real(out, "p25", d->p25);
    real(out, "median", d->median);
    real(out, "p75", d->p75);
    us_buf_char(out, '}');
}

static void bought(struct us_buf *out, const char *key, const int64_t *by)
{
    us_buf_fmt(out, ",\"%s\":{", key);
    for (int i = 0; i < US_BOUGHTS; i++)
        us_buf_fmt(out, "%s\"%.*s\":%lld", i ? "," : "",
            US_ARG(us_bought_word((us_bought)i)), (long long)by[i]);
    us_buf_char(out, '}');
}

static void queue(
    struct us_buf *out, const struct us_backtested *b, const struct us_backtest *t)
{
    if (b->asked.capacity <= 0) return;
    us_buf_put(out, US_S(",\"queue\":{\"capacity\":"));
    us_buf_real(out, b->asked.capacity);
    whole(out, "worked", t->worked);
    whole(out, "gone", t->gone);
    whole(out, "waiting_most", t->waiting_most);
    whole(out, "waiting_at_end", t->waiting_at_end);
    real(out, "worked_per_week", t->worked_per_week);
    real(out, "hits_per_week", t->hits_per_week);
    real(out, "worth_per_week", t->worth_per_week);
    us_buf_char(out, '}');
}

static void value(
    struct us_buf *out, const struct us_backtested *b, const struct us_backtest *t)
{
    if (!b->money) return;
    us_buf_fmt(out, ",\"value\":{\"n\":%lld", (long long)t->valued);
    real(out, "sum", t->value_sum);
    real(out, "mean", t->value_mean);
    real(out, "median", t->value_median);
    real(out, "worked_cost", b->asked.worked_cost);
    real(out, "uplift_needed", t->uplift_needed);
    us_buf_char(out, '}');
}

/* What a sweep and a single answer have alike; begins with a comma. */
static void numbers(
    struct us_buf *out, const struct us_backtested *b, const struct us_backtest *t)
{
    whole(out, "fired", t->fired);
    whole(out, "again", t->again);
    real(out, "per_week", t->per_week);
    whole(out, "most_in_week", t->most_in_week);
    whole(out, "hand_raised", t->hand_raised);
    whole(out, "already", t->already);
    whole(out, "open", t->open);
    rate(out, "precision", &t->rate);
    rate(out, "untouched", &t->untouched);
    rate(out, "hand_raisers", &t->hands);
    bought(out, "hits_by", t->hits_by);
    whole(out, "outcomes", t->outcomes);
    whole(out, "found", t->found);
    bought(out, "outcomes_by", t->outcomes_by);
    bought(out, "found_by", t->found_by);
    rate(out, "recall", &t->recall);
    whole(out, "fired_too_early", t->early);
    whole(out, "fired_after", t->late);
    whole(out, "at_once", t->at_once);
    whole(out, "of_hand_raisers", t->of_hands);
    days(out, "days_to_outcome", &t->to_outcome);
    days(out, "days_to_touch", &t->to_touch);
    days(out, "days_to_deal", &t->to_deal);
    whole(out, "touched_before", t->touched_before);
    value(out, b, t);
    queue(out, b, t);
}

static void base(struct us_buf *out, const struct us_backtest *t)
{
    us_buf_fmt(out, ",\"base\":{\"accounts\":%lld", (long long)t->base_accounts);
    whole(out, "fired", t->base.exposed);
    real(out, "rate_fired", t->base.rate);
    real(out, "rate", t->base.base);
    real(out, "lift", t->base.ratio.value);
    interval(out, "lift_ci95", t->base.ratio.in);
    us_buf_char(out, '}');
}

static void holdout(struct us_buf *out, const struct us_backtested *b)
{
    if (b->asked.held <= 0) return;
    us_buf_put(out, US_S(",\"holdout\":{\"share\":"));
    us_buf_real(out, b->asked.held);
    whole(out, "weeks", US_BACKTEST_POWER_WEEKS);
    real(out, "accounts", b->main.power_accounts);
    real(out, "least_rate", b->main.power_rate);
    real(out, "least_difference", b->main.power_rate - b->main.rate.rate);
    us_buf_char(out, '}');
}

static void spans(struct us_buf *out, const struct us_backtested *b, const char *key,
    const struct us_backtest_span *all, size_t count)
{
    bool queued = b->asked.capacity > 0 && all == b->main.weeks;
    us_buf_fmt(out, ",\"%s\":[", key);
    for (size_t i = 0; i < count; i++) {
        const struct us_backtest_span *s = &all[i];
        us_buf_fmt(out, "%s{\"fired\":%lld", i ? "," : "", (long long)s->fired);
        whole(out, "again", s->again);
        moment(out, "from", s->from);
        moment(out, "to", s->to);
        rate(out, "precision", &s->rate);
        if (queued) {
            whole(out, "worked", s->worked);
            whole(out, "gone", s->gone);
            whole(out, "waiting", s->waiting);
        }
        us_buf_char(out, '}');
    }
    us_buf_char(out, ']');
}

static void why_json(
    struct us_buf *out, const struct us_rules *r, const struct us_backtest_why *why)
{
    static const char *const names[] = {
        [US_AXIS_USAGE] = "usage", [US_AXIS_FIT] = "fit", [US_AXIS_INTENT] = "intent"};
    us_buf_put(out, US_S(",\"not_met\":["));
    size_t put = 0;
    for (size_t i = 0; i < why->count; i++) {
        us_buf_fmt(out, "%s{\"expression\":", put++ ? "," : "");
        us_buf_json(out, r->plan->nodes[why->gates[i].node].source.text);
        us_buf_put(out, US_S(",\"value\":"));
        us_value_json(why->gates[i].now, out);
        us_buf_char(out, '}');
    }
    for (int axis = 0; axis < US_AXES; axis++) {
        if (!why->axes[axis]) continue;
        us_buf_fmt(out, "%s{\"axis\":\"%s\"", put++ ? "," : "", names[axis]);
        real(out, "points", why->points[axis]);
        us_buf_char(out, '}');
    }
    if (why->excluded) us_buf_fmt(out, "%s{\"excluded\":true}", put ? "," : "");
    us_buf_char(out, ']');
}

static void silent(struct us_buf *out, const struct us_backtested *b)
{
    us_buf_put(out, US_S(",\"silent\":["));
    for (size_t i = 0; i < b->main.silent_count; i++) {
        const struct us_backtest_silent *s = &b->main.silent[i];
        us_buf_put(out, i ? US_S(",{\"source\":") : US_S("{\"source\":"));
        us_buf_json(out, s->source);
        moment(out, "from", s->span.from);
        moment(out, "to", s->span.to);
        us_buf_fmt(out, ",\"open\":%s", s->span.open ? "true" : "false");
        real(out, "usual_hours",
            (double)(s->span.noticed - s->span.from) / (double)US_HOUR_US);
        whole(out, "entries", s->entries);
        whole(out, "exits", s->exits);
        whole(out, "missed", s->missed);
        us_buf_char(out, '}');
    }
    us_buf_char(out, ']');
}

static void missed(struct us_buf *out, const struct us_backtested *b)
{
    us_buf_put(out, US_S(",\"missed\":["));
    for (size_t i = 0; i < b->main.missed_count; i++) {
        uint32_t at = b->main.missed[i];
        const struct us_backtest_account *account = &b->asked.accounts[at];
        us_buf_put(out, i ? US_S(",{\"account\":") : US_S("{\"account\":"));
        us_buf_json(out, account->key);
        moment(out, "at", account->outcome);
        us_buf_fmt(out, ",\"by\":\"%.*s\"",
            US_ARG(us_bought_word(us_backtest_bought(account))));
        if (b->money) real(out, "value", account->value);
        why_json(out, b->rules, &b->why[at]);
        us_buf_char(out, '}');
    }
    us_buf_char(out, ']');
}

void us_backtest_json(const struct us_backtested *b, struct us_buf *out)
{
    const struct us_definition *def = &b->rules->definitions[b->of->definition];
    us_buf_put(out, US_S("{\"definition\":"));
    us_buf_json(out, def->name);
    us_buf_fmt(out, ",\"version\":\"%.*s\",\"outcome\":", US_ARG(def->version));
    us_buf_json(out, b->rules->outcomes[b->of->outcome].name);
    moment(out, "from", b->asked.from);
    moment(out, "to", b->asked.to);
    moment(out, "until", b->asked.until);
    real(out, "horizon_days", (double)b->asked.horizon / (double)US_DAY_US);
    whole(out, "accounts", (int64_t)b->asked.account_count);
    whole(out, "accounts_in_crm", b->touches);
    numbers(out, b, &b->main);
    base(out, &b->main);
    holdout(out, b);
    spans(out, b, "weeks", b->main.weeks, b->main.week_count);
    spans(out, b, "months", b->main.months, b->main.month_count);
    silent(out, b);
    missed(out, b);
}

void us_backtest_sweep_json(const struct us_backtested *b,
    const struct us_vary_of *sweep, double now, struct us_buf *out)
{
    size_t best = us_backtest_best(b);
    us_buf_put(out, US_S("{\"what\":"));
    us_buf_json(out, sweep->what);
    real(out, "now", now);
    real(out, "best", best < sweep->count ? sweep->values[best] : NAN);
    us_buf_put(out, US_S(",\"variants\":["));
    for (size_t i = 0; i < sweep->count; i++) {
        us_buf_put(out, i ? US_S(",{\"value\":") : US_S("{\"value\":"));
        number(out, sweep->values[i]);
        numbers(out, b, &b->variants[i]);
        us_buf_char(out, '}');
    }
    us_buf_put(out, US_S("]}"));
}

#include "answer/backtest.h"
#include "answer/diff.h"
#include "answer/put.h"

#include <math.h>

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
    us_put_whole(out, "worked", t->worked);
    us_put_whole(out, "gone", t->gone);
    us_put_whole(out, "waiting_most", t->waiting_most);
    us_put_whole(out, "waiting_at_end", t->waiting_at_end);
    us_put_real(out, "worked_per_week", t->worked_per_week);
    us_put_real(out, "hits_per_week", t->hits_per_week);
    us_put_real(out, "worth_per_week", t->worth_per_week);
    us_buf_char(out, '}');
}

static void value(
    struct us_buf *out, const struct us_backtested *b, const struct us_backtest *t)
{
    if (!b->money) return;
    us_buf_fmt(out, ",\"value\":{\"n\":%lld", (long long)t->valued);
    us_put_real(out, "sum", t->value_sum);
    us_put_real(out, "mean", t->value_mean);
    us_put_real(out, "median", t->value_median);
    us_put_real(out, "worked_cost", b->asked.worked_cost);
    us_put_real(out, "uplift_needed", t->uplift_needed);
    us_buf_char(out, '}');
}

/* What a sweep and a single answer have alike; begins with a comma. */
static void numbers(
    struct us_buf *out, const struct us_backtested *b, const struct us_backtest *t)
{
    us_put_whole(out, "fired", t->fired);
    us_put_whole(out, "again", t->again);
    us_put_real(out, "per_week", t->per_week);
    us_put_whole(out, "most_in_week", t->most_in_week);
    us_put_whole(out, "hand_raised", t->hand_raised);
    us_put_whole(out, "already", t->already);
    us_put_whole(out, "open", t->open);
    us_put_rate(out, "precision", &t->rate);
    us_put_rate(out, "untouched", &t->untouched);
    us_put_rate(out, "hand_raisers", &t->hands);
    bought(out, "hits_by", t->hits_by);
    us_put_whole(out, "outcomes", t->outcomes);
    us_put_whole(out, "found", t->found);
    bought(out, "outcomes_by", t->outcomes_by);
    bought(out, "found_by", t->found_by);
    us_put_rate(out, "recall", &t->recall);
    us_put_whole(out, "fired_too_early", t->early);
    us_put_whole(out, "fired_after", t->late);
    us_put_whole(out, "at_once", t->at_once);
    us_put_whole(out, "of_hand_raisers", t->of_hands);
    us_put_days(out, "days_to_outcome", &t->to_outcome);
    us_put_days(out, "days_to_touch", &t->to_touch);
    us_put_days(out, "days_to_deal", &t->to_deal);
    us_put_whole(out, "touched_before", t->touched_before);
    value(out, b, t);
    queue(out, b, t);
}

static void base(struct us_buf *out, const struct us_backtest *t)
{
    us_buf_fmt(out, ",\"base\":{\"accounts\":%lld", (long long)t->base_accounts);
    us_put_whole(out, "fired", t->base.exposed);
    us_put_real(out, "rate_fired", t->base.rate);
    us_put_real(out, "rate", t->base.base);
    us_put_real(out, "lift", t->base.ratio.value);
    us_put_interval(out, "lift_ci95", t->base.ratio.in);
    us_buf_char(out, '}');
}

static void holdout(struct us_buf *out, const struct us_backtested *b)
{
    if (b->asked.held <= 0) return;
    us_buf_put(out, US_S(",\"holdout\":{\"share\":"));
    us_buf_real(out, b->asked.held);
    us_put_whole(out, "weeks", US_BACKTEST_POWER_WEEKS);
    us_put_real(out, "accounts", b->main.power_accounts);
    us_put_real(out, "least_rate", b->main.power_rate);
    us_put_real(out, "least_difference", b->main.power_rate - b->main.rate.rate);
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
        us_put_whole(out, "again", s->again);
        us_put_moment(out, "from", s->from);
        us_put_moment(out, "to", s->to);
        us_put_rate(out, "precision", &s->rate);
        if (queued) {
            us_put_whole(out, "worked", s->worked);
            us_put_whole(out, "gone", s->gone);
            us_put_whole(out, "waiting", s->waiting);
        }
        us_buf_char(out, '}');
    }
    us_buf_char(out, ']');
}

void us_backtest_why_json(
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
        us_put_real(out, "points", why->points[axis]);
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
        us_put_moment(out, "from", s->span.from);
        us_put_moment(out, "to", s->span.to);
        us_buf_fmt(out, ",\"open\":%s", s->span.open ? "true" : "false");
        us_put_real(out, "usual_hours",
            (double)(s->span.noticed - s->span.from) / (double)US_HOUR_US);
        us_put_whole(out, "entries", s->entries);
        us_put_whole(out, "exits", s->exits);
        us_put_whole(out, "missed", s->missed);
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
        us_put_moment(out, "at", account->outcome);
        us_buf_fmt(out, ",\"by\":\"%.*s\"",
            US_ARG(us_bought_word(us_backtest_bought(account))));
        if (b->money) us_put_real(out, "value", account->value);
        us_backtest_why_json(out, b->rules, &b->why[at]);
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
    us_put_moment(out, "from", b->asked.from);
    us_put_moment(out, "to", b->asked.to);
    us_put_moment(out, "until", b->asked.until);
    us_put_real(out, "horizon_days", (double)b->asked.horizon / (double)US_DAY_US);
    us_put_whole(out, "accounts", (int64_t)b->asked.account_count);
    us_put_whole(out, "accounts_in_crm", b->touches);
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
    us_put_real(out, "now", now);
    us_put_real(out, "best", best < sweep->count ? sweep->values[best] : NAN);
    us_buf_put(out, US_S(",\"variants\":["));
    for (size_t i = 0; i < sweep->count; i++) {
        us_buf_put(out, i ? US_S(",{\"value\":") : US_S("{\"value\":"));
        us_put_number(out, sweep->values[i]);
        numbers(out, b, &b->variants[i]);
        us_buf_char(out, '}');
    }
    us_buf_put(out, US_S("]}"));
}

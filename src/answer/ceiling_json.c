#include "answer/ceiling.h"
#include "answer/put.h"

#include <math.h>

static void word(struct us_buf *out, const char *key, us_str value)
{
    us_buf_fmt(out, ",\"%s\":", key);
    us_buf_json(out, value);
}

/* null where it may never be. */
static void moment(struct us_buf *out, const char *key, int64_t t)
{
    if (t == US_NEVER)
        us_put_real(out, key, NAN);
    else
        us_put_moment(out, key, t);
}

static void head(const struct us_ceiled *c, struct us_buf *out)
{
    us_buf_fmt(out, "{\"accounts\":%lld", (long long)c->accounts);
    us_put_whole(out, "payments", c->payments);
    word(out, "currency", c->rules->config->currency);
    moment(out, "from", c->from);
    moment(out, "to", c->of->to);
    us_put_whole(out, "card_tries", (int64_t)c->asked.try_count);
    us_put_whole(out, "quarters", (int64_t)c->asked.step_count);
    us_put_whole(out, "draws", (int64_t)c->asked.draws);
    us_put_whole(out, "seed", (int64_t)c->asked.seed);
    us_buf_put(out, US_S(",\"by_method\":{"));
    for (size_t i = 0; i < c->method_count; i++) {
        if (i) us_buf_char(out, ',');
        us_buf_json(out, c->methods[i].method);
        us_buf_fmt(out, ":{\"accounts\":%lld,\"payments\":%lld}",
            (long long)c->methods[i].accounts, (long long)c->methods[i].payments);
    }
    us_buf_fmt(out,
        "},\"by_channel\":{\"self_serve\":%lld,\"sales\":%lld,\"unknown\":%lld}",
        (long long)c->self_serve, (long long)c->sales, (long long)c->channel_unknown);
    us_buf_fmt(out, ",\"excluded\":{\"never_paid\":%lld", (long long)c->never_paid);
    us_put_whole(out, "no_rate", c->no_rate);
    us_put_whole(out, "no_period", c->no_period);
    us_put_whole(out, "kept_nothing", c->kept_nothing);
    us_put_whole(out, "ended_before", c->ended_before);
    us_buf_fmt(out, "},\"payments_excluded\":{\"no_rate\":%lld,\"no_period\":%lld}",
        (long long)c->rows_no_rate, (long long)c->rows_no_period);
    us_buf_fmt(out, ",\"quarters_excluded\":{\"ended\":%lld,\"moved_to_sales\":%lld}",
        (long long)c->steps_ended, (long long)c->steps_moved);
    us_put_whole(out, "at_list_price", c->found.listed);
}

static void rows(const struct us_ceiling *f, struct us_buf *out)
{
    us_buf_put(out, US_S(",\"rows\":["));
    for (int i = 0; i < US_CEILING_EVIDENCES; i++) {
        const struct us_ceiling_row *r = &f->rows[i];
        us_buf_put(out, i ? US_S(",{\"evidence\":") : US_S("{\"evidence\":"));
        us_buf_json(out, us_ceiling_word((us_ceiling_evidence)i));
        word(out, "verdict", us_ceiling_verdict_word(r->verdict));
        us_put_real(out, "estimate", r->estimate);
        us_put_interval(out, "ci95", r->in);
        us_put_real(out, "p", r->p);
        us_put_real(out, "p_adjusted", r->p_adjusted);
        us_put_whole(out, "n", r->n);
        us_put_whole(out, "accounts", r->accounts);
        us_put_real(out, "below", r->below);
        us_put_real(out, "above", r->above);
        if (i == US_CEILING_BUNCHING) {
            us_put_real(out, "expected_below", r->expected_below);
            us_put_real(out, "expected_above", r->expected_above);
        }
        if (i == US_CEILING_CARDS) us_put_real(out, "half_at", r->half);
        us_put_real(out, "up_to", r->up_to);
        if (r->lack != US_CEILING_LACKS_NOTHING)
            word(out, "lacks", us_ceiling_lack_word(r->lack));
        if (r->more) us_put_whole(out, "accounts_more", r->more);
        us_buf_char(out, '}');
    }
    us_buf_char(out, ']');
}

static void ends(const struct us_ceiled *c, struct us_buf *out)
{
    const struct us_ceiling *f = &c->found;
    const struct us_ceiling_costs *costs = &c->asked.costs;
    us_buf_put(out, US_S(",\"ceiling\":{\"by\":"));
    us_buf_json(out, us_ceiling_by_word(f->top.by));
    us_put_real(out, "value", f->top.value);
    us_put_interval(out, "ci95", f->top.in);
    us_buf_put(out, US_S(",\"from\":["));
    size_t from = 0;
    for (int i = 0; i < US_CEILING_EVIDENCES; i++) {
        if (!f->top.from[i]) continue;
        if (from++) us_buf_char(out, ',');
        us_buf_json(out, us_ceiling_word((us_ceiling_evidence)i));
    }
    us_buf_char(out, ']');
    if (!isnan(f->top.up_to)) us_put_real(out, "none_up_to", f->top.up_to);
    if (f->top.by == US_CEILING_BY_PRESET)
        word(out, "source", US_S("Verna, Know when to transition: about 10,000 USD"));
    us_buf_put(out, US_S("},\"floor\":{\"by\":"));
    us_buf_json(out, f->floor.preset ? US_S("default") : US_S("costs"));
    us_put_real(out, "value", f->floor.value);
    us_put_real(out, "rep_hour", costs->rep_hour > 0 ? costs->rep_hour : NAN);
    us_put_real(
        out, "hours_per_deal", costs->hours_per_deal > 0 ? costs->hours_per_deal : NAN);
    us_put_real(out, "win_rate", costs->win_rate > 0 ? costs->win_rate : NAN);
    us_put_whole(out, "times", US_CEILING_RETURN);
    us_put_real(out, "cost_of_a_won_deal", f->floor.cost);
    if (f->floor.preset)
        word(out, "source", US_S("Verna, Know when to transition: about 15,000 USD"));
    us_buf_put(out, US_S("},\"band\":{\"order\":"));
    us_buf_json(out, us_ceiling_order_word(f->order));
    us_put_real(out, "low", f->band.low);
    us_put_real(out, "high", f->band.high);
    us_buf_char(out, '}');
}

static void account(const struct us_ceiled *c, uint32_t at, struct us_buf *out)
{
    static const us_str methods[] = {[US_PAID_BY_CARD] = US_S_INIT("card"),
        [US_PAID_OTHERWISE] = US_S_INIT("other"),
        [US_PAID_UNKNOWN] = US_S_INIT("unknown")};
    const struct us_ceiling_account *x = &c->asked.accounts[at];
    us_buf_put(out, US_S("{\"account\":"));
    us_buf_json(out, x->key);
    us_put_real(out, "value", x->now);
    word(out, "method", methods[x->method]);
    word(out, "channel", x->sales ? US_S("sales") : US_S("self_serve"));
}

static void lists(const struct us_ceiled *c, struct us_buf *out)
{
    const struct us_ceiling *f = &c->found;
    us_buf_put(out, US_S(",\"accounts_in_band\":["));
    for (size_t i = 0; i < f->inside_count; i++) {
        if (i) us_buf_char(out, ',');
        account(c, f->inside[i], out);
        us_buf_char(out, '}');
    }
    us_buf_put(out, US_S("],\"projected\":["));
    for (size_t i = 0; i < f->coming_count; i++) {
        const struct us_ceiling_coming *x = &f->coming[i];
        if (i) us_buf_char(out, ',');
        account(c, x->account, out);
        us_put_real(out, "growth_a_month", x->growth);
        moment(out, "date", x->at);
        moment(out, "soonest", x->soonest);
        moment(out, "latest", x->latest);
        us_buf_char(out, '}');
    }
    us_buf_fmt(out, "],\"projected_before\":{\"months\":%d", US_CEILING_RECORD);
    us_put_whole(out, "were_to_come", f->were_coming);
    us_put_whole(out, "came", f->came);
    us_buf_char(out, '}');
}

static void bins(const struct us_ceiling *f, struct us_buf *out)
{
    bool any = false;
    us_buf_put(out, US_S(",\"bins\":["));
    for (size_t i = 0; i < f->bin_count; i++) {
        const struct us_ceiling_bin *b = &f->bins[i];
        if (!b->accounts && !b->tries && !b->steps && !(b->listed > 0)) continue;
        if (any) us_buf_char(out, ',');
        any = true;
        us_buf_put(out, US_S("{\"from\":"));
        us_put_number(out, b->from);
        us_put_real(out, "to", b->to);
        us_put_whole(out, "accounts", b->accounts);
        us_put_whole(out, "by_card", b->cards);
        us_put_real(out, "share_falling", b->share);
        us_put_real(out, "unlisted", b->listed);
        us_put_real(out, "expected", b->expected);
        us_put_whole(out, "tries", b->tries);
        us_put_whole(out, "failed", b->failed);
        us_put_whole(out, "quarters", b->steps);
        us_put_real(out, "growth_sum", b->growth);
        us_buf_char(out, '}');
    }
    us_buf_char(out, ']');
}

void us_ceiling_json(const struct us_ceiled *c, struct us_buf *out)
{
    head(c, out);
    rows(&c->found, out);
    ends(c, out);
    lists(c, out);
    bins(&c->found, out);
}

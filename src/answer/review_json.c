#include "answer/put.h"
#include "answer/review.h"
#include "study/field.h"

#include <math.h>

static void count_put(struct us_buf *out, const struct us_review_count *c)
{
    us_put_whole(out, "entries", c->now);
    us_field_key(out, "before");
    us_buf_char(out, '[');
    for (size_t i = 0; i < c->weeks; i++)
        us_buf_fmt(out, "%s%lld", i ? "," : "", (long long)c->before[i]);
    us_buf_char(out, ']');
    us_put_real(out, "mean_before", c->mean);
    us_put_interval(out, "usual95", (struct us_interval){c->low, c->high});
    us_put_real(out, "p", c->p);
    us_put_real(out, "q", c->q);
    us_buf_fmt(out, ",\"news\":%s", c->news ? "true" : "false");
}

static void touched_put(
    struct us_buf *out, const char *name, const struct us_review_touched *t)
{
    us_field_key(out, name);
    us_buf_fmt(out, "{\"running\":%lld", (long long)t->running);
    us_put_rate(out, "within_2bd", &t->in_time);
    us_put_whole(out, "touched", t->touched);
    us_put_real(out, "median_days", t->median_days);
    us_buf_char(out, '}');
}

static void volume_put(
    struct us_buf *out, const struct us_reviewed *r, const struct us_review_volume *v)
{
    static const char *const exits[] = {[US_EXIT_CONVERTED] = "converted",
        [US_EXIT_EXCLUDED] = "excluded",
        [US_EXIT_LEFT] = "left",
        [US_EXIT_FADED] = "faded",
        [US_EXIT_EXPIRED] = "expired",
        [US_EXIT_REDEFINED] = "redefined"};
    count_put(out, &v->entries);
    us_put_real(out, "capacity", r->of->capacity > 0 ? r->of->capacity : NAN);
    us_field_key(out, "exits");
    for (int i = US_EXIT_CONVERTED; i < US_EXITS; i++)
        us_buf_fmt(out, "%s\"%s\":%lld", i == US_EXIT_CONVERTED ? "{" : ",", exits[i],
            (long long)v->exits[i]);
    us_buf_char(out, '}');
    us_put_whole(out, "in_before", v->in_before);
    us_put_whole(out, "in", v->in);
    us_put_real(out, "waiting", r->touches ? (double)v->waiting : NAN);
    /* They come with the desk: until then there are none, and nothing is made up. */
    us_buf_put(out, US_S(",\"handoffs\":{\"recorded\":0,\"accepted\":null,"
                         "\"rejected\":null,\"clocks_missed\":null}"));
    if (!r->touches) {
        us_buf_put(out, US_S(",\"touched\":null"));
        return;
    }
    us_buf_put(out, US_S(",\"touched\":{\"known\":true"));
    touched_put(out, "week", &v->week);
    touched_put(out, "before", &v->before);
    us_buf_char(out, '}');
}

static void life_put(
    struct us_buf *out, const struct us_backtest *b, us_review_verdict verdict)
{
    us_put_whole(out, "fired", b->fired);
    us_put_rate(out, "precision", &b->rate);
    us_put_real(out, "base_rate", b->base.base);
    us_put_real(out, "lift", b->base.ratio.value);
    us_put_interval(out, "lift_ci95", b->base.ratio.in);
    us_field_text(out, "verdict", us_review_word(verdict));
}

static void gates_put(struct us_buf *out, const struct us_review_definition *d)
{
    us_field_key(out, "gates");
    us_buf_char(out, '[');
    for (size_t i = 0; i < d->gate_count; i++) {
        const struct us_review_gate *g = &d->gates[i];
        us_buf_fmt(out, "%s{\"kind\":\"%s\"", i ? "," : "", g->line ? "score" : "must");
        us_field_text(out, "gate", g->text);
        count_put(out, &g->entries);
        if (d->judged)
            life_put(out, &g->judged, g->verdict);
        else
            us_field_text(out, "verdict", us_review_word(g->verdict));
        us_buf_char(out, '}');
    }
    us_buf_char(out, ']');
}

static void definitions_put(struct us_buf *out, const struct us_reviewed *r)
{
    us_field_key(out, "definitions");
    us_buf_char(out, '[');
    for (size_t i = 0; i < r->definition_count; i++) {
        const struct us_review_definition *d = &r->definitions[i];
        const struct us_definition *def = &r->rules->definitions[d->definition];
        bool aims = d->outcome != US_NODE_NONE;
        us_buf_put(out, i ? US_S(",{\"definition\":") : US_S("{\"definition\":"));
        us_buf_json(out, def->name);
        us_field_text(out, "version", def->version);
        us_field_text(
            out, "aim", aims ? r->rules->outcomes[d->outcome].name : (us_str){0});
        us_put_real(out, "horizon_days", (double)d->horizon / (double)US_DAY_US);
        volume_put(out, r, &d->volume);
        if (d->judged)
            life_put(out, &d->life, d->verdict);
        else
            us_field_text(out, "verdict", us_review_word(d->verdict));
        gates_put(out, d);
        us_put_whole(out, "missed_lately", d->missed);
        us_put_whole(out, "missed_by_one_gate", d->near);
        us_buf_char(out, '}');
    }
    us_buf_char(out, ']');
}

static void did_put(struct us_buf *out, const struct us_review_missed *m)
{
    us_field_key(out, "did");
    us_buf_char(out, '[');
    for (size_t i = 0; i < m->did_count; i++) {
        us_buf_put(out, i ? US_S(",{\"event\":") : US_S("{\"event\":"));
        us_buf_json(out, m->did[i].event);
        us_put_whole(out, "times", m->did[i].times);
        us_put_whole(out, "others", m->did[i].others);
        us_buf_char(out, '}');
    }
    us_buf_char(out, ']');
}

static void missed_put(struct us_buf *out, const struct us_reviewed *r)
{
    us_put_whole(out, "active_accounts", r->others);
    us_field_key(out, "missed");
    us_buf_char(out, '[');
    for (size_t i = 0; i < r->missed_count; i++) {
        const struct us_review_missed *m = &r->missed[i];
        const struct us_backtest_account *account = us_review_account(r, m);
        us_buf_put(out, i ? US_S(",{\"account\":") : US_S("{\"account\":"));
        us_buf_json(out, account->key);
        us_field_text(out, "outcome", r->rules->outcomes[m->outcome].name);
        us_put_moment(out, "at", account->outcome);
        us_field_text(out, "by", us_bought_word(us_backtest_bought(account)));
        us_put_real(out, "value", r->money ? account->value : NAN);
        us_field_key(out, "by_definition");
        us_buf_char(out, '[');
        size_t put = 0;
        for (size_t k = 0; k < r->definition_count; k++) {
            const struct us_review_definition *d = &r->definitions[k];
            const struct us_definition *def = &r->rules->definitions[d->definition];
            if (def->pql || d->outcome != m->outcome) continue;
            us_buf_put(
                out, put++ ? US_S(",{\"definition\":") : US_S("{\"definition\":"));
            us_buf_json(out, def->name);
            us_backtest_why_json(out, r->rules, &d->why[m->account]);
            us_buf_char(out, '}');
        }
        us_buf_char(out, ']');
        did_put(out, m);
        us_buf_char(out, '}');
    }
    us_buf_char(out, ']');
}

static void evidence_put(
    struct us_buf *out, const struct us_reviewed *r, const struct us_review_proposed *p)
{
    const struct us_review_definition *d = &r->definitions[p->definition];
    const struct us_backtest *b =
        p->gate == SIZE_MAX ? &d->life : &d->gates[p->gate].judged;
    us_buf_put(out, US_S(",\"evidence\":{\"weeks\":"));
    us_buf_int(out, (int64_t)d->volume.entries.weeks + 1);
    if (p->change == US_REVIEW_OVER_CAPACITY) {
        us_put_real(out, "per_week", p->mean);
        us_put_real(out, "per_week_low95", p->low);
        us_put_real(out, "capacity", r->of->capacity);
    } else if (p->change == US_REVIEW_NEAR_MISS) {
        us_put_whole(out, "missed", d->missed);
        us_put_whole(out, "by_this_gate_alone", d->near_most);
    } else {
        us_put_rate(out, "precision", &b->rate);
        us_put_real(out, "base_rate", b->base.base);
        us_put_interval(out, "lift_ci95", b->base.ratio.in);
    }
    us_buf_char(out, '}');
}

static void proposed_put(struct us_buf *out, const struct us_reviewed *r)
{
    us_field_key(out, "proposed");
    us_buf_char(out, '[');
    for (size_t i = 0; i < r->proposed_count; i++) {
        const struct us_review_proposed *p = &r->proposed[i];
        const struct us_review_definition *d = &r->definitions[p->definition];
        us_buf_put(out, i ? US_S(",{\"change\":") : US_S("{\"change\":"));
        us_buf_json(out, us_review_change_word(p->change));
        us_field_text(out, "definition", r->rules->definitions[d->definition].name);
        us_field_text(
            out, "gate", p->gate == SIZE_MAX ? (us_str){0} : d->gates[p->gate].text);
        evidence_put(out, r, p);
        us_field_text(out, "try", p->command);
        us_buf_put(out, US_S(",\"owner\":null,\"due\":null}"));
    }
    us_buf_char(out, ']');
}

static void silent_put(struct us_buf *out, const struct us_reviewed *r)
{
    us_field_key(out, "silent");
    us_buf_char(out, '[');
    for (size_t i = 0; i < r->silent_count; i++) {
        us_buf_put(out, i ? US_S(",{\"source\":") : US_S("{\"source\":"));
        us_buf_json(out, r->silent[i].source);
        us_put_moment(out, "from", r->silent[i].span.from);
        us_put_moment(out, "to", r->silent[i].span.to);
        us_buf_char(out, '}');
    }
    us_buf_char(out, ']');
}

void us_review_json(const struct us_reviewed *r, struct us_arena *a, struct us_buf *out)
{
    us_buf_put(out, US_S("{\"week\":"));
    us_buf_json(out, us_review_name(r->of->monday, a));
    us_put_moment(out, "from", r->weeks[0].from);
    us_put_moment(out, "to", r->weeks[0].to);
    us_field_text(out, "time_zone", r->rules->config->time_zone);
    us_put_whole(out, "weeks_before", (int64_t)r->week_count - 1);
    us_put_whole(out, "accounts", (int64_t)r->account_count);
    us_put_whole(out, "accounts_in_crm", r->touches);
    definitions_put(out, r);
    missed_put(out, r);
    silent_put(out, r);
    proposed_put(out, r);
    us_buf_put(out, US_S("}\n"));
}

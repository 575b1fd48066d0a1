/* assess_json.c: the same for machines. */

#include "answer/assess.h"
#include "answer/put.h"

#include <math.h>
#include <string.h>

static void text_put(struct us_buf *out, const char *key, us_str text)
{
    us_buf_fmt(out, ",\"%s\":", key);
    if (text.len)
        us_buf_json(out, text);
    else
        us_buf_put(out, US_S("null"));
}

static void truth(struct us_buf *out, const char *key, bool yes)
{
    us_buf_fmt(out, ",\"%s\":%s", key, yes ? "true" : "false");
}

/* What stands behind the last point of a key of i18n/. */
static us_str last_part(const char *key)
{
    const char *point = strrchr(key, '.');
    return us_str_c(point ? point + 1 : key);
}

/* ---- the verdict ---- */

static void row_put(
    struct us_buf *out, const struct us_ready_row *row, const struct us_ready_bar *bar)
{
    static const char *const units[] = {[US_READY_YES] = "yes",
        [US_READY_SHARE] = "share",
        [US_READY_COUNT] = "count",
        [US_READY_WEEKLY] = "per_week",
        [US_READY_MONEY] = "money"};
    static const char *const parts[] = {[US_READY_BASE] = "prerequisite",
        [US_READY_PULL] = "pull",
        [US_READY_SHOWN] = "shown"};
    us_buf_fmt(out, "{\"key\":\"%s\",\"unit\":\"%s\",\"part\":\"%s\"", bar->key,
        units[bar->unit], parts[bar->part]);
    us_put_real(out, "value", row->found.answered ? row->found.value : NAN);
    us_put_interval(out, "ci95", row->found.in);
    if (row->found.n) {
        us_put_whole(out, "hits", row->found.hits);
        us_put_whole(out, "n", row->found.n);
    }
    us_put_real(out, "bar", row->bar);
    us_buf_fmt(out, ",\"strength\":\"%c\"", bar->strength);
    text_put(out, "source", us_text(out->arena, US_EN, bar->source, NULL));
    us_buf_fmt(out, ",\"is\":\"%s\"", us_ready_is_word(row->is));
    truth(out, "sure", row->sure);
    truth(out, "from_about", row->found.told);
    us_buf_char(out, '}');
}

static void verdict(struct us_buf *out, const struct us_assessed *x)
{
    const struct us_readiness *r = &x->ready;
    us_buf_fmt(out, "{\"verdict\":\"%s\"", us_ready_word(r->verdict));
    us_buf_fmt(out, ",\"verdict_of_strong_bars\":\"%s\"", us_ready_word(r->strong));
    truth(out, "rests_on_guesses", r->strong != r->verdict);
    us_buf_put(out, US_S(",\"fix_first\":["));
    for (size_t i = 0; i < r->fix_count; i++)
        us_buf_fmt(out, "%s\"%s\"", i ? "," : "", us_ready_bars[r->fix[i]].key);
    us_buf_put(out, US_S("],\"rows\":["));
    for (int i = 0; i < US_READY_ROWS; i++) {
        if (i) us_buf_char(out, ',');
        row_put(out, &r->rows[i], &us_ready_bars[i]);
    }
    us_buf_char(out, ']');
}

/* ---- coverage ---- */

static void coverage(struct us_buf *out, const struct us_assessed *x)
{
    us_buf_put(out, US_S(",\"coverage\":{"));
    size_t put = 0;
    for (size_t i = 0; i < x->coverage.figure_count; i++) {
        const struct us_status_figure *f = &x->coverage.figures[i];
        if (f->kind != US_ARG_WHOLE) continue;
        us_buf_fmt(out, "%s\"%.*s\":{\"value\":%lld", put++ ? "," : "",
            US_ARG(last_part(f->key)), (long long)f->value);
        if (f->has_share) us_put_real(out, "share", f->share);
        us_buf_char(out, '}');
    }
    us_buf_put(out, US_S("},\"gates\":["));
    for (size_t i = 0; i < x->gate_count; i++) {
        const struct us_gate_trait *t = &x->gates[i];
        us_buf_put(out, i ? US_S(",{\"definition\":") : US_S("{\"definition\":"));
        us_buf_json(out, x->rules->definitions[t->definition].name);
        text_put(out, "gate", x->rules->plan->nodes[t->node].source.text);
        text_put(out, "trait", t->trait);
        us_buf_fmt(out, ",\"of\":\"%s\"", t->user ? "user" : "account");
        us_put_whole(out, "known", t->known);
        us_put_whole(out, "all", t->of);
        us_buf_char(out, '}');
    }
    us_buf_char(out, ']');
}

/* ---- the funnel ---- */

static void cell_put(struct us_buf *out, const struct us_assessed *x, us_stage stage,
    const struct us_funnel_cell *cell)
{
    us_buf_fmt(out, ",\"%s\":", us_stage_word(stage));
    if (!x->known[stage]) {
        us_buf_put(out, US_S("null"));
        return;
    }
    us_buf_fmt(out, "{\"so_far\":%lld", (long long)cell->so_far);
    us_put_whole(out, "young", cell->young);
    truth(out, "too_young", cell->young > 0 && cell->rate.n == 0);
    if (cell->over_at != US_NEVER) us_put_moment(out, "over_at", cell->over_at);
    us_put_rate(out, "of_seen", &cell->rate);
    us_put_rate(out, "of_stage_before", &cell->step);
    us_buf_char(out, '}');
}

static void funnel_put(
    struct us_buf *out, const struct us_assessed *x, const struct us_funnel *f)
{
    us_put_whole(out, "seen", f->accounts);
    for (int i = US_STAGE_ACTIVATED; i < US_STAGES; i++)
        cell_put(out, x, (us_stage)i, &f->stages[i]);
}

static void stages(struct us_buf *out, const struct us_assessed *x)
{
    us_buf_put(out, US_S(",\"stages\":{"));
    for (int i = 0; i < US_STAGES; i++) {
        us_buf_fmt(out, "%s\"%s\":{\"from\":\"%.*s\"", i ? "," : "",
            us_stage_word((us_stage)i), US_ARG(last_part(x->sources[i].key)));
        text_put(out, "name", x->sources[i].name);
        truth(out, "known", x->known[i]);
        if (i)
            us_put_real(out, "within_days", (double)x->within[i] / (double)US_DAY_US);
        us_buf_char(out, '}');
    }
    us_buf_char(out, '}');
}

static void funnel(struct us_buf *out, const struct us_assessed *x)
{
    stages(out, x);
    us_buf_put(out, US_S(",\"funnel\":{\"of\":\"all\""));
    funnel_put(out, x, &x->study.all);
    us_buf_put(out, US_S("},\"cohorts\":["));
    for (size_t i = 0; i < x->study.month_count; i++) {
        const struct us_funnel *f = &x->study.months[i];
        us_buf_fmt(out, "%s{\"of\":\"month\"", i ? "," : "");
        us_put_moment(out, "from", f->from);
        us_put_moment(out, "to", f->to);
        funnel_put(out, x, f);
        us_buf_char(out, '}');
    }
    us_buf_put(out, US_S("],\"segment\":"));
    if (x->segment.len)
        us_buf_json(out, x->segment);
    else
        us_buf_put(out, US_S("null"));
    us_buf_put(out, US_S(",\"segments\":["));
    for (size_t i = 0; i < x->segment_count; i++) {
        bool others = x->segment_others && i + 1 == x->segment_count;
        us_buf_fmt(
            out, "%s{\"of\":\"%s\"", i ? "," : "", others ? "others" : "segment");
        text_put(out, "value", x->segments[i]);
        funnel_put(out, x, &x->study.segments[i]);
        us_buf_char(out, '}');
    }
    us_buf_char(out, ']');
}

/* ---- prices, hands ---- */

static void asking(struct us_buf *out, const struct us_assessed *x)
{
    static const char *const by[] = {[US_PRICING_UNKNOWN] = "unknown",
        [US_PRICING_EVENT] = "event",
        [US_PRICING_PAGE] = "page"};
    us_buf_fmt(out, ",\"pricing\":{\"by\":\"%s\",\"of\":\"%s\"", by[x->pricing_by],
        x->known[US_STAGE_ACTIVATED] ? "activated" : "seen");
    us_put_rate(out, "seen", &x->study.pricing);
    us_put_rate(out, "seen_three_times", &x->study.pricing_often);
    us_buf_fmt(out, "},\"hand_raisers\":{\"known\":%s", x->asks ? "true" : "false");
    us_put_whole(out, "hands", x->hands.hands);
    us_put_whole(out, "whole_weeks", (int64_t)x->hands.week_count);
    us_put_real(out, "per_week", x->hands.per_week);
    us_put_interval(out, "ci95", x->hands.in);
    us_buf_put(out, US_S(",\"weeks\":["));
    for (size_t i = 0; i < x->hands.week_count; i++) {
        us_buf_fmt(
            out, "%s{\"hands\":%lld", i ? "," : "", (long long)x->hands.weeks[i].hands);
        us_put_moment(out, "from", x->hands.weeks[i].from);
        us_buf_char(out, '}');
    }
    us_buf_put(out, US_S("]}"));
}

/* ---- definitions ---- */

static void months_put(
    struct us_buf *out, const struct us_assessed *x, const struct us_pqa_month *months)
{
    us_buf_put(out, US_S(",\"months\":["));
    for (size_t i = 0; i < x->month_count; i++) {
        const struct us_pqa_month *m = &months[i];
        us_buf_fmt(out, "%s{\"new\":%lld,\"active_in_segment\":%lld", i ? "," : "",
            (long long)m->rate.hits, (long long)m->rate.n);
        us_put_moment(out, "from", m->month.from);
        us_put_moment(out, "to", m->month.to);
        truth(out, "whole", m->month.whole);
        us_put_real(out, "rate", m->rate.rate);
        us_put_interval(out, "ci95", m->rate.in);
        us_put_whole(out, "again", m->again);
        us_put_whole(out, "hand_raisers", m->raised);
        us_put_whole(out, "without_an_event", m->idle);
        us_buf_char(out, '}');
    }
    us_buf_char(out, ']');
}

static void group_put(
    struct us_buf *out, const struct us_assessed *x, const struct us_lead_group *g)
{
    us_buf_fmt(out, "{\"accounts\":%lld", (long long)g->accounts);
    us_put_whole(out, "hand_raisers", g->raised);
    us_put_whole(out, "already", g->already);
    us_put_whole(out, "open", g->open);
    us_put_rate(out, "converted", &g->rate);
    if (x->touches)
        us_put_rate(out, "untouched", &g->untouched);
    else
        us_buf_put(out, US_S(",\"untouched\":null"));
    us_put_days(out, "days_to_outcome", &g->to_outcome);
    us_buf_char(out, '}');
}

static void leads_put(struct us_buf *out, const struct us_assessed *x,
    const struct us_assess_definition *d)
{
    const struct us_definition *def = &x->rules->definitions[d->definition];
    const struct us_leads *l = &d->leads;
    us_buf_put(out, US_S(",\"outcome\":"));
    if (def->aim == US_NODE_NONE) {
        us_buf_put(out, US_S("null,\"leads\":null"));
        return;
    }
    us_buf_json(out, x->rules->outcomes[def->aim].name);
    us_put_real(out, "horizon_days", (double)d->horizon / (double)US_DAY_US);
    us_buf_fmt(out, ",\"leads\":{\"pqas\":%lld", (long long)l->pqa);
    us_put_whole(out, "mqls", l->mql);
    us_put_whole(out, "both", l->both);
    us_put_whole(out, "pqa_first", l->pqa_first);
    us_put_whole(out, "mql_first", l->mql_first);
    us_put_whole(out, "same_moment", l->same);
    us_put_days(out, "days_between", &l->between);
    us_put_real(out, "neither_from_day", l->neither_days);
    us_put_rate(out, "hand_raisers", &l->hands);
    us_buf_put(out, US_S(",\"groups\":{"));
    for (int i = 0; i < US_LEADS; i++) {
        us_buf_fmt(out, "%s\"%.*s\":", i ? "," : "", US_ARG(us_lead_word((us_lead)i)));
        group_put(out, x, &l->groups[i]);
    }
    us_buf_put(out, US_S("}}"));
}

static void definitions(struct us_buf *out, const struct us_assessed *x)
{
    us_buf_put(out, US_S(",\"definitions\":["));
    for (size_t i = 0; i < x->definition_count; i++) {
        const struct us_assess_definition *d = &x->definitions[i];
        const struct us_definition *def = &x->rules->definitions[d->definition];
        us_buf_put(out, i ? US_S(",{\"definition\":") : US_S("{\"definition\":"));
        us_buf_json(out, def->name);
        us_buf_fmt(out, ",\"version\":\"%.*s\"", US_ARG(def->version));
        us_put_rate(out, "last_whole_month", &d->last);
        months_put(out, x, d->months);
        leads_put(out, x, d);
        us_buf_char(out, '}');
    }
    us_buf_char(out, ']');
}

/* ---- what it rests on ---- */

static void rests(struct us_buf *out, const struct us_assessed *x)
{
    us_buf_put(out, US_S(",\"rests_on\":["));
    for (size_t i = 0; i < x->assumption_count; i++) {
        const struct us_assumption *r = &x->assumptions[i];
        us_buf_put(out, i ? US_S(",{\"key\":") : US_S("{\"key\":"));
        us_buf_json(out, last_part(r->key));
        text_put(out, "words", us_text(out->arena, US_EN, r->key, r->args));
        text_put(out, "check", us_text(out->arena, US_EN, r->check, r->args));
        text_put(out, "command", r->command);
        us_buf_char(out, '}');
    }
    us_buf_char(out, ']');
}

void us_assess_json(const struct us_assessed *x, struct us_buf *out)
{
    verdict(out, x);
    us_put_moment(out, "from", x->from);
    us_put_moment(out, "to", x->to);
    us_put_whole(out, "accounts", x->accounts);
    us_put_whole(out, "accounts_without_events", x->without_events);
    us_put_whole(out, "active_accounts", x->active);
    us_put_real(out, "arr", x->paid ? x->arr : NAN);
    us_put_whole(out, "self_serve_payments", x->self_serve);
    us_put_whole(out, "payments_received", x->paid);
    us_put_whole(out, "accounts_in_crm", x->touches);
    us_put_whole(out, "mqls", x->mqls);
    us_put_whole(out, "mqls_without_account", x->mqls_nowhere);
    coverage(out, x);
    funnel(out, x);
    asking(out, x);
    definitions(out, x);
    rests(out, x);
}

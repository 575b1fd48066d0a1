/* assess_rests.c: what the answer rests on and what is not known, from the data found,
 * each with a way to see it. */

#include "answer/assess_inner.h"

#include <string.h>

/* From where on a share is worth a word. Our own: a fifth of the people without a
 * company, or one line in a hundred that came late, changes what is read off. */
static const double MANY = 0.2, SOME = 0.05, FEW = 0.01;

static double share(const struct us_assessed *x, const char *key)
{
    const struct us_status_figure *f = us_status_figure(&x->coverage, key);
    return f && f->has_share ? f->share : 0;
}

static int64_t count(const struct us_assessed *x, const char *key)
{
    const struct us_status_figure *f = us_status_figure(&x->coverage, key);
    return f && f->known ? f->value : 0;
}

static void rest(struct us_assessed *x, const char *key, const us_arg *args,
    const char *check, const char *command)
{
    us_assert(x->assumption_count < US_ASSUMPTIONS_MAX);
    struct us_assumption *r = &x->assumptions[x->assumption_count++];
    *r = (struct us_assumption){.key = key,
        .check = check,
        .command = command ? us_str_c(command) : (us_str){0}};
    for (size_t i = 0; args && args[i].name && i < 4; i++)
        r->args[i] = args[i];
}

static void of_people(struct us_assessed *x)
{
    double users = (double)count(x, "answer.status.users");
    double mails = (double)count(x, "answer.status.users_mail");
    double accounts = share(x, "answer.status.with_account");
    if (count(x, "answer.status.events") && accounts < 1 - SOME)
        rest(x, "assess.rest_no_account", US_ARGS(US_SHARE("share", 1 - accounts)),
            "assess.check_no_account",
            "usher query \"SELECT event, source, count(*) FROM event_log WHERE account "
            "IS NULL GROUP BY ALL ORDER BY 3 DESC\"");
    if (users > 0 && mails / users < 1 - MANY)
        rest(x, "assess.rest_no_mail", US_ARGS(US_SHARE("share", 1 - mails / users)),
            "assess.check_no_mail", NULL);
    if (share(x, "answer.status.free_mail") >= MANY)
        rest(x, "assess.rest_free_mail",
            US_ARGS(US_SHARE("share", share(x, "answer.status.free_mail"))),
            "assess.check_free_mail", "usher import companies.csv");
    if (x->rules->config->internal_count == 0)
        rest(x, "assess.rest_internal", NULL, "assess.check_internal", NULL);
}

static void of_lines(struct us_assessed *x)
{
    double late = share(x, "answer.status.late");
    double skewed = share(x, "answer.status.skewed");
    if (late >= FEW)
        rest(x, "assess.rest_late", US_ARGS(US_SHARE("share", late)),
            "assess.check_late", "usher status");
    if (skewed >= FEW)
        rest(x, "assess.rest_skewed", US_ARGS(US_SHARE("share", skewed)),
            "assess.check_skewed", "usher status");
    if (count(x, "answer.status.dead"))
        rest(x, "assess.rest_dead",
            US_ARGS(US_WHOLE("n", count(x, "answer.status.dead"))), "assess.check_dead",
            "usher status");
}

/* The longest is named. */
static void of_silence(struct us_assessed *x)
{
    const struct us_backtest_silent *longest = NULL;
    for (size_t i = 0; i < x->silent_count; i++) {
        const struct us_backtest_silent *s = &x->silent[i];
        int64_t most = longest ? longest->span.to - longest->span.from : -1;
        if (s->span.to - s->span.from > most) longest = s;
    }
    if (longest)
        rest(x, "assess.rest_silent",
            US_ARGS(US_TEXT("source", longest->source),
                US_DAY("from", longest->span.from), US_DAY("to", longest->span.to),
                US_WHOLE("n", x->silent_count)),
            "assess.check_silent", NULL);
}

static void of_money(struct us_assessed *x)
{
    if (!count(x, "answer.status.payments"))
        rest(x, "assess.rest_no_payments", NULL, "assess.check_no_payments",
            "usher import payments.csv");
    if (count(x, "answer.status.no_rate") + count(x, "answer.status.no_period"))
        rest(x, "assess.rest_uncounted",
            US_ARGS(US_WHOLE("n", count(x, "answer.status.no_rate") +
                                      count(x, "answer.status.no_period"))),
            "assess.check_uncounted", "usher status");
    if (!x->touches)
        rest(x, "assess.rest_no_touches", NULL, "assess.check_no_touches",
            "usher import activities.csv");
    if (!x->mqls)
        rest(x, "assess.rest_no_mqls", NULL, "assess.check_no_mqls",
            "usher import mqls.csv");
    else if (x->mqls_nowhere)
        rest(x, "assess.rest_mqls_nowhere",
            US_ARGS(US_WHOLE("n", x->mqls_nowhere), US_WHOLE("all", x->mqls)),
            "assess.check_mqls_nowhere", NULL);
}

/* The study of what goes before an outcome: of payment, else what a definition aims at.
 */
static void discover_it(struct us_assessing *g)
{
    struct us_assessed *x = g->out;
    const struct us_rules *r = g->ask->rules;
    uint32_t outcome =
        x->known[US_STAGE_PAID] ? x->sources[US_STAGE_PAID].outcome : US_NODE_NONE;
    for (size_t i = 0; i < x->definition_count && outcome == US_NODE_NONE; i++)
        outcome = r->definitions[x->definitions[i].definition].aim;
    if (outcome == US_NODE_NONE) return;
    x->assumptions[x->assumption_count - 1].command =
        us_arena_fmt(g->a, "usher discover --outcome %.*s --within %dd",
            US_ARG(r->outcomes[outcome].name), US_WITHIN_ACTIVATED_DAYS);
}

static void of_events(struct us_assessing *g)
{
    struct us_assessed *x = g->out;
    if (!x->known[US_STAGE_ACTIVATED])
        rest(x, "assess.rest_no_activated", NULL, "assess.check_no_activated", NULL);
    else
        rest(x, "assess.rest_activated",
            US_ARGS(US_TEXT("event", x->sources[US_STAGE_ACTIVATED].name)),
            "assess.check_activated", NULL);
    discover_it(g);
    rest(x, "assess.rest_habit", NULL, "assess.check_habit", NULL);
    if (!x->asks) rest(x, "assess.rest_no_hands", NULL, "assess.check_no_hands", NULL);
    if (x->pricing_by == US_PRICING_UNKNOWN)
        rest(x, "assess.rest_no_pricing", NULL, "assess.check_no_pricing", NULL);
    else if (x->pricing_by == US_PRICING_PAGE)
        rest(x, "assess.rest_pricing_page", NULL, "assess.check_pricing_page",
            "usher query \"SELECT p_path, count(*) FROM events_now WHERE event = 'Page "
            "Viewed' GROUP BY 1 ORDER BY 2 DESC LIMIT 20\"");
}

static void of_traits(struct us_assessed *x)
{
    for (size_t i = 0; i < x->unseen_count; i++)
        if (us_str_eq(x->unseen[i], x->segment))
            rest(x, "assess.rest_segment_unseen", US_ARGS(US_TEXT("trait", x->segment)),
                "assess.check_segment_unseen", NULL);
    enum { MOST = 8 };
    size_t said = 0;
    for (size_t i = 0; i < x->gate_count && said < MOST; i++) {
        const struct us_gate_trait *t = &x->gates[i];
        double unknown = t->of ? 1 - (double)t->known / (double)t->of : 1;
        if (unknown < MANY) continue;
        said++;
        rest(x, t->user ? "assess.rest_user_trait" : "assess.rest_trait",
            US_ARGS(US_TEXT("trait", t->trait), US_SHARE("share", unknown),
                US_TEXT("definition", x->rules->definitions[t->definition].name)),
            "assess.check_trait", "usher check");
    }
}

static void of_time(struct us_assessed *x)
{
    static const char *const words[] = {[US_STAGE_ACTIVATED] = "assess.stage.activated",
        [US_STAGE_HABITUAL] = "assess.stage.habitual",
        [US_STAGE_PAID] = "assess.stage.paid",
        [US_STAGE_EXPANDED] = "assess.stage.expanded"};
    for (int i = US_STAGE_ACTIVATED; i < US_STAGES; i++) {
        const struct us_funnel_cell *cell = &x->study.all.stages[i];
        if (!x->known[i] || cell->rate.n || !cell->young) continue;
        rest(x, "assess.rest_young",
            US_ARGS(
                US_WORD("stage", words[i]), US_WHOLE("days", x->within[i] / US_DAY_US)),
            "assess.check_young", NULL);
    }
    for (size_t i = 0; i < x->definition_count; i++) {
        const struct us_definition *def =
            &x->rules->definitions[x->definitions[i].definition];
        if (def->aim == US_NODE_NONE && x->assumption_count + 2 < US_ASSUMPTIONS_MAX)
            rest(x, "assess.rest_no_aim", US_ARGS(US_TEXT("definition", def->name)),
                "assess.check_no_aim", NULL);
    }
}

void us_assess_rests(struct us_assessing *g)
{
    struct us_assessed *x = g->out;
    of_people(x);
    of_lines(x);
    of_silence(x);
    of_money(x);
    of_events(g);
    of_traits(x);
    of_time(x);
}

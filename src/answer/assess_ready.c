/* assess_ready.c: the rows of the verdict, from what was found and what `about:` says;
 * and which traits the gates of definitions read that accounts lack. */

#include "answer/assess_inner.h"

#include <math.h>

/* Fewer won deals say nothing of what a contract is worth. */
enum { WON_LEAST = 5 };

typedef struct us_ready_found found;

static found unanswered(void)
{
    return (found){.value = NAN, .in = {NAN, NAN}};
}

static found number_of(double value)
{
    return (found){.answered = true, .value = value, .in = {NAN, NAN}};
}

static found share_of(const struct us_backtest_rate *rate)
{
    if (!rate->n) return unanswered();
    return (found){true, false, rate->rate, rate->in, rate->hits, rate->n};
}

/* What was written under about:, else unanswered. */
static found about(const struct us_config *c, us_about_key key)
{
    if (!c->about[key].given) return unanswered();
    found f = number_of(c->about[key].value);
    f.told = true;
    return f;
}

static const struct us_status_figure *figure(
    const struct us_assessed *x, const char *key)
{
    return us_status_figure(&x->coverage, key);
}

static found coverage(const struct us_assessed *x)
{
    const struct us_status_figure *events = figure(x, "answer.status.events");
    const struct us_status_figure *with = figure(x, "answer.status.with_account");
    if (events->value <= 0) return unanswered();
    found f = number_of((double)with->value / (double)events->value);
    f.hits = with->value; /* all there are, no sample: no interval */
    f.n = events->value;
    return f;
}

/* A payment nobody had to be asked for shows it; so does a checkout that was begun.
 * Money that always took a person shows that there is none. */
static found checkout(const struct us_assessed *x, const struct us_config *c)
{
    if (x->self_serve) return number_of(1);
    found said = about(c, US_ABOUT_CHECKOUT);
    if (said.answered) return said;
    if (x->checkout) return number_of(1);
    return x->paid ? number_of(0) : unanswered();
}

static found hands(const struct us_assessed *x, const struct us_config *c)
{
    if (!x->asks || !x->hands.week_count) return about(c, US_ABOUT_REQUESTS);
    return (found){.answered = true, .value = x->hands.per_week, .in = x->hands.in};
}

static found signs(const struct us_assessed *x, const struct us_config *c)
{
    int64_t yes = 0, no = 0;
    bool told = false;
    for (int i = US_ABOUT_ENTERPRISE; i < US_ABOUTS; i++) {
        const struct us_about_answer *said = &c->about[i];
        if (i == US_ABOUT_ENTERPRISE && x->employees) {
            yes += x->enterprise > 0;
            no += x->enterprise == 0;
        } else if (said->given) {
            told = true;
            yes += said->value == 1;
            no += said->value == 0;
        }
    }
    found f = us_ready_signs(yes, no);
    f.told = told;
    return f;
}

static found contract(const struct us_assessed *x, const struct us_config *c)
{
    if (x->won >= WON_LEAST && isfinite(x->won_median)) return number_of(x->won_median);
    return about(c, US_ABOUT_CONTRACT);
}

/* Product or growth; not marketing alone, not sales, not nobody. */
static found owner(const struct us_config *c)
{
    found said = about(c, US_ABOUT_OWNER);
    if (said.answered) said.value = said.value <= 1;
    return said;
}

static found definition(const struct us_assessed *x)
{
    bool any = false;
    for (size_t i = 0; i < x->definition_count; i++) {
        uint32_t at = x->definitions[i].definition;
        any |= x->rules->definitions[at].aim != US_NODE_NONE;
    }
    return number_of(any);
}

void us_assess_ready(struct us_assessing *g)
{
    struct us_assessed *x = g->out;
    const struct us_config *c = g->ask->rules->config;
    const struct us_funnel_cell *stages = x->study.all.stages;
    found rows[US_READY_ROWS];
    rows[US_READY_COVERAGE] = coverage(x);
    rows[US_READY_ACTIVATION_DEFINED] = number_of(x->known[US_STAGE_ACTIVATED]);
    rows[US_READY_ACTIVATION] = share_of(&stages[US_STAGE_ACTIVATED].rate);
    rows[US_READY_PRICING] = x->pricing_by == US_PRICING_UNKNOWN
                                 ? unanswered()
                                 : share_of(&x->study.pricing);
    rows[US_READY_CHECKOUT] = checkout(x, c);
    rows[US_READY_PAID] = share_of(&stages[US_STAGE_PAID].rate);
    rows[US_READY_HANDS] = hands(x, c);
    rows[US_READY_SIGNS] = signs(x, c);
    rows[US_READY_CONTRACT] = contract(x, c);
    rows[US_READY_ACTIVE] = number_of((double)x->active);
    rows[US_READY_ARR] = x->paid ? number_of(x->arr) : about(c, US_ABOUT_ARR);
    rows[US_READY_OWNER] = owner(c);
    rows[US_READY_DEFINITION] = definition(x);
    us_ready_of(rows,
        c->about[US_ABOUT_MODEL].given && c->about[US_ABOUT_MODEL].value == 1,
        &x->ready);
}

/* ---- traits that gates read ---- */

struct gates {
    struct us_assessing *g;
    struct us_history_trait *traits;
    size_t trait_count, cap;
    uint32_t definition, gate;
};

static void trait_put(struct gates *s, const struct us_node *n)
{
    const struct us_need *need = &s->g->ask->rules->plan->need;
    struct us_assessed *x = s->g->out;
    bool user = n->scope == US_PER_USER;
    us_str key = user ? need->user_traits[n->trait] : need->account_traits[n->trait];
    for (size_t i = 0; i < x->gate_count; i++) {
        const struct us_gate_trait *t = &x->gates[i];
        if (t->definition == s->definition && t->node == s->gate && t->user == user &&
            us_str_eq(t->trait, key))
            return;
    }
    struct us_gate_trait *t = us_push(s->g->a, x->gates, x->gate_count, s->cap);
    *t = (struct us_gate_trait){s->definition, s->gate, key, user, 0, 0};
    for (size_t i = 0; i < s->trait_count; i++) {
        const struct us_history_trait *h = &s->traits[i];
        if (h->user != user) continue;
        t->of = h->of;
        if (us_str_eq(h->key, key)) t->known = h->known;
    }
    if (t->of == 0) t->of = user ? 0 : x->accounts;
}

static void node_walk(struct gates *s, uint32_t node)
{
    const struct us_node *n = &s->g->ask->rules->plan->nodes[node];
    if (n->op == US_OP_TRAIT) trait_put(s, n);
    for (uint32_t i = 0; i < n->arg_count; i++)
        node_walk(s, us_node_arg(n, i));
}

static void gate_walk(struct gates *s, uint32_t node)
{
    if (node == US_NODE_NONE) return;
    s->gate = node;
    node_walk(s, node);
}

us_code us_assess_gates(struct us_assessing *g, struct us_error *e)
{
    const struct us_rules *r = g->ask->rules;
    struct gates s = {.g = g};
    US_TRY(us_history_traits(g->ask->history, g->a, &s.traits, &s.trait_count, e));
    for (uint32_t i = 0; i < r->definition_count; i++) {
        s.definition = i;
        gate_walk(&s, r->definitions[i].who);
        for (size_t k = 0; k < r->definitions[i].must_count; k++)
            gate_walk(&s, r->definitions[i].must[k]);
    }
    return US_OK;
}

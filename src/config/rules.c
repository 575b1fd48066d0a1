#include "config/fill.h"

#include <stdlib.h>

/* Rules between keys of one tree. */
struct rules {
    struct us_check *check;
    const struct us_yaml *root;
    bool whole; /* every file was read, so a name not found is unknown */
};

static const struct us_yaml *first_of(const struct us_yaml *map)
{
    return map && map->kind == US_YAML_MAP ? map->first : NULL;
}

static void told(const struct rules *r, us_place place, const char *key,
    const us_arg *args, us_str suggestion)
{
    us_diag_add(r->check->d, place, false, key, args, suggestion);
}

/* The section's entry a name stands for; when there is none, one diag. */
static const struct us_yaml *named(const struct rules *r, const char *section,
    const struct us_yaml *name, const char *unknown)
{
    const struct us_yaml *list = first_of(us_fill_any(r->root, section));
    size_t count = 0;
    for (const struct us_yaml *n = list; n; n = n->next, count++)
        if (us_str_eq(n->key->text, name->text)) return n;
    if (!r->whole) return NULL;
    us_str *names = us_new(r->check->a, us_str, count + 1);
    count = 0;
    for (const struct us_yaml *n = list; n; n = n->next)
        names[count++] = n->key->text;
    told(r, name->place, unknown,
        US_ARGS(US_TEXT("name", name->text), US_TEXT("key", name->key->text)),
        us_nearest(name->text, names, count));
    return NULL;
}

static void outcome_rules(const struct rules *r, const struct us_yaml *outcome)
{
    static const char *const kinds[] = {"event", "payment", "deal", "arr", "mrr"};
    if (outcome->kind != US_YAML_MAP || !outcome->count) return;
    size_t given = 0;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        given += us_fill_any(outcome, kinds[i]) != NULL;
    const us_arg name[] = {US_TEXT("name", outcome->key->text), {0}};
    if (given == 0)
        told(r, outcome->key->place, "config.outcome_none", name, (us_str){0});
    if (given > 1)
        told(r, outcome->key->place, "config.outcome_two", name, (us_str){0});
    const struct us_yaml *nth = us_fill_any(outcome, "nth");
    const struct us_yaml *channel = us_fill_any(outcome, "channel");
    const struct us_yaml *event = us_fill_any(outcome, "event");
    if (nth && !event)
        told(r, nth->key->place, "config.outcome_nth", NULL, (us_str){0});
    if (channel && event)
        told(r, channel->key->place, "config.outcome_channel", NULL, (us_str){0});
}

static void grade_rules(const struct rules *r, const struct us_yaml *grades)
{
    static const char *const letters[] = {"A", "B", "C"};
    static const double usual[] = {75, 50, 25};
    if (!grades || grades->kind != US_YAML_MAP) return;
    double last = 101;
    for (size_t i = 0; i < 3; i++) {
        const struct us_yaml *grade = us_fill_get(grades, letters[i]);
        double value = grade ? grade->number : usual[i];
        if (value >= last) {
            told(r, grades->key->place, "config.grade_order", NULL, (us_str){0});
            return;
        }
        last = value;
    }
}

static void rank_rules(const struct rules *r, const struct us_yaml *rank)
{
    if (!rank || rank->kind != US_YAML_LIST) return;
    unsigned seen = 0;
    for (const struct us_yaml *n = rank->first; n; n = n->next) {
        if (n->bad || n->kind != US_YAML_SCALAR) continue;
        unsigned bit = 1U << (unsigned)n->whole;
        if (seen & bit)
            told(r, n->place, "config.rank_twice", US_ARGS(US_TEXT("axis", n->text)),
                (us_str){0});
        seen |= bit;
    }
}

static bool is_pql(const struct us_yaml *definition)
{
    const struct us_yaml *kind = us_fill_get(definition, "kind");
    return kind && kind->whole == 1;
}

static void within_rules(const struct rules *r, const struct us_yaml *definition)
{
    const struct us_yaml *within = us_fill_any(definition, "within");
    us_place place = within ? within->key->place : definition->key->place;
    const struct us_yaml *kind = us_fill_any(definition, "kind");
    if (kind && kind->bad) return;
    if (!is_pql(definition)) {
        if (within) told(r, place, "config.within_pqa", NULL, (us_str){0});
        return;
    }
    if (!within) {
        told(r, place, "config.pql_within",
            US_ARGS(US_TEXT("name", definition->key->text)), (us_str){0});
        return;
    }
    if (within->bad) return;
    const struct us_yaml *to = named(r, "qualify", within, "config.unknown_definition");
    if (to && is_pql(to))
        told(r, within->place, "config.within_pql",
            US_ARGS(US_TEXT("name", within->text)), (us_str){0});
}

static void definition_rules(const struct rules *r, const struct us_yaml *definition)
{
    if (definition->kind != US_YAML_MAP || !definition->count) return;
    const us_arg name[] = {US_TEXT("name", definition->key->text), {0}};
    us_place place = definition->key->place;
    const struct us_yaml *aim = us_fill_any(definition, "aim");
    if (aim && !aim->bad) named(r, "outcomes", aim, "config.unknown_outcome");
    bool gated = us_fill_any(definition, "who") || us_fill_any(definition, "must") ||
                 us_fill_any(definition, "threshold");
    if (!is_pql(definition)) {
        if (!gated) told(r, place, "config.no_gate", name, (us_str){0});
        if (!aim)
            us_diag_add(r->check->d, place, true, "config.no_aim", name, (us_str){0});
    }
    within_rules(r, definition);
    rank_rules(r, us_fill_get(definition, "rank"));
    grade_rules(r, us_fill_get(definition, "grades"));
}

/* A help that a play names is one of helps: or one of those that need no entry. */
static void help_rule(const struct rules *r, const struct us_yaml *name)
{
    const struct us_yaml *own = first_of(us_fill_any(r->root, "helps"));
    size_t count = 0;
    for (const struct us_yaml *n = own; n; n = n->next)
        count++;
    for (const struct us_help *h = us_helps; h->name; h++)
        count++;
    us_str *names = us_new(r->check->a, us_str, count + 1);
    count = 0;
    for (const struct us_yaml *n = own; n; n = n->next)
        names[count++] = n->key->text;
    for (const struct us_help *h = us_helps; h->name; h++)
        names[count++] = us_str_c(h->name);
    for (size_t i = 0; i < count; i++)
        if (us_str_eq(names[i], name->text)) return;
    told(r, name->place, "config.unknown_help", US_ARGS(US_TEXT("name", name->text)),
        us_nearest(name->text, names, count));
}

static void play_rules(const struct rules *r, const struct us_yaml *play)
{
    const struct us_yaml *on = us_fill_get(play, "on");
    const struct us_yaml *help = us_fill_get(play, "help");
    if (on) named(r, "qualify", on, "config.unknown_definition");
    if (!help || !r->whole) return;
    bool one = help->kind == US_YAML_SCALAR;
    for (const struct us_yaml *n = one ? help : help->first; n;
         n = one ? NULL : n->next)
        if (!n->bad && n->kind == US_YAML_SCALAR) help_rule(r, n);
}

/* Clients show a write key, Stripe signs with a secret. */
static void source_rules(const struct rules *r, const struct us_yaml *n)
{
    static const char *const names[] = {"key", "secret", "customers"};
    const struct us_yaml *kind = us_fill_any(n, "kind");
    bool stripe = kind && kind->whole == US_SOURCE_STRIPE;
    const char *wanted = stripe ? "secret" : "key";
    us_str in = us_arena_fmt(r->check->a, "sources.%.*s", US_ARG(n->key->text));
    if (n->bad || n->kind != US_YAML_MAP || (kind && kind->bad)) return;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        us_str name = us_str_c(names[i]);
        const struct us_yaml *at = us_fill_any(n, names[i]);
        if (!at && us_str_eq(name, us_str_c(wanted)))
            told(r, n->key->place, "config.missing_key",
                US_ARGS(US_TEXT("key", name), US_TEXT("in", in)), (us_str){0});
        if (at && (i == 0) == stripe)
            told(r, at->key->place, "config.other_kind",
                US_ARGS(US_TEXT("key", name), US_TEXT("in", in),
                    US_TEXT("kind", kind ? kind->text : US_S("events"))),
                (us_str){0});
    }
}

/* A plan pays for something, begins before it ends, and shares all of a credit. */
static void comp_rules(const struct rules *r, const struct us_yaml *plan)
{
    const us_arg name[] = {US_TEXT("name", plan->key->text), {0}};
    const struct us_yaml *rates = us_fill_get(plan, "rates");
    const struct us_yaml *from = us_fill_get(plan, "from");
    const struct us_yaml *until = us_fill_get(plan, "until");
    const struct us_yaml *split = us_fill_get(plan, "split");
    bool pays = false;
    bool good = rates && rates->kind == US_YAML_MAP;
    for (const struct us_yaml *rate = good ? rates->first : NULL; rate;
         rate = rate->next) {
        good &= !rate->bad;
        pays |= rate->number > 0;
    }
    if (good && !pays)
        told(r, rates->key->place, "config.comp_free", name, (us_str){0});
    if (from && until && until->whole <= from->whole)
        told(r, until->place, "config.comp_until", name, (us_str){0});
    if (!split || split->kind != US_YAML_MAP || !split->count) return;
    double sum = 0;
    for (const struct us_yaml *n = split->first; n; n = n->next) {
        if (n->bad) return;
        sum += n->number;
    }
    if (sum < 0.9999 || sum > 1.0001)
        told(r, split->key->place, "config.comp_split",
            US_ARGS(US_TEXT("name", plan->key->text), US_SHARE("sum", sum)),
            (us_str){0});
}

/* A rate is found by the code of its currency. */
static void rate_rules(const struct rules *r)
{
    const struct us_yaml *rates =
        us_fill_get(us_fill_get(r->root, "currency"), "rates");
    for (const struct us_yaml *n = first_of(rates); n; n = n->next) {
        us_str code = n->key->text;
        bool good = code.len == 3;
        for (size_t i = 0; i < code.len; i++)
            good &= code.ptr[i] >= 'A' && code.ptr[i] <= 'Z';
        if (good || !code.len) continue;
        told(r, n->key->place, "config.code",
            US_ARGS(US_TEXT("key", US_S("currency.rates")), US_TEXT("text", code),
                US_WHOLE("letters", 3)),
            (us_str){0});
    }
}

/* Expressions name signals of both sections, so a name is in one of them only. */
static void signal_rules(const struct rules *r)
{
    const struct us_yaml *both[] = {
        us_fill_any(r->root, "signals"), us_fill_any(r->root, "user_signals")};
    size_t count = 0;
    for (size_t i = 0; i < 2; i++)
        count += first_of(both[i]) ? both[i]->count : 0;
    struct us_yaml **nodes = us_new(r->check->a, struct us_yaml *, count + 1);
    count = 0;
    for (size_t i = 0; i < 2; i++)
        for (struct us_yaml *n = first_of(both[i]) ? both[i]->first : NULL; n;
             n = n->next)
            nodes[count++] = n;
    us_check_twice(r->check, nodes, count);
}

struct event_name {
    us_str text, of;
    us_place place;
};

static int by_event(const void *x, const void *y)
{
    const struct event_name *a = x;
    const struct event_name *b = y;
    int order = us_str_cmp(a->text, b->text);
    if (order) return order;
    if (a->place.file != b->place.file) return a->place.file < b->place.file ? -1 : 1;
    if (a->place.line != b->place.line) return a->place.line < b->place.line ? -1 : 1;
    return (a->place.column > b->place.column) - (a->place.column < b->place.column);
}

static void alias_twice(const struct rules *r, struct event_name *names, size_t count)
{
    qsort(names, count, sizeof *names, by_event);
    for (size_t i = 1; i < count; i++) {
        if (!us_str_eq(names[i - 1].text, names[i].text)) continue;
        const us_arg args[] = {US_TEXT("event", names[i].text), {0}};
        bool self = us_str_eq(names[i - 1].of, names[i].of);
        told(r, names[i].place, self ? "config.alias_self" : "config.alias_twice", args,
            (us_str){0});
    }
}

/* Each name is either what an event is called or one of its old names, and once. */
static void alias_rules(const struct rules *r)
{
    const struct us_yaml *alias = us_fill_get(us_fill_get(r->root, "events"), "alias");
    size_t count = 0;
    for (const struct us_yaml *n = first_of(alias); n; n = n->next)
        count += 1 + (n->kind == US_YAML_LIST ? n->count : 1);
    struct event_name *names = us_new(r->check->a, struct event_name, count + 1);
    count = 0;
    for (const struct us_yaml *n = first_of(alias); n; n = n->next) {
        us_str of = n->key->text;
        if (n->bad) continue;
        names[count++] = (struct event_name){of, of, n->key->place};
        const struct us_yaml *old = n->kind == US_YAML_LIST ? n->first : n;
        for (; old; old = old == n ? NULL : old->next)
            if (old->kind == US_YAML_SCALAR && !old->bad)
                names[count++] = (struct event_name){old->text, of, old->place};
    }
    alias_twice(r, names, count);
}

void us_rules_check(struct us_check *check, const struct us_yaml *root, bool whole)
{
    const struct rules r = {check, root, whole};
    signal_rules(&r);
    alias_rules(&r);
    const struct us_yaml *outcomes = us_fill_any(root, "outcomes");
    for (const struct us_yaml *n = first_of(outcomes); n; n = n->next)
        outcome_rules(&r, n);
    const struct us_yaml *qualify = us_fill_any(root, "qualify");
    for (const struct us_yaml *n = first_of(qualify); n; n = n->next)
        definition_rules(&r, n);
    const struct us_yaml *plays = us_fill_any(root, "plays");
    for (const struct us_yaml *n = first_of(plays); n; n = n->next)
        play_rules(&r, n);
    const struct us_yaml *sources = us_fill_any(root, "sources");
    for (const struct us_yaml *n = first_of(sources); n; n = n->next)
        source_rules(&r, n);
    const struct us_yaml *comp = us_fill_any(root, "comp");
    for (const struct us_yaml *n = first_of(comp); n; n = n->next)
        comp_rules(&r, n);
    rate_rules(&r);
}

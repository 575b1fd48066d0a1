#include "config/fill.h"

struct us_yaml *us_fill_any(const struct us_yaml *map, const char *name)
{
    if (!map || map->kind != US_YAML_MAP) return NULL;
    for (struct us_yaml *child = map->first; child; child = child->next)
        if (us_str_eq(child->key->text, us_str_c(name))) return child;
    return NULL;
}

struct us_yaml *us_fill_get(const struct us_yaml *map, const char *name)
{
    if (!map || map->kind != US_YAML_MAP) return NULL;
    for (struct us_yaml *child = map->first; child; child = child->next)
        if (!child->bad && us_str_eq(child->key->text, us_str_c(name))) return child;
    return NULL;
}

static us_source source(const struct us_yaml *map, const char *name)
{
    const struct us_yaml *node = us_fill_get(map, name);
    return node && node->kind == US_YAML_SCALAR ? node->source : (us_source){0};
}

static us_str text(const struct us_yaml *map, const char *name, us_str otherwise)
{
    const struct us_yaml *node = us_fill_get(map, name);
    return node && node->kind == US_YAML_SCALAR ? node->text : otherwise;
}

static double number(const struct us_yaml *map, const char *name, double otherwise)
{
    const struct us_yaml *node = us_fill_get(map, name);
    return node ? node->number : otherwise;
}

static int64_t whole(const struct us_yaml *map, const char *name, int64_t otherwise)
{
    const struct us_yaml *node = us_fill_get(map, name);
    return node ? node->whole : otherwise;
}

/* One scalar or a list of them. */
static us_source *sources(const struct us_yaml *node, struct us_arena *a, size_t *count)
{
    *count = 0;
    if (!node || node->bad || node->kind == US_YAML_MAP) return NULL;
    bool one = node->kind == US_YAML_SCALAR;
    us_source *items = us_new(a, us_source, one ? 1 : node->count + 1);
    for (const struct us_yaml *n = one ? node : node->first; n; n = n->next) {
        if (!n->bad && n->kind == US_YAML_SCALAR) items[(*count)++] = n->source;
        if (one) break;
    }
    return items;
}

static us_str *texts(const struct us_yaml *node, struct us_arena *a, size_t *count)
{
    us_source *items = sources(node, a, count);
    us_str *out = us_new(a, us_str, *count + 1);
    for (size_t i = 0; i < *count; i++)
        out[i] = items[i].text;
    return out;
}

static size_t count_of(const struct us_yaml *map)
{
    return map && map->kind == US_YAML_MAP ? map->count : 0;
}

/* The first usable child of a map at or after node, of any kind it may be. */
static const struct us_yaml *usable(const struct us_yaml *node)
{
    while (node && node->bad)
        node = node->next;
    return node;
}

static const struct us_yaml *children(const struct us_yaml *map)
{
    return count_of(map) ? usable(map->first) : NULL;
}

static us_phrase say_of(const struct us_yaml *map)
{
    const struct us_yaml *say = us_fill_get(map, "say");
    return (us_phrase){text(say, "en", (us_str){0}), text(say, "zh", (us_str){0})};
}

/* Domains are compared without case: kept in small letters. */
static void fill_account(
    struct us_config *c, const struct us_yaml *account, struct us_arena *a)
{
    c->unit = whole(account, "unit", US_WORKSPACE) == 1 ? US_COMPANY : US_WORKSPACE;
    c->unit_place = source(account, "unit").place;
    if (!c->unit_place.line) c->unit_place = (us_place){0, 1, 1, 1}; /* not given */
    c->internal = texts(us_fill_get(account, "internal"), a, &c->internal_count);
    for (size_t i = 0; i < c->internal_count; i++) {
        char *lower = us_arena_cstr(a, c->internal[i]);
        for (char *p = lower; *p; p++)
            if (*p >= 'A' && *p <= 'Z') *p = (char)(*p | 0x20);
        c->internal[i].ptr = lower;
    }
    c->fixed = texts(us_fill_get(account, "fixed"), a, &c->fixed_count);
}

static void fill_events(
    struct us_config *c, const struct us_yaml *events, struct us_arena *a)
{
    for (us_role role = 0; role < US_ROLES; role++) {
        const struct us_yaml *node = us_fill_get(events, us_role_key(role));
        c->roles[role] = sources(node, a, &c->role_count[role]);
    }
    const struct us_yaml *alias = us_fill_get(events, "alias");
    c->aliases = us_new(a, struct us_alias, count_of(alias) + 1);
    for (const struct us_yaml *n = children(alias); n; n = usable(n->next)) {
        struct us_alias *to = &c->aliases[c->alias_count++];
        to->name = n->key->source;
        to->others = sources(n, a, &to->count);
    }
}

static void fill_money(
    struct us_config *c, const struct us_yaml *root, struct us_arena *a)
{
    const struct us_yaml *prices = us_fill_get(root, "prices");
    c->prices = us_new(a, struct us_price, count_of(prices) + 1);
    for (const struct us_yaml *n = children(prices); n; n = usable(n->next))
        c->prices[c->price_count++] = (struct us_price){.plan = n->key->text,
            .seat_month = number(n, "seat_month", 0),
            .month = number(n, "month", 0),
            .year = number(n, "year", 0)};
    const struct us_yaml *currency = us_fill_get(root, "currency");
    us_str brief =
        currency && currency->kind == US_YAML_SCALAR ? currency->text : US_S("USD");
    c->currency = text(currency, "report", brief);
    const struct us_yaml *rates = us_fill_get(currency, "rates");
    c->rates = us_new(a, struct us_rate, count_of(rates) + 1);
    for (const struct us_yaml *n = children(rates); n; n = usable(n->next))
        c->rates[c->rate_count++] = (struct us_rate){n->key->text, n->number};
    const struct us_yaml *costs = us_fill_get(root, "costs");
    c->rep_hour = number(costs, "rep_hour", 0);
    c->hours_per_deal = number(costs, "hours_per_deal", 0);
    c->win_rate = number(costs, "win_rate", 0);
    c->margin = number(costs, "margin", 0);
}

static void fill_outcomes(
    struct us_config *c, const struct us_yaml *outcomes, struct us_arena *a)
{
    c->outcomes = us_new(a, struct us_outcome_text, count_of(outcomes) + 1);
    for (const struct us_yaml *n = children(outcomes); n; n = usable(n->next))
        c->outcomes[c->outcome_count++] = (struct us_outcome_text){
            .name = n->key->source,
            .event = source(n, "event"),
            .payment = source(n, "payment"),
            .deal = source(n, "deal"),
            .channel = source(n, "channel"),
            .nth = whole(n, "nth", 1),
            .arr = number(n, "arr", 0),
            .mrr = number(n, "mrr", 0),
            .within_days = whole(n, "within", 0),
        };
}

static struct us_signal_text *fill_signals(
    const struct us_yaml *signals, struct us_arena *a, size_t *count)
{
    struct us_signal_text *out =
        us_new(a, struct us_signal_text, count_of(signals) + 1);
    for (const struct us_yaml *n = children(signals); n; n = usable(n->next))
        out[(*count)++] = (struct us_signal_text){
            .name = n->key->source,
            .is = n->kind == US_YAML_SCALAR ? n->source : source(n, "is"),
            .say = say_of(n),
            .may_mention = whole(n, "may_mention", 1) == 1,
        };
    return out;
}

static const char *const axes[US_AXES] = {
    [US_AXIS_USAGE] = "usage", [US_AXIS_FIT] = "fit", [US_AXIS_INTENT] = "intent"};

static void fill_rank(struct us_definition_text *to, const struct us_yaml *rank)
{
    static const us_axis usual[US_AXES] = {US_AXIS_INTENT, US_AXIS_FIT, US_AXIS_USAGE};
    const struct us_yaml *first =
        rank && rank->kind == US_YAML_LIST ? rank->first : rank;
    for (const struct us_yaml *n = first; n; n = n->next) {
        if (!n->bad && to->rank_count < US_AXES)
            to->rank[to->rank_count++] = (us_axis)n->whole;
        if (n == rank) break;
    }
    if (to->rank_count) return;
    for (size_t i = 0; i < US_AXES; i++)
        to->rank[to->rank_count++] = usual[i];
}

static void fill_axes(
    struct us_definition_text *to, const struct us_yaml *n, struct us_arena *a)
{
    const struct us_yaml *score = us_fill_get(n, "score");
    const struct us_yaml *threshold = us_fill_get(n, "threshold");
    for (us_axis axis = 0; axis < US_AXES; axis++) {
        const struct us_yaml *lines = us_fill_get(score, axes[axis]);
        const struct us_yaml *least = us_fill_get(threshold, axes[axis]);
        to->score[axis] = sources(lines, a, &to->score_count[axis]);
        if (!least) continue;
        to->threshold[axis] = least->number;
        to->threshold_place[axis] = least->place;
    }
}

static void fill_definitions(
    struct us_config *c, const struct us_yaml *qualify, struct us_arena *a)
{
    c->definitions = us_new(a, struct us_definition_text, count_of(qualify) + 1);
    for (const struct us_yaml *n = children(qualify); n; n = usable(n->next)) {
        struct us_definition_text *to = &c->definitions[c->definition_count++];
        const struct us_yaml *grades = us_fill_get(n, "grades");
        *to = (struct us_definition_text){
            .name = n->key->source,
            .pql = whole(n, "kind", 0) == 1,
            .aim = source(n, "aim"),
            .within = source(n, "within"),
            .horizon_days = whole(n, "horizon", 90),
            .who = source(n, "who"),
            .stay = source(n, "stay"),
            .hold_us = whole(n, "hold", 0),
            .cooldown_us = whole(n, "cooldown", 0),
            .expires_us = whole(n, "expires", 0),
            .grades = {number(grades, "A", 75), number(grades, "B", 50),
                number(grades, "C", 25)},
            .say = say_of(n),
        };
        to->must = sources(us_fill_get(n, "must"), a, &to->must_count);
        fill_axes(to, n, a);
        fill_rank(to, us_fill_get(n, "rank"));
    }
}

static void fill_sources(
    struct us_config *c, const struct us_yaml *in, struct us_arena *a)
{
    c->sources = us_new(a, struct us_source_text, count_of(in) + 1);
    for (const struct us_yaml *n = children(in); n; n = usable(n->next)) {
        struct us_source_text *to = &c->sources[c->source_count++];
        *to = (struct us_source_text){.name = n->key->text,
            .key = source(n, "key"),
            .production = whole(n, "mode", 0) == 0,
            .kind = (us_source_kind)whole(n, "kind", US_SOURCE_EVENTS),
            .customers = source(n, "customers")};
        to->secrets = sources(us_fill_get(n, "secret"), a, &to->secret_count);
    }
}

static void fill_plays(
    struct us_config *c, const struct us_yaml *in, struct us_arena *a)
{
    c->plays = us_new(a, struct us_play_text, count_of(in) + 1);
    for (const struct us_yaml *n = children(in); n; n = usable(n->next)) {
        const struct us_yaml *from = us_fill_get(n, "live_from");
        c->plays[c->play_count++] = (struct us_play_text){.name = n->key->source,
            .on = source(n, "on"),
            .live_from = from ? from->whole : US_ALWAYS,
            .backlog = whole(n, "backlog", 0)};
    }
}

static us_source *names_of(const struct us_yaml *map, struct us_arena *a, size_t *count)
{
    us_source *out = us_new(a, us_source, count_of(map) + 1);
    for (const struct us_yaml *n = children(map); n; n = usable(n->next))
        out[(*count)++] = n->key->source;
    return out;
}

static void fill_retention(struct us_config *c, const struct us_yaml *map)
{
    const struct us_yaml *events = us_fill_get(map, "events");
    c->retention = (struct us_retention){.events = whole(map, "events", 0),
        .dead_letters = whole(map, "dead_letters", 0),
        .test = whole(map, "test", 0)};
    if (events) c->retention.place = events->source.place;
}

static void fill_about(struct us_config *c, const struct us_yaml *map)
{
    for (int i = 0; i < US_ABOUTS; i++) {
        const struct us_yaml *node = us_fill_get(map, us_about_word((us_about_key)i));
        bool counted =
            i == US_ABOUT_REQUESTS || i == US_ABOUT_CONTRACT || i == US_ABOUT_ARR;
        if (!node) continue;
        c->about[i] = (struct us_about_answer){.given = true,
            .value = counted ? node->number : (double)node->whole,
            .place = node->source.place};
    }
}

void us_fill(struct us_config *c, const struct us_yaml *root, struct us_arena *a)
{
    const struct us_yaml *calendar = us_fill_get(root, "calendar");
    fill_account(c, us_fill_get(root, "account"), a);
    fill_events(c, us_fill_get(root, "events"), a);
    c->exclude = source(root, "exclude");
    fill_money(c, root, a);
    c->time_zone = text(calendar, "time_zone", US_S("UTC"));
    c->holidays = texts(us_fill_get(calendar, "holidays"), a, &c->holiday_count);
    fill_outcomes(c, us_fill_get(root, "outcomes"), a);
    c->signals = fill_signals(us_fill_get(root, "signals"), a, &c->signal_count);
    c->user_signals =
        fill_signals(us_fill_get(root, "user_signals"), a, &c->user_signal_count);
    fill_definitions(c, us_fill_get(root, "qualify"), a);
    fill_plays(c, us_fill_get(root, "plays"), a);
    c->comp = names_of(us_fill_get(root, "comp"), a, &c->comp_count);
    fill_about(c, us_fill_get(root, "about"));
    fill_sources(c, us_fill_get(root, "sources"), a);
    fill_retention(c, us_fill_get(root, "retention"));
}

/* starter_define.c: what is measured, who qualifies, and what success is. */

#include "answer/starter_page.h"

#include <string.h>

enum { LONG_DAYS = 30 }; /* for what is rare: a limit, a look at prices */

static const struct us_starter_numbers *numbers(const struct us_page *p)
{
    /* Without a log: seven people is the mark most often used in practice. */
    static const struct us_starter_numbers usual = {.window = 14,
        .quiet = 7,
        .expires = 30,
        .enough = true,
        .teams = true,
        .users = {.at = 7},
        .days = {.at = 5},
        .users_high = {.at = 15},
        .growth_floor = 50,
        .work_event = US_PROFILE_NONE,
        .plan_trait = US_PROFILE_NONE};
    return p->s->profile ? p->s->numbers : &usual;
}

static bool has_work(const struct us_page *p)
{
    return numbers(p)->work_event != US_PROFILE_NONE;
}

/* ---- outcomes ---- */

typedef enum aim { AIM_PAID, AIM_BOUGHT, AIM_BOUGHT_AGAIN, AIM_SEATS } aim;

/* Where every account begins by buying, the second time is what there is to win. */
static aim aim_of(const struct us_page *p)
{
    const struct us_profile_event *bought = us_page_event(p, US_MEANS_BOUGHT);
    if (bought)
        return bought->opening * 2 >= bought->accounts && bought->accounts > 0
                   ? AIM_BOUGHT_AGAIN
                   : AIM_BOUGHT;
    return us_page_event(p, US_ROLE_SEAT) ? AIM_SEATS : AIM_PAID;
}

static const char *aim_name(aim a)
{
    static const char *const names[] = {
        [AIM_PAID] = "paid",
        [AIM_BOUGHT] = "bought",
        [AIM_BOUGHT_AGAIN] = "bought_again",
        [AIM_SEATS] = "third_seat",
    };
    return names[a];
}

void us_page_outcomes(struct us_page *p)
{
    aim a = aim_of(p);
    us_page_gap(p);
    us_page_note(p, 0, "init.yml_outcomes", NULL);
    us_page_line(p, "outcomes:");
    if (a != AIM_PAID) {
        const struct us_profile_event *event =
            us_page_event(p, a == AIM_SEATS ? US_ROLE_SEAT : (int)US_MEANS_BOUGHT);
        us_str name = us_page_quoted(p, event->name);
        int nth = a == AIM_SEATS ? 3 : a == AIM_BOUGHT_AGAIN ? 2 : 1;
        if (a == AIM_BOUGHT_AGAIN) us_page_note(p, 2, "init.yml_bought_again", NULL);
        us_page_line(p, "  %s: {event: %.*s, nth: %d}", aim_name(a), US_ARG(name), nth);
    }
    us_page_note(p, 2, "init.yml_paid", NULL);
    us_page_line(p, "  paid: {payment: first}");
    us_page_line(p, "  # sales_won: {deal: won, channel: sales}");
    us_page_line(p, "  # upmarket: {arr: 15000, within: 180d}");
}

/* ---- signals ---- */

struct signal {
    const char *name;
    us_str is;
    const char *say; /* key of i18n/, with {n}; NULL: usher's own words do */
    int64_t days;    /* {days} in it */
    bool quiet;      /* not to be mentioned */
};

/* How people read it, in both languages, whichever the comments speak. */
static void signal_put(struct us_page *p, const struct signal *s)
{
    us_str is = us_page_scalar(p, s->is);
    if (!s->say && !s->quiet) {
        us_page_line(p, "  %s: %.*s", s->name, US_ARG(is));
        return;
    }
    us_page_line(p, "  %s:", s->name);
    us_page_line(p, "    is: %.*s", US_ARG(is));
    if (s->say) {
        const us_arg *args = US_ARGS(US_WHOLE("days", s->days));
        us_str en = us_page_quoted(p, us_text(p->a, US_EN, s->say, args));
        us_str zh = us_page_quoted(p, us_text(p->a, US_ZH, s->say, args));
        us_page_line(p, "    say: {en: %.*s, zh: %.*s}", US_ARG(en), US_ARG(zh));
    }
    if (s->quiet) us_page_line(p, "    may_mention: no");
}

/* Signals of a role, each with its words, its points and its comment. */
static const struct intent {
    int meaning;
    const char *name, *say;
    int points;
    const char *note;
} intents[] = {
    {US_ROLE_LIMIT, "limits", "init.say_limits", 30, "init.yml_line_limits"},
    {US_ROLE_CHECKOUT, "checkouts", "init.say_checkouts", 30,
        "init.yml_line_checkouts"},
    {US_ROLE_PRICING, "pricing_views", "init.say_pricing", 25, "init.yml_line_pricing"},
    {US_ROLE_SEAT, "new_seats", "init.say_seats", 25, "init.yml_line_seats"},
    {US_ROLE_INVITE, "invites", "init.say_invites", 25, "init.yml_line_invites"},
    {US_MEANS_SECURITY, "security_views", "init.say_security", 20,
        "init.yml_line_security"},
};
enum { INTENTS = sizeof intents / sizeof *intents };

static us_str count_of(struct us_page *p, us_str event, us_str where, int64_t days)
{
    struct us_buf out = us_buf_new(p->a, 4096);
    us_buf_put(&out, US_S("count("));
    us_starter_quote(&out, event);
    us_buf_put(&out, where);
    us_buf_fmt(&out, ", %lldd)", (long long)days);
    return us_buf_str(&out);
}

static us_str places_where(struct us_page *p, const struct us_places *places)
{
    struct us_buf out = us_buf_new(p->a, 4096);
    us_buf_fmt(&out, " where %.*s ", US_ARG(places->property));
    if (places->part.len) {
        us_buf_put(&out, US_S("contains "));
        us_starter_quote(&out, places->part);
        return us_buf_str(&out);
    }
    us_buf_put(&out, US_S("in ["));
    for (size_t i = 0; i < places->count; i++) {
        if (i) us_buf_put(&out, US_S(", "));
        us_starter_quote(&out, places->values[i]);
    }
    us_buf_char(&out, ']');
    return us_buf_str(&out);
}

static const struct us_places *page_of(const struct us_page *p, int meaning)
{
    const struct us_guesses *g = p->s->guesses;
    if (!p->s->profile || us_page_event(p, meaning)) return NULL;
    if (meaning == US_ROLE_PRICING && g->has_pricing_page) return &g->pricing_page;
    return NULL;
}

static bool has_intent(const struct us_page *p, int meaning)
{
    return us_page_event(p, meaning) || page_of(p, meaning);
}

static bool has_trust(const struct us_page *p)
{
    return p->s->profile && p->s->guesses->has_trust_page;
}

static void intent_signals(struct us_page *p)
{
    for (size_t i = 0; i < INTENTS; i++) {
        const struct us_profile_event *event = us_page_event(p, intents[i].meaning);
        const struct us_places *page = page_of(p, intents[i].meaning);
        if (!event && !page) continue;
        us_str name = event ? event->name : p->s->profile->events[page->event].name;
        us_str where = event ? (us_str){0} : places_where(p, page);
        signal_put(
            p, &(struct signal){intents[i].name, count_of(p, name, where, LONG_DAYS),
                   intents[i].say, LONG_DAYS, intents[i].meaning == US_MEANS_SECURITY});
    }
    if (has_trust(p)) {
        const struct us_places *page = &p->s->guesses->trust_page;
        us_str name = p->s->profile->events[page->event].name;
        us_page_note(p, 2, "init.yml_trust", NULL);
        signal_put(p, &(struct signal){"terms_views",
                          count_of(p, name, places_where(p, page), LONG_DAYS),
                          "init.say_terms", LONG_DAYS, true});
    }
}

void us_page_signals(struct us_page *p)
{
    const struct us_starter_numbers *n = numbers(p);
    long long w = n->window;
    us_page_gap(p);
    us_page_note(p, 0, "init.yml_signals", NULL);
    us_page_line(p, "signals:");
    if (p->s->profile)
        us_page_note(p, 2, "init.yml_window", US_ARGS(US_WHOLE("days", n->window)));
    us_page_line(p, "  active_users: users(%lldd)", w);
    us_page_line(p, "  active_days: days(%lldd)", w);
    signal_put(
        p, &(struct signal){"quiet_days", US_S("since(any)"), "init.say_quiet", 0, 0});
    if (has_work(p)) {
        us_page_note(p, 2, "init.yml_work", NULL);
        us_str event = p->s->profile->events[n->work_event].name;
        signal_put(p, &(struct signal){"work",
                          count_of(p, event, (us_str){0}, n->window), NULL, 0, 0});
    }
    us_page_note(p, 2, "init.yml_growth",
        US_ARGS(US_WHOLE("days", n->window), US_REAL("floor", n->growth_floor)));
    us_page_line(p, "  use_now: count(any, %lldd)", w);
    us_page_line(p, "  use_before: count(any, %lldd) - count(any, %lldd)", 2 * w, w);
    us_str growth = us_arena_fmt(p->a,
        "round(10 * ratio(use_now, most(use_before, %.0f))) / 10", n->growth_floor);
    signal_put(p, &(struct signal){"growth", growth, "init.say_growth", n->window, 0});
    intent_signals(p);
    const struct us_profile_event *left = us_page_event(p, US_MEANS_CANCELLED);
    if (left)
        signal_put(
            p, &(struct signal){"leaving", count_of(p, left->name, (us_str){0}, 90),
                   "init.say_leaving", 90, true});
    if (us_starter_buyer(p->s, p->a).len) {
        us_page_gap(p);
        us_page_note(p, 0, "init.yml_user_signals", NULL);
        us_page_line(p, "user_signals:");
        us_page_line(p, "  own_days: days(%lldd)", w);
    }
}

/* ---- qualify ---- */

static void gate(
    struct us_page *p, const char *name, struct us_bar bar, const char *note)
{
    const struct us_starter_numbers *n = numbers(p);
    us_str event =
        has_work(p) ? p->s->profile->events[n->work_event].name : (us_str){0};
    if (p->s->profile)
        us_page_note(p, 6, note,
            US_ARGS(US_REAL("at", bar.at), US_SHARE("share", bar.share),
                US_WHOLE("days", n->window), US_TEXT("event", event)));
    us_page_line(p, "      - %s >= %.0f", name, bar.at);
}

static void gates(struct us_page *p)
{
    const struct us_starter_numbers *n = numbers(p);
    us_page_note(p, 4, p->s->profile ? "init.yml_must" : "init.yml_must_usual",
        US_ARGS(US_WHOLE("active", n->active), US_WHOLE("qualified", n->qualified),
            US_SHARE("share", n->active ? (double)n->qualified / (double)n->active : 0),
            US_WHOLE("days", n->window)));
    us_page_line(p, "    must:");
    us_page_line(p, "      - quiet_days <= %lld", (long long)n->quiet);
    if (n->teams) gate(p, "active_users", n->users, "init.yml_gate_users");
    gate(p, "active_days", n->days, "init.yml_gate_days");
    if (has_work(p)) gate(p, "work", n->work, "init.yml_gate_work");
}

/* Up to 100 together, however many of them there are. */
static void usage_lines(struct us_page *p)
{
    const struct us_starter_numbers *n = numbers(p);
    int lines = n->teams + has_work(p);
    int points = lines == 2 ? 40 : 60;
    us_page_line(p, "      usage:");
    if (n->teams)
        us_page_line(
            p, "        - %d if active_users >= %.0f", points, n->users_high.at);
    if (has_work(p))
        us_page_line(p, "        - %d if work >= %.0f", points, n->work_high.at);
    us_page_line(p, "        - %d * least(active_days, 10)",
        lines == 2   ? 2
        : lines == 1 ? 4
                     : 10);
}

static void intent_lines(struct us_page *p)
{
    us_page_line(p, "      intent:");
    if (p->s->profile)
        us_page_note(p, 8, "init.yml_line_growth",
            US_ARGS(US_SHARE("share", numbers(p)->growth_share)));
    us_page_line(p, "        - 40 if growth >= %.1f", US_STARTER_GROWTH);
    for (size_t i = 0; i < INTENTS; i++) {
        if (!has_intent(p, intents[i].meaning)) continue;
        us_page_note(p, 8, intents[i].note, NULL);
        us_page_line(p, "        - %d if %s > 0", intents[i].points, intents[i].name);
    }
    if (has_trust(p)) us_page_line(p, "        - 15 if terms_views > 0");
}

static bool fit_lines(struct us_page *p)
{
    struct us_fit fits[US_FITS_MAX];
    size_t count = us_starter_fits(p->s, p->a, fits);
    if (count) us_page_line(p, "      fit:");
    for (size_t i = 0; i < count; i++) {
        us_str line =
            us_arena_fmt(p->a, "%d if %.*s", fits[i].points, US_ARG(fits[i].condition));
        us_page_note(p, 8, fits[i].note, fits[i].args);
        us_page_line(p, "        - %.*s", US_ARG(us_page_scalar(p, line)));
    }
    return count > 0;
}

static void who(struct us_page *p)
{
    const struct us_starter_numbers *n = numbers(p);
    us_page_note(p, 4, "init.yml_who", NULL);
    us_str key = n->plan_trait == US_PROFILE_NONE
                     ? (us_str){0}
                     : p->s->profile->account_traits[n->plan_trait].key;
    if (n->top_plan.len == 0 || !us_starter_is_key(key)) {
        us_page_line(p, "    # who: coalesce(account.mrr, 0) < 1250");
        return;
    }
    struct us_buf out = us_buf_new(p->a, 1024);
    us_buf_fmt(&out, "coalesce(account.%.*s, \"\") != ", US_ARG(key));
    us_starter_quote(&out, n->top_plan);
    us_page_line(p, "    who: %.*s", US_ARG(us_page_scalar(p, us_buf_str(&out))));
}

static void buyer(struct us_page *p, const char *within)
{
    us_str condition = us_starter_buyer(p->s, p->a);
    if (condition.len == 0) return;
    us_page_note(p, 2, "init.yml_buyer", NULL);
    us_page_line(p, "  buyer:");
    us_page_line(p, "    kind: pql");
    us_page_line(p, "    within: %s", within);
    us_page_line(p, "    who: %.*s", US_ARG(us_page_scalar(p, condition)));
    us_page_line(p, "    must:");
    us_page_line(p, "      - own_days >= 2");
}

void us_page_qualify(struct us_page *p)
{
    const struct us_starter_numbers *n = numbers(p);
    const char *name = n->teams ? "growing_teams" : "growing_accounts";
    us_page_gap(p);
    us_page_note(p, 0, "init.yml_qualify", NULL);
    if (!n->enough) {
        us_page_note(p, 0, "init.yml_no_accounts", NULL);
        return;
    }
    us_page_line(p, "qualify:");
    us_page_line(p, "  %s:", name);
    us_page_line(p, "    kind: pqa");
    us_page_note(p, 4, "init.yml_aim", NULL);
    us_page_line(p, "    aim: %s", aim_name(aim_of(p)));
    us_page_line(p, "    horizon: 90d");
    who(p);
    gates(p);
    us_page_note(p, 4, "init.yml_score", NULL);
    us_page_line(p, "    score:");
    usage_lines(p);
    intent_lines(p);
    bool fit = fit_lines(p);
    us_page_note(p, 4, "init.yml_rank", NULL);
    us_page_line(p, "    rank: [%s]", fit ? "intent, fit, usage" : "intent, usage");
    us_page_note(p, 4, "init.yml_stay", NULL);
    us_page_line(p, "    # stay: active_days >= 2");
    us_page_note(p, 4, "init.yml_expires", US_ARGS(US_WHOLE("days", n->expires)));
    us_page_line(p, "    expires: %lldd", (long long)n->expires);
    buyer(p, name);
}

#include "qualify/tale.h"

#include "base/err.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { ATTEMPTS_MAX = 400, DEALS_MAX = 4, USER_TRAITS_MAX = 8, DAYS_AFTER = 9 };

__attribute__((format(printf, 2, 3))) static void put(
    struct tale *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(t->text + t->len, TALE_TEXT_MAX - t->len, format, args);
    va_end(args);
    us_assert(n >= 0 && t->len + (size_t)n < TALE_TEXT_MAX);
    t->len += (size_t)n;
}

static uint64_t below(struct tale *t, uint64_t n)
{
    return story_below(&t->story, n);
}

static bool one_in(struct tale *t, uint64_t n)
{
    return below(t, n) == 0;
}

static const char *one_of(struct tale *t, const char *const *list, uint64_t count)
{
    return list[below(t, count)];
}

/* ---- the configuration ---- */

static void condition(struct tale *t, bool user)
{
    static const char *const of_user[] = {"mine >= 1", "mine >= 2",
        "count(\"A\", 5d) >= 1", "user.role == \"admin\"", "count(any, 6h) >= 1",
        "since(any) <= 2", "account.plan == \"pro\" or mine >= 1",
        "account.mrr >= 1 or mine >= 1", "first(days(2d)) >= 2 or mine >= 3",
        "users(2d) >= 2 or mine >= 1 and busy", "mine >= 1 and busy",
        "first(count(any, 9h)) >= 1", "crowd >= 2 or mine >= 9", "crowd > mine",
        "account.age >= 1 or mine >= 9", "account.age >= 0", "crowd >= 1"};
    static const char *const usual[] = {"count(any, 7d) >= 2", "users(5d) >= 2",
        "count(\"A\", 3d) >= 1", "days(9d) >= 2", "count(\"B\", 9h) >= 1",
        "count(\"C\", all) >= 2", "since(\"B\") <= 3"};
    char text[STORY_TEXT_MAX];
    if (user) {
        put(t, "'%s'", one_of(t, of_user, 17));
    } else if (one_in(t, 2)) {
        put(t, "'%s'", one_of(t, usual, 7));
    } else {
        story_condition(&t->story, text);
        put(t, "'%s'", text);
    }
}

/* One that may hold by what is not done. */
static void given(struct tale *t, bool user)
{
    static const char *const money[] = {"account.mrr > 0", "account.arr >= 20",
        "coalesce(account.mrr, 0) < 1", "account.paid(9d) > 0", "account.paid(9d) < 1"};
    if (one_in(t, 2)) {
        put(t, "'%s'", one_of(t, money, 5));
    } else {
        condition(t, user);
    }
}

static void length(struct tale *t, const char *key)
{
    static const char *const lengths[] = {"6h", "12h", "1d", "36h", "2d", "3d", "9d"};
    put(t, "    %s: %s\n", key, one_of(t, lengths, 7));
}

static void definition(struct tale *t, uint64_t i, bool pql)
{
    put(t, "  d%u:\n    kind: %s\n", (unsigned)i, pql ? "pql" : "pqa");
    if (pql) put(t, "    within: d0\n");
    if (!one_in(t, 3)) put(t, "    aim: o%u\n", (unsigned)below(t, 3));
    if (one_in(t, 3)) {
        put(t, "    who: ");
        given(t, pql);
        put(t, "\n");
    }
    put(t, "    must: [");
    for (uint64_t k = 1 + below(t, 2); k > 0; k--) {
        condition(t, pql);
        put(t, k > 1 ? ", " : "]\n");
    }
    if (one_in(t, 2)) {
        put(t, "    score: {usage: [");
        char text[STORY_TEXT_MAX];
        for (uint64_t k = 1 + below(t, 3); k > 0; k--) {
            story_condition(&t->story, text);
            put(t, "'%d if %s'%s", 10 * (int)below(t, 8), pql ? "mine >= 1" : text,
                k > 1 ? ", " : "]}\n");
        }
        if (one_in(t, 2)) put(t, "    threshold: {usage: %d}\n", 10 * (int)below(t, 6));
    }
    if (one_in(t, 3)) {
        put(t, "    stay: ");
        given(t, pql);
        put(t, "\n");
    }
    if (one_in(t, 3)) length(t, "hold");
    if (one_in(t, 2)) length(t, "cooldown");
    if (one_in(t, 2)) length(t, "expires");
}

static void configuration(struct tale *t)
{
    static const char *const aims[] = {"event: A", "event: B, nth: 2",
        "event: C, nth: 4", "payment: first", "payment: first, channel: sales",
        "deal: created", "deal: won, channel: sales", "arr: 20", "mrr: 2",
        "mrr: 1, channel: sales"};
    static const char *const limits[] = {"", "", ", within: 1d", ", within: 4d"};
    t->len = 0;
    if (one_in(t, 4)) {
        put(t, "exclude: ");
        given(t, false);
        put(t, "\n");
    }
    if (one_in(t, 3)) put(t, "events: {hand_raise: C}\n");
    put(t, "signals: {busy: 'count(any, 3d) >= 2', crowd: users(3d)}\n"
           "user_signals: {mine: days(7d)}\noutcomes:\n");
    for (int i = 0; i < 3; i++)
        put(t, "  o%d: {%s%s}\n", i, one_of(t, aims, 10), one_of(t, limits, 4));
    put(t, "qualify:\n");
    uint64_t count = 1 + below(t, 3);
    bool pql = one_in(t, 3);
    for (uint64_t i = 0; i < count; i++)
        definition(t, i, false);
    if (pql) definition(t, count, true);
}

/* Many a definition is refused, as everybody or nobody would qualify by it. */
static void compile(struct tale *t)
{
    struct story *y = &t->story;
    for (int i = 0; i < ATTEMPTS_MAX; i++) {
        configuration(t);
        struct us_diags d = {.arena = &y->memory};
        struct us_config *config = NULL;
        us_code code = us_config_parse(US_S("usher.yml"), (us_str){t->text, t->len},
            &y->memory, &d, &config, NULL);
        us_assert(code == US_OK);
        us_rules_compile(config, &y->memory, &d, &t->rules);
        if (d.errors == 0) return;
    }
    bool every_one_refused = true;
    us_assert(!every_one_refused);
}

/* ---- the account ---- */

static int64_t some_moment(struct tale *t)
{
    const struct story *y = &t->story;
    return y->moments[below(t, y->moment_count)] + (int64_t)below(t, 2);
}

static void deals(struct tale *t)
{
    static const char *const stages[] = {"demo", "won", "Closed Won", "lost"};
    static const char *const channels[] = {"sales", "self_serve", ""};
    struct us_log *log = t->log;
    if (!t->rules->plan->need.deals) return;
    log->deal_count = below(t, DEALS_MAX);
    log->deals = us_new(&t->story.memory, struct us_log_deal, DEALS_MAX);
    int64_t at = some_moment(t);
    for (size_t i = 0; i < log->deal_count; i++) {
        log->deals[i] = (struct us_log_deal){.at = at,
            .from = at + (one_in(t, 3) ? US_DAY_US : 0),
            .to = US_NEVER,
            .seq = (int64_t)i,
            .id = US_S("d"),
            .stage = us_str_c(one_of(t, stages, 4)),
            .channel = us_str_c(one_of(t, channels, 3))};
        struct us_log_deal *d = &log->deals[i];
        if (one_in(t, 2)) d->to = d->from + 1 + (int64_t)below(t, 6 * US_DAY_US);
        at += (int64_t)below(t, 3 * US_DAY_US);
    }
}

/* Some of the people come later: nobody's what was theirs before. */
static void newcomers(struct tale *t)
{
    struct us_log *log = t->log;
    for (size_t p = 0; p < log->person_count; p++) {
        int64_t since = some_moment(t);
        if (!one_in(t, 3)) continue;
        for (size_t i = 0; i < log->event_count; i++) {
            struct us_log_event *e = &log->events[i];
            if (e->user == log->people[p].id && e->from < since) e->user = US_NOBODY;
        }
    }
}

static int trait_order(const void *a, const void *b)
{
    int64_t x = ((const struct us_log_trait *)a)->at;
    int64_t y = ((const struct us_log_trait *)b)->at;
    return (x > y) - (x < y);
}

/* Traits of people, and one of the account that holds for all time. */
static void traits(struct tale *t)
{
    struct us_log *log = t->log;
    const struct us_need *need = &t->rules->plan->need;
    struct us_log_trait *all = us_new(
        &t->story.memory, struct us_log_trait, log->trait_count + USER_TRAITS_MAX + 1);
    size_t n = log->trait_count;
    if (n) memcpy(all, log->traits, n * sizeof *all);
    if (n && one_in(t, 4)) all[below(t, n)].from = US_ALWAYS;
    for (uint64_t k = below(t, USER_TRAITS_MAX); k > 0 && need->user_trait_count; k--) {
        int64_t at = some_moment(t);
        all[n] = (struct us_log_trait){.at = at,
            .from = at,
            .to = one_in(t, 5) ? at + 1 + (int64_t)below(t, 3 * US_DAY_US) : US_NEVER,
            .seq = (int64_t)n,
            .user = story_user(&t->story),
            .key = (uint32_t)below(t, need->user_trait_count),
            .value = us_string(one_in(t, 2) ? US_S("admin") : US_S("member"))};
        n++;
    }
    if (n) qsort(all, n, sizeof *all, trait_order);
    log->traits = all;
    log->trait_count = n;
}

void tale_open(struct tale *t, uint64_t seed)
{
    t->len = 0;
    story_begin(&t->story, seed);
    compile(t);
    t->story.plan = t->rules->plan;
    for (size_t i = 0; i < t->rules->definition_count; i++)
        t->story.hour_ticks |= t->rules->definitions[i].times.hour_ticks;
    story_fill(&t->story);
    t->log = &t->story.log;
    for (size_t i = 0; i < t->log->payment_count; i++)
        t->log->payments[i].channel = one_in(t, 2) ? US_S("sales") : US_S("self_serve");
    for (size_t i = 0; i < t->log->person_count; i++)
        t->log->people[i].identified = !one_in(t, 5);
    newcomers(t);
    deals(t);
    traits(t);
    t->until = t->story.moments[t->story.moment_count - 1];
    if (one_in(t, 3)) t->until -= 20 * US_DAY_US;
    t->until += (int64_t)below(t, DAYS_AFTER * US_DAY_US);
}

void tale_close(struct tale *t)
{
    story_close(&t->story);
}

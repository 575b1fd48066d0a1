/* Every mistake the language names: where it points, and what it suggests. */

#include "signal/signal_test.h"

#include <stdio.h>
#include <stdlib.h>

/* Columns are from 1 in the expression; the proof puts it at column 5 of line 7. */
static const struct {
    const char *text;
    us_kind want;
    us_scope scope;
    uint32_t column, len;
    const char *key, *suggestion;
} mistakes[] = {
    {"", 0, 0, 1, 1, "signal.empty", ""},
    {"   ", 0, 0, 1, 1, "signal.empty", ""},
    {"ever(\"\xff\")", 0, 0, 1, 1, "signal.not_utf8", ""},
    {"1 $ 2", 0, 0, 3, 1, "signal.bad_character", ""},
    {"中 ☃ 2", 0, 0, 3, 1, "signal.bad_character", ""},
    {"account.x = 1", 0, 0, 11, 1, "signal.write_instead", ""},
    {"true && false", 0, 0, 6, 2, "signal.write_instead", ""},
    {"account.x <> 1", 0, 0, 11, 2, "signal.write_instead", ""},
    {"count(“A”，7d)", 0, 0, 7, 1, "signal.write_instead", ""},
    {"ever('a", 0, 0, 6, 2, "signal.open_text", ""},
    {"ever('a\\n')", 0, 0, 8, 1, "signal.bad_escape", ""},
    {"1 + 01", 0, 0, 5, 2, "signal.bad_number", ""},
    {"1.", 0, 0, 1, 2, "signal.bad_number", ""},
    {"1e999", 0, 0, 1, 5, "signal.bad_number", ""},
    {"users(14m)", 0, 0, 7, 3, "signal.bad_window", ""},
    {"users(1.5d)", 0, 0, 7, 4, "signal.bad_window", ""},
    {"account.2fa", 0, 0, 9, 3, "signal.bad_window", ""},
    {"1 +", 0, 0, 4, 1, "signal.ends_early", ""},
    {"1 + * 2", 0, 0, 5, 1, "signal.want_value", ""},
    {"1 + not true", 0, 0, 5, 3, "signal.want_value", ""},
    {"count(\"A\", )", 0, 0, 12, 1, "signal.want_value", ""},
    {"(1 + 2]", 0, 0, 7, 1, "signal.want_mark", ""},
    {"users(7d", 0, 0, 9, 1, "signal.want_mark_at_end", ""},
    {"users(7d) users(7d)", 0, 0, 11, 5, "signal.unexpected", ""},
    {"true, false", 0, 0, 5, 1, "signal.unexpected", ""},
    {"1 < 2 < 3", 0, 0, 7, 1, "signal.chained", ""},
    {"1 in [1] == true", 0, 0, 10, 2, "signal.chained", ""},
    {"[1, 2]", 0, 0, 1, 1, "signal.list_place", ""},
    {"account.x in \"pro\"", 0, 0, 14, 5, "signal.want_list", ""},
    {"account.x in []", 0, 0, 14, 2, "signal.empty_list", ""},
    {"account. == 1", 0, 0, 10, 2, "signal.want_name", ""},
    {"account.\"\" == 1", 0, 0, 9, 2, "signal.want_name", ""},
    {"account == 1", 0, 0, 1, 7, "signal.want_trait", ""},
    {"account.plan(7d)", 0, 0, 1, 16, "signal.not_callable", ""},
    {"account.mrr(7d)", 0, 0, 1, 15, "signal.not_callable", ""},
    {"account.paid", 0, 0, 1, 12, "signal.want_paid_window", ""},
    {"account.paid(7)", 0, 0, 1, 15, "signal.want_paid_window", ""},
    {"1 + user.title", 0, 0, 5, 10, "signal.user_here", ""},
    {"mine > 1", 0, 0, 1, 4, "signal.user_signal_here", ""},
    {"activ_users > 1", 0, 0, 1, 11, "signal.unknown_name", "active_users"},
    {"zzz > 1", 0, 0, 1, 3, "signal.unknown_name", ""},
    {"users > 1", 0, 0, 1, 5, "signal.want_call", ""},
    {"cuont(\"A\", 7d)", 0, 0, 1, 14, "signal.unknown_function", "count"},
    {"median(users(7d))", 0, 0, 1, 17, "signal.unknown_function", "mean"},
    {"active_users(7d)", 0, 0, 1, 16, "signal.unknown_function", ""},
    {"ever(\"A\" where count(\"B\", 7d) > 1)", 0, 0, 16, 14,
        "signal.no_events_in_where", ""},
    {"count(7d)", 0, 0, 7, 2, "signal.want_event", ""},
    {"count()", 0, 0, 1, 7, "signal.want_event", ""},
    {"count(Invite, 7d)", 0, 0, 7, 6, "signal.want_event", ""},
    {"users(3)", 0, 0, 7, 1, "signal.want_event", ""},
    {"ever('')", 0, 0, 6, 2, "signal.empty_event", ""},
    {"count(any where x > 1, 7d)", 0, 0, 7, 15, "signal.any_where", ""},
    {"sum(any.x, 7d)", 0, 0, 5, 5, "signal.any_property", ""},
    {"sum(\"A\", 7d)", 0, 0, 5, 3, "signal.want_property", ""},
    {"count(\"A\".x, 7d)", 0, 0, 7, 5, "signal.extra_property", ""},
    {"count(\"A\")", 0, 0, 1, 10, "signal.want_window", ""},
    {"users()", 0, 0, 1, 7, "signal.want_window", ""},
    {"count(\"A\", 7)", 0, 0, 12, 1, "signal.want_window", ""},
    {"since(\"A\", 7d)", 0, 0, 12, 2, "signal.extra_window", ""},
    {"latest(\"A\".x, 7d)", 0, 0, 15, 2, "signal.extra_window", ""},
    {"latest(\"A\")", 0, 0, 8, 3, "signal.want_property", ""},
    {"count(\"A\", 7d, 3)", 0, 0, 16, 1, "signal.extra_argument", ""},
    {"prior()", 0, 0, 1, 7, "signal.want_windowed", ""},
    {"prior(7d)", 0, 0, 7, 2, "signal.want_windowed", ""},
    {"prior(3)", 0, 0, 7, 1, "signal.want_windowed", ""},
    {"first(\"A\")", 0, 0, 7, 3, "signal.want_windowed", ""},
    {"prior(since(\"A\"))", 0, 0, 7, 10, "signal.want_windowed", ""},
    {"1 + trend(age(\"A\"))", 0, 0, 11, 8, "signal.want_windowed", ""},
    {"first(ever(\"A\"))", 0, 0, 7, 9, "signal.want_windowed", ""},
    {"prior(count(\"A\", 7d) + 1)", 0, 0, 7, 18, "signal.want_windowed", ""},
    {"prior(seq(\"A\", \"B\", 7d))", 0, 0, 7, 17, "signal.want_windowed", ""},
    {"prior(streak(\"A\"))", 0, 0, 7, 11, "signal.want_windowed", ""},
    {"prior(trend(users(7d)))", 0, 0, 7, 16, "signal.want_windowed", ""},
    {"first(round(users(7d)))", 0, 0, 7, 16, "signal.want_windowed", ""},
    {"first(account.age)", 0, 0, 7, 11, "signal.want_windowed", ""},
    {"trend(中)", 0, 0, 7, 1, "signal.want_windowed", ""},
    {"trend(activ_users)", 0, 0, 7, 11, "signal.unknown_name", "active_users"},
    {"trend(cuont(\"A\", 7d))", 0, 0, 7, 14, "signal.unknown_function", "count"},
    {"trend(count(7d))", 0, 0, 13, 2, "signal.want_event", ""},
    {"prior(count(\"A\", all))", 0, 0, 18, 3, "signal.no_all", ""},
    {"first(ever_active)", 0, 0, 7, 11, "signal.no_all", ""},
    {"prior(active_users)", 0, US_PER_USER, 7, 12, "signal.account_inside", ""},
    {"prior(users(7d), 3)", 0, 0, 18, 1, "signal.extra_argument", ""},
    {"first(users(7d), 7d)", 0, 0, 18, 2, "signal.extra_argument", ""},
    {"trend(users(7d), 0)", 0, 0, 18, 1, "signal.want_floor", ""},
    {"trend(users(7d), -1)", 0, 0, 18, 2, "signal.want_floor", ""},
    {"trend(users(7d), 中)", 0, 0, 18, 1, "signal.want_floor", ""},
    {"trend(users(7d), 2, 3)", 0, 0, 21, 1, "signal.extra_argument", ""},
    {"seq(\"A\", 7d)", 0, 0, 10, 2, "signal.want_steps", ""},
    {"seq()", 0, 0, 1, 5, "signal.want_steps", ""},
    {"seq(\"A\", 3, 7d)", 0, 0, 10, 1, "signal.want_steps", ""},
    {"seq(\"A\", \"B\")", 0, 0, 1, 13, "signal.want_window", ""},
    {"seq(\"A\", \"B\", 3)", 0, 0, 15, 1, "signal.want_window", ""},
    {"seq(\"A\", \"B\".x, 3d)", 0, 0, 10, 5, "signal.extra_property", ""},
    {"seq(\"A\", \"B\", 500d)", 0, 0, 15, 4, "signal.window_days", ""},
    {"distinct(\"A\", 7d)", 0, 0, 10, 3, "signal.want_property", ""},
    {"mean(any.x, 7d)", 0, 0, 6, 5, "signal.any_property", ""},
    {"highest(\"A\".x)", 0, 0, 1, 14, "signal.want_window", ""},
    {"streak(\"A\", 7d)", 0, 0, 13, 2, "signal.extra_window", ""},
    {"streak_weeks(\"A\".x)", 0, 0, 14, 5, "signal.extra_property", ""},
    {"prior(seq(\"A\", 7d)) + 1", 0, 0, 7, 12, "signal.want_windowed", ""},
    {"seq(\"A\", \"B\", 7d) + 1", 0, 0, 1, 17, "signal.condition_as_number", ""},
    {"ratio(1)", 0, 0, 1, 8, "signal.argument_count", ""},
    {"round(1, 2)", 0, 0, 1, 11, "signal.argument_count", ""},
    {"users(0d)", 0, 0, 7, 2, "signal.window_days", ""},
    {"users(58w)", 0, 0, 7, 3, "signal.window_days", ""},
    {"users(9999999999999999999d)", 0, 0, 7, 20, "signal.bad_window", ""},
    {"users(9999999999999999w)", 0, 0, 7, 17, "signal.window_days", ""},
    {"users(73h)", 0, 0, 7, 3, "signal.window_hours", ""},
    {"7d + 1", 0, 0, 1, 2, "signal.window_place", ""},
    {"least(7d, 1)", 0, 0, 7, 2, "signal.window_place", ""},
    {"round(\"A\" where x > 1)", 0, 0, 7, 15, "signal.pattern_place", ""},
    {"users(14d) contains \"x\"", 0, 0, 1, 10, "signal.need_kind", ""},
    {"\"x\" + 1", 0, 0, 1, 3, "signal.need_kind", ""},
    {"not \"x\"", 0, 0, 5, 3, "signal.need_kind", ""},
    {"coalesce(account.mrr, \"x\")", 0, 0, 23, 3, "signal.need_kind", ""},
    {"\"x\"", US_NUMBER, 0, 1, 3, "signal.need_kind_here", ""},
    {"ever(\"A\") > true", 0, 0, 1, 9, "signal.need_order", ""},
    {"users(7d) and true", 0, 0, 1, 9, "signal.number_as_condition", ""},
    {"users(7d)", US_BOOL, 0, 1, 9, "signal.number_as_condition", ""},
    {"5 if users(7d)", 0, 0, 6, 9, "signal.number_as_condition", ""},
    {"ever(\"A\" where 3 + x)", 0, 0, 16, 5, "signal.number_as_condition", ""},
    {"1 + ever(\"A\")", 0, 0, 5, 9, "signal.condition_as_number", ""},
    {"users(7d) > 3", US_NUMBER, 0, 1, 13, "signal.condition_as_number", ""},
    {"users(7d) == \"x\"", 0, 0, 1, 16, "signal.kinds_differ", ""},
    {"users(7d) in [1, \"x\"]", 0, 0, 18, 3, "signal.kinds_differ", ""},
    {"ever(\"A\" where x in [1, \"x\"])", 0, 0, 25, 3, "signal.kinds_differ", ""},
    {"ever(\"A\" where x == y)", 0, 0, 16, 1, "signal.kind_unclear", ""},
    {"ever(\"A\" where coalesce(x, y) in [z])", 0, 0, 25, 1, "signal.kind_unclear", ""},
};

/* In both languages, with nothing left to fill in. */
static void said(struct proof *p, const us_diag *d)
{
    for (int lang = US_EN; lang <= US_ZH; lang++) {
        us_str text = us_text(&p->a, (us_lang)lang, d->key, d->args);
        bool whole = us_str_find(text, US_S("{")) == text.len;
        CHECK_AS(&p->t, us_text_known(us_str_c(d->key)) && whole, d->key);
    }
}

static void each_is_told_once(struct proof *p)
{
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        proof_open(p, "active_users: users(14d)\n中: 1\n"
                      "ever_active: count(any, all)\nuser mine: days(7d)\n");
        CHECK(&p->t, p->d.count == 0);
        uint32_t node =
            proof_add(p, mistakes[i].text, mistakes[i].want, mistakes[i].scope);
        bool good = node == US_NODE_NONE && p->d.errors > 0;
        const us_diag *d = good ? &p->d.items[0] : NULL;
        good = good && us_str_eq(us_str_c(d->key), us_str_c(mistakes[i].key));
        CHECK_AS(&p->t, good, mistakes[i].text);
        if (!d) continue;
        if (!good) printf("# told %s\n", d->key);
        bool place = d->place.line == 7 && d->place.column == 4 + mistakes[i].column &&
                     d->place.len == mistakes[i].len;
        CHECK_AS(&p->t, place, mistakes[i].key);
        if (!place) printf("# at %u, %u long\n", d->place.column - 4, d->place.len);
        CHECK(&p->t, us_str_eq(d->suggestion, us_str_c(mistakes[i].suggestion)));
        said(p, d);
    }
}

static void all_of_an_expression(struct proof *p)
{
    proof_open(p, "");
    proof_add(p, "a + b > 1 and count(7d) or \"x\"", US_BOOL, US_PER_ACCOUNT);
    CHECK(&p->t, p->d.errors == 4);
    proof_open(p, "");
    CHECK(&p->t, proof_add(p, "user.x == 1", US_BOOL, US_PER_USER) != US_NODE_NONE);
    CHECK(&p->t, proof_add(p, "account.x", US_BOOL, US_PER_ACCOUNT) != US_NODE_NONE);
    CHECK(
        &p->t, proof_add(p, "5 if account.x", US_NUMBER, US_PER_USER) != US_NODE_NONE);
    CHECK(&p->t, p->d.count == 0);
}

static void long_text(
    struct proof *p, size_t count, const char *part, const char *end, const char *key)
{
    proof_open(p, "");
    struct us_buf b = us_buf_new(&p->a, 1 << 20);
    for (size_t i = 0; i < count; i++)
        us_buf_put(&b, us_str_c(part));
    us_buf_put(&b, us_str_c(end));
    us_buf_char(&b, 0);
    uint32_t node = proof_add(p, b.ptr, US_MISSING, US_PER_ACCOUNT);
    if (!key) {
        CHECK_AS(&p->t, node != US_NODE_NONE && p->d.count == 0, part);
        return;
    }
    bool told = p->d.count && us_str_eq(us_str_c(p->d.items[0].key), us_str_c(key));
    CHECK_AS(&p->t, node == US_NODE_NONE && told, key);
    if (p->d.count) said(p, &p->d.items[0]);
}

static void limits_are_told(struct proof *p)
{
    long_text(p, 20000, " ", "1", "signal.too_long");
    long_text(p, 16000, " ", "1", NULL);
    long_text(p, 300, "(", "1", "signal.too_nested");
    long_text(p, 300, "-", "1", "signal.too_nested");
    long_text(p, 300, "not ", "true", "signal.too_nested");
    long_text(p, 300, "round(", "1", "signal.too_nested");
    long_text(p, 1200, "1+", "1", "signal.too_deep");
    long_text(p, 900, "1+", "1", NULL);
    long_text(p, 64, "1 in [1,2,3] or ", "1 in [1,1]", NULL);
    proof_open(p, "");
    struct us_buf b = us_buf_new(&p->a, 1 << 12);
    us_buf_put(&b, US_S("least(1"));
    for (int i = 1; i < US_NODE_ARGS_MAX; i++)
        us_buf_put(&b, US_S(", 1"));
    size_t full = b.len;
    us_buf_put(&b, US_S(")\0"));
    CHECK(&p->t, proof_add(p, b.ptr, US_NUMBER, US_PER_ACCOUNT) != US_NODE_NONE);
    b.len = full;
    us_buf_put(&b, US_S(", 1)\0"));
    CHECK(&p->t, proof_add(p, b.ptr, US_NUMBER, US_PER_ACCOUNT) == US_NODE_NONE);
    CHECK(&p->t, us_str_eq(us_str_c(p->d.items[0].key), US_S("signal.too_many_items")));
}

static void nodes_end(struct proof *p)
{
    proof_open(p, "");
    uint32_t node = 0;
    for (int i = 0; i < US_NODES_MAX / 500 + 2 && node != US_NODE_NONE; i++) {
        struct us_buf b = us_buf_new(&p->a, 1 << 14);
        for (int k = 0; k < 500; k++)
            us_buf_fmt(&b, "%d+", i * 500 + k);
        us_buf_put(&b, US_S("1\0"));
        node = proof_add(p, b.ptr, US_NUMBER, US_PER_ACCOUNT);
    }
    CHECK(&p->t, node == US_NODE_NONE && p->plan->node_count == US_NODES_MAX);
    const us_diag *d = &p->d.items[0];
    CHECK(&p->t, us_str_eq(us_str_c(d->key), US_S("signal.too_many_nodes")));
}

static uint32_t property_add(
    struct proof *p, const char *before, int number, const char *after)
{
    us_str expr = us_arena_fmt(&p->a, "%s%d%s", before, number, after);
    return proof_add(p, us_arena_cstr(&p->a, expr), US_MISSING, US_PER_ACCOUNT);
}

/* Told where a property stands that there is no column for; those before it stay. */
static void columns_end(struct proof *p)
{
    static const struct {
        const char *before, *after;
        uint32_t column;
    } more[] = {
        {"sum(\"A\".q", ", 7d)", 9},
        {"distinct(\"A\".q", ", 7d)", 14},
        {"count(\"A\" where q", " > 1, 7d)", 21},
    };
    proof_open(p, "");
    uint32_t node = 0;
    for (int i = 0; i < US_HISTORY_COLUMNS_MAX && node != US_NODE_NONE; i++)
        node = property_add(p, "sum(\"A\".p", i, ", 7d)");
    CHECK(&p->t, node != US_NODE_NONE && p->d.count == 0);
    for (size_t i = 0; i < 3; i++) {
        node = property_add(p, more[i].before, 1, more[i].after);
        CHECK_AS(&p->t, node == US_NODE_NONE, more[i].before);
        const us_diag *d = &p->d.items[i];
        CHECK(&p->t, p->d.count == i + 1);
        CHECK(&p->t, us_str_eq(us_str_c(d->key), US_S("signal.too_many_columns")));
        CHECK(&p->t, d->place.line == 7 && d->place.column == more[i].column);
    }
    CHECK(&p->t, p->plan->need.column_count == US_HISTORY_COLUMNS_MAX);
    CHECK(&p->t, property_add(p, "sum(\"A\".p", 3, ", 30d)") != US_NODE_NONE);
}

static const struct {
    const char *signals;
    uint32_t line, column;
    const char *key, *cycle;
    size_t errors;
} webs[] = {
    {"a: a + 1\n", 1, 4, "signal.cycle", "a → a", 1},
    {"a: b\nb: a\n", 2, 4, "signal.cycle", "a → b → a", 1},
    {"z: a\na: 1 + b\nb: c\nc: 2 * a\nd: z\n", 4, 8, "signal.cycle", "a → b → c → a",
        1},
    {"a: b + c\nb: a\nc: a\n", 2, 4, "signal.cycle", "a → b → a", 2},
    {"seat-pressure: 1\n", 1, 1, "signal.bad_name", NULL, 1},
    {"if: 1\n", 1, 1, "signal.taken_name", NULL, 1},
    {"account: 1\n", 1, 1, "signal.taken_name", NULL, 1},
    {"a: 1\nuser a: 2\n", 2, 1, "signal.duplicate", NULL, 1},
    {"a: 1 +\nb: a\nc: b\n", 1, 7, "signal.ends_early", NULL, 1},
    {"users: users(7d)\nb: users + 1\n", 0, 0, NULL, NULL, 0},
};

static void signals_are_checked(struct proof *p)
{
    for (size_t i = 0; i < sizeof webs / sizeof *webs; i++) {
        proof_open(p, webs[i].signals);
        bool good = p->d.errors == webs[i].errors;
        if (good && webs[i].key) {
            const us_diag *d = &p->d.items[0];
            good = us_str_eq(us_str_c(d->key), us_str_c(webs[i].key)) &&
                   d->place.line == webs[i].line && d->place.column == webs[i].column;
            if (webs[i].cycle)
                good = good && us_str_eq(d->args[0].text, us_str_c(webs[i].cycle));
            said(p, d);
        }
        CHECK_AS(&p->t, good, webs[i].signals);
    }
}

/* A chain as long as is allowed, and one longer, in either order. */
static void chains_end(struct proof *p)
{
    for (int order = 0; order < 2; order++) {
        for (int over = 0; over < 2; over++) {
            static struct us_arena a;
            us_arena_init(&a, 1 << 20);
            struct us_buf b = us_buf_new(&a, 1 << 16);
            int count = US_DEPTH_MAX + over;
            for (int k = 0; k < count; k++) {
                int i = order ? k : count - 1 - k;
                us_buf_fmt(&b, i ? "s%d: s%d\n" : "s%d: 1\n", i, i - 1);
            }
            us_buf_char(&b, 0);
            proof_open(p, b.ptr);
            CHECK(&p->t, p->d.errors == (size_t)over);
            us_arena_done(&a);
        }
    }
}

/* Every key of the catalogue that is no part of the manual, or of comments in SQL, is a
 * mistake told above. */
static void all_keys_are_told(struct proof *p)
{
    FILE *f = fopen(USHER_SOURCE "/i18n/signal.json", "r");
    CHECK(&p->t, f != NULL);
    if (!f) return;
    char *line = NULL;
    size_t cap = 0;
    size_t count = 0;
    while (getline(&line, &cap, f) > 0) {
        us_str rest = us_str_trim(us_str_c(line));
        if (!us_str_has_prefix(rest, US_S("\"signal."))) continue;
        us_str key = us_str_cut(us_str_slice(rest, 1, rest.len), '"', &rest);
        us_str name = us_str_slice(key, 7, key.len);
        bool words = us_str_has_prefix(name, US_S("manual_")) ||
                     us_str_has_prefix(name, US_S("about_")) ||
                     us_str_has_prefix(name, US_S("case_")) ||
                     us_str_has_prefix(name, US_S("sql_")) ||
                     us_str_has_prefix(name, US_S("kind_"));
        if (us_str_eq(name, US_S("kind_unclear"))) words = false;
        if (words) continue;
        count++;
        bool told = us_intern_find(&p->seen, key) != US_INTERN_NONE;
        CHECK_AS(&p->t, told, us_arena_cstr(&p->a, key));
    }
    CHECK(&p->t, count > 40);
    free(line);
    fclose(f);
}

void proof_mistakes(struct proof *p)
{
    each_is_told_once(p);
    all_of_an_expression(p);
    limits_are_told(p);
    nodes_end(p);
    columns_end(p);
    signals_are_checked(p);
    chains_end(p);
    all_keys_are_told(p);
}

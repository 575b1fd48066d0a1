#include "config/config_test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char whole[] =
    "account: {unit: company, internal: [OurCompany.com, b.de], fixed: country}\n"
    "events:\n"
    "  activated: \"Project Published\"\n"
    "  invite: [Invite Sent, Invited]\n"
    "  alias: {\"Invite Sent\": [invite_sent, \"Invited 中\"]}\n"
    "exclude: 'account.plan == \"a: b\"'\n"
    "prices: {pro: {seat_month: 12}, max: {month: 99.5, year: 1000}}\n"
    "currency: {report: EUR, rates: {USD: 0.92}}\n"
    "costs: {rep_hour: 50, hours_per_deal: 6, win_rate: 25%, margin: 80 %}\n"
    "calendar: {time_zone: Europe/Berlin, holidays: [DE, NO]}\n"
    "outcomes:\n"
    "  paid: {payment: first, channel: self_serve}\n"
    "  up: {arr: 15000, within: 26w}\n"
    "  third: {event: Seat Activated, nth: 3}\n"
    "signals:\n"
    "  active: users(14d)   # of two weeks\n"
    "  中: 1\n"
    "  invites:\n"
    "    is: \"count(\\\"Invite Sent\\\", 7d)\"\n"
    "    say: {en: \"{n} invitations\", zh: \"{n} 份邀请\"}\n"
    "    may_mention: no\n"
    "user_signals: {mine: days(14d)}\n"
    "qualify:\n"
    "  team:\n"
    "    aim: up\n"
    "    horizon: 2w\n"
    "    who: a and b\n"
    "    must: [active >= 5, invites > 1]\n"
    "    score:\n"
    "      usage: [40 if active > 9, 3 * invites]\n"
    "      intent: 60 if x\n"
    "    threshold: {usage: 40}\n"
    "    rank: [usage, intent]\n"
    "    grades: {A: 80}\n"
    "    hold: 12h\n"
    "    cooldown: 14d\n"
    "  buyer: {kind: pql, within: team, must: days(14d) >= 3}\n"
    "plays:\n"
    "  help: {on: team, live_from: 2026-11-23, holdout: {share: 20%, for: 90d}, "
    "deliver: slack}\n"
    "sources: {web: {key: wk_1}, staging: {key: wk_2, mode: test}, bills: {kind: "
    "stripe, secret: ['${NEW}', whsec_b], customers: c.csv}}\n"
    "about: {model: trial, self_serve_checkout: no, requests_a_week: 2.5, pqa_owner: "
    "growth}\n";

static bool is(us_str s, const char *wanted)
{
    return us_str_eq(s, us_str_c(wanted));
}

static bool is_at(us_source s, const char *text, uint32_t line, uint32_t column)
{
    return is(s.text, text) && s.place.line == line && s.place.column == column &&
           s.place.file == 0;
}

static void values(struct us_tap *t, const struct us_config *c)
{
    CHECK(t, c->unit == US_COMPANY && c->internal_count == 2 && c->fixed_count == 1);
    CHECK(t, is(c->internal[0], "ourcompany.com") && is(c->fixed[0], "country"));
    CHECK(
        t, c->role_count[US_ROLE_ACTIVATED] == 1 && c->role_count[US_ROLE_INVITE] == 2);
    CHECK(t, c->role_count[US_ROLE_LIMIT] == 0);
    CHECK(t, is_at(c->roles[US_ROLE_ACTIVATED][0], "Project Published", 3, 15));
    CHECK(t, is_at(c->roles[US_ROLE_INVITE][1], "Invited", 4, 25));
    CHECK(t, c->alias_count == 1 && c->aliases[0].count == 2);
    CHECK(t, is_at(c->aliases[0].name, "Invite Sent", 5, 12));
    CHECK(t, is_at(c->aliases[0].others[1], "Invited 中", 5, 41));
    CHECK(t, is_at(c->exclude, "account.plan == \"a: b\"", 6, 11));
    CHECK(t, c->exclude.place.len == 22);
    CHECK(t, c->price_count == 2 && is(c->prices[1].plan, "max"));
    CHECK(t, c->prices[0].seat_month == 12 && c->prices[1].month == 99.5 &&
                 c->prices[1].year == 1000 && c->prices[1].seat_month == 0);
    CHECK(t, is(c->currency, "EUR") && c->rate_count == 1);
    CHECK(t, is(c->rates[0].currency, "USD") && c->rates[0].rate == 0.92);
    CHECK(t, c->rep_hour == 50 && c->hours_per_deal == 6);
    CHECK(t, c->win_rate == 0.25 && c->margin == 0.8);
    CHECK(t, is(c->time_zone, "Europe/Berlin") && c->holiday_count == 2);
    CHECK(t, c->play_count == 1 && is_at(c->plays[0].name, "help", 39, 3));
    CHECK(t, is_at(c->plays[0].on, "team", 39, 14));
    CHECK(t, c->plays[0].live_from == INT64_C(1795392000000000)); /* 2026-11-23 */
    CHECK(t, c->source_count == 3 && c->sources[0].production);
    CHECK(t, is(c->sources[1].key.text, "wk_2") && !c->sources[1].production);
    const struct us_source_text *bills = &c->sources[2];
    CHECK(t, bills->kind == US_SOURCE_STRIPE &&
                 c->sources[0].kind == US_SOURCE_EVENTS && bills->key.text.len == 0);
    CHECK(t, bills->secret_count == 2 && is(bills->secrets[0].text, "${NEW}") &&
                 is(bills->secrets[1].text, "whsec_b"));
    CHECK(t, is(bills->customers.text, "c.csv") && bills->production);
    const struct us_about_answer *about = c->about;
    CHECK(t, about[US_ABOUT_MODEL].given && about[US_ABOUT_MODEL].value == 1);
    CHECK(t, about[US_ABOUT_CHECKOUT].given && about[US_ABOUT_CHECKOUT].value == 0);
    CHECK(t, about[US_ABOUT_REQUESTS].value == 2.5 && about[US_ABOUT_OWNER].value == 1);
    CHECK(t, about[US_ABOUT_REQUESTS].place.line == 41 && !about[US_ABOUT_ARR].given);
}

static void meanings(struct us_tap *t, const struct us_config *c)
{
    CHECK(t, c->outcome_count == 3);
    CHECK(t, is(c->outcomes[0].payment.text, "first") &&
                 is(c->outcomes[0].channel.text, "self_serve"));
    CHECK(t, c->outcomes[1].arr == 15000 && c->outcomes[1].within_days == 182);
    CHECK(t, is_at(c->outcomes[2].event, "Seat Activated", 14, 18));
    CHECK(t, c->outcomes[2].nth == 3 && c->outcomes[1].nth == 1);
    /* The signal called 中 is a mistake and left out. */
    CHECK(t, c->signal_count == 2 && c->user_signal_count == 1);
    CHECK(
        t, is_at(c->signals[0].is, "users(14d)", 16, 11) && c->signals[0].may_mention);
    CHECK(t, is_at(c->signals[1].is, "count(\"Invite Sent\", 7d)", 19, 10));
    CHECK(t, is(c->signals[1].say.zh, "{n} 份邀请") && !c->signals[1].may_mention);
    const struct us_definition_text *q = &c->definitions[0];
    CHECK(t, c->definition_count == 2 && is_at(q->name, "team", 24, 3) && !q->pql);
    CHECK(t, is_at(q->aim, "up", 25, 10) && q->horizon_days == 14);
    CHECK(t, is_at(q->who, "a and b", 27, 10) && q->stay.text.len == 0);
    CHECK(t, q->must_count == 2 && is_at(q->must[1], "invites > 1", 28, 25));
    CHECK(t, q->score_count[US_AXIS_USAGE] == 2 && q->score_count[US_AXIS_FIT] == 0);
    CHECK(t, is_at(q->score[US_AXIS_INTENT][0], "60 if x", 31, 15));
    CHECK(t, q->threshold[US_AXIS_USAGE] == 40 && q->threshold[US_AXIS_FIT] == 0);
    CHECK(t, q->threshold_place[US_AXIS_USAGE].line == 32 &&
                 q->threshold_place[US_AXIS_USAGE].column == 24);
    CHECK(t, q->rank_count == 2 && q->rank[0] == US_AXIS_USAGE &&
                 q->rank[1] == US_AXIS_INTENT);
    CHECK(t, q->grades[0] == 80 && q->grades[1] == 50 && q->grades[2] == 25);
    CHECK(t, q->hold_us == INT64_C(12) * 3600 * 1000000 && q->expires_us == 0);
    CHECK(t, q->cooldown_us == INT64_C(14) * 86400 * 1000000);
    const struct us_definition_text *b = &c->definitions[1];
    CHECK(t, b->pql && is(b->within.text, "team") && b->horizon_days == 90);
    CHECK(t, b->must_count == 1 && is_at(b->must[0], "days(14d) >= 3", 37, 42));
    CHECK(t, b->rank_count == 3 && b->rank[0] == US_AXIS_INTENT &&
                 b->rank[1] == US_AXIS_FIT && b->rank[2] == US_AXIS_USAGE);
    CHECK(t, b->grades[0] == 75);
}

static void presets(struct proof *p)
{
    struct us_tap *t = &p->t;
    CHECK(t, proof_parse(p, US_S("")) && p->d.count == 0);
    CHECK(t, p->c->unit == US_WORKSPACE && is(p->c->currency, "USD"));
    CHECK(t, is(p->c->time_zone, "UTC") && p->c->signal_count == 0);
    CHECK(t, proof_parse(p, US_S("currency: CNY\r\nexclude: 中 == 1\r\n")));
    CHECK(t, p->d.count == 0 && is(p->c->currency, "CNY"));
    CHECK(t, is_at(p->c->exclude, "中 == 1", 2, 10));
    CHECK(t, is(us_str_c(us_role_key(US_ROLE_SIGN_UP)), "sign_up"));
    CHECK(t, is(us_str_c(us_role_key(US_ROLE_HAND_RAISE)), "hand_raise"));
}

/* Single quotes are undone here, not by libfyaml. */
static void single_quotes(struct proof *p)
{
    static const struct {
        const char *yaml, *text;
    } rows[] = {
        {"'it''s '' a'", "it's ' a"},
        {"''''''''''", "''''"},
        {"'x''''y z'", "x''y z"},
        {"'a  b '", "a  b "},
        {"' a \n  b\t'", " a b\t"},
        {"'a\n\n\n b\n c'", "a\n\nb c"},
        {"'a\r\n\r\n b'", "a\nb"},
        {"'\n a'", " a"},
        {"'a\n '", "a "},
        {"'a\n\n '", "a\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct us_arena a;
        us_arena_init(&a, 1 << 16);
        us_str text = us_arena_fmt(&a, "events: {alias: {x: %s}}\n", rows[i].yaml);
        CHECK(&p->t, proof_parse(p, text) && p->d.count == 0);
        us_str got = p->c->alias_count ? p->c->aliases[0].others[0].text : text;
        if (!CHECK_AS(&p->t, is(got, rows[i].text), "single quotes"))
            printf("# %s gave %.*s\n", rows[i].yaml, US_ARG(got));
        us_arena_done(&a);
    }
}

/* What the design shows must load as it stands there. */
static void design(struct proof *p)
{
    const char *shared = getenv("USHER_SHARED");
    us_str path = us_arena_fmt(
        &p->a, "%s/design.md", shared ? shared : USHER_SOURCE "/../shared");
    FILE *file = fopen(us_arena_cstr(&p->a, path), "r");
    if (!file) {
        printf("ok %d - the design's example # SKIP design.md is not there; set "
               "USHER_SHARED to its folder\n",
            ++p->t.ran);
        return;
    }
    struct us_arena a;
    us_arena_init(&a, 1 << 20);
    char *text = us_new(&a, char, 1 << 18);
    us_str page = {text, fread(text, 1, 1 << 18, file)};
    fclose(file);
    size_t from = us_str_find(page, US_S("```yaml\n"));
    us_str yaml = us_str_slice(page, from + 8, page.len);
    yaml.len = us_str_find(yaml, US_S("```"));
    CHECK(&p->t, yaml.len > 1000 && proof_parse(p, yaml));
    struct us_buf out = us_buf_new(&p->a, 1 << 16);
    us_diags_print(&p->d, p->c, US_EN, false, &out);
    if (!CHECK(&p->t, p->d.count == 0)) printf("%.*s", US_ARG(us_buf_str(&out)));
    CHECK(&p->t, p->c->signal_count == 5 && p->c->definition_count == 2);
    CHECK(&p->t, p->c->outcome_count == 4 && p->c->play_count == 1);
    CHECK(&p->t, p->c->definitions[0].score_count[US_AXIS_USAGE] == 3);
    us_arena_done(&a);
}

/* A key that no test makes is a message nobody has seen. */
static void every_key_was_told(struct proof *p)
{
    static const char *const others[] = {"config.kind_", "config.manual_",
        "config.about_", "config.error\"", "config.warning\"", "config.colon\"",
        "config.did_you_mean\"", "config.more\"", "config.help_"};
    struct us_arena a;
    us_arena_init(&a, 1 << 20);
    char *text = us_new(&a, char, 1 << 18);
    FILE *file = fopen(USHER_SOURCE "/i18n/config.json", "r");
    if (!CHECK(&p->t, file != NULL)) return;
    us_str rest = {text, fread(text, 1, 1 << 18, file)};
    fclose(file);
    size_t keys = 0;
    while (rest.len) {
        us_str line = us_str_trim(us_str_cut(rest, '\n', &rest));
        if (!us_str_has_prefix(line, US_S("\"config."))) continue;
        line = us_str_slice(line, 1, line.len);
        bool other = false;
        for (size_t i = 0; i < sizeof others / sizeof *others; i++)
            other |= us_str_has_prefix(line, us_str_c(others[i]));
        us_str key = us_str_cut(line, '"', &line);
        bool told = us_intern_find(&p->seen, key) != US_INTERN_NONE;
        CHECK_AS(&p->t, other || told, us_arena_cstr(&a, key));
        keys++;
    }
    CHECK(&p->t, keys > 100);
    us_arena_done(&a);
}

int main(void)
{
    struct proof *p = &(struct proof){0};
    us_arena_init(&p->a, (size_t)1 << 30);
    us_intern_init(&p->seen);
    CHECK(&p->t, proof_parse(p, us_str_c(whole)) && p->d.errors == 1);
    values(&p->t, p->c);
    meanings(&p->t, p->c);
    presets(p);
    single_quotes(p);
    design(p);
    proof_mistakes(p);
    proof_print(p);
    proof_files(p);
    every_key_was_told(p);
    us_intern_done(&p->seen);
    us_arena_done(&p->a);
    return us_tap_done(&p->t);
}

/* From names to roles, from a log to gates, and whatever a log holds to a configuration
 * that loads. */

#include "answer/starter_fit.h"
#include "base/tap.h"
#include "base/time.h"
#include "json/json.h"
#include "qualify/qualify.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

#define MEMORY ((size_t)2 << 30)
enum { LINE_BYTES = 4096, NONE = -1 };

/* ---- names ---- */

static const struct {
    const char *event;
    int meaning; /* the surest one, at US_GUESS_TAKEN or more */
} names[] = {
    {"Signed Up", US_ROLE_SIGN_UP},
    {"signed_up", US_ROLE_SIGN_UP},
    {"userSignedUp", US_ROLE_SIGN_UP},
    {"Account Created", US_ROLE_SIGN_UP},
    {"Account Registered", US_ROLE_SIGN_UP},
    {"workspace.created", US_ROLE_SIGN_UP},
    {"用户注册", US_ROLE_SIGN_UP},
    {"注册成功", US_ROLE_SIGN_UP},
    {"Signup Page Viewed", NONE},
    {"Sign Up Failed", NONE},
    {"Webinar Registered", NONE},
    {"Onboarding Completed", US_ROLE_ACTIVATED},
    {"Account Activated", US_ROLE_ACTIVATED},
    {"账户激活", US_ROLE_ACTIVATED},
    {"Account Deactivated", NONE},
    {"Invite Sent", US_ROLE_INVITE},
    {"inviteSent", US_ROLE_INVITE},
    {"team:user_invited", US_ROLE_INVITE},
    {"发送邀请", US_ROLE_INVITE},
    {"邀请成员", US_ROLE_INVITE},
    {"Invite Revoked", NONE},
    {"Offer Accepted", NONE},
    {"Seat Added", US_ROLE_SEAT},
    {"Seat Activated", US_ROLE_SEAT},
    {"Account Added User", US_ROLE_SEAT},
    {"新增席位", US_ROLE_SEAT},
    {"添加成员", US_ROLE_SEAT},
    {"Seat Removed", NONE},
    {"移除席位", NONE},
    {"Limit Reached", US_ROLE_LIMIT},
    {"quota_exceeded", US_ROLE_LIMIT},
    {"Seat Limit Reached", US_ROLE_LIMIT},
    {"达到上限", US_ROLE_LIMIT},
    {"Limit Raised", NONE},
    {"Pricing Viewed", US_ROLE_PRICING},
    {"查看定价", US_ROLE_PRICING},
    {"Checkout Started", US_ROLE_CHECKOUT},
    {"begin_checkout", US_ROLE_CHECKOUT},
    {"开始付款", US_ROLE_CHECKOUT},
    {"Checkout Completed", US_MEANS_BOUGHT},
    {"支付成功", US_MEANS_BOUGHT},
    {"Payment Failed", NONE},
    {"支付失败", NONE},
    {"Contact Sales Submitted", US_ROLE_HAND_RAISE},
    {"demo_requested", US_ROLE_HAND_RAISE},
    {"联系销售", US_ROLE_HAND_RAISE},
    {"预约演示", US_ROLE_HAND_RAISE},
    {"Contact Sales Page Viewed", NONE},
    {"Plan Upgraded", US_MEANS_BOUGHT},
    {"Order Completed", US_MEANS_BOUGHT},
    {"Cancellation Requested", US_MEANS_CANCELLED},
    {"取消订阅", US_MEANS_CANCELLED},
    {"SSO Settings Viewed", US_MEANS_SECURITY},
    {"Report Viewed", NONE},
    {"Project Created", NONE},
    {"Decrypted", NONE},
    {"创建文档", NONE},
    {"$pageview", NONE},
    {"", NONE},
};

static int surest(us_str event, struct us_arena *a)
{
    int best = NONE;
    double most = US_GUESS_TAKEN;
    for (int meaning = 0; meaning < US_MEANINGS; meaning++) {
        double says = us_role_name(event, meaning, a);
        if (says < most) continue;
        most = says;
        best = meaning;
    }
    return best;
}

static void test_names(struct us_tap *t, struct us_arena *a)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        CHECK_AS(
            t, surest(us_str_c(names[i].event), a) == names[i].meaning, names[i].event);
    CHECK(t,
        us_str_eq(us_role_words(US_S("inviteSent_v2"), a), US_S(" invite sent v2 ")));
    CHECK(t, us_role_is_work(US_S("Project Created"), a));
    CHECK(t, !us_role_is_work(US_S("Report Viewed"), a));
    CHECK(t, !us_role_is_work(US_S("登录"), a));
    CHECK(t, !us_role_is_work(US_S("$identify"), a));
}

/* ---- logs ---- */

struct log {
    struct us_profile *p;
    struct us_arena *a;
    int64_t lines;
};

__attribute__((format(printf, 2, 3))) static void line(
    struct log *l, const char *fmt, ...)
{
    us_mark mark = us_arena_mark(l->a);
    char *text = us_new(l->a, char, LINE_BYTES + US_JSON_PAD);
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(text, LINE_BYTES, fmt, args);
    va_end(args);
    us_assert(n > 0 && n < LINE_BYTES);
    us_profile_line(l->p, (us_str){text, (size_t)n});
    us_arena_pop(l->a, mark);
    l->lines++;
}

/* An event at noon of the n-th day of 2025. */
static void track(struct log *l, int account, int user, const char *event, int day)
{
    char at[US_TIME_TEXT_MAX];
    int64_t first = 0;
    us_assert(us_time_read(US_S("2025-01-01T12:00:00Z"), &first));
    us_str time = us_time_write(first + day * US_DAY_US, at);
    line(l,
        "{\"type\":\"track\",\"userId\":\"u%d.%d\",\"event\":\"%s\",\"timestamp\":\"%.*"
        "s\","
        "\"context\":{\"groupId\":\"acc%d\"}}",
        account, user, event, (int)time.len, time.ptr, account);
}

static struct log log_new(struct us_arena *a)
{
    int64_t now = 0;
    us_assert(us_time_read(US_S("2026-01-01"), &now));
    return (struct log){us_profile_new(now), a, 0};
}

/* 200 accounts in use to the last day, of 1 to 20 people; those with many came lately.
 */
static void teams(struct log *l)
{
    enum { ACCOUNTS = 200, LAST = 200 };
    for (int account = 0; account < ACCOUNTS; account++) {
        int people = 1 + account / 10;
        track(l, account, 0, "Account Created", LAST - 120 + account % 30);
        for (int user = 0; user < people; user++) {
            int since = people > 15 ? LAST - 10 : LAST - 80;
            for (int day = since; day <= LAST; day += 1 + user % 3)
                track(l, account, user, "Document Edited", day);
        }
    }
}

struct made {
    struct us_guesses guesses;
    struct us_starter_numbers numbers;
    struct us_buf text;
    struct us_config *config;
    struct us_rules *rules;
    size_t errors;
};

static void make(struct log *l, us_lang lang, struct made *m)
{
    us_profile_finish(l->p);
    us_guesses_make(l->p, l->a, &m->guesses);
    us_starter_choose(l->p, &m->guesses, l->a, &m->numbers);
    m->text = us_buf_new(l->a, 1 << 20);
    struct us_starter s = {lang, US_S("a log"), l->p, &m->guesses, &m->numbers};
    us_starter_write(&s, l->a, &m->text);
    struct us_diags d = {.arena = l->a};
    struct us_error e = {0};
    us_str text = us_buf_str(&m->text);
    us_assert(
        us_config_parse(US_S("usher.yml"), text, l->a, &d, &m->config, &e) == US_OK);
    if (d.errors == 0) us_rules_compile(m->config, l->a, &d, &m->rules);
    m->errors = d.errors;
    if (d.errors == 0) return;
    struct us_buf said = us_buf_new(l->a, 1 << 16);
    us_diags_print(&d, m->config, US_EN, false, &said);
    for (us_str rest = us_buf_str(&said); rest.len;) {
        us_str one = us_str_cut(rest, '\n', &rest);
        printf("# %.*s\n", US_ARG(one));
    }
}

static bool says(const struct made *m, const char *part)
{
    us_str text = us_buf_str(&m->text);
    return us_str_find(text, us_str_c(part)) < text.len;
}

static void test_gates(struct us_tap *t, struct us_arena *a)
{
    struct log l = log_new(a);
    teams(&l);
    struct made m = {0};
    make(&l, US_EN, &m);
    const struct us_starter_numbers *n = &m.numbers;
    CHECK(t, l.p->account_count == 200);
    CHECK(t, l.p->unit == US_WORKSPACE);
    CHECK(t, n->enough && n->teams);
    CHECK(t, n->active == 200);
    CHECK(t, n->window == 14);
    CHECK_AS(t, n->qualified >= 4 && n->qualified <= 20, "between 2 and 10 % qualify");
    CHECK_AS(t, n->users.at > 10, "the gate stands among the large accounts");
    CHECK(t, n->users_high.at > n->users.at);
    CHECK(t, n->work_event != US_PROFILE_NONE &&
                 us_str_eq(l.p->events[n->work_event].name, US_S("Document Edited")));
    CHECK(t, m.errors == 0);
    CHECK(t, m.rules && m.rules->definition_count == 1);
    CHECK(t, says(&m, "sign_up: \"Account Created\""));
    CHECK(t, says(&m, "# invite: \"Invite Sent\""));
    CHECK(t, says(&m, "growing_teams:"));
    us_profile_free(l.p);
}

/* Each the same every day for three months: nobody would be in a queue of 30 days. */
static void test_alone(struct us_tap *t, struct us_arena *a)
{
    struct log l = log_new(a);
    for (int account = 0; account < 60; account++)
        for (int day = 100; day < 190; day++)
            for (int n = 0; n <= account % 5; n++)
                track(&l, account, 0, "Order Placed", day);
    struct made m = {0};
    make(&l, US_EN, &m);
    CHECK_AS(t, !m.numbers.teams, "one person an account: no gate on people");
    CHECK(t, m.numbers.enough && m.numbers.qualified > 0);
    CHECK_AS(t, m.numbers.expires > 30, "steady use is kept for longer");
    CHECK(t, says(&m, "growing_accounts:") && !says(&m, "- active_users"));
    CHECK(t, m.errors == 0);
    us_profile_free(l.p);
}

/* Those that edit early stay, those that do not leave; looking says nothing. */
static void test_activation(struct us_tap *t, struct us_arena *a)
{
    struct log l = log_new(a);
    track(&l, 999, 0, "Account Created", 0);
    for (int account = 0; account < 120; account++) {
        int born = 30 + account % 60;
        track(&l, account, 0, "Account Created", born);
        track(&l, account, 0, "Report Viewed", born + 1);
        if (account % 3 == 0) track(&l, account, 0, "Document Edited", born + 2);
        if (account % 4 == 0) track(&l, account, 0, "Sheet Printed", born + 2);
        bool stays = account % 3 == 0 ? account % 12 != 0 : account % 12 == 1;
        if (stays)
            for (int day = born; day < 200; day += 5)
                track(&l, account, 0, "Report Viewed", day);
    }
    struct made m = {0};
    make(&l, US_EN, &m);
    const struct us_profile_event *event =
        us_guesses_event(l.p, &m.guesses, US_ROLE_ACTIVATED);
    CHECK(t, l.p->followed == 120);
    CHECK(t, event && us_str_eq(event->name, US_S("Document Edited")));
    CHECK(t, event && event->early == 40);
    CHECK(t, event && event->early_kept == 30);
    CHECK(t, m.errors == 0);
    us_guesses_set(&m.guesses, US_ROLE_ACTIVATED, US_PROFILE_NONE);
    CHECK(t, !us_guesses_event(l.p, &m.guesses, US_ROLE_ACTIVATED));
    uint32_t created = US_PROFILE_NONE;
    for (uint32_t i = 0; i < l.p->event_count; i++)
        if (us_str_eq(l.p->events[i].name, US_S("Account Created"))) created = i;
    us_guesses_set(&m.guesses, US_ROLE_ACTIVATED, created);
    CHECK_AS(t, m.guesses.chosen[US_ROLE_SIGN_UP] == -1, "an event has one role");
    CHECK(t,
        us_guesses_event(l.p, &m.guesses, US_ROLE_ACTIVATED) == &l.p->events[created]);
    us_profile_free(l.p);
}

static void test_pages(struct us_tap *t, struct us_arena *a)
{
    struct log l = log_new(a);
    teams(&l);
    static const char *const paths[] = {
        "/", "/pricing", "/docs/pricing-api", "/privacy"};
    for (int i = 0; i < 400; i++)
        line(&l,
            "{\"type\":\"page\",\"userId\":\"u%d.0\",\"name\":\"A\",\"properties\":{"
            "\"path\":"
            "\"%s\"},\"context\":{\"groupId\":\"acc%d\"},\"timestamp\":\"2025-07-10T10:"
            "00:00Z\"}",
            i % 200, i % 100 < 4 ? paths[i % 4] : "/app", i % 200);
    struct made m = {0};
    make(&l, US_EN, &m);
    CHECK(t, m.guesses.has_pricing_page);
    CHECK(t, m.guesses.pricing_page.count == 2);
    CHECK(t, m.guesses.has_trust_page);
    CHECK(t, says(&m, "where path in [\"/docs/pricing-api\", \"/pricing\"]"));
    CHECK(t, m.errors == 0);
    us_profile_free(l.p);
}

/* Names that YAML, the language or both must not take apart. */
static void test_nasty(struct us_tap *t, struct us_arena *a)
{
    static const char *const nasty[] = {"It's: done # yes", "\\\"Quoted\\\"",
        "back\\\\slash", "- dash", "'single'", "{brace}", "[list]", "%percent", "@at",
        "`tick`", "a: b", "trailing:", "# hash", "  blank  ", "*star", "&and", "!bang",
        "true", "null", "~", "\\u0085next line", "line\\nend", "tab\\there",
        "\\u2028sep", "\\ufeffbom", "文档：已创建", "emoji 🎉", "{n} {w} {event}",
        "%s%n%d"};
    for (size_t i = 0; i < sizeof nasty / sizeof *nasty; i++) {
        struct log l = log_new(a);
        teams(&l);
        char event[200];
        snprintf(event, sizeof event, "%s invite sent", nasty[i]);
        for (int account = 0; account < 200; account++)
            for (int n = 0; n < 50; n++) {
                track(&l, account, 0, nasty[i], 150 + n);
                if (n == 0) track(&l, account, 0, event, 150);
            }
        line(&l,
            "{\"type\":\"group\",\"userId\":\"u1.0\",\"groupId\":\"acc1\",\"traits\":{"
            "\"%s\":"
            "\"%s\",\"plan\":\"%s\"},\"timestamp\":\"2025-07-10T10:00:00Z\"}",
            nasty[i], nasty[i], nasty[i]);
        struct made m = {0};
        make(&l, i % 2 ? US_ZH : US_EN, &m);
        CHECK_AS(t, m.errors == 0 && m.rules, nasty[i]);
        const struct us_profile_event *invite =
            us_guesses_event(l.p, &m.guesses, US_ROLE_INVITE);
        bool same =
            !invite || us_str_eq(m.config->roles[US_ROLE_INVITE][0].text, invite->name);
        CHECK_AS(t, same, "the event is named as it is");
        us_profile_free(l.p);
    }
}

static void test_companies(struct us_tap *t, struct us_arena *a)
{
    struct log l = log_new(a);
    for (int company = 0; company < 40; company++)
        for (int user = 0; user < 3; user++) {
            line(&l,
                "{\"type\":\"identify\",\"userId\":\"u%d.%d\",\"timestamp\":\"2025-06-"
                "01T00:00:"
                "00Z\",\"traits\":{\"email\":\"p%d@%s%d.com\",\"title\":\"Head of "
                "%d\"}}",
                company, user, user, company ? "co" : "gmail.com.", company, user);
            for (int day = 10; day < 40; day++)
                line(&l,
                    "{\"type\":\"track\",\"userId\":\"u%d.%d\",\"event\":\"Edited\","
                    "\"timestamp\":\"2025-06-%02dT00:00:00Z\"}",
                    company, user, 1 + day % 30);
        }
    struct made m = {0};
    make(&l, US_ZH, &m);
    CHECK(t, l.p->unit == US_COMPANY);
    CHECK(t, l.p->account_count >= 39 && l.p->account_count <= 40);
    CHECK(t, says(&m, "unit: company"));
    CHECK(t, says(&m, "user.title contains \"Head\""));
    CHECK(t, m.errors == 0 && m.rules->definition_count == 2);
    us_profile_free(l.p);
}

static void test_nothing(struct us_tap *t, struct us_arena *a)
{
    struct log l = log_new(a);
    line(&l, "{\"type\":\"track\",\"anonymousId\":\"a\",\"event\":\"X\","
             "\"timestamp\":\"2025-06-01T00:00:00Z\"}");
    line(&l, "{\"type\":\"track\",\"userId\":\"b\",\"event\":\"X\","
             "\"timestamp\":\"2027-06-01T00:00:00Z\"}");
    line(&l, "{\"type\":\"track\"");
    struct made m = {0};
    make(&l, US_EN, &m);
    CHECK(
        t, l.p->messages == 3 && l.p->dead == 1 && l.p->later == 1 && l.p->count == 1);
    CHECK(t, strcmp(l.p->why.key, "json.bad") == 0);
    CHECK(t, !m.numbers.enough);
    CHECK(t, m.errors == 0 && m.rules->definition_count == 0);
    struct us_lacking lacking[US_LACKING_MAX];
    size_t count = us_starter_lacking(l.p, &m.guesses, lacking);
    CHECK(t, count > 1 && strcmp(lacking[0].key, "init.lack_accounts") == 0);
    us_profile_free(l.p);
}

/* Without a log, in both languages: it loads, and it has a definition to start from. */
static void test_plain(struct us_tap *t, struct us_arena *a)
{
    for (int lang = 0; lang < 2; lang++) {
        struct us_buf text = us_buf_new(a, 1 << 20);
        struct us_starter s = {.lang = (us_lang)lang};
        us_starter_write(&s, a, &text);
        struct us_diags d = {.arena = a};
        struct us_config *config = NULL;
        struct us_rules *rules = NULL;
        struct us_error e = {0};
        us_str yml = us_buf_str(&text);
        CHECK(t, us_config_parse(US_S("usher.yml"), yml, a, &d, &config, &e) == US_OK);
        us_rules_compile(config, a, &d, &rules);
        CHECK(t, d.count == 0 && rules->definition_count == 1);
        bool narrow = true;
        for (us_str rest = yml; rest.len;) {
            us_str one = us_str_cut(rest, '\n', &rest);
            bool note = us_str_has_prefix(us_str_trim(one), US_S("#"));
            narrow = narrow && (!note || us_str_columns(one) <= 88);
        }
        CHECK_AS(t, narrow, "comments keep to 88 columns");
    }
}

int main(void)
{
    struct us_tap t = {0};
    struct us_arena a;
    us_arena_init(&a, MEMORY);
    void (*const tests[])(struct us_tap *, struct us_arena *) = {test_names, test_gates,
        test_alone, test_activation, test_pages, test_nasty, test_companies,
        test_nothing, test_plain};
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
        tests[i](&t, &a);
        us_arena_reset(&a);
    }
    us_arena_done(&a);
    return us_tap_done(&t);
}

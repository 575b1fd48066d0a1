#include "base/tap.h"
#include "base/time.h"
#include "text/text.h"

static void says(struct us_tap *t, struct us_arena *a, us_lang lang, const char *key,
    const us_arg *args, const char *wanted)
{
    us_str got = us_text(a, lang, key, args);
    if (!CHECK_AS(t, us_str_eq(got, us_str_c(wanted)), wanted))
        printf("# got %.*s\n", US_ARG(got));
}

static void languages(struct us_tap *t)
{
    static const struct {
        const char *name;
        us_lang lang;
    } rows[] = {
        {"zh", US_ZH},
        {"ZH", US_ZH},
        {"zh_CN.UTF-8", US_ZH},
        {"zh-Hans", US_ZH},
        {"zh.UTF-8", US_ZH},
        {"zh@x", US_ZH},
        {"en", US_EN},
        {"C", US_EN},
        {"", US_EN},
        {"zha", US_EN},
        {"z", US_EN},
        {"de_DE", US_EN},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CHECK_AS(t, us_lang_of(us_str_c(rows[i].name)) == rows[i].lang, rows[i].name);
}

/* Every kind of argument, by the sentence "{x}". */
static void arguments(struct us_tap *t, struct us_arena *a)
{
    int64_t at = 0;
    us_time_read(US_S("2026-11-23T10:11:12Z"), &at);
    const struct {
        us_arg arg;
        const char *en, *zh;
    } rows[] = {
        {US_TEXT("x", US_S("{x} 中")), "{x} 中", "{x} 中"},
        {US_WORD("x", "text.month_12"), "Dec", "12月"},
        {US_WORD("x", "text.nothing"), "text.nothing", "text.nothing"},
        {US_WORD("x", "text.test_x"), "{x}", "{x}"},
        {US_DIGITS("x", 36313), "36313", "36313"},
        {US_WHOLE("x", 0), "0", "0"},
        {US_WHOLE("x", 999), "999", "999"},
        {US_WHOLE("x", 1234), "1,234", "1,234"},
        {US_WHOLE("x", -123456), "-123,456", "-123,456"},
        {US_WHOLE("x", INT64_MIN), "-9,223,372,036,854,775,808",
            "-9,223,372,036,854,775,808"},
        {US_REAL("x", 12.5), "12.5", "12.5"},
        {US_REAL("x", 0.1 + 0.2), "0.3", "0.3"},
        {US_REAL("x", 1234567.891), "1,234,567.89", "1,234,567.89"},
        {US_REAL("x", 12345678), "12,345,678", "12,345,678"},
        {US_REAL("x", 0.000012), "1.2e-05", "1.2e-05"},
        {US_REAL("x", -0.0), "0", "0"},
        {US_REAL("x", __builtin_nan("")), "–", "–"},
        {US_SHARE("x", 0.41), "41 %", "41%"},
        {US_SHARE("x", 1), "100 %", "100%"},
        {US_SHARE("x", 0), "0 %", "0%"},
        {US_SHARE("x", 0.0423), "4.2 %", "4.2%"},
        {US_SHARE("x", 0.00423), "0.42 %", "0.42%"},
        {US_SHARE("x", 0.00001), "< 0.01 %", "< 0.01%"},
        {US_SHARE("x", 0.9996), "> 99.9 %", "> 99.9%"},
        {US_SHARE("x", 0.996), "99.6 %", "99.6%"},
        {US_SHARE("x", 14.5), "1,450 %", "1,450%"},
        {US_DAY("x", at), "23 Nov 2026", "2026年11月23日"},
        {US_TIME("x", at), "23 Nov 2026 10:11 UTC", "2026年11月23日 10:11 UTC"},
        {US_DAY("x", US_NEVER), "never", "从未"},
        {US_TIME("x", US_ALWAYS), "never", "从未"},
        {US_BYTES("x", 512), "512 B", "512 B"},
        {US_BYTES("x", 3200000), "3.2 MB", "3.2 MB"},
        {US_BYTES("x", 999600), "1 MB", "1 MB"},
        {US_BYTES("x", 41234567), "41 MB", "41 MB"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        us_arg args[] = {rows[i].arg, {.name = NULL}};
        says(t, a, US_EN, "text.test_x", args, rows[i].en);
        says(t, a, US_ZH, "text.test_x", args, rows[i].zh);
    }
}

/* A word that needs arguments takes those behind it before others of the same name. */
static void words(struct us_tap *t, struct us_arena *a)
{
    const us_arg *args =
        US_ARGS(US_TEXT("who", US_S("outer")), US_WORD("x", "text.test_plural"),
            US_WHOLE("n", 1), US_TEXT("who", US_S("Ada")));
    says(t, a, US_ZH, "text.test_x", args, "Ada：1 人 {say: {zh: \"{k}\"}}");
}

static void choices(struct us_tap *t, struct us_arena *a)
{
    const us_arg *one = US_ARGS(US_WHOLE("n", 1), US_TEXT("who", US_S("Ada")));
    const us_arg *many = US_ARGS(US_WHOLE("n", 2000), US_TEXT("who", US_S("Ada")));
    const us_arg *real = US_ARGS(US_REAL("n", 1.5), US_TEXT("who", US_S("Ada")));
    const char *key = "text.test_plural";
    says(t, a, US_EN, key, one, "Ada: one person, {n {} {say: {en: \"{k}\"}}");
    says(t, a, US_EN, key, many, "Ada: 2,000 people, {n {} {say: {en: \"{k}\"}}");
    says(t, a, US_EN, key, real, "Ada: 1.5 people, {n {} {say: {en: \"{k}\"}}");
    says(t, a, US_ZH, key, many, "Ada：2,000 人 {say: {zh: \"{k}\"}}");
    says(t, a, US_EN, key, NULL,
        "{who}: {n?one person|{n} people}, {n {} {say: {en: \"{k}\"}}");
}

int main(void)
{
    struct us_tap t = {0};
    struct us_arena a;
    us_arena_init(&a, 1 << 20);
    languages(&t);
    arguments(&t, &a);
    words(&t, &a);
    choices(&t, &a);
    CHECK(&t, us_text_known(US_S("text.day")) && !us_text_known(US_S("text.")));
    struct us_error e;
    CHECK(&t,
        us_fail(&e, US_INPUT, "text.test_x", US_ARGS(US_WHOLE("x", 7))) == US_INPUT);
    struct us_buf out = us_buf_new(&a, 100);
    us_say_error(&out, US_EN, &e);
    CHECK(&t, us_str_eq(us_buf_str(&out), US_S("7")));
    us_arena_done(&a);
    return us_tap_done(&t);
}

/* starter_fit.c: company size, and the values of other traits that go with heavy use.
 */

#include "answer/starter_fit.h"

#include "signal/lex.h"

#include <math.h>
#include <string.h>

enum { VALUES_MOST = 40, VALUES_TAKEN = 4, ACCOUNTS_LEAST = 10, WHO_BYTES_MAX = 4096 };
static const double KNOWN_LEAST = 0.2;
static const double LIFT_LEAST = 1.3;
static const double Z_LEAST = 2; /* or it is hardly more than chance */

void us_starter_quote(struct us_buf *out, us_str text)
{
    us_buf_char(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"' || text.ptr[i] == '\\') us_buf_char(out, '\\');
        us_buf_char(out, text.ptr[i]);
    }
    us_buf_char(out, '"');
}

bool us_starter_is_key(us_str s)
{
    static const us_str taken[] = {
        US_S_INIT("mrr"), US_S_INIT("arr"), US_S_INIT("paid"), US_S_INIT("age")};
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        if (us_str_eq(taken[i], s)) return false;
    return us_profile_writable(s) && us_lex_is_name(s) && !us_lex_is_word(s);
}

static bool one_of(us_str key, const us_str *keys)
{
    for (; keys->len; keys++)
        if (us_str_eq_nocase(*keys, key)) return true;
    return false;
}

static double known(const struct us_profile_field *field)
{
    return field->of > 0 ? (double)field->known / (double)field->of : 0;
}

/* 137 → 100, 48 → 50: a number to start from, not a measurement. */
static double round_size(double v)
{
    static const double steps[] = {1, 2, 5, 10};
    if (v < 2) return 2;
    double unit = pow(10, floor(log10(v)));
    double best = unit;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (fabs(log(v / (unit * steps[i]))) < fabs(log(v / best)))
            best = unit * steps[i];
    return best;
}

static bool size_fit(const struct us_profile *p, struct us_arena *a, struct us_fit *out)
{
    static const us_str sizes[] = {US_S_INIT("employees"), US_S_INIT("employee_count"),
        US_S_INIT("employeeCount"), US_S_INIT("company_size"), US_S_INIT("companySize"),
        US_S_INIT("headcount"), US_S_INIT("size"), US_S_INIT("员工数"),
        US_S_INIT("公司规模"), {0}};
    for (size_t i = 0; i < p->account_trait_count; i++) {
        const struct us_profile_field *field = &p->account_traits[i];
        if (!one_of(field->key, sizes) || field->numbers * 2 < field->known) continue;
        if (known(field) < KNOWN_LEAST) continue;
        double least = round_size(us_profile_quantile(field, 0.75));
        *out = (struct us_fit){50,
            us_arena_fmt(a, "account.%.*s >= %.0f", US_ARG(field->key), least),
            "init.yml_fit_size",
            {US_SHARE("known", known(field)), US_REAL("size", least)}};
        return true;
    }
    return false;
}

/* Of the accounts in use with each value, how many are heavy. */
struct tally {
    int64_t some, heavy;
};

static void tallies(
    const struct us_starter *s, size_t trait, struct tally *of, struct tally *all)
{
    const struct us_profile *p = s->profile;
    const struct us_profile_field *field = &p->account_traits[trait];
    for (uint32_t i = 0; i < p->account_count; i++) {
        if (s->numbers->use[i] == US_USE_NONE) continue;
        us_value v = us_profile_account_trait(p, i, trait);
        if (v.kind != US_STRING) continue;
        bool heavy = s->numbers->use[i] == US_USE_HEAVY;
        all->some++;
        all->heavy += heavy;
        for (size_t k = 0; k < field->value_count; k++) {
            if (!us_str_eq(field->values[k].text, v.text)) continue;
            of[k].some++;
            of[k].heavy += heavy;
        }
    }
}

static bool stands_out(const struct tally *value, const struct tally *all)
{
    if (value->some < ACCOUNTS_LEAST || all->heavy == 0) return false;
    double usual = (double)all->heavy / (double)all->some;
    double share = (double)value->heavy / (double)value->some;
    double error = sqrt(usual * (1 - usual) / (double)value->some);
    return share >= LIFT_LEAST * usual && share - usual >= Z_LEAST * error;
}

static bool value_fit(
    const struct us_starter *s, size_t trait, struct us_arena *a, struct us_fit *out)
{
    const struct us_profile_field *field = &s->profile->account_traits[trait];
    struct tally of[VALUES_MOST] = {{0}};
    struct tally all = {0};
    tallies(s, trait, of, &all);
    struct tally taken = {0};
    size_t count = 0;
    struct us_buf list = us_buf_new(a, WHO_BYTES_MAX);
    us_buf_fmt(&list, "account.%.*s in [", US_ARG(field->key));
    for (size_t k = 0; k < field->value_count && count < VALUES_TAKEN; k++) {
        if (!stands_out(&of[k], &all) || !us_profile_writable(field->values[k].text))
            continue;
        if (count++) us_buf_put(&list, US_S(", "));
        us_starter_quote(&list, field->values[k].text);
        taken.some += of[k].some;
        taken.heavy += of[k].heavy;
    }
    us_buf_char(&list, ']');
    if (count == 0) return false;
    *out = (struct us_fit){25, us_buf_str(&list), "init.yml_fit_value",
        {US_SHARE("known", known(field)),
            US_SHARE("heavy", (double)taken.heavy / (double)taken.some),
            US_SHARE("usual", (double)all.heavy / (double)all.some)}};
    return true;
}

size_t us_starter_fits(
    const struct us_starter *s, struct us_arena *a, struct us_fit out[US_FITS_MAX])
{
    static const us_str no_kind[] = {US_S_INIT("name"), US_S_INIT("email"),
        US_S_INIT("domain"), US_S_INIT("website"), US_S_INIT("id"), US_S_INIT("owner"),
        US_S_INIT("phone"), US_S_INIT("createdAt"), US_S_INIT("created_at"), {0}};
    const struct us_profile *p = s->profile;
    if (!p || p->unit == US_COMPANY || !s->numbers->use) return 0;
    size_t count = size_fit(p, a, &out[0]);
    for (size_t i = 0; i < p->account_trait_count && count < US_FITS_MAX; i++) {
        const struct us_profile_field *field = &p->account_traits[i];
        bool kinds = field->value_count >= 2 && field->value_count <= VALUES_MOST &&
                     !field->more_values && field->texts * 2 > field->known;
        if (!kinds || known(field) < KNOWN_LEAST || !us_starter_is_key(field->key))
            continue;
        if (one_of(field->key, no_kind)) continue;
        count += value_fit(s, i, a, &out[count]);
    }
    return count;
}

/* ---- people ---- */

static const us_str titles[] = {US_S_INIT("Founder"), US_S_INIT("CEO"),
    US_S_INIT("CTO"), US_S_INIT("COO"), US_S_INIT("CFO"), US_S_INIT("CIO"),
    US_S_INIT("Chief"), US_S_INIT("VP"), US_S_INIT("Head"), US_S_INIT("Director"),
    US_S_INIT("Owner"), US_S_INIT("Manager"), US_S_INIT("创始人"), US_S_INIT("总监"),
    US_S_INIT("负责人"), US_S_INIT("经理"), US_S_INIT("总裁"), {0}};
static const us_str roles[] = {US_S_INIT("owner"), US_S_INIT("admin"),
    US_S_INIT("administrator"), US_S_INIT("billing"), US_S_INIT("manager"),
    US_S_INIT("所有者"), US_S_INIT("管理员"), {0}};

static const struct us_profile_field *person_trait(
    const struct us_profile *p, const us_str *keys)
{
    for (size_t i = 0; i < p->user_trait_count; i++) {
        const struct us_profile_field *field = &p->user_traits[i];
        bool texts = field->texts > 0 && known(field) >= KNOWN_LEAST;
        if (texts && one_of(field->key, keys) && us_starter_is_key(field->key))
            return field;
    }
    return NULL;
}

static void put_or(struct us_buf *out)
{
    if (out->len) us_buf_put(out, US_S(" or "));
}

static void role_put(struct us_buf *out, const struct us_profile_field *field)
{
    size_t count = 0;
    for (size_t i = 0; i < field->value_count; i++) {
        us_str value = field->values[i].text;
        if (!one_of(value, roles) || !us_profile_writable(value)) continue;
        if (count == 0) {
            put_or(out);
            us_buf_fmt(out, "user.%.*s in [", US_ARG(field->key));
        }
        if (count++) us_buf_put(out, US_S(", "));
        us_starter_quote(out, value);
    }
    if (count) us_buf_char(out, ']');
}

static void title_put(struct us_buf *out, const struct us_profile_field *field)
{
    for (const us_str *title = titles; title->len; title++) {
        bool any = false;
        for (size_t i = 0; i < field->value_count; i++) {
            us_str value = field->values[i].text;
            any |= us_str_find(value, *title) < value.len;
        }
        if (!any) continue;
        put_or(out);
        us_buf_fmt(out, "user.%.*s contains ", US_ARG(field->key));
        us_starter_quote(out, *title);
    }
}

us_str us_starter_buyer(const struct us_starter *s, struct us_arena *a)
{
    static const us_str title_keys[] = {US_S_INIT("title"), US_S_INIT("job_title"),
        US_S_INIT("jobTitle"), US_S_INIT("position"), US_S_INIT("职位"),
        US_S_INIT("职务"), {0}};
    static const us_str role_keys[] = {
        US_S_INIT("role"), US_S_INIT("user_role"), US_S_INIT("角色"), {0}};
    struct us_buf out = us_buf_new(a, WHO_BYTES_MAX);
    if (!s->profile) return (us_str){0};
    const struct us_profile_field *role = person_trait(s->profile, role_keys);
    const struct us_profile_field *title = person_trait(s->profile, title_keys);
    if (role) role_put(&out, role);
    if (title) title_put(&out, title);
    return us_buf_str(&out);
}

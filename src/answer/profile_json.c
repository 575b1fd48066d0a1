#include "answer/profile_json.h"

#include "base/time.h"

enum { VALUES_SHOWN = 10 };

static void name(struct us_buf *out, const char *key)
{
    us_str so_far = us_buf_str(out);
    if (!us_str_has_suffix(so_far, US_S("{"))) us_buf_char(out, ',');
    us_buf_json(out, us_str_c(key));
    us_buf_char(out, ':');
}

static void whole(struct us_buf *out, const char *key, int64_t n)
{
    name(out, key);
    us_buf_int(out, n);
}

static void real(struct us_buf *out, const char *key, double v)
{
    name(out, key);
    us_buf_real(out, v);
}

static void text(struct us_buf *out, const char *key, us_str s)
{
    name(out, key);
    us_buf_json(out, s);
}

static void moment(struct us_buf *out, const char *key, int64_t at)
{
    name(out, key);
    bool known = at >= US_TIME_MIN && at < US_TIME_MAX;
    us_buf_put(out, known ? US_S("\"") : US_S("null"));
    if (!known) return;
    us_time_put(out, at);
    us_buf_char(out, '"');
}

static void field(struct us_buf *out, const struct us_profile_field *f)
{
    us_buf_char(out, '{');
    text(out, "key", f->key);
    whole(out, "known", f->known);
    whole(out, "of", f->of);
    whole(out, "texts", f->texts);
    whole(out, "numbers", f->numbers);
    if (f->sampled) {
        real(out, "lower_quartile", us_profile_quantile(f, 0.25));
        real(out, "median", us_profile_quantile(f, 0.5));
        real(out, "upper_quartile", us_profile_quantile(f, 0.75));
    }
    name(out, "values");
    us_buf_char(out, '[');
    for (size_t i = 0; i < f->value_count && i < VALUES_SHOWN; i++) {
        if (i) us_buf_char(out, ',');
        us_buf_char(out, '{');
        text(out, "text", f->values[i].text);
        whole(out, "count", f->values[i].count);
        us_buf_char(out, '}');
    }
    us_buf_put(out, US_S("]}"));
}

static void fields(struct us_buf *out, const char *key,
    const struct us_profile_field *list, size_t count)
{
    name(out, key);
    us_buf_char(out, '[');
    for (size_t i = 0; i < count; i++) {
        if (i) us_buf_char(out, ',');
        field(out, &list[i]);
    }
    us_buf_char(out, ']');
}

static void profile(struct us_buf *out, const struct us_profile *p)
{
    us_buf_put(out, US_S("{\"profile\":{"));
    whole(out, "messages", p->messages);
    whole(out, "unreadable", p->dead);
    whole(out, "later_than_now", p->later);
    whole(out, "events", p->count);
    whole(out, "names", (int64_t)p->event_count);
    whole(out, "accounts", (int64_t)p->account_count);
    whole(out, "people", p->people);
    whole(out, "identified", p->identified);
    whole(out, "with_email", p->emails);
    whole(out, "with_work_email", p->work_emails);
    whole(out, "events_with_account", p->with_account);
    whole(out, "events_with_group", p->with_group);
    whole(out, "events_with_user", p->with_user);
    moment(out, "first", p->first);
    moment(out, "last", p->last);
    text(out, "unit", p->unit == US_COMPANY ? US_S("company") : US_S("workspace"));
    fields(out, "account_traits", p->account_traits, p->account_trait_count);
    fields(out, "user_traits", p->user_traits, p->user_trait_count);
    us_buf_put(out, US_S("}}\n"));
}

static void event(struct us_buf *out, const struct us_profile_event *e)
{
    us_buf_char(out, '{');
    text(out, "event", e->name);
    whole(out, "count", e->count);
    whole(out, "accounts", e->accounts);
    whole(out, "people", e->users);
    moment(out, "first_day", e->first_day * US_DAY_US);
    moment(out, "last_day", e->last_day * US_DAY_US);
    whole(out, "accounts_on_first_day", e->opening);
    real(out, "median_day", e->median_day);
    whole(out, "accounts_early", e->early);
    whole(out, "accounts_early_and_kept", e->early_kept);
    fields(out, "properties", e->fields, e->field_count);
    us_buf_put(out, US_S("}\n"));
}

static void role(struct us_buf *out, const struct us_profile *p,
    const struct us_guesses *g, us_role r)
{
    us_buf_char(out, '{');
    text(out, "role", us_str_c(us_role_key(r)));
    const struct us_profile_event *chosen = us_guesses_event(p, g, (int)r);
    name(out, "event");
    if (chosen)
        us_buf_json(out, chosen->name);
    else
        us_buf_put(out, US_S("null"));
    name(out, "guesses");
    us_buf_char(out, '[');
    for (size_t i = 0; i < g->count[r]; i++) {
        if (i) us_buf_char(out, ',');
        us_buf_char(out, '{');
        text(out, "event", p->events[g->list[r][i].event].name);
        real(out, "confidence", g->list[r][i].confidence);
        us_buf_char(out, '}');
    }
    us_buf_put(out, US_S("]}\n"));
}

void us_profile_json(const struct us_profile *p, const struct us_guesses *g,
    const struct us_starter_numbers *n, us_lang lang, struct us_buf *out)
{
    profile(out, p);
    for (size_t i = 0; i < p->event_count; i++)
        event(out, &p->events[i]);
    for (int r = 0; r < US_ROLES; r++)
        role(out, p, g, (us_role)r);
    us_buf_put(out, US_S("{\"definition\":{"));
    whole(out, "window_days", n->window);
    whole(out, "accounts_in_use", (int64_t)n->active);
    whole(out, "accounts_qualified", (int64_t)n->qualified);
    us_buf_put(out, US_S("}}\n"));
    struct us_lacking lacking[US_LACKING_MAX];
    size_t count = us_starter_lacking(p, g, lacking);
    for (size_t i = 0; i < count; i++) {
        us_buf_put(out, US_S("{\"missing\":"));
        us_str words = us_text(out->arena, lang, lacking[i].key, lacking[i].args);
        us_buf_json(out, words);
        us_buf_put(out, US_S("}\n"));
    }
}

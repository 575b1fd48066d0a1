/* starter_write.c: usher.yml, block by block, each with what it is for. */

#include "answer/starter_page.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { WIDTH = 88, LINE_MAX = 4096 };

/* ---- lines ---- */

struct wrap {
    struct us_page *p;
    int indent;
    us_str text;
    size_t from; /* of the line being gathered */
    size_t can;  /* where it may end; from: nowhere yet */
};

static void comment_line(struct wrap *w, size_t to)
{
    us_str line = us_str_trim(us_str_slice(w->text, w->from, to));
    for (int i = 0; i < w->indent; i++)
        us_buf_char(w->p->out, ' ');
    us_buf_char(w->p->out, '#');
    if (line.len) us_buf_char(w->p->out, ' ');
    us_buf_put(w->p->out, line);
    us_buf_char(w->p->out, '\n');
    w->from = w->can = to;
}

static size_t character(us_str s, size_t i)
{
    size_t n = 1;
    while (i + n < s.len && ((unsigned char)s.ptr[i + n] & 0xc0) == 0x80)
        n++;
    return n;
}

/* A mark that no line begins with. */
static bool closes(us_str c)
{
    static const char marks[] = "，。；：、！？）》”’…";
    return us_str_find(us_str_c(marks), c) < sizeof marks - 1;
}

void us_page_note(struct us_page *p, int indent, const char *key, const us_arg *args)
{
    us_str said = us_text(p->a, p->s->lang, key, args);
    struct wrap w = {.p = p, .indent = indent, .text = said};
    size_t most = (size_t)(WIDTH - 2 - indent);
    for (size_t i = 0, n; i < w.text.len; i += n) {
        n = character(w.text, i);
        us_str c = us_str_slice(w.text, i, i + n);
        bool wide = n >= 3 && us_str_columns(c) == 2;
        if (c.ptr[0] == ' ' || (wide && !closes(c) && i > w.from)) w.can = i;
        bool over = us_str_columns(us_str_slice(w.text, w.from, i + n)) > most;
        if (over && w.can > w.from) comment_line(&w, w.can);
    }
    if (w.from < w.text.len) comment_line(&w, w.text.len);
}

void us_page_line(struct us_page *p, const char *fmt, ...)
{
    char line[LINE_MAX];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    us_assert(n >= 0 && (size_t)n < sizeof line);
    us_buf_put(p->out, (us_str){line, (size_t)n});
    us_buf_char(p->out, '\n');
}

void us_page_gap(struct us_page *p)
{
    us_buf_char(p->out, '\n');
}

us_str us_page_quoted(struct us_page *p, us_str text)
{
    struct us_buf out = us_buf_new(p->a, LINE_MAX);
    us_buf_json(&out, text);
    return us_buf_str(&out);
}

us_str us_page_scalar(struct us_page *p, us_str text)
{
    us_assert(text.len > 0);
    char first = text.ptr[0];
    bool plain = (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z') ||
                 (first >= '0' && first <= '9');
    bool odd = us_str_find(text, US_S(": ")) < text.len ||
               us_str_find(text, US_S(" #")) < text.len ||
               us_str_has_suffix(text, US_S(":"));
    if (plain && !odd) return text;
    struct us_buf out = us_buf_new(p->a, LINE_MAX);
    us_buf_char(&out, '\'');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\'') us_buf_char(&out, '\'');
        us_buf_char(&out, text.ptr[i]);
    }
    us_buf_char(&out, '\'');
    return us_buf_str(&out);
}

const struct us_profile_event *us_page_event(const struct us_page *p, int meaning)
{
    if (!p->s->profile) return NULL;
    return us_guesses_event(p->s->profile, p->s->guesses, meaning);
}

/* ---- blocks ---- */

static void head(struct us_page *p)
{
    const struct us_profile *profile = p->s->profile;
    us_page_note(p, 0, "init.yml_head", NULL);
    if (!profile) return;
    us_page_line(p, "#");
    us_page_note(p, 0, "init.yml_head_from",
        US_ARGS(US_TEXT("from", p->s->from), US_WHOLE("events", profile->count),
            US_WHOLE("accounts", profile->account_count),
            US_WHOLE("people", profile->identified), US_DAY("first", profile->first),
            US_DAY("last", profile->last)));
}

static void account(struct us_page *p)
{
    const struct us_profile *profile = p->s->profile;
    bool company = profile && profile->unit == US_COMPANY;
    us_page_gap(p);
    us_page_note(p, 0, "init.yml_account", NULL);
    us_page_line(p, "account:");
    if (profile && profile->count) {
        int64_t with = company ? profile->with_email : profile->with_group;
        us_page_note(p, 2,
            company ? "init.yml_unit_company" : "init.yml_unit_workspace",
            US_ARGS(US_SHARE("share", (double)with / (double)profile->count)));
    }
    us_page_line(p, "  unit: %s", company ? "company" : "workspace");
    us_page_note(p, 2, "init.yml_internal", NULL);
    us_page_line(p, "  # internal: [ourcompany.com]");
    us_page_note(p, 2, "init.yml_fixed", NULL);
    us_page_line(p, "  # fixed: [country, industry]");
}

static const char *const role_notes[US_ROLES] = {
    [US_ROLE_SIGN_UP] = "init.yml_sign_up",
    [US_ROLE_ACTIVATED] = "init.yml_activated",
    [US_ROLE_INVITE] = "init.yml_invite",
    [US_ROLE_SEAT] = "init.yml_seat",
    [US_ROLE_LIMIT] = "init.yml_limit",
    [US_ROLE_PRICING] = "init.yml_pricing",
    [US_ROLE_CHECKOUT] = "init.yml_checkout",
    [US_ROLE_HAND_RAISE] = "init.yml_hand_raise",
};

static const char *const role_examples[US_ROLES] = {
    [US_ROLE_SIGN_UP] = "Account Created",
    [US_ROLE_ACTIVATED] = "Project Published",
    [US_ROLE_INVITE] = "Invite Sent",
    [US_ROLE_SEAT] = "Seat Added",
    [US_ROLE_LIMIT] = "Limit Reached",
    [US_ROLE_PRICING] = "Pricing Viewed",
    [US_ROLE_CHECKOUT] = "Checkout Started",
    [US_ROLE_HAND_RAISE] = "Contact Sales Submitted",
};

static void role(struct us_page *p, us_role r)
{
    const struct us_profile_event *event = us_page_event(p, (int)r);
    if (!event) {
        us_page_note(p, 2, "init.yml_what", US_ARGS(US_WORD("what", role_notes[r])));
        us_page_line(p, "  # %s: \"%s\"", us_role_key(r), role_examples[r]);
        return;
    }
    const struct us_guesses *g = p->s->guesses;
    const struct us_guess *guess = &g->list[r][g->chosen[r]];
    us_str why = us_text(p->a, p->s->lang, guess->why, guess->args);
    us_page_note(p, 2, "init.yml_why",
        US_ARGS(US_WORD("what", role_notes[r]), US_TEXT("why", why),
            US_SHARE("sure", guess->confidence)));
    us_page_line(
        p, "  %s: %.*s", us_role_key(r), US_ARG(us_page_quoted(p, event->name)));
}

static void events(struct us_page *p)
{
    bool any = false;
    for (int r = 0; r < US_ROLES; r++)
        any |= us_page_event(p, r) != NULL;
    us_page_gap(p);
    us_page_note(p, 0, "init.yml_events", NULL);
    us_page_line(p, any ? "events:" : "# events:");
    for (int r = 0; r < US_ROLES; r++)
        role(p, (us_role)r);
    us_page_note(p, 2, "init.yml_alias", NULL);
    us_page_line(p, "  # alias: {\"Invite Sent\": [invite_sent, \"Invited\"]}");
}

static void exclude(struct us_page *p)
{
    us_page_gap(p);
    us_page_note(p, 0, "init.yml_exclude", NULL);
    if (us_page_event(p, US_MEANS_CANCELLED))
        us_page_line(p, "exclude: leaving > 0");
    else
        us_page_line(p, "# exclude: account.plan == \"student\"");
}

/* What later steps use: shown, not set. */
static void later(struct us_page *p)
{
    static const struct {
        const char *note, *text;
    } blocks[] = {
        {"init.yml_plays", "# plays:\n#   help_team_grow:\n#     on: growing_teams\n"
                           "#     route: {owner: crm, else: round_robin}\n"
                           "#     sla: {accept: 1bd, touch: 2bd}\n"
                           "#     deliver: [slack]"},
        {"init.yml_prices", "# prices: {pro: {seat_month: 12}}"},
        {"init.yml_currency", "# currency: {report: USD, rates: {EUR: 1.08}}"},
        {"init.yml_costs",
            "# costs: {rep_hour: 50, hours_per_deal: 6, win_rate: 25%, margin: 80%}"},
        {"init.yml_calendar", "# calendar: {time_zone: Europe/Berlin, holidays: [DE]}"},
        {"init.yml_sources", "# sources: {app: {key: write-key-of-the-app}}"},
        {"init.yml_about",
            "# about:\n#   model: freemium\n#   self_serve_checkout: yes\n"
            "#   requests_a_week: 2\n#   contract_value: 15000\n"
            "#   pqa_owner: product\n#   enterprise_demand: no\n"
            "#   large_deals: no\n#   procurement_questions: yes\n"
            "#   expansion_stalls: no\n#   losing_to_sellers: no\n"
            "#   conversion_plateau: no\n#   seat_consolidation: no"},
        {"init.yml_include", "# include: [signals.yml]"},
    };
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        us_page_gap(p);
        us_page_note(p, 0, blocks[i].note, NULL);
        us_page_line(p, "%s", blocks[i].text);
    }
}

void us_starter_write(
    const struct us_starter *s, struct us_arena *a, struct us_buf *out)
{
    struct us_page p = {s, a, out};
    head(&p);
    account(&p);
    events(&p);
    exclude(&p);
    us_page_outcomes(&p);
    us_page_signals(&p);
    us_page_qualify(&p);
    later(&p);
}

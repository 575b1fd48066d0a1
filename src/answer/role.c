/* role.c: from names and what accounts did to guesses. */

#include "answer/role.h"

#include "signal/lex.h"

#include <math.h>
#include <string.h>

enum {
    FOLLOWED_LEAST = 30, /* accounts, before their staying says anything */
    FEW_EVENTS = 3,
};
static const double Z_LEAST = 2;            /* the difference is hardly chance */
static const double DIFFERENCE_LEAST = 0.1; /* in the share that stays */

struct guessing {
    const struct us_profile *p;
    struct us_arena *a;
    struct us_guesses *out;
};

/* Into the list, the surest first. */
static void put(struct guessing *g, int meaning, const struct us_guess *guess)
{
    struct us_guess *list = g->out->list[meaning];
    size_t *count = &g->out->count[meaning];
    for (size_t i = 0; i < *count;
         i++) /* both its name and what followed speak for it */
        if (list[i].event == guess->event && list[i].confidence >= guess->confidence)
            return;
    size_t at = *count;
    while (at > 0 && list[at - 1].confidence < guess->confidence)
        at--;
    if (at == US_GUESSES_MAX) return;
    if (*count == US_GUESSES_MAX) --*count;
    memmove(&list[at + 1], &list[at], (*count - at) * sizeof *list);
    list[at] = *guess;
    ++*count;
}

static double share(int64_t part, int64_t whole)
{
    return whole > 0 ? (double)part / (double)whole : 0;
}

/* What the name says, less where what happened speaks against it. */
static void by_name(struct guessing *g, int meaning, uint32_t i)
{
    const struct us_profile_event *event = &g->p->events[i];
    double sure = us_role_name(event->name, meaning, g->a);
    if (sure <= 0) return;
    struct us_guess guess = {.event = i, .why = "init.why_name"};
    bool rare = event->count < FEW_EVENTS;
    bool nobodys = event->with_account == 0; /* signals are of accounts */
    if (rare || nobodys) sure *= 0.7;
    guess.why = nobodys ? "init.why_no_account" : rare ? "init.why_rare" : guess.why;
    if (meaning == US_ROLE_SIGN_UP && event->accounts > 0) {
        double opening = share(event->opening, event->accounts);
        guess.why = opening >= 0.5 ? "init.why_opening" : "init.why_not_opening";
        if (opening < 0.5) sure *= 0.6;
        guess.args[0] = (us_arg)US_SHARE("share", opening);
    }
    guess.confidence = sure;
    put(g, meaning, &guess);
}

/* Accounts that did it early, and whether more of them stay than of the others. */
static void by_staying(struct guessing *g, uint32_t i)
{
    const struct us_profile *p = g->p;
    const struct us_profile_event *event = &p->events[i];
    if (p->followed < FOLLOWED_LEAST || !us_role_is_usable(event->name, g->a)) return;
    double with = (double)event->early;
    double without = (double)(p->followed - event->early);
    double reach = with / (double)p->followed;
    if (reach < 0.1 || reach > 0.9) return;
    double kept = (double)event->early_kept / with;
    double others = (double)(p->kept - event->early_kept) / without;
    double all = (double)p->kept / (double)p->followed;
    double error = sqrt(all * (1 - all) * (1 / with + 1 / without));
    double difference = kept - others;
    if (difference < DIFFERENCE_LEAST || error <= 0 || difference < Z_LEAST * error)
        return;
    double middling = reach >= 0.2 && reach <= 0.8 ? 1 : 0.8;
    struct us_guess guess = {.event = i,
        .confidence = middling * fmin(0.8, 0.4 + 0.6 * difference),
        .why = "init.why_kept",
        .args = {US_SHARE("reach", reach), US_SHARE("kept", kept),
            US_SHARE("others", others)}};
    put(g, US_ROLE_ACTIVATED, &guess);
}

static bool taken_by_other(const struct us_guesses *out, int meaning, uint32_t event)
{
    for (int other = 0; other < US_MEANINGS; other++) {
        if (other == meaning || out->chosen[other] < 0) continue;
        if (out->list[other][out->chosen[other]].event == event) return true;
    }
    return false;
}

/* The surest of all first; an event is given away once. Activation comes last: what a
 * name says outright is worth more than what goes together with staying. */
static void choose(struct us_guesses *out)
{
    for (int meaning = 0; meaning < US_MEANINGS; meaning++)
        out->chosen[meaning] = -1;
    for (int round = 0; round < US_MEANINGS; round++) {
        int best = -1;
        size_t best_at = 0;
        double surest = US_GUESS_TAKEN;
        for (int meaning = 0; meaning < US_MEANINGS; meaning++) {
            if (out->chosen[meaning] >= 0) continue;
            for (size_t i = 0; i < out->count[meaning]; i++) {
                const struct us_guess *guess = &out->list[meaning][i];
                if (guess->confidence < surest) break;
                if (taken_by_other(out, meaning, guess->event)) continue;
                surest = guess->confidence;
                best = meaning;
                best_at = i;
                break;
            }
        }
        if (best < 0) return;
        out->chosen[best] = (int)best_at;
    }
}

/* ---- pages ---- */

static const us_str pricing_parts[] = {US_S_INIT("pricing"), US_S_INIT("plans"),
    US_S_INIT("价格"), US_S_INIT("定价"), US_S_INIT("套餐"), {0}};
static const us_str trust_parts[] = {US_S_INIT("terms"), US_S_INIT("privacy"),
    US_S_INIT("security"), US_S_INIT("dpa"), US_S_INIT("隐私"), US_S_INIT("安全"),
    US_S_INIT("条款"), {0}};

/* The word it speaks of; empty when of none. */
static us_str speaks_of(us_str value, const us_str *parts, struct us_arena *a)
{
    us_str text = us_role_words(us_str_slice(value, 0, 200), a);
    for (; parts->len; parts++) {
        bool chinese = (unsigned char)parts->ptr[0] >= 0x80;
        us_str word = chinese ? *parts : us_arena_fmt(a, " %.*s ", US_ARG(*parts));
        if (us_str_find(text, word) < text.len) return *parts;
    }
    return (us_str){0};
}

static void field_places(struct guessing *g, uint32_t event,
    const struct us_profile_field *field, const us_str *parts, struct us_places *best)
{
    struct us_places found = {.event = event, .property = field->key};
    for (size_t i = 0; i < field->value_count; i++) {
        us_mark mark = us_arena_mark(g->a);
        us_str value = field->values[i].text;
        us_str word = speaks_of(value, parts, g->a);
        us_arena_pop(g->a, mark);
        if (word.len == 0 || !us_profile_writable(value)) continue;
        if (us_str_find(value, US_S("://")) < value.len) found.part = word;
        found.views += field->values[i].count;
        if (found.count < US_PLACES_MAX) found.values[found.count++] = value;
    }
    /* An address tells the same as a path, and every visit's may be another one. */
    bool better = found.views > best->views ||
                  (found.views == best->views && found.count < best->count);
    if (found.views && better) *best = found;
}

static void pages(struct guessing *g, const us_str *parts, struct us_places *best)
{
    *best = (struct us_places){.event = US_PROFILE_NONE};
    for (uint32_t i = 0; i < g->p->event_count; i++) {
        const struct us_profile_event *event = &g->p->events[i];
        bool page = us_str_eq(event->name, US_S("Page Viewed")) ||
                    us_str_eq(event->name, US_S("Screen Viewed")) ||
                    us_str_eq(event->name, US_S("$pageview"));
        for (size_t f = 0; page && f < event->field_count; f++)
            if (us_lex_is_name(event->fields[f].key) &&
                !us_lex_is_word(event->fields[f].key))
                field_places(g, i, &event->fields[f], parts, best);
    }
}

void us_guesses_make(
    const struct us_profile *p, struct us_arena *a, struct us_guesses *out)
{
    *out = (struct us_guesses){0};
    struct guessing g = {p, a, out};
    for (uint32_t i = 0; i < p->event_count; i++) {
        if (!us_profile_writable(p->events[i].name)) continue;
        for (int meaning = 0; meaning < US_MEANINGS; meaning++)
            by_name(&g, meaning, i);
        by_staying(&g, i);
    }
    choose(out);
    pages(&g, pricing_parts, &out->pricing_page);
    pages(&g, trust_parts, &out->trust_page);
    out->has_pricing_page = out->pricing_page.count > 0;
    out->has_trust_page = out->trust_page.count > 0;
}

void us_guesses_set(struct us_guesses *g, int meaning, uint32_t event)
{
    g->chosen[meaning] = -1;
    if (event == US_PROFILE_NONE) return;
    struct guessing guessing = {.out = g};
    struct us_guess said = {.event = event, .confidence = 1, .why = "init.why_said"};
    put(&guessing, meaning, &said);
    for (int other = 0; other < US_MEANINGS; other++) {
        int at = g->chosen[other];
        if (at >= 0 && g->list[other][at].event == event) g->chosen[other] = -1;
    }
    g->chosen[meaning] = 0;
}

const struct us_profile_event *us_guesses_event(
    const struct us_profile *p, const struct us_guesses *g, int meaning)
{
    if (g->chosen[meaning] < 0) return NULL;
    return &p->events[g->list[meaning][g->chosen[meaning]].event];
}

double us_guess_doubt(const struct us_guesses *g, int meaning)
{
    if (g->count[meaning] == 0) return 0;
    double best = g->list[meaning][0].confidence;
    double next = g->count[meaning] > 1 ? g->list[meaning][1].confidence : 0;
    if (best >= 0.9 && best - next > 0.03) return 0;
    return fmin(1, fmax(1 - best, 1 - (best - next) * 4));
}

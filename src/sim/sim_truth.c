/* sim_truth.c: truth.json: what was planted, and what came of it. */

#include "base/buf.h"
#include "base/err.h"
#include "base/time.h"
#include "sim/sim_inner.h"

enum { TRUTH_BYTES_MAX = 1 << 16 };

/* A behaviour and how often, within fourteen days. */
static const struct {
    us_sim_kind kind;
    uint16_t least;
} behaviours[EARLIES] = {
    [EARLY_INVITE] = {SIM_INVITE_SENT, EARLY_INVITES},
    [EARLY_INTEGRATION] = {SIM_INTEGRATION_CONNECTED, 1},
    [EARLY_LIMIT] = {SIM_LIMIT_REACHED, 1},
    [EARLY_SEARCH] = {SIM_SEARCH_PERFORMED, 3},
    [EARLY_COMMENT] = {SIM_COMMENT_ADDED, 3},
    [EARLY_TOUR] = {SIM_TOUR_COMPLETED, 1},
};

static const struct {
    const char *name, *signal, *words;
} causes[CAUSES] = {
    [CAUSE_INVITES] = {"early_invites", "first(count(\"Invite Sent\", 14d)) >= 3",
        "three or more invitations within 14 days of Account Created; holds from the "
        "day after the third, for good"},
    [CAUSE_SEATS] = {"seat_limit",
        "count(\"Limit Reached\" where resource == \"seats\", 14d) > 0",
        "a seat limit hit in the 14 days before this one"},
    [CAUSE_INTEGRATION] = {"integration", "ever(\"Integration Connected\")",
        "an integration was connected on an earlier day"},
    [CAUSE_RAISED] = {"hand_raised", "count(\"Contact Sales Submitted\", 30d) > 0",
        "a hand raised in the 30 days before this one: intent, to be reported by "
        "itself"},
    [CAUSE_HELP] = {"help_under_seat_pressure", "",
        "touched by sales in the 30 days before this one while a seat limit was at "
        "most 14 days old"},
    [CAUSE_TOUCH_ELSEWHERE] = {"touch_elsewhere", "",
        "touched by sales in the 30 days before this one without seat pressure"},
};

static void arms_close(struct us_sim_world *w, const struct us_sim_account *a)
{
    if (a->pressed == DAY_NONE || a->pressed + ARM_DAYS + 1U > w->days) return;
    struct sim_tally *t = &w->truth.arms[us_sim_helped(a)];
    t->days++;
    t->conversions += a->converted != DAY_NONE && a->converted - a->pressed <= ARM_DAYS;
}

void us_sim_truth_close(struct us_sim_world *w, const struct us_sim_account *a)
{
    arms_close(w, a);
    int64_t start = (int64_t)a->born * DAY_MS + a->born_ms;
    int64_t landmark = start + (int64_t)EARLY_DAYS * DAY_MS;
    int64_t past = landmark + (int64_t)FOLLOW_DAYS * DAY_MS;
    int64_t converted = INT64_MAX;
    if (a->converted != DAY_NONE)
        converted = (int64_t)a->converted * DAY_MS + a->converted_ms;
    if (past > (int64_t)w->days * DAY_MS || converted < landmark) return;
    w->truth.eligible++;
    bool y = converted < past;
    for (int i = 0; i < EARLIES; i++) {
        struct sim_landmark *t = &w->truth.landmark[i];
        bool x = a->early[i] >= behaviours[i].least;
        t->a += x && y;
        t->b += x && !y;
        t->c += !x && y;
        t->d += !x && !y;
    }
}

static void name(struct us_buf *b, const char *key)
{
    char last = b->ptr[b->len - 1];
    if (last != '{' && last != '[') us_buf_char(b, ',');
    us_buf_char(b, '\n');
    us_buf_json(b, us_str_c(key));
    us_buf_char(b, ':');
}

static void number(struct us_buf *b, const char *key, int64_t n)
{
    name(b, key);
    us_buf_int(b, n);
}

static void real(struct us_buf *b, const char *key, double value)
{
    name(b, key);
    us_buf_real(b, value);
}

static void words(struct us_buf *b, const char *key, const char *text)
{
    name(b, key);
    us_buf_json(b, us_str_c(text));
}

static void begin(struct us_buf *b, const char *key)
{
    name(b, key);
    us_buf_char(b, '{');
}

static void done(struct us_buf *b)
{
    us_buf_char(b, '}');
}

static void about(const struct us_sim_world *w, struct us_buf *b)
{
    char text[US_TIME_TEXT_MAX];
    begin(b, "options");
    name(b, "seed");
    us_buf_fmt(b, "\"%llu\"", (unsigned long long)w->o->seed);
    number(b, "events", w->o->events);
    number(b, "days", w->o->days);
    name(b, "start");
    us_buf_json(b, us_time_write(w->start_day * US_DAY_US, text));
    name(b, "end");
    us_buf_json(b, us_time_write(w->o->end, text));
    name(b, "nothing");
    us_buf_put(b, w->o->nothing ? US_S("true") : US_S("false"));
    done(b);
}

static void definitions(struct us_buf *b)
{
    begin(b, "definitions");
    words(b, "conversion",
        "the first payment with status paid; at the same millisecond the first "
        "\"Plan Upgraded\"");
    words(b, "order",
        "events.ndjson is in order of receivedAt, or of timestamp where a line has "
        "none");
    words(b, "hazard",
        "each UTC day after the first, an account alive that never paid converts with "
        "the base chance times the factor of each cause that held at the start of the "
        "day; with nothing planted the day of conversion is drawn at birth, "
        "independent of all behaviour and of whether the account is still in use");
    words(b, "held, otherwise",
        "days of accounts in use that never paid, with and without the cause, and "
        "conversions on them");
    words(b, "landmark",
        "t0 = Account Created; L = t0 + 14 d; eligible: L + 30 d <= end and not "
        "converted before L; X: at least k such events in [t0, L); Y: converted in "
        "[L, L + 30 d); a: X and Y, b: X only, c: Y only, d: neither");
    words(b, "amount", "of a payment holds its tax; the ceiling is without tax");
    done(b);
}

static void written(const struct us_sim_world *w, struct us_buf *b)
{
    const struct us_sim_truth *t = &w->truth;
    int64_t tracks = 0;
    for (int k = SIM_SIGNED_UP; k < SIM_KINDS; k++)
        tracks += t->kinds[k];
    begin(b, "written");
    number(b, "lines", t->lines);
    number(b, "messages", t->lines - t->twice - t->again);
    number(b, "duplicates_in_a_row", t->twice);
    number(b, "duplicates_redelivered", t->again);
    number(b, "clock_skewed", t->clock);
    number(b, "late", t->late);
    begin(b, "types");
    number(b, "track", tracks);
    for (int k = 0; k < SIM_SIGNED_UP; k++)
        number(b, us_sim_shapes[k].name.ptr, t->kinds[k]);
    done(b);
    begin(b, "events");
    for (int k = SIM_SIGNED_UP; k < SIM_KINDS; k++)
        number(b, us_sim_shapes[k].name.ptr, t->kinds[k]);
    done(b);
    number(b, "accounts", t->accounts);
    number(b, "accounts_on_free_mail", t->free_mail);
    number(b, "companies", t->companies);
    number(b, "users", t->users);
    number(b, "visitors_unknown", t->visitors);
    number(b, "visitors_who_signed_up", t->known_visitors);
    done(b);
}

static void rows(const struct us_sim_world *w, struct us_buf *b)
{
    const struct us_sim_truth *t = &w->truth;
    begin(b, "rows");
    number(b, "accounts", t->accounts);
    number(b, "companies", t->company_rows);
    number(b, "contacts", t->contacts);
    number(b, "contacts_not_users", t->non_users);
    number(b, "mqls", t->mqls);
    number(b, "activities", t->activities);
    number(b, "deals", t->stage_rows);
    number(b, "deals_opened", t->deals);
    number(b, "deals_won", t->won);
    number(b, "deals_lost", t->lost);
    number(b, "payments_paid", t->payments[STATUS_PAID]);
    number(b, "payments_failed", t->payments[STATUS_FAILED]);
    number(b, "payments_refunded", t->payments[STATUS_REFUNDED]);
    number(b, "payments_disputed", t->payments[STATUS_DISPUTED]);
    number(b, "paid_by_card", t->methods[METHOD_CARD]);
    number(b, "paid_by_invoice", t->methods[METHOD_INVOICE]);
    number(b, "paid_by_ach", t->methods[METHOD_ACH]);
    real(b, "paid_usd_without_tax", (double)t->paid_cents / 100);
    done(b);
}

static void side(struct us_buf *b, const char *key, const struct sim_tally *t)
{
    begin(b, key);
    number(b, "days", t->days);
    number(b, "conversions", t->conversions);
    done(b);
}

static void planted_causes(const struct us_sim_world *w, struct us_buf *b)
{
    begin(b, "base_hazard_a_day");
    real(b, "first_30_days", w->o->nothing ? 1.0 / FATE_DAYS : BASE_PPM / 1e6);
    real(b, "later", w->o->nothing ? 1.0 / FATE_DAYS : BASE_LATER_PPM / 1e6);
    done(b);
    begin(b, "causes");
    for (int c = 0; c < CAUSES; c++) {
        begin(b, causes[c].name);
        words(b, "is", causes[c].words);
        if (*causes[c].signal) words(b, "signal", causes[c].signal);
        real(b, "factor", w->o->nothing ? 1 : us_sim_factors[c] / 10.0);
        side(b, "held", &w->truth.tally[c][1]);
        side(b, "otherwise", &w->truth.tally[c][0]);
        done(b);
    }
    done(b);
}

static void followers(struct us_buf *b)
{
    begin(b, "followers");
    words(b, "is",
        "scale with how busy an account is and cause nothing; busy accounts also "
        "invite more, so these go with conversion");
    name(b, "events");
    us_buf_char(b, '[');
    for (int k = SIM_LOGIN; k < SIM_KINDS; k++) {
        if (k > SIM_LOGIN) us_buf_char(b, ',');
        us_buf_json(b, us_sim_shapes[k].name);
    }
    us_buf_char(b, ']');
    done(b);
    begin(b, "decoys");
    words(b, "Tour Completed", "a fair draw at birth: hangs on nothing, moves nothing");
    words(b, "webinar", "marketing leads from webinars fall on anyone alive");
    words(b, "Trial Started", "a fair draw at birth: a quarter, moves nothing");
    done(b);
    begin(b, "leak");
    words(b, "event", "Billing Settings Saved");
    words(b, "is",
        "within 1 minute before to 3 minutes after the first payment, "
        "nowhere else");
    done(b);
}

static void ceiling(const struct us_sim_world *w, struct us_buf *b)
{
    static const char *const bands[2] = {"cards_up_to_ceiling", "cards_above_ceiling"};
    const struct us_sim_truth *t = &w->truth;
    bool planted = !w->o->nothing;
    begin(b, "ceiling");
    name(b, "annual_value");
    if (planted) {
        us_buf_int(b, CEILING_CENTS / 100);
    } else {
        us_buf_put(b, US_S("null"));
    }
    real(b, "declined_up_to", DECLINE_PPM / 1e6);
    real(b, "declined_above",
        (planted ? DECLINE_PPM + DECLINE_MORE_PPM : DECLINE_PPM) / 1e6);
    number(b, "declined_above_reached_at",
        planted ? (CEILING_CENTS + OVER_CENTS) / 100 : CEILING_CENTS / 100);
    for (int i = 0; i < 2; i++) {
        begin(b, bands[i]);
        number(b, "tried", t->card_tries[i]);
        number(b, "declined", t->card_declines[i]);
        done(b);
    }
    number(b, "stopped_below", t->stalled);
    number(b, "moved_to_invoice", t->to_invoice);
    number(b, "left_over_it", t->lost_at_ceiling);
    done(b);
    begin(b, "prices_usd_seat_month");
    for (int p = PLAN_PRO; p <= PLAN_ENTERPRISE; p++)
        number(b, us_sim_plans[p].ptr, us_sim_seat_cents[p] / 100);
    number(b, "months_paid_for_a_year_ahead", YEAR_MONTHS_PAID);
    done(b);
}

static void sales(const struct us_sim_world *w, struct us_buf *b)
{
    const struct us_sim_truth *t = &w->truth;
    begin(b, "help");
    words(b, "is",
        "a fair coin by account says whether sales ever touches it under seat "
        "pressure; there a touch multiplies the chance to convert for 30 days, "
        "elsewhere it changes nothing");
    real(b, "factor", w->o->nothing ? 1 : us_sim_factors[CAUSE_HELP] / 10.0);
    real(b, "factor_elsewhere", 1);
    begin(b, "pressed_accounts_and_converted_within_60_days");
    for (int i = 1; i >= 0; i--) {
        begin(b, i ? "helped" : "left_alone");
        number(b, "accounts", t->arms[i].days);
        number(b, "converted", t->arms[i].conversions);
        done(b);
    }
    done(b);
    number(b, "touches_under_seat_pressure", t->touches[1]);
    number(b, "touches_elsewhere", t->touches[0]);
    number(b, "accounts_touched", t->touched_accounts);
    number(b, "reps", w->reps);
    done(b);
    number(b, "hands_raised", t->raised);
    begin(b, "conversions");
    number(b, "all", t->conversions[0] + t->conversions[1]);
    number(b, "self_serve", t->conversions[CHANNEL_SELF]);
    number(b, "sales", t->conversions[CHANNEL_SALES]);
    done(b);
}

static void landmarks(const struct us_sim_world *w, struct us_buf *b)
{
    begin(b, "landmark");
    number(b, "d_days", EARLY_DAYS);
    number(b, "H_days", FOLLOW_DAYS);
    number(b, "eligible", w->truth.eligible);
    begin(b, "behaviours");
    for (int i = 0; i < EARLIES; i++) {
        const struct sim_landmark *t = &w->truth.landmark[i];
        begin(b, us_sim_shapes[behaviours[i].kind].name.ptr);
        number(b, "k", behaviours[i].least);
        number(b, "a", t->a);
        number(b, "b", t->b);
        number(b, "c", t->c);
        number(b, "d", t->d);
        done(b);
    }
    done(b);
    done(b);
}

void us_sim_truth_write(struct us_sim_world *w)
{
    struct us_buf b = us_buf_new(&w->fixed, TRUTH_BYTES_MAX);
    us_buf_char(&b, '{');
    about(w, &b);
    definitions(&b);
    written(w, &b);
    rows(w, &b);
    planted_causes(w, &b);
    followers(&b);
    ceiling(w, &b);
    sales(w, &b);
    landmarks(w, &b);
    us_buf_put(&b, US_S("}\n"));
    us_assert(!b.full);
    us_sim_write(w, US_SIM_TRUTH, us_buf_str(&b));
}

/* sim_sales.c: six people and what they do: touches, replies, deals, raised hands.
 *
 * The planted effect of help: half of the accounts (a fair coin by account) are touched
 * when they press against their seats, half never are, so the effect can be read off
 * without bias. Touches elsewhere fall on anyone and change nothing.
 */
#include "sim/sim_inner.h"

enum {
    TOUCH_PRESSED_PPM = 200000, /* a day, of the half that may be */
    TOUCH_ELSEWHERE_PPM = 1500,
    QUIET_DAYS = 30, /* between touches of one account */
    REPLY_PPM = 350000,
    MEET_PPM = 500000,
    DEAL_PPM = 550000,
    RAISE_PPM = 250, /* a day */
    RAISE_PRESSED_PPM = 4000,
    WIN_PPM = 650000, /* of an expansion that reaches the end */
    WEBINAR_PPM = 700,
    TICKET_PPM = 2500,
    STAGE_DAYS = 7
};

static bool pressed(const struct us_sim_world *w, const struct us_sim_account *a)
{
    return sim_recent(w->day, a->seat_limit, PRESSURE_DAYS);
}

static int64_t deal_cents(const struct us_sim_account *a)
{
    int64_t seats = a->size * 6 / 10;
    if (seats < a->joined) seats = a->joined;
    return seats * 3000 * 12;
}

static void open_deal(
    struct us_sim_world *w, struct us_sim_account *a, uint32_t ms, sim_source why)
{
    if (a->stage != STAGE_NONE) return;
    a->deal = ++w->deal_serial;
    a->deal_made = (uint16_t)w->day;
    a->deal_expands = a->plan != PLAN_FREE;
    a->deal_source = (uint8_t)why;
    a->stage = STAGE_DISCOVERY;
    a->deal_next = (uint16_t)(w->day + STAGE_DAYS + sim_below(sim_draw(a), STAGE_DAYS));
    a->owner_known = true;
    w->truth.deals++;
    us_sim_row_deal(w, a, ms, deal_cents(a));
}

static void close_deal(
    struct us_sim_world *w, struct us_sim_account *a, uint32_t ms, sim_stage stage)
{
    a->stage = (uint8_t)stage;
    bool won = stage == STAGE_WON;
    us_sim_row_deal(w, a, ms, won ? us_sim_annual_cents(a) : deal_cents(a));
    w->truth.won += won;
    w->truth.lost += !won;
    a->stage = STAGE_NONE;
    a->deal_next = DAY_NONE;
}

void us_sim_deal_won(struct us_sim_world *w, struct us_sim_account *a, uint32_t ms)
{
    close_deal(w, a, ms, STAGE_WON);
}

void us_sim_deal_lost(struct us_sim_world *w, struct us_sim_account *a, uint32_t ms)
{
    close_deal(w, a, ms, STAGE_LOST);
}

static void move_deal(struct us_sim_world *w, struct us_sim_account *a)
{
    if (a->deal_next != w->day) return;
    uint32_t ms = us_sim_moment(w, a);
    if (a->stage < STAGE_NEGOTIATION) {
        a->stage++;
        a->deal_next =
            (uint16_t)(w->day + STAGE_DAYS + sim_below(sim_draw(a), 2 * STAGE_DAYS));
        us_sim_row_deal(w, a, ms, deal_cents(a));
        us_sim_row_activity(w, a, ms, TALK_CALL);
    } else if (a->deal_expands && a->plan != PLAN_FREE && sim_chance(a, WIN_PPM)) {
        us_sim_to_invoice(w, a, ms);
        close_deal(w, a, ms, STAGE_WON);
    } else {
        close_deal(w, a, ms, STAGE_LOST);
    }
}

void us_sim_raise_hand(
    struct us_sim_world *w, struct us_sim_account *a, uint32_t ms, sim_source why)
{
    us_sim_emit(w, a, SIM_CONTACT_SALES, ms)->extra =
        a->size > a->joined ? a->size : a->joined;
    a->raised = (uint16_t)w->day;
    w->truth.raised++;
    us_sim_row_mql(w, a, ms, US_S("contact_sales"));
    open_deal(w, a, ms, why);
}

static void touch(struct us_sim_world *w, struct us_sim_account *a, bool helps)
{
    uint32_t ms = us_sim_moment(w, a);
    w->truth.touched_accounts += a->first_touch == DAY_NONE;
    if (a->first_touch == DAY_NONE) a->first_touch = (uint16_t)w->day;
    a->touched = (uint16_t)w->day;
    a->touch_helps = helps;
    w->truth.touches[helps]++;
    us_sim_row_activity(w, a, ms, helps ? TALK_EMAIL : TALK_SEQUENCE);
    if (sim_chance(a, REPLY_PPM))
        a->reply = (uint16_t)(w->day + 1 + sim_below(sim_draw(a), 4));
}

static void touch_maybe(struct us_sim_world *w, struct us_sim_account *a)
{
    if (sim_recent(w->day, a->touched, QUIET_DAYS) || a->stage != STAGE_NONE) return;
    bool now = pressed(w, a);
    uint32_t ppm = TOUCH_ELSEWHERE_PPM;
    if (now) ppm = us_sim_helped(a) ? TOUCH_PRESSED_PPM : 0;
    if (!now && a->joined < 2) ppm = TOUCH_ELSEWHERE_PPM / 4;
    if (sim_chance(a, ppm)) touch(w, a, now);
}

static void answer(struct us_sim_world *w, struct us_sim_account *a)
{
    if (a->reply == w->day) {
        uint32_t ms = us_sim_moment(w, a);
        a->reply = DAY_NONE;
        us_sim_row_activity(w, a, ms, TALK_REPLY);
        if (sim_chance(a, MEET_PPM)) a->meeting = (uint16_t)(w->day + 3);
    }
    if (a->meeting == w->day) {
        uint32_t ms = us_sim_moment(w, a);
        a->meeting = DAY_NONE;
        us_sim_row_activity(w, a, ms, TALK_MEETING);
        if (sim_chance(a, DEAL_PPM)) open_deal(w, a, ms, SOURCE_INTEREST);
    }
}

void us_sim_sales(struct us_sim_world *w, struct us_sim_account *a)
{
    move_deal(w, a);
    answer(w, a);
    touch_maybe(w, a);
    bool may_raise = !sim_recent(w->day, a->raised, 2 * QUIET_DAYS) &&
                     a->channel == CHANNEL_SELF && w->day != a->born;
    if (sim_chance(a, pressed(w, a) ? RAISE_PRESSED_PPM : RAISE_PPM) && may_raise)
        us_sim_raise_hand(w, a, us_sim_moment(w, a), SOURCE_RAISED);
    if (sim_chance(a, WEBINAR_PPM))
        us_sim_row_mql(w, a, us_sim_moment(w, a), US_S("webinar"));
    if (sim_chance(a, TICKET_PPM)) {
        us_sim_row_activity(w, a, us_sim_moment(w, a), TALK_TICKET);
    }
}

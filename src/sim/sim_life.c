/* sim_life.c: how an account begins, lives a day and ends. */

#include "base/err.h"
#include "sim/sim_inner.h"

enum {
    WEEK_ONE_PERCENT = 58, /* accounts of one or two gone within the week */
    WEEK_ONE_LARGE_PERCENT = 30,
    LIFE_DAYS = 90, /* mean of what is left after it */
    LIFE_LARGE_DAYS = 200,
    LARGE = 10,
    FADE_DAYS = 10,   /* use halves before an account goes */
    EUR_PERCENT = 12, /* of accounts in countries with the euro: 3 % of all */
    VISITOR_PAGES = 3
};

struct us_sim_event *us_sim_emit(
    struct us_sim_world *w, struct us_sim_account *a, us_sim_kind kind, uint32_t ms)
{
    struct us_sim_event *ev = &w->forgotten;
    w->done++;
    if (!w->dry) {
        if (w->event_count == w->event_cap)
            w->events = us_grow(&w->event_arena, w->events, sizeof *w->events,
                w->event_count, &w->event_cap);
        ev = &w->events[w->event_count++];
    }
    *ev = (struct us_sim_event){
        .ms = ms < DAY_MS ? ms : DAY_MS - 1,
        .account = a->id,
        .serial = a->serial++,
        .kind = (uint8_t)kind,
        .country = a->country,
    };
    return ev;
}

uint32_t us_sim_moment(const struct us_sim_world *w, struct us_sim_account *a)
{
    uint64_t r = sim_draw(a);
    if (w->day == a->born)
        return a->born_ms + MINUTE_MS + sim_below(r, DAY_MS - a->born_ms - MINUTE_MS);
    int32_t minutes = us_sim_countries[a->country].minutes;
    int64_t ms = (int64_t)us_sim_hours[r & 63] * HOUR_MS + sim_below(r, HOUR_MS) -
                 (int64_t)minutes * MINUTE_MS;
    if (ms < 0) ms += DAY_MS;
    return (uint32_t)(ms >= DAY_MS ? ms - DAY_MS : ms);
}

void us_sim_count_early(const struct us_sim_world *w, struct us_sim_account *a,
    sim_early which, uint32_t ms)
{
    int64_t age = (int64_t)(w->day - a->born) * DAY_MS + ms - a->born_ms;
    if (age < (int64_t)EARLY_DAYS * DAY_MS && a->early[which] < UINT16_MAX)
        a->early[which]++;
}

static uint16_t later(uint32_t day, uint64_t add)
{
    return (uint16_t)(day + add < DAY_NONE ? day + add : DAY_NONE);
}

/* What is fixed at birth. */
static void endow(struct us_sim_world *w, struct us_sim_account *a)
{
    static const uint16_t moods[4] = {110, 190, 290, 470};
    a->company = us_sim_company(w, a->id);
    a->size = (uint16_t)us_sim_size(w, a->id);
    a->employees = us_sim_employees(w, a->company);
    a->country = us_sim_country(w, a->company);
    a->free_mail = us_sim_free_mail(w, a->company);
    a->eur = us_sim_countries[a->country].euro && (a->key >> 8) % 100 < EUR_PERCENT;
    a->mood = moods[(a->key >> 16) & 3];
    a->born = (uint16_t)w->day;
    bool large = a->size >= LARGE;
    uint32_t week_one = large ? WEEK_ONE_LARGE_PERCENT : WEEK_ONE_PERCENT;
    uint64_t r = sim_draw(a);
    uint64_t life = sim_below(r, 7);
    if (sim_below(sim_draw(a), 100) >= week_one)
        life =
            7 +
            (((uint64_t)sim_exponential(r) * (large ? LIFE_LARGE_DAYS : LIFE_DAYS)) >>
                16);
    a->dies = later(w->day, 1 + life);
    /* Drawn whether used or not, so that both worlds share every other draw. */
    uint64_t wait = ((uint64_t)sim_exponential(sim_draw(a)) * FATE_DAYS) >> 16;
    a->fate = w->o->nothing ? later(w->day, 1 + wait) : DAY_NONE;
    a->converted = a->seat_limit = a->raised = a->touched = a->first_touch = DAY_NONE;
    a->reply = a->meeting = a->trial_end = a->bill = a->cancel = a->refund = DAY_NONE;
    a->deal_next = a->pressed = DAY_NONE;
    a->joined = 1;
}

/* Pages seen before anyone knew who it was. */
static bool came_before(struct us_sim_world *w, struct us_sim_account *a)
{
    if (!sim_chance(a, 400000)) return false;
    uint32_t n = 1 + sim_below(sim_draw(a), 3);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t ms = sim_below(sim_draw(a), a->born_ms - 2 * MINUTE_MS);
        struct us_sim_event *ev = us_sim_emit(w, a, SIM_PAGE, ms);
        ev->flags = FLAG_ANONYMOUS;
        ev->extra = (uint16_t)sim_below(sim_draw(a), PAGES);
    }
    w->truth.known_visitors++;
    return true;
}

static void sign_up(struct us_sim_world *w, struct us_sim_account *a)
{
    bool before = came_before(w, a);
    uint32_t ms = a->born_ms - 5 * SECOND_MS - sim_below(sim_draw(a), 40 * SECOND_MS);
    us_sim_emit(w, a, SIM_SIGNED_UP, ms)->flags = FLAG_NO_GROUP;
    bool alias = before && sim_chance(a, 50000);
    if (alias) us_sim_emit(w, a, SIM_ALIAS, ms + 300)->flags = FLAG_NO_GROUP;
    struct us_sim_event *ev = us_sim_emit(w, a, SIM_IDENTIFY, ms + 700);
    ev->flags = FLAG_NO_GROUP | FLAG_FIRST;
    if (before && !alias) ev->flags |= FLAG_BOTH;
    us_sim_emit(w, a, SIM_ACCOUNT_CREATED, a->born_ms);
    us_sim_emit(w, a, SIM_GROUP, a->born_ms)->flags = FLAG_FIRST;
}

void us_sim_birth(struct us_sim_world *w, uint32_t id)
{
    struct us_sim_account *a = us_new(&w->live_arena, struct us_sim_account, 1);
    w->live_count++;
    a->id = id;
    a->key = us_sim_key(w, id);
    a->rng = sim_hash(w->seed, (uint64_t)id << 8 | 2);
    a->born_ms = DAY_MS;
    endow(w, a);
    a->born = DAY_NONE; /* not yet: this moment may be any of the day */
    uint32_t ms = us_sim_moment(w, a);
    a->born = (uint16_t)w->day;
    a->born_ms = ms < HOUR_MS            ? ms + HOUR_MS
                 : ms > DAY_MS - HOUR_MS ? ms - HOUR_MS
                                         : ms;
    sign_up(w, a);
    if (sim_chance(a, 300000)) { /* decoy: hangs on nothing, moves nothing */
        uint32_t tour = a->born_ms + MINUTE_MS + sim_below(sim_draw(a), 9 * MINUTE_MS);
        us_sim_emit(w, a, SIM_TOUR_COMPLETED, tour);
        us_sim_count_early(w, a, EARLY_TOUR, tour);
    }
    if (sim_chance(a, 250000)) {
        a->trial = PLAN_BUSINESS;
        a->trial_end = later(w->day, 14);
        us_sim_emit(w, a, SIM_TRIAL_STARTED, a->born_ms + 4 * SECOND_MS)->extra =
            a->trial;
    }
    if (sim_chance(a, 450000)) {
        struct sim_person user = us_sim_user(w, id, 0);
        us_sim_row_contact(w, a, &user, a->born_ms);
    }
    us_sim_row_company(w, a);
    w->truth.accounts++;
    w->truth.companies += a->company == id && !a->free_mail;
    w->truth.free_mail += a->free_mail;
    w->truth.users++;
}

uint64_t us_sim_potential(const struct us_sim_world *w, const struct us_sim_account *a)
{
    if (w->day >= a->dies) return 0;
    uint64_t most = (uint64_t)a->joined * a->mood;
    return a->dies - w->day <= FADE_DAYS ? most / 2 : most;
}

static void end_trial(struct us_sim_world *w, struct us_sim_account *a)
{
    if (a->trial_end != w->day) return;
    us_sim_emit(w, a, SIM_TRIAL_ENDED, a->born_ms)->extra = a->trial;
    a->trial = PLAN_FREE;
}

/* A person who can buy and uses nothing becomes known in larger accounts. */
static void meet_buyer(struct us_sim_world *w, struct us_sim_account *a)
{
    if (a->size < LARGE || w->day != a->born + 3U || a->free_mail) return;
    struct sim_person buyer = us_sim_buyer(w, a->id);
    us_sim_row_contact(w, a, &buyer, us_sim_moment(w, a));
}

bool us_sim_live(struct us_sim_world *w, struct us_sim_account *a)
{
    if (w->day >= a->dies && a->stage != STAGE_NONE)
        us_sim_deal_lost(w, a, us_sim_moment(w, a));
    if (w->day >= a->dies && a->converted == DAY_NONE) {
        /* With `nothing` an account converts by fate, in use or not. */
        if (!w->o->nothing || a->fate >= w->days) return false;
        us_sim_convert_maybe(w, a);
        return true;
    }
    if (w->day >= a->dies) return false;
    us_sim_convert_maybe(w, a);
    us_sim_bill(w, a);
    if (w->day >= a->dies) return true; /* it left over a bill; closed tomorrow */
    us_sim_sales(w, a);
    end_trial(w, a);
    meet_buyer(w, a);
    us_sim_growth(w, a);
    us_sim_sessions(w, a);
    return true;
}

void us_sim_close(struct us_sim_world *w, struct us_sim_account *a)
{
    if (w->dry) return;
    us_sim_row_account(w, a);
    us_sim_truth_close(w, a);
}

void us_sim_visitors(struct us_sim_world *w, uint64_t lines)
{
    while (lines > 0) {
        uint32_t visitor = w->visitor_serial++;
        struct us_sim_account nobody = {
            .id = ACCOUNT_NONE,
            .rng = sim_hash(w->seed, (uint64_t)visitor << 8 | 3),
            .serial = visitor * VISITOR_PAGES,
        };
        nobody.country = sim_draw(&nobody) & 31;
        nobody.born = DAY_NONE;
        uint32_t ms = us_sim_moment(w, &nobody);
        uint32_t pages = 1 + sim_below(sim_draw(&nobody), VISITOR_PAGES);
        for (uint32_t i = 0; i < pages && lines > 0; i++, lines--) {
            struct us_sim_event *ev = us_sim_emit(w, &nobody, SIM_PAGE, ms);
            ev->user = visitor;
            ev->flags = FLAG_ANONYMOUS;
            ev->extra = (uint16_t)sim_below(sim_draw(&nobody), PAGES);
            ms += sim_below(sim_draw(&nobody), 3 * MINUTE_MS);
        }
    }
    w->truth.visitors = w->visitor_serial;
}

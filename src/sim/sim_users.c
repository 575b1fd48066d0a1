/* sim_users.c: people at work: invitations, joining, limits, and what fills a day.
 *
 * An account's mood scales both the filler and the causes of conversion. That is the
 * confounder of this world: searches and comments go with conversion, and cause none
 * of it.
 */
#include "base/err.h"
#include "sim/sim_inner.h"

enum {
    ACTIVE_Q16 = 12500, /* chance that a middling user comes on a working day */
    ACTIVE_MOST_Q16 = 62000,
    WEEKEND_Q8 = 70,
    SESSION_EVENTS = 4, /* mean, beyond the first */
    SESSION_MOST = 200,
    GAP_MS = 45 * SECOND_MS,
    LATE_AGE_DAYS = 4, /* accounts younger than this send nothing late */
    LATE_MOST_MS = 3 * DAY_MS - HOUR_MS,
    INVITES_A_DAY = 60
};

static uint32_t weight_sum(int role)
{
    uint32_t sum = 0;
    for (int k = 0; k < SIM_KINDS; k++)
        sum += us_sim_shapes[k].weight[role];
    return sum;
}

/* Weights spread over 256 slots. One slot of free accounts is a limit reached. */
void us_sim_habits(struct us_sim_world *w)
{
    for (int role = 0; role < 3; role++) {
        uint32_t sum = weight_sum(role);
        uint32_t seen = 0;
        uint32_t slot = 0;
        for (int k = 0; k < SIM_KINDS; k++) {
            seen += us_sim_shapes[k].weight[role];
            while (slot < 256 && slot * sum < seen * 256)
                w->habit[role][slot++] = (uint8_t)k;
        }
        w->habit[role][255] = SIM_LIMIT_REACHED;
    }
}

/* ---- growth ---- */

static void join(struct us_sim_world *w, struct us_sim_account *a)
{
    uint32_t user = a->joined++;
    uint32_t ms = us_sim_moment(w, a);
    w->truth.users++;
    us_sim_emit(w, a, SIM_INVITE_ACCEPTED, ms)->user = user;
    struct us_sim_event *ev = us_sim_emit(w, a, SIM_IDENTIFY, ms + 400);
    ev->user = user;
    ev->flags = FLAG_FIRST;
    ev = us_sim_emit(w, a, SIM_GROUP, ms + 700);
    ev->user = user;
    ev->extra = a->plan;
    us_sim_session(w, a, user, ms + 5 * SECOND_MS);
    if (!sim_chance(a, 80000)) return;
    us_sim_emit(w, a, SIM_ADMIN_GRANTED, ms + 2 * MINUTE_MS)->extra = (uint16_t)user;
    ev = us_sim_emit(w, a, SIM_IDENTIFY, ms + 2 * MINUTE_MS + 500);
    ev->user = user;
    ev->flags = FLAG_ADMIN;
}

static void welcome(struct us_sim_world *w, struct us_sim_account *a)
{
    for (uint32_t n = a->pending; n > 0; n--) {
        uint32_t r = sim_below(sim_draw(a), 100);
        if (r >= 34) continue;
        a->pending--;
        if (r < 30) join(w, a);
    }
}

/* Whether one more may be invited; at the limit, what happens there. */
static bool seat_free(struct us_sim_world *w, struct us_sim_account *a, uint32_t ms)
{
    uint32_t cap = a->plan == PLAN_FREE ? FREE_SEATS : a->seats;
    if (a->joined + a->pending < cap) return true;
    if (a->plan != PLAN_FREE && us_sim_add_seats(w, a, ms)) return true;
    if (a->capped && !sim_chance(a, 250000)) return false;
    us_sim_emit(w, a, SIM_LIMIT_REACHED, ms)->extra = SEATS;
    us_sim_count_early(w, a, EARLY_LIMIT, ms);
    a->seat_limit = (uint16_t)w->day;
    if (a->pressed == DAY_NONE && a->converted == DAY_NONE) a->pressed = a->seat_limit;
    return false;
}

static void invite(struct us_sim_world *w, struct us_sim_account *a, uint32_t wish)
{
    uint32_t ms = us_sim_moment(w, a);
    for (uint32_t i = 0; i < wish; i++) {
        ms += 3 * SECOND_MS + sim_below(sim_draw(a), 12 * SECOND_MS);
        if (ms >= DAY_MS || !seat_free(w, a, ms)) return;
        us_sim_emit(w, a, SIM_INVITE_SENT, ms)->extra =
            (uint16_t)(a->joined + a->pending);
        us_sim_count_early(w, a, EARLY_INVITE, ms);
        if (a->joined + a->pending < a->size) a->pending++;
    }
}

static void integrate(struct us_sim_world *w, struct us_sim_account *a, bool young)
{
    if (a->integrated || !sim_chance(a, (young ? 9000U : 2000U) * a->mood / 256))
        return;
    a->integrated = true;
    uint32_t ms = us_sim_moment(w, a);
    us_sim_emit(w, a, SIM_INTEGRATION_CONNECTED, ms);
    us_sim_count_early(w, a, EARLY_INTEGRATION, ms);
}

void us_sim_growth(struct us_sim_world *w, struct us_sim_account *a)
{
    bool young = w->day - a->born < EARLY_DAYS;
    welcome(w, a);
    integrate(w, a, young);
    uint32_t here = (uint32_t)a->joined + a->pending;
    uint32_t room = here < a->size ? a->size - here : 0;
    uint32_t rate = (young ? 110000U : 30000U) * a->mood / 256;
    if (a->plan != PLAN_FREE) rate = 320000;
    if (room == 0) rate /= 40; /* colleagues who never come */
    if (!sim_chance(a, rate)) return;
    uint32_t wish = 1 + sim_below(sim_draw(a), young ? 3 : 2) + room / 12;
    invite(w, a, wish < INVITES_A_DAY ? wish : INVITES_A_DAY);
}

/* ---- a day's work ---- */

/* A client with a wrong clock, a phone that was offline, a retry: about 1.6 % of
 * lines. Only filler: what outcomes are defined by stays plain. */
static void blemish(struct us_sim_world *w, struct us_sim_account *a,
    struct us_sim_event *ev, uint64_t r)
{
    uint32_t which = (r >> 20) & 1023;
    uint32_t ms = ev->ms;
    if (which < 10 && ms + 5 * SECOND_MS < DAY_MS) {
        ev->lag_ms = 200 + sim_below(r, 4800);
        ev->ms = ms + ev->lag_ms;
        ev->flags |= FLAG_CLOCK;
    } else if (which < 14 && ev->user == 0 && w->day - a->born > LATE_AGE_DAYS) {
        ev->lag_ms = HOUR_MS / 4 + sim_below(r, LATE_MOST_MS);
    } else if (which == 14) {
        ev->flags |= FLAG_TWICE;
        w->done++;
    } else if (which == 15 && ms + 90 * SECOND_MS < DAY_MS) {
        struct us_sim_event first = *ev;
        struct us_sim_event *again = us_sim_emit(w, a, first.kind, ms);
        a->serial--;
        *again = first;
        again->lag_ms = 2 * SECOND_MS + sim_below(r, 88 * SECOND_MS);
        again->ms = ms + again->lag_ms;
        again->flags |= FLAG_AGAIN;
    }
}

/* What people look at on the site when logged in: mostly docs and news. */
static uint16_t page_of(uint64_t r)
{
    static const uint8_t pages[16] = {PAGE_DOCS, PAGE_DOCS, PAGE_DOCS, PAGE_DOCS,
        PAGE_DOCS, PAGE_DOCS, PAGE_CHANGELOG, PAGE_CHANGELOG, PAGE_CHANGELOG,
        PAGE_PRICING, PAGE_PRICING, PAGE_SECURITY, PAGE_TERMS, PAGE_PRIVACY,
        PAGE_ENTERPRISE, PAGE_HOME};
    return pages[r & 15];
}

static void act(struct us_sim_world *w, struct us_sim_account *a, uint32_t user,
    uint32_t ms, us_sim_kind kind)
{
    uint64_t r = sim_draw(a);
    if (kind == SIM_LIMIT_REACHED && a->plan != PLAN_FREE) kind = SIM_DASHBOARD_VIEWED;
    struct us_sim_event *ev = us_sim_emit(w, a, kind, ms);
    ev->user = user;
    if (kind == SIM_PAGE) {
        ev->extra = page_of(r >> 8);
    } else if (kind == SIM_LIMIT_REACHED) {
        ev->extra = (uint16_t)(STORAGE + sim_below(r, 3));
        us_sim_count_early(w, a, EARLY_LIMIT, ms);
    } else if (kind == SIM_SEARCH_PERFORMED) {
        us_sim_count_early(w, a, EARLY_SEARCH, ms);
    } else if (kind == SIM_COMMENT_ADDED) {
        us_sim_count_early(w, a, EARLY_COMMENT, ms);
    } else {
        blemish(w, a, ev, r);
    }
}

void us_sim_session(
    struct us_sim_world *w, struct us_sim_account *a, uint32_t user, uint32_t ms)
{
    struct sim_person person = {.key = sim_hash(a->key, user), .user = user};
    const uint8_t *habit = w->habit[us_sim_role(&person)];
    uint64_t mean = (uint64_t)SESSION_EVENTS * (w->vigour > 65536 ? w->vigour : 65536);
    uint64_t more = (sim_exponential(sim_draw(a)) * mean) >> 32;
    uint32_t n = 1 + (uint32_t)(more < SESSION_MOST ? more : SESSION_MOST);
    for (uint32_t i = 0; i < n; i++) {
        uint64_t r = sim_draw(a);
        act(w, a, user, ms, i == 0 ? SIM_LOGIN : habit[r & 255]);
        uint32_t gap = (uint32_t)(((uint64_t)sim_exponential(r) * GAP_MS) >> 16);
        uint32_t left = ms < DAY_MS ? (DAY_MS - 1 - ms) / (n - i) : 0;
        ms += gap < left ? gap : left;
    }
}

void us_sim_sessions(struct us_sim_world *w, struct us_sim_account *a)
{
    if (w->day == a->born) us_sim_session(w, a, 0, a->born_ms + 20 * SECOND_MS);
    uint32_t rhythm = sim_weekend(w, w->day) ? WEEKEND_Q8 : 256;
    uint64_t chance = us_sim_potential(w, a) / a->joined * ACTIVE_Q16 * rhythm >> 8;
    if (w->vigour < 65536) chance = chance * w->vigour >> 16;
    for (uint32_t user = 0; user < a->joined; user++) {
        uint64_t h = sim_hash(a->key, user) >> 56;
        uint64_t mine = (chance * (60 + (h * h >> 7))) >> 16;
        if (mine > ACTIVE_MOST_Q16) mine = ACTIVE_MOST_Q16;
        if ((sim_draw(a) >> 48) < mine) us_sim_session(w, a, user, us_sim_moment(w, a));
    }
}

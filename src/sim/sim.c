/* sim.c: the run. A pilot of a few thousand accounts, counted and forgotten, says how
 * many lines an account makes and how they fall over the days; the run then takes as
 * many accounts as the target needs and steers how busy people are, a little and for
 * all alike, to meet it. Days are made one at a time: memory holds the accounts in use
 * and one day's events.
 */
#include "sim/sim.h"

#include "base/time.h"
#include "sim/sim_inner.h"

enum {
    PILOT_ACCOUNTS = 5000,
    DAY_EVENTS_MAX = 50000000, /* what memory is meant to hold: about 3 GB */
    SMOOTH_DAYS = 14,          /* either side */
    SIZE_LEAST = 20,
    SIZE_MOST = 2000,
    EVENTS_PER_SIZE = 100, /* no account larger than a hundredth of a small run */
    REPS = 6,
    ACCOUNTS_PER_REP = 20000,
    VISITOR_SHARE = 25, /* one line in so many */
    STEER_DAYS = 4,
    ROWS_AT_ONCE = 4096
};

#define VIGOUR_LEAST 0.1
#define VIGOUR_MOST  4.0

/* What the pilot found. */
struct plan {
    uint64_t *arrivals; /* weight of the days before each */
    double *outlook;    /* by day: how many days like it are still to come */
    double per_account;
    double per_potential;
};

const char *us_sim_file_name(us_sim_file file)
{
    static const char *const names[US_SIM_FILES] = {"events.ndjson", "accounts.csv",
        "contacts.csv", "payments.csv", "deals.csv", "activities.csv", "mqls.csv",
        "companies.csv", "truth.json"};
    return names[file];
}

static us_code check(const struct us_sim_options *o, struct us_error *e)
{
    if (o->events < 1 || o->events > US_SIM_EVENTS_MAX)
        return us_fail(e, US_USAGE, "sim.bad_events",
            US_ARGS(US_WHOLE("n", o->events), US_WHOLE("most", US_SIM_EVENTS_MAX)));
    if (o->days < 1 || o->days > US_SIM_DAYS_MAX)
        return us_fail(e, US_USAGE, "sim.bad_days",
            US_ARGS(US_WHOLE("n", o->days), US_WHOLE("most", US_SIM_DAYS_MAX)));
    if (o->end % US_DAY_US != 0 || o->end > US_TIME_MAX ||
        o->end < US_TIME_MIN + US_SIM_DAYS_MAX * US_DAY_US)
        return us_fail(e, US_USAGE, "sim.bad_end", US_ARGS(US_TIME("end", o->end)));
    if (o->events / o->days > DAY_EVENTS_MAX)
        return us_fail(e, US_LIMIT, "sim.too_many_a_day",
            US_ARGS(
                US_WHOLE("n", o->events / o->days), US_WHOLE("most", DAY_EVENTS_MAX)));
    return US_OK;
}

static void world_open(
    struct us_sim_world *w, const struct us_sim_options *o, uint32_t accounts, bool dry)
{
    *w = (struct us_sim_world){
        .o = o,
        .seed = sim_mix(o->seed + UINT64_C(0x5eed)),
        .days = (uint32_t)o->days,
        .start_day = us_day(o->end) - o->days,
        .accounts = accounts,
        .reps = REPS + accounts / ACCOUNTS_PER_REP,
        .dry = dry,
        .vigour = 65536,
    };
    int64_t most = o->events / EVENTS_PER_SIZE;
    w->size_max = (uint32_t)(most < SIZE_LEAST  ? SIZE_LEAST
                             : most > SIZE_MOST ? SIZE_MOST
                                                : most);
    size_t a_day = (size_t)(o->events / o->days) * 8 + ((size_t)1 << 22);
    us_arena_init(&w->live_arena, sizeof *w->live * ((size_t)accounts + 1));
    us_arena_init(&w->event_arena, a_day * sizeof *w->events);
    us_arena_init(&w->key_arena, a_day * 4 * sizeof *w->keys);
    us_arena_init(&w->row_arena, a_day * sizeof *w->rows);
    us_arena_init(&w->text_arena, (size_t)1 << 31);
    us_arena_init(&w->fixed, (size_t)1 << 23);
    w->live = (struct us_sim_account *)(void *)w->live_arena.base;
    us_sim_habits(w);
    if (!dry) us_sim_out_init(w);
}

static void world_close(struct us_sim_world *w)
{
    us_arena_done(&w->live_arena);
    us_arena_done(&w->event_arena);
    us_arena_done(&w->key_arena);
    us_arena_done(&w->row_arena);
    us_arena_done(&w->text_arena);
    us_arena_done(&w->fixed);
}

static void births(struct us_sim_world *w, const struct plan *plan)
{
    uint64_t upto = w->accounts * plan->arrivals[w->day + 1] / plan->arrivals[w->days];
    while (w->born < upto)
        us_sim_birth(w, w->born++);
}

/* Everybody's day; those who are over leave the list, which keeps its order. */
static void live(struct us_sim_world *w)
{
    size_t kept = 0;
    for (size_t i = 0; i < w->live_count; i++) {
        struct us_sim_account *a = &w->live[i];
        if (!us_sim_live(w, a)) {
            us_sim_close(w, a);
            continue;
        }
        if (kept != i) w->live[kept] = *a;
        kept++;
    }
    w->live_count = kept;
    us_arena_pop(&w->live_arena, (us_mark){(char *)(w->live + kept)});
}

static double potential(const struct us_sim_world *w)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < w->live_count; i++)
        sum += us_sim_potential(w, &w->live[i]);
    return (double)sum;
}

/* More accounts arrive every day, twice as many at the end; few at weekends. */
static void arrivals(const struct us_sim_world *w, struct plan *plan)
{
    plan->arrivals[0] = 0;
    for (uint32_t d = 0; d < w->days; d++)
        plan->arrivals[d + 1] =
            plan->arrivals[d] + (uint64_t)(w->days + d) * (sim_weekend(w, d) ? 2 : 5);
}

/* What is still to come, in days like each: of the pilot's potential, smoothed over a
 * window that stays symmetric, so that growth does not bend it. */
static void outlooks(
    const struct us_sim_world *w, const double *pilot, struct plan *plan)
{
    for (uint32_t d = 0; d < w->days; d++) {
        uint32_t reach = d < w->days - 1 - d ? d : w->days - 1 - d;
        if (reach > SMOOTH_DAYS) reach = SMOOTH_DAYS;
        double near = 0;
        double rest = 0;
        for (uint32_t k = d - reach; k <= d + reach; k++)
            near += pilot[k];
        for (uint32_t k = d; k < w->days; k++)
            rest += pilot[k];
        plan->outlook[d] = rest / (near / (2 * reach + 1) + 1);
    }
}

static void pilot(
    const struct us_sim_options *o, struct us_arena *fixed, struct plan *plan)
{
    struct us_sim_world w;
    world_open(&w, o, PILOT_ACCOUNTS, true);
    plan->arrivals = us_new(fixed, uint64_t, w.days + 1);
    plan->outlook = us_new(fixed, double, w.days);
    double *by_day = us_new(fixed, double, w.days);
    double sum = 0;
    arrivals(&w, plan);
    for (w.day = 0; w.day < w.days; w.day++) {
        births(&w, plan);
        by_day[w.day] = potential(&w);
        sum += by_day[w.day];
        live(&w);
    }
    outlooks(&w, by_day, plan);
    plan->per_account = (double)w.done / PILOT_ACCOUNTS;
    plan->per_potential = (double)w.done / (sum + 1);
    world_close(&w);
}

/* How busy people are today: what is left of the target over what would come by
 * itself. Changes slowly, so that it shows in nobody's trend. The answer is how many
 * lines of unknown visitors go with it. */
static uint64_t steer(struct us_sim_world *w, const struct plan *plan)
{
    int64_t left = w->o->events - w->done;
    double today = plan->per_potential * potential(w);
    double aim = left > 0 ? (double)left * (1 - 1.0 / VISITOR_SHARE) /
                                (today * plan->outlook[w->day] + 1)
                          : 0;
    if (aim > VIGOUR_MOST) aim = VIGOUR_MOST;
    if (aim < VIGOUR_LEAST) aim = VIGOUR_LEAST;
    double now = w->vigour / 65536.0;
    w->vigour = (uint32_t)((now + (aim - now) / STEER_DAYS) * 65536);
    return (uint64_t)(today * w->vigour / 65536 / (VISITOR_SHARE - 1));
}

static void close_all(struct us_sim_world *w)
{
    w->day = w->days - 1;
    for (size_t i = 0; i < w->live_count; i++) {
        us_sim_close(w, &w->live[i]);
        if (w->row_count >= ROWS_AT_ONCE) us_sim_day_out(w);
    }
    us_sim_day_out(w);
}

static void history(struct us_sim_world *w, const struct plan *plan)
{
    if (!w->o->only_events) us_sim_row_heads(w);
    for (w->day = 0; w->day < w->days && !w->failed; w->day++) {
        us_sim_date(w, w->date, w->day);
        w->date[10] = 'T';
        births(w, plan);
        us_sim_visitors(w, steer(w, plan));
        live(w);
        us_sim_day_out(w);
        if (w->o->progress) w->o->progress(w->o->ctx, w->truth.lines);
    }
    close_all(w);
    if (!w->o->only_events) us_sim_truth_write(w);
    us_sim_flush(w);
}

us_code us_sim_run(const struct us_sim_options *options, struct us_error *e)
{
    US_TRY(check(options, e));
    struct us_arena fixed;
    us_arena_init(&fixed, (size_t)1 << 20);
    struct plan plan;
    pilot(options, &fixed, &plan);
    double accounts =
        (double)options->events * (1 - 1.0 / VISITOR_SHARE) / plan.per_account;
    struct us_sim_world w;
    world_open(&w, options, accounts < 1 ? 1 : (uint32_t)accounts, false);
    history(&w, &plan);
    us_code code = US_OK;
    if (w.failed)
        code = us_fail(e, US_IO, "sim.write_failed",
            US_ARGS(US_TEXT("file", us_str_c(us_sim_file_name(w.failed_file)))));
    world_close(&w);
    us_arena_done(&fixed);
    return code;
}

#include "answer/crew.h"

#include "base/thread.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

/* Accounts at most, and bytes of what came of them in one hand, after which a wave
 * ends: at its end hands wait for the one that has the largest account. */
enum { WAVE = 4096, RESULTS_BYTES = 8 << 20 };
static const size_t BYTES_MAX = (size_t)8 << 30;

struct wave {
    const struct us_crew_asked *asked;
    size_t from, to;
    void **results; /* of the wave */
    atomic_size_t next;
    atomic_bool full; /* some hand has results enough */
};

struct hand {
    pthread_t thread;
    struct us_arena memory, work, results;
    struct us_replay *replay;
    struct wave *wave;
};

bool us_crew_take(const struct us_crew_account *of, struct us_replay *replay,
    struct us_arena *a, struct us_runs *out)
{
    us_replay_account(of->view, of->i, a, out);
    us_replay_take(replay, out, of->until);
    return us_past_start(us_replay_past(replay)) <= of->until ||
           us_replay_since(of->view, of->i) <= of->until;
}

static void *work(void *arg)
{
    struct hand *h = arg;
    struct wave *w = h->wave;
    const struct us_crew_asked *asked = w->asked;
    while (!atomic_load(&w->full)) {
        size_t i = w->from + atomic_fetch_add(&w->next, 1);
        if (i >= w->to) return NULL;
        us_arena_reset(&h->work);
        struct us_runs runs;
        struct us_crew_account of = {asked->view, i, asked->until};
        bool known = us_crew_take(&of, h->replay, &h->work, &runs);
        struct us_hand hand = {h->replay, &runs, &h->results, &h->work};
        w->results[i - w->from] = known ? asked->work(asked->ctx, &hand, i) : NULL;
        if (us_arena_used(&h->results) > RESULTS_BYTES) atomic_store(&w->full, true);
    }
    return NULL;
}

static void *begin(void *arg)
{
    us_thread_is("usher-crew", 0);
    return work(arg);
}

/* One thread less than there are hands: the caller's own works too. */
static us_code wave_done(struct hand *hands, int count, struct us_error *e)
{
    int begun = 1;
    for (; begun < count; begun++)
        if (pthread_create(&hands[begun].thread, NULL, begin, &hands[begun]) != 0)
            break;
    work(&hands[0]);
    for (int i = 1; i < begun; i++)
        pthread_join(hands[i].thread, NULL);
    return begun == count ? US_OK : us_fail(e, US_IO, "answer.no_thread", NULL);
}

static us_code waves(struct wave *w, struct hand *hands, int count, struct us_error *e)
{
    const struct us_crew_asked *asked = w->asked;
    size_t total = us_replay_count(asked->view);
    for (w->from = 0; w->from < total; w->from = w->to) {
        w->to = w->from + WAVE < total ? w->from + WAVE : total;
        if (asked->progress)
            asked->progress(asked->progress_ctx, "answer.replaying", (int64_t)w->from,
                (int64_t)total);
        if (asked->stop && *asked->stop)
            return us_fail(e, US_REFUSED, "answer.stopped", NULL);
        atomic_store(&w->next, 0);
        atomic_store(&w->full, false);
        US_TRY(wave_done(hands, count, e));
        size_t taken = w->from + atomic_load(&w->next);
        if (taken < w->to) w->to = taken; /* the rest is of the next one */
        for (size_t i = w->from; i < w->to; i++)
            if (w->results[i - w->from])
                US_TRY(asked->tell(asked->ctx, i, w->results[i - w->from], e));
        for (int h = 0; h < count; h++)
            us_arena_reset(&hands[h].results);
    }
    return US_OK;
}

us_code us_crew_run(const struct us_crew_asked *asked, struct us_error *e)
{
    void *results[WAVE] = {0};
    struct hand hands[US_CREW_HANDS_MAX];
    struct wave w = {.asked = asked, .results = results};
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    int count = asked->hands > 0 ? asked->hands : processors > 0 ? (int)processors : 1;
    if (count > US_CREW_HANDS_MAX) count = US_CREW_HANDS_MAX;
    for (int i = 0; i < count; i++) {
        us_arena_init(&hands[i].memory, BYTES_MAX);
        us_arena_init(&hands[i].work, BYTES_MAX);
        us_arena_init(&hands[i].results, BYTES_MAX);
        hands[i].replay = us_replay_new(asked->rules, &hands[i].memory);
        hands[i].wave = &w;
    }
    us_code code = waves(&w, hands, count, e);
    for (int i = 0; i < count; i++) {
        us_replay_done(hands[i].replay);
        us_arena_done(&hands[i].results);
        us_arena_done(&hands[i].work);
        us_arena_done(&hands[i].memory);
    }
    return code;
}

/* loader_beside.c: handles to ask by while the loader goes on. */

#include "base/thread.h"
#include "history/replay.h"
#include "server/clock.h"
#include "server/loader_inner.h"

#include <time.h>

struct beside {
    struct us_loader *loader;
    us_loader_work *prepare;
    void *ctx;
    struct us_history **out;
};

/* Counted within the turn: nobody closes history before it is. */
static us_code beside_make(void *ctx, struct us_history *h, struct us_error *e)
{
    const struct beside *b = ctx;
    if (b->prepare) US_TRY(b->prepare(b->ctx, h, e));
    US_TRY(us_history_beside(h, b->out, e));
    pthread_mutex_lock(&b->loader->lock);
    b->loader->beside++;
    pthread_mutex_unlock(&b->loader->lock);
    return US_OK;
}

us_code us_loader_beside(
    struct us_loader *l, us_pos upto, struct us_history **out, struct us_error *e)
{
    struct beside b = {.loader = l, .out = out};
    loader_gate_pass(l);
    return us_loader_use(l, upto, beside_make, &b, e);
}

us_code us_loader_beside_soon(struct us_loader *l, struct us_loader_wish *wish,
    us_loader_work *prepare, void *ctx, struct us_history **out, struct us_error *e)
{
    struct beside b = {l, prepare, ctx, out};
    loader_gate_pass(l);
    return us_loader_use_soon(l, wish, beside_make, &b, e);
}

void us_loader_beside_close(struct us_loader *l, struct us_history *h)
{
    us_history_close(h);
    pthread_mutex_lock(&l->lock);
    l->beside--;
    pthread_cond_signal(&l->woken);
    pthread_mutex_unlock(&l->lock);
}

/* ---- the replay store ---- */

us_code us_loader_lay(struct us_loader *l, struct us_error *e)
{
    struct us_history *h = NULL;
    if (pthread_mutex_trylock(&l->laying)) return US_OK; /* somebody does */
    pthread_mutex_lock(&l->lock);
    int64_t rows = l->shown.rows;
    pthread_mutex_unlock(&l->lock);
    int64_t from = us_server_ticks();
    us_code code = us_loader_beside(l, (us_pos){0}, &h, e);
    if (code == US_OK) code = us_replay_lay(l->options.data, h, &l->lay_ends, e);
    if (h) us_loader_beside_close(l, h);
    pthread_mutex_lock(&l->lock);
    int64_t now = us_server_ticks();
    if (code == US_OK) {
        l->laid_rows = rows;
        l->lay_from = now + US_LOADER_LAY_REST * (now - from);
    } else if (!l->lay_ends) {
        l->lay_from = now + US_LOADER_LAY_PAUSE_MS * INT64_C(1000);
    }
    l->shown.lays += code == US_OK;
    pthread_mutex_unlock(&l->lock);
    pthread_mutex_unlock(&l->laying);
    return code;
}

/* False: it is to stop. */
static bool lay_wait(struct us_loader *l)
{
    pthread_mutex_lock(&l->lock);
    for (;;) {
        int64_t rows = l->shown.rows - l->laid_rows;
        bool due = (l->laid_rows < 0 || rows >= US_REPLAY_SEGMENT_EVENTS) &&
                   us_server_ticks() >= l->lay_from && !l->alones;
        if (l->stop || (l->shown.open && due)) break;
        struct timespec at = us_server_in_ms(US_LOADER_LAY_LOOK_MS);
        pthread_cond_timedwait(&l->stopped, &l->lock, &at);
    }
    bool on = !l->stop;
    pthread_mutex_unlock(&l->lock);
    return on;
}

void *loader_lay_run(void *ctx)
{
    struct us_loader *l = ctx;
    us_thread_is("usher-lay", US_LOADER_LAY_NICE);
    while (lay_wait(l)) {
        us_code code = us_loader_lay(l, NULL);
        (void)code; /* questions then cost what they did */
    }
    return NULL;
}

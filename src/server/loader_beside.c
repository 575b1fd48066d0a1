/* loader_beside.c: handles to ask by while the loader goes on. */

#include "server/loader_inner.h"

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

/* loader_turn.c: history opened anew: by other rules, or another file of it. */
#include "server/clock.h"
#include "server/loader_inner.h"

#include <unistd.h>

/* For those who ask to be done: a command that takes history away waits for studies, an
 * administrator who has the configuration read anew only for questions. */
enum { ANEW_WAIT_MS = 600000, RULES_WAIT_MS = 10000, ASKED_LOOK_MS = 20 };

/* Questions that overlap leave no such moment by themselves: new ones wait for so long,
 * in which the others end. Where one does not, as a study, they go on for as long, and
 * so by turns. */
enum { GATE_MS = 2000 };

static void gate_set(struct us_loader *l, bool *closed, bool close)
{
    if (*closed == close) return;
    *closed = close;
    pthread_mutex_lock(&l->lock);
    l->gates += close ? 1 : -1;
    pthread_cond_broadcast(&l->turned);
    pthread_mutex_unlock(&l->lock);
}

void loader_gate_pass(struct us_loader *l)
{
    pthread_mutex_lock(&l->lock);
    while (l->gates)
        pthread_cond_wait(&l->turned, &l->lock);
    pthread_mutex_unlock(&l->lock);
}

/* Whoever lays the replay store asks beside, too, and can be told to leave off. */
static void alone_wanted(struct us_loader *l, bool wanted)
{
    pthread_mutex_lock(&l->lock);
    l->alones += wanted ? 1 : -1;
    l->lay_ends = l->alones || l->stop;
    pthread_mutex_unlock(&l->lock);
}

/* With a turn in which nobody asks beside; who asks for long does not keep the others
 * from their turns meanwhile. */
static us_code alone_wait(struct us_loader *l, int64_t wait_ms, struct us_error *e)
{
    int64_t from = us_server_ticks();
    bool closed = false;
    for (;;) {
        int64_t ms = (us_server_ticks() - from) / 1000;
        gate_set(l, &closed, ms / GATE_MS % 2 == 0);
        loader_turn_take(l);
        us_code code = loader_nobody_beside(l, e);
        if (code != US_OK) loader_turn_give(l);
        if (code != US_BUSY || ms > wait_ms) {
            gate_set(l, &closed, false);
            return code;
        }
        usleep(ASKED_LOOK_MS * 1000);
    }
}

static us_code turn_alone(struct us_loader *l, int64_t wait_ms, struct us_error *e)
{
    alone_wanted(l, true);
    us_code code = alone_wait(l, wait_ms, e);
    alone_wanted(l, false);
    return code;
}

/* Further columns are built in a turn like any other, beside who asks. */
struct wanting {
    struct us_loader *loader;
    const struct us_history_rules *rules;
};

static us_code columns_want(void *ctx, struct us_history *h, struct us_error *e)
{
    const struct wanting *w = ctx;
    US_TRY(us_history_want(h, w->rules, NULL, NULL, e));
    w->loader->options.rules = w->rules;
    return US_OK;
}

us_code us_loader_rules(
    struct us_loader *l, const struct us_history_rules *rules, struct us_error *e)
{
    struct wanting w = {l, rules};
    loader_turn_take(l);
    bool alike = l->history && !l->anew &&
                 us_history_rules_alike(us_history_rules(l->history), rules);
    loader_turn_give(l);
    if (alike) return us_loader_use(l, (us_pos){0}, columns_want, &w, e);
    US_TRY(turn_alone(l, RULES_WAIT_MS, e));
    const struct us_history_rules *old = l->options.rules;
    loader_closed(l);
    l->options.rules = rules;
    us_code code = loader_opened(l, e);
    if (code != US_OK) {
        loader_closed(l);
        l->options.rules = old;
    }
    loader_turn_give(l);
    return code;
}

const struct us_history_rules *us_loader_ruled(struct us_loader *l)
{
    loader_turn_take(l);
    const struct us_history_rules *rules = l->options.rules;
    loader_turn_give(l);
    return rules;
}

void us_loader_rules_back(struct us_loader *l, const struct us_history_rules *rules)
{
    loader_turn_take(l);
    l->options.rules = rules;
    l->anew =
        l->history && !us_history_rules_alike(us_history_rules(l->history), rules);
    loader_turn_give(l);
}

us_code us_loader_alone(struct us_loader *l, struct us_error *e)
{
    US_TRY(turn_alone(l, ANEW_WAIT_MS, e));
    loader_turn_give(l);
    return US_OK;
}

us_code us_loader_anew(
    struct us_loader *l, us_loader_put *put, void *ctx, struct us_error *e)
{
    struct us_error later;
    US_TRY(turn_alone(l, ANEW_WAIT_MS, e));
    loader_closed(l);
    us_code code = put(ctx, e);
    us_code open = loader_opened(l, code == US_OK ? e : &later);
    loader_turn_give(l);
    return code == US_OK ? open : code;
}

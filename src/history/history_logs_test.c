/* history_logs_test.c: logs of random histories, loaded in any order and in pieces,
 * held against the model of history_model.h. SEED=n runs one of them, ROUNDS=n more.
 */
#include "history/history_model.h"

enum { ROUNDS = 25 };

/* ---- the run ---- */

static us_str need_names[] = {US_S_INIT("n0"), US_S_INIT("n1")};
static us_str need_account[] = {US_S_INIT("plan"), US_S_INIT("country")};
static us_str need_user[] = {US_S_INIT("role")};
static struct us_column need_columns[] = {
    {US_S_INIT("v"), US_STRING}, {US_S_INIT("v"), US_NUMBER}};
static const us_str fixed[] = {US_S_INIT("country")};

static struct us_need need_all(void)
{
    return (struct us_need){.names = need_names,
        .name_count = 2,
        .columns = need_columns,
        .column_count = 2,
        .account_traits = need_account,
        .account_trait_count = 2,
        .user_traits = need_user,
        .user_trait_count = 1,
        .any = true,
        .payments = true,
        .deals = true};
}

/* Any order, but what is undone was done before. */
static void shuffle(struct story *s, size_t *order)
{
    size_t place[MOVES_MAX];
    for (size_t i = 0; i < s->count; i++) {
        size_t j = draw(&s->seed, i + 1);
        order[i] = order[j];
        order[j] = i;
    }
    for (size_t i = 0; i < s->count; i++)
        place[order[i]] = i;
    for (size_t i = 0; i < s->count; i++) {
        const struct move *m = &s->moves[i];
        if (m->type != UNDO || m->target < 0 || place[m->target] < place[i]) continue;
        size_t t = (size_t)m->target;
        order[place[i]] = t;
        order[place[t]] = i;
        size_t p = place[i];
        place[i] = place[t];
        place[t] = p;
    }
}

static bool undo_follows(const struct story *s, const size_t *order)
{
    bool done[MOVES_MAX] = {false};
    for (size_t i = 0; i < s->count; i++) {
        const struct move *m = &s->moves[order[i]];
        if (m->type == UNDO && m->target >= 0 && !done[m->target]) return false;
        done[order[i]] = true;
    }
    return true;
}

/* Load the story in this order, cut, settled and reopened at random places. */
static us_code told(struct fixture *x, struct story *s, const size_t *order,
    const struct us_history_rules *rules, struct us_history **h, struct us_error *e)
{
    US_TRY(us_history_open(x->dir, rules, true, NULL, NULL, h, e));
    for (size_t i = 0; i < s->count; i++) {
        move_write(x, s, &s->moves[order[i]]);
        uint64_t then = draw(&s->seed, 12);
        if (then < 3) US_TRY(fixture_load(x, *h, e));
        if (then == 0) US_TRY(us_history_commit(*h, e));
        if (then == 1) US_TRY(us_history_settle(*h, e));
        if (then == 2 && draw(&s->seed, 3) == 0) {
            US_TRY(us_history_commit(*h, e));
            us_history_close(*h);
            *h = NULL;
            US_TRY(us_history_open(x->dir, rules, true, NULL, NULL, h, e));
        }
    }
    US_TRY(fixture_load(x, *h, e));
    return us_history_settle(*h, e);
}

struct money {
    size_t without, payments, deals;
};

static us_code money_take(void *ctx, const struct us_log *log, struct us_error *e)
{
    struct money *m = ctx;
    (void)e;
    m->without += !log->payment_count && !log->deal_count;
    m->payments += log->payment_count;
    m->deals += log->deal_count;
    return US_OK;
}

/* Asked for payers alone nobody else comes, and no payment and no deal is missed. */
static bool payers_hold(struct us_history *h)
{
    struct us_need need = {.payments = true, .deals = true};
    struct money all = {0};
    struct money payers = {0};
    struct us_error e = {0};
    bool good = us_history_logs(
                    h, &need, (us_str){"", 0}, US_NEVER, money_take, &all, &e) == US_OK;
    need.payers = true;
    good = good && us_history_logs(h, &need, (us_str){"", 0}, US_NEVER, money_take,
                       &payers, &e) == US_OK;
    return good && payers.payments == all.payments && payers.deals == all.deals &&
           payers.without == 0;
}

static bool round_holds(struct us_tap *t, uint64_t seed, bool company)
{
    struct story s;
    story_draw(&s, seed, company);
    size_t order[MOVES_MAX];
    do
        shuffle(&s, order);
    while (!undo_follows(&s, order));
    struct fixture x;
    fixture_init(&x);
    struct us_history_rules rules = {.unit = company ? US_COMPANY : US_WORKSPACE,
        .currency = US_S("USD"),
        .columns = need_columns,
        .column_count = 2,
        .fixed = fixed,
        .fixed_count = 1,
        .threads = 1};
    struct us_history *h = NULL;
    struct us_error e = {0};
    bool good = told(&x, &s, order, &rules, &h, &e) == US_OK;
    if (!good) fixture_say(&e);
    struct us_need need = need_all();
    const int64_t untils[] = {US_NEVER, START + 20 * US_HOUR_US};
    for (size_t i = 0; good && i < 2; i++)
        good = fixture_same(fixture_logs(&x.a, h, &need, (us_str){"", 0}, untils[i]),
            model_logs(&x.a, &s, untils[i]));
    good = good && payers_hold(h);
    us_history_close(h);
    fixture_done(&x);
    (void)t;
    return good;
}

static void rounds(struct us_tap *t, bool company)
{
    const char *given = getenv("SEED");
    uint64_t first = given ? strtoull(given, NULL, 10) : 1;
    const char *more = getenv("ROUNDS");
    size_t count = given ? 1 : more ? strtoull(more, NULL, 10) : ROUNDS;
    for (size_t i = 0; i < count; i++) {
        if (round_holds(t, first + i, company)) continue;
        printf("# SEED=%llu company=%d\n", (unsigned long long)(first + i), company);
        CHECK_AS(t, false, "a random history gives the logs of the model");
        return;
    }
    CHECK_AS(t, true,
        company ? "companies: any order, in pieces, equals the model"
                : "workspaces: any order, in pieces, equals the model");
}

int main(void)
{
    struct us_tap t = {0};
    rounds(&t, false);
    rounds(&t, true);
    return us_tap_done(&t);
}

/* The live executor against the referee: the cases of every function, and on random
 * accounts and expressions every value at every moment; then, that a condition changes
 * only where its group was marked or its due moment had come. In between it is kept in
 * a file, and goes on as what was read of that.
 *
 *   live_test [SEED [COUNT]]    COUNT stories from SEED on; USHER_SOAK multiplies
 */

#include "file/file.h"
#include "signal/case.h"
#include "signal/function.h"
#include "signal/live.h"
#include "signal/live_fixture.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STORIES = 60, NODES = 16, PEOPLE = 5 };

static char kept_in[] = "/tmp/usher_live_XXXXXX"; /* a folder */

/* What was read of a file, in the place of what was written to it. */
static void keep(struct us_live **l, const struct us_live_plan *p, struct us_arena *a)
{
    static const us_print key = {3, 4};
    us_str path = us_file_join(a, us_str_c(kept_in), US_S("kept"));
    struct us_live *read = us_live_new(p, a);
    struct us_kept_file *k = NULL;
    us_assert(us_kept_write(path, key, &k, NULL) == US_OK);
    us_live_kept(k, *l);
    us_assert(us_kept_close(k, NULL) == US_OK);
    us_live_done(*l);
    us_assert(us_kept_read(path, key, &k, NULL) == US_OK);
    us_live_kept(k, read);
    us_assert(us_kept_close(k, NULL) == US_OK);
    *l = read;
}

struct check {
    struct story *story;
    struct feed feed;
    uint32_t nodes[NODES];
    char texts[NODES][STORY_TEXT_MAX];
    us_value known[NODES][PEOPLE + 1]; /* as of the last look; the last: the account */
    int64_t due[NODES][PEOPLE + 1];
    bool looked[PEOPLE + 1];
    bool good;
    size_t kept;
};

static void say(struct check *c, size_t k, int64_t t, const char *what)
{
    char text[US_TIME_TEXT_MAX];
    if (!c->good) return;
    c->good = false;
    printf("# seed %llu: %s of %s at %.*s\n", (unsigned long long)c->story->seed, what,
        c->texts[k], US_ARG(us_time_write(t, text)));
}

static bool per_user(const struct check *c, size_t k)
{
    return c->story->plan->nodes[c->nodes[k]].scope == US_PER_USER;
}

static us_value naive(struct check *c, size_t k, uint32_t user, int64_t t)
{
    struct story *y = c->story;
    us_mark mark = us_arena_mark(&y->work);
    us_value v = us_naive(y->plan, c->nodes[k], &y->log, user, t, &y->work);
    us_arena_pop(&y->work, mark);
    return v;
}

static struct us_now *now_for(struct check *c, size_t k, uint32_t user, int64_t t)
{
    struct us_now *q = us_live_now(c->feed.live, c->feed.slot, t);
    if (per_user(c, k)) us_now_of(q, us_live_member(c->feed.live, c->feed.slot, user));
    return q;
}

/* Every value. */
static void values_at(struct check *c, int64_t t)
{
    for (size_t k = 0; k < NODES; k++) {
        uint32_t users = per_user(c, k) ? PEOPLE : 1;
        for (uint32_t u = 0; u < users; u++) {
            uint32_t user = per_user(c, k) ? u : US_NOBODY;
            us_value got = us_now_value(now_for(c, k, user, t), c->nodes[k]);
            if (!us_value_same(got, naive(c, k, user, t))) say(c, k, t, "value");
        }
    }
}

/* Values are asked for where something was marked or is due, and nowhere else. */
static void look(struct check *c, size_t k, uint32_t u, int64_t t, bool marked)
{
    uint32_t user = u < PEOPLE ? u : US_NOBODY;
    us_value want = naive(c, k, user, t);
    const struct us_node *n = &c->story->plan->nodes[c->nodes[k]];
    bool truth = n->kind == US_BOOL;
    if (marked || t >= c->due[k][u]) {
        struct us_now *q = now_for(c, k, user, t);
        us_value got = us_now_value(q, c->nodes[k]);
        if (!us_value_same(got, want)) say(c, k, t, "value asked");
        c->known[k][u] = got;
        c->due[k][u] =
            truth ? us_now_flips(q, c->nodes[k]) : us_now_changes(q, c->nodes[k]);
        if (c->due[k][u] <= t) say(c, k, t, "due");
        return;
    }
    us_value last = c->known[k][u];
    bool was = last.kind == US_BOOL && last.truth;
    bool is = want.kind == US_BOOL && want.truth;
    bool same = truth ? was == is : us_value_same(last, want);
    if (!same) say(c, k, t, "a change unnoticed");
}

static void looks_at(struct check *c, int64_t t)
{
    struct us_live *l = c->feed.live;
    const struct us_live_touched *list = NULL;
    bool person[PEOPLE + 1] = {false};
    size_t count = us_live_take_touched(l, &list);
    for (size_t i = 0; i < count; i++) {
        for (uint32_t u = 0; u < PEOPLE && list[i].member != US_MEMBER_NONE; u++)
            person[u] |= us_live_member(l, c->feed.slot, u) == list[i].member;
    }
    uint64_t marks = *us_live_marked(l, c->feed.slot);
    for (size_t k = 0; k < NODES; k++) {
        bool marked = marks >> k & 1;
        for (uint32_t u = 0; per_user(c, k) && u < PEOPLE; u++)
            look(c, k, u, t, marked || person[u]);
        if (!per_user(c, k)) look(c, k, PEOPLE, t, marked);
    }
    *us_live_marked(l, c->feed.slot) = 0;
    for (size_t i = 0; i < count; i++)
        us_live_rest(l, &list[i]);
}

static struct us_live_plan *plan_for(struct check *c)
{
    struct story *y = c->story;
    struct us_live_watch watches[2 * NODES];
    for (uint32_t k = 0; k < NODES; k++) {
        watches[2 * k] = (struct us_live_watch){c->nodes[k], k, US_TURN_RISE};
        watches[2 * k + 1] = (struct us_live_watch){c->nodes[k], k, US_TURN_FALL};
    }
    struct us_live_asked asked = {
        .watches = watches, .count = 2 * NODES, .groups = NODES, .people = true};
    return us_live_plan_new(y->plan, &asked, &y->memory);
}

static void run(struct check *c, uint64_t ties, void (*at)(struct check *, int64_t))
{
    struct story *y = c->story;
    enum { KEPT_EACH = 29 };
    struct us_live_plan *p = plan_for(c);
    struct us_live *live = us_live_new(p, &y->memory);
    feed_open(&c->feed, live, &y->log, ties, &y->memory);
    memset(c->known, 0, sizeof c->known);
    for (size_t i = 0; i < y->moment_count && c->good; i++) {
        feed_until(&c->feed, y->moments[i]);
        at(c, y->moments[i]);
        if (i % KEPT_EACH != ties % KEPT_EACH || us_live_any_touched(live)) continue;
        keep(&live, p, &y->memory);
        c->feed.live = live;
        c->kept++;
    }
    us_live_done(live);
}

static size_t one_story(struct us_tap *t, uint64_t seed)
{
    struct story y;
    struct check c = {.story = &y, .good = true};
    story_open(&y, seed);
    for (size_t k = 0; k < NODES; k++)
        c.nodes[k] = story_expression(&y, c.texts[k]);
    y.plan->need.any = true;
    us_plan_close(y.plan);
    y.hour_ticks = y.hours;
    story_fill(&y);
    run(&c, seed, values_at);
    CHECK_AS(t, c.good, "values equal the referee's");
    c.good = true;
    run(&c, seed + 1, looks_at);
    CHECK_AS(t, c.good, "no change is missed");
    story_close(&y);
    return c.kept;
}

/* The cases of every function, as its page shows them. */
static void one_case(struct us_tap *t, const struct us_case *c)
{
    struct story y;
    struct feed feed;
    story_open(&y, 1);
    us_source source = {us_str_c(c->expr), {0, 1, 1, 1}};
    us_scope scope = c->user ? US_PER_USER : US_PER_ACCOUNT;
    uint32_t node = us_plan_add(y.plan, source, US_MISSING, scope, &y.diags);
    us_plan_close(y.plan);
    us_case_read(y.plan, us_str_c(c->history), &y.memory, &y.log);
    struct us_live_watch watch = {node, 0, US_TURN_RISE};
    struct us_live_asked asked = {.watches = &watch, .count = 1, .groups = 1};
    struct us_live_plan *p = us_live_plan_new(y.plan, &asked, &y.memory);
    struct us_live *live = us_live_new(p, &y.memory);
    int64_t at = us_case_time(us_str_c(c->at));
    feed_open(&feed, live, &y.log, 1, &y.memory);
    feed_until(&feed, at);
    keep(&live, p, &y.memory);
    struct us_now *q = us_live_now(live, feed.slot, at);
    uint32_t user = c->user ? us_case_person(&y.log, us_str_c(c->user)) : US_NOBODY;
    if (c->user) us_now_of(q, us_live_member(live, feed.slot, user));
    us_value v = us_now_value(q, node);
    CHECK_AS(t, us_value_same(v, us_case_value(us_str_c(c->want))), c->about);
    us_live_done(live);
    story_close(&y);
}

/* More rows of a day than its cell holds, of which the rest is elsewhere. */
static void many_rows(struct us_tap *t)
{
    enum { ROWS = 70000 };
    struct story y;
    struct feed feed;
    story_open(&y, 1);
    us_source source = {US_S("count(\"E0\", 5d)"), {0, 1, 1, 1}};
    uint32_t node = us_plan_add(y.plan, source, US_MISSING, US_PER_ACCOUNT, &y.diags);
    us_plan_close(y.plan);
    struct us_log_event *events = us_new(&y.memory, struct us_log_event, ROWS + 1);
    for (int64_t i = 0; i <= ROWS; i++)
        events[i] = (struct us_log_event){.at = US_DAY_US * 20000 + i,
            .from = US_DAY_US * 20000 + i,
            .to = US_NEVER,
            .user = US_NOBODY};
    events[ROWS].at = events[ROWS].from = US_DAY_US * 20001;
    y.log = (struct us_log){.events = events, .event_count = ROWS + 1};
    struct us_live_watch watch = {node, 0, US_TURN_RISE};
    struct us_live_asked asked = {.watches = &watch, .count = 1, .groups = 1};
    struct us_live_plan *p = us_live_plan_new(y.plan, &asked, &y.memory);
    struct us_live *live = us_live_new(p, &y.memory);
    feed_open(&feed, live, &y.log, 1, &y.memory);
    while (feed.next < feed.row_count)
        feed_one(&feed, &feed.rows[feed.next++]);
    keep(&live, p, &y.memory);
    int64_t at = US_DAY_US * 20002;
    us_value v = us_now_value(us_live_now(live, feed.slot, at), node);
    CHECK_AS(t, us_value_same(v, us_number(ROWS + 1)), "more than a cell holds");
    us_live_done(live);
    story_close(&y);
}

int main(int argc, char **argv)
{
    struct us_tap t = {0};
    size_t kept = 0;
    us_assert(mkdtemp(kept_in));
    const char *soak = getenv("USHER_SOAK");
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : STORIES;
    if (soak) count *= strtoull(soak, NULL, 10);
    for (size_t f = 0; f < US_FUNCTIONS; f++)
        for (const struct us_case *c = us_function_of((us_function_id)f)->cases;
             c->about; c++)
            one_case(&t, c);
    many_rows(&t);
    for (uint64_t i = 0; i < count; i++)
        kept += one_story(&t, seed + i);
    printf("# kept %zu times on the way\n", kept);
    CHECK(&t, kept > 0 || !count);
    rmdir(kept_in);
    return us_tap_done(&t);
}

/* The evaluator as a part of the server: asked to stand still in the middle of a group,
 * it takes the group to its end. */

#include "history/history_fixture.h"
#include "server/follow_inner.h"
#include "server/sources.h"

enum { LOOKS = 4000, LOOK_US = 5000 };

struct bench {
    struct us_tap t;
    struct fixture x;
    us_str journal;
    struct us_rules *rules;
    struct us_history_rules history_rules;
    struct us_committer *committer;
    struct us_loader *loader;
    struct us_sources *sources;
    struct us_follow *follow;
    struct us_serve_part part;
    struct us_serve_parts parts;
    struct us_server_log log;

    pthread_t holder;
    us_code held;
    _Atomic bool asked; /* to stand still */
};

/* ---- a server without its HTTP ---- */

static void on_group(void *ctx, const struct us_group *g)
{
    struct bench *b = ctx;
    us_loader_wake(b->loader);
    b->part.group(b->part.ctx, g);
}

static struct us_loader_end on_durable(void *ctx)
{
    struct us_commit_end end = us_committer_end(((struct bench *)ctx)->committer);
    return (struct us_loader_end){end.at, end.seq};
}

static void *hold(void *ctx)
{
    struct bench *b = ctx;
    b->held = b->part.hold(b->part.ctx, true, NULL);
    return NULL;
}

/* In the thread that decides, within its step: it is asked before the step ends. */
static void on_told(void *ctx, int64_t last_id)
{
    struct bench *b = ctx;
    if (b->asked || last_id == 1) return;
    us_assert(pthread_create(&b->holder, NULL, hold, b) == 0);
    b->asked = true;
    for (bool there = false; !there; usleep(100)) {
        pthread_mutex_lock(&b->follow->lock);
        there = b->follow->hold;
        pthread_mutex_unlock(&b->follow->lock);
    }
}

static void rules_make(struct bench *b)
{
    struct us_diags d = {.arena = &b->x.a};
    struct us_config *config = NULL;
    us_code code = us_config_parse(US_S("usher.yml"),
        US_S("account: {unit: workspace}\n"
             "qualify:\n  a: {kind: pqa, must: ['count(\"E\", 30d) >= 2']}\n"),
        &b->x.a, &d, &config, NULL);
    us_assert(code == US_OK);
    us_rules_compile(config, &b->x.a, &d, &b->rules);
    us_assert(d.errors == 0);
    b->history_rules = (struct us_history_rules){.currency = US_S("USD"), .threads = 1};
}

static void bench_open(struct bench *b)
{
    fixture_init(&b->x);
    rules_make(b);
    b->log = (struct us_server_log){.fd = 2};
    b->journal = us_file_join(&b->x.a, b->x.dir, US_S("journal"));
    OK(&b->t, us_file_make_dirs(b->journal, e));
    b->sources = us_sources_new(NULL, 0, US_S("web"), &b->x.a);
    struct us_follow_options f = {.data = b->x.dir,
        .journal = b->journal,
        .rules = b->rules,
        .history_rules = &b->history_rules,
        .told = on_told,
        .ctx = b};
    b->follow = us_follow_new(&f, &b->x.a);
    b->part = us_follow_part(b->follow);
    struct us_committer_options c = {
        .dir = b->journal, .last_known = US_ALWAYS, .group = on_group, .ctx = b};
    OK(&b->t, us_committer_open(&c, &b->committer, e));
    struct us_loader_options l = {.data = b->x.dir,
        .journal = b->journal,
        .rules = &b->history_rules,
        .durable = on_durable,
        .ctx = b};
    OK(&b->t, us_loader_open(&l, &b->loader, e));
    b->parts =
        (struct us_serve_parts){b->committer, b->loader, b->sources, NULL, &b->log};
    OK(&b->t, b->part.open(b->part.ctx, &b->parts, e));
}

static void bench_close(struct bench *b)
{
    us_committer_stop(b->committer);
    b->part.close(b->part.ctx);
    us_loader_close(b->loader);
    us_committer_close(b->committer);
    us_sources_done(b->sources);
    fixture_done(&b->x);
}

/* ---- lines ---- */

static struct us_intake_message event(struct us_arena *a, const char *account)
{
    return (struct us_intake_message){
        .head = {.type = US_LINE_MESSAGE, .sent = US_NEVER, .source = US_S("web")},
        .m = us_arena_fmt(a,
            "{\"type\":\"track\",\"event\":\"E\",\"userId\":\"u-%s\",\"context\":"
            "{\"groupId\":\"%s\"}}",
            account, account)};
}

/* A link that nobody knows is taken back: all of history is to be loaded again. */
static struct us_intake_message undo(void)
{
    return (struct us_intake_message){
        .head = {.type = US_LINE_UNDO, .sent = US_NEVER, .source = US_S("web")},
        .m = US_S("{\"link\":999999}")};
}

static void put(struct bench *b, struct us_intake_message *items, size_t count)
{
    struct us_batch batch = {.items = items, .count = count};
    OK(&b->t, us_committer_put_wait(b->committer, &batch, e));
}

/* ---- what state has ---- */

/* "ACCOUNT CHANGE live", in the order in which it was told. */
static us_str told(struct bench *b)
{
    struct us_state *s = NULL;
    struct us_state_transition_list list = {0};
    const struct us_state_transitions_asked all = {0};
    struct us_buf out = us_buf_new(&b->x.a, 1 << 16);
    if (us_state_open(b->x.dir, false, &s, NULL) != US_OK) return us_buf_str(&out);
    us_assert(us_state_transitions(s, &all, &b->x.a, &list, NULL) == US_OK);
    for (size_t i = 0; i < list.count; i++)
        us_buf_fmt(&out, "%.*s %.*s %s\n", US_ARG(list.items[i].account),
            US_ARG(list.items[i].change), list.items[i].live ? "live" : "past");
    us_state_close(s);
    return us_buf_str(&out);
}

static us_str told_lines(struct bench *b, size_t lines)
{
    us_str text = {0};
    for (int i = 0; i < LOOKS; i++) {
        size_t there = 0;
        text = told(b);
        for (size_t k = 0; k < text.len; k++)
            there += text.ptr[k] == '\n';
        if (there >= lines) break;
        usleep(LOOK_US);
    }
    return text;
}

/* ---- cases ---- */

/* All that is durable is decided; how many transitions the evaluator at work told. */
static int64_t told_by_now(struct bench *b)
{
    us_pos end = us_committer_end(b->committer).at;
    struct us_evaluator_counts c = {0};
    for (int i = 0; i < LOOKS; i++) {
        c = us_follow_counts(b->follow).evaluator;
        if (c.loaded && !us_pos_before(c.position, end)) break;
        usleep(LOOK_US);
    }
    CHECK(&b->t, c.loaded && !us_pos_before(c.position, end));
    return c.told;
}

/* Of the group at hand some moments are told when it turns out that all has to be
 * loaded again; just then it is to stand still. Were it to stand before that group,
 * whoever goes on there would find lines of moments that are over, and tell all of the
 * past. */
static void held_within_a_group(struct bench *b)
{
    bench_open(b);
    struct us_arena *a = &b->x.a;
    struct us_intake_message first[] = {event(a, "first"), event(a, "first")};
    put(b, first, 2);
    CHECK(&b->t, fixture_same(told_lines(b, 1), US_S("first entered live\n")));
    struct us_intake_message group[] = {
        event(a, "late"), event(a, "late"), undo(), event(a, "more"), event(a, "more")};
    put(b, group, 5);
    for (int i = 0; i < LOOKS && !b->asked; i++)
        usleep(LOOK_US);
    us_assert(b->asked);
    pthread_join(b->holder, NULL);
    CHECK_AS(&b->t, b->held == US_OK, "it stands still");
    struct us_intake_message last[] = {event(a, "last"), event(a, "last")};
    put(b, last, 2);
    OK(&b->t, b->part.hold(b->part.ctx, false, e));
    CHECK_AS(&b->t,
        fixture_same(told_lines(b, 4), US_S("first entered live\nlate entered live\n"
                                            "more entered live\nlast entered live\n")),
        "all of the group is live");
    CHECK_AS(&b->t, told_by_now(b) == 1, "and nothing is told twice");
    bench_close(b);
}

int main(void)
{
    struct bench b = {0};
    held_within_a_group(&b);
    return us_tap_done(&b.t);
}

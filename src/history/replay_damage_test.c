/* replay_damage_test.c: files of the replay store that are not what was written: every
 * byte of them, their ends, other files under their names, and a builder that was
 * killed. All of it is noticed, and views are right after it.
 */
#include "history/history_story.h"
#include "history/replay_fixture.h"
#include "history/replay_store.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

static struct us_column columns[] = {
    {US_S_INIT("v"), US_STRING}, {US_S_INIT("v"), US_NUMBER}};
static us_str names[] = {US_S_INIT("n0"), US_S_INIT("n1")};
static const struct us_need need = {.names = names,
    .name_count = 2,
    .columns = columns,
    .column_count = 2,
    .any = true};
static const struct us_history_rules rules = {
    .currency = US_S_INIT("USD"), .columns = columns, .column_count = 2, .threads = 1};

enum { FILES_MAX = 16, BYTES_MAX = 1 << 20, KILLS = 12 };

struct world {
    struct us_tap *t;
    struct fixture x;
    struct us_history *h;
    us_str dir, wanted;
    us_str *files, *texts; /* of a store that is whole */
    size_t count;
};

static us_code store_open(
    struct world *w, struct us_replay_store **out, struct us_error *e)
{
    struct replay_tuning tuning = {
        .events_min = 1, .merge_factor = 2, .pass_rows = 7, .dirty_share = 8};
    struct replay_progress none = {0};
    return replay_open_tuned(w->x.dir, w->h, &tuning, none, out, e);
}

/* Opened, asked, and found right. */
static bool right(struct world *w)
{
    struct us_replay_store *s;
    struct us_error e = {0};
    if (store_open(w, &s, &e) != US_OK) {
        fixture_say(&e);
        return false;
    }
    bool good = fixture_same(fixture_view(&w->x.a, s, &need), w->wanted);
    us_replay_close(s);
    return good;
}

static us_str path_of(struct world *w, size_t i)
{
    return us_file_join(&w->x.a, w->dir, w->files[i]);
}

/* The store as it was when it was whole, and no other file. */
static void restore(struct world *w)
{
    us_assert(us_file_remove_tree(w->dir, NULL) == US_OK);
    us_assert(us_file_make_dirs(w->dir, NULL) == US_OK);
    for (size_t i = 0; i < w->count; i++)
        us_assert(us_file_write(path_of(w, i), w->texts[i], NULL) == US_OK);
}

static bool opens(struct world *w, size_t i)
{
    struct replay_name n;
    us_assert(replay_name_read(w->files[i], &n));
    struct replay_file f;
    enum replay_kind kind = n.rows ? REPLAY_ROWS : REPLAY_CELLS;
    bool good = replay_file_open(path_of(w, i), kind, n.number, &f);
    if (good) replay_file_close(&f);
    return good;
}

static void story_load(struct world *w, uint64_t seed)
{
    struct story s;
    story_draw(&s, seed, false);
    for (size_t i = 0; i < s.count; i++)
        move_write(&w->x, &s, &s.moves[i]);
    us_assert(fixture_load(&w->x, w->h, NULL) == US_OK);
    us_assert(us_history_settle(w->h, NULL) == US_OK);
}

/* Two segments and their columns. */
static void world_open(struct world *w, struct us_tap *t, uint64_t seed)
{
    *w = (struct world){.t = t};
    fixture_init(&w->x);
    w->dir = us_file_join(&w->x.a, w->x.dir, US_S("replay"));
    us_assert(
        us_history_open(w->x.dir, &rules, true, NULL, NULL, &w->h, NULL) == US_OK);
    for (uint64_t i = 0; i < 4; i++)
        story_load(w, seed + i);
    struct us_replay_store *s;
    us_assert(store_open(w, &s, NULL) == US_OK);
    us_replay_close(s);
    fixture_line(&w->x, US_LINE_MESSAGE, START + 50 * US_DAY_US,
        US_S("{\"type\":\"track\",\"event\":\"n1\",\"userId\":\"u1\",\"properties\":{"
             "\"v\":\"late\"},\"context\":{\"groupId\":\"g1\"}}"));
    us_assert(fixture_load(&w->x, w->h, NULL) == US_OK);
    us_assert(us_history_settle(w->h, NULL) == US_OK);
    w->wanted = fixture_logs(&w->x.a, w->h, &need, (us_str){"", 0}, US_NEVER);
    CHECK_AS(t, right(w), "a store with two segments is right");
    us_assert(us_file_list(w->dir, &w->x.a, &w->files, &w->count, NULL) == US_OK);
    us_assert(w->count <= FILES_MAX);
    w->texts = us_new(&w->x.a, us_str, w->count + 1);
    for (size_t i = 0; i < w->count; i++)
        us_assert(us_file_read(path_of(w, i), BYTES_MAX, &w->x.a, &w->texts[i], NULL) ==
                  US_OK);
}

static void world_close(struct world *w)
{
    us_history_close(w->h);
    fixture_done(&w->x);
}

static void flip(us_str path, size_t at)
{
    struct us_arena a;
    us_arena_init(&a, 1 << 16);
    int fd = open(us_arena_cstr(&a, path), O_RDWR);
    char c;
    us_assert(fd >= 0 && pread(fd, &c, 1, (off_t)at) == 1);
    c = (char)(c ^ 0x10);
    us_assert(pwrite(fd, &c, 1, (off_t)at) == 1);
    close(fd);
    us_arena_done(&a);
}

/* Every byte of every file, the head and its page, the parts and their sums. */
static void bytes(struct world *w)
{
    size_t missed = 0;
    size_t flipped = 0;
    for (size_t i = 0; i < w->count; i++) {
        us_str path = path_of(w, i);
        missed += !opens(w, i);
        for (size_t at = 0; at < w->texts[i].len; at++, flipped++) {
            flip(path, at);
            if (opens(w, i)) {
                printf("# %.*s: byte %zu\n", US_ARG(w->files[i]), at);
                missed++;
            }
            flip(path, at);
        }
    }
    printf("# %zu bytes\n", flipped);
    CHECK_AS(w->t, missed == 0, "no changed byte of any file goes unnoticed");
}

/* One byte of each part of each file, seen from above. */
static void parts(struct world *w)
{
    size_t wrong = 0;
    for (size_t i = 0; i < w->count; i++) {
        const struct replay_head *head =
            (const struct replay_head *)(const void *)w->texts[i].ptr;
        size_t at[REPLAY_PARTS + 3] = {0, 40, w->texts[i].len - 1};
        size_t n = 3;
        for (size_t p = 0; p < REPLAY_PARTS; p++)
            if (head->parts[p].bytes)
                at[n++] =
                    REPLAY_HEAD_BYTES + head->parts[p].from + head->parts[p].bytes / 2;
        for (size_t k = 0; k < n; k++) {
            restore(w);
            flip(path_of(w, i), at[k]);
            wrong += !right(w) || !right(w);
        }
    }
    CHECK_AS(w->t, wrong == 0, "a store with a damaged file is right, and heals");
}

static void ends(struct world *w)
{
    size_t wrong = 0;
    for (size_t i = 0; i < w->count; i++) {
        const size_t len = w->texts[i].len;
        const size_t cut[] = {0, 1, sizeof(struct replay_head), REPLAY_HEAD_BYTES,
            REPLAY_HEAD_BYTES + 8, len / 2, len - 8, len - 1};
        for (size_t k = 0; k < sizeof cut / sizeof *cut; k++) {
            restore(w);
            us_str text = us_str_slice(w->texts[i], 0, cut[k]);
            us_assert(us_file_write(path_of(w, i), text, NULL) == US_OK);
            wrong += opens(w, i) || !right(w);
        }
        restore(w);
        us_assert(us_file_write(path_of(w, i),
                      us_arena_fmt(&w->x.a, "%s", "no segment"), NULL) == US_OK);
        wrong += opens(w, i) || !right(w);
        us_assert(us_file_remove_tree(path_of(w, i), NULL) == US_OK);
        wrong += !right(w);
    }
    CHECK_AS(w->t, wrong == 0, "cut, foreign and missing files are made anew");
}

static void swaps(struct world *w)
{
    size_t wrong = 0;
    for (size_t i = 0; i < w->count; i++) {
        for (size_t k = 0; k < w->count; k++) {
            if (i == k) continue;
            restore(w);
            us_assert(us_file_write(path_of(w, i), w->texts[k], NULL) == US_OK);
            wrong += !right(w);
        }
    }
    CHECK_AS(w->t, wrong == 0, "one file under the name of another is not believed");
}

/* A head that is whole but says something else. */
static void heads(struct world *w)
{
    size_t wrong = 0;
    for (size_t i = 0; i < w->count; i++) {
        for (int what = 0; what < 6; what++) {
            struct replay_head head;
            memcpy(&head, w->texts[i].ptr, sizeof head);
            /* Cells are known by the rows they belong to. */
            if (what < 4 ? head.kind != REPLAY_ROWS
                         : what == 5 && head.kind != REPLAY_CELLS)
                continue;
            restore(w);
            head.birth += what == 0;
            head.schema += what == 1;
            head.unit += what == 2;
            head.range.to += what == 3 ? 1000 : 0;
            head.format += what == 4;
            head.of += what == 5;
            us_str own = {(const char *)&head, sizeof head - sizeof head.own};
            head.own = us_hash(own);
            char *text = us_new(&w->x.a, char, w->texts[i].len);
            memcpy(text, w->texts[i].ptr, w->texts[i].len);
            memcpy(text, &head, sizeof head);
            us_str made = {text, w->texts[i].len};
            us_assert(us_file_write(path_of(w, i), made, NULL) == US_OK);
            wrong += !right(w);
            us_str now;
            if (us_file_read(path_of(w, i), BYTES_MAX, &w->x.a, &now, NULL) != US_OK)
                continue;
            wrong += us_str_eq(now, made);
        }
    }
    CHECK_AS(w->t, wrong == 0, "files of another history, layout or unit are not used");
}

static void leftovers(struct world *w)
{
    restore(w);
    us_str left = us_file_join(&w->x.a, w->dir, US_S("00000009.rows.new"));
    us_str note = us_file_join(&w->x.a, w->dir, US_S("README"));
    us_assert(us_file_write(left, w->texts[0], NULL) == US_OK);
    us_assert(us_file_write(note, US_S("mine"), NULL) == US_OK);
    CHECK(w->t, right(w));
    CHECK_AS(w->t, !us_file_exists(left), "what a dead builder left is removed");
    CHECK_AS(w->t, us_file_exists(note), "files of other names are let be");
}

/* Builds for ever; never returns. */
_Noreturn static void build_on(struct world *w)
{
    us_assert(
        us_history_open(w->x.dir, &rules, true, NULL, NULL, &w->h, NULL) == US_OK);
    for (;;) {
        (void)us_file_remove_tree(w->dir, NULL);
        us_assert(right(w));
    }
}

static void kills(struct world *w)
{
    size_t wrong = 0;
    uint64_t seed = 5;
    us_history_close(w->h);
    for (int i = 0; i < KILLS; i++) {
        fflush(stdout);
        pid_t child = fork();
        us_assert(child >= 0);
        if (child == 0) build_on(w);
        usleep((useconds_t)(40000 + draw(&seed, 60000)));
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        us_assert(
            us_history_open(w->x.dir, &rules, true, NULL, NULL, &w->h, NULL) == US_OK);
        wrong += !right(w);
        us_history_close(w->h);
    }
    w->h = NULL;
    CHECK_AS(w->t, wrong == 0, "a builder killed at any moment leaves nothing wrong");
}

int main(void)
{
    struct us_tap t = {0};
    struct world w;
    world_open(&w, &t, 77);
    bytes(&w);
    parts(&w);
    ends(&w);
    swaps(&w);
    heads(&w);
    leftovers(&w);
    kills(&w);
    world_close(&w);
    return us_tap_done(&t);
}

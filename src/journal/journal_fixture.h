/* journal_fixture.h: what the tests of this folder share: a folder of their own, groups
 * of numbered lines, and all of a journal read back. */
#pragma once

#include "base/buf.h"
#include "base/tap.h"
#include "file/file.h"
#include "journal/journal_internal.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct fixture {
    struct us_arena arena;
    char path[64];
    us_str dir;
    int64_t seq;
};

static inline void fixture_init(struct fixture *f)
{
    *f = (struct fixture){0};
    us_arena_init(&f->arena, (size_t)1 << 30);
    /* In memory where there is such a folder: thousands of syncs cost nothing there. */
    const char *top = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(f->path, sizeof f->path, "%s/usher-journal-XXXXXX", top);
    us_assert(mkdtemp(f->path));
    f->dir = us_str_c(f->path);
}

static inline void fixture_done(struct fixture *f)
{
    us_code code = us_file_remove_tree(f->dir, NULL);
    us_assert(code == US_OK);
    us_arena_done(&f->arena);
}

static inline us_str fixture_path(struct fixture *f, const char *name)
{
    return us_file_join(&f->arena, f->dir, us_str_c(name));
}

/* Small segments of small frames. */
static inline struct us_journal_tuning fixture_tuning(void)
{
    struct us_journal_tuning t = us_journal_usual;
    t.frame_bytes = 700;
    t.segment_bytes = 6000;
    t.plain_bytes = 12000;
    t.plain_group = 5000;
    t.plain_mean = 1e9;
    return t;
}

/* The text of line `seq`: any two differ, lengths differ widely. */
static inline us_str fixture_line(struct us_arena *a, int64_t seq)
{
    static const char filler[] = "a\\nb \xe4\xb8\xad\xe6\x96\x87 0123456789 qwertyuiop";
    int repeat = (int)(seq * 7919 % 23);
    struct us_buf b = us_buf_new(a, 1 << 20);
    us_buf_fmt(&b,
        "{\"us\":{\"seq\":%" PRId64 "},\"m\":{\"messageId\":\"m-%" PRId64 "\"", seq,
        seq * 2654435761 % 1000003);
    for (int i = 0; i < repeat; i++)
        us_buf_fmt(&b, ",\"p%d\":\"%s\"", i, filler);
    us_buf_put(&b, US_S("}}\n"));
    return us_buf_str(&b);
}

/* A group of the next `lines` lines. */
static inline struct us_group fixture_group(struct fixture *f, uint64_t lines)
{
    struct us_buf b = us_buf_new(&f->arena, US_GROUP_BYTES_MAX);
    for (uint64_t i = 0; i < lines; i++)
        us_buf_put(&b, fixture_line(&f->arena, ++f->seq));
    struct us_group g = {.len = b.len, .lines = lines, .last_seq = f->seq};
    g.bytes = us_new(&f->arena, char, b.len + US_COMMIT_BYTES_MAX);
    memcpy(g.bytes, b.ptr, b.len);
    return g;
}

static inline us_code fixture_write(
    struct fixture *f, struct us_journal *j, uint64_t lines, struct us_error *e)
{
    struct us_group g = fixture_group(f, lines);
    us_journal_place(j, &g);
    return us_journal_write(j, &g, e);
}

/* A journal of `groups` groups of 1, 2, 3, 4, 5, 1 … lines. */
static inline us_code fixture_fill(struct fixture *f, struct us_journal *j, int groups)
{
    for (int i = 0; i < groups; i++)
        US_TRY(fixture_write(f, j, (uint64_t)(i % 5) + 1, NULL));
    return US_OK;
}

struct all {
    us_str text; /* of all groups, without commit lines */
    size_t groups;
    us_code code; /* US_NOT_FOUND at a clean end */
    us_pos end;
};

static inline struct all fixture_read(struct us_arena *a, us_str dir, us_pos from)
{
    struct all all = {0};
    struct us_journal_reader *r;
    struct us_buf b = us_buf_new(a, (size_t)256 << 20);
    all.end = from;
    all.code = us_journal_reader_open(dir, from, &r, NULL);
    if (all.code != US_OK) return all;
    for (;;) {
        us_str text;
        us_pos at;
        us_pos next;
        all.code = us_journal_reader_next(r, &text, &at, &next, NULL);
        if (all.code != US_OK) break;
        us_buf_put(&b, text);
        all.groups++;
        all.end = next;
    }
    us_journal_reader_close(r);
    all.text = us_buf_str(&b);
    return all;
}

/* Lines 1..seq, as a journal must give them back. */
static inline us_str fixture_text(struct us_arena *a, int64_t seq)
{
    struct us_buf b = us_buf_new(a, (size_t)256 << 20);
    for (int64_t i = 1; i <= seq; i++)
        us_buf_put(&b, fixture_line(a, i));
    return us_buf_str(&b);
}

static inline us_str fixture_file(struct fixture *f, const char *name)
{
    us_str text = {0};
    us_code code = us_file_read(fixture_path(f, name), 1 << 30, &f->arena, &text, NULL);
    us_assert(code == US_OK);
    return text;
}

static inline bool fixture_has(struct fixture *f, const char *name)
{
    return us_file_exists(fixture_path(f, name));
}

static inline void fixture_put(struct fixture *f, const char *name, us_str text)
{
    FILE *file = fopen(us_arena_cstr(&f->arena, fixture_path(f, name)), "wb");
    us_assert(file && fwrite(text.ptr, 1, text.len, file) == text.len);
    fclose(file);
}

static inline struct us_journal *fixture_open(struct fixture *f, us_journal_how how)
{
    struct us_journal_tuning t = fixture_tuning();
    struct us_journal *j = NULL;
    us_code code = us_journal_open_tuned(f->dir, how, &t, &j, NULL);
    us_assert(code == US_OK);
    return j;
}

/* Files whose names end so. */
static inline size_t fixture_files(struct fixture *f, const char *end)
{
    us_str *names = NULL;
    size_t count = 0;
    size_t found = 0;
    us_code code = us_file_list(f->dir, &f->arena, &names, &count, NULL);
    us_assert(code == US_OK);
    for (size_t i = 0; i < count; i++)
        found += us_str_has_suffix(names[i], us_str_c(end));
    return found;
}

/* All of it, as a reader that comes now sees it. */
static inline bool fixture_holds(struct fixture *f, int64_t seq)
{
    us_mark mark = us_arena_mark(&f->arena);
    struct all all = fixture_read(&f->arena, f->dir, (us_pos){0});
    bool good = all.code == US_NOT_FOUND;
    good &= us_str_eq(all.text, fixture_text(&f->arena, seq));
    us_arena_pop(&f->arena, mark);
    return good;
}

/* At rest: sealed segments and nothing of the rest. */
static inline bool fixture_at_rest(struct fixture *f)
{
    return fixture_files(f, ".ndjson") == 0 && fixture_files(f, ".part") == 0 &&
           !fixture_has(f, "spare") && fixture_files(f, ".ndjson.zst") > 0;
}

/* A process of its own that says on a pipe which seq is durable; killed after wait_us,
 * unless that is 0. The last it said, 0 when nothing; the process's status. */
static inline int64_t fixture_life(
    void (*child)(void *ctx, int pipe), void *ctx, long wait_us, int *status)
{
    int fds[2];
    int64_t seq = 0;
    int64_t said;
    us_assert(pipe(fds) == 0);
    pid_t pid = fork();
    us_assert(pid >= 0);
    if (pid == 0) child(ctx, fds[1]);
    close(fds[1]);
    struct timespec wait = {.tv_nsec = wait_us * 1000};
    nanosleep(&wait, NULL);
    if (wait_us) kill(pid, SIGKILL);
    while (read(fds[0], &said, sizeof said) == sizeof said)
        seq = said;
    close(fds[0]);
    us_assert(waitpid(pid, status, 0) == pid);
    return seq;
}

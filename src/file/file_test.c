#include "base/buf.h"
#include "base/tap.h"
#include "file/file.h"
#include "text/text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct bench {
    struct us_tap t;
    struct us_arena a;
    us_str dir;
};

static us_str in(struct bench *b, const char *name)
{
    return us_file_join(&b->a, b->dir, us_str_c(name));
}

static const char *c(struct bench *b, us_str s)
{
    return us_arena_cstr(&b->a, s);
}

static void reads(struct bench *b)
{
    struct us_tap *t = &b->t;
    struct us_error e = {0};
    us_str text = {0};
    us_str path = in(b, "x.txt");
    CHECK(t, us_file_write(path, US_S("hello"), &e) == US_OK);
    CHECK(t, us_file_read(path, 5, &b->a, &text, &e) == US_OK &&
                 us_str_eq(text, US_S("hello")));
    size_t used = us_arena_used(&b->a);
    CHECK(t, us_file_read(path, 4, &b->a, &text, &e) == US_LIMIT);
    CHECK(t, strcmp(e.key, "file.too_large") == 0 && us_str_eq(e.args[0].text, path));
    CHECK(t, us_file_read(b->dir, 4, &b->a, &text, &e) == US_INPUT);
    CHECK(t, used == us_arena_used(&b->a) && text.len == 5);
    CHECK(t, us_file_read(in(b, "none"), 4, &b->a, &text, &e) == US_NOT_FOUND);
    CHECK(t, us_file_read(US_S(""), 4, &b->a, &text, &e) == US_INPUT);
    CHECK(t, us_file_read(US_S("a\0b"), 4, &b->a, &text, &e) == US_INPUT);
    CHECK(t, us_file_write(path, US_S(""), &e) == US_OK);
    CHECK(t, us_file_read(path, 4, &b->a, &text, &e) == US_OK && text.len == 0);
    /* Of unknown length: one byte under, at and over the limit. */
    CHECK(t, us_file_read(US_S("/dev/zero"), 100000, &b->a, &text, &e) == US_LIMIT);
    us_str fifo = in(b, "fifo");
    CHECK(t, mkfifo(c(b, fifo), 0600) == 0);
    for (size_t size = 199999; size <= 200001; size++) {
        pid_t child = fork();
        if (child == 0) {
            FILE *f = fopen(c(b, fifo), "w");
            for (size_t i = 0; f && i < size; i++)
                fputc('a' + (int)(i % 7), f);
            _exit(f && fclose(f) == 0 ? 0 : 1);
        }
        us_code code = us_file_read(fifo, 200000, &b->a, &text, &e);
        CHECK(t, code == (size > 200000 ? US_LIMIT : US_OK));
        CHECK(
            t, code != US_OK || (text.len == size &&
                                    text.ptr[size - 1] == 'a' + (int)((size - 1) % 7)));
        waitpid(child, NULL, 0);
    }
    unlink(c(b, fifo));
}

static void writes(struct bench *b)
{
    struct us_tap *t = &b->t;
    struct us_error e = {0};
    us_str text;
    us_str path = in(b, "w");
    CHECK(t, us_file_write(path, US_S("old"), &e) == US_OK);
    CHECK(t, chmod(c(b, path), 0600) == 0);
    CHECK(t, us_file_write(path, US_S("newer"), &e) == US_OK);
    struct stat st;
    CHECK(t, stat(c(b, path), &st) == 0 && (st.st_mode & 0777) == 0600);
    CHECK(t, us_file_read(path, 9, &b->a, &text, &e) == US_OK &&
                 us_str_eq(text, US_S("newer")));
    CHECK(t, us_file_write(in(b, "none/x"), US_S(""), &e) == US_NOT_FOUND);
    /* Over a folder it fails and leaves nothing lying. */
    CHECK(t, us_file_make_dirs(in(b, "wd"), &e) == US_OK);
    CHECK(t, us_file_write(in(b, "wd"), US_S("x"), &e) != US_OK);
    us_str *names;
    size_t count;
    CHECK(t, us_file_list(b->dir, &b->a, &names, &count, &e) == US_OK);
    for (size_t i = 0; i < count; i++)
        CHECK_AS(t, us_str_find(names[i], US_S(".new-")) == names[i].len,
            "no neighbour is left");
}

static void folders(struct bench *b)
{
    struct us_tap *t = &b->t;
    struct us_error e = {0};
    us_str deep = in(b, "tree/a/b");
    CHECK(t, us_file_make_dirs(deep, &e) == US_OK && us_file_is_dir(deep));
    CHECK(t, us_file_make_dirs(deep, &e) == US_OK);
    CHECK(t, us_file_write(in(b, "tree/f"), US_S("x"), &e) == US_OK);
    CHECK(t, us_file_write(in(b, "tree/B"), US_S("x"), &e) == US_OK);
    CHECK(t, us_file_write(in(b, "keep"), US_S("x"), &e) == US_OK);
    CHECK(t, us_file_make_dirs(in(b, "tree/f/g"), &e) == US_INPUT);
    CHECK(t, us_str_eq(e.args[0].text, in(b, "tree/f")));
    CHECK(t, symlink(c(b, in(b, "keep")), c(b, in(b, "tree/link"))) == 0);
    CHECK(t, symlink(c(b, b->dir), c(b, in(b, "tree/up"))) == 0);
    us_str *names = NULL;
    size_t count = 0;
    CHECK(t, us_file_list(in(b, "tree"), &b->a, &names, &count, &e) == US_OK);
    us_str all = {"", 0};
    for (size_t i = 0; i < count; i++)
        all = us_arena_fmt(&b->a, "%.*s %.*s", US_ARG(all), US_ARG(names[i]));
    CHECK(t, us_str_eq(all, US_S(" B a f link up")));
    CHECK(t, us_file_remove_tree(in(b, "tree"), &e) == US_OK);
    CHECK(t, !us_file_exists(in(b, "tree")) && us_file_exists(in(b, "keep")));
    CHECK(t, us_file_remove_tree(in(b, "tree"), &e) == US_OK);
    CHECK(t, us_file_list(in(b, "tree"), &b->a, &names, &count, &e) == US_NOT_FOUND);
    CHECK(t, us_file_remove_tree(US_S(""), &e) == US_INPUT);
    CHECK(t, us_file_remove_tree(US_S("/"), &e) == US_REFUSED);
    CHECK(t, us_file_remove_tree(US_S("/usr/.."), &e) == US_REFUSED);
    us_str full = in(b, "x");
    for (int i = 0; i <= US_FILE_DEPTH_MAX; i++)
        full = us_arena_fmt(&b->a, "%.*s/x", US_ARG(full));
    CHECK(t, us_file_make_dirs(full, &e) == US_OK);
    CHECK(t, us_file_remove_tree(in(b, "x"), &e) == US_IO);
    CHECK(t, us_file_remove_tree(in(b, "x/x/x"), &e) == US_OK);
}

static void locks(struct bench *b)
{
    struct us_tap *t = &b->t;
    struct us_error e = {0};
    us_str path = in(b, "lock");
    int one = -1;
    int two = -1;
    CHECK(t, us_file_lock(path, &one, &e) == US_OK);
    CHECK(t, us_file_lock(path, &two, &e) == US_BUSY && two == -1);
    us_str pid = us_arena_fmt(&b->a, "process %ld", (long)getpid());
    struct us_buf out = us_buf_new(&b->a, 1000);
    us_say_error(&out, US_EN, &e);
    CHECK(t, us_str_find(us_buf_str(&out), pid) < out.len);
    us_file_unlock(one);
    CHECK(t, us_file_lock(path, &two, &e) == US_OK);
    us_file_unlock(two);
    CHECK(t, us_file_lock(in(b, "none/lock"), &two, &e) == US_NOT_FOUND);
}

static void paths(struct bench *b)
{
    static const struct {
        const char *dir, *name, *joined;
    } rows[] = {{"a", "b", "a/b"}, {"a/", "b", "a/b"}, {".", "b", "b"}, {"", "b", "b"},
        {"a", "/b", "/b"}, {"/", "b", "/b"}, {"a", "", "a/"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CHECK_AS(&b->t,
            us_str_eq(us_str_c(rows[i].joined),
                us_file_join(&b->a, us_str_c(rows[i].dir), us_str_c(rows[i].name))),
            rows[i].joined);
    static const struct {
        const char *path, *dir, *name;
    } cuts[] = {
        {"a/b/c", "a/b", "c"}, {"c", ".", "c"}, {"/c", "/", "c"}, {"a/", "a", ""}};
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        us_str path = us_str_c(cuts[i].path);
        CHECK_AS(&b->t,
            us_str_eq(us_file_dir(path), us_str_c(cuts[i].dir)) &&
                us_str_eq(us_file_name(path), us_str_c(cuts[i].name)),
            cuts[i].path);
    }
}

int main(void)
{
    struct bench b = {0};
    us_arena_init(&b.a, 4 << 20);
    char dir[] = "/tmp/usher-file-XXXXXX";
    if (!CHECK(&b.t, mkdtemp(dir) != NULL)) return us_tap_done(&b.t);
    b.dir = us_str_c(dir);
    reads(&b);
    writes(&b);
    folders(&b);
    locks(&b);
    paths(&b);
    struct us_error e;
    CHECK(&b.t, us_file_remove_tree(b.dir, &e) == US_OK && !us_file_exists(b.dir));
    us_arena_done(&b.a);
    return us_tap_done(&b.t);
}

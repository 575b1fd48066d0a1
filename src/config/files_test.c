#include "config/config_test.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Files of one workspace, written into a folder of their own. */
struct folder {
    char path[64];
};

static bool folder_new(struct folder *f)
{
    memcpy(f->path, "/tmp/usher-config-XXXXXX", 25);
    return mkdtemp(f->path) != NULL;
}

static us_str path_in(struct proof *p, const struct folder *f, const char *name)
{
    return us_arena_fmt(&p->a, "%s/%s", f->path, name);
}

static void put(
    struct proof *p, const struct folder *f, const char *name, const char *text)
{
    FILE *file = fopen(us_arena_cstr(&p->a, path_in(p, f, name)), "w");
    us_assert(file);
    fputs(text, file);
    us_assert(fclose(file) == 0);
}

static us_code read_it(struct proof *p, us_str path, struct us_error *e)
{
    p->d = (struct us_diags){.arena = &p->a};
    p->c = NULL;
    us_code code = us_config_read(path, &p->a, &p->d, &p->c, e);
    for (size_t i = 0; i < p->d.count && i < US_DIAGS_MAX; i++)
        us_intern_put(&p->seen, us_str_c(p->d.items[i].key));
    if (code != US_OK) us_intern_put(&p->seen, us_str_c(e->key));
    return code;
}

static us_str printed(struct proof *p, const struct folder *f)
{
    struct us_buf out = us_buf_new(&p->a, 1 << 20);
    us_diags_print(&p->d, p->c, US_EN, false, &out);
    /* The folder's name is another each time. */
    struct us_buf same = us_buf_new(&p->a, 1 << 20);
    us_str name = us_arena_fmt(&p->a, "%s/", f->path);
    for (us_str rest = us_buf_str(&out); rest.len;) {
        size_t at = us_str_find(rest, name);
        us_buf_put(&same, us_str_slice(rest, 0, at));
        rest = us_str_slice(rest, at < rest.len ? at + name.len : at, rest.len);
    }
    return us_buf_str(&same);
}

static void expect(
    struct proof *p, const struct folder *f, const char *what, const char *wanted)
{
    us_str got = printed(p, f);
    if (!CHECK_AS(&p->t, us_str_eq(got, us_str_c(wanted)), what))
        printf("# got\n%.*s", US_ARG(got));
}

static void joins(struct proof *p, const struct folder *f)
{
    struct us_error e = {0};
    put(p, f, "usher.yml",
        "include: [signals.yml, more/plays.yml]\n"
        "signals: {a: 1}\noutcomes: {o: {payment: first}}\n"
        "exclude: x\n");
    put(p, f, "signals.yml",
        "signals: {b: 2, a: 3}\nuser_signals: {c: 4}\nexclude: y\n");
    put(p, f, "more/plays.yml", "include: deep.yml\nqualify: {q: {aim: o, who: a}}\n");
    put(p, f, "more/deep.yml", "signals: {d: 5, c: 6}\nplays: {p: {on: q}}\n");
    CHECK(&p->t, read_it(p, path_in(p, f, "usher.yml"), &e) == US_OK);
    expect(p, f, "sections are joined",
        "signals.yml:1:17: error: \"a\" is given twice; first in usher.yml:2\n"
        "    signals: {b: 2, a: 3}\n"
        "                    ^\n"
        "signals.yml:3:1: error: \"exclude\" is given twice; first in usher.yml:4\n"
        "    exclude: y\n"
        "    ^~~~~~~\n"
        "more/deep.yml:1:17: error: \"c\" is given twice; first in signals.yml:2\n"
        "    signals: {d: 5, c: 6}\n"
        "                    ^\n");
    CHECK(&p->t, p->c->file_count == 4 && p->c->signal_count == 3);
    CHECK(&p->t, p->c->definition_count == 1 && p->c->play_count == 1);
    CHECK(&p->t, us_str_eq(p->c->signals[1].is.text, US_S("2")));
    CHECK(&p->t, p->c->signals[1].is.place.file == 1);
}

static void goes_wrong(struct proof *p, const struct folder *f)
{
    struct us_error e = {0};
    put(p, f, "usher.yml",
        "include: [signals.yml, none.yml, signals.yml, more]\n"
        "qualify: {q: {aim: not_seen, who: a}}\n");
    put(p, f, "signals.yml", "include: more/plays.yml\n");
    put(p, f, "more/plays.yml", "include: [../usher.yml, 'a\\0b']\nsignals: {A: 1}\n");
    CHECK(&p->t, read_it(p, path_in(p, f, "usher.yml"), &e) == US_OK);
    us_str got = printed(p, f);
    static const char *const parts[] = {
        "usher.yml:1:24: error: cannot read none.yml: No such file or directory",
        "usher.yml:1:34: error: signals.yml was read already; name each file once",
        "usher.yml:1:47: error: cannot read more: Is a directory",
        "more/plays.yml:1:11: error: this file includes itself: usher.yml → "
        "signals.yml → "
        "more/plays.yml → usher.yml",
        "more/plays.yml:1:25: error: cannot read more/a\\0b: No such file or directory",
        "more/plays.yml:2:11: error: \"A\" is no name",
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        CHECK_AS(&p->t, us_str_find(got, us_str_c(parts[i])) < got.len, parts[i]);
    /* What stands in a file that could not be read is not called unknown. */
    if (!CHECK(&p->t, p->d.count == 6)) printf("# got\n%.*s", US_ARG(got));
}

static void syntax_spares_the_rest(struct proof *p, const struct folder *f)
{
    struct us_error e = {0};
    put(p, f, "usher.yml", "include: signals.yml\nqualify: {q: {aim: o, wo: a}}\n");
    put(p, f, "signals.yml", "signals: {a: 1\n");
    CHECK(&p->t, read_it(p, path_in(p, f, "usher.yml"), &e) == US_OK);
    us_str got = printed(p, f);
    CHECK(
        &p->t, us_str_find(got, US_S("usher.yml:2:23: error: unknown key")) < got.len);
    CHECK(&p->t, us_str_find(got, US_S("signals.yml:2:1: error: a comma")) < got.len);
    CHECK(&p->t, us_str_find(got, US_S("which outcomes: does not have")) == got.len);
}

static void limits(struct proof *p, const struct folder *f)
{
    struct us_error e = {0};
    CHECK(&p->t, read_it(p, path_in(p, f, "gone.yml"), &e) == US_IO);
    CHECK(&p->t, read_it(p, us_str_c(f->path), &e) == US_IO && !p->c);
    struct us_buf text = us_buf_new(&p->a, US_CONFIG_BYTES_MAX + 2);
    us_buf_char(&text, '#');
    while (text.len <= US_CONFIG_BYTES_MAX)
        us_buf_char(&text, 'x');
    us_buf_char(&text, '\0');
    put(p, f, "large.yml", text.ptr);
    CHECK(&p->t, read_it(p, path_in(p, f, "large.yml"), &e) == US_LIMIT);
    us_str bytes = us_str_slice(us_buf_str(&text), 0, US_CONFIG_BYTES_MAX + 1);
    struct us_diags d = {.arena = &p->a};
    struct us_config *c = NULL;
    CHECK(
        &p->t, us_config_parse(US_S("t"), bytes, &p->a, &d, &c, &e) == US_LIMIT && !c);
    bytes.len--;
    CHECK(&p->t, us_config_parse(US_S("t"), bytes, &p->a, &d, &c, &e) == US_OK && c);
    put(p, f, "usher.yml", "include: large.yml\n");
    CHECK(&p->t, read_it(p, path_in(p, f, "usher.yml"), &e) == US_OK);
    us_str got = printed(p, f);
    CHECK(&p->t, us_str_find(got, US_S("large.yml is larger than")) < got.len);
    unlink(us_arena_cstr(&p->a, path_in(p, f, "large.yml")));
}

static void many_files(struct proof *p, const struct folder *f)
{
    struct us_error e = {0};
    struct us_buf text = us_buf_new(&p->a, 1 << 16);
    us_buf_put(&text, US_S("include:\n"));
    for (int i = 0; i < US_CONFIG_FILES_MAX; i++) {
        char name[32];
        snprintf(name, sizeof name, "f%d.yml", i);
        put(p, f, name, "");
        us_buf_fmt(&text, "- %s\n", name);
    }
    us_buf_char(&text, '\0');
    put(p, f, "usher.yml", text.ptr);
    CHECK(&p->t, read_it(p, path_in(p, f, "usher.yml"), &e) == US_OK);
    us_str got = printed(p, f);
    CHECK(&p->t,
        us_str_find(got, US_S("usher.yml:65:3: error: more than 64 files")) == 0);
    CHECK(&p->t, p->c->file_count == US_CONFIG_FILES_MAX && p->d.count == 1);
}

/* More values than are taken, and less memory than they need. */
static void many_values(struct proof *p)
{
    struct us_buf text = us_buf_new(&p->a, 1 << 20);
    us_buf_put(&text, US_S("account: {fixed: ["));
    for (int i = 0; i < 100001; i++)
        us_buf_put(&text, US_S("a,"));
    us_buf_put(&text, US_S("a]}\n"));
    struct us_diags d = {.arena = &p->a};
    struct us_config *c = NULL;
    struct us_error e = {0};
    us_str s = us_buf_str(&text);
    CHECK(&p->t, us_config_parse(US_S("t.yml"), s, &p->a, &d, &c, &e) == US_OK);
    CHECK(&p->t,
        d.count == 1 && us_str_eq(us_str_c(d.items[0].key), US_S("config.too_many")));
    us_intern_put(&p->seen, us_str_c(d.items[0].key));
    struct us_arena small;
    us_arena_init(&small, 1 << 20);
    d = (struct us_diags){.arena = &small};
    c = NULL;
    CHECK(
        &p->t, us_config_parse(US_S("t.yml"), s, &small, &d, &c, &e) == US_LIMIT && !c);
    us_intern_put(&p->seen, us_str_c(e.key));
    us_arena_done(&small);
}

/* What takes libfyaml long is refused before it sees it. */
static void slow_files(struct proof *p)
{
    static const struct {
        const char *begin;
        char fill;
        const char *key;
        uint32_t column;
    } rows[] = {
        {"", '[', "config.too_deep", 2001},
        {"- ", ' ', "config.blanks", 10002},
    };
    struct us_arena a;
    us_arena_init(&a, (size_t)3 * US_CONFIG_BYTES_MAX);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        us_arena_reset(&a);
        struct us_buf text = us_buf_new(&a, US_CONFIG_BYTES_MAX);
        us_buf_put(&text, us_str_c(rows[i].begin));
        while (!text.full)
            us_buf_char(&text, rows[i].fill);
        CHECK(&p->t, proof_parse(p, us_buf_str(&text)) && p->d.count == 1);
        us_str key = us_str_c(p->d.items[0].key);
        CHECK_AS(&p->t, us_str_eq(key, us_str_c(rows[i].key)), rows[i].key);
        CHECK(&p->t, p->d.items[0].place.column == rows[i].column);
    }
    us_arena_done(&a);
}

static void remove_all(struct proof *p, const struct folder *f)
{
    static const char *const names[] = {
        "usher.yml", "signals.yml", "more/plays.yml", "more/deep.yml", "more"};
    for (int i = 0; i < US_CONFIG_FILES_MAX; i++) {
        us_str name = us_arena_fmt(&p->a, "%s/f%d.yml", f->path, i);
        remove(us_arena_cstr(&p->a, name));
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        remove(us_arena_cstr(&p->a, path_in(p, f, names[i])));
    CHECK(&p->t, rmdir(f->path) == 0);
}

void proof_files(struct proof *p)
{
    struct folder f;
    us_arena_reset(&p->a);
    if (!CHECK(&p->t, folder_new(&f))) return;
    mkdir(us_arena_cstr(&p->a, path_in(p, &f, "more")), 0700);
    joins(p, &f);
    goes_wrong(p, &f);
    syntax_spares_the_rest(p, &f);
    limits(p, &f);
    many_files(p, &f);
    many_values(p);
    remove_all(p, &f);
    slow_files(p);
}

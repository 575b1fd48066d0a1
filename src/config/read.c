#include "config/fill.h"
#include "config/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Which file this is, whatever it is called, and which one included it. */
struct origin {
    dev_t device;
    ino_t inode;
    uint32_t by;
    bool open; /* its includes are being read */
};

struct reader {
    struct us_arena *a;
    struct us_diags *d;
    struct us_config *c;
    struct us_yaml *trees[US_CONFIG_FILES_MAX];
    struct origin origins[US_CONFIG_FILES_MAX];
    size_t nodes;
    bool broken; /* something could not be read, so a name not found may be there */
};

/* All bytes of a file; false leaves errno, EFBIG when there are too many. */
static bool slurp(struct us_arena *a, us_str path, us_str *out, struct stat *st)
{
    int fd = open(us_arena_cstr(a, path), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    struct us_buf text = us_buf_new(a, US_CONFIG_BYTES_MAX);
    char part[16384];
    ssize_t n = fstat(fd, st) == 0 ? 1 : -1;
    while (n > 0 && !text.full) {
        n = read(fd, part, sizeof part);
        if (n > 0) us_buf_put(&text, (us_str){part, (size_t)n});
    }
    int why = text.full ? EFBIG : errno;
    close(fd);
    *out = us_buf_str(&text);
    if (n == 0 && !text.full) return true;
    errno = why;
    return false;
}

static void mistake(
    struct reader *r, us_place place, const char *key, const us_arg *args)
{
    us_diag_add(r->d, place, false, key, args, (us_str){0});
    r->broken = true;
}

static uint32_t add_file(struct reader *r, us_str path, us_str text)
{
    /* The mark some editors put first says nothing in UTF-8. */
    if (us_str_has_prefix(text, US_S("\xef\xbb\xbf")))
        text = us_str_slice(text, 3, text.len);
    uint32_t file = (uint32_t)r->c->file_count++;
    r->c->files[file] = (struct us_config_file){path, text};
    return file;
}

static void read_tree(struct reader *r, uint32_t file)
{
    us_str text = r->c->files[file].text;
    struct us_yaml *root = us_yaml_read(text, file, r->a, r->d, &r->nodes, &r->broken);
    if (root && root->kind != US_YAML_MAP) {
        mistake(r, root->place, "config.not_keys", NULL);
        return;
    }
    r->trees[file] = root;
}

/* The path as written is looked for beside the file that names it. */
static us_str beside(struct us_arena *a, us_str file, us_str path)
{
    size_t slash = file.len;
    while (slash > 0 && file.ptr[slash - 1] != '/')
        slash--;
    if (us_str_has_prefix(path, US_S("/")) || slash == 0) return path;
    struct us_buf out = us_buf_new(a, slash + path.len);
    us_buf_put(&out, us_str_slice(file, 0, slash));
    us_buf_put(&out, path);
    return us_buf_str(&out);
}

static bool same_file(const struct origin *a, const struct stat *st)
{
    return a->device == st->st_dev && a->inode == st->st_ino;
}

/* "usher.yml → plays.yml → usher.yml", from the one found again down to file. */
static us_str circle(struct reader *r, uint32_t found, uint32_t file)
{
    us_str out = r->c->files[found].path;
    for (uint32_t at = file;; at = r->origins[at].by) {
        us_str path = r->c->files[at].path;
        struct us_buf longer = us_buf_new(r->a, path.len + out.len + 8);
        us_buf_put(&longer, path);
        us_buf_put(&longer, US_S(" → "));
        us_buf_put(&longer, out);
        out = us_buf_str(&longer);
        if (at == found) return out;
    }
}

/* Told when the file was read before. */
static bool read_before(
    struct reader *r, const struct us_yaml *item, us_str path, const struct stat *st)
{
    uint32_t by = item->place.file;
    for (uint32_t i = 0; i < r->c->file_count; i++) {
        if (!same_file(&r->origins[i], st)) continue;
        us_str chain = r->origins[i].open ? circle(r, i, by) : (us_str){0};
        mistake(r, item->place,
            chain.len ? "config.include_circle" : "config.include_twice",
            US_ARGS(US_TEXT("path", path), US_TEXT("chain", chain)));
        return true;
    }
    return false;
}

/* Reads the file an include: names; UINT32_MAX when it cannot be. */
static uint32_t include(struct reader *r, const struct us_yaml *item)
{
    us_str path = beside(r->a, r->c->files[item->place.file].path, item->text);
    struct stat st;
    us_str text;
    if (r->c->file_count == US_CONFIG_FILES_MAX) {
        mistake(r, item->place, "config.include_many",
            US_ARGS(US_WHOLE("most", US_CONFIG_FILES_MAX)));
        return UINT32_MAX;
    }
    bool zero = us_str_find(path, (us_str){"", 1}) < path.len;
    if (zero || !slurp(r->a, path, &text, &st)) {
        int why = zero ? ENOENT : errno;
        char words[128];
        us_str said = us_str_c(strerror_r(why, words, sizeof words));
        mistake(r, item->place,
            why == EFBIG ? "config.include_large" : "config.include_missing",
            US_ARGS(US_TEXT("path", path), US_TEXT("why", said),
                US_BYTES("most", US_CONFIG_BYTES_MAX)));
        return UINT32_MAX;
    }
    if (read_before(r, item, path, &st)) return UINT32_MAX;
    uint32_t file = add_file(r, path, text);
    r->origins[file] =
        (struct origin){st.st_dev, st.st_ino, item->place.file, .open = true};
    return file;
}

/* Depth first, as deep as there are files. */
static void read_includes(struct reader *r, uint32_t file)
{
    read_tree(r, file);
    struct us_yaml *list = us_fill_any(r->trees[file], "include");
    bool one = list && list->kind == US_YAML_SCALAR;
    const struct us_yaml *item = !list ? NULL : one ? list : list->first;
    for (; item && !r->a->full; item = one ? NULL : item->next) {
        if (item->kind != US_YAML_SCALAR || !item->text.len || item->lines) continue;
        uint32_t next = include(r, item);
        if (next != UINT32_MAX) read_includes(r, next);
    }
    r->origins[file].open = false;
}

/* Sections of a further file are joined to those already there; what is there twice
 * after that is found by the check. */
static void join(
    struct us_check *c, struct us_yaml *root, struct us_yaml *more, uint32_t file)
{
    const struct us_key *include_row = us_key_find(us_config_keys.of, US_S("include"));
    const struct us_where top = {NULL, (us_str){0}};
    const struct us_where where = {&top, US_S("include")};
    for (struct us_yaml *n = more->first, *next = NULL; n; n = next) {
        next = n->next;
        n->next = NULL;
        struct us_yaml *there = root->first;
        while (there && !us_str_eq(there->key->text, n->key->text))
            there = there->next;
        /* An include is done with when it has been read. */
        if (there && there->joined != file && us_str_eq(n->key->text, where.name)) {
            us_check_node(c, n, include_row, &where);
            there->joined = file;
            continue;
        }
        bool joins = there && there->joined != file && there->kind == n->kind &&
                     n->kind != US_YAML_SCALAR;
        struct us_yaml *to = joins ? there : root;
        struct us_yaml *first = joins ? n->first : n;
        if (joins) there->joined = file;
        if (!first) continue;
        if (to->last) {
            to->last->next = first;
        } else {
            to->first = first;
        }
        to->last = joins ? n->last : n;
        to->count += joins ? n->count : 1;
    }
}

static us_code check(struct reader *r, struct us_error *e)
{
    struct us_check checking = {r->a, r->d, r->c};
    struct us_yaml root = {.kind = US_YAML_MAP, .place = {0, 1, 1, 1}};
    for (uint32_t file = 0; file < r->c->file_count; file++) {
        if (!r->trees[file]) continue;
        if (root.first) {
            join(&checking, &root, r->trees[file], file);
        } else {
            root = *r->trees[file];
        }
    }
    const struct us_where top = {NULL, (us_str){0}};
    us_check_node(&checking, &root, &us_config_keys, &top);
    us_rules_check(&checking, &root, !r->broken);
    us_fill(r->c, &root, r->a);
    if (r->a->full) return us_fail(e, US_LIMIT, "config.memory", NULL);
    return US_OK;
}

static struct reader *reader_new(struct us_arena *a, struct us_diags *d)
{
    struct reader *r = us_new(a, struct reader, 1);
    r->a = a;
    r->d = d;
    if (!d->arena) d->arena = a;
    r->c = us_new(a, struct us_config, 1);
    r->c->files = us_new(a, struct us_config_file, US_CONFIG_FILES_MAX);
    return r;
}

us_code us_config_read(us_str path, struct us_arena *a, struct us_diags *d,
    struct us_config **out, struct us_error *e)
{
    struct reader *r = reader_new(a, d);
    struct stat st;
    us_str text;
    if (!slurp(a, path, &text, &st)) {
        if (errno != EFBIG) return us_fail_errno(e, US_IO, "config.cannot_read", path);
        return us_fail(e, US_LIMIT, "config.file_large",
            US_ARGS(US_TEXT("path", path), US_BYTES("most", US_CONFIG_BYTES_MAX)));
    }
    add_file(r, us_arena_str(a, path), text);
    r->origins[0] = (struct origin){st.st_dev, st.st_ino, 0, .open = true};
    read_includes(r, 0);
    US_TRY(check(r, e));
    *out = r->c;
    return US_OK;
}

us_code us_config_parse(us_str name, us_str text, struct us_arena *a,
    struct us_diags *d, struct us_config **out, struct us_error *e)
{
    struct reader *r = reader_new(a, d);
    if (text.len > US_CONFIG_BYTES_MAX)
        return us_fail(e, US_LIMIT, "config.file_large",
            US_ARGS(US_TEXT("path", name), US_BYTES("most", US_CONFIG_BYTES_MAX)));
    add_file(r, us_arena_str(a, name), us_arena_str(a, text));
    read_tree(r, 0);
    struct us_yaml *list = us_fill_any(r->trees[0], "include");
    if (list) mistake(r, list->key->place, "config.include_memory", NULL);
    US_TRY(check(r, e));
    *out = r->c;
    return US_OK;
}

/* forget_plan.c: a plan as JSON, on the disk while it is worked on. */
#include "base/buf.h"
#include "file/file.h"
#include "file/kept.h"
#include "import/forget.h"

#include <sodium.h>
#include <string.h>

#define PLAN "forget_plan.json"
enum { PLAN_BYTES_MAX = 256 << 20, ID_BYTES = 8 };

static void list_put(
    struct us_buf *out, const char *name, const us_str *items, size_t count)
{
    us_buf_fmt(out, ",\"%s\":[", name);
    for (size_t i = 0; i < count; i++) {
        if (i) us_buf_char(out, ',');
        us_buf_json(out, items[i]);
    }
    us_buf_char(out, ']');
}

static void number_put(struct us_buf *out, const char *name, int64_t value)
{
    us_buf_fmt(out, ",\"%s\":%lld", name, (long long)value);
}

static void counts_put(struct us_buf *out, const struct us_forget_counts *c)
{
    number_put(out, "all", c->all);
    number_put(out, "masked", c->masked);
    number_put(out, "segments", c->segments);
    us_buf_put(out, US_S(",\"lines\":["));
    for (size_t i = 0; i < US_LINE_TYPES; i++)
        us_buf_fmt(out, i ? ",%lld" : "%lld", (long long)c->lines[i]);
    us_buf_char(out, ']');
}

static void plan_put(struct us_buf *out, const struct us_forget *f)
{
    const struct us_history_circle *c = &f->circle;
    us_buf_put(out, US_S("{\"id\":"));
    us_buf_json(out, f->id);
    us_buf_put(out, US_S(",\"who\":"));
    us_buf_json(out, f->who);
    number_put(out, "made", f->made);
    number_put(out, "below", f->below);
    number_put(out, "older", f->older);
    number_put(out, "events", f->limits.events);
    number_put(out, "dead_letters", f->limits.dead_letters);
    number_put(out, "test", f->limits.test);
    counts_put(out, &f->counts);
    list_put(out, "users", c->users, c->user_count);
    list_put(out, "anonymous", c->anonymous, c->anonymous_count);
    list_put(out, "shared", c->shared, c->shared_count);
    list_put(out, "emails", c->emails, c->email_count);
    us_buf_put(out, US_S(",\"seqs\":["));
    for (size_t i = 0; i < c->line_count; i++)
        us_buf_fmt(out, i ? ",%lld" : "%lld", (long long)c->lines[i]);
    us_buf_put(out, US_S("]}\n"));
}

us_code us_forget_begin(
    us_str dir, struct us_forget *f, struct us_arena *a, struct us_error *e)
{
    unsigned char random[ID_BYTES];
    char *hex = us_new(a, char, 2 * ID_BYTES + 1);
    us_assert(sodium_init() >= 0);
    randombytes_buf(random, sizeof random);
    sodium_bin2hex(hex, 2 * ID_BYTES + 1, random, sizeof random);
    f->id = (us_str){hex, 2 * ID_BYTES};
    struct us_buf out = us_buf_new(a, PLAN_BYTES_MAX);
    plan_put(&out, f);
    us_str path = us_file_join(a, dir, US_S(PLAN));
    if (out.full)
        return us_fail(
            e, US_LIMIT, "import.forget_many", US_ARGS(US_TEXT("path", path)));
    /* What a server left for its next start has them, too. */
    US_TRY(us_kept_remove(us_file_join(a, dir, US_KEPT_ACCOUNTS), e));
    return us_file_write(path, us_buf_str(&out), e);
}

us_code us_forget_end(us_str dir, struct us_error *e)
{
    struct us_arena a;
    us_arena_init(&a, 1 << 16);
    us_code code = us_file_remove_tree(us_file_join(&a, dir, US_S(PLAN)), e);
    if (code == US_OK) code = us_file_sync_dir(dir, e);
    us_arena_done(&a);
    return code;
}

/* ---- read ---- */

static int64_t number_of(const struct us_json_doc *d, const char *name)
{
    int64_t value = 0;
    us_str_int(us_json_raw(d, us_json_get(d, 0, us_str_c(name))), &value);
    return value;
}

static us_str text_of(const struct us_json_doc *d, const char *name, struct us_arena *a)
{
    return us_arena_str(a, us_json_text(d, us_json_get(d, 0, us_str_c(name)), a));
}

/* The first item of a list, and where the list ends; both the same when it has none. */
static uint32_t items_of(const struct us_json_doc *d, const char *name, uint32_t *end)
{
    uint32_t list = us_json_get(d, 0, us_str_c(name));
    *end = list == US_JSON_NONE ? 0 : d->nodes[list].next;
    return list == US_JSON_NONE ? 0 : list + 1;
}

static size_t list_of(
    const struct us_json_doc *d, const char *name, struct us_arena *a, us_str **out)
{
    size_t count = 0;
    size_t cap = 0;
    uint32_t end;
    *out = NULL;
    for (uint32_t k = items_of(d, name, &end); k < end; k = d->nodes[k].next)
        *us_push(a, *out, count, cap) = us_arena_str(a, us_json_text(d, k, a));
    return count;
}

static size_t numbers_of(
    const struct us_json_doc *d, const char *name, struct us_arena *a, int64_t **out)
{
    size_t count = 0;
    size_t cap = 0;
    uint32_t end;
    *out = NULL;
    for (uint32_t k = items_of(d, name, &end); k < end; k = d->nodes[k].next)
        us_str_int(us_json_raw(d, k), us_push(a, *out, count, cap));
    return count;
}

static void plan_read(
    const struct us_json_doc *d, struct us_arena *a, struct us_forget *f)
{
    struct us_history_circle *c = &f->circle;
    int64_t *lines;
    *f = (struct us_forget){.id = text_of(d, "id", a), .who = text_of(d, "who", a)};
    f->made = number_of(d, "made");
    f->below = (uint32_t)number_of(d, "below");
    f->older = number_of(d, "older") != 0;
    f->limits = (struct us_forget_limits){
        number_of(d, "events"), number_of(d, "dead_letters"), number_of(d, "test")};
    f->counts.all = number_of(d, "all");
    f->counts.masked = number_of(d, "masked");
    f->counts.segments = number_of(d, "segments");
    size_t types = numbers_of(d, "lines", a, &lines);
    for (size_t i = 0; i < types && i < US_LINE_TYPES; i++)
        f->counts.lines[i] = lines[i];
    c->user_count = list_of(d, "users", a, &c->users);
    c->anonymous_count = list_of(d, "anonymous", a, &c->anonymous);
    c->shared_count = list_of(d, "shared", a, &c->shared);
    c->email_count = list_of(d, "emails", a, &c->emails);
    c->line_count = numbers_of(d, "seqs", a, &c->lines);
}

us_code us_forget_read(
    us_str dir, struct us_arena *a, struct us_forget *out, struct us_error *e)
{
    us_str path = us_file_join(a, dir, US_S(PLAN));
    us_str text;
    struct us_json_doc doc;
    US_TRY(us_file_read(path, PLAN_BYTES_MAX, a, &text, e));
    char *copy = us_new(a, char, text.len + US_JSON_PAD);
    if (text.len) memcpy(copy, text.ptr, text.len);
    struct us_json *json = us_json_new();
    us_code code = us_json_parse(json, (us_str){copy, text.len}, &doc, e);
    if (code == US_OK) plan_read(&doc, a, out);
    us_json_free(json);
    if (code == US_OK && out->id.len) return US_OK;
    return us_fail(e, US_INPUT, "import.forget_plan", US_ARGS(US_TEXT("path", path)));
}

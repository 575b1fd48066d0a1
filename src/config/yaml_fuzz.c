/* Any bytes as usher.yml: it never crashes, every place lies within the file, an
 * expression taken as it stands is where it says, and twice gives the same. */
#include "config/config.h"

#include <string.h>

enum { ARENA = 1 << 23, OUT_MAX = 1 << 21 };

static us_str line_of(us_str text, uint32_t line)
{
    us_str rest = text;
    us_str head = us_str_cut(rest, '\n', &rest);
    for (uint32_t n = 1; n < line; n++) {
        us_assert(rest.ptr); /* the file has that many lines */
        head = us_str_cut(rest, '\n', &rest);
    }
    return head;
}

static size_t characters(us_str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++)
        n += ((unsigned char)s.ptr[i] & 0xc0) != 0x80;
    return n;
}

static void hold_place(const struct us_config *c, us_place place)
{
    us_assert(place.file < c->file_count && place.line > 0 && place.column > 0);
    us_str line = line_of(c->files[place.file].text, place.line);
    us_assert(place.len > 0 && place.column + place.len - 1 <= characters(line) + 1);
}

/* A text without escapes or line ends stands in the file at its place. */
static void hold_source(const struct us_config *c, us_source s)
{
    if (!s.text.len) return;
    hold_place(c, s.place);
    us_str text = c->files[s.place.file].text;
    bool borrowed = s.text.ptr >= text.ptr && s.text.ptr < text.ptr + text.len;
    if (!borrowed) return;
    us_str line = line_of(text, s.place.line);
    size_t before = characters((us_str){line.ptr, (size_t)(s.text.ptr - line.ptr)});
    us_assert(s.text.ptr >= line.ptr && before + 1 == s.place.column);
}

static void hold_definition(
    const struct us_config *c, const struct us_definition_text *q)
{
    hold_source(c, q->name);
    hold_source(c, q->aim);
    hold_source(c, q->who);
    for (size_t i = 0; i < q->must_count; i++)
        hold_source(c, q->must[i]);
    for (us_axis axis = 0; axis < US_AXES; axis++)
        for (size_t i = 0; i < q->score_count[axis]; i++)
            hold_source(c, q->score[axis][i]);
    us_assert(q->rank_count > 0 && q->rank_count <= US_AXES);
    us_assert(q->horizon_days > 0 && q->hold_us >= 0);
}

static void hold_config(const struct us_config *c)
{
    hold_source(c, c->exclude);
    for (size_t i = 0; i < c->signal_count; i++) {
        hold_source(c, c->signals[i].name);
        hold_source(c, c->signals[i].is);
    }
    for (size_t i = 0; i < c->definition_count; i++)
        hold_definition(c, &c->definitions[i]);
    for (size_t i = 0; i < c->outcome_count; i++)
        hold_source(c, c->outcomes[i].event);
    us_assert(c->win_rate >= 0 && c->win_rate <= 1);
}

static us_str round_of(us_str text, struct us_arena *a)
{
    struct us_diags d = {.arena = a};
    struct us_config *c = NULL;
    struct us_error e = {0};
    struct us_buf out = us_buf_new(a, OUT_MAX);
    if (us_config_parse(US_S("f.yml"), text, a, &d, &c, &e) != US_OK)
        return us_str_c(e.key);
    for (size_t i = 0; i < d.count && i < US_DIAGS_MAX; i++)
        hold_place(c, d.items[i].place);
    hold_config(c);
    us_diags_print(&d, c, US_EN, false, &out);
    us_diags_print(&d, c, US_ZH, true, &out);
    us_diags_json(&d, c, US_ZH, &out);
    us_buf_fmt(&out, "%zu %zu %zu", c->signal_count, c->definition_count, d.errors);
    us_assert(us_str_is_utf8(us_buf_str(&out)));
    return us_buf_str(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct us_arena first;
    struct us_arena again;
    us_arena_init(&first, ARENA);
    us_arena_init(&again, ARENA);
    us_str text = {size ? (const char *)data : "", size};
    us_str one = round_of(text, &first);
    us_str two = round_of(text, &again);
    us_assert(us_str_eq(one, two));
    us_arena_done(&first);
    us_arena_done(&again);
    return 0;
}

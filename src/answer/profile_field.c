/* profile_field.c: what values a property or a trait has. */

#include "answer/profile_maker.h"

#include <math.h>
#include <stdlib.h>

enum {
    TEXT_MAX = 120, /* a longer text is no name of anything */
    WRITABLE_MAX = 256,
    BLANKS_MAX = 8,
};

bool us_profile_is_place(us_str key)
{
    static const us_str places[] = {US_S_INIT("path"), US_S_INIT("url"),
        US_S_INIT("page"), US_S_INIT("pathname"), US_S_INIT("route"),
        US_S_INIT("page_name"), US_S_INIT("pageName"), US_S_INIT("page_path"),
        US_S_INIT("$pathname"), US_S_INIT("$current_url"), US_S_INIT("name"),
        US_S_INIT("title")};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (us_str_eq(places[i], key)) return true;
    return false;
}

struct us_profile_field *us_profile_field_of(struct us_profile_maker *m,
    struct us_profile_field **fields, size_t *count, size_t *cap, us_str key)
{
    for (size_t i = 0; i < *count; i++)
        if (us_str_eq((*fields)[i].key, key)) return &(*fields)[i];
    if (*count == US_PROFILE_FIELDS_MAX) return NULL;
    *fields = us_grow(&m->memory, *fields, sizeof **fields, *count, cap);
    struct us_profile_field *fresh = &(*fields)[(*count)++];
    *fresh = (struct us_profile_field){.key = us_arena_str(&m->memory, key)};
    return fresh;
}

static void text_add(
    struct us_profile_maker *m, struct us_profile_field *field, us_str text)
{
    field->texts++;
    for (size_t i = 0; i < field->value_count; i++) {
        if (!us_str_eq(field->values[i].text, text)) continue;
        field->values[i].count++;
        return;
    }
    /* A site has more pages than that, and the one with the prices may come late. */
    size_t most = us_profile_is_place(field->key) ? 4 * US_PROFILE_VALUES_MAX
                                                  : US_PROFILE_VALUES_MAX;
    if (field->value_count == most || text.len > TEXT_MAX) {
        field->more_values = true;
        return;
    }
    struct us_profile_value *value =
        us_push(&m->memory, field->values, field->value_count, field->value_cap);
    *value = (struct us_profile_value){us_arena_str(&m->memory, text), 1};
}

/* Algorithm R (Vitter 1985), with a fixed sequence in place of chance. */
static void number_add(
    struct us_profile_maker *m, struct us_profile_field *field, double number)
{
    if (!field->sample)
        field->sample = us_new(&m->memory, double, US_PROFILE_SAMPLE_MAX);
    uint64_t n = (uint64_t)field->numbers++;
    uint64_t slot = n;
    if (field->sampled < US_PROFILE_SAMPLE_MAX)
        field->sampled++;
    else
        slot = us_hash((us_str){(const char *)&n, sizeof n}) % (n + 1);
    if (slot < US_PROFILE_SAMPLE_MAX) field->sample[slot] = number;
}

void us_profile_field_add(
    struct us_profile_maker *m, struct us_profile_field *field, us_value value)
{
    field->known++;
    if (value.kind == US_STRING) text_add(m, field, value.text);
    if (value.kind == US_NUMBER) number_add(m, field, value.number);
}

static int by_count(const void *x, const void *y)
{
    const struct us_profile_value *a = x;
    const struct us_profile_value *b = y;
    if (a->count != b->count) return a->count > b->count ? -1 : 1;
    return us_str_cmp(a->text, b->text);
}

static int by_number(const void *x, const void *y)
{
    const double *a = x;
    const double *b = y;
    return (*a > *b) - (*a < *b);
}

void us_profile_field_finish(struct us_profile_field *field)
{
    if (field->value_count)
        qsort(field->values, field->value_count, sizeof *field->values, by_count);
    if (field->sampled)
        qsort(field->sample, field->sampled, sizeof *field->sample, by_number);
}

double us_profile_quantile(const struct us_profile_field *field, double q)
{
    if (field->sampled == 0) return 0;
    size_t i = (size_t)(q * (double)(field->sampled - 1) + 0.5);
    return field->sample[i < field->sampled ? i : field->sampled - 1];
}

/* Of the character at i: C0, DEL, C1, U+2028 and U+2029 end or bend a line. */
static bool breaks_line(us_str s, size_t i)
{
    unsigned char c = (unsigned char)s.ptr[i];
    unsigned char next = i + 1 < s.len ? (unsigned char)s.ptr[i + 1] : 0;
    unsigned char third = i + 2 < s.len ? (unsigned char)s.ptr[i + 2] : 0;
    if (c < 0x20 || c == 0x7f) return true;
    if (c == 0xc2) return next < 0xa0;
    if (c == 0xef) return next == 0xbb && third == 0xbf; /* a mark of byte order */
    return c == 0xe2 && next == 0x80 && (third == 0xa8 || third == 0xa9);
}

bool us_profile_writable(us_str text)
{
    size_t blanks = 0;
    if (text.len == 0 || text.len > WRITABLE_MAX || !us_str_is_utf8(text)) return false;
    for (size_t i = 0; i < text.len; i++) {
        if (breaks_line(text, i)) return false;
        blanks = text.ptr[i] == ' ' ? blanks + 1 : 0;
        if (blanks > BLANKS_MAX) return false;
    }
    return true;
}

/* str.h: a run of bytes that carries its length.
 *
 * Owns:    nothing. A us_str is valid as long as the arena, buffer or literal
 *          behind it, and is copied by value.
 * Not NUL-terminated: never hand .ptr to a C string function.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct us_str {
    const char *ptr;
    size_t len;
} us_str;

/* A literal as a us_str; refuses anything that is not a literal. */
#define US_S(lit) ((us_str){("" lit ""), sizeof(lit) - 1})

/* The same for a static table, where a compound literal is not constant. */
#define US_S_INIT(lit)               \
    {                                \
        ("" lit ""), sizeof(lit) - 1 \
    }

/* For printf, whole, up to what an int can say: printf("%.*s", US_ARG(s)). */
#define US_ARG(s) (int)((s).len < INT32_MAX ? (s).len : INT32_MAX), (s).ptr

/* A C string (from argv, a library, a static table) as a us_str; NULL is empty. */
us_str us_str_c(const char *text);

bool us_str_eq(us_str a, us_str b);
bool us_str_has_prefix(us_str s, us_str prefix);
bool us_str_has_suffix(us_str s, us_str suffix);

/* By bytes, which for UTF-8 is by code point; shorter first on a tie. */
int us_str_cmp(us_str a, us_str b);

/* Letters A-Z and a-z taken as equal. */
bool us_str_eq_nocase(us_str a, us_str b);

/* Where needle first stands in s; s.len when it does not. */
size_t us_str_find(us_str s, us_str needle);

us_str us_str_slice(us_str s, size_t from, size_t to);

/* s without spaces, tabs and line ends at either side. */
us_str us_str_trim(us_str s);

/* Cut s at the first sep: the head is returned, *rest is what follows it
 * (empty when sep is absent). */
us_str us_str_cut(us_str s, char sep, us_str *rest);

/* The whole of s as a decimal integer. False leaves *out alone: empty, other
 * characters, or out of range. */
bool us_str_int(us_str s, int64_t *out);

/* The whole of s as a JSON number (no hex, no inf, no locale), correctly rounded. */
bool us_str_real(us_str s, double *out);

/* Valid UTF-8: no overlong forms, no surrogates, nothing past U+10FFFF. */
bool us_str_is_utf8(us_str s);

/* How many bytes from its start on are UTF-8. */
size_t us_str_utf8(us_str s);

/* Its first bytes, at most so many, and no half of a character. */
us_str us_str_clip(us_str s, size_t most);

/* Columns a terminal gives s: wide East Asian characters count two. */
size_t us_str_columns(us_str s);

/* Edit distance with swaps of neighbours (optimal string alignment), letters
 * without case, capped at 64 characters each; larger is SIZE_MAX. For "did you
 * mean". */
size_t us_str_distance(us_str a, us_str b);

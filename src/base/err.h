/* err.h: what can go wrong, in one table, and how it is said.
 *
 * A function that can fail returns us_code and takes a struct us_error last.
 * The error is written on failure and left alone on success, so calls chain.
 * An error is a key of i18n/ with typed arguments; only the rim (src/text/) turns
 * it into words, in the reader's language. A broken invariant is not an error: it
 * is us_assert, in every build, and never used on input.
 */
#pragma once

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

/* code, HTTP status, CLI exit, worth retrying */
#define US_CODES(X)             \
    X(OK, 200, 0, false)        \
    X(USAGE, 400, 1, false)     \
    X(INPUT, 400, 2, false)     \
    X(NOT_FOUND, 404, 3, false) \
    X(LIMIT, 413, 4, false)     \
    X(BUSY, 429, 5, true)       \
    X(IO, 500, 6, true)         \
    X(REMOTE, 502, 7, true)     \
    X(REFUSED, 502, 8, false)

typedef enum us_code {
#define X(code, http, status, retry) US_##code,
    US_CODES(X)
#undef X
} us_code;

/* One typed argument of a sentence. The name is the {name} in i18n/. */
typedef enum us_arg_kind {
    US_ARG_NONE,
    US_ARG_TEXT,
    US_ARG_WHOLE,  /* an integer that counts: 1,234 */
    US_ARG_DIGITS, /* one that names: a port, an id: 1234 */
    US_ARG_REAL,   /* a number, shortest form */
    US_ARG_SHARE,  /* 0..1, shown as per cent */
    US_ARG_TIME,   /* microseconds UTC, shown to the minute */
    US_ARG_DAY,    /* microseconds UTC, shown as a date */
    US_ARG_BYTES,  /* a size */
    US_ARG_WORD    /* itself a key of i18n/, said in the same language */
} us_arg_kind;

typedef struct us_arg {
    const char *name;
    us_arg_kind kind;
    us_str text;
    int64_t whole;
    double real;
} us_arg;

#define US_TEXT(n, s)                                 \
    {                                                 \
        .name = (n), .kind = US_ARG_TEXT, .text = (s) \
    }
#define US_WHOLE(n, v)                                           \
    {                                                            \
        .name = (n), .kind = US_ARG_WHOLE, .whole = (int64_t)(v) \
    }
#define US_DIGITS(n, v)                                           \
    {                                                             \
        .name = (n), .kind = US_ARG_DIGITS, .whole = (int64_t)(v) \
    }
#define US_REAL(n, v)                                 \
    {                                                 \
        .name = (n), .kind = US_ARG_REAL, .real = (v) \
    }
#define US_SHARE(n, v)                                 \
    {                                                  \
        .name = (n), .kind = US_ARG_SHARE, .real = (v) \
    }
#define US_TIME(n, v)                                  \
    {                                                  \
        .name = (n), .kind = US_ARG_TIME, .whole = (v) \
    }
#define US_DAY(n, v)                                  \
    {                                                 \
        .name = (n), .kind = US_ARG_DAY, .whole = (v) \
    }
#define US_BYTES(n, v)                                           \
    {                                                            \
        .name = (n), .kind = US_ARG_BYTES, .whole = (int64_t)(v) \
    }
#define US_WORD(n, k)                                         \
    {                                                         \
        .name = (n), .kind = US_ARG_WORD, .text = us_str_c(k) \
    }

/* The arguments of one sentence; ends at a NULL name. */
#define US_ARGS(...) ((const us_arg[]){__VA_ARGS__, {.name = NULL}})

enum { US_ERROR_ARGS_MAX = 6, US_ERROR_TEXT_MAX = 512 };

struct us_error {
    us_code code;
    const char *key;                    /* of i18n/; a literal */
    us_arg args[US_ERROR_ARGS_MAX + 1]; /* text points into store */
    char store[US_ERROR_TEXT_MAX];      /* longer text is cut at a character */
};

/* Fill e (NULL is fine) and return code:
 *   return us_fail(e, US_INPUT, "import.bad_line", US_ARGS(US_WHOLE("line", n)));
 * args may be NULL. Texts are copied. */
__attribute__((warn_unused_result)) us_code us_fail(
    struct us_error *e, us_code code, const char *key, const us_arg *args);

/* A copy that keeps its own texts: one by assignment borrows those of `from`. They may
 * be the same error. */
void us_error_copy(struct us_error *to, const struct us_error *from);

/* The same, with errno's own words as argument {why}. */
__attribute__((warn_unused_result)) us_code us_fail_errno(
    struct us_error *e, us_code code, const char *key, us_str path);

const char *us_code_name(us_code code);
int us_code_http(us_code code);
int us_code_exit(us_code code);
bool us_code_retry(us_code code);

/* The one control-flow macro of the project, for functions that hold nothing. */
#define US_TRY(call)                    \
    do {                                \
        us_code try_ = (call);          \
        if (try_ != US_OK) return try_; \
    } while (0)

_Noreturn void us_panic(const char *file, int line, const char *what);
#define us_assert(cond) ((cond) ? (void)0 : us_panic(__FILE__, __LINE__, #cond))

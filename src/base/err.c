#include "base/err.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    int http;
    int status;
    bool retry;
} codes[] = {
#define X(code, http, status, retry) [US_##code] = {#code, http, status, retry},
    US_CODES(X)
#undef X
};

/* Copy as much of s as fits, never half a UTF-8 character. */
static us_str keep(struct us_error *e, size_t *used, us_str s)
{
    size_t room = sizeof e->store - *used;
    size_t len = us_str_clip(s, room).len;
    char *at = e->store + *used;
    if (len) memmove(at, s.ptr, len);
    *used += len;
    return (us_str){at, len};
}

us_code us_fail(struct us_error *e, us_code code, const char *key, const us_arg *args)
{
    us_assert(code != US_OK);
    if (!e) return code;
    struct us_error made = {.code = code, .key = key};
    *e = made;
    size_t used = 0;
    for (size_t i = 0; args && args[i].name; i++) {
        us_assert(i < US_ERROR_ARGS_MAX);
        e->args[i] = args[i];
        if (args[i].text.ptr) e->args[i].text = keep(e, &used, args[i].text);
    }
    return code;
}

void us_error_copy(struct us_error *to, const struct us_error *from)
{
    struct us_error kept;
    us_code code = us_fail(&kept, from->code, from->key, from->args);
    code = us_fail(to, code, kept.key, kept.args);
    us_assert(code == kept.code);
}

us_code us_fail_errno(struct us_error *e, us_code code, const char *key, us_str path)
{
    char text[128];
    const char *why = strerror_r(errno, text, sizeof text);
    return us_fail(
        e, code, key, US_ARGS(US_TEXT("path", path), US_TEXT("why", us_str_c(why))));
}

const char *us_code_name(us_code code)
{
    return codes[code].name;
}

int us_code_http(us_code code)
{
    return codes[code].http;
}

int us_code_exit(us_code code)
{
    return codes[code].status;
}

bool us_code_retry(us_code code)
{
    return codes[code].retry;
}

void us_panic(const char *file, int line, const char *what)
{
    fprintf(stderr, "usher: %s:%d: broken invariant: %s\n", file, line, what);
    abort();
}

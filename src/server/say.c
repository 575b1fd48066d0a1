#include "server/say.h"

#include "base/buf.h"
#include "base/time.h"
#include "server/clock.h"

#include <unistd.h>

enum { LINE_BYTES_MAX = 16 << 10 };

static const char *const levels[] = {"debug", "info", "warn", "error"};

static void value_put(struct us_buf *out, const us_arg *arg)
{
    char text[US_TIME_TEXT_MAX];
    switch (arg->kind) {
    case US_ARG_WHOLE:
    case US_ARG_DIGITS:
    case US_ARG_BYTES: us_buf_int(out, arg->whole); break;
    case US_ARG_REAL:
    case US_ARG_SHARE: us_buf_real(out, arg->real); break;
    case US_ARG_TIME:
    case US_ARG_DAY: us_buf_json(out, us_time_write(arg->whole, text)); break;
    case US_ARG_TEXT:
    case US_ARG_WORD: us_buf_json(out, arg->text); break;
    case US_ARG_NONE:
    default: us_buf_put(out, US_S("null")); break;
    }
}

static void json_put(struct us_buf *out, struct us_arena *a, us_level level,
    const char *key, const us_arg *args)
{
    char text[US_TIME_TEXT_MAX];
    us_buf_put(out, US_S("{\"at\":"));
    us_buf_json(out, us_time_write(us_server_now(), text));
    us_buf_fmt(
        out, ",\"level\":\"%s\",\"event\":\"%s\",\"message\":", levels[level], key);
    us_buf_json(out, us_text(a, US_EN, key, args));
    for (const us_arg *arg = args; arg && arg->name; arg++) {
        us_buf_fmt(out, ",\"%s\":", arg->name);
        value_put(out, arg);
    }
    us_buf_put(out, US_S("}\n"));
}

static void text_put(struct us_buf *out, const struct us_server_log *log,
    us_level level, const char *key, const us_arg *args)
{
    char text[US_TIME_TEXT_MAX];
    us_str at = us_time_write(us_server_now(), text);
    enum { DAY = 11, SECOND = 19 }; /* 2026-03-04T12:34:56 */
    us_buf_fmt(out, "%.*s ", US_ARG(us_str_slice(at, DAY, SECOND)));
    if (level > US_INFO) us_buf_fmt(out, "%s: ", levels[level]);
    us_say(out, log->lang, key, args);
    us_buf_char(out, '\n');
}

void us_server_say(const struct us_server_log *log, us_level level, const char *key,
    const us_arg *args)
{
    struct us_arena a;
    us_arena_init(&a, 4 * (size_t)LINE_BYTES_MAX);
    struct us_buf out = us_buf_new(&a, LINE_BYTES_MAX);
    if (log->terminal)
        text_put(&out, log, level, key, args);
    else
        json_put(&out, &a, level, key, args);
    us_str line = us_buf_str(&out);
    ssize_t wrote = write(log->fd, line.ptr, line.len);
    (void)wrote; /* a log that cannot be written has nowhere to say so */
    us_arena_done(&a);
}

void us_server_say_error(const struct us_server_log *log, us_level level,
    const char *key, const struct us_error *why)
{
    struct us_arena a;
    us_arena_init(&a, 4 * (size_t)LINE_BYTES_MAX);
    struct us_buf words = us_buf_new(&a, LINE_BYTES_MAX / 4);
    us_say_error(&words, log->terminal ? log->lang : US_EN, why);
    us_server_say(log, level, key, US_ARGS(US_TEXT("why", us_buf_str(&words))));
    us_arena_done(&a);
}

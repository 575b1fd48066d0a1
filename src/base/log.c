#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 2048 };

void us_log(const struct us_logger *log, us_level level, const char *event,
    const char *fmt, ...)
{
    static const char *const names[] = {"debug", "info", "warn", "error"};
    if (level < log->least) return;
    char line[LINE_MAX_BYTES];
    int n = snprintf(line, sizeof line, "level=%s event=%s %.*s", names[level], event,
        US_ARG(log->task));
    va_list ap;
    va_start(ap, fmt);
    int m = vsnprintf(line + n, sizeof line - (size_t)n, fmt, ap);
    va_end(ap);
    size_t len = (size_t)n + (size_t)(m > 0 ? m : 0);
    if (len > sizeof line - 1) len = sizeof line - 1;
    line[len] = '\n';
    ssize_t wrote = write(log->fd, line, len + 1);
    (void)wrote; /* a log that cannot be written has nowhere to say so */
}

/* log.h: what a running program says of itself: logfmt lines on a file descriptor.
 *
 * One line a call: level, event name (stable, dotted), fields as key=value. Fields
 * of the task come first. Below server, deliver and cli nothing logs: it returns.
 * Threads: any; a line is one write.
 */
#pragma once

#include "base/str.h"

typedef enum us_level { US_DEBUG, US_INFO, US_WARN, US_SEVERE } us_level;

struct us_logger {
    int fd;
    us_level least;
    us_str task; /* "import=ab12 " or empty; put first */
};

__attribute__((format(printf, 4, 5))) void us_log(const struct us_logger *log,
    us_level level, const char *event, const char *fmt, ...);

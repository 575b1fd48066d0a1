/* say.h: what the server says of itself, on stderr: short text where a person looks on,
 * else a line of JSON: {"at","level","event","message", and the arguments}.
 *
 * Nothing of what clients send is said, neither ids nor keys: counts, places and
 * causes.
 *
 * Threads: any; a line is one write.
 */
#pragma once

#include "base/err.h"
#include "base/log.h"
#include "text/text.h"

struct us_server_log {
    int fd;
    bool terminal;
    us_lang lang; /* of the text; a message in JSON is English */
};

/* key is one of i18n/, and the name of the event. */
void us_server_say(const struct us_server_log *log, us_level level, const char *key,
    const us_arg *args);

/* The same with an error's own words as {why}. */
void us_server_say_error(const struct us_server_log *log, us_level level,
    const char *key, const struct us_error *why);

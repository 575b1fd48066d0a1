/* text.h: keys and typed arguments become words, English or Chinese.
 *
 * The catalogue is i18n/<module>.json, both languages of a key side by side, compiled
 * in. A sentence holds {name} for an argument and, in English, {n?one|many} to choose
 * by a number. Braces that name no argument are said as they are, so that a text may
 * show YAML or JSON. Whatever a person reads passes through here.
 *
 * Threads: any; nothing is written.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

typedef enum us_lang { US_EN, US_ZH } us_lang;

/* "zh", "zh_CN.UTF-8", "zh-Hans" … are Chinese; everything else is English. */
us_lang us_lang_of(us_str name);

/* Whether both languages have the key; tests ask. */
bool us_text_known(us_str key);

/* args may be NULL, else ends at a NULL name. An unknown key is printed as it is. */
void us_say(struct us_buf *out, us_lang lang, const char *key, const us_arg *args);
us_str us_text(struct us_arena *a, us_lang lang, const char *key, const us_arg *args);
void us_say_error(struct us_buf *out, us_lang lang, const struct us_error *e);

/* Pieces: 1,234 · 12.5 · 41 % · 23 Nov 2026 / 2026年11月23日 · with 10:11 UTC · 3.2 MB.
 * A real has six significant digits at most; a share is 0 to 1. */
void us_say_whole(struct us_buf *out, us_lang lang, int64_t n);
void us_say_real(struct us_buf *out, us_lang lang, double value);
void us_say_share(struct us_buf *out, us_lang lang, double share);
void us_say_day(struct us_buf *out, us_lang lang, int64_t at);
void us_say_time(struct us_buf *out, us_lang lang, int64_t at);
void us_say_bytes(struct us_buf *out, us_lang lang, int64_t bytes);

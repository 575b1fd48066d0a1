/* words.h: functions over events in words. Inside this folder only. */
#pragma once

#include "answer/answer.h"

enum {
    US_WORDS_MAX = 2048,       /* bytes of one value, name or expression as shown */
    US_PRINTED_MAX = 64 << 10, /* an expression printed is seldom longer than written */
};

struct us_words {
    const struct us_rules *rules;
    const struct us_fact *fact;
    us_lang lang;
    int64_t t;
    struct us_arena *arena; /* scratch */
    struct us_buf *out;
};

/* "“Invite Sent” 3 times in 7 days". The fact is of a call, and its value is there. */
void us_words_call(const struct us_words *w);

/* "Tuesday" when it was in the last six days, "today", else the date. */
us_str us_words_day(const struct us_words *w, int64_t at);

/* ", latest Tuesday", of a count that does not say since when. */
void us_words_latest(const struct us_words *w);

/* "14 days", "24 hours", "all time"; empty for a call without a window. Of prior, trend
 * and first it is the window of the function inside. */
us_str us_words_window(const struct us_words *w);

/* "Invite Sent", "Limit Reached: seats", "Plan Viewed → Seat Added", "any event". */
us_str us_words_event(const struct us_words *w);

/* The beginning of a text longer than US_WORDS_MAX, of whole characters and "…". */
us_str us_words_shown(us_str text, struct us_arena *a);

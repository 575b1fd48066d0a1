/* clock.c: when it happened, whatever clock the client has.
 *
 * A client's clock may be wrong by years, but it is wrong by the same amount when the
 * event happens and when it is sent. So (semantics 6):
 *
 *     at = received − (sent − original)
 *
 * where sent and received are both known. The four dialects differ only in which of
 * their times is the original one: Segment's `originalTimestamp`, or its `timestamp`
 * where sentAt stands without the former (the server SDK); RudderStack's
 * `originalTimestamp`; PostHog's `timestamp` with the batch's `sent_at`; Jitsu's
 * `timestamp` and `sentAt`. Without sent or received nothing is corrected: an import's
 * times stand as they are.
 */

#include "event/read.h"

#include <math.h>
#include <string.h>

/* Numbers from here on are milliseconds (1973 in ms, 5138 in seconds). */
static const double MILLISECONDS_FROM = 1e11;

int64_t us_clock_correct(const struct us_clock *c)
{
    bool corrects = c->sent != US_NEVER && c->received != US_NEVER;
    if (corrects) {
        int64_t original = c->original != US_NEVER ? c->original : c->timestamp;
        return original != US_NEVER ? c->received - (c->sent - original) : c->received;
    }
    if (c->timestamp != US_NEVER) return c->timestamp;
    if (c->original != US_NEVER) return c->original;
    return c->received != US_NEVER ? c->received : c->sent;
}

/* Eight bytes at p against a form in which a digit is written 0: each digit's value in
 * its byte, the first byte lowest; anything else sets *bad. To a value of 10 or more
 * 0x76 carries into the top bit, where no digit may stand 0x7f does to any but 0. */
static inline uint64_t digits(const char *p, const char form[9], uint64_t *bad)
{
    uint64_t text, want, most = 0;
    memcpy(&text, p, sizeof text);
    memcpy(&want, form, sizeof want);
    for (int i = 0; i < 8; i++)
        most |= (uint64_t)(form[i] == '0' ? 0x76 : 0x7f) << (8 * i);
    uint64_t values = text ^ want;
    *bad |= (values | (values + most)) & UINT64_C(0x8080808080808080);
    return values;
}

/* The number of two digits that begin at byte i of them. */
static inline int two(uint64_t values, int i)
{
    return (int)(values >> (8 * i) & 0xff) * 10 + (int)(values >> (8 * i + 8) & 0xff);
}

/* Days before each month of a year that begins in March, so that leap days come last.
 */
static const int month_days[13] = {
    0, 306, 337, 0, 31, 61, 92, 122, 153, 184, 214, 245, 275};

bool us_clock_text(us_str s, int64_t *at)
{
    /* "2026-11-23T10:11:12Z", decimals 0, 3 or 6; days to 28 need no calendar. */
    bool shape = s.len == 20 || s.len == 24 || s.len == 27;
    if (!shape || s.ptr[s.len - 1] != 'Z') return us_time_read(s, at);
    uint64_t bad = 0;
    uint64_t date = digits(s.ptr, "0000-00-", &bad);
    uint64_t time = digits(s.ptr + 8, "00T00:00", &bad);
    uint64_t clock = digits(s.ptr + 11, "00:00:00", &bad);
    int year = two(date, 0) * 100 + two(date, 2);
    int month = two(date, 5);
    int day = two(time, 0);
    int hour = two(clock, 0);
    int minute = two(clock, 3);
    int second = two(clock, 6);
    int micro = 0;
    if (s.len == 24) {
        uint64_t rest = digits(s.ptr + 16, ":00.000Z", &bad);
        micro = (two(rest, 4) * 10 + (int)(rest >> 48 & 0xff)) * 1000;
    } else if (s.len == 27) {
        uint64_t rest = digits(s.ptr + 19, ".000000Z", &bad);
        micro = two(rest, 1) * 10000 + two(rest, 3) * 100 + two(rest, 5);
    }
    bad |= (unsigned)(year - 1970) >= 2199 - 1970 || (unsigned)(month - 1) >= 12 ||
           (unsigned)(day - 1) >= 28 || hour > 23 || minute > 59 || second > 59;
    if (bad) return us_time_read(s, at);
    int y = year - (month <= 2);
    int64_t days =
        y * 365 + y / 4 - y / 100 + y / 400 + month_days[month] + day - 719469;
    *at = days * US_DAY_US + hour * US_HOUR_US + minute * US_MINUTE_US +
          second * US_SECOND_US + micro;
    return true;
}

static bool number_time(us_str text, int64_t *at)
{
    double n = 0;
    if (!us_str_real(text, &n)) return false;
    double us = n * (fabs(n) >= MILLISECONDS_FROM ? 1e3 : 1e6);
    if (!(us >= (double)US_TIME_MIN && us < (double)US_TIME_MAX)) return false;
    *at = (int64_t)us;
    return true;
}

us_code us_clock_read(const struct us_json_doc *doc, uint32_t node, const char *field,
    int64_t *at, struct us_error *e)
{
    if (node == US_JSON_NONE) return US_OK;
    const us_json_node *n = &doc->nodes[node];
    us_str text = us_node_span(doc, node);
    bool string = n->kind == US_JSON_STRING;
    if (n->kind == US_JSON_NULL || (string && text.len == 0)) return US_OK;
    if (string && us_clock_text(text, at)) return US_OK;
    if ((string || n->kind == US_JSON_NUMBER) && number_time(text, at)) return US_OK;
    us_str start = us_str_clip(text, US_TIME_TEXT_MAX);
    return us_fail(e, US_INPUT, "event.bad_time",
        US_ARGS(US_TEXT("field", us_str_c(field)), US_TEXT("text", start)));
}

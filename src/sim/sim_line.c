/* sim_line.c: one event as a line of the Segment spec. */

#include "base/time.h"
#include "sim/sim_inner.h"

enum { SKEW_MS = 2 * HOUR_MS };

/* "00" … "99" and "00" … "ff": two characters are one copy. */
#define TEN(t) t "0" t "1" t "2" t "3" t "4" t "5" t "6" t "7" t "8" t "9"
static const char tens[] = TEN("0") TEN("1") TEN("2") TEN("3") TEN("4") TEN("5")
    TEN("6") TEN("7") TEN("8") TEN("9");
#define HEX(t) TEN(t) t "a" t "b" t "c" t "d" t "e" t "f"
static const char sixteens[] =
    HEX("0") HEX("1") HEX("2") HEX("3") HEX("4") HEX("5") HEX("6") HEX("7") HEX("8")
        HEX("9") HEX("a") HEX("b") HEX("c") HEX("d") HEX("e") HEX("f");

static inline char *two(char *p, uint32_t n)
{
    memcpy(p, &tens[(size_t)n * 2], 2);
    return p + 2;
}

char *us_sim_number(char *p, uint64_t n)
{
    char text[20];
    char *at = text + sizeof text;
    while (n >= 100) {
        at -= 2;
        memcpy(at, tens + n % 100 * 2, 2);
        n /= 100;
    }
    if (n >= 10) {
        at -= 2;
        memcpy(at, tens + n * 2, 2);
    } else {
        *--at = (char)('0' + n);
    }
    size_t len = (size_t)(text + sizeof text - at);
    memcpy(p, at, len);
    return p + len;
}

char *us_sim_padded(char *p, uint32_t n, int digits)
{
    for (int i = digits; i-- > 0; n /= 10)
        p[i] = (char)('0' + n % 10);
    return p + digits;
}

char *us_sim_cents(char *p, int64_t cents)
{
    p = us_sim_number(p, (uint64_t)cents / 100);
    *p++ = '.';
    return two(p, (uint32_t)(cents % 100));
}

char *us_sim_hex(char *p, uint64_t n)
{
    for (int shift = 56; shift >= 0; shift -= 8, p += 2)
        memcpy(p, sixteens + ((n >> shift) & 255) * 2, 2);
    return p;
}

char *us_sim_time(char *p, uint32_t ms)
{
    uint32_t s = ms / 1000;
    p = two(p, s / 3600);
    *p++ = ':';
    p = two(p, s / 60 % 60);
    *p++ = ':';
    p = two(p, s % 60);
    *p++ = '.';
    uint32_t rest = ms % 1000;
    *p++ = (char)('0' + rest / 100);
    p = two(p, rest % 100);
    *p++ = 'Z';
    return p;
}

char *us_sim_date(const struct us_sim_world *w, char *p, int64_t day)
{
    us_date d = us_date_of((w->start_day + day) * US_DAY_US);
    p = us_sim_padded(p, (uint32_t)d.year, 4);
    *p++ = '-';
    p = two(p, (uint32_t)d.month);
    *p++ = '-';
    return two(p, (uint32_t)d.day);
}

char *us_sim_stamp(const struct us_sim_world *w, char *p, int64_t day, int64_t ms)
{
    int64_t over = us_floor_div(ms, DAY_MS);
    day += over;
    ms -= over * DAY_MS;
    if (day == w->day) {
        memcpy(p, w->date, 11);
        p += 11;
    } else {
        p = us_sim_date(w, p, day);
        *p++ = 'T';
    }
    return us_sim_time(p, (uint32_t)ms);
}

char *us_sim_account_id(char *p, uint32_t id)
{
    return us_sim_number(sim_put(p, US_S("acc")), id);
}

char *us_sim_user_id(char *p, uint32_t id, uint32_t user)
{
    *p++ = 'u';
    p = us_sim_number(p, id);
    *p++ = '.';
    return us_sim_number(p, user);
}

/* In the form of a UUID. The first half is a one-to-one function of account and
 * serial, so no two messages share an id. */
static char *message_id(
    const struct us_sim_world *w, const struct us_sim_event *ev, char *p)
{
    uint64_t high = sim_mix(((uint64_t)ev->account << 32 | ev->serial) ^ w->seed);
    char text[32];
    us_sim_hex(text, high);
    us_sim_hex(text + 16, sim_mix(high + 1));
    memcpy(p, text, 8);
    p[8] = '-';
    memcpy(p + 9, text + 8, 4);
    p[13] = '-';
    memcpy(p + 14, text + 12, 4);
    p[18] = '-';
    memcpy(p + 19, text + 16, 4);
    p[23] = '-';
    memcpy(p + 24, text + 20, 12);
    return p + 36;
}

static char *anonymous_id(
    const struct us_sim_world *w, const struct us_sim_event *ev, char *p)
{
    p = sim_put(p, US_S("anon-"));
    return us_sim_hex(
        p, sim_hash(w->seed ^ ev->account, ev->account == ACCOUNT_NONE ? ev->user : 0));
}

static char *who(const struct us_sim_world *w, const struct us_sim_event *ev, char *p)
{
    if (!(ev->flags & FLAG_ANONYMOUS)) {
        p = sim_put(p, US_S("\",\"userId\":\""));
        p = us_sim_user_id(p, ev->account, ev->user);
    }
    if (ev->flags & (FLAG_ANONYMOUS | FLAG_BOTH)) {
        p = sim_put(p, US_S("\",\"anonymousId\":\""));
        p = anonymous_id(w, ev, p);
    }
    return p;
}

/* Up to the opening quote of the timestamp. */
static char *context(const struct us_sim_event *ev, char *p)
{
    if (!(ev->flags & (FLAG_NO_GROUP | FLAG_ANONYMOUS))) {
        p = sim_put(p, US_S("\"groupId\":\""));
        p = us_sim_account_id(p, ev->account);
        p = sim_put(p, US_S("\","));
    }
    p = sim_put(p, us_sim_countries[ev->country].context);
    return sim_put(p, us_sim_shapes[ev->kind].tail);
}

static char *property(const struct us_sim_world *w, const struct us_sim_event *ev,
    const struct sim_prop *prop, uint64_t r, char *p)
{
    p = sim_put(p, prop->glue);
    switch (prop->kind) {
    case PROP_NONE: break;
    case PROP_WORD:
    case PROP_EXTRA_WORD: {
        uint32_t i =
            prop->kind == PROP_WORD ? sim_below(r, prop->list->count) : ev->extra;
        *p++ = '"';
        p = sim_put(p, prop->list->words[i]);
        *p++ = '"';
        break;
    }
    case PROP_SPAN:
        p = us_sim_number(
            p, prop->least + (((uint64_t)sim_exponential(r) * prop->mean) >> 16));
        break;
    case PROP_EXTRA: p = us_sim_number(p, ev->extra); break;
    case PROP_FLAG: p = sim_put(p, r >> 63 ? US_S("true") : US_S("false")); break;
    case PROP_INVITEE: {
        struct sim_person invitee = us_sim_user(w, ev->account, ev->extra);
        *p++ = '"';
        p = us_sim_email(w, p, &invitee);
        *p++ = '"';
        break;
    }
    }
    return p;
}

static char *track(const struct us_sim_world *w, const struct us_sim_event *ev, char *p)
{
    const struct sim_shape *shape = &us_sim_shapes[ev->kind];
    p = sim_put(p, shape->middle);
    uint64_t r = sim_hash((uint64_t)ev->account << 32 | ev->serial, w->seed + ev->kind);
    p = property(w, ev, &shape->props[0], r, p);
    if (shape->props[1].kind != PROP_NONE)
        p = property(w, ev, &shape->props[1], sim_mix(r), p);
    p = sim_put(p, US_S("},\"context\":{"));
    return context(ev, p);
}

static char *identify(
    const struct us_sim_world *w, const struct us_sim_event *ev, char *p)
{
    static const us_str roles[3] = {
        US_S_INIT("member"), US_S_INIT("admin"), US_S_INIT("developer")};
    struct sim_person person = us_sim_user(w, ev->account, ev->user);
    p = sim_put(p, US_S("\",\"traits\":{\"email\":\""));
    p = us_sim_email(w, p, &person);
    p = sim_put(p, US_S("\",\"name\":\""));
    p = us_sim_person_name(p, &person);
    p = sim_put(p, US_S("\",\"title\":\""));
    p = sim_put(p, us_sim_title(&person));
    p = sim_put(p, US_S("\",\"role\":\""));
    uint32_t role = ev->flags & FLAG_ADMIN ? 1 : us_sim_role(&person);
    p = sim_put(p, ev->user == 0 ? US_S("owner") : roles[role]);
    if (ev->flags & FLAG_FIRST) {
        p = sim_put(p, US_S("\",\"createdAt\":\""));
        p = us_sim_stamp(w, p, w->day, ev->ms);
    }
    p = sim_put(p, US_S("\"},\"context\":{"));
    return context(ev, p);
}

static char *group(const struct us_sim_world *w, const struct us_sim_event *ev, char *p)
{
    uint32_t company = us_sim_company(w, ev->account);
    p = sim_put(p, US_S("\",\"groupId\":\""));
    p = us_sim_account_id(p, ev->account);
    p = sim_put(p, US_S("\",\"traits\":{\"name\":\""));
    p = us_sim_account_name(w, p, ev->account);
    p = sim_put(p, US_S("\",\"plan\":\""));
    p = sim_put(p, us_sim_plans[ev->extra]);
    p = sim_put(p, US_S("\",\"employees\":"));
    p = us_sim_number(p, us_sim_employees(w, company));
    p = sim_put(p, US_S(",\"industry\":\""));
    p = sim_put(p, us_sim_industry(w, company));
    p = sim_put(p, US_S("\",\"country\":\""));
    p = sim_put(p, us_sim_countries[ev->country].code);
    if (!us_sim_free_mail(w, company)) {
        p = sim_put(p, US_S("\",\"domain\":\""));
        p = us_sim_domain(w, p, company);
    }
    if (ev->flags & FLAG_FIRST) {
        p = sim_put(p, US_S("\",\"createdAt\":\""));
        p = us_sim_stamp(w, p, w->day, ev->ms);
    }
    p = sim_put(p, US_S("\"},\"context\":{"));
    return context(ev, p);
}

/* Clock of the client off by up to two hours either way; the batch left `lag` after
 * the event and was a moment on the wire. at = receivedAt − (sentAt − original). */
static char *clocks(
    const struct us_sim_world *w, const struct us_sim_event *ev, char *p)
{
    int64_t skew = 0;
    if (ev->flags & FLAG_CLOCK)
        skew = (int64_t)sim_below(sim_hash(ev->serial, ev->account), 2 * SKEW_MS) -
               SKEW_MS;
    int64_t sent = (int64_t)ev->ms + skew;
    p = sim_put(p, US_S(",\"originalTimestamp\":\""));
    p = us_sim_stamp(w, p, w->day, sent - ev->lag_ms);
    p = sim_put(p, US_S("\",\"sentAt\":\""));
    p = us_sim_stamp(w, p, w->day, sent);
    *p++ = '"';
    return p;
}

char *us_sim_line(
    const struct us_sim_world *w, const struct us_sim_event *event, char *p)
{
    static const us_str heads[5] = {
        US_S_INIT("{\"type\":\"identify\",\"messageId\":\""),
        US_S_INIT("{\"type\":\"group\",\"messageId\":\""),
        US_S_INIT("{\"type\":\"alias\",\"messageId\":\""),
        US_S_INIT("{\"type\":\"page\",\"messageId\":\""),
        US_S_INIT("{\"type\":\"track\",\"messageId\":\"")};
    us_sim_kind kind = event->kind;
    p = sim_put(p, heads[kind < SIM_SIGNED_UP ? kind : SIM_SIGNED_UP]);
    p = message_id(w, event, p);
    p = who(w, event, p);
    if (kind >= SIM_SIGNED_UP) {
        p = track(w, event, p);
    } else if (kind == SIM_PAGE) {
        p = sim_put(p, US_S("\",\"name\":\""));
        p = context(event, sim_put(p, us_sim_pages[event->extra].properties));
    } else if (kind == SIM_IDENTIFY) {
        p = identify(w, event, p);
    } else if (kind == SIM_GROUP) {
        p = group(w, event, p);
    } else {
        p = sim_put(p, US_S("\",\"previousId\":\""));
        p = anonymous_id(w, event, p);
        p = context(event, sim_put(p, US_S("\",\"context\":{")));
    }
    p = us_sim_stamp(w, p, w->day, (int64_t)event->ms - event->lag_ms);
    *p++ = '"';
    if (event->lag_ms) {
        if (!(event->flags & FLAG_AGAIN)) p = clocks(w, event, p);
        p = sim_put(p, US_S(",\"receivedAt\":\""));
        p = us_sim_stamp(w, p, w->day, event->ms);
        *p++ = '"';
    }
    *p++ = '}';
    *p++ = '\n';
    return p;
}

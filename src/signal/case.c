#include "signal/case.h"

#include "base/err.h"

/* Lines of a case are few, so lists are scanned and rows sorted by insertion. */
enum { ROWS_MAX = 512, PROPS_MAX = 16 };

struct prop {
    us_str key, value;
};

struct line {
    int64_t at, known, until;
    us_str who, verb; /* verb in its quotes when it is an event */
    us_str amount;
    struct prop props[PROPS_MAX];
    size_t prop_count;
};

struct reader {
    const struct us_plan *plan;
    struct us_arena *arena;
    struct us_log *log;
};

/* The next word; spaces inside quotes do not end it. */
static us_str word(us_str *rest)
{
    us_str s = us_str_trim(*rest);
    bool quoted = false;
    size_t i = 0;
    for (; i < s.len && (quoted || s.ptr[i] != ' '); i++)
        if (s.ptr[i] == '"') quoted = !quoted;
    us_assert(!quoted);
    *rest = us_str_slice(s, i, s.len);
    return us_str_slice(s, 0, i);
}

int64_t us_case_time(us_str text)
{
    int64_t at = 0;
    us_assert(us_time_read(text, &at));
    return at;
}

us_value us_case_value(us_str text)
{
    double number = 0;
    if (text.len == 0 || us_str_eq(text, US_S("missing"))) return us_missing();
    if (us_str_eq(text, US_S("true"))) return us_bool(true);
    if (us_str_eq(text, US_S("false"))) return us_bool(false);
    if (text.ptr[0] == '"') return us_string(us_str_slice(text, 1, text.len - 1));
    us_assert(us_str_real(text, &number));
    return us_number(number);
}

static struct line read_line(us_str rest)
{
    struct line l = {.at = us_case_time(word(&rest)), .until = US_NEVER};
    l.known = l.at;
    l.who = word(&rest);
    while (us_str_eq(l.who, US_S("known")) || us_str_eq(l.who, US_S("until"))) {
        int64_t at = us_case_time(word(&rest));
        if (us_str_eq(l.who, US_S("known"))) {
            l.known = at;
        } else {
            l.until = at;
        }
        l.who = word(&rest);
    }
    l.verb = word(&rest);
    us_assert(l.who.len && l.verb.len && l.known >= l.at);
    while (us_str_trim(rest).len) {
        us_str w = word(&rest);
        if (us_str_find(w, US_S("=")) == w.len) {
            l.amount = w;
            continue;
        }
        us_assert(l.prop_count < PROPS_MAX);
        struct prop *p = &l.props[l.prop_count++];
        p->key = us_str_cut(w, '=', &p->value);
    }
    return l;
}

static us_str prop_of(const struct line *l, us_str key)
{
    for (size_t i = 0; i < l->prop_count; i++)
        if (us_str_eq(l->props[i].key, key)) return l->props[i].value;
    return (us_str){0};
}

uint32_t us_case_person(const struct us_log *log, us_str key)
{
    for (size_t i = 0; i < log->person_count; i++)
        if (us_str_eq(log->people[i].key, key)) return log->people[i].id;
    return US_NOBODY;
}

/* Ids are given in order of first sight. */
static uint32_t person(struct us_log *log, us_str key)
{
    if (us_str_eq(key, US_S("account"))) return US_NOBODY;
    uint32_t id = us_case_person(log, key);
    if (id != US_NOBODY) return id;
    us_assert(log->person_count < ROWS_MAX);
    id = (uint32_t)log->person_count++;
    log->people[id] = (struct us_log_person){.id = id, .key = key, .identified = true};
    return id;
}

static uint32_t name_of(const struct us_need *n, us_str name)
{
    for (uint32_t i = 0; i < n->name_count; i++)
        if (us_str_eq(n->names[i], name)) return i;
    for (size_t i = 0; i < n->other_count; i++)
        if (us_str_eq(n->others[i].other, name)) return n->others[i].name;
    return US_NAME_OTHER;
}

static void event(struct reader r, const struct line *l, int64_t seq)
{
    struct us_log *log = r.log;
    us_assert(log->event_count < ROWS_MAX);
    size_t i = log->event_count++;
    size_t columns = log->column_count;
    for (; i > 0 && log->events[i - 1].at > l->at; i--) {
        log->events[i] = log->events[i - 1];
        for (size_t k = 0; k < columns; k++)
            log->values[i * columns + k] = log->values[(i - 1) * columns + k];
    }
    log->events[i] = (struct us_log_event){.at = l->at,
        .from = l->known,
        .to = l->until,
        .seq = seq,
        .name = name_of(&r.plan->need, us_str_slice(l->verb, 1, l->verb.len - 1)),
        .user = person(log, l->who)};
    for (size_t k = 0; k < columns; k++) {
        const struct us_column *c = &r.plan->need.columns[k];
        us_value v = us_case_value(prop_of(l, c->path));
        log->values[i * columns + k] = v.kind == c->kind ? v : us_missing();
    }
}

static void trait(struct reader r, const struct line *l, int64_t seq, size_t which)
{
    const struct us_need *n = &r.plan->need;
    struct us_log *log = r.log;
    uint32_t user = person(log, l->who);
    bool account = user == US_NOBODY;
    const us_str *keys = account ? n->account_traits : n->user_traits;
    size_t count = account ? n->account_trait_count : n->user_trait_count;
    uint32_t key = 0;
    while (key < count && !us_str_eq(keys[key], l->props[which].key))
        key++;
    if (key == count) return;
    us_assert(log->trait_count < ROWS_MAX);
    size_t i = log->trait_count++;
    for (; i > 0 && log->traits[i - 1].at > l->at; i--)
        log->traits[i] = log->traits[i - 1];
    log->traits[i] = (struct us_log_trait){.at = l->at,
        .from = l->known,
        .to = l->until,
        .seq = seq,
        .user = user,
        .key = key,
        .value = us_case_value(l->props[which].value)};
}

static int64_t millionths(us_str text)
{
    int64_t n = 0;
    us_assert(text.len == 0 || us_decimal(us_case_value(text), &n));
    return n;
}

static us_pay_status status_of(us_str verb)
{
    if (us_str_eq(verb, US_S("pays"))) return US_PAY_PAID;
    if (us_str_eq(verb, US_S("fails"))) return US_PAY_FAILED;
    if (us_str_eq(verb, US_S("refunds"))) return US_PAY_REFUNDED;
    us_assert(us_str_eq(verb, US_S("disputes")));
    return US_PAY_DISPUTED;
}

static void payment(struct reader r, const struct line *l, int64_t seq)
{
    struct us_log *log = r.log;
    us_assert(log->payment_count < ROWS_MAX);
    size_t i = log->payment_count++;
    for (; i > 0 && log->payments[i - 1].at > l->at; i--)
        log->payments[i] = log->payments[i - 1];
    us_str from = prop_of(l, US_S("from"));
    us_str to = prop_of(l, US_S("to"));
    us_str months = prop_of(l, US_S("months"));
    log->payments[i] = (struct us_log_payment){.at = l->at,
        .from = l->known,
        .to = l->until,
        .seq = seq,
        .status = status_of(l->verb),
        .invoice = us_case_value(prop_of(l, US_S("invoice"))).text,
        .channel = us_case_value(prop_of(l, US_S("channel"))).text,
        .amount = millionths(l->amount),
        .tax = millionths(prop_of(l, US_S("tax"))),
        .start = from.len ? us_case_time(from) : l->at,
        .end = to.len ? us_case_time(to) : l->at,
        .months = millionths(months) / US_MILLION,
        .quantity = 1,
        .converted = prop_of(l, US_S("rate")).len == 0};
}

static void deal(struct reader r, const struct line *l, int64_t seq)
{
    struct us_log *log = r.log;
    us_assert(log->deal_count < ROWS_MAX);
    size_t i = log->deal_count++;
    for (; i > 0 && log->deals[i - 1].at > l->at; i--)
        log->deals[i] = log->deals[i - 1];
    log->deals[i] = (struct us_log_deal){.at = l->at,
        .from = l->known,
        .to = l->until,
        .seq = seq,
        .id = us_case_value(prop_of(l, US_S("id"))).text,
        .stage = us_case_value(prop_of(l, US_S("stage"))).text,
        .type = us_case_value(prop_of(l, US_S("type"))).text,
        .channel = us_case_value(prop_of(l, US_S("channel"))).text,
        .owner = us_case_value(prop_of(l, US_S("owner"))).text,
        .stage_at = l->at,
        .created = US_NEVER,
        .first_touch = US_NEVER,
        .amount = millionths(prop_of(l, US_S("amount"))),
        .arr = millionths(prop_of(l, US_S("arr")))};
}

void us_case_read(
    const struct us_plan *p, us_str history, struct us_arena *a, struct us_log *out)
{
    *out = (struct us_log){.column_count = p->need.column_count};
    out->events = us_new(a, struct us_log_event, ROWS_MAX);
    out->values = us_new(a, us_value, ROWS_MAX * out->column_count);
    out->traits = us_new(a, struct us_log_trait, ROWS_MAX);
    out->payments = us_new(a, struct us_log_payment, ROWS_MAX);
    out->deals = us_new(a, struct us_log_deal, ROWS_MAX);
    out->people = us_new(a, struct us_log_person, ROWS_MAX);
    struct reader r = {p, a, out};
    for (int64_t seq = 1; history.len; seq++) {
        us_str text = us_str_trim(us_str_cut(history, '\n', &history));
        if (text.len == 0) continue;
        struct line l = read_line(text);
        if (l.verb.ptr[0] == '"') {
            event(r, &l, seq);
        } else if (us_str_eq(l.verb, US_S("sets"))) {
            for (size_t i = 0; i < l.prop_count; i++)
                trait(r, &l, seq, i);
        } else if (us_str_eq(l.verb, US_S("deals"))) {
            deal(r, &l, seq);
        } else {
            payment(r, &l, seq);
        }
    }
}

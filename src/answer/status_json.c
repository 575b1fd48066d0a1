/* status_json.c: the same for machines, one document: {"figures": {"events": {"value",
 * "share"}, …}, "events": […], "sources": […], "dead_letters": […], "journal": {…}}. */

#include "answer/status.h"

static void text(struct us_buf *out, const char *key, us_str s)
{
    us_buf_fmt(out, "\"%s\":", key);
    us_buf_json(out, s);
}

static void number(
    struct us_buf *out, const char *key, const struct us_status_row *row, size_t i)
{
    us_buf_fmt(out, ",\"%s\":", key);
    if (row->known[i]) {
        us_buf_int(out, row->values[i]);
    } else {
        us_buf_put(out, US_S("null"));
    }
}

static void moment(struct us_buf *out, bool known, int64_t at)
{
    if (!known || at < US_TIME_MIN || at >= US_TIME_MAX) {
        us_buf_put(out, US_S("null"));
        return;
    }
    us_buf_char(out, '"');
    us_time_put(out, at);
    us_buf_char(out, '"');
}

static void last(struct us_buf *out, const struct us_status_row *row, size_t i)
{
    us_buf_put(out, US_S(",\"last\":"));
    moment(out, row->known[i], row->values[i]);
}

/* What stands behind the last point of a key. */
static us_str last_part(us_str key)
{
    size_t i = key.len;
    while (i && key.ptr[i - 1] != '.')
        i--;
    return us_str_slice(key, i, key.len);
}

static void figures(const struct us_status *s, struct us_buf *out)
{
    for (size_t i = 0; i < s->figure_count; i++) {
        const struct us_status_figure *f = &s->figures[i];
        if (i) us_buf_char(out, ',');
        us_buf_json(out, last_part(us_str_c(f->key)));
        us_buf_put(out, US_S(":{\"value\":"));
        if (f->kind == US_ARG_TIME) {
            moment(out, f->known, f->value);
        } else if (f->known) {
            us_buf_int(out, f->value);
        } else {
            us_buf_put(out, US_S("null"));
        }
        if (f->has_share) {
            us_buf_put(out, US_S(",\"share\":"));
            us_buf_real(out, f->share);
        }
        us_buf_char(out, '}');
    }
}

static void rows_begin(struct us_buf *out, const char *key)
{
    us_buf_fmt(out, ",\"%s\":[", key);
}

static void row_begin(struct us_buf *out, size_t i)
{
    us_buf_put(out, i ? US_S(",{") : US_S("{"));
}

static void lists(const struct us_status *s, int64_t now, struct us_buf *out)
{
    rows_begin(out, "events");
    for (size_t i = 0; i < s->events.count; i++) {
        const struct us_status_row *r = &s->events.rows[i];
        row_begin(out, i);
        text(out, "event", r->name);
        number(out, "events", r, 0);
        number(out, "people", r, 1);
        number(out, "accounts", r, 2);
        last(out, r, 3);
        us_buf_char(out, '}');
    }
    us_buf_char(out, ']');
    rows_begin(out, "sources");
    for (size_t i = 0; i < s->sources.count; i++) {
        const struct us_status_row *r = &s->sources.rows[i];
        row_begin(out, i);
        text(out, "source", r->name);
        number(out, "events", r, 0);
        last(out, r, 2);
        us_buf_fmt(out, ",\"silent\":%s}", us_status_silent(r, now) ? "true" : "false");
    }
    us_buf_char(out, ']');
    rows_begin(out, "dead_letters");
    for (size_t i = 0; i < s->dead.count; i++) {
        const struct us_status_row *r = &s->dead.rows[i];
        row_begin(out, i);
        text(out, "reason", r->name);
        us_buf_char(out, ',');
        text(out, "words", r->words);
        number(out, "letters", r, 0);
        last(out, r, 1);
        us_buf_char(out, '}');
    }
    us_buf_char(out, ']');
}

void us_status_json(const struct us_status *s, const struct us_journal_sizes *journal,
    const struct us_replay_sizes *replay, int64_t now, struct us_buf *out)
{
    us_buf_put(out, US_S("{\"at\":"));
    moment(out, true, now);
    us_buf_put(out, US_S(",\"figures\":{"));
    figures(s, out);
    us_buf_char(out, '}');
    lists(s, now, out);
    us_buf_fmt(out, ",\"journal\":{\"text_bytes\":%llu,\"disk_bytes\":%llu,",
        (unsigned long long)journal->text, (unsigned long long)journal->disk);
    us_buf_fmt(out, "\"segments\":%llu}", (unsigned long long)journal->segments);
    us_buf_fmt(out, ",\"replay\":{\"events\":%lld,\"disk_bytes\":%llu,",
        (long long)replay->events, (unsigned long long)replay->disk);
    us_buf_fmt(
        out, "\"segments\":%llu,\"last\":", (unsigned long long)replay->segments);
    moment(out, replay->last_known != US_ALWAYS, replay->last_known);
    us_buf_put(out, US_S("}}\n"));
}

#include "server/health.h"

#include "base/buf.h"
#include "base/time.h"
#include "file/file.h"
#include "server/clock.h"
#include "server/fresh.h"

#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

enum { ANSWER_BYTES_MAX = 1 << 20, WHY_BYTES_MAX = 4096 };

static void healthz(void *ctx, struct us_http_request *r)
{
    (void)ctx;
    struct us_http_answer a = {.status = 200, .body = US_S("{\"status\":\"alive\"}\n")};
    us_http_answer(r, &a);
}

/* ---- /readyz ---- */

enum state { READY, DEGRADED, UNREADY };
static const char *const states[] = {"ready", "degraded", "unready"};

struct verdict {
    enum state state;
    struct us_buf reasons;
};

static void reason(struct verdict *v, enum state state, const char *what, us_str why)
{
    if (state > v->state) v->state = state;
    us_buf_fmt(&v->reasons,
        "%s{\"what\":\"%s\",\"status\":\"%s\",\"why\":", v->reasons.len ? "," : "",
        what, states[state]);
    us_buf_json(&v->reasons, why);
    us_buf_char(&v->reasons, '}');
}

static int64_t free_bytes(us_str dir, struct us_arena *a)
{
    struct statvfs fs;
    if (statvfs(us_arena_cstr(a, dir), &fs) != 0) return -1;
    return (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
}

static void journal_judge(struct us_health *h, struct verdict *v, struct us_arena *a)
{
    struct us_commit_counts c = us_committer_counts(h->committer);
    int64_t free = free_bytes(h->options->data, a);
    if (free >= 0 && free < US_HEALTH_FULL_BYTES)
        reason(v, UNREADY, "disk", us_arena_fmt(a, "%lld bytes free", (long long)free));
    else if (free >= 0 && free < US_HEALTH_DISK_BYTES)
        reason(
            v, DEGRADED, "disk", us_arena_fmt(a, "%lld bytes free", (long long)free));
    if (!c.failing) return;
    /* Whether it does better shows with the next message: who is never asked for again
     * would be unready for ever. */
    int64_t ago = us_server_ticks() - c.failed_ticks;
    reason(v, ago < US_HEALTH_FAILED_SECONDS * INT64_C(1000000) ? UNREADY : DEGRADED,
        "journal",
        us_arena_fmt(
            a, "the last %lld groups could not be written", (long long)c.failing));
}

static void history_judge(struct us_health *h, struct verdict *v, struct us_arena *a)
{
    struct us_loader_counts c = us_loader_counts(h->loader);
    struct us_error why;
    if (c.failing && us_loader_why(h->loader, &why)) {
        struct us_buf said = us_buf_new(a, WHY_BYTES_MAX);
        us_say_error(&said, US_EN, &why);
        reason(v, DEGRADED, "history", us_buf_str(&said));
    } else if (!c.open) {
        reason(v, DEGRADED, "history", US_S("it is being opened"));
    }
    if (c.lag_us > US_HEALTH_LAG_SECONDS * INT64_C(1000000))
        reason(v, DEGRADED, "history",
            us_arena_fmt(a, "%lld lines behind the journal, %lld s",
                (long long)c.lag_lines, (long long)(c.lag_us / 1000000)));
}

static void sources_judge(
    struct us_health *h, struct verdict *v, struct us_arena *a, struct us_buf *out)
{
    char text[US_TIME_TEXT_MAX];
    int64_t now = us_server_now();
    for (size_t i = 0; i < us_sources_count(h->sources); i++) {
        struct us_source_counts c = us_sources_counts(h->sources, i, now);
        if (!c.name.len) break;
        us_buf_put(out, i ? US_S(",{\"name\":") : US_S("{\"name\":"));
        us_buf_json(out, c.name);
        us_buf_fmt(out, ",\"mode\":\"%s\",\"last\":", c.test ? "test" : "production");
        if (c.last == US_ALWAYS)
            us_buf_put(out, US_S("null"));
        else
            us_buf_json(out, us_time_write(c.last, text));
        us_buf_fmt(out, ",\"silent\":%s}", c.silent ? "true" : "false");
        if (!c.silent) continue;
        us_str since = us_time_write(c.silent_from, text);
        reason(v, DEGRADED, "source",
            us_arena_fmt(a,
                "%.*s is silent for longer than is usual for it, since %.*s",
                US_ARG(c.name), US_ARG(since)));
    }
}

static void readyz(void *ctx, struct us_http_request *r)
{
    struct us_health *h = ctx;
    struct us_arena *a = us_http_arena(r);
    struct verdict v = {.reasons = us_buf_new(a, ANSWER_BYTES_MAX)};
    struct us_buf sources = us_buf_new(a, ANSWER_BYTES_MAX);
    struct us_buf out = us_buf_new(a, 4 * ANSWER_BYTES_MAX);
    const struct us_serve_part *part = &h->options->part;
    if (h->stopping) reason(&v, UNREADY, "server", US_S("it is stopping"));
    journal_judge(h, &v, a);
    history_judge(h, &v, a);
    sources_judge(h, &v, a, &sources);
    struct us_buf why = us_buf_new(a, WHY_BYTES_MAX);
    if (part->ready && !part->ready(part->ctx, &why))
        reason(&v, UNREADY, "evaluator", us_buf_str(&why));
    us_buf_fmt(&out,
        "{\"status\":\"%s\",\"reasons\":[%.*s],\"keys\":\"%s\","
        "\"sources\":[%.*s]}\n",
        states[v.state], US_ARG(us_buf_str(&v.reasons)), h->keys ? "sources" : "any",
        US_ARG(us_buf_str(&sources)));
    struct us_http_answer answer = {
        .status = v.state == UNREADY ? 503 : 200, .body = us_buf_str(&out)};
    us_http_answer(r, &answer);
}

/* ---- /metrics ---- */

static void head(
    struct us_buf *out, const char *name, const char *kind, const char *help)
{
    us_buf_fmt(out, "# HELP usher_%s %s\n# TYPE usher_%s %s\n", name, help, name, kind);
}

static void metric(struct us_buf *out, const char *name, const char *kind,
    const char *help, double value)
{
    head(out, name, kind, help);
    us_buf_fmt(out, "usher_%s ", name);
    us_buf_real(out, value);
    us_buf_char(out, '\n');
}

static void counter(struct us_buf *out, const char *name, const char *help, int64_t n)
{
    metric(out, name, "counter", help, (double)n);
}

static void gauge(struct us_buf *out, const char *name, const char *help, double value)
{
    metric(out, name, "gauge", help, value);
}

static void http_metrics(struct us_http *http, struct us_buf *out)
{
    if (!http) return;
    struct us_http_counts c = us_http_counts(http);
    counter(out, "http_requests_total", "Requests begun.", c.requests);
    head(out, "http_answers_total", "counter", "Answers, by hundreds of their status.");
    for (int i = 1; i < 6; i++)
        us_buf_fmt(out, "usher_http_answers_total{status=\"%dxx\"} %lld\n", i,
            (long long)c.answers[i]);
    counter(
        out, "http_body_bytes_total", "Bytes of bodies as they came.", c.body_bytes);
    counter(out, "http_inflated_bytes_total",
        "Bytes of bodies that came packed, unpacked.", c.inflated_bytes);
    gauge(out, "http_connections", "Open connections.", (double)c.connections);
    gauge(out, "http_held_bytes", "Bytes of bodies held now.", (double)c.held_bytes);
    gauge(out, "http_answer_bytes", "Bytes of answers that are not read yet.",
        (double)c.answer_bytes);
    gauge(out, "http_waiting", "Requests not answered yet.",
        (double)us_http_waiting(http));
}

/* A name as a label: backslash, quote and line end are escaped as the format has it. */
static void label_put(struct us_buf *out, us_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '\\' || c == '"') us_buf_char(out, '\\');
        if (c == '\n')
            us_buf_put(out, US_S("\\n"));
        else
            us_buf_char(out, c);
    }
}

static void webhook_metrics(const struct us_webhook *w, struct us_buf *out)
{
    struct us_webhook_counts c = us_webhook_counts(w);
    counter(out, "webhook_lines_total", "Lines that webhooks became.", c.lines);
    counter(
        out, "webhook_repeats_total", "Webhooks that told what was known.", c.repeats);
    counter(out, "webhook_dead_total",
        "Webhooks about nobody who is known, kept as dead letters.", c.dead);
    counter(out, "webhook_passed_total", "Webhooks that tell nothing that is kept.",
        c.passed);
    counter(out, "webhook_refused_total",
        "Webhooks without a good signature, or that are none.", c.refused);
}

static void record_metrics(const struct us_records *r, struct us_buf *out)
{
    if (!r) return;
    struct us_records_counts c = us_records_counts(r);
    counter(out, "records_lines_total", "Lines that records became.", c.added);
    counter(
        out, "records_repeats_total", "Records that were there already.", c.repeats);
    counter(out, "records_rejected_total", "Records that could not be understood.",
        c.rejected);
}

struct column {
    const char *name, *kind, *help;
    int64_t (*value)(const struct us_source_counts *c);
};

static int64_t added_of(const struct us_source_counts *c)
{
    return c->added;
}
static int64_t repeats_of(const struct us_source_counts *c)
{
    return c->repeats;
}
static int64_t dead_of(const struct us_source_counts *c)
{
    return c->dead;
}
static int64_t last_of(const struct us_source_counts *c)
{
    return c->last == US_ALWAYS ? 0 : c->last / 1000000;
}
static int64_t silent_of(const struct us_source_counts *c)
{
    return c->silent;
}

static void source_metrics(struct us_sources *s, struct us_buf *out)
{
    static const struct column columns[] = {
        {"source_lines_total", "counter", "Lines written, dead letters among them.",
            added_of},
        {"source_repeats_total", "counter", "Messages that were there already.",
            repeats_of},
        {"source_dead_total", "counter", "Messages that could not be understood.",
            dead_of},
        {"source_last_seconds", "gauge", "When something came last, since 1970.",
            last_of},
        {"source_silent", "gauge",
            "1 when it is silent for longer than is usual for it.", silent_of},
    };
    int64_t now = us_server_now();
    for (size_t k = 0; k < sizeof columns / sizeof *columns; k++) {
        head(out, columns[k].name, columns[k].kind, columns[k].help);
        for (size_t i = 0; i < us_sources_count(s); i++) {
            struct us_source_counts c = us_sources_counts(s, i, now);
            if (!c.name.len) break;
            us_buf_fmt(out, "usher_%s{source=\"", columns[k].name);
            label_put(out, c.name);
            us_buf_fmt(out, "\"} %lld\n", (long long)columns[k].value(&c));
        }
    }
}

static void commit_metrics(struct us_committer *committer, struct us_buf *out)
{
    struct us_commit_counts c = us_committer_counts(committer);
    counter(out, "lines_total", "Lines made durable.", c.lines);
    counter(out, "dead_letters_total", "Of these, dead letters.", c.dead);
    counter(out, "repeats_total", "Messages whose id was there already.", c.repeats);
    counter(out, "journal_groups_total", "Groups written, each with one fdatasync.",
        c.groups);
    counter(out, "journal_failed_total", "Groups that could not be written.", c.failed);
    counter(out, "journal_text_bytes_total", "Bytes of text written.", c.bytes);
    gauge(out, "waiting_bytes", "Bytes of messages that wait to be written.",
        (double)c.waiting_bytes);
    gauge(out, "ids_remembered", "Message ids by which repeats are known.",
        (double)c.ids);
    gauge(out, "ids_bytes", "Memory they take.", (double)c.ids_bytes);
    head(out, "journal_write_seconds", "histogram",
        "Time to write a group and have it on disk.");
    for (size_t i = 0; i < US_COMMIT_BOUNDS; i++)
        us_buf_fmt(out, "usher_journal_write_seconds_bucket{le=\"%g\"} %lld\n",
            (double)us_commit_bounds_us[i] / 1e6, (long long)c.took[i]);
    us_buf_fmt(out,
        "usher_journal_write_seconds_bucket{le=\"+Inf\"} %lld\n"
        "usher_journal_write_seconds_sum %.6f\n"
        "usher_journal_write_seconds_count %lld\n",
        (long long)c.took[US_COMMIT_BOUNDS], (double)c.took_us / 1e6,
        (long long)c.took[US_COMMIT_BOUNDS]);
}

static void fresh_metrics(struct us_fresh *fresh, struct us_buf *out)
{
    struct us_fresh_counts c = us_fresh_counts(fresh);
    counter(out, "groups_from_memory_total",
        "Groups that were loaded or decided from memory.", c.taken);
    counter(out, "groups_read_back_total",
        "Groups that had to be read back from the journal for it.", c.missed);
}

static void loader_metrics(struct us_loader *loader, struct us_buf *out)
{
    struct us_loader_counts c = us_loader_counts(loader);
    gauge(out, "history_open", "1 while history is open.", c.open);
    counter(out, "history_rows_total", "Lines loaded into history.", c.rows);
    counter(out, "history_commits_total", "Transactions of history.", c.commits);
    gauge(out, "history_memory_bytes", "Memory the database of history says it has.",
        (double)c.memory_bytes);
    counter(out, "replay_lays_total", "Times the replay store was put on the disk.",
        c.lays);
    counter(out, "history_failures_total", "Times history failed.", c.failures);
    if (c.lag_lines >= 0)
        gauge(out, "history_lag_lines", "Durable lines that history has not yet.",
            (double)c.lag_lines);
    gauge(out, "history_lag_seconds", "For how long there have been any.",
        (double)c.lag_us / 1e6);
}

/* Of the files alone: what is in them is not looked at. */
static void journal_metrics(us_str dir, struct us_arena *a, struct us_buf *out)
{
    us_str *names = NULL;
    size_t count = 0;
    int64_t bytes = 0;
    if (us_file_list(dir, a, &names, &count, NULL) != US_OK) return;
    for (size_t i = 0; i < count; i++) {
        struct stat st;
        us_str path = us_file_join(a, dir, names[i]);
        if (stat(us_arena_cstr(a, path), &st) == 0) bytes += st.st_blocks * 512;
    }
    gauge(out, "journal_disk_bytes", "Bytes of the journal on disk.", (double)bytes);
    gauge(out, "journal_files", "Files of the journal.", (double)count);
}

static int64_t resident_bytes(void)
{
    enum { PAGE = 4096 };
    long long size = 0;
    long long resident = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    if (!f) return 0;
    int got = fscanf(f, "%lld %lld", &size, &resident);
    fclose(f);
    return got == 2 ? resident * PAGE : 0;
}

static void metrics(void *ctx, struct us_http_request *r)
{
    struct us_health *h = ctx;
    struct us_arena *a = us_http_arena(r);
    struct us_buf out = us_buf_new(a, ANSWER_BYTES_MAX);
    const struct us_serve_part *part = &h->options->part;
    head(&out, "build_info", "gauge", "The version that runs.");
    us_buf_fmt(&out, "usher_build_info{version=\"%s\"} 1\n", h->options->version);
    gauge(&out, "start_time_seconds", "When it started, since 1970.",
        (double)(h->started / 1000000));
    gauge(&out, "resident_bytes", "Memory in use.", (double)resident_bytes());
    http_metrics(h->http, &out);
    commit_metrics(h->committer, &out);
    source_metrics(h->sources, &out);
    webhook_metrics(h->webhook, &out);
    record_metrics(h->records, &out);
    loader_metrics(h->loader, &out);
    fresh_metrics(h->fresh, &out);
    journal_metrics(h->options->journal, a, &out);
    gauge(&out, "disk_free_bytes", "Free bytes where data lies.",
        (double)free_bytes(h->options->data, a));
    if (part->metrics) part->metrics(part->ctx, &out);
    struct us_http_answer answer = {.status = 200,
        .type = "text/plain; version=0.0.4; charset=utf-8",
        .body = us_buf_str(&out)};
    us_http_answer(r, &answer);
}

const struct us_http_route us_health_routes[] = {
    {"GET", "/healthz", healthz},
    {"GET", "/readyz", readyz},
    {"GET", "/metrics", metrics},
};
const size_t us_health_route_count = sizeof us_health_routes / sizeof *us_health_routes;

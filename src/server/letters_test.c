/* letters_test.c: dead letters that can be understood now become lines, with what was
 * known of them when they came, and leave the list; the others stay, with a reason. */

#include "base/buf.h"
#include "server/letters.h"
#include "server/post_fixture.h"

static const struct us_ingest_source clients[] = {
    {US_S_INIT("k1"), US_S_INIT("web"), false},
    {US_S_INIT("k2"), US_S_INIT("lab"), true},
};
static const struct us_serve_sources sources = {.clients = clients, .client_count = 2};

#define TRACK(id)                                                                    \
    "{\"type\":\"track\",\"event\":\"Invite Sent\",\"userId\":\"u1\",\"messageId\":" \
    "\"" id "\",\"context\":{\"groupId\":\"acme\"}}"

struct given {
    const char *path, *source, *bytes;
    const char *reason; /* when tried again; NULL: it is understood; "": left alone */
};
static const struct given given[] = {
    {"/v1/track", "web", TRACK("m1"), NULL},
    {"/v1/t", "web", "{\"event\":\"No Id\",\"userId\":\"u2\"}", NULL},
    {"/api/s/track", "web", "{\"event\":\"Jitsu\",\"userId\":\"u3\"}", NULL},
    {"/v1/batch", "web", "{\"batch\":[" TRACK("m2") ",{\"type\":\"track\"}]}", NULL},
    {"/v1/track", "lab", TRACK("m3"), NULL},
    {"/v1/track", "web", "{\"userId\":\"u1\"}", "event.no_name"},
    {"/v1/track", "gone", TRACK("m4"), "server.letter_source"},
    {"/v1/track", "web", "\xff\xfe", "server.letter_bytes"},
    {"/v1/track", "web", "{", "json.bad"},
    {"/data/rows.ndjson", "web", TRACK("m5"), ""},
    {"rows.ndjson", "web", TRACK("m6"), ""},
    {"/api/s/s2s/page", "web", "{\"name\":\"Home\",\"userId\":\"u4\"}", NULL},
};
enum { GIVEN = sizeof given / sizeof *given, TAKEN = 6, DEAD = 4 };

static void letters_put(struct house *h)
{
    struct us_error e = {.code = US_INPUT, .key = "event.no_name"};
    struct us_intake_message *items = us_new(&h->a, struct us_intake_message, GIVEN);
    for (size_t i = 0; i < GIVEN; i++) {
        struct us_buf m = us_buf_new(&h->a, 1 << 16);
        struct us_dead d = {
            us_str_c(given[i].path), 1, 0, us_str_c(given[i].bytes), &e};
        us_dead_write(&m, &d, &h->a);
        items[i] = (struct us_intake_message){.m = us_buf_str(&m),
            .dead = &e,
            .head = {.type = US_LINE_DEAD,
                .source = us_str_c(given[i].source),
                .sent = US_NEVER}};
    }
    struct us_batch b = {.items = items, .count = GIVEN};
    us_code code = us_committer_put_wait(h->committer, &b, &e);
    us_assert(code == US_OK && b.added == GIVEN);
}

static us_code cell(void *ctx, const struct us_history_rows *head,
    const struct us_history_cell *cells, struct us_error *e)
{
    struct us_buf *out = ctx;
    (void)e;
    for (size_t i = 0; i < head->column_count; i++) {
        us_buf_put(out, cells[i].null ? US_S("-") : cells[i].text);
        us_buf_char(out, i + 1 < head->column_count ? ' ' : '\n');
    }
    return US_OK;
}

static bool says(
    struct house *h, struct us_history *history, const char *sql, const char *want)
{
    struct us_buf out = us_buf_new(&h->a, 1 << 16);
    us_code code = us_history_sql(history, us_str_c(sql), cell, &out, NULL);
    bool same = code == US_OK && us_str_eq(us_buf_str(&out), us_str_c(want));
    if (!same) printf("# %s: %.*s", sql, US_ARG(us_buf_str(&out)));
    return same;
}

static us_code put(void *ctx, struct us_batch *b, struct us_error *e)
{
    struct house *h = ctx;
    return us_committer_put_wait(h->committer, b, e);
}

static us_code fails(void *ctx, struct us_batch *b, struct us_error *e)
{
    (void)ctx;
    (void)b;
    return us_fail(e, US_IO, "journal.full", NULL);
}

static void reasons(struct house *h, const struct us_letters_done *d)
{
    size_t told = 0;
    for (size_t i = 0; i < GIVEN; i++) {
        if (!given[i].reason || !given[i].reason[0]) continue;
        bool good = told < d->told_count && d->told[told].seq == (int64_t)i + 1 &&
                    us_str_eq(d->told[told].reason, us_str_c(given[i].reason));
        CHECK_AS(&h->t, good, given[i].reason);
        told++;
    }
    CHECK(&h->t, told == d->told_count && told == DEAD);
}

static void tried(struct house *h, struct us_history *history)
{
    struct us_error e = {0};
    us_str dir = us_str_c(h->path);
    struct us_letters_done *d = us_new(&h->a, struct us_letters_done, 1);
    struct us_letters_asked asked = {.sources = &sources, .put = fails, .ctx = h};
    CHECK_AS(&h->t, us_letters_retry(history, &asked, &h->a, d, &e) == US_IO,
        "what cannot be written is said");
    int64_t two[] = {1, 6};
    asked.put = put;
    asked.seqs = two;
    asked.seq_count = 2;
    CHECK(&h->t, us_letters_retry(history, &asked, &h->a, d, &e) == US_OK);
    CHECK_AS(&h->t, d->tried == 2 && d->taken == 1 && d->dead == 1 && d->added == 1,
        "those that are named");
    /* As after a kill: history does not know yet, so all is tried once more. */
    asked.seq_count = 0;
    CHECK(&h->t, us_letters_retry(history, &asked, &h->a, d, &e) == US_OK);
    CHECK_AS(&h->t, d->tried == TAKEN + DEAD && d->taken == TAKEN && d->dead == DEAD,
        "files are left alone");
    CHECK_AS(&h->t, d->repeats >= 1 && d->added == 6, "and nothing is there twice");
    reasons(h, d);
    CHECK(&h->t, us_history_catch_up(history, dir, NULL, NULL, &e) == US_OK);
    CHECK(&h->t,
        says(h, history, "SELECT event, person, account FROM events_now ORDER BY seq",
            "Invite Sent u1 acme\nNo Id u2 -\nJitsu u3 -\nInvite Sent u1 "
            "acme\nPage Viewed u4 -\n"));
    CHECK(
        &h->t, says(h, history, "SELECT lines FROM counts WHERE kind = 'test'", "1\n"));
    CHECK(&h->t,
        says(h, history, "SELECT seq FROM dead_letters WHERE seq <= 12 ORDER BY 1",
            "6\n7\n8\n9\n10\n11\n"));
    CHECK_AS(&h->t,
        says(h, history, "SELECT count(*) FROM dead_letters WHERE seq > 12", "1\n"),
        "a dead part of a batch is a letter of its own");
    asked.limit = 2;
    CHECK(&h->t, us_letters_retry(history, &asked, &h->a, d, &e) == US_OK);
    CHECK(&h->t, d->tried == 2 && d->taken == 0 && d->more);
    asked.reason = US_S("o'hara");
    CHECK(&h->t, us_letters_retry(history, &asked, &h->a, d, &e) == US_OK);
    CHECK(&h->t, d->tried == 0 && !d->more);
}

/* What stays dead, and what is never tried, hides nothing behind it. */
static void gone_through(struct house *h, struct us_history *history)
{
    struct us_error e = {0};
    struct us_letters_done *d = us_new(&h->a, struct us_letters_done, 1);
    struct us_letters_asked asked = {
        .sources = &sources, .put = put, .ctx = h, .limit = 2};
    size_t calls = 0;
    size_t tried = 0;
    do {
        asked.after = d->next;
        CHECK(&h->t, us_letters_retry(history, &asked, &h->a, d, &e) == US_OK);
        tried += d->tried;
        calls++;
    } while (d->more && calls < GIVEN);
    CHECK_AS(&h->t, calls == 3 && tried == 5 && d->next == 0, "one after the other");
    CHECK(&h->t, d->told_count == 1 && d->told[0].seq > GIVEN);
    int64_t two[] = {10, d->told[0].seq};
    asked.seqs = two;
    asked.seq_count = 2;
    asked.after = 0;
    asked.limit = 1;
    CHECK(&h->t, us_letters_retry(history, &asked, &h->a, d, &e) == US_OK);
    CHECK_AS(&h->t, d->tried == 1 && !d->more && d->told[0].seq == two[1],
        "a row of a file takes no other one's place");
}

int main(void)
{
    static struct house h;
    struct us_error e = {0};
    struct us_history_rules rules = {.currency = US_S("USD"), .threads = 1};
    struct us_history *history = NULL;
    house_init(&h);
    house_committer(&h);
    letters_put(&h);
    us_str data = us_arena_fmt(&h.a, "%s/data", h.path);
    us_code code = us_history_open(data, &rules, true, NULL, NULL, &history, &e);
    us_assert(code == US_OK);
    CHECK(
        &h.t, us_history_catch_up(history, us_str_c(h.path), NULL, NULL, &e) == US_OK);
    tried(&h, history);
    gone_through(&h, history);
    us_history_close(history);
    us_committer_close(h.committer);
    return house_done(&h);
}

/* Tokens, jobs and audit rows: what is put is there, and once. */
#include "state/state_fixture.h"

#include <sodium.h>

/* ---- tokens ---- */

static void test_tokens(struct us_tap *t)
{
    struct fixture f;
    fixture_init(&f);
    us_assert(fixture_open(&f, true) == US_OK);
    char first[US_TOKEN_BYTES];
    char second[US_TOKEN_BYTES];
    struct us_state_token token = {
        .name = US_S("ci"), .scopes = US_S("read write"), .created = 10};
    CHECK(t, us_state_token_new(f.state, &token, first, &f.e) == US_OK);
    CHECK(t, strlen(first) == US_TOKEN_BYTES - 1 && strncmp(first, "usher_", 6) == 0);
    struct us_state_token same = token;
    CHECK(t, us_state_token_new(f.state, &same, second, &f.e) == US_REFUSED);
    CHECK(t, fixture_failed(&f, "state.token_there"));
    struct us_state_token got;
    CHECK(t,
        us_state_token_find(f.state, us_str_c(first), &f.arena, &got, &f.e) == US_OK);
    CHECK(t, got.id == token.id && us_str_eq(got.scopes, US_S("read write")) &&
                 got.used == US_NEVER && got.revoked == US_NEVER);
    first[20] ^= 1;
    CHECK(t, us_state_token_find(f.state, us_str_c(first), &f.arena, &got, &f.e) ==
                 US_NOT_FOUND);
    CHECK(t,
        us_state_token_find(f.state, US_S(""), &f.arena, &got, &f.e) == US_NOT_FOUND);
    first[20] ^= 1;
    CHECK(t, us_state_token_used(f.state, token.id, 33, &f.e) == US_OK);
    CHECK(t, us_state_token_revoke(f.state, US_S("ci"), 44, &f.e) == US_OK);
    CHECK(t, us_state_token_revoke(f.state, US_S("ci"), 45, &f.e) == US_NOT_FOUND);
    CHECK(t, us_state_token_find(f.state, us_str_c(first), &f.arena, &got, &f.e) ==
                 US_NOT_FOUND);
    CHECK_AS(t, us_state_token_new(f.state, &same, second, &f.e) == US_OK,
        "the name is free again");
    CHECK(t, strcmp(first, second) != 0);
    struct us_state_token_list l;
    CHECK(t, us_state_tokens(f.state, &f.arena, &l, &f.e) == US_OK && l.count == 2);
    CHECK(t, l.items[0].used == 33 && l.items[0].revoked == 44);
    fixture_close(&f);
    /* Who reads the file learns no token: not its text, nor its secret. */
    us_str file;
    us_assert(us_file_read(us_state_path(f.dir, &f.arena), 8 << 20, &f.arena, &file,
                  NULL) == US_OK);
    unsigned char secret[32];
    size_t len;
    us_assert(sodium_base642bin(secret, sizeof secret, second + 6, strlen(second) - 6,
                  NULL, &len, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0);
    CHECK(t, us_str_find(file, US_S("read write")) < file.len);
    CHECK(t, us_str_find(file, us_str_c(second + 6)) == file.len);
    CHECK(t, us_str_find(file, (us_str){(char *)secret, 32}) == file.len);
    fixture_done(&f);
}

/* ---- jobs ---- */

static int64_t job(struct fixture *f, const char *kind)
{
    struct us_state_job j = {
        .kind = us_str_c(kind), .args = US_S("{\"k\":1}"), .created = 5};
    us_assert(us_state_job_put(f->state, &j, &f->e) == US_OK);
    return j.id;
}

static us_code end(struct fixture *f, int64_t id, us_job_status status)
{
    struct us_state_job j = {
        .id = id, .status = status, .ended = 9, .result = US_S("[1]"), .why = US_S("")};
    return us_state_job_end(f->state, &j, &f->e);
}

static void test_jobs(struct us_tap *t)
{
    struct fixture f;
    struct us_state_job got;
    fixture_init(&f);
    us_assert(fixture_open(&f, true) == US_OK);
    struct us_arena *a = &f.arena;
    CHECK(t, us_state_job_next(f.state, 6, a, &got, &f.e) == US_NOT_FOUND);
    int64_t one = job(&f, "backtest");
    int64_t two = job(&f, "discover");
    int64_t three = job(&f, "ceiling");
    CHECK(t, us_state_job_next(f.state, 6, a, &got, &f.e) == US_OK);
    CHECK(t, got.id == one && got.status == US_JOB_RUNNING && got.started == 6 &&
                 us_str_eq(got.args, US_S("{\"k\":1}")));
    CHECK(t, end(&f, one, US_JOB_DONE) == US_OK);
    CHECK_AS(t, end(&f, one, US_JOB_FAILED) == US_NOT_FOUND, "ended once");
    CHECK(t, us_state_job(f.state, one, a, &got, &f.e) == US_OK);
    CHECK(t, got.status == US_JOB_DONE && got.ended == 9 &&
                 us_str_eq(got.result, US_S("[1]")));
    CHECK(t, us_state_job_next(f.state, 7, a, &got, &f.e) == US_OK && got.id == two);
    CHECK(t, us_state_job_cancel(f.state, two, 8, &f.e) == US_OK);
    CHECK_AS(t, end(&f, two, US_JOB_DONE) == US_NOT_FOUND,
        "who works at it learns that it was cancelled");
    CHECK(t, us_state_job_next(f.state, 7, a, &got, &f.e) == US_OK && got.id == three);
    CHECK(t, us_state_jobs_interrupted(f.state, 20, US_S("gone"), &f.e) == US_OK);
    CHECK(t, us_state_job(f.state, three, a, &got, &f.e) == US_OK);
    CHECK(t, got.status == US_JOB_FAILED && us_str_eq(got.why, US_S("gone")) &&
                 got.ended == 20);
    CHECK(t, us_state_job(f.state, 99, a, &got, &f.e) == US_NOT_FOUND);
    struct us_state_job_list l;
    CHECK(t, us_state_jobs(f.state, 0, a, &l, &f.e) == US_OK && l.count == 3 &&
                 l.items[0].id == three && l.items[2].result.len == 0);
    CHECK(t, us_state_jobs(f.state, three, a, &l, &f.e) == US_OK && l.count == 2);
    int64_t waiting = 0;
    int64_t four = job(&f, "review");
    CHECK(t, us_state_jobs_waiting(f.state, &waiting, &f.e) == US_OK && waiting == 1);
    CHECK(t, us_state_jobs_prune(f.state, 2, &f.e) == US_OK);
    CHECK(t, us_state_jobs(f.state, 0, a, &l, &f.e) == US_OK && l.count == 2 &&
                 l.items[0].id == four && l.items[1].id == three);
    CHECK(t, us_state_jobs_prune(f.state, 0, &f.e) == US_OK);
    CHECK_AS(t, us_state_jobs(f.state, 0, a, &l, &f.e) == US_OK && l.count == 1,
        "one that waits stays");
    one = four;
    CHECK(t, us_state_job_next(f.state, 9, a, &got, &f.e) == US_OK && got.id == four);
    struct us_state_job large = {.id = one, .status = US_JOB_DONE};
    large.result =
        (us_str){us_new(a, char, US_STATE_RESULT_MAX + 1), US_STATE_RESULT_MAX + 1};
    CHECK(t, us_state_job_end(f.state, &large, &f.e) == US_LIMIT);
    for (int i = 0; i < US_JOBS; i++)
        CHECK(t, us_job_word((us_job_status)i).len > 0);
    fixture_done(&f);
}

/* ---- the rest ---- */

static void test_audit(struct us_tap *t)
{
    struct fixture f;
    fixture_init(&f);
    us_assert(fixture_open(&f, true) == US_OK);
    struct us_state_audit row = {
        10, US_S("ci"), US_S("token.revoked"), US_S("old"), US_S("{}"), 0};
    struct us_state_audit next = {
        11, US_S("ci"), US_S("config.loaded"), US_S(""), US_S("{\"hash\":\"c0\"}"), 0};
    CHECK(t, us_state_audit_put(f.state, &row, &f.e) == US_OK);
    CHECK(t, us_state_audit_put(f.state, &next, &f.e) == US_OK && next.id > row.id);
    struct us_state_audit_list l;
    CHECK(t, us_state_audits(f.state, 0, &f.arena, &l, &f.e) == US_OK);
    CHECK(t, l.count == 2 && us_str_eq(l.items[0].what, US_S("config.loaded")) &&
                 us_str_eq(l.items[0].details, US_S("{\"hash\":\"c0\"}")) &&
                 l.items[1].at == 10 && us_str_eq(l.items[1].about, US_S("old")));
    CHECK(t,
        us_state_audits(f.state, next.id, &f.arena, &l, &f.e) == US_OK && l.count == 1);
    fixture_done(&f);
}

int main(void)
{
    struct us_tap t = {0};
    test_tokens(&t);
    test_jobs(&t);
    test_audit(&t);
    return us_tap_done(&t);
}

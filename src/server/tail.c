#include "server/tail.h"

#include "file/file.h"

enum { SCRATCH_BYTES = 64 << 20 };

bool us_tail_head(
    struct us_json *json, us_str text, struct us_arena *scratch, struct us_head *out)
{
    struct us_json_doc doc;
    uint32_t m;
    size_t end = text.len;
    while (end && text.ptr[end - 1] == '\n')
        end--;
    size_t from = end;
    while (from && text.ptr[from - 1] != '\n')
        from--;
    us_arena_reset(scratch);
    if (us_json_parse(json, us_str_slice(text, from, end), &doc, NULL) != US_OK)
        return false;
    return us_head_read(&doc, out, &m, scratch, NULL) == US_OK;
}

struct tail {
    struct us_json *json;
    struct us_arena scratch;
    int64_t known;
};

/* Lines of a group that was imported may be known in any order; those of a server rise,
 * and its last is the largest. */
static void group_take(struct tail *t, us_str text)
{
    struct us_head head;
    us_str rest = text;
    while (rest.len) {
        us_str line = us_str_cut(rest, '\n', &rest);
        if (line.len && us_tail_head(t->json, line, &t->scratch, &head) &&
            head.known != US_NEVER && head.known > t->known)
            t->known = head.known;
    }
}

static us_code segment_take(
    struct tail *t, us_str dir, uint32_t number, struct us_error *e)
{
    struct us_journal_reader *r = NULL;
    us_str text;
    us_pos at, next;
    US_TRY(us_journal_reader_open(dir, (us_pos){number, 0}, &r, e));
    us_code code;
    while ((code = us_journal_reader_next(r, &text, &at, &next, e)) == US_OK)
        group_take(t, text);
    us_journal_reader_close(r);
    return code == US_NOT_FOUND ? US_OK : code;
}

/* Files of the journal begin with the number of their segment. */
static us_code last_number(us_str dir, uint32_t *last, struct us_error *e)
{
    struct us_arena a;
    us_str *names = NULL;
    size_t count = 0;
    us_arena_init(&a, SCRATCH_BYTES);
    *last = 0;
    us_code code = us_file_list(dir, &a, &names, &count, e);
    if (code == US_NOT_FOUND) code = US_OK;
    for (size_t i = 0; code == US_OK && i < count; i++) {
        int64_t n = 0;
        us_str rest;
        if (us_str_int(us_str_cut(names[i], '.', &rest), &n) && n > *last)
            *last = (uint32_t)n;
    }
    us_arena_done(&a);
    return code;
}

us_code us_tail_known(us_str journal_dir, int64_t *known, struct us_error *e)
{
    struct tail t = {.known = US_ALWAYS};
    uint32_t number = 0;
    US_TRY(last_number(journal_dir, &number, e));
    t.json = us_json_new();
    us_arena_init(&t.scratch, SCRATCH_BYTES);
    us_code code = US_OK;
    for (; number && code == US_OK && t.known == US_ALWAYS; number--)
        code = segment_take(&t, journal_dir, number, e);
    us_arena_done(&t.scratch);
    us_json_free(t.json);
    if (code == US_OK) *known = t.known;
    return code;
}

#include "import/forget.h"

#include "base/buf.h"
#include "file/file.h"
#include "import/forget_inner.h"
#include "import/print.h"

#include <string.h>

static const size_t ROOM = (size_t)1 << 30;

/* ---- what stays ---- */

us_code forget_judge_new(const struct us_forget *f, struct us_history *history,
    struct forget_judge *out, struct us_error *e)
{
    *out = (struct forget_judge){0};
    if (f->older) US_TRY(us_ageing_new(&f->limits, history, &out->ageing, e));
    if (!f->older) out->person = us_person_new(&f->circle);
    us_arena_init(&out->memory, ROOM);
    return US_OK;
}

void forget_judge_done(struct forget_judge *j)
{
    us_person_free(j->person);
    us_ageing_free(j->ageing);
    us_arena_done(&j->memory);
}

us_person_verdict forget_judge_line(
    struct forget_judge *j, char *line, size_t len, us_line_type *type)
{
    if (j->person) return us_person_judge(j->person, line, len, type);
    bool goes = us_ageing_goes(j->ageing, (us_str){line, len}, type);
    return goes ? US_PERSON_GOES : US_PERSON_STAYS;
}

/* ---- what would go ---- */

struct scan {
    const struct us_import_options *o;
    struct us_forget *f;
    struct forget_judge judge;
    int64_t done, total;
    uint32_t segment; /* the last that holds any */
};

static void group_scan(struct scan *s, us_str text, us_pos at)
{
    struct us_forget_counts *c = &s->f->counts;
    us_arena_reset(&s->judge.memory);
    char *copy = us_new(&s->judge.memory, char, text.len + US_JSON_PAD);
    if (text.len) memcpy(copy, text.ptr, text.len);
    if (s->judge.person) us_person_text(s->judge.person, (us_str){copy, text.len});
    for (us_str rest = {copy, text.len}; rest.len;) {
        us_line_type type;
        char *line = copy + (rest.ptr - copy);
        size_t len = us_str_cut(rest, '\n', &rest).len;
        us_person_verdict v = forget_judge_line(&s->judge, line, len, &type);
        if (v == US_PERSON_STAYS) continue;
        c->all += v == US_PERSON_GOES;
        c->masked += v == US_PERSON_MASKED;
        if (v == US_PERSON_GOES) c->lines[type]++;
        c->segments += at.segment != s->segment;
        s->segment = at.segment;
    }
    s->done += (int64_t)text.len;
    if (s->o->progress)
        s->o->progress(s->o->ctx, "import.progress_forget", s->done, s->total);
}

static us_code groups_scan(
    struct scan *s, struct us_journal_reader *r, struct us_error *e)
{
    us_str text;
    us_pos at;
    us_pos next;
    us_code code;
    while ((code = us_journal_reader_next(r, &text, &at, &next, e)) == US_OK) {
        if (at.segment >= s->f->below) return US_OK;
        group_scan(s, text, at);
    }
    return code == US_NOT_FOUND ? US_OK : code;
}

us_code us_forget_scan(const struct us_import_options *o, struct us_history *history,
    struct us_forget *f, struct us_error *e)
{
    struct us_arena a;
    struct us_journal_sizes sizes;
    struct us_journal_reader *r = NULL;
    struct scan s = {.o = o, .f = f};
    f->counts = (struct us_forget_counts){0};
    us_arena_init(&a, 1 << 16);
    us_str dir = us_file_join(&a, o->dir, US_S("journal"));
    us_code code = us_journal_sizes(dir, &sizes, e);
    s.total = (int64_t)sizes.text;
    if (code == US_OK) code = us_journal_reader_open(dir, (us_pos){0}, &r, e);
    bool judged = code == US_OK;
    if (judged) code = forget_judge_new(f, history, &s.judge, e);
    judged = judged && code == US_OK;
    if (judged) code = groups_scan(&s, r, e);
    if (judged) forget_judge_done(&s.judge);
    us_journal_reader_close(r);
    us_arena_done(&a);
    return code;
}

/* ---- the journal ---- */

struct edit {
    const struct us_import_options *o;
    struct forget_judge judge;
    bool left; /* something is, in the segment at hand */
    int64_t done, total;
};

static us_code edit(
    void *ctx, us_pos at, char *text, size_t len, bool *changed, struct us_error *e)
{
    (void)at;
    (void)e;
    struct edit *x = ctx;
    if (x->judge.person) us_person_text(x->judge.person, (us_str){text, len});
    for (us_str rest = {text, len}; rest.len;) {
        us_line_type type;
        char *line = text + (rest.ptr - text);
        size_t own = us_str_cut(rest, '\n', &rest).len;
        us_person_verdict v = forget_judge_line(&x->judge, line, own, &type);
        if (v == US_PERSON_GOES) memset(line, '\n', own);
        x->left |= own && v != US_PERSON_GOES;
        *changed |= v != US_PERSON_STAYS;
    }
    x->done += (int64_t)len;
    if (x->o->progress)
        x->o->progress(x->o->ctx, "import.progress_rewrite", x->done, x->total);
    return US_OK;
}

/* The evaluator goes on at its place. Without one, no segment is needed by anybody. */
static us_code place_of(us_str data, uint32_t below, uint32_t *out, struct us_error *e)
{
    struct us_arena a;
    struct us_state *s = NULL;
    struct us_state_position place = {0};
    us_arena_init(&a, 1 << 20);
    *out = below;
    us_code code = US_OK;
    if (us_file_exists(us_state_path(data, &a)))
        code = us_state_open(data, true, &s, e);
    if (code == US_OK && s) code = us_state_position(s, &a, &place, e);
    if (place.at.segment && place.at.segment < below) *out = place.at.segment;
    us_state_close(s);
    us_arena_done(&a);
    return code;
}

/* Leading segments that are empty go, the last one there is excepted. */
static us_code segments_edit(
    struct edit *x, us_str dir, const struct us_forget *f, struct us_error *e)
{
    uint32_t first;
    uint32_t last;
    uint32_t place = 0;
    bool leading = f->older;
    US_TRY(us_journal_range(dir, &first, &last, e));
    if (f->older) US_TRY(place_of(x->o->dir, f->below, &place, e));
    for (uint32_t n = first; n && n <= last && n < f->below; n++) {
        bool changed;
        x->left = false;
        US_TRY(us_journal_rewrite(dir, n, edit, x, &changed, e));
        leading = leading && !x->left && n < place && n < last;
        if (leading) US_TRY(us_journal_drop_first(dir, n, e));
    }
    return us_journal_drop_used(dir, e);
}

us_code us_forget_journal(const struct us_import_options *o, struct us_history *history,
    const struct us_forget *f, struct us_error *e)
{
    struct us_arena a;
    struct us_journal_sizes sizes = {0};
    struct edit x = {.o = o};
    us_arena_init(&a, 1 << 16);
    us_str dir = us_file_join(&a, o->dir, US_S("journal"));
    us_code code = us_journal_sizes(dir, &sizes, e);
    x.total = (int64_t)sizes.text;
    bool judged = code == US_OK;
    if (judged) code = forget_judge_new(f, history, &x.judge, e);
    judged = judged && code == US_OK;
    if (judged) code = segments_edit(&x, dir, f, e);
    if (judged) forget_judge_done(&x.judge);
    us_arena_done(&a);
    return code;
}

/* ---- state ---- */

static us_str details(const struct us_forget *f, struct us_arena *a)
{
    struct us_buf out = us_buf_new(a, 1 << 16);
    bool any = false;
    us_buf_fmt(&out, "{\"lines\":%lld,\"masked\":%lld,\"kinds\":{",
        (long long)f->counts.all, (long long)f->counts.masked);
    for (size_t i = 0; i < US_LINE_TYPES; i++) {
        if (!f->counts.lines[i]) continue;
        us_buf_fmt(&out, "%s\"%s\":%lld", any ? "," : "",
            us_line_type_name((us_line_type)i), (long long)f->counts.lines[i]);
        any = true;
    }
    us_buf_put(&out, US_S("}}"));
    return us_buf_str(&out);
}

static bool mask(void *ctx, char *text, size_t len)
{
    return us_person_mask(ctx, text, len);
}

us_code us_forget_state(us_str dir, const struct us_forget *f, struct us_error *e)
{
    struct us_arena a;
    struct us_state *s = NULL;
    int64_t rows;
    us_arena_init(&a, 1 << 20);
    struct us_state_forget asked = {
        .audit = {.at = f->made,
            .who = f->who,
            .what = f->older ? US_S("retention") : US_S("forget"),
            .about = f->id,
            .details = details(f, &a)}};
    if (!f->older) {
        asked.users = f->circle.users;
        asked.user_count = f->circle.user_count;
        asked.mask = mask;
        asked.ctx = us_person_new(&f->circle);
    }
    us_code code = us_state_open(dir, true, &s, e);
    if (code == US_OK) code = us_state_forget(s, &asked, &rows, e);
    us_state_close(s);
    us_person_free(asked.ctx);
    us_arena_done(&a);
    return code;
}

/* ---- all of it, where no server runs ---- */

us_code us_forget_sidecars(us_str dir, uint32_t below, struct us_error *e)
{
    struct us_print_map none;
    struct us_ids_wanted w = {.print = us_printer_line,
        .ctx = us_printer_new(),
        .since = US_NEVER,
        .below = below};
    us_print_map_init(&none);
    us_code code = us_ids_load(dir, &w, &none, NULL, e);
    us_print_map_done(&none);
    us_printer_free(w.ctx);
    return code;
}

static us_code journal_and_rest(const struct us_import_options *o, us_str journal,
    struct us_history *history, const struct us_forget *f, struct us_error *e)
{
    US_TRY(us_forget_sidecars(journal, 0, e));
    US_TRY(us_forget_journal(o, history, f, e));
    return us_import_make_anew(o, (us_pos){UINT32_MAX, 0}, e);
}

us_code us_forget_finish(
    const struct us_import_options *o, const struct us_forget *f, struct us_error *e)
{
    struct us_arena a;
    struct us_journal *j = NULL;
    struct us_history *h = NULL;
    us_arena_init(&a, 1 << 16);
    us_str journal = us_file_join(&a, o->dir, US_S("journal"));
    us_code code = us_journal_open(journal, US_JOURNAL_WRITE, &j, e);
    if (code == US_OK && f->older)
        code = us_history_open(o->dir, o->rules, true, o->progress, o->ctx, &h, e);
    if (code == US_OK) code = journal_and_rest(o, journal, h, f, e);
    us_history_close(h);
    if (code == US_OK) code = us_import_put_anew(o->dir, e);
    if (code == US_OK) code = us_forget_state(o->dir, f, e);
    if (code == US_OK) code = us_forget_end(o->dir, e);
    us_journal_close(j);
    us_arena_done(&a);
    return code;
}

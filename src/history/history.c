#include "history/history.h"

#include "file/file.h"
#include "history/core.h"

#include <string.h>
#include <sys/stat.h>

enum { HEADERS_BYTES = 3 * 4096 }; /* what a DuckDB file begins with */

/* Address space of what a handle keeps, and of the scratch of one line or question. */
static const size_t KEEP_BYTES = (size_t)64 << 20;
static const size_t LINE_BYTES = (size_t)1 << 30;
static const size_t STATE_BYTES = (size_t)16 << 30;

static us_str str_keep(struct us_history *h, us_str s)
{
    return us_arena_str(&h->arena, s);
}

static const us_str *list_keep(struct us_history *h, const us_str *from, size_t count)
{
    us_str *to = us_new(&h->arena, us_str, count + 1);
    for (size_t i = 0; i < count; i++)
        to[i] = str_keep(h, from[i]);
    return to;
}

static const char *unit_name(us_unit unit)
{
    return unit == US_COMPANY ? "company" : "workspace";
}

static bool lists_alike(
    const us_str *a, size_t a_count, const us_str *b, size_t b_count)
{
    bool alike = a_count == b_count;
    for (size_t i = 0; alike && i < a_count; i++)
        alike = us_str_eq(a[i], b[i]);
    return alike;
}

bool us_history_rules_alike(
    const struct us_history_rules *a, const struct us_history_rules *b)
{
    bool alike =
        a->unit == b->unit && us_str_eq(a->currency, b->currency) &&
        a->memory_bytes == b->memory_bytes && a->threads == b->threads &&
        a->rate_count == b->rate_count &&
        lists_alike(a->fixed, a->fixed_count, b->fixed, b->fixed_count) &&
        lists_alike(a->internal, a->internal_count, b->internal, b->internal_count);
    for (size_t i = 0; alike && i < a->rate_count; i++)
        alike = us_str_eq(a->rates[i].currency, b->rates[i].currency) &&
                a->rates[i].rate == b->rates[i].rate;
    return alike;
}

static uint64_t listed(const char *what, const us_str *items, size_t count)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += us_print_pair(us_str_c(what), items[i]).lo;
    return sum;
}

uint64_t us_history_rules_digest(const struct us_history_rules *r)
{
    us_str unit = us_str_c(unit_name(r->unit));
    uint64_t sum = listed("unit", &unit, 1) + listed("currency", &r->currency, 1) +
                   listed("fixed", r->fixed, r->fixed_count) +
                   listed("internal", r->internal, r->internal_count);
    for (size_t i = 0; i < r->rate_count; i++) {
        us_str rate = {(const char *)&r->rates[i].rate, sizeof r->rates[i].rate};
        us_print print = us_print_pair(r->rates[i].currency, rate);
        us_str item = {(const char *)&print, sizeof print};
        sum += listed("rate", &item, 1);
    }
    return sum;
}

static void rules_keep(struct us_history *h, const struct us_history_rules *r)
{
    h->rules = *r;
    h->rules.fixed = list_keep(h, r->fixed, r->fixed_count);
    h->rules.internal = list_keep(h, r->internal, r->internal_count);
    h->rules.currency = str_keep(h, r->currency);
    struct us_rate *rates = us_new(&h->arena, struct us_rate, r->rate_count + 1);
    for (size_t i = 0; i < r->rate_count; i++)
        rates[i] =
            (struct us_rate){str_keep(h, r->rates[i].currency), r->rates[i].rate};
    h->rules.rates = rates;
    struct us_column *columns =
        us_new(&h->arena, struct us_column, r->column_count + 1);
    for (size_t i = 0; i < r->column_count; i++)
        columns[i] =
            (struct us_column){str_keep(h, r->columns[i].path), r->columns[i].kind};
    h->rules.columns = columns;
}

static struct us_history *handle_new(void)
{
    struct us_arena arena;
    us_arena_init(&arena, KEEP_BYTES);
    struct us_history *h = us_new(&arena, struct us_history, 1);
    h->arena = arena;
    us_arena_init(&h->line, LINE_BYTES);
    us_arena_init(&h->person_rows, STATE_BYTES);
    us_arena_init(&h->account_rows, STATE_BYTES);
    us_intern_init(&h->names.terms);
    us_intern_init(&h->sources.terms);
    us_intern_init(&h->people.terms);
    us_intern_init(&h->accounts.terms);
    h->names.looked_up = h->sources.looked_up = true;
    us_print_map_init(&h->prints);
    h->json = us_json_line_new();
    return h;
}

static void handle_free(struct us_history *h)
{
    us_identity_free(h->identity);
    us_rings_free(h->rings);
    us_json_free(h->json);
    us_intern_done(&h->names.terms);
    us_intern_done(&h->sources.terms);
    us_intern_done(&h->people.terms);
    us_intern_done(&h->accounts.terms);
    us_print_map_done(&h->prints);
    us_arena_done(&h->person_rows);
    us_arena_done(&h->account_rows);
    us_arena_done(&h->line);
    struct us_arena arena = h->arena; /* h lies in it */
    us_arena_done(&arena);
}

/* A file without its three headers was being made when somebody was killed: there is
 * nothing in it, and DuckDB would refuse it for ever. */
static us_code unfinished_remove(us_str path, struct us_error *e)
{
    struct stat st;
    char text[US_FILE_PATH_MAX];
    if (path.len >= sizeof text) return US_OK; /* opening will say so */
    memcpy(text, path.ptr, path.len);
    text[path.len] = 0;
    if (stat(text, &st) != 0 || st.st_size >= HEADERS_BYTES) return US_OK;
    return us_file_remove_tree(path, e);
}

static us_code file_open(struct us_history *h, struct us_error *e)
{
    us_str path = us_file_join(&h->arena, h->dir, US_S("history.duckdb"));
    if (h->write) {
        US_TRY(us_file_make_dirs(h->dir, e));
        US_TRY(unfinished_remove(path, e));
    } else if (!us_file_exists(path)) {
        return us_fail(
            e, US_NOT_FOUND, "history.none", US_ARGS(US_TEXT("path", h->dir)));
    }
    us_str temp = us_file_join(&h->arena, h->dir, US_S("history.tmp"));
    struct duck_options o = {.path = us_arena_cstr(&h->arena, path),
        .temp = us_arena_cstr(&h->arena, temp),
        .write = h->write,
        .memory_bytes = h->rules.memory_bytes,
        .threads = h->rules.threads};
    US_TRY(duck_open(&o, &h->duck, e));
    return core_schema(h, e);
}

/* Whether what is stored was made under the unit of the rules. A fresh file takes it.
 */
static us_code unit_check(struct us_history *h, bool *same, struct us_error *e)
{
    us_str sql = us_arena_fmt(&h->line,
        "SELECT count(*) FROM meta WHERE key = 'unit' AND value IN ('', '%s')",
        unit_name(h->rules.unit));
    int64_t found = 0;
    US_TRY(duck_number(h->duck.link, sql, &found, e));
    *same = found > 0;
    if (!*same && !h->write)
        return us_fail(e, US_INPUT, "history.unit",
            US_ARGS(US_TEXT("unit", us_str_c(unit_name(h->rules.unit)))));
    if (!h->write || !*same) return US_OK;
    return core_meta_put(h, "unit", us_str_c(unit_name(h->rules.unit)), e);
}

/* The account of every event depends on the unit: nothing of the file stays. Its
 * write-ahead log goes first: left alone it would be played into the next file. */
static us_code file_anew(struct us_history *h, struct us_error *e)
{
    duck_close(&h->duck);
    h->duck = (struct duck){0};
    US_TRY(us_file_remove_tree(
        us_file_join(&h->arena, h->dir, US_S("history.duckdb.wal")), e));
    US_TRY(us_file_remove_tree(
        us_file_join(&h->arena, h->dir, US_S("history.duckdb")), e));
    US_TRY(file_open(h, e));
    bool same;
    return unit_check(h, &same, e);
}

static us_code state_read(struct us_history *h, struct us_error *e)
{
    US_TRY(core_meta_read(h, e));
    US_TRY(core_birth(h, e));
    US_TRY(core_columns_read(h, e));
    return core_dicts_read(h, e);
}

static us_code handle_open(
    struct us_history *h, us_history_progress *progress, void *ctx, struct us_error *e)
{
    bool same = false;
    US_TRY(file_open(h, e));
    US_TRY(unit_check(h, &same, e));
    if (!same) US_TRY(file_anew(h, e));
    US_TRY(state_read(h, e));
    if (!h->write) return US_OK;
    US_TRY(core_columns_build(h, progress, ctx, e));
    US_TRY(core_views(h, e));
    US_TRY(core_internal_mark(h, e));
    return same ? US_OK : us_history_catch_up(h, h->journal, progress, ctx, e);
}

us_code us_history_open(us_str dir, const struct us_history_rules *rules, bool write,
    us_history_progress *progress, void *ctx, struct us_history **out,
    struct us_error *e)
{
    US_TRY(core_columns_check(rules, e));
    struct us_history *h = handle_new();
    h->write = write;
    h->dir = str_keep(h, dir);
    h->journal = us_file_join(&h->arena, h->dir, US_S("journal"));
    rules_keep(h, rules);
    us_code code = handle_open(h, progress, ctx, e);
    if (code != US_OK) {
        us_history_close(h);
        return code;
    }
    *out = h;
    return US_OK;
}

us_code us_history_beside(
    const struct us_history *h, struct us_history **out, struct us_error *e)
{
    us_assert(!h->batch && !h->beside);
    struct us_history *b = handle_new();
    b->beside = true;
    b->dir = str_keep(b, h->dir);
    b->journal = str_keep(b, h->journal);
    rules_keep(b, &h->rules);
    us_code code = duck_beside(&h->duck, &b->duck, e);
    if (code == US_OK) code = state_read(b, e);
    if (code != US_OK) {
        us_history_close(b);
        return code;
    }
    *out = b;
    return US_OK;
}

us_code us_history_scratch(struct us_history **out, struct us_error *e)
{
    struct us_history *h = handle_new();
    struct duck_options o = {.write = true};
    us_code code = duck_open(&o, &h->duck, e);
    if (code != US_OK) {
        handle_free(h);
        return code;
    }
    *out = h;
    return US_OK;
}

/* What was loaded since the last commit is forgotten, ids excepted: they are given
 * once and saved with the next commit. */
static void roll_back(struct us_history *h)
{
    core_tables_close(h);
    if (h->batch) (void)duck_run(h->duck.link, US_S("ROLLBACK"), NULL);
    h->batch = false;
    h->pending = 0;
    h->next = h->position;
    h->seq = h->seq_saved;
    for (size_t i = 0; i < COUNTS; i++)
        h->counts[i] = 0;
}

void us_history_close(struct us_history *h)
{
    if (!h) return;
    if (h->duck.link) {
        bool checkpoint = h->write;
        roll_back(h);
        if (checkpoint) (void)duck_run(h->duck.link, US_S("CHECKPOINT"), NULL);
    }
    duck_close(&h->duck);
    handle_free(h);
}

const struct us_history_rules *us_history_rules(const struct us_history *h)
{
    return &h->rules;
}

us_str us_history_dir(const struct us_history *h)
{
    return h->dir;
}

us_pos us_history_position(const struct us_history *h)
{
    return h->next;
}

int64_t us_history_pending(const struct us_history *h)
{
    return h->pending;
}

static us_code counts_save(struct us_history *h, struct us_error *e)
{
    for (size_t i = 0; i < COUNTS; i++) {
        if (!h->counts[i]) continue;
        US_TRY(duck_run(h->duck.link,
            us_arena_fmt(&h->line,
                "UPDATE counts SET lines = lines + %lld WHERE kind = '%s'",
                (long long)h->counts[i], core_count_name(i)),
            e));
    }
    return US_OK;
}

static us_code batch_save(struct us_history *h, struct us_error *e)
{
    us_arena_reset(&h->line);
    US_TRY(core_dicts_save(h, e));
    for (size_t t = 0; t < TABLES; t++)
        if (h->tables[t].chunk) US_TRY(duck_table_flush(&h->tables[t], e));
    US_TRY(counts_save(h, e));
    US_TRY(core_meta_number(h, "segment", h->next.segment, e));
    US_TRY(core_meta_number(h, "offset", (int64_t)h->next.offset, e));
    US_TRY(core_meta_number(h, "seq", h->seq, e));
    return duck_run(h->duck.link, US_S("COMMIT"), e);
}

static void batch_saved(struct us_history *h)
{
    if (h->tables[T_LINKS].chunk || h->tables[T_UNDOS].chunk) {
        us_identity_free(h->identity);
        h->identity = NULL;
    }
    h->names.saved = h->names.terms.count;
    h->sources.saved = h->sources.terms.count;
    h->people.saved = h->people.terms.count;
    h->accounts.saved = h->accounts.terms.count;
    h->position = h->next;
    h->seq_saved = h->seq;
    h->pending = 0;
    h->batch = false;
    for (size_t i = 0; i < COUNTS; i++)
        h->counts[i] = 0;
}

us_code us_history_commit(struct us_history *h, struct us_error *e)
{
    if (!h->batch) return US_OK;
    us_code code = batch_save(h, e);
    if (code == US_OK) {
        batch_saved(h);
    } else {
        roll_back(h);
    }
    return code;
}

/* Where the line is, and its own reason with what that sentence needs. */
static us_code unread(us_pos at, const struct us_error *why, struct us_error *e)
{
    struct us_error own;
    us_error_copy(&own, why); /* it may be e */
    us_arg args[US_ERROR_ARGS_MAX + 1] = {US_WHOLE("segment", at.segment),
        US_WHOLE("byte", at.offset), US_WORD("why", own.key)};
    for (size_t i = 0; i + 3 < US_ERROR_ARGS_MAX && own.args[i].name; i++)
        args[i + 3] = own.args[i];
    return us_fail(e, US_INPUT, "history.line", args);
}

static us_code lines_load(struct us_history *h, us_str text, us_pos at,
    const struct us_hints *hints, struct us_error *e)
{
    struct us_error unasked;
    struct us_error *why = e ? e : &unasked;
    size_t from = 0;
    size_t hint = 0;
    while (from < text.len) {
        if (hint < hints->count && hints->items[hint].line == from) {
            const struct us_ready *ready = &hints->items[hint++];
            us_str known = us_str_slice(text, from, from + ready->len);
            us_pos here = {at.segment, at.offset + from};
            US_TRY(core_load_ready(h, ready, known, hints->source, here, e));
            from += known.len + 1;
            continue;
        }
        us_str rest = us_str_slice(text, from, text.len);
        us_str after;
        us_str line = us_str_cut(rest, '\n', &after);
        us_pos place = {at.segment, at.offset + from};
        from += line.len + 1;
        if (!line.len) continue;
        us_code code = core_load_line(h, line, place, why);
        if (code == US_INPUT || code == US_LIMIT) return unread(place, why, e);
        if (code != US_OK) return code;
    }
    return US_OK;
}

static bool is_before(us_pos a, us_pos b)
{
    return a.segment < b.segment || (a.segment == b.segment && a.offset < b.offset);
}

static us_code load(struct us_history *h, us_str text, us_pos at, us_pos next,
    const struct us_hints *hints, struct us_error *e)
{
    if (is_before(at, h->next)) return US_OK; /* it is there */
    if (!h->batch) {
        US_TRY(core_now_read(h, e));
        US_TRY(duck_run(h->duck.link, US_S("BEGIN TRANSACTION"), e));
        h->batch = true;
    }
    us_code code = lines_load(h, text, at, hints, e);
    if (code != US_OK) {
        roll_back(h);
        return code;
    }
    h->next = next;
    return US_OK;
}

us_code us_history_load(
    struct us_history *h, us_str text, us_pos at, us_pos next, struct us_error *e)
{
    return load(h, text, at, next, &(struct us_hints){0}, e);
}

us_code us_history_load_ready(struct us_history *h, const struct us_group *group,
    us_pos next, const struct us_hints *hints, struct us_error *e)
{
    return load(h, (us_str){group->bytes, group->len}, group->at, next, hints, e);
}

static us_code groups_load(struct us_history *h, struct us_journal_reader *r,
    int64_t total, us_history_progress *progress, void *ctx, struct us_error *e)
{
    int64_t done = 0;
    us_str text;
    us_pos at, next;
    us_code code;
    while ((code = us_journal_reader_next(r, &text, &at, &next, e)) == US_OK) {
        US_TRY(us_history_load(h, text, at, next, e));
        if (h->pending >= US_HISTORY_BATCH_ROWS) US_TRY(us_history_commit(h, e));
        done += (int64_t)text.len;
        if (progress) progress(ctx, "history.load", done, total);
    }
    return code == US_NOT_FOUND ? us_history_commit(h, e) : code;
}

us_code us_history_catch_up(struct us_history *h, us_str journal_dir,
    us_history_progress *progress, void *ctx, struct us_error *e)
{
    struct us_journal_sizes sizes = {0};
    us_code code = us_journal_sizes(journal_dir, &sizes, e);
    if (code != US_OK) return code;
    struct us_journal_reader *r;
    US_TRY(us_journal_reader_open(journal_dir, h->next, &r, e));
    code = groups_load(h, r, (int64_t)sizes.text, progress, ctx, e);
    us_journal_reader_close(r);
    if (code != US_OK) return code;
    return us_history_settle(h, e);
}

const char *us_history_engine(void)
{
    return "DuckDB v1.5.6";
}

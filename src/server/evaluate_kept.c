/* evaluate_kept.c: where the evaluator stands, in a file between two runs.
 *
 * A server that is stopped in good order leaves what it knows of all accounts, as it
 * lies in memory, and the next start takes it instead of reading all of history: a
 * second where that takes twenty. It is taken by the same program with the same
 * configuration alone, where state says that nothing was told since, and the journal
 * that nothing came; and once, as opening takes the file away. In any other case, the
 * file damaged among them, all is loaded from history, which is always right.
 */

#include "base/buf.h"
#include "server/evaluate_inner.h"

#include <elf.h>
#include <link.h>
#include <string.h>

enum { KEY_BYTES_MAX = 64 << 20 };

/* ---- whose it is ---- */

/* The name that the linker gave this program, by all that is in it; of a program
 * without one nothing is kept. */
struct build {
    us_str name;
};

static us_str note_of(const struct dl_phdr_info *info, const ElfW(Phdr) * segment)
{
    const char *at = (const char *)(info->dlpi_addr + segment->p_vaddr);
    const char *end = at + segment->p_memsz;
    while ((size_t)(end - at) > sizeof(ElfW(Nhdr))) {
        ElfW(Nhdr) note;
        memcpy(&note, at, sizeof note);
        const char *name = at + sizeof note;
        const char *text = name + ((note.n_namesz + 3U) & ~3U);
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof "GNU" &&
            memcmp(name, "GNU", sizeof "GNU") == 0)
            return (us_str){text, note.n_descsz};
        at = text + ((note.n_descsz + 3U) & ~3U);
    }
    return (us_str){"", 0};
}

static int build_look(struct dl_phdr_info *info, size_t size, void *ctx)
{
    struct build *b = ctx;
    (void)size;
    for (int i = 0; i < info->dlpi_phnum && !b->name.len; i++)
        if (info->dlpi_phdr[i].p_type == PT_NOTE)
            b->name = note_of(info, &info->dlpi_phdr[i]);
    return 1; /* the program itself is the first */
}

/* The program, the configuration word by word, and what history means by it. */
static bool key_of(struct us_evaluator *v, us_print *out)
{
    const struct us_rules *r = v->o.rules;
    struct build b = {{"", 0}};
    (void)dl_iterate_phdr(build_look, &b);
    if (!b.name.len) return false;
    us_arena_reset(&v->line);
    struct us_buf text = us_buf_new(&v->line, KEY_BYTES_MAX);
    us_buf_put(&text, b.name);
    us_buf_fmt(&text, "%016llx %zu %zu\n",
        (unsigned long long)us_history_rules_digest(v->o.history_rules),
        r->definition_count, r->config->file_count);
    for (size_t i = 0; i < r->config->file_count; i++) {
        us_str file = r->config->files[i].text;
        us_buf_fmt(&text, "%zu\n", file.len);
        us_buf_put(&text, file);
    }
    *out = us_print_of(us_buf_str(&text));
    return !text.full;
}

/* ---- what it is ---- */

static bool goes_on(const struct us_evaluator *v)
{
    for (size_t i = 0; i < v->o.rules->definition_count; i++)
        if (v->how[i] != US_DEFINITION_SAME && v->how[i] != US_DEFINITION_GIVEN)
            return false;
    return true;
}

/* over: moments up to it are over and told. What state has of them may be less. */
static void kept(struct us_kept_file *k, struct us_evaluator *v, int64_t *over)
{
    us_kept_same(k, v->position.segment);
    us_kept_same(k, v->position.offset);
    for (size_t i = 0; i < v->o.rules->definition_count; i++)
        us_kept_same(k, v->how[i]);
    us_kept_bytes(k, over, sizeof *over);
    if (!us_kept_is_good(k) || *over < v->over) return; /* state has gone on since */
    US_KEPT(k, v->now);
    US_KEPT(k, v->last);
    US_KEPT(k, v->fixed_seq);
    US_KEPT(k, v->counts.seq);
    us_book_kept(k, v->book);
    us_shard_kept(k, v->shard);
}

us_code us_evaluator_keep(struct us_evaluator *v, us_str path, struct us_error *e)
{
    us_print key;
    struct us_kept_file *k;
    bool still = v->shard && !v->stale && !v->o.silent && !v->told_count &&
                 !v->stand_count && !v->correction_count && !v->first && !v->past &&
                 !v->owed && v->broken == US_OK && v->now == v->over &&
                 v->now != US_ALWAYS;
    if (!still || !goes_on(v) || !us_shard_can_be_kept(v->shard) || !key_of(v, &key))
        return US_OK;
    US_TRY(us_kept_write(path, key, &k, e));
    int64_t over = v->over;
    kept(k, v, &over);
    return us_kept_close(k, e);
}

/* Whether a line came since it was written, before this server began. */
static us_code came_since(const struct us_evaluator *v, bool *came, struct us_error *e)
{
    struct us_journal_reader *r = NULL;
    us_str text;
    us_pos at;
    us_pos next;
    US_TRY(us_journal_reader_open(v->o.journal, v->position, &r, e));
    us_code code = us_journal_reader_next(r, &text, &at, &next, e);
    *came = code == US_OK && us_pos_before(at, v->o.kept_end);
    us_journal_reader_close(r);
    return code == US_NOT_FOUND ? US_OK : code;
}

us_code us_evaluator_kept(struct us_evaluator *v, bool *taken, struct us_error *e)
{
    us_print key;
    struct us_kept_file *k;
    struct us_error why; /* there is always history */
    bool came = false;
    int64_t over;
    *taken = false;
    bool may =
        !v->o.silent && !v->first && !v->past && v->over != US_ALWAYS && goes_on(v);
    if (!v->o.kept.len || v->counts.loads) return US_OK;
    if (!may || !key_of(v, &key)) /* it is of no use to any later start either */
        return us_kept_remove(v->o.kept, e);
    if (us_kept_read(v->o.kept, key, &k, &why) != US_OK) return US_OK;
    us_code code = came_since(v, &came, e);
    if (code == US_OK && !came) kept(k, v, &over);
    *taken = us_kept_close(k, &why) == US_OK && code == US_OK;
    if (*taken) v->over = over;
    return code;
}

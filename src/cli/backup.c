/* backup.c: a copy of the facts that can be put back anywhere, and its check. */

#include "import/backup.h"

#include "cli/workspace.h"
#include "file/file.h"

/* path without "." and "..", as a path inside dir; empty when it leads out. What
 * usher.yml includes is written beside it, or relative to what includes it. */
static us_str inside(struct us_arena *a, us_str dir, us_str path)
{
    us_str parts[US_FILE_DEPTH_MAX];
    size_t count = 0;
    bool here = us_str_eq(dir, US_S("."));
    us_str top = us_file_join(a, dir, US_S("-")); /* dir, and whatever parts it */
    top.len -= 1;
    if (!here && !us_str_has_prefix(path, top)) return (us_str){"", 0};
    us_str rest = here ? path : us_str_slice(path, top.len, path.len);
    if (us_str_has_prefix(rest, US_S("/"))) return (us_str){"", 0};
    while (rest.len) {
        us_str part = us_str_cut(rest, '/', &rest);
        if (part.len == 0 || us_str_eq(part, US_S("."))) continue;
        bool up = us_str_eq(part, US_S(".."));
        if (up ? count == 0 : count == US_FILE_DEPTH_MAX) return (us_str){"", 0};
        if (up)
            count--;
        else
            parts[count++] = part;
    }
    us_str out = {"", 0};
    for (size_t i = 0; i < count; i++)
        out = us_file_join(a, out, parts[i]);
    return out;
}

/* Once, or said where it lies outside. */
static void put(struct us_cli *cli, us_str path, us_str *paths, size_t *count)
{
    us_str within = inside(cli->arena, cli->dir, path);
    for (size_t i = 0; i < *count; i++)
        if (us_str_eq(paths[i], within)) return;
    if (within.len)
        paths[(*count)++] = within;
    else
        us_cli_say(cli, "backup.outside", US_ARGS(US_TEXT("path", path)));
}

/* What usher.yml is made of, and the files of customers that it names. One with
 * mistakes is backed up as it is. */
static us_code config_files(
    struct us_cli *cli, struct us_backup_options *o, struct us_error *e)
{
    us_str yml = us_cli_path(cli, US_S("usher.yml"));
    if (!us_file_exists(yml))
        return us_fail(
            e, US_NOT_FOUND, "cli.no_workspace", US_ARGS(US_TEXT("path", yml)));
    struct us_diags d = {.arena = cli->arena};
    struct us_config *config;
    US_TRY(us_config_read(yml, cli->arena, &d, &config, e));
    us_str *paths =
        us_new(cli->arena, us_str, config->file_count + config->source_count + 1);
    o->paths = paths;
    for (size_t i = 0; i < config->file_count; i++)
        put(cli, config->files[i].path, paths, &o->path_count);
    for (size_t i = 0; i < config->source_count; i++) {
        us_str path = config->sources[i].customers.text;
        if (path.len) path = us_cli_path(cli, path);
        if (path.len && us_file_exists(path)) put(cli, path, paths, &o->path_count);
    }
    if (d.errors)
        us_cli_say(cli, "backup.mistakes",
            US_ARGS(US_TEXT("path", yml), US_WHOLE("n", d.errors)));
    return US_OK;
}

static us_code row(
    struct us_cli *cli, us_str folder, const struct us_backup *b, struct us_error *e)
{
    static const struct us_table_column columns[] = {
        {"folder", "backup.column_folder", US_LEFT},
        {"made", "backup.column_made", US_LEFT},
        {"files", "backup.column_files", US_RIGHT},
        {"bytes", "backup.column_bytes", US_RIGHT},
        {"line", "backup.column_line", US_RIGHT},
        {"usher", "cli.column_version", US_LEFT},
    };
    struct us_table table;
    us_table_begin(&table, cli, columns, sizeof columns / sizeof *columns);
    US_TRY(us_table_row(&table,
        US_ARGS(US_TEXT("folder", folder), US_TIME("made", b->made),
            US_WHOLE("files", b->file_count), US_BYTES("bytes", b->bytes),
            US_WHOLE("line", b->seq), US_TEXT("usher", b->usher)),
        e));
    return us_table_end(&table, e);
}

static us_code verify(struct us_cli *cli, struct us_error *e)
{
    struct us_backup b;
    struct us_progress progress;
    us_progress_init(&progress, cli);
    progress.bytes = true;
    US_TRY(us_backup_read(cli->args[0], cli->arena, &b, e));
    us_code code =
        us_backup_check(cli->args[0], &b, us_progress_show, &progress, cli->arena, e);
    us_progress_end(&progress);
    if (code != US_OK) return code;
    US_TRY(row(cli, cli->args[0], &b, e));
    if (cli->format == US_FORMAT_PEOPLE) us_cli_say(cli, "backup.verified", NULL);
    return US_OK;
}

static us_code run(struct us_cli *cli, struct us_error *e)
{
    if (us_cli_has(cli, "verify")) return verify(cli, e);
    struct us_backup b;
    struct us_progress progress;
    us_progress_init(&progress, cli);
    progress.bytes = true;
    struct us_backup_options o = {
        .dir = cli->dir,
        .history = us_cli_has(cli, "with-history"),
        .usher = us_str_c(US_VERSION),
        .now = cli->now,
        .progress = us_progress_show,
        .ctx = &progress,
    };
    US_TRY(config_files(cli, &o, e));
    us_code code = us_backup_make(&o, cli->args[0], cli->arena, &b, e);
    us_progress_end(&progress);
    if (code != US_OK) return code;
    US_TRY(row(cli, cli->args[0], &b, e));
    if (cli->format == US_FORMAT_PEOPLE)
        us_cli_say(cli, b.history ? "backup.done_history" : "backup.done", NULL);
    return US_OK;
}

static const struct us_option options[] = {
    {"with-history", 0, NULL, "backup.option_history"},
    {"verify", 0, NULL, "backup.option_verify"},
    {0},
};

static const struct us_example examples[] = {
    {"usher backup /backups/usher-2026-11-23", "backup.example"},
    {"usher backup --verify /backups/usher-2026-11-23", "backup.example_verify"},
    {0},
};

const struct us_command us_command_backup = {
    .name = "backup",
    .group = US_GROUP_DATA,
    .summary = "backup.summary",
    .about = "backup.about",
    .usage = "FOLDER",
    .args_min = 1,
    .args_max = 1,
    .options = options,
    .examples = examples,
    .run = run,
};

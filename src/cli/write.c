#include "cli/write.h"

#include "file/file.h"

#include <sys/stat.h>
#include <unistd.h>

/* A file is replaced by renaming, which takes no right to write it: who made it
 * read-only meant it. */
static bool is_read_only(struct us_cli *cli, us_str path)
{
    struct stat is;
    const char *name = us_arena_cstr(cli->arena, path);
    if (stat(name, &is) != 0) return false; /* writing says why */
    bool nobody = (is.st_mode & (S_IWUSR | S_IWGRP | S_IWOTH)) == 0;
    return nobody || access(name, W_OK) != 0;
}

us_code us_workspace_write(struct us_cli *cli, const struct us_workspace *w,
    const struct us_written *is, struct us_error *e)
{
    const struct us_config_file *file = &w->config->files[is->file];
    if (is_read_only(cli, file->path))
        return us_fail(
            e, US_INPUT, "cli.write_read_only", US_ARGS(US_TEXT("path", file->path)));
    US_TRY(us_file_write(file->path, is->text, e));
    struct us_diags d = {.arena = cli->arena};
    struct us_config *c = NULL;
    struct us_rules *rules = NULL;
    us_code code = us_config_read(w->yml, cli->arena, &d, &c, e);
    if (code == US_OK && d.errors == 0) us_rules_compile(c, cli->arena, &d, &rules);
    if (code == US_OK && d.errors == 0) return US_OK;
    US_TRY(us_file_write(file->path, file->text, e));
    if (code != US_OK) return code;
    size_t first = 0;
    while (d.items[first].warning)
        first++;
    us_str why =
        us_text(cli->arena, cli->lang, d.items[first].key, d.items[first].args);
    return us_fail(e, US_INPUT, is->wrong, US_ARGS(US_TEXT("why", why)));
}

#include "cli/workspace.h"

#include "file/file.h"

#include <string.h>
#include <unistd.h>

enum { DIAGS_BYTES_MAX = 4 << 20 };

us_code us_workspace_mistakes(struct us_cli *cli, const struct us_diags *d,
    const struct us_config *c, struct us_error *e)
{
    if (d->errors == 0) return US_OK;
    struct us_buf words = us_buf_new(cli->arena, DIAGS_BYTES_MAX);
    us_diags_print(d, c, cli->lang, cli->err_terminal && cli->colour, &words);
    us_str text = us_buf_str(&words);
    ssize_t wrote = write(cli->err_fd, text.ptr, text.len);
    (void)wrote;
    return us_fail(e, US_INPUT, "cli.mistakes", US_ARGS(US_WHOLE("n", d->errors)));
}

static void history_rules(struct us_workspace *w)
{
    const struct us_config *c = w->config;
    const struct us_need *need = &w->rules->plan->need;
    w->history_rules = (struct us_history_rules){
        .unit = c->unit,
        .fixed = c->fixed,
        .fixed_count = c->fixed_count,
        .internal = c->internal,
        .internal_count = c->internal_count,
        .rates = c->rates,
        .rate_count = c->rate_count,
        .currency = c->currency,
        .columns = need->columns,
        .column_count = need->column_count,
    };
}

/* A line of its own per expression, in a file that is none, so that a caret can show
 * the place of a mistake. */
static void add_expressions(
    struct us_cli *cli, struct us_config *c, const struct us_expressions *more)
{
    struct us_signal_text *old = more->people ? c->user_signals : c->signals;
    size_t count = more->people ? c->user_signal_count : c->signal_count;
    struct us_signal_text *all =
        us_new(cli->arena, struct us_signal_text, count + more->count);
    if (count) memcpy(all, old, count * sizeof *all);
    struct us_config_file *files =
        us_new(cli->arena, struct us_config_file, c->file_count + more->count);
    memcpy(files, c->files, c->file_count * sizeof *files);
    for (size_t i = 0; i < more->count; i++) {
        us_str text = more->texts[i];
        us_place place = {(uint32_t)c->file_count, 1, 1, 1};
        files[c->file_count++] = (struct us_config_file){US_S("--expr"), text};
        all[count++] = (struct us_signal_text){
            .name = {more->names[i], place}, .is = {text, place}, .may_mention = true};
    }
    c->files = files;
    if (more->people) {
        c->user_signals = all;
        c->user_signal_count = count;
    } else {
        c->signals = all;
        c->signal_count = count;
    }
}

us_code us_workspace_read(struct us_cli *cli, struct us_workspace *w,
    const struct us_expressions *more, struct us_error *e)
{
    *w = (struct us_workspace){.cli = cli};
    w->yml = us_cli_path(cli, US_S("usher.yml"));
    w->data = us_cli_path(cli, US_S("data"));
    w->journal = us_file_join(cli->arena, w->data, US_S("journal"));
    us_progress_init(&w->progress, cli);
    if (!us_file_exists(w->yml))
        return us_fail(
            e, US_NOT_FOUND, "cli.no_workspace", US_ARGS(US_TEXT("path", w->yml)));
    struct us_diags d = {.arena = cli->arena};
    US_TRY(us_config_read(w->yml, cli->arena, &d, &w->config, e));
    if (d.errors == 0 && more && more->count) add_expressions(cli, w->config, more);
    if (d.errors == 0) us_rules_compile(w->config, cli->arena, &d, &w->rules);
    US_TRY(us_workspace_mistakes(cli, &d, w->config, e));
    history_rules(w);
    return US_OK;
}

static void need_columns(
    struct us_cli *cli, struct us_history_rules *h, const struct us_need *need)
{
    size_t most = h->column_count + need->column_count;
    struct us_column *all = us_new(cli->arena, struct us_column, most + 1);
    size_t count = h->column_count;
    if (count) memcpy(all, h->columns, count * sizeof *all);
    for (size_t i = 0; i < need->column_count; i++) {
        const struct us_column *c = &need->columns[i];
        bool there = false;
        for (size_t k = 0; k < h->column_count && !there; k++)
            there =
                h->columns[k].kind == c->kind && us_str_eq(h->columns[k].path, c->path);
        if (!there) all[count++] = *c;
    }
    h->columns = all;
    h->column_count = count;
}

us_code us_workspace_other(struct us_cli *cli, struct us_workspace *w, us_str path,
    struct us_rules **out, struct us_error *e)
{
    struct us_config *config = NULL;
    struct us_diags d = {.arena = cli->arena};
    if (!us_file_exists(path))
        return us_fail(e, US_NOT_FOUND, "cli.no_file", US_ARGS(US_TEXT("path", path)));
    US_TRY(us_config_read(path, cli->arena, &d, &config, e));
    if (d.errors == 0) us_rules_compile(config, cli->arena, &d, out);
    US_TRY(us_workspace_mistakes(cli, &d, config, e));
    if (config->unit != w->config->unit)
        return us_fail(e, US_INPUT, "cli.other_unit", US_ARGS(US_TEXT("path", path)));
    need_columns(cli, &w->history_rules, &(*out)->plan->need);
    return US_OK;
}

us_code us_workspace_history(struct us_workspace *w, struct us_error *e)
{
    const struct us_cli *cli = w->progress.cli;
    if (cli->lender)
        return cli->lender->lend(cli->lender->ctx, &w->history_rules,
            cli->command->asks == US_ASKS_SEEN, &w->cli->behind, &w->history, e);
    us_code code = us_history_open(w->data, &w->history_rules, true, us_progress_show,
        &w->progress, &w->history, e);
    if (code == US_OK)
        code = us_history_catch_up(
            w->history, w->journal, us_progress_show, &w->progress, e);
    us_progress_end(&w->progress);
    if (code != US_OK) us_workspace_close(w);
    return code;
}

us_code us_workspace_open(
    struct us_cli *cli, struct us_workspace *w, struct us_error *e)
{
    US_TRY(us_workspace_read(cli, w, NULL, e));
    return us_workspace_history(w, e);
}

void us_workspace_close(struct us_workspace *w)
{
    const struct us_cli *cli = w->progress.cli;
    if (cli && cli->lender && w->history)
        cli->lender->back(cli->lender->ctx, w->history);
    else
        us_history_close(w->history);
    w->history = NULL;
}

us_code us_workspace_seen(struct us_workspace *w, struct us_error *e)
{
    return w->progress.cli->lender ? US_OK : us_history_seen(w->history, e);
}

us_code us_workspace_time(struct us_cli *cli, struct us_workspace *w,
    const char *option, int64_t *at, struct us_error *e)
{
    int64_t last = US_ALWAYS;
    US_TRY(us_history_last_message(w->history, &last, e));
    cli->ended = last != US_ALWAYS && last < cli->now;
    cli->until = last;
    return us_cli_option_time(cli, option, cli->ended ? last : cli->now, at, e);
}

us_code us_workspace_at(
    struct us_cli *cli, struct us_workspace *w, int64_t *at, struct us_error *e)
{
    return us_workspace_time(cli, w, "at", at, e);
}

us_code us_workspace_named(struct us_cli *cli, const struct us_rules *rules,
    us_str name, uint32_t *definition, struct us_error *e)
{
    *definition = us_rules_find(rules, name);
    if (*definition != US_NODE_NONE) return US_OK;
    size_t count = rules->definition_count;
    us_str *names = us_new(cli->arena, us_str, count + 1);
    for (size_t i = 0; i < count; i++)
        names[i] = rules->definitions[i].name;
    us_str nearest = us_nearest(name, names, count);
    return us_fail(e, US_NOT_FOUND,
        nearest.len ? "cli.no_definition_near" : "cli.no_definition",
        US_ARGS(US_TEXT("name", name), US_TEXT("nearest", nearest),
            US_TEXT("path", rules->config->files[0].path)));
}

us_code us_workspace_definition(struct us_cli *cli, const struct us_workspace *w,
    size_t index, uint32_t *definition, struct us_error *e)
{
    *definition = US_NODE_NONE;
    if (index >= cli->arg_count) return US_OK;
    return us_workspace_named(cli, w->rules, cli->args[index], definition, e);
}

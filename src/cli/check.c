/* check.c: every mistake of usher.yml at once, and how often each trait is known. */

#include "cli/senders.h"
#include "cli/workspace.h"
#include "file/file.h"
#include "import/customers.h"

static us_code trait_rows(
    struct us_cli *cli, struct us_workspace *w, struct us_error *e)
{
    struct us_history_trait *traits = NULL;
    size_t count = 0;
    US_TRY(us_history_traits(w->history, cli->arena, &traits, &count, e));
    static const struct us_table_column columns[] = {
        {"trait", "cli.column_trait", US_LEFT},
        {"of", "cli.column_of", US_LEFT},
        {"known", "cli.column_known", US_RIGHT},
        {"share", "cli.column_share", US_RIGHT},
    };
    const struct us_need *need = &w->rules->plan->need;
    struct us_table table;
    us_table_begin(&table, cli, columns, 4);
    for (int user = 0; user < 2; user++) {
        size_t needed = user ? need->user_trait_count : need->account_trait_count;
        for (size_t i = 0; i < needed; i++) {
            us_str key = user ? need->user_traits[i] : need->account_traits[i];
            int64_t known = 0;
            int64_t of = 0;
            for (size_t k = 0; k < count; k++) {
                if (traits[k].user == (user != 0)) of = traits[k].of;
                if (traits[k].user == (user != 0) && us_str_eq(traits[k].key, key))
                    known = traits[k].known;
            }
            double share = of ? (double)known / (double)of : 0;
            US_TRY(us_table_row(&table,
                US_ARGS(US_TEXT("trait", key),
                    US_WORD("of", user ? "cli.users" : "cli.accounts"),
                    US_WHOLE("known", known), US_SHARE("share", share)),
                e));
        }
    }
    return us_table_end(&table, e);
}

static us_code coverage(struct us_cli *cli, struct us_workspace *w, struct us_error *e)
{
    if (!us_file_is_dir(w->journal)) return US_OK;
    us_code code = us_workspace_open(cli, w, e);
    if (code != US_OK) return code;
    if (cli->format == US_FORMAT_PEOPLE)
        us_screen_heading(cli, "cli.check_traits", NULL);
    code = trait_rows(cli, w, e);
    us_workspace_close(w);
    return code;
}

static us_code say(struct us_cli *cli, const struct us_diags *d,
    const struct us_config *c, struct us_error *e)
{
    if (cli->format == US_FORMAT_JSON)
        us_diags_json(d, c, cli->lang, cli->out);
    else
        us_diags_print(d, c, cli->lang, cli->colour, cli->out);
    if (d->errors == 0) return us_cli_flush(cli, e);
    US_TRY(us_cli_flush(cli, e));
    return us_fail(e, US_INPUT, "cli.mistakes", US_ARGS(US_WHOLE("n", d->errors)));
}

static us_code run(struct us_cli *cli, struct us_error *e)
{
    us_str path = cli->arg_count ? cli->args[0] : us_cli_path(cli, US_S("usher.yml"));
    if (!us_file_exists(path))
        return us_fail(
            e, US_NOT_FOUND, "cli.no_workspace", US_ARGS(US_TEXT("path", path)));
    struct us_diags d = {.arena = cli->arena};
    struct us_config *config = NULL;
    struct us_rules *rules = NULL;
    US_TRY(us_config_read(path, cli->arena, &d, &config, e));
    us_rules_compile(config, cli->arena, &d, &rules);
    us_customers_check(config, cli->arg_count ? us_file_dir(path) : cli->dir, &d);
    us_sources_unset(cli, config, &d);
    US_TRY(say(cli, &d, config, e));
    if (cli->format == US_FORMAT_PEOPLE)
        us_cli_say(cli, "cli.check_good",
            US_ARGS(US_TEXT("path", path),
                US_WHOLE("signals", rules->plan->signal_count),
                US_WHOLE("definitions", rules->definition_count)));
    if (cli->arg_count) return US_OK;
    struct us_workspace w;
    US_TRY(us_workspace_read(cli, &w, NULL, e));
    return coverage(cli, &w, e);
}

static const struct us_example examples[] = {
    {"usher check", "cli.check_example"},
    {"usher check --json examples/callmemaybe/usher.yml", "cli.check_example_file"},
    {0},
};

const struct us_command us_command_check = {
    .name = "check",
    .group = US_GROUP_SET_UP,
    .summary = "cli.check",
    .about = "cli.check_about",
    .usage = "[FILE]",
    .args_max = 1,
    .examples = examples,
    .run = run,
    .asks = US_ASKS,
};

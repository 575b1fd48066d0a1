/* help.c: `usher help`, on a command or on the exit codes. */
#include "cli/frame.h"

#define TOPIC "exit-codes"

enum { NAMES_MAX = 128 };

/* What a code means to whoever called, by us_code. */
static const char *const meanings[] = {
    [US_OK] = "cli.exit_ok",
    [US_USAGE] = "cli.exit_usage",
    [US_INPUT] = "cli.exit_input",
    [US_NOT_FOUND] = "cli.exit_not_found",
    [US_LIMIT] = "cli.exit_limit",
    [US_BUSY] = "cli.exit_busy",
    [US_IO] = "cli.exit_io",
    [US_REMOTE] = "cli.exit_remote",
    [US_REFUSED] = "cli.exit_refused",
};

const char *us_frame_exit_meaning(us_code code)
{
    return meanings[code];
}

size_t us_frame_exit_count(void)
{
    return sizeof meanings / sizeof *meanings;
}

static us_code exit_codes(struct us_cli *cli, struct us_error *e)
{
    static const struct us_table_column columns[] = {
        {"status", "cli.column_status", US_RIGHT},
        {"code", "cli.column_code", US_LEFT},
        {"retry", "cli.column_retry", US_LEFT},
        {"meaning", "cli.column_meaning", US_LEFT},
    };
    struct us_table t;
    us_table_begin(&t, cli, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
        us_code code = (us_code)i;
        const char *retry = us_code_retry(code) ? "cli.yes" : "cli.no";
        us_str meaning = us_text(cli->arena, cli->lang, meanings[i], NULL);
        US_TRY(us_table_row(&t,
            US_ARGS(US_WHOLE("status", us_code_exit(code)),
                US_TEXT("code", us_str_c(us_code_name(code))), US_WORD("retry", retry),
                US_TEXT("meaning", meaning)),
            e));
    }
    return us_table_end(&t, e);
}

static us_code unknown(us_str topic, struct us_error *e)
{
    const char *names[NAMES_MAX] = {TOPIC};
    size_t n = 1;
    for (const struct us_command *const *c = us_commands(); *c && n < NAMES_MAX; c++)
        names[n++] = (*c)->name;
    const char *near = us_frame_nearest(topic, names, n);
    if (near)
        return us_fail(e, US_USAGE, "cli.no_help_near",
            US_ARGS(US_TEXT("topic", topic), US_TEXT("near", us_str_c(near))));
    return us_fail(e, US_USAGE, "cli.no_help", US_ARGS(US_TEXT("topic", topic)));
}

static us_code run(struct us_cli *cli, struct us_error *e)
{
    if (cli->arg_count == 0) {
        us_frame_overview(cli);
        return US_OK;
    }
    if (us_str_eq(cli->args[0], US_S(TOPIC))) return exit_codes(cli, e);
    const struct us_command *about = us_command_find(cli->args[0]);
    if (!about) return unknown(cli->args[0], e);
    us_frame_help(cli, about);
    return US_OK;
}

static const struct us_example examples[] = {
    {"usher help help", "cli.help_example_command"},
    {"usher help exit-codes", "cli.help_example_codes"},
    {.line = NULL},
};

const struct us_command us_command_help = {
    .name = "help",
    .group = US_GROUP_HELP,
    .summary = "cli.help_summary",
    .usage = "[COMMAND | exit-codes]",
    .args_max = 1,
    .examples = examples,
    .run = run,
};

/* version.c: `usher version`: which usher this is. */
#include "cli/cli.h"

#if defined(__clang__)
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "gcc " __VERSION__
#endif

static us_code run(struct us_cli *cli, struct us_error *e)
{
    static const struct us_table_column columns[] = {
        {"version", "cli.column_version", US_LEFT},
        {"machine", "cli.column_machine", US_LEFT},
        {"build", "cli.column_build", US_LEFT},
        {"compiler", "cli.column_compiler", US_LEFT},
    };
    if (cli->format == US_FORMAT_PEOPLE) {
        us_buf_fmt(cli->out, "usher %s (%s, %s, %s)\n", US_VERSION, US_MACHINE,
            US_BUILD, COMPILER);
        return US_OK;
    }
    struct us_table t;
    us_table_begin(&t, cli, columns, sizeof columns / sizeof *columns);
    US_TRY(us_table_row(&t,
        US_ARGS(US_TEXT("version", US_S(US_VERSION)),
            US_TEXT("machine", US_S(US_MACHINE)), US_TEXT("build", US_S(US_BUILD)),
            US_TEXT("compiler", US_S(COMPILER))),
        e));
    return us_table_end(&t, e);
}

static const struct us_example examples[] = {
    {"usher version", NULL},
    {"usher version --json", "cli.version_example_json"},
    {.line = NULL},
};

const struct us_command us_command_version = {
    .name = "version",
    .group = US_GROUP_HELP,
    .summary = "cli.version_summary",
    .usage = "",
    .examples = examples,
    .run = run,
};

#include "cli/states.h"

#include "file/file.h"

#include <unistd.h>

us_code us_cli_state(
    struct us_cli *cli, bool write, struct us_state **out, struct us_error *e)
{
    us_str yml = us_cli_path(cli, US_S("usher.yml"));
    if (!us_file_exists(yml))
        return us_fail(
            e, US_NOT_FOUND, "cli.no_workspace", US_ARGS(US_TEXT("path", yml)));
    us_str data = us_cli_path(cli, US_S("data"));
    if (write) US_TRY(us_file_make_dirs(data, e));
    return us_state_open(data, write, out, e);
}

us_code us_cli_state_if_any(
    struct us_cli *cli, struct us_state **out, struct us_error *e)
{
    struct us_error own;
    struct us_error *why = e ? e : &own;
    *out = NULL;
    us_code code = us_cli_state(cli, false, out, why);
    bool none =
        code == US_NOT_FOUND && us_str_eq(us_str_c(why->key), US_S("state.missing"));
    return none ? US_OK : code;
}

us_str us_cli_who(struct us_cli *cli)
{
    return us_arena_fmt(cli->arena, "uid %u", (unsigned)getuid());
}

us_code us_cli_noted(struct us_cli *cli, struct us_state *s, struct us_state_audit row,
    struct us_error *e)
{
    row.at = cli->now;
    row.who = us_cli_who(cli);
    return us_state_audit_put(s, &row, e);
}

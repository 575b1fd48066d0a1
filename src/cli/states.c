#include "cli/states.h"

#include "file/file.h"

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

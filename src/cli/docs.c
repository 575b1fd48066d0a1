/* docs.c: the pages of docs/ that are printed from the tables of the program. */

#include "cli/frame.h"
#include "cli/workspace.h"

enum { PAGE_BYTES_MAX = 8 << 20 };

static void option_lines(
    struct us_buf *out, us_lang lang, const struct us_option *options)
{
    for (const struct us_option *o = options; o && o->name; o++) {
        us_buf_fmt(out, "- `--%s%s%s`: ", o->name, o->value ? " " : "",
            o->value ? o->value : "");
        us_say(out, lang, o->words, NULL);
        us_buf_char(out, '\n');
    }
}

static void commands(us_lang lang, struct us_buf *out)
{
    us_say(out, lang, "cli.docs_commands_head", NULL);
    us_buf_char(out, '\n');
    for (const struct us_command *const *c = us_commands(); *c; c++) {
        us_buf_fmt(out, "\n## usher %s\n\n`usher %s %s`\n\n", (*c)->name, (*c)->name,
            (*c)->usage);
        us_say(out, lang, (*c)->summary, NULL);
        us_buf_put(out, US_S(".\n\n"));
        if ((*c)->about) {
            us_say(out, lang, (*c)->about, NULL);
            us_buf_put(out, US_S("\n\n"));
        }
        option_lines(out, lang, (*c)->options);
        us_buf_put(out, US_S("\n```sh\n"));
        for (const struct us_example *x = (*c)->examples; x->line; x++) {
            us_buf_put(out, us_str_c(x->line));
            us_buf_char(out, '\n');
        }
        us_buf_put(out, US_S("```\n"));
    }
    us_buf_put(out, US_S("\n"));
    us_say(out, lang, "cli.docs_exit_head", NULL);
    us_buf_put(out, US_S("\n"));
    for (size_t i = 0; i < us_frame_exit_count(); i++) {
        us_code code = (us_code)i;
        us_buf_fmt(out, "| %d | `%s` | ", us_code_exit(code), us_code_name(code));
        us_say(out, lang, us_frame_exit_meaning(code), NULL);
        us_buf_put(out, US_S(" |\n"));
    }
}

static us_code run(struct us_cli *cli, struct us_error *e)
{
    us_str page = cli->args[0];
    struct us_buf text = us_buf_new(cli->arena, PAGE_BYTES_MAX);
    if (us_str_eq(page, US_S("configuration")))
        us_config_manual(cli->lang, &text);
    else if (us_str_eq(page, US_S("signals")))
        us_signals_manual(cli->lang, &text);
    else if (us_str_eq(page, US_S("commands")))
        commands(cli->lang, &text);
    else
        return us_fail(e, US_USAGE, "cli.docs_page", US_ARGS(US_TEXT("page", page)));
    us_buf_put(cli->out, us_buf_str(&text));
    return us_cli_flush(cli, e);
}

static const struct us_example examples[] = {
    {"usher docs signals", "cli.docs_example"},
    {0},
};

const struct us_command us_command_docs = {
    .name = "docs",
    .group = US_GROUP_HELP,
    .summary = "cli.docs",
    .usage = "configuration|signals|commands",
    .args_min = 1,
    .args_max = 1,
    .examples = examples,
    .run = run,
};

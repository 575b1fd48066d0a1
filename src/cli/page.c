/* page.c: the overview, and the help page of a command. */
#include "cli/frame.h"

enum { INDENT = 2, INDENT_WORDS = 6, GAP = 2, LEFT_MAX = 30, PAGE_WIDTH_MAX = 96 };

/* Long lines are tiring to read, however wide the terminal is. */
static size_t page_width(const struct us_cli *cli)
{
    return cli->width < PAGE_WIDTH_MAX ? cli->width : PAGE_WIDTH_MAX;
}

/* "  left      words, wrapped", the words at column `column`. */
static void pair(struct us_cli *cli, us_str left, const char *key, size_t column)
{
    us_screen_blanks(cli->out, INDENT);
    us_screen_tone(cli->out, cli->colour, US_CYAN, left);
    size_t at = INDENT + us_str_columns(left);
    if (at + GAP > column) {
        us_buf_char(cli->out, '\n');
        at = 0;
    }
    us_str words = us_text(cli->arena, cli->lang, key, NULL);
    us_screen_wrap(cli->out, words, page_width(cli), column, at);
}

static void paragraph(struct us_cli *cli, const char *key, const us_arg *args)
{
    us_str text = us_text(cli->arena, cli->lang, key, args);
    us_screen_wrap(cli->out, text, page_width(cli), 0, 0);
}

static void blank_line(struct us_cli *cli)
{
    us_buf_char(cli->out, '\n');
}

static void group(
    struct us_cli *cli, us_command_group which, const char *title, size_t column)
{
    bool any = false;
    for (const struct us_command *const *c = us_commands(); *c; c++) {
        if ((*c)->group != which) continue;
        if (!any) us_screen_heading(cli, title, NULL);
        any = true;
        pair(cli, us_str_c((*c)->name), (*c)->summary, column);
    }
    if (any) blank_line(cli);
}

void us_frame_overview(struct us_cli *cli)
{
    static const char *const titles[] = {
#define X(name, title) [US_GROUP_##name] = (title),
        US_COMMAND_GROUPS(X)
#undef X
    };
    paragraph(cli, "cli.title", NULL);
    blank_line(cli);
    size_t column = 0;
    for (const struct us_command *const *c = us_commands(); *c; c++) {
        size_t wide = us_str_columns(us_str_c((*c)->name));
        if (wide > column) column = wide;
    }
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
        group(cli, (us_command_group)i, titles[i], INDENT + column + GAP);
    paragraph(cli, "cli.overview_end", NULL);
}

/* "-o, --owner NAME" */
static us_str shown(struct us_cli *cli, const struct us_option *o)
{
    us_str letter =
        o->letter ? us_arena_fmt(cli->arena, "-%c, ", o->letter) : US_S("    ");
    return us_arena_fmt(cli->arena, "%.*s--%s%s%s", US_ARG(letter), o->name,
        o->value ? " " : "", o->value ? o->value : "");
}

static void options(struct us_cli *cli, const struct us_option *list, const char *title)
{
    if (!list || !list->name) return;
    size_t left = 0;
    for (const struct us_option *o = list; o->name; o++) {
        size_t wide = us_str_columns(shown(cli, o));
        if (wide > left && wide <= LEFT_MAX) left = wide;
    }
    blank_line(cli);
    us_screen_heading(cli, title, NULL);
    for (const struct us_option *o = list; o->name; o++)
        pair(cli, shown(cli, o), o->words, INDENT + left + GAP);
}

static void examples(struct us_cli *cli, const struct us_example *list)
{
    blank_line(cli);
    us_screen_heading(cli, "cli.examples", NULL);
    for (; list && list->line; list++) {
        us_screen_blanks(cli->out, INDENT);
        us_screen_tone(cli->out, cli->colour, US_CYAN, us_str_c(list->line));
        blank_line(cli);
        if (!list->words) continue;
        us_str words = us_text(cli->arena, cli->lang, list->words, NULL);
        us_screen_wrap(cli->out, words, page_width(cli), INDENT_WORDS, 0);
    }
}

void us_frame_help(struct us_cli *cli, const struct us_command *command)
{
    us_str name = us_str_c(command->name);
    us_str head = us_arena_fmt(cli->arena, "usher %s", command->name);
    us_screen_tone(cli->out, cli->colour, US_BOLD, head);
    us_buf_put(cli->out, US_S(": "));
    us_cli_say(cli, command->summary, NULL);
    blank_line(cli);
    us_screen_heading(cli, "cli.usage", NULL);
    us_screen_blanks(cli->out, INDENT);
    us_buf_put(cli->out, head);
    if (*command->usage) us_buf_fmt(cli->out, " %s", command->usage);
    blank_line(cli);
    if (command->about) {
        blank_line(cli);
        paragraph(cli, command->about, NULL);
    }
    options(cli, command->options, "cli.options");
    examples(cli, command->examples);
    options(cli, us_options_of_all(), "cli.options_of_all");
    blank_line(cli);
    paragraph(cli, "cli.help_end", US_ARGS(US_TEXT("command", name)));
}

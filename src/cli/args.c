/* args.c: what was typed becomes a command, its arguments and its options. */
#include "base/time.h"
#include "cli/frame.h"

#include <string.h>

enum { NAMES_MAX = 128 };

static const struct us_option of_all[] = {
    {"dir", 'C', "DIR", "cli.option_dir"},
    {"lang", 0, "en|zh|both", "cli.option_lang"},
    {"json", 0, NULL, "cli.option_json"},
    {"csv", 0, NULL, "cli.option_csv"},
    {"color", 0, "auto|always|never", "cli.option_color"},
    {"help", 'h', NULL, "cli.option_help"},
    {"version", 0, NULL, "cli.option_version"},
    {.name = NULL},
};

const struct us_option *us_options_of_all(void)
{
    return of_all;
}

/* A typing slip, or the beginning of one name alone. */
const char *us_frame_nearest(us_str meant, const char *const *names, size_t count)
{
    const char *best = NULL;
    const char *begun = NULL;
    size_t least = SIZE_MAX;
    size_t begun_count = 0;
    for (size_t i = 0; i < count; i++) {
        us_str name = us_str_c(names[i]);
        size_t distance = us_str_distance(meant, name);
        if (distance < least) {
            least = distance;
            best = names[i];
        }
        if (meant.len >= 2 && us_str_has_prefix(name, meant)) {
            begun = names[i];
            begun_count++;
        }
    }
    if (begun_count == 1) return begun;
    size_t slips = meant.len < 4 ? 1 : (meant.len + 1) / 3;
    return least <= slips ? best : NULL;
}

/* The walk over argv. */
struct walk {
    struct us_cli *cli;
    char *const *argv;
    int argc;
    int at;
    bool help, version;
};

static const struct us_option *named(
    const struct us_option *options, us_str name, char letter)
{
    for (; options && options->name; options++) {
        if (name.len && us_str_eq(us_str_c(options->name), name)) return options;
        if (letter && options->letter == letter) return options;
    }
    return NULL;
}

/* The command's own first: it may give a letter another sense. */
static const struct us_option *option_of(const struct walk *w, us_str name, char letter)
{
    const struct us_command *command = w->cli->command;
    const struct us_option *own =
        command ? named(command->options, name, letter) : NULL;
    return own ? own : named(of_all, name, letter);
}

static size_t option_names(const struct us_option *options, const char **out, size_t n)
{
    for (; options && options->name && n < NAMES_MAX; options++)
        out[n++] = options->name;
    return n;
}

static us_code unknown_option(
    const struct walk *w, us_str shown, us_str name, struct us_error *e)
{
    const struct us_command *command = w->cli->command;
    const char *names[NAMES_MAX];
    size_t n = option_names(command ? command->options : NULL, names, 0);
    n = option_names(of_all, names, n);
    const char *near = us_frame_nearest(name, names, n);
    if (near)
        return us_fail(e, US_USAGE, "cli.unknown_option_near",
            US_ARGS(US_TEXT("option", shown), US_TEXT("near", us_str_c(near))));
    if (!command)
        return us_fail(
            e, US_USAGE, "cli.option_first", US_ARGS(US_TEXT("option", shown)));
    return us_fail(e, US_USAGE, "cli.unknown_option",
        US_ARGS(US_TEXT("option", shown), US_TEXT("command", us_str_c(command->name))));
}

static us_code bad_choice(
    const struct us_option *option, us_str value, struct us_error *e)
{
    return us_fail(e, US_USAGE, "cli.bad_choice",
        US_ARGS(US_TEXT("option", us_str_c(option->name)), US_TEXT("value", value),
            US_TEXT("choices", us_str_c(option->value))));
}

/* The options of every command act at once; false for another's. */
static bool take_own(struct walk *w, const struct us_option *option, us_str value,
    us_code *code, struct us_error *e)
{
    struct us_cli *cli = w->cli;
    us_str name = us_str_c(option->name);
    if (option < of_all || option >= of_all + sizeof of_all / sizeof *of_all)
        return false;
    if (us_str_eq(name, US_S("dir"))) {
        cli->dir = value.len ? value : US_S(".");
    } else if (us_str_eq(name, US_S("json"))) {
        cli->format = US_FORMAT_JSON;
    } else if (us_str_eq(name, US_S("csv"))) {
        cli->format = US_FORMAT_CSV;
    } else if (us_str_eq(name, US_S("help"))) {
        w->help = true;
    } else if (us_str_eq(name, US_S("version"))) {
        w->version = true;
    } else if (us_str_eq(name, US_S("lang"))) {
        cli->both = us_str_eq(value, US_S("both"));
        bool known =
            us_str_eq(value, US_S("en")) || us_lang_of(value) == US_ZH || cli->both;
        if (!known) *code = bad_choice(option, value, e);
    } else {
        bool always = us_str_eq(value, US_S("always"));
        bool never = us_str_eq(value, US_S("never"));
        if (always || never) {
            cli->colour = always;
        } else if (!us_str_eq(value, US_S("auto"))) {
            *code = bad_choice(option, value, e);
        }
    }
    return true;
}

static us_code take(
    struct walk *w, const struct us_option *option, us_str value, struct us_error *e)
{
    us_code code = US_OK;
    if (take_own(w, option, value, &code, e)) return code;
    struct us_cli *cli = w->cli;
    if (cli->given_count == US_CLI_OPTIONS_MAX)
        return us_fail(e, US_USAGE, "cli.many_options",
            US_ARGS(US_WHOLE("most", US_CLI_OPTIONS_MAX)));
    cli->given[cli->given_count++] = (struct us_given){option, value};
    return US_OK;
}

/* The value of an option that stands in the next argument. */
static us_code next_value(
    struct walk *w, const struct us_option *option, us_str *value, struct us_error *e)
{
    if (w->at + 1 >= w->argc)
        return us_fail(e, US_USAGE, "cli.no_value",
            US_ARGS(US_TEXT("option", us_str_c(option->name)),
                US_TEXT("value", us_str_c(option->value))));
    *value = us_str_c(w->argv[++w->at]);
    return US_OK;
}

/* --name, --name=value, --name value */
static us_code long_option(struct walk *w, us_str arg, struct us_error *e)
{
    us_str whole = us_str_slice(arg, 2, arg.len);
    us_str value;
    us_str name = us_str_cut(whole, '=', &value);
    bool joined = name.len < whole.len;
    const struct us_option *option = option_of(w, name, 0);
    if (!option) return unknown_option(w, us_str_slice(arg, 0, 2 + name.len), name, e);
    if (!option->value && joined)
        return us_fail(
            e, US_USAGE, "cli.no_value_wanted", US_ARGS(US_TEXT("option", name)));
    if (option->value && !joined) US_TRY(next_value(w, option, &value, e));
    return take(w, option, value, e);
}

/* -a, -ab, -oVALUE, -o VALUE */
static us_code short_options(struct walk *w, us_str arg, struct us_error *e)
{
    for (size_t i = 1; i < arg.len; i++) {
        const struct us_option *option = option_of(w, US_S(""), arg.ptr[i]);
        if (!option) {
            us_str shown = us_arena_fmt(w->cli->arena, "-%c", arg.ptr[i]);
            return unknown_option(w, shown, US_S(""), e);
        }
        us_str value = {0};
        if (option->value) {
            value = us_str_slice(arg, i + 1, arg.len);
            i = arg.len;
            if (!value.len) US_TRY(next_value(w, option, &value, e));
        }
        US_TRY(take(w, option, value, e));
    }
    return US_OK;
}

static us_code choose(struct us_cli *cli, us_str name, struct us_error *e)
{
    cli->command = us_command_find(name);
    if (cli->command) return US_OK;
    const char *names[NAMES_MAX];
    size_t n = 0;
    for (const struct us_command *const *c = us_commands(); *c && n < NAMES_MAX; c++)
        names[n++] = (*c)->name;
    const char *near = us_frame_nearest(name, names, n);
    if (near)
        return us_fail(e, US_USAGE, "cli.unknown_command_near",
            US_ARGS(US_TEXT("command", name), US_TEXT("near", us_str_c(near))));
    return us_fail(
        e, US_USAGE, "cli.unknown_command", US_ARGS(US_TEXT("command", name)));
}

/* "-" is stdin or stdout, "-5" a number. */
static bool is_option(us_str arg)
{
    return arg.len >= 2 && arg.ptr[0] == '-' && (arg.ptr[1] < '0' || arg.ptr[1] > '9');
}

/* The first is the command. */
static us_code argument(struct us_cli *cli, us_str arg, struct us_error *e)
{
    if (!cli->command) return choose(cli, arg, e);
    cli->args[cli->arg_count++] = arg;
    return US_OK;
}

static us_code walk_all(struct walk *w, struct us_error *e)
{
    bool only_args = false;
    us_code code = US_OK;
    for (; w->at < w->argc && code == US_OK; w->at++) {
        us_str arg = us_str_c(w->argv[w->at]);
        if (only_args || !is_option(arg)) {
            code = argument(w->cli, arg, e);
        } else if (us_str_eq(arg, US_S("--"))) {
            only_args = true;
        } else if (arg.ptr[1] == '-') {
            code = long_option(w, arg, e);
        } else {
            code = short_options(w, arg, e);
        }
    }
    return code;
}

static us_code count_args(const struct us_cli *cli, struct us_error *e)
{
    const struct us_command *c = cli->command;
    us_str usage = us_arena_fmt(cli->arena, "usher %s %s", c->name, c->usage);
    if (cli->arg_count < c->args_min)
        return us_fail(e, US_USAGE, "cli.few_args",
            US_ARGS(US_TEXT("command", us_str_c(c->name)), US_TEXT("usage", usage)));
    if (cli->arg_count > c->args_max)
        return us_fail(e, US_USAGE, "cli.many_args",
            US_ARGS(US_TEXT("command", us_str_c(c->name)), US_TEXT("usage", usage),
                US_TEXT("extra", cli->args[c->args_max])));
    return US_OK;
}

us_code us_frame_args(
    struct us_cli *cli, int argc, char *const *argv, struct us_error *e)
{
    struct walk w = {.cli = cli, .argv = argv, .argc = argc, .at = 1};
    cli->args = us_new(cli->arena, us_str, (size_t)argc + 1);
    US_TRY(walk_all(&w, e));
    if (w.version && !cli->command) cli->command = us_command_find(US_S("version"));
    if (w.help) {
        us_str about = us_str_c(cli->command ? cli->command->name : NULL);
        cli->command = us_command_find(US_S("help"));
        cli->args[0] = about;
        cli->arg_count = about.len > 0;
    }
    return cli->command ? count_args(cli, e) : US_OK;
}

us_str us_cli_option_nth(const struct us_cli *cli, const char *name, size_t n)
{
    for (size_t i = 0; i < cli->given_count; i++)
        if (strcmp(cli->given[i].option->name, name) == 0 && n-- == 0)
            return cli->given[i].value;
    return (us_str){0};
}

us_str us_cli_option(const struct us_cli *cli, const char *name)
{
    for (size_t i = cli->given_count; i-- > 0;)
        if (strcmp(cli->given[i].option->name, name) == 0) return cli->given[i].value;
    return (us_str){0};
}

bool us_cli_has(const struct us_cli *cli, const char *name)
{
    for (size_t i = 0; i < cli->given_count; i++)
        if (strcmp(cli->given[i].option->name, name) == 0) return true;
    return false;
}

bool us_cli_time(const struct us_cli *cli, us_str text, int64_t *out)
{
    int64_t count = 0;
    char unit = 0;
    if (us_str_eq(text, US_S("now"))) {
        *out = cli->now;
        return true;
    }
    if (!us_span_read(text, &count, &unit)) return us_time_read(text, out);
    *out = (cli->ended ? cli->until : cli->now) - us_span_us(count, unit);
    return true;
}

us_code us_cli_option_time(const struct us_cli *cli, const char *name, int64_t preset,
    int64_t *out, struct us_error *e)
{
    us_str text = us_cli_option(cli, name);
    if (!us_cli_has(cli, name)) {
        *out = preset;
    } else if (!us_cli_time(cli, text, out)) {
        return us_fail(e, US_USAGE, "cli.bad_time",
            US_ARGS(US_TEXT("option", us_str_c(name)), US_TEXT("value", text)));
    }
    return US_OK;
}

/* A range and its preset are three numbers.
 * NOLINTNEXTLINE(readability-function-size) */
us_code us_cli_option_whole(const struct us_cli *cli, const char *name, int64_t preset,
    int64_t least, int64_t most, int64_t *out, struct us_error *e)
{
    us_str text = us_cli_option(cli, name);
    int64_t n = preset;
    bool good =
        !us_cli_has(cli, name) || (us_str_int(text, &n) && n >= least && n <= most);
    if (!good)
        return us_fail(e, US_USAGE, "cli.bad_whole",
            US_ARGS(US_TEXT("option", us_str_c(name)), US_TEXT("value", text),
                US_WHOLE("least", least), US_WHOLE("most", most)));
    *out = n;
    return US_OK;
}

#include "cli/cli.h"

#include "base/time.h"
#include "cli/frame.h"
#include "file/file.h"
#include "server/lent.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { WIDTH_DEFAULT = 80, WIDTH_LEAST = 40 };

#define MEMORY    ((size_t)16 << 30) /* address space: commands read whole stores */
#define OUT_BYTES ((size_t)1 << 30)

#define X(name) extern const struct us_command us_command_##name;
#include "cli/commands.inc"
#undef X

static const struct us_command *const commands[] = {
#define X(name) &us_command_##name,
#include "cli/commands.inc"
#undef X
    NULL,
};

const struct us_command *const *us_commands(void)
{
    return commands;
}

const struct us_command *us_command_find(us_str name)
{
    for (size_t i = 0; commands[i]; i++)
        if (us_str_eq(us_str_c(commands[i]->name), name)) return commands[i];
    return NULL;
}

/* An empty variable counts as none, as POSIX has it for the language's. */
static us_str setting(const struct us_cli *cli, const char *name)
{
    size_t n = strlen(name);
    if (!cli->env) return us_str_c(getenv(name));
    for (char **at = cli->env; *at; at++)
        if (strncmp(*at, name, n) == 0 && (*at)[n] == '=') return us_str_c(*at + n + 1);
    return (us_str){0};
}

static us_lang language(const struct us_cli *cli, int argc, char *const *argv)
{
    us_lang lang = US_EN;
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < 3; i++) {
        us_str value = setting(cli, names[i]);
        if (!value.len) continue;
        lang = us_lang_of(value);
        break;
    }
    /* Looked up before all else, so that a mistake further left is said in it too. */
    for (int i = 1; i < argc; i++) {
        us_str arg = us_str_c(argv[i]);
        if (us_str_eq(arg, US_S("--"))) break;
        if (us_str_eq(arg, US_S("--lang")) && i + 1 < argc)
            lang = us_lang_of(us_str_c(argv[i + 1]));
        if (us_str_has_prefix(arg, US_S("--lang=")))
            lang = us_lang_of(us_str_slice(arg, 7, arg.len));
    }
    return lang;
}

static size_t width_of(const struct us_cli *cli, int fd)
{
    struct winsize size = {0};
    int64_t columns = 0;
    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        columns = size.ws_col;
    } else if (!us_str_int(setting(cli, "COLUMNS"), &columns) || columns <= 0) {
        columns = WIDTH_DEFAULT;
    }
    return columns < WIDTH_LEAST ? WIDTH_LEAST : (size_t)columns;
}

us_code us_frame_start(
    struct us_cli *cli, int argc, char *const *argv, struct us_error *e)
{
    bool dumb = us_str_eq(setting(cli, "TERM"), US_S("dumb"));
    cli->dir = US_S(".");
    cli->lang = language(cli, argc, argv);
    cli->terminal = isatty(cli->out_fd);
    cli->err_terminal = isatty(cli->err_fd) && !dumb;
    cli->colour = cli->terminal && !dumb && setting(cli, "NO_COLOR").len == 0;
    cli->width = width_of(cli, cli->out_fd);
    us_str now = setting(cli, "USHER_NOW");
    if (now.len) {
        if (us_time_read(now, &cli->now)) return US_OK;
        return us_fail(e, US_USAGE, "cli.bad_now", US_ARGS(US_TEXT("value", now)));
    }
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    cli->now = (int64_t)ts.tv_sec * US_SECOND_US + ts.tv_nsec / 1000;
    return US_OK;
}

us_str us_cli_path(const struct us_cli *cli, us_str name)
{
    return us_file_join(cli->arena, cli->dir, name);
}

/* Whoever asked a server for it is gone. */
static bool unwatched(const struct us_cli *cli)
{
    const struct us_lent_watch *watch = cli->lender ? cli->lender->watch : NULL;
    return watch && watch->stop && *watch->stop;
}

static us_code write_out(struct us_cli *cli, us_str text, struct us_error *e)
{
    if (unwatched(cli)) {
        cli->closed = true;
        return us_fail(e, US_IO, "cli.closed", NULL);
    }
    while (text.len && !cli->closed) {
        ssize_t n = write(cli->out_fd, text.ptr, text.len);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && errno == EPIPE) cli->closed = true;
        if (n < 0) return us_file_fail(e, "cli.no_output", US_S("-"));
        text = us_str_slice(text, (size_t)n, text.len);
    }
    return US_OK;
}

us_code us_cli_flush(struct us_cli *cli, struct us_error *e)
{
    us_str text = us_buf_str(cli->out);
    bool full = cli->out->full;
    cli->out->len = 0;
    cli->out->full = false;
    if (cli->closed) return us_fail(e, US_IO, "cli.closed", NULL);
    US_TRY(write_out(cli, text, e));
    if (full)
        return us_fail(
            e, US_LIMIT, "cli.too_much", US_ARGS(US_BYTES("most", OUT_BYTES)));
    return US_OK;
}

us_code us_cli_drain(struct us_cli *cli, struct us_error *e)
{
    if (cli->html) return US_OK; /* html.c has it */
    if (cli->out->len < US_CLI_OUT_DRAIN && !cli->closed) return US_OK;
    return us_cli_flush(cli, e);
}

void us_cli_say(struct us_cli *cli, const char *key, const us_arg *args)
{
    if (cli->html) {
        us_screen_say(cli, us_text(cli->arena, cli->lang, key, args), 0);
        return;
    }
    us_say(cli->out, cli->lang, key, args);
    us_buf_char(cli->out, '\n');
}

/* "usher: …" on stderr; for a mistake in the call, where to read more. */
static void complain(const struct us_cli *cli, const struct us_error *e)
{
    bool colour = cli->err_terminal && setting(cli, "NO_COLOR").len == 0;
    struct us_buf out = us_buf_new(cli->arena, US_CLI_OUT_DRAIN);
    struct us_buf said = us_buf_new(cli->arena, US_CLI_OUT_DRAIN);
    us_screen_tone(&out, colour, US_RED, US_S("usher:"));
    us_buf_char(&out, ' ');
    us_say_error(&said, cli->lang, e);
    /* Line by line: a database's words on a mistake in SQL point with a second one. */
    for (us_str rest = us_buf_str(&said); rest.len;) {
        us_buf_put(&out, us_screen_clean(cli->arena, us_str_cut(rest, '\n', &rest)));
        us_buf_char(&out, '\n');
    }
    if (e->code == US_USAGE && cli->command) {
        us_say(&out, cli->lang, "cli.see_help",
            US_ARGS(US_TEXT("command", us_str_c(cli->command->name))));
        us_buf_char(&out, '\n');
    }
    us_str text = us_buf_str(&out);
    while (text.len) {
        ssize_t n = write(cli->err_fd, text.ptr, text.len);
        if (n <= 0) break; /* nowhere is left to say it */
        text = us_str_slice(text, (size_t)n, text.len);
    }
}

/* On stderr, as what is on stdout may be for a program. */
static void behind_say(const struct us_cli *cli)
{
    struct us_buf out = us_buf_new(cli->arena, US_CLI_OUT_DRAIN);
    us_say(&out, cli->lang, cli->behind.events < 0 ? "cli.behind_some" : "cli.behind",
        US_ARGS(US_WHOLE("events", cli->behind.events),
            US_WHOLE("seconds", cli->behind.us / 1000000)));
    us_buf_char(&out, '\n');
    ssize_t wrote = write(cli->err_fd, out.ptr, out.len);
    (void)wrote; /* nowhere is left to say it */
}

/* What a command reads of the environment. */
static char **environment(struct us_cli *cli)
{
    static const char *const names[] = {
        "LC_ALL", "LC_MESSAGES", "LANG", "TERM", "NO_COLOR", "COLUMNS", "USHER_NOW"};
    enum { NAMES = sizeof names / sizeof *names };
    char **env = us_new(cli->arena, char *, NAMES + 1);
    size_t count = 0;
    for (size_t i = 0; i < NAMES; i++) {
        const char *value = getenv(names[i]);
        if (!value) continue;
        us_str text = us_arena_fmt(cli->arena, "%s=%s", names[i], value);
        env[count++] = us_arena_cstr(cli->arena, text);
    }
    return env;
}

/* To the server that holds history; US_NOT_FOUND: there is none. */
static us_code hand_over(
    struct us_cli *cli, int argc, char *const *argv, struct us_error *e)
{
    char **list = us_new(cli->arena, char *, (size_t)argc + 1);
    memcpy(list, argv, (size_t)argc * sizeof *list);
    struct us_lent_call call = {.argc = argc,
        .argv = list,
        .env = environment(cli),
        .out_fd = cli->out_fd,
        .err_fd = cli->err_fd};
    us_code code = us_lent_ask(us_cli_path(cli, US_S("data")), &call, &cli->status, e);
    cli->handed_over = code == US_OK;
    return code;
}

static us_code work(struct us_cli *cli, int argc, char *const *argv, struct us_error *e)
{
    US_TRY(us_frame_start(cli, argc, argv, e));
    US_TRY(us_frame_args(cli, argc, argv, e));
    if (cli->both && !us_cli_has(cli, "html"))
        return us_fail(e, US_USAGE, "cli.both_html", NULL);
    enum us_asks asks = cli->command ? cli->command->asks : US_ASKS_NOT;
    if (cli->lender && asks == US_ASKS_NOT)
        return us_fail(e, US_REFUSED, "cli.not_lent", NULL);
    if ((asks == US_ASKS || asks == US_ASKS_SEEN) && !cli->lender) {
        us_code code = hand_over(cli, argc, argv, e);
        if (code != US_NOT_FOUND) return code;
    }
    if (cli->command) return cli->command->run(cli, e);
    us_frame_overview(cli);
    return US_OK;
}

int us_cli_run(const struct us_cli_call *call)
{
    signal(SIGPIPE, SIG_IGN); /* write says it, and the stores are closed in order */
    struct us_arena arena;
    struct us_arena out_arena;
    us_arena_init(&arena, MEMORY);
    us_arena_init(&out_arena, OUT_BYTES * 2);
    struct us_buf out = us_buf_new(&out_arena, OUT_BYTES);
    struct us_cli cli = {.arena = &arena,
        .out = &out,
        .out_fd = call->out_fd,
        .err_fd = call->err_fd,
        .env = call->env,
        .lender = call->lender,
        .in_fd = call->in_fd};
    struct us_error e = {0};
    us_code code = work(&cli, call->argc, call->argv, &e);
    struct us_error late = {0};
    us_code flushed = us_cli_flush(&cli, &late);
    if (cli.closed) {
        code = US_OK;
    } else if (code == US_OK && flushed != US_OK) {
        code = flushed;
        e = late;
    }
    if (code != US_OK && e.key) complain(&cli, &e);
    if (code == US_OK && cli.behind.events && !cli.closed) behind_say(&cli);
    us_arena_done(&out_arena);
    us_arena_done(&arena);
    return cli.handed_over ? cli.status : us_code_exit(code);
}

int us_cli_main(int argc, char *const *argv, int out_fd, int err_fd)
{
    struct us_cli_call call = {argc, argv, out_fd, err_fd, NULL, NULL, 0};
    return us_cli_run(&call);
}

/* cli.h: the frame every command of `usher` stands in.
 *
 * A command is one file, src/cli/NAME.c, that ends in `const struct us_command
 * us_command_NAME`, and the word NAME in src/cli/meson.build. Arguments, help in both
 * languages, formats, colours, errors and exit codes come with it.
 *
 * Owns:    the arena and the output; what a command allocates there lives until the
 * end. Fails:   a command returns a code. With e filled in it is said as "usher: …"; a
 * command that has said all itself (check, say) returns the code with e left alone.
 * Threads: one. A command may use threads below it; cli is its own.
 */
#pragma once

#include "answer/lag.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "text/text.h"

#include <stdint.h>

enum {
    US_CLI_OPTIONS_MAX = 64,    /* given in one call */
    US_CLI_OUT_DRAIN = 1 << 16, /* output is written when it has this much */
    US_TABLE_COLUMNS_MAX = 64,
    US_TABLE_FIT_ROWS = 1000, /* the widths of a table are those of its first rows */
};

/* ---- a command ---- */

/* In the order of the overview. The second is the key of the group's title. */
#define US_COMMAND_GROUPS(X)      \
    X(SET_UP, "cli.group_set_up") \
    X(LOOK, "cli.group_look")     \
    X(DATA, "cli.group_data")     \
    X(CHECK, "cli.group_check")   \
    X(HELP, "cli.group_help")

typedef enum us_command_group {
#define X(name, title) US_GROUP_##name,
    US_COMMAND_GROUPS(X)
#undef X
} us_command_group;

struct us_option {
    const char *name;  /* "owner" for --owner */
    char letter;       /* 'o' for -o; 0 when it has none */
    const char *value; /* "NAME" as help shows it; NULL: a switch */
    const char *words; /* key of i18n/ */
};

struct us_example {
    const char *line;  /* "usher queue --at 2026-03-01" */
    const char *words; /* key of i18n/; may be NULL */
};

struct us_cli;

struct us_command {
    const char *name;
    us_command_group group;
    const char *summary; /* key: one line, no full stop */
    const char *about;   /* key: what else one should know; may be NULL */
    const char *usage;   /* what follows the name: "[DEFINITION] [--owner NAME]" */
    size_t args_min, args_max;
    const struct us_option *options;   /* ends at a NULL name; may be NULL */
    const struct us_example *examples; /* ends at a NULL line; at least one */
    us_code (*run)(struct us_cli *cli, struct us_error *e);
    /* It asks of history and writes nothing to it, or leaves the writing to its lender:
     * a server that runs on the workspace runs it (server/lent.h). */
    enum us_asks {
        US_ASKS_NOT,
        US_ASKS,
        US_ASKS_SEEN,   /* also of the views seen_… */
        US_ASKS_NOTHING /* it needs no workspace, and runs where it is called */
    } asks;
};

/* Lends a history that somebody else in this process holds. */
struct us_history;
struct us_history_rules;
struct us_lent_watch;
struct us_forget;
struct us_import_line;
struct us_letters_asked;
struct us_letters_done;
struct us_lender {
    /* With the property columns of rules, and what the views seen_… need. */
    us_code (*lend)(void *ctx, const struct us_history_rules *rules, bool seen,
        struct us_lag *behind, struct us_history **out, struct us_error *e);
    /* How far the parts of the server are. */
    void (*lag)(void *ctx, struct us_server_lag *out);
    void (*back)(void *ctx, struct us_history *h);
    /* Do it, and count; nothing is lent to this call then. */
    us_code (*forget)(
        void *ctx, struct us_forget *f, struct us_arena *a, struct us_error *e);
    /* Dead letters are tried again (server/letters.h); sources and put are set there.
     */
    us_code (*retry)(void *ctx, struct us_letters_asked *asked, struct us_arena *a,
        struct us_letters_done *out, struct us_error *e);
    /* Lines of an import, made durable (us_import_options.put). */
    us_code (*put)(void *ctx, const struct us_import_line *lines, size_t count,
        size_t *added, struct us_error *e);
    /* History made anew beside the one in use. */
    us_code (*rebuild)(void *ctx, struct us_error *e);
    void *ctx;
    const struct us_lent_watch *watch; /* of this call (server/lent.h); NULL: nobody */
};

/* Every command, in the order of the build's list; ends at NULL. */
const struct us_command *const *us_commands(void);
const struct us_command *us_command_find(us_str name);

/* What every command takes; ends at a NULL name. */
const struct us_option *us_options_of_all(void);

/* ---- one call ---- */

typedef enum us_format { US_FORMAT_PEOPLE, US_FORMAT_JSON, US_FORMAT_CSV } us_format;

struct us_given {
    const struct us_option *option;
    us_str value; /* empty for a switch */
};

struct us_cli {
    us_str dir; /* the workspace: -C, else "." */
    us_lang lang;
    us_format format;
    bool colour;   /* on stdout */
    bool html;     /* what is said to people becomes parts of a page; html.h */
    bool both;     /* --lang both: a page in both languages side by side */
    bool terminal; /* stdout is one: what is too wide is cut */
    bool err_terminal;
    size_t width;  /* columns of the terminal, else 80 */
    int64_t now;   /* read once; USHER_NOW sets it */
    bool ended;    /* the data ends before now, at … */
    int64_t until; /* … which lengths such as 7d count back from */
    struct us_arena *arena;
    struct us_buf *out; /* what is said; say into it freely, see us_cli_drain */
    const struct us_command *command; /* NULL for the overview */
    us_str *args;
    size_t arg_count;
    struct us_given given[US_CLI_OPTIONS_MAX];
    size_t given_count;
    int out_fd, err_fd;
    int in_fd;                      /* of a call that was handed over */
    bool closed;                    /* the reader of stdout went away: end quietly */
    char **env;                     /* of whoever calls; NULL: of this process */
    const struct us_lender *lender; /* NULL: history is opened */
    struct us_lag behind;           /* what the history that is lent does not have */
    bool handed_over;               /* to a server, with this exit status */
    int status;
};

/* The whole program: read the arguments, run, say what went wrong; the exit status. */
int us_cli_main(int argc, char *const *argv, int out_fd, int err_fd);

/* The same for a call that came from another process; a command that does not ask is
 * refused. */
struct us_cli_call {
    int argc;
    char *const *argv;
    int out_fd, err_fd;
    char **env;
    const struct us_lender *lender;
    int in_fd; /* with a lender */
};
int us_cli_run(const struct us_cli_call *call);

/* The last value given; a NULL ptr when the option was not. */
us_str us_cli_option(const struct us_cli *cli, const char *name);
bool us_cli_has(const struct us_cli *cli, const char *name);
/* For an option that may be repeated: the n-th value, a NULL ptr past the last. */
us_str us_cli_option_nth(const struct us_cli *cli, const char *name, size_t n);

/* A text as a moment: ISO 8601, "now", or a length such as 7d, which is so long ago:
 * before the last moment anything is known, once a workspace has said it
 * (us_workspace_time), so that 7d of an old log is its last week. */
bool us_cli_time(const struct us_cli *cli, us_str text, int64_t *out);

/* The option as such a moment; preset when it was not given. */
us_code us_cli_option_time(const struct us_cli *cli, const char *name, int64_t preset,
    int64_t *out, struct us_error *e);
us_code us_cli_option_whole(const struct us_cli *cli, const char *name, int64_t preset,
    int64_t least, int64_t most, int64_t *out, struct us_error *e);

/* A path inside the workspace. */
us_str us_cli_path(const struct us_cli *cli, us_str name);

/* Write what has gathered in cli->out, always or when it is much. A loop that says a
 * lot drains once a round and returns what drain returns. */
us_code us_cli_flush(struct us_cli *cli, struct us_error *e);
us_code us_cli_drain(struct us_cli *cli, struct us_error *e);

/* Say a sentence and end the line. */
void us_cli_say(struct us_cli *cli, const char *key, const us_arg *args);

/* A paragraph, broken to the width of the terminal. */
void us_screen_say(struct us_cli *cli, us_str text, size_t indent);

/* Lines to be copied, as they are. */
void us_screen_as_is(struct us_cli *cli, us_str lines);

/* ---- the screen ---- */

typedef enum us_tone {
    US_PLAIN,
    US_BOLD,
    US_DIM,
    US_RED,
    US_GREEN,
    US_YELLOW,
    US_CYAN,
} us_tone;

/* s in a tone where there is colour, else as it is. */
void us_screen_tone(struct us_buf *out, bool colour, us_tone tone, us_str s);

/* A heading on a line of its own. */
void us_screen_heading(struct us_cli *cli, const char *key, const us_arg *args);

/* text broken into lines of at most width columns, all but the first begun with indent
 * blanks; `at` columns of the first are already used. Chinese breaks between
 * characters, never before a closing mark. Ends the last line. */
void us_screen_wrap(
    struct us_buf *out, us_str text, size_t width, size_t indent, size_t at);

void us_screen_blanks(struct us_buf *out, size_t count);

/* A bar of so many columns, filled to share (0 to 1) in eighths. */
void us_screen_bar(struct us_buf *out, double share, size_t columns);

/* s cut to at most that many columns, the last of them "…" when it was. */
us_str us_screen_fit(struct us_arena *a, us_str s, size_t columns);

/* Text from outside made fit for a terminal: line ends and tabs become blanks, other
 * control characters (escape sequences begin with one) and broken UTF-8 "?". */
us_str us_screen_clean(struct us_arena *a, us_str s);

/* ---- tables ---- */

typedef enum us_align { US_LEFT, US_RIGHT } us_align;

struct us_table_column {
    const char *key;   /* of JSON and CSV */
    const char *title; /* key of i18n/, for people; NULL: as the key is */
    us_align align;    /* US_LEFT may be cut to fit the terminal */
};

/* A cell that is not there: "–" for people, null, an empty field. */
#define US_NONE(n)                       \
    {                                    \
        .name = (n), .kind = US_ARG_NONE \
    }

struct us_table {
    struct us_cli *cli;
    const struct us_table_column *columns;
    size_t column_count;
    us_str *cells; /* row by row, until the widths are fixed; people only */
    size_t cell_count, cell_cap;
    size_t total; /* rows */
    bool fixed;
    size_t widths[US_TABLE_COLUMNS_MAX];
};

/* The same rows as an aligned table, as JSON lines or as CSV (RFC 4180), by
 * cli->format. Shares are 0 to 1, moments ISO 8601 and sizes bytes in JSON and CSV; a
 * word is the last part of its key there. */
void us_table_begin(struct us_table *t, struct us_cli *cli,
    const struct us_table_column *columns, size_t count);

/* One cell a column, named as the column: US_ARGS(US_TEXT("account", a), …). */
us_code us_table_row(struct us_table *t, const us_arg *cells, struct us_error *e);
us_code us_table_end(struct us_table *t, struct us_error *e);

/* ---- progress ---- */

/* A clock that only goes forward, in microseconds. */
int64_t us_cli_clock_us(void);

/* A line on stderr while something runs, at most ten times a second; nothing at all
 * where stderr is no terminal. */
struct us_progress {
    const struct us_cli *cli;
    bool bytes;       /* count in bytes */
    const char *what; /* key; a new one starts the clock anew */
    int64_t started_us, shown_us, first;
    bool shown;
};

void us_progress_init(struct us_progress *p, const struct us_cli *cli);
/* ctx is the struct us_progress; so shaped that it can be handed down as a callback. A
 * total of 0 or less is not known. */
void us_progress_show(void *ctx, const char *what, int64_t done, int64_t total);
void us_progress_end(struct us_progress *p); /* clears the line */

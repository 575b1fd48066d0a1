/* The frame as it is called: arguments, help, errors, tables, screens. */
#include "base/tap.h"
#include "base/time.h"
#include "cli/frame.h"
#include "server/study.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SAID_MAX = 1 << 20, ARGS_MAX = 16 };

struct called {
    int status;
    us_str out, err;
};

static us_str drawn(struct us_arena *a, int fd)
{
    char *text = us_new(a, char, SAID_MAX);
    ssize_t n = pread(fd, text, SAID_MAX, 0);
    close(fd);
    return (us_str){text, n > 0 ? (size_t)n : 0};
}

/* usher with the words of line, cut at blanks. */
static struct called call(struct us_arena *a, const char *line)
{
    char *argv[ARGS_MAX] = {us_arena_cstr(a, US_S("usher"))};
    int argc = 1;
    us_str rest = us_str_c(line);
    while (rest.len && argc < ARGS_MAX - 1)
        argv[argc++] = us_arena_cstr(a, us_str_cut(rest, ' ', &rest));
    int out = memfd_create("out", 0);
    int err = memfd_create("err", 0);
    struct called c = {.status = us_cli_main(argc, argv, out, err)};
    c.out = drawn(a, out);
    c.err = drawn(a, err);
    return c;
}

static bool holds(us_str s, const char *part)
{
    return us_str_find(s, us_str_c(part)) < s.len;
}

static void shown_on_failure(bool good, us_str got)
{
    if (!good) printf("# got %.*s\n", US_ARG(got));
}

static void errors(struct us_tap *t, struct us_arena *a)
{
    static const struct {
        const char *line;
        int status;
        const char *says; /* part of stderr, or of stdout when the status is 0 */
    } rows[] = {
        {"", 0, "usher help COMMAND"},
        {"--help", 0, "usher help COMMAND"},
        {"-h version", 0, "usher version:"},
        {"version --help", 0, "usher version:"},
        {"--version", 0, "usher 0."},
        {"version -C /tmp --json", 0, "{\"version\":\"0."},
        {"version -C/tmp --csv", 0, "version,machine,build,compiler\r\n"},
        {"help help", 0, "Examples"},
        {"help exit-codes", 0, "USAGE"},
        {"help -- version", 0, "usher version:"},
        {"vresion", 1, "did you mean \"version\"?"},
        {"ver", 1, "did you mean \"version\"?"},
        {"zzz", 1, "there is no command \"zzz\""},
        {"version --jsn", 1, "did you mean --json?"},
        {"version --zzzzzz", 1, "`usher version` has no option --zzzzzz"},
        {"version -z", 1, "has no option -z"},
        {"--zzzzzz version", 1, "stands before a command's name"},
        {"version --lang", 1, "--lang wants a value"},
        {"version --lang de", 1, "is one of en|zh|both, not \"de\""},
        {"version --color=red", 1, "is one of auto|always|never"},
        {"version --json=1", 1, "takes no value"},
        {"version x", 1, "\"x\" is one argument too many"},
        {"help versoin", 1, "did you mean \"version\"?"},
        {"help zzz", 1, "no help on \"zzz\""},
        {"zzz --lang zh", 1, "没有“zzz”这个命令"},
        {"version --help --lang=zh", 0, "用法"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct called c = call(a, rows[i].line);
        us_str said = c.status ? c.err : c.out;
        bool good = c.status == rows[i].status && holds(said, rows[i].says) &&
                    (c.status ? c.out.len == 0 : c.err.len == 0);
        CHECK_AS(t, good, rows[i].line);
        shown_on_failure(good, said);
    }
    struct called c = call(a, "vresion");
    CHECK(t, us_str_has_prefix(c.err, US_S("usher: ")) && !holds(c.err, "\033"));
    c = call(a, "version x");
    CHECK(t, holds(c.err, "`usher help version` shows how it is used."));
    c = call(a, "\033[31m\tx");
    CHECK_AS(t, !holds(c.err, "\033"), "what was typed does not steer the terminal");
    c = call(a, "help help --color always");
    CHECK(t, holds(c.out, "\033[1m"));
}

static void surroundings(struct us_tap *t, struct us_arena *a)
{
    setenv("LANG", "zh_CN.UTF-8", 1);
    CHECK(t, holds(call(a, "zzz").err, "没有"));
    setenv("LC_ALL", "C", 1);
    CHECK(t, holds(call(a, "zzz").err, "there is no"));
    unsetenv("LC_ALL");
    unsetenv("LANG");
    setenv("USHER_NOW", "yesterday", 1);
    CHECK(t, call(a, "version").status == 1);
    unsetenv("USHER_NOW");
    int ends[2];
    CHECK(t, pipe(ends) == 0);
    close(ends[0]);
    char *argv[] = {us_arena_cstr(a, US_S("usher")), NULL};
    int err = memfd_create("err", 0);
    CHECK_AS(t, us_cli_main(1, argv, ends[1], err) == 0, "a reader gone is no failure");
    close(ends[1]);
    CHECK(t, drawn(a, err).len == 0);
    FILE *full = fopen("/dev/full", "w");
    err = memfd_create("err", 0);
    CHECK(t, full && us_cli_main(1, argv, fileno(full), err) == 6);
    CHECK(t, holds(drawn(a, err), "cannot write the output: the disk is full"));
    if (full) fclose(full);
}

/* Every command says all it owes, in both languages. */
static void walk_help(struct us_tap *t, struct us_arena *a)
{
    for (const struct us_command *const *p = us_commands(); *p; p++) {
        const struct us_command *c = *p;
        bool good = us_command_find(us_str_c(c->name)) == c && c->run && c->usage &&
                    c->args_min <= c->args_max && c->examples && c->examples->line;
        good = good && us_text_known(us_str_c(c->summary)) &&
               (!c->about || us_text_known(us_str_c(c->about)));
        for (const struct us_option *o = c->options; o && o->name; o++)
            good = good && us_text_known(us_str_c(o->words));
        for (const struct us_example *x = c->examples; x && x->line; x++)
            good = good && us_str_has_prefix(us_str_c(x->line), US_S("usher ")) &&
                   (!x->words || us_text_known(us_str_c(x->words)));
        if (!CHECK_AS(t, good, c->name)) continue;
        for (int zh = 0; zh < 2; zh++) {
            const char *lang = zh ? "zh" : "en";
            us_str line = us_arena_fmt(a, "%s --help --lang %s", c->name, lang);
            struct called said = call(a, us_arena_cstr(a, line));
            CHECK_AS(
                t, said.status == 0 && holds(said.out, c->examples->line), c->name);
            CHECK_AS(t, holds(call(a, zh ? "--lang zh" : "").out, c->name), c->name);
        }
    }
    for (const struct us_option *o = us_options_of_all(); o->name; o++)
        CHECK_AS(t, us_text_known(us_str_c(o->words)), o->name);
}

struct bench {
    struct us_cli cli;
    struct us_buf out;
};

static void bench_init(struct bench *b, struct us_arena *a, us_format format)
{
    *b = (struct bench){.out = us_buf_new(a, SAID_MAX)};
    b->cli = (struct us_cli){.arena = a, .out = &b->out, .format = format, .width = 40};
    b->cli.out_fd = memfd_create("out", 0);
}

static const struct us_table_column columns[] = {
    {"name", "cli.column_code", US_LEFT},
    {"n", "cli.column_status", US_RIGHT},
    {"share", "cli.column_retry", US_RIGHT},
    {"day", "cli.column_meaning", US_LEFT},
    {"word", "cli.column_build", US_LEFT},
};

static us_str table_of(
    struct us_arena *a, us_format format, bool terminal, us_lang lang, size_t rows)
{
    static struct bench b;
    bench_init(&b, a, format);
    b.cli.terminal = terminal;
    b.cli.lang = lang;
    struct us_table t;
    us_table_begin(&t, &b.cli, columns, 5);
    struct us_error e;
    us_code code = US_OK;
    if (rows > 0)
        code = us_table_row(&t,
            US_ARGS(US_TEXT("name", US_S("a, \"b\"\n\033")), US_WHOLE("n", 1234),
                US_SHARE("share", 0.5), US_DAY("day", 0), US_WORD("word", "cli.yes")),
            &e);
    for (size_t i = 1; i < rows && code == US_OK; i++)
        code = us_table_row(&t,
            US_ARGS(US_TEXT("name", US_S("云图科技有限公司（上海）")), US_NONE("n"),
                US_NONE("share"), US_DAY("day", US_NEVER), US_TEXT("word", US_S(""))),
            &e);
    if (code == US_OK) code = us_table_end(&t, &e);
    if (code == US_OK) code = us_cli_flush(&b.cli, &e);
    us_assert(code == US_OK);
    return drawn(a, b.cli.out_fd);
}

static void tables(struct us_tap *t, struct us_arena *a)
{
    static const struct {
        us_format format;
        bool terminal;
        us_lang lang;
        size_t rows;
        const char *wanted;
    } rows[] = {
        {US_FORMAT_JSON, true, US_EN, 2,
            "{\"name\":\"a, \\\"b\\\"\\n\\u001b\",\"n\":1234,\"share\":0.5,"
            "\"day\":\"1970-01-01\",\"word\":\"yes\"}\n"
            "{\"name\":\"云图科技有限公司（上海）\",\"n\":null,\"share\":null,"
            "\"day\":null,\"word\":\"\"}\n"},
        {US_FORMAT_JSON, true, US_EN, 0, ""},
        {US_FORMAT_CSV, true, US_EN, 2,
            "name,n,share,day,word\r\n"
            "\"a, \"\"b\"\"\n\033\",1234,0.5,1970-01-01,yes\r\n"
            "云图科技有限公司（上海）,,,,\"\"\r\n"},
        {US_FORMAT_CSV, true, US_EN, 0, "name,n,share,day,word\r\n"},
        {US_FORMAT_PEOPLE, false, US_EN, 2,
            "name                      status  try again?  when        build\n"
            "a, \"b\" ?                   1,234        50 %  1 Jan 1970  yes\n"
            "云图科技有限公司（上海）       –           –  never       \n"},
        {US_FORMAT_PEOPLE, false, US_ZH, 1,
            "名称      退出码  可重试  何时出现      构建\n"
            "a, \"b\" ?   1,234     50%  1970年1月1日  是\n"},
        {US_FORMAT_PEOPLE, true, US_EN, 2,
            "name      status  try again?  when      build\n"
            "a, \"b\" ?   1,234        50 %  1 Jan 1…  yes\n"
            "云图科…        –           –  never     \n"},
        {US_FORMAT_PEOPLE, true, US_EN, 0, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        us_str got =
            table_of(a, rows[i].format, rows[i].terminal, rows[i].lang, rows[i].rows);
        bool good = us_str_eq(got, us_str_c(rows[i].wanted));
        CHECK_AS(t, good, "a table");
        shown_on_failure(good, got);
    }
    us_str many = table_of(a, US_FORMAT_PEOPLE, false, US_EN, US_TABLE_FIT_ROWS + 50);
    size_t lines = 0;
    for (size_t i = 0; i < many.len; i++)
        lines += many.ptr[i] == '\n';
    CHECK(t, lines == US_TABLE_FIT_ROWS + 51);
}

static void screens(struct us_tap *t, struct us_arena *a)
{
    static const struct {
        const char *text;
        size_t width, indent, at;
        const char *wanted;
    } rows[] = {
        {"one two three", 8, 0, 0, "one two\nthree\n"},
        {"one two three", 8, 2, 0, "  one\n  two\n  three\n"},
        {"one two three", 9, 2, 7, "one\n  two\n  three\n"},
        {"one  two\n  three", 20, 0, 0, "one  two\n  three\n"},
        {"incomprehensibilities x", 8, 0, 0, "incomprehensibilities\nx\n"},
        {"run `usher help x` now", 12, 0, 0, "run\n`usher help x`\nnow\n"},
        {"客户账户，交接。对照组", 8, 0, 0, "客户账\n户，交\n接。对照\n组\n"},
        {"看（客户）usher", 4, 0, 0, "看\n（客\n户）\nusher\n"},
        {"", 8, 0, 0, "\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct us_buf out = us_buf_new(a, 1000);
        us_screen_wrap(
            &out, us_str_c(rows[i].text), rows[i].width, rows[i].indent, rows[i].at);
        bool good = us_str_eq(us_buf_str(&out), us_str_c(rows[i].wanted));
        CHECK_AS(t, good, rows[i].text);
        shown_on_failure(good, us_buf_str(&out));
    }
    static const struct {
        const char *text;
        size_t columns;
        const char *wanted;
    } fits[] = {{"abc", 3, "abc"}, {"abcd", 3, "ab…"}, {"客户账户", 8, "客户账户"},
        {"客户账户", 7, "客户账…"}, {"客户账户", 6, "客户…"}, {"ab", 1, "…"},
        {"ab", 0, ""}};
    for (size_t i = 0; i < sizeof fits / sizeof *fits; i++)
        CHECK_AS(t,
            us_str_eq(us_screen_fit(a, us_str_c(fits[i].text), fits[i].columns),
                us_str_c(fits[i].wanted)),
            fits[i].wanted);
    CHECK(t, us_str_eq(us_screen_clean(a, US_S("a\x1b[1m\tb\xc2\x9b\xff·客")),
                 US_S("a?[1m b??·客")));
    struct us_buf bar = us_buf_new(a, 1000);
    us_screen_bar(&bar, 0.375, 4);
    us_screen_bar(&bar, 2, 2);
    us_screen_bar(&bar, -1, 2);
    CHECK(t, us_str_eq(us_buf_str(&bar), US_S("█▌  ██  ")));
}

static void progress(struct us_tap *t, struct us_arena *a)
{
    static const struct {
        struct us_progress_now now;
        us_lang lang;
        size_t width;
        const char *wanted;
    } rows[] = {
        {{"cli.column_code", 500, 2000, 100, false}, US_EN, 80,
            "name  ▕█████               ▏ 25 %  500 of 2,000  100/s  0:15 left"},
        {{"cli.column_code", 500, 2000, 100, false}, US_ZH, 50,
            "名称  25%  500 / 2,000  100/秒  剩余 0:15"},
        {{"cli.column_code", 500, 2000, 0, false}, US_EN, 30,
            "name  25 %  500 of 2,000"},
        {{"cli.column_code", 5000, 0, 100, true}, US_EN, 80, "name  5 kB  100 B/s"},
        {{"cli.column_code", 500, 2000, 100, false}, US_EN, 10, "name  25 …"},
        {{"cli.column_code", 0, 7300, 1, false}, US_EN, 60,
            "name  0 %  0 of 7,300  1/s  2:01:40 left"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct us_buf out = us_buf_new(a, 1000);
        us_progress_line(&out, rows[i].lang, rows[i].width, &rows[i].now);
        bool good = us_str_eq(us_buf_str(&out), us_str_c(rows[i].wanted));
        CHECK_AS(t, good, rows[i].wanted);
        shown_on_failure(good, us_buf_str(&out));
    }
    struct bench b;
    bench_init(&b, a, US_FORMAT_PEOPLE);
    b.cli.err_fd = memfd_create("err", 0);
    struct us_progress p;
    us_progress_init(&p, &b.cli);
    us_progress_show(&p, "cli.column_code", 1, 10);
    CHECK_AS(t, lseek(b.cli.err_fd, 0, SEEK_END) == 0, "no terminal, no progress");
    b.cli.err_terminal = true;
    for (int i = 0; i < 1000; i++)
        us_progress_show(&p, "cli.column_code", i, 1000);
    us_progress_end(&p);
    us_progress_end(&p);
    us_str said = drawn(a, b.cli.err_fd);
    size_t lines = 0;
    for (size_t i = 0; i < said.len; i++)
        lines += said.ptr[i] == '\r';
    CHECK(t, lines >= 2 && lines < 10 && us_str_has_suffix(said, US_S("\r\033[K")));
}

static void option_values(struct us_tap *t, struct us_arena *a)
{
    static const struct us_option option = {"at", 0, "DATE", "cli.option_dir"};
    static const struct {
        const char *value; /* NULL: not given */
        bool good;
        int64_t at;
    } times[] = {{NULL, true, 7}, {"now", true, 10 * US_DAY_US},
        {"3d", true, 7 * US_DAY_US}, {"1970-01-02", true, US_DAY_US},
        {"tomorrow", false, -1}, {"", false, -1}};
    struct us_error e;
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        struct us_cli cli = {.arena = a, .now = 10 * US_DAY_US};
        if (times[i].value)
            cli.given[cli.given_count++] =
                (struct us_given){&option, us_str_c(times[i].value)};
        int64_t at = -1;
        us_code code = us_cli_option_time(&cli, "at", 7, &at, &e);
        CHECK_AS(t, (code == US_OK) == times[i].good && at == times[i].at,
            times[i].value ? times[i].value : "none");
    }
    struct us_cli old = {.now = 10 * US_DAY_US, .ended = true, .until = 5 * US_DAY_US};
    int64_t at = 0;
    CHECK(t, us_cli_time(&old, US_S("3d"), &at) && at == 2 * US_DAY_US);
    CHECK(t, us_cli_time(&old, US_S("now"), &at) && at == 10 * US_DAY_US);
    struct us_cli cli = {.arena = a,
        .given_count = 2,
        .given = {{&option, US_S_INIT("5")}, {&option, US_S_INIT("60")}}};
    int64_t n = 0;
    CHECK(t, us_str_eq(us_cli_option(&cli, "at"), US_S("60")));
    CHECK(t, us_str_eq(us_cli_option_nth(&cli, "at", 0), US_S("5")) &&
                 !us_cli_option_nth(&cli, "at", 2).ptr);
    CHECK(t, us_cli_has(&cli, "at") && !us_cli_has(&cli, "by"));
    CHECK(t, us_cli_option_whole(&cli, "at", 1, 0, 60, &n, &e) == US_OK && n == 60);
    CHECK(t, us_cli_option_whole(&cli, "at", 1, 0, 59, &n, &e) == US_USAGE);
    CHECK(t, us_cli_option_whole(&cli, "by", 1, 5, 59, &n, &e) == US_OK && n == 1);
}

/* What may be asked for as a study (server/study.h) is a command that answers from
 * history, and each of its options is one that touches no file of the server. */
static void studies(struct us_tap *t)
{
    static const us_str files[] = {US_S_INIT("html"), US_S_INIT("write"),
        US_S_INIT("into"), US_S_INIT("replace"), US_S_INIT("axis")};
    for (size_t i = 0; i < us_study_kind_count; i++) {
        const struct us_study_kind *kind = &us_study_kinds[i];
        const struct us_command *command = us_command_find(us_str_c(kind->name));
        bool good = command && command->asks != US_ASKS_NOT;
        us_str rest = us_str_c(kind->options);
        while (rest.len && good) {
            us_str name = us_str_cut(rest, ' ', &rest);
            bool there = false;
            for (const struct us_option *o = command->options; o && o->name; o++)
                there |= us_str_eq(us_str_c(o->name), name);
            for (size_t k = 0; k < sizeof files / sizeof *files; k++)
                there &= !us_str_eq(files[k], name);
            good = there;
        }
        CHECK_AS(t, good, kind->name);
    }
}

int main(void)
{
    static const char *const unset[] = {
        "LC_ALL", "LC_MESSAGES", "LANG", "USHER_NOW", "NO_COLOR", "COLUMNS"};
    for (size_t i = 0; i < sizeof unset / sizeof *unset; i++)
        unsetenv(unset[i]);
    struct us_tap t = {0};
    struct us_arena a;
    us_arena_init(&a, (size_t)1 << 30);
    errors(&t, &a);
    surroundings(&t, &a);
    walk_help(&t, &a);
    tables(&t, &a);
    screens(&t, &a);
    progress(&t, &a);
    option_values(&t, &a);
    studies(&t);
    us_arena_done(&a);
    return us_tap_done(&t);
}

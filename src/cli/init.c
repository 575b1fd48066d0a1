/* init.c: a workspace that explains itself; from a log of events, one that already says
 * who is ready.
 */

#include "answer/profile_json.h"
#include "cli/workspace.h"
#include "file/file.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { QUESTIONS_MAX = 5, ANSWER_MAX = 300, YML_MAX = 1 << 20 };
static const double DOUBT_LEAST = 0.15; /* less is not worth a question */

struct making {
    struct us_cli *cli;
    us_str dir, yml;
    struct us_profile *profile;
    struct us_guesses *guesses;
    struct us_starter_numbers *numbers;
};

/* ---- reading ---- */

static us_code read_files(struct making *m, struct us_error *e)
{
    struct us_progress progress;
    us_progress_init(&progress, m->cli);
    progress.bytes = true;
    us_code code = US_OK;
    for (size_t i = 0; code == US_OK; i++) {
        us_str path = us_cli_option_nth(m->cli, "from", i);
        if (!path.ptr) break;
        code = us_profile_file(m->profile, path, us_progress_show, &progress, e);
    }
    us_progress_end(&progress);
    return code;
}

/* "events.ndjson, more.ndjson" */
static us_str names_of(const struct us_cli *cli)
{
    struct us_buf out = us_buf_new(cli->arena, 1 << 16);
    for (size_t i = 0;; i++) {
        us_str path = us_cli_option_nth(cli, "from", i);
        if (!path.ptr) return us_buf_str(&out);
        if (i) us_buf_put(&out, US_S(", "));
        us_buf_put(&out, us_screen_clean(cli->arena, us_file_name(path)));
    }
}

/* ---- questions ---- */

/* A line from standard input; false at its end. */
static bool answer_read(char *text, size_t *len)
{
    for (*len = 0; *len < ANSWER_MAX;) {
        char c;
        ssize_t n = read(STDIN_FILENO, &c, 1);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        if (c == '\n') return true;
        text[(*len)++] = c;
    }
    return true;
}

static uint32_t event_named(const struct us_profile *p, us_str name)
{
    for (uint32_t i = 0; i < p->event_count; i++)
        if (us_str_eq_nocase(p->events[i].name, name)) return i;
    return US_PROFILE_NONE;
}

static const char *const role_words[US_ROLES] = {
    [US_ROLE_SIGN_UP] = "init.role_sign_up",
    [US_ROLE_ACTIVATED] = "init.role_activated",
    [US_ROLE_INVITE] = "init.role_invite",
    [US_ROLE_SEAT] = "init.role_seat",
    [US_ROLE_LIMIT] = "init.role_limit",
    [US_ROLE_PRICING] = "init.role_pricing",
    [US_ROLE_CHECKOUT] = "init.role_checkout",
    [US_ROLE_HAND_RAISE] = "init.role_hand_raise",
};

static void choices(struct making *m, int role)
{
    struct us_cli *cli = m->cli;
    const struct us_guesses *g = m->guesses;
    us_buf_char(cli->out, '\n');
    us_cli_say(cli, "init.question", US_ARGS(US_WORD("role", role_words[role])));
    for (size_t i = 0; i < g->count[role]; i++) {
        const struct us_guess *guess = &g->list[role][i];
        us_str event = m->profile->events[guess->event].name;
        us_str why = us_text(cli->arena, cli->lang, guess->why, guess->args);
        us_cli_say(cli, (int)i == g->chosen[role] ? "init.choice_taken" : "init.choice",
            US_ARGS(US_WHOLE("n", i + 1),
                US_TEXT("event", us_screen_clean(cli->arena, event)),
                US_WHOLE("accounts", m->profile->events[guess->event].accounts),
                US_TEXT("why", why)));
    }
    us_cli_say(cli, g->chosen[role] < 0 ? "init.choice_none_taken" : "init.choice_none",
        US_ARGS(US_WHOLE("n", g->count[role] + 1)));
}

/* False: no more answers will come. */
static bool ask(struct making *m, int role, struct us_error *e)
{
    struct us_guesses *g = m->guesses;
    choices(m, role);
    for (;;) {
        char text[ANSWER_MAX];
        size_t len = 0;
        us_say(m->cli->out, m->cli->lang, "init.prompt", NULL);
        if (us_cli_flush(m->cli, e) != US_OK || !answer_read(text, &len)) return false;
        us_str said = us_str_trim((us_str){text, len});
        int64_t number = 0;
        if (said.len == 0) return true;
        bool counted = us_str_int(said, &number);
        uint32_t event = counted ? US_PROFILE_NONE : event_named(m->profile, said);
        if (counted && number >= 1 && number <= (int64_t)g->count[role])
            event = g->list[role][number - 1].event;
        bool none = counted && number == (int64_t)g->count[role] + 1;
        if (event != US_PROFILE_NONE || none) {
            us_guesses_set(g, role, event);
            return true;
        }
        us_cli_say(m->cli, "init.again", US_ARGS(US_WHOLE("n", g->count[role] + 1)));
    }
}

/* The most doubtful first; without a terminal, or with --yes, what is proposed holds.
 */
static void questions(struct making *m, struct us_error *e)
{
    bool person = isatty(STDIN_FILENO) && m->cli->terminal &&
                  m->cli->format == US_FORMAT_PEOPLE && !us_cli_has(m->cli, "yes");
    bool asked[US_ROLES] = {false};
    for (int n = 0; n < QUESTIONS_MAX && person; n++) {
        int next = -1;
        double most = DOUBT_LEAST;
        for (int role = 0; role < US_ROLES; role++) {
            double doubt = asked[role] ? 0 : us_guess_doubt(m->guesses, role);
            if (doubt < most) continue;
            most = doubt;
            next = role;
        }
        if (next < 0) return;
        asked[next] = true;
        person = ask(m, next, e);
    }
}

/* ---- saying ---- */

/* A role without an event; prices may have a page instead. */
static us_code no_event(
    struct making *m, struct us_table *table, int r, struct us_error *e)
{
    const struct us_guesses *g = m->guesses;
    us_arg cells[] = {US_TEXT("role", us_str_c(us_role_key((us_role)r))),
        US_NONE("event"), US_NONE("sure"), US_NONE("accounts"), US_NONE("why"), {0}};
    if (r == US_ROLE_PRICING && g->has_pricing_page) {
        us_str event = m->profile->events[g->pricing_page.event].name;
        cells[1] = (us_arg)US_TEXT("event", event);
        us_str why = us_text(m->cli->arena, m->cli->lang, "init.why_page",
            US_ARGS(US_TEXT("property", g->pricing_page.property),
                US_TEXT("value", g->pricing_page.values[0])));
        cells[4] = (us_arg)US_TEXT("why", why);
    }
    return us_table_row(table, cells, e);
}

static us_code roles_say(struct making *m, struct us_error *e)
{
    static const struct us_table_column columns[] = {
        {"role", "init.column_role", US_LEFT},
        {"event", "init.column_event", US_LEFT},
        {"sure", "init.column_sure", US_RIGHT},
        {"accounts", "init.column_accounts", US_RIGHT},
        {"why", "init.column_why", US_LEFT},
    };
    struct us_cli *cli = m->cli;
    struct us_table table;
    us_table_begin(&table, cli, columns, sizeof columns / sizeof *columns);
    for (int r = 0; r < US_ROLES; r++) {
        us_str role = us_str_c(us_role_key((us_role)r));
        const struct us_profile_event *event =
            us_guesses_event(m->profile, m->guesses, r);
        if (!event) {
            US_TRY(no_event(m, &table, r, e));
            continue;
        }
        const struct us_guess *guess = &m->guesses->list[r][m->guesses->chosen[r]];
        us_str why = us_text(cli->arena, cli->lang, guess->why, guess->args);
        US_TRY(us_table_row(&table,
            US_ARGS(US_TEXT("role", role), US_TEXT("event", event->name),
                US_SHARE("sure", guess->confidence),
                US_WHOLE("accounts", event->accounts), US_TEXT("why", why)),
            e));
    }
    return us_table_end(&table, e);
}

static void read_say(struct making *m)
{
    struct us_cli *cli = m->cli;
    const struct us_profile *p = m->profile;
    us_cli_say(cli, "init.read",
        US_ARGS(US_WHOLE("messages", p->messages), US_WHOLE("events", p->count),
            US_WHOLE("names", p->event_count)));
    if (p->count)
        us_cli_say(cli, "init.read_who",
            US_ARGS(US_WHOLE("accounts", p->account_count),
                US_WHOLE("people", p->identified),
                US_WHOLE("visitors", p->people - p->identified),
                US_DAY("first", p->first), US_DAY("last", p->last)));
    if (p->cut)
        us_cli_say(cli, "init.cut", US_ARGS(US_WHOLE("n", US_PROFILE_MESSAGES_MAX)));
    if (p->later) us_cli_say(cli, "init.later", US_ARGS(US_WHOLE("n", p->later)));
    if (p->unnamed)
        us_cli_say(cli, "init.unnamed",
            US_ARGS(
                US_WHOLE("n", p->unnamed), US_WHOLE("names", US_PROFILE_NAMES_MAX)));
    if (p->dead == 0) return;
    struct us_buf why = us_buf_new(cli->arena, 1 << 16);
    us_say_error(&why, cli->lang, &p->why);
    us_cli_say(cli, "init.dead",
        US_ARGS(US_WHOLE("n", p->dead),
            US_TEXT("why", us_screen_clean(cli->arena, us_buf_str(&why)))));
}

static void lacking_say(struct making *m)
{
    struct us_cli *cli = m->cli;
    struct us_lacking list[US_LACKING_MAX];
    size_t count = us_starter_lacking(m->profile, m->guesses, list);
    us_buf_char(cli->out, '\n');
    us_screen_heading(cli, "init.missing", NULL);
    for (size_t i = 0; i < count; i++) {
        us_buf_put(cli->out, US_S("- "));
        us_str words = us_text(cli->arena, cli->lang, list[i].key, list[i].args);
        us_screen_wrap(cli->out, words, cli->width, 2, 2);
    }
}

static us_code found_say(struct making *m, struct us_error *e)
{
    struct us_cli *cli = m->cli;
    const struct us_starter_numbers *n = m->numbers;
    read_say(m);
    us_buf_char(cli->out, '\n');
    us_screen_heading(cli, "init.meanings", NULL);
    US_TRY(roles_say(m, e));
    const struct us_profile_event *bought =
        us_guesses_event(m->profile, m->guesses, US_MEANS_BOUGHT);
    us_buf_char(cli->out, '\n');
    if (bought)
        us_cli_say(cli, "init.success",
            US_ARGS(US_TEXT("event", us_screen_clean(cli->arena, bought->name))));
    bool raised = us_guesses_event(m->profile, m->guesses, US_ROLE_HAND_RAISE) != NULL;
    const char *queue = raised ? "init.queue_raised" : "init.queue";
    us_cli_say(cli, n->enough ? queue : "init.no_queue",
        US_ARGS(US_TEXT("definition",
                    n->teams ? US_S("growing_teams") : US_S("growing_accounts")),
            US_WHOLE("n", n->qualified), US_WHOLE("active", n->active),
            US_SHARE("share", n->active ? (double)n->qualified / (double)n->active : 0),
            US_WHOLE("days", n->window)));
    lacking_say(m);
    return us_cli_flush(cli, e);
}

static void next_say(struct making *m)
{
    struct us_cli *cli = m->cli;
    bool here = us_str_eq(m->dir, US_S("."));
    us_str at =
        here ? (us_str){0} : us_arena_fmt(cli->arena, " -C %.*s", US_ARG(m->dir));
    us_str first = us_cli_option_nth(cli, "from", 0);
    if (!first.ptr || us_str_eq(first, US_S("-"))) first = US_S("events.ndjson");
    us_buf_char(cli->out, '\n');
    us_cli_say(
        cli, "init.wrote", US_ARGS(US_TEXT("yml", m->yml), US_TEXT("dir", m->dir)));
    us_cli_say(cli, "init.next",
        US_ARGS(
            US_TEXT("at", at), US_TEXT("file", us_screen_clean(cli->arena, first))));
}

/* ---- writing ---- */

static us_code made_write(struct making *m, struct us_error *e)
{
    struct us_cli *cli = m->cli;
    struct us_starter starter = {.lang = cli->lang,
        .from = names_of(cli),
        .profile = m->profile,
        .guesses = m->guesses,
        .numbers = m->numbers};
    struct us_buf yml = us_buf_new(cli->arena, YML_MAX);
    us_starter_write(&starter, cli->arena, &yml);
    us_assert(!yml.full);
    us_str data = us_file_join(cli->arena, m->dir, US_S("data"));
    us_str ignore = us_file_join(cli->arena, m->dir, US_S(".gitignore"));
    US_TRY(us_file_make_dirs(data, e));
    US_TRY(us_file_write(m->yml, us_buf_str(&yml), e));
    return us_file_exists(ignore) ? US_OK : us_file_write(ignore, US_S("data/\n"), e);
}

static us_code profile_and_write(struct making *m, struct us_error *e)
{
    struct us_cli *cli = m->cli;
    US_TRY(read_files(m, e));
    us_profile_finish(m->profile);
    m->guesses = us_new(cli->arena, struct us_guesses, 1);
    m->numbers = us_new(cli->arena, struct us_starter_numbers, 1);
    us_guesses_make(m->profile, cli->arena, m->guesses);
    questions(m, e);
    us_starter_choose(m->profile, m->guesses, cli->arena, m->numbers);
    US_TRY(made_write(m, e));
    if (cli->format == US_FORMAT_JSON) {
        us_profile_json(m->profile, m->guesses, m->numbers, cli->lang, cli->out);
        return us_cli_flush(cli, e);
    }
    return cli->format == US_FORMAT_CSV ? roles_say(m, e) : found_say(m, e);
}

static us_code run(struct us_cli *cli, struct us_error *e)
{
    struct making m = {.cli = cli, .dir = cli->dir};
    if (cli->arg_count) m.dir = us_cli_path(cli, cli->args[0]);
    m.yml = us_file_join(cli->arena, m.dir, US_S("usher.yml"));
    if (us_file_exists(m.yml))
        return us_fail(e, US_USAGE, "init.exists", US_ARGS(US_TEXT("path", m.yml)));
    us_code code = US_OK;
    if (us_cli_has(cli, "from")) {
        m.profile = us_profile_new(cli->now);
        code = profile_and_write(&m, e);
    } else {
        code = made_write(&m, e);
    }
    if (code == US_OK && cli->format == US_FORMAT_PEOPLE) next_say(&m);
    us_profile_free(m.profile);
    return code == US_OK ? us_cli_flush(cli, e) : code;
}

static const struct us_option options[] = {
    {"from", 'f', "FILE", "init.option_from"},
    {"yes", 'y', NULL, "init.option_yes"},
    {0},
};

static const struct us_example examples[] = {
    {"usher init acme --from events.ndjson.gz", "init.example_from"},
    {"usher init acme --from 2025.ndjson --from 2026.ndjson --yes", "init.example_yes"},
    {"usher init", "init.example"},
    {0},
};

const struct us_command us_command_init = {
    .name = "init",
    .group = US_GROUP_SET_UP,
    .summary = "init.summary",
    .about = "init.about",
    .usage = "[DIR] [--from FILE]…",
    .args_max = 1,
    .options = options,
    .examples = examples,
    .run = run,
};

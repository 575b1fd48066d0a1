/* diff.c: who enters and who leaves between two moments, or two versions. */

#include "answer/diff.h"

#include "cli/asked.h"

#include <math.h>

enum { ROWS_SHOWN = 20, INDENT = 2, WORDS_MAX = 1 << 16 };

/* A side as it was asked for: a moment, a file's definition, or another of ours. */
struct side {
    us_str name;
    struct us_rules *rules; /* NULL: ours */
    us_str definition;
    bool dated;
    int64_t at;
};

struct page {
    struct us_cli *cli;
    const struct us_diff *d;
    const struct side *sides;
    bool moved; /* the sides are of different moments */
    size_t most;
};

/* ---- words ---- */

static void value_put(struct us_buf *out, us_lang lang, us_value v)
{
    if (v.kind != US_NUMBER) {
        us_value_say(v, lang, out);
        return;
    }
    double unit = fabs(v.number) >= 100 ? 1 : 100;
    us_say_real(out, lang, round(v.number * unit) / unit);
}

/* "must invites >= 3 · invites 5 → 2" */
static void gate_words(
    const struct page *p, const struct us_diff_gate *g, struct us_buf *out)
{
    static const char *const keys[] = {[US_GATE_WHO] = "cli.diff_who",
        [US_GATE_EXCLUDE] = "cli.diff_exclude",
        [US_GATE_MUST] = "cli.diff_must",
        [US_GATE_SCORE] = "cli.diff_must",
        [US_GATE_STAY] = "cli.diff_must"};
    us_lang lang = p->cli->lang;
    us_say(out, lang, keys[g->gate], US_ARGS(US_TEXT("gate", g->text)));
    for (size_t i = 0; i < g->number_count; i++) {
        const struct us_diff_number *n = &g->numbers[i];
        us_buf_fmt(out, " · %.*s ", US_ARG(n->name));
        value_put(out, lang, n->a);
        if (!p->moved || us_value_same(n->a, n->b)) continue;
        us_buf_put(out, US_S(" → "));
        value_put(out, lang, n->b);
    }
}

static void axis_words(
    const struct page *p, const struct us_diff_axis *x, struct us_buf *out)
{
    static const char *const keys[] = {[US_AXIS_USAGE] = "answer.usage",
        [US_AXIS_FIT] = "answer.fit",
        [US_AXIS_INTENT] = "answer.intent"};
    bool same = round(x->a) == round(x->b);
    us_say(out, p->cli->lang, same ? "cli.diff_below" : "cli.diff_threshold",
        US_ARGS(US_WORD("axis", keys[x->axis]), US_REAL("a", round(x->a)),
            US_REAL("b", round(x->b)), US_REAL("threshold", x->threshold)));
}

static const char *const why_keys[] = {
    [US_DIFF_UNKNOWN] = "cli.diff_unknown",
    [US_DIFF_GATES] = NULL,
    [US_DIFF_HOLDING] = "cli.diff_holding",
    [US_DIFF_COOLING] = "cli.diff_cooling",
    [US_DIFF_RESET] = "cli.diff_reset",
    [US_DIFF_OUTSIDE] = "cli.diff_outside",
    [US_DIFF_NOT_SEEN] = "cli.diff_not_seen",
};

static const char *exit_key(us_change change)
{
    struct us_firings_row row = {.change = {.change = change}};
    return us_firing_words(&row);
}

/* ---- the page ---- */

static void wrapped(struct page *p, size_t indent, us_str text)
{
    us_screen_blanks(p->cli->out, indent);
    us_screen_wrap(p->cli->out, us_screen_clean(p->cli->arena, text), p->cli->width,
        indent, indent);
}

/* That it left long before says nothing about why it is out, unless it is that. */
static bool tells(const struct us_diff_row *row)
{
    if (row->left == US_NEVER) return false;
    return row->why != US_DIFF_GATES || row->left >= row->since;
}

static void reasons(struct page *p, const struct us_diff_row *row)
{
    struct us_cli *cli = p->cli;
    us_mark mark = us_arena_mark(cli->arena);
    if (tells(row))
        wrapped(p, 2 * INDENT,
            us_text(cli->arena, cli->lang, "cli.diff_left",
                US_ARGS(US_TIME("left", row->left),
                    US_WORD("why", exit_key(row->left_by)))));
    if (why_keys[row->why])
        wrapped(
            p, 2 * INDENT, us_text(cli->arena, cli->lang, why_keys[row->why], NULL));
    for (size_t i = 0; i < row->gate_count; i++) {
        struct us_buf words = us_buf_new(cli->arena, WORDS_MAX);
        gate_words(p, &row->gates[i], &words);
        wrapped(p, 2 * INDENT, us_buf_str(&words));
    }
    for (size_t i = 0; i < row->axis_count; i++) {
        struct us_buf words = us_buf_new(cli->arena, WORDS_MAX);
        axis_words(p, &row->axes[i], &words);
        wrapped(p, 2 * INDENT, us_buf_str(&words));
    }
    us_arena_pop(cli->arena, mark);
}

static void person(struct page *p, const struct us_diff_row *row)
{
    struct us_cli *cli = p->cli;
    us_str who = us_screen_clean(cli->arena, row->user.len ? row->user : row->account);
    us_screen_tone(cli->out, cli->colour, row->in_b ? US_GREEN : US_RED,
        row->in_b ? US_S("+ ") : US_S("− "));
    us_screen_tone(cli->out, cli->colour, US_BOLD, who);
    if (row->user.len)
        us_buf_fmt(
            cli->out, " · %.*s", US_ARG(us_screen_clean(cli->arena, row->account)));
    if (row->name.len)
        us_buf_fmt(cli->out, "  %.*s", US_ARG(us_screen_clean(cli->arena, row->name)));
    us_buf_put(cli->out, US_S("  "));
    us_cli_say(cli, "cli.diff_since", US_ARGS(US_DAY("since", row->since)));
    reasons(p, row);
}

static void section(
    struct page *p, const char *key, const struct us_diff_row *rows, size_t count)
{
    if (!count) return;
    us_buf_char(p->cli->out, '\n');
    us_screen_heading(p->cli, key, US_ARGS(US_WHOLE("n", count)));
    for (size_t i = 0; i < count && i < p->most; i++)
        person(p, &rows[i]);
    if (count > p->most)
        us_cli_say(p->cli, "cli.diff_more", US_ARGS(US_WHOLE("n", count - p->most)));
}

static void side_line(struct page *p, const char *letter, const struct us_diff_side *s,
    const struct side *asked, size_t in)
{
    struct us_cli *cli = p->cli;
    const struct us_definition *def = &s->ask->rules->definitions[s->definition];
    us_screen_blanks(cli->out, INDENT);
    us_screen_tone(cli->out, cli->colour, US_BOLD, us_str_c(letter));
    us_screen_blanks(cli->out, INDENT);
    bool named = us_str_eq(asked->name, def->name);
    const char *key = asked->dated ? "cli.diff_side_at"
                      : named      ? "cli.diff_side_named"
                                   : "cli.diff_side";
    us_cli_say(cli, key,
        US_ARGS(US_TEXT("name", us_screen_clean(cli->arena, asked->name)),
            US_TEXT("definition", def->name),
            US_TEXT("version", us_str_slice(def->version, 0, 8)),
            US_TIME("at", s->ask->at), US_WHOLE("n", in)));
}

static void lines(struct page *p, const us_str *list, size_t count, bool come)
{
    for (size_t i = 0; i < count; i++) {
        us_str text = us_arena_fmt(p->cli->arena, "%s %.*s", come ? "+" : "−",
            US_ARG(us_screen_clean(p->cli->arena, list[i])));
        us_screen_blanks(p->cli->out, INDENT);
        us_screen_tone(p->cli->out, p->cli->colour, come ? US_GREEN : US_RED, text);
        us_buf_char(p->cli->out, '\n');
    }
}

static void for_people(struct page *p)
{
    const struct us_diff *d = p->d;
    struct us_cli *cli = p->cli;
    us_screen_tone(cli->out, cli->colour, US_BOLD, cli->args[0]);
    us_buf_char(cli->out, '\n');
    side_line(p, "A", &d->a, &p->sides[0], d->in_a);
    side_line(p, "B", &d->b, &p->sides[1], d->in_b);
    us_screen_blanks(cli->out, INDENT);
    int64_t change = (int64_t)d->in_b - (int64_t)d->in_a;
    us_str sign = us_arena_fmt(cli->arena, "%+lld", (long long)change);
    us_cli_say(cli, "cli.diff_sizes",
        US_ARGS(US_TEXT("change", sign), US_WHOLE("both", d->both),
            US_WHOLE("a", d->only_a), US_WHOLE("b", d->count - d->only_a)));
    if (d->gone_count + d->come_count) {
        us_buf_char(cli->out, '\n');
        us_screen_heading(cli, "cli.diff_lines", NULL);
        lines(p, d->gone, d->gone_count, false);
        lines(p, d->come, d->come_count, true);
    }
    section(p, "cli.diff_only_a", d->rows, d->only_a);
    section(p, "cli.diff_only_b", d->rows + d->only_a, d->count - d->only_a);
}

/* ---- as CSV ---- */

static us_str decided(const struct page *p, const struct us_diff_row *row)
{
    struct us_buf words = us_buf_new(p->cli->arena, WORDS_MAX);
    for (size_t i = 0; i < row->gate_count; i++) {
        if (words.len) us_buf_put(&words, US_S("; "));
        gate_words(p, &row->gates[i], &words);
    }
    for (size_t i = 0; i < row->axis_count; i++) {
        if (words.len) us_buf_put(&words, US_S("; "));
        axis_words(p, &row->axes[i], &words);
    }
    return us_buf_str(&words);
}

static us_code as_csv(struct page *p, struct us_error *e)
{
    static const struct us_table_column columns[] = {
        {"in", "cli.column_in", US_LEFT},
        {"account", "cli.column_account", US_LEFT},
        {"user", "cli.column_user", US_LEFT},
        {"since", "cli.column_since", US_LEFT},
        {"why", "cli.column_reason", US_LEFT},
        {"left", "cli.column_left", US_LEFT},
        {"left_by", "cli.column_left_by", US_LEFT},
        {"decided_by", "cli.column_decided", US_LEFT},
    };
    struct us_table table;
    us_table_begin(&table, p->cli, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < p->d->count; i++) {
        const struct us_diff_row *row = &p->d->rows[i];
        us_mark mark = us_arena_mark(p->cli->arena);
        us_arg user = US_TEXT("user", row->user);
        us_arg left = US_TIME("left", row->left);
        us_arg left_by = US_TEXT("left_by", us_change_word(row->left_by));
        if (!row->user.len) user.kind = US_ARG_NONE;
        if (row->left == US_NEVER) left.kind = left_by.kind = US_ARG_NONE;
        us_code code = us_table_row(&table,
            US_ARGS(US_TEXT("in", row->in_b ? US_S("B") : US_S("A")),
                US_TEXT("account", row->account), user, US_TIME("since", row->since),
                US_TEXT("why", us_diff_why_word(row->why)), left, left_by,
                US_TEXT("decided_by", decided(p, row))),
            e);
        us_arena_pop(p->cli->arena, mark);
        if (code != US_OK) return code;
    }
    return us_table_end(&table, e);
}

/* ---- what was asked for ---- */

static bool names_file(us_str text)
{
    return us_str_has_prefix(text, US_S("@")) ||
           us_str_has_suffix(text, US_S(".yml")) ||
           us_str_has_suffix(text, US_S(".yaml"));
}

static us_code side_read(struct us_cli *cli, struct us_workspace *w, us_str text,
    struct side *out, struct us_error *e)
{
    *out = (struct side){.name = text, .definition = cli->args[0]};
    if (names_file(text)) {
        if (text.ptr[0] == '@') out->name = us_str_slice(text, 1, text.len);
        return us_workspace_other(cli, w, out->name, &out->rules, e);
    }
    if (us_rules_find(w->rules, text) != US_NODE_NONE) {
        out->definition = text;
        return US_OK;
    }
    out->dated = true;
    if (us_cli_time(cli, text, &out->at)) return US_OK;
    return us_fail(
        e, US_USAGE, "cli.diff_side_unknown", US_ARGS(US_TEXT("text", text)));
}

static us_code side_make(struct us_cli *cli, struct us_asked *a, const struct side *s,
    struct us_ask *ask, struct us_diff_side *out, struct us_error *e)
{
    *ask = a->ask;
    if (s->rules) ask->rules = s->rules;
    if (s->dated) ask->at = s->at;
    out->ask = ask;
    return us_workspace_named(cli, ask->rules, s->definition, &out->definition, e);
}

static us_code answer(
    struct us_cli *cli, struct us_asked *a, struct side *sides, struct us_error *e)
{
    struct us_ask asks[2];
    struct us_diff_side of[2];
    struct us_diff d;
    int64_t most = 0;
    US_TRY(us_workspace_at(cli, &a->w, &a->ask.at, e));
    US_TRY(
        us_cli_option_whole(cli, "limit", ROWS_SHOWN, 1, US_DIFF_ROWS_MAX, &most, e));
    /* A length counts back from the last moment known, which is known by now. */
    for (size_t i = 0; i + 1 < cli->arg_count; i++)
        if (sides[i].dated) us_assert(us_cli_time(cli, sides[i].name, &sides[i].at));
    if (cli->arg_count == 2)
        sides[1] = (struct side){US_S("now"), NULL, cli->args[0], true, a->ask.at};
    for (int i = 0; i < 2; i++)
        US_TRY(side_make(cli, a, &sides[i], &asks[i], &of[i], e));
    bool people = asks[0].rules->definitions[of[0].definition].pql;
    if (people != asks[1].rules->definitions[of[1].definition].pql)
        return us_fail(e, US_USAGE, "cli.diff_kinds", NULL);
    US_TRY(us_diff_ask(&of[0], &of[1], cli->arena, &d, e));
    us_progress_end(&a->w.progress);
    struct page p = {cli, &d, sides, asks[0].at != asks[1].at, (size_t)most};
    if (cli->format == US_FORMAT_JSON)
        us_diff_json(&d, sides[0].name, sides[1].name, cli->out);
    else if (cli->format == US_FORMAT_CSV)
        US_TRY(as_csv(&p, e));
    else
        for_people(&p);
    return us_asked_end(cli, a, true, e);
}

static us_code run(struct us_cli *cli, struct us_error *e)
{
    struct us_asked a;
    struct side sides[2];
    US_TRY(us_asked_read(cli, NULL, &a, e));
    for (size_t i = 1; i < cli->arg_count; i++)
        US_TRY(side_read(cli, &a.w, cli->args[i], &sides[i - 1], e));
    US_TRY(us_asked_history(cli, &a, e));
    us_code code = answer(cli, &a, sides, e);
    us_asked_close(&a);
    return code;
}

static const struct us_option options[] = {
    {"at", 0, "TIME", "cli.diff_at"},
    {"limit", 'n', "N", "cli.diff_limit"},
    US_OPTION_TIMING,
    {0},
};

static const struct us_example examples[] = {
    {"usher diff team_expansion 7d", "cli.diff_example"},
    {"usher diff team_expansion 2026-03-01 2026-04-01", "cli.diff_example_dates"},
    {"usher diff team_expansion usher.yml stricter.yml", "cli.diff_example_files"},
    {0},
};

const struct us_command us_command_diff = {
    .name = "diff",
    .group = US_GROUP_LOOK,
    .summary = "cli.diff",
    .about = "cli.diff_about",
    .usage = "DEFINITION A [B]",
    .args_min = 2,
    .args_max = 3,
    .options = options,
    .examples = examples,
    .run = run,
    .asks = US_ASKS,
};

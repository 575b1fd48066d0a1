/* fit_write.c: points that were learnt, as lines of a definition's score. Each event
 * becomes a signal, so that a person can read, reuse and mend it.
 */

#include "cli/fit.h"
#include "cli/write.h"

enum { NAME_BYTES = 60, EXPRESSION_MAX = US_EXPRESSION_BYTES_MAX };

/* Signals by input; names of those that are there already, or are to be added. */
struct lines {
    struct us_cli *cli;
    struct us_fitting *x;
    const struct us_signal_text *have; /* of the same kind */
    size_t have_count;
    us_str *names; /* by input; empty: not needed */
    us_str *added, *expressions;
    size_t added_count;
};

/* ---- which definition, and whether it is of those the score is of ---- */

static us_code definition_of(
    struct us_cli *cli, struct us_fitting *x, size_t *out, struct us_error *e)
{
    const struct us_rules *r = x->a.w.rules;
    const struct us_config *c = x->a.w.config;
    us_str name = us_cli_option(cli, "write");
    uint32_t found = US_NODE_NONE;
    US_TRY(us_workspace_named(cli, r, name, &found, e));
    *out = (size_t)(r->definitions[found].text - c->definitions);
    if (x->s.which == US_UNITS_COMPANIES && c->unit != US_COMPANY)
        return us_fail(e, US_USAGE, "cli.fit_write_company", NULL);
    bool pql = c->definitions[*out].pql;
    if (pql == !x->s.accounts) return US_OK;
    return us_fail(e, US_USAGE, pql ? "cli.fit_write_people" : "cli.fit_write_accounts",
        US_ARGS(US_TEXT("name", name)));
}

static us_code axis_of(struct us_cli *cli, us_axis *out, struct us_error *e)
{
    static const char *const names[] = {
        [US_AXIS_USAGE] = "usage", [US_AXIS_FIT] = "fit", [US_AXIS_INTENT] = "intent"};
    us_str text = us_cli_option(cli, "axis");
    *out = US_AXIS_USAGE;
    if (!text.ptr) return US_OK;
    for (int i = 0; i < US_AXES; i++) {
        *out = (us_axis)i;
        if (us_str_eq(text, us_str_c(names[i]))) return US_OK;
    }
    return us_fail(e, US_USAGE, "cli.fit_write_axis", US_ARGS(US_TEXT("value", text)));
}

/* ---- signals ---- */

/* "Invite Sent" as invite_sent; what has no letters of ours becomes "event". */
static us_str slug_of(struct us_cli *cli, us_str event)
{
    struct us_buf out = us_buf_new(cli->arena, NAME_BYTES + 16);
    for (size_t i = 0; i < event.len && out.len < NAME_BYTES; i++) {
        char c = event.ptr[i];
        if ('A' <= c && c <= 'Z') c = (char)(c | 0x20);
        bool word = ('a' <= c && c <= 'z') || ('0' <= c && c <= '9');
        if (!word && (out.len == 0 || out.ptr[out.len - 1] == '_')) continue;
        if (out.len == 0 && '0' <= c && c <= '9') us_buf_put(&out, US_S("event_"));
        us_buf_char(&out, word ? c : '_');
    }
    us_str slug = us_buf_str(&out);
    while (slug.len && slug.ptr[slug.len - 1] == '_')
        slug.len--;
    return slug.len ? slug : US_S("event");
}

static bool is_added(const struct lines *l, us_str name)
{
    for (size_t i = 0; i < l->added_count; i++)
        if (us_str_eq(l->added[i], name)) return true;
    return false;
}

/* invite_sent_first_14d, of people user_invite_sent_first_14d (signals of both kinds
 * have names of one space); with _2 where two events are spelled alike. */
static us_str name_of(const struct lines *l, us_str event, us_str expression)
{
    struct us_cli *cli = l->cli;
    size_t comma = expression.len;
    while (expression.ptr[comma - 1] != ' ')
        comma--;
    us_str window = us_str_slice(expression, comma, expression.len - 2);
    us_str first = us_arena_fmt(cli->arena, "%s%.*s_first_%.*s",
        l->x->s.accounts ? "" : "user_", US_ARG(slug_of(cli, event)), US_ARG(window));
    us_str name = first;
    for (int n = 2; is_added(l, name); n++)
        name = us_arena_fmt(cli->arena, "%.*s_%d", US_ARG(first), n);
    return name;
}

static us_code name_free(const struct lines *l, us_str name, struct us_error *e)
{
    const struct us_config *c = l->x->a.w.config;
    const struct us_signal_text *lists[] = {c->signals, c->user_signals};
    size_t counts[] = {c->signal_count, c->user_signal_count};
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < counts[k]; i++)
            if (us_str_eq(lists[k][i].name.text, name))
                return us_fail(e, US_INPUT, "cli.fit_write_name",
                    US_ARGS(US_TEXT("name", name),
                        US_TEXT("expression", lists[k][i].is.text)));
    return US_OK;
}

static us_code signal_of(struct lines *l, uint32_t input, struct us_error *e)
{
    const struct us_fit_asked *q = &l->x->q;
    if (l->names[input].len) return US_OK;
    struct us_buf text = us_buf_new(l->cli->arena, EXPRESSION_MAX);
    us_fit_expression(q->landmark, q->events[input], &text);
    us_str expression = us_buf_str(&text);
    for (size_t i = 0; i < l->have_count; i++)
        if (us_str_eq(l->have[i].is.text, expression)) {
            l->names[input] = l->have[i].name.text;
            return US_OK;
        }
    us_str event = q->landmark->units->names[q->events[input]];
    us_str name = name_of(l, event, expression);
    US_TRY(name_free(l, name, e));
    l->names[input] = name;
    l->added[l->added_count] = name;
    l->expressions[l->added_count++] = expression;
    return US_OK;
}

static us_code lines_make(struct lines *l, bool pql, us_str *out, struct us_error *e)
{
    const struct us_config *c = l->x->a.w.config;
    const struct us_fitted *f = &l->x->f;
    size_t most = l->x->q.count + 1;
    l->have = pql ? c->user_signals : c->signals;
    l->have_count = pql ? c->user_signal_count : c->signal_count;
    l->names = us_new(l->cli->arena, us_str, most);
    l->added = us_new(l->cli->arena, us_str, most);
    l->expressions = us_new(l->cli->arena, us_str, most);
    for (size_t i = 0; i < f->point_count; i++) {
        const struct us_fit_points *p = &f->points[i];
        US_TRY(signal_of(l, p->input, e));
        out[i] = us_arena_fmt(l->cli->arena, "%d if %.*s >= %u", p->points,
            US_ARG(l->names[p->input]), p->k);
    }
    return US_OK;
}

/* ---- into the file ---- */

static us_code refused(
    us_scored scored, const struct us_fit_wrote *w, struct us_error *e)
{
    const char *key =
        scored == US_SCORED_TAKEN ? "cli.fit_write_taken" : "cli.fit_write_braces";
    return us_fail(e, US_INPUT, key,
        US_ARGS(US_TEXT("name", w->definition), US_TEXT("axis", w->axis),
            US_TEXT("file", w->file)));
}

us_code us_fit_write(struct us_cli *cli, struct us_fitting *x, struct us_error *e)
{
    const struct us_config *c = x->a.w.config;
    struct us_score_asked asked = {.replace = us_cli_has(cli, "replace")};
    bool asks = us_cli_has(cli, "write");
    if (!asks && (asked.replace || us_cli_has(cli, "axis")))
        return us_fail(e, US_USAGE, "cli.fit_write_what", NULL);
    if (!asks) return US_OK;
    US_TRY(definition_of(cli, x, &asked.definition, e));
    US_TRY(axis_of(cli, &asked.axis, e));
    if (!x->f.point_count) return us_fail(e, US_INPUT, "cli.fit_write_none", NULL);
    const struct us_definition_text *def = &c->definitions[asked.definition];
    us_str *lines = us_new(cli->arena, us_str, x->f.point_count);
    struct lines l = {.cli = cli, .x = x};
    US_TRY(lines_make(&l, def->pql, lines, e));
    asked.lines = lines;
    asked.line_count = x->f.point_count;
    asked.signals = l.added;
    asked.expressions = l.expressions;
    asked.signal_count = l.added_count;
    us_str axis = us_cli_option(cli, "axis");
    struct us_fit_wrote *w = &x->wrote;
    *w = (struct us_fit_wrote){.asked = true,
        .definition = def->name.text,
        .axis = axis.ptr ? axis : US_S("usage"),
        .signals = l.added,
        .signal_count = l.added_count};
    us_scored scored = us_config_score(c, &asked, cli->arena, &w->put);
    w->file = c->files[w->put.file].path;
    w->before = c->files[w->put.file].text;
    w->same = scored == US_SCORED_SAME;
    if (w->same) return US_OK;
    if (scored != US_SCORED) return refused(scored, w, e);
    struct us_written is = {w->put.file, w->put.text, "cli.fit_write_wrong"};
    return us_workspace_write(cli, &x->a.w, &is, e);
}

/* ---- what changed ---- */

static void marked(struct us_buf *out, char mark, us_str lines)
{
    while (lines.len) {
        us_str line = us_str_cut(lines, '\n', &lines);
        if (us_str_has_suffix(line, US_S("\r"))) line.len--;
        us_buf_fmt(out, "%c %.*s\n", mark, US_ARG(line));
    }
}

/* The whole lines an edit touches, as they were and as they are. */
static void edit_put(us_str text, const struct us_config_edit *edit, struct us_buf *out)
{
    size_t from = edit->at;
    size_t to = edit->at + edit->cut;
    while (from > 0 && text.ptr[from - 1] != '\n')
        from--;
    bool whole = from == edit->at && edit->cut == 0;
    while (!whole && to < text.len && text.ptr[to] != '\n')
        to++;
    int64_t line = 1;
    for (size_t i = 0; i < from; i++)
        line += text.ptr[i] == '\n';
    us_buf_fmt(out, "@ %lld\n", (long long)line);
    marked(out, '-', us_str_slice(text, from, to));
    struct us_buf now = us_buf_new(out->arena, US_CONFIG_BYTES_MAX * 2);
    us_buf_put(&now, us_str_slice(text, from, edit->at));
    us_buf_put(&now, edit->text);
    us_buf_put(&now, us_str_slice(text, edit->at + edit->cut, to));
    marked(out, '+', us_buf_str(&now));
}

void us_fit_wrote_say(struct us_cli *cli, const struct us_fitting *x)
{
    const struct us_fit_wrote *w = &x->wrote;
    if (!w->asked) return;
    us_buf_char(cli->out, '\n');
    us_cli_say(cli, w->same ? "cli.fit_write_same" : "cli.fit_wrote",
        US_ARGS(US_TEXT("name", w->definition), US_TEXT("axis", w->axis),
            US_TEXT("file", w->file)));
    struct us_buf change = us_buf_new(cli->arena, US_CONFIG_BYTES_MAX * 2);
    for (size_t i = 0; i < w->put.edit_count; i++)
        edit_put(w->before, &w->put.edits[i], &change);
    if (change.len) us_screen_as_is(cli, us_buf_str(&change));
    bool from_first = us_str_eq(x->s.start, US_S("first"));
    if (!from_first)
        us_cli_say(cli, "cli.fit_write_start", US_ARGS(US_TEXT("start", x->s.start)));
}

void us_fit_wrote_json(const struct us_fitting *x, struct us_buf *out)
{
    const struct us_fit_wrote *w = &x->wrote;
    if (!w->asked) return;
    out->len -= 2; /* "}\n" */
    us_buf_put(out, US_S(",\"written\":{\"file\":"));
    us_buf_json(out, w->file);
    us_buf_put(out, US_S(",\"definition\":"));
    us_buf_json(out, w->definition);
    us_buf_put(out, US_S(",\"axis\":"));
    us_buf_json(out, w->axis);
    us_buf_fmt(out, ",\"changed\":%s,\"signals\":[", w->same ? "false" : "true");
    for (size_t i = 0; i < w->signal_count; i++) {
        if (i) us_buf_char(out, ',');
        us_buf_json(out, w->signals[i]);
    }
    us_buf_put(out, US_S("],\"edits\":["));
    for (size_t i = 0; i < w->put.edit_count; i++) {
        const struct us_config_edit *edit = &w->put.edits[i];
        us_buf_fmt(out, "%s{\"byte\":%zu,\"removed\":", i ? "," : "", edit->at);
        us_buf_json(out, us_str_slice(w->before, edit->at, edit->at + edit->cut));
        us_buf_put(out, US_S(",\"added\":"));
        us_buf_json(out, edit->text);
        us_buf_char(out, '}');
    }
    us_buf_put(out, US_S("]}}\n"));
}

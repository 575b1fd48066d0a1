/* trace_page.c: how one account moved, as plots as wide as the terminal. */

#include "cli/trace_page.h"

#include "cli/plot.h"

#include <math.h>

enum {
    NUMBER_COLUMNS = 8,
    INDENT = 2,
    WIDE = 100, /* from here on there is room for four numbers */
    LABEL_LEAST = 12,
    ROW_BYTES_MAX = 1 << 16
};

struct page {
    struct us_cli *cli;
    const struct us_ask *ask;
    const struct us_trace *t;
    struct us_plot plot;
    size_t label; /* columns */
    bool wide;
};

/* ---- rows ---- */

/* "invites ≥ 3" */
static us_str signal_label(struct us_arena *a, const struct us_trace_signal *s)
{
    static const char *const signs[] = {[US_OP_LT - US_OP_LT] = "<",
        [US_OP_LE - US_OP_LT] = "≤",
        [US_OP_GT - US_OP_LT] = ">",
        [US_OP_GE - US_OP_LT] = "≥"};
    if (s->gate == US_NODE_NONE) return s->name;
    return us_arena_fmt(
        a, "%.*s %s %g", US_ARG(s->name), signs[s->op - US_OP_LT], s->need);
}

static void label_put(struct page *p, us_str text, us_tone tone, size_t indent)
{
    us_str fit = us_screen_fit(
        p->cli->arena, us_screen_clean(p->cli->arena, text), p->label - indent);
    us_screen_blanks(p->cli->out, indent);
    us_screen_tone(p->cli->out, p->cli->colour, tone, fit);
    us_screen_blanks(p->cli->out, p->label - indent - us_str_columns(fit) + 1);
}

static void right(struct page *p, us_str text, us_tone tone)
{
    us_str fit = us_screen_fit(p->cli->arena, text, NUMBER_COLUMNS - 1);
    us_screen_blanks(p->cli->out, NUMBER_COLUMNS - us_str_columns(fit));
    us_screen_tone(p->cli->out, p->cli->colour, tone, fit);
}

/* A figure in as many digits as help: three, or all before the point. */
static us_str shown(struct page *p, us_value v)
{
    struct us_arena *a = p->cli->arena;
    struct us_buf b = us_buf_new(a, 256);
    if (v.kind == US_MISSING) return US_S("–");
    if (v.kind == US_STRING) return us_screen_clean(a, v.text);
    if (v.kind == US_BOOL)
        return us_text(a, p->cli->lang, v.truth ? "cli.yes" : "cli.no", NULL);
    double unit = fabs(v.number) >= 100 ? 1 : fabs(v.number) >= 10 ? 10 : 100;
    us_say_real(&b, p->cli->lang, round(v.number * unit) / unit);
    return us_buf_str(&b);
}

struct range {
    bool any;
    double low, high;
};

static struct range range_of(const struct page *p, const us_value *days)
{
    struct range r = {0};
    for (size_t d = 0; d < p->t->days; d++) {
        if (days[d].kind != US_NUMBER) continue;
        double n = days[d].number;
        if (!r.any || n < r.low) r.low = n;
        if (!r.any || n > r.high) r.high = n;
        r.any = true;
    }
    return r;
}

/* The lowest bar is 0, or the least value when that is below it. */
static us_str bar(us_value v, struct range r)
{
    if (v.kind == US_MISSING) return US_S(" ");
    if (v.kind == US_BOOL) return v.truth ? US_S("█") : US_S("▁");
    if (v.kind == US_STRING) return US_S("─");
    double base = r.low < 0 ? r.low : 0;
    return us_plot_level(r.high > base ? (v.number - base) / (r.high - base) : 0);
}

static bool is_flat(us_value v)
{
    return (v.kind == US_NUMBER && v.number == 0) || (v.kind == US_BOOL && !v.truth);
}

/* A signal that a gate holds against a number is green while it passes. */
static us_tone tone_on(const struct us_trace_signal *s, size_t day)
{
    if (s->gate != US_NODE_NONE) return us_trace_passes(s, day) ? US_GREEN : US_DIM;
    return is_flat(s->days[day]) ? US_DIM : US_CYAN;
}

/* Runs of one tone are painted at once. */
static void signal_plot(struct page *p, const struct us_trace_signal *s, struct range r)
{
    const us_value *days = s->days;
    us_mark mark = us_arena_mark(p->cli->arena);
    struct us_buf run = us_buf_new(p->cli->arena, ROW_BYTES_MAX);
    us_tone tone = US_PLAIN;
    for (size_t c = 0; c < p->plot.columns; c++) {
        size_t day = us_plot_day(&p->plot, c);
        us_value v = days[day];
        us_value before = days[c ? us_plot_day(&p->plot, c - 1) : 0];
        bool turned = v.kind == US_STRING && !us_value_same(v, before);
        us_tone now = tone_on(s, day);
        if (now != tone) {
            us_screen_tone(p->cli->out, p->cli->colour, tone, us_buf_str(&run));
            run.len = 0;
        }
        tone = now;
        us_buf_put(&run, turned ? US_S("┼") : bar(v, r));
    }
    us_screen_tone(p->cli->out, p->cli->colour, tone, us_buf_str(&run));
    us_arena_pop(p->cli->arena, mark);
}

/* Nothing to see on any day. */
static bool is_still(const struct page *p, const struct us_trace_signal *s)
{
    for (size_t d = 0; d < p->t->days; d++)
        if (s->days[d].kind != US_MISSING && !is_flat(s->days[d])) return false;
    return true;
}

/* Those are named in one sentence. */
static void still_signals(struct page *p)
{
    struct us_arena *a = p->cli->arena;
    struct us_buf names = us_buf_new(a, ROW_BYTES_MAX);
    us_str comma = p->cli->lang == US_ZH ? US_S("、") : US_S(", ");
    for (size_t i = 0; i < p->t->signal_count; i++) {
        if (!is_still(p, &p->t->signals[i])) continue;
        if (names.len) us_buf_put(&names, comma);
        us_buf_put(&names, us_screen_clean(a, p->t->signals[i].name));
    }
    if (!names.len) return;
    us_str text = us_text(a, p->cli->lang, "cli.trace_still",
        US_ARGS(US_TEXT("names", us_buf_str(&names))));
    us_screen_blanks(p->cli->out, INDENT);
    us_screen_wrap(p->cli->out, text, p->cli->width, INDENT, INDENT);
}

static void signal_row(struct page *p, const struct us_trace_signal *s)
{
    us_mark mark = us_arena_mark(p->cli->arena);
    struct range r = range_of(p, s->days);
    us_value low = r.any ? us_number(r.low) : us_missing();
    us_value high = r.any ? us_number(r.high) : us_missing();
    label_put(p, signal_label(p->cli->arena, s), US_PLAIN, INDENT);
    signal_plot(p, s, r);
    if (p->wide) right(p, shown(p, s->days[0]), US_DIM);
    right(p, shown(p, s->days[p->t->days - 1]), US_BOLD);
    if (p->wide) right(p, shown(p, low), US_DIM);
    right(p, shown(p, high), US_DIM);
    us_buf_char(p->cli->out, '\n');
    us_arena_pop(p->cli->arena, mark);
}

/* ---- definitions ---- */

static us_tone grade_tone(char grade)
{
    return grade == 'A'   ? US_GREEN
           : grade == 'B' ? US_CYAN
           : grade == 'C' ? US_YELLOW
                          : US_DIM;
}

static void grade_number(struct page *p, char grade, double points)
{
    us_str text = us_arena_fmt(p->cli->arena, "%c %.0f", grade, round(points));
    right(p, text, grade_tone(grade));
}

static void axis_row(struct page *p, const struct us_trace_course *c, us_axis axis)
{
    static const char *const keys[] = {[US_AXIS_USAGE] = "answer.usage",
        [US_AXIS_FIT] = "answer.fit",
        [US_AXIS_INTENT] = "answer.intent"};
    struct us_arena *a = p->cli->arena;
    const struct us_definition *def = &p->ask->rules->definitions[c->definition];
    const double *points = c->points[axis];
    const char *grades = c->grades[axis];
    us_mark mark = us_arena_mark(a);
    us_str name = us_text(a, p->cli->lang, keys[axis], NULL);
    double threshold = def->text->threshold[axis];
    if (threshold > 0) name = us_arena_fmt(a, "%.*s ≥ %g", US_ARG(name), threshold);
    label_put(p, name, US_PLAIN, INDENT);
    size_t low = 0;
    size_t high = 0;
    for (size_t d = 0; d < p->t->days; d++) {
        if (points[d] < points[low]) low = d;
        if (points[d] > points[high]) high = d;
    }
    for (size_t i = 0; i < p->plot.columns; i++) {
        size_t d = us_plot_day(&p->plot, i);
        us_screen_tone(p->cli->out, p->cli->colour, grade_tone(grades[d]),
            us_plot_level(points[d] / 100));
    }
    size_t last = p->t->days - 1;
    if (p->wide) grade_number(p, grades[0], points[0]);
    grade_number(p, grades[last], points[last]);
    if (p->wide) grade_number(p, grades[low], points[low]);
    grade_number(p, grades[high], points[high]);
    us_buf_char(p->cli->out, '\n');
    us_arena_pop(a, mark);
}

/* What happened in a column: 0 nothing, 1 an entry, 2 an exit, 3 both. */
static unsigned marks_in(
    const struct page *p, const struct us_trace_course *c, size_t column)
{
    unsigned marks = 0;
    for (size_t i = 0; i < c->change_count; i++) {
        const struct us_transition *t = &c->changes[i].row.change;
        size_t day = (size_t)(us_day(t->t) - p->t->first_day);
        if (us_plot_column(&p->plot, day) != column) continue;
        marks |= t->change == US_CHANGE_ENTERED ? 1U : 2U;
    }
    return marks;
}

static void state_row(struct page *p, const struct us_trace_course *c)
{
    static const us_str glyphs[] = {[US_PHASE_NONE] = US_S_INIT(" "),
        [US_PHASE_QUALIFIED] = US_S_INIT("━"),
        [US_PHASE_COOLING] = US_S_INIT("·")};
    static const us_str marks[] = {
        US_S_INIT(" "), US_S_INIT("▲"), US_S_INIT("▼"), US_S_INIT("◆")};
    static const us_tone tones[] = {US_PLAIN, US_GREEN, US_RED, US_YELLOW};
    const struct us_definition *def = &p->ask->rules->definitions[c->definition];
    us_str name = def->name;
    if (c->user.len)
        name = us_arena_fmt(
            p->cli->arena, "%.*s · %.*s", US_ARG(def->name), US_ARG(c->user));
    label_put(p, name, US_BOLD, 0);
    for (size_t i = 0; i < p->plot.columns; i++) {
        us_phase phase = c->phases[us_plot_day(&p->plot, i)];
        unsigned mark = marks_in(p, c, i);
        us_tone tone = phase == US_PHASE_QUALIFIED ? US_GREEN : US_DIM;
        us_screen_tone(p->cli->out, p->cli->colour, mark ? tones[mark] : tone,
            mark ? marks[mark] : glyphs[phase]);
    }
    us_buf_char(p->cli->out, '\n');
}

static void course_rows(struct page *p, const struct us_trace_course *c)
{
    const struct us_definition *def = &p->ask->rules->definitions[c->definition];
    state_row(p, c);
    for (size_t i = 0; i < def->text->rank_count; i++)
        if (def->score_count[def->text->rank[i]]) axis_row(p, c, def->text->rank[i]);
}

/* ---- what happened ---- */

static void numbers_line(struct page *p, const struct us_trace_change *c)
{
    static const char *const keys[] = {[US_AXIS_USAGE] = "answer.usage",
        [US_AXIS_FIT] = "answer.fit",
        [US_AXIS_INTENT] = "answer.intent"};
    struct us_arena *a = p->cli->arena;
    const struct us_firings_row *row = &c->row;
    const struct us_definition *def = &p->ask->rules->definitions[row->definition];
    us_mark mark = us_arena_mark(a);
    struct us_buf line = us_buf_new(a, ROW_BYTES_MAX);
    for (size_t i = 0; i < def->text->rank_count; i++) {
        us_axis axis = def->text->rank[i];
        if (!def->score_count[axis]) continue;
        if (line.len) us_buf_put(&line, US_S(" · "));
        us_say(&line, p->cli->lang, keys[axis], NULL);
        us_buf_fmt(&line, " %c %.0f", row->verdict.grade[axis],
            round(row->verdict.points[axis]));
    }
    for (size_t i = 0; i < c->number_count; i++) {
        if (line.len) us_buf_put(&line, US_S(" · "));
        us_buf_put(&line, us_screen_clean(a, c->numbers[i].name));
        us_buf_char(&line, ' ');
        us_buf_put(&line, shown(p, c->numbers[i].value));
    }
    us_screen_blanks(p->cli->out, 2 * INDENT);
    us_screen_wrap(
        p->cli->out, us_buf_str(&line), p->cli->width, 2 * INDENT, 2 * INDENT);
    us_arena_pop(a, mark);
}

static void change_lines(struct page *p, const struct us_trace_change *c)
{
    struct us_cli *cli = p->cli;
    const struct us_firings_row *row = &c->row;
    const struct us_transition *t = &row->change;
    bool entered = t->change == US_CHANGE_ENTERED;
    us_str who = p->ask->rules->definitions[row->definition].name;
    if (row->user.len)
        who = us_arena_fmt(cli->arena, "%.*s · %.*s", US_ARG(who), US_ARG(row->user));
    us_screen_blanks(cli->out, INDENT);
    us_screen_tone(cli->out, cli->colour, entered ? US_GREEN : US_RED,
        entered ? US_S("▲ ") : US_S("▼ "));
    struct us_buf line = us_buf_new(cli->arena, ROW_BYTES_MAX);
    us_say(&line, cli->lang, entered ? "cli.trace_entered" : "cli.trace_exited",
        US_ARGS(US_TIME("at", t->t), US_TEXT("definition", who),
            US_WHOLE("n", us_day(t->t) - us_day(t->since)),
            US_WORD("why", us_firing_words(row))));
    us_screen_wrap(cli->out, us_buf_str(&line), cli->width, 2 * INDENT, 2 * INDENT);
    numbers_line(p, c);
}

static void changes(struct page *p)
{
    const struct us_trace *t = p->t;
    size_t count = 0;
    for (size_t i = 0; i < t->course_count; i++)
        count += t->courses[i].change_count;
    us_buf_char(p->cli->out, '\n');
    if (count == 0 && p->ask->rules->definition_count)
        us_cli_say(p->cli, "cli.trace_nothing", NULL);
    if (count) us_screen_heading(p->cli, "cli.trace_changes", NULL);
    for (size_t i = 0; i < t->course_count; i++)
        for (size_t k = 0; k < t->courses[i].change_count; k++)
            change_lines(p, &t->courses[i].changes[k]);
}

/* ---- the page ---- */

static size_t label_columns(
    const struct us_cli *cli, const struct us_ask *ask, const struct us_trace *t)
{
    size_t most = LABEL_LEAST;
    for (size_t i = 0; i < t->signal_count; i++) {
        size_t wide = us_str_columns(signal_label(cli->arena, &t->signals[i])) + INDENT;
        if (wide > most) most = wide;
    }
    for (size_t i = 0; i < t->course_count; i++) {
        us_str name = ask->rules->definitions[t->courses[i].definition].name;
        size_t wide = us_str_columns(name);
        if (t->courses[i].user.len) wide += us_str_columns(t->courses[i].user) + 3;
        if (wide > most) most = wide;
    }
    return most < cli->width / 3 ? most : cli->width / 3;
}

static void head(struct page *p)
{
    struct us_cli *cli = p->cli;
    const struct us_trace *t = p->t;
    struct us_arena *a = cli->arena;
    us_str name = us_screen_clean(a, t->name.len ? t->name : t->account);
    us_screen_tone(cli->out, cli->colour, US_BOLD, name);
    if (t->name.len)
        us_buf_fmt(cli->out, "  %.*s", US_ARG(us_screen_clean(a, t->account)));
    if (t->plan.len) {
        us_buf_put(cli->out, US_S(" · "));
        us_say(cli->out, cli->lang, "cli.trace_plan",
            US_ARGS(US_TEXT("plan", us_screen_clean(a, t->plan))));
    }
    us_buf_char(cli->out, '\n');
    us_str days = us_text(a, cli->lang, "cli.trace_head",
        US_ARGS(US_DAY("from", t->first_day * US_DAY_US), US_TIME("at", t->at),
            US_WHOLE("n", t->days)));
    us_screen_wrap(cli->out, days, cli->width, 0, 0);
    us_buf_char(cli->out, '\n');
}

static void titles(struct page *p)
{
    static const char *const keys[] = {
        "cli.trace_first", "cli.trace_last", "cli.trace_low", "cli.trace_high"};
    us_screen_blanks(p->cli->out, p->label + 1);
    us_plot_dates(&p->plot, p->cli->lang, p->cli->out);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (p->wide || i % 2 == 1)
            right(p, us_text(p->cli->arena, p->cli->lang, keys[i], NULL), US_DIM);
    us_buf_char(p->cli->out, '\n');
}

void us_trace_page(
    struct us_cli *cli, const struct us_ask *ask, const struct us_trace *t)
{
    struct page p = {.cli = cli, .ask = ask, .t = t, .wide = cli->width >= WIDE};
    p.label = label_columns(cli, ask, t);
    size_t numbers = (p.wide ? 4 : 2) * NUMBER_COLUMNS;
    size_t used = p.label + 1 + numbers;
    p.plot = us_plot_fit(t->first_day, t->days, cli->width - used - 1);
    head(&p);
    titles(&p);
    for (size_t i = 0; i < t->course_count; i++)
        course_rows(&p, &t->courses[i]);
    if (t->signal_count) us_screen_heading(cli, "cli.trace_signals", NULL);
    for (size_t i = 0; i < t->signal_count; i++)
        if (!is_still(&p, &t->signals[i])) signal_row(&p, &t->signals[i]);
    still_signals(&p);
    changes(&p);
}

#include "qualify/vary.h"

#include "qualify/vary_level.h"
#include "signal/lex.h"

#include <math.h>
#include <string.h>

enum { TEXT_BYTES_MAX = US_EXPRESSION_BYTES_MAX, ARENA_MAX = 256 << 20 };

typedef enum target_kind { THRESHOLD, WINDOW, SIGNAL } target_kind;

struct target {
    target_kind kind;
    us_axis axis; /* of a threshold */
    us_str signal;
};

/* A rewriting of the gates; or only a look at what stands there. */
struct rewriting {
    const struct us_rules *r;
    const struct us_definition *def;
    struct target target;
    double value; /* NaN: leave it as it is */
    double now;   /* the first that was met */
    size_t met;
    bool differ; /* windows of several lengths were met */
    struct us_arena *a;
};

static us_code nothing(
    const struct us_rules *r, const struct us_vary_of *of, struct us_error *e)
{
    return us_fail(e, US_USAGE, "qualify.vary_nothing",
        US_ARGS(US_TEXT("what", of->what),
            US_TEXT("definition", r->definitions[of->definition].name)));
}

static bool axis_named(us_str name, us_axis *axis)
{
    static const us_str names[] = {[US_AXIS_USAGE] = US_S_INIT("usage"),
        [US_AXIS_FIT] = US_S_INIT("fit"),
        [US_AXIS_INTENT] = US_S_INIT("intent")};
    for (int i = 0; i < US_AXES; i++)
        if (us_str_eq(names[i], name)) {
            *axis = (us_axis)i;
            return true;
        }
    return false;
}

static us_code target_of(const struct us_rules *r, const struct us_vary_of *of,
    struct target *out, struct us_error *e)
{
    const struct us_definition_text *text = r->definitions[of->definition].text;
    us_str word = US_S("threshold");
    *out = (struct target){.kind = SIGNAL, .signal = of->what};
    if (us_str_eq(of->what, US_S("window"))) out->kind = WINDOW;
    if (!us_str_has_prefix(of->what, word)) return US_OK;
    if (of->what.len == word.len) {
        for (int i = 0; i < US_AXES; i++)
            if (text->threshold[i] > 0) {
                out->kind = THRESHOLD;
                out->axis = (us_axis)i;
                return US_OK;
            }
        return nothing(r, of, e);
    }
    if (of->what.ptr[word.len] != '.') return US_OK;
    out->kind = THRESHOLD;
    us_str axis = us_str_slice(of->what, word.len + 1, of->what.len);
    return axis_named(axis, &out->axis) ? US_OK : nothing(r, of, e);
}

/* ---- expressions, token by token ---- */

static const struct us_signal_text *signal_in(
    const struct us_signal_text *list, size_t count, us_str name)
{
    for (size_t i = 0; i < count; i++)
        if (us_str_eq(list[i].name.text, name)) return &list[i];
    return NULL;
}

static const struct us_signal_text *signal_of(const struct rewriting *x, us_str name)
{
    const struct us_config *c = x->r->config;
    const struct us_signal_text *own = NULL;
    if (x->def->pql) own = signal_in(c->user_signals, c->user_signal_count, name);
    return own ? own : signal_in(c->signals, c->signal_count, name);
}

static bool is_mark(const struct us_token *t, const char *mark)
{
    return t->kind == US_TOKEN_MARK && us_str_eq(t->text, us_str_c(mark));
}

static bool is_order(const struct us_token *t)
{
    return is_mark(t, "<") || is_mark(t, "<=") || is_mark(t, ">") || is_mark(t, ">=");
}

struct tokens {
    struct us_token *items;
    size_t count;
};

static struct tokens tokens_of(us_str text, struct us_arena *a)
{
    struct us_lexer lexer = {.text = text, .arena = a};
    struct tokens all = {0};
    size_t cap = 0;
    for (;;) {
        struct us_token *t = us_push(a, all.items, all.count, cap);
        *t = us_lex(&lexer);
        if (t->kind == US_TOKEN_END || t->kind == US_TOKEN_BAD) return all;
    }
}

static void met(struct rewriting *x, double number)
{
    if (x->met && x->now != number) x->differ = true;
    if (!x->met) x->now = number;
    x->met++;
}

/* The number of `signal >= number` or `number <= signal` when token i is it. */
static bool held_number(const struct rewriting *x, const struct tokens *all, size_t i)
{
    const struct us_token *t = all->items;
    if (t[i].kind != US_TOKEN_NUMBER) return false;
    bool after = i >= 2 && is_order(&t[i - 1]) && t[i - 2].kind == US_TOKEN_NAME &&
                 us_str_eq(t[i - 2].text, x->target.signal) &&
                 (i < 3 || !is_mark(&t[i - 3], "."));
    bool before = i + 2 < all->count && is_order(&t[i + 1]) &&
                  t[i + 2].kind == US_TOKEN_NAME &&
                  us_str_eq(t[i + 2].text, x->target.signal);
    return after || before;
}

static void rewrite(struct rewriting *x, us_str text, int depth, struct us_buf *out);

/* The signal's own expression in its place, its windows varied. */
static bool inlined(struct rewriting *x, const struct tokens *all, size_t i, int depth,
    struct us_buf *out)
{
    const struct us_token *t = &all->items[i];
    if (t->kind != US_TOKEN_NAME || us_lex_is_word(t->text)) return false;
    if (i && is_mark(t - 1, ".")) return false;
    if (is_mark(t + 1, "(") || is_mark(t + 1, ".")) return false;
    const struct us_signal_text *signal = signal_of(x, t->text);
    if (!signal || depth >= US_DEPTH_MAX) return false;
    us_buf_char(out, '(');
    rewrite(x, signal->is.text, depth + 1, out);
    us_buf_char(out, ')');
    return true;
}

static double days_of(us_window w)
{
    return w.unit == US_HOURS ? (double)w.n / 24 : (double)w.n;
}

static void window(
    struct rewriting *x, const struct us_token *t, us_str text, struct us_buf *out)
{
    met(x, days_of(t->window));
    if (isnan(x->value))
        us_buf_put(out, us_str_slice(text, t->from, t->to));
    else
        us_buf_fmt(out, "%.0fd", x->value);
}

/* Inside a where: bare names are properties, up to the comma or the bracket that ends
 * it. */
struct where {
    bool in;
    int brackets;
};

static void where_step(struct where *w, const struct us_token *t)
{
    if (t->kind == US_TOKEN_NAME && us_str_eq(t->text, US_S("where")))
        *w = (struct where){true, 0};
    if (!w->in) return;
    w->brackets += is_mark(t, "(") || is_mark(t, "[");
    bool closes = is_mark(t, ")") || is_mark(t, "]");
    if ((closes || is_mark(t, ",")) && w->brackets == 0) w->in = false;
    w->brackets -= closes && w->in;
}

static void rewrite(struct rewriting *x, us_str text, int depth, struct us_buf *out)
{
    struct tokens all = tokens_of(text, x->a);
    struct where where = {0};
    size_t kept = 0;
    for (size_t i = 0; i + 1 < all.count; i++) {
        const struct us_token *t = &all.items[i];
        where_step(&where, t);
        us_buf_put(out, us_str_slice(text, kept, t->from));
        kept = t->to;
        bool windows = x->target.kind == WINDOW;
        if (windows && t->kind == US_TOKEN_WINDOW && t->window.unit != US_ALL) {
            window(x, t, text, out);
        } else if (windows && !where.in && inlined(x, &all, i, depth, out)) {
            continue;
        } else if (x->target.kind == SIGNAL && held_number(x, &all, i)) {
            met(x, t->number);
            if (isnan(x->value))
                us_buf_put(out, us_str_slice(text, t->from, t->to));
            else
                us_buf_real(out, x->value);
        } else {
            us_buf_put(out, us_str_slice(text, t->from, t->to));
        }
    }
    us_buf_put(out, us_str_slice(text, kept, text.len));
}

static us_source gate(struct rewriting *x, us_source source)
{
    struct us_buf out = us_buf_new(x->a, TEXT_BYTES_MAX);
    rewrite(x, source.text, 0, &out);
    if (!out.full) source.text = us_buf_str(&out);
    return source;
}

/* ---- variants ---- */

/* The definition with its value there. */
static struct us_definition_text variant(struct rewriting *x)
{
    struct us_definition_text text = *x->def->text;
    if (x->target.kind == THRESHOLD) {
        met(x, text.threshold[x->target.axis]);
        text.threshold[x->target.axis] = x->value;
        return text;
    }
    text.must = us_new(x->a, us_source, text.must_count + 1);
    for (size_t i = 0; i < text.must_count; i++)
        text.must[i] = gate(x, x->def->text->must[i]);
    return text;
}

static us_code value_good(const struct target *target, double value, struct us_error *e)
{
    if (target->kind != WINDOW) return US_OK;
    if (value == floor(value) && value >= 1 && value <= US_WINDOW_DAYS_MAX)
        return US_OK;
    return us_fail(e, US_USAGE, "qualify.vary_window",
        US_ARGS(US_REAL("value", value), US_WHOLE("most", US_WINDOW_DAYS_MAX)));
}

static us_code compiled(const struct us_config *c, uint32_t first, struct us_arena *a,
    struct us_rules **out, struct us_error *e)
{
    struct us_diags diags = {.arena = a}; /* of a threshold nobody reaches, say: shown
                                             by the variant that finds nobody */
    us_rules_compile(c, a, &diags, out);
    for (size_t i = first; i < (*out)->definition_count; i++) {
        const struct us_definition *def = &(*out)->definitions[i];
        for (size_t k = 0; k < def->must_count; k++)
            if (def->must[k] == US_NODE_NONE)
                return us_fail(e, US_USAGE, "qualify.vary_bad",
                    US_ARGS(US_TEXT("gate", def->text->must[k].text)));
    }
    return US_OK;
}

static uint32_t node_of(const struct us_plan *plan, us_str signal)
{
    for (size_t i = 0; i < plan->signal_count; i++)
        if (plan->signals[i].scope == US_PER_ACCOUNT &&
            us_str_eq(plan->signals[i].name, signal))
            return plan->signals[i].node;
    return US_NODE_NONE;
}

static void varied_note(const struct us_vary_of *of, const struct target *target,
    bool people, struct us_varied *out)
{
    out->count = of->count;
    out->values = of->values;
    out->ascending = true;
    out->number = US_NODE_NONE;
    for (size_t i = 1; i < of->count; i++)
        if (!(of->values[i - 1] < of->values[i])) out->ascending = false;
    if (people) return;
    out->of_axis = target->kind == THRESHOLD;
    out->axis = target->axis;
    if (target->kind == SIGNAL) out->number = node_of(out->rules->plan, target->signal);
}

us_code us_vary(const struct us_rules *r, const struct us_vary_of *of,
    struct us_arena *a, struct us_varied *out, struct us_error *e)
{
    const struct us_config *c = r->config;
    struct rewriting x = {.r = r, .def = &r->definitions[of->definition], .a = a};
    us_assert(of->count <= US_VARIANTS_MAX);
    *out = (struct us_varied){.first = (uint32_t)c->definition_count};
    US_TRY(target_of(r, of, &x.target, e));
    struct us_config *varied = us_new(a, struct us_config, 1);
    *varied = *c;
    varied->definitions =
        us_new(a, struct us_definition_text, c->definition_count + of->count + 1);
    memcpy(varied->definitions, c->definitions,
        c->definition_count * sizeof *c->definitions);
    for (size_t i = 0; i < of->count; i++) {
        US_TRY(value_good(&x.target, of->values[i], e));
        x.value = of->values[i];
        x.met = 0;
        varied->definitions[varied->definition_count++] = variant(&x);
        if (x.met == 0) return nothing(r, of, e);
    }
    US_TRY(compiled(varied, out->first, a, &out->rules, e));
    varied_note(of, &x.target, x.def->pql, out);
    out->levels = us_vary_levels_new(out, a);
    return US_OK;
}

/* ---- what an account never comes up to ---- */

/* Whether some day may reach so many points. */
static bool may_reach(const struct us_varied *v, struct us_replay *p, double threshold)
{
    const struct us_definition *def = &v->rules->definitions[v->first];
    struct us_past *past = us_replay_past(p);
    struct us_day_truth truth = us_past_reaches(
        past, def->score[v->axis], def->score_count[v->axis], threshold);
    size_t days = us_past_day_count(past);
    for (size_t d = 0; d < days; d++)
        if (truth.in[d] & US_CAN_YES) return true;
    return false;
}

static size_t apart_by_points(const struct us_varied *v, struct us_replay *p)
{
    size_t from = 0;
    size_t to = v->count; /* the first that is out of reach */
    while (from < to) {
        size_t mid = from + (to - from) / 2;
        if (may_reach(v, p, v->values[mid]))
            from = mid + 1;
        else
            to = mid;
    }
    return from;
}

/* By every moment at which it can change; where ends of days do not tell. */
static double most_of_moments(const struct us_varied *v, struct us_replay *p)
{
    struct us_past *past = us_replay_past(p);
    struct us_moments_asked asked = {.nodes = &v->number, .count = 1, .first = true};
    int64_t first = us_past_first_day(past);
    size_t days = us_past_day_count(past);
    double most = -INFINITY;
    for (size_t d = 0; d < days; d++) {
        struct us_moments m = us_past_moments(past, &asked, first + (int64_t)d);
        for (size_t i = 0; i < m.count; i++) {
            us_value value = us_past_value(past, v->number, US_NOBODY, m.at[i]);
            if (value.kind == US_NUMBER && value.number > most) most = value.number;
        }
    }
    return most;
}

static size_t apart_by_number(const struct us_varied *v, struct us_replay *p)
{
    double most = 0;
    if (!us_past_peak(us_replay_past(p), v->number, NULL, &most))
        most = most_of_moments(v, p);
    size_t k = 0;
    while (k < v->count && v->values[k] <= most)
        k++;
    return k;
}

/* How many of them have to be replayed: what the last of these does all after it do
 * too, since nothing of the account comes up to any of their values. At least 1. */
static size_t apart(const struct us_varied *v, struct us_replay *p)
{
    bool told = v->ascending && (v->of_axis || v->number != US_NODE_NONE);
    if (!told || v->count == 0) return v->count;
    size_t k = v->of_axis ? apart_by_points(v, p) : apart_by_number(v, p);
    return k < v->count ? k + 1 : v->count;
}

struct us_vary_lives us_vary_ask(const struct us_varied *v, struct us_replay *p)
{
    if (v->levels) return us_vary_levels_ask(v->levels, p);
    size_t n = apart(v, p);
    struct us_vary_life *lives = us_new(&p->work, struct us_vary_life, n + 1);
    for (size_t i = 0; i < n; i++) {
        struct us_replay_answer all = us_replay_ask(p, v->first + (uint32_t)i, false);
        lives[i] = (struct us_vary_life){i, i, all.items, all.count};
    }
    if (n) lives[n - 1].last = v->count - 1;
    return (struct us_vary_lives){lives, n};
}

us_code us_vary_now(const struct us_rules *r, const struct us_vary_of *of,
    struct us_arena *a, double *now, struct us_error *e)
{
    struct rewriting x = {
        .r = r, .def = &r->definitions[of->definition], .value = NAN, .a = a};
    US_TRY(target_of(r, of, &x.target, e));
    variant(&x);
    if (x.met == 0) return nothing(r, of, e);
    *now = x.differ ? NAN : x.now;
    return US_OK;
}

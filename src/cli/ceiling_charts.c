/* ceiling_charts.c: the four signs over the annual value, on one logarithmic axis, with
 * where each stops and the floor.
 *
 * Bins of the study are put together by tens (declines, growth, cards) or fives
 * (bunching), so that a point stands on enough to be seen.
 */

#include "cli/ceiling_page.h"
#include "cli/html.h"

#include <math.h>

enum {
    WIDE = 720,
    HIGH = 220,
    LEFT = 56,
    RIGHT = 14,
    TOP = 24,
    BOTTOM = 30,
    TICKS = 4,
    COARSE = 10,
    FINE = 5,
    QUARTERS_LEAST = 3, /* to have a mean and an interval */
};

struct drawing {
    const struct us_ceiling_page *p;
    struct us_buf *out;
    const struct us_ceiling_row *row;
    double from, to;  /* log10 of the value */
    double low, high; /* of the other axis */
    bool share;       /* which is of shares */
};

static double x_of(const struct drawing *d, double value)
{
    double part = (log10(value) - d->from) / (d->to - d->from);
    return LEFT + (WIDE - LEFT - RIGHT) * fmin(fmax(part, 0), 1);
}

static double y_of(const struct drawing *d, double v)
{
    double part = (v - d->low) / (d->high - d->low);
    return TOP + (HIGH - TOP - BOTTOM) * (1 - fmin(fmax(part, 0), 1));
}

static void put_value(const struct drawing *d, double v)
{
    struct us_buf text = us_buf_new(d->p->cli->arena, 256);
    if (d->share && v < 0) us_buf_put(&text, US_S("−"));
    if (d->share)
        us_say_share(&text, d->p->cli->lang, fabs(v));
    else
        us_say_real(&text, d->p->cli->lang, v);
    us_html_put(d->out, us_buf_str(&text));
}

static void put_money(const struct drawing *d, double v)
{
    struct us_buf text = us_buf_new(d->p->cli->arena, 256);
    double scale = pow(10, floor(log10(v)) - 2);
    us_say_real(&text, d->p->cli->lang, scale >= 1 ? round(v / scale) * scale : v);
    us_html_put(d->out, us_buf_str(&text));
}

/* ---- the frame ---- */

static double step_of(double most)
{
    double unit = pow(10, floor(log10(most / TICKS)));
    double times = most / TICKS / unit;
    return unit * (times <= 1 ? 1 : times <= 2 ? 2 : times <= 5 ? 5 : 10);
}

static void y_axis(struct drawing *d)
{
    double step = step_of(d->high - d->low);
    d->low = step * floor(d->low / step + 1e-9);
    d->high = step * ceil(d->high / step - 1e-9);
    for (double v = d->low; v <= d->high + step / 2; v += step) {
        us_buf_fmt(d->out,
            "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"var(--line)\"/>"
            "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">",
            LEFT, WIDE - RIGHT, y_of(d, v), y_of(d, v), LEFT - 8, y_of(d, v) + 4);
        put_value(d, fabs(v) < step / 1e6 ? 0 : v);
        us_buf_put(d->out, US_S("</text>"));
    }
}

static void x_axis(struct drawing *d)
{
    static const double marks[] = {1, 2, 5};
    bool wide = d->to - d->from > 3;
    for (int power = (int)floor(d->from); power <= (int)d->to; power++) {
        for (size_t i = 0; i < (wide ? 1 : sizeof marks / sizeof *marks); i++) {
            double v = marks[i] * pow(10, power);
            if (log10(v) < d->from || log10(v) > d->to) continue;
            us_buf_fmt(d->out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">",
                x_of(d, v), HIGH - BOTTOM + 18);
            put_money(d, v);
            us_buf_put(d->out, US_S("</text>"));
        }
    }
}

static void upright(
    struct drawing *d, double at, const char *key, const char *colour, bool left)
{
    if (!isfinite(at) || log10(at) < d->from || log10(at) > d->to) return;
    bool right = x_of(d, at) > WIDE * 0.7 || left;
    us_buf_fmt(d->out,
        "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" stroke=\"var(%s)\" "
        "stroke-width=\"1.5\" stroke-dasharray=\"5 4\"/><text x=\"%.1f\" y=\"%d\" "
        "text-anchor=\"%s\" style=\"fill:var(%s)\">",
        x_of(d, at), x_of(d, at), TOP, HIGH - BOTTOM, colour,
        x_of(d, at) + (right ? -5 : 5), TOP - 8, right ? "end" : "start", colour);
    us_html_put(d->out, us_text(d->p->cli->arena, d->p->cli->lang, key, NULL));
    us_buf_char(d->out, ' ');
    put_money(d, at);
    us_buf_put(d->out, US_S("</text>"));
}

/* Where it stops: the interval as a band, the estimate as a line. */
static void stop(struct drawing *d)
{
    const struct us_ceiling_row *r = d->row;
    if (r->verdict != US_CEILING_FOUND) return;
    us_buf_fmt(d->out,
        "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"var(--other)\" "
        "opacity=\".14\"/>",
        x_of(d, r->in.low), TOP, fmax(x_of(d, r->in.high) - x_of(d, r->in.low), 2),
        HIGH - TOP - BOTTOM);
    upright(d, r->estimate, "cli.ceiling_chart_stop", "--other", false);
}

static void begin(struct drawing *d, const char *title)
{
    us_str words = us_text(d->p->cli->arena, d->p->cli->lang, title,
        US_ARGS(US_TEXT("currency", d->p->c->rules->config->currency)));
    us_buf_put(d->out, US_S("<figure><figcaption>"));
    us_html_put(d->out, words);
    us_buf_fmt(d->out,
        "</figcaption><svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"", WIDE,
        HIGH);
    us_html_put(d->out, words);
    us_buf_put(d->out, US_S("\">"));
    y_axis(d);
    x_axis(d);
    stop(d);
}

static void end(struct drawing *d)
{
    us_buf_put(d->out, US_S("</svg></figure>\n"));
}

/* ---- what is in it ---- */

struct sums {
    double from, to, n, sum, squares, expected;
};

static void point(
    struct drawing *d, const struct sums *s, double v, struct us_interval in)
{
    double x = x_of(d, sqrt(s->from * s->to));
    us_buf_fmt(d->out,
        "<g stroke=\"var(--mark)\" fill=\"var(--mark)\"><line x1=\"%.1f\" x2=\"%.1f\" "
        "y1=\"%.1f\" y2=\"%.1f\" stroke-width=\"2\" opacity=\".5\"/>"
        "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\"/><title>",
        x, x, y_of(d, in.low), y_of(d, in.high), x, y_of(d, v));
    put_money(d, s->from);
    us_buf_put(d->out, US_S(" – "));
    put_money(d, s->to);
    us_buf_put(d->out, US_S(": "));
    put_value(d, v);
    us_buf_fmt(d->out, " (n %.0f)</title></g>", s->n);
}

typedef void take_bin(struct sums *s, const struct us_ceiling_bin *b);

static void take_cards(struct sums *s, const struct us_ceiling_bin *b)
{
    s->n += (double)b->accounts;
    s->sum += (double)b->cards;
}

static void take_tries(struct sums *s, const struct us_ceiling_bin *b)
{
    s->n += (double)b->tries;
    s->sum += (double)b->failed;
}

static void take_steps(struct sums *s, const struct us_ceiling_bin *b)
{
    s->n += (double)b->steps;
    s->sum += b->growth;
    s->squares += b->growth_squares;
}

static void take_listed(struct sums *s, const struct us_ceiling_bin *b)
{
    s->n += b->listed;
    s->expected += b->expected; /* NaN where the curve does not go */
}

/* Bins [i, i + each), the groups beginning at whole parts of a decade. */
static struct sums group(
    const struct us_ceiling *f, size_t *i, int each, take_bin *take)
{
    struct sums s = {.from = f->bins[*i].from, .to = f->bins[*i].to};
    do {
        s.to = f->bins[*i].to;
        take(&s, &f->bins[*i]);
        ++*i;
    } while (*i < f->bin_count && us_ceiling_bin_of(f->bins[*i - 1].to) % each != 0);
    return s;
}

static void rates(struct drawing *d, const char *title, take_bin *take)
{
    const struct us_ceiling *f = &d->p->c->found;
    d->share = true;
    d->low = 0;
    d->high = 1;
    begin(d, title);
    for (size_t i = 0; i < f->bin_count;) {
        struct sums s = group(f, &i, COARSE, take);
        if (s.n > 0)
            point(d, &s, s.sum / s.n, us_wilson((int64_t)s.sum, (int64_t)s.n, 0.95));
    }
}

/* The share that only falls, as a line of steps. */
static void falling(struct drawing *d)
{
    const struct us_ceiling *f = &d->p->c->found;
    us_buf_put(d->out, US_S("<path fill=\"none\" stroke=\"var(--mark)\" opacity=\".8\" "
                            "stroke-width=\"1.5\" d=\""));
    bool begun = false;
    for (size_t i = 0; i < f->bin_count; i++) {
        if (isnan(f->bins[i].share)) continue;
        us_buf_fmt(d->out, "%s%.1f,%.1f H%.1f", begun ? " L" : "M",
            x_of(d, f->bins[i].from), y_of(d, f->bins[i].share),
            x_of(d, f->bins[i].to));
        begun = true;
    }
    us_buf_put(d->out, US_S("\"/>"));
}

/* Mean growth of a group, and its interval; false of too few. */
static bool growth_of(const struct sums *s, double *mean, struct us_interval *in)
{
    if (s->n < QUARTERS_LEAST) return false;
    double log_mean = s->sum / s->n;
    double variance =
        fmax(s->squares / s->n - log_mean * log_mean, 0) * s->n / (s->n - 1);
    double half = us_z_of(0.95) * sqrt(variance / s->n);
    *mean = expm1(log_mean);
    *in = (struct us_interval){expm1(log_mean - half), expm1(log_mean + half)};
    return true;
}

static void growth(struct drawing *d)
{
    const struct us_ceiling *f = &d->p->c->found;
    struct us_interval in;
    double mean;
    d->share = true;
    d->low = -0.1;
    d->high = 0.3;
    for (size_t i = 0; i < f->bin_count;) {
        struct sums s = group(f, &i, COARSE, take_steps);
        if (!growth_of(&s, &mean, &in)) continue;
        d->low = fmin(d->low, mean);
        d->high = fmax(d->high, mean);
    }
    begin(d, "cli.ceiling_chart_growth");
    for (size_t i = 0; i < f->bin_count;) {
        struct sums s = group(f, &i, COARSE, take_steps);
        if (growth_of(&s, &mean, &in)) point(d, &s, mean, in);
    }
    end(d);
}

static void bunching(struct drawing *d)
{
    const struct us_ceiling *f = &d->p->c->found;
    d->share = false;
    d->low = 0;
    d->high = 1;
    for (size_t i = 0; i < f->bin_count;) {
        struct sums s = group(f, &i, FINE, take_listed);
        d->high = fmax(d->high, isnan(s.expected) ? s.n : fmax(s.n, s.expected));
    }
    begin(d, "cli.ceiling_chart_bunching");
    for (size_t i = 0; i < f->bin_count;) {
        struct sums s = group(f, &i, FINE, take_listed);
        if (s.n > 0)
            us_buf_fmt(d->out,
                "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
                "fill=\"var(--mark)\" opacity=\".75\"/>",
                x_of(d, s.from) + 0.5, y_of(d, s.n),
                fmax(x_of(d, s.to) - x_of(d, s.from) - 1, 1),
                HIGH - BOTTOM - y_of(d, s.n));
    }
    us_buf_put(d->out, US_S("<path fill=\"none\" stroke=\"var(--ink)\" "
                            "stroke-width=\"1.5\" d=\""));
    bool begun = false;
    for (size_t i = 0; i < f->bin_count;) {
        struct sums s = group(f, &i, FINE, take_listed);
        if (!(s.expected > 0)) continue;
        us_buf_fmt(d->out, "%s%.1f,%.1f", begun ? " L" : "M",
            x_of(d, sqrt(s.from * s.to)), y_of(d, s.expected));
        begun = true;
    }
    us_buf_put(d->out, US_S("\"/>"));
    end(d);
}

void us_ceiling_charts(const struct us_ceiling_page *p)
{
    const struct us_ceiling *f = &p->c->found;
    struct drawing d = {.p = p, .out = p->cli->out};
    if (!p->cli->html || f->bin_count == 0) return;
    d.from = log10(f->bins[0].from);
    d.to = log10(f->bins[f->bin_count - 1].to);
    if (!isnan(f->floor.value)) d.to = fmax(d.to, log10(f->floor.value) + 0.1);
    d.row = &f->rows[US_CEILING_CARDS];
    rates(&d, "cli.ceiling_chart_cards", take_cards);
    falling(&d);
    upright(&d, f->floor.value, "cli.ceiling_chart_floor", "--ink",
        !(f->floor.value > d.row->estimate));
    end(&d);
    d.row = &f->rows[US_CEILING_BUNCHING];
    bunching(&d);
    d.row = &f->rows[US_CEILING_DECLINES];
    rates(&d, "cli.ceiling_chart_declines", take_tries);
    end(&d);
    d.row = &f->rows[US_CEILING_GROWTH];
    growth(&d);
}

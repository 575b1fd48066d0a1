/* chart.c: charts as SVG, drawn by the page's own colours. */

#include "cli/html.h"

#include <math.h>

enum {
    WIDE = 720,
    HIGH = 240,
    LEFT = 52,
    RIGHT = 12,
    TOP = 14,
    BOTTOM = 34,
    TICKS = 4,
    LETTER = 7, /* and the room between labels below */
    APART = 12,
};

struct drawing {
    struct us_cli *cli;
    const struct us_chart *c;
    struct us_buf *out;
    double top; /* of the scale */
    double step;
};

/* 1, 2 or 5 of a power of ten, so that TICKS of them hold the most. */
static void scale(struct drawing *d)
{
    double most = isnan(d->c->line) ? 0 : d->c->line;
    for (size_t i = 0; i < d->c->count; i++) {
        double v = d->c->high ? d->c->high[i] : d->c->values[i];
        if (isfinite(v) && v > most) most = v;
    }
    if (most <= 0) most = 1;
    double unit = pow(10, floor(log10(most / TICKS)));
    double times = most / TICKS / unit;
    d->step = unit * (times <= 1 ? 1 : times <= 2 ? 2 : times <= 5 ? 5 : 10);
    d->top = d->step * ceil(most / d->step - 1e-9);
}

static double y_of(const struct drawing *d, double v)
{
    return TOP + (HIGH - TOP - BOTTOM) * (1 - v / d->top);
}

static double x_of(const struct drawing *d, size_t i)
{
    return LEFT + (WIDE - LEFT - RIGHT) * ((double)i + 0.5) / (double)d->c->count;
}

static us_str value_text(const struct drawing *d, double v)
{
    struct us_buf text = us_buf_new(d->cli->arena, 256);
    if (isnan(v))
        us_buf_put(&text, US_S("–"));
    else if (d->c->share)
        us_say_share(&text, d->cli->lang, v);
    else
        us_say_real(&text, d->cli->lang, v);
    return us_buf_str(&text);
}

static void axes(struct drawing *d)
{
    for (double v = 0; v <= d->top * (1 + 1e-9); v += d->step) {
        us_buf_fmt(d->out,
            "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"var(--line)\"/>"
            "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">",
            LEFT, WIDE - RIGHT, y_of(d, v), y_of(d, v), LEFT - 8, y_of(d, v) + 4);
        us_html_put(d->out, value_text(d, v));
        us_buf_put(d->out, US_S("</text>"));
    }
    size_t longest = 1;
    for (size_t i = 0; i < d->c->count; i++)
        if (d->c->labels[i].len > longest) longest = d->c->labels[i].len;
    size_t fit = (WIDE - LEFT - RIGHT) / (longest * LETTER + APART);
    size_t each = d->c->count > fit ? (d->c->count + fit - 1) / fit : 1;
    for (size_t i = 0; i < d->c->count; i += each) {
        us_buf_fmt(d->out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">",
            x_of(d, i), HIGH - BOTTOM + 18);
        us_html_put(d->out, d->c->labels[i]);
        us_buf_put(d->out, US_S("</text>"));
    }
}

static void hover(struct drawing *d, size_t i)
{
    us_buf_put(d->out, US_S("<title>"));
    us_html_put(d->out, d->c->labels[i]);
    us_buf_put(d->out, US_S(": "));
    us_html_put(d->out, value_text(d, d->c->values[i]));
    if (d->c->low && isfinite(d->c->low[i])) {
        us_buf_put(d->out, US_S(" ("));
        us_html_put(d->out, value_text(d, d->c->low[i]));
        us_buf_put(d->out, US_S(" – "));
        us_html_put(d->out, value_text(d, d->c->high[i]));
        us_buf_char(d->out, ')');
    }
    us_buf_put(d->out, US_S("</title>"));
}

static void column(struct drawing *d, size_t i)
{
    double room = (double)(WIDE - LEFT - RIGHT) / (double)d->c->count;
    double wide = room * 0.72 < 36 ? room * 0.72 : 36;
    double y = y_of(d, d->c->values[i]);
    us_buf_fmt(d->out,
        "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"1.5\" "
        "fill=\"var(--mark)\">",
        x_of(d, i) - wide / 2, y, wide, HIGH - BOTTOM - y);
    hover(d, i);
    us_buf_put(d->out, US_S("</rect>"));
}

static void point(struct drawing *d, size_t i)
{
    us_buf_fmt(d->out,
        "<g stroke=\"var(--mark)\" fill=\"var(--mark)\"><line x1=\"%.1f\" x2=\"%.1f\" "
        "y1=\"%.1f\" y2=\"%.1f\" stroke-width=\"2\" opacity=\".55\"/>"
        "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\"/>",
        x_of(d, i), x_of(d, i), y_of(d, d->c->low[i]), y_of(d, d->c->high[i]),
        x_of(d, i), y_of(d, d->c->values[i]));
    hover(d, i);
    us_buf_put(d->out, US_S("</g>"));
}

/* Behind the columns; at least two points wide, so that an hour of a year is seen. */
static void shaded(struct drawing *d)
{
    double room =
        (double)(WIDE - LEFT - RIGHT) / (double)(d->c->count ? d->c->count : 1);
    for (size_t i = 0; i < d->c->shade_count; i++) {
        const struct us_shade *s = &d->c->shades[i];
        double from = LEFT + room * s->from;
        double wide = room * (s->to - s->from);
        us_buf_fmt(d->out,
            "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" "
            "fill=\"var(--other)\" opacity=\".22\"><title>",
            from, TOP, wide < 2 ? 2 : wide, HIGH - TOP - BOTTOM);
        us_html_put(d->out, s->says);
        us_buf_put(d->out, US_S("</title></rect>"));
    }
}

static void shade_legend(struct drawing *d)
{
    if (!d->c->shade_count) return;
    us_buf_fmt(d->out,
        "<rect x=\"%d\" y=\"1\" width=\"10\" height=\"10\" fill=\"var(--other)\" "
        "opacity=\".4\"/><text x=\"%d\" y=\"10\">",
        LEFT, LEFT + 15);
    us_html_put(d->out, us_text(d->cli->arena, d->cli->lang, d->c->shade_says, NULL));
    us_buf_put(d->out, US_S("</text>"));
}

static void line_across(struct drawing *d)
{
    if (isnan(d->c->line)) return;
    double y = y_of(d, d->c->line);
    us_buf_fmt(d->out,
        "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"var(--other)\" "
        "stroke-width=\"1.5\" stroke-dasharray=\"5 4\"/><text x=\"%d\" y=\"%.1f\" "
        "text-anchor=\"end\" style=\"fill:var(--other)\">",
        LEFT, WIDE - RIGHT, y, y, WIDE - RIGHT, y - 5);
    us_html_put(d->out, us_text(d->cli->arena, d->cli->lang, d->c->line_says, NULL));
    us_buf_char(d->out, ' ');
    us_html_put(d->out, value_text(d, d->c->line));
    us_buf_put(d->out, US_S("</text>"));
}

void us_chart_put(struct us_cli *cli, const struct us_chart *chart)
{
    if (!cli->html || chart->count == 0) return;
    struct drawing d = {.cli = cli, .c = chart, .out = cli->out};
    us_str title = us_text(cli->arena, cli->lang, chart->title, chart->title_args);
    scale(&d);
    us_buf_put(d.out, US_S("<figure><figcaption>"));
    us_html_put(d.out, title);
    us_buf_fmt(d.out,
        "</figcaption><svg viewBox=\"0 0 %d %d\" role=\"img\" "
        "aria-label=\"",
        WIDE, HIGH);
    us_html_put(d.out, title);
    us_buf_put(d.out, US_S("\">"));
    axes(&d);
    shaded(&d);
    for (size_t i = 0; i < chart->count; i++) {
        if (!isfinite(chart->values[i])) continue;
        if (chart->low)
            point(&d, i);
        else if (chart->values[i] > 0)
            column(&d, i);
    }
    line_across(&d);
    shade_legend(&d);
    us_buf_put(d.out, US_S("</svg></figure>\n"));
}

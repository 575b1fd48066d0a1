/* progress.c: how far it is, for whoever watches. */
#include "base/time.h"
#include "cli/frame.h"
#include "server/lent.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    LINE_MAX_BYTES = 1024,
    OUT_MAX_BYTES = 2048,
    BAR_COLUMNS = 20,
    SAY_EVERY_US = 100000
};

int64_t us_cli_clock_us(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * US_SECOND_US + ts.tv_nsec / 1000;
}

void us_progress_init(struct us_progress *p, const struct us_cli *cli)
{
    *p = (struct us_progress){.cli = cli};
}

static us_arg amount(const char *name, bool bytes, int64_t n)
{
    return (us_arg){
        .name = name, .kind = bytes ? US_ARG_BYTES : US_ARG_WHOLE, .whole = n};
}

/* Seconds to go as 0:07, 12:34 or 1:02:03. */
static us_str time_left(struct us_arena *a, double seconds)
{
    int64_t s = seconds < 359999 ? (int64_t)(seconds + 0.999) : 359999;
    if (s < 3600) return us_arena_fmt(a, "%d:%02d", (int)(s / 60), (int)(s % 60));
    return us_arena_fmt(
        a, "%d:%02d:%02d", (int)(s / 3600), (int)(s / 60 % 60), (int)(s % 60));
}

void us_progress_line(
    struct us_buf *out, us_lang lang, size_t width, const struct us_progress_now *now)
{
    struct us_arena *a = out->arena;
    us_str label = us_text(a, lang, now->what, NULL);
    us_arg done = amount("done", now->bytes, now->done);
    us_arg total = amount("total", now->bytes, now->total);
    us_arg rate = amount("rate", now->bytes, (int64_t)now->rate);
    us_str text;
    if (now->total <= 0) {
        text = us_text(a, lang, "cli.progress_open", US_ARGS(done, rate));
    } else {
        double left = now->rate > 0 ? (double)(now->total - now->done) / now->rate : -1;
        const char *key = left < 0 ? "cli.progress_start" : "cli.progress";
        text = us_text(a, lang, key,
            US_ARGS(US_SHARE("share", (double)now->done / (double)now->total), done,
                total, rate, US_TEXT("left", time_left(a, left < 0 ? 0 : left))));
    }
    size_t columns = us_str_columns(label) + us_str_columns(text) + 2;
    struct us_buf line = us_buf_new(a, LINE_MAX_BYTES);
    us_buf_put(&line, label);
    us_buf_put(&line, US_S("  "));
    if (now->total > 0 && columns + BAR_COLUMNS + 4 <= width) {
        us_buf_put(&line, US_S("▕"));
        us_screen_bar(&line, (double)now->done / (double)now->total, BAR_COLUMNS);
        us_buf_put(&line, US_S("▏ "));
    }
    us_buf_put(&line, text);
    us_buf_put(out, us_screen_fit(a, us_buf_str(&line), width));
}

static void say(const struct us_progress *p, us_str text)
{
    ssize_t n = write(p->cli->err_fd, text.ptr, text.len);
    (void)n; /* the work goes on, seen or not */
}

void us_progress_show(void *ctx, const char *what, int64_t done, int64_t total)
{
    struct us_progress *p = ctx;
    const struct us_lender *lender = p->cli->lender;
    if (lender && lender->watch && lender->watch->progress)
        lender->watch->progress(lender->watch->ctx, what, done, total);
    if (!p->cli->err_terminal) return;
    int64_t now_us = us_cli_clock_us();
    if (!p->what || strcmp(p->what, what) != 0) {
        p->what = what;
        p->started_us = now_us;
        p->first = done;
    } else if (now_us - p->shown_us < SAY_EVERY_US) {
        return;
    }
    double seconds = (double)(now_us - p->started_us) / (double)US_SECOND_US;
    struct us_progress_now now = {.what = what,
        .done = done,
        .total = total,
        .rate = seconds > 0.5 ? (double)(done - p->first) / seconds : 0,
        .bytes = p->bytes};
    us_mark mark = us_arena_mark(p->cli->arena);
    struct us_buf out = us_buf_new(p->cli->arena, OUT_MAX_BYTES);
    us_buf_char(&out, '\r');
    us_progress_line(&out, p->cli->lang, p->cli->width - 1, &now);
    us_buf_put(&out, US_S("\033[K"));
    say(p, us_buf_str(&out));
    us_arena_pop(p->cli->arena, mark);
    p->shown_us = now_us;
    p->shown = true;
}

void us_progress_end(struct us_progress *p)
{
    if (p->shown) say(p, US_S("\r\033[K"));
    p->shown = false;
    p->what = NULL;
}

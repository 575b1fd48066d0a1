#include "cli/html.h"

#include "file/file.h"

enum { PAGE_MAX = 64 << 20 };

/* Numbers right and of one width, a calm line between rows, both schemes of colour. */
static const char style[] =
    ":root{--paper:#fff;--ink:#1b2330;--soft:#5b6675;--line:#dfe4ea;--mark:#2b6cb0;"
    "--other:#c05621;--band:#f5f7fa}"
    "@media(prefers-color-scheme:dark){:root{--paper:#14181f;--ink:#e6eaf0;"
    "--soft:#9aa6b5;--line:#2c3541;--mark:#63a4e8;--other:#f0955a;--band:#1b212a}}"
    "*{box-sizing:border-box}"
    "body{margin:0;background:var(--paper);color:var(--ink);"
    "font:16px/1.55 system-ui,-apple-system,'Segoe UI','Noto Sans','Noto Sans CJK SC',"
    "'Microsoft YaHei',sans-serif}"
    "main{max-width:60rem;margin:0 auto;padding:2rem 1.25rem 4rem}"
    "main.both{max-width:110rem;display:grid;gap:3rem;"
    "grid-template-columns:repeat(auto-fit,minmax(min(100%,34rem),1fr))}"
    "section{min-width:0}"
    "h1{font-size:1.6rem;line-height:1.25;margin:0 0 1rem}"
    "h2{font-size:1.1rem;margin:2rem 0 .6rem}"
    "p{margin:.5rem 0;max-width:46rem}"
    "code{font:.92em ui-monospace,'SF Mono',Consolas,monospace;background:var(--band);"
    "padding:.08em .3em;border-radius:.25em}"
    "pre{font:.9em/1.45 ui-monospace,'SF Mono',Consolas,monospace;"
    "background:var(--band);padding:.8rem 1rem;border-radius:.4em;overflow-x:auto}"
    ".wide{overflow-x:auto;margin:1rem 0}"
    "table{border-collapse:collapse;font-size:.92rem;font-variant-numeric:tabular-nums}"
    "th,td{padding:.32rem .8rem .32rem 0;text-align:left;vertical-align:top;"
    "border-bottom:1px solid var(--line)}"
    "th{color:var(--soft);font-weight:600;border-bottom:2px solid var(--line);"
    "vertical-align:bottom}"
    ".n{text-align:right}.n,.s,.b{white-space:nowrap}.b{color:var(--mark)}"
    "figure{margin:1.5rem 0;overflow-x:auto}"
    "figcaption{font-weight:600;margin-bottom:.4rem}"
    "svg{width:100%;height:auto;min-width:34rem;max-width:46rem;display:block;"
    "font:12px system-ui,sans-serif}"
    "svg text{fill:var(--soft);paint-order:stroke;stroke:var(--paper);stroke-width:3px}"
    "footer{color:var(--soft);font-size:.85rem;margin-top:3rem}"
    "@media print{main,main.both{display:block;max-width:none;padding:0}"
    ".wide,figure{overflow:visible}table{font-size:.72rem}.b{white-space:normal}"
    "th,td{padding-right:.5rem}tr,figure{break-inside:avoid}svg{min-width:0}"
    "section+section{break-before:page}}";

void us_html_put(struct us_buf *out, us_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '<')
            us_buf_put(out, US_S("&lt;"));
        else if (c == '>')
            us_buf_put(out, US_S("&gt;"));
        else if (c == '&')
            us_buf_put(out, US_S("&amp;"));
        else if (c == '"')
            us_buf_put(out, US_S("&quot;"));
        else
            us_buf_char(out, c);
    }
}

void us_html_element(struct us_buf *out, const char *name, us_str text)
{
    bool code = false;
    us_buf_fmt(out, "<%s>", name);
    while (text.len) {
        us_str rest;
        us_str part = us_str_cut(text, '`', &rest);
        bool more = part.len < text.len; /* a backtick followed it */
        us_html_put(out, part);
        if (more) us_buf_put(out, code ? US_S("</code>") : US_S("<code>"));
        if (more) code = !code;
        text = rest;
    }
    if (code) us_buf_put(out, US_S("</code>"));
    us_buf_fmt(out, "</%s>\n", name);
}

static us_code section(struct us_cli *cli, us_lang lang, const char *title,
    const us_arg *args, us_html_say *say, void *ctx, struct us_error *e)
{
    cli->lang = lang;
    us_buf_fmt(cli->out, "<section lang=\"%s\">\n", lang == US_ZH ? "zh-Hans" : "en");
    us_html_element(cli->out, "h1", us_text(cli->arena, lang, title, args));
    US_TRY(say(ctx, e));
    us_buf_put(cli->out, US_S("<footer>"));
    us_say(cli->out, lang, "cli.html_made",
        US_ARGS(US_TEXT("version", US_S(US_VERSION)), US_TIME("now", cli->now)));
    us_buf_put(cli->out, US_S("</footer>\n</section>\n"));
    return US_OK;
}

static us_code sections(struct us_cli *cli, const char *title, const us_arg *args,
    us_html_say *say, void *ctx, struct us_error *e)
{
    us_lang lang = cli->lang;
    us_str name = us_text(cli->arena, lang, title, args);
    us_buf_fmt(cli->out,
        "<!doctype html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\">"
        "<meta name=\"viewport\" "
        "content=\"width=device-width,initial-scale=1\"><title>",
        lang == US_ZH ? "zh-Hans" : "en");
    for (us_str rest = name; rest.len;) /* a title has no marks of code */
        us_html_put(cli->out, us_str_cut(rest, '`', &rest));
    us_buf_fmt(cli->out, "</title><style>%s</style></head>\n<body><main%s>\n", style,
        cli->both ? " class=both" : "");
    us_code code = section(cli, cli->both ? US_EN : lang, title, args, say, ctx, e);
    if (code == US_OK && cli->both)
        code = section(cli, US_ZH, title, args, say, ctx, e);
    cli->lang = lang;
    us_buf_put(cli->out, US_S("</main></body></html>\n"));
    return code;
}

us_code us_html_page(struct us_cli *cli, const char *title, const us_arg *args,
    us_html_say *say, void *ctx, struct us_error *e)
{
    us_str path = us_cli_option(cli, "html");
    struct us_buf page = us_buf_new(cli->arena, PAGE_MAX);
    struct us_buf *out = cli->out;
    bool colour = cli->colour;
    bool terminal = cli->terminal;
    cli->out = &page;
    cli->html = true;
    cli->colour = cli->terminal = false;
    us_code code = sections(cli, title, args, say, ctx, e);
    cli->out = out;
    cli->html = false;
    cli->colour = colour;
    cli->terminal = terminal;
    if (code != US_OK) return code;
    if (page.full)
        return us_fail(
            e, US_LIMIT, "cli.html_much", US_ARGS(US_BYTES("most", PAGE_MAX)));
    US_TRY(us_file_write(path, us_buf_str(&page), e));
    us_cli_say(cli, "cli.html_written", US_ARGS(US_TEXT("file", path)));
    return US_OK;
}

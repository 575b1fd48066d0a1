#include "answer/lag.h"

#include "base/err.h"

void us_lag_put(const struct us_lag *b, struct us_buf *out)
{
    us_buf_put(out, US_S("{\"events\":"));
    if (b->events < 0)
        us_buf_put(out, US_S("null"));
    else
        us_buf_fmt(out, "%lld", (long long)b->events);
    us_buf_fmt(out, ",\"seconds\":%lld}", (long long)(b->us / 1000000));
}

/* The object is open again for one member more. */
static void reopen(struct us_buf *out)
{
    us_str end = US_S("}\n");
    if (out->full) return;
    us_assert(us_str_has_suffix(us_buf_str(out), end));
    out->len -= end.len;
    us_buf_char(out, ',');
}

void us_lag_add(const struct us_lag *b, bool whole, struct us_buf *out)
{
    if (!b->events) return;
    if (whole)
        reopen(out);
    else
        us_buf_char(out, '{');
    us_buf_put(out, US_S("\"behind\":"));
    us_lag_put(b, out);
    us_buf_put(out, US_S("}\n"));
}

void us_server_lag_add(const struct us_server_lag *l, struct us_buf *out)
{
    reopen(out);
    us_buf_put(out, US_S("\"server\":{\"history\":"));
    us_lag_put(&l->history, out);
    us_buf_put(out, US_S(",\"decisions\":"));
    us_lag_put(&l->decisions, out);
    us_buf_put(out, US_S("}}\n"));
}

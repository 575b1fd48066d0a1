/* sql_facts.c: traits and money, as naive.c and money.c state them. */

#include "signal/sql_inner.h"

static bool is_fixed(const struct us_sql *s, us_str key)
{
    for (size_t i = 0; i < s->of->fixed_count; i++)
        if (us_str_eq(s->of->fixed[i], key)) return true;
    return false;
}

/* The newest by happened, then from_known; equal in both, the greatest value: text,
 * then number, then condition, then none. */
void us_sql_trait(struct us_sql *s, uint32_t node, struct us_buf *out)
{
    const struct us_node *n = &s->plan->nodes[node];
    const struct us_need *need = &s->plan->need;
    bool user = n->scope == US_PER_USER;
    us_str key = user ? need->user_traits[n->trait] : need->account_traits[n->trait];
    const char *keys = us_sql_keys_of_q(n->scope);
    /* What was imported without a date and is named under account.fixed holds for all
     * time, for whoever has the account in the end. */
    bool fixed = !user && is_fixed(s, key);
    const char *always = "r.undated AND r.to_known = TIMESTAMP 'infinity'";
    us_sql_comment_node(s, out, node);
    us_sql_table(out, s->values.refs[node].name);
    us_buf_fmt(out, " AS (\n    SELECT %s, r.number, r.text, r.truth\n    FROM %s q\n",
        keys, user ? "asked_people" : "asked");
    us_buf_fmt(out, "    JOIN seen_%s_traits r ON r.%s = q.%s\n",
        user ? "user" : "account", user ? "person" : "account",
        user ? "person" : "account");
    if (fixed) us_buf_fmt(out, "        AND (r.from_known <= q.t OR %s)", always);
    if (!fixed) us_buf_put(out, US_S("        AND r.from_known <= q.t"));
    us_buf_put(out, US_S(" AND q.t < r.to_known\n"));
    if (user) /* seen while they are one of the account's people */
        us_buf_put(
            out, US_S("    JOIN seen_members p ON p.account = q.account AND p.person = "
                      "q.person\n        AND p.from_known <= q.t AND q.t < "
                      "p.to_known\n"));
    us_buf_put(out, US_S("    WHERE r.trait = "));
    us_sql_text(out, key);
    us_buf_fmt(out,
        "\n    QUALIFY row_number() OVER (PARTITION BY %s ORDER BY r.happened DESC,\n"
        "        ",
        keys);
    if (fixed)
        us_buf_fmt(out, "CASE WHEN %s THEN TIMESTAMP '-infinity' ELSE r.from_known END",
            always);
    if (!fixed)
        us_buf_put(out,
            user ? US_S("greatest(r.from_known, p.from_known)") : US_S("r.from_known"));
    us_buf_put(out, US_S(" DESC, r.text DESC NULLS LAST, r.number DESC NULLS LAST,\n"
                         "        r.truth DESC NULLS LAST) = 1\n),\n"));
}

/* Rates by currency in small letters; of the reporting one, and of none named, none. */
static void rates(struct us_sql *s, struct us_buf *out)
{
    const struct us_sql_source *of = s->of;
    us_sql_comment_key(s, out, "signal.sql_rates", NULL);
    us_buf_put(
        out, US_S("rates AS (\n    SELECT lower(currency) AS currency, "
                  "CAST(rate AS DOUBLE) AS rate\n    FROM (VALUES ('', NULL), ("));
    us_sql_text(out, of->currency);
    us_buf_put(out, US_S(", NULL)"));
    for (size_t i = 0; i < of->rate_count; i++) {
        bool before = us_str_eq_nocase(of->rates[i].currency, of->currency);
        for (size_t k = 0; k < i; k++)
            before |= us_str_eq_nocase(of->rates[i].currency, of->rates[k].currency);
        if (before) continue;
        us_buf_put(out, US_S(", ("));
        us_sql_text(out, of->rates[i].currency);
        us_buf_put(out, US_S(", "));
        us_sql_number(out, of->rates[i].rate, true);
        us_buf_char(out, ')');
    }
    us_buf_put(out, US_S(") v(currency, rate)\n),\n"));
}

static const char money[] =
    "money AS (\n"
    "    SELECT q.account, q.t, p.seq, p.happened, p.status, p.invoice,\n"
    "        p.period_start, p.period_end, p.months,\n"
    "        us_convert(p.amount, c.rate) - us_convert(p.tax, c.rate) AS net\n"
    "    FROM asked q\n"
    "    JOIN seen_payments p ON p.account = q.account AND p.from_known <= q.t\n"
    "        AND q.t < p.to_known\n"
    "    JOIN rates c ON c.currency = p.currency\n"
    "    WHERE us_convert(p.amount, c.rate) IS NOT NULL\n"
    "        AND us_convert(p.tax, c.rate) IS NOT NULL\n"
    "),\n";

/* A row without an invoice is one of its own, from which nothing goes back. */
static const char invoices[] =
    "invoices AS (\n"
    "    SELECT account, t, invoice, brought,\n"
    "        CASE WHEN brought <= 0 THEN 0 WHEN disputed THEN brought\n"
    "            ELSE least(refunded, brought) END AS returned\n"
    "    FROM (SELECT account, t, invoice,\n"
    "            coalesce(sum(net) FILTER (WHERE status = 'paid'), 0) AS brought,\n"
    "            coalesce(sum(net) FILTER (WHERE status = 'refunded'), 0) AS "
    "refunded,\n"
    "            bool_or(status = 'disputed') AS disputed\n"
    "        FROM money WHERE invoice <> '' GROUP BY account, t, invoice)\n"
    "),\n";

static const char recurring[] =
    "recurring AS (\n"
    "    SELECT account, t,\n"
    "        us_units(coalesce(sum(us_divide(kept, months)) FILTER (WHERE covers), 0)) "
    "AS mrr,\n"
    "        us_units(coalesce(sum(us_divide(12 * kept, months)) FILTER (WHERE "
    "covers), "
    "0)) AS arr\n"
    "    FROM (SELECT q.account, q.t, nullif(q.months, 0) AS months,\n"
    "            CASE WHEN coalesce(i.returned, 0) = 0 THEN CAST(q.net AS HUGEINT)\n"
    "                WHEN i.brought = q.net THEN i.brought - i.returned\n"
    "                ELSE us_divide(CAST(q.net AS HUGEINT) * (i.brought - "
    "i.returned),\n"
    "                    i.brought) END AS kept,\n"
    "            q.status = 'paid' AND q.months BETWEEN 1 AND 1200\n"
    "                AND q.period_start < q.period_end\n"
    "                AND CASE WHEN q.happened < q.period_end\n"
    "                    THEN q.period_start <= q.t AND q.t < q.period_end\n"
    "                    ELSE q.period_end <= q.t AND q.t < q.period_end\n"
    "                        + to_months(CAST(q.months AS INTEGER)) END AS covers\n"
    "        FROM money q\n"
    "        LEFT JOIN invoices i USING (account, t, invoice))\n"
    "    GROUP BY account, t\n"
    "),\n";

void us_sql_money(struct us_sql *s, bool monthly, struct us_buf *out)
{
    rates(s, out);
    us_sql_comment_key(
        s, out, "signal.sql_money", US_ARGS(US_TEXT("currency", s->of->currency)));
    us_buf_put(out, us_str_c(money));
    if (!monthly) return;
    us_sql_comment_key(s, out, "signal.sql_invoices", NULL);
    us_buf_put(out, us_str_c(invoices));
    us_sql_comment_key(s, out, "signal.sql_recurring", NULL);
    us_buf_put(out, us_str_c(recurring));
}

/* What of an invoice's net had gone back before a moment. */
static const char paid[] =
    " AS (\n"
    "    SELECT account, t, us_units(sum(part)) AS value FROM (\n"
    "        SELECT q.account, q.t, CASE WHEN q.status = 'paid' THEN q.net\n"
    "            WHEN q.status = 'refunded' AND q.invoice = '' THEN -q.net\n"
    "            ELSE 0 END AS part\n"
    "        FROM money q WHERE {within}\n"
    "        UNION ALL\n"
    "        SELECT account, t, CASE WHEN brought <= 0 THEN 0 ELSE\n"
    "            CASE WHEN disputed < start_t THEN brought\n"
    "                ELSE least(refunded_before, brought) END\n"
    "            - CASE WHEN disputed < end_t THEN brought\n"
    "                ELSE least(refunded, brought) END END\n"
    "        FROM (SELECT q.account, q.t, {start} AS start_t, {end} AS end_t,\n"
    "                coalesce(sum(q.net) FILTER (WHERE q.status = 'paid'), 0) AS "
    "brought,\n"
    "                coalesce(sum(q.net) FILTER (WHERE q.status = 'refunded'\n"
    "                    AND q.happened < {end}), 0) AS refunded,\n"
    "                coalesce(sum(q.net) FILTER (WHERE q.status = 'refunded'\n"
    "                    AND q.happened < {start}), 0) AS refunded_before,\n"
    "                min(q.happened) FILTER (WHERE q.status = 'disputed') AS disputed\n"
    "            FROM money q WHERE q.invoice <> '' GROUP BY q.account, q.t, "
    "q.invoice))\n"
    "    GROUP BY account, t\n"
    "),\n";

void us_sql_paid(struct us_sql *s, uint32_t node, struct us_buf *out)
{
    const struct us_node *n = &s->plan->nodes[node];
    bool all = n->window.unit == US_ALL;
    us_str start = US_S("TIMESTAMP '-infinity'");
    us_str end = US_S("TIMESTAMP 'infinity'");
    if (!all) start = us_sql_bucket(s->arena, n->window, n->window.n - 1);
    if (!all) end = us_sql_bucket(s->arena, n->window, -1);
    us_str within = us_arena_fmt(s->arena, "q.happened >= %.*s AND q.happened < %.*s",
        US_ARG(start), US_ARG(end));
    us_sql_comment_node(s, out, node);
    us_sql_table(out, s->values.refs[node].name);
    us_sql_fill(out, us_str_c(paid),
        (const struct us_sql_hole[]){
            {"within", within}, {"start", start}, {"end", end}, {0}});
}

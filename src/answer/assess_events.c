/* assess_events.c: what SQL tells of accounts: when they began and came to each stage,
 * what they are, who asked for a person. */

#include "answer/assess_inner.h"

#include <math.h>
#include <string.h>

/* ---- pieces of SQL ---- */

static void quoted(struct us_buf *out, us_str text)
{
    us_buf_char(out, '\'');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\'') us_buf_char(out, '\'');
        us_buf_char(out, text.ptr[i]);
    }
    us_buf_char(out, '\'');
}

void us_assess_names(
    const struct us_config *c, const us_source *names, size_t count, struct us_buf *out)
{
    us_buf_put(out, US_S(" IN ("));
    for (size_t i = 0; i < count; i++) {
        if (i) us_buf_put(out, US_S(", "));
        quoted(out, names[i].text);
        for (size_t k = 0; k < c->alias_count; k++) {
            const struct us_alias *alias = &c->aliases[k];
            if (!us_str_eq(alias->name.text, names[i].text)) continue;
            for (size_t n = 0; n < alias->count; n++) {
                us_buf_put(out, US_S(", "));
                quoted(out, alias->others[n].text);
            }
        }
    }
    us_buf_char(out, ')');
}

/* Events of accounts that are not ours, by the end of the period. */
static void from_events(const struct us_assessing *g, struct us_buf *sql)
{
    char text[US_TIME_TEXT_MAX];
    us_str until = us_time_write(g->until, text);
    us_buf_fmt(sql,
        " FROM events_now WHERE account IS NOT NULL AND NOT internal AND known <= "
        "TIMESTAMP '%.*s' AND happened <= TIMESTAMP '%.*s'",
        US_ARG(until), US_ARG(until));
}

struct us_buf us_assess_sql_new(const struct us_assessing *g)
{
    return us_buf_new(g->a, US_SQL_BYTES_MAX);
}

us_code us_assess_sql_whole(const struct us_buf *sql, struct us_error *e)
{
    if (!sql->full) return US_OK;
    return us_fail(
        e, US_LIMIT, "answer.assess_names", US_ARGS(US_BYTES("max", US_SQL_BYTES_MAX)));
}

us_code us_assess_sql(struct us_assessing *g, struct us_buf *sql, us_history_row *row,
    void *ctx, struct us_error *e)
{
    US_TRY(us_assess_sql_whole(sql, e));
    return us_history_sql(g->ask->history, us_buf_str(sql), row, ctx, e);
}

static int64_t moment(const struct us_history_cell *cell)
{
    int64_t at = US_NEVER;
    if (!cell->null) us_str_int(cell->text, &at);
    return at;
}

/* ---- when accounts came to each stage ---- */

/* Cells: account, t0, activated, paid, expanded (as far as events tell), prices. */
static us_code account_row(void *ctx, const struct us_history_rows *head,
    const struct us_history_cell *cells, struct us_error *e)
{
    (void)head;
    (void)e;
    struct us_assessing *g = ctx;
    us_intern_put(&g->keys, cells[0].text);
    struct us_assess_account *x = us_push(g->a, g->accounts, g->count, g->cap);
    *x = (struct us_assess_account){.key = us_arena_str(g->a, cells[0].text),
        .segment = UINT32_MAX,
        .reached = {[US_STAGE_SEEN] = moment(&cells[1]),
            [US_STAGE_ACTIVATED] = moment(&cells[2]),
            [US_STAGE_HABITUAL] = US_NEVER,
            [US_STAGE_PAID] = moment(&cells[3]),
            [US_STAGE_EXPANDED] = moment(&cells[4])}};
    us_str_int(cells[5].text, &x->pricing);
    return US_OK;
}

/* When a stage that is an outcome by an event came; NULL of others. */
static void stage_column(
    const struct us_assessing *g, us_stage stage, struct us_buf *sql)
{
    const struct us_config *c = g->ask->rules->config;
    uint32_t outcome = g->out->sources[stage].outcome;
    const struct us_outcome_text *text =
        outcome == US_NODE_NONE ? NULL : &c->outcomes[outcome];
    if (!text || !text->event.text.len) {
        us_buf_put(sql, US_S(", NULL"));
        return;
    }
    us_buf_put(sql, US_S(", list_sort(list(epoch_us(happened)) FILTER (WHERE event"));
    us_assess_names(c, &text->event, 1, sql);
    us_buf_fmt(sql, "))[%lld]", (long long)text->nth);
}

static us_code pricing_column(
    struct us_assessing *g, struct us_buf *sql, struct us_error *e)
{
    const struct us_config *c = g->ask->rules->config;
    const struct us_column path = {US_S("path"), US_STRING};
    us_str column;
    us_buf_put(sql, US_S(", count(*) FILTER (WHERE "));
    if (c->role_count[US_ROLE_PRICING]) {
        us_buf_put(sql, US_S("event"));
        us_assess_names(
            c, c->roles[US_ROLE_PRICING], c->role_count[US_ROLE_PRICING], sql);
    } else {
        US_TRY(us_history_column_names(g->ask->history, &path, 1, &column, e));
        us_buf_fmt(
            sql, "event = 'Page Viewed' AND contains(%.*s, 'pricing')", US_ARG(column));
    }
    us_buf_char(sql, ')');
    return US_OK;
}

static us_code moments(struct us_assessing *g, struct us_error *e)
{
    const struct us_config *c = g->ask->rules->config;
    size_t activated = c->role_count[US_ROLE_ACTIVATED];
    struct us_buf sql = us_assess_sql_new(g);
    us_buf_put(&sql, US_S("SELECT account, epoch_us(min(happened))"));
    if (activated) {
        us_buf_put(&sql, US_S(", epoch_us(min(happened) FILTER (WHERE event"));
        us_assess_names(c, c->roles[US_ROLE_ACTIVATED], activated, &sql);
        us_buf_put(&sql, US_S("))"));
    } else {
        us_buf_put(&sql, US_S(", NULL"));
    }
    stage_column(g, US_STAGE_PAID, &sql);
    stage_column(g, US_STAGE_EXPANDED, &sql);
    US_TRY(pricing_column(g, &sql, e));
    from_events(g, &sql);
    us_buf_put(&sql, US_S(" GROUP BY account ORDER BY account"));
    return us_assess_sql(g, &sql, account_row, g, e);
}

/* Cells: account, the first event of the last week that was needed. */
static us_code habit_row(void *ctx, const struct us_history_rows *head,
    const struct us_history_cell *cells, struct us_error *e)
{
    (void)head;
    (void)e;
    struct us_assessing *g = ctx;
    uint32_t id = us_intern_find(&g->keys, cells[0].text);
    if (id != US_INTERN_NONE)
        g->accounts[id].reached[US_STAGE_HABITUAL] = moment(&cells[1]);
    return US_OK;
}

static us_code habits(struct us_assessing *g, struct us_error *e)
{
    struct us_buf sql = us_assess_sql_new(g);
    us_buf_put(&sql, US_S("WITH e AS (SELECT account, happened"));
    from_events(g, &sql);
    us_buf_fmt(&sql,
        "), s AS (SELECT account, min(happened) AS t0 FROM e GROUP BY account), w AS "
        "(SELECT account, (epoch_us(happened) - epoch_us(t0)) // 604800000000 AS week, "
        "min(happened) AS came FROM e JOIN s USING (account) WHERE happened < t0 + "
        "INTERVAL %d DAY GROUP BY 1, 2) SELECT account, "
        "epoch_us(list_sort(list(came))[%d]) FROM w GROUP BY account HAVING count(*) "
        ">= %d",
        7 * US_HABIT_WEEKS, US_HABIT_WEEKS_LEAST, US_HABIT_WEEKS_LEAST);
    return us_assess_sql(g, &sql, habit_row, g, e);
}

/* ---- which outcomes paid and expanded are ---- */

static uint32_t outcome_named(const struct us_rules *r, const char *name)
{
    for (uint32_t i = 0; i < r->outcome_count; i++)
        if (us_str_eq(r->outcomes[i].name, us_str_c(name))) return i;
    return US_NODE_NONE;
}

static void sources_of(struct us_assessing *g)
{
    const struct us_rules *r = g->ask->rules;
    struct us_assessed *x = g->out;
    const struct us_config *c = r->config;
    uint32_t paid = outcome_named(r, "paid");
    uint32_t expanded = outcome_named(r, "expanded");
    for (uint32_t i = 0; i < r->outcome_count && paid == US_NODE_NONE; i++)
        if (r->outcomes[i].kind == US_OUTCOME_PAYMENT && !r->outcomes[i].channel.len)
            paid = i;
    for (int i = 0; i < US_STAGES; i++)
        x->sources[i].outcome = US_NODE_NONE;
    x->sources[US_STAGE_SEEN].key = "assess.stage_from.seen";
    x->sources[US_STAGE_ACTIVATED].key = "assess.stage_from.activated";
    if (c->role_count[US_ROLE_ACTIVATED])
        x->sources[US_STAGE_ACTIVATED].name = c->roles[US_ROLE_ACTIVATED][0].text;
    x->sources[US_STAGE_HABITUAL].key = "assess.stage_from.habitual";
    x->sources[US_STAGE_PAID] = (struct us_stage_source){
        paid == US_NODE_NONE ? "assess.stage_from.paid" : "assess.stage_from.outcome",
        paid == US_NODE_NONE ? (us_str){0} : r->outcomes[paid].name, paid};
    x->sources[US_STAGE_EXPANDED] = (struct us_stage_source){
        expanded == US_NODE_NONE ? "assess.stage_from.expanded"
                                 : "assess.stage_from.outcome",
        expanded == US_NODE_NONE ? (us_str){0} : r->outcomes[expanded].name, expanded};
}

static int64_t figure(const struct us_assessed *x, const char *key)
{
    const struct us_status_figure *f = us_status_figure(&x->coverage, key);
    return f && f->known ? f->value : 0;
}

/* Of money and deals only where there are any: their absence is no answer. */
static void known_of(struct us_assessing *g)
{
    const struct us_rules *r = g->ask->rules;
    struct us_assessed *x = g->out;
    bool payments = figure(x, "answer.status.payments") > 0;
    bool deals = figure(x, "answer.status.deals") > 0;
    x->known[US_STAGE_SEEN] = x->known[US_STAGE_HABITUAL] = true;
    x->known[US_STAGE_ACTIVATED] = r->config->role_count[US_ROLE_ACTIVATED] > 0;
    for (int i = US_STAGE_PAID; i <= US_STAGE_EXPANDED; i++) {
        uint32_t outcome = x->sources[i].outcome;
        us_outcome_kind kind =
            outcome == US_NODE_NONE ? US_OUTCOME_PAYMENT : r->outcomes[outcome].kind;
        bool dealt = kind == US_OUTCOME_DEAL_CREATED || kind == US_OUTCOME_DEAL_WON;
        x->known[i] = kind == US_OUTCOME_CONDITION || (dealt ? deals : payments);
    }
}

us_code us_assess_events(struct us_assessing *g, struct us_error *e)
{
    sources_of(g);
    known_of(g);
    US_TRY(moments(g, e));
    return habits(g, e);
}

/* ---- segments ---- */

struct segment {
    us_str value;
    int64_t accounts;
};

struct segments {
    struct us_assessing *g;
    struct us_intern values;
    uint32_t *of; /* by account; US_INTERN_NONE: not known */
};

/* Cells: account, the first value known of the trait. */
static us_code segment_row(void *ctx, const struct us_history_rows *head,
    const struct us_history_cell *cells, struct us_error *e)
{
    (void)head;
    (void)e;
    struct segments *s = ctx;
    uint32_t id = us_intern_find(&s->g->keys, cells[0].text);
    if (id != US_INTERN_NONE && !cells[1].null)
        s->of[id] = us_intern_put(&s->values, cells[1].text);
    return US_OK;
}

/* The trait asked for, or plan; none where no account has a plan. */
static us_code segment_trait(struct us_assessing *g, us_str *out, struct us_error *e)
{
    struct us_history_trait *traits;
    size_t count;
    bool asked = g->of->segment.len > 0;
    *out = asked ? g->of->segment : US_S("plan");
    US_TRY(us_history_traits(g->ask->history, g->a, &traits, &count, e));
    us_str *names = us_new(g->a, us_str, count + 1);
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        if (traits[i].user) continue;
        if (us_str_eq(traits[i].key, *out)) return US_OK;
        names[n++] = traits[i].key;
    }
    us_str name = *out;
    *out = (us_str){0};
    if (!asked) return US_OK;
    struct us_buf list = us_buf_new(g->a, US_SQL_BYTES_MAX);
    for (size_t i = 0; i < n && i < US_SEGMENTS_MAX; i++)
        us_buf_fmt(&list, "%s%.*s", i ? ", " : "", US_ARG(names[i]));
    us_str nearest = us_nearest(name, names, n);
    const char *key = nearest.len ? "answer.assess_segment_near"
                      : n         ? "answer.assess_segment"
                                  : "answer.assess_segment_none";
    return us_fail(e, US_NOT_FOUND, key,
        US_ARGS(US_TEXT("trait", name), US_TEXT("nearest", nearest),
            US_TEXT("traits", us_buf_str(&list))));
}

/* The largest first; those past US_SEGMENTS_MAX are one, the last. */
static void segments_order(struct segments *s)
{
    struct us_assessing *g = s->g;
    size_t n = s->values.count;
    struct segment *all = us_new(g->a, struct segment, n + 1);
    uint32_t *place = us_new(g->a, uint32_t, n + 1);
    for (size_t i = 0; i < g->count; i++)
        if (s->of[i] != US_INTERN_NONE)
            all[s->of[i]].accounts++;
        else
            g->out->segment_unknown = true;
    g->out->segments = us_new(g->a, us_str, US_SEGMENTS_MAX + 2);
    size_t shown = n < US_SEGMENTS_MAX ? n : US_SEGMENTS_MAX;
    for (size_t i = 0; i < n; i++)
        place[i] = (uint32_t)shown;
    for (size_t i = 0; i < shown; i++) {
        size_t best = n;
        for (size_t k = 0; k < n; k++) {
            bool more = best == n || all[k].accounts > all[best].accounts;
            if (place[k] == shown && more) best = k;
        }
        place[best] = (uint32_t)i;
        g->out->segments[i] =
            us_arena_str(g->a, us_intern_text(&s->values, (uint32_t)best));
    }
    size_t unknown = shown;
    size_t others = shown + g->out->segment_unknown;
    g->out->segment_others = n > shown;
    g->out->segment_count = others + g->out->segment_others;
    for (size_t i = 0; i < g->count; i++) {
        uint32_t value = s->of[i];
        size_t at = value == US_INTERN_NONE ? unknown : place[value];
        if (value != US_INTERN_NONE && at == shown) at = others;
        g->accounts[i].segment = (uint32_t)at;
    }
}

us_code us_assess_segments(struct us_assessing *g, struct us_error *e)
{
    US_TRY(segment_trait(g, &g->out->segment, e));
    if (!g->out->segment.len) return US_OK;
    struct segments s = {.g = g, .of = us_new(g->a, uint32_t, g->count + 1)};
    us_intern_init(&s.values);
    for (size_t i = 0; i < g->count; i++)
        s.of[i] = US_INTERN_NONE;
    char text[US_TIME_TEXT_MAX];
    us_str until = us_time_write(g->until, text);
    struct us_buf sql = us_assess_sql_new(g);
    us_buf_put(&sql,
        US_S("SELECT account, first(value ORDER BY happened, seq) FROM account_traits "
             "WHERE value IS NOT NULL AND NOT internal AND trait = "));
    quoted(&sql, g->out->segment);
    us_buf_fmt(&sql, " AND known <= TIMESTAMP '%.*s' GROUP BY account ORDER BY account",
        US_ARG(until));
    us_code code = us_assess_sql(g, &sql, segment_row, &s, e);
    if (code == US_OK) segments_order(&s);
    us_intern_done(&s.values);
    return code;
}

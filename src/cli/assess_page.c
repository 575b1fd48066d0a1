#include "cli/assess_page.h"

#include "cli/cells.h"

#include <math.h>

enum { WORDS_MAX = 1 << 14, INDENT = 2 };

typedef const struct us_assess_page page;

const char *us_assess_stage_key(us_stage stage)
{
    static const char *const keys[] = {[US_STAGE_SEEN] = "assess.stage.seen",
        [US_STAGE_ACTIVATED] = "assess.stage.activated",
        [US_STAGE_HABITUAL] = "assess.stage.habitual",
        [US_STAGE_PAID] = "assess.stage.paid",
        [US_STAGE_EXPANDED] = "assess.stage.expanded"};
    return keys[stage];
}

static void say(page *p, const char *key, const us_arg *args)
{
    us_screen_say(p->cli, us_text(p->cli->arena, p->cli->lang, key, args), 0);
}

static void item(page *p, const char *key, const us_arg *args)
{
    us_screen_say(p->cli, us_text(p->cli->arena, p->cli->lang, key, args), INDENT);
}

/* ---- the verdict ---- */

static const char *const row_keys[] = {[US_READY_COVERAGE] = "assess.row.coverage",
    [US_READY_ACTIVATION_DEFINED] = "assess.row.activation_defined",
    [US_READY_ACTIVATION] = "assess.row.activation",
    [US_READY_PRICING] = "assess.row.pricing",
    [US_READY_CHECKOUT] = "assess.row.checkout",
    [US_READY_PAID] = "assess.row.paid",
    [US_READY_HANDS] = "assess.row.hands",
    [US_READY_SIGNS] = "assess.row.signs",
    [US_READY_CONTRACT] = "assess.row.contract",
    [US_READY_ACTIVE] = "assess.row.active",
    [US_READY_ARR] = "assess.row.arr",
    [US_READY_OWNER] = "assess.row.owner",
    [US_READY_DEFINITION] = "assess.row.definition"};

/* What to do about a row that fails, or is not answered. */
static const char *const fix_keys[] = {[US_READY_COVERAGE] = "assess.fix.coverage",
    [US_READY_ACTIVATION_DEFINED] = "assess.fix.activation_defined",
    [US_READY_ACTIVATION] = "assess.fix.activation",
    [US_READY_CHECKOUT] = "assess.fix.checkout",
    [US_READY_PAID] = "assess.fix.paid",
    [US_READY_HANDS] = "assess.fix.hands",
    [US_READY_SIGNS] = "assess.fix.signs",
    [US_READY_CONTRACT] = "assess.fix.contract",
    [US_READY_ACTIVE] = "assess.fix.active",
    [US_READY_OWNER] = "assess.fix.owner",
    [US_READY_DEFINITION] = "assess.fix.definition"};

static const char *const open_keys[] = {[US_READY_COVERAGE] = "assess.open.coverage",
    [US_READY_ACTIVATION] = "assess.open.activation",
    [US_READY_CHECKOUT] = "assess.open.checkout",
    [US_READY_PAID] = "assess.open.paid",
    [US_READY_HANDS] = "assess.open.hands",
    [US_READY_SIGNS] = "assess.open.signs",
    [US_READY_CONTRACT] = "assess.open.contract",
    [US_READY_OWNER] = "assess.open.owner"};

static void verdict(page *p)
{
    static const char *const words[] = {[US_READY_NOT_YET] = "assess.verdict.not_yet",
        [US_READY_PREREQUISITES] = "assess.verdict.prerequisites",
        [US_READY_READY] = "assess.verdict.ready"};
    static const char *const why[] = {[US_READY_NOT_YET] = "assess.why.not_yet",
        [US_READY_PREREQUISITES] = "assess.why.prerequisites",
        [US_READY_READY] = "assess.why.ready"};
    const struct us_readiness *r = &p->x->ready;
    us_screen_heading(p->cli, words[r->verdict], NULL);
    say(p, why[r->verdict], NULL);
    if (r->strong != r->verdict)
        say(p, "assess.guesses", US_ARGS(US_WORD("verdict", words[r->strong])));
    say(p, "assess.period",
        US_ARGS(US_DAY("from", p->x->from), US_DAY("to", p->x->to - 1),
            US_WHOLE("accounts", p->x->study.all.accounts)));
}

static void fixes(page *p)
{
    const struct us_readiness *r = &p->x->ready;
    if (!r->fix_count) return;
    us_buf_char(p->cli->out, '\n');
    us_screen_heading(p->cli, "assess.fix_first", NULL);
    for (size_t i = 0; i < r->fix_count; i++) {
        const char *key =
            i < r->fail_count ? fix_keys[r->fix[i]] : open_keys[r->fix[i]];
        us_str words = us_text(p->cli->arena, p->cli->lang, key, NULL);
        item(p, "assess.fix_line",
            US_ARGS(US_WHOLE("n", i + 1), US_TEXT("words", words)));
    }
}

/* ---- rows ---- */

static void value_put(page *p, struct us_buf *out, us_ready_unit unit, double value)
{
    us_lang lang = p->cli->lang;
    switch (unit) {
    case US_READY_YES:
        us_say(out, lang, value >= 1 ? "assess.yes" : "assess.no", NULL);
        break;
    case US_READY_SHARE: us_say_share(out, lang, value); break;
    case US_READY_WEEKLY:
        us_say(out, lang, "assess.per_week", US_ARGS(us_cell_digits("n", value)));
        break;
    case US_READY_MONEY:
        us_say(out, lang, "assess.money", US_ARGS(us_cell_digits("n", value)));
        break;
    case US_READY_COUNT:
    default: us_say_whole(out, lang, (int64_t)value); break;
    }
}

/* "62 % of 8 (24 % to 91 %)" */
static us_str found_words(
    page *p, const struct us_ready_row *row, const struct us_ready_bar *bar)
{
    struct us_buf out = us_buf_new(p->cli->arena, WORDS_MAX);
    const struct us_ready_found *f = &row->found;
    if (!f->answered) {
        us_say(&out, p->cli->lang, "assess.unanswered", NULL);
        return us_buf_str(&out);
    }
    value_put(p, &out, bar->unit, f->value);
    if (f->n) us_say(&out, p->cli->lang, "assess.of", US_ARGS(US_WHOLE("n", f->n)));
    if (isfinite(f->in.low)) {
        struct us_buf low = us_buf_new(p->cli->arena, WORDS_MAX);
        struct us_buf high = us_buf_new(p->cli->arena, WORDS_MAX);
        bool share = bar->unit == US_READY_SHARE;
        if (share) us_say_share(&low, p->cli->lang, f->in.low);
        if (!share) us_say_real(&low, p->cli->lang, us_two_digits(f->in.low));
        if (share) us_say_share(&high, p->cli->lang, f->in.high);
        if (!share) us_say_real(&high, p->cli->lang, us_two_digits(f->in.high));
        us_say(&out, p->cli->lang, "assess.between",
            US_ARGS(
                US_TEXT("low", us_buf_str(&low)), US_TEXT("high", us_buf_str(&high))));
    }
    if (f->told) us_say(&out, p->cli->lang, "assess.told", NULL);
    return us_buf_str(&out);
}

static us_str bar_words(
    page *p, const struct us_ready_row *row, const struct us_ready_bar *bar)
{
    struct us_buf out = us_buf_new(p->cli->arena, WORDS_MAX);
    if (bar->unit != US_READY_YES) us_buf_put(&out, US_S("≥ "));
    value_put(p, &out, bar->unit, row->bar);
    return us_buf_str(&out);
}

static const char *is_key(const struct us_ready_row *row)
{
    if (row->is == US_READY_UNANSWERED) return "assess.is.unanswered";
    if (row->is == US_READY_PASS)
        return row->sure ? "assess.is.pass" : "assess.is.pass_unsure";
    return row->sure ? "assess.is.fail" : "assess.is.fail_unsure";
}

static us_code rows(page *p, struct us_error *e)
{
    static const struct us_table_column columns[] = {
        {"row", "assess.column_row", US_LEFT},
        {"is", "assess.column_is", US_LEFT},
        {"found", "assess.column_found", US_LEFT},
        {"bar", "assess.column_bar", US_LEFT},
        {"source", "assess.column_source", US_LEFT},
    };
    struct us_table table;
    us_buf_char(p->cli->out, '\n');
    us_screen_heading(p->cli, "assess.rows", NULL);
    us_table_begin(&table, p->cli, columns, sizeof columns / sizeof *columns);
    for (int i = 0; i < US_READY_ROWS; i++) {
        const struct us_ready_row *row = &p->x->ready.rows[i];
        const struct us_ready_bar *bar = &us_ready_bars[i];
        char strength[] = {bar->strength, 0};
        us_str says = us_text(p->cli->arena, p->cli->lang, "assess.says",
            US_ARGS(
                US_TEXT("strength", us_str_c(strength)), US_WORD("who", bar->source)));
        US_TRY(us_table_row(&table,
            US_ARGS(US_WORD("row", row_keys[i]), US_WORD("is", is_key(row)),
                US_TEXT("found", found_words(p, row, bar)),
                US_TEXT("bar", bar_words(p, row, bar)), US_TEXT("source", says)),
            e));
    }
    US_TRY(us_table_end(&table, e));
    say(p, "assess.strengths",
        US_ARGS(US_TEXT("currency", p->x->rules->config->currency)));
    return US_OK;
}

/* ---- coverage ---- */

static us_code coverage(page *p, struct us_error *e)
{
    static const char *const keys[] = {"answer.status.events",
        "answer.status.with_account", "answer.status.internal", "answer.status.users",
        "answer.status.users_mail", "answer.status.free_mail",
        "answer.status.users_company", "answer.status.late", "answer.status.skewed",
        "answer.status.duplicates", "answer.status.dead"};
    static const struct us_table_column columns[] = {
        {"figure", "cli.column_figure", US_LEFT},
        {"value", "cli.column_value", US_RIGHT},
        {"share", "cli.column_share", US_RIGHT},
        {"bar", "assess.column_of_all", US_LEFT},
    };
    struct us_table table;
    us_buf_char(p->cli->out, '\n');
    us_screen_heading(p->cli, "assess.coverage", NULL);
    us_table_begin(&table, p->cli, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const struct us_status_figure *f = us_status_figure(&p->x->coverage, keys[i]);
        us_str bar = f->has_share ? us_cell_bar(p->cli, f->share) : (us_str){0};
        US_TRY(us_table_row(&table,
            US_ARGS(US_WORD("figure", f->key), US_WHOLE("value", f->value),
                us_cell_share("share", f->has_share ? f->share : NAN),
                US_TEXT("bar", bar)),
            e));
    }
    return us_table_end(&table, e);
}

static us_code gates(page *p, struct us_error *e)
{
    static const struct us_table_column columns[] = {
        {"definition", "assess.column_definition", US_LEFT},
        {"trait", "assess.column_trait", US_LEFT},
        {"unknown", "assess.column_unknown", US_RIGHT},
        {"bar", "assess.column_of_all", US_LEFT},
        {"gate", "assess.column_gate", US_LEFT},
    };
    struct us_table table;
    if (!p->x->gate_count) return US_OK;
    us_buf_char(p->cli->out, '\n');
    us_screen_heading(p->cli, "assess.gates", NULL);
    us_table_begin(&table, p->cli, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < p->x->gate_count; i++) {
        const struct us_gate_trait *t = &p->x->gates[i];
        double unknown = t->of ? 1 - (double)t->known / (double)t->of : NAN;
        us_str name = us_arena_fmt(
            p->cli->arena, "%s.%.*s", t->user ? "user" : "account", US_ARG(t->trait));
        us_str gate = p->x->rules->plan->nodes[t->node].source.text;
        US_TRY(us_table_row(&table,
            US_ARGS(US_TEXT("definition", p->x->rules->definitions[t->definition].name),
                US_TEXT("trait", us_screen_clean(p->cli->arena, name)),
                us_cell_share("unknown", unknown),
                US_TEXT("bar", us_cell_bar(p->cli, isnan(unknown) ? 0 : unknown)),
                US_TEXT("gate", us_screen_clean(p->cli->arena, gate))),
            e));
    }
    return us_table_end(&table, e);
}

/* ---- what it rests on ---- */

static void rests(page *p)
{
    us_buf_char(p->cli->out, '\n');
    us_screen_heading(p->cli, "assess.rests", NULL);
    for (size_t i = 0; i < p->x->assumption_count; i++) {
        const struct us_assumption *r = &p->x->assumptions[i];
        us_str words = us_text(p->cli->arena, p->cli->lang, r->key, r->args);
        us_str check = us_text(p->cli->arena, p->cli->lang, r->check, r->args);
        say(p, "assess.rest_line",
            US_ARGS(US_TEXT("words", us_screen_clean(p->cli->arena, words)),
                US_TEXT("check", check)));
        if (!r->command.len) continue;
        us_screen_as_is(
            p->cli, us_arena_fmt(p->cli->arena, "    %.*s\n", US_ARG(r->command)));
    }
}

us_code us_assess_page(page *p, struct us_error *e)
{
    verdict(p);
    fixes(p);
    US_TRY(rows(p, e));
    US_TRY(us_assess_funnel_say(p, e));
    US_TRY(us_assess_leads_say(p, e));
    US_TRY(coverage(p, e));
    US_TRY(gates(p, e));
    rests(p);
    return US_OK;
}

/* discover_write.c: a finding as a gate of a definition in usher.yml. */

#include "cli/discover.h"
#include "cli/write.h"

enum { EXPRESSION_MAX = US_EXPRESSION_BYTES_MAX };

/* "14d", or hours where it is no whole number of days. */
static us_str window_text(struct us_cli *cli, int64_t within)
{
    if (within % US_DAY_US == 0)
        return us_arena_fmt(cli->arena, "%lldd", (long long)(within / US_DAY_US));
    return us_arena_fmt(cli->arena, "%lldh", (long long)(within / US_HOUR_US));
}

/* first(count("Invite Sent", 14d)) >= 3; of weeks, and of pairs, without first(…). */
us_str us_behaviour_gate(struct us_cli *cli, const struct us_discovering *x,
    const struct us_behaviour *is, int64_t within)
{
    struct us_buf out = us_buf_new(cli->arena, EXPRESSION_MAX);
    const us_str *names = x->s.units.names;
    bool pair = is->kind == US_BEHAVIOUR_PAIR;
    bool users = is->kind == US_BEHAVIOUR_USERS;
    bool first = !x->rolling && !pair; /* which takes no seq */
    if (first) us_buf_put(&out, US_S("first("));
    us_buf_put(&out, pair ? US_S("seq(") : users ? US_S("users(") : US_S("count("));
    us_buf_json(&out, names[is->event]);
    if (pair) {
        us_buf_put(&out, US_S(", "));
        us_buf_json(&out, names[is->second]);
    }
    us_buf_fmt(&out, ", %.*s)%s", US_ARG(window_text(cli, within)), first ? ")" : "");
    if (!pair) us_buf_fmt(&out, " >= %u", is->k);
    return us_buf_str(&out);
}

/* Which definition: --into, else the only one of its kind; SIZE_MAX: there is none. */
static us_code definition_asked(
    struct us_cli *cli, const struct us_discovering *x, size_t *out, struct us_error *e)
{
    const struct us_config *c = x->a.w.config;
    us_str into = us_cli_option(cli, "into");
    size_t count = 0;
    us_str *names = us_new(cli->arena, us_str, c->definition_count + 1);
    *out = SIZE_MAX;
    for (size_t i = 0; i < c->definition_count; i++) {
        if (c->definitions[i].pql == x->s.accounts) continue;
        names[count++] = c->definitions[i].name.text;
        bool this_one = !into.ptr || us_str_eq(into, c->definitions[i].name.text);
        if (this_one) *out = i;
    }
    if (!into.ptr && count > 1)
        return us_fail(e, US_USAGE, "cli.discover_into_many",
            US_ARGS(US_WHOLE("n", (int64_t)count), US_TEXT("name", names[0])));
    if (!into.ptr || *out != SIZE_MAX) return US_OK;
    us_str nearest = us_nearest(into, names, count);
    return us_fail(e, US_NOT_FOUND,
        nearest.len ? "cli.discover_into_near" : "cli.discover_into",
        US_ARGS(US_TEXT("name", into), US_TEXT("nearest", nearest)));
}

us_code us_discover_write(
    struct us_cli *cli, struct us_discovering *x, struct us_error *e)
{
    const struct us_config *c = x->a.w.config;
    const struct us_behaviour *is = &x->named_rows[0];
    us_leak leak = x->rolling ? x->rolled.rows[0].leak : x->found.rows[0].leak;
    us_str gate = us_behaviour_gate(cli, x, is, x->s.windows[0]);
    if (leak != US_LEAK_NONE)
        return us_fail(e, US_INPUT, "cli.discover_gate_leak",
            US_ARGS(US_TEXT("gate", gate), US_TEXT("outcome", x->s.outcome)));
    if (is->kind == US_BEHAVIOUR_PAIR)
        return us_fail(
            e, US_INPUT, "cli.discover_gate_pair", US_ARGS(US_TEXT("gate", gate)));
    if (x->s.which == US_UNITS_COMPANIES && c->unit != US_COMPANY)
        return us_fail(e, US_USAGE, "cli.discover_gate_company", NULL);
    struct us_gate_asked asked = {.expression = gate,
        .name = US_S("found"),
        .aim = us_cli_option(cli, "outcome"),
        .pql = !x->s.accounts};
    US_TRY(definition_asked(cli, x, &asked.definition, e));
    uint32_t file = 0;
    us_str text = {0};
    if (!us_config_gate(c, &asked, cli->arena, &file, &text))
        return us_fail(
            e, US_INPUT, "cli.discover_gate_braces", US_ARGS(US_TEXT("gate", gate)));
    us_str path = c->files[file].path;
    struct us_written is_written = {file, text, "cli.discover_gate_wrong"};
    US_TRY(us_workspace_write(cli, &x->a.w, &is_written, e));
    x->wrote = gate;
    x->wrote_into = asked.definition == SIZE_MAX
                        ? asked.name
                        : c->definitions[asked.definition].name.text;
    x->wrote_file = path;
    return US_OK;
}

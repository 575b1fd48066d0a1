/* token.c: who may use the API of the server. */

#include "base/time.h"
#include "cli/states.h"
#include "state/tokens.h"

/* "read,write" or "read write" as words with one space between. */
static us_code scopes_of(struct us_cli *cli, us_str *out, struct us_error *e)
{
    static const us_str known[] = {
        US_S_INIT("read"), US_S_INIT("write"), US_S_INIT("admin")};
    us_str given = us_cli_option(cli, "scopes");
    us_str rest = given.ptr ? given : US_S("read");
    struct us_buf words = us_buf_new(cli->arena, rest.len + 1);
    while (rest.len) {
        us_str word = us_str_trim(us_str_cut(rest, ',', &rest));
        bool good = false;
        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
            good |= us_str_eq(word, known[i]);
        if (!good)
            return us_fail(
                e, US_USAGE, "cli.token_scope", US_ARGS(US_TEXT("given", word)));
        if (words.len) us_buf_char(&words, ' ');
        us_buf_put(&words, word);
    }
    *out = us_buf_str(&words);
    if (!words.len)
        return us_fail(
            e, US_USAGE, "cli.token_scope", US_ARGS(US_TEXT("given", US_S("\"\""))));
    return US_OK;
}

static us_code create(
    struct us_cli *cli, struct us_state *s, us_str name, struct us_error *e)
{
    char text[US_TOKEN_BYTES];
    struct us_state_token token = {.name = name, .created = cli->now};
    US_TRY(scopes_of(cli, &token.scopes, e));
    US_TRY(us_state_token_new(s, &token, text, e));
    if (cli->format == US_FORMAT_JSON) {
        us_buf_put(cli->out, US_S("{\"name\":"));
        us_buf_json(cli->out, token.name);
        us_buf_put(cli->out, US_S(",\"scopes\":"));
        us_buf_json(cli->out, token.scopes);
        us_buf_fmt(cli->out, ",\"token\":\"%s\"}\n", text);
        return US_OK;
    }
    us_cli_say(cli, "cli.token_made",
        US_ARGS(US_TEXT("name", token.name), US_TEXT("scopes", token.scopes)));
    us_screen_as_is(cli, us_arena_fmt(cli->arena, "%s\n", text));
    return US_OK;
}

static us_arg moment(const char *name, int64_t at)
{
    if (at == US_NEVER) return (us_arg)US_NONE(name);
    return (us_arg)US_TIME(name, at);
}

static us_code list(struct us_cli *cli, struct us_state *s, struct us_error *e)
{
    static const struct us_table_column columns[] = {
        {"name", "cli.column_name", US_LEFT},
        {"scopes", "cli.column_scopes", US_LEFT},
        {"created", "cli.column_created", US_LEFT},
        {"used", "cli.column_used", US_LEFT},
        {"revoked", "cli.column_revoked", US_LEFT},
    };
    struct us_state_token_list all = {0};
    struct us_table table;
    if (s) US_TRY(us_state_tokens(s, cli->arena, &all, e));
    us_table_begin(&table, cli, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < all.count; i++) {
        const struct us_state_token *t = &all.items[i];
        const us_arg cells[] = {US_TEXT("name", t->name), US_TEXT("scopes", t->scopes),
            moment("created", t->created), moment("used", t->used),
            moment("revoked", t->revoked), {.name = NULL}};
        US_TRY(us_table_row(&table, cells, e));
    }
    return us_table_end(&table, e);
}

static us_code listed(struct us_cli *cli, struct us_error *e)
{
    struct us_state *s = NULL;
    US_TRY(us_cli_state_if_any(cli, &s, e));
    us_code code = list(cli, s, e);
    us_state_close(s);
    return code;
}

static us_code run(struct us_cli *cli, struct us_error *e)
{
    us_str what = cli->args[0];
    bool makes = us_str_eq(what, US_S("create"));
    bool revokes = us_str_eq(what, US_S("revoke"));
    bool lists = us_str_eq(what, US_S("list"));
    struct us_state *s = NULL;
    if (lists && cli->arg_count == 1) return listed(cli, e);
    if (!(makes || revokes) || cli->arg_count != 2)
        return us_fail(e, US_USAGE, "cli.token_usage", NULL);
    US_TRY(us_cli_state(cli, true, &s, e));
    us_str name = cli->args[1];
    us_code code =
        makes ? create(cli, s, name, e) : us_state_token_revoke(s, name, cli->now, e);
    if (code == US_OK)
        code = us_cli_noted(cli, s,
            (struct us_state_audit){.what = US_S("token"),
                .about = name,
                .details = makes ? US_S("{\"done\":\"create\"}")
                                 : US_S("{\"done\":\"revoke\"}")},
            e);
    us_state_close(s);
    if (code == US_OK && revokes && cli->format == US_FORMAT_PEOPLE)
        us_cli_say(cli, "cli.token_revoked", US_ARGS(US_TEXT("name", name)));
    return code;
}

static const struct us_option options[] = {
    {"scopes", 0, "WORDS", "cli.token_option_scopes"},
    {0},
};

static const struct us_example examples[] = {
    {"usher token create crm_sync --scopes read", "cli.token_example"},
    {"usher token list", NULL},
    {"usher token revoke crm_sync", "cli.token_example_revoke"},
    {0},
};

const struct us_command us_command_token = {
    .name = "token",
    .group = US_GROUP_DATA,
    .summary = "cli.token",
    .about = "cli.token_about",
    .usage = "create|list|revoke [NAME]",
    .args_min = 1,
    .args_max = 2,
    .options = options,
    .examples = examples,
    .run = run,
};

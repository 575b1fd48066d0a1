#include "cli/senders.h"

#include "cli/workspace.h"

#include <stdlib.h>

/* ${NAME} stands for what the environment says, so that usher.yml can be in git. */
static us_str value_of(struct us_cli *cli, us_str text)
{
    bool named =
        us_str_has_prefix(text, US_S("${")) && us_str_has_suffix(text, US_S("}"));
    us_str name = named ? us_str_slice(text, 2, text.len - 1) : (us_str){0};
    return named ? us_str_c(getenv(us_arena_cstr(cli->arena, name))) : text;
}

static us_code secret(
    struct us_cli *cli, us_str text, us_str source, us_str *out, struct us_error *e)
{
    *out = value_of(cli, text);
    if (out->len) return US_OK;
    return us_fail(e, US_USAGE, "cli.serve_secret",
        US_ARGS(US_TEXT("source", source), US_TEXT("name", text)));
}

static us_code webhook(struct us_cli *cli, const struct us_source_text *from,
    struct us_webhook_source *to, struct us_diags *d, struct us_error *e)
{
    us_str *secrets = us_new(cli->arena, us_str, from->secret_count);
    *to = (struct us_webhook_source){
        .name = from->name, .secrets = secrets, .test = !from->production};
    for (size_t i = 0; i < from->secret_count; i++)
        US_TRY(secret(cli, from->secrets[i].text, from->name, &secrets[i], e));
    to->secret_count = from->secret_count;
    if (!from->customers.text.len) return US_OK;
    struct us_customers *known = us_new(cli->arena, struct us_customers, 1);
    to->customers = known;
    us_customers_named(from, cli->dir, d, known);
    return US_OK;
}

us_code us_sources_of(struct us_cli *cli, const struct us_config *c,
    struct us_serve_sources *o, struct us_error *e)
{
    struct us_ingest_source *clients =
        us_new(cli->arena, struct us_ingest_source, c->source_count + 1);
    struct us_ingest_source *records =
        us_new(cli->arena, struct us_ingest_source, c->source_count + 1);
    struct us_webhook_source *webhooks =
        us_new(cli->arena, struct us_webhook_source, c->source_count + 1);
    struct us_diags d = {.arena = cli->arena};
    *o = (struct us_serve_sources){
        .records = records, .clients = clients, .webhooks = webhooks};
    for (size_t i = 0; i < c->source_count; i++) {
        const struct us_source_text *from = &c->sources[i];
        if (from->kind == US_SOURCE_STRIPE) {
            US_TRY(webhook(cli, from, &webhooks[o->webhook_count++], &d, e));
            continue;
        }
        struct us_ingest_source *to = from->kind == US_SOURCE_RECORDS
                                          ? &records[o->record_count++]
                                          : &clients[o->client_count++];
        US_TRY(secret(cli, from->key.text, from->name, &to->key, e));
        to->name = from->name;
        to->test = !from->production;
    }
    o->domains = c->unit == US_COMPANY;
    return us_workspace_mistakes(cli, &d, c, e);
}

void us_sources_close(const struct us_serve_sources *o)
{
    for (size_t i = 0; i < o->webhook_count; i++)
        if (o->webhooks[i].customers) us_customers_close(o->webhooks[i].customers);
}

static void warn_unset(struct us_cli *cli, const us_source *value, struct us_diags *d)
{
    if (!value->text.len || value_of(cli, value->text).len) return;
    us_diag_add(d, value->place, true, "cli.check_unset",
        US_ARGS(US_TEXT("name", value->text)), (us_str){"", 0});
}

void us_sources_unset(struct us_cli *cli, const struct us_config *c, struct us_diags *d)
{
    for (size_t i = 0; i < c->source_count; i++) {
        warn_unset(cli, &c->sources[i].key, d);
        for (size_t k = 0; k < c->sources[i].secret_count; k++)
            warn_unset(cli, &c->sources[i].secrets[k], d);
    }
}

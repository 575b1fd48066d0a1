/* api_admit.c: who may ask what: by a token and its scopes, or, where that was asked
 * for and while there is none in use, from this machine. */

#include "server/api_inner.h"
#include "server/clock.h"
#include "state/tokens.h"

static bool has_word(us_str words, us_str word)
{
    while (words.len)
        if (us_str_eq(us_str_cut(words, ' ', &words), word)) return true;
    return false;
}

static bool in_scope(us_str scopes, enum api_scope wanted)
{
    static const us_str words[] = {
        US_S_INIT("read"), US_S_INIT("write"), US_S_INIT("admin")};
    for (size_t i = wanted; i < sizeof words / sizeof *words; i++)
        if (has_word(scopes, words[i])) return true;
    return false;
}

/* Whether any token is in use. */
static us_code any_token(
    struct us_state *s, struct us_arena *a, bool *any, struct us_error *e)
{
    struct us_state_token_list list;
    US_TRY(us_state_tokens(s, a, &list, e));
    *any = false;
    for (size_t i = 0; i < list.count; i++)
        *any |= list.items[i].revoked == US_NEVER;
    return US_OK;
}

static bool refuse(struct api_asked *q, int status, const char *key)
{
    api_refuse_by(q, status, key, NULL, 0);
    return false;
}

static bool let_in_local(struct api_asked *q)
{
    if (!q->api->o.local) return refuse(q, 401, "server.api_token_none");
    if (!us_http_is_local(q->request)) return refuse(q, 401, "server.api_local");
    q->who = US_S("local");
    if (!atomic_exchange(&q->api->warned, true))
        us_server_say(q->api->log, US_INFO, "server.said_api_local", NULL);
    return true;
}

/* At most once a minute, and never in the way of the answer. */
static void token_used(struct us_api *api, const struct us_state_token *token)
{
    int64_t now = us_server_now();
    struct us_state *s = NULL;
    if (token->used != US_NEVER && now - token->used < US_API_USED_US) return;
    if (us_state_open(api->o.data, true, &s, NULL) != US_OK) return;
    us_code code = us_state_token_used(s, token->id, now, NULL);
    (void)code; /* the next one says it */
    us_state_close(s);
}

static bool let_in_token(struct api_asked *q, struct us_state *s, us_str text)
{
    struct us_state_token token;
    struct us_error why;
    struct us_arena *a = us_http_arena(q->request);
    us_code code = us_state_token_find(s, text, a, &token, &why);
    if (code == US_NOT_FOUND) return refuse(q, 401, "server.api_token_strange");
    if (code != US_OK) {
        api_refuse(q, code, &why);
        return false;
    }
    if (!in_scope(token.scopes, q->door->scope))
        return refuse(q, 403, "server.api_token_scope");
    q->who = token.name;
    token_used(q->api, &token);
    return true;
}

static bool let_in_by(struct api_asked *q, struct us_state *s)
{
    us_str given = us_http_header(q->request, "Authorization");
    us_str text;
    us_str kind = us_str_cut(given, ' ', &text);
    if (us_str_eq_nocase(kind, US_S("Bearer")))
        return let_in_token(q, s, us_str_trim(text));
    bool any = false;
    struct us_error why;
    us_code code = any_token(s, us_http_arena(q->request), &any, &why);
    if (code != US_OK) {
        api_refuse(q, code, &why);
        return false;
    }
    if (any) return refuse(q, 401, "server.api_token_wanted");
    return let_in_local(q);
}

bool api_let_in(struct api_asked *q)
{
    struct us_state *s;
    struct us_error why;
    us_code code = api_state_take(q->api, &s, &why);
    if (code == US_NOT_FOUND) return let_in_local(q);
    if (code != US_OK) {
        api_refuse(q, code, &why);
        return false;
    }
    bool in = let_in_by(q, s);
    api_state_give(q->api, s);
    return in;
}

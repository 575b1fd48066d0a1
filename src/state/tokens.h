/* tokens.h: who may use the API. Of a token's text state has but a hash.
 *
 * Owns, fails and threads: as state.h.
 */
#pragma once

#include "state/state.h"

enum { US_TOKEN_BYTES = 50 }; /* its text, with the NUL: "usher_" and 43 more */

struct us_state_token {
    us_str name, scopes; /* words with spaces between */
    int64_t created;
    int64_t id, used, revoked; /* US_NEVER */
};
struct us_state_token_list {
    struct us_state_token *items;
    size_t count;
};
/* A new one of 32 random bytes. Its text is told this once: only the hash is kept.
 * US_REFUSED "state.token_there" when one of that name is in use. */
us_code us_state_token_new(struct us_state *s, struct us_state_token *token,
    char text[US_TOKEN_BYTES], struct us_error *e);
/* US_NOT_FOUND "state.no_token" when it is none, or revoked. */
us_code us_state_token_find(struct us_state *s, us_str text, struct us_arena *a,
    struct us_state_token *out, struct us_error *e);
us_code us_state_token_used(
    struct us_state *s, int64_t id, int64_t at, struct us_error *e);
us_code us_state_token_revoke(
    struct us_state *s, us_str name, int64_t at, struct us_error *e);
us_code us_state_tokens(struct us_state *s, struct us_arena *a,
    struct us_state_token_list *out, struct us_error *e);

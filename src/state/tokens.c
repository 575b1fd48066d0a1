/* tokens.c: keys of the API. A token is 256 random bits, so its plain hash is enough:
 * there is nothing to guess, and the file tells nobody who reads it. */

#include "state/tokens.h"

#include "state/db.h"

#include <sodium.h>
#include <string.h>

#define PREFIX "usher_"

enum { SECRET_BYTES = 32 };

static us_str hash_of(us_str text, unsigned char into[crypto_hash_sha256_BYTES])
{
    crypto_hash_sha256(into, (const unsigned char *)text.ptr, text.len);
    return (us_str){(const char *)into, crypto_hash_sha256_BYTES};
}

static void make_text(char text[US_TOKEN_BYTES])
{
    unsigned char secret[SECRET_BYTES];
    size_t prefix = sizeof PREFIX - 1;
    us_assert(sodium_init() >= 0);
    randombytes_buf(secret, sizeof secret);
    memcpy(text, PREFIX, prefix);
    sodium_bin2base64(text + prefix, US_TOKEN_BYTES - prefix, secret, sizeof secret,
        sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(secret, sizeof secret);
}
_Static_assert(sizeof PREFIX - 1 +
                       sodium_base64_ENCODED_LEN(
                           SECRET_BYTES, sodium_base64_VARIANT_URLSAFE_NO_PADDING) ==
                   US_TOKEN_BYTES,
    "a token's text has the size that is said");

us_code us_state_token_new(struct us_state *s, struct us_state_token *token,
    char text[US_TOKEN_BYTES], struct us_error *e)
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    make_text(text);
    US_TRY(db_run(s->db,
        "INSERT INTO tokens (name, scopes, hash, created) VALUES (?1, ?2, ?3, ?4) ON "
        "CONFLICT DO NOTHING",
        DB_ARGS(DB_STR(token->name), DB_STR(token->scopes),
            DB_RAW(hash_of(us_str_c(text), hash)), DB_INT(token->created)),
        e));
    if (!db_changed(s->db))
        return us_fail(
            e, US_REFUSED, "state.token_there", US_ARGS(US_TEXT("name", token->name)));
    token->id = db_last_id(s->db);
    token->used = token->revoked = US_NEVER;
    return US_OK;
}

#define COLUMNS "id, name, scopes, created, used, revoked"

static void read_token(const struct db_row *row, struct us_arena *a, void *item)
{
    *(struct us_state_token *)item = (struct us_state_token){
        .id = db_int(row, 0),
        .name = db_kept(row, 1, a),
        .scopes = db_kept(row, 2, a),
        .created = db_int(row, 3),
        .used = db_at(row, 4),
        .revoked = db_at(row, 5),
    };
}

static const struct db_shape shape = {sizeof(struct us_state_token), read_token};

us_code us_state_token_find(struct us_state *s, us_str text, struct us_arena *a,
    struct us_state_token *out, struct us_error *e)
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    struct db_ask ask = {"SELECT " COLUMNS
                         " FROM tokens WHERE hash = ?1 AND revoked IS NULL",
        DB_ARGS(DB_RAW(hash_of(text, hash)))};
    struct db_found found;
    US_TRY(db_list(s->db, &ask, &shape, a, &found, e));
    if (!found.count) return us_fail(e, US_NOT_FOUND, "state.no_token", NULL);
    *out = *(const struct us_state_token *)found.items;
    return US_OK;
}

us_code us_state_token_used(
    struct us_state *s, int64_t id, int64_t at, struct us_error *e)
{
    return db_run(s->db, "UPDATE tokens SET used = ?2 WHERE id = ?1",
        DB_ARGS(DB_INT(id), DB_INT(at)), e);
}

us_code us_state_token_revoke(
    struct us_state *s, us_str name, int64_t at, struct us_error *e)
{
    US_TRY(db_run(s->db,
        "UPDATE tokens SET revoked = ?2 WHERE name = ?1 AND revoked IS NULL",
        DB_ARGS(DB_STR(name), DB_INT(at)), e));
    if (db_changed(s->db)) return US_OK;
    return us_fail(
        e, US_NOT_FOUND, "state.no_token_named", US_ARGS(US_TEXT("name", name)));
}

us_code us_state_tokens(struct us_state *s, struct us_arena *a,
    struct us_state_token_list *out, struct us_error *e)
{
    struct db_ask ask = {"SELECT " COLUMNS " FROM tokens ORDER BY id", NULL};
    struct db_found found;
    US_TRY(db_list(s->db, &ask, &shape, a, &found, e));
    *out = (struct us_state_token_list){found.items, found.count};
    return US_OK;
}

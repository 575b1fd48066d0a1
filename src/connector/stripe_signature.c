/* stripe_signature.c: is it Stripe's. */

#include "connector/stripe.h"

#include <sodium.h>
#include <string.h>

enum {
    SUM_BYTES = crypto_auth_hmacsha256_BYTES,
    HEX_BYTES = 2 * SUM_BYTES,
};

struct header {
    us_str moment; /* t, as it stands */
    int64_t at;    /* seconds */
    unsigned char sums[US_STRIPE_SIGNATURES_MAX][SUM_BYTES];
    size_t count;
};

static int nibble(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

/* Sixty-four small hexadecimal digits; anything else is no signature of ours. */
static bool sum_read(us_str text, unsigned char sum[SUM_BYTES])
{
    if (text.len != HEX_BYTES) return false;
    for (size_t i = 0; i < SUM_BYTES; i++) {
        int high = nibble(text.ptr[2 * i]);
        int low = nibble(text.ptr[2 * i + 1]);
        if (high < 0 || low < 0) return false;
        sum[i] = (unsigned char)(high << 4 | low);
    }
    return true;
}

/* v0 and whatever else may come is passed over. */
static bool header_read(us_str text, struct header *h)
{
    bool dated = false;
    h->count = 0;
    while (text.len) {
        us_str value;
        us_str part = us_str_cut(text, ',', &text);
        us_str name = us_str_trim(us_str_cut(part, '=', &value));
        value = us_str_trim(value);
        if (us_str_eq(name, US_S("t"))) {
            if (dated || !us_str_int(value, &h->at)) return false;
            dated = true;
            h->moment = value;
        }
        bool v1 = us_str_eq(name, US_S("v1"));
        if (v1 && h->count < US_STRIPE_SIGNATURES_MAX)
            h->count += sum_read(value, h->sums[h->count]);
    }
    return dated && h->count > 0;
}

static void sum_of(
    us_str secret, us_str moment, us_str body, unsigned char sum[SUM_BYTES])
{
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, (const unsigned char *)secret.ptr, secret.len);
    crypto_auth_hmacsha256_update(
        &state, (const unsigned char *)moment.ptr, moment.len);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)".", 1);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)body.ptr, body.len);
    crypto_auth_hmacsha256_final(&state, sum);
}

static us_code in_time(const struct header *h, int64_t now, struct us_error *e)
{
    int64_t age = us_floor_div(now, US_SECOND_US) - h->at;
    if (age > US_STRIPE_TOLERANCE_SECONDS)
        return us_fail(e, US_INPUT, "stripe.too_old",
            US_ARGS(US_WHOLE("seconds", age),
                US_WHOLE("most", US_STRIPE_TOLERANCE_SECONDS)));
    if (age < -US_STRIPE_TOLERANCE_SECONDS)
        return us_fail(e, US_INPUT, "stripe.too_early",
            US_ARGS(US_WHOLE("seconds", -age),
                US_WHOLE("most", US_STRIPE_TOLERANCE_SECONDS)));
    return US_OK;
}

us_code us_stripe_verify(us_str header, us_str body, const us_str *secrets,
    size_t secret_count, int64_t now, struct us_error *e)
{
    struct header h = {0};
    bool good = false;
    if (!header.len) return us_fail(e, US_INPUT, "stripe.no_signature", NULL);
    /* Seconds that a moment in microseconds cannot hold are no date. */
    bool read =
        header_read(header, &h) && h.at >= 0 && h.at < US_TIME_MAX / US_SECOND_US;
    if (!read) return us_fail(e, US_INPUT, "stripe.bad_signature", NULL);
    for (size_t i = 0; i < secret_count; i++) {
        unsigned char sum[SUM_BYTES];
        sum_of(secrets[i], h.moment, body, sum);
        for (size_t k = 0; k < h.count; k++)
            good |= sodium_memcmp(sum, h.sums[k], SUM_BYTES) == 0;
    }
    if (!good) return us_fail(e, US_INPUT, "stripe.wrong_signature", NULL);
    return in_time(&h, now, e);
}

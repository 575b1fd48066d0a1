/* api_config.c: what the server runs by, and what it would run by. */

#include "config/config.h"
#include "server/api_inner.h"

us_code api_config_good(struct api_asked *q, us_str text, struct us_error *e)
{
    struct us_arena a;
    struct us_config *config = NULL;
    struct us_rules *rules = NULL;
    us_arena_init(&a, API_MEMORY);
    struct us_diags d = {.arena = &a};
    us_code code = us_config_parse(US_S("config"), text, &a, &d, &config, e);
    if (code == US_OK && d.errors == 0) us_rules_compile(config, &a, &d, &rules);
    if (code == US_OK && d.errors) {
        struct us_buf words = us_buf_new(us_http_arena(q->request), API_WORDS_BYTES);
        us_diags_print(&d, config, US_EN, false, &words);
        code = us_fail(e, US_INPUT, "server.config_wrong",
            US_ARGS(US_TEXT("why", us_buf_str(&words))));
    }
    us_arena_done(&a);
    return code;
}

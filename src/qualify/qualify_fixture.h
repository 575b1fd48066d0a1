/* qualify_fixture.h: a configuration and one account's history, both as text, for
 * tests.
 */
#pragma once

#include "base/err.h"
#include "base/tap.h"
#include "qualify/qualify.h"
#include "signal/case.h"

struct world {
    struct us_arena arena;
    struct us_diags diags;
    struct us_rules *rules;
    struct us_log log;
};

static inline void open_world(struct world *w, const char *yml, const char *history)
{
    *w = (struct world){0};
    us_arena_init(&w->arena, 64 << 20);
    w->diags.arena = &w->arena;
    struct us_config *config = NULL;
    struct us_error e = {0};
    us_code code = us_config_parse(
        US_S("usher.yml"), us_str_c(yml), &w->arena, &w->diags, &config, &e);
    us_assert(code == US_OK && config);
    us_rules_compile(config, &w->arena, &w->diags, &w->rules);
    if (history) us_case_read(w->rules->plan, us_str_c(history), &w->arena, &w->log);
}

static inline void close_world(struct world *w)
{
    us_arena_done(&w->arena);
}

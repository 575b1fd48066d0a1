/* config_test.h: what the parts of config's test share. */
#pragma once

#include "base/hash.h"
#include "base/tap.h"
#include "config/config.h"

struct proof {
    struct us_tap t;
    struct us_intern seen; /* every key a mistake was told with */
    struct us_arena a;
    struct us_diags d;
    struct us_config *c;
};

/* Reads text as t.yml into p->c and p->d, afresh. */
static inline bool proof_parse(struct proof *p, us_str text)
{
    struct us_error e = {0};
    us_arena_reset(&p->a);
    p->d = (struct us_diags){.arena = &p->a};
    p->c = NULL;
    us_code code = us_config_parse(US_S("t.yml"), text, &p->a, &p->d, &p->c, &e);
    for (size_t i = 0; i < p->d.count && i < US_DIAGS_MAX; i++)
        us_intern_put(&p->seen, us_str_c(p->d.items[i].key));
    return code == US_OK;
}

void proof_mistakes(struct proof *p);
void proof_print(struct proof *p);
void proof_files(struct proof *p);

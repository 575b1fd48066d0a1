/* signal_test.h: what the parts of signal's test share. */
#pragma once

#include "base/hash.h"
#include "base/tap.h"
#include "signal/case.h"
#include "signal/compile.h"

struct proof {
    struct us_tap t;
    struct us_intern seen; /* every key a mistake was told with */
    struct us_arena a;
    struct us_diags d;
    struct us_config c;
    struct us_plan *plan;
};

/* An empty plan, or one with signals: lines of "name: expression"; a line that begins
 * with "user " is of a person. */
void proof_open(struct proof *p, const char *signals);

/* An expression at line 7, column 5; its node. */
uint32_t proof_add(struct proof *p, const char *text, us_kind want, us_scope scope);

/* The value of an expression on a history, for one person when user is given. */
us_value proof_value(struct proof *p, const char *history, const char *expr,
    const char *user, const char *at);

/* Check that a value is what a case would write so; says what it was. */
void proof_same(struct proof *p, us_value found, const char *want, const char *what);

us_str proof_print(struct proof *p, uint32_t node, bool signals);

void proof_expressions(struct proof *p);
void proof_mistakes(struct proof *p);
void proof_values(struct proof *p);
void proof_money(struct proof *p);
void proof_random(struct proof *p);

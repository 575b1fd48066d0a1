/* compile.h: what the parts of the compiler share. Inside this folder only. */
#pragma once

#include "qualify/qualify.h"

struct us_build {
    const struct us_config *c;
    struct us_arena *a;
    struct us_diags *d;
    struct us_rules *r;
};

void us_build_outcomes(struct us_build *b);

/* An outcome's canonical text. */
void us_outcome_print(
    const struct us_rules *r, const struct us_outcome *o, struct us_buf *out);

/* canon and version of a definition whose expressions are compiled. */
void us_build_version(struct us_build *b, struct us_definition *def);

/* reach, by_time, and of times what follows from windows; once the plan is complete. */
void us_build_reach(struct us_build *b, struct us_definition *def);
/* Warns where a definition looks further back than events are kept; after all reach. */
void us_build_retention(struct us_build *b);

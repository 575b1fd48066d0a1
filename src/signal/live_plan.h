/* live_plan.h: what the files that make a live plan share. Inside this folder only. */
#pragma once

#include "signal/live_inner.h"

struct us_planning {
    struct us_live_plan *plan;
    struct us_arena *arena;
};

/* What a node that reads rows needs to be kept (live_plan.c). */
void us_planning_leaf(struct us_planning *b, uint32_t node);

/* The conditions below a watched node (live_atoms.c), and once all are known what each
 * source has standing on it. */
void us_planning_watch(struct us_planning *b, const struct us_live_watch *w);
void us_planning_sources(struct us_planning *b);

/* The steps of a condition of numbers (live_reckon.c). */
void us_planning_reckon(struct us_planning *b, struct us_atom *a);

/* Where all lies (live_layout.c). */
void us_planning_layout(struct us_planning *b);

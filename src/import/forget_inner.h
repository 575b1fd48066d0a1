/* forget_inner.h: what the files of forget share. */
#pragma once

#include "import/ageing.h"
#include "import/person.h"

/* Whether a line stays, by a plan. */
struct forget_judge {
    struct us_person *person;
    struct us_ageing *ageing;
    struct us_arena memory; /* texts of a scan that are changed */
};
us_code forget_judge_new(const struct us_forget *f, struct us_history *history,
    struct forget_judge *out, struct us_error *e);
void forget_judge_done(struct forget_judge *j);
us_person_verdict forget_judge_line(
    struct forget_judge *j, char *line, size_t len, us_line_type *type);

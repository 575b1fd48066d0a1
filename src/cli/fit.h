/* fit.h: what the files of `usher fit` share. */
#pragma once

#include "cli/study.h"
#include "study/fit.h"

/* --write: what was put where. */
struct us_fit_wrote {
    bool asked, same;    /* same: all of it stood there already */
    us_str file, before; /* path, and the text it had */
    us_str definition, axis;
    struct us_score_put put;
    const us_str *signals; /* added */
    size_t signal_count;
};

struct us_fitting {
    struct us_asked a;
    struct us_studied s;
    struct us_fit_asked q;
    struct us_fitted f;
    struct us_fit_wrote wrote;
};

/* The points into the definition of --write, when it was given. A file that would not
 * load is left as it was. */
us_code us_fit_write(struct us_cli *cli, struct us_fitting *x, struct us_error *e);

/* What changed, for people; as a field of the object that ends in "}\n". */
void us_fit_wrote_say(struct us_cli *cli, const struct us_fitting *x);
void us_fit_wrote_json(const struct us_fitting *x, struct us_buf *out);

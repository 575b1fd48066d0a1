/* review_page.h: what `usher review` says to people. */
#pragma once

#include "answer/review.h"
#include "cli/cli.h"

struct us_review_page {
    struct us_cli *cli;
    const struct us_reviewed *r;
    size_t missed_shown;
};

us_code us_review_page(const struct us_review_page *p, struct us_error *e);

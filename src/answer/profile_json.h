/* profile_json.h: a profile as JSON lines, for programs. */
#pragma once

#include "answer/starter.h"

void us_profile_json(const struct us_profile *p, const struct us_guesses *g,
    const struct us_starter_numbers *n, us_lang lang, struct us_buf *out);

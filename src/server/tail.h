/* tail.h: what the last lines of the journal say. */
#pragma once

#include "event/event.h"
#include "journal/journal.h"

/* The head of a text's last line; false where it has none that can be read. Scratch is
 * the caller's. */
bool us_tail_head(
    struct us_json *json, us_str text, struct us_arena *scratch, struct us_head *out);

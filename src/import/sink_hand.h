/* sink_hand.h: lines handed to a server that holds journal and history, instead of
 * written here. Inside this folder only.
 *
 * Owns:    its lines, until they are handed over. What it is made of stays the sink's.
 * Fails:   as the server's put does; what was gathered is then gone.
 * Threads: one at a time.
 */
#pragma once

#include "import/import.h"
#include "import/print.h"

struct sink_hand;
/* It lies in a. */
struct sink_hand *sink_hand_new(const struct us_import_options *options,
    struct us_print_map *seen, struct us_arena *a);
void sink_hand_done(struct sink_hand *h); /* NULL is fine */

/* One line, unless it was seen; US_IMPORT_HANDED_BYTES of them go together. */
us_code sink_hand_put(struct sink_hand *h, const struct us_head *head, us_str m,
    us_print print, struct us_import_counts *counts, struct us_error *e);
/* All that are left. */
us_code sink_hand_over(struct sink_hand *h, struct us_error *e);

/* print.h: the fingerprints by which lines are known again, as they come and as they
 * stand in the journal.
 *
 * Threads: a printer one at a time.
 */
#pragma once

#include "base/hash.h"
#include "event/event.h"

us_print us_row_print(us_str source, us_line_type type, us_str id);

/* For us_ids_load: ctx of us_printer_line is a printer. */
struct us_printer;
struct us_printer *us_printer_new(void);
void us_printer_free(struct us_printer *p);
bool us_printer_line(void *ctx, us_str line, us_print *out, int64_t *known);

/* sink.h: the pipeline behind an import. See import.h for what it promises. */
#pragma once

#include "import/import.h"
#include "import/print.h"

struct us_sink; /* opaque */

us_code us_sink_open(
    const struct us_import_options *options, struct us_sink **out, struct us_error *e);
void us_sink_close(struct us_sink *s); /* NULL is fine */

/* Add a line, to be dropped when its row turns out to be in the journal already: that
 * is looked up for many rows at once, as each look-up waits for memory. counts->added
 * or duplicates is then raised; us_sink_judge does it for all so far. head->seq is
 * given here (those of dropped lines are not given again). m is minified JSON. */
us_code us_sink_put(struct us_sink *s, struct us_head *head, us_str m, us_print print,
    struct us_import_counts *counts, struct us_error *e);
void us_sink_judge(struct us_sink *s);

/* Of the line just added: what its message says, so that the loader need not parse it
 * again; m is a span of the message's document. Nothing is done when some text of it is
 * no span of m. */
void us_sink_ready(struct us_sink *s, const struct us_message *message,
    const struct us_json_doc *doc, us_str m);

/* About so many rows are coming. */
void us_sink_expect(struct us_sink *s, int64_t rows);

/* Everything put so far is durable, loaded and committed. */
us_code us_sink_flush(struct us_sink *s, struct us_error *e);
struct us_history *us_sink_history(struct us_sink *s);

/* sink.h: the pipeline behind an import. See import.h for what it promises. */
#pragma once

#include "base/hash.h"
#include "import/import.h"

struct us_sink; /* opaque */

us_code us_sink_open(
    const struct us_import_options *options, struct us_sink **out, struct us_error *e);
void us_sink_close(struct us_sink *s); /* NULL is fine */

/* The fingerprint by which a row is known. */
us_print us_row_print(us_str source, us_line_type type, us_str id);

/* Add a line unless its row is in the journal already; *added says which. head->seq is
 * given here. m is minified JSON. */
us_code us_sink_put(struct us_sink *s, struct us_head *head, us_str m, us_print print,
    bool *added, struct us_error *e);

/* Of the line just added: what its message says, so that the loader need not parse it
 * again. Nothing is done when some text of it is no span of m. */
void us_sink_ready(
    struct us_sink *s, const struct us_message *message, us_str properties, us_str m);

/* About so many rows are coming. */
void us_sink_expect(struct us_sink *s, int64_t rows);

/* Everything put so far is durable, loaded and committed. */
us_code us_sink_flush(struct us_sink *s, struct us_error *e);
struct us_history *us_sink_history(struct us_sink *s);

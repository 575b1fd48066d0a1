/* reader.h: the text of a file, plain, .gz or .zst by its first bytes, in a window.
 *
 * The window is a run of unread text with US_JSON_PAD readable bytes after it; take
 * consumes from its front, fill makes it longer. A row that does not fit
 * US_ROW_BYTES_MAX is cut by its reader.
 *
 * Fails:   US_IO with the path; a compressed file that is damaged or ends too early is
 *          US_INPUT "import.damaged" with {path} and {byte} of text.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "json/json.h"

enum { US_ROW_BYTES_MAX = 16 << 20, US_READ_BYTES = 256 << 10 };

struct us_reader; /* opaque */

/* Where the row in hand begins. */
struct us_row_place {
    int64_t line; /* from 1; of CSV the line of the file, not the record */
    int64_t byte; /* from 0, of the text */
};

us_code us_reader_open(us_str path, struct us_reader **out, struct us_error *e);
void us_reader_close(struct us_reader *r); /* NULL is fine */

/* Unread text. *last: nothing follows it in the file. */
us_str us_reader_window(const struct us_reader *r, bool *last);
us_code us_reader_fill(struct us_reader *r, struct us_error *e);
void us_reader_take(struct us_reader *r, size_t bytes);

/* Bytes of text taken so far, and of the file read, with its size (0: not known). */
int64_t us_reader_byte(const struct us_reader *r);
int64_t us_reader_file_byte(const struct us_reader *r);
int64_t us_reader_file_size(const struct us_reader *r);

/* The next line without its end ('\n' or "\r\n"), US_NOT_FOUND at the end. A line over
 * US_ROW_BYTES_MAX comes as its first 64 KB, *cut says so; the rest is skipped. */
us_code us_reader_line(
    struct us_reader *r, us_str *line, bool *cut, struct us_error *e);

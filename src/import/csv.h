/* csv.h: rows of separated values (RFC 4180) from a window of text.
 *
 * A row ends at "\n", "\r\n" or "\r". A field that begins with a quote runs to the
 * closing one, line ends and separators included; a doubled quote in it is one quote.
 * A quote further on in a field is a character like any other.
 *
 * Owns:    nothing; fields are spans of the text, or of the arena where quotes in them
 *          were doubled.
 * Fails:   never: a row that breaks the rules is handed out with its flaw.
 * Threads: any.
 */
#pragma once

#include "base/buf.h"
#include "base/str.h"

#include <stdint.h>

enum { US_CSV_FIELDS_MAX = 512 };

typedef enum us_csv_flaw {
    US_CSV_FINE,
    US_CSV_OPEN, /* a quote that the text ends without closing */
    US_CSV_TAIL, /* text between a closing quote and the separator */
    US_CSV_LONG, /* more than a row may have; set by us_csv_file_next alone */
} us_csv_flaw;

struct us_csv_row {
    us_str fields[US_CSV_FIELDS_MAX]; /* those past the end are counted only */
    size_t count;
    size_t bytes;      /* of text, its line end included */
    us_str raw;        /* without the line end */
    int64_t lines;     /* line ends in it */
    us_csv_flaw flaw;  /* the first one */
    int64_t flaw_line; /* line ends before the quote it is about */
    bool blank;        /* an empty line: one field, empty, without quotes */
};

/* The row at the front of text, which is not empty. False: the text ends before the row
 * does, and `last` does not say that nothing follows. */
bool us_csv_next(
    us_str text, bool last, char separator, struct us_arena *a, struct us_csv_row *row);

/* Passing over a row that is too long to be held, window by window: begin with zeroes.
 * Returns the bytes passed; `done` once the row has ended. */
struct us_csv_skip {
    int where;
    bool done;
    int64_t lines;
};
size_t us_csv_skip(struct us_csv_skip *s, us_str text, bool last, char separator);

/* A row as text that reads back as the same fields; ends in "\n". */
void us_csv_put(struct us_buf *out, char separator, const us_str *fields, size_t count);

/* The separator of a header row: the one of , ; tab and | that gives most columns, the
 * first of equals; 0 when the text ends before the row does. */
char us_csv_separator(us_str text, bool last, struct us_arena *a);

/* csv_file.h: a file of separated values with a header, row by row, each with its
 * place.
 *
 * Owns:    its row; the reader and the arenas are the caller's. A row's texts live
 * until the next one is asked for; scratch is reset then. Fails:   as the reader does.
 * A header that cannot be used is US_INPUT: "import.…" with {path}. Rows do not fail;
 * they have flaws.
 */
#pragma once

#include "import/csv.h"
#include "import/reader.h"

struct us_csv_file {
    struct us_reader *reader;
    struct us_arena *scratch;
    char separator;
    us_str *names; /* of the header, trimmed */
    size_t count;
    struct us_csv_row row;
    int64_t line; /* of the row in hand, from 1 */
    int64_t byte; /* of the text, from 0 */
    int64_t next_line;
    size_t held; /* bytes of the row in hand, still to be taken */
};

us_code us_csv_file_open(struct us_csv_file *f, struct us_reader *reader, us_str path,
    struct us_arena *names, struct us_arena *scratch, struct us_error *e);

/* The next row that is not blank; US_NOT_FOUND at the end. */
us_code us_csv_file_next(struct us_csv_file *f, struct us_error *e);

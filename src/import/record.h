/* record.h: a row of one of usher's own tables, said as a JSON object:
 * {"account":"acme", "at":"2026-01-02","amount":120}. Names of members are those of the
 * table's columns, and so are the rules: what a file's row is judged by, a record is,
 * and becomes the same line.
 *
 * Owns:    nothing; texts lie in the document or the arena.
 * Fails:   US_INPUT, US_LIMIT with the reason.
 * Threads: any.
 */
#pragma once

#include "import/kinds.h"

enum { US_RECORD_BYTES_MAX = 64 << 10, US_RECORD_IGNORED_MAX = 8 };

struct us_record {
    us_str m;
    bool dated;                            /* it says itself when it happened */
    us_str ignored[US_RECORD_IGNORED_MAX]; /* members that mean nothing to the kind */
    size_t ignored_count;
};

us_code us_record_read(const struct us_sheet_kind *kind, const struct us_json_doc *doc,
    uint32_t node, struct us_arena *a, struct us_record *out, struct us_error *e);

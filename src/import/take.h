/* take.h: what the formats share: one file being read, its rows judged and handed on.
 *
 * A format is a function that reads rows from the reader, and for each calls exactly
 * one of us_take_message, us_take_row, us_take_dead.
 */
#pragma once

#include "import/import.h"
#include "import/reader.h"
#include "import/sink.h"

struct us_take {
    const struct us_import_options *options;
    us_str source;
    struct us_sink *sink;
    struct us_json *json;
    struct us_arena *scratch;      /* reset before each row */
    struct us_print_map *ordinals; /* equal rows of this file so far */
    us_str path;                   /* of the file, for people */
    struct us_reader *reader;
    struct us_row_place place;
    struct us_import_counts *counts;
    struct us_import_counts unseen; /* for lines that are not counted as rows */
    int64_t shown_at;               /* bytes at the last progress report */
};

/* The message at a node of doc; row is what counts as its bytes. context and sent are
 * those of the batch it stood in, if any. */
us_code us_take_message(struct us_take *t, const struct us_json_doc *doc, uint32_t node,
    const struct us_head *batch, struct us_error *e);

/* The same when it is known whether a member of it is secret. */
us_code us_take_message_of(struct us_take *t, const struct us_json_doc *doc,
    uint32_t node, const struct us_head *batch, bool secret, struct us_error *e);

/* A typed row, as minified JSON, known at `known`. */
us_code us_take_row(
    struct us_take *t, us_line_type type, us_str m, int64_t known, struct us_error *e);

/* A row that cannot be understood: a dead letter, or in strict mode the error. */
us_code us_take_dead(
    struct us_take *t, us_str row, const struct us_error *why, struct us_error *e);

/* Tell progress from time to time; called once a row. */
void us_take_progress(struct us_take *t);

/* The formats. */
us_code us_take_ndjson(struct us_take *t, struct us_error *e);
us_code us_take_csv(struct us_take *t, struct us_error *e);
us_code us_take_parquet(struct us_take *t, struct us_error *e);

/* import.h: files of others become journal lines, and journal lines history.
 *
 * Three threads work on groups of lines: the caller's reads, judges and places them,
 * one makes them durable, one loads them into history, which commits only what is
 * durable. Killed at any instant, the journal ends in a good group and history in a
 * whole batch; opening again brings history up to the journal, and the same file again
 * adds what is missing and nothing else: a row is known by (source, its id), or by its
 * bytes and its ordinal among equal rows of the file where it has none (semantics 27).
 *
 * Owns:    the workspace's journal and history while open.
 * Fails:   a row that cannot be understood is a dead letter, not a failure, unless
 *          `strict`; failures are those of journal and history, and of reading.
 * Threads: one caller.
 */
#pragma once

#include "config/config.h"
#include "event/event.h"
#include "history/history.h"
#include "journal/journal.h"

enum {
    US_IMPORT_GROUP_BYTES = 16 << 20,
    US_IMPORT_ROW_BYTES = 400,          /* of a typical row, to size tables by */
    US_IMPORT_GROUPS = 6,               /* in flight: what bounds memory */
    US_IMPORT_HANDED_BYTES = 512 << 10, /* so few that clients wait a moment at most */
    US_DEAD_SHOWN_MAX = 20,             /* told to the caller one by one */
    US_IMPORT_FIELDS_MAX = 512,         /* columns of a CSV file */
};

/* One column of a foreign file and what it means here: from "Occurred" to "timestamp".
 */
struct us_column_map {
    us_str from, to;
};

/* A line as it is handed on. */
struct us_import_line {
    struct us_head head; /* with its known; seq is given by who writes it */
    us_str m;
    us_print print;
};

struct us_import_options {
    us_str dir; /* data/ */
    const struct us_history_rules *rules;
    us_str source; /* empty: "import" */
    us_str kind;   /* empty: recognised; else events, accounts, payments … */
    const struct us_column_map *map;
    size_t map_count;
    us_str customers; /* CSV customer,account for Stripe's exports; or empty */
    const us_str
        *periods; /* Stripe's invoices, subscriptions: how long payments last */
    size_t periods_count;
    bool strict;
    int64_t now; /* for rows that have no date of their own; nothing is known later */
    us_history_progress *progress;
    void *ctx;
    /* A server holds journal and history: it makes lines durable,
     * US_IMPORT_HANDED_BYTES of them at a time, and loads them behind. *added: those it
     * had not. NULL: both are this import's own. */
    us_code (*put)(void *ctx, const struct us_import_line *lines, size_t count,
        size_t *added, struct us_error *e);
    void *put_ctx;
    /* Told of the first US_DEAD_SHOWN_MAX dead letters of a file as they are met. */
    void (*dead)(
        void *ctx, us_str file, int64_t line, int64_t byte, const struct us_error *why);
};

struct us_import_counts {
    int64_t lines; /* read; of a CSV file: records without the header */
    int64_t added, duplicates, dead;
    int64_t passed; /* understood, and no fact: an invoice that nobody has paid */
    int64_t bytes;  /* of text */
    us_str kind; /* what the file was taken for: "segment events", "stripe payments" */
};

struct us_import; /* opaque */

us_code us_import_open(const struct us_import_options *options, struct us_import **out,
    struct us_error *e);

/* "-" is standard input. In strict mode the first bad row is the error, with its place.
 * Whatever the error, rows before it, and files before this one, are kept. */
us_code us_import_file(struct us_import *im, us_str path,
    struct us_import_counts *counts, struct us_error *e);

/* Take back a link by the seq of its line (semantics 15). */
us_code us_import_undo(struct us_import *im, int64_t link_seq, struct us_error *e);

/* Lines that somebody else judged: they are durable and loaded when it returns. Those
 * whose print is there already are left out. Texts stay during the call. */
us_code us_import_lines(struct us_import *im, const struct us_import_line *lines,
    size_t count, struct us_import_counts *counts, struct us_error *e);

/* For who asks of it between two calls. */
struct us_history *us_import_history(struct us_import *im);

/* Durable, loaded, committed, settled. */
us_code us_import_finish(struct us_import *im, struct us_error *e);
void us_import_close(struct us_import *im); /* NULL is fine */

/* Derive history anew from the journal (usher rebuild): the old one stays until the new
 * one is whole. The replay store is made anew with it. */
us_code us_import_rebuild(const struct us_import_options *options, struct us_error *e);

/* The same in its two steps, for who goes on using the old one meanwhile. make: of the
 * lines in segments before upto, in a folder of its own under data/. put: in the place
 * of the old one, which nobody has open then. */
us_code us_import_make_anew(
    const struct us_import_options *options, us_pos upto, struct us_error *e);
us_code us_import_put_anew(us_str dir, struct us_error *e);

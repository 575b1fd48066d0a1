/* scan.h: what the bare text of a file shows, below YAML. Internal to config/.
 *
 * Places of bytes; what must hold before YAML is read at all (UTF-8, no controls, no
 * tabs as indentation); and, where YAML stopped, what was probably meant.
 */
#pragma once

#include "config/config.h"

/* Characters from..to, at most to the end of from's line, at least 1. */
uint32_t us_scan_characters(us_str text, size_t from, size_t to);
us_place us_scan_place(us_str text, uint32_t file, size_t from, size_t to);

/* The byte at a line and column (from 1), held within the text and its line. */
size_t us_scan_offset(us_str text, int line, int column);

size_t us_scan_line_end(us_str text, size_t at);

/* Where the value that begins at `at` ends: before its line's end, a comment, blanks.
 */
size_t us_scan_value_end(us_str text, size_t at);

/* Bytes from..to as they would be written in single quotes. */
us_str us_scan_quoted(us_str text, size_t from, size_t to, struct us_arena *a);

/* Whether the character at i moves a terminal's cursor or ends a line unseen. Not \t,
 * \n and \r\n. */
bool us_scan_control(us_str text, size_t i);

/* False when the file cannot be YAML; each reason is a diag. */
bool us_scan_text(us_str text, uint32_t file, struct us_diags *d);

/* YAML ended at byte `at` for the reason libfyaml gave: one diag, in our words. */
void us_scan_syntax(
    us_str text, uint32_t file, size_t at, us_str why, struct us_diags *d);

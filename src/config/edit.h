/* edit.h: pieces put into the text people wrote, all else byte for byte. Internal to
 * config/.
 */
#pragma once

#include "config/config.h"

enum { US_EDIT_TEXT_MAX = US_CONFIG_BYTES_MAX + (64 << 10) };

/* The byte at which a line (from 1) begins. */
size_t us_edit_line(us_str text, uint32_t line);
/* Where the line at byte `at` ends, its end not included. */
size_t us_edit_line_end(us_str text, size_t at);
/* The blanks at the beginning of the line that begins at that byte. */
us_str us_edit_indent(us_str text, size_t line);
/* "\n", or "\r\n" where the file has that. */
const char *us_edit_end_of_line(us_str text);

/* In quotes where YAML would read it otherwise (semantics 32), or a list end it. */
void us_edit_scalar(us_str s, bool listed, struct us_buf *out);

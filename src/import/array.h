/* array.h: a JSON array of messages, element by element, however large it is. */
#pragma once

#include "import/reader.h"

typedef enum us_element {
    US_ELEMENT_MORE,   /* the text ends before the element does */
    US_ELEMENT_WHOLE,  /* it ends at scan.at */
    US_ELEMENT_BROKEN, /* a string holds a line end, which no string does, at scan.at */
} us_element;

/* How far the search for an element's end has come; all zero before its first byte. */
struct us_element_scan {
    size_t at; /* of the text, which may have grown since */
    uint32_t depth;
    bool quoted, escaped;
};

us_element us_element_end(struct us_element_scan *s, us_str text);

/* Who reads an array's elements. */
struct us_array {
    struct us_reader *reader;
    struct us_row_place *place; /* of the reader's next byte; brought up to date */
    /* One element's text; it is readable for US_JSON_PAD bytes past its end. */
    us_code (*one)(void *ctx, us_str text, struct us_error *e);
    /* What is no element: "import.element_open" with its line, "import.array_open", the
     * end of the file, without a text. */
    us_code (*dead)(
        void *ctx, us_str text, const struct us_error *why, struct us_error *e);
    void *ctx;
};

/* Whether the reader's next line begins with an array. */
us_code us_array_at(struct us_reader *reader, bool *array, struct us_error *e);

/* Read it. What follows it stays in the reader. */
us_code us_array_read(const struct us_array *array, struct us_error *e);

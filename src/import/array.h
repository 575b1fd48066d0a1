/* array.h: a JSON array of messages, element by element, however large it is. */
#pragma once

#include "import/take.h"

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

/* The array that begins at the reader's next byte that is no space; `one` judges an
 * element's text. What follows it stays in the reader. */
typedef us_code us_take_one(struct us_take *t, us_str text, struct us_error *e);
us_code us_take_array(struct us_take *t, us_take_one *one, struct us_error *e);

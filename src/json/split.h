/* split.h: the elements of an array, of a text that may be no JSON.
 *
 * So that one element that is broken harms no other: strings and brackets alone are
 * looked at, to any depth, and everything else is left to whoever parses an element by
 * itself. Where the whole is JSON, the elements are exactly the array's.
 *
 * Owns:    nothing; elements are slices of the text, their list is in the arena.
 * Fails:   by false: brackets or quotes do not say where elements end, or there is no
 *          such array.
 * Threads: any.
 */
#pragma once

#include "base/arena.h"
#include "base/str.h"

struct us_json_parts {
    us_str *items; /* without space around; empty where nothing stands */
    size_t count;
    bool more;       /* there were more than so many */
    size_t from, to; /* of the text: what is between the array's brackets */
};

/* Of a text that is an array, or an object with this member, the last of it; its name
 * is met as it is spelled, without escapes. At most `most` elements. */
bool us_json_split(us_str text, us_str member, size_t most, struct us_arena *a,
    struct us_json_parts *out);

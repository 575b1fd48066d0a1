/* person.h: which lines of a journal are one person's, and where others name them.
 *
 * A line is the person's, and goes, when
 *  - a message is by one of their ids: its userId, or without one its anonymousId; of a
 *    machine that others used too, when identity gives the line to them; or it is an
 *    alias or identify that ties such an id;
 *  - a contact, an MQL or an activity has their address, or their id;
 *  - a dead letter names any of their ids or addresses, as nobody can say what else of
 *    theirs it holds.
 * In every other line their addresses are made unreadable wherever they stand, within
 * longer texts too, and so are their ids where they can be told from other words: the
 * whole text, when it has a digit and a letter and four characters or more; within
 * longer texts, eight. Characters become stars, as many as there were, so that no
 * position moves.
 *
 * Owns:    what it is made of is copied.
 * Threads: one at a time.
 */
#pragma once

#include "event/event.h"
#include "history/history.h"

struct us_person;
struct us_person *us_person_new(const struct us_history_circle *circle);
void us_person_free(struct us_person *p); /* NULL is fine */

typedef enum us_person_verdict {
    US_PERSON_STAYS,
    US_PERSON_GOES,
    US_PERSON_MASKED, /* it stays, with stars */
} us_person_verdict;

/* The text in which the next lines lie, in its order; looking for names is fast then.
 */
void us_person_text(struct us_person *p, us_str text);

/* Of one line of it, which has US_JSON_PAD readable bytes after it. *type is set unless
 * it stays. Stars are put in. */
us_person_verdict us_person_judge(
    struct us_person *p, char *line, size_t len, us_line_type *type);

/* Put stars into any text; whether there was anything. */
bool us_person_mask(struct us_person *p, char *text, size_t len);

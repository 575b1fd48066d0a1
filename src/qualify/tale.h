/* tale.h: random definitions and a random account, for tests of executors. Test only.
 *
 * A tale is made of its seed alone: one to three definitions with gates, scores, stay,
 * hold, cooldown, expiry and an aim, sometimes people of them, and the account of a
 * story (signal/story.h) with deals and traits of people besides.
 */
#pragma once

#include "qualify/qualify.h"
#include "signal/story.h"

enum { TALE_TEXT_MAX = 16 << 10 };

struct tale {
    struct story story;
    char text[TALE_TEXT_MAX]; /* the configuration */
    size_t len;
    struct us_rules *rules; /* of it, without mistakes */
    struct us_log *log;     /* of the story */
    int64_t until;          /* some days after its last line */
};

void tale_open(struct tale *tale, uint64_t seed);
void tale_close(struct tale *tale);

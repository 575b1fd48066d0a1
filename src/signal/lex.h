/* lex.h: an expression as tokens. The text is valid UTF-8. */
#pragma once

#include "signal/signals.h"

typedef enum us_token_kind {
    US_TOKEN_END,
    US_TOKEN_NUMBER,
    US_TOKEN_TEXT,   /* in quotes; text is without them and their escapes */
    US_TOKEN_NAME,   /* and the words: and, or, not, in, contains, if, where … */
    US_TOKEN_WINDOW, /* 24h 7d 4w */
    US_TOKEN_MARK,   /* == ( , … */
    US_TOKEN_BAD,    /* bad: the key of what is wrong; instead: what to write */
} us_token_kind;

struct us_token {
    us_token_kind kind;
    uint32_t from, to; /* bytes of the expression */
    us_str text;
    double number;
    us_window window;
    const char *bad;
    us_str instead;
};

struct us_lexer {
    us_str text;
    size_t at;
    struct us_arena *arena;
};

struct us_token us_lex(struct us_lexer *l);

/* Whether s is written bare: a letter or _, then letters, digits or _. Letters of any
 * script count, so 活跃用户 is a name. */
bool us_lex_is_name(us_str s);

/* A word with a meaning of its own, which cannot name a signal or a bare property. */
bool us_lex_is_word(us_str s);

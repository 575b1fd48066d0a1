/* key.h: what may stand in usher.yml, as tables. Internal to config/.
 *
 * A row says what a key is called, which kind of value it takes, within which bounds,
 * what holds without it and the words that explain it. Reading, "did you mean" and the
 * manual all walk these rows; nothing else knows a key's bounds.
 */
#pragma once

#include "config/config.h"

typedef enum us_key_kind {
    US_KEY_TEXT,
    US_KEY_NAME,       /* a-z, 0-9 and _ */
    US_KEY_CHOICE,     /* one of choices */
    US_KEY_BOOL,       /* yes no true false */
    US_KEY_NUMBER,     /* least to most */
    US_KEY_WHOLE,      /* the same, no fraction */
    US_KEY_SHARE,      /* 20%; 0 to 1 in us_yaml.number */
    US_KEY_DAYS,       /* 90d 2w; days in us_yaml.whole */
    US_KEY_SPAN,       /* 12h 14d 2w; microseconds in us_yaml.whole */
    US_KEY_CLOCK,      /* 30m 4h 1d 2bd: a clock of a play */
    US_KEY_RATE,       /* 5/week */
    US_KEY_DATE,       /* 2026-11-23 */
    US_KEY_CODE,       /* `most` capital letters: a currency */
    US_KEY_COUNTRY,    /* DE: a country with public holidays */
    US_KEY_ZONE,       /* Europe/Berlin */
    US_KEY_DOMAIN,     /* ourcompany.com */
    US_KEY_EXPRESSION, /* the signal language, on one line */
    US_KEY_MAP,        /* the keys of `of` */
    US_KEY_NAMED,      /* names of the reader's own, each as the row `of` */
    US_KEY_TABLE,      /* the same with any text for a name */
    US_KEY_LIST,       /* each as the row `of` */
    US_KEY_KINDS
} us_key_kind;

struct us_key {
    const char *name; /* NULL ends a table */
    us_key_kind kind;
    bool required;
    bool brief; /* list: one may stand alone; map: alone, it is the first key */
    const struct us_key *of; /* map: a table; named, table, list: one row */
    const char *choices;     /* words with a blank between */
    double least, most;      /* most 0: no upper bound */
    const char *preset;      /* what holds without it, as written; NULL: nothing */
    const char *about;       /* key of i18n/ */
};

enum { US_SPAN_DAYS_MAX = 3650 };

/* The whole file: a US_KEY_MAP. */
extern const struct us_key us_config_keys;

/* Key of i18n/ for a kind: "a share such as 20%". */
const char *us_key_kind_words(us_key_kind kind);

/* The names of a table into names; how many. Room for US_KEYS_MAX. */
enum { US_KEYS_MAX = 32 };
size_t us_key_names(const struct us_key *table, us_str names[US_KEYS_MAX]);
const struct us_key *us_key_find(const struct us_key *table, us_str name);

/* Kinds of help that need no entry under helps:; ends at a NULL name. */
struct us_help {
    const char *name, *words; /* key of i18n/ */
};
extern const struct us_help us_helps[];

/* Which of the choices text is; -1 when none. */
int us_key_choice(const struct us_key *key, us_str text);

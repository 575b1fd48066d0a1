/* starter_page.h: a configuration as it is written; for starter_*.c alone. */
#pragma once

#include "answer/starter_fit.h"

struct us_page {
    const struct us_starter *s;
    struct us_arena *a;
    struct us_buf *out;
};

/* A comment, indented, broken at 88 columns. */
void us_page_note(struct us_page *p, int indent, const char *key, const us_arg *args);
__attribute__((format(printf, 2, 3))) void us_page_line(
    struct us_page *p, const char *fmt, ...);
void us_page_gap(struct us_page *p);

/* A value as YAML reads it back: as it is, or in single quotes. */
us_str us_page_scalar(struct us_page *p, us_str text);

/* In double quotes, for names that are data. */
us_str us_page_quoted(struct us_page *p, us_str text);

/* The event of a meaning; NULL when none, or without a profile. */
const struct us_profile_event *us_page_event(const struct us_page *p, int meaning);

/* starter_define.c: outcomes:, signals:, user_signals:, qualify: */
void us_page_outcomes(struct us_page *p);
void us_page_signals(struct us_page *p);
void us_page_qualify(struct us_page *p);

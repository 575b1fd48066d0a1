/* yaml.h: a YAML file as a tree that knows its places. Internal to config/.
 *
 * libfyaml reads; its document is gone when this returns. Of YAML we take maps with
 * plain names, lists and scalars. Anchors, aliases, tags and further documents are
 * refused with a message: nobody needs them here, and each has a way to surprise.
 */
#pragma once

#include "config/config.h"

enum {
    US_YAML_DEPTH_MAX = 32,
    US_YAML_NODES_MAX = 100000, /* over all files of a workspace */
};

typedef enum us_yaml_kind { US_YAML_SCALAR, US_YAML_MAP, US_YAML_LIST } us_yaml_kind;

struct us_yaml {
    us_yaml_kind kind;
    bool plain;          /* a scalar without quotes */
    bool lines;          /* a scalar over several lines: | or >, or folded */
    bool flow;           /* inside [ ] or { } */
    bool bad;            /* a mistake was found and told: not to be used */
    us_str text;         /* a scalar's value */
    us_place place;      /* with its quotes */
    us_source source;    /* text, and the place where it begins */
    size_t from, to;     /* bytes of the file, without quotes */
    struct us_yaml *key; /* in a map: what it is called */
    struct us_yaml *first, *last, *next;
    size_t count;
    uint32_t joined; /* the last file whose keys were joined to these */
    /* What check.c read: */
    double number;
    int64_t whole;
};

/* NULL when the file says nothing, or when it is no YAML (then a diag says so and
 * *broken is set). nodes counts over all files. The tree borrows from text. */
struct us_yaml *us_yaml_read(us_str text, uint32_t file, struct us_arena *a,
    struct us_diags *d, size_t *nodes, bool *broken);

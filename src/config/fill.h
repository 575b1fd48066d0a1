/* fill.h: from the checked tree of all files to struct us_config. Internal to config/.
 */
#pragma once

#include "config/check.h"

/* The child called name that can be used; NULL when there is none. */
struct us_yaml *us_fill_get(const struct us_yaml *map, const char *name);

/* The child called name, usable or not. */
struct us_yaml *us_fill_any(const struct us_yaml *map, const char *name);

/* What holds between keys: names that must exist, keys that exclude each other. With
 * whole false some file could not be read, so unknown names are not told. */
void us_rules_check(struct us_check *check, const struct us_yaml *root, bool whole);

/* root may be NULL: everything is as it is without a word. */
void us_fill(struct us_config *c, const struct us_yaml *root, struct us_arena *a);

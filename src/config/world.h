/* world.h: the time zones and countries there are, and which one was meant. */
#pragma once

#include "base/arena.h"
#include "base/str.h"

/* A name of the IANA time zone database ("Europe/Berlin"). */
bool us_zone_known(us_str name);

/* The one that was meant: another spelling, its city alone, an abbreviation or a big
 * city that has no zone of its own, a slip of the pen. Empty when none is near. */
us_str us_zone_nearest(us_str name, struct us_arena *a);

/* A code of ISO 3166-1 ("DE"). */
bool us_country_known(us_str code);

/* The code that was meant: in small letters, by the country's name, by the code of its
 * language, with its letters swapped. Empty when none is near. */
us_str us_country_nearest(us_str text, struct us_arena *a);

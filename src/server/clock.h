/* clock.h: what time it is; the server alone asks. Inside this folder only. */
#pragma once

#include <stdint.h>

int64_t us_server_now(void);   /* microseconds UTC */
int64_t us_server_ticks(void); /* microseconds of a clock that only goes forward */

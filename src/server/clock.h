/* clock.h: what time it is; the server alone asks. Inside this folder only. */
#pragma once

#include <pthread.h>
#include <stdint.h>
#include <time.h>

int64_t us_server_now(void);   /* microseconds UTC */
int64_t us_server_ticks(void); /* microseconds of a clock that only goes forward */
/* So long from now on, for pthread_cond_timedwait by CLOCK_MONOTONIC. */
struct timespec us_server_in_ms(int64_t ms);
/* One that is waited for by that clock. */
void us_server_cond_init(pthread_cond_t *c);

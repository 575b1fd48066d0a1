/* thread.h: what a thread is called, for `top -H` and perf, and how it gives way.
 *
 * Both are courtesies: where the system knows neither, the thread works all the same.
 */
#pragma once

#include <pthread.h>
#include <sys/resource.h>

/* By the thread itself, first of all. name: 15 characters at most. nice: 0 leaves it as
 * it is. Threads it begins are called and give way likewise until they say otherwise.
 */
static inline void us_thread_is(const char *name, int nice)
{
    int named = pthread_setname_np(pthread_self(), name);
    int given = nice ? setpriority(PRIO_PROCESS, 0, nice) : 0; /* Linux: a thread's */
    (void)named;
    (void)given;
}

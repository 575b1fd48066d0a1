/* random_fixture.h: chance for the tests of counts, the same on every machine. */
#pragma once

#include <stdint.h>

/* splitmix64 (Steele, Lea and Flood 2014) */
static inline uint64_t next_random(uint64_t *seed)
{
    *seed += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = *seed;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Above 0 and below 1. */
static inline double uniform(uint64_t *seed)
{
    return ((double)(next_random(seed) >> 11) + 0.5) / 9007199254740992.0;
}

/* simd.h: inside src/json: what C sees of simdjson. Plain enough for C++ to include.
 *
 * Fails:   by verdict; SIMD_MEMORY when memory is out.
 * Owns:    a padded copy of the text, kept and grown, so that what stands behind the
 *          caller's text cannot matter.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct us_json_simd;

typedef enum us_json_verdict { SIMD_REJECT, SIMD_ACCEPT, SIMD_MEMORY } us_json_verdict;

/* The steps of a walk, in text order. The first seven are us_json_kind. */
typedef enum us_json_step {
    STEP_NULL,
    STEP_FALSE,
    STEP_TRUE,
    STEP_NUMBER,
    STEP_STRING,
    STEP_ARRAY,
    STEP_OBJECT,
    STEP_KEY,
    STEP_CLOSE,
} us_json_step;

/* from and to are as in us_json_node; an opening has no `to` yet, a closing no `from`.
 * False refuses the text. */
typedef bool us_json_take(void *into, us_json_step step, uint32_t from, uint32_t to);

struct us_json_simd *us_json_simd_new(void);
void us_json_simd_free(struct us_json_simd *s);
us_json_verdict us_json_simd_walk(struct us_json_simd *s, const char *text, size_t len,
    unsigned depth_max, us_json_take *take, void *into);

#ifdef __cplusplus
}
#endif

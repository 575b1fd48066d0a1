/* health.h: GET /healthz, /readyz and /metrics.
 *
 * /healthz  200 while the process answers.
 * /readyz   200 {"status":"ready"} or "degraded" with reasons, 503 {"status":"unready"}
 *           when events would be refused: stopping, a full disk, a journal that failed
 * a moment ago, a part that is not ready. What only lags (history, a source that fell
 * silent, little disk) is degraded and stays 200: taken out of a load balancer for it,
 * a single server would lose events and never hear a silent source again. /metrics
 * Prometheus's text, version 0.0.4.
 *
 * Threads: those of HTTP.
 */
#pragma once

#include "server/serve.h"
#include "server/sources.h"

#include <stdatomic.h>

enum {
    US_HEALTH_DISK_BYTES = 1 << 30, /* free space below which it is degraded */
    US_HEALTH_FULL_BYTES = 4 << 20, /* … and below which it is unready */
    US_HEALTH_LAG_SECONDS = 60,     /* of history, above which it is degraded */
    US_HEALTH_FAILED_SECONDS = 10,  /* a journal that failed so lately is unready */
};

struct us_health {
    const struct us_serve_options *options;
    struct us_committer *committer;
    struct us_loader *loader;
    struct us_sources *sources;
    struct us_fresh *fresh;
    const struct us_webhook *webhook;
    const struct us_records *records;
    struct us_http *_Atomic http; /* NULL until it is open */
    _Atomic bool stopping, keys;  /* keys: a client needs one */
    int64_t started;
};

/* Handlers take a struct us_health as ctx. */
extern const struct us_http_route us_health_routes[];
extern const size_t us_health_route_count;

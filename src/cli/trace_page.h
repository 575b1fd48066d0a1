/* trace_page.h: a trace for people. */
#pragma once

#include "answer/trace.h"
#include "cli/cli.h"

void us_trace_page(
    struct us_cli *cli, const struct us_ask *ask, const struct us_trace *t);

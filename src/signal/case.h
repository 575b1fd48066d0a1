/* case.h: a small history written by hand, as rows. For tests of executors.
 *
 * One row a line; blank lines are skipped. Times are ISO 8601, UTC.
 *
 *   2026-03-01T09:00 ann "Invite Sent" role="admin" seats=3
 *   2026-03-01T09:00 ann sets title="Head of Data" beta=true
 *   2026-03-01T09:00 account sets plan="pro" seats=
 *   2026-03-01T09:00 account pays 120 tax=20 from=2026-03-01 to=2026-04-01 months=1
 *       invoice="i-1"
 *
 *   2026-03-01T09:00 account deals id="d-1" stage="won" channel="sales" amount=900
 *
 * (the one of money is one line). After the time may stand `known TIME`, from when on
 * the row is seen (else from its own time), and `until TIME`, from when on it is seen
 * no more: it was linked to another account. A value is a number, true, false, text in
 * quotes or nothing (removed). Money is paid by pays, fails, refunds or disputes;
 * rate=no says that its currency has no rate, channel that it came in that way. Text in
 * quotes has no escapes.
 */
#pragma once

#include "signal/signals.h"

/* Panics at a line it cannot read: a case is part of the source. */
void us_case_read(
    const struct us_plan *p, us_str history, struct us_arena *a, struct us_log *out);

/* The person of that key in the log; US_NOBODY when there is none. */
uint32_t us_case_person(const struct us_log *log, us_str key);

/* A moment and a value as cases write them. */
int64_t us_case_time(us_str text);
us_value us_case_value(us_str text);

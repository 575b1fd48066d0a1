-- Every signal of examples/callmemaybe, for every account at the end of every day, by hand
-- from the raw file ({file}): the judge of the evaluator. One column a signal, by name.
WITH raw AS (
    SELECT context.groupId AS account, event, coalesce(userId, anonymousId) AS person,
        properties.calls AS calls, epoch_us("timestamp") // 86400000000 AS day
    FROM read_ndjson('{file}', columns = {type: 'VARCHAR', event: 'VARCHAR',
        userId: 'VARCHAR', anonymousId: 'VARCHAR', "timestamp": 'TIMESTAMP',
        context: 'STRUCT(groupId VARCHAR)', properties: 'STRUCT(calls BIGINT)'})
    WHERE type = 'track'),
days AS (SELECT unnest(range((SELECT min(day) FROM raw), (SELECT max(day) + 1 FROM raw)))
    AS day),
grid AS (SELECT account, day FROM (SELECT DISTINCT account FROM raw), days),
joined AS (
    SELECT g.account, g.day, e.event, e.person, e.calls, e.day AS on_day, g.day - e.day AS ago
    FROM grid g LEFT JOIN raw e ON e.account = g.account AND e.day <= g.day),
base AS (
    SELECT account, day,
        count(*) FILTER (event = 'Seat Activated') AS seats,
        count(*) FILTER (event = 'Seat Activated' AND ago < 14) AS new_seats,
        count(DISTINCT person) FILTER (event = 'Call Out Answered' AND ago < 14) AS callers,
        count(DISTINCT person) FILTER (ago < 14) AS active_users,
        count(DISTINCT on_day) FILTER (ago < 14) AS active_days,
        coalesce(sum(calls) FILTER (event = 'Call In Answered' AND ago < 14), 0) AS answered_in,
        coalesce(sum(calls) FILTER (event = 'Call Out Answered' AND ago < 14), 0)
            AS answered_out,
        coalesce(sum(calls) FILTER (event = 'Call In Missed' AND ago < 14), 0) AS missed_in,
        count(*) FILTER (event = 'Call Out Answered' AND calls >= 50 AND ago < 14)
            AS busy_calls,
        coalesce(sum(calls) FILTER (event IN ('Call Out Answered', 'Call In Answered')
            AND ago < 7), 0) AS calls_this_week,
        coalesce(sum(calls) FILTER (event IN ('Call Out Answered', 'Call In Answered')
            AND ago < 21), 0) AS calls_three_weeks,
        min(ago) AS quiet_days,
        max(ago) FILTER (event = 'Seat Activated') AS first_seat_days,
        count(*) FILTER (event = 'Internal Call Out Answered') > 0 AS ever_internal
    FROM joined GROUP BY account, day)
SELECT account, day, seats, new_seats, callers, active_users, active_days, answered_in,
    answered_out, missed_in,
    missed_in::DOUBLE / nullif((missed_in + answered_in)::DOUBLE, 0) AS missed_share,
    busy_calls, calls_this_week, calls_three_weeks,
    (3 * calls_this_week)::DOUBLE / greatest(calls_three_weeks, 30)::DOUBLE AS growth,
    quiet_days, first_seat_days, ever_internal
FROM base

-- Every signal of examples/onlineretail, for every account at the end of every day, by
-- hand from the raw file ({file}). All of them add up over days, so days come first.
WITH raw AS (
    SELECT context.groupId AS account, event, properties.quantity AS quantity,
        properties.price AS price, epoch_us("timestamp") // 86400000000 AS day
    FROM read_ndjson('{file}', columns = {type: 'VARCHAR', event: 'VARCHAR',
        "timestamp": 'TIMESTAMP', context: 'STRUCT(groupId VARCHAR)',
        properties: 'STRUCT(quantity BIGINT, price DOUBLE)'})
    WHERE type = 'track'),
daily AS (
    SELECT account, day,
        count(*) FILTER (event = 'Order Completed') AS orders,
        count(*) FILTER (event = 'Repeat Order Completed') AS repeats,
        count(*) FILTER (event = 'Product Ordered') AS lines,
        coalesce(sum(quantity) FILTER (event = 'Product Ordered'), 0) AS pieces,
        count(*) FILTER (event = 'Product Ordered' AND quantity >= 48) AS bulk,
        count(*) FILTER (event = 'Product Ordered' AND price < 1 AND quantity > 0) AS cheap,
        count(*) FILTER (event = 'Product Returned') AS returned,
        count(*) FILTER (event = 'Order Cancelled') AS cancelled
    FROM raw WHERE account IS NOT NULL GROUP BY account, day),
days AS (SELECT unnest(range((SELECT min(day) FROM raw), (SELECT max(day) + 1 FROM raw)))
    AS day),
grid AS (SELECT account, day FROM (SELECT DISTINCT account FROM daily), days),
base AS (
    SELECT g.account, g.day,
        coalesce(sum(e.orders) FILTER (g.day - e.day < 90), 0) AS orders,
        coalesce(sum(e.repeats), 0) AS repeat_orders,
        count(*) FILTER (e.orders > 0 AND g.day - e.day < 90) AS order_days,
        coalesce(sum(e.lines) FILTER (g.day - e.day < 30), 0) AS lines_30d,
        coalesce(sum(e.pieces) FILTER (g.day - e.day < 30), 0) AS pieces_30d,
        coalesce(sum(e.bulk) FILTER (g.day - e.day < 90), 0) AS bulk_lines,
        coalesce(sum(e.cheap) FILTER (g.day - e.day < 30), 0) AS cheap_lines,
        coalesce(sum(e.returned) FILTER (g.day - e.day < 90), 0) AS returns,
        coalesce(sum(e.cancelled) FILTER (g.day - e.day < 90), 0) AS cancelled,
        min(g.day - e.day) FILTER (e.orders > 0) AS since_order,
        max(g.day - e.day) FILTER (e.orders > 0) AS customer_days,
        coalesce(sum(e.cancelled), 0) > 0 AS ever_cancelled,
        coalesce(sum(e.pieces) FILTER (g.day - e.day < 90), 0) AS this_quarter,
        coalesce(sum(e.pieces) FILTER (g.day - e.day < 180), 0) AS half_year
    FROM grid g LEFT JOIN daily e ON e.account = g.account AND e.day <= g.day
    GROUP BY g.account, g.day)
SELECT *, (2 * this_quarter)::DOUBLE / greatest(half_year, 100)::DOUBLE AS growth FROM base

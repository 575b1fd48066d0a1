-- Readable views. They are made anew when their text changes, which it does when the list
-- of property columns grows that is put in where a word stands in braces.

-- Arithmetic as usher does it. A number property as it is read; the decimal it is summed
-- as, in millionths; a sum of those as a number; the last digit of each is the same.

CREATE OR REPLACE MACRO us_double(whole) AS CAST(CAST(whole AS VARCHAR) AS DOUBLE);
CREATE OR REPLACE MACRO us_units(millionths) AS us_double(millionths) / 1e6;
CREATE OR REPLACE MACRO us_number(p) AS CAST(CAST(p * 1000000 AS BIGINT) AS DOUBLE) / 1e6;
CREATE OR REPLACE MACRO us_millionths(p) AS CAST(round(us_number(p) * 1e6) AS BIGINT);
CREATE OR REPLACE MACRO us_finite(x) AS CASE WHEN isfinite(x) THEN x END;
CREATE OR REPLACE MACRO us_divide(a, b) AS
    (a + CASE WHEN a < 0 THEN -(b // 2) ELSE b // 2 END) // b;
CREATE OR REPLACE MACRO us_convert(millionths, rate) AS CASE WHEN rate IS NULL THEN millionths
    WHEN abs(round(CAST(millionths AS DOUBLE) * rate)) < 1e18
    THEN CAST(round(CAST(millionths AS DOUBLE) * rate) AS BIGINT) END;

CREATE OR REPLACE VIEW event_log AS
SELECT e.seq, e.happened, e.known, n.name AS event, a.key AS account, p.key AS person,
    p.identified, u.key AS user_id, d.key AS anonymous_id, g.key AS group_id,
    s.name AS source, e.known::DATE - e.happened::DATE > 1 AS late, e.skewed,
    coalesce(p.internal, false) OR coalesce(a.internal, false) AS internal,
    (e.line >> 40)::UINTEGER AS segment, e.line & 1099511627775 AS pos{columns}
FROM events e
LEFT JOIN names n ON n.id = e.name
LEFT JOIN accounts a ON a.id = e.account
LEFT JOIN people p ON p.id = e.person
LEFT JOIN people u ON u.id = e.usr
LEFT JOIN people d ON d.id = e.anon
LEFT JOIN accounts g ON g.id = e.grp
LEFT JOIN sources s ON s.id = e.source;

CREATE OR REPLACE VIEW events_now AS
SELECT e.seq, e.happened, e.known, n.name AS event, a.key AS account, p.key AS person,
    p.identified, s.name AS source, e.known::DATE - e.happened::DATE > 1 AS late,
    e.skewed,
    coalesce(p.internal, false) OR coalesce(a.internal, false) AS internal,
    (e.line >> 40)::UINTEGER AS segment, e.line & 1099511627775 AS pos{columns}
FROM events e
LEFT JOIN event_spans x ON x.seq = e.seq AND x.to_known = TIMESTAMP 'infinity'
LEFT JOIN names n ON n.id = e.name
LEFT JOIN accounts a
    ON a.id = CASE WHEN x.seq IS NULL THEN e.account ELSE x.account END
LEFT JOIN people p
    ON p.id = CASE WHEN x.seq IS NULL THEN e.person ELSE x.person END
LEFT JOIN sources s ON s.id = e.source;

CREATE OR REPLACE VIEW dead_letters AS
SELECT l.* FROM letters l WHERE NOT EXISTS (SELECT 1 FROM retries r WHERE r.letter = l.seq);

CREATE OR REPLACE VIEW links AS
SELECT l.seq, l.known, coalesce(u.known, TIMESTAMP 'infinity') AS undone, l.kind,
    l.from_id, l.to_id,
    CASE WHEN l.kind = 'company' THEN f.key ELSE p.key END AS from_key,
    CASE WHEN l.kind IN ('anonymous', 'alias') THEN q.key ELSE t.key END AS to_key
FROM links_made l
LEFT JOIN (SELECT link, min(known) AS known FROM undos GROUP BY link) u
    ON u.link = l.seq
LEFT JOIN people p ON p.id = l.from_id
LEFT JOIN people q ON q.id = l.to_id
LEFT JOIN accounts f ON f.id = l.from_id
LEFT JOIN accounts t ON t.id = l.to_id;

CREATE OR REPLACE VIEW account_traits AS
SELECT t.seq, t.happened, t.known, t.undated, a.key AS account, t.key AS trait,
    json_extract_string(t.value, '$') AS value, a.internal
FROM traits t JOIN accounts a ON a.id = t.account;

CREATE OR REPLACE VIEW user_traits AS
SELECT t.seq, t.happened, t.known, p.key AS person, p.identified, t.key AS trait,
    json_extract_string(t.value, '$') AS value, p.internal
FROM traits t JOIN people p ON p.id = t.person;

CREATE OR REPLACE VIEW account_traits_now AS
SELECT account, trait, value, happened, internal FROM account_traits
QUALIFY row_number() OVER (PARTITION BY account, trait ORDER BY happened DESC, seq DESC) = 1;

CREATE OR REPLACE VIEW user_traits_now AS
SELECT person, identified, trait, value, happened, internal FROM user_traits
QUALIFY row_number() OVER (
    PARTITION BY person, identified, trait ORDER BY happened DESC, seq DESC) = 1;

-- Rows of one payment_id and status tell of one movement, each of all of it so far: a
-- refund that grows is seen again, larger. Counted is what a row adds to those known
-- before it; one that adds nothing is left out.
CREATE OR REPLACE VIEW payments_counted AS
SELECT * FROM payments WHERE payment_id IS NULL
UNION ALL
SELECT * EXCLUDE (amount_before, tax_before)
    REPLACE ((amount - coalesce(amount_before, 0))::DECIMAL(18, 6) AS amount,
        (tax - coalesce(tax_before, 0))::DECIMAL(18, 6) AS tax)
FROM (SELECT *, max(amount) OVER earlier AS amount_before, max(tax) OVER earlier AS tax_before
    FROM payments WHERE payment_id IS NOT NULL
    WINDOW earlier AS (PARTITION BY account, payment_id, coalesce(lower(status), 'paid')
        ORDER BY known, happened, amount, seq
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))
WHERE amount_before IS NULL OR amount > amount_before;

CREATE OR REPLACE VIEW payments_view AS
SELECT t.* REPLACE (a.key AS account), coalesce(a.internal, false) AS internal
FROM payments_counted t LEFT JOIN accounts a ON a.id = t.account;

CREATE OR REPLACE VIEW deals_view AS
SELECT t.* REPLACE (a.key AS account), coalesce(a.internal, false) AS internal
FROM deals t LEFT JOIN accounts a ON a.id = t.account;

CREATE OR REPLACE VIEW activities_view AS
SELECT t.* REPLACE (a.key AS account), coalesce(a.internal, false) AS internal
FROM activities t LEFT JOIN accounts a ON a.id = t.account;

CREATE OR REPLACE VIEW contacts_view AS
SELECT t.* REPLACE (a.key AS account), coalesce(a.internal, false) AS internal
FROM contacts t LEFT JOIN accounts a ON a.id = t.account;

CREATE OR REPLACE VIEW mqls_view AS
SELECT t.* REPLACE (a.key AS account), coalesce(a.internal, false) AS internal
FROM mqls t LEFT JOIN accounts a ON a.id = t.account;

CREATE OR REPLACE VIEW companies_view AS
SELECT t.* REPLACE (c.key AS company, a.key AS account),
    coalesce(a.internal, false) AS internal
FROM companies t
LEFT JOIN accounts c ON c.id = t.company
LEFT JOIN accounts a ON a.id = t.account;

CREATE OR REPLACE VIEW people_view AS
SELECT p.id, p.key AS person, p.identified, p.internal, p.id IN (SELECT from_id FROM links
    WHERE kind IN ('anonymous', 'alias') AND undone = TIMESTAMP 'infinity') AS merged
FROM people p;

-- Rows as they are seen. A row is seen at t when from_known <= t AND t < to_known; who it
-- belongs to is said for that stretch alone. What `internal` names is left out. A value at
-- t reads these, as `usher sql` does. The tables here hold what links make of lines and
-- people; us_history_seen fills them (seen.c).

CREATE TABLE IF NOT EXISTS line_spans (seq BIGINT, from_known TIMESTAMP,
    to_known TIMESTAMP, person UINTEGER, account UINTEGER);
CREATE OR REPLACE TABLE group_members (account UINTEGER, person UINTEGER,
    from_known TIMESTAMP, to_known TIMESTAMP);
DELETE FROM meta WHERE key = 'seen';
INSERT INTO meta VALUES ('seen', '');

CREATE OR REPLACE VIEW seen_events AS
SELECT e.seq, e.happened, e.from_known, e.to_known, e.account, e.person, n.name AS event{columns}
FROM (
    SELECT *, known AS from_known, TIMESTAMP 'infinity' AS to_known
    FROM events o WHERE NOT EXISTS (FROM event_spans s WHERE s.seq = o.seq)
    UNION ALL
    SELECT o.* REPLACE (s.account AS account, s.person AS person), s.from_known, s.to_known
    FROM event_spans s JOIN events o ON o.seq = s.seq) e
JOIN names n ON n.id = e.name
LEFT JOIN people p ON p.id = e.person
WHERE e.account IS NOT NULL AND coalesce(NOT p.internal, true);

CREATE OR REPLACE VIEW seen_account_traits AS
SELECT t.seq, t.happened, coalesce(s.from_known, t.known) AS from_known,
    coalesce(s.to_known, TIMESTAMP 'infinity') AS to_known,
    coalesce(s.account, t.account) AS account, t.undated, t.key AS trait,
    CASE WHEN t.value LIKE '"%' THEN json_extract_string(t.value, '$') END AS text,
    us_finite(TRY_CAST(t.value AS DOUBLE)) AS number,
    CASE t.value WHEN 'true' THEN true WHEN 'false' THEN false END AS truth
FROM traits t LEFT JOIN line_spans s ON s.seq = t.seq
WHERE t.account IS NOT NULL;

CREATE OR REPLACE VIEW seen_user_traits AS
SELECT t.seq, t.happened, coalesce(s.from_known, t.known) AS from_known,
    coalesce(s.to_known, TIMESTAMP 'infinity') AS to_known,
    coalesce(s.person, t.person) AS person, t.key AS trait,
    CASE WHEN t.value LIKE '"%' THEN json_extract_string(t.value, '$') END AS text,
    us_finite(TRY_CAST(t.value AS DOUBLE)) AS number,
    CASE t.value WHEN 'true' THEN true WHEN 'false' THEN false END AS truth
FROM traits t LEFT JOIN line_spans s ON s.seq = t.seq
JOIN people p ON p.id = coalesce(s.person, t.person)
WHERE t.person IS NOT NULL AND NOT p.internal;

CREATE OR REPLACE VIEW seen_payments AS
SELECT p.seq, p.happened, coalesce(s.from_known, p.known) AS from_known,
    coalesce(s.to_known, TIMESTAMP 'infinity') AS to_known,
    coalesce(s.account, p.account) AS account,
    CASE WHEN coalesce(p.status, '') = '' THEN 'paid'
        WHEN lower(p.status) IN ('paid', 'refunded', 'disputed') THEN lower(p.status)
        ELSE 'failed' END AS status,
    coalesce(p.invoice_id, '') AS invoice, lower(coalesce(p.currency, '')) AS currency,
    CAST(coalesce(p.amount, 0) * 1000000 AS BIGINT) AS amount,
    CAST(coalesce(p.tax, 0) * 1000000 AS BIGINT) AS tax,
    p.period_start, p.period_end, p.months
FROM payments_counted p LEFT JOIN line_spans s ON s.seq = p.seq
WHERE p.account IS NOT NULL;

CREATE OR REPLACE VIEW seen_deals AS
SELECT d.seq, d.happened, coalesce(s.from_known, d.known) AS from_known,
    coalesce(s.to_known, TIMESTAMP 'infinity') AS to_known,
    coalesce(s.account, d.account) AS account
FROM deals d LEFT JOIN line_spans s ON s.seq = d.seq
WHERE d.account IS NOT NULL;

CREATE OR REPLACE VIEW seen_accounts AS
SELECT account, min(from_known) AS from_known, min(deal_known) AS deal_known FROM (
    SELECT account, known AS from_known, NULL AS deal_known FROM events e
    WHERE NOT EXISTS (FROM event_spans s WHERE s.seq = e.seq)
    UNION ALL SELECT account, from_known, NULL FROM event_spans
    UNION ALL SELECT account, from_known, NULL FROM seen_account_traits
    UNION ALL SELECT coalesce(s.account, p.account), coalesce(s.from_known, p.known), NULL
    FROM payments p LEFT JOIN line_spans s ON s.seq = p.seq
    UNION ALL SELECT coalesce(s.account, d.account), NULL, coalesce(s.from_known, d.known)
    FROM deals d LEFT JOIN line_spans s ON s.seq = d.seq)
JOIN accounts a ON a.id = account
WHERE NOT a.internal
GROUP BY account;

-- Who was in an account once is one of its people, but for what a link that was undone had
-- brought about: stretches that do not touch one another.
CREATE OR REPLACE VIEW seen_members AS
SELECT account, person, min(from_known) AS from_known, max(to_known) AS to_known FROM (
    SELECT *, sum(starts) OVER (PARTITION BY account, person ORDER BY from_known, to_known)
        AS stretch FROM (
        SELECT *, CAST(coalesce(from_known > max(to_known) OVER (PARTITION BY account,
            person ORDER BY from_known, to_known ROWS BETWEEN UNBOUNDED PRECEDING AND 1
            PRECEDING), true) AS INTEGER) AS starts FROM (
            SELECT e.account, e.person, min(e.from_known) AS from_known,
                CASE WHEN u.undone IS NULL THEN TIMESTAMP 'infinity' ELSE e.to_known END
                    AS to_known
            FROM seen_events e LEFT JOIN (SELECT DISTINCT min(u.known) AS undone
                FROM undos u JOIN links_made l ON l.seq = u.link GROUP BY u.link) u
                ON u.undone = e.to_known
            WHERE e.person IS NOT NULL
            GROUP BY e.account, e.person, 4
            UNION ALL FROM group_members)))
GROUP BY account, person, stretch;

CREATE OR REPLACE VIEW seen_people AS
SELECT m.account, m.person, p.identified, min(m.from_known) AS from_known FROM (
    SELECT account, person, from_known FROM seen_events
    UNION ALL
    SELECT g.account, g.person, greatest(g.from_known, t.from_known)
    FROM group_members g JOIN seen_user_traits t ON t.person = g.person
        AND t.from_known < g.to_known AND g.from_known < t.to_known) m
JOIN people p ON p.id = m.person
GROUP BY ALL;

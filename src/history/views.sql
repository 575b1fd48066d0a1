-- Readable views. They are made anew when their text changes, which it does when the list
-- of property columns grows that is put in where a word stands in braces.

CREATE OR REPLACE VIEW event_log AS
SELECT e.seq, e.happened, e.known, n.name AS event, a.key AS account, p.key AS person,
    p.identified, u.key AS user_id, d.key AS anonymous_id, g.key AS group_id,
    s.name AS source, e.late, e.skewed,
    coalesce(p.internal, false) OR coalesce(a.internal, false) AS internal,
    e.segment, e.pos{columns}
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
    p.identified, s.name AS source, e.late, e.skewed,
    coalesce(p.internal, false) OR coalesce(a.internal, false) AS internal,
    e.segment, e.pos{columns}
FROM events e
LEFT JOIN event_spans x ON x.seq = e.seq AND x.to_known = TIMESTAMP 'infinity'
LEFT JOIN names n ON n.id = e.name
LEFT JOIN accounts a
    ON a.id = CASE WHEN x.seq IS NULL THEN e.account ELSE x.account END
LEFT JOIN people p
    ON p.id = CASE WHEN x.seq IS NULL THEN e.person ELSE x.person END
LEFT JOIN sources s ON s.id = e.source;

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

-- The first format of data/state.sqlite. Moments are microseconds UTC; NULL is never.

CREATE TABLE transitions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    definition TEXT NOT NULL,
    version TEXT NOT NULL,
    account TEXT NOT NULL,
    user TEXT NOT NULL,
    company TEXT NOT NULL,
    change TEXT NOT NULL,
    ends INTEGER NOT NULL, -- 0 enters, 1 every other change
    t INTEGER NOT NULL,
    since INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    live INTEGER NOT NULL,
    explanation TEXT NOT NULL,
    corrected INTEGER
) STRICT;
CREATE UNIQUE INDEX transitions_once
    ON transitions (definition, account, user, ordinal, ends);
CREATE INDEX transitions_account ON transitions (account, id);
CREATE INDEX transitions_definition ON transitions (definition, id);

CREATE TABLE versions (
    definition TEXT NOT NULL,
    version TEXT NOT NULL,
    canon TEXT NOT NULL,
    text TEXT NOT NULL,
    first_run INTEGER NOT NULL,
    PRIMARY KEY (definition, version)
) STRICT, WITHOUT ROWID;

-- How far whoever reads the journal has come; there is one evaluator.
CREATE TABLE positions (
    reader TEXT NOT NULL PRIMARY KEY,
    segment INTEGER NOT NULL,
    byte INTEGER NOT NULL,
    known INTEGER,
    config TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    created INTEGER NOT NULL,
    status INTEGER NOT NULL, -- us_outbox_status
    due INTEGER NOT NULL,
    done INTEGER,
    attempts INTEGER NOT NULL DEFAULT 0,
    why TEXT NOT NULL DEFAULT '',
    UNIQUE (key, kind)
) STRICT;
CREATE INDEX outbox_due ON outbox (due, id) WHERE status <= 1;
CREATE INDEX outbox_status ON outbox (status, id);

CREATE TABLE plays (
    name TEXT NOT NULL PRIMARY KEY,
    definition TEXT NOT NULL,
    first_seen INTEGER NOT NULL,
    live_from INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE handoffs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    play TEXT NOT NULL,
    definition TEXT NOT NULL,
    version TEXT NOT NULL,
    account TEXT NOT NULL,
    user TEXT NOT NULL,
    company TEXT NOT NULL,
    unit TEXT NOT NULL, -- the company, or the account where there is none
    ordinal INTEGER NOT NULL,
    transition INTEGER, -- NULL: from a backlog
    status TEXT NOT NULL,
    queued INTEGER NOT NULL,
    closed INTEGER,
    UNIQUE (play, definition, account, user, ordinal)
) STRICT;
-- Two reps never get two workspaces of one customer.
CREATE UNIQUE INDEX handoffs_open ON handoffs (unit) WHERE closed IS NULL;

CREATE TABLE backlogs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    play TEXT NOT NULL,
    definition TEXT NOT NULL,
    version TEXT NOT NULL,
    account TEXT NOT NULL,
    user TEXT NOT NULL,
    company TEXT NOT NULL,
    since INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    status INTEGER NOT NULL, -- us_backlog_status
    ended INTEGER,
    handoff INTEGER,
    UNIQUE (play, definition, account, user, ordinal)
) STRICT;
CREATE INDEX backlogs_entry ON backlogs (definition, account, user, ordinal);

-- What a play made of an entry.
CREATE TABLE routings (
    transition INTEGER NOT NULL,
    play TEXT NOT NULL,
    routing INTEGER NOT NULL, -- us_routing
    at INTEGER NOT NULL,
    handoff INTEGER,
    PRIMARY KEY (transition, play)
) STRICT, WITHOUT ROWID;

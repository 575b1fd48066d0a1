-- The second format: what the API keeps.

CREATE TABLE tokens (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    hash BLOB NOT NULL UNIQUE, -- SHA-256 of its text
    created INTEGER NOT NULL,
    used INTEGER,
    revoked INTEGER
) STRICT;
CREATE UNIQUE INDEX tokens_name ON tokens (name) WHERE revoked IS NULL;

CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    args TEXT NOT NULL,
    status INTEGER NOT NULL, -- us_job_status
    done INTEGER NOT NULL DEFAULT 0,
    total INTEGER NOT NULL DEFAULT 0,
    result TEXT NOT NULL DEFAULT '',
    why TEXT NOT NULL DEFAULT '',
    created INTEGER NOT NULL,
    started INTEGER,
    ended INTEGER
) STRICT;
CREATE INDEX jobs_status ON jobs (status, id);

CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    who TEXT NOT NULL,
    what TEXT NOT NULL,
    about TEXT NOT NULL,
    details TEXT NOT NULL
) STRICT;

CREATE TABLE silences (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL,
    since INTEGER NOT NULL,
    noticed INTEGER NOT NULL,
    ended INTEGER
) STRICT;
CREATE UNIQUE INDEX silences_open ON silences (source) WHERE ended IS NULL;

CREATE TABLE replays (
    segment INTEGER NOT NULL,
    byte INTEGER NOT NULL,
    at INTEGER NOT NULL,
    who TEXT NOT NULL,
    taken INTEGER NOT NULL,
    why TEXT NOT NULL,
    PRIMARY KEY (segment, byte)
) STRICT, WITHOUT ROWID;

-- What time alone brought about while a source was silent: told, and handed on when it
-- has been heard again. When it was silent is asked of history.

DROP TABLE silences;
ALTER TABLE transitions ADD COLUMN silent TEXT NOT NULL DEFAULT ''; -- the source
ALTER TABLE backlogs ADD COLUMN silent TEXT NOT NULL DEFAULT ''; -- waits for it
CREATE INDEX backlogs_silent ON backlogs (id) WHERE status = 0 AND silent <> '';

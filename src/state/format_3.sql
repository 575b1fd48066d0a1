-- How far a job is, is asked of the server that runs it; that a dead letter was taken is a
-- line of the journal, and who had it tried again a row of audit.

DROP TABLE replays;
ALTER TABLE jobs DROP COLUMN done;
ALTER TABLE jobs DROP COLUMN total;

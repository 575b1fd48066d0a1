-- Which definitions go on by how accounts stand, for ever: also one whose text is the only
-- one that it ever had, as it was not there for a while.

ALTER TABLE versions ADD COLUMN given INTEGER NOT NULL DEFAULT 0;
UPDATE versions SET given = 1 WHERE definition IN (
    SELECT definition FROM versions GROUP BY definition HAVING count(*) > 1);

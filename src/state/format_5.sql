-- Definitions that go on by how accounts stood: what of a machine its last transition does
-- not say. `entries` is how many there were; after another one the row says nothing.

CREATE TABLE standings (
    definition TEXT NOT NULL,
    account TEXT NOT NULL,
    user TEXT NOT NULL,
    entries INTEGER NOT NULL,
    cooled INTEGER NOT NULL, -- its cooldown is over, or there was none
    reset INTEGER NOT NULL, -- it has to be ineligible once before it enters
    holding INTEGER, -- it is eligible and waits since
    PRIMARY KEY (definition, account, user)
) STRICT, WITHOUT ROWID;

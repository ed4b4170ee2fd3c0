-- Where readers of the log are that run on one node at a time. Whoever moves one names the version at which it was seen.
PRAGMA user_version = 2;

CREATE TABLE bookmarks (
    name            TEXT    PRIMARY KEY,
    version         INTEGER NOT NULL,
    epoch           TEXT    NOT NULL, -- of the log that the position is one of
    position        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

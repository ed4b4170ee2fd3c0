-- Where readers of the log are that run on one node at a time. Whoever moves one names the version at which it was seen.
CREATE TABLE bookmarks (
    name            text    COLLATE "C" PRIMARY KEY,
    version         bigint  NOT NULL,
    epoch           text    NOT NULL, -- of the log that the position is one of
    position        bigint  NOT NULL
);

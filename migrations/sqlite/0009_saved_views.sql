-- Views of the list of orders that people saved: those of one owner are one row, in their order.
PRAGMA user_version = 9;

CREATE TABLE saved_views (
    owner           TEXT    PRIMARY KEY,
    version         INTEGER NOT NULL,
    body            TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

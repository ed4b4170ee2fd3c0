-- How far imports of files are: the row after which each goes on. Written with every order that it takes in.
PRAGMA user_version = 7;

CREATE TABLE imports (
    import_id       TEXT    PRIMARY KEY,
    version         INTEGER NOT NULL,
    body            TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

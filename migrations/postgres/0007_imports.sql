-- How far imports of files are: the row after which each goes on. Written with every order that it takes in.
CREATE TABLE imports (
    import_id       text    COLLATE "C" PRIMARY KEY,
    version         bigint  NOT NULL,
    body            text    NOT NULL
) WITH (fillfactor = 50);

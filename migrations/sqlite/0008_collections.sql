-- Collections of products, by title and by handle. Those by hand have their products in the body; what a rule means is asked of
-- the search index. Categories, by who is below whom.
PRAGMA user_version = 8;

CREATE TABLE collections (
    collection_id   TEXT    PRIMARY KEY NOT NULL,
    version         INTEGER NOT NULL,
    handle          TEXT    NOT NULL,
    title           TEXT    NOT NULL,
    status          TEXT    NOT NULL,
    publish_at      INTEGER,
    unpublish_at    INTEGER,
    body            TEXT    NOT NULL
) STRICT;
CREATE INDEX collections_by_handle ON collections (handle);
CREATE INDEX collections_by_title ON collections (title, collection_id);

CREATE TABLE categories (
    category_id     TEXT    PRIMARY KEY NOT NULL,
    version         INTEGER NOT NULL,
    parent_id       TEXT,
    handle          TEXT    NOT NULL,
    position        INTEGER NOT NULL,
    body            TEXT    NOT NULL
) STRICT;
CREATE INDEX categories_by_handle ON categories (handle);
CREATE INDEX categories_by_position ON categories (position, category_id);
CREATE INDEX categories_by_parent ON categories (parent_id, position, category_id);

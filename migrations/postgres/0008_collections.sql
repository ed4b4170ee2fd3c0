-- Collections of products, by title and by handle. Those by hand have their products in the body; what a rule means is asked of
-- the search index. Categories, by who is below whom.

CREATE TABLE collections (
    collection_id   text    COLLATE "C" PRIMARY KEY,
    version         bigint  NOT NULL,
    handle          text    COLLATE "C" NOT NULL,
    title           text    COLLATE "C" NOT NULL,
    status          text    COLLATE "C" NOT NULL,
    publish_at      bigint,
    unpublish_at    bigint,
    body            text    NOT NULL
);
CREATE INDEX collections_by_handle ON collections (handle);
CREATE INDEX collections_by_title ON collections (title, collection_id);

CREATE TABLE categories (
    category_id     text    COLLATE "C" PRIMARY KEY,
    version         bigint  NOT NULL,
    parent_id       text    COLLATE "C",
    handle          text    COLLATE "C" NOT NULL,
    position        bigint  NOT NULL,
    body            text    NOT NULL
);
CREATE INDEX categories_by_handle ON categories (handle);
CREATE INDEX categories_by_position ON categories (position, category_id);
CREATE INDEX categories_by_parent ON categories (parent_id, position, category_id);

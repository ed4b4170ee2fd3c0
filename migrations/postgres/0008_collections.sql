-- Collections of products, by title and by handle. Those by hand have their products in the body; what a rule means is asked of
-- the search index.

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

-- Views of the list of orders that people saved: those of one owner are one row, in their order.
CREATE TABLE saved_views (
    owner           text    COLLATE "C" PRIMARY KEY,
    version         bigint  NOT NULL,
    body            text    NOT NULL
);

-- Customers, by the time of their making. Of the person they hold an id only: what is known stands in `contacts`, and who
-- has an e-mail address in `claims`.
PRAGMA user_version = 6;

CREATE TABLE customers (
    customer_id     TEXT    PRIMARY KEY,
    version         INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    body            TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX customers_by_created ON customers (created_at, customer_id);

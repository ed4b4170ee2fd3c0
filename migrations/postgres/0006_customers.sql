-- Customers, by the time of their making. Of the person they hold an id only: what is known stands in `contacts`, and who
-- has an e-mail address in `claims`.

CREATE TABLE customers (
    customer_id     text    COLLATE "C" PRIMARY KEY,
    version         bigint  NOT NULL,
    created_at      bigint  NOT NULL,
    body            text    NOT NULL
);
CREATE INDEX customers_by_created ON customers (created_at, customer_id);

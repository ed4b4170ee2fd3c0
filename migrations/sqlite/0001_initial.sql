-- Sutler on SQLite. Times are microseconds since 1970 (UTC), amounts are minor units, bodies are JSON.
-- The file is recognised by these two; user_version counts the migrations in it.
PRAGMA application_id = 0x5355544C; -- "SUTL"
PRAGMA user_version = 1;

-- The end of the log, and what the next commit goes on from. One row.
CREATE TABLE head (
    one             INTEGER PRIMARY KEY CHECK (one = 1),
    epoch           TEXT    NOT NULL, -- renewed by each restore, so that older cursors are known as such
    first_epoch     TEXT    NOT NULL, -- what the chain of hashes began with
    position        INTEGER NOT NULL,
    hash            BLOB    NOT NULL,
    recorded_at     INTEGER NOT NULL,
    next_number     INTEGER NOT NULL,
    keys_in         TEXT    NOT NULL DEFAULT 'a' CHECK (keys_in IN ('a', 'b')),
    keys_since      INTEGER NOT NULL
) STRICT;

-- The log. Positions have no gaps; it is never trimmed.
CREATE TABLE events (
    position        INTEGER PRIMARY KEY,
    event_id        TEXT    NOT NULL,
    stream          TEXT    NOT NULL,
    version         INTEGER NOT NULL,
    name            TEXT    NOT NULL,
    body            TEXT    NOT NULL,
    at              INTEGER NOT NULL,
    recorded_at     INTEGER NOT NULL,
    actor           TEXT    NOT NULL,
    causation       TEXT,
    traceparent     TEXT,
    number          INTEGER,
    hash            BLOB    NOT NULL
) STRICT;
CREATE UNIQUE INDEX events_by_stream ON events (stream, version);
-- An event's id begins with its recorded_at, which never falls along positions: that finds it without an index.

-- The version of every stream and record: `kind:id`.
CREATE TABLE streams (
    stream          TEXT    PRIMARY KEY,
    version         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Unique names and who holds them.
CREATE TABLE claims (
    kind            TEXT    NOT NULL,
    value           TEXT    NOT NULL,
    holder          TEXT    NOT NULL,
    PRIMARY KEY (kind, value)
) STRICT, WITHOUT ROWID;

-- Idempotency keys. Callers choose them, so their index is random: two tables take turns, and when the one in use
-- is a ttl old, all of the other is over and emptied at once. `head.keys_in` says which one is written.
CREATE TABLE keys_a (
    shop            TEXT    NOT NULL,
    key             TEXT    NOT NULL,
    fingerprint     TEXT    NOT NULL,
    stream          TEXT    NOT NULL,
    version         INTEGER NOT NULL,
    part            TEXT,
    waits           INTEGER NOT NULL,
    at              INTEGER NOT NULL,
    PRIMARY KEY (shop, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE keys_b (
    shop            TEXT    NOT NULL,
    key             TEXT    NOT NULL,
    fingerprint     TEXT    NOT NULL,
    stream          TEXT    NOT NULL,
    version         INTEGER NOT NULL,
    part            TEXT,
    waits           INTEGER NOT NULL,
    at              INTEGER NOT NULL,
    PRIMARY KEY (shop, key)
) STRICT, WITHOUT ROWID;

-- Keyed by the number, which the door hands out in order: every index below ends in it and grows at its end.
CREATE TABLE orders (
    number          INTEGER PRIMARY KEY,
    order_id        TEXT    NOT NULL UNIQUE,
    version         INTEGER NOT NULL,
    status          TEXT    NOT NULL,
    payment_status  TEXT    NOT NULL,
    fulfillment_status TEXT NOT NULL,
    placed_at       INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    total           INTEGER NOT NULL,
    currency        TEXT    NOT NULL,
    expires_at      INTEGER, -- the end of the reservation while the order is `created`
    terms           TEXT    NOT NULL, -- its rows in order_terms and order_parts, so that a change writes only what is new
    body            TEXT    NOT NULL
) STRICT;
CREATE INDEX orders_by_placed ON orders (placed_at);
-- With the statuses, so that a list by the last change passes over other orders without reading them.
CREATE INDEX orders_by_updated ON orders (updated_at, number, status, payment_status, fulfillment_status);
CREATE INDEX orders_by_total ON orders (total);
CREATE INDEX orders_by_state ON orders (status, payment_status, fulfillment_status, placed_at);
CREATE INDEX orders_due ON orders (expires_at, order_id) WHERE expires_at IS NOT NULL;

-- What orders are found by: customer, SKU, tag, metadata, and whether they have payments or refunds. A term such as a
-- SKU may come with any order, so one index of all terms would be written all over. It is cut into blocks of 2,048
-- orders by number: writes stay within the newest, and a search looks into block after block.
CREATE TABLE order_terms (
    block           INTEGER NOT NULL, -- number >> 11
    term            TEXT    NOT NULL,
    placed_at       INTEGER NOT NULL,
    number          INTEGER NOT NULL,
    PRIMARY KEY (block, term, placed_at, number)
) STRICT, WITHOUT ROWID;

-- When the orders of each block were placed, so that a page of the newest reads the newest blocks only.
CREATE TABLE order_blocks (
    block           INTEGER PRIMARY KEY,
    placed_from     INTEGER NOT NULL,
    placed_until    INTEGER NOT NULL
) STRICT;

-- The order of each payment, refund and fulfillment. Their ids begin with a time.
CREATE TABLE order_parts (
    part            TEXT    PRIMARY KEY,
    number          INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE products (
    row             INTEGER PRIMARY KEY,
    product_id      TEXT    NOT NULL UNIQUE,
    version         INTEGER NOT NULL,
    handle          TEXT    NOT NULL,
    title           TEXT    NOT NULL,
    status          TEXT    NOT NULL,
    updated_at      INTEGER NOT NULL,
    terms           TEXT    NOT NULL,
    body            TEXT    NOT NULL
) STRICT;
CREATE INDEX products_by_handle ON products (handle);
CREATE INDEX products_by_title ON products (title, product_id);
CREATE INDEX products_by_updated ON products (updated_at, product_id);
CREATE INDEX products_by_status ON products (status, title, product_id);

-- What products are found by: tag, vendor, type and metadata.
CREATE TABLE product_terms (
    term            TEXT    NOT NULL,
    title           TEXT    NOT NULL,
    product_id      TEXT    NOT NULL,
    PRIMARY KEY (term, title, product_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE variants (
    variant_id      TEXT    PRIMARY KEY,
    product_id      TEXT    NOT NULL,
    sku             TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX variants_by_product ON variants (product_id);
CREATE INDEX variants_by_sku ON variants (sku) WHERE sku <> '';

-- Price records: what the decision about an order reads of a variant.
CREATE TABLE prices (
    variant_id      TEXT    PRIMARY KEY,
    version         INTEGER NOT NULL,
    body            TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

-- Guarded counters. The door keeps the rule; the checks are there for everybody else.
CREATE TABLE stock (
    variant_id      TEXT    NOT NULL,
    location_id     TEXT    NOT NULL,
    on_hand         INTEGER NOT NULL DEFAULT 0 CHECK (on_hand >= 0),
    reserved        INTEGER NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    safety_stock    INTEGER NOT NULL DEFAULT 0,
    reorder_point   INTEGER,
    signal          TEXT    NOT NULL DEFAULT 'in_stock', -- what was last told about it
    PRIMARY KEY (variant_id, location_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX stock_low ON stock (variant_id, location_id)
    WHERE on_hand - reserved - safety_stock <= max(coalesce(reorder_point, 0), 0);

-- Every move of stock, with the level after it.
CREATE TABLE journal (
    row             INTEGER PRIMARY KEY,
    position        INTEGER NOT NULL,
    line            INTEGER NOT NULL,
    variant_id      TEXT    NOT NULL,
    location_id     TEXT    NOT NULL,
    reason          TEXT    NOT NULL,
    on_hand         INTEGER NOT NULL,
    reserved        INTEGER NOT NULL,
    after_on_hand   INTEGER NOT NULL,
    after_reserved  INTEGER NOT NULL,
    after_safety_stock INTEGER NOT NULL,
    after_reorder_point INTEGER,
    source          TEXT,
    actor           TEXT    NOT NULL,
    note            TEXT,
    recorded_at     INTEGER NOT NULL
) STRICT;
-- In blocks of 8,192 rows, like order_terms: any order may move any variant.
CREATE INDEX journal_by_variant ON journal (row >> 13, variant_id);
CREATE INDEX journal_by_source ON journal (source) WHERE source IS NOT NULL;

CREATE TABLE locations (
    location_id     TEXT    PRIMARY KEY,
    version         INTEGER NOT NULL,
    name            TEXT    NOT NULL,
    is_default      INTEGER NOT NULL,
    body            TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE reservations (
    reservation_id  TEXT    PRIMARY KEY,
    version         INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    ends_at         INTEGER, -- while it is open
    body            TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX reservations_by_created ON reservations (created_at, reservation_id);
CREATE INDEX reservations_due ON reservations (ends_at, reservation_id) WHERE ends_at IS NOT NULL;

-- Persons, outside the log: one row a version, so that an order shows the person as they were.
CREATE TABLE contacts (
    contact_id      TEXT    NOT NULL,
    version         INTEGER NOT NULL,
    body            TEXT    NOT NULL,
    PRIMARY KEY (contact_id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE notes (
    note_id         TEXT    PRIMARY KEY,
    version         INTEGER NOT NULL,
    body            TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

-- Whose data was erased, up to which version of it: a restored backup forgets it again. No data of persons.
CREATE TABLE erasures (
    stream          TEXT    PRIMARY KEY, -- `contact:id` or `note:id`
    version         INTEGER NOT NULL,
    at              INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE api_keys (
    key_id          TEXT    PRIMARY KEY,
    version         INTEGER NOT NULL,
    hash            TEXT    NOT NULL UNIQUE,
    created_at      INTEGER NOT NULL,
    body            TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE jobs (
    row             INTEGER PRIMARY KEY, -- newer jobs have larger ones
    job_id          TEXT    NOT NULL UNIQUE,
    name            TEXT    NOT NULL,
    kind            TEXT    NOT NULL,
    subject         TEXT    NOT NULL,
    state           TEXT    NOT NULL,
    attempts        INTEGER NOT NULL DEFAULT 0,
    run_at          INTEGER NOT NULL,
    due_at          INTEGER NOT NULL, -- ready: its time; running: the end of its lease; over: since when
    last_error      TEXT,
    worker          TEXT,
    token           INTEGER NOT NULL DEFAULT 0,
    created_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX jobs_by_state ON jobs (state, due_at);

CREATE TABLE job_attempts (
    row             INTEGER PRIMARY KEY,
    job_id          TEXT    NOT NULL REFERENCES jobs (job_id) ON DELETE CASCADE,
    attempt         INTEGER NOT NULL,
    error           TEXT    NOT NULL,
    at              INTEGER NOT NULL
) STRICT;
CREATE INDEX job_attempts_by_job ON job_attempts (job_id);

-- Where the named readers of the log are.
CREATE TABLE cursors (
    name            TEXT    PRIMARY KEY,
    position        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

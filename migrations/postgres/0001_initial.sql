-- Sutler on PostgreSQL. Times are microseconds since 1970 (UTC), amounts are minor units, bodies are JSON.
-- Texts that are compared or sorted have the collation "C": byte order, the same in every database and on every system.

-- The end of the log, and what the next commit goes on from. One row. Whoever writes locks it first, so there is one
-- writer at a time, on whatever node it runs.
CREATE TABLE head (
    one             integer PRIMARY KEY CHECK (one = 1),
    epoch           text    NOT NULL, -- renewed by each restore, so that older cursors are known as such
    first_epoch     text    NOT NULL, -- what the chain of hashes began with
    position        bigint  NOT NULL,
    hash            bytea   NOT NULL,
    recorded_at     bigint  NOT NULL,
    next_number     bigint  NOT NULL,
    keys_in         text    NOT NULL DEFAULT 'a' CHECK (keys_in IN ('a', 'b')),
    keys_since      bigint  NOT NULL,
    batches         bigint  NOT NULL DEFAULT 0 -- batches written, those without events too: whoever polls sees it move
) WITH (fillfactor = 10);

-- The log. Positions have no gaps; it is never trimmed.
CREATE TABLE events (
    position        bigint  PRIMARY KEY,
    event_id        text    NOT NULL,
    stream          text    COLLATE "C" NOT NULL,
    version         bigint  NOT NULL,
    name            text    NOT NULL,
    body            text    NOT NULL,
    at              bigint  NOT NULL,
    recorded_at     bigint  NOT NULL,
    actor           text    NOT NULL,
    causation       text,
    traceparent     text,
    number          bigint,
    hash            bytea   NOT NULL
);
CREATE UNIQUE INDEX events_by_stream ON events (stream, version);
-- An event's id begins with its recorded_at, which never falls along positions: that finds it without an index.

-- The version of every stream and record: `kind:id`.
CREATE TABLE streams (
    stream          text    COLLATE "C" PRIMARY KEY,
    version         bigint  NOT NULL
) WITH (fillfactor = 80);

-- Unique names and who holds them.
CREATE TABLE claims (
    kind            text    COLLATE "C" NOT NULL,
    value           text    COLLATE "C" NOT NULL,
    holder          text    NOT NULL,
    PRIMARY KEY (kind, value)
);

-- Idempotency keys. Callers choose them, so their index is random: two tables take turns, and when the one in use
-- is a ttl old, all of the other is over and emptied at once. `head.keys_in` says which one is written.
CREATE TABLE keys_a (
    shop            text    COLLATE "C" NOT NULL,
    key             text    COLLATE "C" NOT NULL,
    fingerprint     text    NOT NULL,
    stream          text    NOT NULL,
    version         bigint  NOT NULL,
    part            text,
    waits           boolean NOT NULL,
    at              bigint  NOT NULL,
    PRIMARY KEY (shop, key)
);
CREATE TABLE keys_b (LIKE keys_a INCLUDING ALL);

-- Keyed by the number, which the door hands out in order.
CREATE TABLE orders (
    number          bigint  PRIMARY KEY,
    order_id        text    COLLATE "C" NOT NULL UNIQUE,
    version         bigint  NOT NULL,
    status          text    COLLATE "C" NOT NULL,
    payment_status  text    COLLATE "C" NOT NULL,
    fulfillment_status text COLLATE "C" NOT NULL,
    placed_at       bigint  NOT NULL,
    updated_at      bigint  NOT NULL,
    total           bigint  NOT NULL,
    currency        text    NOT NULL,
    expires_at      bigint, -- the end of the reservation while the order is `created`
    terms           text    NOT NULL, -- its rows in order_terms and order_parts, so that a change writes only what is new
    body            text    NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX orders_by_placed ON orders (placed_at, number);
CREATE INDEX orders_by_updated ON orders (updated_at, number);
CREATE INDEX orders_by_total ON orders (total, number);
CREATE INDEX orders_by_state ON orders (status, payment_status, fulfillment_status, placed_at, number);
CREATE INDEX orders_due ON orders (expires_at, order_id) WHERE expires_at IS NOT NULL;

-- What orders are found by: customer, SKU, tag, metadata, and whether they have payments or refunds. SQLite cuts this
-- index into blocks, because it writes whole pages; PostgreSQL logs the entries themselves, so here it is one.
CREATE TABLE order_terms (
    term            text    COLLATE "C" NOT NULL,
    placed_at       bigint  NOT NULL,
    number          bigint  NOT NULL,
    PRIMARY KEY (term, placed_at, number)
);

-- The order of each payment, refund and fulfillment. Their ids begin with a time.
CREATE TABLE order_parts (
    part            text    COLLATE "C" PRIMARY KEY,
    number          bigint  NOT NULL
);

CREATE TABLE products (
    product_id      text    COLLATE "C" PRIMARY KEY,
    version         bigint  NOT NULL,
    handle          text    COLLATE "C" NOT NULL,
    title           text    COLLATE "C" NOT NULL,
    status          text    COLLATE "C" NOT NULL,
    updated_at      bigint  NOT NULL,
    body            text    NOT NULL
);
CREATE INDEX products_by_handle ON products (handle);
CREATE INDEX products_by_title ON products (title, product_id);
CREATE INDEX products_by_updated ON products (updated_at, product_id);
CREATE INDEX products_by_status ON products (status, title, product_id);

-- What products are found by: tag, vendor, type and metadata.
CREATE TABLE product_terms (
    term            text    COLLATE "C" NOT NULL,
    title           text    COLLATE "C" NOT NULL,
    product_id      text    COLLATE "C" NOT NULL,
    PRIMARY KEY (term, title, product_id)
);
CREATE INDEX product_terms_by_product ON product_terms (product_id);

CREATE TABLE variants (
    variant_id      text    COLLATE "C" PRIMARY KEY,
    product_id      text    COLLATE "C" NOT NULL,
    sku             text    COLLATE "C" NOT NULL
);
CREATE INDEX variants_by_product ON variants (product_id);
CREATE INDEX variants_by_sku ON variants (sku) WHERE sku <> '';

-- Price records: what the decision about an order reads of a variant.
CREATE TABLE prices (
    variant_id      text    COLLATE "C" PRIMARY KEY,
    version         bigint  NOT NULL,
    body            text    NOT NULL
);

-- Guarded counters. The door keeps the rule; the checks are there for everybody else. No index names a counter, and
-- half of each page is free, so that a level that moves with every order stays in its place.
CREATE TABLE stock (
    variant_id      text    COLLATE "C" NOT NULL,
    location_id     text    COLLATE "C" NOT NULL,
    on_hand         bigint  NOT NULL DEFAULT 0 CHECK (on_hand >= 0),
    reserved        bigint  NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    safety_stock    bigint  NOT NULL DEFAULT 0,
    reorder_point   bigint,
    signal          text    NOT NULL DEFAULT 'in_stock', -- what was last told about it
    PRIMARY KEY (variant_id, location_id)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);

-- Every move of stock, with the level after it.
CREATE TABLE journal (
    row             bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    position        bigint  NOT NULL,
    line            bigint  NOT NULL,
    variant_id      text    COLLATE "C" NOT NULL,
    location_id     text    COLLATE "C" NOT NULL,
    reason          text    NOT NULL,
    on_hand         bigint  NOT NULL,
    reserved        bigint  NOT NULL,
    after_on_hand   bigint  NOT NULL,
    after_reserved  bigint  NOT NULL,
    after_safety_stock bigint NOT NULL,
    after_reorder_point bigint,
    source          text    COLLATE "C",
    actor           text    NOT NULL,
    note            text,
    recorded_at     bigint  NOT NULL
);
CREATE INDEX journal_by_variant ON journal (variant_id, row);
CREATE INDEX journal_by_source ON journal (source) WHERE source IS NOT NULL;

CREATE TABLE locations (
    location_id     text    COLLATE "C" PRIMARY KEY,
    version         bigint  NOT NULL,
    name            text    COLLATE "C" NOT NULL,
    is_default      boolean NOT NULL,
    body            text    NOT NULL
);

CREATE TABLE reservations (
    reservation_id  text    COLLATE "C" PRIMARY KEY,
    version         bigint  NOT NULL,
    created_at      bigint  NOT NULL,
    ends_at         bigint, -- while it is open
    body            text    NOT NULL
);
CREATE INDEX reservations_by_created ON reservations (created_at, reservation_id);
CREATE INDEX reservations_due ON reservations (ends_at, reservation_id) WHERE ends_at IS NOT NULL;

-- Persons, outside the log: one row a version, so that an order shows the person as they were.
CREATE TABLE contacts (
    contact_id      text    COLLATE "C" NOT NULL,
    version         bigint  NOT NULL,
    body            text    NOT NULL,
    PRIMARY KEY (contact_id, version)
);

CREATE TABLE notes (
    note_id         text    COLLATE "C" PRIMARY KEY,
    version         bigint  NOT NULL,
    body            text    NOT NULL
);

-- Whose data was erased, up to which version of it: a restored backup forgets it again. No data of persons.
CREATE TABLE erasures (
    stream          text    COLLATE "C" PRIMARY KEY, -- `contact:id` or `note:id`
    version         bigint  NOT NULL,
    at              bigint  NOT NULL
);

CREATE TABLE api_keys (
    key_id          text    COLLATE "C" PRIMARY KEY,
    version         bigint  NOT NULL,
    hash            text    COLLATE "C" NOT NULL UNIQUE,
    created_at      bigint  NOT NULL,
    body            text    NOT NULL
);

CREATE TABLE jobs (
    row             bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- newer jobs have larger ones
    job_id          text    COLLATE "C" NOT NULL UNIQUE,
    name            text    NOT NULL,
    kind            text    NOT NULL,
    subject         text    NOT NULL,
    state           text    COLLATE "C" NOT NULL,
    attempts        bigint  NOT NULL DEFAULT 0,
    run_at          bigint  NOT NULL,
    due_at          bigint  NOT NULL, -- ready: its time; running: the end of its lease; over: since when
    last_error      text,
    worker          text,
    token           bigint  NOT NULL DEFAULT 0,
    created_at      bigint  NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX jobs_by_state ON jobs (state, due_at, row);

CREATE TABLE job_attempts (
    row             bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_id          text    COLLATE "C" NOT NULL REFERENCES jobs (job_id) ON DELETE CASCADE,
    attempt         bigint  NOT NULL,
    error           text    NOT NULL,
    at              bigint  NOT NULL
);
CREATE INDEX job_attempts_by_job ON job_attempts (job_id, row);

-- Where the named readers of the log are.
CREATE TABLE cursors (
    name            text    COLLATE "C" PRIMARY KEY,
    position        bigint  NOT NULL
);

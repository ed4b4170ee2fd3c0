-- Endpoints of webhooks, and what became of every delivery.
PRAGMA user_version = 3;

CREATE TABLE webhook_endpoints (
    endpoint_id     TEXT    PRIMARY KEY,
    version         INTEGER NOT NULL,
    enabled         INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    body            TEXT    NOT NULL -- with its secrets, which the log has not
) STRICT, WITHOUT ROWID;

-- One event for one endpoint. What is sent stands in the log.
CREATE TABLE webhook_deliveries (
    row             INTEGER PRIMARY KEY, -- newer deliveries have larger ones
    delivery_id     TEXT    NOT NULL UNIQUE,
    endpoint_id     TEXT    NOT NULL,
    position        INTEGER NOT NULL,
    event_id        TEXT    NOT NULL,
    kind            TEXT    NOT NULL,
    subject         TEXT    NOT NULL,
    state           TEXT    NOT NULL,
    tries           INTEGER NOT NULL DEFAULT 0, -- of this round
    attempts        INTEGER NOT NULL DEFAULT 0,
    due_at          INTEGER NOT NULL, -- waiting: its next attempt; over: since when
    last_status     INTEGER,
    last_error      TEXT,
    created_at      INTEGER NOT NULL,
    UNIQUE (endpoint_id, position)
) STRICT;
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (endpoint_id, due_at, position) WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_next ON webhook_deliveries (endpoint_id, position) WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_over ON webhook_deliveries (due_at) WHERE state <> 'waiting';
CREATE INDEX webhook_deliveries_by_event ON webhook_deliveries (event_id);

CREATE TABLE webhook_attempts (
    row             INTEGER PRIMARY KEY,
    delivery_id     TEXT    NOT NULL,
    body            TEXT    NOT NULL
) STRICT;
CREATE INDEX webhook_attempts_by_delivery ON webhook_attempts (delivery_id);

-- How each endpoint fares that anything was sent to.
CREATE TABLE webhook_health (
    endpoint_id     TEXT    PRIMARY KEY,
    failures        INTEGER NOT NULL, -- since the last success
    failing_since   INTEGER,
    last_success_at INTEGER
) STRICT, WITHOUT ROWID;

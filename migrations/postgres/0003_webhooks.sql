-- Endpoints of webhooks, and what became of every delivery.
CREATE TABLE webhook_endpoints (
    endpoint_id     text    COLLATE "C" PRIMARY KEY,
    version         bigint  NOT NULL,
    enabled         boolean NOT NULL,
    created_at      bigint  NOT NULL,
    body            text    NOT NULL -- with its secrets, which the log has not
);

-- One event for one endpoint. What is sent stands in the log.
CREATE TABLE webhook_deliveries (
    row             bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- newer deliveries have larger ones
    delivery_id     text    COLLATE "C" NOT NULL UNIQUE,
    endpoint_id     text    COLLATE "C" NOT NULL,
    position        bigint  NOT NULL,
    event_id        text    COLLATE "C" NOT NULL,
    kind            text    NOT NULL,
    subject         text    NOT NULL,
    state           text    NOT NULL,
    tries           bigint  NOT NULL DEFAULT 0, -- of this round
    attempts        bigint  NOT NULL DEFAULT 0,
    due_at          bigint  NOT NULL, -- waiting: its next attempt; over: since when
    last_status     bigint,
    last_error      text,
    created_at      bigint  NOT NULL,
    UNIQUE (endpoint_id, position)
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (endpoint_id, due_at, position) WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_next ON webhook_deliveries (endpoint_id, position) WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_over ON webhook_deliveries (due_at) WHERE state <> 'waiting';
CREATE INDEX webhook_deliveries_by_event ON webhook_deliveries (event_id);

CREATE TABLE webhook_attempts (
    row             bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    delivery_id     text    COLLATE "C" NOT NULL,
    body            text    NOT NULL
);
CREATE INDEX webhook_attempts_by_delivery ON webhook_attempts (delivery_id);

-- How each endpoint fares that anything was sent to.
CREATE TABLE webhook_health (
    endpoint_id     text    COLLATE "C" PRIMARY KEY,
    failures        bigint  NOT NULL, -- since the last success
    failing_since   bigint,
    last_success_at bigint
);

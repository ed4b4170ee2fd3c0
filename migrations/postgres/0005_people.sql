-- People who may sign in, their sessions, and what is changed by hand. Persons are outside the log.
CREATE TABLE users (
    user_id         text    COLLATE "C" PRIMARY KEY,
    version         bigint  NOT NULL,
    email           text    COLLATE "C" NOT NULL, -- unique by its name in `claims`
    body            text    NOT NULL
);

-- Sessions, and links that become one. Nobody can sign in with what stands here: of a token it is the hash.
CREATE TABLE sessions (
    session_id      text    COLLATE "C" PRIMARY KEY,
    version         bigint  NOT NULL,
    hash            text    COLLATE "C" NOT NULL UNIQUE,
    user_id         text    COLLATE "C",
    created_at      bigint  NOT NULL,
    ends_at         bigint  NOT NULL,
    body            text    NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);

-- When keys and sessions were last used, some seconds late.
CREATE TABLE last_seen (
    subject         text    COLLATE "C" PRIMARY KEY,
    at              bigint  NOT NULL
);

-- Who changed what. Never trimmed.
CREATE TABLE audit_log (
    row             bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- newer entries have larger ones
    at              bigint  NOT NULL,
    actor           text    COLLATE "C" NOT NULL,
    action          text    COLLATE "C" NOT NULL,
    subject         text    COLLATE "C" NOT NULL,
    before          text,
    after           text,
    request_id      text
);
CREATE INDEX audit_log_by_actor ON audit_log (actor, row);
CREATE INDEX audit_log_by_subject ON audit_log (subject, row);
CREATE INDEX audit_log_by_action ON audit_log (action, row);

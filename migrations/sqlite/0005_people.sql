-- People who may sign in, their sessions, and what is changed by hand. Persons are outside the log.
PRAGMA user_version = 5;

CREATE TABLE users (
    user_id         TEXT    PRIMARY KEY,
    version         INTEGER NOT NULL,
    email           TEXT    NOT NULL, -- unique by its name in `claims`
    body            TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

-- Sessions, and links that become one. Nobody can sign in with what stands here: of a token it is the hash.
CREATE TABLE sessions (
    session_id      TEXT    PRIMARY KEY,
    version         INTEGER NOT NULL,
    hash            TEXT    NOT NULL UNIQUE,
    user_id         TEXT,
    created_at      INTEGER NOT NULL,
    ends_at         INTEGER NOT NULL,
    body            TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_user ON sessions (user_id);

-- When keys and sessions were last used, some seconds late.
CREATE TABLE last_seen (
    subject         TEXT    PRIMARY KEY,
    at              INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Who changed what. Never trimmed.
CREATE TABLE audit_log (
    row             INTEGER PRIMARY KEY, -- newer entries have larger ones
    at              INTEGER NOT NULL,
    actor           TEXT    NOT NULL,
    action          TEXT    NOT NULL,
    subject         TEXT    NOT NULL,
    before          TEXT,
    after           TEXT,
    request_id      TEXT
) STRICT;
CREATE INDEX audit_log_by_actor ON audit_log (actor);
CREATE INDEX audit_log_by_subject ON audit_log (subject);
CREATE INDEX audit_log_by_action ON audit_log (action);

-- Queues that are paused, jobs that are alive once at a time, and an index that finds the due jobs of one kind: kinds
-- have places of their own, so each is looked for by itself, and a long queue of one costs the others nothing.
PRAGMA user_version = 4;

-- Which queue a kind waits in, the program knows. A queue without a row runs.
CREATE TABLE paused_queues (
    queue           TEXT    PRIMARY KEY,
    since           INTEGER NOT NULL,
    paused_by       TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

-- The key is also a name in `claims` while the job is alive; here it stays, to be shown and taken again.
ALTER TABLE jobs ADD COLUMN unique_key TEXT;

DROP INDEX jobs_by_state;
CREATE INDEX jobs_by_state ON jobs (state, name, due_at);

//! Background jobs.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Job {
    /// Its id.
    pub job_id: String,
    /// `job`.
    #[schemars(extend("const" = "job"))]
    pub object: String,
    /// What it does, such as `process_order`.
    pub kind: String,
    /// The queue it waits in, such as `payments`.
    pub queue: String,
    /// What it is about, such as `ord_…`.
    pub subject: String,
    /// `ready`, `running`, `done`, `dead` or `canceled`.
    #[schemars(extend("enum" = ["ready", "running", "done", "dead", "canceled"]))]
    pub state: String,
    /// Attempts so far, a running one included.
    pub attempts: u32,
    /// Attempts before it is dead.
    pub attempts_max: u32,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// Who works on it.
    pub worker: Option<String>,
    /// The key under which one job is alive at a time.
    pub unique_key: Option<String>,
    /// What went wrong in each attempt, oldest first; only when one job is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failures: Option<Vec<JobFailure>>,
    /// Not before then.
    pub run_at: String,
    /// When it was asked for.
    pub created_at: String,
    /// When it came to its end.
    pub finished_at: Option<String>,
}

/// An attempt that did not do it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JobFailure {
    /// Which attempt, from 1.
    pub attempt: u32,
    /// What went wrong.
    pub error: String,
    /// When.
    pub at: String,
}

/// What came of retrying many jobs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JobsRetried {
    /// `jobs_retried`.
    #[schemars(extend("const" = "jobs_retried"))]
    pub object: String,
    /// Jobs that wait for a worker again.
    pub retried: u64,
    /// Jobs that were left as they are: moved meanwhile, or another one has their unique key.
    pub left: u64,
    /// Whether there are more than one request retries; ask again.
    pub has_more: bool,
}

/// A queue of background work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Queue {
    /// Its name, such as `payments`.
    pub name: String,
    /// `queue`.
    #[schemars(extend("const" = "queue"))]
    pub object: String,
    /// Whether nothing of it is begun.
    pub paused: bool,
    /// Since when.
    pub paused_at: Option<String>,
    /// Who paused it.
    pub paused_by: Option<String>,
    /// How many jobs are in each state.
    pub jobs: BTreeMap<String, u64>,
    /// Since when the job that waits longest has been due.
    pub due_since: Option<String>,
    /// The kinds that wait in it.
    pub kinds: Vec<QueueKind>,
}

/// How jobs of one kind are run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct QueueKind {
    /// Its name, such as `process_order`.
    pub kind: String,
    /// Who goes first; the smallest number.
    pub priority: u8,
    /// How many run at one time on one server.
    pub running_max: u32,
    /// Attempts before a job is dead.
    pub attempts_max: u32,
    /// How long one attempt may take.
    pub timeout_ms: u64,
}

//! Background jobs.

use serde::{Deserialize, Serialize};

/// A job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Its id.
    pub job_id: String,
    /// `job`.
    pub object: String,
    /// What it does, such as `process_order`.
    pub kind: String,
    /// What it is about, such as `ord_…`.
    pub subject: String,
    /// `ready`, `running`, `done`, `dead` or `canceled`.
    pub state: String,
    /// Attempts so far, a running one included.
    pub attempts: u32,
    /// Attempts before it is dead.
    pub attempts_max: u32,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// Who works on it.
    pub worker: Option<String>,
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobFailure {
    /// Which attempt, from 1.
    pub attempt: u32,
    /// What went wrong.
    pub error: String,
    /// When.
    pub at: String,
}

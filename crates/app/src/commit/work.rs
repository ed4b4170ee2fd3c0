//! What a commit says of jobs: the end of an attempt, and a person's word about one that is not running or about all of
//! a queue.

use jiff::Timestamp;
use sutler_domain::{JobId, Version};

use crate::job::JobState;
use crate::ports::FeedCursor;
use crate::ports::jobs::Lease;

/// The end of one attempt of a job. Refused with `LeaseLost` when the lease passed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finish {
    /// The lease under which the attempt ran.
    pub lease: Lease,
    /// How it ended.
    pub outcome: JobOutcome,
}

/// How an attempt of a job ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobOutcome {
    /// The work is done.
    Done,
    /// To be tried again then.
    Retry {
        /// When.
        run_at: Timestamp,
        /// What went wrong, or what is awaited.
        error: String,
        /// Whether the attempt counts against the limit; waiting for somebody does not.
        counts: bool,
    },
    /// Given up.
    Dead {
        /// What went wrong.
        error: String,
    },
}

/// A person's word about a job that is not running.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reschedule {
    /// Which job.
    pub job_id: JobId,
    /// Run it now (`Ready`), or never (`Canceled`).
    pub to: JobState,
}

/// A person's word about a whole queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueChange {
    /// Which queue.
    pub queue: String,
    /// Whether its jobs wait from now on.
    pub paused: bool,
}

/// A reader that runs on one node at a time moves on. Refused with `LeaseLost` when another node moved its bookmark
/// meanwhile, and everything else of the commit with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookmarkMove {
    /// Which bookmark.
    pub name: String,
    /// The version at which it was seen; it is one more afterwards.
    pub seen: Version,
    /// Where it goes.
    pub to: FeedCursor,
}

//! What a store forgets by itself when its time is over.

use async_trait::async_trait;

use crate::commit::Refused;

/// What a sweep took away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Idempotency keys whose time was over.
    pub keys: u64,
    /// Jobs that ended long ago.
    pub jobs: u64,
    /// Deliveries of webhooks that ended long ago, or whose endpoint is gone.
    pub deliveries: u64,
    /// Sessions that are over, whether they ended by themselves or somebody ended them.
    pub sessions: u64,
}

/// What a store forgets by itself when its time is over.
#[async_trait]
pub trait Upkeep: Send + Sync {
    /// Forget expired keys, sessions that are over, and jobs and deliveries that ended long ago; a bounded number of them,
    /// so that the door is not held for long. Whoever wants all of it gone asks until nothing went.
    async fn sweep(&self) -> Result<Swept, Refused>;
}

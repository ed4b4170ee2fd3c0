//! What every store is told when it is opened.

use std::fmt;
use std::sync::Arc;

use jiff::SignedDuration;
use sutler_app::ports::{Clock, Ids};

use crate::system::{SystemClock, SystemIds};

/// What every store is told when it is opened.
#[derive(Clone)]
pub struct Options {
    /// The store's clock: it stamps events and ends keys, leases and done jobs.
    pub clock: Arc<dyn Clock>,
    /// The epoch of a log that is begun now; random, so that no two logs share one.
    pub epoch: String,
    /// The number of the first order.
    pub number_start: u64,
    /// How long idempotency keys live.
    pub key_ttl: SignedDuration,
    /// How long jobs that are done or canceled can be looked at.
    pub ended_job_ttl: SignedDuration,
    /// How long deliveries of webhooks that ended can be looked at.
    pub delivery_ttl: SignedDuration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            epoch: SystemIds::default().uuid().simple().to_string(),
            number_start: 1001,
            key_ttl: SignedDuration::from_hours(48),
            ended_job_ttl: SignedDuration::from_hours(7 * 24),
            delivery_ttl: SignedDuration::from_hours(30 * 24),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("epoch", &self.epoch)
            .field("number_start", &self.number_start)
            .field("key_ttl", &self.key_ttl)
            .field("ended_job_ttl", &self.ended_job_ttl)
            .field("delivery_ttl", &self.delivery_ttl)
            .finish_non_exhaustive()
    }
}

/// The error of an attempt that another worker took over.
pub(crate) fn lease_ran_out(worker: Option<&str>) -> String {
    format!("the lease of worker '{}' ran out before it said how it went", worker.unwrap_or("?"))
}

//! Webhooks, from the settings.

use std::time::Duration;

use sutler_app::webhooks::schedule::WAITS_MAX;

use super::Reading;
use crate::config::units;

/// How webhooks are delivered.
#[derive(Clone, Debug)]
pub(crate) struct Webhooks {
    /// Whether they may go to private addresses, and over `http://`.
    pub(crate) allow_private: bool,
    pub(crate) timeout: Duration,
    /// The waits before the attempts after the first one.
    pub(crate) retries: Vec<Duration>,
    /// How long the secret before a rotation goes on signing.
    pub(crate) secret_overlap: Duration,
    /// How long deliveries that ended can be looked at.
    pub(crate) log_retention: Duration,
}

impl Reading<'_> {
    pub(super) fn webhooks(&mut self) -> Option<Webhooks> {
        let allow_private = self.switch("webhooks.allow_private");
        let timeout = self.checked("webhooks.timeout", units::wait);
        let retries = self.checked("webhooks.retries", retries);
        let secret_overlap = self.checked("webhooks.secret_overlap", units::duration);
        let log_retention = self.checked("webhooks.log_retention", units::wait);
        Some(Webhooks {
            allow_private,
            timeout: timeout?,
            retries: retries?,
            secret_overlap: secret_overlap?,
            log_retention: log_retention?,
        })
    }
}

fn retries(text: &str) -> Result<Vec<Duration>, String> {
    let waits = units::words(text);
    if waits.len() > WAITS_MAX {
        return Err(format!("has {} waits; at most {WAITS_MAX} are allowed", waits.len()));
    }
    waits.iter().map(|wait| units::duration(wait)).collect()
}

//! Webhooks, from the settings.

use std::path::PathBuf;
use std::time::Duration;

use sutler_app::webhooks::schedule::WAITS_MAX;
use sutler_app::webhooks::seal::SealKeys;

use super::Reading;
use crate::config::fault::ConfigFault;
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
    /// What secrets are sealed with where they are stored.
    pub(crate) seal: SealKeys,
    /// A file of certificates that are trusted besides.
    pub(crate) trusted_certificates: Option<PathBuf>,
}

impl Reading<'_> {
    pub(super) fn webhooks(&mut self) -> Option<Webhooks> {
        let allow_private = self.switch("webhooks.allow_private");
        let timeout = self.checked("webhooks.timeout", units::wait);
        let retries = self.checked("webhooks.retries", retries);
        let secret_overlap = self.checked("webhooks.secret_overlap", units::duration);
        let log_retention = self.checked("webhooks.log_retention", units::wait);
        let keys = units::words(&self.text("webhooks.seal_keys"));
        let seal = SealKeys::parse(keys.iter().map(String::as_str)).map_err(|reason| {
            // The value is not shown: it is a key but for a slip.
            let next = "write 32 bytes in base64, several with commas between them";
            self.faults.push(ConfigFault::new(format!("webhooks.seal_keys {reason}"), next));
        });
        let trusted = self.text("webhooks.trusted_certificates");
        Some(Webhooks {
            allow_private,
            timeout: timeout?,
            retries: retries?,
            secret_overlap: secret_overlap?,
            log_retention: log_retention?,
            seal: seal.ok()?,
            trusted_certificates: Some(trusted).filter(|path| !path.is_empty()).map(PathBuf::from),
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

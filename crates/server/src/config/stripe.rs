//! The Stripe account that payments go through.

use super::fault::ConfigFault;
use super::typed::{Reading, Secret};
use super::units;

/// The Stripe account.
#[derive(Clone, Debug)]
pub(crate) struct StripeAccount {
    pub(crate) url: String,
    pub(crate) secret_key: Secret,
    /// Several while one replaces the other; none: no webhooks.
    pub(crate) webhook_secrets: Vec<Secret>,
    pub(crate) return_url: Option<String>,
}

impl StripeAccount {
    /// `None` without a key; what is said beside it is read all the same, so that a mistake is told before it matters.
    pub(super) fn read(reading: &mut Reading<'_>, default_gateway: &str) -> Option<Self> {
        let url = reading.checked("payments.stripe.url", units::web_address);
        let return_url = reading.optional("payments.stripe.return_url", units::web_address);
        let secret_key = reading.text("payments.stripe.secret_key");
        if secret_key.is_empty() {
            if default_gateway == "stripe" {
                let what = "payments.default = \"stripe\" needs payments.stripe.secret_key, which is empty";
                let next = "set STRIPE_SECRET_KEY, or STRIPE_SECRET_KEY_FILE to a file that holds it";
                reading.faults.push(ConfigFault::new(what, next));
            }
            return None;
        }
        let secrets = units::words(&reading.text("payments.stripe.webhook_secret"));
        Some(Self {
            url: url?,
            secret_key: Secret::new(secret_key),
            webhook_secrets: secrets.into_iter().map(Secret::new).collect(),
            return_url,
        })
    }
}

//! Who signs in, from the settings.

use std::time::Duration;

use super::{Reading, Secret};
use crate::config::fault::ConfigFault;
use crate::config::units;

/// How people sign in.
#[derive(Clone, Debug)]
pub(crate) struct Admin {
    /// Whether this server shows the dashboard.
    pub(crate) enabled: bool,
    pub(crate) session_ttl: Duration,
    pub(crate) session_idle: Duration,
    /// In minor units.
    pub(crate) support_refund_max: u64,
    /// The first administrator, if the environment names one.
    pub(crate) first: Option<First>,
}

/// The first administrator.
#[derive(Clone, Debug)]
pub(crate) struct First {
    pub(crate) email: String,
    pub(crate) password: Secret,
}

impl Reading<'_> {
    pub(super) fn admin(&mut self) -> Option<Admin> {
        let enabled = self.switch("admin.enabled");
        let session_ttl = self.checked("admin.session_ttl", units::wait);
        let session_idle = self.checked("admin.session_idle", units::wait);
        let support_refund_max = self.count("admin.support_refund_max");
        let first = self.first();
        Some(Admin {
            enabled,
            session_ttl: session_ttl?,
            session_idle: session_idle?,
            support_refund_max: support_refund_max?,
            first,
        })
    }

    /// An address without a password is a slip that would leave the shop without an administrator.
    fn first(&mut self) -> Option<First> {
        let [email, password] = ["admin.email", "admin.password"].map(|path| self.text(path));
        match (email.is_empty(), password.is_empty()) {
            (true, true) => None,
            (false, false) => Some(First { email, password: Secret::new(password) }),
            (is_email_missing, _) => {
                let (there, missing) =
                    if is_email_missing { ("password", "email") } else { ("email", "password") };
                self.faults.push(ConfigFault::new(
                    format!("admin.{there} is set and admin.{missing} is not"),
                    "set both, or neither:  SUTLER_ADMIN_EMAIL and SUTLER_ADMIN_PASSWORD (or …_FILE)",
                ));
                None
            }
        }
    }
}

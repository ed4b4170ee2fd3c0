//! Why a bus cannot be used: what failed, the value, the reason, and what to do.

use std::path::PathBuf;

use sutler_app::ports::publisher::BusError;

use super::open::VERSION_MIN;

/// Why a bus cannot be opened. The text has several lines and begins without `error:`. No text holds a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The address cannot be read.
    #[error(
        "{url} is no address of a NATS server ({reason})\n  \
         write it as nats://user:password@host:4222 or tls://host:4222, several with commas between them"
    )]
    BadUrl {
        /// The address, without its password.
        url: String,
        /// Why.
        reason: String,
    },
    /// The name of the stream is none.
    #[error(
        "events.stream = \"{name}\" is no name of a stream\n  \
         write 1 to 64 letters, digits, - and _, such as SUTLER"
    )]
    BadStream {
        /// The name.
        name: String,
    },
    /// The file with credentials is of no use.
    #[error(
        "cannot read the credentials of NATS in {path} ({reason})\n  \
         name a file as nsc writes it in events.creds_file"
    )]
    BadCreds {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Nobody answers there.
    #[error(
        "cannot reach NATS at {place} ({reason})\n  \
         is it up, and does it listen there?   nats server check connection -s {place}\n  \
         to start without a bus: leave NATS_URL empty"
    )]
    Unreachable {
        /// Where.
        place: String,
        /// What the system said.
        reason: String,
    },
    /// Whoever answers there shows a certificate that nobody we trust has signed.
    #[error(
        "NATS at {place} shows a certificate that is not trusted ({reason})\n  \
         name the certificate of its authority in SSL_CERT_FILE, or the host as its certificate does in NATS_URL"
    )]
    Untrusted {
        /// Where.
        place: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Somebody else answers there.
    #[error(
        "what answers at {place} is no NATS server ({reason})\n  \
         name the port at which it serves its clients in NATS_URL, usually 4222"
    )]
    NotNats {
        /// Where.
        place: String,
        /// What came instead.
        reason: String,
    },
    /// The server does not let us in.
    #[error(
        "NATS at {place} does not let us in ({reason})\n  \
         look at the user and the password in NATS_URL, or at events.creds_file"
    )]
    Denied {
        /// Where.
        place: String,
        /// What the server said.
        reason: String,
    },
    /// The server is too old.
    #[error(
        "NATS at {place} is version {found}; Sutler needs {}.{} or newer\n  \
         nothing was changed. Upgrade the server, or name another one in NATS_URL", VERSION_MIN.0, VERSION_MIN.1
    )]
    TooOld {
        /// Where.
        place: String,
        /// Its version.
        found: String,
    },
    /// The server keeps nothing.
    #[error(
        "NATS at {place} has no JetStream for us ({reason})\n  \
         start it with -js and a -sd folder, or enable JetStream for the account of the user in NATS_URL"
    )]
    NoJetStream {
        /// Where.
        place: String,
        /// What the server said.
        reason: String,
    },
    /// We are in, and may not do what has to be done.
    #[error(
        "NATS at {place} does not permit what the relay needs ({reason})\n  \
         let the user publish to {subjects} and $JS.API.>, and subscribe to _INBOX.>"
    )]
    NotPermitted {
        /// Where.
        place: String,
        /// What the server said.
        reason: String,
        /// The subjects of the events.
        subjects: String,
    },
    /// The stream is not as it must be, and we do not make it so.
    #[error("{place} cannot be used: {reason}\n  {next}")]
    Unfit {
        /// The stream and where it is.
        place: String,
        /// What is wrong with it.
        reason: String,
        /// What to do.
        next: String,
    },
}

/// Why a server did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// It cannot be reached, or does not answer in time.
    Away(String),
    /// Nobody answers for JetStream there.
    NoJetStream(String),
    /// We may not ask.
    NotPermitted(String),
    /// The stream is not as it must be: what is wrong, and what to do.
    Unfit(String, String),
}

impl Trouble {
    /// What it means for whoever opens the bus.
    pub(super) fn when_opened(self, servers: &str, stream: &str, subjects: &str) -> OpenError {
        let place = servers.to_owned();
        match self {
            Self::Away(reason) => OpenError::Unreachable { place, reason },
            Self::NoJetStream(reason) => OpenError::NoJetStream { place, reason },
            Self::NotPermitted(reason) => {
                OpenError::NotPermitted { place, reason, subjects: subjects.to_owned() }
            }
            Self::Unfit(reason, next) => OpenError::Unfit { place: stream.to_owned(), reason, next },
        }
    }
}

/// What it means for the relay.
impl From<Trouble> for BusError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Away(reason) => Self::Away(reason),
            // A server that begins, or a cluster that elects, answers so for a moment.
            Trouble::NoJetStream(reason) => Self::Away(format!("no JetStream answers: {reason}")),
            Trouble::NotPermitted(reason) => Self::Refused(format!("not permitted: {reason}")),
            Trouble::Unfit(reason, next) => Self::Refused(format!("{reason}; {next}")),
        }
    }
}

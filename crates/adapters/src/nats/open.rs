//! Open a bus: reach the server, see that it is new enough and keeps what it is given, and have the stream.

use std::time::Duration;

use async_nats::jetstream::account::Account;
use async_nats::jetstream::context::ContextBuilder;
use async_nats::{Client, ConnectError, ConnectErrorKind};
use parking_lot::Mutex;
use tokio::sync::watch;

use super::api::told;
use super::error::{OpenError, Trouble};
use super::stream::Layout;
use super::target::Target;
use super::{Nats, Options, Seen};

/// The oldest version of the server that does what it is asked: older ones accept settings that they do not know, and drop
/// them without a word.
pub(super) const VERSION_MIN: (i64, i64) = (2, 10);

/// How long the server may take to say its first words. Who says nothing is no NATS server.
const GREETING_PATIENCE: Duration = Duration::from_secs(8);

/// Messages under way at once, at most.
pub(super) const UNDER_WAY_MAX: usize = 1_024;

impl Nats {
    /// Open the stream at this address; it is made when it is not there. Whatever the error, nothing was changed.
    pub async fn open(url: &str, options: &Options) -> Result<Self, OpenError> {
        let nats = Self::reach(url, options).await?;
        let servers = Target::parse(url)?.place().to_owned();
        let subjects = nats.layout.subjects();
        let fit = nats.fit().await.map_err(|trouble| trouble.when_opened(&servers, &nats.place, &subjects));
        fit.map(|_| nats)
    }

    /// Look at a server without changing anything.
    pub async fn look(url: &str, options: &Options) -> Result<Seen, OpenError> {
        let nats = Self::reach(url, options).await?;
        let place = Target::parse(url)?.place().to_owned();
        let failed = |trouble: Trouble| trouble.when_opened(&place, &nats.place, &nats.layout.subjects());
        let messages = nats.info().await.map_err(failed)?.map(|info| info.state.messages);
        let version = nats.context.client().server_info().version;
        Ok(Seen { place, version, messages })
    }

    /// Connect, and refuse what cannot be a bus.
    async fn reach(url: &str, options: &Options) -> Result<Self, OpenError> {
        let layout = Layout::of(options)?;
        let target = Target::parse(url)?;
        let (said, complaints) = watch::channel(None);
        let connecting = target.connect_options(options, said)?.connect(target.servers.clone());
        let place = target.place().to_owned();
        let client = match tokio::time::timeout(GREETING_PATIENCE, connecting).await {
            Ok(connected) => connected.map_err(|error| not_connected(place.clone(), &error))?,
            Err(_) => return Err(silent(place)),
        };
        check_version(&client, &place)?;
        let context =
            ContextBuilder::new().timeout(options.timeout).max_ack_inflight(2 * UNDER_WAY_MAX).build(client);
        let stream = format!("the stream {} at {place}", layout.name());
        let nats = Self { context, layout, place: stream, complaints, end: Mutex::new(None) };
        let account = nats.ask::<Account>("INFO".to_owned(), "").await;
        match account {
            Ok(Ok(_)) => Ok(nats),
            // A cluster that has not elected yet.
            Ok(Err(no)) if no.code() == 503 => Err(OpenError::Unreachable { place, reason: no.to_string() }),
            Ok(Err(no)) => Err(OpenError::NoJetStream { place, reason: no.to_string() }),
            Err(trouble) => Err(trouble.when_opened(&place, &nats.place, &nats.layout.subjects())),
        }
    }
}

fn silent(place: String) -> OpenError {
    let reason = format!("no answer within {} s", GREETING_PATIENCE.as_secs());
    OpenError::Unreachable { place, reason }
}

fn not_connected(place: String, error: &ConnectError) -> OpenError {
    let reason = told(error);
    match error.kind() {
        ConnectErrorKind::Authentication | ConnectErrorKind::AuthorizationViolation => {
            OpenError::Denied { place, reason }
        }
        _ if is_untrusted(error) => OpenError::Untrusted { place, reason },
        // The connection stood, and what came was none of NATS.
        ConnectErrorKind::Io if is_foreign(error) => OpenError::NotNats { place, reason },
        ConnectErrorKind::TimedOut => {
            OpenError::Unreachable { place, reason: "no answer in time".to_owned() }
        }
        _ => OpenError::Unreachable { place, reason },
    }
}

/// Whether the trouble is with what was said, and not with the way there.
fn is_foreign(error: &ConnectError) -> bool {
    io(error).map_or_else(
        || told(error).contains("expected INFO"),
        |io| matches!(io.kind(), std::io::ErrorKind::InvalidInput | std::io::ErrorKind::InvalidData),
    )
}

/// Whether what is wrong is the certificate that the server shows.
fn is_untrusted(error: &ConnectError) -> bool {
    let tls = io(error).and_then(std::io::Error::get_ref).and_then(|inner| inner.downcast_ref());
    matches!(tls, Some(rustls::Error::InvalidCertificate(_)))
}

fn io(error: &ConnectError) -> Option<&std::io::Error> {
    std::error::Error::source(error)?.downcast_ref()
}

fn check_version(client: &Client, place: &str) -> Result<(), OpenError> {
    let (major, minor) = VERSION_MIN;
    if client.is_server_compatible(major, minor, 0) {
        return Ok(());
    }
    let found = client.server_info().version;
    Err(OpenError::TooOld { place: place.to_owned(), found })
}

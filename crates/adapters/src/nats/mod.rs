//! NATS JetStream as the bus: one stream, a subject for each type of event.
//!
//! Every message names the sequence that it is to follow, and the event, so the stream itself keeps the order: of several
//! that are under way at once, none is stored when the one before it was not, and a relay that was replaced without
//! knowing it is refused. The event's id is the message's id, by which the server drops repeats within its window, and
//! readers for ever.

mod api;
mod error;
mod open;
mod publisher;
mod stream;
mod target;

use std::path::PathBuf;
use std::time::Duration;

use async_nats::jetstream;
use parking_lot::Mutex;
use tokio::sync::watch;

pub use error::OpenError;
pub use stream::{STREAM_NAME_MAX, is_stream_name};
pub use target::redacted;

use publisher::End;
use stream::Layout;

/// How the bus is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// The name of the stream; in small letters it is what subjects begin with.
    pub stream: String,
    /// Copies of the stream in a cluster of servers.
    pub replicas: usize,
    /// How long events stay in the stream.
    pub retention: Duration,
    /// How long the server remembers the ids of messages.
    pub duplicate_window: Duration,
    /// A file with credentials, as `nsc` writes them.
    pub creds_file: Option<PathBuf>,
    /// How long the server may take to answer, or to acknowledge.
    pub timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            stream: "SUTLER".to_owned(),
            replicas: 1,
            retention: Duration::from_hours(90 * 24),
            duplicate_window: Duration::from_mins(2),
            creds_file: None,
            timeout: Duration::from_secs(5),
        }
    }
}

/// A stream of a NATS server.
pub struct Nats {
    context: jetstream::Context,
    layout: Layout,
    /// The stream and its servers, for people.
    place: String,
    /// What the server complained about last, beside its answers.
    complaints: watch::Receiver<Option<String>>,
    /// The end behind which is published.
    end: Mutex<Option<End>>,
}

/// Whether this is an address of NATS servers; if not, why, in words that go on behind the address.
pub fn check_url(url: &str) -> Result<(), String> {
    let Err(error) = target::Target::parse(url) else { return Ok(()) };
    let text = error.to_string();
    let said = text.split_once(" is no address").map_or(text.as_str(), |(_, said)| said);
    Err(format!("is no address{}", said.replace("\n  ", ": ")))
}

/// What a look at a server gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The servers, for people.
    pub place: String,
    /// The version of the one that answered.
    pub version: String,
    /// Messages in the stream; `None` when there is no such stream yet.
    pub messages: Option<u64>,
}

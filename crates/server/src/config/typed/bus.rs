//! The bus, from the settings.

use std::path::PathBuf;

use sutler_adapters::nats::{self, STREAM_NAME_MAX};

use super::{Reading, Secret};

/// The stream that events are published to.
#[derive(Clone, Debug)]
pub(crate) struct Bus {
    pub(crate) url: Secret,
    pub(crate) creds_file: Option<PathBuf>,
    pub(crate) stream: String,
    pub(crate) replicas: usize,
}

impl Reading<'_> {
    /// `None` without an address. What is said beside it is read all the same, so that a mistake is told before it matters.
    pub(super) fn bus(&mut self) -> Option<Bus> {
        let url = self.optional("events.url", |url| nats::check_url(url).map(|()| Secret::new(url)));
        let stream = self.checked("events.stream", |name| {
            let wrong = || {
                format!("is no name: write 1 to {STREAM_NAME_MAX} letters, digits, - and _, such as SUTLER")
            };
            if nats::is_stream_name(name) { Ok(name.to_owned()) } else { Err(wrong()) }
        });
        let replicas = self.count("events.replicas");
        let creds_file = Some(self.text("events.creds_file")).filter(|path| !path.is_empty());
        let (stream, replicas) = (stream?, usize::try_from(replicas?).ok()?);
        Some(Bus { url: url?, creds_file: creds_file.map(PathBuf::from), stream, replicas })
    }
}

//! Events as they happen: server-sent events, read for as long as somebody wants to.

mod message;

use std::time::Duration;

use sutler_types::event::Event;

use crate::call::Answer;
use crate::retry::{is_passing, jittered};
use crate::{Call, Client, Error};

use message::{Message, Messages};

/// The longest silence: a server says every 15 seconds that it is there.
const SILENCE_MAX: Duration = Duration::from_secs(45);

/// How long the head of the answer may take.
const HEAD_TIMEOUT: Duration = Duration::from_secs(40);

/// The longest wait between two tries to connect again.
const WAIT_MAX: Duration = Duration::from_secs(30);

/// A stream lasts as long as somebody reads it; this is only the longest that the clock can count.
const FOR_EVER: Duration = Duration::from_hours(24 * 365 * 10);

/// What is heard of a stream.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// It begins behind this cursor.
    Open {
        /// The cursor, to begin there again.
        after: String,
    },
    /// Something happened.
    Event {
        /// The event.
        event: Box<Event>,
        /// The same as it was sent, byte for byte.
        json: String,
    },
    /// Events are missing: what came after the last one seen is no longer kept, or the server's log is another one now.
    /// What is kept follows, from the oldest on.
    Gap {
        /// `retention`, `unknown_event` or `epoch`.
        reason: String,
        /// The oldest event that there is.
        oldest: Option<String>,
    },
    /// The connection was lost, and is made again; nothing is missed.
    Lost {
        /// What was seen.
        reason: String,
    },
}

/// A stream of events that goes on where it was when its connection is lost.
#[derive(Debug)]
pub struct EventStream<'a> {
    client: &'a Client,
    call: Call,
    response: Option<reqwest::Response>,
    messages: Messages,
    /// The last id that was seen: an event, or where the stream began.
    last_id: Option<String>,
    /// How long the server asks to wait before connecting again.
    retry: Duration,
    was_open: bool,
    failures: u32,
}

impl<'a> EventStream<'a> {
    pub(crate) fn new(client: &'a Client, call: Call) -> Self {
        Self {
            client,
            call,
            response: None,
            messages: Messages::default(),
            last_id: None,
            retry: Duration::from_secs(2),
            was_open: false,
            failures: 0,
        }
    }

    /// The last id that was seen; a stream that begins after it misses nothing.
    pub fn last_id(&self) -> Option<&str> {
        self.last_id.as_deref()
    }

    /// What comes next. The stream ends with an error that another try would not mend; a server that cannot be reached
    /// is one only as long as the stream never began.
    pub async fn next(&mut self) -> Result<Heard, Error> {
        loop {
            while let Some(message) = self.messages.next() {
                if let Some(heard) = self.heard(message)? {
                    return Ok(heard);
                }
            }
            let Some(response) = &mut self.response else {
                self.connect().await?;
                continue;
            };
            let reason = match tokio::time::timeout(SILENCE_MAX, response.chunk()).await {
                Ok(Ok(Some(bytes))) => {
                    self.messages.feed(&bytes)?;
                    continue;
                }
                Ok(Ok(None)) => "the server ended the stream".to_owned(),
                Ok(Err(error)) => Error::of_transport(self.client.address(), &error).to_string(),
                Err(_) => format!("nothing was heard for {} s", SILENCE_MAX.as_secs()),
            };
            return Ok(self.lost(reason));
        }
    }

    fn lost(&mut self, reason: String) -> Heard {
        self.response = None;
        self.messages = Messages::default();
        self.failures = self.failures.saturating_add(1);
        Heard::Lost { reason }
    }

    /// What a message says; `None` for one that is not for the reader.
    fn heard(&mut self, message: Message) -> Result<Option<Heard>, Error> {
        if let Some(retry) = message.retry {
            self.retry = retry.min(WAIT_MAX);
        }
        if let Some(id) = message.id {
            self.last_id = Some(id).filter(|id| !id.is_empty());
        }
        let told = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap_or_default();
        let word = |text: &str, name: &str| told(text).get(name)?.as_str().map(str::to_owned);
        let (kind, data) = (message.kind.as_str(), message.data.as_str());
        Ok(match kind {
            _ if data.is_empty() => None,
            "stream.open" => Some(Heard::Open { after: word(data, "after").unwrap_or_default() }),
            "stream.gap" => {
                let reason = word(data, "reason").unwrap_or_default();
                Some(Heard::Gap { reason, oldest: word(data, "oldest") })
            }
            "stream.slow" => Some(self.lost("the reader was too far behind".to_owned())),
            // Words of the stream about itself that come later are not events.
            kind if kind.starts_with("stream.") => None,
            _ => {
                let event = serde_json::from_str(data);
                let event = event.map_err(|error| Error::Malformed { reason: error.to_string() })?;
                self.failures = 0;
                Some(Heard::Event { event: Box::new(event), json: message.data })
            }
        })
    }

    /// Connect, with patience.
    async fn connect(&mut self) -> Result<(), Error> {
        if self.was_open {
            let doubled =
                self.retry.saturating_mul(2_u32.saturating_pow(self.failures.saturating_sub(1).min(8)));
            tokio::time::sleep(jittered(doubled.min(WAIT_MAX))).await;
        }
        let mut tried = 0;
        loop {
            tried += 1;
            let outcome = self.try_once().await;
            let may_pass = match &outcome {
                Ok(None) => return Ok(()),
                Ok(Some(answer)) => is_passing(answer.status),
                Err(error) => matches!(error, Error::Unreachable { .. } | Error::Timeout { .. }),
            };
            let outcome =
                outcome.and_then(|answer| answer.ok_or_else(|| Error::Malformed { reason: String::new() }));
            let asked = self.client.retries.wait_after(tried, &outcome);
            let wait = match asked {
                Some(wait) => wait,
                None if self.was_open && may_pass => jittered(WAIT_MAX),
                None => return outcome?.success().map(drop),
            };
            tokio::time::sleep(wait).await;
        }
    }

    /// Ask for the stream once. `None`: it is open; otherwise what was answered instead.
    async fn try_once(&mut self) -> Result<Option<Answer>, Error> {
        let mut call = self.call.clone();
        if let Some(id) = &self.last_id {
            call = call.header("last-event-id", id.clone());
        }
        let (client, address) = (self.client, self.client.address());
        let request = call.request(&client.http, address, client.key.as_deref()).timeout(FOR_EVER);
        let sent = tokio::time::timeout(HEAD_TIMEOUT, request.send()).await;
        let sent = sent.map_err(|_| Error::Timeout { address: address.to_owned() })?;
        let response = sent.map_err(|error| Error::of_transport(address, &error))?;
        let kind = response.headers().get("content-type").and_then(|value| value.to_str().ok());
        if response.status().is_success() && kind.is_some_and(|kind| kind.starts_with("text/event-stream")) {
            self.response = Some(response);
            self.was_open = true;
            return Ok(None);
        }
        let is_success = response.status().is_success();
        let answer = Answer::read(response).await.map_err(|error| Error::of_transport(address, &error))?;
        if is_success {
            let reason = "the server answered something else than a stream of events".to_owned();
            return Err(Error::Malformed { reason });
        }
        Ok(Some(answer))
    }
}

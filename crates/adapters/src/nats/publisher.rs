//! The port: read the end of the stream, and write behind it.

use async_nats::jetstream;
use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::context::{PublishAckFuture, PublishError, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::publish::PublishAck;
use async_nats::jetstream::stream::{LastRawMessageErrorKind, RawMessageErrorKind};
use async_nats::{HeaderMap, connection::State};
use async_trait::async_trait;
use sutler_app::ports::publisher::{Ack, BusError, LogName, Newest, Publication, Published, Publisher};
use sutler_domain::Position;

use super::Nats;
use super::api::told;
use super::error::Trouble;
use super::open::UNDER_WAY_MAX;

/// The event's id, as the client library writes it.
const MESSAGE_ID: &str = "Nats-Msg-Id";
/// The epoch that the log began with.
const LOG: &str = "Sutler-Log";
/// The epoch of the log.
const EPOCH: &str = "Sutler-Epoch";
/// The place of the event in the log.
const POSITION: &str = "Sutler-Position";
/// What the body is, as `CloudEvents` names it.
const CONTENT_TYPE: (&str, &str) = ("Content-Type", "application/cloudevents+json");

/// Where the stream ends, as we saw it.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    /// The last sequence that was given to a message.
    sequence: u64,
    /// The last message that we sent was there already; the next ones may be too, and each of them would be the reason to
    /// refuse all that are under way behind it.
    is_repeating: bool,
}

#[async_trait]
impl Publisher for Nats {
    async fn newest(&self) -> Result<Option<Newest>, BusError> {
        *self.end.lock() = None;
        self.connected()?;
        // First the end, then what is there: what comes in between is refused to be overtaken.
        let info = self.fit().await?;
        let newest = self.last_message().await?;
        *self.end.lock() = Some(End { sequence: info.state.last_sequence, is_repeating: false });
        Ok(newest)
    }

    async fn publish(&self, log: &LogName, events: &[Publication]) -> Published {
        let mut published = Published::default();
        let end = self.end.lock().take();
        match self.publish_behind(end, log, events, &mut published.acks).await {
            Ok(end) => *self.end.lock() = Some(end),
            Err(error) => published.stopped = Some(error),
        }
        published
    }

    fn place(&self) -> &str {
        &self.place
    }
}

impl Nats {
    /// Publish as many as may be under way, and wait for their acknowledgements in order; gives where the stream ends then.
    async fn publish_behind(
        &self,
        end: Option<End>,
        log: &LogName,
        events: &[Publication],
        acks: &mut Vec<Ack>,
    ) -> Result<End, BusError> {
        self.connected()?;
        let mut end = end.ok_or(BusError::Moved)?;
        let at_once = if end.is_repeating { 1 } else { UNDER_WAY_MAX };
        let (mut under_way, mut unsent) = (Vec::with_capacity(events.len().min(at_once)), None);
        let mut before = None;
        for (event, sequence) in events.iter().zip(end.sequence..).take(at_once) {
            match self.send(log, event, sequence, before.replace(event)).await {
                Ok(ack) => under_way.push((event, ack)),
                Err(error) => {
                    unsent = Some(error);
                    break;
                }
            }
        }
        for (event, ack) in under_way {
            let ack = self.heard(ack.into_future()).await?.map_err(|error| refused(event, &error))?;
            if ack.duplicate {
                self.is_still_there(&ack, event).await?;
                acks.push(Ack::Known);
                // Those behind it name a sequence that does not come: they are sent anew, one by one.
                return Ok(End { is_repeating: true, ..end });
            }
            end = End { sequence: ack.sequence, is_repeating: false };
            acks.push(Ack::Stored);
        }
        unsent.map_or(Ok(end), Err)
    }

    /// Send an event that is to be stored as the one after this sequence, and right behind the event before it. The
    /// sequence alone would let in what a relay sent before it was replaced, as soon as the other one came by there.
    async fn send(
        &self,
        log: &LogName,
        event: &Publication,
        sequence: u64,
        before: Option<&Publication>,
    ) -> Result<PublishAckFuture, BusError> {
        let (name, value) = CONTENT_TYPE;
        let message = PublishMessage::build()
            .message_id(event.event_id.as_str())
            .expected_last_sequence(sequence)
            .header(LOG, log.first_epoch.as_str())
            .header(EPOCH, log.epoch.as_str())
            .header(POSITION, event.position.to_string().as_str())
            .header(name, value)
            .payload(event.body.clone().into());
        let message = match before {
            Some(before) => message.expected_last_message_id(before.event_id.as_str()),
            None => message,
        };
        let sent = self.context.send_publish(self.layout.subject(event.kind), message).await;
        sent.map_err(|error| refused(event, &error))
    }

    /// The server remembers ids of messages that were removed since: such an event is not on the bus.
    async fn is_still_there(&self, ack: &PublishAck, event: &Publication) -> Result<(), BusError> {
        let stream = self.stream().await?;
        match self.heard(stream.get_raw_message(ack.sequence)).await? {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => {
                Err(BusError::Away(format!(
                    "the message of {} was removed, and the server takes it anew only when it has forgotten its id",
                    event.event_id
                )))
            }
            Err(error) => Err(BusError::Away(told(&error))),
        }
    }

    async fn last_message(&self) -> Result<Option<Newest>, BusError> {
        let stream = self.stream().await?;
        let subjects = self.layout.subjects();
        let message = match self.heard(stream.get_last_raw_message_by_subject(&subjects)).await? {
            Ok(message) => message,
            Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => return Ok(None),
            Err(error) => return Err(BusError::Away(told(&error))),
        };
        let newest = read(&message.headers).ok_or_else(|| {
            let (sequence, subject, name) = (message.sequence, &message.subject, self.layout.name());
            Trouble::Unfit(
                format!("message {sequence} of {name} ({subject}) is none of Sutler's"),
                format!(
                    "nobody else may publish to {subjects}; remove it: nats stream rmm {name} {sequence}"
                ),
            )
        })?;
        Ok(Some(newest))
    }

    async fn stream(&self) -> Result<jetstream::stream::Stream<()>, BusError> {
        let stream = self.context.get_stream_no_info(self.layout.name()).await;
        stream.map_err(|error| BusError::Away(told(&error)))
    }

    /// What is sent without a connection waits for one, and nobody knows for how long.
    fn connected(&self) -> Result<(), BusError> {
        match self.context.client().connection_state() {
            State::Connected => Ok(()),
            State::Pending | State::Disconnected => Err(BusError::Away("not connected".to_owned())),
        }
    }
}

/// What a message says about its event.
fn read(headers: &HeaderMap) -> Option<Newest> {
    let text = |name: &str| headers.get(name).map(|value| value.as_str().to_owned());
    Some(Newest {
        log: LogName { first_epoch: text(LOG)?, epoch: text(EPOCH)? },
        position: Position(text(POSITION)?.parse().ok()?),
        event_id: text(MESSAGE_ID)?,
    })
}

/// Why a message was not taken.
fn refused(event: &Publication, error: &PublishError) -> BusError {
    let (id, bytes) = (&event.event_id, event.body.len());
    let no = std::error::Error::source(error).and_then(|source| source.downcast_ref::<jetstream::Error>());
    match (error.kind(), no) {
        (PublishErrorKind::WrongLastSequence | PublishErrorKind::WrongLastMessageId, _) => BusError::Moved,
        (_, Some(no)) if no.error_code() == ErrorCode::STREAM_WRONG_LAST_SEQUENCE_CONSTANT => BusError::Moved,
        (PublishErrorKind::MaxPayloadExceeded, _) => BusError::Refused(format!(
            "{id} has {bytes} bytes, more than the server takes ({}); raise max_payload of the server",
            told(error)
        )),
        (_, Some(no)) if no.error_code() == ErrorCode::STREAM_MESSAGE_EXCEEDS_MAXIMUM => BusError::Refused(
            format!("{id} has {bytes} bytes, more than max_msg_size of the stream; raise it"),
        ),
        (_, Some(no)) if no.code() != 503 => BusError::Refused(format!("{id} is not taken: {no}")),
        (PublishErrorKind::StreamNotFound, _) => BusError::Away("the stream is gone".to_owned()),
        _ => BusError::Away(told(error)),
    }
}

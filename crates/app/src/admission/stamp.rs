//! The envelope: positions, versions, times, numbers, ids and the hash chain.

use jiff::Timestamp;
use sutler_domain::seeded::{Bug, seeded};
use sutler_domain::{EventId, Position, Version};
use uuid::Uuid;

use super::Heads;
use crate::commit::Commit;
use crate::digest::{Fields, sha256};
use crate::event::{NewEvent, Recorded};
use crate::stream::StreamId;

/// Stamp the events of an admitted commit; the heads' position, hash, time and next number move on. Gives the
/// records and the numbers drawn.
pub(super) fn events(heads: &mut Heads, commit: &Commit) -> (Vec<Recorded>, Vec<(StreamId, u64)>) {
    heads.recorded_at = heads.recorded_at.max(to_micros(heads.now));
    let (mut records, mut numbers) = (Vec::new(), Vec::new());
    let mut versions: Vec<(&StreamId, Version)> = Vec::new();
    for change in &commit.changes {
        let mut number = None;
        if change.numbered {
            number = Some(heads.next_number);
            numbers.push((change.stream.clone(), heads.next_number));
            heads.next_number = heads.next_number.saturating_add(1);
        }
        let earlier = versions.iter().rev().find(|(stream, _)| *stream == &change.stream).map(|(_, v)| *v);
        let mut version = earlier.unwrap_or_else(|| heads.version(&change.stream));
        for event in &change.events {
            version = version.plus(1);
            records.push(record(heads, commit, &change.stream, version, event, number.take()));
        }
        versions.push((&change.stream, version));
    }
    (records, numbers)
}

fn record(
    heads: &mut Heads,
    commit: &Commit,
    stream: &StreamId,
    version: Version,
    event: &NewEvent,
    number: Option<u64>,
) -> Recorded {
    heads.position = Position(heads.position.0.saturating_add(if seeded(Bug::PositionGap) { 2 } else { 1 }));
    let mut recorded = Recorded {
        position: heads.position,
        event_id: EventId::new(Uuid::nil()),
        stream: stream.clone(),
        version,
        name: event.name.to_owned(),
        body: event.body.clone(),
        at: to_micros(event.at),
        recorded_at: heads.recorded_at,
        actor: commit.actor.clone(),
        causation: commit.causation.clone(),
        traceparent: commit.traceparent.clone(),
        number,
        hash: [0; 32],
    };
    let before = if seeded(Bug::ChainNotLinked) { [0; 32] } else { heads.hash };
    recorded.hash = chained(&before, &recorded);
    recorded.event_id = event_id_of(&recorded.hash, recorded.recorded_at);
    heads.hash = recorded.hash;
    recorded
}

/// Times in the log are whole microseconds, which every store keeps and the hash covers.
fn to_micros(time: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(time.as_microsecond()).unwrap_or(time)
}

/// Where the chain of a log begins: the hash before its first event.
pub fn genesis(epoch: &str) -> [u8; 32] {
    sha256(epoch.as_bytes())
}

/// SHA-256 of the previous hash and every field of the record, each preceded by its length, so that no two
/// different records have the same input. The event's id is not among them: it is made of the hash.
pub fn chained(previous: &[u8; 32], record: &Recorded) -> [u8; 32] {
    let mut fields = Fields::new();
    let mut field = |bytes: &[u8]| fields.add(bytes);
    field(previous);
    field(&record.position.0.to_be_bytes());
    field(record.stream.as_str().as_bytes());
    field(&record.version.0.to_be_bytes());
    field(record.name.as_bytes());
    field(record.body.as_bytes());
    field(&record.at.as_microsecond().to_be_bytes());
    field(&record.recorded_at.as_microsecond().to_be_bytes());
    field(record.actor.as_bytes());
    field(record.causation.as_deref().unwrap_or_default().as_bytes());
    field(record.traceparent.as_deref().unwrap_or_default().as_bytes());
    field(&record.number.unwrap_or(0).to_be_bytes());
    fields.finish()
}

/// The id of the event with this hash, recorded at this time. The layout of RFC 9562, section 5.7: 48 bits of milliseconds, then bits that here come from the hash.
pub fn event_id_of(hash: &[u8; 32], at: Timestamp) -> EventId {
    let millis = u128::try_from(at.as_millisecond()).unwrap_or(0) & 0xFFFF_FFFF_FFFF;
    let random = hash.iter().take(10).fold(0u128, |bits, byte| (bits << 8) | u128::from(*byte));
    let (a, b) = ((random >> 62) & 0xFFF, random & 0x3FFF_FFFF_FFFF_FFFF);
    EventId::new(Uuid::from_u128((millis << 80) | (0x7 << 76) | (a << 64) | (0b10 << 62) | b))
}

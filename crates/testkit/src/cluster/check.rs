//! What is compared when all is quiet, beside what the proof itself compares: the log and the stream, the log and itself.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::program::program;
use super::stack::{Programs, Stack};
use crate::bus::Message;
use crate::crash::wire::Wire;
use crate::servers::nats;

/// The stream of events.
pub const STREAM: &str = "SUTLER";

/// How long the relay may take to publish what waits.
const RELAY_PATIENCE: Duration = Duration::from_mins(1);

/// An event as `GET /events` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Shown {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    subject: String,
    /// Its JSON, byte for byte.
    #[serde(skip)]
    body: String,
}

#[derive(Deserialize)]
struct EventsPage {
    data: Vec<Box<RawValue>>,
    page: Next,
}

#[derive(Deserialize)]
struct Next {
    next: Option<String>,
    has_more: bool,
}

/// How many events were compared, and what differed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// Events of the log.
    pub events: usize,
    /// Messages of the stream.
    pub messages: usize,
    /// What must not be.
    pub differences: Vec<String>,
}

/// Wait until the stream has as many events as the log, or long enough, and compare them.
pub async fn stream(stack: &Stack) -> Result<Compared> {
    let shown = shown(&stack.balancer.address).await?;
    let (url, begun) = (stack.nats.url(), Instant::now());
    let count = u64::try_from(shown.len())?;
    while nats::stored(&url, STREAM).await? < count && begun.elapsed() < RELAY_PATIENCE {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let messages = stack.nats.messages(STREAM).await?;
    let differences = differences(&shown, &messages);
    Ok(Compared { events: shown.len(), messages: messages.len(), differences })
}

/// Every event that the log shows, in its order.
async fn shown(address: &str) -> Result<Vec<Shown>> {
    let (mut wire, mut shown, mut after) = (Wire::new(address), Vec::new(), String::new());
    loop {
        let path = format!("/events?limit=200{after}");
        let answer = wire.send(hyper::Method::GET, &path, None, None).await?;
        ensure!(answer.is_success(), "GET {path} answered {}: {}", answer.status, answer.body);
        let page: EventsPage = serde_json::from_str(&answer.body)?;
        for body in page.data {
            let event: Shown = serde_json::from_str(body.get())?;
            shown.push(Shown { body: body.get().to_owned(), ..event });
        }
        match page.page.next {
            Some(next) if page.page.has_more => after = format!("&after={next}"),
            _ => return Ok(shown),
        }
    }
}

/// Each event is in the stream, as it is shown; nothing else is; and whoever drops repeats sees each subject, and the whole
/// log, in order.
fn differences(shown: &[Shown], messages: &[Message]) -> Vec<String> {
    let events: BTreeMap<&str, (usize, &Shown)> =
        (0..).zip(shown).map(|(place, event)| (event.id.as_str(), (place, event))).collect();
    let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
    let (mut newest, mut by_subject) = (None, BTreeMap::new());
    for message in messages {
        let id = message.event_id.as_str();
        let Some((place, event)) = events.get(id) else {
            found.push(format!("{id} is in the stream, and not in the log"));
            continue;
        };
        if message.kind != event.kind || message.body != event.body.as_bytes() {
            found.push(format!("{id} is in the stream otherwise than it is shown"));
        }
        if !seen.insert(id) {
            continue;
        }
        if by_subject.insert(&event.subject, place) > Some(place) {
            found.push(format!("{id} of {} is in the stream behind a later one of it", event.subject));
        } else if newest > Some(place) {
            found.push(format!("{id} is in the stream behind a later event"));
        }
        newest = newest.max(Some(place));
    }
    let missing = shown.iter().filter(|event| !seen.contains(event.id.as_str()));
    found.extend(missing.map(|event| format!("{} ({}) is not in the stream", event.id, event.kind)));
    found
}

/// Positions count from 1 without a gap up to the head, versions of each stream too, and so do the numbers of orders.
pub fn log(stack: &Stack) -> Result<Vec<String>> {
    let checks = [
        (
            "gaps or repeats in the positions of the log, up to the head",
            "SELECT (SELECT position FROM head) - count(DISTINCT position)
                 + (SELECT position FROM head) - coalesce(max(position), 0)
                 + coalesce(min(position), 1) - 1 FROM events",
        ),
        (
            "streams with gaps in their versions",
            "SELECT count(*) FROM (SELECT stream FROM events GROUP BY stream
                 HAVING count(*) <> max(version) OR min(version) <> 1) AS gaps",
        ),
        (
            "numbers that no order has",
            "SELECT coalesce(max(number) - min(number) + 1 - count(*), 0) FROM orders",
        ),
        ("jobs that are not over", "SELECT count(*) FROM jobs WHERE state NOT IN ('done', 'canceled')"),
    ];
    let mut found = Vec::new();
    for (what, sql) in checks {
        let count = stack.sql(sql)?;
        if count != "0" {
            found.push(format!("{count} {what}"));
        }
    }
    Ok(found)
}

/// What `sutler verify` says of the database.
pub async fn verify(programs: &Programs, folder: &std::path::Path, stack: &Stack) -> Result<Vec<String>> {
    let mut verify = program(&programs.sutler, folder)?;
    let output = verify.arg("verify").env("DATABASE_URL", stack.database_url()).output().await?;
    let said = [output.stdout, output.stderr].concat();
    let what = || format!("sutler verify: {}: {}", output.status, String::from_utf8_lossy(&said));
    Ok(if output.status.success() { Vec::new() } else { vec![what()] })
}

#[cfg(test)]
mod tests {
    use sutler_app::ports::publisher::LogName;
    use sutler_domain::Position;

    use super::*;

    fn log() -> Vec<Shown> {
        let event = |(number, subject): (u32, &str)| Shown {
            id: format!("evt_{number}"),
            kind: "order.placed".to_owned(),
            subject: subject.to_owned(),
            body: format!("{{\"id\":\"evt_{number}\"}}"),
        };
        [(1, "ord_a"), (2, "ord_b"), (3, "ord_a"), (4, "prd_c")].map(event).to_vec()
    }

    fn message(event: &Shown) -> Message {
        Message {
            log: LogName { first_epoch: "e".to_owned(), epoch: "e".to_owned() },
            event_id: event.id.clone(),
            kind: event.kind.clone(),
            position: Position(0),
            body: event.body.clone().into_bytes(),
        }
    }

    /// The stream with these events of the log, by number.
    fn told(numbers: &[usize]) -> Vec<String> {
        let log = log();
        let messages: Vec<Message> = numbers.iter().map(|number| message(&log[number - 1])).collect();
        differences(&log, &messages)
    }

    #[test]
    fn a_stream_that_repeats_is_fine() {
        assert_eq!(told(&[1, 2, 3, 4]), [""; 0]);
        assert_eq!(told(&[1, 2, 1, 2, 3, 4, 4]), [""; 0]);
    }

    #[test]
    fn whatever_else_differs_is_found() {
        assert_eq!(told(&[1, 2, 4]), ["evt_3 (order.placed) is not in the stream"]);
        assert_eq!(told(&[1, 2, 3]), ["evt_4 (order.placed) is not in the stream"]);
        assert_eq!(told(&[3, 1, 2, 4])[0], "evt_1 of ord_a is in the stream behind a later one of it");
        assert_eq!(told(&[2, 1, 3, 4]), ["evt_1 is in the stream behind a later event"]);
        let mut foreign = message(&log()[0]);
        foreign.event_id = "evt_9".to_owned();
        assert_eq!(differences(&[], &[foreign]), ["evt_9 is in the stream, and not in the log"]);
        let mut changed = message(&log()[0]);
        changed.body.push(b' ');
        assert_eq!(
            differences(&log()[..1], &[changed]),
            ["evt_1 is in the stream otherwise than it is shown"]
        );
    }
}

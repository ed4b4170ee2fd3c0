//! What the receiver must have: every event that the log shows, as the log shows it.

use std::collections::HashSet;

use anyhow::{Context, Result, ensure};
use hyper::Method;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::Report;
use super::inbox::{Digested, Inbox, digest};
use crate::crash::wire::Wire;

/// A page of the log, with the bytes of each event.
#[derive(Deserialize)]
struct Page {
    data: Vec<Box<RawValue>>,
    page: Next,
}

#[derive(Deserialize)]
struct Next {
    has_more: bool,
    next: Option<String>,
}

#[derive(Deserialize)]
struct Event<'e> {
    id: &'e str,
}

/// Every event of the log: the endpoint was there before anything happened.
pub(super) async fn log(wire: &mut Wire) -> Result<Vec<(String, Digested)>> {
    let (mut found, mut after) = (Vec::new(), "start".to_owned());
    loop {
        let path = format!("/events?limit=200&after={after}");
        let answer = wire.send(Method::GET, &path, None, None).await?;
        ensure!(answer.is_success(), "GET {path} answered {}: {}", answer.status, answer.body);
        let page: Page = serde_json::from_str(&answer.body)?;
        for raw in &page.data {
            let event: Event<'_> = serde_json::from_str(raw.get())?;
            found.push((event.id.to_owned(), digest(raw.get().as_bytes())));
        }
        if !page.page.has_more {
            return Ok(found);
        }
        after = page.page.next.context("a page that says where to go on")?;
    }
}

/// Compare what was taken with what was to be sent.
pub(super) fn compare(inbox: &Inbox, report: &mut Report) {
    inbox.look(|ledger| {
        let expected: HashSet<&str> = ledger.expected.iter().map(|(id, _)| id.as_str()).collect();
        for (id, digest) in &ledger.expected {
            match ledger.taken.get(id) {
                None => report.wrong.push(format!("{id} is missing")),
                Some((taken, _)) if taken != digest => {
                    report.wrong.push(format!("{id} came unlike GET /events shows it"));
                }
                Some(_) => {}
            }
        }
        let foreign = ledger.taken.keys().filter(|id| !expected.contains(id.as_str()));
        report.wrong.extend(foreign.map(|id| format!("{id} is no event of the log")));
        report.wrong.extend(ledger.wrong.iter().cloned());
        (report.attempts, report.refused) = (ledger.attempts, ledger.refused);
        report.repeats = ledger.taken.values().map(|(_, times)| times.saturating_sub(1)).sum();
        if ledger.refused == 0 {
            report.wrong.push("the receiver refused nothing: nothing was shown".to_owned());
        }
    });
}

//! What the server has to show for itself when the sale is over, asked for over its API.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use sutler_client::types::inventory::Level;
use sutler_client::types::payment::{BookEntry, Payment};
use sutler_client::types::verify::{Difference, Verification};
use sutler_client::{Call, Client, Error, Pages};
use tokio::time::{Instant, sleep};

use super::ledger::Order;
use crate::console::{field, text};

/// Rows of a page.
const PAGE: &str = "200";

/// How long the work that follows the orders may take: a job whose attempt was lost waits a minute for its lease to end.
const REST_WITHIN: Duration = Duration::from_secs(90);

/// How often to look whether it is done.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// An order as it is at the end.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Found {
    #[serde(flatten)]
    pub(super) order: Order,
    pub(super) payments: Vec<Payment>,
}

/// An event of the feed.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Event {
    pub(super) id: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) subject: String,
    pub(super) sequence: String,
    pub(super) position: String,
}

/// What `POST /verify` said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Verified {
    /// Nothing differs: so many events were recomputed.
    Clean { events: u64 },
    /// These differ.
    Differs(Vec<String>),
    /// The server does not offer it.
    #[default]
    NotOffered,
}

/// All of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Evidence {
    pub(super) orders: Vec<Found>,
    pub(super) books: Vec<BookEntry>,
    pub(super) events: Vec<Event>,
    pub(super) levels: Vec<Level>,
    /// Jobs that are still to be done, or were given up, by state.
    pub(super) jobs: BTreeMap<String, u64>,
    pub(super) verified: Verified,
}

/// Where the feed and the gateway's books stood before the sale.
pub(super) struct Start {
    feed: String,
    books: Option<String>,
}

/// Look before the doors open.
pub(super) async fn before(client: &Client) -> Result<Start, Error> {
    let feed: Value = client.send(events("now")).await?.json()?;
    let mut books = None;
    loop {
        let page: Value = client.send(book(books.as_deref())).await?.json()?;
        books = field(&page, "/page/next").as_str().map(str::to_owned);
        if !has_more(&page) {
            return Ok(Start { feed: text(&feed, "/page/next"), books });
        }
    }
}

/// Wait until the work that follows the orders is done, then look.
pub(super) async fn after(
    client: &Client,
    start: &Start,
    tag: &str,
    variant_id: &str,
) -> Result<Evidence, Error> {
    let jobs = at_rest(client).await?;
    let orders = Call::get("/orders").query("tag", tag).query("expand", "payments").query("limit", PAGE);
    let levels = Call::get("/inventory").query("variant_id", variant_id).query("limit", PAGE);
    Ok(Evidence {
        orders: Pages::new(client, orders).all().await?,
        books: all_books(client, start.books.clone()).await?,
        events: all_events(client, start.feed.clone()).await?,
        levels: Pages::new(client, levels).all().await?,
        jobs,
        verified: verified(client).await?,
    })
}

/// Jobs by state, once none is left that is due, or after a while.
async fn at_rest(client: &Client) -> Result<BTreeMap<String, u64>, Error> {
    let begun = Instant::now();
    loop {
        let mut jobs = BTreeMap::new();
        for state in ["ready", "running", "dead"] {
            let call = Call::get("/jobs").query("state", state).query("limit", "1").query("count", "exact");
            let page: Value = client.send(call).await?.json()?;
            let count = field(&page, "/page/total").as_u64().unwrap_or_default();
            if count > 0 {
                jobs.insert(state.to_owned(), count);
            }
        }
        let rests = jobs.keys().all(|state| state == "dead");
        if rests || begun.elapsed() > REST_WITHIN {
            return Ok(jobs);
        }
        sleep(LOOK_EVERY).await;
    }
}

fn events(after: &str) -> Call {
    Call::get("/events").query("after", after).query("limit", PAGE)
}

fn book(after: Option<&str>) -> Call {
    let call = Call::get("/gateways/fake/books").query("limit", PAGE);
    after.map_or(call.clone(), |after| call.query("after", after))
}

fn has_more(page: &Value) -> bool {
    field(page, "/page/has_more").as_bool().unwrap_or(false)
}

async fn all_events(client: &Client, mut cursor: String) -> Result<Vec<Event>, Error> {
    let mut all = Vec::new();
    loop {
        let page: sutler_client::types::Page<Event> = client.send(events(&cursor)).await?.json()?;
        all.extend(page.data);
        match page.page.next {
            Some(next) if page.page.has_more => cursor = next,
            _ => return Ok(all),
        }
    }
}

async fn all_books(client: &Client, mut cursor: Option<String>) -> Result<Vec<BookEntry>, Error> {
    let mut all = Vec::new();
    loop {
        let page: sutler_client::types::Page<BookEntry> =
            client.send(book(cursor.as_deref())).await?.json()?;
        all.extend(page.data);
        if !page.page.has_more {
            return Ok(all);
        }
        cursor = page.page.next;
    }
}

/// Have the server recompute everything it stores.
async fn verified(client: &Client) -> Result<Verified, Error> {
    let report: Verification = match client.send(Call::post("/verify")).await {
        Ok(answer) => answer.json()?,
        Err(Error::Problem(problem)) if matches!(problem.status, 404 | 405) => {
            return Ok(Verified::NotOffered);
        }
        Err(error) => return Err(error),
    };
    if report.clean {
        return Ok(Verified::Clean { events: report.position });
    }
    let words = |found: Difference| format!("{}: {}: {}", found.check, found.place, found.cause);
    Ok(Verified::Differs(report.differences.into_iter().map(words).collect()))
}

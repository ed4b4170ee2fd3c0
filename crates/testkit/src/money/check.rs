//! What must be true once everything rests, read from both sides by plain sums.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use anyhow::Result;
use jiff::Timestamp;
use sutler_app::job::{Job, JobState};
use sutler_app::page::{From, PageRequest};
use sutler_app::payments::Reconciliation;
use sutler_app::ports::jobs::JobQuery;
use sutler_app::ports::reads::{OrderQuery, OrderSort};
use sutler_app::{Kind, Problem};
use sutler_domain::orders::{Order, OrderStatus};

use super::Report;
use super::shop::{Shop, caller};
use crate::servers::stripe::Intent;

/// How often a stretch of the comparison is asked for.
const TRIES_MAX: u32 = 20;

/// Compare both books.
pub(super) async fn report(shop: &Shop, payments: usize) -> Result<Report> {
    let orders = orders(shop).await?;
    let intents = shop.stripe.books(|books| books.intents.clone());
    let mut wrong = shop.stripe.books(|books| books.complaints.clone());
    let mut named: BTreeMap<&str, Vec<&Intent>> = BTreeMap::new();
    for intent in &intents {
        let payment = intent.metadata.get("sutler_payment_id").map_or("", String::as_str);
        named.entry(payment).or_default().push(intent);
    }
    let mut report = Report { payments, ..Report::default() };
    for order in &orders {
        *report.ended.entry(ending(order)).or_default() += 1;
        wrong.extend(order.payments.iter().filter_map(|payment| {
            let theirs = named.remove(payment.payment_id.as_str()).unwrap_or_default();
            let (taken, back) = theirs.iter().fold((0, 0), |(t, b), i| (t + i.received, b + i.refunded));
            let is_same = theirs.len() <= 1 && taken == payment.captured && back == payment.refunded;
            let rests = payment.open.is_empty();
            (!is_same || !rests).then(|| {
                format!(
                    "{}: {} intents with {taken} - {back}, and here {} - {}, open {:?}",
                    payment.payment_id,
                    theirs.len(),
                    payment.captured,
                    payment.refunded,
                    payment.open
                )
            })
        }));
        wrong.extend(kept_after_the_end(order));
    }
    wrong.extend(named.into_keys().map(|payment| format!("no order has {payment}")));
    for intent in &intents {
        if intent.received > intent.amount || intent.refunded > intent.received {
            wrong.push(format!(
                "{}: {} of {}, {} back",
                intent.id, intent.received, intent.amount, intent.refunded
            ));
        }
        if !intent.is_manual && intent.captures > 1 {
            wrong.push(format!("{}: captured {} times", intent.id, intent.captures));
        }
        report.captures += u64::from(intent.captures);
        report.taken += intent.received;
        report.given_back += intent.refunded;
    }
    let found = compared(shop, Timestamp::UNIX_EPOCH).await?;
    wrong.extend(found.differences.iter().map(|difference| format!("{difference:?}")));
    if !wrong.is_empty() {
        wrong.extend(unfinished(shop).await?);
    }
    report.refunds = shop.stripe.books(|books| u64::try_from(books.refunds.len()))?;
    let at_desk =
        shop.stripe.books(|books| books.refunds.iter().filter(|refund| refund.is_of_desk()).count());
    report.at_desk = u64::try_from(at_desk)?;
    report.calls = shop.stripe.calls().len();
    report.deaths = shop.deaths.load(Ordering::Relaxed);
    report.wrong = wrong;
    Ok(report)
}

/// What the engine itself finds between both books, all stretches of it. A stretch that Stripe is late with on a busy machine
/// is asked for again.
pub async fn compared(shop: &Shop, since: Timestamp) -> Result<Reconciliation, Problem> {
    let (mut all, mut after, mut tries) = (Reconciliation::default(), None::<String>, 0);
    loop {
        let found = match shop.app.payments.reconcile(&caller(), "stripe", since, after.as_deref()).await {
            Err(problem) if problem.kind == Kind::Busy && tries < TRIES_MAX => {
                tries += 1;
                continue;
            }
            found => found?,
        };
        all.checked += found.checked;
        all.in_flight += found.in_flight;
        all.foreign += found.foreign;
        all.differences.extend(found.differences);
        match found.next {
            Some(next) => (after, tries) = (Some(next), 0),
            None => return Ok(all),
        }
    }
}

/// Jobs that did not come to their end, for whoever looks for the reason.
async fn unfinished(shop: &Shop) -> Result<Vec<String>> {
    let states = vec![JobState::Ready, JobState::Running, JobState::Dead];
    let query = JobQuery {
        states,
        page: PageRequest { limit: 200, ..PageRequest::default() },
        ..JobQuery::default()
    };
    let jobs = shop.app.ports.jobs.jobs(&query).await?.rows;
    let words = |job: &Job| {
        let (state, run_at, error) =
            (job.state.as_str(), job.run_at, job.last_error.as_deref().unwrap_or_default());
        format!("{state} after {} attempts, next {run_at}: {:?}: {error}", job.attempts, job.kind)
    };
    Ok(jobs.iter().map(words).collect())
}

/// Money of an order that is over went back, whole.
fn kept_after_the_end(order: &Order) -> Option<String> {
    let is_over = matches!(order.status, OrderStatus::Canceled | OrderStatus::Expired);
    let failed = order.refunds.iter().any(|refund| refund.failure.is_some());
    (is_over && order.captured() != order.refunded() && !failed)
        .then(|| format!("{} is over and keeps {}", order.order_id, order.captured() - order.refunded()))
}

fn ending(order: &Order) -> String {
    let state = sutler_domain::orders::payment_status(order);
    format!("{} {}", order.status.as_str(), state.as_str())
}

async fn orders(shop: &Shop) -> Result<Vec<Order>> {
    let (mut all, mut from) = (Vec::new(), From::Start);
    loop {
        let page = PageRequest { limit: 200, from, count: false };
        let query = OrderQuery { sort: OrderSort::Number, page, ..OrderQuery::default() };
        let found = shop.app.ports.orders.orders(&query).await?;
        all.extend(found.rows.iter().map(|stored| Order::clone(&stored.value)));
        match found.next {
            Some(next) => from = From::After(next),
            None => return Ok(all),
        }
    }
}

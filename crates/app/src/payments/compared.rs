//! The books of gateways beside ours, by the calendar: a job for each gateway, which hands on what it has read. A question
//! that fails costs the stretch it was asked in and not the whole, however long the books are.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use sutler_domain::{JobId, OrderId};

use super::Payments;
use super::reconcile::{Difference, Reconciliation};
use crate::caller::Caller;
use crate::error::{Kind, Problem};
use crate::job::{Ending, JobKind, NewJob};
use crate::stream::StreamId;

/// How far back each comparison looks: as long as notices may be late, and a day.
const REACH: SignedDuration = SignedDuration::from_hours(4 * 24);
/// Stretches that one job compares before it hands on: far fewer than fit in the time that it has.
const STRETCHES_MAX: u32 = 50;
/// How long a comparison rests that could not read a stretch, before it goes on there.
const REST: SignedDuration = SignedDuration::from_secs(30);

/// A comparison of one gateway's books, as far as it has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// The gateway.
    pub gateway: String,
    /// Payments since then.
    pub since: Timestamp,
    /// Where to go on; `None` at the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Payments compared.
    pub checked: u64,
    /// Of those the ones with a call in flight.
    pub in_flight: u64,
    /// Differences found.
    pub differences: usize,
}

/// What the comparisons of this process found last, by gateway.
#[derive(Debug, Default)]
pub(crate) struct Compared(Mutex<BTreeMap<String, (usize, Timestamp)>>);

impl Payments {
    /// `reconcile_books`: the run of the calendar asks for a job for each gateway that acts by itself; each of those
    /// compares a part of the books and asks for the next.
    pub(crate) async fn compare_books(&self, at: Timestamp, begun: Option<&Comparison>) -> Ending {
        let Some(begun) = begun else {
            let gateways = self.room.ports.gateways.iter().filter(|(_, port)| port.acts_by_itself());
            let jobs =
                gateways.map(|(gateway, _)| self.next(at, self.beginning(gateway), SignedDuration::ZERO));
            return Ending::Then(jobs.collect());
        };
        let mut comparison = begun.clone();
        for _ in 0..STRETCHES_MAX {
            match self.compare_stretch(&mut comparison).await {
                Ok(()) if comparison.after.is_none() => return self.is_compared(&comparison),
                Ok(()) => {}
                Err(problem) if comparison == *begun => {
                    return Ending::Again(format!("{}: {problem}", comparison.gateway));
                }
                Err(problem) => {
                    tracing::warn!(gateway = comparison.gateway, checked = comparison.checked, %problem, "books_unread");
                    return Ending::Then(vec![self.next(at, comparison, REST)]);
                }
            }
        }
        Ending::Then(vec![self.next(at, comparison, SignedDuration::ZERO)])
    }

    fn beginning(&self, gateway: &str) -> Comparison {
        let since = self.room.now().saturating_sub(REACH).unwrap_or(Timestamp::MIN);
        Comparison {
            gateway: gateway.to_owned(),
            since,
            after: None,
            checked: 0,
            in_flight: 0,
            differences: 0,
        }
    }

    fn next(&self, at: Timestamp, comparison: Comparison, rest: SignedDuration) -> NewJob {
        let (job_id, now) = (JobId::new(self.room.ports.ids.uuid()), self.room.now());
        let (subject, run_at) = (StreamId::from(&job_id), now.checked_add(rest).unwrap_or(now));
        let kind = JobKind::ReconcileBooks { at, comparison: Some(comparison) };
        NewJob::new(job_id, kind, subject, run_at)
    }

    /// Differences go to the log as errors.
    async fn compare_stretch(&self, comparison: &mut Comparison) -> Result<(), Problem> {
        let caller = Caller::system("schedule:reconcile_books");
        let gateway = comparison.gateway.clone();
        let mut found =
            self.reconcile(&caller, &gateway, comparison.since, comparison.after.as_deref()).await?;
        self.ask_about_refunds(&gateway, &mut found).await?;
        for difference in &found.differences {
            let (kind, payment_id) = (difference.kind.as_str(), &difference.payment_id);
            tracing::error!(gateway, kind, %payment_id, ?difference, "books_differ");
        }
        comparison.checked = comparison.checked.saturating_add(found.checked);
        comparison.in_flight = comparison.in_flight.saturating_add(found.in_flight);
        comparison.differences = comparison.differences.saturating_add(found.differences.len());
        comparison.after = found.next;
        Ok(())
    }

    /// Ask about every payment of which the gateway gave back more than we know of: what was refunded at its own desk is
    /// taken over, and only what differs after that is a difference.
    async fn ask_about_refunds(&self, gateway: &str, found: &mut Reconciliation) -> Result<(), Problem> {
        for difference in std::mem::take(&mut found.differences) {
            let payment_id = &difference.payment_id;
            let Some(order_id) = refunded_there(&difference) else {
                found.differences.push(difference);
                continue;
            };
            match self.sync_payment(order_id, payment_id, None).await? {
                Ending::Again(unread) | Ending::Later(unread, _) => {
                    return Err(Problem::new(Kind::Busy, "gateway_unavailable", unread));
                }
                _ => self.judge_again(gateway, order_id, payment_id, found).await?,
            }
        }
        Ok(())
    }

    /// The books of one gateway are compared to their end.
    fn is_compared(&self, comparison: &Comparison) -> Ending {
        let Comparison { gateway, checked, in_flight, differences, .. } = comparison;
        tracing::info!(gateway, checked, in_flight, differences, "books_compared");
        self.room.compared.0.lock().insert(gateway.clone(), (*differences, self.room.now()));
        Ending::Done
    }

    /// What the comparisons that this process made found last: how many differences, and when.
    pub fn compared(&self) -> BTreeMap<String, (usize, Timestamp)> {
        self.room.compared.0.lock().clone()
    }
}

/// The order of a payment of which the gateway gave back more than we know of.
fn refunded_there(difference: &Difference) -> Option<&OrderId> {
    let (theirs, ours) = (difference.theirs?, difference.ours?);
    difference.order_id.as_ref().filter(|_| theirs.given_back > ours.given_back)
}

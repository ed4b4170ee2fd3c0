//! The books of gateways beside ours, by the calendar.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;

use super::Payments;
use super::reconcile::{Difference, Reconciliation};
use crate::caller::Caller;
use crate::error::Problem;
use crate::job::Ending;

/// How far back each comparison looks: as long as notices may be late, and a day.
const REACH: SignedDuration = SignedDuration::from_hours(4 * 24);

/// What the comparisons of this process found last, by gateway.
#[derive(Debug, Default)]
pub(crate) struct Compared(Mutex<BTreeMap<String, (usize, Timestamp)>>);

impl Payments {
    /// Compare the books of every gateway that acts by itself. Differences go to the log as errors; a gateway whose books
    /// could not be read is asked again.
    pub(crate) async fn compare_books(&self) -> Ending {
        let caller = Caller::system("schedule:reconcile_books");
        let since = self.room.now().saturating_sub(REACH).unwrap_or(Timestamp::MIN);
        let mut unread = Vec::new();
        for (gateway, _) in self.room.ports.gateways.iter().filter(|(_, port)| port.acts_by_itself()) {
            match self.reconcile_and_ask(&caller, gateway, since).await {
                Ok(found) => {
                    for difference in &found.differences {
                        let (kind, payment_id) = (difference.kind.as_str(), &difference.payment_id);
                        tracing::error!(gateway, kind, %payment_id, ?difference, "books_differ");
                    }
                    let (checked, in_flight) = (found.checked, found.in_flight);
                    let differences = found.differences.len();
                    tracing::info!(gateway, checked, in_flight, differences, "books_compared");
                    let now = self.room.now();
                    self.room.compared.0.lock().insert(gateway.clone(), (differences, now));
                }
                Err(problem) => unread.push(format!("{gateway}: {problem}")),
            }
        }
        if unread.is_empty() { Ending::Done } else { Ending::Again(unread.join("; ")) }
    }

    /// Compare, and ask about every payment of which the gateway gave back more than we know of: what was refunded at its
    /// own desk is taken over, and only what differs after that is a difference.
    async fn reconcile_and_ask(
        &self,
        caller: &Caller,
        gateway: &str,
        since: Timestamp,
    ) -> Result<Reconciliation, Problem> {
        let found = self.reconcile_all(caller, gateway, since).await?;
        let mut has_asked = false;
        for difference in &found.differences {
            let Difference { payment_id, order_id, theirs, ours, .. } = difference;
            let (Some(order_id), Some(theirs), Some(ours)) = (order_id, theirs, ours) else { continue };
            if theirs.given_back > ours.given_back {
                self.sync_payment(order_id, payment_id, None).await?;
                has_asked = true;
            }
        }
        if has_asked { self.reconcile_all(caller, gateway, since).await } else { Ok(found) }
    }

    /// What the comparisons that this process made found last: how many differences, and when.
    pub fn compared(&self) -> BTreeMap<String, (usize, Timestamp)> {
        self.room.compared.0.lock().clone()
    }
}

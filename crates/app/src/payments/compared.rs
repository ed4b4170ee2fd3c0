//! The books of gateways beside ours, by the calendar.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;

use super::Payments;
use crate::caller::Caller;
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
            match self.reconcile_all(&caller, gateway, since).await {
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

    /// What the comparisons that this process made found last: how many differences, and when.
    pub fn compared(&self) -> BTreeMap<String, (usize, Timestamp)> {
        self.room.compared.0.lock().clone()
    }
}

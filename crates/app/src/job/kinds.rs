//! The one table of kinds: how often each is tried, how long it may take, who goes first, and how many run at once.

use std::time::Duration;

use jiff::SignedDuration;

use super::JobKind;
use crate::commit::{Claim, ClaimKind};

/// How jobs of one kind are run.
#[derive(Debug, PartialEq, Eq)]
pub struct Policy {
    /// Its name, such as `process_order`.
    pub name: &'static str,
    /// The queue it waits in: what is paused and resumed as one.
    pub queue: &'static str,
    /// Who goes first when there is more to do than a worker may take at once; the smallest number.
    pub priority: u8,
    /// How many run at one time on one server. No kind has the place of another, so none keeps another waiting.
    pub running_max: u32,
    /// How often it is tried before it is dead.
    pub attempts_max: u32,
    /// How long one attempt may take; after it the attempt has failed.
    pub timeout: Duration,
    /// The wait before the second try, which doubles with each further one.
    pub wait_first: SignedDuration,
    /// The longest wait between two tries.
    pub wait_max: SignedDuration,
}

/// Money, and whatever waits for it.
const PAYMENTS: &str = "payments";
/// What follows from an order and may wait a moment.
const ORDERS: &str = "orders";
/// What the shop does for itself.
const UPKEEP: &str = "upkeep";

/// Every queue, by name.
pub const QUEUES: [&str; 3] = [ORDERS, PAYMENTS, UPKEEP];

/// Money is asked for longer than anything else.
const OF_MONEY: Policy = Policy {
    name: "",
    queue: PAYMENTS,
    priority: 0,
    running_max: 128,
    attempts_max: 25,
    timeout: Duration::from_mins(2),
    wait_first: SignedDuration::from_secs(1),
    wait_max: SignedDuration::from_mins(10),
};

const PROCESS_ORDER: Policy = Policy { name: "process_order", running_max: 256, ..OF_MONEY };
const CALL_GATEWAY: Policy = Policy { name: "call_gateway", priority: 1, ..OF_MONEY };
const SYNC_PAYMENT: Policy = Policy { name: "sync_payment", priority: 2, running_max: 64, ..OF_MONEY };

const NOTIFY_SHIPPING: Policy = Policy {
    name: "notify_shipping",
    queue: ORDERS,
    priority: 3,
    running_max: 64,
    attempts_max: 15,
    timeout: Duration::from_mins(1),
    ..OF_MONEY
};
const UPDATE_INVENTORY: Policy =
    Policy { name: "update_inventory", priority: 4, attempts_max: 10, ..NOTIFY_SHIPPING };

/// What runs by the calendar comes again by itself, so it is not tried for days.
const SWEEP_PAYMENTS: Policy = Policy {
    name: "sweep_payments",
    queue: UPKEEP,
    priority: 5,
    running_max: 1,
    attempts_max: 5,
    timeout: Duration::from_mins(15),
    wait_first: SignedDuration::from_secs(30),
    wait_max: SignedDuration::from_mins(10),
};
const RECONCILE_BOOKS: Policy = Policy { name: "reconcile_books", priority: 6, ..SWEEP_PAYMENTS };
const CLEAN_UP: Policy = Policy { name: "clean_up", priority: 7, ..SWEEP_PAYMENTS };

/// Every kind there is, in the order in which a worker takes them.
pub static KINDS: [&Policy; 8] = [
    &PROCESS_ORDER,
    &CALL_GATEWAY,
    &SYNC_PAYMENT,
    &NOTIFY_SHIPPING,
    &UPDATE_INVENTORY,
    &SWEEP_PAYMENTS,
    &RECONCILE_BOOKS,
    &CLEAN_UP,
];

impl JobKind {
    /// How jobs of this kind are run.
    pub const fn policy(&self) -> &'static Policy {
        match self {
            Self::ProcessOrder { .. } => &PROCESS_ORDER,
            Self::CallGateway { .. } => &CALL_GATEWAY,
            Self::SyncPayment { .. } => &SYNC_PAYMENT,
            Self::NotifyShipping { .. } => &NOTIFY_SHIPPING,
            Self::UpdateInventory { .. } => &UPDATE_INVENTORY,
            Self::SweepPayments { .. } => &SWEEP_PAYMENTS,
            Self::ReconcileBooks { .. } => &RECONCILE_BOOKS,
            Self::CleanUp { .. } => &CLEAN_UP,
        }
    }

    /// The name that is held by the job for as long as it can be looked at: that of the notice it deals with. A store that
    /// forgets the job gives it up. By then no gateway sends the notice again; and if one did, it would be asked once more.
    pub fn held(&self) -> Option<Claim> {
        let Self::SyncPayment { notice: Some(value), .. } = self else { return None };
        Some(Claim { kind: ClaimKind::GatewayNotice, value: value.clone() })
    }

    /// Its name, such as `process_order`.
    pub const fn name(&self) -> &'static str {
        self.policy().name
    }
}

impl Policy {
    /// The kind with this name.
    pub fn of(name: &str) -> Option<&'static Self> {
        KINDS.into_iter().find(|policy| policy.name == name)
    }

    /// The kinds that wait in a queue.
    pub fn in_queue(queue: &str) -> impl Iterator<Item = &'static Self> {
        KINDS.into_iter().filter(move |policy| policy.queue == queue)
    }

    /// The wait before try `attempt + 1`: it doubles up to the longest, and its last fifth is jitter, so that what
    /// failed together does not come back together. `jitter` is a number in 0..=1000.
    pub fn wait(&self, attempt: u32, jitter: u64) -> SignedDuration {
        let [first_ms, max_ms] =
            [self.wait_first, self.wait_max].map(|wait| u64::try_from(wait.as_millis()).unwrap_or(0));
        let doubled_ms = first_ms.saturating_mul(1u64 << attempt.saturating_sub(1).min(20));
        let full_ms = doubled_ms.min(max_ms);
        let wait_ms = full_ms - full_ms / 5 + (full_ms / 5).saturating_mul(jitter.min(1000)) / 1000;
        SignedDuration::from_millis(i64::try_from(wait_ms).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_priority_and_every_kind_has_places_and_a_queue() {
        assert!(KINDS.is_sorted_by_key(|policy| policy.priority));
        for policy in KINDS {
            assert_eq!(Policy::of(policy.name), Some(policy), "two kinds are called {}", policy.name);
            assert!(QUEUES.contains(&policy.queue), "{} waits in no queue", policy.name);
            assert!(policy.running_max > 0 && policy.attempts_max > 0, "{} never runs", policy.name);
        }
        for queue in QUEUES {
            assert!(Policy::in_queue(queue).next().is_some(), "nothing waits in {queue}");
        }
    }

    #[test]
    fn waits_double_up_to_the_longest_and_never_fall_below_four_fifths() {
        let wait = |attempt, jitter| PROCESS_ORDER.wait(attempt, jitter).as_millis();
        assert_eq!([wait(1, 1000), wait(2, 1000), wait(5, 1000)], [1000, 2000, 16_000]);
        assert_eq!([wait(1, 0), wait(2, 0), wait(1, 500)], [800, 1600, 900]);
        assert_eq!([wait(11, 1000), wait(25, 1000), wait(u32::MAX, 5000)], [600_000; 3]);
        assert_eq!(CLEAN_UP.wait(1, 1000), SignedDuration::from_secs(30));
    }
}

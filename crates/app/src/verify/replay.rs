//! One order, folded from its first event, step by step.

use jiff::Timestamp;
use sutler_domain::orders::{
    FulfillmentStatus, OrderStatus, PaymentState, fulfillment_status, payment_status,
};
use sutler_domain::{OrderId, Position, Version};

use super::order::OrderFold;
use super::{Verify, words};
use crate::caller::Caller;
use crate::error::Problem;
use crate::event::Recorded;
use crate::orders::name_text;
use crate::ports::Stored;
use crate::ports::audit::StoredView;
use crate::ports::reads::OrderName;
use crate::stream::StreamId;

/// An order after one of its events.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// After how many events.
    pub version: Version,
    /// Where in the log.
    pub position: Position,
    /// What happened, by its name in the log.
    pub event: String,
    /// When.
    pub at: Timestamp,
    /// Where it stands then.
    pub status: OrderStatus,
    /// What is paid then.
    pub payment_status: PaymentState,
    /// Where the goods are then.
    pub fulfillment_status: FulfillmentStatus,
    /// What the event changed.
    pub changes: Vec<FieldChange>,
}

/// A field that an event changed, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    /// Its path, such as `payments/0/captured`.
    pub field: String,
    /// What it was.
    pub before: String,
    /// What it is now.
    pub after: String,
}

/// An order, folded from its first event and compared with what is stored of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Replay {
    /// Which order.
    pub order_id: OrderId,
    /// Its number.
    pub number: u64,
    /// Each step, oldest first.
    pub steps: Vec<Step>,
    /// The version of the stored view; 0 when there is none.
    pub stored: Version,
    /// What is stored and not true, in words.
    pub differences: Vec<String>,
}

impl Verify {
    /// Fold an order from zero, and compare the stored view with the step at which it stands.
    pub async fn replay(&self, caller: &Caller, name: &OrderName) -> Result<Replay, Problem> {
        caller.may("orders:read")?;
        let ports = &self.room.ports;
        let unknown = || Problem::not_found("order", name_text(name));
        // The view first: what comes after it may only be ahead of it, and is then looked at once more.
        let stored = ports.orders.order(name).await?;
        let order_id = match (&stored, name) {
            (Some(stored), _) => stored.value.order_id.clone(),
            (None, OrderName::Id(id)) => id.clone(),
            (None, _) => return Err(unknown()),
        };
        let history = ports.feed.stream(&StreamId::from(&order_id), None).await?;
        if history.is_empty() && stored.is_none() {
            return Err(unknown());
        }
        let told = Told::of(&history);
        let mut view = stored;
        if view.as_ref().is_some_and(|view| view.version < told.last()) {
            view = ports.orders.order(&OrderName::Id(order_id.clone())).await?;
        }
        let stored = view.as_ref().map(|view| view.version).unwrap_or_default();
        let mut differences = told.differences.clone();
        differences.extend(told.against(view));
        Ok(Replay { order_id, number: told.number, steps: told.steps, stored, differences })
    }
}

/// What the events of an order tell.
struct Told {
    steps: Vec<Step>,
    /// The view after each step, in canonical JSON.
    views: Vec<String>,
    number: u64,
    differences: Vec<String>,
}

impl Told {
    fn of(history: &[Recorded]) -> Self {
        let mut told = Self { steps: Vec::new(), views: Vec::new(), number: 0, differences: Vec::new() };
        let mut fold = OrderFold::default();
        for (record, next) in history.iter().zip(1u64..) {
            if record.version != Version(next) {
                told.differences.push(format!("version {next} is missing: its event was deleted or changed"));
                break;
            }
            told.number = record.number.unwrap_or(told.number);
            if let Err(error) = fold.take(record) {
                told.differences.push(error.to_string());
                break;
            }
            told.step(record, &fold);
        }
        told.differences.extend(fold.faults.into_iter().map(|(_, cause)| cause));
        told
    }

    fn step(&mut self, record: &Recorded, fold: &OrderFold) {
        let Some(order) = &fold.order else { return };
        // An order is plain data with string keys, which always has a JSON form.
        let view = serde_json::to_string(order).unwrap_or_default();
        let before = self.views.last().map_or("{}", String::as_str);
        let changes = words::changes(before, &view);
        self.steps.push(Step {
            version: record.version,
            position: record.position,
            event: record.name.clone(),
            at: record.at,
            status: order.status,
            payment_status: payment_status(order),
            fulfillment_status: fulfillment_status(order),
            changes,
        });
        self.views.push(view);
    }

    fn last(&self) -> Version {
        self.steps.last().map(|step| step.version).unwrap_or_default()
    }

    /// What the stored view says that the steps do not.
    fn against(&self, view: Option<Stored<std::sync::Arc<sutler_domain::orders::Order>>>) -> Option<String> {
        let Some(view) = view else { return Some("the stored view is missing".to_owned()) };
        let Some(folded) = self.views.last() else {
            return Some("a view is stored, and the log has no event of it that can be read".to_owned());
        };
        let id = view.value.order_id.to_string();
        let body = serde_json::to_string(&view.value).unwrap_or_default();
        let equal = self.views.iter().position(|told| *told == body).and_then(|at| self.steps.get(at));
        let stored = StoredView { id, version: view.version, number: view.number, body };
        let differing = words::differing(&stored, folded, (self.last(), self.number))?;
        Some(match equal {
            Some(step) if step.version < self.last() => {
                format!("{differing}; it is the order as it stood at version {}", step.version)
            }
            _ => differing,
        })
    }
}

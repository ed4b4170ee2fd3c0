//! Orders: place them, move them along, read them as they are and as they were.

mod act;
mod bulk;
mod change;
mod draft;
mod expire;
mod follow;
mod fulfill;
mod locate;
mod person;
mod place;
mod price;
mod queries;
mod quote;
mod refusal;
mod request;
mod returns;
mod search;
mod together;
mod view;
mod wait;

use serde::{Serialize, Serializer};

pub use bulk::PlacedLine;
pub(crate) use bulk::is_of_the_moment;
pub use queries::{AsOf, TimelineEntry, TimelineKind};
pub use quote::{Quote, QuoteAvailability};
pub use request::{
    Amount, CancelInput, CustomerInput, DiscountInput, FulfillInput, ItemInput, OrderRequest, PaymentInput,
    ReceiveInput, ReceivedInput, RefundInput, ReturnInput, ShippingInput, TaxInput, UpdateInput,
};
pub use search::OrderSearch;
pub use together::{FAILED_LINES_MAX, NotTogether, TOGETHER_MAX};
pub use view::OrderView;
pub use wait::WAIT_MAX_S;

pub(crate) use change::{ChangeOrder, commit_of};
pub(crate) use locate::{Promised, out_of_stock};
pub(crate) use person::patched;
pub(crate) use refusal::refused;
pub(crate) use view::Fold;

use crate::Room;
pub(crate) use crate::ports::reads::OrderName;

/// Orders.
#[derive(Clone)]
pub struct Orders {
    pub(crate) room: Room,
}

impl Orders {
    pub(crate) const fn new(room: Room) -> Self {
        Self { room }
    }
}

/// The name of an order inside an input, so that it is part of the fingerprint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named(pub OrderName);

impl Serialize for Named {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&name_text(&self.0))
    }
}

/// The name of an order as callers write it in a path.
pub fn name_text(name: &OrderName) -> String {
    match name {
        OrderName::Id(id) => id.to_string(),
        OrderName::Number(number) => format!("number:{number}"),
        OrderName::Reference(reference) => format!("ref:{reference}"),
        OrderName::Part(part) => part.clone(),
    }
}

//! What a commit changes: streams with their events and views, and records.

use std::sync::Arc;

use sutler_domain::Version;
use sutler_domain::catalog::{Category, Collection, PriceRecord, Product};
use sutler_domain::customers::Customer;
use sutler_domain::inventory::{Location, Reservation, Signal};
use sutler_domain::orders::Order;

use crate::access::{ApiKey, Session, User};
use crate::customers::{Contact, Note};
use crate::event::NewEvent;
use crate::saved_views::ViewShelf;
use crate::stream::StreamId;
use crate::transfer::ImportRecord;
use crate::webhooks::Endpoint;

/// A stream's new events and view. Without events it is a record: a view with a version and no history.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Which stream.
    pub stream: StreamId,
    /// What its version must be.
    pub expect: Expect,
    /// What happened to it.
    pub events: Vec<NewEvent>,
    /// How it stands now.
    pub view: ViewChange,
    /// Whether it opens an order and draws the next number.
    pub numbered: bool,
}

/// What a version must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// The stream must not exist.
    New,
    /// The stream must stand at this version.
    Exactly(Version),
    /// Any; for notices whose order does not matter.
    Any,
}

/// What becomes of a stream's view row.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum ViewChange {
    /// It stays as it is.
    #[default]
    Keep,
    /// It is written.
    Put(Box<View>),
    /// It is removed.
    Delete,
}

/// A view row: the folded aggregate. It holds no version, number or recording time; reads merge them.
#[derive(Clone, Debug, PartialEq)]
pub enum View {
    /// An order; shared with whoever answers with it.
    Order(Arc<Order>),
    /// A product with its variants.
    Product(Product),
    /// The price record of a variant.
    Price(PriceRecord),
    /// A collection of products.
    Collection(Box<Collection>),
    /// A category of products.
    Category(Box<Category>),
    /// What was last told about a level.
    Stock(Signal),
    /// A location.
    Location(Location),
    /// A reservation without an order.
    Reservation(Reservation),
    /// A person's data, one row a version.
    Contact(Contact),
    /// A customer.
    Customer(Customer),
    /// A note.
    Note(Note),
    /// An API key.
    Key(ApiKey),
    /// An endpoint of webhooks, with its secrets.
    Endpoint(Box<Endpoint>),
    /// A person who may sign in.
    User(Box<User>),
    /// A session.
    Session(Box<Session>),
    /// How far an import is.
    Import(Box<ImportRecord>),
    /// The views that one owner saved.
    Views(Box<ViewShelf>),
}

impl Change {
    /// More events on a stream that stands at `version`; `New` for version 0.
    pub fn stream(stream: StreamId, version: Version, events: Vec<NewEvent>, view: View) -> Self {
        let expect = if version == Version(0) { Expect::New } else { Expect::Exactly(version) };
        Self { stream, expect, events, view: ViewChange::Put(Box::new(view)), numbered: false }
    }

    /// A record: a view row with a version and no history.
    pub fn record(stream: StreamId, expect: Expect, view: View) -> Self {
        Self { stream, expect, events: Vec::new(), view: ViewChange::Put(Box::new(view)), numbered: false }
    }

    /// A record that is taken away.
    pub const fn removed(stream: StreamId, version: Version) -> Self {
        let (expect, view) = (Expect::Exactly(version), ViewChange::Delete);
        Self { stream, expect, events: Vec::new(), view, numbered: false }
    }

    /// A notice: an event whose order among others does not matter, and no view.
    pub fn notice(stream: StreamId, event: NewEvent) -> Self {
        Self { stream, expect: Expect::Any, events: vec![event], view: ViewChange::Keep, numbered: false }
    }

    /// Something comes into the tree of categories: whoever read that it is not there is told to look again.
    pub fn tree_entered() -> Self {
        let (stream, view) = (StreamId::category_tree(), ViewChange::Keep);
        Self { stream, expect: Expect::Any, events: Vec::new(), view, numbered: false }
    }

    /// Draw the next order number.
    #[must_use]
    pub const fn numbered(mut self) -> Self {
        self.numbered = true;
        self
    }
}

//! Streams: what has a version. A stream is named by its kind and its id.

use std::fmt;
use std::sync::Arc;

use sutler_domain::{
    ApiKeyId, CategoryId, CollectionId, ContactId, CustomerId, ImportId, JobId, LocationId, NoteId, OrderId,
    ProductId, ReservationId, SessionId, UserId, VariantId, WebhookEndpointId,
};

/// What a stream is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StreamKind {
    /// An order with its payments, fulfillments and refunds.
    Order,
    /// A product with its variants.
    Product,
    /// The price record of a variant.
    Price,
    /// A collection of products.
    Collection,
    /// A category of products.
    Category,
    /// Who is below whom among categories; a record without history in the log.
    CategoryTree,
    /// What is told about the stock of a variant at a location.
    Stock,
    /// A location.
    Location,
    /// A reservation without an order.
    Reservation,
    /// A person's data; a record without history in the log.
    Contact,
    /// A customer; holds the name of its e-mail address.
    Customer,
    /// A note; a record without history in the log.
    Note,
    /// An API key.
    Key,
    /// A job.
    Job,
    /// An endpoint that events are delivered to.
    Endpoint,
    /// A person who may sign in; a record without history in the log.
    User,
    /// A session of such a person; a record without history in the log.
    Session,
    /// How far an import of a file is; a record without history in the log.
    Import,
    /// The views that one owner saved; a record without history in the log.
    Views,
}

impl StreamKind {
    const WORDS: [(Self, &'static str); 19] = [
        (Self::Order, "order"),
        (Self::Product, "product"),
        (Self::Price, "price"),
        (Self::Collection, "collection"),
        (Self::Category, "category"),
        (Self::CategoryTree, "category_tree"),
        (Self::Stock, "stock"),
        (Self::Location, "location"),
        (Self::Reservation, "reservation"),
        (Self::Contact, "contact"),
        (Self::Customer, "customer"),
        (Self::Note, "note"),
        (Self::Key, "key"),
        (Self::Job, "job"),
        (Self::Endpoint, "endpoint"),
        (Self::User, "user"),
        (Self::Session, "session"),
        (Self::Import, "import"),
        (Self::Views, "views"),
    ];

    /// Every kind.
    pub const ALL: [Self; 19] = [
        Self::Order,
        Self::Product,
        Self::Price,
        Self::Collection,
        Self::Category,
        Self::CategoryTree,
        Self::Stock,
        Self::Location,
        Self::Reservation,
        Self::Contact,
        Self::Customer,
        Self::Note,
        Self::Key,
        Self::Job,
        Self::Endpoint,
        Self::User,
        Self::Session,
        Self::Import,
        Self::Views,
    ];

    /// The word in the store.
    pub fn as_str(self) -> &'static str {
        Self::WORDS.iter().find(|(kind, _)| *kind == self).map_or("", |(_, word)| word)
    }
}

/// The name of a stream, kept in the form `kind:id`. Cheap to clone. In order of kind, then of id.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId {
    kind: StreamKind,
    text: Arc<str>,
}

impl StreamId {
    /// A stream by kind and id.
    pub fn new(kind: StreamKind, id: impl AsRef<str>) -> Self {
        let (word, id) = (kind.as_str(), id.as_ref());
        let mut text = String::with_capacity(word.len() + 1 + id.len());
        text.push_str(word);
        text.push(':');
        text.push_str(id);
        Self { kind, text: text.into() }
    }

    /// Read the form `kind:id` in which stores keep it.
    pub fn parse(text: &str) -> Option<Self> {
        let (word, _) = text.split_once(':')?;
        let (kind, _) = StreamKind::WORDS.iter().find(|(_, w)| *w == word)?;
        Some(Self { kind: *kind, text: text.into() })
    }

    /// The stock of a variant at a location.
    pub fn stock(variant: &VariantId, location: &LocationId) -> Self {
        Self::new(StreamKind::Stock, format!("{variant}/{location}"))
    }

    /// The price record of a variant.
    pub fn price(variant: &VariantId) -> Self {
        Self::new(StreamKind::Price, variant.as_str())
    }

    /// Who is below whom among categories: whatever changes that, or needs it to stay, moves the one version of it.
    pub fn category_tree() -> Self {
        Self::new(StreamKind::CategoryTree, "all")
    }

    /// What it is of.
    pub const fn kind(&self) -> StreamKind {
        self.kind
    }

    /// The id within its kind.
    pub fn id(&self) -> &str {
        self.text.split_once(':').map_or("", |(_, id)| id)
    }

    /// The form `kind:id` in which stores keep it.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

macro_rules! named_by {
    ($($id:ty => $kind:ident),* $(,)?) => {$(
        impl From<&$id> for StreamId {
            fn from(id: &$id) -> Self {
                Self::new(StreamKind::$kind, id.as_str())
            }
        }
    )*};
}

named_by! {
    OrderId => Order,
    ProductId => Product,
    CollectionId => Collection,
    CategoryId => Category,
    LocationId => Location,
    ReservationId => Reservation,
    ContactId => Contact,
    CustomerId => Customer,
    NoteId => Note,
    ApiKeyId => Key,
    JobId => Job,
    WebhookEndpointId => Endpoint,
    UserId => User,
    SessionId => Session,
    ImportId => Import,
}

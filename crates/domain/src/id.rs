//! Typed ids: `ord_` + 26 characters (`TypeID` 0.3: a prefix and a `UUIDv7` in Crockford base32), or,
//! where a caller may choose, 1 to 64 of `A-Z a-z 0-9 . _ -` that do not start with one of the prefixes.

use std::{cmp, fmt, hash, marker::PhantomData, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// The longest id a caller may choose, in characters.
pub const CHOSEN_ID_MAX: usize = 64;

/// Every prefix of a generated id; a chosen id must not start with one of them and `_`.
pub const PREFIXES: [&str; 26] = [
    "prod", "var", "col", "ctg", "loc", "res", "ord", "li", "pay", "ref", "ful", "ret", "cus", "con", "evt",
    "whe", "whd", "job", "imp", "exp", "key", "usr", "note", "req", "stk", "ses",
];

/// What an id names.
pub trait Kind {
    /// The prefix of generated ids, without the underscore.
    const PREFIX: &'static str;
    /// Whether a caller may choose the id.
    const CHOSEN: bool = false;
}

/// An id that says what it names. Cheap to clone; ordered and compared as text, which for generated ids is
/// the order of their making.
pub struct Id<K> {
    text: Arc<str>,
    kind: PhantomData<fn() -> K>,
}

/// Why a text is not an id of the kind asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// A generated id of another kind, or malformed.
    #[error("'{text}' is not an id that starts with '{prefix}_'")]
    Malformed {
        /// What was given.
        text: String,
        /// The prefix that was expected.
        prefix: &'static str,
    },
    /// A chosen id with a character, a length or a prefix that is not allowed.
    #[error(
        "'{text}' cannot be an id: use 1 to 64 of A-Z a-z 0-9 . _ - and no typed prefix other than '{prefix}_'"
    )]
    NotChoosable {
        /// What was given.
        text: String,
        /// The prefix of generated ids of this kind.
        prefix: &'static str,
    },
}

impl<K: Kind> Id<K> {
    /// The typed id of a UUID (version 7 wherever the engine makes one).
    pub fn new(uuid: Uuid) -> Self {
        let mut text = String::with_capacity(K::PREFIX.len() + 1 + DIGITS);
        text.push_str(K::PREFIX);
        text.push('_');
        push_base32(&mut text, uuid);
        Self::trusted(text.into())
    }

    /// Read an id given by a caller.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let own = text.strip_prefix(K::PREFIX).and_then(|rest| rest.strip_prefix('_'));
        if own.is_some_and(is_base32) {
            return Ok(Self::trusted(text.into()));
        }
        let prefix = K::PREFIX;
        if !K::CHOSEN {
            return Err(IdError::Malformed { text: shorten(text), prefix });
        }
        if is_choosable(text) {
            Ok(Self::trusted(text.into()))
        } else {
            Err(IdError::NotChoosable { text: shorten(text), prefix })
        }
    }

    /// An id that the store already holds.
    pub fn trusted(text: Arc<str>) -> Self {
        Self { text, kind: PhantomData }
    }

    /// The id as users see it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// When a generated id was made, in milliseconds since 1970: a `UUIDv7` begins with 48 bits of them, which are its
    /// first ten characters. `None` for a chosen id.
    pub fn millis(&self) -> Option<i64> {
        let digits = self.text.strip_prefix(K::PREFIX)?.strip_prefix('_').filter(|text| is_base32(text))?;
        digits.bytes().take(10).try_fold(0i64, |millis, digit| {
            let five = ALPHABET.iter().position(|b| *b == digit)?;
            Some((millis << 5) | i64::try_from(five).ok()?)
        })
    }
}

fn is_choosable(text: &str) -> bool {
    let length = (1..=CHOSEN_ID_MAX).contains(&text.len());
    let alphabet = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'));
    let prefix = text.split_once('_').map_or("", |(prefix, _)| prefix);
    length && alphabet && !PREFIXES.contains(&prefix)
}

/// Errors repeat what was given, but not a megabyte of it.
fn shorten(text: &str) -> String {
    text.chars().take(CHOSEN_ID_MAX + 1).collect()
}

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Characters of a UUID in base 32.
const DIGITS: usize = 26;

/// 128 bits as 26 characters of five bits each, the first of which holds three.
fn push_base32(text: &mut String, uuid: Uuid) {
    let mut bits = uuid.as_u128();
    let mut digits = [b'0'; DIGITS];
    for digit in digits.iter_mut().rev() {
        let five = usize::try_from(bits & 31).unwrap_or(0);
        *digit = ALPHABET.get(five).copied().unwrap_or(b'0');
        bits >>= 5;
    }
    text.push_str(std::str::from_utf8(&digits).unwrap_or_default());
}

fn is_base32(text: &str) -> bool {
    text.len() == DIGITS
        && matches!(text.as_bytes().first(), Some(b'0'..=b'7'))
        && text.bytes().all(|b| ALPHABET.contains(&b))
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        Self { text: Arc::clone(&self.text), kind: PhantomData }
    }
}
impl<K> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
impl<K> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> cmp::Ordering {
        self.text.cmp(&other.text)
    }
}
impl<K> hash::Hash for Id<K> {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}
impl<K> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}
/// Reading back what was written: the store is trusted, callers go through [`Id::parse`].
impl<'de, K> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Ok(Self { text: text.into(), kind: PhantomData })
    }
}

/// The kinds of ids.
pub mod kind {
    use super::Kind;

    macro_rules! kinds {
        ($($(#[$doc:meta])* $name:ident $prefix:literal $chosen:literal)*) => {$(
            $(#[$doc])*
            #[derive(Debug)]
            pub enum $name {}
            impl Kind for $name {
                const PREFIX: &'static str = $prefix;
                const CHOSEN: bool = $chosen;
            }
        )*};
    }
    kinds! {
        /// An order.
        Order "ord" false
        /// An item of an order.
        Item "li" false
        /// A payment of an order.
        Payment "pay" false
        /// A refund of an order.
        Refund "ref" false
        /// A fulfillment of an order.
        Fulfillment "ful" false
        /// A return of goods of an order.
        Return "ret" false
        /// A product.
        Product "prod" true
        /// A variant of a product.
        Variant "var" true
        /// A collection of products.
        Collection "col" false
        /// A category of products.
        Category "ctg" false
        /// A place where stock lies.
        Location "loc" true
        /// Stock kept for a basket without an order.
        Reservation "res" false
        /// A customer, by the shop's own id.
        Customer "cus" true
        /// The personal data of somebody, kept outside the log.
        Contact "con" false
        /// A note about an order.
        Note "note" false
        /// An event of the log.
        Event "evt" false
        /// A background job.
        Job "job" false
        /// An API key.
        ApiKey "key" false
        /// A person who may sign in.
        User "usr" false
        /// A session of somebody who signed in.
        Session "ses" false
        /// One request.
        Request "req" false
        /// One import of a file.
        Import "imp" false
        /// An endpoint that events are delivered to.
        WebhookEndpoint "whe" false
        /// The delivery of one event to one endpoint.
        WebhookDelivery "whd" false
    }
}

/// An order's id.
pub type OrderId = Id<kind::Order>;
/// An item's id.
pub type ItemId = Id<kind::Item>;
/// A payment's id.
pub type PaymentId = Id<kind::Payment>;
/// A refund's id.
pub type RefundId = Id<kind::Refund>;
/// A fulfillment's id.
pub type FulfillmentId = Id<kind::Fulfillment>;
/// A return's id.
pub type ReturnId = Id<kind::Return>;
/// A product's id, chosen by the caller or generated.
pub type ProductId = Id<kind::Product>;
/// A variant's id, chosen by the caller or generated.
pub type VariantId = Id<kind::Variant>;
/// A collection's id.
pub type CollectionId = Id<kind::Collection>;
/// A category's id.
pub type CategoryId = Id<kind::Category>;
/// A location's id, chosen by the caller or generated.
pub type LocationId = Id<kind::Location>;
/// A reservation's id.
pub type ReservationId = Id<kind::Reservation>;
/// A customer's id: the caller's own, without registration, or generated.
pub type CustomerId = Id<kind::Customer>;
/// A contact's id.
pub type ContactId = Id<kind::Contact>;
/// A note's id.
pub type NoteId = Id<kind::Note>;
/// An event's id.
pub type EventId = Id<kind::Event>;
/// A job's id.
pub type JobId = Id<kind::Job>;
/// An API key's id (not its secret).
pub type ApiKeyId = Id<kind::ApiKey>;
/// The id of a person who may sign in.
pub type UserId = Id<kind::User>;
/// A session's id (not its token).
pub type SessionId = Id<kind::Session>;
/// A request's id.
pub type RequestId = Id<kind::Request>;
/// An import's id.
pub type ImportId = Id<kind::Import>;
/// The id of an endpoint of webhooks.
pub type WebhookEndpointId = Id<kind::WebhookEndpoint>;
/// The id of a delivery of a webhook.
pub type WebhookDeliveryId = Id<kind::WebhookDelivery>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_ids_are_typeids() {
        // The example of the TypeID specification (jetify/typeid, valid.json: "valid-uuidv7").
        let uuid: Uuid = "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap();
        assert_eq!(OrderId::new(uuid).as_str(), "ord_01h455vb4pex5vsknk084sn02q");
        assert_eq!(OrderId::parse("ord_01h455vb4pex5vsknk084sn02q").unwrap(), OrderId::new(uuid));
    }

    #[test]
    fn ids_of_another_kind_are_refused() {
        for text in ["", "C1", "pay_01h455vb4pex5vsknk084sn02q", "ord_81h455vb4pex5vsknk084sn02q", "ord_01h"]
        {
            assert!(OrderId::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_caller_may_choose_some_ids() {
        for text in ["P1", "a", "sku_1.b-c", "prod_01h455vb4pex5vsknk084sn02q", &"x".repeat(64)] {
            assert_eq!(ProductId::parse(text).unwrap().as_str(), text);
        }
        for text in
            ["", "a:b", "a b", "ü", "ord_1", "prod_1", "var_01h455vb4pex5vsknk084sn02q", &"x".repeat(65)]
        {
            assert!(ProductId::parse(text).is_err(), "{text}");
        }
    }
}

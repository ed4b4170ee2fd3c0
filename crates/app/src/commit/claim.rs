//! Unique names, judged at the door like stock: nothing unique is checked first and written later.

use crate::stream::StreamId;

/// A unique name, such as an `order.reference` or a `variant.sku`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Claim {
    /// What sort of name.
    pub kind: ClaimKind,
    /// The name.
    pub value: String,
}

/// Sorts of unique names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClaimKind {
    /// A caller's own id of an order.
    OrderReference,
    /// A product's name in addresses.
    ProductHandle,
    /// A variant's code.
    VariantSku,
    /// A variant's id, which belongs to one product.
    VariantId,
    /// A customer's e-mail address.
    CustomerEmail,
    /// The key under which one job is alive at a time.
    JobUnique,
    /// One run of a schedule; never given up.
    JobRun,
    /// The e-mail address by which a person signs in.
    UserEmail,
    /// A gateway's own id of a notice, held by the job that deals with it until that is forgotten.
    GatewayNotice,
    /// Something of an imported file that is no order of its own, such as a cancellation: it is taken in once.
    ImportEntry,
}

impl ClaimKind {
    /// The word in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OrderReference => "order.reference",
            Self::ProductHandle => "product.handle",
            Self::VariantSku => "variant.sku",
            Self::VariantId => "variant.id",
            Self::CustomerEmail => "customer.email",
            Self::JobUnique => "job.unique",
            Self::JobRun => "job.run",
            Self::UserEmail => "user.email",
            Self::GatewayNotice => "gateway.notice",
            Self::ImportEntry => "import.entry",
        }
    }
}

/// Take a name for a stream, or give it up. Names given up in a commit are free for the same commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClaimChange {
    /// Take it; refused when another stream holds it.
    Take(Claim, StreamId),
    /// Give it up, if this stream holds it.
    Give(Claim, StreamId),
}

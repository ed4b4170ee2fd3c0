//! Ids of what was made elsewhere: the same whenever the same file is read.

use std::sync::Arc;

use jiff::Timestamp;
use sutler_domain::{Kind, id::Id};
use uuid::Uuid;

use crate::digest::Fields;

/// An id made of names. It begins with a time, as ids that are made here do, so that old orders lie beside old orders.
pub(super) fn derived<K: Kind>(at: Timestamp, names: &[&str]) -> Id<K> {
    let millis = u128::try_from(at.as_millisecond()).unwrap_or(0) & 0xFFFF_FFFF_FFFF;
    let bits = digest(names).iter().take(10).fold(0u128, |bits, byte| (bits << 8) | u128::from(*byte));
    let (a, b) = ((bits >> 62) & 0xFFF, bits & 0x3FFF_FFFF_FFFF_FFFF);
    Id::new(Uuid::from_u128((millis << 80) | (0x7 << 76) | (a << 64) | (0b10 << 62) | b))
}

/// The id that a code already is, or one made of it.
pub(in crate::transfer) fn chosen<K: Kind>(code: &str) -> Id<K> {
    Id::parse(code).unwrap_or_else(|_| {
        let hex = hex::encode(digest(&["code", code]));
        let text: Arc<str> = format!("x-{}", hex.get(..40).unwrap_or_default()).into();
        Id::trusted(text)
    })
}

/// A digest of names, in hex.
pub(super) fn mark(names: &[&str]) -> String {
    hex::encode(digest(names))
}

fn digest(names: &[&str]) -> [u8; 32] {
    let mut fields = Fields::new();
    for name in names {
        fields.add(name.as_bytes());
    }
    fields.finish()
}

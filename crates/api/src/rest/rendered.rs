//! Bodies of answers, kept as the bytes they are sent as: what is read again and again is written down once a version.
//!
//! Nothing here can be stale, since a body is found by the version that it shows. Persons are not kept: they may be
//! erased at any moment, so an order with a contact is written down anew each time.

use axum::body::Bytes;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use sutler_app::Caller;
use sutler_app::catalog::ProductView;
use sutler_app::orders::OrderView;
use sutler_domain::{OrderId, ProductId, Version};

/// Bytes of bodies that are kept, roughly; those asked for least make room.
pub const RENDERED_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// What an entry weighs beside its bytes.
const ENTRY_BYTES: u64 = 128;

/// What a body shows, and what of it depends on who asks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Shown {
    /// A product; what it costs the shop is not for every key.
    Product { id: ProductId, version: Version, with_cost: bool },
    /// An order without a person; the next actions are those that the key may take.
    Order { id: OrderId, version: Version, may_change: bool, may_move_money: bool },
}

impl Shown {
    pub(super) fn product(view: &ProductView, caller: &Caller) -> Self {
        let with_cost = caller.scopes.allow("catalog:write");
        Self::Product { id: view.product.product_id.clone(), version: view.version, with_cost }
    }

    /// `None` where an order shows a person, or what it was earlier.
    pub(super) fn order(view: &OrderView, caller: &Caller) -> Option<Self> {
        let is_plain = view.order.contact.is_none() && view.contact.is_none() && view.as_of.is_none();
        is_plain.then(|| Self::Order {
            id: view.order.order_id.clone(),
            version: view.version,
            may_change: caller.scopes.allow("orders:write"),
            may_move_money: caller.scopes.allow("payments:write"),
        })
    }
}

/// The bodies that are kept.
pub(crate) struct Rendered(Cache<Shown, Bytes, Weight>);

#[derive(Clone)]
struct Weight;

impl Weighter<Shown, Bytes> for Weight {
    fn weight(&self, _: &Shown, body: &Bytes) -> u64 {
        u64::try_from(body.len()).unwrap_or(u64::MAX).saturating_add(ENTRY_BYTES)
    }
}

impl Default for Rendered {
    fn default() -> Self {
        let about = usize::try_from(RENDERED_BYTES_MAX / 2048).unwrap_or(1);
        Self(Cache::with_weighter(about, RENDERED_BYTES_MAX, Weight))
    }
}

impl Rendered {
    /// The body that shows this, written down if nobody did before.
    pub(crate) fn body(&self, shown: Shown, write: impl FnOnce() -> Bytes) -> Bytes {
        if let Some(body) = self.0.get(&shown) {
            return body;
        }
        let body = write();
        self.0.insert(shown, body.clone());
        body
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(version: u64, with_cost: bool) -> Shown {
        let id = ProductId::parse("P1").unwrap();
        Shown::Product { id, version: Version(version), with_cost }
    }

    #[test]
    fn a_body_is_written_once_for_each_version_and_each_view_of_it() {
        let rendered = Rendered::default();
        let say = |shown, words: &'static str| rendered.body(shown, || Bytes::from_static(words.as_bytes()));
        assert_eq!(say(shown(1, false), "first"), "first");
        assert_eq!(say(shown(1, false), "again"), "first");
        assert_eq!(say(shown(2, false), "second"), "second");
        assert_eq!(say(shown(2, true), "with its cost"), "with its cost");
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let rendered = Rendered::default();
        let large = Bytes::from(vec![b' '; 64 * 1024]);
        for version in 0..200 {
            rendered.body(shown(version, false), || large.clone());
        }
        assert!(rendered.0.weight() <= RENDERED_BYTES_MAX);
    }
}

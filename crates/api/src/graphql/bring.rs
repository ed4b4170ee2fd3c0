//! What is behind the fields that no member of their object answers: the use cases, called as REST calls them.

mod catalog;
mod categories;
mod collections;
mod customers;
mod fulfillments;
mod inventory;
pub(super) mod orders;
mod payments;
mod returns;
mod system;

use futures::future::BoxFuture;
use serde::Serialize;
use serde_json::Value;
use sutler_app::Problem;

use super::asked::Asked;

/// Brings the JSON of a field.
pub(super) type Bring = for<'a> fn(Asked<'a>) -> BoxFuture<'a, Result<Value, Problem>>;

/// What brings a field of a type.
pub(super) fn of(ty: &str, field: &str) -> Option<Bring> {
    let all = [
        orders::of,
        payments::of,
        fulfillments::of,
        returns::of,
        customers::of,
        catalog::of,
        categories::of,
        collections::of,
        inventory::of,
        system::of,
    ];
    all.into_iter().find_map(|of| of(ty, field))
}

/// A shape of the wire as JSON.
pub(super) fn shown(body: &impl Serialize) -> Result<Value, Problem> {
    serde_json::to_value(body).map_err(|error| Problem::internal(&error))
}

/// Async functions as fields of a type.
macro_rules! fields {
    ($($ty:literal { $($name:literal => $bring:path),* $(,)? })*) => {
        /// What brings a field of a type.
        pub(super) fn of(ty: &str, field: &str) -> Option<super::Bring> {
            Some(match (ty, field) {
                $($(($ty, $name) => |asked| Box::pin($bring(asked)),)*)*
                _ => return None,
            })
        }
    };
}
use fields;

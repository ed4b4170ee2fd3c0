//! Webhooks: endpoints and deliveries.

mod deliveries;
mod endpoints;
mod shape;

use super::operation::Operations;

pub(super) fn routes() -> Operations {
    endpoints::routes().merge(deliveries::routes())
}

//! Whoever packs and ships.

use async_trait::async_trait;
use sutler_domain::orders::Order;

/// Is told that an order may be packed. Told at least once: a repeat must not pack twice.
#[async_trait]
pub trait Shipping: Send + Sync {
    /// Tell; an error is tried again later.
    async fn notify(&self, order: &Order, number: u64) -> Result<(), String>;
}

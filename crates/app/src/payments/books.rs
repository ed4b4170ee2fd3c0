//! What a gateway itself says it took and gave back.

use super::Payments;
use crate::caller::Caller;
use crate::error::Problem;
use crate::ports::BookPage;

impl Payments {
    /// A gateway's own books, oldest first, from a place that an earlier page gave; 0 is their beginning.
    pub async fn books(
        &self,
        caller: &Caller,
        gateway: &str,
        after: u64,
        limit: u32,
    ) -> Result<BookPage, Problem> {
        caller.may("orders:read")?;
        let unknown = || Problem::not_found("gateway that shows its books", gateway);
        let port = self.room.ports.gateways.get(gateway).ok_or_else(unknown)?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(port.books(after, limit).await.ok_or_else(unknown)??)
    }
}

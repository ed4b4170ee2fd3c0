//! Wait for a payment to rest.

use std::time::Duration;

use futures::future::{Either, select};
use sutler_domain::{OrderId, Version};

use super::view::rests;
use super::{OrderName, OrderView, Orders};
use crate::error::Problem;

/// The longest wait that can be asked for, in seconds.
pub const WAIT_MAX_S: u32 = 30;

impl Orders {
    /// The order as of the first version, from `from` on, at which its payments rest; after `wait_s` seconds, as
    /// it stands then.
    pub(crate) async fn wait_until_rest(
        &self,
        id: &OrderId,
        from: Version,
        wait_s: u32,
    ) -> Result<OrderView, Problem> {
        let ports = &self.room.ports;
        let mut head = ports.feed.head();
        let mut timeout = ports.clock.sleep(Duration::from_secs(u64::from(wait_s.min(WAIT_MAX_S))));
        loop {
            head.mark_unchanged();
            let stored = self.find(&OrderName::Id(id.clone())).await?;
            if rests(&stored.value) {
                return self.view_at(id, from, true).await;
            }
            let moved = std::pin::pin!(head.changed());
            match select(moved, &mut timeout).await {
                Either::Left((Ok(()), _)) => {}
                Either::Left((Err(_), _)) | Either::Right(_) => return self.view(stored).await,
            }
        }
    }
}

//! The real time and real chance: the one place that asks the machine for them.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use parking_lot::Mutex;
use rand::Rng;
use sutler_app::ports::{Clock, Ids};
use uuid::{ContextV7, Uuid};

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the real clock behind the port")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// `UUIDv7` that grow even within a millisecond, and secrets from the operating system's generator.
#[derive(Debug)]
pub struct SystemIds {
    context: Mutex<ContextV7>,
}

impl Default for SystemIds {
    fn default() -> Self {
        Self { context: Mutex::new(ContextV7::new()) }
    }
}

impl Ids for SystemIds {
    fn uuid(&self) -> Uuid {
        let context = self.context.lock();
        Uuid::new_v7(uuid::Timestamp::now(&*context))
    }

    #[expect(clippy::disallowed_methods, reason = "this is the real source of chance behind the port")]
    fn secret(&self) -> [u8; 24] {
        rand::rng().random()
    }

    #[expect(clippy::disallowed_methods, reason = "this is the real source of chance behind the port")]
    fn below(&self, max: u64) -> u64 {
        rand::rng().random_range(0..=max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_grow() {
        let ids = SystemIds::default();
        let made: Vec<Uuid> = (0..1000).map(|_| ids.uuid()).collect();
        assert!(made.is_sorted() && made.iter().all(|id| id.get_version_num() == 7));
    }
}

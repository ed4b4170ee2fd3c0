//! How many events a node tells to all its streams together in a second: what streams take is taken from orders.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

/// Events that one stream tells before it asks whether it may go on: what is told in between leaves in one write.
const HANDFUL: u32 = 64;

/// So much of a pace may be used at once after a rest.
const BURST: Duration = Duration::from_secs(1);

/// A pace that all streams of a node share: the generic cell rate algorithm (ITU-T I.371), counted in handfuls. Whoever
/// comes too early is given the next time that is free, and waits once.
#[derive(Debug)]
pub(crate) struct Pace {
    /// What a handful takes.
    handful: Duration,
    /// When all that was promised will have been told at this pace.
    promised: Mutex<Instant>,
    /// Streams that were opened so far.
    opened: AtomicU32,
}

impl Pace {
    /// So many events in a second.
    pub(crate) fn of(events_per_s: u32) -> Self {
        let handful = Duration::from_secs(1).saturating_mul(HANDFUL) / events_per_s.max(1);
        Self { handful, promised: Mutex::new(Instant::now()), opened: AtomicU32::new(0) }
    }

    /// When another handful may be told, where that is not now.
    fn next(&self) -> Option<Instant> {
        let now = Instant::now();
        let mut promised = self.promised.lock();
        *promised = (*promised).max(now) + self.handful;
        promised.checked_sub(BURST).filter(|turn| *turn > now)
    }
}

/// The part of one stream in a pace.
#[derive(Debug)]
pub(crate) struct Paced {
    pace: Arc<Pace>,
    told: u32,
}

impl Paced {
    /// Another stream. Streams that are told the same do not all ask at the same event: each begins elsewhere in its handful.
    pub(crate) fn by(pace: Arc<Pace>) -> Self {
        let told = pace.opened.fetch_add(1, Ordering::Relaxed) % HANDFUL;
        Self { pace, told }
    }

    /// One event more was told; gives when the next one may be, where that is not now.
    pub(crate) fn told(&mut self) -> Option<Instant> {
        self.told = (self.told + 1) % HANDFUL;
        if self.told == 0 { self.pace.next() } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tell so many events as fast as one may.
    async fn tell(paced: &mut Paced, events: u32) {
        for _ in 0..events {
            if let Some(turn) = paced.told() {
                tokio::time::sleep_until(turn).await;
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_goes_through_and_the_rest_at_its_pace() {
        let mut paced = Paced::by(Arc::new(Pace::of(640)));
        let begun = Instant::now();
        tell(&mut paced, 640).await;
        assert_eq!(begun.elapsed(), Duration::ZERO, "a second's worth at once");
        tell(&mut paced, 6_400).await;
        assert_eq!(begun.elapsed().as_secs(), 10);
        tokio::time::advance(Duration::from_mins(1)).await;
        let later = Instant::now();
        tell(&mut paced, 640).await;
        assert_eq!(later.elapsed(), Duration::ZERO, "after a rest again");
    }

    #[tokio::test(start_paused = true)]
    async fn all_streams_share_it() {
        let pace = Arc::new(Pace::of(6_400));
        let begun = Instant::now();
        let streams = (0..100).map(|_| {
            let mut paced = Paced::by(Arc::clone(&pace));
            async move { tell(&mut paced, 640).await }
        });
        futures::future::join_all(streams).await;
        assert_eq!(begun.elapsed().as_secs(), 9, "64,000 events, of which a second's worth went at once");
    }
}

//! What other processes change in the same store: the log tells of it, and it is forgotten here.

use std::time::Duration;

use sutler_app::event::Recorded;
use sutler_app::ports::{EventFilter, Feed};
use sutler_app::stream::StreamKind;

use super::{Cached, Touched};

/// The events of what is remembered. API keys are believed for a moment only, so they need none.
const NAMES: [&str; 9] = [
    "ProductCreated",
    "ProductUpdated",
    "ProductArchived",
    "ProductDeleted",
    "VariantCreated",
    "VariantUpdated",
    "VariantPriceChanged",
    "VariantDeleted",
    "LocationSaved",
];

/// Events that are read at once.
const PAGE: u32 = 500;

/// How long to rest after the log could not be read.
const REST: Duration = Duration::from_millis(200);

impl<S: Feed> Cached<S> {
    /// Forget what others change, as soon as the log tells of it; ends when the store is closed. It begins where the log
    /// stands now: nothing was remembered before.
    pub async fn follow(&self) {
        let mut head = self.store.head();
        let mut place = *head.borrow_and_update();
        let names = EventFilter { names: Some(NAMES.to_vec()), subject: None };
        while head.changed().await.is_ok() {
            let end = *head.borrow_and_update();
            while place < end {
                match self.store.after(place, &names, PAGE).await {
                    Ok(events) => {
                        let is_all = u32::try_from(events.len()).is_ok_and(|count| count < PAGE);
                        let last = events.last().map_or(place, |event| event.position);
                        self.kept.forget(&events.iter().filter_map(touched).collect::<Vec<_>>());
                        place = if is_all { end.max(last) } else { last };
                    }
                    Err(error) => {
                        tracing::debug!(%error, "cache_does_not_follow");
                        tokio::time::sleep(REST).await;
                    }
                }
            }
        }
    }
}

fn touched(event: &Recorded) -> Option<Touched> {
    let id = event.stream.id().to_owned();
    match event.stream.kind() {
        StreamKind::Product => Some(Touched::Product(id)),
        StreamKind::Price => Some(Touched::Price(id)),
        StreamKind::Location => Some(Touched::Locations),
        _ => None,
    }
}

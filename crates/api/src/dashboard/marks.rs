//! The dots of the navigation: whether something waits for a person. Looked up once in a while for everybody.

use std::time::Duration;

use sutler_app::PageRequest;
use sutler_app::job::JobState;
use sutler_app::ports::reads::StockQuery;

use crate::rest::Api;

/// How long what was seen is shown.
const SEEN_FOR: Duration = Duration::from_secs(5);

/// Whether something waits for a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marks {
    /// A variant is at its reorder point, or gone.
    pub(crate) low_stock: bool,
    /// An endpoint does not take what is delivered.
    pub(crate) failing: bool,
    /// A job was given up.
    pub(crate) dead: bool,
}

impl Marks {
    /// What is to be marked. A store that is away marks nothing: its pages say so themselves.
    pub(crate) async fn of(api: &Api) -> Self {
        if let Some(marks) = api.looked.marks.within(SEEN_FOR) {
            return marks;
        }
        let marks = Self::look(api).await;
        api.looked.marks.keep(marks);
        marks
    }

    async fn look(api: &Api) -> Self {
        let ports = &api.app.ports;
        let page = PageRequest { limit: 1, ..PageRequest::default() };
        let low = StockQuery { low: true, page, ..StockQuery::default() };
        let (low, health, queues) =
            tokio::join!(ports.stock.stock(&low), ports.deliveries.health(), api.app.jobs.look_at_queues());
        let dead = JobState::ALL.iter().position(|state| *state == JobState::Dead).unwrap_or_default();
        Self {
            low_stock: low.is_ok_and(|page| !page.rows.is_empty()),
            failing: health.is_ok_and(|all| all.values().any(sutler_app::webhooks::Health::is_failing)),
            dead: queues
                .is_ok_and(|all| all.iter().any(|queue| queue.counts.get(dead).is_some_and(|n| *n > 0))),
        }
    }
}

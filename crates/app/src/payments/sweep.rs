//! The daily sweep: payments whose outcome nobody knows, and that nobody may be asking for any more.

use jiff::SignedDuration;
use sutler_domain::JobId;
use sutler_domain::orders::{Order, PaymentState};

use super::Payments;
use crate::caller::Caller;
use crate::commit::{Commit, Refused};
use crate::error::Problem;
use crate::job::{JobKind, NewJob};
use crate::page::{From, PAGE_MAX, PageRequest};
use crate::ports::reads::{OrderQuery, OrderSort, Span};
use crate::stream::StreamId;

/// How long a payment must have been in flight: its own jobs come first.
const IN_FLIGHT_FOR: SignedDuration = SignedDuration::from_hours(1);

impl Payments {
    /// `sweep_payments`: have the gateway asked about every payment that has been in flight for long. A question that
    /// is under way already is not asked twice. Gives how many are asked.
    pub(crate) async fn sweep(&self) -> Result<usize, Problem> {
        let now = self.room.now();
        let until = now.checked_sub(IN_FLIGHT_FOR).unwrap_or(now);
        let (mut asked, mut from) = (0usize, From::Start);
        loop {
            let query = OrderQuery {
                payment_status: vec![PaymentState::Pending],
                updated: Span { from: None, until: Some(until) },
                sort: OrderSort::UpdatedAt,
                page: PageRequest { limit: PAGE_MAX, from, count: false },
                ..OrderQuery::default()
            };
            let page = self.room.ports.orders.orders(&query).await?;
            for stored in &page.rows {
                asked = asked.saturating_add(self.ask_again(&stored.value).await?);
            }
            match page.next {
                Some(next) => from = From::After(next),
                None => return Ok(asked),
            }
        }
    }

    /// One question for each payment of an order that has something open.
    async fn ask_again(&self, order: &Order) -> Result<usize, Problem> {
        let mut asked = 0usize;
        for payment in order.payments.iter().filter(|payment| !payment.open.is_empty()) {
            let (order_id, payment_id) = (order.order_id.clone(), payment.payment_id.clone());
            let key = format!("sync_payment:{payment_id}");
            let kind = JobKind::SyncPayment { order_id, payment_id, transaction_id: None, notice: None };
            let job_id = JobId::new(self.room.ports.ids.uuid());
            let job =
                NewJob::new(job_id, kind, StreamId::from(&order.order_id), self.room.now()).unique(&key);
            let commit = Commit::by(&Caller::system("job:sweep_payments")).then([job]);
            match self.room.ports.store.commit(commit).await {
                Ok(_) => asked = asked.saturating_add(1),
                Err(Refused::Taken { .. }) => {}
                Err(refused) => return Err(refused.into()),
            }
        }
        Ok(asked)
    }
}

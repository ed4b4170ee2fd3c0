//! The books, payment by payment, for whoever compares them with ours.

use jiff::Timestamp;
use sutler_app::ports::{ReadError, Statement, StatementPage};
use sutler_domain::PaymentId;

use super::FakeGateway;

/// Lines of the books looked at for one page.
const PAGE: usize = 100;

impl FakeGateway {
    /// The payments with a line in a stretch of the books; each with all that it moved.
    pub(super) async fn statements_since(
        &self,
        since: Timestamp,
        after: Option<&str>,
    ) -> Result<StatementPage, ReadError> {
        let after = after.map_or(Ok(0), str::parse).map_err(|_| ReadError::BadCursor)?;
        let page = self.books.page(after, PAGE).await?;
        let mut ids: Vec<PaymentId> = Vec::new();
        for entry in page.entries.iter().filter(|entry| entry.rests_at >= since) {
            if !ids.contains(&entry.payment_id) {
                ids.push(entry.payment_id.clone());
            }
        }
        let mut statements = Vec::with_capacity(ids.len());
        for id in &ids {
            statements.extend(self.statement_of(id).await?);
        }
        Ok(StatementPage { statements, next: page.has_more.then(|| page.next.to_string()) })
    }

    pub(super) async fn statement_of(&self, payment_id: &PaymentId) -> Result<Option<Statement>, ReadError> {
        let moved = self.books.with(payment_id, |account| (Vec::new(), account.statement()));
        let moved = moved.await.map_err(ReadError::Unavailable)?;
        Ok(moved.map(|(taken, given_back)| Statement {
            transaction_id: format!("fake_{payment_id}"),
            payment_id: Some(payment_id.clone()),
            currency: taken.currency,
            taken: taken.amount,
            given_back,
        }))
    }
}

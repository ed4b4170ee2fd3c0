//! The door, seen from the caller: views become rows here, so that the writer does little.

use async_trait::async_trait;
use sutler_app::commit::{Commit, Receipt, Refused};
use sutler_app::ports::Store;

use super::Postgres;
use crate::rows::Prepared;
use crate::work::Work;

#[async_trait]
impl Store for Postgres {
    async fn commit(&self, commit: Commit) -> Result<Receipt, Refused> {
        let prepared = Prepared::of(commit).map_err(|error| {
            Refused::Unavailable(format!("the commit cannot be written as JSON: {error}"))
        })?;
        self.door.ask(Work::Commit, Box::new(prepared)).await
    }
}

//! Questions to the server, each with one of four ends: an answer, a no, a silence, or a complaint that we may not ask.

use async_nats::jetstream::context::{RequestError, RequestErrorKind};
use async_nats::jetstream::response::Response;
use async_nats::jetstream::{self, ErrorCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::watch;

use super::Nats;
use super::error::Trouble;

/// The server's no.
pub(super) type No = jetstream::Error;

impl Nats {
    /// Ask JetStream something.
    pub(super) async fn ask<V: DeserializeOwned>(
        &self,
        subject: String,
        question: &(impl Serialize + ?Sized),
    ) -> Result<Result<V, No>, Trouble> {
        let answer: Result<Response<V>, RequestError> =
            self.heard(self.context.request(subject, question)).await?;
        match answer {
            Ok(Response::Ok(answer)) => Ok(Ok(answer)),
            Ok(Response::Err { error }) if is_without_jetstream(&error) => {
                Err(Trouble::NoJetStream(error.to_string()))
            }
            Ok(Response::Err { error }) => Ok(Err(error)),
            Err(error) if error.kind() == RequestErrorKind::NoResponders => {
                Err(Trouble::NoJetStream("nobody answers for it".to_owned()))
            }
            Err(error) => Err(Trouble::Away(told(&error))),
        }
    }

    /// Wait for an answer, unless the server says that we may not ask: then there will be none.
    pub(super) async fn heard<T>(&self, answer: impl Future<Output = T>) -> Result<T, Trouble> {
        let mut complaints = self.complaints.clone();
        complaints.mark_unchanged();
        tokio::select! {
            biased;
            answer = answer => Ok(answer),
            complaint = prohibition(&mut complaints) => Err(Trouble::NotPermitted(complaint)),
        }
    }
}

/// What the server says besides may be about something else, and passes.
async fn prohibition(complaints: &mut watch::Receiver<Option<String>>) -> String {
    let is_one = |said: &Option<String>| {
        said.as_ref().is_some_and(|said| said.to_ascii_lowercase().contains("permissions violation"))
    };
    while complaints.changed().await.is_ok() {
        let said = complaints.borrow_and_update().clone();
        if let Some(said) = said.filter(|said| is_one(&Some(said.clone()))) {
            return said;
        }
    }
    std::future::pending().await
}

fn is_without_jetstream(error: &No) -> bool {
    matches!(
        error.error_code(),
        ErrorCode::JETSTREAM_NOT_ENABLED | ErrorCode::JETSTREAM_NOT_ENABLED_FOR_ACCOUNT
    )
}

/// An error with its causes, unless it tells them itself.
pub(super) fn told(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}

//! A document that may run: read, weighed, and told whose it is.

use std::sync::atomic::Ordering;
use std::sync::{Arc, LazyLock};

use async_graphql::dynamic::Schema;
use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Response, Value, Variables};
use futures::stream::{BoxStream, StreamExt};
use sutler_app::{Caller, Problem};

use super::asked::Asker;
use super::cost::{self, Weighed};
use super::error::{Refused, finish};
use super::fits::all_fit;
use super::read::Read;
use super::schema::{self, Judging};
use crate::rest::Api;

/// What runs, made once. It names no field that was meant, so that nobody learns the schema by guessing.
static SCHEMA: LazyLock<Result<Schema, String>> = LazyLock::new(|| made(Judging::Closed));

/// The same for those who may read the schema: they are told which field they may have meant.
static OPEN_SCHEMA: LazyLock<Result<Schema, String>> = LazyLock::new(|| made(Judging::Open));

/// The same for documents that were found to be right before.
static RIGHT_SCHEMA: LazyLock<Result<Schema, String>> = LazyLock::new(|| made(Judging::Right));

fn made(judging: Judging) -> Result<Schema, String> {
    schema::executable(judging).map_err(|error| error.to_string())
}

/// What is to be run.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) query: String,
    pub(super) operation: Option<String>,
    pub(super) variables: Variables,
}

/// A document that may run.
pub(super) struct Ready {
    schema: &'static Schema,
    request: Request,
    asker: Arc<Asker>,
    weighed: Weighed,
    read: Arc<Read>,
}

impl Ready {
    /// Read a document and weigh it; nothing runs yet.
    pub(super) fn of(api: &Api, caller: Caller, wanted: Wanted) -> Result<Self, Refused> {
        let Wanted { query, operation, variables } = wanted;
        let read = api.documents.read(&query)?;
        let document = &read.document;
        let introspects = cost::may_introspect(&caller, api.options.dev);
        let weighed = cost::weigh(document, operation.as_deref(), &variables, introspects.as_ref().copied())?;
        let schema = if read.is_right.load(Ordering::Relaxed) && all_fit(document, &variables) {
            &*RIGHT_SCHEMA
        } else if introspects.is_ok() {
            &*OPEN_SCHEMA
        } else {
            &*SCHEMA
        };
        let schema = schema.as_ref().map_err(|error| Problem::internal(error))?;
        let is_its_own = weighed.kind == OperationType::Mutation && weighed.fields == 1;
        let key = caller.idempotency_key.clone().filter(|_| is_its_own);
        let asker = Arc::new(Asker::new(api, caller, key));
        let mut request = Request::new(query).variables(variables).data(Arc::clone(&asker));
        request.operation_name = operation;
        request.set_parsed_query(document.clone());
        Ok(Self { schema, request, asker, weighed, read })
    }

    /// Whether it goes on telling.
    pub(super) fn is_subscription(&self) -> bool {
        self.weighed.kind == OperationType::Subscription
    }

    /// Run it; gives the answer, and whether it was given before.
    pub(super) async fn answer(self) -> (Response, bool) {
        let response = self.schema.execute(self.request).await;
        if response.is_ok() {
            self.read.is_right.store(true, Ordering::Relaxed);
        }
        (told(response, &self.asker, self.weighed), self.asker.is_replayed())
    }

    /// The same, once it listens: whatever happens from now on is told.
    pub(super) async fn listening(self) -> BoxStream<'static, Response> {
        let asker = Arc::clone(&self.asker);
        let mut answers = Box::pin(self.stream().peekable());
        tokio::select! {
            _ = answers.as_mut().peek() => {}
            () = asker.listens.notified() => {}
        }
        answers.boxed()
    }

    /// Run it and give what comes, which is one answer unless it is a subscription.
    pub(super) fn stream(self) -> BoxStream<'static, Response> {
        let (asker, weighed) = (self.asker, self.weighed);
        let answers = self.schema.execute_stream(self.request);
        answers.map(move |response| told(response, &asker, weighed)).boxed()
    }
}

fn told(mut response: Response, asker: &Asker, weighed: Weighed) -> Response {
    for (key, gaps) in asker.left_out() {
        fill(&mut response.data, &key, &gaps);
    }
    finish(&mut response, &asker.caller.request_id);
    let figures = cost::figures(weighed.cost, asker.counted());
    response.extension("cost", figures)
}

/// Put null where something was left out of a list of the root, the first place first.
fn fill(data: &mut Value, key: &str, gaps: &[usize]) {
    let Value::Object(fields) = data else { return };
    let Some(Value::List(list)) = fields.get_mut(key) else { return };
    for at in gaps.iter().copied() {
        list.insert(at.min(list.len()), Value::Null);
    }
}

/// The answer of a document that does not run.
pub(super) fn refused(refused: &Refused, request_id: &str) -> Response {
    let requested = refused.problem.facts.get("cost").and_then(serde_json::Value::as_u64);
    refused.told(request_id).extension("cost", cost::figures(requested.unwrap_or(0), 0))
}

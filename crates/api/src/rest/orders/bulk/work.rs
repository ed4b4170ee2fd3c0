//! A line of a file: read, placed, and told.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use sutler_app::orders::{OrderRequest, PlacedLine};
use sutler_app::{Caller, Problem};
use sutler_domain::Fault;
use sutler_types::ProblemBody;
use sutler_types::bulk::LineAnswer;

use super::super::request::order_request;
use super::lines::Read;
use crate::rest::problem::{Asked, body_of, status_of};
use crate::rest::{Api, body, extract, metrics};

/// The member of a line that is its idempotency key.
const KEY: &str = "idempotency_key";

/// What all lines of a file have in common.
pub(super) struct Work {
    api: Api,
    /// Who asks; of what shapes an answer nothing counts here.
    caller: Caller,
    /// The key of the file: that of a line is made of it, where the line has none of its own.
    key: Option<String>,
    dry_run: bool,
}

/// What becomes of what was read.
pub(super) enum Answered {
    Line(LineAnswer),
    End(Option<Box<ProblemBody>>),
}

impl Work {
    pub(super) fn of(api: Api, caller: Caller, dry_run: bool) -> Arc<Self> {
        let key = caller.idempotency_key.clone();
        let caller =
            Caller { idempotency_key: None, shape: String::new(), wait_s: 0, if_match: None, ..caller };
        Arc::new(Self { api, caller, key, dry_run })
    }

    pub(super) fn api(&self) -> &Api {
        &self.api
    }

    /// The caller of all lines together, under the key of the file.
    pub(super) fn caller(&self) -> Caller {
        Caller { idempotency_key: self.key.clone(), ..self.caller.clone() }
    }

    pub(super) const fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    /// How long a client may take to read what it is told.
    pub(super) fn patience(&self) -> Duration {
        self.api.options.request_timeout
    }

    pub(super) async fn answer(&self, read: Read) -> Answered {
        match read {
            Read::Line(number, line) => {
                let placed = match line {
                    Ok(bytes) => self.place(number, &bytes).await,
                    Err(problem) => Err(problem),
                };
                self.count(&placed);
                Answered::Line(self.told(number, placed))
            }
            Read::End(problem) => Answered::End(problem.map(|problem| Box::new(self.problem(&problem)))),
        }
    }

    async fn place(&self, number: u64, bytes: &[u8]) -> Result<Option<PlacedLine>, Problem> {
        let (request, own) = self.read(bytes)?;
        let of_file = || self.key.as_ref().map(|key| format!("{key}/{number}"));
        let caller = Caller { idempotency_key: own.or_else(of_file), ..self.caller.clone() };
        let orders = &self.api.app.orders;
        // In a box of its own: the task of a line is moved about, and this is by far the most of it.
        if self.dry_run {
            return Box::pin(orders.judge_line(&caller, &request)).await;
        }
        Box::pin(orders.place_line(&caller, &request)).await.map(Some)
    }

    /// The order of a line, and its key if it has one.
    pub(super) fn read(&self, bytes: &[u8]) -> Result<(OrderRequest, Option<String>), Problem> {
        let mut document = body::parse(bytes).map_err(|mut problem| {
            // The line of the file stands beside it; that of the JSON is always the first.
            problem.facts.remove("line");
            problem
        })?;
        let key = document.as_object_mut().and_then(|members| members.remove(KEY)).map(key).transpose()?;
        Ok((order_request(&document, &self.api.app.settings)?, key))
    }

    /// What a line is told.
    pub(super) fn told(&self, line: u64, placed: Result<Option<PlacedLine>, Problem>) -> LineAnswer {
        let answer =
            LineAnswer { line, status: 200, order_id: None, number: None, replayed: false, problem: None };
        match placed {
            Ok(None) => answer,
            Ok(Some(placed)) => LineAnswer {
                status: if self.dry_run { 200 } else { 201 },
                order_id: Some(placed.order_id.to_string()),
                number: Some(format!("{}{}", self.api.app.settings.number_prefix, placed.number)),
                replayed: placed.replayed,
                ..answer
            },
            Err(problem) => LineAnswer {
                status: status_of(&problem).as_u16(),
                problem: Some(Box::new(self.problem(&problem))),
                ..answer
            },
        }
    }

    pub(super) fn problem(&self, problem: &Problem) -> ProblemBody {
        let asked = Asked {
            path: "/orders/bulk",
            request_id: &self.caller.request_id,
            docs_url: &self.api.options.docs_url,
        };
        body_of(problem, &asked, status_of(problem))
    }

    /// Count an order of a file among all that are placed.
    fn count(&self, placed: &Result<Option<PlacedLine>, Problem>) {
        if !self.dry_run {
            metrics::placed(match placed {
                Ok(Some(placed)) if placed.replayed => "replayed",
                Ok(_) => "placed",
                Err(problem) => problem.code,
            });
        }
    }
}

fn key(value: Value) -> Result<String, Problem> {
    let rule = "an idempotency key is 1 to 255 printable ASCII characters";
    match value {
        Value::String(key) if extract::is_key(&key) => Ok(key),
        _ => Err(Problem::invalid(vec![Fault::invalid(format!("/{KEY}"), rule)])),
    }
}

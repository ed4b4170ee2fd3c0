//! What a line is told.

use std::time::Instant;

use sutler_app::bulk::Done;
use sutler_app::{Caller, Problem};
use sutler_types::bulk::ChangeAnswer;

use crate::rest::Api;
use crate::rest::problem::{Asked, body_of, status_of};

/// What all lines of an answer have in common.
pub(super) struct Tell {
    request_id: String,
    docs_url: String,
}

impl Tell {
    pub(super) fn of(api: &Api, caller: &Caller) -> Self {
        Self { request_id: caller.request_id.clone(), docs_url: api.options.docs_url.clone() }
    }

    pub(super) fn line(&self, line: u64, key: Option<String>, done: Result<Done, Problem>) -> ChangeAnswer {
        let answer = ChangeAnswer { key, line, ..ChangeAnswer::default() };
        match done {
            Ok(done) => ChangeAnswer {
                status: if done.created { 201 } else { 200 },
                product_id: done.product_id.map(|id| id.to_string()),
                variant_id: done.variant_id.map(|id| id.to_string()),
                location: done.location_id.map(|id| id.to_string()),
                version: done.version.map(|version| version.0),
                replayed: done.replayed,
                ..answer
            },
            Err(problem) => {
                let status = status_of(&problem);
                let asked = Asked { path: "/bulk", request_id: &self.request_id, docs_url: &self.docs_url };
                let problem = Some(Box::new(body_of(&problem, &asked, status)));
                ChangeAnswer { status: status.as_u16(), problem, ..answer }
            }
        }
    }
}

/// How long it is since then.
pub(super) fn took_ms(begun: Instant) -> u64 {
    u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX)
}

//! The frame of pages without navigation: for whoever is not signed in.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use sutler_app::Problem;

use super::assets::FOLDER;
use super::guard::Nonce;
use crate::rest::problem::status_of;
use crate::rest::{Api, Refusal};

/// What every such page has.
pub(super) struct Plain {
    pub(super) title: &'static str,
    pub(super) style: String,
    pub(super) icon: String,
    /// Names the page's own script.
    pub(super) nonce: String,
    /// What went wrong, if something did.
    pub(super) trouble: Option<Trouble>,
}

/// What went wrong, in words, and at which fields.
pub(super) struct Trouble {
    status: StatusCode,
    pub(super) detail: String,
    faults: Vec<(String, String)>,
    wait: Option<u64>,
}

impl Plain {
    pub(super) fn new(api: &Api, title: &'static str, trouble: Option<Problem>) -> Self {
        let nonce = hex::encode(api.app.ports.ids.secret());
        let file = |name: &str| format!("{}/{name}", FOLDER.as_str());
        Self {
            title,
            style: file("sutler.css"),
            icon: file("favicon.svg"),
            nonce,
            trouble: trouble.map(Trouble::of),
        }
    }

    /// What is wrong with a field; empty when nothing is.
    pub(super) fn fault(&self, field: &str) -> &str {
        let faults = self.trouble.iter().flat_map(|trouble| &trouble.faults);
        faults.into_iter().find(|(at, _)| at == field).map_or("", |(_, detail)| detail)
    }

    /// The page as an answer.
    pub(super) fn show(page: &impl Template, plain: &Self) -> Response {
        let html = match page.render() {
            Ok(html) => html,
            Err(error) => return Refusal::from(Problem::internal(&error)).into_response(),
        };
        let status = plain.trouble.as_ref().map_or(StatusCode::OK, |trouble| trouble.status);
        let mut response = (status, Html(html)).into_response();
        if let Some(wait) = plain.trouble.as_ref().and_then(|trouble| trouble.wait) {
            response.headers_mut().insert(axum::http::header::RETRY_AFTER, wait.into());
        }
        response.extensions_mut().insert(Nonce(plain.nonce.clone()));
        response
    }
}

impl Trouble {
    fn of(problem: Problem) -> Self {
        let status = status_of(&problem);
        let wait = problem.facts.get("retry_after").and_then(serde_json::Value::as_u64);
        let faults = problem
            .errors
            .into_iter()
            .map(|fault| (fault.pointer.trim_start_matches('/').to_owned(), fault.detail))
            .collect();
        Self { status, detail: problem.detail, faults, wait }
    }
}

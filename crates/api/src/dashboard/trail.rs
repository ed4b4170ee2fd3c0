//! The audit log: who changed what, with how it stood before and since.

use askama::Template;
use axum::Router;
use axum::routing::get;
use sutler_app::access::{AuditEntry, AuditQuery};

use super::desk::{Desk, Frame, Shown, shown};
use super::events::subject_href;
use super::lists::{self, Pager};
use super::words::{self as w, Html};
use crate::rest::Api;

pub(super) fn routes() -> Router<Api> {
    Router::new().route("/admin/audit", get(list))
}

/// An entry as a row.
#[derive(Clone, Debug)]
struct Row {
    at: Html,
    actor: String,
    actor_href: String,
    action: String,
    subject: String,
    subject_href: Option<String>,
    change: String,
}

impl Row {
    fn of(entry: &AuditEntry, desk: &Desk) -> Self {
        let told = |name: &str, value: Option<&serde_json::Value>| {
            value.map(|value| format!("{name} {}", serde_json::to_string_pretty(value).unwrap_or_default()))
        };
        let request = entry.request_id.as_ref().map(|id| format!("request {id}"));
        let parts = [told("before", entry.before.as_ref()), told("after", entry.after.as_ref()), request];
        Self {
            at: w::ago(entry.at, desk.now),
            actor: w::actor(&entry.actor),
            actor_href: lists::with(&desk.uri, &[("actor", Some(&entry.actor))]),
            action: entry.action.clone(),
            subject: w::short_id(&entry.subject),
            subject_href: subject_href(&entry.subject),
            change: parts.into_iter().flatten().collect::<Vec<_>>().join("\n"),
        }
    }
}

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage {
    frame: Frame,
    actor: String,
    action: String,
    subject: String,
    rows: Vec<Row>,
    pager: Pager,
    is_filtered: bool,
}

async fn list(desk: Desk) -> Shown {
    let value = |name: &str| lists::value(&desk.uri, name);
    let query = AuditQuery {
        actor: value("actor"),
        action: value("action"),
        subject: value("subject"),
        page: lists::page(&desk.uri)?,
    };
    let page = desk.api.app.access.audit_log(desk.caller(), &query).await?;
    let view = AuditPage {
        frame: desk.frame("Audit log", "settings").under("/admin/settings", "Settings"),
        is_filtered: query.actor.is_some() || query.action.is_some() || query.subject.is_some(),
        actor: query.actor.unwrap_or_default(),
        action: query.action.unwrap_or_default(),
        subject: query.subject.unwrap_or_default(),
        pager: Pager::of(&desk.uri, &page),
        rows: page.rows.iter().map(|entry| Row::of(entry, &desk)).collect(),
    };
    Ok(shown(&view))
}

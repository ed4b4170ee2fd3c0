//! The audit log.

use axum::extract::State;
use sutler_app::access::{AuditEntry, AuditQuery};
use sutler_app::public::rfc3339;
use sutler_types::person as wire;

use crate::rest::operation::Needs::Scope;
use crate::rest::operation::{Operations, operations};
use crate::rest::{Api, Call, Params, Told, page};

pub(super) fn routes() -> Operations {
    operations! {
        get "/audit_log", Scope("audit:read"), "list_audit_log", "Who changed what, newest first" => list;
    }
}

fn body(entry: AuditEntry) -> wire::AuditEntry {
    wire::AuditEntry {
        entry_number: entry.number,
        object: "audit_entry".to_owned(),
        at: rfc3339(entry.at),
        actor: entry.actor,
        action: entry.action,
        subject: entry.subject,
        before: entry.before,
        after: entry.after,
        request_id: entry.request_id,
    }
}

/// Newest first: `?actor=&action=&subject=`.
async fn list(State(api): State<Api>, call: Call, mut params: Params) -> Told {
    let query = AuditQuery {
        actor: params.text("actor"),
        action: params.text("action"),
        subject: params.text("subject"),
        page: params.page(),
    };
    params.done()?;
    let found = api.app.access.audit_log(&call.caller, &query).await?;
    Ok(page::shown(&call, found.map(body)))
}

//! Queues of background work: how they stand, paused and resumed as a whole.

use axum::extract::{Path, State};
use sutler_app::job::{JobState, Policy, QueueState};
use sutler_app::public::rfc3339;
use sutler_types::job as wire;
use sutler_types::page::List;

use crate::rest::fields::{Fields, shortened};
use crate::rest::operation::Needs::Scope;
use crate::rest::operation::{Operations, operations};
use crate::rest::{Answer, Api, Call, MaybeDocument, Params, Told};

pub(super) fn routes() -> Operations {
    operations! {
        get "/queues", Scope("jobs:read"), "list_queues", "Every queue" => list;
        post "/queues/{name}/pause", Scope("jobs:write"), "pause_queue", "Let a queue wait" => pause;
        post "/queues/{name}/resume", Scope("jobs:write"), "resume_queue", "Let a queue go on" => resume;
    }
}

fn queue_body(queue: &QueueState) -> wire::Queue {
    let kind = |kind: &Policy| wire::QueueKind {
        kind: kind.name.to_owned(),
        priority: kind.priority,
        running_max: kind.running_max,
        attempts_max: kind.attempts_max,
        timeout_ms: u64::try_from(kind.timeout.as_millis()).unwrap_or(u64::MAX),
    };
    let words = JobState::ALL.map(|state| state.as_str().to_owned());
    wire::Queue {
        name: queue.name.to_owned(),
        object: "queue".to_owned(),
        paused: queue.paused.is_some(),
        paused_at: queue.paused.as_ref().map(|paused| rfc3339(paused.since)),
        paused_by: queue.paused.as_ref().map(|paused| paused.by.clone()),
        jobs: words.into_iter().zip(queue.counts).collect(),
        due_since: queue.due_since.map(rfc3339),
        kinds: Policy::in_queue(queue.name).map(kind).collect(),
    }
}

async fn list(State(api): State<Api>, call: Call, params: Params) -> Told {
    params.done()?;
    let queues = api.app.jobs.queues(&call.caller).await?;
    Ok(Answer::ok(&call).json(&List { data: queues.iter().map(queue_body).collect() }))
}

/// Nothing of it is begun on any server, from the next look of each worker on. Once more changes nothing.
async fn pause(
    State(api): State<Api>,
    call: Call,
    Path(name): Path<String>,
    params: Params,
    MaybeDocument(body): MaybeDocument,
) -> Told {
    params.done()?;
    Fields::of(&body).done()?;
    let queue = api.app.jobs.pause(&call.caller, &shortened(&name)).await?;
    Ok(Answer::ok(&call).json(&queue_body(&queue)))
}

async fn resume(
    State(api): State<Api>,
    call: Call,
    Path(name): Path<String>,
    params: Params,
    MaybeDocument(body): MaybeDocument,
) -> Told {
    params.done()?;
    Fields::of(&body).done()?;
    let queue = api.app.jobs.resume(&call.caller, &shortened(&name)).await?;
    Ok(Answer::ok(&call).json(&queue_body(&queue)))
}

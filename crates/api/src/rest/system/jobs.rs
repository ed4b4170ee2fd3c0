//! Background jobs.

use axum::extract::{Path, State};
use sutler_app::Problem;
use sutler_app::job::{Attempt, Job, JobState, KINDS, QUEUES};
use sutler_app::ports::jobs::JobQuery;
use sutler_app::public::rfc3339;
use sutler_domain::JobId;
use sutler_types::job as wire;

use crate::rest::fields::{Fields, shortened};
use crate::rest::operation::Needs::Scope;
use crate::rest::operation::{Operations, operations};
use crate::rest::{Answer, Api, Call, MaybeDocument, Params, Told, page};

pub(super) fn routes() -> Operations {
    operations! {
        get "/jobs", Scope("jobs:read"), "list_jobs", "Jobs, newest first" => list;
        post "/jobs/retry", Scope("jobs:write"), "retry_jobs", "Run all such jobs again" => retry_all;
        get "/jobs/{id}", Scope("jobs:read"), "get_job", "A job with its errors" => show;
        post "/jobs/{id}/retry", Scope("jobs:write"), "retry_job", "Run a job again" => retry;
        post "/jobs/{id}/cancel", Scope("jobs:write"), "cancel_job", "Never run a job" => cancel;
    }
}

fn job_body(job: &Job, failures: Option<&[Attempt]>) -> wire::Job {
    let failure = |attempt: &Attempt| wire::JobFailure {
        attempt: attempt.attempt,
        error: attempt.error.clone(),
        at: rfc3339(attempt.at),
    };
    wire::Job {
        job_id: job.job_id.to_string(),
        object: "job".to_owned(),
        kind: job.kind.name().to_owned(),
        queue: job.kind.policy().queue.to_owned(),
        subject: job.subject.id().to_owned(),
        state: job.state.as_str().to_owned(),
        attempts: job.attempts,
        attempts_max: job.kind.policy().attempts_max,
        last_error: job.last_error.clone(),
        worker: job.worker.clone(),
        unique_key: job.unique_key.clone(),
        failures: failures.map(|failures| failures.iter().map(failure).collect()),
        run_at: rfc3339(job.run_at),
        created_at: rfc3339(job.created_at),
        finished_at: job.finished_at.map(rfc3339),
    }
}

fn job_id(text: &str) -> Result<JobId, Problem> {
    JobId::parse(text).map_err(|_| Problem::not_found("job", shortened(text)))
}

/// The kinds that `?queue=` and `?kind=` leave; none: any.
fn kinds(params: &mut Params) -> Vec<String> {
    let queue = params.word("queue", &QUEUES.map(|queue| (queue, queue)));
    let mut kinds = params.words("kind", &KINDS.map(|kind| (kind.name, kind)));
    if let Some(queue) = queue {
        let asked = !kinds.is_empty();
        if !asked {
            kinds.extend(KINDS);
        }
        kinds.retain(|kind| kind.queue == queue);
        if asked && kinds.is_empty() {
            params
                .invalid("kind", format!("none of these kinds waits in the queue '{queue}'; leave one out"));
        }
    }
    kinds.into_iter().map(|kind| kind.name.to_owned()).collect()
}

fn states(params: &mut Params) -> Vec<JobState> {
    params.words("state", &JobState::ALL.map(|state| (state.as_str(), state)))
}

/// Newest first: `?state=dead&kind=process_order`, `?queue=payments`.
async fn list(State(api): State<Api>, call: Call, mut params: Params) -> Told {
    let query = JobQuery { kinds: kinds(&mut params), states: states(&mut params), page: params.page() };
    params.done()?;
    let jobs = api.app.jobs.list(&call.caller, &query).await?;
    Ok(page::shown(&call, jobs.map(|job| job_body(&job, None))))
}

/// `?state=dead&kind=…`: the same filters as the list; the state must be said.
async fn retry_all(
    State(api): State<Api>,
    call: Call,
    mut params: Params,
    MaybeDocument(body): MaybeDocument,
) -> Told {
    let (kinds, states) = (kinds(&mut params), states(&mut params));
    params.done()?;
    Fields::of(&body).done()?;
    let query = JobQuery { kinds, states, ..JobQuery::default() };
    let retried = api.app.jobs.retry_all(&call.caller, &query).await?;
    let count = |jobs: usize| u64::try_from(jobs).unwrap_or(u64::MAX);
    Ok(Answer::ok(&call).json(&wire::JobsRetried {
        object: "jobs_retried".to_owned(),
        retried: count(retried.retried),
        left: count(retried.left),
        has_more: retried.has_more,
    }))
}

async fn show(State(api): State<Api>, call: Call, Path(id): Path<String>, params: Params) -> Told {
    params.done()?;
    let (job, failures) = api.app.jobs.get(&call.caller, &job_id(&id)?).await?;
    Ok(Answer::ok(&call).json(&job_body(&job, Some(&failures))))
}

async fn retry(
    State(api): State<Api>,
    call: Call,
    Path(id): Path<String>,
    params: Params,
    MaybeDocument(body): MaybeDocument,
) -> Told {
    params.done()?;
    Fields::of(&body).done()?;
    let job = api.app.jobs.retry(&call.caller, &job_id(&id)?).await?;
    Ok(Answer::ok(&call).json(&job_body(&job, None)))
}

async fn cancel(
    State(api): State<Api>,
    call: Call,
    Path(id): Path<String>,
    params: Params,
    MaybeDocument(body): MaybeDocument,
) -> Told {
    params.done()?;
    Fields::of(&body).done()?;
    let job = api.app.jobs.cancel(&call.caller, &job_id(&id)?).await?;
    Ok(Answer::ok(&call).json(&job_body(&job, None)))
}

//! Background jobs.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use sutler_app::Problem;
use sutler_app::job::{Attempt, Job, JobState};
use sutler_app::ports::jobs::JobQuery;
use sutler_app::public::rfc3339;
use sutler_domain::JobId;
use sutler_types::job as wire;

use crate::rest::fields::{Fields, shortened};
use crate::rest::{Answer, Api, Call, MaybeDocument, Params, Told, page};

pub(super) fn routes() -> Router<Api> {
    Router::new()
        .route("/jobs", get(list))
        .route("/jobs/{id}", get(show))
        .route("/jobs/{id}/retry", post(retry))
        .route("/jobs/{id}/cancel", post(cancel))
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
        subject: job.subject.id().to_owned(),
        state: job.state.as_str().to_owned(),
        attempts: job.attempts,
        attempts_max: job.kind.attempts_max(),
        last_error: job.last_error.clone(),
        worker: job.worker.clone(),
        failures: failures.map(|failures| failures.iter().map(failure).collect()),
        run_at: rfc3339(job.run_at),
        created_at: rfc3339(job.created_at),
        finished_at: job.finished_at.map(rfc3339),
    }
}

fn job_id(text: &str) -> Result<JobId, Problem> {
    JobId::parse(text).map_err(|_| Problem::not_found("job", shortened(text)))
}

/// Newest first: `?state=dead&kind=process_order`. There is one queue, `default`.
async fn list(State(api): State<Api>, call: Call, mut params: Params) -> Told {
    params.word("queue", &[("default", ())]);
    let query = JobQuery {
        states: params.words("state", &JobState::ALL.map(|state| (state.as_str(), state))),
        kind: params.text("kind"),
        page: params.page(),
    };
    params.done()?;
    let jobs = api.app.jobs.list(&call.caller, &query).await?;
    Ok(page::shown(&call, jobs.map(|job| job_body(&job, None))))
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

//! Jobs: queues, what waits, and what was given up.

use askama::Template;
use axum::Router;
use axum::extract::Path;
use axum::routing::{get, post};
use sutler_app::Problem;
use sutler_app::job::{Attempt, Job, JobState, KINDS, QueueState};
use sutler_app::ports::jobs::JobQuery;
use sutler_domain::JobId;

use super::desk::{Desk, Frame, Shown, see, shown};
use super::events::subject_href;
use super::lists::{self, Choice, Pager, Tab};
use super::timeline;
use super::typed::Form;
use super::words::{self as w, Html};
use crate::rest::Api;

pub(super) fn routes() -> Router<Api> {
    Router::new()
        .route("/admin/jobs", get(list))
        .route("/admin/jobs/retry", post(retry_all))
        .route("/admin/jobs/{id}", get(show))
        .route("/admin/jobs/{id}/retry", post(retry))
        .route("/admin/jobs/{id}/cancel", post(cancel))
        .route("/admin/queues/{name}/pause", post(pause))
        .route("/admin/queues/{name}/resume", post(resume))
}

const VIEWS: [(&str, &str); 6] = [
    ("All", ""),
    ("Waiting", "state=ready"),
    ("Running", "state=running"),
    ("Dead", "state=dead"),
    ("Canceled", "state=canceled"),
    ("Done", "state=done"),
];

/// A queue as a card.
#[derive(Clone, Debug)]
struct Card {
    name: &'static str,
    state: Html,
    is_paused: bool,
    paused_by: String,
    waiting: u64,
    running: u64,
    dead: u64,
    oldest: Option<Html>,
}

impl Card {
    fn of(queue: &QueueState, desk: &Desk) -> Self {
        let count = |state: JobState| {
            let at = JobState::ALL.iter().position(|known| *known == state).unwrap_or_default();
            queue.counts.get(at).copied().unwrap_or_default()
        };
        let paused = queue.paused.as_ref();
        Self {
            name: queue.name,
            state: w::badge(if paused.is_some() { "paused" } else { "running" }),
            is_paused: paused.is_some(),
            paused_by: paused.map(|paused| w::actor(&paused.by)).unwrap_or_default(),
            waiting: count(JobState::Ready),
            running: count(JobState::Running),
            dead: count(JobState::Dead),
            oldest: queue.due_since.map(|at| w::ago(at, desk.now)),
        }
    }
}

/// A job as a row.
#[derive(Clone, Debug)]
struct Row {
    id: String,
    kind: String,
    subject: String,
    subject_href: Option<String>,
    state: Html,
    attempts: u32,
    error: String,
    at: Html,
}

impl Row {
    fn of(job: &Job, desk: &Desk) -> Self {
        let subject = job.subject.id();
        Self {
            id: job.job_id.to_string(),
            kind: timeline::spoken(job.kind.name()),
            subject: w::short_id(subject),
            subject_href: subject_href(subject),
            state: w::badge(job.state.as_str()),
            attempts: job.attempts,
            error: job
                .last_error
                .as_deref()
                .and_then(|error| error.lines().next())
                .unwrap_or_default()
                .to_owned(),
            at: w::ago(job.finished_at.unwrap_or(job.run_at), desk.now),
        }
    }
}

#[derive(Template)]
#[template(path = "jobs.html")]
struct JobsPage {
    frame: Frame,
    queues: Vec<Card>,
    tabs: Vec<Tab>,
    states: Vec<&'static str>,
    kinds: Vec<Choice>,
    rows: Vec<Row>,
    pager: Pager,
    is_dead: bool,
    is_filtered: bool,
    may_write: bool,
}

fn query(desk: &Desk) -> Result<JobQuery, Problem> {
    let uri = &desk.uri;
    let states = lists::values(uri, "state").iter().filter_map(|word| JobState::parse(word)).collect();
    Ok(JobQuery { states, kinds: lists::values(uri, "kind"), page: lists::page(uri)? })
}

async fn list(desk: Desk) -> Shown {
    let query = query(&desk)?;
    let queues = desk.api.app.jobs.queues(desk.caller()).await?;
    let page = desk.api.app.jobs.list(desk.caller(), &query).await?;
    let kinds = KINDS.iter().map(|kind| Choice {
        value: kind.name.to_owned(),
        words: timeline::spoken(kind.name),
        chosen: query.kinds.iter().any(|chosen| chosen == kind.name),
    });
    let view = JobsPage {
        frame: desk.frame("Jobs", "jobs"),
        queues: queues.iter().map(|queue| Card::of(queue, &desk)).collect(),
        tabs: lists::tabs(&desk.uri, &VIEWS),
        states: query.states.iter().map(|state| state.as_str()).collect(),
        kinds: kinds.collect(),
        pager: Pager::of(&desk.uri, &page),
        is_dead: query.states == [JobState::Dead],
        is_filtered: !query.states.is_empty() || !query.kinds.is_empty(),
        rows: page.rows.iter().map(|job| Row::of(job, &desk)).collect(),
        may_write: desk.may("jobs:write"),
    };
    Ok(shown(&view))
}

#[derive(Template)]
#[template(path = "job.html")]
struct JobPage {
    frame: Frame,
    row: Row,
    job: Job,
    payload: String,
    attempts: Vec<Attempt>,
    worker: String,
    created: Html,
    can_retry: bool,
    can_cancel: bool,
    now: jiff::Timestamp,
}

fn job_id(id: &str) -> Result<JobId, Problem> {
    JobId::parse(id).map_err(|_| Problem::not_found("job", w::short_id(id)))
}

async fn show(desk: Desk, Path(id): Path<String>) -> Shown {
    let (job, mut attempts) = desk.api.app.jobs.get(desk.caller(), &job_id(&id)?).await?;
    attempts.reverse();
    let row = Row::of(&job, &desk);
    let may = desk.may("jobs:write");
    let view = JobPage {
        frame: desk.frame(row.kind.clone(), "jobs").under("/admin/jobs", "Jobs"),
        payload: serde_json::to_string_pretty(&job.kind).unwrap_or_default(),
        worker: job.worker.clone().unwrap_or_default(),
        created: w::ago(job.created_at, desk.now),
        can_retry: may && matches!(job.state, JobState::Ready | JobState::Dead | JobState::Canceled),
        can_cancel: may && matches!(job.state, JobState::Ready | JobState::Dead),
        now: desk.now,
        attempts,
        row,
        job,
    };
    Ok(shown(&view))
}

async fn retry(desk: Desk, Path(id): Path<String>, _form: Form) -> Shown {
    let job = desk.api.app.jobs.retry(desk.caller(), &job_id(&id)?).await?;
    Ok(see(&format!("/admin/jobs/{}?done=retried", job.job_id)))
}

async fn cancel(desk: Desk, Path(id): Path<String>, _form: Form) -> Shown {
    let job = desk.api.app.jobs.cancel(desk.caller(), &job_id(&id)?).await?;
    Ok(see(&format!("/admin/jobs/{}?done=called_off", job.job_id)))
}

/// Run everything again that was given up.
async fn retry_all(desk: Desk, form: Form) -> Shown {
    let kinds = form.text("kind").into_iter().collect();
    let query = JobQuery { states: vec![JobState::Dead], kinds, ..JobQuery::default() };
    desk.api.app.jobs.retry_all(desk.caller(), &query).await?;
    Ok(see("/admin/jobs?done=retried"))
}

async fn pause(desk: Desk, Path(name): Path<String>, _form: Form) -> Shown {
    desk.api.app.jobs.pause(desk.caller(), &name).await?;
    Ok(see("/admin/jobs?done=paused"))
}

async fn resume(desk: Desk, Path(name): Path<String>, _form: Form) -> Shown {
    desk.api.app.jobs.resume(desk.caller(), &name).await?;
    Ok(see("/admin/jobs?done=resumed"))
}

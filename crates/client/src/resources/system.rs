//! Jobs, keys and the log.

use serde_json::json;
use sutler_types::event::{Event, EventType};
use sutler_types::job::{Job, JobsRetried, Queue};
use sutler_types::key::{ApiKey, NewApiKey};
use sutler_types::page::List;

use crate::call::escaped;
use crate::{Call, Client, Error, EventStream, Method, Pages};

/// Background work.
#[derive(Clone, Copy, Debug)]
pub struct Jobs<'a>(pub(crate) &'a Client);

impl<'a> Jobs<'a> {
    /// Jobs, newest first, with filters such as `("state", "dead")`.
    pub fn list(&self, filters: &[(&str, &str)]) -> Pages<'a, Job> {
        let call = filters.iter().fold(Call::get("/jobs"), |call, (name, value)| call.query(*name, *value));
        Pages::new(self.0, call)
    }

    /// A job with what went wrong in each attempt.
    pub async fn get(&self, job_id: &str) -> Result<Job, Error> {
        self.0.ask(Call::get(format!("/jobs/{}", escaped(job_id)))).await
    }

    /// Begin again with all attempts.
    pub async fn retry(&self, job_id: &str) -> Result<Job, Error> {
        self.0.ask(Call::post(format!("/jobs/{}/retry", escaped(job_id)))).await
    }

    /// Give it up.
    pub async fn cancel(&self, job_id: &str) -> Result<Job, Error> {
        self.0.ask(Call::post(format!("/jobs/{}/cancel", escaped(job_id)))).await
    }

    /// Retry every job that these filters find, such as `("state", "dead")`. One call moves so many at most; ask again
    /// while `has_more`.
    pub async fn retry_all(&self, filters: &[(&str, &str)]) -> Result<JobsRetried, Error> {
        let call = Call::post("/jobs/retry");
        let call = filters.iter().fold(call, |call, (name, value)| call.query(*name, *value));
        self.0.ask(call).await
    }

    /// Every queue.
    pub async fn queues(&self) -> Result<Vec<Queue>, Error> {
        let list: List<Queue> = self.0.ask(Call::get("/queues")).await?;
        Ok(list.data)
    }

    /// Begin nothing more of a queue, on any server.
    pub async fn pause(&self, queue: &str) -> Result<Queue, Error> {
        self.0.ask(Call::post(format!("/queues/{}/pause", escaped(queue)))).await
    }

    /// Go on with a queue.
    pub async fn resume(&self, queue: &str) -> Result<Queue, Error> {
        self.0.ask(Call::post(format!("/queues/{}/resume", escaped(queue)))).await
    }
}

/// API keys.
#[derive(Clone, Copy, Debug)]
pub struct Keys<'a>(pub(crate) &'a Client);

impl Keys<'_> {
    /// Make a key; its secret is in this answer and never again.
    pub async fn create(&self, key: &NewApiKey) -> Result<ApiKey, Error> {
        self.0.ask(Call::post("/api_keys").json(key)).await
    }

    /// Every key.
    pub async fn list(&self) -> Result<Vec<ApiKey>, Error> {
        let list: List<ApiKey> = self.0.ask(Call::get("/api_keys")).await?;
        Ok(list.data)
    }

    /// End a key now.
    pub async fn revoke(&self, key_id: &str) -> Result<(), Error> {
        self.0.send(Call::new(Method::DELETE, format!("/api_keys/{}", escaped(key_id)))).await.map(drop)
    }

    /// End a key and make its successor, with the same rights.
    pub async fn roll(&self, key_id: &str) -> Result<ApiKey, Error> {
        self.0.ask(Call::post(format!("/api_keys/{}/roll", escaped(key_id))).json(&json!({}))).await
    }
}

/// The log.
#[derive(Clone, Copy, Debug)]
pub struct Events<'a>(pub(crate) &'a Client);

impl<'a> Events<'a> {
    /// Events in their order, with filters such as `("type", "order.*")` and `("after", cursor)`.
    pub fn list(&self, filters: &[(&str, &str)]) -> Pages<'a, Event> {
        let call = filters.iter().fold(Call::get("/events"), |call, (name, value)| call.query(*name, *value));
        Pages::new(self.0, call)
    }

    /// Events as they happen, with filters such as `("types", "order.*")`, and `("after", cursor)` to begin behind a
    /// place instead of now. A connection that is lost is made again, and nothing is missed.
    pub fn follow(&self, filters: &[(&str, &str)]) -> EventStream<'a> {
        let call = Call::get("/events/stream");
        let call = filters.iter().fold(call, |call, (name, value)| call.query(*name, *value));
        EventStream::new(self.0, call)
    }

    /// One event.
    pub async fn get(&self, event_id: &str) -> Result<Event, Error> {
        self.0.ask(Call::get(format!("/events/{}", escaped(event_id)))).await
    }

    /// The types there are.
    pub async fn types(&self) -> Result<Vec<EventType>, Error> {
        let list: List<EventType> = self.0.ask(Call::get("/event_types")).await?;
        Ok(list.data)
    }
}

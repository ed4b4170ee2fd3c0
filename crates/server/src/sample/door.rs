//! The two ways in: the router of this process, before anybody else is let in, and a server that runs.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use http_body_util::BodyExt;
use serde_json::Value;
use sutler_client::types::ProblemBody;
use sutler_client::{Call, Client, Method};
use tower::ServiceExt;

use crate::console::{Exit, Failure, text};

/// The key of `sutler dev`.
const DEV_KEY: &str = "sk_dev_sutler";

/// The largest answer that is read, in bytes.
const ANSWER_MAX: usize = 16 * 1024 * 1024;

/// A way in.
pub(crate) enum Door {
    /// The router of this process, in dev mode.
    InProcess(Router),
    /// A server that runs.
    OverHttp(Client),
}

impl Door {
    pub(super) async fn get(&self, path: &str) -> Result<Value, Failure> {
        self.send(Call::get(path), path, Method::GET, None).await
    }

    pub(super) async fn put(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.send(Call::new(Method::PUT, path).json(body), path, Method::PUT, Some(body)).await
    }

    pub(super) async fn delete(&self, path: &str) -> Result<(), Failure> {
        self.send(Call::new(Method::DELETE, path), path, Method::DELETE, None).await.map(drop)
    }

    /// A change that waits for gateways.
    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.send(Call::post(path).wait(8).json(body), path, Method::POST, Some(body)).await
    }

    /// Create something with a name of its own; `None` when the name is taken already.
    pub(super) async fn create(&self, path: &str, body: &Value) -> Result<Option<Value>, Failure> {
        match self.post(path, body).await {
            Ok(made) => Ok(Some(made)),
            Err(failure) if text(&failure.json(), "/code").ends_with("_exists") => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Do what the state of things may not allow any more; `false` then.
    pub(super) async fn post_if_possible(&self, path: &str, body: &Value) -> Result<bool, Failure> {
        match self.post(path, body).await {
            Ok(_) => Ok(true),
            Err(failure) if failure.exit == Exit::Conflict => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    async fn send(
        &self,
        call: Call,
        path: &str,
        method: Method,
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        match self {
            Self::OverHttp(client) => {
                let answer = client.send(call).await?;
                if answer.body.is_empty() { Ok(Value::Null) } else { Ok(answer.json()?) }
            }
            Self::InProcess(router) => inside(router, path, &method, body).await,
        }
    }
}

async fn inside(
    router: &Router,
    path: &str,
    method: &Method,
    body: Option<&Value>,
) -> Result<Value, Failure> {
    let broken = |error: &dyn std::fmt::Display| {
        Failure::new(Exit::Failed, format!("the sample shop cannot be loaded: {error}"))
    };
    let request = Request::builder()
        .method(method.as_str())
        .uri(path)
        .header(header::AUTHORIZATION, format!("Bearer {DEV_KEY}"))
        .header(header::CONTENT_TYPE, "application/json")
        .header("prefer", "wait=8")
        .body(body.map_or_else(Body::empty, |body| Body::from(body.to_string())))
        .map_err(|error| broken(&error))?;
    let Ok(answer) = router.clone().oneshot(request).await;
    let status = answer.status();
    let body = http_body_util::Limited::new(answer.into_body(), ANSWER_MAX).collect().await;
    let bytes = body.map_err(|error| broken(&error))?.to_bytes();
    if status.is_success() {
        return if bytes.is_empty() {
            Ok(Value::Null)
        } else {
            serde_json::from_slice(&bytes).map_err(|error| broken(&error))
        };
    }
    let problem: ProblemBody = serde_json::from_slice(&bytes).map_err(|error| broken(&error))?;
    Err(Failure::from(problem).fact("while", format!("{method} {path}")))
}

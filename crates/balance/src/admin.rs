//! What operators ask the balancer itself, on a listener of its own.

use std::sync::Arc;

use async_trait::async_trait;
use http::{Response, StatusCode, header};
use pingora_core::apps::http_app::ServeHttp;
use pingora_core::protocols::http::ServerSession;
use pingora_core::server::ShutdownWatch;

use crate::client::Client;
use crate::listen::Inside;
use crate::metrics::{self, Numbers};
use crate::pool::Pool;

/// The pages.
pub(crate) struct Admin {
    pub(crate) pool: Arc<Pool>,
    pub(crate) numbers: Arc<Numbers>,
    pub(crate) inside: Inside,
    pub(crate) stop: ShutdownWatch,
}

impl Admin {
    fn page(&self, path: &str) -> (StatusCode, String) {
        match path {
            "/livez" => (StatusCode::OK, "ok\n".to_owned()),
            "/readyz" => self.ready(),
            "/metrics" => (StatusCode::OK, metrics::text(&self.pool, &self.numbers, &self.inside)),
            _ => (StatusCode::NOT_FOUND, "there are /livez, /readyz and /metrics\n".to_owned()),
        }
    }

    /// 503 when no node is up, and while the balancer ends: whoever stands in front sends to another one.
    fn ready(&self) -> (StatusCode, String) {
        let (up, all) = (self.pool.up(), self.pool.upstreams().len());
        if *self.stop.borrow() {
            return (StatusCode::SERVICE_UNAVAILABLE, "stopping\n".to_owned());
        }
        let status = if up > 0 { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        (status, format!("{up} of {all} nodes are up\n"))
    }
}

#[async_trait]
impl ServeHttp for Admin {
    async fn response(&self, session: &mut ServerSession) -> Response<Vec<u8>> {
        let known = session.take_connection_user_context();
        if let Some(client) = known.as_ref().and_then(|known| known.downcast_ref::<Client>()) {
            client.head.is_there();
        }
        let (status, text) = self.page(session.req_header().uri.path());
        let mut response = Response::new(text.into_bytes());
        *response.status_mut() = status;
        let length = response.body().len();
        let headers = response.headers_mut();
        let plain = "text/plain; version=0.0.4; charset=utf-8";
        headers.insert(header::CONTENT_TYPE, http::HeaderValue::from_static(plain));
        headers.insert(header::CONTENT_LENGTH, length.into());
        headers.insert(header::CACHE_CONTROL, http::HeaderValue::from_static("no-store"));
        response
    }
}

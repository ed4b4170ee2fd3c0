//! The HTTP ceiling: a bare handler, in a process of its own, served as the engine serves. A POST is parsed into the
//! type that clients of the engine send, and answered with a body of the engine's length; a GET is answered with one.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::Result;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use sutler_types::place::NewOrder;
use tokio::net::TcpListener;

/// Answer until the process is ended, every request with these bytes.
pub async fn serve(port: u16, body: &Path) -> Result<()> {
    let body = Bytes::from(std::fs::read(body)?);
    let router = Router::new()
        .route("/readyz", get(bare))
        .route("/orders", post(parsed))
        .route("/bare", get(bare))
        .with_state(body);
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], port))).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let service = TowerToHyperService::new(router.clone());
        let mut builder = http1::Builder::new();
        let connection = builder.timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service);
        tokio::spawn(async move {
            // A client that goes away is its own affair.
            _ = connection.await;
        });
    }
}

async fn bare(State(body): State<Bytes>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

async fn parsed(State(body): State<Bytes>, sent: Bytes) -> Response {
    match serde_json::from_slice::<NewOrder>(&sent) {
        Ok(order) if !order.items.is_empty() => {
            (StatusCode::CREATED, [(header::CONTENT_TYPE, "application/json")], body).into_response()
        }
        _ => StatusCode::BAD_REQUEST.into_response(),
    }
}

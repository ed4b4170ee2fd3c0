//! One connection over HTTP. It stands here and not beside the accept loop, since every request passes through it: this
//! crate is built for speed, and that of the commands for size.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tower::ServiceExt;

/// How long a connection may be idle, and the head of a request may take to arrive; hyper has one timer for both. Above
/// the 60 s that nginx and the balancers of clouds keep a connection: of two sides, the one that closes second may lose a
/// request. Who dribbles holds one of `http.max_connections` for as long.
const HEAD_TIMEOUT: Duration = Duration::from_secs(75);

type Connection = http1::UpgradeableConnection<TokioIo<TcpStream>, TowerToHyperService<Peered>>;

/// Answer the requests of one connection; once `told` changes, only what is under way. A client that goes away in the
/// middle is its own affair.
pub async fn answered(stream: TcpStream, peer: SocketAddr, router: Router, mut told: watch::Receiver<()>) {
    let mut connection = std::pin::pin!(connection(stream, peer, router));
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = told.changed() => connection.as_mut().graceful_shutdown(),
    }
    _ = connection.await;
}

fn connection(stream: TcpStream, peer: SocketAddr, router: Router) -> Connection {
    // An answer is one small write; waiting for more of it only delays it.
    _ = stream.set_nodelay(true);
    let service = TowerToHyperService::new(Peered { router, peer });
    // With upgrades, for WebSockets: they leave HTTP, and end by themselves when the server does. The builder that looks
    // for the version of HTTP first would wait for it without a limit.
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades()
}

/// The router, told who is at the other end.
#[derive(Clone)]
struct Peered {
    router: Router,
    peer: SocketAddr,
}

impl tower::Service<hyper::Request<Incoming>> for Peered {
    type Response = axum::response::Response;
    type Error = Infallible;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Infallible>> {
        // A router is always ready.
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: hyper::Request<Incoming>) -> Self::Future {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(self.peer));
        Box::pin(self.router.clone().oneshot(request))
    }
}

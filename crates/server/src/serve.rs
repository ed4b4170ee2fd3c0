//! The accept loop: who may connect, how long a head may take, and how it all ends without losing a request.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tower::ServiceExt;

use crate::config::Http;

/// How long a connection may be idle, and the head of a request may take to arrive; hyper has one timer for both. Above
/// the 60 s that nginx and the balancers of clouds keep a connection: of two sides, the one that closes second may lose a
/// request. Who dribbles holds one of `http.max_connections` for as long.
const HEAD_TIMEOUT: Duration = Duration::from_secs(75);

/// How long to wait when the system has no descriptor left for another connection.
const EXHAUSTED_WAIT: Duration = Duration::from_millis(100);

/// Answer connections until `stop` is ready; then take no more, and let those under way finish.
/// Gives whether all of them did within the drain timeout.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    http: &Http,
    stop: impl Future<Output = ()>,
) -> bool {
    let (ending, told) = watch::channel(());
    let room = Arc::new(Semaphore::new(http.max_connections));
    let mut stop = std::pin::pin!(stop);
    loop {
        // Without room the next connection waits in the kernel's queue.
        let accepted = async {
            let permit = Arc::clone(&room).acquire_owned().await;
            (permit, listener.accept().await)
        };
        let (permit, accepted) = tokio::select! {
            biased;
            () = &mut stop => break,
            accepted = accepted => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let (connection, told) = (connection(stream, peer, router.clone()), told.clone());
                tokio::spawn(async move {
                    until_it_ends(connection, told).await;
                    drop(permit);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "accept_failed");
                tokio::time::sleep(EXHAUSTED_WAIT).await;
            }
        }
    }
    drop((listener, told));
    ending.send_replace(());
    tokio::time::timeout(http.drain_timeout, ending.closed()).await.is_ok()
}

type Connection = http1::UpgradeableConnection<TokioIo<TcpStream>, TowerToHyperService<Peered>>;

/// Answer one connection; once the server ends, only what is under way. A client that goes away in the middle is its own
/// affair.
async fn until_it_ends(connection: Connection, mut told: watch::Receiver<()>) {
    let mut connection = std::pin::pin!(connection);
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
pub(crate) struct Peered {
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

/// The numbers alone, for a listener of their own: whoever reaches it may read them.
pub(crate) fn metrics_only(router: Router) -> Router {
    let local = SocketAddr::from(([127, 0, 0, 1], 0));
    Router::new().route(
        "/metrics",
        axum::routing::get(async move |mut request: axum::extract::Request| {
            request.extensions_mut().insert(ConnectInfo(local));
            router.oneshot(request).await
        }),
    )
}

/// The signals that ask a process to end.
pub(crate) struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    /// Listen from now on; a signal before this ends the process as usual.
    pub(crate) fn listen() -> std::io::Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            Ok(Self {
                terminate: signal(SignalKind::terminate())?,
                interrupt: signal(SignalKind::interrupt())?,
            })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    /// Wait for the next one.
    pub(crate) async fn next(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
        #[cfg(not(unix))]
        {
            _ = tokio::signal::ctrl_c().await;
        }
    }
}

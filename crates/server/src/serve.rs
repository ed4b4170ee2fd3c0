//! The accept loop: who may connect, how long a head may take, and how it all ends without losing a request.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use sutler_api::connection;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tower::ServiceExt;

use crate::config::Http;

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
                let answered = connection::answered(stream, peer, router.clone(), told.clone());
                tokio::spawn(async move {
                    answered.await;
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

//! Who may connect, and how it all ends without losing a request.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use pingora_core::apps::{HttpPersistentSettings, HttpServerApp, ReusedHttpStream};
use pingora_core::protocols::Stream;
use pingora_core::protocols::http::ServerSession;
use pingora_core::protocols::l4::stream::Stream as Connection;
use pingora_core::protocols::l4::virt::VirtualSocketStream;
use pingora_core::server::ShutdownWatch;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use crate::client::{Client, Head, Watched};
use crate::failure::{Exit, Failure};
use crate::limits::Limits;

/// How long to wait when the system has no descriptor left for another connection.
const EXHAUSTED_WAIT: Duration = Duration::from_millis(100);

/// Where connections come in.
pub(crate) struct Door {
    listener: TcpListener,
    limits: Limits,
    room: Arc<Semaphore>,
}

impl Door {
    /// Listen there. Connections wait until [`Door::open`].
    pub(crate) async fn at(address: SocketAddr, flag: &str, limits: Limits) -> Result<Self, Failure> {
        let listener = TcpListener::bind(address).await.map_err(|error| {
            Failure::new(Exit::Failed, format!("cannot listen on {address} ({error})"))
                .next(format!("another address:  {flag} 127.0.0.1:8421        who has this one:  ss -ltnp"))
                .next("nothing was started")
        })?;
        let room = Arc::new(Semaphore::new(limits.connections_max));
        Ok(Self { listener, limits, room })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// A way to know who is inside.
    pub(crate) fn inside(&self) -> Inside {
        Inside { room: Arc::clone(&self.room), connections_max: self.limits.connections_max }
    }

    /// Let clients in until told to stop.
    pub(crate) async fn open<A>(self, app: Arc<A>, mut stop: ShutdownWatch)
    where
        A: HttpServerApp + Send + Sync + 'static,
    {
        loop {
            // Without room the next connection waits in the kernel's queue.
            let accepted = async {
                drop(self.room.acquire().await);
                self.listener.accept().await
            };
            let accepted = tokio::select! {
                biased;
                _ = stop.wait_for(|stopped| *stopped) => return,
                accepted = accepted => accepted,
            };
            match accepted {
                Ok((stream, peer)) => {
                    // There is room: nobody but us takes any before the end.
                    let permit = Arc::clone(&self.room).try_acquire_owned();
                    let (app, stop, limits) = (Arc::clone(&app), stop.clone(), self.limits);
                    tokio::spawn(async move {
                        converse(&app, stream, peer, limits, &stop).await;
                        drop(permit);
                    });
                }
                Err(error) => {
                    log::warn!(error:% = error; "accept_failed");
                    tokio::time::sleep(EXHAUSTED_WAIT).await;
                }
            }
        }
    }
}

/// Answer the requests of one connection, one after the other.
async fn converse<A>(app: &Arc<A>, stream: TcpStream, peer: SocketAddr, limits: Limits, stop: &ShutdownWatch)
where
    A: HttpServerApp + Send + Sync + 'static,
{
    // An answer is one small write; waiting for more of it only delays it.
    _ = stream.set_nodelay(true);
    let head = Arc::new(Head::default());
    let watched = Watched::new(stream, Arc::clone(&head), limits);
    let socket = VirtualSocketStream::new(Box::new(watched));
    let mut next: Option<(Stream, Option<HttpPersistentSettings>)> =
        Some((Box::new(Connection::from(socket)), None));
    while let Some((stream, before)) = next {
        head.await_next();
        let mut session = ServerSession::new_http1(stream);
        // How long it may be idle is watched by the connection itself.
        session.set_keepalive(Some(0));
        if let Some(before) = before {
            before.apply_to_session(&mut session);
        }
        // A client may send its next request before it has read this answer; it is taken when its turn comes.
        session.set_pipelining_enabled(true);
        session.set_read_timeout(Some(limits.client));
        session.set_write_timeout(Some(limits.client));
        session.set_total_drain_timeout(Some(limits.client));
        let client = Client { ip: peer.ip(), head: Arc::clone(&head) };
        session.set_connection_user_context(Some(Box::new(client)));
        next = app.process_new_http(session, stop).await.map(ReusedHttpStream::consume);
    }
}

/// The connections that are open.
#[derive(Clone, Debug)]
pub(crate) struct Inside {
    room: Arc<Semaphore>,
    connections_max: usize,
}

impl Inside {
    /// How many.
    pub(crate) fn count(&self) -> usize {
        self.connections_max.saturating_sub(self.room.available_permits())
    }

    /// Wait until there are none.
    pub(crate) async fn nobody(&self) {
        let all = u32::try_from(self.connections_max).unwrap_or(u32::MAX);
        _ = self.room.acquire_many(all).await;
    }
}

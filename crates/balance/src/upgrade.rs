//! A connection to a node for a request that asks to change protocols, as a WebSocket does.
//!
//! The proxy takes the end of such a request for the end of the socket where it handles it after the node's 101: the
//! socket then closes as soon as it is open (pingora issue 946, open for 0.9.1). Which comes first is chance where the
//! node is fast. So nothing of an answer is read on such a connection before the request's end went out, which the proxy
//! confirms by a flush.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;
use pingora_core::connectors::l4::Connect;
use pingora_core::protocols::l4::socket::SocketAddr;
use pingora_core::protocols::l4::stream::Stream;
use pingora_core::protocols::l4::virt::{VirtualSockOpt, VirtualSocket, VirtualSocketStream};
use pingora_error::{Error, ErrorType, OkOrErr, OrErr, Result};
use tokio::io::{AsyncRead, AsyncWrite, BufWriter, ReadBuf};
use tokio::net::{TcpSocket, TcpStream};

/// Connections of this kind are no others', and others are none of this kind (`HttpPeer::group_key`).
pub(crate) const GROUP: u64 = 1;

/// What the node is told of the connection: it is given up after this request, also where the node does not change
/// protocols. A connection of this kind has no number by which it could be kept.
pub(crate) const CONNECTION: &str = "upgrade, close";

/// A request that asks to change protocols.
#[derive(Clone, Debug, Default)]
pub(crate) struct Upgrade(Arc<AtomicBool>);

impl Upgrade {
    /// All of the request is on its way to the node.
    pub(crate) fn is_whole(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// How to connect to a node for it.
    pub(crate) fn connect_within(&self, patience: Duration) -> Arc<dyn Connect + Send + Sync> {
        Arc::new(Dial { upgrade: self.clone(), patience })
    }
}

#[derive(Debug)]
struct Dial {
    upgrade: Upgrade,
    patience: Duration,
}

#[async_trait]
impl Connect for Dial {
    async fn connect(&self, address: &SocketAddr) -> Result<Stream> {
        let address = *address.as_inet().or_err(ErrorType::InternalError, "nodes are asked over TCP")?;
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
        let socket = socket.or_err(ErrorType::InternalError, "no socket is to be had")?;
        let stream = tokio::time::timeout(self.patience, socket.connect(address))
            .await
            .explain_err(ErrorType::ConnectTimedout, |_| format!("no answer within {:?}", self.patience))?
            .map_err(|error| Error::because(kind(&error), format!("cannot connect to {address}"), error))?;
        // A frame is one small write; waiting for more of it only delays it.
        _ = stream.set_nodelay(true);
        let held =
            Held { stream: BufWriter::new(stream), upgrade: self.upgrade.clone(), open: false, reader: None };
        Ok(VirtualSocketStream::new(Box::new(held)).into())
    }
}

/// Whose fault it is that there is no connection: that we have no port left is not the node's.
fn kind(error: &io::Error) -> ErrorType {
    match error.kind() {
        io::ErrorKind::AddrNotAvailable => ErrorType::BindError,
        io::ErrorKind::ConnectionRefused => ErrorType::ConnectRefused,
        _ => ErrorType::ConnectError,
    }
}

/// A connection whose answer is held until the request is out.
#[derive(Debug)]
struct Held {
    stream: BufWriter<TcpStream>,
    upgrade: Upgrade,
    /// Whether all of the request is out.
    open: bool,
    /// Who waits to read.
    reader: Option<Waker>,
}

impl AsyncRead for Held {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.open {
            self.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Held {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        if flushed.is_ready() && self.upgrade.0.load(Ordering::Relaxed) {
            self.open = true;
            self.reader.take().into_iter().for_each(Waker::wake);
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl VirtualSocket for Held {
    fn set_socket_option(&self, _: VirtualSockOpt) -> io::Result<()> {
        // Set when it was connected.
        Ok(())
    }
}

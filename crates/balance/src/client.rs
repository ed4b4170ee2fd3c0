//! A client's connection, watched while the head of a request arrives: a client that dribbles, or never ends its head, is
//! told so and cut off, however many reads it takes.

use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use pingora_core::protocols::l4::virt::{VirtualSockOpt, VirtualSocket};
use tokio::io::{AsyncRead, AsyncWrite, BufWriter, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::limits::Limits;
use crate::problem::{HEAD_TOO_LARGE, Problem, TOO_SLOW};

/// An answer of usual size goes out in one write.
const WRITE_BYTES: usize = 8 * 1024;

/// How long a client that is cut off may take to read why.
const LINGER: Duration = Duration::from_secs(1);

/// What is known of a client while one of its requests is answered.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) ip: IpAddr,
    pub(crate) head: Arc<Head>,
}

/// Whether a head is awaited. It counts up: even while one is, odd while its request is answered.
#[derive(Debug, Default)]
pub(crate) struct Head(AtomicU32);

impl Head {
    /// The next head is awaited.
    pub(crate) fn await_next(&self) {
        self.0.store(self.0.load(Ordering::Relaxed).wrapping_add(2) & !1, Ordering::Relaxed);
    }

    /// It is there.
    pub(crate) fn is_there(&self) {
        self.0.store(self.0.load(Ordering::Relaxed) | 1, Ordering::Relaxed);
    }
}

/// The connection.
#[derive(Debug)]
pub(crate) struct Watched {
    stream: BufWriter<TcpStream>,
    head: Arc<Head>,
    limits: Limits,
    /// Which head `seen` and `alarm` are about.
    number: u32,
    /// Bytes of it so far.
    seen: usize,
    alarm: Option<Pin<Box<Sleep>>>,
    /// Why it is being cut off.
    refused: Option<Problem>,
}

impl Watched {
    pub(crate) fn new(stream: TcpStream, head: Arc<Head>, limits: Limits) -> Self {
        let stream = BufWriter::with_capacity(WRITE_BYTES, stream);
        Self { stream, head, limits, number: 0, seen: 0, alarm: None, refused: None }
    }

    fn read(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(self.stream.get_mut()).poll_read(cx, buf)
    }

    /// Read no more than a head may have.
    fn read_head(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let room = self.limits.head_bytes_max.saturating_sub(self.seen);
        if room == 0 {
            return self.refuse(HEAD_TOO_LARGE, cx);
        }
        let mut part = ReadBuf::new(buf.initialize_unfilled_to(room.min(buf.remaining())));
        if self.read(cx, &mut part).is_pending() {
            return self.wait(cx);
        }
        let got = part.filled().len();
        buf.advance(got);
        if self.seen == 0 && got > 0 {
            self.alarm = None;
        }
        self.seen += got;
        Poll::Ready(Ok(()))
    }

    /// Nothing more is there yet. A client between two requests may leave; one within a head is told that it is too slow.
    fn wait(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let patience = if self.seen == 0 { self.limits.client } else { self.limits.head };
        let alarm = self.alarm.get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + patience)));
        ready!(alarm.as_mut().poll(cx));
        if self.seen == 0 { Poll::Ready(Ok(())) } else { self.refuse(TOO_SLOW, cx) }
    }

    fn refuse(&mut self, problem: Problem, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // A fresh answer fits into the socket's buffer; where it does not, nobody is reading.
        _ = self.stream.get_ref().try_write(&problem.raw());
        _ = Pin::new(self.stream.get_mut()).poll_shutdown(cx);
        self.refused = Some(problem);
        self.alarm = Some(Box::pin(sleep_until(Instant::now() + LINGER)));
        self.linger(problem, cx)
    }

    /// Closed with bytes unread, the connection would be reset, and the answer with it.
    fn linger(&mut self, problem: Problem, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut scratch = [0; 1024];
        loop {
            let mut rest = ReadBuf::new(&mut scratch);
            let read = self.read(cx, &mut rest);
            let is_over = match read {
                Poll::Ready(read) => read.is_err() || rest.filled().is_empty(),
                Poll::Pending => {
                    let is_late = |alarm: &mut Pin<Box<Sleep>>| alarm.as_mut().poll(cx).is_ready();
                    if !self.alarm.as_mut().is_none_or(is_late) {
                        return Poll::Pending;
                    }
                    true
                }
            };
            if is_over {
                return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, problem.code)));
            }
        }
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if let Some(problem) = this.refused {
            return this.linger(problem, cx);
        }
        let number = this.head.0.load(Ordering::Relaxed);
        if number != this.number {
            (this.number, this.seen, this.alarm) = (number, 0, None);
        }
        if number.is_multiple_of(2) { this.read_head(cx, buf) } else { this.read(cx, buf) }
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl VirtualSocket for Watched {
    fn set_socket_option(&self, _: VirtualSockOpt) -> io::Result<()> {
        // Set when it was accepted.
        Ok(())
    }
}

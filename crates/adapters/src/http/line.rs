//! A connection to a receiver, and those that are kept for the next parcel.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::rt::{Read, Write};
use hyper::{Request, Response, header};
use parking_lot::Mutex;
use sutler_app::webhooks::{Parcel, Timings};
use tokio::task::JoinHandle;
use url::{Position, Url};

use super::dial::Place;
use super::millis;

/// Connections that are kept for one place.
const KEPT_MAX: usize = 8;

/// How long a connection is kept that nothing is sent on.
const KEPT_FOR: Duration = Duration::from_secs(30);

/// The most that the head of an answer may have, in bytes.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// Why there is no answer.
pub(super) enum Failed {
    /// Nothing of one came.
    BeforeAnswer(String),
    Within(String),
}

impl Failed {
    pub(super) fn into_words(self) -> String {
        match self {
            Self::BeforeAnswer(error) | Self::Within(error) => error,
        }
    }
}

/// A connection. What drives it ends with it.
pub(super) struct Line {
    pub(super) address: SocketAddr,
    sender: SendRequest<Full<Bytes>>,
    driver: Driver,
}

struct Driver(JoinHandle<()>);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Line {
    /// Speak HTTP/1.1 over a stream.
    pub(super) async fn over<S>(stream: S, address: SocketAddr) -> Result<Self, String>
    where
        S: Read + Write + Unpin + Send + 'static,
    {
        let shaken = http1::Builder::new().max_buf_size(HEAD_BYTES_MAX).handshake(stream).await;
        let (sender, connection) = shaken.map_err(|error| format!("{address} speaks no HTTP: {error}"))?;
        let driver = tokio::spawn(async move {
            // What goes wrong is told to whoever waits for an answer.
            _ = connection.await;
        });
        Ok(Self { address, sender, driver: Driver(driver) })
    }

    /// Send a parcel, and wait for the head of the answer.
    pub(super) async fn ask(
        &mut self,
        url: &Url,
        parcel: &Parcel,
        timings: &mut Timings,
    ) -> Result<Response<Incoming>, Failed> {
        let began = Instant::now();
        let request = request(url, parcel).map_err(Failed::Within)?;
        if let Err(error) = self.sender.ready().await {
            return Err(Failed::BeforeAnswer(format!("{} closed the connection: {error}", self.address)));
        }
        let answer = self.sender.send_request(request).await.map_err(|error| {
            let what = format!("{} gave no answer: {}", self.address, causes(&error));
            if error.is_parse() { Failed::Within(what) } else { Failed::BeforeAnswer(what) }
        })?;
        timings.first_byte_ms = Some(millis(began.elapsed()));
        Ok(answer)
    }

    fn is_open(&self) -> bool {
        !self.sender.is_closed() && !self.driver.0.is_finished()
    }
}

fn request(url: &Url, parcel: &Parcel) -> Result<Request<Full<Bytes>>, String> {
    // The form of a request to the origin itself: the path and the query only (RFC 9112, section 3.2.1).
    let mut request = Request::post(&url[Position::BeforePath..Position::AfterQuery])
        .header(header::HOST, &url[Position::BeforeHost..Position::AfterPort]);
    for (name, value) in &parcel.headers {
        request = request.header(name.as_str(), value.as_str());
    }
    let body = Full::new(Bytes::from(parcel.body.clone()));
    request.body(body).map_err(|error| format!("the request cannot be written: {error}"))
}

/// An error of `hyper` says the least in its own words.
fn causes(error: &hyper::Error) -> String {
    let mut words = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        words = format!("{words}: {inner}");
        cause = inner.source();
    }
    words
}

/// Connections that nothing is sent on.
#[derive(Default)]
pub(super) struct Lines {
    kept: Mutex<HashMap<Place, Vec<(Instant, Line)>>>,
}

impl Lines {
    /// One that leads to this place, the youngest.
    pub(super) fn idle(&self, place: &Place) -> Option<Line> {
        let mut kept = self.kept.lock();
        let lines = kept.get_mut(place)?;
        while let Some((since, line)) = lines.pop() {
            if since.elapsed() < KEPT_FOR && line.is_open() {
                return Some(line);
            }
        }
        kept.remove(place);
        None
    }

    /// Keep one. Those that were kept too long go.
    pub(super) fn keep(&self, place: Place, line: Line) {
        let mut kept = self.kept.lock();
        kept.retain(|_, lines| {
            lines.retain(|(since, line)| since.elapsed() < KEPT_FOR && line.is_open());
            !lines.is_empty()
        });
        let lines = kept.entry(place).or_default();
        if lines.len() < KEPT_MAX {
            lines.push((Instant::now(), line));
        }
    }
}

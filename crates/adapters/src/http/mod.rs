//! Webhooks over HTTP/1.1: a name is looked up, its addresses are judged, and the one that may be connected to is. That
//! address is the end of it: no redirect is followed, no proxy is asked, and no library looks anything up again.

mod answer;
mod dial;
mod line;
mod tls;

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use sutler_app::ports::Courier;
use sutler_app::ports::courier::{Reply, Sent};
use sutler_app::webhooks::address::Reach;
use sutler_app::webhooks::{Parcel, Timings};
use url::Url;

use dial::Dialer;
use line::{Failed, Line, Lines};

use crate::names::{Names, SystemNames};

/// How the courier works.
#[derive(Clone)]
pub struct Options {
    /// How far it may go.
    pub reach: Reach,
    /// How long a receiver may take, from the name to the last byte.
    pub timeout: Duration,
    /// How names are looked up.
    pub names: Arc<dyn Names>,
    /// Certificates, as PEM, that are trusted beside those of this machine.
    pub trusted_pem: Option<Vec<u8>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            reach: Reach::Public,
            timeout: Duration::from_secs(15),
            names: Arc::new(SystemNames::default()),
            trusted_pem: None,
        }
    }
}

/// Carries webhooks over HTTP.
pub struct HttpCourier {
    dialer: Dialer,
    lines: Lines,
    timeout: Duration,
}

impl HttpCourier {
    /// A courier without any connection yet.
    pub fn new(options: Options) -> Result<Self, String> {
        let tls = tls::config(options.trusted_pem.as_deref())?;
        let dialer = Dialer::new(options.reach, options.names, tls);
        Ok(Self { dialer, lines: Lines::default(), timeout: options.timeout })
    }

    async fn post(&self, parcel: &Parcel, sent: &mut Sent) -> Result<Reply, String> {
        let url: Url = parcel.url.parse().map_err(|error| format!("the address cannot be read: {error}"))?;
        let place = dial::place(&url)?;
        if let Some(mut line) = self.lines.idle(&place) {
            sent.address = Some(line.address);
            match line.ask(&url, parcel, &mut sent.timings).await {
                Ok(answer) => return self.keep(place, line, answer).await,
                // A connection that was kept may have been closed meanwhile; that is nobody's failure.
                Err(Failed::BeforeAnswer(_)) => {}
                Err(Failed::Within(error)) => return Err(error),
            }
        }
        let mut line = self.dialer.dial(&place, sent).await?;
        let answer = line.ask(&url, parcel, &mut sent.timings).await.map_err(Failed::into_words)?;
        self.keep(place, line, answer).await
    }

    /// Read the answer, and keep the connection for the next parcel if nothing of it is left.
    async fn keep(
        &self,
        place: dial::Place,
        line: Line,
        answer: hyper::Response<hyper::body::Incoming>,
    ) -> Result<Reply, String> {
        let (reply, is_whole) = answer::read(answer).await?;
        if is_whole {
            self.lines.keep(place, line);
        }
        Ok(reply)
    }
}

#[async_trait]
impl Courier for HttpCourier {
    async fn carry(&self, parcel: &Parcel) -> Sent {
        let began = Instant::now();
        let mut sent = Sent { reply: Err(String::new()), address: None, timings: Timings::default() };
        let posted = tokio::time::timeout(self.timeout, self.post(parcel, &mut sent)).await;
        sent.reply = posted.unwrap_or_else(|_| {
            let seconds = self.timeout.as_secs();
            let whom = sent.address.map_or_else(|| "the receiver".to_owned(), |address| address.to_string());
            Err(format!("{whom} did not answer within {seconds} s"))
        });
        sent.timings.total_ms = millis(began.elapsed());
        sent
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

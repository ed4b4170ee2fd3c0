//! The receiver: what it was sent, by event, and in which order the first attempts of a subject came.

use std::collections::HashMap;
use std::net::{SocketAddr, TcpListener as Listener};
use std::sync::Arc;

use anyhow::{Context, Result};
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use crate::servers::receiver::{Received, read};

/// The digest of a body.
pub(super) type Digested = [u8; 32];

/// In which way a receiver is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Absence {
    /// It answers 503.
    Unavailable,
    /// Nobody listens, and connections are reset.
    Closed,
    /// It reads a request and closes the connection.
    Cutting,
}

impl Absence {
    pub(super) const ALL: [Self; 3] = [Self::Unavailable, Self::Closed, Self::Cutting];
}

/// What it was sent.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// Events that it took, each with the digest of its body and how often it was taken.
    pub(super) taken: HashMap<String, (Digested, u64)>,
    /// Requests.
    pub(super) attempts: u64,
    /// Requests that it did not take.
    pub(super) refused: u64,
    /// The sequence of the last first attempt, by subject.
    newest: HashMap<String, u64>,
    /// What must not be.
    pub(super) wrong: Vec<String>,
    /// What it was to be sent.
    pub(super) expected: Vec<(String, Digested)>,
}

impl Ledger {
    fn see(&mut self, request: &Received, absence: Option<Absence>) {
        self.attempts += 1;
        let (id, event) = (request.header("webhook-id").to_owned(), request.json());
        let subject = event.pointer("/subject").and_then(|text| text.as_str()).unwrap_or_default();
        let sequence = event.pointer("/sequence").and_then(|text| text.as_str()?.parse::<u64>().ok());
        if event.pointer("/id").and_then(|text| text.as_str()) != Some(id.as_str()) {
            self.wrong.push(format!("{id}: the body is about another event"));
        }
        if request.header("x-sutler-attempt") == "1" {
            let newest = self.newest.entry(subject.to_owned()).or_default();
            match sequence {
                // On a connection that was closed meanwhile an attempt is made twice.
                Some(sequence) if sequence >= *newest => *newest = sequence,
                _ => self.wrong.push(format!("{subject}: the first attempt of {sequence:?} after {newest}")),
            }
        }
        if absence.is_some() {
            self.refused += 1;
            return;
        }
        let digest = digest(&request.body);
        let (known, times) = self.taken.entry(id.clone()).or_insert((digest, 0));
        *times += 1;
        if *known != digest {
            self.wrong.push(format!("{id}: came with two bodies"));
        }
    }
}

/// The digest of a body.
pub(super) fn digest(body: &[u8]) -> Digested {
    Sha256::digest(body).into()
}

/// The receiver. It ends when it is dropped.
pub(super) struct Inbox {
    address: SocketAddr,
    absence: watch::Sender<Option<Absence>>,
    ledger: Arc<Mutex<Ledger>>,
    serving: JoinHandle<()>,
}

impl Inbox {
    pub(super) fn open() -> Result<Self> {
        let listener = Listener::bind("127.0.0.1:0").context("a receiver listens on loopback")?;
        let address = listener.local_addr()?;
        let (absence, ledger) = (watch::Sender::new(None), Arc::default());
        let serving = tokio::spawn(serve(listener, address, absence.subscribe(), Arc::clone(&ledger)));
        Ok(Self { address, absence, ledger, serving })
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/hooks", self.address)
    }

    pub(super) fn leave(&self, absence: Absence) {
        self.absence.send_replace(Some(absence));
    }

    pub(super) fn come_back(&self) {
        self.absence.send_replace(None);
    }

    /// Events that it has.
    pub(super) fn taken(&self) -> usize {
        self.ledger.lock().taken.len()
    }

    /// What it was to be sent.
    pub(super) fn shall_have(&self, events: Vec<(String, Digested)>) {
        self.ledger.lock().expected = events;
    }

    pub(super) fn look<T>(&self, look: impl FnOnce(&Ledger) -> T) -> T {
        look(&self.ledger.lock())
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Listen as long as somebody is there; while it is closed the port is.
async fn serve(
    first: Listener,
    address: SocketAddr,
    mut absence: watch::Receiver<Option<Absence>>,
    ledger: Arc<Mutex<Ledger>>,
) {
    let mut listener = Some(first);
    loop {
        let Some(open) = listener.take().map_or_else(|| Listener::bind(address), Ok).ok() else {
            // Somebody else has the port for a moment.
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            continue;
        };
        let Ok(open) = open.set_nonblocking(true).and_then(|()| TcpListener::from_std(open)) else { return };
        let mut connections = JoinSet::new();
        let mut closes = absence.clone();
        let accepting = async {
            while let Ok((stream, _)) = open.accept().await {
                let (absence, ledger) = (absence.clone(), Arc::clone(&ledger));
                connections.spawn(async move {
                    // A sender that goes away is its own affair.
                    _ = converse(stream, &absence, &ledger).await;
                });
                while connections.try_join_next().is_some() {}
            }
        };
        tokio::select! {
            () = accepting => return,
            told = closes.wait_for(|absence| *absence == Some(Absence::Closed)) => if told.is_err() { return },
        }
        drop(open);
        connections.shutdown().await;
        if absence.wait_for(|absence| *absence != Some(Absence::Closed)).await.is_err() {
            return;
        }
    }
}

async fn converse(
    mut stream: TcpStream,
    absence: &watch::Receiver<Option<Absence>>,
    ledger: &Mutex<Ledger>,
) -> Result<()> {
    let mut bytes = Vec::new();
    while let Some(request) = read(&mut stream, &mut bytes).await? {
        let now = *absence.borrow();
        ledger.lock().see(&request, now);
        match now {
            None => stream.write_all(b"HTTP/1.1 204 Taken\r\n\r\n").await?,
            Some(Absence::Unavailable) => {
                stream.write_all(b"HTTP/1.1 503 Away\r\ncontent-length: 0\r\n\r\n").await?;
            }
            Some(Absence::Cutting | Absence::Closed) => return Ok(()),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    fn request(sequence: u64, attempt: u32, note: &str) -> Received {
        let id = format!("evt_{sequence}");
        let body = json!({"id": id, "subject": "ord_1", "sequence": sequence.to_string(), "note": note});
        let headers = [("webhook-id", id), ("x-sutler-attempt", attempt.to_string())];
        let headers: BTreeMap<String, String> =
            headers.map(|(name, value)| (name.to_owned(), value)).into_iter().collect();
        Received { line: String::new(), headers, body: body.to_string().into_bytes() }
    }

    #[test]
    fn what_must_not_come_is_seen() {
        let mut ledger = Ledger::default();
        ledger.see(&request(1, 1, ""), None);
        ledger.see(&request(3, 1, ""), Some(Absence::Cutting));
        ledger.see(&request(3, 1, ""), Some(Absence::Cutting));
        ledger.see(&request(1, 2, ""), None);
        assert_eq!((ledger.wrong.len(), ledger.taken.len(), ledger.refused), (0, 1, 2));
        ledger.see(&request(2, 1, ""), None);
        assert!(ledger.wrong[0].contains("the first attempt of Some(2) after 3"), "{:?}", ledger.wrong);
        ledger.see(&request(2, 2, "changed"), None);
        assert!(ledger.wrong[1].contains("two bodies"), "{:?}", ledger.wrong);
    }
}

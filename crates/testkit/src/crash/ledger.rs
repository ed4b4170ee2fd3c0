//! What the clients asked and what they were told: a file of their own, synced before an answer counts.
//!
//! A request is written before it is sent; a success is written and synced before it is an acknowledgement. Clients
//! that are answered at the same time share a sync, so that the ledger does not set the pace.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot};

/// A request under a key of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Its `Idempotency-Key`, which no other request has.
    pub key: String,
    /// What it is a POST to.
    pub path: String,
    /// Its JSON.
    pub body: String,
}

/// What a client was told: all that a replay must repeat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// `Location`, `ETag` and `Content-Type`, as far as they were there.
    pub head: Vec<(String, String)>,
    /// The body, byte by byte.
    pub body: String,
}

impl Answer {
    /// Whether it is a 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// One line of the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Asked(Request),
    Acknowledged { key: String, answer: Answer },
    Refused { key: String, status: u16 },
}

/// A ledger that is being written. Its clones write to the same file.
#[derive(Clone)]
pub struct Ledger {
    file: Arc<Mutex<File>>,
    syncs: mpsc::UnboundedSender<oneshot::Sender<std::io::Result<()>>>,
}

impl Ledger {
    /// Begin a ledger, or go on with the one that is there.
    pub fn open(path: &Path) -> Result<Self> {
        let open = || File::options().append(true).create(true).open(path);
        let file = open().with_context(|| format!("cannot open the ledger {}", path.display()))?;
        let synced = file.try_clone()?;
        let (syncs, asked) = mpsc::unbounded_channel();
        std::thread::Builder::new().name("ledger".to_owned()).spawn(move || sync_for_all(&synced, asked))?;
        Ok(Self { file: Arc::new(Mutex::new(file)), syncs })
    }

    /// Write down a request that is about to be sent.
    pub fn ask(&self, request: &Request) -> Result<()> {
        self.write(&Line::Asked(request.clone()))
    }

    /// Write down a success. It is an acknowledgement from the moment at which this returns.
    pub async fn acknowledge(&self, key: &str, answer: &Answer) -> Result<()> {
        self.write(&Line::Acknowledged { key: key.to_owned(), answer: answer.clone() })?;
        let (reply, synced) = oneshot::channel();
        self.syncs.send(reply).context("the ledger's thread is gone")?;
        Ok(synced.await??)
    }

    /// Write down that a request was refused for good: it must have changed nothing.
    pub fn refuse(&self, key: &str, status: u16) -> Result<()> {
        self.write(&Line::Refused { key: key.to_owned(), status })
    }

    fn write(&self, line: &Line) -> Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        Ok(self.file.lock().write_all(&text)?)
    }
}

/// One sync for everybody who waits, again and again.
fn sync_for_all(file: &File, mut asked: mpsc::UnboundedReceiver<oneshot::Sender<std::io::Result<()>>>) {
    let mut waiting = Vec::new();
    while asked.blocking_recv_many(&mut waiting, 1024) > 0 {
        let synced = file.sync_data().map_err(|error| error.to_string());
        for reply in waiting.drain(..) {
            // A client that is gone needs no word.
            _ = reply.send(synced.clone().map_err(std::io::Error::other));
        }
    }
}

/// What became of a request, as far as its client knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Nobody knows: the answer never came.
    Unanswered,
    /// A success, on the client's disk.
    Acknowledged(Answer),
    /// Refused with this status.
    Refused(u16),
}

/// A ledger, read back from its file.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Every request by its key, with its fate.
    pub requests: BTreeMap<String, (Request, Fate)>,
}

impl History {
    /// Read a ledger. An answer to what nobody asked, or two different ones, are errors: then the clients are wrong.
    pub fn read(path: &Path) -> Result<Self> {
        let file = File::open(path).with_context(|| format!("cannot read the ledger {}", path.display()))?;
        let mut history = Self::default();
        for (number, line) in (1..).zip(BufReader::new(file).lines()) {
            let place = || format!("{} line {number}", path.display());
            let line = serde_json::from_str(&line.with_context(place)?).with_context(place)?;
            history.take(line).with_context(place)?;
        }
        Ok(history)
    }

    fn take(&mut self, line: Line) -> Result<()> {
        let (key, fate) = match line {
            Line::Asked(request) => {
                // A repeat is the same request.
                self.requests.entry(request.key.clone()).or_insert((request, Fate::Unanswered));
                return Ok(());
            }
            Line::Acknowledged { key, answer } => (key, Fate::Acknowledged(answer)),
            Line::Refused { key, status } => (key, Fate::Refused(status)),
        };
        let Some((_, known)) = self.requests.get_mut(&key) else {
            bail!("an answer to {key}, which nobody asked")
        };
        match known {
            Fate::Unanswered => *known = fate,
            _ if *known == fate => {}
            _ => bail!("two different answers to {key}"),
        }
        Ok(())
    }

    /// The acknowledged requests and their answers.
    pub fn acknowledged(&self) -> impl Iterator<Item = (&Request, &Answer)> {
        self.requests.values().filter_map(|(request, fate)| match fate {
            Fate::Acknowledged(answer) => Some((request, answer)),
            _ => None,
        })
    }

    /// The requests whose outcome nobody knows.
    pub fn unanswered(&self) -> impl Iterator<Item = &Request> {
        self.requests.values().filter(|(_, fate)| *fate == Fate::Unanswered).map(|(request, _)| request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(key: &str) -> Request {
        Request { key: key.to_owned(), path: "/orders".to_owned(), body: "{}".to_owned() }
    }

    fn answer(body: &str) -> Answer {
        Answer { status: 201, head: vec![("etag".to_owned(), "\"3\"".to_owned())], body: body.to_owned() }
    }

    #[tokio::test]
    async fn a_ledger_is_read_back_as_it_was_written_and_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger");
        let ledger = Ledger::open(&path).unwrap();
        for key in ["a", "b", "c"] {
            ledger.ask(&request(key)).unwrap();
        }
        ledger.acknowledge("a", &answer("one\ntwo")).await.unwrap();
        ledger.refuse("b", 409).unwrap();
        drop(ledger);
        Ledger::open(&path).unwrap().ask(&request("d")).unwrap();
        let history = History::read(&path).unwrap();
        let fates: Vec<_> = history.requests.values().map(|(_, fate)| fate.clone()).collect();
        let told = Fate::Acknowledged(answer("one\ntwo"));
        assert_eq!(fates, [told, Fate::Refused(409), Fate::Unanswered, Fate::Unanswered]);
        assert_eq!(history.unanswered().map(|asked| asked.key.as_str()).collect::<Vec<_>>(), ["c", "d"]);
    }

    #[tokio::test]
    async fn clients_that_contradict_themselves_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger");
        let ledger = Ledger::open(&path).unwrap();
        ledger.acknowledge("nobody", &answer("")).await.unwrap();
        assert!(format!("{:#}", History::read(&path).unwrap_err()).contains("which nobody asked"));
        let path = folder.path().join("another");
        let ledger = Ledger::open(&path).unwrap();
        ledger.ask(&request("a")).unwrap();
        ledger.acknowledge("a", &answer("one")).await.unwrap();
        ledger.acknowledge("a", &answer("one")).await.unwrap();
        History::read(&path).unwrap();
        ledger.acknowledge("a", &answer("two")).await.unwrap();
        assert!(format!("{:#}", History::read(&path).unwrap_err()).contains("two different answers"));
    }
}

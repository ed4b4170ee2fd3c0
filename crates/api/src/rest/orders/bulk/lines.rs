//! The lines of a body as they arrive: never more of it in memory than a line and what came with its end.

use std::time::Duration;

use axum::body::{Body, Bytes};
use bytes::BytesMut;
use http_body_util::BodyExt;
use sutler_app::{Kind, Problem};
use tokio::sync::watch;

use super::shutting_down;

/// The longest line, in bytes, without its end.
pub const BULK_LINE_BYTES_MAX: usize = 64 * 1024;

/// What is read.
pub(super) enum Read {
    /// A line, or why it was not taken.
    Line(u64, Result<Bytes, Problem>),
    /// Nothing more; with a problem, although there may be more.
    End(Option<Problem>),
}

/// A body, line by line. Blank lines are counted and passed over.
pub(super) struct Lines {
    body: Body,
    buffer: BytesMut,
    /// Bytes at the front of the buffer that hold no end of a line.
    searched: usize,
    number: u64,
    /// Whether what comes is the rest of a line that was too long.
    skips: bool,
    is_over: bool,
    patience: Duration,
    draining: watch::Receiver<bool>,
}

/// What came of the body.
enum Came {
    Bytes(Bytes),
    End,
    Broke(Problem),
}

impl Lines {
    /// The lines of a body, of which some part has to come within `patience`, until the server is to end.
    pub(super) fn of(body: Body, patience: Duration, draining: watch::Receiver<bool>) -> Self {
        Self {
            body,
            buffer: BytesMut::new(),
            searched: 0,
            number: 0,
            skips: false,
            is_over: false,
            patience,
            draining,
        }
    }

    /// What comes next; `None` after the end.
    pub(super) async fn next(&mut self) -> Option<Read> {
        if self.is_over {
            return None;
        }
        loop {
            if let Some(line) = self.cut() {
                if let Some(read) = self.taken(line) {
                    return Some(read);
                }
                continue;
            }
            if self.buffer.len() > BULK_LINE_BYTES_MAX {
                self.forget();
                if !std::mem::replace(&mut self.skips, true) {
                    self.number = self.number.saturating_add(1);
                    return Some(Read::Line(self.number, Err(too_long())));
                }
            }
            match self.more().await {
                Came::Bytes(bytes) => self.buffer.extend_from_slice(&bytes),
                // What has no end may be the half of a line.
                Came::Broke(problem) => {
                    self.is_over = true;
                    return Some(Read::End(Some(problem)));
                }
                Came::End if self.buffer.is_empty() => {
                    self.is_over = true;
                    return Some(Read::End(None));
                }
                Came::End => self.buffer.extend_from_slice(b"\n"),
            }
        }
    }

    /// The first line of what is there, without its end.
    fn cut(&mut self) -> Option<Bytes> {
        let unseen = self.buffer.get(self.searched..).unwrap_or_default();
        let Some(at) = unseen.iter().position(|byte| *byte == b'\n') else {
            self.searched = self.buffer.len();
            return None;
        };
        let mut line = self.buffer.split_to(self.searched.saturating_add(at).saturating_add(1));
        self.searched = 0;
        line.truncate(line.len().saturating_sub(1));
        Some(line.freeze())
    }

    /// A line that is to be told of.
    fn taken(&mut self, line: Bytes) -> Option<Read> {
        if std::mem::take(&mut self.skips) {
            return None;
        }
        self.number = self.number.saturating_add(1);
        if line.len() > BULK_LINE_BYTES_MAX {
            return Some(Read::Line(self.number, Err(too_long())));
        }
        let is_blank = line.iter().all(u8::is_ascii_whitespace);
        (!is_blank).then_some(Read::Line(self.number, Ok(line)))
    }

    fn forget(&mut self) {
        self.buffer.clear();
        self.searched = 0;
    }

    async fn more(&mut self) -> Came {
        let frame = tokio::select! {
            biased;
            _ = self.draining.wait_for(|draining| *draining) => return Came::Broke(shutting_down()),
            frame = tokio::time::timeout(self.patience, self.body.frame()) => frame,
        };
        match frame {
            Err(_) => Came::Broke(silent(self.patience)),
            Ok(None) => Came::End,
            // Trailers say nothing here.
            Ok(Some(Ok(frame))) => Came::Bytes(frame.into_data().unwrap_or_default()),
            Ok(Some(Err(_))) => {
                let detail = "the body broke off before its end; send the lines that were not answered again";
                Came::Broke(Problem::new(Kind::Invalid, "malformed_json", detail))
            }
        }
    }
}

fn too_long() -> Problem {
    let detail =
        format!("the line is longer than {BULK_LINE_BYTES_MAX} bytes; place this order in another way");
    Problem::new(Kind::Invalid, "payload_too_large", detail).fact("limit_bytes", BULK_LINE_BYTES_MAX)
}

fn silent(patience: Duration) -> Problem {
    let detail = format!(
        "nothing more of the body came within {} s; send the lines that were not answered again",
        patience.as_secs()
    );
    Problem::new(Kind::Busy, "request_timeout", detail)
}

#[cfg(test)]
mod tests {
    use futures::stream;

    use super::*;

    /// What is read of a body that comes in these parts: the numbers with the texts or codes.
    async fn read(parts: Vec<Vec<u8>>) -> Vec<String> {
        let parts = parts.into_iter().map(|part| Ok::<_, std::io::Error>(Bytes::from(part)));
        let draining = watch::Sender::new(false);
        let body = Body::from_stream(stream::iter(parts));
        let mut lines = Lines::of(body, Duration::from_secs(30), draining.subscribe());
        let mut told = Vec::new();
        while let Some(read) = lines.next().await {
            told.push(match read {
                Read::Line(number, Ok(text)) => format!("{number} {}", String::from_utf8_lossy(&text)),
                Read::Line(number, Err(problem)) => format!("{number} {}", problem.code),
                Read::End(problem) => problem.map_or("end".to_owned(), |problem| problem.code.to_owned()),
            });
        }
        told
    }

    #[tokio::test]
    async fn lines_are_the_same_however_they_are_cut_on_their_way() {
        let text = b"{}\n\n[1]\r\n  \n\"a\"";
        let expected = ["1 {}", "3 [1]\r", "5 \"a\"", "end"];
        for size in 1..=text.len() {
            assert_eq!(read(text.chunks(size).map(<[u8]>::to_vec).collect()).await, expected, "{size}");
        }
        assert_eq!(read(vec![]).await, ["end"]);
        assert_eq!(read(vec![b"1\n".to_vec()]).await, ["1 1", "end"]);
    }

    #[tokio::test]
    async fn a_line_that_is_too_long_is_told_once_and_the_next_one_is_read() {
        let most = "x".repeat(BULK_LINE_BYTES_MAX);
        let text = format!("{most}\n{most}x\n3\n");
        for size in [1_000, BULK_LINE_BYTES_MAX + 1, text.len()] {
            let told = read(text.as_bytes().chunks(size).map(<[u8]>::to_vec).collect()).await;
            assert_eq!(told[0].len(), most.len() + 2, "{size}");
            assert_eq!(told[1..], ["2 payload_too_large", "3 3", "end"], "{size}");
        }
    }

    #[tokio::test]
    async fn a_part_of_a_line_is_none_when_the_body_breaks_off() {
        let parts = [Ok(Bytes::from("1\n2")), Err(std::io::Error::other("gone"))];
        let draining = watch::Sender::new(false);
        let mut lines =
            Lines::of(Body::from_stream(stream::iter(parts)), Duration::MAX, draining.subscribe());
        assert!(matches!(lines.next().await, Some(Read::Line(1, Ok(_)))));
        assert!(matches!(lines.next().await, Some(Read::End(Some(_)))));
        assert!(lines.next().await.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn who_falls_silent_is_let_go_and_a_server_that_ends_reads_no_more() {
        for (drains, code) in [(false, "request_timeout"), (true, "shutting_down")] {
            let draining = watch::Sender::new(drains);
            let body = Body::from_stream(stream::pending::<std::io::Result<Bytes>>());
            let mut lines = Lines::of(body, Duration::from_secs(30), draining.subscribe());
            let Some(Read::End(Some(problem))) = lines.next().await else { panic!("{code}") };
            assert_eq!(problem.code, code);
        }
    }
}

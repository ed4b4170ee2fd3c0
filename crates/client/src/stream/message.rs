//! The format of server-sent events (WHATWG HTML, section 9.2), as far as servers of ours and proxies write it.

use std::collections::VecDeque;
use std::time::Duration;

use crate::Error;

/// The largest message; a server that sends a larger one is not one of ours.
const MESSAGE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// One message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) id: Option<String>,
    pub(super) kind: String,
    pub(super) data: String,
    pub(super) retry: Option<Duration>,
}

/// Bytes in, messages out.
#[derive(Debug, Default)]
pub(super) struct Messages {
    /// A line that has no end yet.
    line: Vec<u8>,
    under_way: Message,
    ready: VecDeque<Message>,
}

impl Messages {
    /// Take in what arrived; it may end anywhere.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<(), Error> {
        for byte in bytes {
            if *byte == b'\n' {
                let line = std::mem::take(&mut self.line);
                self.line(&String::from_utf8_lossy(&line));
            } else {
                self.line.push(*byte);
            }
        }
        let held = self.line.len().saturating_add(self.under_way.data.len());
        if held > MESSAGE_BYTES_MAX {
            let reason = format!("a message of the stream is longer than {MESSAGE_BYTES_MAX} bytes");
            return Err(Error::Malformed { reason });
        }
        Ok(())
    }

    /// The next whole message.
    pub(super) fn next(&mut self) -> Option<Message> {
        self.ready.pop_front()
    }

    fn line(&mut self, line: &str) {
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.is_empty() {
            let mut message = std::mem::take(&mut self.under_way);
            if message.data.ends_with('\n') {
                message.data.pop();
            }
            if message != Message::default() {
                self.ready.push_back(message);
            }
            return;
        }
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "id" if !value.contains('\0') => self.under_way.id = Some(value.to_owned()),
            "event" => value.clone_into(&mut self.under_way.kind),
            "data" => {
                self.under_way.data += value;
                self.under_way.data.push('\n');
            }
            "retry" => self.under_way.retry = value.parse().ok().map(Duration::from_millis),
            // A comment, or a field of a later time.
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pieces: &[&str]) -> Vec<Message> {
        let mut messages = Messages::default();
        for piece in pieces {
            messages.feed(piece.as_bytes()).unwrap();
        }
        std::iter::from_fn(|| messages.next()).collect()
    }

    #[test]
    fn a_message_is_read_wherever_it_is_cut() {
        let text = ": hello\n\nid: evt_1\nevent: order.placed\nretry: 2000\ndata: {\"a\":\ndata: 1}\n\n";
        let whole = Message {
            id: Some("evt_1".to_owned()),
            kind: "order.placed".to_owned(),
            data: "{\"a\":\n1}".to_owned(),
            retry: Some(Duration::from_secs(2)),
        };
        assert_eq!(read(&[text]), std::slice::from_ref(&whole));
        for cut in 0..text.len() {
            let (head, rest) = text.split_at(cut);
            assert_eq!(read(&[head, rest]), std::slice::from_ref(&whole), "cut at {cut}");
        }
        assert_eq!(read(&[&text.replace('\n', "\r\n")]), [whole]);
    }

    #[test]
    fn what_is_no_message_is_passed_over() {
        assert_eq!(read(&[":\n\n:\n\n", "\n\n", "unknown: x\n\n", "data: half of"]), []);
        assert_eq!(read(&["id\n\n"])[0].id.as_deref(), Some(""));
    }

    #[test]
    fn a_message_without_an_end_is_refused() {
        let mut messages = Messages::default();
        let piece = vec![b'x'; MESSAGE_BYTES_MAX / 4];
        assert!((0..4).all(|_| messages.feed(&piece).is_ok()));
        assert!(messages.feed(&piece).is_err());
    }
}

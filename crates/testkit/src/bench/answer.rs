//! The head of an HTTP/1.1 answer: as much of it as a load generator must know, and no more.

use anyhow::{Result, anyhow, bail};

/// What the head of an answer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The status code.
    pub status: u16,
    /// Bytes of the head and the body together.
    pub length: usize,
    /// Bytes of the head alone.
    pub head_length: usize,
    /// Whether it says when to come back.
    pub retry_after: bool,
}

/// Read the head; `None` while it is not all there. An answer of unknown length is an error: every answer that is
/// measured here says its length.
pub fn head(bytes: &[u8]) -> Result<Option<Head>> {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let (head, _) = bytes.split_at(end);
    let mut lines = head.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let status = lines.next().and_then(|line| line.split(|byte| *byte == b' ').nth(1)).and_then(number);
    let status = status.ok_or_else(|| anyhow!("not an answer of HTTP/1.1: {}", shown(head)))?;
    let (mut body, mut retry_after) = (None, false);
    for line in lines {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let (name, value) = line.split_at(colon);
        let value = value.strip_prefix(b":").unwrap_or_default().trim_ascii();
        if name.eq_ignore_ascii_case(b"content-length") {
            body = number(value);
        } else if name.eq_ignore_ascii_case(b"retry-after") {
            retry_after = true;
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            bail!("the answer comes in chunks, which this generator does not read: {}", shown(head));
        }
    }
    let body = match (status, body) {
        (204 | 304, None) => 0,
        (_, Some(body)) => body,
        (_, None) => bail!("the answer does not say its length: {}", shown(head)),
    };
    let head_length = end + 4;
    let status = u16::try_from(status).unwrap_or(u16::MAX);
    Ok(Some(Head { status, length: head_length.saturating_add(body), head_length, retry_after }))
}

fn number(digits: &[u8]) -> Option<usize> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

fn shown(head: &[u8]) -> String {
    String::from_utf8_lossy(head).chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_says_its_status_and_where_the_answer_ends() {
        let bytes =
            b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\ncontent-length: 5\r\n\r\nhellomore";
        let read = head(bytes).unwrap().unwrap();
        assert_eq!((read.status, read.retry_after), (503, true));
        assert_eq!(&bytes[read.head_length..read.length], b"hello");
    }

    #[test]
    fn a_head_that_is_not_all_there_is_waited_for() {
        let whole = b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n";
        for cut in 0..whole.len() {
            assert_eq!(head(&whole[..cut]).unwrap(), None, "{cut}");
        }
        assert_eq!(head(whole).unwrap().unwrap().length, whole.len());
    }

    #[test]
    fn an_answer_whose_end_cannot_be_known_is_an_error() {
        for bytes in [
            "HTTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            "hello\r\n\r\n",
        ] {
            assert!(head(bytes.as_bytes()).is_err(), "{bytes:?}");
        }
        assert_eq!(head(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap().unwrap().status, 204);
    }
}

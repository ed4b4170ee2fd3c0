//! What a receiver answered: at most 64 KB of it are read, and 16 KB kept.

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::{HeaderMap, Response, header};
use jiff::SignedDuration;
use sutler_app::ports::courier::{ANSWER_BYTES_MAX, ANSWER_KEPT_BYTES_MAX, Reply};

/// Headers of an answer that are kept, at most, and bytes of the value of one.
const HEADERS_MAX: usize = 50;
const HEADER_BYTES_MAX: usize = 1_024;

/// Read an answer; gives whether that was all of it, so that the connection can be used again.
pub(super) async fn read(answer: Response<Incoming>) -> Result<(Reply, bool), String> {
    let (head, mut body) = answer.into_parts();
    let (mut bytes, mut read, mut is_whole) = (Vec::new(), 0, true);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            format!("answered {}, and the connection ended within the answer: {error}", head.status.as_u16())
        })?;
        let Some(data) = frame.data_ref() else { continue };
        read += data.len();
        let room = ANSWER_KEPT_BYTES_MAX.saturating_sub(bytes.len()).min(data.len());
        bytes.extend_from_slice(data.get(..room).unwrap_or_default());
        if read > ANSWER_BYTES_MAX {
            is_whole = false;
            break;
        }
    }
    let reply = Reply {
        status: head.status.as_u16(),
        headers: texts(&head.headers),
        body: String::from_utf8_lossy(&bytes).into_owned(),
        retry_after: retry_after(&head.headers),
    };
    Ok((reply, is_whole))
}

fn texts(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &header::HeaderValue| {
        let text = value.to_str().ok()?;
        Some(text.get(..text.len().min(HEADER_BYTES_MAX)).unwrap_or_default().to_owned())
    };
    let all = headers.iter().filter_map(|(name, value)| Some((name.as_str().to_owned(), text(value)?)));
    all.take(HEADERS_MAX).collect()
}

/// Seconds, or a date (RFC 9110, section 10.2.3), which is read against the date of the answer: the clocks of two machines
/// need not agree.
fn retry_after(headers: &HeaderMap) -> Option<SignedDuration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(SignedDuration::from_secs(i64::from(seconds)));
    }
    let parse = |text: &str| jiff::fmt::rfc2822::parse(text).ok().map(|date| date.timestamp());
    let until = parse(text)?;
    let now = parse(headers.get(header::DATE)?.to_str().ok()?)?;
    Some(until.duration_since(now)).filter(SignedDuration::is_positive)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receiver_says_when_to_come_back() {
        let of = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::DATE, "Sun, 22 Nov 2026 13:00:00 GMT".parse().unwrap());
            headers.insert(header::RETRY_AFTER, value.parse().unwrap());
            retry_after(&headers).map(|wait| wait.as_secs())
        };
        assert_eq!(of("120"), Some(120));
        assert_eq!(of("Sun, 22 Nov 2026 13:05:00 GMT"), Some(300));
        assert_eq!(of("Sun, 22 Nov 2026 12:00:00 GMT"), None);
        assert_eq!(of("soon"), None);
    }
}

//! The wire of the hostile Stripe: HTTP/1.1 by hand, since what it does with connections no library would do.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::answers::{Answer, Request};
use super::{Desk, Fault, Form, Moment, SECRET_KEY};

/// The largest request that it reads.
const REQUEST_BYTES_MAX: usize = 256 * 1024;

/// Serve every connection on its own until the server is dropped.
pub(super) async fn serve(listener: TcpListener, desk: Arc<Desk>) {
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let desk = Arc::clone(&desk);
        connections.spawn(async move {
            if let Err(error) = converse(stream, &desk).await {
                tracing::debug!(%error, "a connection to the hostile Stripe ended");
            }
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn converse(mut stream: TcpStream, desk: &Desk) -> Result<()> {
    let mut buffer = Vec::new();
    while let Some((request, is_ours)) = read(&mut stream, &mut buffer).await? {
        let key = request.key.as_deref().unwrap_or("-");
        desk.calls.lock().push(format!("{} {} {key}", request.method, request.path));
        if !is_ours {
            let error =
                serde_json::json!({"error": {"type": "invalid_request_error", "message": "Invalid API Key"}});
            write(&mut stream, &Answer { status: 401, body: error, is_replayed: false }, usize::MAX, "")
                .await?;
            continue;
        }
        let stop = desk.stops.of_next_call();
        if stop == Some(Moment::Arrived) {
            desk.stops.stand().await;
            return Ok(());
        }
        let fault = desk.faults.lock().next();
        match fault {
            Some(Fault::CutBefore) => return Ok(()),
            Some(Fault::Unavailable) => refuse(&mut stream, 503, "").await?,
            Some(Fault::TooMany) => refuse(&mut stream, 429, "retry-after: 1\r\n").await?,
            Some(Fault::Conflict) => refuse(&mut stream, 409, "").await?,
            fault => {
                let answer = desk.answer(&request, fault);
                if stop == Some(Moment::Done) {
                    desk.stops.stand().await;
                    return Ok(());
                }
                if !tell(&mut stream, &answer, fault).await? {
                    return Ok(());
                }
                if stop == Some(Moment::Answered) {
                    desk.stops.stand().await;
                    return Ok(());
                }
            }
        }
    }
    Ok(())
}

/// Whether the connection goes on.
async fn tell(stream: &mut TcpStream, answer: &Answer, fault: Option<Fault>) -> Result<bool> {
    match fault {
        Some(Fault::CutAfter) => Ok(false),
        Some(Fault::HangAfter) => {
            // Until whoever asked has had enough.
            let mut rest = [0; 64];
            while stream.read(&mut rest).await? > 0 {}
            Ok(false)
        }
        Some(Fault::HalfBody) => {
            let half = answer.body.to_string().len() / 2;
            write(stream, answer, half, "").await?;
            Ok(false)
        }
        Some(Fault::Garbage) => {
            let body = b"<html>\xff\xfe not what you asked for";
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
            stream.write_all(&[head.as_bytes(), body].concat()).await?;
            Ok(true)
        }
        _ => {
            write(stream, answer, usize::MAX, "").await?;
            Ok(true)
        }
    }
}

async fn refuse(stream: &mut TcpStream, status: u16, headers: &str) -> Result<()> {
    let body = serde_json::json!({"error": {"type": "api_error", "message": "not now"}});
    write(stream, &Answer { status, body, is_replayed: false }, usize::MAX, headers).await
}

async fn write(stream: &mut TcpStream, answer: &Answer, most: usize, headers: &str) -> Result<()> {
    let body = answer.body.to_string();
    let replayed = if answer.is_replayed { "idempotent-replayed: true\r\n" } else { "" };
    let head = format!(
        "HTTP/1.1 {} Told\r\ncontent-type: application/json\r\n{headers}{replayed}content-length: {}\r\n\r\n",
        answer.status,
        body.len()
    );
    // In one piece: a second small one would wait for the acknowledgement of the first.
    let mut bytes = head.into_bytes();
    bytes.extend_from_slice(body.as_bytes().get(..most.min(body.len())).unwrap_or_default());
    Ok(stream.write_all(&bytes).await?)
}

/// The next request, and whether its key is right; `None` at the end of the connection.
async fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<Option<(Request, bool)>> {
    let head_end = loop {
        if let Some(at) = buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            break at + 4;
        }
        if !more(stream, buffer).await? {
            return Ok(None);
        }
    };
    let head = String::from_utf8(buffer.drain(..head_end).collect())?;
    let mut lines = head.lines();
    let mut words = lines.next().context("a request has a first line")?.split(' ');
    let method = words.next().unwrap_or_default().to_owned();
    let target = words.next().unwrap_or_default().to_owned();
    let header = |name: &str| {
        let found = head.lines().skip(1).filter_map(|line| line.split_once(':'));
        found
            .into_iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim().to_owned())
    };
    let length = header("content-length").map_or(Ok(0), |length| length.parse::<usize>())?;
    while buffer.len() < length {
        if !more(stream, buffer).await? {
            return Ok(None);
        }
    }
    let body: Vec<u8> = buffer.drain(..length).collect();
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let mut form: Form = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    form.extend(form_urlencoded::parse(&body).into_owned());
    let is_ours = header("authorization").is_some_and(|given| given == format!("Bearer {SECRET_KEY}"));
    let request = Request { method, path: path.to_owned(), form, key: header("idempotency-key") };
    Ok(Some((request, is_ours)))
}

async fn more(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<bool> {
    let mut bytes = [0; 8192];
    let count = stream.read(&mut bytes).await?;
    buffer.extend_from_slice(bytes.get(..count).unwrap_or_default());
    if buffer.len() > REQUEST_BYTES_MAX {
        bail!("a request of more than {REQUEST_BYTES_MAX} bytes");
    }
    Ok(count > 0)
}

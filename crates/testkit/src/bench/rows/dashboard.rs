//! The dashboard: what a page costs, for somebody who is signed in.

use anyhow::{Context, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::waited::reads;
use crate::bench::figures::Row;
use crate::bench::process::Server;
use crate::bench::requests::Requests;
use crate::bench::stage::Stage;

const EMAIL: &str = "bench@example.com";
const PASSWORD: &str = "correct horse battery";

/// The settings by which a server has somebody who can sign in.
pub(super) const ADMIN: [(&str, &str); 2] =
    [("SUTLER_ADMIN__EMAIL", EMAIL), ("SUTLER_ADMIN__PASSWORD", PASSWORD)];

/// The list of orders, one after the other: 50 rows with what stands around them.
pub(super) async fn page(row: Row, stage: &Stage, orders: u64) -> Result<Row> {
    let server = stage.serve_with(&stage.filled(orders).await?, &ADMIN).await?;
    let requests = Requests::page("/admin/orders", &sign_in(&server).await?);
    reads(row, stage, server, &requests, 1).await
}

/// Sign in as a browser does; gives the cookie. The answer leads to another page, which nobody here wants to see.
pub(super) async fn sign_in(server: &Server) -> Result<String> {
    let form = format!("email={}&password={}", EMAIL.replace('@', "%40"), PASSWORD.replace(' ', "+"));
    let request = format!(
        "POST /admin/login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nSec-Fetch-Site: same-origin\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    );
    let mut stream = TcpStream::connect(server.address).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let cookie = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")?.split(';').next());
    Ok(cookie.with_context(|| format!("the sign-in set no cookie: {answer}"))?.to_owned())
}

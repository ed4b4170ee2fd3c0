//! The dashboard: what a page costs, for somebody who is signed in.

use anyhow::{Context, Result};
use sutler_client::{Call, Client};

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

/// Sign in as a browser does; gives the cookie.
pub(super) async fn sign_in(server: &Server) -> Result<String> {
    let client = Client::new(format!("http://{}", server.address))?;
    let form = format!("email={}&password={}", EMAIL.replace('@', "%40"), PASSWORD.replace(' ', "+"));
    let call = Call::post("/admin/login").body("application/x-www-form-urlencoded", form.into_bytes());
    let answer = client.send(call.header("Sec-Fetch-Site", "same-origin")).await?;
    let cookie = answer.header("set-cookie").and_then(|line| line.split(';').next());
    Ok(cookie.context("the sign-in set no cookie")?.to_owned())
}

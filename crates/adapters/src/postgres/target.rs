//! Where a database is, from its address, and a connection to it.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, Connection, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::error::OpenError;
use super::session::{Driven, Line, Session};
use super::tls::{self, Trust};
use super::trouble::{Fault, Result};

/// How long a connection may take to come about, with all it has to say before the first statement.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// After how long without a word the other side is asked whether it is there, and how long it may stay silent.
const KEEPALIVE: Duration = Duration::from_secs(10);

/// A database, and how it is reached.
#[derive(Clone)]
pub(super) struct Target {
    config: Config,
    tls: MakeRustlsConnect,
    place: String,
}

/// What drives a connection: it also hears what others notify.
pub(super) type Driver = Connection<Socket, <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream>;

impl Target {
    /// Read an address. `sslmode` and `sslrootcert` mean what they mean to `psql`.
    pub(super) fn parse(url: &str) -> std::result::Result<Self, OpenError> {
        let bad = |reason: String| OpenError::BadUrl { url: redacted(url), reason };
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(bad("it does not begin with postgres://".to_owned()));
        }
        let (url, trust) = split_trust(url);
        let mut config: Config = url.parse().map_err(|error| bad(super::trouble::told(&error)))?;
        if config.get_hosts().is_empty() {
            return Err(bad("it names no host".to_owned()));
        }
        if trust.is_verified() && config.get_ssl_mode() != SslMode::Disable {
            config.ssl_mode(SslMode::Require);
        }
        if config.get_application_name().is_none() {
            config.application_name("sutler");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        config.keepalives_idle(KEEPALIVE).keepalives_interval(KEEPALIVE / 3).keepalives_retries(3);
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(KEEPALIVE);
        }
        let tls = tls::connector(&trust).map_err(bad)?;
        Ok(Self { place: place(&config), config, tls })
    }

    /// Host, port and database, for people.
    pub(super) fn place(&self) -> &str {
        &self.place
    }

    pub(super) const fn parts(&self) -> (&Config, &MakeRustlsConnect) {
        (&self.config, &self.tls)
    }

    /// A connection and what drives it.
    pub(super) async fn dial(&self) -> Result<(Client, Driver)> {
        // The driver's own limit is that of the socket; the server may say nothing afterwards too.
        let patience = self.config.get_connect_timeout().map_or(CONNECT_TIMEOUT, |limit| *limit) * 2;
        let dialed = tokio::time::timeout(patience, self.config.connect(self.tls.clone())).await;
        let silent = || format!("no answer within {} s", patience.as_secs());
        Ok(dialed.map_err(|_| Fault::Away(silent()))??)
    }

    /// A connection that is driven in the background until it is dropped.
    pub(super) async fn connect(&self, statements: &Arc<AtomicU64>) -> Result<Session> {
        let (client, driver) = self.dial().await?;
        let task = tokio::spawn(async move {
            if let Err(error) = driver.await {
                tracing::debug!(error = super::trouble::told(&error), "connection_ended");
            }
        });
        Ok(Session::new(Line::Own(client, Driven(task)), Arc::clone(statements)))
    }
}

fn place(config: &Config) -> String {
    let host = config.get_hosts().first().map_or_else(String::new, |host| match host {
        Host::Tcp(name) if name.contains(':') => format!("[{name}]"),
        Host::Tcp(name) => name.clone(),
        Host::Unix(path) => path.display().to_string(),
    });
    let port = config.get_ports().first().copied().unwrap_or(5432);
    let database = config.get_dbname().or(config.get_user()).unwrap_or_default();
    format!("{host}:{port}/{database}")
}

/// The address without what the driver does not know, and whom to trust.
fn split_trust(url: &str) -> (String, Trust) {
    let (mut trust, mut kept) = (Trust::Anybody, Vec::new());
    let Some((base, query)) = url.split_once('?') else { return (url.to_owned(), trust) };
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some(("sslrootcert", "system")) => trust = Trust::System,
            Some(("sslrootcert", path)) => trust = Trust::File(path.replace("%2F", "/").into()),
            Some(("sslmode", "verify-full" | "verify-ca")) => {
                if !trust.is_verified() {
                    trust = Trust::System;
                }
            }
            _ => kept.push(pair),
        }
    }
    let query = if kept.is_empty() { String::new() } else { format!("?{}", kept.join("&")) };
    (format!("{base}{query}"), trust)
}

/// The address without its password.
fn redacted(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").map_or(("", url), |(scheme, rest)| (scheme, rest));
    // A password that was not escaped may hold any of these signs, so the last one counts.
    let Some((login, place)) = rest.rsplit_once('@') else { return url.to_owned() };
    let user = login.split_once(':').map_or(login, |(user, _)| user);
    format!("{scheme}://{user}:…@{place}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_without_its_password() {
        let target = Target::parse("postgres://shop:s3cret@db:6432/orders?sslmode=disable").unwrap();
        assert_eq!(target.place(), "db:6432/orders");
        assert_eq!(Target::parse("postgresql://shop@localhost").unwrap().place(), "localhost:5432/shop");
        for bad in [
            "mysql://u:s3cret@h/d",
            "postgres://u:s3cret@h:port/d",
            "postgres://",
            "postgres://u:s3c@ret@h?x=1",
        ] {
            let Err(error) = Target::parse(bad) else { unreachable!("{bad} was read") };
            let text = error.to_string();
            assert!(
                text.contains("is no address of a PostgreSQL database (") && !text.contains("s3c"),
                "{text}"
            );
        }
    }

    #[test]
    fn verification_is_asked_for_as_of_psql() {
        for (query, trust) in [
            ("", Trust::Anybody),
            ("?sslmode=require", Trust::Anybody),
            ("?sslmode=verify-full", Trust::System),
            ("?sslmode=verify-full&sslrootcert=/etc/ca.pem", Trust::File("/etc/ca.pem".into())),
            ("?sslrootcert=%2Fetc%2Fca.pem&sslmode=verify-ca", Trust::File("/etc/ca.pem".into())),
        ] {
            let (url, found) = split_trust(&format!("postgres://u@h/d{query}"));
            assert_eq!(found, trust, "{query}");
            assert!(!url.contains("verify") && !url.contains("sslrootcert"), "{url}");
        }
    }
}

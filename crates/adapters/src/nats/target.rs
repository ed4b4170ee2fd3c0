//! Where the servers are, from their addresses, and how they are connected to.

use std::time::Duration;

use async_nats::{ConnectOptions, Event, ServerAddr};
use percent_encoding::percent_decode_str;
use tokio::sync::watch;

use super::Options;
use super::error::OpenError;

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// After how long without a word the server is asked whether it is there.
const PING_EVERY: Duration = Duration::from_secs(10);

/// The longest rest before the next attempt to connect again.
const RECONNECT_REST: Duration = Duration::from_secs(1);

/// Servers, and how they let us in.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) servers: Vec<ServerAddr>,
    login: Option<(String, Option<String>)>,
    place: String,
}

impl Target {
    /// Read one address, or several with commas between them.
    pub(super) fn parse(url: &str) -> Result<Self, OpenError> {
        let (mut servers, mut login) = (Vec::new(), None);
        for one in url.split(',').map(str::trim) {
            let bad = |reason: &str| OpenError::BadUrl { url: redacted(url), reason: reason.to_owned() };
            if !one.starts_with("nats://") && !one.starts_with("tls://") {
                return Err(bad("it begins with neither nats:// nor tls://"));
            }
            // The reason of the reader may quote the address with its password.
            let server: ServerAddr = one.parse().map_err(|_| bad("it cannot be read"))?;
            if server.host().is_empty() {
                return Err(bad("it names no host"));
            }
            let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
            let own = server.username().map(|user| (decoded(user), server.password().map(decoded)));
            login = login.or(own);
            servers.push(server);
        }
        let hosts = servers.iter().map(|server| {
            let (scheme, port) = (server.scheme(), server.port());
            let host = server.host();
            if host.contains(':') {
                format!("{scheme}://[{host}]:{port}")
            } else {
                format!("{scheme}://{host}:{port}")
            }
        });
        let place = hosts.collect::<Vec<_>>().join(",");
        Ok(Self { servers, login, place })
    }

    /// The servers, without anything secret.
    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// How to connect; what the server complains about beside its answers goes to `complaints`.
    pub(super) fn connect_options(
        &self,
        options: &Options,
        complaints: watch::Sender<Option<String>>,
    ) -> Result<ConnectOptions, OpenError> {
        let rest = |attempts| RECONNECT_REST.min(Duration::from_millis(20).saturating_mul(attempts));
        let connect = ConnectOptions::new()
            .name("sutler")
            .connection_timeout(CONNECT_TIMEOUT)
            .request_timeout(Some(options.timeout))
            .ping_interval(PING_EVERY)
            .reconnect_delay_callback(move |attempts| rest(u32::try_from(attempts).unwrap_or(u32::MAX)))
            .event_callback(move |event| {
                if let Event::ServerError(error) = event {
                    complaints.send_replace(Some(error.to_string()));
                }
                std::future::ready(())
            });
        let connect = match &self.login {
            Some((user, Some(password))) => connect.user_and_password(user.clone(), password.clone()),
            Some((token, None)) => connect.token(token.clone()),
            None => connect,
        };
        let Some(path) = &options.creds_file else { return Ok(connect) };
        let bad =
            |error: std::io::Error| OpenError::BadCreds { path: path.clone(), reason: error.to_string() };
        connect.credentials(&std::fs::read_to_string(path).map_err(bad)?).map_err(bad)
    }
}

/// The addresses without their passwords and tokens, for people to see.
pub fn redacted(url: &str) -> String {
    let parts: Vec<&str> = url.split(',').map(str::trim).collect();
    // A comma in a password that was not escaped makes parts of it: then nothing is shown.
    if parts.len() > 1 && parts.iter().any(|part| !part.contains("://")) {
        return "nats://••••".to_owned();
    }
    parts.into_iter().map(one_redacted).collect::<Vec<_>>().join(",")
}

fn one_redacted(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").map_or(("", url), |(scheme, rest)| (scheme, rest));
    // A password that was not escaped may hold any of these signs, so the last one counts.
    let Some((login, place)) = rest.rsplit_once('@') else { return url.to_owned() };
    match login.split_once(':') {
        Some((user, _)) => format!("{scheme}://{user}:••••@{place}"),
        None => format!("{scheme}://••••@{place}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_without_its_login() {
        let place = |url: &str| Target::parse(url).unwrap().place().to_owned();
        assert_eq!(place("nats://shop:s3cret@bus"), "nats://bus:4222");
        assert_eq!(place("tls://t0ken@bus:4443, nats://[::1]:1"), "tls://bus:4443,nats://[::1]:1");
        for bad in [
            "http://u:s3cret@h",
            "nats://u:s3cret@h:port",
            "nats://",
            "s3cret",
            "nats://a,",
            "redis://s3cret@h",
            "ws://u:s3c@ret@h",
            "nats://u:s3c,ret@h",
            "nats://s3cret@h,http://s3cret@h",
        ] {
            let Err(error) = Target::parse(bad) else { unreachable!("{bad} was read") };
            let text = error.to_string();
            assert!(text.contains("is no address of a NATS server ("), "{text}");
            assert!(bad == "s3cret" || !text.contains("s3c"), "{text}");
        }
    }

    #[test]
    fn a_login_is_a_user_with_a_password_or_a_token() {
        let login = |url: &str| Target::parse(url).unwrap().login;
        assert_eq!(login("nats://shop:s3%40cret@bus"), Some(("shop".to_owned(), Some("s3@cret".to_owned()))));
        assert_eq!(login("nats://t0ken@bus"), Some(("t0ken".to_owned(), None)));
        assert_eq!(login("nats://one,nats://u:p@other"), Some(("u".to_owned(), Some("p".to_owned()))));
        assert_eq!(login("nats://bus"), None);
    }
}

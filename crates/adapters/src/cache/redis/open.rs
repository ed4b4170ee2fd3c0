//! Where a Redis is, from its address; whether one is there, and does what a cache needs of it.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use ::redis::aio::{ConnectionManager, ConnectionManagerConfig, MultiplexedConnection};
use ::redis::io::tcp::TcpSettings;
use ::redis::io::tcp::socket2::TcpKeepalive;
use ::redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, ErrorKind, RedisError, RedisResult, cmd,
};

use super::breaker::Breaker;
use super::{Entry, Redis, keep};

/// How long a Redis may take to answer for the first time.
const OPEN_PATIENCE: Duration = Duration::from_secs(5);

/// How long connecting anew may take, which nobody waits for.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// After how long without a word from the other side a connection counts as gone.
const SILENCE: Duration = Duration::from_secs(5);

/// Commands that may wait to be written to the connection.
const PIPELINE: usize = 1024;

/// How long the entry stands that shows whether entries are kept.
const TRIAL_MS: u64 = 1000;

/// Why a Redis was not opened. The words end with what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address cannot be read.
    #[error("cache.url {0}\n{NEXT}")]
    BadUrl(String),
    /// Nobody answers there.
    #[error("cannot reach Redis at {place} ({reason})\nlook: redis-cli -u URL ping\n{NEXT}")]
    Unreachable {
        /// Host, port and database.
        place: String,
        /// What the system said.
        reason: String,
    },
    /// It does not let us in.
    #[error(
        "Redis at {place} refuses us ({reason})\nuser and password stand in the address: redis://user:password@host:6379/0\n{NEXT}"
    )]
    Denied {
        /// Host, port and database.
        place: String,
        /// What it said.
        reason: String,
    },
    /// Somebody answers, in another language.
    #[error("what answers at {place} is not Redis ({reason})\n{NEXT}")]
    NotRedis {
        /// Host, port and database.
        place: String,
        /// How it answered.
        reason: String,
    },
    /// It is a Redis that cannot be a cache: a replica, a node of a cluster, one without room, without such a database.
    #[error("Redis at {place} cannot be used as a cache ({reason})\n{NEXT}")]
    Unfit {
        /// Host, port and database.
        place: String,
        /// What it said.
        reason: String,
    },
}

/// What to do about it, whatever it is.
const NEXT: &str =
    "the address is cache.url (REDIS_URL); without one, every server remembers products by itself";

/// Where a Redis is, and how it is reached.
#[derive(Clone)]
pub struct Address {
    info: ConnectionInfo,
    place: String,
}

impl Address {
    /// Read an address; the reason says what is wrong with it, without repeating it.
    pub fn parse(url: &str) -> Result<Self, String> {
        const FORMS: &str = "write redis://host:6379/0, rediss://… for TLS, or redis+unix:///path/to/socket";
        let info = ConnectionInfo::from_str(url).map_err(|error| {
            let (why, _) = error.to_string().split_once(" - ").map_or_else(
                || (error.to_string(), String::new()),
                |(why, rest)| (why.to_owned(), rest.to_owned()),
            );
            format!("is no address of a Redis ({}): {FORMS}", why.to_lowercase())
        })?;
        let database = info.redis_settings().db();
        if database < 0 {
            return Err(format!("names the database {database}: write 0 or more"));
        }
        let place = match info.addr() {
            ConnectionAddr::Unix(path) => format!("{}/{database}", path.display()),
            ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. } => {
                let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
                format!("{host}:{port}/{database}")
            }
            other => format!("{other}/{database}"),
        };
        Ok(Self { info: info.set_tcp_settings(tcp()), place })
    }

    /// Host, port and database, for people: without user and password.
    pub fn place(&self) -> &str {
        &self.place
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Address").field(&self.place).finish()
    }
}

/// A connection whose other side is gone without a word must end by itself: nothing that is sent into it is answered.
fn tcp() -> TcpSettings {
    let keepalive = TcpKeepalive::new().with_time(SILENCE).with_interval(SILENCE / 5);
    let settings = TcpSettings::default().set_nodelay(true).set_keepalive(keepalive);
    #[cfg(target_os = "linux")]
    let settings = settings.set_user_timeout(SILENCE);
    settings
}

/// A Redis as a look at it shows it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Host, port and database.
    pub place: String,
    /// The version it says it has, if it says one.
    pub version: String,
}

impl Seen {
    /// Look at the Redis at this address. Nothing is left behind after a second.
    pub async fn look(url: &str) -> Result<Self, OpenError> {
        let address = Address::parse(url).map_err(OpenError::BadUrl)?;
        let (_, mut connection) = dial(&address).await?;
        let told: RedisResult<String> = cmd("INFO").arg("server").query_async(&mut connection).await;
        let told = told.unwrap_or_default();
        let version = told.lines().find_map(|line| line.strip_prefix("redis_version:")).unwrap_or("?");
        Ok(Self { version: version.trim().to_owned(), place: address.place })
    }
}

impl Redis {
    /// Open the Redis at this address, and see that it keeps what it is told to keep. From then on nobody waits for it any
    /// longer than `timeout`.
    pub async fn open(url: &str, timeout: Duration) -> Result<Self, OpenError> {
        let address = Address::parse(url).map_err(OpenError::BadUrl)?;
        let (client, _) = dial(&address).await?;
        // Without an answer to wait for: the caller's own patience counts, and ends sooner.
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(None)
            .set_number_of_retries(0)
            .set_pipeline_buffer_size(PIPELINE);
        let connection = ConnectionManager::new_with_config(client, config).await;
        let connection = connection.map_err(|error| explained(&address.place, &error))?;
        Ok(Self { connection, breaker: Breaker::default(), place: address.place, timeout })
    }
}

/// Connect, and try what a cache needs: to write by a script, and to read that again.
async fn dial(address: &Address) -> Result<(Client, MultiplexedConnection), OpenError> {
    let explained = |error: RedisError| explained(&address.place, &error);
    let client = Client::open(address.info.clone()).map_err(explained)?;
    let config =
        AsyncConnectionConfig::new().set_connection_timeout(Some(OPEN_PATIENCE)).set_response_timeout(None);
    let tried = async {
        let mut connection = client.get_multiplexed_async_connection_with_config(&config).await?;
        let key = format!("sutler:trial:{}", std::process::id());
        let entry = Entry { key: key.clone(), below: 1, ttl_ms: TRIAL_MS, value: b"kept".to_vec() };
        let () = keep(&[entry]).query_async(&mut connection).await?;
        let kept: Vec<Option<String>> = cmd("MGET").arg(&key).query_async(&mut connection).await?;
        Ok((connection, kept))
    };
    match tokio::time::timeout(OPEN_PATIENCE, tried).await {
        Err(_) => Err(OpenError::Unreachable {
            place: address.place.clone(),
            reason: format!("no answer within {} s", OPEN_PATIENCE.as_secs()),
        }),
        Ok(Err(error)) => Err(explained(error)),
        Ok(Ok((connection, kept))) if kept == [Some("kept".to_owned())] => Ok((client, connection)),
        Ok(Ok(_)) => Err(OpenError::Unfit {
            place: address.place.clone(),
            reason: "it does not keep what it is told to keep".to_owned(),
        }),
    }
}

/// What an error of the first contact means.
fn explained(place: &str, error: &RedisError) -> OpenError {
    let place = place.to_owned();
    let reason = match error.detail() {
        Some(detail) => format!("{}: {detail}", error.code().unwrap_or(error.category())),
        None => error.to_string(),
    };
    let denied = ["NOAUTH", "WRONGPASS", "NOPERM", "DENIED"];
    match error.kind() {
        ErrorKind::AuthenticationFailed => OpenError::Denied { place, reason },
        _ if error.code().is_some_and(|code| denied.contains(&code)) => OpenError::Denied { place, reason },
        ErrorKind::Parse | ErrorKind::UnexpectedReturnType => OpenError::NotRedis { place, reason },
        // Somebody took the connection and ended it.
        ErrorKind::Io if error.is_connection_dropped() && !error.is_connection_refusal() => {
            OpenError::NotRedis { place, reason }
        }
        ErrorKind::Io => OpenError::Unreachable { place, reason },
        _ => OpenError::Unfit { place, reason },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_without_its_password() {
        for (url, place) in [
            ("redis://redis", "redis:6379/0"),
            ("redis://shop:s3cret@redis:7000/2", "redis:7000/2"),
            ("rediss://:s3cret@[::1]", "[::1]:6379/0"),
            ("redis+unix:///run/redis.sock?db=3&pass=s3cret", "/run/redis.sock/3"),
        ] {
            let address = Address::parse(url).unwrap();
            assert_eq!(address.place(), place);
            assert!(!format!("{address:?}").contains("s3cret"));
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_the_forms_there_are() {
        for (url, reason) in [
            ("redis:6379", "(missing hostname)"),
            ("6379", "(redis url did not parse)"),
            ("http://u:s3cret@redis/0", "(redis url did not parse)"),
            ("redis://", "(missing hostname)"),
            ("redis://host/zero", "(invalid database number)"),
            ("redis://host:port/0", "(redis url did not parse)"),
            ("redis://host/-1", "the database -1"),
        ] {
            let told = Address::parse(url).unwrap_err();
            assert!(told.contains(reason) && !told.contains("s3cret"), "{url}: {told}");
        }
    }
}

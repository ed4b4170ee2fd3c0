//! Texts with units: durations, sizes, rates, decimals, addresses of databases.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::typed::Secret;

/// `250ms`, `30s`, `15m`, `48h`, `90d`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = split(text);
    let count: Option<u64> = number.parse().ok();
    let unit_ms: Option<u64> = match unit {
        "ms" => Some(1),
        "s" => Some(1000),
        "m" | "min" => Some(60_000),
        "h" => Some(3_600_000),
        "d" => Some(86_400_000),
        _ => None,
    };
    let duration_ms = count.zip(unit_ms).and_then(|(count, unit_ms)| count.checked_mul(unit_ms));
    // A hundred years: beyond it, sums with times of day would leave the calendar.
    duration_ms
        .filter(|duration_ms| *duration_ms <= 3_155_760_000_000)
        .map(Duration::from_millis)
        .ok_or_else(|| "is no duration: write a whole number and ms, s, m, h or d, such as 15m".to_owned())
}

/// `500B`, `64KiB`, `1MiB`, `2GiB`, or bytes without a unit.
pub(crate) fn size_bytes(text: &str) -> Result<usize, String> {
    let (number, unit) = split(text);
    let count: Option<usize> = number.parse().ok();
    let unit_bytes: Option<usize> = match unit {
        "" | "B" => Some(1),
        "KiB" => Some(1024),
        "MiB" => Some(1024 * 1024),
        "GiB" => Some(1024 * 1024 * 1024),
        _ => None,
    };
    count
        .zip(unit_bytes)
        .and_then(|(count, unit_bytes)| count.checked_mul(unit_bytes))
        .filter(|bytes| *bytes > 0)
        .ok_or_else(|| "is no size: write a whole number and B, KiB, MiB or GiB, such as 1MiB".to_owned())
}

/// `120/min` or `20/s`, as requests a minute.
pub(crate) fn rate_per_min(text: &str) -> Result<u32, String> {
    let (number, unit) = text.split_once('/').unwrap_or((text, ""));
    let factor = match unit {
        "s" => Some(60),
        "min" => Some(1),
        _ => None,
    };
    let requests: Option<u32> = number.trim().parse().ok().filter(|requests| *requests > 0);
    requests
        .zip(factor)
        .and_then(|(requests, factor)| requests.checked_mul(factor))
        .ok_or_else(|| "is no rate: write a whole number and /s or /min, such as 120/min".to_owned())
}

/// `standard=0.19,reduced=0.07`.
pub(crate) fn decimals(text: &str) -> Result<BTreeMap<String, rust_decimal::Decimal>, String> {
    words(text)
        .into_iter()
        .map(|pair| {
            let (name, number) = pair.split_once('=').unwrap_or((&pair, ""));
            let rate = number.trim().parse::<rust_decimal::Decimal>().ok();
            let rate = rate.filter(|r| !r.is_sign_negative() && *r <= rust_decimal::Decimal::ONE);
            let rate = rate.ok_or_else(|| {
                format!(
                    "says nothing usable for '{name}': write decimals from 0 to 1, such as {name} = \"0.19\""
                )
            })?;
            Ok((name.trim().to_owned(), rate))
        })
        .collect()
}

/// `berlin, lyon`.
pub(crate) fn words(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Where orders are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Database {
    /// In memory, gone with the process.
    Memory,
    /// In one SQLite file.
    Sqlite(PathBuf),
    /// In a PostgreSQL database, at an address that may hold a password.
    Postgres(Secret),
}

/// The forms of a database's address; `{data_dir}` stands for the folder.
pub(crate) fn database(url: &str, data_dir: &str) -> Result<Database, String> {
    if matches!(url, "memory:" | "sqlite:///:memory:" | "sqlite://:memory:" | ":memory:") {
        return Ok(Database::Memory);
    }
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return Ok(Database::Postgres(Secret::new(url)));
    }
    let rest = url
        .strip_prefix("sqlite://")
        .ok_or("is no address of a database: use sqlite://path, postgres://… or memory:")?;
    // Three slashes begin a relative path and four an absolute one, as other tools read it.
    let path = rest.strip_prefix('/').unwrap_or(rest);
    if path.is_empty() {
        return Err("names no file: write sqlite://orders.db".to_owned());
    }
    Ok(Database::Sqlite(PathBuf::from(path.replace("{data_dir}", data_dir))))
}

/// A Redis, at an address that may hold a password.
pub(crate) fn redis(url: &str) -> Result<Secret, String> {
    sutler_adapters::cache::Address::parse(url).map(|_| Secret::new(url))
}

/// A duration in which something can happen.
pub(crate) fn wait(text: &str) -> Result<Duration, String> {
    let wait = duration(text)?;
    if wait.is_zero() { Err("leaves no time at all: write such as 50ms".to_owned()) } else { Ok(wait) }
}

/// The address without its password, for people to see.
pub(crate) fn masked(url: &str) -> String {
    if url.starts_with("nats://") || url.starts_with("tls://") {
        return sutler_adapters::nats::redacted(url);
    }
    let mask = |pair: &str| match pair.split_once('=') {
        Some((name @ ("pass" | "password"), _)) => format!("{name}=••••"),
        _ => pair.to_owned(),
    };
    let url = url.split_once('?').map_or_else(
        || url.to_owned(),
        |(base, query)| format!("{base}?{}", query.split('&').map(mask).collect::<Vec<_>>().join("&")),
    );
    let (scheme, rest) =
        url.split_once("://").map_or((String::new(), &*url), |(scheme, rest)| (format!("{scheme}://"), rest));
    // A password that was not escaped may hold the sign too, so the last one counts.
    match rest.rsplit_once('@') {
        Some((login, place)) => {
            let name = login.split(':').next().unwrap_or_default();
            format!("{scheme}{name}:••••@{place}")
        }
        None => format!("{scheme}{rest}"),
    }
}

fn split(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    (number, unit.trim())
}

/// An address to listen at: `127.0.0.1:8420`, `localhost:8420`, `:8420`.
pub(crate) fn address(text: &str) -> Result<SocketAddr, String> {
    let text = text.replace("localhost", "127.0.0.1");
    let text = if text.starts_with(':') { format!("0.0.0.0{text}") } else { text };
    text.parse().map_err(|_| "is no address and port: write such as 127.0.0.1:8420 or [::1]:8420".to_owned())
}

/// `https://shop.example.com`, without a slash at its end.
pub(crate) fn web_address(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let valid = rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(char::is_whitespace));
    if valid {
        Ok(text.trim_end_matches('/').to_owned())
    } else {
        Err("is no web address: write such as https://shop.example.com".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_read() {
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(duration("90d"), Ok(Duration::from_hours(90 * 24)));
        assert_eq!(size_bytes("1MiB"), Ok(1_048_576));
        assert_eq!(rate_per_min("20/s"), Ok(1200));
        assert_eq!(words(" a, b ,"), ["a", "b"]);
        for wrong in ["", "15", "m", "-1s", "1.5h", "99999999999d"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
        for wrong in ["0", "1MB", "18446744073709551615GiB"] {
            assert!(size_bytes(wrong).is_err(), "{wrong}");
        }
        assert!(rate_per_min("0/min").is_err());
        assert!(decimals("standard=1.9").is_err());
        assert!(decimals("standard").is_err());
    }

    #[test]
    fn a_database_has_the_addresses_of_the_seed() {
        let file = |path: &str| Ok(Database::Sqlite(PathBuf::from(path)));
        for memory in ["memory:", "sqlite:///:memory:"] {
            assert_eq!(database(memory, "d"), Ok(Database::Memory));
        }
        assert_eq!(database("sqlite:///relative.db", "d"), file("relative.db"));
        assert_eq!(database("sqlite:////var/absolute.db", "d"), file("/var/absolute.db"));
        assert_eq!(database("sqlite://path/to.db", "d"), file("path/to.db"));
        assert_eq!(database("sqlite://{data_dir}/sutler.db", "/data"), file("/data/sutler.db"));
        for url in ["postgres://u:p@h/db", "postgresql://u:p@h/db"] {
            assert_eq!(database(url, "d"), Ok(Database::Postgres(Secret::new(url))));
            assert!(!format!("{:?}", database(url, "d")).contains("u:p"), "no log shows the password");
        }
        assert!(database("mysql://h/db", "d").is_err());
        assert!(database("sqlite://", "d").is_err());
    }

    #[test]
    fn a_password_is_never_shown() {
        assert_eq!(masked("postgres://orders:secret@db/x"), "postgres://orders:••••@db/x");
        assert_eq!(masked("sqlite://a.db"), "sqlite://a.db");
        assert_eq!(masked("redis//:secret@redis/0"), "redis//:••••@redis/0");
        assert_eq!(masked("redis+unix:///r.sock?db=1&pass=secret"), "redis+unix:///r.sock?db=1&pass=••••");
        assert_eq!(masked("postgres://db/x?password=se@cret"), "postgres://db/x?password=••••");
        assert_eq!(masked("nats://shop:secret@bus"), "nats://shop:••••@bus");
        assert_eq!(masked("tls://token@bus:4222"), "tls://••••@bus:4222");
        assert_eq!(masked("nats://a:s1@one,nats://b:s2@two"), "nats://a:••••@one,nats://b:••••@two");
    }
}

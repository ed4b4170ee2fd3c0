//! The log: JSON lines for machines, plain lines for people, on stderr either way. The fields are those of `sutler serve`.

use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _};
use std::sync::OnceLock;

use jiff::Timestamp;
use log::kv::{self, VisitSource};
use log::{Level, LevelFilter, Log, Metadata, Record};
use serde_json::Value;

/// `--log-format`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum LogFormat {
    /// Pretty on a terminal, JSON elsewhere
    #[default]
    Auto,
    /// For people
    Pretty,
    /// For machines
    Json,
}

/// Begin to log. The libraries' own talk is for those who ask for it.
pub(crate) fn begin(format: LogFormat, verbose: bool) {
    static LINES: OnceLock<Lines> = OnceLock::new();
    let is_json = match format {
        LogFormat::Auto => !std::io::stderr().is_terminal(),
        LogFormat::Pretty => false,
        LogFormat::Json => true,
    };
    let level = if verbose { LevelFilter::Debug } else { LevelFilter::Info };
    if log::set_logger(LINES.get_or_init(|| Lines { is_json, verbose })).is_ok() {
        log::set_max_level(level);
    }
}

struct Lines {
    is_json: bool,
    verbose: bool,
}

impl Log for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.verbose || metadata.target().starts_with("sutler")
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            let line = line(record, now(), self.is_json);
            // Where nobody can read it, nobody can be told that either.
            _ = std::io::stderr().lock().write_all(line.as_bytes());
        }
    }

    fn flush(&self) {}
}

fn line(record: &Record<'_>, at: Timestamp, is_json: bool) -> String {
    let mut fields = Fields { is_json, text: String::new() };
    _ = record.key_values().visit(&mut fields);
    let message = record.args().to_string();
    let level = record.level();
    if is_json {
        let (message, target) = (quoted(&message), quoted(record.target()));
        let level = word(level);
        format!(
            "{{\"ts\":\"{at:.3}\",\"level\":\"{level}\",\"msg\":{message},\"target\":{target}{}}}\n",
            fields.text
        )
    } else {
        format!("{} {level:>5}  {message:<24}{}\n", at.strftime("%H:%M:%S%.3f"), fields.text)
    }
}

/// Writes fields as they come: `,"name":"value"`, or `  name=value`.
struct Fields {
    is_json: bool,
    text: String,
}

impl<'kvs> VisitSource<'kvs> for Fields {
    fn visit_pair(&mut self, key: kv::Key<'kvs>, value: kv::Value<'kvs>) -> Result<(), kv::Error> {
        let is_bare = value.to_u64().is_some() || value.to_bool().is_some();
        let text = value.to_string();
        _ = match (self.is_json, is_bare) {
            (true, true) => write!(self.text, ",{}:{text}", quoted(key.as_str())),
            (true, false) => write!(self.text, ",{}:{}", quoted(key.as_str()), quoted(&text)),
            (false, _) => write!(self.text, "  {key}={}", text.replace(char::is_control, " ")),
        };
        Ok(())
    }
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

const fn word(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warn => "warn",
        Level::Info => "info",
        Level::Debug => "debug",
        Level::Trace => "trace",
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the time of a line is the machine's; nothing is decided by it"
)]
fn now() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(is_json: bool) -> String {
        let fields: &[(&str, kv::Value<'_>)] = &[("upstream", "a \"b\"\n".into()), ("nodes", 2_u64.into())];
        let record = Record::builder()
            .args(format_args!("ready"))
            .level(Level::Info)
            .target("sutler_balance")
            .key_values(&fields)
            .build();
        line(&record, Timestamp::UNIX_EPOCH, is_json)
    }

    #[test]
    fn a_line_is_one_document_for_machines_and_one_line_for_people() {
        let json: Value = serde_json::from_str(&told(true)).unwrap();
        assert_eq!(
            (&json["msg"], &json["level"], &json["nodes"]),
            (&"ready".into(), &"info".into(), &2.into())
        );
        assert_eq!(json["upstream"], "a \"b\"\n");
        assert_eq!(json["ts"], "1970-01-01T00:00:00.000Z");
        assert_eq!(told(false), "00:00:00.000  INFO  ready                     upstream=a \"b\"   nodes=2\n");
    }
}

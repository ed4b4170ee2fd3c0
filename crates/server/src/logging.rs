//! The log: JSON lines for machines, aligned lines for people, on stderr either way.

use std::fmt::{self, Write};
use std::io::{self, IsTerminal};

use jiff::Timestamp;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::{JsonFields, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

use crate::config::{Log, LogFormat};

/// Begin to log. `verbose` counts `-v`: each asks for one level more.
pub(crate) fn begin(log: &Log, verbose: u8) {
    let level = match verbose {
        0 => log.level.as_str(),
        1 => "debug",
        _ => "trace",
    };
    // The libraries' own talk is for those who ask for everything.
    let filter = if level == "trace" {
        level.to_owned()
    } else {
        format!(
            "warn,sutler={level},sutler_server={level},sutler_api={level},sutler_app={level},sutler_adapters={level}"
        )
    };
    let format = match log.format {
        LogFormat::Pretty => Lines::Pretty,
        LogFormat::Auto if io::stderr().is_terminal() => Lines::Pretty,
        LogFormat::Auto | LogFormat::Json => Lines::Json,
    };
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_writer(io::stderr)
        .fmt_fields(JsonFields::new())
        .event_format(format)
        .finish();
    // A second log in one process would be a second server; the first one goes on.
    _ = tracing::subscriber::set_global_default(subscriber);
}

/// The two forms of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lines {
    Pretty,
    Json,
}

/// The fields of an event, and of the spans around it.
#[derive(Default)]
struct Fields {
    message: String,
    named: Map<String, Value>,
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let text = format!("{value:?}");
        if field.name() == "message" {
            self.message = text;
        } else {
            self.named.insert(field.name().to_owned(), Value::from(text));
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            value.clone_into(&mut self.message);
        } else if !value.is_empty() {
            self.named.insert(field.name().to_owned(), Value::from(value));
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.named.insert(field.name().to_owned(), Value::from(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.named.insert(field.name().to_owned(), Value::from(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.named.insert(field.name().to_owned(), Value::from(value));
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> FormatEvent<S, JsonFields> for Lines {
    fn format_event(
        &self,
        context: &FmtContext<'_, S, JsonFields>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut fields = Fields::default();
        for span in context.event_scope().into_iter().flat_map(tracing_subscriber::registry::Scope::from_root)
        {
            let extensions = span.extensions();
            let text = extensions.get::<FormattedFields<JsonFields>>();
            let parsed = text.and_then(|text| serde_json::from_str::<Map<String, Value>>(&text.fields).ok());
            let filled = |value: &Value| value.as_str().is_none_or(|text| !text.is_empty());
            fields.named.extend(parsed.into_iter().flatten().filter(|(_, value)| filled(value)));
        }
        event.record(&mut fields);
        let meta = event.metadata();
        let line = match self {
            Self::Json => fields.json(now(), *meta.level(), meta.target()),
            Self::Pretty => fields.pretty(now(), *meta.level()),
        };
        writeln!(writer, "{line}")
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the time of a line is the machine's; nothing is decided by it"
)]
fn now() -> Timestamp {
    Timestamp::now()
}

impl Fields {
    fn json(self, at: Timestamp, level: Level, target: &str) -> String {
        let mut line = Map::new();
        line.insert("ts".to_owned(), Value::from(at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()));
        line.insert("level".to_owned(), Value::from(level.as_str().to_lowercase()));
        line.insert("msg".to_owned(), Value::from(self.message));
        line.insert("target".to_owned(), Value::from(target));
        line.extend(self.named);
        Value::Object(line).to_string()
    }

    fn pretty(self, at: Timestamp, level: Level) -> String {
        let mut line = format!("{} {level:>5}  {:<24}", at.strftime("%H:%M:%S%.3f"), self.message);
        for (name, value) in &self.named {
            _ = match value {
                Value::String(text) => write!(line, "  {name}={}", text.replace(char::is_control, " ")),
                other => write!(line, "  {name}={other}"),
            };
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields() -> Fields {
        let named = serde_json::json!({"order": "ord_1", "duration_ms": 3});
        Fields { message: "order_created".into(), named: named.as_object().unwrap().clone() }
    }

    #[test]
    fn a_line_is_one_json_document_with_the_documented_names() {
        let line = fields().json(Timestamp::UNIX_EPOCH, Level::INFO, "sutler_app");
        let value: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["ts"], "1970-01-01T00:00:00.000Z");
        assert_eq!(value["level"], "info");
        assert_eq!(value["msg"], "order_created");
        assert_eq!(value["duration_ms"], 3);
    }

    #[test]
    fn people_get_one_line_without_control_characters() {
        let mut fields = fields();
        fields.named.insert("error".into(), Value::from("two\nlines"));
        let line = fields.pretty(Timestamp::UNIX_EPOCH, Level::WARN);
        assert!(line.starts_with("00:00:00.000  WARN  order_created"), "{line}");
        assert!(!line.contains('\n') && line.contains("duration_ms=3"), "{line}");
    }
}

//! The two forms of a line. A line is written field by field as it is met; nothing is gathered or parsed on the way.

use std::fmt::{self, Write};

use jiff::Timestamp;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::{LookupSpan, Scope};

/// Room for most lines, so that they need not grow.
const LINE_BYTES: usize = 256;

/// The two forms of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lines {
    Pretty,
    Json,
}

impl<'w> FormatFields<'w> for Lines {
    /// The fields of a span, as they will stand in each line within it.
    fn format_fields<R: RecordFields>(&self, writer: Writer<'w>, fields: R) -> fmt::Result {
        let mut named = Named { lines: *self, out: writer, message: None, result: Ok(()) };
        fields.record(&mut named);
        named.result
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> FormatEvent<S, Self> for Lines {
    fn format_event(
        &self,
        context: &FmtContext<'_, S, Self>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut spans = String::with_capacity(LINE_BYTES);
        for span in context.event_scope().into_iter().flat_map(Scope::from_root) {
            let extensions = span.extensions();
            spans += extensions.get::<FormattedFields<Self>>().map_or("", |fields| fields.fields.as_str());
        }
        let meta = event.metadata();
        self.line(&mut writer, now(), (*meta.level(), meta.target()), &spans, |named| event.record(named))
    }
}

impl Lines {
    fn line(
        self,
        out: &mut dyn Write,
        at: Timestamp,
        (level, target): (Level, &str),
        spans: &str,
        record: impl FnOnce(&mut Named<'_, String>),
    ) -> fmt::Result {
        let mut message = String::new();
        let out_of_event = String::with_capacity(LINE_BYTES);
        let mut named = Named { lines: self, out: out_of_event, message: Some(&mut message), result: Ok(()) };
        record(&mut named);
        let (fields, result) = (named.out, named.result);
        result?;
        match self {
            Self::Json => {
                let level = level_word(level);
                write!(out, "{{\"ts\":\"{at:.3}\",\"level\":\"{level}\",\"msg\":\"{message}\"")?;
                writeln!(out, ",\"target\":\"{target}\"{spans}{fields}}}")
            }
            Self::Pretty => {
                let time = at.strftime("%H:%M:%S%.3f");
                writeln!(out, "{time} {:>5}  {message:<24}{spans}{fields}", level.as_str())
            }
        }
    }
}

/// Writes fields as they come: `,"name":value`, or `  name=value`.
struct Named<'m, W> {
    lines: Lines,
    out: W,
    /// Where the message goes, which stands before the fields.
    message: Option<&'m mut String>,
    result: fmt::Result,
}

impl<W: Write> Named<'_, W> {
    fn put(&mut self, field: &Field, is_text: bool, value: impl FnOnce(&mut dyn Write) -> fmt::Result) {
        if self.result.is_ok() {
            self.result = self.try_put(field.name(), is_text, value);
        }
    }

    fn try_put(
        &mut self,
        name: &str,
        is_text: bool,
        value: impl FnOnce(&mut dyn Write) -> fmt::Result,
    ) -> fmt::Result {
        let lines = self.lines;
        if let (Some(message), "message") = (&mut self.message, name) {
            return value(&mut Clean(lines, &mut **message));
        }
        let (before, after) = match (lines, is_text) {
            (Lines::Pretty, _) => ("  ", "="),
            (Lines::Json, true) => (",\"", "\":\""),
            (Lines::Json, false) => (",\"", "\":"),
        };
        for part in [before, name, after] {
            self.out.write_str(part)?;
        }
        value(&mut Clean(lines, &mut self.out))?;
        if lines == Lines::Json && is_text { self.out.write_char('"') } else { Ok(()) }
    }
}

impl<W: Write> Visit for Named<'_, W> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, true, |out| write!(out, "{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if !value.is_empty() {
            self.put(field, true, |out| out.write_str(value));
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, false, |out| write!(out, "{value}"));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, false, |out| write!(out, "{value}"));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, false, |out| write!(out, "{value}"));
    }
}

/// Lets nothing through that would end the line or its quotes.
struct Clean<'o, W: ?Sized>(Lines, &'o mut W);

impl<W: Write + ?Sized> Write for Clean<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let plain = |b: u8| matches!(b, b' '..=b'~') && b != b'"' && b != b'\\';
        if text.bytes().all(plain) {
            return self.1.write_str(text);
        }
        let special = |c: char| c.is_control() || self.0 == Lines::Json && matches!(c, '"' | '\\');
        let mut rest = text;
        while let Some(at) = rest.find(special) {
            let (plain, from) = rest.split_at(at);
            self.1.write_str(plain)?;
            let mut chars = from.chars();
            match (self.0, chars.next().unwrap_or_default()) {
                (Lines::Pretty, _) => self.1.write_char(' ')?,
                (Lines::Json, '"') => self.1.write_str("\\\"")?,
                (Lines::Json, '\\') => self.1.write_str("\\\\")?,
                (Lines::Json, '\n') => self.1.write_str("\\n")?,
                (Lines::Json, other) => write!(self.1, "\\u{:04x}", u32::from(other))?,
            }
            rest = chars.as_str();
        }
        self.1.write_str(rest)
    }
}

const fn level_word(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        Level::DEBUG => "debug",
        Level::TRACE => "trace",
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
    use std::sync::{Arc, Mutex};

    use serde_json::Value;
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Page {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// What is written of what `talk` says.
    fn written(lines: Lines, talk: impl FnOnce()) -> String {
        let page = Page::default();
        let writer = page.clone();
        let layer = tracing_subscriber::fmt::layer()
            .with_writer(move || writer.clone())
            .fmt_fields(lines)
            .event_format(lines);
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), talk);
        let bytes = page.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    fn talk() {
        let span = tracing::info_span!("request", request_id = "req_1", trace_id = "");
        let _entered = span.enter();
        tracing::info!(order_id = %"ord_1", duration_ms = 3u64, replayed = false, empty = "", "order_created");
    }

    #[test]
    fn a_line_is_one_json_document_with_the_documented_names() {
        let text = written(Lines::Json, talk);
        assert_eq!(text.lines().count(), 1);
        let line: Value = serde_json::from_str(&text).unwrap();
        let time: Timestamp = line["ts"].as_str().unwrap().parse().unwrap();
        assert!(time > Timestamp::UNIX_EPOCH && line["ts"].as_str().unwrap().len() == 24, "{text}");
        assert_eq!((&line["level"], &line["msg"]), (&Value::from("info"), &Value::from("order_created")));
        assert_eq!((&line["order_id"], &line["duration_ms"]), (&Value::from("ord_1"), &Value::from(3)));
        assert_eq!((&line["request_id"], &line["replayed"]), (&Value::from("req_1"), &Value::from(false)));
        assert!(line.get("trace_id").is_none() && line.get("empty").is_none(), "{text}");
    }

    #[test]
    fn whatever_a_text_holds_a_line_stays_one_document() {
        let odd = "\"quoted\" \\ two\nlines \u{7} \u{1b}[31m ü";
        let text = written(Lines::Json, || tracing::warn!(error = odd, shown = ?odd, "{odd}"));
        assert_eq!(text.lines().count(), 1);
        let line: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((line["error"].as_str(), line["msg"].as_str()), (Some(odd), Some(odd)));
        assert_eq!(line["shown"], format!("{odd:?}"));
    }

    #[test]
    fn people_get_one_line_without_control_characters() {
        let text =
            written(Lines::Pretty, || tracing::warn!(error = "two\nlines", duration_ms = 3u64, "slow"));
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(text.contains("  WARN  slow ") && text.contains("error=two lines  duration_ms=3"), "{text}");
        let text = written(Lines::Pretty, talk);
        assert!(
            text.contains("order_created") && text.contains("  request_id=req_1  order_id=ord_1"),
            "{text}"
        );
    }
}

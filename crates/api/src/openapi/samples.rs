//! How an operation is asked for, in three languages: made of its example.

use std::fmt::Write;

use serde_json::Value;

use super::examples;

/// The same request, written in each language.
pub(super) struct Samples {
    pub(super) curl: String,
    pub(super) typescript: String,
    pub(super) python: String,
}

/// How to ask for an operation.
pub(super) fn of(path: &str, method: &str, told: &Value) -> Samples {
    let id = told.get("operationId").and_then(Value::as_str).unwrap_or_default();
    let content = told.pointer("/requestBody/content").and_then(Value::as_object);
    let media = content.and_then(|content| content.keys().next()).map(String::as_str);
    let asked = examples::request(id);
    let asked_path = asked.as_ref().map_or(path, |asked| asked.path);
    let body = asked.as_ref().and_then(|asked| asked.body).filter(|_| media.is_some());
    let needs_key = told.get("security").and_then(Value::as_array).is_some_and(|keys| !keys.is_empty());
    let request = Request { method, template: path, path: asked_path, media, body, needs_key };
    Samples { curl: request.curl(), typescript: request.typescript(), python: request.python() }
}

struct Request<'r> {
    method: &'r str,
    template: &'r str,
    path: &'r str,
    media: Option<&'r str>,
    body: Option<&'r Value>,
    needs_key: bool,
}

/// What a body is as text.
fn text(body: &Value) -> String {
    body.as_str().map_or_else(|| body.to_string(), str::to_owned)
}

impl Request<'_> {
    fn curl(&self) -> String {
        let mut told = String::from("curl -s");
        if self.method != "get" {
            // Writing to a String cannot fail.
            _ = write!(told, " -X {}", self.method.to_ascii_uppercase());
        }
        _ = write!(told, " \"$SHOP{}\"", self.path);
        if self.needs_key {
            told += " \\\n  -H \"authorization: Bearer $SUTLER_KEY\"";
        }
        if let (Some(media), Some(body)) = (self.media, self.body) {
            let body = text(body).replace('\'', "'\\''");
            _ = write!(told, " \\\n  -H 'content-type: {media}' \\\n  --data-binary '{body}'");
        }
        told
    }

    fn typescript(&self) -> String {
        let mut parts = Vec::new();
        let named = self.template.split('/').zip(self.path.split('?').next().unwrap_or_default().split('/'));
        let in_path: Vec<String> = named
            .filter_map(|(name, value)| Some((name.strip_prefix('{')?.strip_suffix('}')?, value)))
            .map(|(name, value)| format!("{name}: \"{value}\""))
            .collect();
        let mut params = Vec::new();
        if !in_path.is_empty() {
            params.push(format!("path: {{ {} }}", in_path.join(", ")));
        }
        if let Some((_, query)) = self.path.split_once('?') {
            let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            let pairs: Vec<String> = pairs.map(|(name, value)| format!("\"{name}\": \"{value}\"")).collect();
            params.push(format!("query: {{ {} }}", pairs.join(", ")));
        }
        if !params.is_empty() {
            parts.push(format!("params: {{ {} }}", params.join(", ")));
        }
        if let Some(body) = self.body {
            parts.push(format!("body: {body}"));
        }
        let method = self.method.to_ascii_uppercase();
        if parts.is_empty() {
            return format!("await sutler.{method}(\"{}\")", self.template);
        }
        format!("await sutler.{method}(\"{}\", {{\n  {},\n}})", self.template, parts.join(",\n  "))
    }

    fn python(&self) -> String {
        let mut told = format!("httpx.{}(f\"{{shop}}{}\"", self.method, self.path);
        if self.needs_key {
            told += ", headers={\"authorization\": f\"Bearer {key}\"}";
        }
        match self.body {
            Some(Value::String(text)) => _ = write!(told, ",\n  content={text:?}"),
            Some(body) => _ = write!(told, ",\n  json={}", literal(body)),
            None => {}
        }
        told + ")"
    }
}

/// A value as Python writes it.
fn literal(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Array(values) => format!("[{}]", values.iter().map(literal).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let pairs = map.iter().map(|(name, value)| format!("{name:?}: {}", literal(value)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

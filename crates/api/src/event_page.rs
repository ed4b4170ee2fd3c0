//! The catalog of events as a page, written from the registry of their types: served by the program, read offline.

use std::fmt::Write;

use sutler_app::public::registry;
use sutler_app::public::shape::Field;

use crate::rest::problem::{document, escaped, marked};

/// The shop of the examples.
const SHOP: &str = "https://shop.example.com";

/// The page.
pub(crate) fn html() -> String {
    let kinds = registry::kinds();
    let mut body = String::from(
        "<p>Every event is a CloudEvent in JSON. It comes at least once: drop repeats by <code>id</code>, and order by \
         <code>sequence</code> within a <code>subject</code>. Persons are named by <code>customer_id</code> only. \
         For programs: <a href=\"/asyncapi.json\">asyncapi.json</a>.</p><ul>",
    );
    for kind in &kinds {
        // Writing to a String cannot fail.
        _ = write!(body, "<li><a href=\"#{kind}\"><code>{kind}</code></a></li>");
    }
    body += "</ul>";
    for kind in &kinds {
        section(kind, &mut body);
    }
    document("Events", &body)
}

fn section(kind: &str, body: &mut String) {
    _ = write!(body, "<h2 id=\"{kind}\"><code>{kind}</code></h2>");
    for of in registry::occasions(kind) {
        _ = write!(
            body,
            "<p><strong>Fires when:</strong> {}<br><strong>For you:</strong> {}.</p>",
            marked(of.description),
            marked(of.means())
        );
        fields(of.fields(), body);
        let next: Vec<String> = of
            .followed_by()
            .iter()
            .map(|next| format!("<a href=\"#{next}\"><code>{next}</code></a>"))
            .collect();
        if !next.is_empty() {
            _ = write!(body, "<p><strong>Usually followed by:</strong> {}</p>", next.join(", "));
        }
    }
    if let Some(example) = registry::example(kind, SHOP) {
        // The envelope is plain data with string keys, which always has a JSON form.
        let text = serde_json::to_string_pretty(&example).unwrap_or_default();
        _ = write!(body, "<pre>{}</pre>", escaped(&text));
    }
    _ = write!(body, "<p><a href=\"/event_types/{kind}/1.json\">JSON Schema of <code>data</code></a></p>");
}

/// The fields of `data.object`, and which of them may be null or absent.
fn fields(fields: &[Field], body: &mut String) {
    if fields.is_empty() {
        return;
    }
    *body += "<table><tr><th>data.object</th><th>holds</th><th></th></tr>";
    for field in fields {
        _ = write!(
            body,
            "<tr><td><code>{}</code></td><td>{}</td><td>{}{}{}</td></tr>",
            field.name,
            escaped(&field.kind()),
            marked(field.about()),
            if field.presence().is_empty() { "" } else { " " },
            field.presence()
        );
    }
    *body += "</table>";
}

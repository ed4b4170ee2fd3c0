//! A schema in a few words, for a table: what kind of value, which words, and a link to what it refers to.

use serde_json::Value;

use crate::rest::problem::escaped;

/// The schema in words, as HTML.
pub(super) fn of(schema: &Value) -> String {
    if let Some(name) =
        schema.get("$ref").and_then(Value::as_str).and_then(|reference| reference.rsplit('/').next())
    {
        return format!("<a href=\"#schema-{name}\">{name}</a>");
    }
    for word in ["anyOf", "oneOf", "allOf"] {
        if let Some(Value::Array(several)) = schema.get(word) {
            return several.iter().map(of).collect::<Vec<_>>().join(" or ");
        }
    }
    if let Some(Value::Array(words)) = schema.get("enum") {
        let shown = words.iter().map(|word| {
            word.as_str().map_or_else(|| word.to_string(), |word| format!("<code>{}</code>", escaped(word)))
        });
        return shown.collect::<Vec<_>>().join(" ");
    }
    if let Some(word) = schema.get("const").and_then(Value::as_str) {
        return format!("<code>{}</code>", escaped(word));
    }
    match schema.get("type") {
        Some(Value::Array(kinds)) => {
            let kinds = kinds.iter().filter_map(Value::as_str).map(|kind| kind_of(kind, schema));
            kinds.collect::<Vec<_>>().join(" or ")
        }
        Some(Value::String(kind)) => kind_of(kind, schema),
        _ => "anything".to_owned(),
    }
}

fn kind_of(kind: &str, schema: &Value) -> String {
    let format = schema.get("format").and_then(Value::as_str);
    match kind {
        "array" => format!("list of {}", schema.get("items").map_or_else(|| "anything".to_owned(), of)),
        "object" => match schema.get("additionalProperties") {
            Some(values @ Value::Object(_)) => format!("pairs of {}", of(values)),
            _ => "object".to_owned(),
        },
        "string" => match (format, bounds(schema, "minLength", "maxLength")) {
            (Some("date-time"), _) => "time".to_owned(),
            (Some("date"), _) => "date".to_owned(),
            (_, Some(bounds)) => format!("text, {bounds} characters"),
            _ => "text".to_owned(),
        },
        "integer" => match bounds(schema, "minimum", "maximum") {
            Some(bounds) => format!("whole number, {bounds}"),
            None => "whole number".to_owned(),
        },
        "boolean" => "true or false".to_owned(),
        other => other.to_owned(),
    }
}

/// `1 to 200`, where there is a greatest.
fn bounds(schema: &Value, least: &str, most: &str) -> Option<String> {
    let least = schema.get(least).and_then(Value::as_i64).unwrap_or_default();
    schema.get(most).and_then(Value::as_i64).map(|most| format!("{least} to {most}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_schema_is_told_in_a_few_words() {
        for (schema, words) in [
            (json!({"type": "string"}), "text"),
            (json!({"type": "string", "minLength": 1, "maxLength": 255}), "text, 1 to 255 characters"),
            (json!({"type": ["string", "null"], "format": "date-time"}), "time or null"),
            (json!({"type": "integer", "minimum": 1, "maximum": 200}), "whole number, 1 to 200"),
            (
                json!({"type": "array", "items": {"$ref": "#/components/schemas/Item"}}),
                "list of <a href=\"#schema-Item\">Item</a>",
            ),
            (json!({"enum": ["a<b", null]}), "<code>a&lt;b</code> null"),
            (json!({"type": "object", "additionalProperties": {"type": "string"}}), "pairs of text"),
            (json!({}), "anything"),
        ] {
            assert_eq!(of(&schema), words, "{schema}");
        }
    }
}

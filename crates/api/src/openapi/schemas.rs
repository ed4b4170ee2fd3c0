//! The shapes of bodies: derived from the types of `sutler-types`, with the limits that the engine keeps to.

use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::{Map, Value, json};
use sutler_domain::inventory::QUANTITY_MAX;
use sutler_domain::money::AMOUNT_MAX;
use sutler_types::problem::ProblemBody;

use super::entry::Shape;
use super::limits;

/// Where parts are referred to.
const SCHEMAS: &str = "#/components/schemas/";

/// What stands behind the name of a part of a request that has a namesake in answers.
const ASKED: &str = "Input";

/// Gathers the shapes of requests and of answers. The same type may differ: what is always shown need not be sent.
pub(super) struct Schemas {
    asked: SchemaGenerator,
    shown: SchemaGenerator,
}

impl Schemas {
    pub(super) fn new() -> Self {
        let settings = SchemaSettings::draft2020_12().with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        });
        let mut schemas = Self {
            asked: settings.clone().for_deserialize().into_generator(),
            shown: settings.for_serialize().into_generator(),
        };
        schemas.shown(schemas_of::<ProblemBody>);
        schemas
    }

    /// The shape of a request's body.
    pub(super) fn asked(&mut self, shape: Shape) -> Value {
        shape(&mut self.asked).to_value()
    }

    /// The shape of an answer's body.
    pub(super) fn shown(&mut self, shape: Shape) -> Value {
        shape(&mut self.shown).to_value()
    }

    /// Every part, by name, and what the names of the parts of requests became.
    pub(super) fn finish(mut self) -> (Map<String, Value>, Renamed) {
        let shown = self.shown.take_definitions(true);
        let asked = self.asked.take_definitions(true);
        let renamed = Renamed(asked.keys().filter(|name| shown.contains_key(*name)).cloned().collect());
        let mut all = Map::new();
        for (name, mut schema) in shown {
            dress(&mut schema, false);
            all.insert(name, schema);
        }
        for (name, mut schema) in asked {
            limits::apply(&name, &mut schema);
            dress(&mut schema, true);
            renamed.apply(&mut schema);
            let schema = if name == "Money" { money() } else { schema };
            all.insert(renamed.name(&name), schema);
        }
        (all, renamed)
    }
}

fn schemas_of<T: schemars::JsonSchema>(generator: &mut SchemaGenerator) -> schemars::Schema {
    generator.subschema_for::<T>()
}

/// The parts of requests that have another name than their type.
pub(super) struct Renamed(Vec<String>);

impl Renamed {
    fn name(&self, name: &str) -> String {
        if self.0.iter().any(|known| known == name) { format!("{name}{ASKED}") } else { name.to_owned() }
    }

    /// Refer to the new names in what is asked for.
    pub(super) fn apply(&self, value: &mut Value) {
        match value {
            Value::Object(map) => {
                if let Some(Value::String(reference)) = map.get_mut("$ref")
                    && let Some(name) = reference.strip_prefix(SCHEMAS)
                {
                    *reference = format!("{SCHEMAS}{}", self.name(name));
                }
                map.values_mut().for_each(|value| self.apply(value));
            }
            Value::Array(values) => values.iter_mut().for_each(|value| self.apply(value)),
            _ => {}
        }
    }
}

/// An amount as a request may write it.
fn money() -> Value {
    let amount = json!({"type": "integer", "format": "int64", "minimum": -AMOUNT_MAX, "maximum": AMOUNT_MAX});
    json!({
        "description": "An amount with its currency, or the bare whole number of minor units where the currency is known.",
        "anyOf": [
            amount,
            {
                "type": "object",
                "properties": {
                    "amount": amount,
                    "currency": {"type": ["string", "null"], "pattern": limits::CURRENCY, "description": "ISO 4217 code."},
                },
                "required": ["amount"],
                "additionalProperties": false,
            },
        ],
    })
}

/// What the types do not say: which texts are times, and that a request may hold nothing that is not known.
fn dress(schema: &mut Value, is_asked: bool) {
    match schema {
        Value::Bool(true) => *schema = json!({}),
        Value::Object(map) => {
            let is_object = map.contains_key("properties");
            if is_asked && (is_object || map.get("type") == Some(&json!("object"))) {
                map.entry("additionalProperties").or_insert(json!(false));
            }
            if is_asked && is_object {
                // A member that is null counts as absent, so a default says nothing.
                map.remove("default");
            }
            let required: Vec<Value> =
                map.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
            if let Some(Value::Object(properties)) = map.get_mut("properties") {
                for (name, property) in properties.iter_mut() {
                    property_of(name, property, is_asked);
                    if is_asked && !required.iter().any(|one| one == name) {
                        or_null(property);
                    }
                }
            }
            for (name, value) in map.iter_mut().filter(|(name, _)| *name != "default" && *name != "enum") {
                // The members of an object are dressed one by one: `properties` is no schema of its own.
                match value {
                    Value::Object(members) if name == "properties" => {
                        members.values_mut().for_each(|member| dress(member, is_asked));
                    }
                    // Some readers know no schema that is a mere `true`.
                    Value::Bool(true) if name == "items" => *value = json!({}),
                    Value::Bool(_) => {}
                    other => dress(other, is_asked),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| dress(value, is_asked)),
        _ => {}
    }
}

/// A member that need not be there may be null, which counts as absent.
fn or_null(property: &mut Value) {
    let Some(map) = property.as_object_mut() else { return };
    if let Some(Value::String(kind)) = map.get("type") {
        let kinds = json!([kind, "null"]);
        map.insert("type".to_owned(), kinds);
    } else if let Some(reference) = map.remove("$ref") {
        map.insert("anyOf".to_owned(), json!([{"$ref": reference}, {"type": "null"}]));
    }
}

/// Names say what they hold: times end in `_at`, quantities are units of goods.
fn property_of(name: &str, property: &mut Value, is_asked: bool) {
    if *property == json!(true) {
        *property = json!({});
    }
    let Some(map) = property.as_object_mut() else { return };
    let is_text = map.get("type").is_some_and(|kind| kind == "string" || kind == &json!(["string", "null"]));
    let is_time = name.ends_with("_at") || matches!(name, "at" | "since" | "until" | "from");
    if is_text && is_time && !map.contains_key("enum") {
        map.insert("format".to_owned(), json!("date-time"));
    }
    if is_asked {
        map.remove("default");
        if name == "quantity" {
            map.insert("minimum".to_owned(), json!(1));
            map.insert("maximum".to_owned(), json!(QUANTITY_MAX));
        }
    }
}

//! `--set path=value`: a member of a JSON body that the command line says otherwise.

use serde_json::{Map, Value};

/// A place in a body, and what is put there.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Set {
    path: Vec<String>,
    value: Value,
}

impl Set {
    /// Read `customer.email=bob@example.com`, `items.0.quantity=3`. A value that is JSON is taken as that, any other as text.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let how = "write it as path=value, such as items.0.quantity=3";
        let (path, value) = text.split_once('=').ok_or_else(|| format!("there is no '='; {how}"))?;
        let path: Vec<String> = path.split('.').map(|name| name.trim().to_owned()).collect();
        if path.iter().any(String::is_empty) {
            return Err(format!("the path has a part without a name; {how}"));
        }
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
        Ok(Self { path, value })
    }

    /// Put it into a body. Objects on the way are made; an entry of a list must be there, or be the next one.
    pub(crate) fn put_into(&self, body: &mut Value) -> Result<(), String> {
        let mut at = body;
        for (depth, name) in self.path.iter().enumerate() {
            at = member(at, name).ok_or_else(|| {
                let place = self.path.get(..=depth).unwrap_or_default().join(".");
                format!("'{place}' cannot be set: there is no such entry of a list, nor an object to have such a member")
            })?;
        }
        at.clone_from(&self.value);
        Ok(())
    }
}

fn member<'v>(of: &'v mut Value, name: &str) -> Option<&'v mut Value> {
    if of.is_null() {
        *of = Value::Object(Map::new());
    }
    match of {
        Value::Object(members) => Some(members.entry(name).or_insert(Value::Null)),
        Value::Array(entries) => {
            let nth: usize = name.parse().ok()?;
            if nth == entries.len() {
                entries.push(Value::Null);
            }
            entries.get_mut(nth)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_said_is_put_in_its_place() {
        let mut body = json!({"items": [{"sku": "MUG", "quantity": 2}], "currency": "EUR"});
        for set in [
            "items.0.quantity=3",
            "items.1.sku=TEE",
            "customer.email=bob@example.com",
            "metadata.a=",
            "tags=[\"x\"]",
        ] {
            Set::parse(set).unwrap().put_into(&mut body).unwrap();
        }
        let expected = json!({
            "items": [{"sku": "MUG", "quantity": 3}, {"sku": "TEE"}], "currency": "EUR",
            "customer": {"email": "bob@example.com"}, "metadata": {"a": ""}, "tags": ["x"],
        });
        assert_eq!(body, expected);
    }

    #[test]
    fn what_has_no_place_is_refused_with_the_part_that_is_wrong() {
        for set in ["quantity", "=3", "a..b=3", ".a=3"] {
            assert!(Set::parse(set).unwrap_err().contains("path=value"), "{set}");
        }
        let mut body = json!({"items": [{}], "currency": "EUR"});
        for (set, place) in [
            ("items.5.sku=x", "'items.5'"),
            ("items.first=x", "'items.first'"),
            ("currency.code=x", "'currency.code'"),
        ] {
            let error = Set::parse(set).unwrap().put_into(&mut body).unwrap_err();
            assert!(error.contains(place), "{error}");
        }
        assert_eq!(body, json!({"items": [{}], "currency": "EUR"}));
    }
}

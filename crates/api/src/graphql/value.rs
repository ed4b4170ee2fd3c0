//! JSON as GraphQL shows it, and arguments as JSON has them.

use async_graphql::dynamic::FieldValue;
use async_graphql::parser::types::{BaseType, Type};
use async_graphql::{Name, Value as Argument};
use serde_json::{Map, Value};

use super::shapes::{SHAPES, Shape, snake};

/// A member of an object, as a field of this type shows it. Objects are lent, so that their own fields find them.
pub(super) fn lent<'v>(value: &'v Value, ty: &Type) -> Option<FieldValue<'v>> {
    match (&ty.base, value) {
        (BaseType::List(inner), Value::Array(list)) => {
            Some(FieldValue::list(list.iter().map(|one| lent(one, inner).unwrap_or(FieldValue::NULL))))
        }
        (BaseType::List(_), _) | (_, Value::Null) => None,
        (BaseType::Named(name), value) => Some(match SHAPES.shape(name) {
            Shape::Object(_) => typed(FieldValue::borrowed_any(value), name, value),
            shape => leaf(value, shape),
        }),
    }
}

/// The same for a value that nobody else holds.
pub(super) fn owned(value: Value, ty: &Type) -> Option<FieldValue<'static>> {
    match (&ty.base, value) {
        (BaseType::List(inner), Value::Array(list)) => {
            let all = list.into_iter().map(|one| owned(one, inner).unwrap_or(FieldValue::NULL));
            Some(FieldValue::list(all))
        }
        (BaseType::List(_), _) | (_, Value::Null) => None,
        (BaseType::Named(name), value) => Some(match SHAPES.shape(name) {
            Shape::Object(_) => {
                let object = object_of(name, &value);
                let field = FieldValue::owned_any(value);
                if name == "Node" { field.with_type(object) } else { field }
            }
            shape => leaf(&value, shape),
        }),
    }
}

fn typed<'v>(field: FieldValue<'v>, name: &Name, value: &Value) -> FieldValue<'v> {
    if name == "Node" { field.with_type(object_of(name, value)) } else { field }
}

/// What a node is, by the member `object` that every thing with an id has.
fn object_of(name: &Name, value: &Value) -> String {
    let object = value.get("object").and_then(Value::as_str).unwrap_or(name.as_str());
    let mut letters = object.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

fn leaf(value: &Value, shape: &Shape) -> FieldValue<'static> {
    let shown = match (shape, value) {
        (Shape::Enum(_), Value::String(word)) => Argument::Enum(Name::new(word.to_ascii_uppercase())),
        (_, Value::String(text)) => Argument::String(text.clone()),
        (_, Value::Number(number)) => Argument::Number(number.clone()),
        (_, value) => Argument::from_json(value.clone()).unwrap_or_default(),
    };
    FieldValue::value(shown)
}

/// An argument as JSON: members in snake case, words in lower case, and what is a JSON object stays as it is. Fails with the
/// type whose members a value should have had: the library lets it pass.
pub(super) fn json<'t>(argument: &Argument, ty: &'t Type) -> Result<Value, &'t Name> {
    Ok(match (&ty.base, argument) {
        (_, Argument::Null) => Value::Null,
        (BaseType::List(inner), Argument::List(list)) => {
            Value::Array(list.iter().map(|one| json(one, inner)).collect::<Result<_, _>>()?)
        }
        // The language lets one value stand for a list of one.
        (BaseType::List(inner), one) => Value::Array(vec![json(one, inner)?]),
        (BaseType::Named(name), argument) => match (SHAPES.shape(name), argument) {
            (Shape::Input(members), Argument::Object(object)) => {
                let told = object.iter().filter_map(|(name, value)| {
                    let told = json(value, members.get(name.as_str())?);
                    Some(told.map(|told| (snake(name), told)))
                });
                Value::Object(told.collect::<Result<Map<_, _>, _>>()?)
            }
            (Shape::Input(_), _) => return Err(name),
            (Shape::Enum(_), Argument::Enum(word)) => Value::from(word.to_ascii_lowercase()),
            (Shape::Enum(_), Argument::String(word)) => Value::from(word.to_ascii_lowercase()),
            (_, argument) => argument.clone().into_json().unwrap_or_default(),
        },
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn arguments_become_the_json_of_rest() {
        let input = Argument::from_json(json!({
            "customerId": "C1",
            "items": {"productId": "P1", "quantity": 2, "metadata": {"giftWrap": "Yes"}},
            "payment": {"token": "tok_ok", "onFailure": "CANCEL"},
        }))
        .unwrap();
        let ty = Type::new("OrderPlaceInput!").unwrap();
        let told = super::json(&input, &ty).unwrap();
        let expected = json!({
            "customer_id": "C1",
            "items": [{"product_id": "P1", "quantity": 2, "metadata": {"giftWrap": "Yes"}}],
            "payment": {"token": "tok_ok", "on_failure": "cancel"},
        });
        assert_eq!(told, expected);
        for wrong in [json!(7), json!({"items": ["P1"]})] {
            let wrong = Argument::from_json(wrong).unwrap();
            assert!(super::json(&wrong, &ty).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_node_is_what_it_says_it_is() {
        let name = Name::new("Node");
        assert_eq!(object_of(&name, &json!({"object": "order"})), "Order");
        assert_eq!(object_of(&name, &json!({"object": "reservation"})), "Reservation");
    }
}

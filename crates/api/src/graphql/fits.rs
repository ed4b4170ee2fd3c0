//! Whether variables are of the types that a document gives them. A document that ran without an error once is right, and
//! only its variables are left to judge; where one may not fit, the validation is asked, which says what is wrong with it.

use async_graphql::parser::types::{
    BaseType, DocumentOperations, ExecutableDocument, Type, VariableDefinition,
};
use async_graphql::{Value, Variables};

use super::schema::scalar;
use super::shapes::{SHAPES, Shape};

/// Whether the variables of the only operation of a document fit.
pub(super) fn all_fit(document: &ExecutableDocument, variables: &Variables) -> bool {
    let DocumentOperations::Single(operation) = &document.operations else { return false };
    operation.node.variable_definitions.iter().all(|definition| has_its_type(&definition.node, variables))
}

/// Null where a default stands is left to the validation: it depends on the place.
fn has_its_type(definition: &VariableDefinition, variables: &Variables) -> bool {
    let ty = &definition.var_type.node;
    match variables.get(&definition.name.node) {
        None => ty.nullable || definition.default_value.is_some(),
        Some(Value::Null) => ty.nullable && definition.default_value.is_none(),
        Some(value) => fits(value, ty),
    }
}

fn fits(value: &Value, ty: &Type) -> bool {
    match (&ty.base, value) {
        (_, Value::Null) => ty.nullable,
        (BaseType::List(inner), Value::List(list)) => list.iter().all(|one| fits(one, inner)),
        // One value stands for a list of one.
        (BaseType::List(inner), one) => fits(one, inner),
        (BaseType::Named(name), value) => match (SHAPES.shape(name), value) {
            (Shape::Scalar, value) => is_of(name, value),
            (Shape::Enum(words), Value::String(word)) => words.contains(word),
            (Shape::Enum(words), Value::Enum(word)) => words.contains(word.as_str()),
            (Shape::Input(members), Value::Object(object)) => {
                object.keys().all(|key| members.contains_key(key.as_str()))
                    && members.iter().all(|(key, ty)| match object.get(key.as_str()) {
                        Some(value) => fits(value, ty),
                        None => ty.nullable,
                    })
            }
            _ => false,
        },
    }
}

/// Whether a scalar takes a value. Those of the language take less here than there, so that the rest is asked.
fn is_of(scalar_name: &str, value: &Value) -> bool {
    match scalar_name {
        "Int" => {
            matches!(value, Value::Number(number) if number.as_i64().is_some_and(|n| i32::try_from(n).is_ok()))
        }
        "Float" => matches!(value, Value::Number(_)),
        "Boolean" => matches!(value, Value::Boolean(_)),
        "String" | "ID" => matches!(value, Value::String(_)),
        name => scalar(name)(value),
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use serde_json::{Value as Json, json};

    use super::*;

    fn fit(document: &str, variables: Json) -> bool {
        all_fit(&parse_query(document).unwrap(), &Variables::from_json(variables))
    }

    #[test]
    fn variables_fit_the_types_of_their_definitions() {
        let place = "mutation($input: OrderPlaceInput!) { orderPlace(input: $input) { order { id } } }";
        let item = |quantity: Json| json!({ "productId": "P1", "quantity": quantity });
        assert!(fit(place, json!({ "input": { "customerId": "C1", "items": [item(json!(1))] } })));
        assert!(fit(place, json!({ "input": { "items": item(json!(1)), "customerId": null } })));
        for wrong in [
            json!({}),
            json!({ "input": null }),
            json!({ "input": 1 }),
            json!({ "input": { "customerId": "C1" } }),
            json!({ "input": { "items": [item(json!("1"))] } }),
            json!({ "input": { "items": [item(json!(1))], "customer": "C1", "color": "red" } }),
            json!({ "input": { "items": [null] } }),
        ] {
            assert!(!fit(place, wrong.clone()), "{wrong}");
        }
    }

    #[test]
    fn words_numbers_and_defaults_are_judged() {
        let list = "query($n: Int = 2, $f: OrderFilter) { orders(first: $n, filter: $f) { nodes { id } } }";
        let status = |word: &str| json!({ "f": { "status": [word] } });
        assert!(
            fit(list, json!({})) && fit(list, json!({ "n": 3, "f": null })) && fit(list, status("CREATED"))
        );
        assert!(!fit(list, json!({ "n": null })) && !fit(list, json!({ "n": 3_000_000_000_u32 })));
        assert!(!fit(list, json!({ "n": 1.5 })) && !fit(list, status("LOST")));
        let two = "query A { whoami { actor } } query B { whoami { actor } }";
        assert!(!fit(two, json!({})), "which of them is meant is for the validation to say");
    }
}

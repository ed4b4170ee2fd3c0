//! What arrives: `{query, operationName?, variables?, extensions?}`.

use async_graphql::Variables;
use serde_json::{Value, json};

use super::error::Refused;
use super::persisted::{Named, Persisted};
use super::ready::Wanted;
use crate::rest::Refusal;
use crate::rest::fields::Fields;

/// A request, as its body has it.
#[derive(Debug)]
pub(super) struct Envelope {
    query: Option<String>,
    operation: Option<String>,
    variables: Value,
    named: Option<Named>,
}

impl Envelope {
    /// Read a body. Several requests in one are refused, and so is what means nothing here.
    pub(super) fn of(body: &Value) -> Result<Self, Refusal> {
        let mut f = Fields::of(body);
        let (query, operation) = (f.text("query"), f.text("operationName"));
        let variables = f.value("variables").cloned().unwrap_or_else(|| json!({}));
        if !matches!(variables, Value::Object(_) | Value::Null) {
            f.invalid("variables", "is an object: the value of each variable by its name");
        }
        // Clients send more of them than mean something here.
        let extensions = f.value("extensions").cloned().unwrap_or_default();
        if !matches!(extensions, Value::Object(_) | Value::Null) {
            f.invalid("extensions", "is an object");
        }
        let named = extensions.get("persistedQuery").map(Named::of).transpose();
        if query.is_none() && !matches!(named, Ok(Some(_))) {
            f.need("query");
        }
        f.done()?;
        Ok(Self { query, operation, variables, named: named? })
    }

    /// The document itself: the one that was sent, or the one that is known by its hash.
    pub(super) fn wanted(self, persisted: &Persisted) -> Result<Wanted, Refused> {
        let query = persisted.find(self.query, self.named.as_ref())?;
        let variables = Variables::from_json(self.variables);
        Ok(Wanted { query, operation: self.operation, variables })
    }
}

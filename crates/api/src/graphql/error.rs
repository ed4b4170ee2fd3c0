//! Problems as GraphQL tells them: what a rule of the shop refuses stands in the payload of the mutation, everything else
//! beside the data.

use async_graphql::{Error, ErrorExtensions, PathSegment, Pos, Response, ServerError, Value as Shown};
use serde_json::{Map, Value, json};
use sutler_app::error::fact_json;
use sutler_app::{Kind, Problem};
use sutler_domain::Fault;

use super::shapes::camel;

/// Errors of one answer; a document that is wrong a thousand times is told of the first ones.
pub const ERRORS_MAX: usize = 10;

/// The member of an error's extensions, until it is finished, that names the field of the root that failed whole.
pub(super) const KEY: &str = "key";

/// A document that does not run, and what is to blame in it.
#[derive(Clone, Debug)]
pub(super) struct Refused {
    pub(super) problem: Problem,
    /// The first place that is wrong, where one is.
    pub(super) at: Option<Pos>,
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self { problem, at: None }
    }
}

impl Refused {
    /// The same, of this place.
    pub(super) fn at(self, at: Pos) -> Self {
        Self { at: Some(at), ..self }
    }

    /// The answer that tells it.
    pub(super) fn told(&self, request_id: &str) -> Response {
        let mut error = ServerError::new(self.problem.detail.clone(), self.at);
        error.extensions = beside(&self.problem, request_id).extensions;
        Response::from_errors(vec![error])
    }
}

/// Give each error of an answer its code and the id of the request, and no more of them than can be read.
pub(super) fn finish(response: &mut Response, request_id: &str) {
    response.errors.truncate(ERRORS_MAX);
    for error in &mut response.errors {
        if let Some(Shown::String(key)) = error.extensions.as_ref().and_then(|known| known.get(KEY)).cloned()
        {
            error.path = vec![PathSegment::Field(key)];
            error.extensions.get_or_insert_default().unset(KEY);
            // What may not be null takes what it is in along: all of the data.
            response.data = Shown::Null;
        }
        // What was wrong with the document has no path: nothing of it ran.
        let code = if error.path.is_empty() { "validation_failed" } else { "internal" };
        let extensions = error.extensions.get_or_insert_default();
        if extensions.get("code").is_none() {
            extensions.set("code", code);
            extensions.set("requestId", request_id);
        }
    }
}

/// Whether a mutation tells a problem in its payload.
pub(super) const fn is_for_the_user(problem: &Problem) -> bool {
    matches!(problem.kind, Kind::Invalid | Kind::NotFound | Kind::Conflict | Kind::Refused)
}

/// The errors of a payload: each fault, or the problem itself when it has none.
pub(super) fn user_errors(problem: &Problem) -> Value {
    let facts: Map<String, Value> =
        problem.facts.iter().map(|(name, value)| (camel(name), value.clone())).collect();
    if problem.errors.is_empty() {
        let meta = if facts.is_empty() { Value::Null } else { Value::Object(facts) };
        return json!([{ "code": problem.code, "message": problem.detail, "path": null, "meta": meta }]);
    }
    let told = |fault: &Fault| {
        let own = fault.facts.iter().map(|(name, fact)| (camel(name), fact_json(fact)));
        let meta: Map<String, Value> = facts.clone().into_iter().chain(own).collect();
        json!({
            "code": fault.code,
            "message": fault.detail,
            "path": path(&fault.pointer),
            "meta": if meta.is_empty() { Value::Null } else { Value::Object(meta) },
        })
    };
    problem.errors.iter().map(told).collect()
}

/// An error beside the data.
pub(super) fn beside(problem: &Problem, request_id: &str) -> Error {
    let (code, request_id) = (problem.code, request_id.to_owned());
    let facts = problem
        .facts
        .iter()
        .filter_map(|(name, value)| Some((camel(name), Shown::from_json(value.clone()).ok()?)));
    let facts: Vec<_> = facts.collect();
    Error::new(problem.detail.clone()).extend_with(|_, extensions| {
        for (name, value) in facts {
            extensions.set(name, value);
        }
        extensions.set("code", code);
        extensions.set("requestId", request_id.as_str());
    })
}

/// `/items/0/quantity` as members of the argument `input`.
fn path(pointer: &str) -> Option<Vec<String>> {
    let members = pointer.strip_prefix('/')?;
    let names = members.split('/').map(|name| camel(&name.replace("~1", "/").replace("~0", "~")));
    Some(std::iter::once("input".to_owned()).chain(names).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_has_a_code_and_there_are_few_of_them() {
        let wrong = || ServerError::new("no such field", Some(Pos { line: 1, column: 3 }));
        let mut response = Response::from_errors((0..50).map(|_| wrong()).collect());
        finish(&mut response, "req_1");
        assert_eq!(response.errors.len(), ERRORS_MAX);
        let first = serde_json::to_value(&response.errors[0]).unwrap();
        assert_eq!(first["extensions"], json!({"code": "validation_failed", "requestId": "req_1"}));
        assert_eq!(first["locations"], json!([{"line": 1, "column": 3}]));
    }

    #[test]
    fn a_fault_names_the_member_of_the_input() {
        let fault = Fault::invalid("/items/0/expected_unit_price", "too low");
        let errors = user_errors(&Problem::invalid(vec![fault]));
        assert_eq!(errors[0]["path"], json!(["input", "items", "0", "expectedUnitPrice"]));
        assert_eq!(errors[0]["code"], "validation_failed");
    }

    #[test]
    fn a_problem_without_faults_tells_its_facts() {
        let problem =
            Problem::new(Kind::Refused, "version_mismatch", "read it again").fact("current_version", 7);
        let errors = user_errors(&problem);
        assert_eq!(errors[0]["meta"], json!({"currentVersion": 7}));
        assert!(is_for_the_user(&problem));
    }
}

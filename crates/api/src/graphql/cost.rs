//! What a document may ask for, judged before anything of it runs.
//!
//! An object costs 1, a connection 1 and the size of its page times what one row of it costs, a scalar nothing.

mod introspection;
mod rows;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, Field, FragmentDefinition, OperationDefinition, OperationType,
    Selection, SelectionSet,
};
use async_graphql::{Name, Pos, Positioned, Value, Variables};
use serde_json::json;
use sutler_app::{Caller, Problem};
use sutler_domain::Fault;

use super::error::Refused;
use super::shapes::{Member, SHAPES, Shape, is_list, named};
use super::text::complex;
pub use rows::{FIRST_MAX, IDS_MAX};

/// How deep fields may lie in each other.
pub const DEPTH_MAX: usize = 10;
/// Fields under another name, in all of a document.
pub const ALIASES_MAX: usize = 30;
/// What a document may cost.
pub const COST_MAX: u64 = 2_000;
/// Directives of a document.
pub const DIRECTIVES_MAX: usize = 50;
/// How often one place may ask for the same field.
pub const REPEATS_MAX: usize = 10;
/// Fields of the root, in fragments also.
pub const ROOT_FIELDS_MAX: usize = 50;
/// Selections that are looked at: fragments may multiply them.
pub const SELECTIONS_MAX: usize = 20_000;

/// Fields that are a read of their own for each thing they are of, so they are shown for one thing at a time.
const ALONE: [(&str, &str); 3] = [("Order", "timeline"), ("Order", "checks"), ("Customer", "orders")];

/// The type of what is not there.
const NOWHERE: &str = "";

/// The operation that is asked for, and what it costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Weighed {
    /// What it costs at most.
    pub(super) cost: u64,
    /// What it does.
    pub(super) kind: OperationType,
    /// How many fields its root has.
    pub(super) fields: usize,
}

/// The figures of an answer: what was counted on, what it came to, and the limit.
pub(super) fn figures(requested: u64, actual: u64) -> Value {
    let remaining = COST_MAX.saturating_sub(requested);
    let figures =
        json!({ "requested": requested, "actual": actual, "limit": COST_MAX, "remaining": remaining });
    Value::from_json(figures).unwrap_or_default()
}

/// Weigh the operation of this name, or the only one. Who may not read the schema is refused here, too.
pub(super) fn weigh(
    document: &ExecutableDocument,
    operation: Option<&str>,
    variables: &Variables,
    introspects: Result<(), &Problem>,
) -> Result<Weighed, Refused> {
    let asked = find(document, operation)?;
    let mut scale = Scale {
        fragments: &document.fragments,
        asked,
        variables,
        introspects,
        open: Vec::new(),
        aliases: 0,
        directives: 0,
        selections: 0,
        roots: 0,
        heaviest: (0, String::new(), Pos::default()),
    };
    let root = match asked.ty {
        OperationType::Query => "Query",
        OperationType::Mutation => "Mutation",
        OperationType::Subscription => "Subscription",
    };
    let cost = scale.selections(&asked.selection_set.node, &Place::root(root))?;
    if cost > COST_MAX {
        let (heavy, path, at) = scale.heaviest;
        let detail = format!(
            "the document costs {cost}; {COST_MAX} is allowed. Its heaviest part is '{path}' with {heavy}: ask for fewer \
             rows, or for less of each"
        );
        let mut refused = complex(detail);
        let facts = [("cost", json!(cost)), ("limit", json!(COST_MAX)), ("heaviest", json!(path))];
        refused.problem = facts.into_iter().fold(refused.problem, |p, (name, value)| p.fact(name, value));
        return Err(refused.at(at));
    }
    Ok(Weighed { cost, kind: asked.ty, fields: scale.roots })
}

fn find<'d>(
    document: &'d ExecutableDocument,
    operation: Option<&str>,
) -> Result<&'d OperationDefinition, Refused> {
    let found = match (&document.operations, operation) {
        (DocumentOperations::Single(only), None) => Some(only),
        (DocumentOperations::Multiple(all), Some(name)) => all.get(name),
        (DocumentOperations::Multiple(all), None) if all.len() == 1 => all.values().next(),
        _ => None,
    };
    let missing = || match operation {
        Some(name) => format!("the document has no operation '{}'", crate::rest::fields::shortened(name)),
        None => "the document has several operations; name one of them in 'operationName'".to_owned(),
    };
    found.map(|found| &found.node).ok_or_else(|| wrong(missing()))
}

struct Scale<'d> {
    fragments: &'d HashMap<Name, Positioned<FragmentDefinition>>,
    asked: &'d OperationDefinition,
    variables: &'d Variables,
    introspects: Result<(), &'d Problem>,
    /// Fragments that are being looked at, one in the other.
    open: Vec<&'d Name>,
    aliases: usize,
    directives: usize,
    selections: usize,
    roots: usize,
    heaviest: (u64, String, Pos),
}

/// Where selections stand.
#[derive(Clone)]
struct Place<'a> {
    /// The type that they are fields of.
    ty: &'a str,
    depth: usize,
    path: String,
    /// How often a list of a connection is shown.
    rows: u64,
    /// Whether there may be several of what they are fields of.
    many: bool,
}

impl<'a> Place<'a> {
    const fn root(ty: &'a str) -> Self {
        Self { ty, depth: 0, path: String::new(), rows: 1, many: false }
    }

    /// The same place as fields of another type: a fragment's.
    fn on(&self, ty: &'a str) -> Self {
        Self { ty, ..self.clone() }
    }
}

impl<'d> Scale<'d> {
    fn selections(&mut self, set: &'d SelectionSet, place: &Place<'d>) -> Result<u64, Refused> {
        let (mut cost, mut seen) = (0_u64, HashMap::<&str, usize>::new());
        for Positioned { node: selection, pos } in &set.items {
            self.count(selection, *pos)?;
            let one = match selection {
                Selection::Field(field) => {
                    let times = seen.entry(field.node.response_key().node.as_str()).or_default();
                    *times += 1;
                    if *times > REPEATS_MAX {
                        let name = &field.node.name.node;
                        let detail =
                            format!("'{name}' is asked for more than {REPEATS_MAX} times in one place");
                        return Err(complex(detail).at(*pos));
                    }
                    self.field(&field.node, *pos, place)?
                }
                Selection::InlineFragment(fragment) => {
                    let on = fragment.node.type_condition.as_ref();
                    let ty = on.map_or(place.ty, |on| on.node.on.node.as_str());
                    self.selections(&fragment.node.selection_set.node, &place.on(ty))?
                }
                Selection::FragmentSpread(spread) => {
                    self.fragment(&spread.node.fragment_name.node, *pos, place)?
                }
            };
            cost = cost.saturating_add(one);
        }
        Ok(cost)
    }

    fn count(&mut self, selection: &Selection, at: Pos) -> Result<(), Refused> {
        self.selections += 1;
        self.directives += selection.directives().len();
        let (what, most) = if self.directives > DIRECTIVES_MAX {
            ("directives", DIRECTIVES_MAX)
        } else if self.selections > SELECTIONS_MAX {
            ("selections, its fragments unfolded", SELECTIONS_MAX)
        } else {
            return Ok(());
        };
        Err(complex(format!("the document has more than {most} {what}; split it")).at(at))
    }

    fn fragment(&mut self, name: &'d Name, at: Pos, place: &Place<'d>) -> Result<u64, Refused> {
        // One that is not there is told by the validation.
        let Some(fragment) = self.fragments.get(name) else { return Ok(0) };
        if self.open.contains(&name) {
            return Err(complex(format!("the fragment '{name}' holds itself")).at(at));
        }
        self.open.push(name);
        let ty = fragment.node.type_condition.node.on.node.as_str();
        let cost = self.selections(&fragment.node.selection_set.node, &place.on(ty))?;
        self.open.pop();
        Ok(cost)
    }

    fn field(&mut self, field: &'d Field, at: Pos, place: &Place<'d>) -> Result<u64, Refused> {
        let name = field.name.node.as_str();
        let depth = place.depth + 1;
        if depth == 1 {
            self.roots += 1;
            if self.roots > ROOT_FIELDS_MAX {
                return Err(complex(format!("the root has more than {ROOT_FIELDS_MAX} fields")).at(at));
            }
        }
        if field.alias.is_some() {
            self.aliases += 1;
            if self.aliases > ALIASES_MAX {
                return Err(complex(format!("more than {ALIASES_MAX} fields have another name")).at(at));
            }
        }
        if matches!(name, "__schema" | "__type") {
            self.introspects.map_err(|problem| Refused::from(problem.clone()).at(at))?;
            self.introspection(&field.selection_set.node, 0)?;
            return Ok(0);
        }
        if depth > DEPTH_MAX {
            let detail = format!("'{}' lies deeper than {DEPTH_MAX} levels", path(place, name));
            return Err(complex(detail).at(at));
        }
        let Some(member) = SHAPES.member(place.ty, name) else {
            // A field that is not there is told by the validation, with the names that are, if no limit is met below it.
            let inner = Place { path: path(place, name), depth, ..place.on(NOWHERE) };
            return self.selections(&field.selection_set.node, &inner);
        };
        if place.many && ALONE.contains(&(place.ty, name)) {
            let detail =
                format!("'{}' is shown for one {} at a time", path(place, name), place.ty.to_lowercase());
            return Err(complex(detail).at(at));
        }
        self.member(member, field, at, &Place { path: path(place, name), depth, ..place.clone() })
    }

    /// What a field of this type costs; the place is that of the field itself.
    fn member(
        &mut self,
        member: &'d Member,
        field: &'d Field,
        at: Pos,
        place: &Place<'d>,
    ) -> Result<u64, Refused> {
        let ty = named(&member.ty);
        if !matches!(SHAPES.shape(ty), Shape::Object(_)) {
            return Ok(0);
        }
        let is_connection = ty.ends_with("Connection");
        let rows = if is_connection { self.page(member, field, at, &place.path)? } else { 1 };
        // The rows of a connection, or the things that were named.
        let times = if !is_list(&member.ty) {
            1
        } else if place.ty == "Query" {
            self.named_things(field, at)?
        } else {
            place.rows
        };
        let many = place.many || is_list(&member.ty);
        let inner = Place { ty, depth: place.depth, path: place.path.clone(), rows, many };
        let cost = self.selections(&field.selection_set.node, &inner)?;
        let cost = cost.saturating_add(1).saturating_mul(times);
        if is_connection && cost > self.heaviest.0 {
            self.heaviest = (cost, place.path.clone(), at);
        }
        Ok(cost)
    }
}

fn path(place: &Place<'_>, name: &str) -> String {
    if place.path.is_empty() { name.to_owned() } else { format!("{}.{name}", place.path) }
}

fn wrong(detail: impl Into<String>) -> Refused {
    Problem::invalid(vec![Fault::invalid("", detail)]).into()
}

/// Whether a caller may read the schema.
pub(super) fn may_introspect(caller: &Caller, is_dev: bool) -> Result<(), Problem> {
    if is_dev { Ok(()) } else { caller.may(INTROSPECT) }
}

/// The scope that may read the schema of a server that serves.
pub const INTROSPECT: &str = "graphql:introspect";

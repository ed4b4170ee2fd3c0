//! How many of something a field asks for.

use async_graphql::parser::types::Field;
use async_graphql::{Pos, Value};

use super::{Refused, Scale, wrong};
use crate::graphql::shapes::Member;

/// Rows of a page.
pub const FIRST_MAX: u64 = 200;

/// Things that may be named at once.
pub const IDS_MAX: u64 = 50;

/// Parts of an order that are counted on when nobody says how many.
const PARTS: u64 = 10;

impl Scale<'_> {
    /// Rows of a page. Lists that go on must say how many; parts of one thing are few.
    pub(super) fn page(&self, member: &Member, field: &Field, at: Pos, path: &str) -> Result<u64, Refused> {
        let given = ["first", "last"].into_iter().find_map(|name| self.argument(field, name));
        match given {
            Some(Value::Number(number)) => {
                let rows = number.as_u64().filter(|rows| (1..=FIRST_MAX).contains(rows));
                let detail = || format!("'{path}' asks for {number} rows; 1 to {FIRST_MAX} is allowed");
                rows.ok_or_else(|| wrong(detail()).at(at))
            }
            // Another type is told by the validation.
            Some(other) if other != Value::Null => Ok(PARTS),
            _ if member.goes_on => {
                Err(wrong(format!("'{path}' needs 'first' or 'last', 1 to {FIRST_MAX}")).at(at))
            }
            _ => Ok(PARTS),
        }
    }

    /// How many things a list of the root brings: those that are named, or else a few.
    pub(super) fn named_things(&self, field: &Field, at: Pos) -> Result<u64, Refused> {
        let Some(Value::List(ids)) = self.argument(field, "ids") else { return Ok(1) };
        let count = u64::try_from(ids.len()).unwrap_or(u64::MAX);
        if count > IDS_MAX {
            let detail = format!("{count} ids are named; at most {IDS_MAX} at once");
            return Err(wrong(detail).at(at));
        }
        Ok(count)
    }

    /// An argument with its variables filled in.
    fn argument(&self, field: &Field, name: &str) -> Option<Value> {
        let given = field.get_argument(name)?.node.clone();
        let filled = given.into_const_with(|name| {
            let of_operation = || {
                let found = self.asked.variable_definitions.iter().find(|v| v.node.name.node == name);
                found.and_then(|v| v.node.default_value.as_ref()).map(|value| value.node.clone())
            };
            self.variables.get(&name).cloned().or_else(of_operation).ok_or(())
        });
        filled.ok()
    }
}

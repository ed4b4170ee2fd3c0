//! Questions about the schema itself. They need more depth than the shop does, and their lists multiply each other.

use async_graphql::Positioned;
use async_graphql::parser::types::{Selection, SelectionSet};

use super::{Refused, Scale, complex};

/// Lists of the schema that may lie in each other: types, their fields, and what these take.
const LISTS_MAX: usize = 2;

/// Fields that lead from one type to many.
const LISTS: [&str; 4] = ["fields", "inputFields", "interfaces", "possibleTypes"];

impl<'d> Scale<'d> {
    /// Look at a question about the schema, below so many lists. The brackets bound its depth.
    pub(super) fn introspection(&mut self, set: &'d SelectionSet, lists: usize) -> Result<(), Refused> {
        for Positioned { node: selection, pos } in &set.items {
            self.count(selection, *pos)?;
            match selection {
                Selection::Field(field) => {
                    let is_list = LISTS.contains(&field.node.name.node.as_str());
                    let lists = lists + usize::from(is_list);
                    if lists > LISTS_MAX {
                        let detail = format!("more than {LISTS_MAX} lists of the schema lie in each other");
                        return Err(complex(detail).at(*pos));
                    }
                    self.introspection(&field.node.selection_set.node, lists)?;
                }
                Selection::InlineFragment(fragment) => {
                    self.introspection(&fragment.node.selection_set.node, lists)?;
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    let Some(fragment) = self.fragments.get(name) else { continue };
                    if self.open.contains(&name) {
                        return Err(complex(format!("the fragment '{name}' holds itself")).at(*pos));
                    }
                    self.open.push(name);
                    self.introspection(&fragment.node.selection_set.node, lists)?;
                    self.open.pop();
                }
            }
        }
        Ok(())
    }
}

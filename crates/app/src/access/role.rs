//! Roles of people, and what each may do: one table. A scope is what a key has too, so a person can do nothing that the API
//! cannot.

use serde::{Deserialize, Serialize};

use crate::caller::Scopes;

/// What a person is in the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything, also to make and unmake owners. A shop with people has one at least.
    Owner,
    /// Everything but owners.
    Admin,
    /// Orders, stock and products.
    Operations,
    /// Reads, writes notes, and gives money back up to a limit.
    Support,
    /// Keys, webhooks and jobs; reads the rest.
    Developer,
    /// Reads.
    Viewer,
}

/// What everybody may read.
const READS: [&str; 5] = ["orders:read", "catalog:read", "inventory:read", "customers:read", "events:read"];

/// What each role may do beside [`READS`].
const TABLE: [(Role, &str, &[&str]); 6] = [
    (Role::Owner, "owner", &["*"]),
    (Role::Admin, "admin", &["*"]),
    (
        Role::Operations,
        "operations",
        &["orders:*", "payments:*", "catalog:*", "inventory:*", "customers:*", "returns:*", "jobs:read"],
    ),
    (Role::Support, "support", &["returns:read", "notes:write", "refunds:write"]),
    (Role::Developer, "developer", &["keys:*", "webhooks:*", "jobs:*", "audit:read"]),
    (Role::Viewer, "viewer", &["returns:read", "webhooks:read", "jobs:read"]),
];

impl Role {
    /// Every role, the mightiest first.
    pub const ALL: [Self; 6] =
        [Self::Owner, Self::Admin, Self::Operations, Self::Support, Self::Developer, Self::Viewer];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        self.row().map_or("", |(_, word, _)| word)
    }

    /// The role with this word.
    pub fn parse(word: &str) -> Option<Self> {
        TABLE.iter().find(|(_, text, _)| *text == word).map(|(role, ..)| *role)
    }

    /// What it may do.
    pub fn scopes(self) -> Scopes {
        let own = self.row().map_or(&[][..], |(.., scopes)| *scopes);
        if own == ["*"] {
            return Scopes::all();
        }
        Scopes::of(READS.iter().chain(own).copied())
    }

    fn row(self) -> Option<&'static (Self, &'static str, &'static [&'static str])> {
        TABLE.iter().find(|(role, ..)| *role == self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_may_what_its_row_says_and_no_more() {
        for (role, may, may_not) in [
            (Role::Owner, &["users:write", "orders:write"][..], &[][..]),
            (Role::Admin, &["users:write", "keys:write", "audit:read"], &[]),
            (
                Role::Operations,
                &["orders:write", "refunds:write", "inventory:write"],
                &["keys:read", "users:read"],
            ),
            (
                Role::Support,
                &["orders:read", "notes:write", "refunds:write"],
                &["orders:write", "payments:write"],
            ),
            (
                Role::Developer,
                &["keys:write", "webhooks:write", "orders:read"],
                &["orders:write", "users:write"],
            ),
            (Role::Viewer, &["orders:read", "jobs:read"], &["notes:write", "jobs:write", "keys:read"]),
        ] {
            let scopes = role.scopes();
            assert!(may.iter().all(|scope| scopes.allow(scope)), "{role:?}");
            assert!(!may_not.iter().any(|scope| scopes.allow(scope)), "{role:?}");
            assert_eq!(Role::parse(role.as_str()), Some(role));
        }
        assert_eq!(Role::parse("king"), None);
    }
}

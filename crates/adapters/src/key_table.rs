//! The two tables of idempotency keys, which take turns: when the one in use is a ttl old, everything in the other is
//! over, and it is emptied as a whole. A key is kept for one to two ttls and counts for one.

/// Which table new keys go into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyTable {
    A,
    B,
}

impl KeyTable {
    /// Its name in the database.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::A => "keys_a",
            Self::B => "keys_b",
        }
    }

    /// The one whose turn is next.
    pub(crate) const fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }

    /// The word in `head.keys_in`.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::A => "a",
            Self::B => "b",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::A, Self::B].into_iter().find(|table| table.as_str() == text)
    }
}

//! One member of a merge patch (RFC 7396).

use serde::Serialize;

/// What a patch says of one member: absent, null or a value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub enum Patch<T> {
    /// Absent: it stays as it is.
    #[default]
    Keep,
    /// Null: it is cleared.
    Clear,
    /// This is its value now.
    Set(T),
}

impl<T: Clone> Patch<T> {
    /// The member after the patch.
    pub fn onto(&self, before: Option<T>) -> Option<T> {
        match self {
            Self::Keep => before,
            Self::Clear => None,
            Self::Set(value) => Some(value.clone()),
        }
    }
}

impl<T> Patch<T> {
    /// Whether the patch says nothing.
    pub const fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }
}

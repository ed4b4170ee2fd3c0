//! What the forms of these pages send.

use axum::body::Body;
use sutler_app::Problem;

use crate::rest::body::collect;

/// The largest form, in bytes.
pub(super) const FORM_BYTES_MAX: usize = 256 * 1024;

/// The fields of a form, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Sent(Vec<(String, String)>);

impl Sent {
    pub(super) async fn read(body: Body) -> Result<Self, Problem> {
        let bytes = collect(body, FORM_BYTES_MAX).await?;
        Ok(Self::of(&bytes))
    }

    pub(super) fn of(bytes: &[u8]) -> Self {
        Self(form_urlencoded::parse(bytes).into_owned().collect())
    }

    /// A field as it was typed; `None` when the form did not have it.
    pub(super) fn raw(&self, name: &str) -> Option<&str> {
        self.pairs().find(|(field, _)| *field == name).map(|(_, value)| value)
    }

    /// A field as it was typed; empty when there is none.
    pub(super) fn field(&self, name: &str) -> &str {
        self.raw(name).unwrap_or_default()
    }

    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

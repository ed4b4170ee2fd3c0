//! What is shown once and never again: a secret, or a link that signs somebody in.

use askama::Template;
use axum::response::Response;

use super::desk::{Frame, shown};
use super::words as w;

/// What is shown once.
#[derive(Template)]
#[template(path = "secret.html")]
pub(crate) struct Once {
    pub(crate) frame: Frame,
    /// What it is for, and what becomes of it.
    pub(crate) lead: String,
    /// The secret itself.
    pub(crate) secret: String,
    /// The name under which programs expect it in their environment, if they do.
    pub(crate) variable: &'static str,
    /// Where one goes on.
    pub(crate) back: String,
}

impl Once {
    /// The page.
    pub(crate) fn page(&self) -> Response {
        shown(self)
    }
}

//! Requests that make or change categories.

use serde_json::Value;
use sutler_app::Problem;
use sutler_app::categories::{CategoryPatch, NewCategory};
use sutler_app::patch::Patch;

use crate::rest::fields::Fields;

/// A category to make: `{title, parent_id?, handle?, description_html?, position?, metadata?}`.
pub(crate) fn new_category(document: &Value) -> Result<NewCategory, Problem> {
    let mut f = Fields::of(document);
    f.need("title");
    let input = NewCategory {
        parent_id: f.id("parent_id"),
        handle: f.text("handle"),
        title: f.text("title").unwrap_or_default(),
        description_html: f.text("description_html").unwrap_or_default(),
        position: position(&mut f).unwrap_or_default(),
        metadata: f.metadata("metadata"),
    };
    f.done()?;
    Ok(input)
}

/// A change of one (RFC 7396): absent is unchanged, `null` clears; a `parent_id` of null is the top.
pub(crate) fn category_patch(document: &Value) -> Result<CategoryPatch, Problem> {
    let mut f = Fields::of(document);
    let patch = CategoryPatch {
        parent_id: f.patch("parent_id", |f| f.id("parent_id")),
        handle: f.text("handle"),
        title: f.text("title"),
        description_html: match f.patch("description_html", |f| f.text("description_html")) {
            Patch::Keep => None,
            Patch::Clear => Some(String::new()),
            Patch::Set(text) => Some(text),
        },
        position: position(&mut f),
        metadata: f.patch("metadata", |f| f.pairs("metadata")),
    };
    f.done()?;
    Ok(patch)
}

fn position(f: &mut Fields<'_>) -> Option<u32> {
    let position = f.whole_in("position", 0..=i64::from(u32::MAX))?;
    u32::try_from(position).ok()
}

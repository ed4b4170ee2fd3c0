//! `?expand=`: related things in full instead of their ids, each kind fetched at most once for a whole page.

use std::collections::BTreeMap;

use serde_json::Value;
use sutler_app::customers::Note;
use sutler_app::orders::OrderView;
use sutler_app::{Caller, Problem};
use sutler_domain::{NoteId, VariantId};

use crate::rest::{Api, Params};

/// What can be shown in full.
const EXPANDABLE: [&str; 5] = ["customer", "payments", "refunds", "fulfillments", "notes"];

/// What is to be shown in full.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Expand(Vec<String>);

/// What is shown in full, fetched.
#[derive(Clone, Debug, Default)]
pub(crate) struct Joined {
    asked: Expand,
    pub(super) notes: BTreeMap<NoteId, Note>,
    pub(super) variants: BTreeMap<VariantId, Value>,
}

impl Expand {
    /// Read the parameter.
    pub(crate) fn of(params: &mut Params) -> Self {
        Self(params.expand(&EXPANDABLE))
    }

    fn has(&self, path: &str) -> bool {
        self.0.iter().any(|asked| asked == path)
    }

    /// Fetch what these orders need.
    pub(crate) async fn join(
        &self,
        api: &Api,
        _caller: &Caller,
        views: &[OrderView],
    ) -> Result<Joined, Problem> {
        let notes = if self.has("notes") { notes(api, views).await? } else { BTreeMap::new() };
        Ok(Joined { asked: self.clone(), notes, variants: BTreeMap::new() })
    }
}

impl Joined {
    /// Whether this kind of parts is to be shown in full.
    pub(super) fn has(&self, path: &str) -> bool {
        self.asked.has(path)
    }
}

async fn notes(api: &Api, views: &[OrderView]) -> Result<BTreeMap<NoteId, Note>, Problem> {
    let ids: Vec<NoteId> = views.iter().flat_map(|v| &v.order.notes).map(|n| n.note_id.clone()).collect();
    Ok(if ids.is_empty() { BTreeMap::new() } else { api.app.ports.contacts.notes(&ids).await? })
}

//! The search of the catalog, from the settings.

use sutler_app::search::Synonyms;

use super::Reading;
use crate::config::units;

/// How the catalog is searched.
#[derive(Clone, Debug)]
pub(crate) struct Search {
    pub(crate) enabled: bool,
    /// Words that mean the same.
    pub(crate) synonyms: Synonyms,
}

impl Reading<'_> {
    pub(super) fn search(&mut self) -> Option<Search> {
        let enabled = self.switch("search.enabled");
        let synonyms = self.checked("search.synonyms", |text| {
            let groups = units::words(text);
            Synonyms::parse(groups.iter().map(String::as_str)).map_err(|reason| format!("is wrong: {reason}"))
        });
        Some(Search { enabled, synonyms: synonyms? })
    }
}

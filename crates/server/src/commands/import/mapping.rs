//! The mapping that a file is read by: one that comes along, or one from a file.

use std::path::Path;

use sutler_app::transfer::mapping::{Mapping, MappingKind, shipped};

use super::Import;
use crate::console::Failure;

/// A mapping, as it is sent.
pub(super) struct Mapped {
    name: String,
    /// Its text, unless it comes along with the server.
    text: Option<String>,
    /// Whether the server tells of its rows as it takes them, as it does of all but products.
    pub(super) is_told_of: bool,
}

impl Mapped {
    /// What a file is sent with.
    pub(super) fn query(&self, args: &Import) -> Vec<(&'static str, &str)> {
        let mut query = vec![("map", self.name.as_str())];
        query.extend(self.text.as_deref().map(|text| ("mapping", text)));
        query.extend([("dry_run", "true")].into_iter().filter(|_| args.dry_run));
        query.extend([("again", "true")].into_iter().filter(|_| args.again));
        query
    }
}

/// Find a mapping. One that nobody here knows may come along with a newer server, which says so if not.
pub(super) fn read(map: &str) -> Result<Mapped, Failure> {
    let path = Path::new(map);
    if path.extension().is_none_or(|extension| !extension.eq_ignore_ascii_case("toml")) {
        let is_told_of = shipped(map).is_none_or(|mapping| mapping.kind != MappingKind::Products);
        return Ok(Mapped { name: map.to_owned(), text: None, is_told_of });
    }
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("cannot read the mapping {map} ({error})")))?;
    let name = path.file_stem().map_or(map.to_owned(), |stem| stem.to_string_lossy().into_owned());
    let mapping = Mapping::parse(&name, &text).map_err(|problem| Failure::usage(problem.detail))?;
    Ok(Mapped { name, text: Some(text), is_told_of: mapping.kind != MappingKind::Products })
}

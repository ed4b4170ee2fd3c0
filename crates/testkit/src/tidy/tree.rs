//! The repository as the rules see it: paths and texts.

use std::{collections::BTreeMap, fs, io, path::Path};

/// Folders and files that are no part of the repository; `.gitignore` names them too.
const STRANGERS: &[&str] = &[".git", "target", "sutler-data", ".env"];

/// Every file by its path from the root, with `/` between the names. Files that are not UTF-8 have an empty text.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    files: BTreeMap<String, String>,
}

impl Tree {
    /// Reads the repository under `root`.
    ///
    /// # Errors
    /// When a folder or file cannot be read.
    pub fn open(root: &Path) -> io::Result<Self> {
        let mut tree = Self::default();
        tree.read_folder(root, "")?;
        Ok(tree)
    }

    /// A tree of these files, for showing that a rule bites.
    #[must_use]
    pub fn of<const N: usize>(files: [(&str, &str); N]) -> Self {
        let files = files.into_iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect();
        Self { files }
    }

    /// Path and text of every file.
    pub(super) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// Path and text of the Rust files below a folder (`""` for all of them).
    pub(super) fn rust<'tree>(&'tree self, below: &str) -> impl Iterator<Item = (&'tree str, &'tree str)> {
        self.files().filter(move |(path, _)| path.starts_with(below) && has_extension(path, "rs"))
    }

    /// The text of one file.
    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// The names directly below a folder that end with `/`: files and folders alike, each once, in order.
    pub(super) fn names(&self, folder: &str) -> Vec<&str> {
        let mut names: Vec<_> =
            self.files().filter_map(|(path, _)| path.strip_prefix(folder)?.split('/').next()).collect();
        names.dedup();
        names
    }

    fn read_folder(&mut self, folder: &Path, path: &str) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if STRANGERS.contains(&name.as_str()) {
                continue;
            }
            if entry.file_type()?.is_dir() {
                self.read_folder(&entry.path(), &format!("{path}{name}/"))?;
            } else {
                let text = String::from_utf8(fs::read(entry.path())?).unwrap_or_default();
                self.files.insert(format!("{path}{name}"), text);
            }
        }
        Ok(())
    }
}

/// Whether the path ends in `.extension`.
pub(super) fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path).extension().is_some_and(|found| found == extension)
}

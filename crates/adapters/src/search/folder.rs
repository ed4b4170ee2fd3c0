//! Where indexes lie: a folder each, and a file that says which of them answers. Whatever else is there is left over from
//! a build that did not come to its end.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The file that names the index that answers.
const CURRENT: &str = "current";
/// The file whose lock says that a process has the folder.
const LOCK: &str = "lock";
/// What the folders of indexes begin with.
const PREFIX: &str = "products-";

/// The folder of one process; its lock ends with it, however it ends.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    _lock: File,
}

/// The index that answers, as the file says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Current {
    pub(super) version: u32,
    pub(super) path: PathBuf,
}

impl Folder {
    /// Take the folder, which is made if it is not there. The error says who else has it.
    pub(super) fn take(root: &Path) -> Result<Self, String> {
        let failed = |error: io::Error| format!("{} ({error})", root.display());
        fs::create_dir_all(root).map_err(failed)?;
        let lock =
            File::options().create(true).truncate(false).write(true).open(root.join(LOCK)).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { root: root.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => {
                Err(format!("{} belongs to another server; give each a data_dir of its own", root.display()))
            }
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    /// Which index answers.
    pub(super) fn current(&self) -> Option<Current> {
        let text = fs::read_to_string(self.root.join(CURRENT)).ok()?;
        let (version, name) = text.trim().split_once(' ')?;
        let is_ours = name.starts_with(PREFIX) && !name.contains(['/', '\\']);
        is_ours.then_some(())?;
        Some(Current { version: version.parse().ok()?, path: self.root.join(name) })
    }

    /// An empty folder for another index.
    pub(super) fn fresh(&self) -> io::Result<PathBuf> {
        let mut number = 0_u64;
        loop {
            let path = self.root.join(format!("{PREFIX}{number}"));
            match fs::create_dir(&path) {
                Ok(()) => return Ok(path),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// Let this index answer from now on, also after a loss of power.
    pub(super) fn point_to(&self, path: &Path, version: u32) -> io::Result<()> {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let beside = self.root.join(format!("{CURRENT}.new"));
        let mut file = File::create(&beside)?;
        writeln!(file, "{version} {name}")?;
        file.sync_all()?;
        fs::rename(&beside, self.root.join(CURRENT))?;
        File::open(&self.root)?.sync_all()
    }

    /// Let none answer.
    pub(super) fn point_nowhere(&self) -> io::Result<()> {
        match fs::remove_file(self.root.join(CURRENT)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            done => done,
        }
    }

    /// Remove every index but those at these paths. What cannot be removed is tried again the next time.
    pub(super) fn tidy(&self, kept: &[&Path]) {
        let Ok(entries) = fs::read_dir(&self.root) else { return };
        for entry in entries.flatten() {
            let path = entry.path();
            let is_ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
            if is_ours
                && !kept.contains(&path.as_path())
                && let Err(error) = fs::remove_dir_all(&path)
            {
                tracing::debug!(path = %path.display(), %error, "search_folder_left_over");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_owner_and_forgets_what_is_left_over() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().join("search");
        let folder = Folder::take(&root).unwrap();
        assert!(Folder::take(&root).unwrap_err().contains("belongs to another server"));
        assert_eq!(folder.current(), None);
        let (first, second) = (folder.fresh().unwrap(), folder.fresh().unwrap());
        folder.point_to(&second, 7).unwrap();
        assert_eq!(folder.current(), Some(Current { version: 7, path: second.clone() }));
        folder.tidy(&[&second]);
        assert!(!first.exists() && second.exists() && root.join(LOCK).exists());
        folder.point_nowhere().unwrap();
        folder.point_nowhere().unwrap();
        assert_eq!(folder.current(), None);
        for written in ["7", "7 elsewhere", "7 products-../x", "x products-1"] {
            fs::write(root.join(CURRENT), written).unwrap();
            assert_eq!(folder.current(), None, "{written}");
        }
        drop(folder);
        Folder::take(&root).unwrap();
    }
}

//! The file by which commands find the server that runs on this machine.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The file's name in `data_dir`.
const FILE: &str = "server.json";

/// A running server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Instance {
    /// Where it listens.
    pub(crate) url: String,
    /// Its process.
    pub(crate) pid: u32,
    /// The key of `sutler dev`; a production server tells nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<String>,
}

impl Instance {
    /// What the folder says, whether that server still runs or not.
    pub(crate) fn read(data_dir: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(data_dir.join(FILE)).ok()?).ok()
    }

    /// Leave word in the folder, readable by its owner only, until the value is dropped.
    pub(crate) fn announce(&self, data_dir: &Path) -> io::Result<Announced> {
        let path = data_dir.join(FILE);
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        // Whoever held the file open before the rename reads the old one to its end.
        let fresh = data_dir.join(format!("{FILE}.{}", self.pid));
        _ = fs::remove_file(&fresh);
        options.open(&fresh)?.write_all(&serde_json::to_vec_pretty(self)?)?;
        fs::rename(&fresh, &path)?;
        Ok(Announced { path, instance: self.clone() })
    }
}

/// Word that a server runs; taken back at its end.
pub(crate) struct Announced {
    path: PathBuf,
    instance: Instance,
}

impl Drop for Announced {
    fn drop(&mut self) {
        // A successor may have left its own word meanwhile.
        let current = fs::read(&self.path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        if current.as_ref() == Some(&self.instance) {
            _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instance(pid: u32) -> Instance {
        Instance { url: "http://127.0.0.1:1".into(), pid, key: Some("sk".into()) }
    }

    #[test]
    fn word_is_left_for_the_owner_only_and_taken_back() {
        let folder = tempfile::tempdir().unwrap();
        let announced = instance(1).announce(folder.path()).unwrap();
        assert_eq!(Instance::read(folder.path()), Some(instance(1)));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        drop(announced);
        assert_eq!(Instance::read(folder.path()), None);
    }

    #[test]
    fn the_word_of_a_successor_stays() {
        let folder = tempfile::tempdir().unwrap();
        let first = instance(1).announce(folder.path()).unwrap();
        let second = instance(2).announce(folder.path()).unwrap();
        drop(first);
        assert_eq!(Instance::read(folder.path()), Some(instance(2)));
        drop(second);
    }
}

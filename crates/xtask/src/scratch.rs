//! A folder in memory for what tests write. Thousands of databases come and go in one run, and on a disk making and
//! removing their files is what the run waits for: it takes a third less time like this.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::{settings, shell};

/// Where Linux keeps files in memory.
const MEMORY: &str = "/dev/shm";

/// What must be free there, in KiB: several times what a run takes at its height.
const FREE_MIN_KIB: u64 = 4 * 1024 * 1024;

/// The start of the folder's name; behind it is the process that it belongs to.
const NAME: &str = "sutler-tests-";

/// The folder, which goes with this value. Without one, tests write to wherever temporary files go.
pub(crate) struct Scratch(Option<PathBuf>);

impl Scratch {
    /// Make one, where there is room and the environment names no other place.
    pub(crate) fn open() -> Self {
        if settings::temporary().is_some() || free_kib().is_none_or(|free| free < FREE_MIN_KIB) {
            return Self(None);
        }
        forget_the_dead();
        let folder = Path::new(MEMORY).join(format!("{NAME}{}", std::process::id()));
        let made = fs::create_dir(&folder).and_then(|()| for_everybody(&folder));
        Self(made.is_ok().then_some(folder))
    }

    /// The variable that leads programs there.
    pub(crate) fn variable(&self) -> Option<(&'static str, &Path)> {
        self.0.as_deref().map(|folder| ("TMPDIR", folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Some(folder) = &self.0
            && let Err(reason) = fs::remove_dir_all(folder)
        {
            println!("{} is left behind: {reason}", folder.display());
        }
    }
}

/// Servers that tests start run as users of their own, who must be able to write there as in /tmp.
#[cfg(unix)]
fn for_everybody(folder: &Path) -> io::Result<()> {
    fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o1777))
}

/// Where there is no such folder, nobody comes here.
#[cfg(not(unix))]
fn for_everybody(_: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

fn free_kib() -> Option<u64> {
    let mut df = shell::program(Path::new("df"));
    let said = df.args(["--output=avail", "--block-size=1K", MEMORY]).output().ok()?;
    String::from_utf8(said.stdout).ok()?.lines().last()?.trim().parse().ok()
}

/// Removes what runs left that were killed.
fn forget_the_dead() {
    let entries = fs::read_dir(MEMORY).into_iter().flatten().flatten();
    for entry in entries {
        let name = entry.file_name();
        let owner = name.to_str().and_then(|name| name.strip_prefix(NAME));
        if owner.is_some_and(|process| !Path::new("/proc").join(process).exists()) {
            _ = fs::remove_dir_all(entry.path());
        }
    }
}

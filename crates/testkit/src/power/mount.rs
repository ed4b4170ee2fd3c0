//! The disk as a file system of this machine, through FUSE.

use std::{
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use fuser::{BackgroundSession, Config, MountOption, spawn_mount};
use rustix::mount::{UnmountFlags, unmount};

use super::{disk::Disk, door::Door};

/// By which our mounts are known among all others; the id of the process that serves one follows it.
const NAME: &str = "sutler-power";

/// Requests of the kernel that are served at once: the writer of a database and its readers.
const THREADS: usize = 6;

/// A mounted disk; dropping it takes the mount away.
pub struct Mount {
    session: Option<BackgroundSession>,
    folder: PathBuf,
}

impl Disk {
    /// Power comes on, and the disk is seen at `folder`, an empty one. The error says what this machine lacks.
    pub fn mount(&self, folder: &Path) -> Result<Mount, NoFuse> {
        let life = self.switch_on();
        let mut config = Config::default();
        config.mount_options = vec![
            MountOption::FSName(format!("{NAME}-{}", std::process::id())),
            MountOption::Subtype(NAME.to_owned()),
            MountOption::DefaultPermissions,
            MountOption::NoAtime,
        ];
        config.n_threads = Some(THREADS);
        let session = spawn_mount(Door::new(self.clone(), life), folder, &config).map_err(NoFuse)?;
        Ok(Mount { session: Some(session), folder: folder.to_owned() })
    }
}

impl Mount {
    /// Where the disk is seen.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // Detached first: whoever still holds a file of it keeps that file, and nobody finds the mount any more.
        detach(&self.folder);
        drop(self.session.take());
    }
}

/// FUSE is not to be had on this machine, or refuses.
#[derive(Debug)]
pub struct NoFuse(io::Error);

impl std::fmt::Display for NoFuse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "no FUSE here: {}; it needs /dev/fuse, and either root or `fusermount3` (package fuse3)",
            self.0
        )
    }
}

impl std::error::Error for NoFuse {}

/// Whether disks can be mounted here, found out by mounting one.
pub fn probe() -> Result<(), NoFuse> {
    let folder = tempfile::tempdir().map_err(NoFuse)?;
    Disk::new(std::time::Duration::ZERO).mount(folder.path()).map(drop)
}

/// Takes away the mounts of runs that were killed: those whose process is no more.
pub fn clear_leftovers() -> io::Result<usize> {
    let mut count = 0;
    for line in fs::read_to_string("/proc/self/mounts")?.lines() {
        let mut words = line.split(' ');
        let (Some(name), Some(folder)) = (words.next(), words.next()) else { continue };
        let Some(process) = name.strip_prefix(NAME).and_then(|rest| rest.strip_prefix('-')) else { continue };
        if !Path::new("/proc").join(process).exists() {
            detach(Path::new(folder));
            count += 1;
        }
    }
    Ok(count)
}

/// Root asks the kernel; everybody else asks the program that mounted it for them.
fn detach(folder: &Path) {
    if unmount(folder, UnmountFlags::DETACH).is_err() {
        let words: [&OsStr; 4] = ["-u".as_ref(), "-z".as_ref(), "-q".as_ref(), folder.as_os_str()];
        let quiet = || Stdio::null();
        // Nothing is left to try when this fails too; the next run clears up.
        let _ = Command::new("fusermount3").args(words).stdout(quiet()).stderr(quiet()).status();
    }
}

//! Write an archive: under another name, synced, and only then under its own.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::ops::ControlFlow;
use std::path::Path;

use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use super::error::ArchiveError;
use super::manifest::{Facts, FileFacts, Manifest, NAME};
use super::{PIECE, Watch};

/// How hard zstd tries; its own default, at which a core writes some 200 MB/s.
const LEVEL: i32 = 3;

/// A file to put into an archive.
#[derive(Clone, Copy, Debug)]
pub struct Source<'s> {
    /// Its name there.
    pub name: &'s str,
    /// Where it is now.
    pub path: &'s Path,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed {
    /// What the archive says of itself.
    pub manifest: Manifest,
    /// Its length.
    pub bytes: u64,
}

/// Write `files` into a new archive at `target`. Whatever happens, there is a whole archive at `target` or what was
/// there before: the work is done under another name in the same folder, which is taken away when it is not finished.
/// With `replace` a file that is there is replaced at the end.
pub fn pack(
    target: &Path,
    facts: Facts,
    files: &[Source<'_>],
    replace: bool,
    watch: &mut Watch<'_>,
) -> Result<Packed, ArchiveError> {
    if !replace && target.try_exists()? {
        return Err(ArchiveError::Exists);
    }
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let temporary = tempfile::Builder::new().prefix(".sutler-backup-").suffix(".part").tempfile_in(folder)?;

    let lengths =
        files.iter().map(|file| Ok(file.path.metadata()?.len())).collect::<io::Result<Vec<u64>>>()?;
    // Each file is read twice: the manifest, which stands before them, says what they are.
    let mut pieces = Pieces { done: 0, total: lengths.iter().sum::<u64>().saturating_mul(2), watch };
    let mut described = Vec::new();
    for (file, bytes) in files.iter().zip(&lengths) {
        let sha256 = pieces.hash(file.path)?;
        described.push(FileFacts { name: file.name.to_owned(), bytes: *bytes, sha256 });
    }
    let manifest = Manifest::new(facts, described);
    write(&temporary, &manifest, files, &mut pieces)?;

    let bytes = temporary.as_file().metadata()?.len();
    temporary.as_file().sync_all()?;
    let placed = if replace { temporary.persist(target) } else { temporary.persist_noclobber(target) };
    placed.map_err(|error| match error.error.kind() {
        io::ErrorKind::AlreadyExists => ArchiveError::Exists,
        _ => ArchiveError::Io(error.error),
    })?;
    // The name is as lasting as the file only when its folder is synced too; elsewhere folders cannot be opened.
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(Packed { manifest, bytes })
}

fn write(
    temporary: &NamedTempFile,
    manifest: &Manifest,
    files: &[Source<'_>],
    pieces: &mut Pieces<'_, '_>,
) -> Result<(), ArchiveError> {
    let mut compressed = zstd::Encoder::new(BufWriter::new(temporary.as_file()), LEVEL)?;
    compressed.include_checksum(true)?;
    let mut tar = tar::Builder::new(compressed);
    let json = manifest.to_json();
    let length = u64::try_from(json.len()).map_err(io::Error::other)?;
    tar.append_data(&mut header(length), NAME, json.as_slice())?;
    for (source, facts) in files.iter().zip(&manifest.files) {
        let read = Watched { file: File::open(source.path)?, pieces };
        // A file that grew since it was described is cut, one that shrank ends in an error.
        tar.append_data(&mut header(facts.bytes), source.name, read.take(facts.bytes)).map_err(stopped)?;
    }
    tar.into_inner()?.finish()?.flush()?;
    Ok(())
}

/// Only its owner may read what an archive holds.
fn header(bytes: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes);
    header.set_mode(0o600);
    header
}

/// The way through all files, in pieces.
struct Pieces<'p, 'w> {
    done: u64,
    total: u64,
    watch: &'p mut Watch<'w>,
}

impl Pieces<'_, '_> {
    fn add(&mut self, bytes: usize) -> Result<(), ArchiveError> {
        self.done = self.done.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
        match (self.watch)(self.done, self.total) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(ArchiveError::Stopped),
        }
    }

    fn hash(&mut self, path: &Path) -> Result<String, ArchiveError> {
        let (mut file, mut piece, mut hash) = (File::open(path)?, vec![0; PIECE], Sha256::new());
        loop {
            let read = file.read(&mut piece)?;
            if read == 0 {
                return Ok(hex::encode(hash.finalize()));
            }
            hash.update(piece.get(..read).unwrap_or_default());
            self.add(read)?;
        }
    }
}

/// A file whose reading is watched.
struct Watched<'r, 'p, 'w> {
    file: File,
    pieces: &'r mut Pieces<'p, 'w>,
}

impl Read for Watched<'_, '_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.pieces.add(read).map_err(|_| io::Error::other(STOPPED))?;
        Ok(read)
    }
}

const STOPPED: &str = "stopped";

fn stopped(error: io::Error) -> ArchiveError {
    if error.to_string() == STOPPED { ArchiveError::Stopped } else { ArchiveError::Io(error) }
}

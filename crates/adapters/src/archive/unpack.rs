//! Read an archive: look through all of it first, take it out then.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::ops::ControlFlow;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::error::ArchiveError;
use super::manifest::{FileFacts, MANIFEST_BYTES_MAX, Manifest, NAME};
use super::{PIECE, Watch};

/// How a zstd frame begins (RFC 8878, section 3.1.1).
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];

/// What the reader of an archive can take.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// Migrations that it knows.
    pub schema: i64,
}

/// Look through an archive to its end and compare every byte with what it says of itself. Writes nothing.
pub fn check(archive: &Path, known: Known, watch: &mut Watch<'_>) -> Result<Manifest, ArchiveError> {
    read(archive, known, None, watch)
}

/// Take the files out into a folder, with the same checks. What was written when a check fails is to be thrown away.
pub fn unpack(
    archive: &Path,
    known: Known,
    into: &Path,
    watch: &mut Watch<'_>,
) -> Result<Manifest, ArchiveError> {
    read(archive, known, Some(into), watch)
}

fn read(
    archive: &Path,
    known: Known,
    into: Option<&Path>,
    watch: &mut Watch<'_>,
) -> Result<Manifest, ArchiveError> {
    let mut file = BufReader::new(File::open(archive)?);
    let mut magic = Vec::new();
    Read::by_ref(&mut file).take(4).read_to_end(&mut magic)?;
    if magic != ZSTD_MAGIC {
        return Err(ArchiveError::NotABackup);
    }
    let plain = zstd::Decoder::with_buffer(magic.as_slice().chain(file))?;
    let mut tar = tar::Archive::new(plain);
    let read = entries(&mut tar, known, into, watch);
    if let Err(ArchiveError::Damaged(_) | ArchiveError::Io(_) | ArchiveError::Stopped) = read {
        return read;
    }
    // The compression's own checksum stands at the very end; before it is seen, not even a refusal is to be believed.
    io::copy(&mut tar.into_inner(), &mut io::sink()).map_err(damaged)?;
    read
}

fn entries(
    tar: &mut tar::Archive<impl Read>,
    known: Known,
    into: Option<&Path>,
    watch: &mut Watch<'_>,
) -> Result<Manifest, ArchiveError> {
    let mut entries = tar.entries()?;
    let manifest = match entries.next().transpose().map_err(damaged)? {
        Some(entry) if entry.path_bytes().as_ref() == NAME.as_bytes() => manifest(entry)?,
        _ => return Err(ArchiveError::NotABackup),
    };
    let facts = &manifest.facts;
    if facts.schema > known.schema {
        let (found, known, sutler) = (facts.schema, known.schema, facts.sutler.clone());
        return Err(ArchiveError::NewerSchema { found, known, sutler });
    }
    let total = manifest.files.iter().fold(0_u64, |sum, file| sum.saturating_add(file.bytes));
    let mut done = 0_u64;
    for expected in &manifest.files {
        let entry = entries.next().transpose().map_err(damaged)?;
        let entry = entry.filter(|entry| entry.path_bytes().as_ref() == expected.name.as_bytes());
        let entry = entry.ok_or_else(|| ArchiveError::Damaged(format!("{} is missing", expected.name)))?;
        let target = into.map(|folder| File::create_new(folder.join(&expected.name))).transpose()?;
        take(entry, expected, target, |bytes| {
            done = done.saturating_add(bytes);
            watch(done, total)
        })?;
    }
    if entries.next().transpose().map_err(damaged)?.is_some() {
        return Err(ArchiveError::Damaged("it holds more than its manifest says".to_owned()));
    }
    Ok(manifest)
}

fn manifest(entry: impl Read) -> Result<Manifest, ArchiveError> {
    let mut bytes = Vec::new();
    entry.take(MANIFEST_BYTES_MAX).read_to_end(&mut bytes).map_err(damaged)?;
    Manifest::parse(&bytes)
}

/// Read a file of the archive to its end, compare it, and write it where it shall go.
fn take(
    mut entry: impl Read,
    expected: &FileFacts,
    mut target: Option<File>,
    mut went: impl FnMut(u64) -> ControlFlow<()>,
) -> Result<(), ArchiveError> {
    let (mut piece, mut hash, mut length) = (vec![0; PIECE], Sha256::new(), 0_u64);
    loop {
        let read = entry.read(&mut piece).map_err(damaged)?;
        if read == 0 {
            break;
        }
        let found = piece.get(..read).unwrap_or_default();
        let bytes = u64::try_from(read).unwrap_or(u64::MAX);
        length = length.saturating_add(bytes);
        if length > expected.bytes {
            break;
        }
        hash.update(found);
        if let Some(target) = &mut target {
            target.write_all(found)?;
        }
        if went(bytes).is_break() {
            return Err(ArchiveError::Stopped);
        }
    }
    if length != expected.bytes || hex::encode(hash.finalize()) != expected.sha256 {
        return Err(ArchiveError::Damaged(format!("{} is not what its checksum says", expected.name)));
    }
    target.map_or(Ok(()), |target| Ok(target.sync_all()?))
}

/// What the reader of the compression or of the tar says is about the bytes, not about the disk.
fn damaged(error: io::Error) -> ArchiveError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => ArchiveError::Damaged("it ends in the middle".to_owned()),
        _ if error.raw_os_error().is_some() => ArchiveError::Io(error),
        _ => ArchiveError::Damaged(error.to_string()),
    }
}

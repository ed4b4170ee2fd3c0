//! Where an export goes: a pipe, or a file that has its name when it is whole.

use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::commands::backup::folder;
use crate::console::{Exit, Failure};

/// Bytes gathered before they are written.
const GATHERED: usize = 64 * 1024;

/// A pipe, or a file under way.
pub(super) enum Out {
    Pipe(BufWriter<io::Stdout>),
    File(BufWriter<NamedTempFile>, PathBuf),
}

impl Out {
    pub(super) fn open(file: Option<&Path>) -> Result<Self, Failure> {
        let Some(file) = file else {
            return Ok(Self::Pipe(BufWriter::with_capacity(GATHERED, io::stdout())));
        };
        let fresh =
            tempfile::Builder::new().prefix(".sutler-export-").suffix(".part").tempfile_in(folder(file));
        let fresh = fresh.map_err(|error| {
            Failure::usage(format!("cannot write {} ({error})", file.display())).next("is its folder there?")
        })?;
        Ok(Self::File(BufWriter::with_capacity(GATHERED, fresh), file.to_owned()))
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.write_all(bytes).map_err(gone)
    }

    /// All is written: a file gets its name.
    pub(super) fn end(self) -> Result<(), Failure> {
        match self {
            Self::Pipe(mut out) => out.flush().map_err(gone),
            Self::File(out, file) => {
                let fresh = out.into_inner().map_err(|error| gone(error.into_error()))?;
                fresh.as_file().sync_all()?;
                fresh.persist(&file).map(drop).map_err(|error| gone(error.error))
            }
        }
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Pipe(out) => out.write(bytes),
            Self::File(out, _) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Pipe(out) => out.flush(),
            Self::File(out, _) => out.flush(),
        }
    }
}

/// Whoever reads a pipe may have gone (`| head`): then there is nothing left to say.
pub(super) fn gone(error: io::Error) -> Failure {
    match error.kind() {
        ErrorKind::BrokenPipe => Failure::told(Exit::Failed),
        _ => Failure::from(error).next("look at the room and the rights:  df -h; ls -ld"),
    }
}

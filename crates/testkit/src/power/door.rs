//! What the kernel asks of the disk, one method a question.

use std::{
    ffi::OsStr,
    time::{Duration, SystemTime},
};

use fuser::{
    BsdFileFlags, Errno, FileAttr, FileHandle, FileType, Filesystem, FopenFlags, Generation, INodeNo,
    LockOwner, OpenFlags, RenameFlags, ReplyAttr, ReplyCreate, ReplyData, ReplyDirectory, ReplyEmpty,
    ReplyEntry, ReplyOpen, ReplyStatfs, ReplyWrite, Request, TimeOrNow, WriteFlags,
};

use super::{
    disk::Disk,
    state::{Done, Number, Refusal, Shape},
};

/// How long the kernel may believe what it was told. All changes pass through it, so it is always right.
const TTL: Duration = Duration::from_mins(1);

/// Files are opened with the pages that the kernel knows, which makes shared memory in a file work.
const KEEP_CACHE: FopenFlags = FopenFlags::FOPEN_KEEP_CACHE;

/// Handles carry nothing: every question names its file.
const HANDLE: FileHandle = FileHandle(0);

const BLOCK: u32 = 4096;

/// One mount of a disk. It reaches the disk while this life of it lasts.
pub(super) struct Door {
    disk: Disk,
    life: u64,
}

impl Door {
    pub(super) fn new(disk: Disk, life: u64) -> Self {
        Self { disk, life }
    }

    fn make(
        &self,
        request: &Request,
        entry: (INodeNo, &OsStr),
        is_folder: bool,
        mode: u32,
    ) -> Done<FileAttr> {
        let owner = (request.uid(), request.gid());
        let shape = self.disk.on(self.life)?.create((entry.0.0, entry.1), is_folder, rights(mode), owner)?;
        Ok(attributes(shape))
    }

    fn look_up(&self, folder: INodeNo, name: &OsStr) -> Done<FileAttr> {
        let state = self.disk.on(self.life)?;
        let number = state.find(folder.0, name)?;
        state.shape(number).map(attributes)
    }

    /// Names after the one with number `after`, by number, so that removing some while listing skips none.
    fn list(&self, folder: INodeNo, after: u64) -> Done<Vec<(Number, FileType, std::ffi::OsString)>> {
        let state = self.disk.on(self.life)?;
        let mut names = Vec::new();
        for (name, number) in state.names(folder.0)?.iter().filter(|(_, number)| **number > after) {
            names.push((*number, kind(state.shape(*number)?.is_folder), name.clone()));
        }
        names.sort_unstable_by_key(|(number, ..)| *number);
        Ok(names)
    }
}

impl Filesystem for Door {
    fn lookup(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        enter(reply, self.look_up(parent, name));
    }

    fn getattr(&self, _: &Request, number: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        describe(reply, self.disk.on(self.life).and_then(|state| state.shape(number.0)));
    }

    fn setattr(
        &self,
        _: &Request,
        number: INodeNo,
        mode: Option<u32>,
        uid: Option<u32>,
        gid: Option<u32>,
        size: Option<u64>,
        _: Option<TimeOrNow>,
        _: Option<TimeOrNow>,
        _: Option<SystemTime>,
        _: Option<FileHandle>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<BsdFileFlags>,
        reply: ReplyAttr,
    ) {
        let change = || {
            let mut state = self.disk.on(self.life)?;
            if let Some(size) = size {
                state.resize(number.0, place(size)?)?;
            }
            state.set_rights(number.0, mode.map(rights), (uid, gid));
            state.shape(number.0)
        };
        describe(reply, change());
    }

    fn create(
        &self,
        request: &Request,
        parent: INodeNo,
        name: &OsStr,
        mode: u32,
        umask: u32,
        _: i32,
        reply: ReplyCreate,
    ) {
        match self.make(request, (parent, name), false, mode & !umask) {
            Ok(attributes) => reply.created(&TTL, &attributes, Generation(0), HANDLE, KEEP_CACHE),
            Err(refusal) => reply.error(errno(refusal)),
        }
    }

    fn mkdir(
        &self,
        request: &Request,
        parent: INodeNo,
        name: &OsStr,
        mode: u32,
        umask: u32,
        reply: ReplyEntry,
    ) {
        enter(reply, self.make(request, (parent, name), true, mode & !umask));
    }

    fn unlink(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        answer(reply, self.disk.on(self.life).and_then(|mut state| state.remove(parent.0, name, false)));
    }

    fn rmdir(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        answer(reply, self.disk.on(self.life).and_then(|mut state| state.remove(parent.0, name, true)));
    }

    fn rename(
        &self,
        _: &Request,
        parent: INodeNo,
        name: &OsStr,
        new_parent: INodeNo,
        new_name: &OsStr,
        flags: RenameFlags,
        reply: ReplyEmpty,
    ) {
        if !flags.is_empty() {
            return reply.error(Errno::EINVAL);
        }
        let (from, to) = ((parent.0, name), (new_parent.0, new_name));
        answer(reply, self.disk.on(self.life).and_then(|mut state| state.rename(from, to)));
    }

    fn open(&self, _: &Request, number: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        match self.disk.on(self.life).and_then(|state| state.shape(number.0)) {
            Ok(_) => reply.opened(HANDLE, KEEP_CACHE),
            Err(refusal) => reply.error(errno(refusal)),
        }
    }

    fn read(
        &self,
        _: &Request,
        number: INodeNo,
        _: FileHandle,
        offset: u64,
        size: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        let read = || {
            let state = self.disk.on(self.life)?;
            state.read(number.0, place(offset)?, place(size.into())?).map(<[u8]>::to_vec)
        };
        match read() {
            Ok(bytes) => reply.data(&bytes),
            Err(refusal) => reply.error(errno(refusal)),
        }
    }

    fn write(
        &self,
        _: &Request,
        number: INodeNo,
        _: FileHandle,
        offset: u64,
        bytes: &[u8],
        _: WriteFlags,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        let write = || {
            let len = u32::try_from(bytes.len()).map_err(|_| Refusal::Full)?;
            self.disk.on(self.life)?.write(number.0, place(offset)?, bytes)?;
            Ok(len)
        };
        match write() {
            Ok(len) => reply.written(len),
            Err(refusal) => reply.error(errno(refusal)),
        }
    }

    fn fsync(&self, _: &Request, number: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        answer(reply, self.disk.sync(self.life, number.0));
    }

    fn fsyncdir(&self, _: &Request, number: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        answer(reply, self.disk.sync(self.life, number.0));
    }

    fn readdir(&self, _: &Request, number: INodeNo, _: FileHandle, after: u64, mut reply: ReplyDirectory) {
        match self.list(number, after) {
            Ok(names) => {
                for (number, kind, name) in names {
                    if reply.add(INodeNo(number), number, kind, name) {
                        break;
                    }
                }
                reply.ok();
            }
            Err(refusal) => reply.error(errno(refusal)),
        }
    }

    fn statfs(&self, _: &Request, _: INodeNo, reply: ReplyStatfs) {
        match self.disk.on(self.life).map(|state| state.room()) {
            Ok((all, free)) => {
                let blocks = |bytes: usize| u64::try_from(bytes).unwrap_or(u64::MAX) / u64::from(BLOCK);
                reply.statfs(blocks(all), blocks(free), blocks(free), 0, 0, BLOCK, 255, BLOCK);
            }
            Err(refusal) => reply.error(errno(refusal)),
        }
    }
}

fn answer(reply: ReplyEmpty, done: Done<()>) {
    match done {
        Ok(()) => reply.ok(),
        Err(refusal) => reply.error(errno(refusal)),
    }
}

fn enter(reply: ReplyEntry, done: Done<FileAttr>) {
    match done {
        Ok(attributes) => reply.entry(&TTL, &attributes, Generation(0)),
        Err(refusal) => reply.error(errno(refusal)),
    }
}

fn describe(reply: ReplyAttr, done: Done<Shape>) {
    match done {
        Ok(shape) => reply.attr(&TTL, &attributes(shape)),
        Err(refusal) => reply.error(errno(refusal)),
    }
}

fn errno(refusal: Refusal) -> Errno {
    match refusal {
        Refusal::Dark | Refusal::SyncFailed => Errno::EIO,
        Refusal::Missing => Errno::ENOENT,
        Refusal::Exists => Errno::EEXIST,
        Refusal::NotAFolder => Errno::ENOTDIR,
        Refusal::IsAFolder => Errno::EISDIR,
        Refusal::NotEmpty => Errno::ENOTEMPTY,
        Refusal::Full => Errno::ENOSPC,
    }
}

fn place(offset: u64) -> Done<usize> {
    usize::try_from(offset).map_err(|_| Refusal::Full)
}

/// The bits of a mode that say who may do what.
fn rights(mode: u32) -> u16 {
    u16::try_from(mode & 0o7777).unwrap_or_default()
}

fn kind(is_folder: bool) -> FileType {
    if is_folder { FileType::Directory } else { FileType::RegularFile }
}

/// Times are not kept: nothing that is tested here asks for them.
fn attributes(shape: Shape) -> FileAttr {
    let size = u64::try_from(shape.len).unwrap_or(u64::MAX);
    FileAttr {
        ino: INodeNo(shape.number),
        size,
        blocks: size.div_ceil(512),
        atime: SystemTime::UNIX_EPOCH,
        mtime: SystemTime::UNIX_EPOCH,
        ctime: SystemTime::UNIX_EPOCH,
        crtime: SystemTime::UNIX_EPOCH,
        kind: kind(shape.is_folder),
        perm: shape.mode,
        nlink: if shape.is_folder { 2 } else { 1 },
        uid: shape.owner.0,
        gid: shape.owner.1,
        rdev: 0,
        blksize: BLOCK,
        flags: 0,
    }
}

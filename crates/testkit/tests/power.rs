//! The disk that forgets: what was synced survives a cut, what was not may go, and a database that does not sync is
//! caught by it. Where FUSE is not to be had, each test says so in a line that CI looks for.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::{
    fs::{self, File},
    io::{self, Write},
    os::unix::fs::FileExt,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    thread,
    time::Duration,
};

use rusqlite::Connection;
use sutler_testkit::power::{Disk, Mode, Mount, Toll, clear_leftovers, probe};
use tempfile::TempDir;

/// A mounted disk whose syncs take no time.
struct Rig {
    disk: Disk,
    folder: TempDir,
}

impl Rig {
    /// `None` where FUSE is not to be had, which is said.
    #[expect(clippy::print_stdout, reason = "a skipped test is to be seen")]
    fn new(sync_time: Duration) -> Option<Self> {
        clear_leftovers().unwrap();
        if let Err(reason) = probe() {
            println!("SKIPPED: {reason}");
            return None;
        }
        Some(Self { disk: Disk::new(sync_time), folder: tempfile::tempdir().unwrap() })
    }

    fn mount(&self) -> Mount {
        self.disk.mount(self.folder.path()).unwrap()
    }

    fn at(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    /// Power goes, and comes on again.
    fn cut(&self, mount: Mount, mode: Mode, seed: u64) -> (Mount, Toll) {
        let toll = self.disk.cut(mode, seed);
        drop(mount);
        (self.mount(), toll)
    }

    fn sync_folder(&self) {
        File::open(self.folder.path()).unwrap().sync_all().unwrap();
    }
}

fn write_synced(path: &Path, bytes: &[u8]) {
    let mut file = File::create(path).unwrap();
    file.write_all(bytes).unwrap();
    file.sync_all().unwrap();
}

#[test]
fn what_was_synced_survives_every_cut() {
    let Some(rig) = Rig::new(Duration::ZERO) else { return };
    let bytes: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
    let mut mount = rig.mount();
    write_synced(&rig.at("a"), &bytes);
    rig.sync_folder();
    for (mode, seed) in Mode::ALL.into_iter().zip(0..) {
        (mount, _) = rig.cut(mount, mode, seed);
        assert_eq!(fs::read(rig.at("a")).unwrap(), bytes, "{mode}");
    }
}

#[test]
fn what_was_not_synced_is_dropped_and_what_was_stays_as_it_was() {
    let Some(rig) = Rig::new(Duration::ZERO) else { return };
    let mount = rig.mount();
    write_synced(&rig.at("a"), b"synced");
    rig.sync_folder();
    let file = File::options().write(true).open(rig.at("a")).unwrap();
    file.write_all_at(b"changed and longer", 0).unwrap();
    assert_eq!(fs::read(rig.at("a")).unwrap(), b"changed and longer", "readers see what is in the cache");
    drop(file);

    let (_mount, toll) = rig.cut(mount, Mode::Drop, 1);
    assert_eq!(fs::read(rig.at("a")).unwrap(), b"synced");
    assert_eq!(toll, Toll { dropped: 1, ..Toll::default() });
}

#[test]
fn a_truncation_that_was_not_synced_is_undone() {
    let Some(rig) = Rig::new(Duration::ZERO) else { return };
    let mount = rig.mount();
    write_synced(&rig.at("a"), b"whole");
    rig.sync_folder();
    File::options().write(true).open(rig.at("a")).unwrap().set_len(2).unwrap();
    assert_eq!(fs::read(rig.at("a")).unwrap(), b"wh");

    let (_mount, _) = rig.cut(mount, Mode::Drop, 1);
    assert_eq!(fs::read(rig.at("a")).unwrap(), b"whole");
}

#[test]
fn unsynced_writes_are_kept_in_part_and_torn_at_sectors() {
    let Some(rig) = Rig::new(Duration::ZERO) else { return };
    let mut mount = rig.mount();
    let mut all = Toll::default();
    for seed in 0..20 {
        write_synced(&rig.at("a"), &vec![0; 16 * 4096]);
        rig.sync_folder();
        let file = File::options().write(true).open(rig.at("a")).unwrap();
        for page in 0..16 {
            file.write_all_at(&[1; 4096], page * 4096).unwrap();
        }
        drop(file);
        let mode = if seed % 2 == 0 { Mode::Subset } else { Mode::Torn };
        let toll;
        (mount, toll) = rig.cut(mount, mode, seed);
        let bytes = fs::read(rig.at("a")).unwrap();
        let unit = if mode == Mode::Torn { 512 } else { 4096 };
        for piece in bytes.chunks(unit) {
            assert!(
                piece.iter().all(|byte| byte == &piece[0]),
                "seed {seed}: a {mode} cut inside {unit} bytes"
            );
        }
        assert_eq!(toll.dropped + toll.torn + toll.kept, 16, "every write is accounted for");
        all += toll;
    }
    assert!(all.dropped > 0 && all.kept > 0 && all.torn > 0, "each fate happened: {all}");
}

#[test]
fn a_name_is_safe_when_its_folder_was_synced() {
    let Some(rig) = Rig::new(Duration::ZERO) else { return };
    let mount = rig.mount();
    write_synced(&rig.at("safe"), b"1");
    write_synced(&rig.at("renamed"), b"2");
    write_synced(&rig.at("removed"), b"3");
    fs::create_dir(rig.at("inner")).unwrap();
    rig.sync_folder();
    write_synced(&rig.at("forgotten"), b"4");
    fs::rename(rig.at("renamed"), rig.at("new")).unwrap();
    fs::remove_file(rig.at("removed")).unwrap();
    write_synced(&rig.at("inner").join("file"), b"5");

    let (mount, toll) = rig.cut(mount, Mode::Drop, 1);
    assert_eq!(names(rig.folder.path()), ["inner", "removed", "renamed", "safe"]);
    assert_eq!(names(&rig.at("inner")), [""; 0]);
    assert_eq!(fs::read(rig.at("removed")).unwrap(), b"3");
    assert_eq!(toll.entries_forgotten, 4);

    fs::rename(rig.at("renamed"), rig.at("safe")).unwrap();
    rig.sync_folder();
    let (_mount, _) = rig.cut(mount, Mode::Drop, 2);
    assert_eq!(names(rig.folder.path()), ["inner", "removed", "safe"]);
    assert_eq!(fs::read(rig.at("safe")).unwrap(), b"2");
}

#[test]
fn a_rename_happens_whole_or_not_at_all() {
    let Some(rig) = Rig::new(Duration::ZERO) else { return };
    let (mut kept, mut forgotten) = (0, 0);
    for seed in 0..20 {
        let mount = rig.mount();
        write_synced(&rig.at("old"), b"content");
        rig.sync_folder();
        fs::rename(rig.at("old"), rig.at("new")).unwrap();
        let (_mount, _) = rig.cut(mount, Mode::Subset, seed);
        let found = names(rig.folder.path());
        assert!(found == ["old"] || found == ["new"], "{found:?}");
        let is_new = found == ["new"];
        assert_eq!(fs::read(rig.at(&found[0])).unwrap(), b"content");
        *(if is_new { &mut kept } else { &mut forgotten }) += 1;
        fs::remove_file(rig.at(&found[0])).unwrap();
        rig.sync_folder();
    }
    assert!(kept > 0 && forgotten > 0, "{kept} kept, {forgotten} forgotten");
}

#[test]
fn nothing_works_once_the_power_is_gone() {
    let Some(rig) = Rig::new(Duration::ZERO) else { return };
    let mount = rig.mount();
    let file = File::create(rig.at("a")).unwrap();
    file.write_all_at(b"1", 0).unwrap();
    rig.disk.cut(Mode::Subset, 1);
    assert!(file.write_all_at(b"2", 1).is_err());
    assert!(file.sync_all().is_err());
    assert!(File::create(rig.at("b")).is_err());

    // A file of the old life does not reach the new one.
    drop(mount);
    let _mount = rig.mount();
    assert!(file.write_all_at(b"2", 1).is_err());
    assert!(file.sync_all().is_err());
}

#[test]
fn a_cut_in_the_middle_of_a_sync_fails_the_sync() {
    let Some(rig) = Rig::new(Duration::from_mins(10)) else { return };
    let _mount = rig.mount();
    let mut file = File::create(rig.at("a")).unwrap();
    file.write_all(b"never").unwrap();
    let sync = thread::spawn(move || file.sync_all());
    while rig.disk.syncs() == 0 {
        thread::yield_now();
    }
    rig.disk.cut(Mode::Drop, 1);
    assert_eq!(sync.join().unwrap().unwrap_err().raw_os_error(), Some(5), "EIO");
}

#[test]
fn a_full_disk_refuses_to_grow_and_has_room_again() {
    let Some(rig) = Rig::new(Duration::ZERO) else { return };
    let _mount = rig.mount();
    rig.disk.set_bytes_max(Some(10));
    let file = File::create(rig.at("a")).unwrap();
    file.write_all_at(b"0123456789", 0).unwrap();
    assert_eq!(file.write_all_at(b"x", 10).unwrap_err().kind(), io::ErrorKind::StorageFull);
    file.write_all_at(b"in place", 0).unwrap();
    rig.disk.set_bytes_max(None);
    file.write_all_at(b"x", 10).unwrap();
}

#[test]
fn a_sync_that_failed_has_lost_what_it_was_for_and_the_next_one_says_nothing() {
    let Some(rig) = Rig::new(Duration::ZERO) else { return };
    let mount = rig.mount();
    write_synced(&rig.at("a"), b"old");
    rig.sync_folder();
    let file = File::options().write(true).open(rig.at("a")).unwrap();
    rig.disk.fail_sync(2);
    file.sync_all().unwrap();
    file.write_all_at(b"new", 0).unwrap();
    assert!(file.sync_all().is_err());
    file.sync_all().unwrap();
    assert_eq!(fs::read(rig.at("a")).unwrap(), b"new");
    drop(file);
    let (_mount, _) = rig.cut(mount, Mode::Subset, 1);
    assert_eq!(fs::read(rig.at("a")).unwrap(), b"old");
}

/// Full syncs lose nothing that SQLite acknowledged, in any mode; the two shortcuts that it offers are caught.
#[test]
fn a_database_that_does_not_sync_its_commits_is_caught() {
    let Some(rig) = Rig::new(Duration::from_millis(1)) else { return };
    drop(rig);
    let mut lost = Vec::new();
    for (synchronous, cuts) in [("FULL", 21), ("NORMAL", 6), ("OFF", 6)] {
        let rows: i64 = (0..cuts).map(|seed| lost_rows(synchronous, seed)).sum();
        lost.push((synchronous, rows));
    }
    assert_eq!(lost[0].1, 0, "FULL lost acknowledged rows: {lost:?}");
    assert!(lost[1].1 > 0 && lost[2].1 > 0, "the disk forgave what no disk forgives: {lost:?}");
}

/// Writes rows until the power goes, and says how many of the acknowledged are missing afterwards.
fn lost_rows(synchronous: &str, seed: u64) -> i64 {
    let Some(rig) = Rig::new(Duration::from_micros(200)) else { return 0 };
    let mount = rig.mount();
    let path = rig.at("rows.db");
    let open = |path: &Path| -> rusqlite::Result<Connection> {
        let connection = Connection::open(path)?;
        // The index of the log stays out of shared memory: a mapped page that cannot be read ends this process.
        connection.execute_batch("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;")?;
        connection
            .execute_batch(&format!("PRAGMA synchronous = {synchronous}; PRAGMA wal_autocheckpoint = 20;"))?;
        connection.execute_batch("CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY, filler BLOB)")?;
        Ok(connection)
    };
    let connection = open(&path).unwrap();
    let acknowledged = Arc::new(AtomicI64::new(0));
    let told = Arc::clone(&acknowledged);
    let writer = thread::spawn(move || {
        for id in 1.. {
            let row = connection.execute("INSERT INTO rows VALUES (?1, randomblob(3000))", [id]);
            if row.is_err() {
                break;
            }
            told.store(id, Ordering::SeqCst);
        }
    });
    let enough = 10 + i64::try_from(seed).unwrap() * 4;
    while acknowledged.load(Ordering::SeqCst) < enough {
        thread::yield_now();
    }
    let mode = Mode::ALL[usize::try_from(seed).unwrap() % 3];
    rig.disk.cut(mode, seed);
    writer.join().unwrap();
    drop(mount);

    let _mount = rig.mount();
    let found = open(&path).and_then(|connection| {
        let sound: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
        let rows: i64 = connection.query_row("SELECT count(*) FROM rows", [], |row| row.get(0))?;
        Ok(if sound == "ok" { rows } else { 0 })
    });
    (acknowledged.load(Ordering::SeqCst) - found.unwrap_or(0)).max(0)
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

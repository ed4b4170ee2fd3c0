//! A disk with a volatile cache, as a value in memory: what was synced stays, the rest is up to chance.
//!
//! It is harsher than most disks, and never harsher than what POSIX allows: a write is safe after a sync of its file,
//! a name after a sync of its folder, and nothing else is ordered.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::{Condvar, Mutex, MutexGuard};

use super::{
    cut::{Chance, Mode, Toll},
    state::{Done, Number, State},
};

/// The disk. Clones are the same disk.
#[derive(Clone)]
pub struct Disk(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    went_dark: Condvar,
    sync_time: Duration,
}

impl Disk {
    /// An empty disk whose syncs take this long, in which what they are to make safe is still volatile.
    pub fn new(sync_time: Duration) -> Self {
        Self(Arc::new(Shared { state: Mutex::new(State::new()), went_dark: Condvar::new(), sync_time }))
    }

    /// Cuts the power: from this call on every use of the disk fails, and what was not synced is decided.
    pub fn cut(&self, mode: Mode, seed: u64) -> Toll {
        let mut state = self.0.state.lock();
        let toll = state.cut(Chance::new(mode, seed));
        drop(state);
        self.0.went_dark.notify_all();
        toll
    }

    /// Says how many bytes all files together may have; `None`: any number.
    pub fn set_bytes_max(&self, bytes_max: Option<usize>) {
        self.0.state.lock().bytes_max = bytes_max;
    }

    /// The `nth` sync from now on fails, 1 being the next; what it was to make safe is lost.
    pub fn fail_sync(&self, nth: u64) {
        let mut state = self.0.state.lock();
        let failing = state.syncs.saturating_add(nth);
        state.failing_syncs = failing..=failing;
    }

    /// From now on no sync succeeds, and what they were to make safe is lost.
    pub fn fail_every_sync(&self) {
        let mut state = self.0.state.lock();
        state.failing_syncs = state.syncs.saturating_add(1)..=u64::MAX;
    }

    /// Syncs of files and folders until now.
    pub fn syncs(&self) -> u64 {
        self.0.state.lock().syncs
    }

    /// Bytes of all files together, as readers see them.
    pub fn bytes(&self) -> usize {
        self.0.state.lock().bytes()
    }

    /// Power comes on. Gives the number of this life of the disk.
    pub(super) fn switch_on(&self) -> u64 {
        let mut state = self.0.state.lock();
        state.life += 1;
        state.is_dark = false;
        state.life
    }

    /// The state, for one of this life only.
    pub(super) fn on(&self, life: u64) -> Done<MutexGuard<'_, State>> {
        let state = self.0.state.lock();
        state.check(life)?;
        Ok(state)
    }

    /// Makes a file or folder safe. It takes its time, during which the power may go.
    pub(super) fn sync(&self, life: u64, number: Number) -> Done<()> {
        let mut state = self.on(life)?;
        let tick = state.tick;
        state.syncs += 1;
        let fails = state.failing_syncs.contains(&state.syncs);
        let ready = Instant::now() + self.0.sync_time;
        while !state.is_dark && !self.0.went_dark.wait_until(&mut state, ready).timed_out() {}
        state.check(life)?;
        state.sync(number, tick, fails)
    }
}

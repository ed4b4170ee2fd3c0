//! What happened, as one number that is the same whenever the same happens, and in words where somebody reads it.

use parking_lot::Mutex;

/// What happened.
pub(super) struct Trace {
    state: Mutex<State>,
    in_words: bool,
}

struct State {
    hash: u64,
    words: Vec<String>,
}

impl Trace {
    /// Nothing yet; with words, or only as a number.
    pub(super) fn new(in_words: bool) -> Self {
        Self { state: Mutex::new(State { hash: 0xCBF2_9CE4_8422_2325, words: Vec::new() }), in_words }
    }

    /// Something that can be told as a number.
    pub(super) fn note(&self, what: u64) {
        let mut state = self.state.lock();
        state.hash = (state.hash ^ what).wrapping_mul(0x0000_0100_0000_01B3).rotate_left(17);
    }

    /// Something that can be told as bytes.
    pub(super) fn note_bytes(&self, bytes: &[u8]) {
        let fold = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01B3);
        self.note(bytes.iter().fold(0xCBF2_9CE4_8422_2325, fold));
    }

    /// Something worth reading in a history that failed.
    pub(super) fn tell(&self, elapsed_us: u64, words: impl FnOnce() -> String) {
        if self.in_words {
            let (minutes, rest_ms) = (elapsed_us / 60_000_000, elapsed_us % 60_000_000 / 1000);
            let line = format!("{minutes:>3} min {:>6} ms  {}", rest_ms, words());
            self.state.lock().words.push(line);
        }
    }

    /// The number.
    pub(super) fn hash(&self) -> u64 {
        self.state.lock().hash
    }

    /// The words.
    pub(super) fn words(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().words)
    }
}

//! What was answered, counted by class of status.

use std::sync::atomic::{AtomicU64, Ordering};

/// The classes that are counted, as labels.
pub(crate) const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// Counts of answers, a class each.
#[derive(Debug, Default)]
pub(crate) struct Answers([AtomicU64; CLASSES.len()]);

impl Answers {
    /// One more with this status.
    pub(crate) fn count(&self, status: u16) {
        let class = usize::from(status / 100).checked_sub(1);
        if let Some(count) = class.and_then(|class| self.0.get(class)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Label and count of each class.
    pub(crate) fn told(&self) -> impl Iterator<Item = (&'static str, u64)> {
        CLASSES.into_iter().zip(self.0.iter().map(|count| count.load(Ordering::Relaxed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_counts_in_its_class() {
        let answers = Answers::default();
        for status in [101, 200, 201, 404, 503, 0, 999] {
            answers.count(status);
        }
        let told: Vec<_> = answers.told().collect();
        assert_eq!(told, [("1xx", 1), ("2xx", 2), ("3xx", 0), ("4xx", 1), ("5xx", 1)]);
    }
}

//! Counting tests from what the runners print.

use std::{fmt, ops::AddAssign};

/// How many tests passed, failed and were skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u32,
    pub(crate) failed: u32,
    pub(crate) skipped: u32,
}

impl Tally {
    /// Reads the summary of nextest; where there is none, sums those of cargo's own runner and cucumber.
    ///
    /// nextest repeats what a failed test printed, and that has a summary of its own, which must not count twice.
    pub(crate) fn read(output: &str) -> Self {
        if let Some(counts) = output.lines().filter_map(by_nextest).next_back() {
            return Self::count(counts);
        }
        let mut sum = Self::default();
        for counts in output.lines().filter_map(|line| by_cargo(line).or_else(|| by_cucumber(line))) {
            sum += Self::count(counts);
        }
        sum
    }

    /// A run that ended badly failed, even where no test lived to be counted.
    pub(crate) fn of_run(succeeded: bool, output: &str) -> Self {
        let mut tally = Self::read(output);
        if !succeeded {
            tally.failed = tally.failed.max(1);
        }
        tally
    }

    /// Counts `5 passed`, `1 timed out`, … out of one summary line.
    pub(crate) fn count(counts: &str) -> Self {
        let mut tally = Self::default();
        for count in counts.split([',', ';']) {
            let Some((number, word)) = count.trim().split_once(' ') else { continue };
            let Ok(number) = number.parse::<u32>() else { continue };
            let word = word.split_once(" (").map_or(word, |(word, _slow_or_flaky)| word);
            match word {
                "passed" => tally.passed += number,
                "failed" | "timed out" | "exec failed" => tally.failed += number,
                "skipped" | "ignored" => tally.skipped += number,
                _ => {}
            }
        }
        tally
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

/// `Summary [ 1.2s] 7 tests run: 5 passed (1 slow), 1 failed, 1 timed out, 2 skipped`
fn by_nextest(line: &str) -> Option<&str> {
    let (_, counts) = line.trim().strip_prefix("Summary [")?.split_once(" run: ")?;
    Some(counts)
}

/// `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out`
fn by_cargo(line: &str) -> Option<&str> {
    let (_, counts) = line.trim().strip_prefix("test result: ")?.split_once(". ")?;
    Some(counts)
}

/// `10 scenarios (8 passed, 1 skipped, 1 failed)`
fn by_cucumber(line: &str) -> Option<&str> {
    let (number, counts) = line.trim().split_once(" scenario")?;
    number.parse::<u32>().ok()?;
    counts.trim_start_matches('s').trim().strip_prefix('(')?.split(')').next()
}

#[cfg(test)]
mod tests {
    use super::Tally;

    #[track_caller]
    fn check(output: &str, (passed, failed, skipped): (u32, u32, u32)) {
        assert_eq!(Tally::read(output), Tally { passed, failed, skipped });
    }

    #[test]
    fn nextest() {
        check("     Summary [   0.012s] 5 tests run: 5 passed, 0 skipped", (5, 0, 0));
        check("Summary [1.2s] 1 test run: 1 passed, 2 skipped", (1, 0, 2));
        check(
            "Summary [1.2s] 9/9 tests run: 5 passed (1 slow, 1 flaky), 3 failed, 1 timed out, 2 skipped",
            (5, 4, 2),
        );
    }

    #[test]
    fn what_a_failed_test_printed_counts_once() {
        check(
            "  stdout ───\n    test result: FAILED. 0 passed; 1 failed; 0 ignored\n\
             ────\n     Summary [   0.1s] 2 tests run: 1 passed, 1 failed, 0 skipped",
            (1, 1, 0),
        );
    }

    #[test]
    fn cargo() {
        check(
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s\n\
             test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out",
            (5, 1, 1),
        );
    }

    #[test]
    fn cucumber() {
        check(
            "[Summary]\n2 features\n10 scenarios (8 passed, 1 skipped, 1 failed)\n30 steps (30 passed)",
            (8, 1, 1),
        );
        check("1 scenario (1 passed)", (1, 0, 0));
    }

    #[test]
    fn talk_about_tests_is_not_a_summary() {
        check(
            "test orders::place ... ok\nSummary of 3 tests run: 3 passed\nthree scenarios (3 passed)",
            (0, 0, 0),
        );
    }

    #[test]
    fn a_run_that_did_not_build_has_failed() {
        let tally = Tally::of_run(false, "error: could not compile");
        assert_eq!(tally.to_string(), "0 passed, 1 failed, 0 skipped");
    }
}

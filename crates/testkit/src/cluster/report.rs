//! What a run found, for the person who started it.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde_json::Value;

use super::check::Compared;
use super::kills::Target;

/// Differences that are shown; the others are counted.
const SHOWN: usize = 20;

/// A kill that was made.
#[derive(Clone, Debug)]
pub struct Killed {
    /// What.
    pub target: Target,
    /// When, from the beginning of the load.
    pub at: Duration,
    /// From the kill until it was started again.
    pub away: Duration,
    /// From the kill until every node got requests again.
    pub whole: Duration,
    /// Answers through the balancer while it was away, by class of status.
    pub answered: BTreeMap<String, u64>,
    /// Requests that nodes had when it was started again.
    pub in_flight: u64,
}

impl Killed {
    fn of(&self, class: &str) -> u64 {
        self.answered.get(class).copied().unwrap_or(0)
    }

    /// What stands against it: it hit nobody, or somebody whom it must not.
    pub fn differences(&self) -> Vec<String> {
        let (target, at) = (self.target, self.at.as_secs());
        let mut found = Vec::new();
        if self.in_flight + self.answered.values().sum::<u64>() == 0 {
            found.push(format!("the kill of {target} at {at} s hit nothing: no request was under way"));
        }
        if target.is_spared() && self.of("5xx") > 0 {
            let failed = self.of("5xx");
            found.push(format!("{failed} requests failed while {target} was away (at {at} s)"));
        }
        found
    }
}

/// The figures of a run.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Each kill.
    pub kills: Vec<Killed>,
    /// What `sutler bench --verify` said.
    pub proof: Value,
    /// What the clerk was told.
    pub clerk: BTreeMap<String, u64>,
    /// The log beside the stream.
    pub stream: Compared,
    /// What must not be, other than in the stream, the kills and the proof.
    pub found: Vec<String>,
}

impl Report {
    /// Everything that must not be.
    pub fn differences(&self) -> Vec<String> {
        let mut all: Vec<String> = self.kills.iter().flat_map(Killed::differences).collect();
        let checks = self.proof["checks"].as_array().map(Vec::as_slice).unwrap_or_default();
        if checks.is_empty() {
            all.push("the proof compared nothing".to_owned());
        }
        for check in checks {
            let told = check["differences"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let name = check["name"].as_str().unwrap_or_default();
            all.extend(told.map(|difference| format!("{name}: {difference}")));
        }
        if self.proof["placed"].as_u64().unwrap_or(0) == 0 || self.stream.events == 0 {
            all.push("nothing was ordered".to_owned());
        }
        all.extend(self.stream.differences.iter().cloned());
        all.extend(self.found.iter().cloned());
        all
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "killed       at s   away s  whole s | answered meanwhile: 2xx   4xx   5xx")?;
        for kill in &self.kills {
            let name = kill.target.to_string();
            let [at, away, whole] = [kill.at, kill.away, kill.whole].map(seconds);
            let [fine, refused, failed] = ["2xx", "4xx", "5xx"].map(|class| kill.of(class));
            writeln!(f, "{name:<10} {at:>6} {away:>8} {whole:>8} | {fine:>23} {refused:>5} {failed:>5}")?;
        }
        let (proof, number) = (&self.proof, |name: &str| self.proof[name].as_u64().unwrap_or(0));
        let [asked, placed, none_left] = ["asked", "placed", "out_of_stock"].map(number);
        writeln!(
            f,
            "\nbuyers {asked}: {placed} orders placed, {none_left} refused because nothing was left"
        )?;
        writeln!(f, "asked again under the same key: {}", counts(proof["asked_again"].as_object()))?;
        let clerk: Vec<String> = self.clerk.iter().map(|(what, count)| format!("{what}: {count}")).collect();
        writeln!(f, "the clerk was told: {}", clerk.join(", "))?;
        let [oversold, twice, lost] = ["oversold", "double_charges", "lost_events"].map(number);
        writeln!(f, "oversold {oversold}, double charges {twice}, versions without an event {lost}")?;
        for check in proof["checks"].as_array().into_iter().flatten() {
            let mark = if check["differences"].as_array().is_some_and(Vec::is_empty) { '✓' } else { '✗' };
            let [name, said] = ["name", "said"].map(|field| check[field].as_str().unwrap_or_default());
            writeln!(f, "{mark} {name:<12} {said}")?;
        }
        let Compared { events, messages, differences } = &self.stream;
        let mark = if differences.is_empty() { '✓' } else { '✗' };
        writeln!(f, "{mark} stream       {events} events of the log, {messages} messages in the stream")?;
        let all = self.differences();
        for difference in all.iter().take(SHOWN) {
            writeln!(f, "DIFFERENCE {difference}")?;
        }
        if all.len() > SHOWN {
            writeln!(f, "and {} more", all.len() - SHOWN)?;
        }
        Ok(())
    }
}

fn counts(of: Option<&serde_json::Map<String, Value>>) -> String {
    let all: Vec<String> =
        of.into_iter().flatten().map(|(reason, count)| format!("{reason}: {count}")).collect();
    if all.is_empty() { "none".to_owned() } else { all.join(", ") }
}

/// Seconds with one decimal.
fn seconds(time: Duration) -> String {
    format!("{}.{}", time.as_secs(), time.subsec_millis() / 100)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn killed(target: Target, answered: &[(&str, u64)]) -> Killed {
        Killed {
            target,
            at: Duration::from_secs(3),
            away: Duration::from_secs(1),
            whole: Duration::from_secs(2),
            answered: answered.iter().map(|(class, count)| ((*class).to_owned(), *count)).collect(),
            in_flight: 0,
        }
    }

    fn clean() -> Report {
        Report {
            kills: vec![killed(Target::Redis, &[("2xx", 9)]), killed(Target::Postgres, &[("5xx", 9)])],
            proof: json!({"placed": 5, "checks": [{"name": "sold", "said": "5 of 5", "differences": []}]}),
            stream: Compared { events: 3, messages: 4, differences: Vec::new() },
            ..Report::default()
        }
    }

    #[test]
    fn a_run_that_holds_says_so() {
        assert_eq!(clean().differences(), [""; 0]);
        assert!(clean().to_string().contains("✓ sold         5 of 5\n"), "{}", clean());
    }

    #[test]
    fn a_run_that_proves_nothing_or_finds_something_has_failed() {
        let broken: [fn(&mut Report); 6] = [
            |report| report.kills.push(killed(Target::Node(0), &[])),
            |report| report.kills.push(killed(Target::Nats, &[("2xx", 9), ("5xx", 1)])),
            |report| report.proof["checks"][0]["differences"] = json!(["2 units too many"]),
            |report| report.proof["checks"] = json!([]),
            |report| report.stream.differences.push("evt_1 is not in the stream".to_owned()),
            |report| report.found.push("1 gap".to_owned()),
        ];
        for breaks in broken {
            let mut report = clean();
            breaks(&mut report);
            assert_eq!(report.differences().len(), 1, "{report}");
            assert!(report.to_string().contains("DIFFERENCE "), "{report}");
        }
    }
}

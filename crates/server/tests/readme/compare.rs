//! What was shown and what came out: equal but for ids, times and durations.

use serde_json::Value;

/// Every line that the document shows stands in the output, in that order; `…` stands for any number of lines.
pub(crate) fn lines(number: usize, shown: &[String], output: &str) {
    let got: Vec<String> = output
        .lines()
        .filter(|line| !is_progress(line))
        .map(masked)
        .filter(|line| !line.is_empty())
        .collect();
    let (mut at, mut loose) = (0, false);
    for line in shown.iter().map(|line| masked(line)).filter(|line| !line.is_empty()) {
        if line == "…" {
            loose = true;
            continue;
        }
        let rest = got.get(at..).unwrap_or_default();
        let found = rest.iter().position(|got| fits(got, &line)).filter(|skipped| loose || *skipped == 0);
        match found {
            Some(skipped) => at += skipped + 1,
            None => panic!(
                "README.md:{number}: shows\n  {line}\nbut what came out, from there on, is\n  {}",
                rest.join("\n  ")
            ),
        }
        loose = false;
    }
    let rest = got.get(at..).unwrap_or_default();
    assert!(
        loose || shown.is_empty() || rest.is_empty(),
        "README.md:{number}: shows nothing of\n  {}",
        rest.join("\n  ")
    );
}

/// Whether a line only says how far something is, such as `bench 966/1000 buyers`: on a busy machine there is time for some.
fn is_progress(line: &str) -> bool {
    let so_far = line.split_whitespace().nth(1).and_then(|word| word.split_once('/'));
    so_far.is_some_and(|(done, all)| [done, all].iter().all(|count| count.parse::<u64>().is_ok()))
}

/// A shown line may end early with `…`.
fn fits(got: &str, shown: &str) -> bool {
    shown.strip_suffix('…').map_or(got == shown, |start| got.starts_with(start.trim_end()))
}

/// The JSON that the document shows is part of what came out.
pub(crate) fn json(number: usize, shown: &str, output: &str) {
    let expected: Value =
        serde_json::from_str(shown).unwrap_or_else(|error| panic!("README.md:{number}: {error}"));
    let body = output.find('{').and_then(|start| output.get(start..)).unwrap_or(output);
    let got: Value = serde_json::from_str(body.trim()).unwrap_or_else(|error| {
        panic!("README.md:{number}: the command did not answer JSON ({error}): {output}")
    });
    part_of(number, "", &expected, &got);
}

fn part_of(number: usize, at: &str, expected: &Value, got: &Value) {
    match (expected, got) {
        (Value::Object(expected), Value::Object(got)) => {
            for (name, value) in expected.iter().filter(|(name, _)| *name != "…") {
                let found = got
                    .get(name)
                    .unwrap_or_else(|| panic!("README.md:{number}: {at}/{name} is not in the answer"));
                part_of(number, &format!("{at}/{name}"), value, found);
            }
        }
        (Value::Array(expected), Value::Array(got)) => {
            let enough = if expected.is_empty() { got.is_empty() } else { expected.len() <= got.len() };
            assert!(enough, "README.md:{number}: {at} has {} elements", got.len());
            for (index, (value, found)) in expected.iter().zip(got).enumerate() {
                part_of(number, &format!("{at}/{index}"), value, found);
            }
        }
        (Value::String(expected), Value::String(got)) => {
            let (expected, got) = (masked(expected), masked(got));
            assert!(fits(&got, &expected), "README.md:{number}: {at} is {got}, not {expected}");
        }
        (expected, got) => assert_eq!(got, expected, "README.md:{number}: {at}"),
    }
}

/// The text with one space between words, and a mark for what differs from run to run.
fn masked(line: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    for word in line.split_whitespace() {
        let is_unit = matches!(word.trim_end_matches(['.', ',']), "s" | "ms" | "orders/s");
        match words.last_mut() {
            Some(last) if is_unit && last.parse::<f64>().is_ok() => "⟨duration⟩".clone_into(last),
            _ => words.push(mask(word)),
        }
    }
    words.join(" ")
}

/// Typed ids, numbers of orders and times.
fn mask(word: &str) -> String {
    let mut out = String::new();
    let mut token = String::new();
    for c in word.chars().chain(['\0']) {
        if c.is_ascii_alphanumeric() || "_#:.-".contains(c) {
            token.push(c);
        } else {
            out.push_str(&mask_token(&token));
            token.clear();
            if c != '\0' {
                out.push(c);
            }
        }
    }
    out
}

fn mask_token(token: &str) -> String {
    let is_id = |t: &str| {
        t.rsplit_once('_')
            .is_some_and(|(_, tail)| tail.len() == 26 && tail.bytes().all(|b| b.is_ascii_alphanumeric()))
    };
    let digits = |t: &str| t.bytes().filter(u8::is_ascii_digit).count();
    let is_time = digits(token) >= 6
        && token.contains(':')
        && token.bytes().all(|b| b.is_ascii_digit() || b":.-TZ".contains(&b));
    let is_number =
        token.strip_prefix('#').is_some_and(|rest| !rest.is_empty() && digits(rest) == rest.len());
    if is_id(token) {
        let (kind, _) = token.rsplit_once('_').unwrap_or_default();
        format!("⟨{kind}⟩")
    } else if is_time {
        "⟨time⟩".to_owned()
    } else if is_number {
        "⟨number⟩".to_owned()
    } else {
        token.to_owned()
    }
}

mod tests {
    use super::*;

    fn shown(lines: &[&str]) -> Vec<String> {
        lines.iter().map(|line| (*line).to_owned()).collect()
    }

    #[test]
    fn ids_times_and_durations_may_differ() {
        let said = "  #1062  ord_01m823jg4fe26tq24b4c527he0\n\n13:06:56.120 order.placed\n  Ready in 1.31 s. Ctrl-C stops.\n";
        let readme = [
            "#1061 ord_01m81p1e20emq8k9w39qsaekf4",
            "14:00:00.000  order.placed",
            "Ready in 0.38 s. Ctrl-C stops.",
        ];
        lines(1, &shown(&readme), said);
        lines(1, &shown(&["…", "Ready in 0.38 s. Ctrl-C …"]), said);
        lines(1, &shown(&["p50 3.1 ms  2140 orders/s"]), "p50 2.2 ms   911 orders/s\n");
    }

    #[test]
    #[should_panic(expected = "shows")]
    fn a_word_may_not() {
        lines(1, &shown(&["\"status\":\"created\""]), "\"status\":\"confirmed\"\n");
    }

    #[test]
    #[should_panic(expected = "shows nothing of")]
    fn what_came_out_is_not_hidden() {
        lines(1, &shown(&["one"]), "one\ntwo\n");
    }

    #[test]
    #[should_panic(expected = "/items/0/quantity/ordered")]
    fn json_is_compared_to_the_leaf() {
        json(
            1,
            r#"{"items":[{"quantity":{"ordered":2}}]}"#,
            r#"{"items":[{"quantity":{"ordered":1,"open":1}}]}"#,
        );
    }

    #[test]
    #[should_panic(expected = "/status is not in the answer")]
    fn a_key_that_is_gone_is_missed() {
        json(1, r#"{"status":"created"}"#, r#"{"state":"created"}"#);
    }
}

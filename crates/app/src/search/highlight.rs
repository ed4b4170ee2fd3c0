//! What of a text answers a query, marked: `<mark>` around each word that does, and everything else escaped, so that it can
//! be shown as HTML as it is.

use super::wanted::{Place, Wanted};
use super::words::{Word, words};

/// Characters of a description that are shown around what was found.
pub const SNIPPET_CHARS: usize = 160;
/// Characters of a snippet before the first word that was found.
const LEAD_CHARS: usize = 40;

/// A whole text with its marks; `None` when no word of it answers.
pub(super) fn marked(text: &str, place: Place, wanted: &[Wanted]) -> Option<String> {
    let hits = hits(text, place, wanted);
    (!hits.is_empty()).then(|| with_marks(text, 0..text.len(), &hits))
}

/// A part of a longer text around the first word that answers; `None` when no word does.
pub(super) fn snippet(text: &str, place: Place, wanted: &[Wanted]) -> Option<String> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let hits = hits(&text, place, wanted);
    let first = hits.first()?.range.start;
    let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    let index = starts.partition_point(|at| *at < first);
    let boundary = |index: usize| starts.get(index).copied().unwrap_or(text.len());
    let from = match index.checked_sub(LEAD_CHARS).map(boundary) {
        // From the beginning of a word on.
        Some(cut) => {
            text.get(cut..first).and_then(|lead| lead.find(' ')).map_or(cut, |space| cut + space + 1)
        }
        None => 0,
    };
    let after = starts.partition_point(|at| *at < from) + SNIPPET_CHARS;
    let end = boundary(after);
    let to = if end < text.len() {
        text.get(from..end).and_then(|part| part.rfind(' ')).map_or(end, |space| from + space)
    } else {
        end
    };
    let lead = if from > 0 { "…" } else { "" };
    let tail = if to < text.len() { "…" } else { "" };
    Some(format!("{lead}{}{tail}", with_marks(&text, from..to.max(first), &hits)))
}

fn hits(text: &str, place: Place, wanted: &[Wanted]) -> Vec<Word> {
    let answers = |word: &Word| wanted.iter().any(|wanted| wanted.quality(&word.text, place).is_some());
    words(text).into_iter().filter(answers).collect()
}

fn with_marks(text: &str, part: std::ops::Range<usize>, hits: &[Word]) -> String {
    let mut marked = String::with_capacity(text.len() + 16);
    let mut at = part.start;
    for hit in hits.iter().filter(|hit| hit.range.start >= part.start && hit.range.end <= part.end) {
        escape(text.get(at..hit.range.start).unwrap_or_default(), &mut marked);
        marked.push_str("<mark>");
        escape(text.get(hit.range.clone()).unwrap_or_default(), &mut marked);
        marked.push_str("</mark>");
        at = hit.range.end;
    }
    escape(text.get(at..part.end).unwrap_or_default(), &mut marked);
    marked
}

fn escape(text: &str, to: &mut String) {
    for character in text.chars() {
        match character {
            '&' => to.push_str("&amp;"),
            '<' => to.push_str("&lt;"),
            '>' => to.push_str("&gt;"),
            '"' => to.push_str("&quot;"),
            '\'' => to.push_str("&#39;"),
            other => to.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::synonyms::Synonyms;
    use super::super::wanted::wanted;
    use super::*;

    #[test]
    fn words_are_marked_and_the_rest_is_escaped() {
        let asked = wanted("cafe mugg b", &Synonyms::default());
        assert_eq!(
            marked("<b>Café</b> & \"Mug's\" big", Place::Title, &asked).as_deref(),
            Some(
                "&lt;<mark>b</mark>&gt;<mark>Café</mark>&lt;/<mark>b</mark>&gt; &amp; &quot;<mark>Mug&#39;s</mark>&quot; <mark>big</mark>"
            )
        );
        assert_eq!(marked("A <b> mug", Place::Text, &wanted("pot", &Synonyms::default())), None);
    }

    #[test]
    fn a_snippet_shows_the_first_answer_within_its_length() {
        let asked = wanted("needle", &Synonyms::default());
        let text = format!("{}a needle in {}", "hay ".repeat(50), "straw ".repeat(50));
        let found = snippet(&text, Place::Text, &asked).unwrap();
        assert!(found.starts_with("…hay ") && found.contains(" a <mark>needle</mark> in straw"), "{found}");
        assert!(found.ends_with("straw…") && found.chars().count() <= SNIPPET_CHARS + 15, "{found}");
        assert_eq!(snippet("a needle", Place::Text, &asked).as_deref(), Some("a <mark>needle</mark>"));
        let long = "needle".to_owned() + &"x".repeat(300);
        assert_eq!(snippet(&long, Place::Text, &asked), None, "another word");
        assert_eq!(snippet("", Place::Text, &asked), None);
    }
}

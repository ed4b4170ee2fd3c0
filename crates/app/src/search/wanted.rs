//! What a query asks for, word by word, and how well a word of a product answers it.
//!
//! Relevance is made of these points alone, not of how often a word stands in the catalog: the same products have the same
//! order on every node, whatever each one's index has seen, and a cursor of one is good on another.

use super::synonyms::Synonyms;
use super::words::words;

/// Words from so many characters on may have one wrong.
pub const TYPO_CHARS_MIN: usize = 4;
/// Words from so many characters on may have two wrong.
pub const TYPOS_CHARS_MIN: usize = 8;

/// A word that a product must have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The word, as [`words`] cuts it.
    pub text: String,
    /// Whether it may go on: the last word of a query is perhaps not yet written to its end.
    pub is_prefix: bool,
    /// Characters that may be wrong, missing, too many, or swapped with the next.
    pub typos: u8,
    /// Words that mean the same.
    pub synonyms: Vec<String>,
}

/// How well a word answers, the best last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quality {
    /// With two characters wrong.
    Typos,
    /// With one character wrong.
    Typo,
    /// It begins so, or means the same.
    Near,
    /// It is the word.
    Exact,
}

/// Where in a product a word stands, the weightiest last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// In the description. There only whole words count: nearly every word is near to some word of a long text.
    Text,
    /// In the vendor, the type, a tag, an option's value, a SKU or a barcode.
    About,
    /// In the title.
    Title,
}

/// The most points that a word of a query can bring.
pub const POINTS_MAX: u32 = points(Quality::Exact, Place::Title);

/// What a word brings: first how well it answers, then where it stands.
pub const fn points(quality: Quality, place: Place) -> u32 {
    let quality = match quality {
        Quality::Typos => 0,
        Quality::Typo => 4,
        Quality::Near => 8,
        Quality::Exact => 12,
    };
    quality
        + match place {
            Place::Text => 1,
            Place::About => 2,
            Place::Title => 3,
        }
}

impl Wanted {
    /// How well a word answers that stands there; `None`: not at all.
    pub fn quality(&self, word: &str, place: Place) -> Option<Quality> {
        if word == self.text {
            return Some(Quality::Exact);
        }
        if self.synonyms.iter().any(|same| same == word) {
            return Some(Quality::Near);
        }
        if place == Place::Text {
            return None;
        }
        if self.is_prefix && word.starts_with(&self.text) {
            return Some(Quality::Near);
        }
        let lengths = word.chars().count().abs_diff(self.text.chars().count());
        if self.typos == 0 || lengths > usize::from(self.typos) {
            return None;
        }
        match strsim::osa_distance(word, &self.text) {
            1 => Some(Quality::Typo),
            2 if self.typos > 1 => Some(Quality::Typos),
            _ => None,
        }
    }
}

/// The different words of a query, in its order.
pub fn wanted(query: &str, synonyms: &Synonyms) -> Vec<Wanted> {
    let mut wanted: Vec<Wanted> = Vec::new();
    let found = words(query);
    let count = found.len();
    for (number, word) in (1..).zip(found) {
        let is_prefix = number == count;
        if let Some(known) = wanted.iter_mut().find(|known| known.text == word.text) {
            known.is_prefix |= is_prefix;
            continue;
        }
        let (typos, synonyms) = (typos_of(&word.text), synonyms.of(&word.text));
        wanted.push(Wanted { text: word.text, is_prefix, typos, synonyms });
    }
    wanted
}

/// A short word with a typo is another word, and so is a number.
fn typos_of(word: &str) -> u8 {
    if word.chars().any(char::is_numeric) {
        return 0;
    }
    match word.chars().count() {
        length if length >= TYPOS_CHARS_MIN => 2,
        length if length >= TYPO_CHARS_MIN => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typos_are_taken_by_length() {
        let quality = |query: &str, word: &str| {
            let plain = Wanted { is_prefix: false, ..wanted(query, &Synonyms::default()).remove(0) };
            plain.quality(word, Place::Title)
        };
        for (query, word, found) in [
            ("mug", "mug", Some(Quality::Exact)),
            ("mgu", "mug", None),
            ("cofee", "coffee", Some(Quality::Typo)),
            ("shrit", "shirt", Some(Quality::Typo)),
            ("cfofee", "coffee", Some(Quality::Typo)),
            ("cafeee", "coffee", None),
            ("keybaord", "keyboard", Some(Quality::Typo)),
            ("kebaord", "keyboard", None),
            ("headfones", "headphones", Some(Quality::Typos)),
            ("m1001", "m1002", None),
        ] {
            assert_eq!(quality(query, word), found, "{query} for {word}");
        }
    }

    #[test]
    fn only_the_last_word_may_go_on_and_only_whole_words_count_in_a_text() {
        let asked = wanted("Blue blue mu", &Synonyms::default());
        assert_eq!(asked.len(), 2);
        assert_eq!(asked[0].quality("blues", Place::Title), Some(Quality::Typo));
        assert_eq!(asked[1].quality("mugs", Place::Title), Some(Quality::Near));
        assert_eq!(asked[1].quality("mugs", Place::Text), None);
        assert_eq!(asked[0].quality("blue", Place::Text), Some(Quality::Exact));
    }

    #[test]
    fn quality_counts_before_place() {
        let mut all = Vec::new();
        for quality in [Quality::Typos, Quality::Typo, Quality::Near, Quality::Exact] {
            all.extend([Place::Text, Place::About, Place::Title].map(|place| points(quality, place)));
        }
        assert!(all.is_sorted_by(|a, b| a < b), "{all:?}");
        assert_eq!(all.last(), Some(&POINTS_MAX));
    }
}

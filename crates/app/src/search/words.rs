//! Text as words: what the index keeps, what a query asks for and what is marked in an answer are cut by this one function,
//! so that the three agree.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Characters of a word that count; what follows is not looked at.
pub const WORD_CHARS_MAX: usize = 64;

/// A word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// In lower case, without accents: `Café` is `cafe`.
    pub text: String,
    /// Where it stands in the text, in bytes.
    pub range: Range<usize>,
}

/// The words of a text, in order: letters and digits that stand together. An apostrophe is passed over (`women's` is
/// `womens`), and each character of a script that is written without spaces is a word.
pub fn words(text: &str) -> Vec<Word> {
    let mut found = Vec::new();
    let mut open: Option<Word> = None;
    for (at, character) in text.char_indices() {
        let end = at + character.len_utf8();
        if character.is_ascii_alphanumeric() {
            // Most of what is written; what it is folded to is seen at once.
            let word = open.get_or_insert_with(|| Word { text: String::new(), range: at..end });
            word.text.push(character.to_ascii_lowercase());
            word.range.end = end;
        } else if is_ideograph(character) {
            found.extend(open.take());
            found.push(Word { text: folded(character).collect(), range: at..end });
        } else if character.is_alphanumeric() || (open.is_some() && is_combining_mark(character)) {
            let word = open.get_or_insert_with(|| Word { text: String::new(), range: at..end });
            word.text.extend(folded(character));
            word.range.end = end;
        } else if !(matches!(character, '\'' | '’') && open.is_some()) {
            found.extend(open.take());
        }
    }
    found.extend(open);
    for word in &mut found {
        if let Some((cut, _)) = word.text.char_indices().nth(WORD_CHARS_MAX) {
            word.text.truncate(cut);
        }
    }
    found.retain(|word| !word.text.is_empty());
    found
}

/// The words of a text with one space between them: by what titles are sorted.
pub fn folded_text(text: &str) -> String {
    let words: Vec<String> = words(text).into_iter().map(|word| word.text).collect();
    words.join(" ")
}

fn folded(character: char) -> impl Iterator<Item = char> {
    let whole = match character {
        'ß' | 'ẞ' => "ss",
        'æ' | 'Æ' => "ae",
        'œ' | 'Œ' => "oe",
        'ø' | 'Ø' => "o",
        'ł' | 'Ł' => "l",
        'đ' | 'Đ' => "d",
        'þ' | 'Þ' => "th",
        _ => "",
    };
    let other = whole.is_empty().then_some(character);
    let plain = other.into_iter().nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase);
    whole.chars().chain(plain.filter(|c| c.is_alphanumeric()))
}

/// Han, Hiragana and Katakana: scripts without spaces between words.
const fn is_ideograph(character: char) -> bool {
    matches!(character, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<String> {
        words(text).into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn words_are_plain_and_small() {
        assert_eq!(cut("Café-Müller, 2nd ÉDITION!"), ["cafe", "muller", "2nd", "edition"]);
        assert_eq!(cut("Straße Ærø Łódź"), ["strasse", "aero", "lodz"]);
        assert_eq!(cut("women's 'quoted' women’s"), ["womens", "quoted", "womens"]);
        assert_eq!(cut("cafe\u{301}"), ["cafe"], "an accent of its own belongs to its letter");
        assert_eq!(cut("紅茶 mug"), ["紅", "茶", "mug"]);
        assert_eq!(cut("… — !"), [""; 0]);
        assert_eq!(cut(&"x".repeat(200)), ["x".repeat(WORD_CHARS_MAX)]);
    }

    #[test]
    fn a_word_knows_where_it_stands() {
        let text = "Ein Café, bitte";
        let found = words(text);
        assert_eq!(text.get(found[1].range.clone()), Some("Café"));
        assert_eq!(folded_text("  The\tBlue—Mug "), "the blue mug");
    }
}

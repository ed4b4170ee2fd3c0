//! The text of a description: what a reader of its HTML reads.

/// Named characters that a sanitizer leaves in text.
const NAMED: [(&str, &str); 6] =
    [("amp", "&"), ("lt", "<"), ("gt", ">"), ("quot", "\""), ("apos", "'"), ("nbsp", " ")];

/// The longest name or number between `&` and `;`.
const ENTITY_CHARS_MAX: usize = 10;

/// Sanitized HTML without its tags, each of which stands between words.
pub(super) fn plain(html: &str) -> String {
    let (mut text, mut rest) = (String::with_capacity(html.len()), html);
    while let Some(at) = rest.find(['<', '&']) {
        let (before, from) = rest.split_at(at);
        text.push_str(before);
        if let Some(tag) = from.strip_prefix('<') {
            text.push(' ');
            rest = after_tag(tag);
        } else {
            rest = entity(from, &mut text);
        }
    }
    text.push_str(rest);
    text
}

/// What follows the end of a tag; a `>` in a quoted value does not end it.
fn after_tag(tag: &str) -> &str {
    let mut quote = None;
    for (at, character) in tag.char_indices() {
        match (quote, character) {
            (None, '>') => return tag.get(at + 1..).unwrap_or_default(),
            (None, '"' | '\'') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            _ => {}
        }
    }
    ""
}

/// Write the character that `from` begins with, by name or number; gives what follows.
fn entity<'t>(from: &'t str, text: &mut String) -> &'t str {
    let body = from.strip_prefix('&').unwrap_or(from);
    if let Some((name, rest)) = body.split_once(';').filter(|(name, _)| name.len() <= ENTITY_CHARS_MAX) {
        let number = match name.strip_prefix('#') {
            Some(hex) if hex.starts_with(['x', 'X']) => {
                u32::from_str_radix(hex.get(1..).unwrap_or(""), 16).ok()
            }
            Some(decimal) => decimal.parse().ok(),
            None => None,
        };
        let named = NAMED.iter().find(|(known, _)| *known == name).map(|(_, is)| (*is).to_owned());
        if let Some(is) = named.or_else(|| number.and_then(char::from_u32).map(String::from)) {
            text.push_str(&is);
            return rest;
        }
    }
    text.push('&');
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_go_and_characters_stay() {
        for (html, text) in [
            ("<p>Soft</p><p>and warm</p>", " Soft  and warm "),
            ("Salt &amp; pepper &lt;3 &#8364;&#x20AC;&nbsp;!", "Salt & pepper <3 €€ !"),
            (r#"<img alt="a > b">after"#, " after"),
            ("R&D; 1 & 2 &unknownname;", "R&D; 1 & 2 &unknownname;"),
            ("ends <", "ends  "),
        ] {
            assert_eq!(plain(html), text);
        }
    }
}

//! What each code means. The words stand in `pages.md`; `tests/problems.rs` fails for a code without a section.

use std::sync::LazyLock;

/// What a problem code means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The code.
    pub code: &'static str,
    /// Its HTTP status.
    pub status: u16,
    /// What it means, in a few words.
    pub title: &'static str,
    /// Why it happens.
    pub cause: String,
    /// A request it happens to.
    pub example: &'static str,
    /// What to do.
    pub fix: String,
}

impl Page {
    /// Whether to repeat the identical request soon makes sense.
    pub const fn retryable(&self) -> bool {
        matches!(self.status, 408 | 429 | 502 | 503)
    }
}

/// Every code, in the order of the text.
pub static PAGES: LazyLock<Vec<Page>> = LazyLock::new(|| sections(include_str!("pages.md")).collect());

fn sections(text: &'static str) -> impl Iterator<Item = Page> {
    text.split("\n## ").skip(1).filter_map(section)
}

/// `code status title`, and three paragraphs.
fn section(text: &'static str) -> Option<Page> {
    let (head, rest) = text.split_once('\n')?;
    let mut words = head.splitn(3, ' ');
    let (code, status, title) = (words.next()?, words.next()?.parse().ok()?, words.next()?);
    let mut paragraphs = rest.trim().splitn(3, "\n\n");
    let (cause, example, fix) =
        (paragraphs.next()?, paragraphs.next()?.strip_prefix("    ")?, paragraphs.next()?);
    let line = |paragraph: &str| paragraph.replace('\n', " ");
    Some(Page { code, status, title, cause: line(cause), example, fix: line(fix) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_section_is_read() {
        let text = include_str!("pages.md");
        assert_eq!(PAGES.len(), text.lines().filter(|line| line.starts_with("## ")).count());
        let mut codes: Vec<&str> = PAGES.iter().map(|page| page.code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), PAGES.len(), "a code has one section");
    }
}

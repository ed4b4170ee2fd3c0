//! What the index keeps of a product.

use jiff::Timestamp;
use sutler_domain::ProductId;
use sutler_domain::catalog::{Product, ProductStatus};

use super::plain::plain;
use super::wanted::{Place, Wanted, points};
use super::words::{folded_text, words};
use crate::digest::sha256;

/// Words of a title, or of a description, that are kept.
pub const WORDS_MAX: usize = 2_000;
/// Bytes of a title by which titles are sorted.
pub const TITLE_KEY_BYTES: usize = 200;
/// Shorter titles come first among equals, up to so many words.
const TITLE_WORDS_COUNTED: usize = 63;

/// What the index keeps of a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Whose it is.
    pub product_id: ProductId,
    /// The words of its title.
    pub title: Vec<String>,
    /// The words of its vendor, type, tags, options, SKUs and barcodes.
    pub about: Vec<String>,
    /// The words of its description.
    pub text: Vec<String>,
    /// By what it is sorted among titles.
    pub title_key: String,
    /// Whether it can be bought.
    pub status: ProductStatus,
    /// Who makes it; may be empty.
    pub vendor: String,
    /// What sort of thing it is; may be empty.
    pub product_type: String,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// The choices of its variants, each name and value once.
    pub options: Vec<(String, String)>,
    /// The currency of its prices.
    pub currency: String,
    /// What its variants cost, in minor units, each amount once, the lowest first.
    pub prices: Vec<i64>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Document {
    /// What the index keeps of this product.
    pub fn of(product: &Product) -> Self {
        let variants = &product.variants;
        let options = variants.iter().flat_map(|variant| &variant.option_values);
        let mut options: Vec<(String, String)> =
            options.map(|(name, value)| (name.clone(), value.clone())).collect();
        options.sort_unstable();
        options.dedup();
        let mut prices: Vec<i64> = variants.iter().map(|variant| variant.price.amount).collect();
        prices.sort_unstable();
        prices.dedup();
        let mut tags = product.tags.clone();
        tags.sort_unstable();
        tags.dedup();
        let codes = variants.iter().flat_map(|variant| [variant.sku.as_str(), variant.barcode.as_str()]);
        let about = [product.vendor.as_str(), product.product_type.as_str()].into_iter();
        let about = about.chain(tags.iter().map(String::as_str));
        let about = about.chain(options.iter().map(|(_, value)| value.as_str())).chain(codes);
        Self {
            product_id: product.product_id.clone(),
            title: kept(&product.title),
            about: distinct(about.flat_map(words).map(|word| word.text)),
            text: distinct(words(&plain(&product.description_html)).into_iter().map(|word| word.text)),
            title_key: title_key(&product.title),
            status: product.status,
            vendor: product.vendor.clone(),
            product_type: product.product_type.clone(),
            tags,
            options,
            currency: variants.first().map(|v| v.price.currency.code().to_owned()).unwrap_or_default(),
            prices,
            created_at: product.created_at,
            updated_at: product.updated_at,
        }
    }

    /// The points that the words of a query bring; `None` when one of them is not there at all.
    pub fn points(&self, wanted: &[Wanted]) -> Option<u32> {
        let places = [(Place::Title, &self.title), (Place::About, &self.about), (Place::Text, &self.text)];
        let best = |wanted: &Wanted| {
            let in_place = |(place, words): &(Place, &Vec<String>)| {
                words
                    .iter()
                    .filter_map(|w| wanted.quality(w, *place))
                    .max()
                    .map(|quality| points(quality, *place))
            };
            places.iter().filter_map(in_place).max()
        };
        wanted.iter().map(best).sum()
    }

    /// What it is sorted by for relevance, the largest first.
    pub fn relevance(&self, points: u32) -> i64 {
        relevance(points, self.title_rank())
    }

    /// Larger for shorter titles.
    pub fn title_rank(&self) -> u64 {
        u64::try_from(TITLE_WORDS_COUNTED.saturating_sub(self.title.len())).unwrap_or(0)
    }
}

/// What a product is sorted by for relevance: its points, and among equal ones the shortness of its title.
pub fn relevance(points: u32, title_rank: u64) -> i64 {
    let rank = i64::try_from(title_rank).unwrap_or(0);
    i64::from(points).saturating_mul(64).saturating_add(rank)
}

/// What breaks ties between products: the same number on every node, and as good as never the same for two products.
pub fn tie(product_id: &str) -> u64 {
    let digest = sha256(product_id.as_bytes());
    digest.iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

fn title_key(title: &str) -> String {
    let mut key = folded_text(title);
    let cut = (0..=TITLE_KEY_BYTES).rev().find(|at| key.is_char_boundary(*at)).unwrap_or(0);
    key.truncate(cut);
    key
}

fn kept(text: &str) -> Vec<String> {
    words(text).into_iter().map(|word| word.text).take(WORDS_MAX).collect()
}

fn distinct(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut kept: Vec<String> = words.take(WORDS_MAX).collect();
    kept.sort_unstable();
    kept.dedup();
    kept
}

#[cfg(test)]
mod tests {
    use super::super::synonyms::Synonyms;
    use super::super::wanted::{POINTS_MAX, wanted};
    use super::*;

    #[test]
    fn ties_are_spread_and_stay() {
        // The first eight bytes of the SHA-256 of `P1`: what cursors rest on must not move.
        assert_eq!(tie("P1"), 0xfbea_e7c1_8667_b698);
        assert_ne!(tie("P1"), tie("P2"));
    }

    #[test]
    fn every_word_must_be_there_and_the_best_place_counts() {
        let document = Document {
            product_id: ProductId::trusted("P1".into()),
            title: kept("Blue Mug"),
            about: kept("Acme kitchen"),
            text: kept("A mug of stoneware"),
            title_key: title_key("Blue Mug"),
            status: ProductStatus::Active,
            vendor: String::new(),
            product_type: String::new(),
            tags: Vec::new(),
            options: Vec::new(),
            currency: "EUR".to_owned(),
            prices: vec![1],
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
        };
        let points_of = |query: &str| document.points(&wanted(query, &Synonyms::default()));
        assert_eq!(points_of("mug"), Some(POINTS_MAX));
        assert_eq!(
            points_of("acme mug"),
            Some(POINTS_MAX + points(super::super::Quality::Exact, Place::About))
        );
        assert_eq!(points_of("stoneware"), Some(points(super::super::Quality::Exact, Place::Text)));
        assert_eq!(points_of("mug pot"), None);
        assert_eq!(points_of(""), Some(0));
        assert!(document.relevance(2) > relevance(1, 63));
    }
}

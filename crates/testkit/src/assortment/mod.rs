//! A shop's assortment, made of a seed: as many products as are wanted, each the same whenever it is asked for, and none
//! of them kept.
//!
//! It can be written as the file that shops import ([`shopify_csv`]), put on sale through a store's door ([`offer`]), asked
//! for ([`questions`]), and have been bought for years ([`History`]).

mod history;
mod offer;
mod questions;
mod sheet;
#[cfg(test)]
mod tests;
mod words;

use jiff::Timestamp;
use sutler_domain::catalog::{
    Image, OptionValues, Oversell, Product, ProductOption, ProductStatus, Seo, Variant,
};
use sutler_domain::id::Kind;
use sutler_domain::{Id, Money};
use uuid::Uuid;

use self::words::{
    ADJECTIVES, COLORS, ENDINGS, MATERIALS, PURPOSES, SIZES, SORTS, SYLLABLES, Sort, TAGS, VENDORS,
};
use crate::builders::euro;
use crate::simulation::dice::Dice;

pub use history::{History, Invoiced};
pub use offer::offer;
pub use questions::questions;
pub use sheet::shopify_csv;

/// The values of all facets together.
pub const FACET_VALUES: usize = VENDORS.len() + SORTS.len() + TAGS.len() + COLORS.len() + SIZES.len();

/// When the first product was made: 1 January 2024, UTC.
const BEGUN_S: i64 = 1_704_067_200;

/// Seconds between two products: a million of them take a year.
const BETWEEN_S: i64 = 30;

/// The products of a seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assortment {
    seed: u64,
    products: u64,
}

impl Assortment {
    /// So many products of a seed. More of them begin with the same ones.
    pub const fn of(seed: u64, products: u64) -> Self {
        Self { seed, products }
    }

    /// How many products there are.
    pub const fn products(self) -> u64 {
        self.products
    }

    /// All of them, one after the other.
    pub fn iter(self) -> impl Iterator<Item = Product> + Send {
        (0..self.products).map(move |index| self.product(index))
    }

    /// The product at a place.
    pub fn product(self, index: u64) -> Product {
        let mut dice = Dice::of(self.seed).fork(index);
        let sort = dice.pick(&SORTS);
        let (adjective, material, noun) =
            (*dice.pick(&ADJECTIVES), *dice.pick(&MATERIALS), *dice.pick(&sort.nouns));
        let series = series(&mut dice);
        let title = format!("{adjective} {material} {noun} {series} {}", dice.between(100, 999));
        let handle = format!("{}-{index}", slug(&title));
        let created_at = made_at(index);
        let options = options(&mut dice, sort);
        let product = Product {
            product_id: numbered(created_at, index, 0),
            description_html: description(&mut dice, adjective, material, noun),
            status: match dice.below(100) {
                0 => ProductStatus::Archived,
                1 | 2 => ProductStatus::Draft,
                _ => ProductStatus::Active,
            },
            vendor: (*dice.pick(&VENDORS)).to_owned(),
            product_type: sort.name.to_owned(),
            category_id: None,
            tags: tags(&mut dice),
            images: vec![Image { url: format!("https://images.example.com/{handle}.jpg"), alt: None }],
            options,
            seo: Seo::default(),
            variants: Vec::new(),
            metadata: [].into(),
            created_at,
            updated_at: created_at,
            handle,
            title,
        };
        let variants = variants(&mut dice, sort, &product, index);
        Product { variants, ..product }
    }
}

/// An id as the engine would have made it at this time.
fn numbered<K: Kind>(at: Timestamp, index: u64, part: u8) -> Id<K> {
    let millis = u128::try_from(at.as_millisecond()).unwrap_or(0);
    let place = (u128::from(index) << 8) | u128::from(part);
    Id::new(Uuid::from_u128((millis << 80) | (7 << 76) | (2 << 62) | place))
}

fn made_at(index: u64) -> Timestamp {
    let after = i64::try_from(index).unwrap_or(0).saturating_mul(BETWEEN_S);
    Timestamp::from_second(BEGUN_S.saturating_add(after)).unwrap_or_default()
}

fn series(dice: &mut Dice) -> String {
    let name = format!("{}{}", dice.pick(&SYLLABLES), dice.pick(&SYLLABLES));
    let mut letters = name.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

fn slug(title: &str) -> String {
    title.to_ascii_lowercase().replace(' ', "-")
}

fn description(dice: &mut Dice, adjective: &str, material: &str, noun: &str) -> String {
    let (adjective, material, noun) =
        (adjective.to_ascii_lowercase(), material.to_ascii_lowercase(), noun.to_ascii_lowercase());
    let (purpose, ending) = (dice.pick(&PURPOSES), dice.pick(&ENDINGS));
    format!("<p>A {adjective} {noun} of {material}, made for {purpose}.</p><p>{ending}</p>")
}

/// Up to three, each once.
fn tags(dice: &mut Dice) -> Vec<String> {
    let mut tags: Vec<String> = (0..dice.below(4)).map(|_| (*dice.pick(&TAGS)).to_owned()).collect();
    tags.sort_unstable();
    tags.dedup();
    tags
}

/// Most have nothing to choose.
fn options(dice: &mut Dice, sort: &Sort) -> Vec<ProductOption> {
    let mut some = |name: &str, all: &[&str], count: usize| {
        let from = dice.index(all.len());
        let values = all.iter().cycle().skip(from).take(count).map(|value| (*value).to_owned());
        ProductOption { name: name.to_owned(), values: values.collect() }
    };
    let color = some("Color", &COLORS, 2);
    let size = some("Size", &SIZES, 3);
    match dice.below(100) {
        0..60 => Vec::new(),
        60..85 => vec![color],
        _ if sort.is_sized => {
            let values = color.values.into_iter().take(1).collect();
            vec![ProductOption { values, ..color }, size]
        }
        _ => vec![color],
    }
}

/// One for each combination of what can be chosen.
fn variants(dice: &mut Dice, sort: &Sort, product: &Product, index: u64) -> Vec<Variant> {
    let price = price(dice, sort);
    let was = dice.chance(20).then(|| price.saturating_add(price / 4));
    let mut all: Vec<OptionValues> = vec![OptionValues::new()];
    for option in &product.options {
        let with = |chosen: &OptionValues, value: &String| {
            let mut chosen = chosen.clone();
            chosen.insert(option.name.clone(), value.clone());
            chosen
        };
        all = all
            .iter()
            .flat_map(|chosen| option.values.iter().map(move |value| with(chosen, value)))
            .collect();
    }
    let money = |amount| Money { amount, currency: euro() };
    let variant = |(part, option_values): (u8, OptionValues)| {
        let chosen: Vec<&str> = product
            .options
            .iter()
            .filter_map(|option| option_values.get(&option.name))
            .map(String::as_str)
            .collect();
        let title = if chosen.is_empty() { "Default".to_owned() } else { chosen.join(" / ") };
        let code = chosen.iter().fold(String::new(), |code, value| code + "-" + &value.to_ascii_uppercase());
        Variant {
            variant_id: numbered(product.created_at, index, part),
            sku: format!("{}-{index:07}{code}", sort.code),
            barcode: String::new(),
            title,
            price: money(price),
            compare_at_price: was.map(money),
            cost: None,
            weight: None,
            requires_shipping: true,
            tax_code: None,
            track_inventory: true,
            oversell: Oversell::Deny,
            metadata: [].into(),
            option_values,
        }
    };
    (0u8..).zip(all).map(variant).collect()
}

/// A price as shops write them: it ends in 50, 90, 99 or 00.
fn price(dice: &mut Dice, sort: &Sort) -> i64 {
    let (low, high) = sort.prices;
    let whole = dice.between(low / 100, high / 100).saturating_mul(100);
    whole.saturating_add(*dice.pick(&[50, 90, 99, 100]))
}

//! What people write when they look for something in an assortment.

use super::Assortment;
use super::words::{ADJECTIVES, MATERIALS, SORTS, VENDORS};
use crate::simulation::dice::Dice;

/// Letters of a word that is not yet written to its end.
const BEGUN_LETTERS: usize = 4;

/// So many questions of a seed: words of titles alone and together, with a mistake, or only begun, who makes a thing, and
/// codes of products.
pub fn questions(seed: u64, goods: Assortment, count: usize) -> Vec<String> {
    let mut dice = Dice::of(seed);
    (0..count).map(|_| question(&mut dice, goods)).collect()
}

fn question(dice: &mut Dice, goods: Assortment) -> String {
    let noun = |dice: &mut Dice| {
        let sort = dice.pick(&SORTS);
        dice.pick(&sort.nouns).to_lowercase()
    };
    let (adjective, material) = (dice.pick(&ADJECTIVES).to_lowercase(), dice.pick(&MATERIALS).to_lowercase());
    match dice.below(100) {
        0..30 => format!("{material} {}", noun(dice)),
        30..45 => format!("{adjective} {material} {}", noun(dice)),
        45..60 => noun(dice),
        60..72 => format!("{material} {}", begun(&noun(dice))),
        72..84 => format!("{} {}", mistyped(dice, &material), noun(dice)),
        84..92 => format!("{} {}", dice.pick(&VENDORS).to_lowercase(), noun(dice)),
        _ => {
            let product = goods.product(dice.below(goods.products()));
            product.variants.first().map_or_else(String::new, |variant| variant.sku.clone())
        }
    }
}

fn begun(word: &str) -> String {
    word.chars().take(BEGUN_LETTERS).collect()
}

/// Two letters that change places.
fn mistyped(dice: &mut Dice, word: &str) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    let place = dice.index(letters.len().saturating_sub(1));
    if place.saturating_add(1) < letters.len() {
        letters.swap(place, place.saturating_add(1));
    }
    letters.into_iter().collect()
}

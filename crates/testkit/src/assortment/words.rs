//! The words that an assortment is made of. What can be chosen by facets is counted: a test says how much it is.

/// A sort of goods.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sort {
    /// The product type.
    pub(super) name: &'static str,
    /// What such things are called.
    pub(super) nouns: [&'static str; 4],
    /// How their codes begin.
    pub(super) code: &'static str,
    /// The lowest and the highest price, in minor units.
    pub(super) prices: (i64, i64),
    /// Whether they come in sizes.
    pub(super) is_sized: bool,
}

const fn sort(
    name: &'static str,
    code: &'static str,
    nouns: [&'static str; 4],
    prices: (i64, i64),
    is_sized: bool,
) -> Sort {
    Sort { name, nouns, code, prices, is_sized }
}

/// The sorts of goods: the values of the facet `product_type`.
pub(super) const SORTS: [Sort; 10] = [
    sort("Kitchen", "KIT", ["Mug", "Teapot", "Kettle", "Chopping Board"], (490, 8_990), false),
    sort("Lighting", "LGT", ["Desk Lamp", "Floor Lamp", "Lantern", "Candle Holder"], (990, 24_990), false),
    sort("Furniture", "FUR", ["Chair", "Stool", "Bookcase", "Side Table"], (3_990, 89_990), false),
    sort("Shirts", "SHT", ["Shirt", "Blouse", "Polo", "Sweater"], (1_490, 9_990), true),
    sort("Trousers", "TRS", ["Trousers", "Shorts", "Skirt", "Leggings"], (1_990, 12_990), true),
    sort("Jackets", "JKT", ["Jacket", "Coat", "Vest", "Raincoat"], (3_990, 29_990), true),
    sort("Bags", "BAG", ["Backpack", "Tote Bag", "Wallet", "Suitcase"], (1_290, 34_990), false),
    sort("Stationery", "STN", ["Notebook", "Pencil Case", "Fountain Pen", "Calendar"], (290, 6_990), false),
    sort("Bedding", "BED", ["Blanket", "Pillow", "Duvet", "Mattress Cover"], (1_490, 39_990), false),
    sort("Garden", "GRD", ["Planter", "Watering Can", "Bird Feeder", "Hammock"], (690, 19_990), false),
];

/// Who makes them.
pub(super) const VENDORS: [&str; 12] = [
    "Northwind & Sons",
    "Atelier Moreau",
    "Kobayashi",
    "Fjell",
    "Casa Aurelia",
    "Harbour Works",
    "Linden",
    "Müller Manufaktur",
    "Oak & Iron",
    "Papillon",
    "Southbank",
    "Tern",
];

/// Words to find them by.
pub(super) const TAGS: [&str; 12] = [
    "bestseller",
    "clearance",
    "gift",
    "handmade",
    "limited",
    "new",
    "organic",
    "outdoor",
    "recycled",
    "summer",
    "vegan",
    "winter",
];

/// The values of the option `Color`.
pub(super) const COLORS: [&str; 10] =
    ["Black", "White", "Grey", "Navy", "Olive", "Rust", "Mustard", "Teal", "Burgundy", "Sand"];

/// The values of the option `Size`.
pub(super) const SIZES: [&str; 6] = ["XS", "S", "M", "L", "XL", "XXL"];

/// How they are.
pub(super) const ADJECTIVES: [&str; 24] = [
    "Compact", "Classic", "Slim", "Heavy", "Light", "Folding", "Modern", "Vintage", "Soft", "Sturdy",
    "Round", "Square", "Tall", "Low", "Quiet", "Bold", "Plain", "Striped", "Woven", "Polished", "Raw",
    "Quilted", "Fine", "Everyday",
];

/// What they are made of.
pub(super) const MATERIALS: [&str; 16] = [
    "Walnut",
    "Oak",
    "Bamboo",
    "Cotton",
    "Linen",
    "Wool",
    "Leather",
    "Canvas",
    "Steel",
    "Copper",
    "Glass",
    "Ceramic",
    "Stoneware",
    "Paper",
    "Cork",
    "Felt",
];

/// Two of these are the name of a series.
pub(super) const SYLLABLES: [&str; 24] = [
    "ar", "bel", "cor", "dal", "el", "fen", "gal", "hol", "il", "jor", "kel", "lum", "mor", "nor", "ol",
    "per", "quin", "ros", "sel", "tor", "ul", "ven", "wil", "yar",
];

/// Rooms and times that they are made for.
pub(super) const PURPOSES: [&str; 8] = [
    "small kitchens",
    "long evenings",
    "the way to work",
    "busy offices",
    "quiet mornings",
    "travel",
    "families",
    "the terrace",
];

/// How a description ends.
pub(super) const ENDINGS: [&str; 8] = [
    "Each one is checked by hand before it leaves the workshop.",
    "The parts can be replaced, so it lasts for many years.",
    "It is packed without plastic and shipped within two days.",
    "Wipe it clean with a damp cloth and let it dry in the air.",
    "The pattern differs a little from piece to piece.",
    "It goes well with the other pieces of the series.",
    "Made in small batches from certified sources.",
    "Comes with a two-year warranty.",
];

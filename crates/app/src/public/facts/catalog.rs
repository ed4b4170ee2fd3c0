//! Products and variants: each event carries the whole after the change.

use super::MONEY;
use crate::public::shape::{Field, Part, Shape, has, may, null};

pub(super) const STATUS: Shape = Shape::Words(&["draft", "active", "archived"]);
const OVERSELL: Shape = Shape::Words(&["deny", "allow"]);

const OPTION: Part = Part {
    name: "product_option",
    about: "A choice a buyer makes, such as Size.",
    fields: &[
        has("name", Shape::Text, "The name of the choice."),
        has("values", Shape::List(&Shape::Text), "What may be chosen, in the order shown."),
    ],
};

pub(super) const IMAGE: Part = Part {
    name: "image",
    about: "A picture, by address.",
    fields: &[
        has("url", Shape::Text, "Where it is."),
        may("alt", Shape::Text, "What it shows, for those who cannot see it."),
    ],
};

pub(super) const SEO: Part = Part {
    name: "seo",
    about: "What search engines show.",
    fields: &[
        may("title", Shape::Text, "Title of the page."),
        may("description", Shape::Text, "Description of the page."),
    ],
};

const WEIGHT: Part = Part {
    name: "weight",
    about: "How heavy one is.",
    fields: &[
        has("value", Shape::Decimal, "The number."),
        has("unit", Shape::Words(&["g", "kg", "oz", "lb"]), "Its unit."),
    ],
};

const VARIANT: Part = Part {
    name: "variant",
    about: "What is put in a basket: a product with its choices made.",
    fields: &[
        has("variant_id", Shape::Text, "Its id."),
        has("sku", Shape::Text, "The shop's own code; may be empty."),
        has("barcode", Shape::Text, "EAN, UPC, ISBN or another code that is scanned; may be empty."),
        has("title", Shape::Text, "The choices in words."),
        has("option_values", Shape::Pairs, "The choices by option name."),
        has("price", Shape::Part(&MONEY), "What one costs."),
        null("compare_at_price", Shape::Part(&MONEY), "What one used to cost."),
        null("weight", Shape::Part(&WEIGHT), "How heavy one is."),
        has("requires_shipping", Shape::Flag, "Whether it travels."),
        null("tax_code", Shape::Text, "Which tax applies."),
        has("track_inventory", Shape::Flag, "Whether it has stock to run out of."),
        has("oversell", OVERSELL, "Whether it may be sold beyond its stock."),
        has("metadata", Shape::Pairs, "The caller's own pairs."),
    ],
};

pub(in crate::public) const PRODUCT: &[Field] = &[
    has("product_id", Shape::Text, "Its id."),
    has("handle", Shape::Text, "Its name in addresses; unique."),
    has("title", Shape::Text, "Its name."),
    has("description_html", Shape::Text, "Its description, sanitized HTML."),
    has("status", STATUS, "Whether it can be bought."),
    has("vendor", Shape::Text, "Who makes it; may be empty."),
    has("product_type", Shape::Text, "What sort of thing it is; may be empty."),
    may("category_id", Shape::Text, "Where it stands in the tree of categories."),
    has("tags", Shape::List(&Shape::Text), "Words to find it by."),
    has("options", Shape::List(&Shape::Part(&OPTION)), "The choices a buyer makes."),
    has("images", Shape::List(&Shape::Part(&IMAGE)), "Pictures, the first of which stands for it."),
    has("seo", Shape::Part(&SEO), "What search engines show."),
    has("variants", Shape::List(&Shape::Part(&VARIANT)), "Its variants, in the order shown."),
    has("metadata", Shape::Pairs, "The caller's own pairs."),
    has("created_at", Shape::Time, "When it was made."),
    has("updated_at", Shape::Time, "When it was last changed."),
];

pub(in crate::public) const PRICE: &[Field] = &[
    has("variant_id", Shape::Text, "The variant."),
    has("product_id", Shape::Text, "Its product."),
    has("status", STATUS, "Whether the product can be bought."),
    has("price", Shape::Part(&MONEY), "What one costs."),
    has("oversell", OVERSELL, "Whether it may be sold beyond its stock."),
    has("track_inventory", Shape::Flag, "Whether it has stock to run out of."),
];

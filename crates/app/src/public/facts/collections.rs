//! Collections and categories: each event carries the whole of one after the change.

use super::MONEY;
use super::catalog::{IMAGE, SEO, STATUS};
use crate::public::shape::{Field, Part, Shape, has, may, null};

const CONDITION: Part = Part {
    name: "condition",
    about: "Something that holds of a product, or does not.",
    fields: &[
        has(
            "field",
            Shape::Words(&[
                "title",
                "vendor",
                "product_type",
                "tag",
                "option",
                "price",
                "discounted",
                "created_at",
            ]),
            "What is looked at.",
        ),
        has(
            "relation",
            Shape::Words(&["has", "has_not", "is", "is_not", "at_least", "at_most", "since", "before"]),
            "How it must stand to what is named.",
        ),
        may("name", Shape::Text, "Which option; of `option` only."),
        may("value", Shape::Text, "The text that is compared."),
        may("price", Shape::Part(&MONEY), "The amount; of `price` only."),
        may("at", Shape::Time, "The instant; of `created_at` only."),
    ],
};

const RULE: Part = Part {
    name: "rule",
    about: "Which products are meant.",
    fields: &[
        has("match", Shape::Words(&["all", "any"]), "How many of the conditions must hold."),
        has("conditions", Shape::List(&Shape::Part(&CONDITION)), "The conditions."),
    ],
};

const MEMBERS: Part = Part {
    name: "members",
    about: "Which products are in it.",
    fields: &[
        has("kind", Shape::Words(&["by_hand", "by_rule"]), "Who says so."),
        may("product_ids", Shape::List(&Shape::Text), "The products by hand, in order."),
        may("rule", Shape::Part(&RULE), "The rule."),
        may(
            "sort",
            Shape::Words(&["title", "-title", "price", "-price", "created_at", "-created_at"]),
            "In which order those of a rule are shown.",
        ),
    ],
};

pub(in crate::public) const COLLECTION: &[Field] = &[
    has("collection_id", Shape::Text, "Its id."),
    has("handle", Shape::Text, "Its name in addresses; unique among collections."),
    has("title", Shape::Text, "Its name."),
    has("description_html", Shape::Text, "Its description, sanitized HTML."),
    null("image", Shape::Part(&IMAGE), "The picture that stands for it."),
    has("seo", Shape::Part(&SEO), "What search engines show."),
    has("status", STATUS, "Whether it is meant to be shown."),
    null("publish_at", Shape::Time, "From when on it is shown; null: at once."),
    null("unpublish_at", Shape::Time, "From when on it is shown no more; null: never."),
    has("members", Shape::Part(&MEMBERS), "Which products are in it."),
    has("metadata", Shape::Pairs, "The caller's own pairs."),
    has("created_at", Shape::Time, "When it was made."),
    has("updated_at", Shape::Time, "When it was last changed."),
];

pub(in crate::public) const CATEGORY: &[Field] = &[
    has("category_id", Shape::Text, "Its id."),
    null("parent_id", Shape::Text, "The one it is below; null at the top."),
    has("handle", Shape::Text, "Its name in addresses; unique among categories."),
    has("title", Shape::Text, "Its name."),
    has("description_html", Shape::Text, "Its description, sanitized HTML."),
    has("position", Shape::Whole, "Where it stands among those beside it, the smallest first; ties by id."),
    has("metadata", Shape::Pairs, "The caller's own pairs."),
    has("created_at", Shape::Time, "When it was made."),
    has("updated_at", Shape::Time, "When it was last changed."),
];

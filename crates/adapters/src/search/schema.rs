//! The fields of the index, and a document in them. Nothing is stored: what is shown is read from the catalog.

use sutler_app::search::{Document, tie};
use tantivy::schema::{
    FAST, Field, IndexRecordOption, STRING, Schema, SchemaBuilder, TextFieldIndexing, TextOptions,
};
use tantivy::{TantivyDocument, TantivyError};

/// What stands between the name and the value of an option; no name has it.
pub(super) const BETWEEN: char = '\u{1f}';

/// The names of the fields that the collector reads by column.
pub(super) mod name {
    pub(in super::super) const ID: &str = "id";
    pub(in super::super) const TIE: &str = "tie";
    pub(in super::super) const TITLE_KEY: &str = "title_key";
    pub(in super::super) const TITLE_RANK: &str = "title_rank";
    pub(in super::super) const VENDOR: &str = "vendor";
    pub(in super::super) const PRODUCT_TYPE: &str = "product_type";
    pub(in super::super) const TAG: &str = "tag";
    pub(in super::super) const OPTION: &str = "option";
    pub(in super::super) const CURRENCY: &str = "currency";
    pub(in super::super) const PRICE: &str = "price";
    pub(in super::super) const PRICE_LOW: &str = "price_low";
    pub(in super::super) const CREATED_AT: &str = "created_at";
    pub(in super::super) const UPDATED_AT: &str = "updated_at";
}

/// The fields.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields {
    pub(super) id: Field,
    tie: Field,
    pub(super) title: Field,
    pub(super) about: Field,
    pub(super) text: Field,
    title_key: Field,
    title_rank: Field,
    pub(super) status: Field,
    vendor: Field,
    product_type: Field,
    tag: Field,
    option: Field,
    pub(super) currency: Field,
    price: Field,
    price_low: Field,
    pub(super) created_at: Field,
    pub(super) updated_at: Field,
}

/// The schema of the index as this version builds it.
pub(super) fn schema() -> Schema {
    let mut schema = SchemaBuilder::default();
    // Cut into words before, in one place for index and queries; only whether a word is there counts.
    let words = TextFieldIndexing::default()
        .set_tokenizer("whitespace")
        .set_fieldnorms(false)
        .set_index_option(IndexRecordOption::Basic);
    let words = TextOptions::default().set_indexing_options(words);
    let exact = || {
        let exact = TextFieldIndexing::default().set_tokenizer("raw").set_fieldnorms(false);
        TextOptions::default().set_indexing_options(exact.set_index_option(IndexRecordOption::Basic))
    };
    schema.add_text_field(name::ID, STRING | FAST);
    schema.add_u64_field(name::TIE, FAST);
    for field in ["title", "about", "text"] {
        schema.add_text_field(field, words.clone());
    }
    schema.add_text_field(name::TITLE_KEY, TextOptions::default().set_fast("raw"));
    schema.add_u64_field(name::TITLE_RANK, FAST);
    schema.add_text_field("status", exact());
    for field in [name::VENDOR, name::PRODUCT_TYPE, name::TAG, name::OPTION] {
        schema.add_text_field(field, TextOptions::default().set_fast("raw"));
    }
    schema.add_text_field(name::CURRENCY, exact().set_fast("raw"));
    for field in [name::PRICE, name::PRICE_LOW, name::CREATED_AT, name::UPDATED_AT] {
        schema.add_i64_field(field, FAST);
    }
    schema.build()
}

impl Fields {
    /// The fields of a schema that has them all.
    pub(super) fn of(schema: &Schema) -> Result<Self, TantivyError> {
        let field = |name: &str| schema.get_field(name);
        Ok(Self {
            id: field(name::ID)?,
            tie: field(name::TIE)?,
            title: field("title")?,
            about: field("about")?,
            text: field("text")?,
            title_key: field(name::TITLE_KEY)?,
            title_rank: field(name::TITLE_RANK)?,
            status: field("status")?,
            vendor: field(name::VENDOR)?,
            product_type: field(name::PRODUCT_TYPE)?,
            tag: field(name::TAG)?,
            option: field(name::OPTION)?,
            currency: field(name::CURRENCY)?,
            price: field(name::PRICE)?,
            price_low: field(name::PRICE_LOW)?,
            created_at: field(name::CREATED_AT)?,
            updated_at: field(name::UPDATED_AT)?,
        })
    }

    /// A document in these fields.
    pub(super) fn document(&self, of: &Document) -> TantivyDocument {
        let mut document = TantivyDocument::default();
        let id = of.product_id.as_str();
        document.add_text(self.id, id);
        document.add_u64(self.tie, tie(id));
        document.add_text(self.title, of.title.join(" "));
        document.add_text(self.about, of.about.join(" "));
        document.add_text(self.text, of.text.join(" "));
        document.add_text(self.title_key, &of.title_key);
        document.add_u64(self.title_rank, of.title_rank());
        document.add_text(self.status, of.status.as_str());
        for (field, value) in [(self.vendor, &of.vendor), (self.product_type, &of.product_type)] {
            if !value.is_empty() {
                document.add_text(field, value);
            }
        }
        for tag in &of.tags {
            document.add_text(self.tag, tag);
        }
        for (name, value) in &of.options {
            document.add_text(self.option, option(name, value));
        }
        document.add_text(self.currency, &of.currency);
        for price in &of.prices {
            document.add_i64(self.price, *price);
        }
        document.add_i64(self.price_low, of.prices.first().copied().unwrap_or_default());
        document.add_i64(self.created_at, of.created_at.as_microsecond());
        document.add_i64(self.updated_at, of.updated_at.as_microsecond());
        document
    }
}

/// A choice as it stands in the index.
pub(super) fn option(name: &str, value: &str) -> String {
    format!("{name}{BETWEEN}{value}")
}

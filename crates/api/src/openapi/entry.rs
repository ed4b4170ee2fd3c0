//! What one operation takes and gives, beside what its row in the table of operations says.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use sutler_types::page::{List, Page};

use super::params::Param;

/// The schema of a type, once there is a generator to gather its parts.
pub(super) type Shape = fn(&mut SchemaGenerator) -> Schema;

/// The body of a request.
#[derive(Clone, Copy)]
pub(super) struct Takes {
    /// Its media type.
    pub(super) media: &'static str,
    /// What it holds; `None`: text.
    pub(super) shape: Option<Shape>,
    /// Whether there must be one.
    pub(super) required: bool,
    /// Whether its members are ours, and others refused.
    pub(super) is_ours: bool,
}

/// Lines of JSON. Their shape is that of one line: OpenAPI 3.1 has no word for what a stream is made of.
pub(super) const LINES: &str = "application/x-ndjson";

/// A body of JSON, read strictly.
const JSON: Takes = Takes { media: "application/json", shape: None, required: true, is_ours: true };

/// Any object.
type Document = serde_json::Map<String, serde_json::Value>;

/// An answer that is a success.
#[derive(Clone, Copy)]
pub(super) struct Gives {
    /// Its status.
    pub(super) status: u16,
    /// What it means.
    pub(super) about: &'static str,
    /// Its media type; empty without a body.
    pub(super) media: &'static str,
    /// What it holds; `None`: text.
    pub(super) shape: Option<Shape>,
}

/// What is said of an operation beside its row.
pub(super) struct Entry {
    /// Whose row.
    pub(super) id: &'static str,
    /// What to know beyond the summary; may be empty.
    pub(super) about: &'static str,
    /// The parameters of its query.
    pub(super) query: Vec<Param>,
    /// The body of its request.
    pub(super) takes: Option<Takes>,
    /// What it answers when all is well.
    pub(super) gives: Vec<Gives>,
    /// Problem codes beside those that follow from what it takes.
    pub(super) codes: Vec<&'static str>,
    /// Whether the answer has the version of what it shows as `ETag`.
    pub(super) has_version: bool,
    /// Whether it is a change that heeds `If-Match`.
    pub(super) is_conditional: bool,
    /// Whether its body holds amounts of money.
    pub(super) has_money: bool,
}

/// Begin to say what the operation of this id takes and gives.
pub(super) fn of(id: &'static str) -> Entry {
    Entry {
        id,
        about: "",
        query: Vec::new(),
        takes: None,
        gives: Vec::new(),
        codes: Vec::new(),
        has_version: false,
        is_conditional: false,
        has_money: false,
    }
}

impl Entry {
    pub(super) fn about(mut self, about: &'static str) -> Self {
        self.about = about;
        self
    }

    pub(super) fn query(mut self, params: impl IntoIterator<Item = Param>) -> Self {
        self.query.extend(params);
        self
    }

    /// A body of JSON that must be there.
    pub(super) fn takes<T: JsonSchema>(self) -> Self {
        self.body(Takes { shape: Some(SchemaGenerator::subschema_for::<T>), ..JSON })
    }

    /// A body of JSON that may be left out.
    pub(super) fn may_take<T: JsonSchema>(self) -> Self {
        self.body(Takes { shape: Some(SchemaGenerator::subschema_for::<T>), required: false, ..JSON })
    }

    /// A body that is merged (RFC 7396).
    pub(super) fn merges<T: JsonSchema>(self) -> Self {
        let media = "application/merge-patch+json";
        self.body(Takes { shape: Some(SchemaGenerator::subschema_for::<T>), media, ..JSON })
    }

    /// JSON of others, of which no more is said here.
    pub(super) fn takes_document(self) -> Self {
        self.body(Takes { shape: Some(SchemaGenerator::subschema_for::<Document>), is_ours: false, ..JSON })
    }

    /// Lines of JSON, each judged for itself.
    pub(super) fn takes_lines<T: JsonSchema>(self) -> Self {
        let shape: Option<Shape> = Some(SchemaGenerator::subschema_for::<T>);
        self.body(Takes { media: LINES, shape, is_ours: false, ..JSON })
    }

    /// A body that is no JSON.
    pub(super) fn takes_text(self, media: &'static str) -> Self {
        self.body(Takes { media, is_ours: false, ..JSON })
    }

    fn body(mut self, takes: Takes) -> Self {
        self.takes = Some(takes);
        self
    }

    /// What it answers, of JSON.
    pub(super) fn gives<T: JsonSchema>(self, status: u16, about: &'static str) -> Self {
        let shape: Option<Shape> = Some(SchemaGenerator::subschema_for::<T>);
        self.answer(Gives { status, about, media: "application/json", shape })
    }

    /// 200 with lines of JSON, as they come.
    pub(super) fn gives_lines<T: JsonSchema>(self, about: &'static str) -> Self {
        let shape: Option<Shape> = Some(SchemaGenerator::subschema_for::<T>);
        self.answer(Gives { status: 200, about, media: LINES, shape })
    }

    /// 200 with a page of rows.
    pub(super) fn gives_page<T: JsonSchema>(self) -> Self {
        self.gives::<Page<T>>(200, "A page of the list.")
    }

    /// 200 with a list that is always given whole.
    pub(super) fn gives_list<T: JsonSchema>(self) -> Self {
        self.gives::<List<T>>(200, "The whole list.")
    }

    /// What it answers, of another media type.
    pub(super) fn gives_as(self, status: u16, about: &'static str, media: &'static str) -> Self {
        self.answer(Gives { status, about, media, shape: None })
    }

    /// JSON of which no more is said here.
    pub(super) fn gives_document(self, about: &'static str, media: &'static str) -> Self {
        let shape: Option<Shape> = Some(SchemaGenerator::subschema_for::<Document>);
        self.answer(Gives { status: 200, about, media, shape })
    }

    /// 204.
    pub(super) fn gives_nothing(self) -> Self {
        self.gives_bare(204, "Done; there is nothing to show.")
    }

    /// A status alone.
    pub(super) fn gives_bare(self, status: u16, about: &'static str) -> Self {
        self.answer(Gives { status, about, media: "", shape: None })
    }

    fn answer(mut self, gives: Gives) -> Self {
        self.gives.push(gives);
        self
    }

    /// Problem codes that only this operation has.
    pub(super) fn codes(mut self, codes: &[&'static str]) -> Self {
        self.codes.extend(codes);
        self
    }

    /// Its answer has an `ETag`.
    pub(super) fn versioned(mut self) -> Self {
        self.has_version = true;
        self
    }

    /// It heeds `If-Match`.
    pub(super) fn conditional(mut self) -> Self {
        self.is_conditional = true;
        self.codes(&["version_mismatch", "precondition_required"])
    }

    /// Its body holds amounts of money.
    pub(super) fn money(mut self) -> Self {
        self.has_money = true;
        self
    }
}

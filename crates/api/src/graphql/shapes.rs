//! The schema file, read once: what each type is, and what its fields are called in JSON.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use async_graphql::Positioned;
use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, ConstDirective, ServiceDocument, Type, TypeDefinition, TypeKind, TypeSystemDefinition,
};

/// The schema, as people read it.
pub const SDL: &str = include_str!("schema.graphql");

/// The types of the schema.
pub(super) static SHAPES: LazyLock<Shapes> = LazyLock::new(|| Shapes::of(SDL));

/// What a type is.
#[derive(Debug)]
pub(super) enum Shape {
    Scalar,
    /// Its words.
    Enum(HashSet<String>),
    /// An object or an interface: its fields.
    Object(HashMap<String, Member>),
    /// An input object: its members.
    Input(HashMap<String, Type>),
}

/// A field of an object.
#[derive(Debug)]
pub(super) struct Member {
    /// What it is called in JSON.
    pub(super) json: String,
    /// Its type.
    pub(super) ty: Type,
    /// Whether it is a list of which there may be a next page.
    pub(super) goes_on: bool,
}

/// Every type of the schema.
#[derive(Debug)]
pub(super) struct Shapes {
    document: ServiceDocument,
    by_name: HashMap<String, Shape>,
}

impl Shapes {
    /// The file is part of the program, and a test reads it: that it cannot be read is a fault of the build.
    fn of(text: &str) -> Self {
        let document = parse_schema(text).unwrap_or_else(|_| ServiceDocument { definitions: Vec::new() });
        let by_name = types_of(&document).map(|ty| (ty.name.node.to_string(), shape(ty))).collect();
        Self { document, by_name }
    }

    /// The definitions of the file, in its order.
    pub(super) fn types(&self) -> impl Iterator<Item = &TypeDefinition> {
        types_of(&self.document)
    }

    /// What a type is. Those that come with the language are scalars.
    pub(super) fn shape(&self, name: &str) -> &Shape {
        self.by_name.get(name).unwrap_or(&Shape::Scalar)
    }

    /// A field of an object.
    pub(super) fn member(&self, ty: &str, field: &str) -> Option<&Member> {
        match self.shape(ty) {
            Shape::Object(members) => members.get(field),
            _ => None,
        }
    }
}

fn types_of(document: &ServiceDocument) -> impl Iterator<Item = &TypeDefinition> {
    document.definitions.iter().filter_map(|definition| match definition {
        TypeSystemDefinition::Type(ty) => Some(&ty.node),
        _ => None,
    })
}

fn shape(ty: &TypeDefinition) -> Shape {
    let fields = match &ty.kind {
        TypeKind::Scalar | TypeKind::Union(_) => return Shape::Scalar,
        TypeKind::Enum(words) => {
            let words = words.values.iter().map(|word| word.node.value.node.to_string());
            return Shape::Enum(words.collect());
        }
        TypeKind::InputObject(input) => {
            let members = input.fields.iter();
            return Shape::Input(
                members.map(|f| (f.node.name.node.to_string(), f.node.ty.node.clone())).collect(),
            );
        }
        TypeKind::Object(object) => &object.fields,
        TypeKind::Interface(interface) => &interface.fields,
    };
    let member = |field: &Positioned<async_graphql::parser::types::FieldDefinition>| {
        let name = field.node.name.node.as_str();
        let json = json_name(&field.node.directives).unwrap_or_else(|| snake(name));
        let goes_on = field.node.arguments.iter().any(|argument| argument.node.name.node == "after");
        let ty = field.node.ty.node.clone();
        (name.to_owned(), Member { json, goes_on: goes_on && named(&ty).ends_with("Connection"), ty })
    };
    Shape::Object(fields.iter().map(member).collect())
}

/// `@json(name: "order_id")`: a field whose JSON has another name.
fn json_name(directives: &[Positioned<ConstDirective>]) -> Option<String> {
    let directive = directives.iter().find(|directive| directive.node.name.node == "json")?;
    match &directive.node.get_argument("name")?.node {
        async_graphql::Value::String(name) => Some(name.clone()),
        _ => None,
    }
}

/// The name of the type at the bottom of lists.
pub(super) fn named(ty: &Type) -> &str {
    match &ty.base {
        BaseType::Named(name) => name.as_str(),
        BaseType::List(inner) => named(inner),
    }
}

/// Whether a field of this type shows several.
pub(super) const fn is_list(ty: &Type) -> bool {
    matches!(ty.base, BaseType::List(_))
}

/// `nextActions` as JSON has it: `next_actions`.
pub(super) fn snake(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

/// `next_actions` as GraphQL has it: `nextActions`.
pub(super) fn camel(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    let mut raise = false;
    for letter in name.chars() {
        if letter == '_' {
            raise = true;
        } else if raise {
            text.push(letter.to_ascii_uppercase());
            raise = false;
        } else {
            text.push(letter);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_can_be_read_and_its_fields_have_names_in_json() {
        parse_schema(SDL).unwrap();
        assert_eq!(SHAPES.member("Order", "id").unwrap().json, "order_id");
        assert_eq!(SHAPES.member("Order", "nextActions").unwrap().json, "next_actions");
        assert_eq!(SHAPES.member("Address", "line1").unwrap().json, "line1");
        assert!(matches!(SHAPES.shape("OrderStatus"), Shape::Enum(_)));
        assert!(matches!(SHAPES.shape("OrderPlaceInput"), Shape::Input(_)));
    }

    #[test]
    fn names_go_both_ways() {
        for (graphql, json) in [("nextActions", "next_actions"), ("line1", "line1"), ("id", "id")] {
            assert_eq!(snake(graphql), json);
            assert_eq!(camel(json), graphql);
        }
    }
}

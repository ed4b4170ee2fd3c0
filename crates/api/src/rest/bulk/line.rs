//! A line of changes: `{key?, resource, op, product_id?, variant_id?, body?}`.

use serde_json::{Map, Value};
use sutler_app::bulk::Ask;
use sutler_app::catalog::{product_name, variant_name};
use sutler_app::ports::reads::ProductName;
use sutler_app::{Problem, Settings};
use sutler_domain::{Fault, ProductId};

use crate::rest::fields::{Fields, shortened};
use crate::rest::{Api, body, catalog, inventory};

/// What a line is about.
#[derive(Clone, Copy)]
enum Resource {
    Product,
    Variant,
    Inventory,
}

/// What is to be done with it.
#[derive(Clone, Copy)]
enum Op {
    Create,
    Upsert,
    Update,
    Publish,
    Archive,
    Delete,
    Adjust,
}

const RESOURCES: [(&str, Resource); 3] =
    [("product", Resource::Product), ("variant", Resource::Variant), ("inventory", Resource::Inventory)];

const OPS: [(&str, Op); 7] = [
    ("create", Op::Create),
    ("upsert", Op::Upsert),
    ("update", Op::Update),
    ("publish", Op::Publish),
    ("archive", Op::Archive),
    ("delete", Op::Delete),
    ("adjust", Op::Adjust),
];

/// A line that was read.
pub(super) struct Line {
    pub(super) number: u64,
    /// Its own word for itself, told with its answer.
    pub(super) key: Option<String>,
    pub(super) ask: Result<Ask, Problem>,
}

impl Line {
    pub(super) fn read(number: u64, text: &[u8], api: &Api) -> Self {
        let document = body::parse(text).map_err(|mut problem| {
            // The line of the file stands beside it; that of the JSON is always the first.
            problem.facts.remove("line");
            problem
        });
        let key = document.as_ref().ok().and_then(|line| line.get("key")?.as_str()).map(shortened);
        let ask = document.and_then(|document| ask(&document, &api.app.settings));
        Self { number, key, ask }
    }
}

fn ask(line: &Value, settings: &Settings) -> Result<Ask, Problem> {
    let mut f = Fields::of(line);
    f.text("key");
    f.need("resource");
    f.need("op");
    let (resource, op) = (f.word("resource", &RESOURCES), f.word("op", &OPS));
    let (product, variant) = (f.text("product_id"), f.text("variant_id"));
    let given = f.value("body").cloned();
    let has_body = given.is_some();
    let body = given.unwrap_or_else(|| Value::Object(Map::new()));
    // An adjustment names its variant in the body, and what is made by the server has no name yet.
    let (names_product, names_variant) = match (resource, op) {
        (Some(Resource::Product), Some(op)) => (!matches!(op, Op::Create), false),
        (Some(Resource::Variant), _) => (false, true),
        _ => (false, false),
    };
    for (member, given, needed) in
        [("product_id", &product, names_product), ("variant_id", &variant, names_variant)]
    {
        if needed && given.is_none() {
            f.invalid(member, format!("'{member}' is missing; it names what is to be changed"));
        }
        if !needed && given.is_some() && resource.is_some() && op.is_some() {
            f.invalid(member, "is not taken here; what such a line is about stands in 'body'");
        }
    }
    if has_body && matches!(op, Some(Op::Publish | Op::Archive | Op::Delete)) {
        f.invalid("body", "is not taken here; the op says it all");
    }
    f.done()?;
    let (product, variant) = (product.unwrap_or_default(), variant.unwrap_or_default());
    match (resource, op) {
        (Some(Resource::Product), Some(op)) => match op {
            Op::Create => {
                catalog::product_input(&body, settings).map(Box::new).map(Ask::Create).map_err(in_body)
            }
            Op::Upsert => {
                let input = catalog::product_input(&body, settings).map_err(in_body)?;
                Ok(Ask::Put(own_id(&product)?, Box::new(input)))
            }
            Op::Update => {
                let patch = catalog::product_patch(&body, settings).map_err(in_body)?;
                Ok(Ask::Patch(product_name(&product)?, Box::new(patch)))
            }
            Op::Publish => Ok(Ask::Publish(product_name(&product)?)),
            Op::Archive => Ok(Ask::Archive(product_name(&product)?)),
            Op::Delete => Ok(Ask::Delete(product_name(&product)?)),
            Op::Adjust => Err(no_such("product", "create, upsert, update, publish, archive or delete")),
        },
        (Some(Resource::Variant), Some(op)) => match op {
            Op::Upsert => {
                let input = catalog::sku_variant(&body, settings).map_err(in_body)?;
                Ok(Ask::PutVariant(sku(&variant)?, Box::new(input)))
            }
            Op::Update => {
                let patch = catalog::variant_patch(&body, settings).map_err(in_body)?;
                Ok(Ask::PatchVariant(variant_name(&variant)?, Box::new(patch)))
            }
            Op::Delete => Ok(Ask::DeleteVariant(variant_name(&variant)?)),
            _ => Err(no_such("variant", "upsert, update or delete")),
        },
        (Some(Resource::Inventory), Some(Op::Adjust)) => {
            inventory::adjustment(&body).map(Box::new).map(Ask::Adjust).map_err(in_body)
        }
        (Some(Resource::Inventory), Some(_)) => Err(no_such("inventory", "adjust")),
        _ => Err(Problem::internal(&"a line without a resource passed its check")),
    }
}

/// The faults of a body at their places in the line.
pub(super) fn in_body(mut problem: Problem) -> Problem {
    for fault in &mut problem.errors {
        fault.pointer.insert_str(0, "/body");
    }
    problem
}

fn own_id(text: &str) -> Result<ProductId, Problem> {
    ProductId::parse(text)
        .map_err(|error| Problem::invalid(vec![Fault::invalid("/product_id", error.to_string())]))
}

fn sku(text: &str) -> Result<String, Problem> {
    if let ProductName::Sku(sku) = variant_name(text)? {
        return Ok(sku);
    }
    let detail = "an upsert names the variant by its SKU: 'sku:…'; 'update' changes one by its id";
    Err(Problem::invalid(vec![Fault::invalid("/variant_id", detail)]))
}

fn no_such(resource: &str, ops: &str) -> Problem {
    let detail = format!("is no op of '{resource}'; use {ops}");
    Problem::invalid(vec![Fault::invalid("/op", detail)])
}

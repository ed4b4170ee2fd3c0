//! The schema file made executable: a field is a member of the JSON of its object, unless something brings it
//! ([`super::bring`]).

use std::sync::Arc;

use async_graphql::dynamic::{
    Enum, EnumItem, Field, FieldFuture, FieldValue, InputObject, InputValue, Interface, InterfaceField,
    Object, ResolverContext, Scalar, Schema, SchemaBuilder, SchemaError, Subscription, SubscriptionField,
    SubscriptionFieldFuture, TypeRef,
};
use async_graphql::parser::types::{
    BaseType, FieldDefinition, InputValueDefinition, ObjectType, Type, TypeDefinition, TypeKind,
};
use async_graphql::{ErrorExtensions, Name, Positioned, ValidationMode, Value as Argument};
use futures::TryStreamExt;
use serde_json::{Map, Value, json};
use sutler_app::Problem;

use super::asked::{Asked, Asker};
use super::bring::{self, Bring};
use super::live::{self, Tell};
use super::shapes::{SHAPES, Shape, is_list, named, snake};
use super::{error, pages, value};

/// Fragments in each other that are followed; the depth of fields is judged before.
const RECURSION_MAX: usize = 32;

/// How a document is judged before it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judging {
    /// Whole, and a wrong name is told which one may have been meant.
    Open,
    /// Whole, and a wrong name is told nothing.
    Closed,
    /// Hardly: it was found to be right before.
    Right,
}

/// The schema with everything that answers its fields.
pub(super) fn executable(judging: Judging) -> Result<Schema, SchemaError> {
    let builder = Schema::build("Query", Some("Mutation"), Some("Subscription"));
    let builder = builder.limit_recursive_depth(RECURSION_MAX);
    let builder = match judging {
        Judging::Open => builder,
        Judging::Closed => builder.disable_suggestions(),
        Judging::Right => builder.validation_mode(ValidationMode::Fast),
    };
    SHAPES.types().fold(builder, register).finish()
}

fn register(builder: SchemaBuilder, ty: &TypeDefinition) -> SchemaBuilder {
    let name = ty.name.node.as_str();
    let about = ty.description.as_ref().map(|text| text.node.clone()).unwrap_or_default();
    match &ty.kind {
        TypeKind::Scalar => builder.register(Scalar::new(name).description(about).validator(scalar(name))),
        TypeKind::Enum(words) => {
            let items = words.values.iter().map(|word| EnumItem::new(word.node.value.node.as_str()));
            builder.register(Enum::new(name).description(about).items(items))
        }
        TypeKind::InputObject(input) => {
            let object = InputObject::new(name).description(about);
            builder
                .register(input.fields.iter().fold(object, |object, member| object.field(argument(member))))
        }
        TypeKind::Interface(interface) => {
            let shown = Interface::new(name).description(about);
            builder.register(interface.fields.iter().fold(shown, |shown, field| {
                let name = field.node.name.node.as_str();
                shown.field(InterfaceField::new(name, reference(&field.node.ty.node)))
            }))
        }
        TypeKind::Object(object) if name == "Subscription" => builder.register(subscription(object, about)),
        TypeKind::Object(object) => {
            let shown = Object::new(name).description(about);
            let shown = object.implements.iter().fold(shown, |shown, of| shown.implement(of.node.as_str()));
            builder
                .register(object.fields.iter().fold(shown, |shown, def| shown.field(field(name, &def.node))))
        }
        // The file has none.
        TypeKind::Union(_) => builder,
    }
}

fn field(ty: &str, def: &FieldDefinition) -> Field {
    let name = def.name.node.as_str();
    let (shown, reference) = (def.ty.node.clone(), reference(&def.ty.node));
    let is_object = matches!(SHAPES.shape(named(&shown)), Shape::Object(_));
    let rows = ty.ends_with("Connection") && is_list(&shown);
    let field = if let Some(bring) = bring::of(ty, name) {
        let asks = Asks { arguments: arguments(def), bring, is_mutation: ty == "Mutation" };
        Field::new(name, reference, move |ctx| {
            let (asks, shown) = (asks.clone(), shown.clone());
            FieldFuture::new(async move {
                match asks.brought(&ctx).await {
                    Ok(found) => {
                        if is_object {
                            count(&ctx, &found, rows);
                        }
                        Ok(value::owned(without_gaps(&ctx, found, &shown), &shown))
                    }
                    Err(error) => failed(&ctx, error, &shown),
                }
            })
        })
    } else {
        let json = SHAPES.member(ty, name).map_or_else(|| snake(name), |member| member.json.clone());
        Field::new(name, reference, move |ctx| {
            let found = ctx.parent_value.downcast_ref::<Value>().and_then(|parent| parent.get(&json));
            if is_object && let Some(found) = found {
                count(&ctx, found, rows);
            }
            FieldFuture::Value(found.and_then(|found| value::lent(found, &shown)))
        })
    };
    def.arguments.iter().fold(field.description(about(def)), |field, def| field.argument(argument(def)))
}

fn about(def: &FieldDefinition) -> String {
    def.description.as_ref().map(|text| text.node.clone()).unwrap_or_default()
}

/// The arguments of a field and their types.
fn arguments(def: &FieldDefinition) -> Arc<[(String, Type)]> {
    let argument = |argument: &Positioned<InputValueDefinition>| {
        (argument.node.name.node.to_string(), argument.node.ty.node.clone())
    };
    def.arguments.iter().map(argument).collect()
}

/// A field that could not be brought: null with an error beside it. What may not be null fails whole, which `ready.rs`
/// finishes, as the library does not.
fn failed<'a>(
    ctx: &ResolverContext<'_>,
    error: async_graphql::Error,
    ty: &Type,
) -> async_graphql::Result<Option<FieldValue<'a>>> {
    if ty.nullable {
        ctx.ctx.add_error(ctx.ctx.set_error_path(error.into_server_error(ctx.ctx.item.pos)));
        return Ok(None);
    }
    let key = ctx.ctx.item.node.response_key().node.clone();
    Err(error.extend_with(|_, extensions| extensions.set(error::KEY, key.as_str())))
}

/// The library knows no null among things of several types: they are left out, and put back when all is answered.
fn without_gaps(ctx: &ResolverContext<'_>, found: Value, ty: &Type) -> Value {
    match found {
        Value::Array(list) if named(ty) == "Node" => {
            let gaps = list.iter().enumerate().filter(|(_, one)| one.is_null()).map(|(at, _)| at).collect();
            if let Ok(asker) = ctx.ctx.data::<Arc<Asker>>() {
                asker.leave_out(ctx.ctx.item.node.response_key().node.as_str(), gaps);
            }
            Value::Array(list.into_iter().filter(|one| !one.is_null()).collect())
        }
        found => found,
    }
}

/// Count an object that is shown as it was weighed: once, and the rows of a connection each.
fn count(ctx: &ResolverContext<'_>, found: &Value, rows: bool) {
    let objects = match found {
        Value::Null => 0,
        Value::Array(list) if rows => u64::try_from(list.len()).unwrap_or(u64::MAX),
        _ => 1,
    };
    if let (1.., Ok(asker)) = (objects, ctx.ctx.data::<Arc<Asker>>()) {
        asker.count(objects);
    }
}

/// The arguments that were given, as JSON has them.
fn given(ctx: &ResolverContext<'_>, arguments: &[(String, Type)]) -> Result<Value, Problem> {
    let told = arguments.iter().filter_map(|(name, ty)| {
        let given: &Argument = ctx.args.get(name)?.as_value();
        let wrong =
            |of: &Name| pages::wrong(format!("'{name}' has something that is no {of}, which is an object"));
        Some(value::json(given, ty).map(|told| (snake(name), told)).map_err(wrong))
    });
    Ok(Value::Object(told.collect::<Result<Map<_, _>, _>>()?))
}

/// What a field asks for.
#[derive(Clone)]
struct Asks {
    arguments: Arc<[(String, Type)]>,
    bring: Bring,
    is_mutation: bool,
}

impl Asks {
    /// Ask. What a mutation is refused stands in its payload; what a query does not find is null.
    async fn brought(&self, ctx: &ResolverContext<'_>) -> async_graphql::Result<Value> {
        let asker = ctx.ctx.data::<Arc<Asker>>()?;
        let about = Asked {
            asker,
            parent: ctx.parent_value.downcast_ref::<Value>().unwrap_or(&Value::Null),
            arguments: given(ctx, &self.arguments)
                .map_err(|wrong| error::beside(&wrong, &asker.caller.request_id))?,
            wants_count: ctx.ctx.look_ahead().field("totalCount").exists(),
            takes_version: self.takes_version(),
        };
        match (self.bring)(about).await {
            Ok(found) => Ok(found),
            Err(problem) if self.is_mutation && error::is_for_the_user(&problem) => {
                Ok(json!({ "user_errors": error::user_errors(&problem) }))
            }
            Err(problem) if !self.is_mutation && problem.code == "not_found" => Ok(Value::Null),
            Err(problem) => Err(error::beside(&problem, &asker.caller.request_id)),
        }
    }

    /// Whether the input may name a version.
    fn takes_version(&self) -> bool {
        let [(_, ty)] = &*self.arguments else { return false };
        matches!(SHAPES.shape(named(ty)), Shape::Input(members) if members.contains_key("expectedVersion"))
    }
}

fn subscription(object: &ObjectType, about: String) -> Subscription {
    let told = object.fields.iter().filter_map(|def| {
        let tell = live::of(def.node.name.node.as_str())?;
        Some(telling(&def.node, tell))
    });
    told.fold(Subscription::new("Subscription").description(about), Subscription::field)
}

fn telling(def: &FieldDefinition, tell: Tell) -> SubscriptionField {
    let (shown, given_as) = (def.ty.node.clone(), arguments(def));
    let field = SubscriptionField::new(def.name.node.as_str(), reference(&shown), move |ctx| {
        let (shown, given_as) = (shown.clone(), Arc::clone(&given_as));
        SubscriptionFieldFuture::new(async move {
            let asker = Arc::clone(ctx.ctx.data::<Arc<Asker>>()?);
            let request_id = asker.caller.request_id.clone();
            let beside = move |problem| error::beside(&problem, &request_id);
            let arguments = given(&ctx, &given_as).map_err(beside.clone())?;
            let told = tell(Arc::clone(&asker), arguments).await.map_err(beside.clone())?;
            asker.listens.notify_one();
            Ok(told.map_err(beside).map_ok(move |found| {
                asker.count(1);
                value::owned(found, &shown).unwrap_or(FieldValue::NULL)
            }))
        })
    });
    def.arguments.iter().fold(field.description(about(def)), |field, def| field.argument(argument(def)))
}

fn argument(def: &Positioned<InputValueDefinition>) -> InputValue {
    let about = def.node.description.as_ref().map(|text| text.node.clone()).unwrap_or_default();
    InputValue::new(def.node.name.node.as_str(), reference(&def.node.ty.node)).description(about)
}

fn reference(ty: &Type) -> TypeRef {
    let base = match &ty.base {
        BaseType::Named(name) => TypeRef::named(name.as_str()),
        BaseType::List(inner) => TypeRef::List(Box::new(reference(inner))),
    };
    if ty.nullable { base } else { TypeRef::NonNull(Box::new(base)) }
}

/// What a scalar takes. The rest is judged where REST judges it.
pub(super) fn scalar(name: &str) -> fn(&Argument) -> bool {
    match name {
        "MinorUnits" => |value| matches!(value, Argument::Number(number) if number.is_i64()),
        "JSONObject" => |value| matches!(value, Argument::Object(_)),
        _ => |value| matches!(value, Argument::String(_)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_is_whole() {
        for judging in [Judging::Open, Judging::Closed, Judging::Right] {
            executable(judging).unwrap();
        }
    }

    #[test]
    fn every_field_of_the_roots_is_brought() {
        for ty in SHAPES.types().filter(|ty| matches!(ty.name.node.as_str(), "Query" | "Mutation")) {
            let TypeKind::Object(object) = &ty.kind else { panic!("a root is an object") };
            for field in &object.fields {
                let name = field.node.name.node.as_str();
                assert!(bring::of(&ty.name.node, name).is_some(), "nothing brings {}.{name}", ty.name.node);
            }
        }
        // Who may not see a part sees the rest.
        for (ty, field) in
            [("Order", "customer"), ("Order", "notes"), ("Variant", "levels"), ("Mutation", "orderPlace")]
        {
            assert!(
                bring::of(ty, field).is_some() && SHAPES.member(ty, field).unwrap().ty.nullable,
                "{ty}.{field}"
            );
        }
        let told = SHAPES.types().find(|ty| ty.name.node == "Subscription").unwrap();
        let TypeKind::Object(told) = &told.kind else { panic!("a root is an object") };
        for field in &told.fields {
            assert!(live::of(&field.node.name.node).is_some(), "nothing tells {}", field.node.name.node);
        }
    }

    /// A word that an enum does not know would be an error where it is shown.
    #[test]
    fn enums_know_every_word_of_the_shop() {
        use sutler_domain::orders::{
            FulfillmentStatus, OrderStatus, PaymentState, ReturnCondition, ReturnStatus,
        };
        let words = |all: &[&'static str]| -> Vec<String> {
            all.iter().map(|word| word.to_ascii_uppercase()).collect()
        };
        for (name, all) in [
            ("OrderStatus", words(&OrderStatus::ALL.map(OrderStatus::as_str))),
            ("PaymentStatus", words(&PaymentState::ALL.map(PaymentState::as_str))),
            ("FulfillmentStatus", words(&FulfillmentStatus::ALL.map(FulfillmentStatus::as_str))),
            ("ReturnStatus", words(&ReturnStatus::ALL.map(ReturnStatus::as_str))),
            ("ReturnCondition", words(&ReturnCondition::ALL.map(ReturnCondition::as_str))),
        ] {
            let ty = SHAPES.types().find(|ty| ty.name.node == name).unwrap();
            let TypeKind::Enum(shown) = &ty.kind else { panic!("{name} is an enum") };
            let shown: Vec<&str> = shown.values.iter().map(|word| word.node.value.node.as_str()).collect();
            assert_eq!(shown, all, "{name}");
        }
    }
}

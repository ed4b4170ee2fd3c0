//! `sutler trigger`: make an event happen, by a real sample order that walks there.

use clap::Args;
use serde_json::{Value, json};
use sutler_client::{Call, Method};

use super::set::Set;
use crate::connect::Context;
use crate::console::{Failure, field, text};
use crate::sample;

/// How long to wait for gateways, in seconds.
const WAIT_S: u32 = 8;

/// Make a sample order that walks to an event: the shop's own rules, and fake money
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler trigger payment.captured
  sutler trigger fulfillment.delivered --json
  sutler trigger order.placed --set items.0.quantity=5 --set customer.email=bob@example.com")]
pub(crate) struct Trigger {
    /// The type, such as payment.captured; 'list' shows what can be triggered
    #[arg(value_name = "TYPE")]
    kind: String,
    /// A member of the order's body, such as items.0.quantity=5; a value that is JSON is taken as that. May be given again
    #[arg(long, value_name = "PATH=VALUE", value_parser = Set::parse)]
    set: Vec<Set>,
}

/// A step of the walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Update,
    Hold,
    Release,
    Cancel,
    Refund,
    Plan,
    Ship,
    Deliver,
    Track,
    CallOff,
    Void,
    Restock,
}

/// A walk: the types on its way that it is for, the token that pays, and what is done then.
type Walk = (&'static [&'static str], Option<&'static str>, &'static [Step]);

const OK: Option<&str> = Some("tok_ok");

const WALKS: &[Walk] = &[
    (&["order.placed", "reservation.created"], None, &[]),
    (&["payment.created", "payment.captured", "order.confirmed"], OK, &[]),
    (&["payment.authorized"], Some("tok_auth_only"), &[]),
    (&["payment.requires_action"], Some("tok_3ds"), &[]),
    (&["payment.failed"], Some("tok_declined"), &[]),
    (&["payment.voided"], Some("tok_auth_only"), &[Step::Void]),
    (&["order.updated"], None, &[Step::Update]),
    (&["order.held"], OK, &[Step::Hold]),
    (&["order.hold_released"], OK, &[Step::Hold, Step::Release]),
    (&["order.canceled", "reservation.released"], None, &[Step::Cancel]),
    (&["refund.created", "refund.succeeded"], OK, &[Step::Refund]),
    (&["refund.failed"], Some("tok_refund_fails"), &[Step::Refund]),
    (&["fulfillment.created"], OK, &[Step::Plan]),
    (&["fulfillment.canceled"], OK, &[Step::Plan, Step::CallOff]),
    (&["fulfillment.shipped"], OK, &[Step::Ship]),
    (&["fulfillment.tracking_updated"], OK, &[Step::Ship, Step::Track]),
    (&["fulfillment.delivered", "order.completed"], OK, &[Step::Ship, Step::Deliver]),
    (&["inventory.adjusted"], None, &[Step::Restock]),
];

fn types() -> Vec<&'static str> {
    WALKS.iter().flat_map(|(types, ..)| types.iter().copied()).collect()
}

pub(crate) async fn run(args: Trigger, context: &Context) -> Result<(), Failure> {
    if args.kind == "list" {
        return types().iter().try_for_each(|kind| context.output.line(kind));
    }
    let Some((_, token, steps)) = WALKS.iter().find(|(types, ..)| types.contains(&args.kind.as_str())) else {
        let what = format!("'{}' cannot be triggered", args.kind);
        return Err(Failure::usage(what).next(format!("choose one of: {}", types().join(", "))));
    };
    let mut body = sample::order(token.unwrap_or_default());
    if token.is_none()
        && let Some(members) = body.as_object_mut()
    {
        members.remove("payment");
    }
    for set in &args.set {
        set.put_into(&mut body).map_err(Failure::usage)?;
    }
    let placed = context.ask(Call::post("/orders").wait(WAIT_S).json(&body)).await;
    let order = placed.map_err(sample::refused)?;
    let mut parcel = Value::Null;
    for step in *steps {
        let made = take(*step, &order, &parcel, context).await?;
        if matches!(step, Step::Plan | Step::Ship) {
            parcel = made;
        }
    }
    told(&args.kind, &order, context).await
}

/// Take a step; gives what was answered.
async fn take(step: Step, order: &Value, parcel: &Value, context: &Context) -> Result<Value, Failure> {
    let id = text(order, "/order_id");
    let of_order = |rest: &str| format!("/orders/{id}{rest}");
    let of_parcel = |rest: &str| format!("/fulfillments/{}{rest}", text(parcel, "/fulfillment_id"));
    let tracking = |number: &str| json!({"tracking": {"carrier": "DHL", "number": number}});
    let post = |path: String, body: Value| Call::post(path).wait(WAIT_S).json(&body);
    let call = match step {
        Step::Update => Call::new(Method::PATCH, of_order("")).json(&json!({"tags": ["triggered"]})),
        Step::Hold => post(of_order("/holds"), json!({"code": "review", "reason": "triggered"})),
        Step::Release => {
            context.send(Call::new(Method::DELETE, of_order("/holds/review"))).await?;
            return Ok(Value::Null);
        }
        Step::Cancel => post(of_order("/cancel"), json!({"reason": "triggered"})),
        Step::Refund => post("/refunds".to_owned(), json!({"order_id": id, "reason": "triggered"})),
        Step::Plan => post(of_order("/fulfillments"), json!({})),
        Step::Ship => {
            let mut body = tracking("00340434161094000001");
            if let Some(members) = body.as_object_mut() {
                members.insert("ship".to_owned(), Value::Bool(true));
            }
            post(of_order("/fulfillments"), body)
        }
        Step::Deliver => post(of_parcel("/deliver"), json!({})),
        Step::Track => Call::new(Method::PATCH, of_parcel("")).json(&tracking("00340434161094000002")),
        Step::CallOff => post(of_parcel("/cancel"), json!({})),
        Step::Void => post(format!("/payments/{}/void", text(order, "/payment/payment_id")), json!({})),
        Step::Restock => {
            let sku = text(order, "/items/0/sku");
            post("/inventory/adjustments".to_owned(), json!({"sku": sku, "delta": 1, "reason": "received"}))
        }
    };
    context.ask(call).await
}

/// What happened to the order, and whether the event that was asked for is among it.
async fn told(kind: &str, order: &Value, context: &Context) -> Result<(), Failure> {
    let id = text(order, "/order_id");
    let events = context.ask(Call::get(format!("/orders/{id}/events"))).await?;
    if !context.output.is_for_people() {
        return context.output.json(&events);
    }
    context.output.line(format!("#{}  {id}", text(order, "/number")))?;
    for event in field(&events, "/data").as_array().into_iter().flatten() {
        let mark = if text(event, "/type") == kind { "→" } else { " " };
        context.output.line(format!("  {mark} {}  {}", text(event, "/type"), text(event, "/id")))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use sutler_app::public::TYPES;

    use super::*;

    #[test]
    fn every_walk_is_to_a_type_that_exists_and_to_one_only() {
        let mut seen = Vec::new();
        for kind in types() {
            assert!(TYPES.iter().any(|of| of.name == kind), "{kind}");
            assert!(!seen.contains(&kind), "{kind} has two walks");
            seen.push(kind);
        }
    }
}

//! `sutler orders`: place, pay, ship, refund, explain.

mod act;
pub(super) mod body;
mod create;
mod file;
mod list;
mod parcels;
mod pay;
mod replay;
mod show;

use clap::Subcommand;
use serde_json::Value;
use sutler_client::Call;

use super::page::segment;
use crate::connect::Context;
use crate::console::Failure;

#[derive(Subcommand, Debug)]
pub(crate) enum Orders {
    /// Orders, newest first
    List(list::List),
    /// An order as it is, or as it was
    Show(show::Show),
    /// Place an order, or those of a file
    #[command(visible_alias = "place")]
    Create(create::Create),
    /// Start another payment
    Pay(pay::Pay),
    /// Take money that was authorized
    Capture(pay::Capture),
    /// Give up money that was authorized
    Void(pay::Void),
    /// Give money back
    Refund(pay::Refund),
    /// Plan items to travel together
    Fulfill(parcels::Fulfill),
    /// Send what is open
    Ship(parcels::Ship),
    /// Note that shipped parcels arrived
    Deliver(act::Plain),
    /// Cancel an order, or some of its items
    Cancel(act::Cancel),
    /// Accept an order on its terms, before its money
    Confirm(act::Plain),
    /// Stop fulfillment
    Hold(act::Hold),
    /// Resume fulfillment
    Unhold(act::Hold),
    /// Give up the stock that is kept for an unpaid order
    Release(act::Plain),
    /// Write an internal note
    Note(act::Note),
    /// Why an order is as it is, and what it waits for
    Explain(show::Explain),
    /// An order folded from its first event, step by step
    Replay(replay::Replay),
}

pub(crate) async fn run(args: Orders, context: &Context) -> Result<(), Failure> {
    match args {
        Orders::List(args) => list::run(args, context).await,
        Orders::Show(args) => show::run(args, context).await,
        Orders::Create(args) => create::run(args, context).await,
        Orders::Pay(args) => pay::pay(args, context).await,
        Orders::Capture(args) => pay::capture(args, context).await,
        Orders::Void(args) => pay::void(args, context).await,
        Orders::Refund(args) => pay::refund(args, context).await,
        Orders::Fulfill(args) => parcels::fulfill(args, context).await,
        Orders::Ship(args) => parcels::ship(args, context).await,
        Orders::Deliver(args) => parcels::deliver(args, context).await,
        Orders::Cancel(args) => act::cancel(args, context).await,
        Orders::Confirm(args) => act::plain("confirm", args, context).await,
        Orders::Hold(args) => act::hold(args, context).await,
        Orders::Unhold(args) => act::unhold(args, context).await,
        Orders::Release(args) => act::plain("release", args, context).await,
        Orders::Note(args) => act::note(args, context).await,
        Orders::Explain(args) => show::explain(args, context).await,
        Orders::Replay(args) => replay::run(args, context).await,
    }
}

/// The path of an order as people name it: `1061`, `#1061`, an id, `ref:web-10042`.
pub(super) fn path(order: &str, rest: &str) -> String {
    let bare = order.strip_prefix('#').unwrap_or(order);
    let digits = !bare.is_empty() && bare.bytes().all(|byte| byte.is_ascii_digit());
    let name = if digits { format!("number:{bare}") } else { bare.to_owned() };
    format!("/orders/{}{rest}", segment(&name))
}

/// Read an order with its payments and fulfillments in full.
pub(super) async fn read(context: &Context, order: &str) -> Result<Value, Failure> {
    context.ask(Call::get(path(order, "")).query("expand", "payments,fulfillments,refunds,customer")).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_name_orders_in_several_ways() {
        assert_eq!(path("1061", ""), "/orders/number:1061");
        assert_eq!(path("#1061", "/cancel"), "/orders/number:1061/cancel");
        assert_eq!(path("ord_01m8", ""), "/orders/ord_01m8");
        assert_eq!(path("ref:web 1", ""), "/orders/ref:web%201");
    }
}

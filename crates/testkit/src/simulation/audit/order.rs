//! A small model of an order, folded from plain JSON.

use std::collections::BTreeMap;

use serde_json::Value;

/// What the auditor believes of an order.
#[derive(Clone, Debug, Default)]
pub(in crate::simulation) struct OrderModel {
    pub(super) placed: bool,
    pub(in crate::simulation) status: String,
    pub(super) total: i64,
    /// The total before anything was canceled.
    pub(super) first_total: i64,
    pub(super) items: BTreeMap<String, ItemModel>,
    pub(super) payments: Vec<(String, PaymentModel)>,
    parcels: BTreeMap<String, ParcelModel>,
    /// Units of each item of each return: asked for, and come.
    pub(super) returns: BTreeMap<(String, String), [i64; 2]>,
    pub(super) refund_failed: bool,
    /// Whether a unit left the shelf while the order was not confirmed.
    pub(super) shipped_unconfirmed: bool,
}

#[derive(Clone, Debug, Default)]
pub(super) struct ItemModel {
    pub(super) ordered: i64,
    pub(super) canceled: i64,
    pub(super) fulfilled: i64,
    pub(super) returned: i64,
    pub(super) reserved: i64,
    pub(super) tracked: bool,
}

impl ItemModel {
    pub(super) fn open(&self) -> i64 {
        self.ordered - self.canceled - self.fulfilled
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct PaymentModel {
    status: String,
    pub(super) amount: i64,
    pub(super) authorized: i64,
    pub(super) captured: i64,
    pub(super) refunded: i64,
    /// Calls without an answer: operation and number.
    open: Vec<(String, i64, String)>,
    /// What is being given back, by refund.
    going_back: BTreeMap<String, i64>,
}

#[derive(Clone, Debug, Default)]
struct ParcelModel {
    lines: Vec<(String, i64)>,
    status: String,
}

fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_default().to_owned()
}

fn whole(value: &Value, field: &str) -> i64 {
    value[field].as_i64().unwrap_or(0)
}

fn list<'v>(value: &'v Value, field: &str) -> impl Iterator<Item = &'v Value> {
    value[field].as_array().into_iter().flatten()
}

impl OrderModel {
    /// Fold one more event.
    pub(in crate::simulation) fn apply(&mut self, name: &str, body: &Value) {
        let body = &body[name];
        match name {
            "OrderPlaced" => self.place(body),
            "OrderConfirmed" => "confirmed".clone_into(&mut self.status),
            "OrderExpired" => "expired".clone_into(&mut self.status),
            "OrderCompleted" => "completed".clone_into(&mut self.status),
            "OrderCanceled" => {
                "canceled".clone_into(&mut self.status);
                self.items.values_mut().for_each(|item| item.canceled = item.ordered - item.fulfilled);
            }
            "ItemsCanceled" => {
                self.each(body, |item, units| item.canceled += units);
                self.total = whole(&body["totals"], "total");
            }
            "StockReserved" => self.each(body, |item, units| item.reserved += units),
            "StockReleased" => self.each(body, |item, units| item.reserved -= units),
            _ if name.starts_with("Fulfillment") => self.goods(name, body),
            _ if name.starts_with("Return") => self.back(name, body),
            _ => self.money(name, body),
        }
    }

    fn place(&mut self, body: &Value) {
        self.placed = true;
        "created".clone_into(&mut self.status);
        self.total = whole(&body["totals"], "total");
        self.first_total = self.total;
        for item in list(body, "items") {
            let model = ItemModel {
                ordered: whole(item, "ordered"),
                tracked: item["tracked"].as_bool().unwrap_or(false),
                ..ItemModel::default()
            };
            self.items.insert(text(item, "item_id"), model);
        }
    }

    fn each(&mut self, body: &Value, change: impl Fn(&mut ItemModel, i64)) {
        for line in list(body, "lines") {
            if let Some(item) = self.items.get_mut(&text(line, "item_id")) {
                change(item, whole(line, "quantity"));
            }
        }
    }

    fn goods(&mut self, name: &str, body: &Value) {
        let id = text(body, "fulfillment_id");
        match name {
            "FulfillmentCreated" => {
                let lines = list(body, "lines").map(|l| (text(l, "item_id"), whole(l, "quantity"))).collect();
                self.parcels.insert(id, ParcelModel { lines, status: "pending".to_owned() });
            }
            "FulfillmentShipped" => {
                self.shipped_unconfirmed |= self.status != "confirmed";
                let lines = self.parcels.get(&id).map(|p| p.lines.clone()).unwrap_or_default();
                for (item, units) in lines {
                    self.items.entry(item).or_default().fulfilled += units;
                }
                self.each(body, |item, units| item.reserved -= units);
                self.parcel(id, "shipped");
            }
            "FulfillmentDelivered" => self.parcel(id, "delivered"),
            _ => self.parcel(id, "canceled"),
        }
    }

    fn back(&mut self, name: &str, body: &Value) {
        let id = text(body, "return_id");
        for line in list(body, "lines") {
            let (item, units) = (text(line, "item_id"), whole(line, "quantity"));
            let [asked, came] = self.returns.entry((id.clone(), item.clone())).or_default();
            if name == "ReturnRequested" {
                *asked += units;
            } else if name == "ReturnReceived" {
                *came += units;
                self.items.entry(item).or_default().returned += units;
            }
        }
    }

    fn parcel(&mut self, id: String, status: &str) {
        status.clone_into(&mut self.parcels.entry(id).or_default().status);
    }

    fn money(&mut self, name: &str, body: &Value) {
        let id = text(body, "payment_id");
        let (operation, n) = (text(body, "operation"), whole(body, "n"));
        if name == "PaymentStarted" {
            let amount = whole(body, "amount");
            let open = vec![(operation, n, String::new())];
            let payment =
                PaymentModel { status: "pending".to_owned(), amount, open, ..PaymentModel::default() };
            self.payments.push((id, payment));
            return;
        }
        self.refund_failed |= name == "RefundFailed";
        if name == "RefundStarted" {
            for line in list(body, "lines") {
                let item = self.items.entry(text(line, "item_id")).or_default();
                item.returned += whole(line, "shipped");
            }
        }
        let Some((_, payment)) = self.payments.iter_mut().find(|(known, _)| *known == id) else { return };
        payment.apply(name, body, (operation, n));
    }

    /// Lifecycle, payment and fulfillment status, by rules of the auditor's own.
    pub(in crate::simulation) fn statuses(&self) -> [String; 3] {
        [self.status.clone(), self.payment_status().to_owned(), self.fulfillment_status().to_owned()]
    }

    fn payment_status(&self) -> &'static str {
        let any = |status: &str| self.payments.iter().any(|(_, p)| p.status == status);
        let sum = |what: fn(&PaymentModel) -> i64| self.payments.iter().map(|(_, p)| what(p)).sum::<i64>();
        let (captured, refunded) = (sum(|p| p.captured), sum(|p| p.refunded));
        let secured = sum(|p| {
            if p.status == "authorized" || p.status == "captured" { p.authorized - p.captured } else { 0 }
        });
        let last = self.payments.last().map_or("", |(_, p)| p.status.as_str());
        let free = self.total == 0 && self.status != "canceled";
        match () {
            () if any("requires_action") => "requires_action",
            () if any("pending") || self.payments.iter().any(|(_, p)| !p.open.is_empty()) => "pending",
            () if captured > 0 && refunded == captured => "refunded",
            () if refunded > 0 => "partially_refunded",
            () if captured >= self.total && (captured > 0 || free) => "paid",
            () if captured > 0 => "partially_paid",
            () if secured >= self.total && secured > 0 => "authorized",
            () if last == "failed" => "failed",
            () if last == "voided" => "voided",
            () => "unpaid",
        }
    }

    fn fulfillment_status(&self) -> &'static str {
        let sum = |what: fn(&ItemModel) -> i64| self.items.values().map(what).sum::<i64>();
        let (shipped, returned, open) = (sum(|i| i.fulfilled), sum(|i| i.returned), sum(ItemModel::open));
        match () {
            () if shipped == 0 => "unfulfilled",
            () if returned == shipped && open == 0 => "returned",
            () if returned > 0 => "partially_returned",
            () if open > 0 => "partially_shipped",
            () if self.parcels.values().any(|p| p.status == "shipped") => "shipped",
            () => "delivered",
        }
    }
}

impl PaymentModel {
    fn apply(&mut self, name: &str, body: &Value, (operation, n): (String, i64)) {
        let mut rests = |status: &str, operation: &str, n: Option<i64>| {
            self.open.retain(|(o, m, _)| o != operation || n.is_some_and(|n| n != *m));
            status.clone_into(&mut self.status);
        };
        match name {
            "PaymentIntended" => self.open.push((operation, n, String::new())),
            "RefundStarted" => {
                self.open.push(("refund".to_owned(), n, text(body, "refund_id")));
                self.going_back.insert(text(body, "refund_id"), whole(body, "amount"));
            }
            "PaymentRequiresAction" => "requires_action".clone_into(&mut self.status),
            "PaymentAuthorized" => {
                rests("authorized", "authorize", None);
                self.authorized = whole(body, "amount");
            }
            "PaymentProcessed" => {
                rests("captured", &operation, Some(n));
                self.captured += whole(&body["amount"], "amount");
                self.authorized = self.authorized.max(self.captured);
            }
            "PaymentFailed" => {
                self.open.retain(|(o, m, _)| *o != operation || n != *m);
                if operation == "charge" || operation == "authorize" {
                    "failed".clone_into(&mut self.status);
                }
            }
            "PaymentVoided" => {
                self.open.retain(|(o, _, _)| o == "refund");
                let status = if self.captured > 0 { "captured" } else { "voided" };
                status.clone_into(&mut self.status);
                self.authorized = self.captured;
            }
            "RefundSucceeded" | "RefundFailed" => {
                let refund = text(body, "refund_id");
                self.open.retain(|(_, _, r)| *r != refund);
                self.going_back.remove(&refund);
                if name == "RefundSucceeded" {
                    self.refunded += whole(body, "amount");
                }
            }
            _ => {}
        }
    }

    /// What went back and what is on its way back.
    pub(super) fn given_back(&self) -> i64 {
        self.refunded + self.going_back.values().sum::<i64>()
    }

    /// Whether the buyer must approve.
    pub(super) fn awaits_buyer(&self) -> bool {
        self.status == "requires_action"
    }

    /// Whether nothing is awaited of the gateway or the buyer.
    pub(super) fn rests(&self) -> bool {
        self.open.is_empty() && self.status != "pending" && self.status != "requires_action"
    }
}

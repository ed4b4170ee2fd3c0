//! The five calls, and how the outcome of one is looked up.

use jiff::SignedDuration;
use sutler_app::ports::GatewayCall;
use sutler_domain::payments::{Operation, Outcome};

use super::StripeGateway;
use super::answer::{
    self, KEY, KEY_FIELD, ORDER_ID_FIELD, PAYMENT_ID, PAYMENT_ID_FIELD, capture_mark, declined,
    failed_for_good, of_intent, of_no, of_refund,
};
use super::api::{Form, No, Told};
use super::objects::{Intent, List, Refund};
use super::units;

/// How far Stripe's search may lag behind: it names a minute, and says that an outage makes it longer. Before that, that
/// nothing is found means nothing.
const SEARCH_LAG: SignedDuration = SignedDuration::from_mins(10);

/// Things asked for in one page.
const PAGE: usize = 100;

/// What makes an answer show the charge of an intent.
const WITH_CHARGE: (&str, &str) = ("expand[]", "latest_charge");

impl StripeGateway {
    /// Make an intent and confirm it, in one request.
    pub(super) async fn begin(&self, call: &GatewayCall) -> Outcome {
        let Some(amount) = units::there(call.amount) else { return no_amount() };
        let method = if call.operation == Operation::Charge { "automatic" } else { "manual" };
        let mut form: Form<'_> = vec![
            ("amount", amount.to_string()),
            ("currency", call.amount.currency.code().to_ascii_lowercase()),
            ("capture_method", method.to_owned()),
            ("payment_method_types[]", "card".to_owned()),
            (PAYMENT_ID_FIELD, call.payment_id.to_string()),
            (ORDER_ID_FIELD, call.order_id.to_string()),
        ];
        if call.operation == Operation::Authorize {
            form.push(("payment_method_options[card][request_multicapture]", "if_available".to_owned()));
        }
        if let Some(token) = &call.token {
            let (customer, method) = match token.split_once('/') {
                Some((customer, method)) => (Some(customer), method),
                None => (None, token.as_str()),
            };
            form.extend(customer.map(|customer| ("customer", customer.to_owned())));
            if method.starts_with("tok_") {
                form.push(("payment_method_data[type]", "card".to_owned()));
                form.push(("payment_method_data[card][token]", method.to_owned()));
            } else {
                form.push(("payment_method", method.to_owned()));
            }
            form.push(("confirm", "true".to_owned()));
            form.extend(self.return_url.clone().map(|url| ("return_url", url)));
        }
        let told = self.stripe.post("/v1/payment_intents", &form, &call.key).await;
        self.settled(call, told).await
    }

    /// Take what was secured, or a part of it; the rest stays secured where the card allows further captures.
    pub(super) async fn capture(&self, call: &GatewayCall) -> Outcome {
        let Some(amount) = units::there(call.amount) else { return no_amount() };
        let Some(name) = &call.transaction_id else { return nameless() };
        let intent = match self.retrieve(name).await {
            Ok(intent) => intent,
            Err(no) => return of_no(no),
        };
        let known = of_intent(call, &intent);
        if known != Outcome::NotFound {
            return known;
        }
        let mark = format!("metadata[{}]", capture_mark(call));
        let mut form: Form<'_> = vec![("amount_to_capture", amount.to_string())];
        if amount != intent.amount {
            form.push((&mark, amount.to_string()));
            if intent.is_captured_in_parts() {
                form.push(("final_capture", "false".to_owned()));
            }
        }
        let path = format!("/v1/payment_intents/{name}/capture");
        let told = self.stripe.post(&path, &form, &call.key).await;
        self.settled(call, told).await
    }

    /// Give up what is secured, or an attempt that waits for the buyer.
    pub(super) async fn cancel(&self, call: &GatewayCall) -> Outcome {
        let name = match &call.transaction_id {
            Some(name) => name.clone(),
            None => match self.intent(call).await {
                Ok(Some(intent)) => intent.id,
                Ok(None) => return nameless(),
                Err(no) => return of_no(no),
            },
        };
        let path = format!("/v1/payment_intents/{name}/cancel");
        let named = GatewayCall { transaction_id: Some(name), ..call.clone() };
        let told = self.stripe.post(&path, &[], &call.key).await;
        self.settled(&named, told).await
    }

    /// Give money back.
    pub(super) async fn refund(&self, call: &GatewayCall) -> Outcome {
        let Some(amount) = units::there(call.amount) else { return no_amount() };
        let Some(name) = &call.transaction_id else { return nameless() };
        let form: Form<'_> = vec![
            ("payment_intent", name.clone()),
            ("amount", amount.to_string()),
            (KEY_FIELD, call.key.clone()),
            (PAYMENT_ID_FIELD, call.payment_id.to_string()),
        ];
        match self.stripe.post::<Refund>("/v1/refunds", &form, &call.key).await {
            Ok(Told { what, is_replayed: false }) => of_refund(&what),
            // As old as the first answer; meanwhile it may have come to rest.
            Ok(Told { what, .. }) => match self.stripe.get(&format!("/v1/refunds/{}", what.id), &[]).await {
                Ok(refund) => of_refund(&refund),
                Err(no) => of_no(no),
            },
            Err(no) => self.refused(call, no).await,
        }
    }

    /// What an answer about an intent comes to.
    async fn settled(&self, call: &GatewayCall, told: Result<Told<Intent>, No>) -> Outcome {
        match told {
            Ok(Told { what, is_replayed: false }) => match of_intent(call, &what) {
                Outcome::NotFound => Outcome::Pending,
                outcome => outcome,
            },
            Ok(Told { what, .. }) => match self.retrieve(&what.id).await {
                Ok(intent) => of_intent(call, &intent),
                Err(no) => of_no(no),
            },
            Err(no) => self.refused(call, no).await,
        }
    }

    /// A refusal and a failure that is remembered are held against what Stripe shows: an earlier try may have taken
    /// effect, and the buyer or somebody at Stripe's own desk may have been faster.
    async fn refused(&self, call: &GatewayCall, no: No) -> Outcome {
        let (named, refusal) = match no {
            No::Refused(error) => {
                let named = error.payment_intent.as_ref().map(|intent| intent.id.clone());
                // A first call that made no intent has nothing to be looked up.
                if call.operation.is_first() && named.is_none() {
                    return of_no(No::Refused(error));
                }
                (named, of_no(No::Refused(error)))
            }
            No::FailedForGood => (None, failed_for_good()),
            no => return of_no(no),
        };
        let transaction_id = call.transaction_id.clone().or(named);
        let is_named = transaction_id.is_some();
        let found = self.find(&GatewayCall { transaction_id, ..call.clone() }).await;
        if found != Outcome::NotFound {
            return found;
        }
        let age = self.clock.now().duration_since(call.started_at);
        if is_named || age > SEARCH_LAG {
            return refusal;
        }
        Outcome::Unknown {
            reason: "Stripe failed, and cannot be searched for what came of it yet".to_owned(),
        }
    }

    /// What Stripe shows of a call.
    pub(super) async fn find(&self, call: &GatewayCall) -> Outcome {
        if call.operation == Operation::Refund {
            return self.find_refund(call).await;
        }
        match self.intent(call).await {
            Ok(Some(intent)) => of_intent(call, &intent),
            Ok(None) => Outcome::NotFound,
            Err(no) => unanswered(no),
        }
    }

    async fn find_refund(&self, call: &GatewayCall) -> Outcome {
        let is_it = |refund: &&Refund| refund.metadata.get(KEY).is_some_and(|key| *key == call.key);
        match self.refunds(call).await {
            Ok(refunds) => refunds.iter().find(is_it).map_or(Outcome::NotFound, of_refund),
            Err(no) => unanswered(no),
        }
    }

    /// Every refund of a payment, newest first.
    pub(super) async fn refunds(&self, call: &GatewayCall) -> Result<Vec<Refund>, No> {
        let (mut found, mut after) = (Vec::new(), None::<String>);
        let Some(name) = &call.transaction_id else { return Ok(found) };
        loop {
            let mut query: Form<'_> = vec![("payment_intent", name.clone()), ("limit", PAGE.to_string())];
            query.extend(after.take().map(|after| ("starting_after", after)));
            let page: List<Refund> = self.stripe.get("/v1/refunds", &query).await?;
            after = page.data.last().map(|refund| refund.id.clone());
            found.extend(page.data);
            if !page.has_more || after.is_none() {
                return Ok(found);
            }
        }
    }

    /// The intent of a payment: by its name, else by our name for the payment in its metadata.
    pub(super) async fn intent(&self, call: &GatewayCall) -> Result<Option<Intent>, No> {
        if let Some(name) = &call.transaction_id {
            return self.retrieve(name).await.map(Some);
        }
        let query = vec![
            ("query", format!("metadata['{PAYMENT_ID}']:'{}'", call.payment_id)),
            ("limit", "2".to_owned()),
        ];
        let found: List<Intent> = self.stripe.get("/v1/payment_intents/search", &query).await?;
        match found.data.as_slice() {
            [] => Ok(None),
            // What the index shows of it is old.
            [intent] => self.retrieve(&intent.id).await.map(Some),
            _ => {
                tracing::error!(payment_id = %call.payment_id, "stripe_has_two_intents_for_one_payment");
                Err(No::Lost("Stripe shows more than one intent for this payment".to_owned()))
            }
        }
    }

    pub(super) async fn retrieve(&self, name: &str) -> Result<Intent, No> {
        let (expand, what) = WITH_CHARGE;
        self.stripe.get(&format!("/v1/payment_intents/{name}"), &[(expand, what.to_owned())]).await
    }
}

/// A question that was refused tells nothing about what was asked for.
fn unanswered(no: No) -> Outcome {
    match no {
        No::Refused(error) => {
            Outcome::Unknown { reason: format!("Stripe does not tell: {}", answer::failure(&error).message) }
        }
        no => of_no(no),
    }
}

fn no_amount() -> Outcome {
    declined("amount_invalid", "Stripe has no number for this amount in this currency.")
}

/// Stripe has not told us its name for the payment, so nothing can be asked of it yet.
fn nameless() -> Outcome {
    Outcome::Unknown { reason: "Stripe's own name for the payment is not known yet".to_owned() }
}

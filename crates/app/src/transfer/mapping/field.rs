//! What a column of an order file may hold.

macro_rules! fields {
    ($($(#[$doc:meta])* $name:ident $word:literal)*) => {
        /// What a column of an order file holds.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Field {
            $($(#[$doc])* $name,)*
        }

        /// Every field with its word in mapping files.
        pub const FIELDS: &[(Field, &str)] = &[$((Field::$name, $word)),*];
    };
}

fields! {
    /// The name of the order elsewhere; rows that share it are one order.
    Reference "reference"
    /// When it was placed.
    PlacedAt "placed_at"
    /// Its currency.
    Currency "currency"
    /// The id of the customer elsewhere.
    CustomerId "customer_id"
    /// The customer's e-mail address.
    Email "email"
    /// The customer's name.
    CustomerName "name"
    /// The customer's telephone number.
    Phone "phone"
    /// The code of the variant.
    Sku "line.sku"
    /// What it is called.
    Title "line.title"
    /// Units of it.
    Quantity "line.quantity"
    /// What one costs.
    UnitPrice "line.unit_price"
    /// What was taken off the line.
    LineDiscount "line.discount"
    /// Whether the line was sent.
    LineFulfillment "line.fulfillment_status"
    /// Whether the line travels.
    RequiresShipping "line.requires_shipping"
    /// What was paid, in Shopify's words.
    PaymentStatus "payment_status"
    /// When it was paid.
    PaidAt "paid_at"
    /// What is still to be paid.
    Outstanding "outstanding"
    /// What was sent, in Shopify's words.
    FulfillmentStatus "fulfillment_status"
    /// When it was sent.
    FulfilledAt "fulfilled_at"
    /// When it was called off.
    CanceledAt "canceled_at"
    /// Why it was called off.
    CancelReason "cancel_reason"
    /// What went back.
    Refunded "refunded"
    /// When it went back.
    RefundedAt "refunded_at"
    /// What the way costs.
    Shipping "shipping"
    /// The shop's word for the way.
    ShippingMethod "shipping_method"
    /// All taxes.
    Tax "tax"
    /// What was taken off the order.
    Discount "discount"
    /// The code that the buyer gave.
    DiscountCode "discount_code"
    /// The total, to compare with.
    Total "total"
    /// Words to find it by, separated by commas.
    Tags "tags"
    /// The name of the payment elsewhere.
    TransactionId "transaction_id"
    /// Who gets the bill.
    BillingName "billing.name"
    /// First line of where the bill goes.
    BillingLine1 "billing.line1"
    /// Second line.
    BillingLine2 "billing.line2"
    /// City.
    BillingCity "billing.city"
    /// Region.
    BillingRegion "billing.region"
    /// Postal code.
    BillingPostalCode "billing.postal_code"
    /// Country.
    BillingCountry "billing.country"
    /// Telephone number.
    BillingPhone "billing.phone"
    /// Who gets the goods.
    ShippingName "shipping.name"
    /// First line of where the goods go.
    ShippingLine1 "shipping.line1"
    /// Second line.
    ShippingLine2 "shipping.line2"
    /// City.
    ShippingCity "shipping.city"
    /// Region.
    ShippingRegion "shipping.region"
    /// Postal code.
    ShippingPostalCode "shipping.postal_code"
    /// Country.
    ShippingCountry "shipping.country"
    /// Telephone number.
    ShippingPhone "shipping.phone"
}

impl Field {
    /// The field with this word.
    pub fn named(word: &str) -> Option<Self> {
        FIELDS.iter().find(|(_, known)| *known == word).map(|(field, _)| *field)
    }

    /// Its word in mapping files.
    pub fn word(self) -> &'static str {
        FIELDS.iter().find(|(field, _)| *field == self).map_or("", |(_, word)| word)
    }
}

//! What a column may hold, in files of orders, of customers and of stock.

use super::MappingKind::{self, Customers, Orders, Stock};

macro_rules! fields {
    ($($(#[$doc:meta])* $name:ident $word:literal in $($kind:ident)+;)*) => {
        /// What a column holds.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Field {
            $($(#[$doc])* $name,)*
        }

        /// Every field with its word in mapping files, and the files that it may stand in.
        const FIELDS: &[(Field, &str, &[MappingKind])] = &[$((Field::$name, $word, &[$($kind),+])),*];
    };
}

fields! {
    /// The name of the order elsewhere; rows that share it are one order.
    Reference "reference" in Orders;
    /// When it was placed.
    PlacedAt "placed_at" in Orders;
    /// Its currency.
    Currency "currency" in Orders;
    /// The id of the customer elsewhere.
    CustomerId "customer_id" in Orders Customers;
    /// The customer's e-mail address.
    Email "email" in Orders Customers;
    /// The customer's name.
    CustomerName "name" in Orders Customers;
    /// The customer's telephone number.
    Phone "phone" in Orders Customers;
    /// The code of the variant.
    Sku "line.sku" in Orders;
    /// What it is called.
    Title "line.title" in Orders;
    /// Units of it.
    Quantity "line.quantity" in Orders;
    /// What one costs.
    UnitPrice "line.unit_price" in Orders;
    /// What was taken off the line.
    LineDiscount "line.discount" in Orders;
    /// Whether the line was sent.
    LineFulfillment "line.fulfillment_status" in Orders;
    /// Whether the line travels.
    RequiresShipping "line.requires_shipping" in Orders;
    /// What was paid, in Shopify's words.
    PaymentStatus "payment_status" in Orders;
    /// When it was paid.
    PaidAt "paid_at" in Orders;
    /// What is still to be paid.
    Outstanding "outstanding" in Orders;
    /// What was sent, in Shopify's words.
    FulfillmentStatus "fulfillment_status" in Orders;
    /// When it was sent.
    FulfilledAt "fulfilled_at" in Orders;
    /// When it was called off.
    CanceledAt "canceled_at" in Orders;
    /// Why it was called off.
    CancelReason "cancel_reason" in Orders;
    /// What went back.
    Refunded "refunded" in Orders;
    /// When it went back.
    RefundedAt "refunded_at" in Orders;
    /// What the way costs.
    Shipping "shipping" in Orders;
    /// The shop's word for the way.
    ShippingMethod "shipping_method" in Orders;
    /// All taxes.
    Tax "tax" in Orders;
    /// What was taken off the order.
    Discount "discount" in Orders;
    /// The code that the buyer gave.
    DiscountCode "discount_code" in Orders;
    /// The total, to compare with.
    Total "total" in Orders;
    /// Words to find it by, separated by commas.
    Tags "tags" in Orders;
    /// The name of the payment elsewhere.
    TransactionId "transaction_id" in Orders;
    /// Who gets the bill.
    BillingName "billing.name" in Orders Customers;
    /// First line of where the bill goes.
    BillingLine1 "billing.line1" in Orders Customers;
    /// Second line.
    BillingLine2 "billing.line2" in Orders Customers;
    /// City.
    BillingCity "billing.city" in Orders Customers;
    /// Region.
    BillingRegion "billing.region" in Orders Customers;
    /// Postal code.
    BillingPostalCode "billing.postal_code" in Orders Customers;
    /// Country.
    BillingCountry "billing.country" in Orders Customers;
    /// Telephone number.
    BillingPhone "billing.phone" in Orders Customers;
    /// Who gets the goods.
    ShippingName "shipping.name" in Orders Customers;
    /// First line of where the goods go.
    ShippingLine1 "shipping.line1" in Orders Customers;
    /// Second line.
    ShippingLine2 "shipping.line2" in Orders Customers;
    /// City.
    ShippingCity "shipping.city" in Orders Customers;
    /// Region.
    ShippingRegion "shipping.region" in Orders Customers;
    /// Postal code.
    ShippingPostalCode "shipping.postal_code" in Orders Customers;
    /// Country.
    ShippingCountry "shipping.country" in Orders Customers;
    /// Telephone number.
    ShippingPhone "shipping.phone" in Orders Customers;
    /// The customer's given name, where the name stands in two columns.
    FirstName "first_name" in Customers;
    /// The customer's family name.
    LastName "last_name" in Customers;
    /// The firm, which is written before the first line of the address.
    Company "company" in Customers;
    /// Pairs of metadata, as a JSON object.
    Metadata "metadata" in Customers;
    /// The code of the variant that lies somewhere.
    Code "sku" in Stock;
    /// Where it lies: the id or the name of a location.
    Location "location" in Stock;
    /// How many units lie there.
    OnHand "on_hand" in Stock;
    /// How many of them are never promised.
    SafetyStock "safety_stock" in Stock;
    /// At or below how much `available` to order more.
    ReorderPoint "reorder_point" in Stock;
}

impl Field {
    /// Its word in mapping files.
    pub fn word(self) -> &'static str {
        FIELDS.iter().find(|(field, ..)| *field == self).map_or("", |(_, word, _)| word)
    }
}

impl MappingKind {
    /// The fields that a file of this kind may have, with their words; none for products, whose fields are columns of
    /// Shopify.
    pub fn fields(self) -> impl Iterator<Item = (Field, &'static str)> {
        FIELDS
            .iter()
            .filter(move |(_, _, kinds)| kinds.contains(&self))
            .map(|(field, word, _)| (*field, *word))
    }

    /// Fields without whose column a row says nothing.
    pub const fn needed(self) -> &'static [Field] {
        match self {
            Orders => &[Field::Reference, Field::PlacedAt, Field::Sku, Field::Quantity, Field::UnitPrice],
            Stock => &[Field::Code, Field::OnHand],
            Customers | Self::Products => &[],
        }
    }

    /// What its rows are of, for people.
    pub const fn noun(self) -> &'static str {
        match self {
            Orders => "orders",
            Self::Products => "products",
            Customers => "customers",
            Stock => "stock",
        }
    }
}

//! What each token plays.

use sutler_domain::payments::Failure;

/// What a token plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scenario {
    /// Everything works.
    Ok,
    /// The money is secured and must be captured by hand.
    AuthOnly,
    /// The buyer must approve on a page first.
    BuyerDecides,
    /// The money is taken, but the answer is lost.
    Timeout,
    /// Taking works, giving back does not.
    RefundFails,
    /// The bank says no.
    Declined,
    /// The account is empty.
    InsufficientFunds,
    /// Works after five seconds.
    Slow,
    /// Unavailable twice, then works.
    Flaky,
    /// The buyer disputes it ten seconds after it was taken.
    Dispute,
    /// A token that plays nothing.
    Unknown,
}

impl Scenario {
    pub(super) fn of(token: Option<&str>) -> Self {
        match token {
            None | Some("tok_ok") => Self::Ok,
            Some("tok_auth_only") => Self::AuthOnly,
            Some("tok_3ds") => Self::BuyerDecides,
            Some("tok_timeout") => Self::Timeout,
            Some("tok_refund_fails") => Self::RefundFails,
            Some("tok_declined") => Self::Declined,
            Some("tok_insufficient_funds") => Self::InsufficientFunds,
            Some("tok_slow_5s") => Self::Slow,
            Some("tok_flaky") => Self::Flaky,
            Some("tok_dispute") => Self::Dispute,
            Some(_) => Self::Unknown,
        }
    }

    /// Why the first call of a payment is refused, where the scenario refuses it.
    pub(super) fn refusal(self, token: Option<&str>) -> Option<Failure> {
        let (code, message) = match self {
            Self::Declined => ("card_declined", "The card was declined by its bank.".to_owned()),
            Self::InsufficientFunds => {
                ("insufficient_funds", "The account does not hold enough money.".to_owned())
            }
            Self::Unknown => (
                "unknown_token",
                format!("'{}' is no token of the fake gateway; tok_ok is one.", token.unwrap_or_default()),
            ),
            _ => return None,
        };
        Some(Failure { code: code.to_owned(), message, retryable: self == Self::InsufficientFunds })
    }
}

//! The figures of the home page, and how the shop is run.

use axum::extract::State;
use jiff::SignedDuration;
use sutler_app::public::rfc3339;
use sutler_app::stats::{Overview, Period};
use sutler_domain::Currency;
use sutler_domain::catalog::Oversell;
use sutler_types::Money;
use sutler_types::stats as wire;

use crate::rest::operation::Needs::Scope;
use crate::rest::operation::{Operations, operations};
use crate::rest::{Answer, Api, Call, Params, Told};

/// Seconds of a day: what is asked for when nothing is said.
const DAY_S: i64 = 24 * 60 * 60;

pub(super) fn routes() -> Operations {
    operations! {
        get "/stats/overview", Scope("orders:read"), "get_overview", "What was sold, and what somebody must look at" => overview;
        get "/settings", Scope("settings:read"), "get_settings", "How the shop is run" => settings;
    }
}

/// `?range=24h` (the default), `90m`, `7d`.
async fn overview(State(api): State<Api>, call: Call, mut params: Params) -> Told {
    let range = range_of(params.text("range").as_deref());
    if range.is_none() {
        params.invalid("range", RANGE_RULE);
    }
    params.done()?;
    let range = range.unwrap_or(SignedDuration::from_secs(DAY_S));
    let overview = api.app.stats.overview(&call.caller, range).await?;
    Ok(Answer::ok(&call).json(&overview_body(&overview)))
}

/// What a range is.
pub(crate) const RANGE_RULE: &str = "'range' is a number with m, h or d, such as 24h";

/// A range, or that of a day where none is asked for; `None` when the text is none.
pub(crate) fn range_of(text: Option<&str>) -> Option<SignedDuration> {
    text.map_or(Some(DAY_S), range_s).map(SignedDuration::from_secs)
}

fn range_s(text: &str) -> Option<i64> {
    let unit_s = match text.chars().last()? {
        'm' => 60,
        'h' => 60 * 60,
        'd' => DAY_S,
        _ => return None,
    };
    let digits = text.get(..text.len().checked_sub(1)?)?;
    digits.parse::<u32>().ok().and_then(|count| i64::from(count).checked_mul(unit_s))
}

/// The body of the figures.
pub(crate) fn overview_body(overview: &Overview) -> wire::Overview {
    let attention = overview.attention;
    wire::Overview {
        object: "overview".to_owned(),
        from: rfc3339(overview.from),
        until: rfc3339(overview.until),
        now: period_body(&overview.now),
        before: period_body(&overview.before),
        attention: wire::Attention {
            awaiting_buyer: attention.orders.awaiting_buyer,
            payment_failed: attention.orders.payment_failed,
            on_hold: attention.orders.on_hold,
            returns_requested: attention.orders.returns_requested,
            low_stock: attention.low_stock,
            failing_endpoints: attention.failing_endpoints,
            dead_jobs: attention.dead_jobs,
        },
    }
}

fn period_body(period: &Period) -> wire::Period {
    let revenue = period.revenue.iter();
    wire::Period {
        orders: period.orders,
        paid: period.paid,
        paid_rate_permille: period.paid_permille(),
        revenue: revenue.clone().map(|(code, (total, _))| Money::new(*total, code)).collect(),
        average_order: revenue
            .filter_map(|(code, _)| Some((code, period.average_in(Currency::parse(code).ok()?)?)))
            .map(|(code, average)| Money::new(average, code))
            .collect(),
    }
}

/// How the shop is run, as its configuration says; what is secret is not among it.
async fn settings(State(api): State<Api>, call: Call, params: Params) -> Told {
    params.done()?;
    call.caller.may("settings:read")?;
    let shop = &api.app.settings;
    let oversell = match shop.oversell {
        Oversell::Deny => "deny",
        Oversell::Allow => "allow",
    };
    let body = wire::Settings {
        object: "settings".to_owned(),
        shop: shop.shop.clone(),
        currency: shop.currency.code().to_owned(),
        number_prefix: shop.number_prefix.clone(),
        reservation_ttl: shop.reservation_ttl.to_string(),
        oversell: oversell.to_owned(),
        order_lines_max: u64::try_from(shop.order_lines_max).unwrap_or(u64::MAX),
        locations_priority: shop.locations_priority.iter().map(ToString::to_string).collect(),
        default_gateway: shop.default_gateway.clone(),
        gateways: api.app.ports.gateways.keys().cloned().collect(),
        tax_rates: shop.tax_rates.iter().map(|(code, rate)| (code.clone(), rate.to_string())).collect(),
        tax_included: shop.tax_included,
        public_url: shop.public_url.clone(),
        require_idempotency_key: shop.require_idempotency_key,
        require_if_match: shop.require_if_match,
        events_retention: shop.events_retention.to_string(),
    };
    Ok(Answer::ok(&call).json(&body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_a_number_and_a_unit() {
        assert_eq!(["90m", "24h", "7d"].map(range_s), [Some(5400), Some(86_400), Some(604_800)]);
        assert_eq!(["", "h", "24", "-1h", "1w", "1.5h", "é"].map(range_s), [None; 7]);
    }
}

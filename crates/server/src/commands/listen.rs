//! `sutler listen`: webhooks on the way to a developer's machine, without an endpoint.

use clap::Args;
use serde_json::Value;
use sutler_adapters::http::{HttpCourier, Options};
use sutler_app::ports::Courier;
use sutler_app::ports::courier::Sent;
use sutler_app::webhooks::address::Reach;
use sutler_app::webhooks::signature::{SECRET_BYTES, Secret, sign};
use sutler_app::webhooks::{Form, Parcel};
use sutler_client::Heard;

use crate::connect::Context;
use crate::console::{Exit, Failure, clock_time, text};

/// Forward events to a receiver on this machine, signed as webhooks are, and show each reply
///
/// Nothing is kept: what the receiver does not take is not sent again. A connection to the server that is lost is made
/// again, and nothing that happened meanwhile is missed.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler listen --forward-to localhost:3000/hooks
  sutler listen --forward-to http://127.0.0.1:3000/hooks --types 'order.*,payment.captured'")]
pub(crate) struct Listen {
    /// Where to; http:// may be left out
    #[arg(long, value_name = "URL")]
    forward_to: String,
    /// Types, such as order.* or payment.captured; several with commas
    #[arg(long)]
    types: Option<String>,
    /// Begin after this cursor or event instead of now
    #[arg(long, value_name = "CURSOR")]
    after: Option<String>,
    /// End after so many events
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

pub(crate) async fn run(args: Listen, context: &Context) -> Result<(), Failure> {
    let url = if args.forward_to.contains("://") {
        args.forward_to.clone()
    } else {
        format!("http://{}", args.forward_to)
    };
    let secret = stable_secret(context)?;
    let options = Options { reach: Reach::Anywhere, ..Options::default() };
    let courier = HttpCourier::new(options).map_err(|error| Failure::new(Exit::Failed, error))?;
    let given = [("types", &args.types), ("after", &args.after)];
    let filters: Vec<(&str, &str)> =
        given.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?))).collect();
    let client = context.client()?;
    let events = client.events();
    let mut stream = events.follow(&filters);
    let mut left = args.limit.unwrap_or(usize::MAX);
    let mut is_told = false;
    while left > 0 {
        match stream.next().await.map_err(|error| context.explained(error))? {
            // Only now is it known that nothing that happens is missed.
            Heard::Open { .. } if !is_told => {
                context.output.say(format!("forwarding to {url}, signed with"));
                context.output.line(secret.expose())?;
                is_told = true;
            }
            Heard::Open { .. } => {}
            Heard::Event { json, .. } => {
                let event: Value = serde_json::from_str(&json).unwrap_or_default();
                let sent = courier.carry(&parcel(&url, &event, json, &secret)).await;
                context.output.line(told(&event, &sent))?;
                left = left.saturating_sub(1);
            }
            Heard::Gap { reason, .. } => {
                context
                    .output
                    .say(format!("! events are missing ({reason}); it goes on with the oldest there is"));
            }
            Heard::Lost { reason } => context.output.say(format!("! {reason}; connecting again")),
        }
    }
    Ok(())
}

/// The same secret for the same key each time, so that the receiver can be told once. It does not tell the key.
fn stable_secret(context: &Context) -> Result<Secret, Failure> {
    let key = context.key_of_server()?.unwrap_or_default();
    let from = Secret::of(b"sutler listen");
    // A signature with the key inside is as good as chance to whoever lacks the key.
    let signed = sign([&from], "listen", 0, key.as_bytes());
    let bytes: Vec<u8> = signed.bytes().rev().take(SECRET_BYTES).collect();
    Ok(Secret::of(&bytes))
}

#[expect(
    clippy::disallowed_methods,
    reason = "a command has no port to ask; a receiver wants the time of this attempt"
)]
fn parcel(url: &str, event: &Value, json: String, secret: &Secret) -> Parcel {
    let body = json.into_bytes();
    let (id, now_s) = (text(event, "/id"), jiff::Timestamp::now().as_second());
    let header = |name: &str, value: String| (name.to_owned(), value);
    let headers = vec![
        header("content-type", "application/json".to_owned()),
        header("user-agent", format!("sutler/{}", env!("CARGO_PKG_VERSION"))),
        header("webhook-id", id.clone()),
        header("webhook-timestamp", now_s.to_string()),
        header("webhook-signature", sign([secret], &id, now_s, &body)),
        header("x-sutler-attempt", "1".to_owned()),
    ];
    Parcel { url: url.to_owned(), headers, body, form: Form::Full }
}

/// `13:06:56.120  order.placed  ord_…  ✓ 200  3 ms`.
fn told(event: &Value, sent: &Sent) -> String {
    let how = match &sent.reply {
        Ok(reply) if (200..300).contains(&reply.status) => format!("✓ {}", reply.status),
        Ok(reply) => {
            let first = reply.body.lines().next().unwrap_or_default();
            format!("✗ {} {}", reply.status, first.chars().take(80).collect::<String>())
        }
        Err(error) => format!("✗ {error}"),
    };
    format!(
        "{}  {:<21} {}  {how}  {} ms",
        clock_time(&text(event, "/time")),
        text(event, "/type"),
        text(event, "/subject"),
        sent.timings.total_ms
    )
}

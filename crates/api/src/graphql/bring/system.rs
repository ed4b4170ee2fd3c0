//! Events, nodes, and who asks.

use futures::future::join_all;
use serde_json::{Value, json};
use sutler_app::Problem;
use sutler_app::public::EventQuery;

use super::{Bring, fields, shown};
use crate::graphql::asked::Asked;
use crate::graphql::pages;
use crate::rest::system::{RANGE_RULE, overview_body, range_of};

fields! {
    "Query" {
        "events" => events,
        "event" => event,
        "node" => node,
        "nodes" => nodes,
        "whoami" => whoami,
        "stats" => stats,
    }
}

/// Events have no page before theirs: the log is read forwards.
async fn events(asked: Asked<'_>) -> Result<Value, Problem> {
    let query = EventQuery {
        types: asked.plain("types").unwrap_or_default(),
        subject: asked.text("subject").map(str::to_owned),
        after: asked.text("after").map(str::to_owned),
        limit: asked.plain("first").unwrap_or(1),
    };
    let page = asked.api().app.events.list(asked.caller(), &query).await?;
    let nodes = page.events.iter().map(shown).collect::<Result<Vec<_>, _>>()?;
    let edges: Vec<Value> =
        nodes.iter().map(|node| json!({ "cursor": node.get("id"), "node": node })).collect();
    Ok(json!({
        "page_info": {
            "has_next_page": page.has_more,
            "has_previous_page": query.after.is_some(),
            "start_cursor": nodes.first().and_then(|node| node.get("id")),
            // Where to go on, also when nothing is there yet.
            "end_cursor": page.next,
        },
        "edges": edges,
        "nodes": nodes,
    }))
}

async fn event(asked: Asked<'_>) -> Result<Value, Problem> {
    let id = pages::id(asked.text("id").unwrap_or_default(), "event")?;
    shown(&asked.api().app.events.get(asked.caller(), &id).await?)
}

/// What brings the things whose ids begin so; whatever else is a product, whose id its owner chose.
fn bring_of(id: &str) -> Option<Bring> {
    let field = match id.split_once('_').map_or("", |(prefix, _)| prefix) {
        "ord" => "order",
        "pay" => "payment",
        "ref" => "refund",
        "ful" => "fulfillment",
        "ret" => "return",
        "cus" => "customer",
        "var" => "variant",
        "res" => "reservation",
        _ => return None,
    };
    super::of("Query", field)
}

async fn one(asked: &Asked<'_>, id: &str) -> Result<Value, Problem> {
    let Some(bring) = bring_of(id) else {
        return Ok(asked.asker.loads.product(id).await?.unwrap_or_default());
    };
    match bring(Asked { arguments: json!({ "id": id }), ..asked.at_root() }).await {
        Err(problem) if problem.code == "not_found" => Ok(Value::Null),
        found => found,
    }
}

async fn node(asked: Asked<'_>) -> Result<Value, Problem> {
    one(&asked, asked.text("id").unwrap_or_default()).await
}

async fn nodes(asked: Asked<'_>) -> Result<Value, Problem> {
    let ids: Vec<String> = asked.plain("ids").unwrap_or_default();
    let found = join_all(ids.iter().map(|id| one(&asked, id))).await;
    Ok(Value::Array(found.into_iter().collect::<Result<_, _>>()?))
}

async fn stats(asked: Asked<'_>) -> Result<Value, Problem> {
    let range = range_of(asked.text("range")).ok_or_else(|| pages::wrong(RANGE_RULE))?;
    shown(&overview_body(&asked.api().app.stats.overview(asked.caller(), range).await?))
}

async fn whoami(asked: Asked<'_>) -> Result<Value, Problem> {
    let caller = asked.caller();
    Ok(json!({ "actor": caller.actor, "scopes": caller.scopes.iter().collect::<Vec<_>>() }))
}

//! The GraphQL door, of which REST knows only the envelope.

use sutler_types::graphql::{GraphqlAnswer, GraphqlRequest};

use crate::openapi::entry::{Entry, of};

pub(super) fn entries() -> Vec<Entry> {
    vec![
        of("graphql")
            .about(
                "What goes wrong in it is told in `errors`, with 200. Whoever accepts `text/event-stream` gets each answer as \
                 an event, which a subscription needs.",
            )
            .takes::<GraphqlRequest>()
            .gives::<GraphqlAnswer>(200, "What the document tells.")
            .gives_as(200, "", "text/event-stream"),
        of("graphql_socket")
            .about("`graphql-transport-ws`; the key may be `Authorization` in the first message.")
            .gives_bare(101, "The protocol changes.")
            .codes(&["validation_failed", "busy"]),
        of("graphql_schema").gives_as(200, "The schema.", "application/graphql; charset=utf-8"),
        of("graphql_console")
            .gives_as(200, "A page that sends documents to this shop.", super::HTML)
            .codes(&["unknown_parameter", "method_not_allowed"]),
    ]
}

use async_graphql::parser::parse_query;

use super::rows::{FIRST_MAX, IDS_MAX};
use super::*;
use crate::graphql::text::must_be_short;

fn weighed(text: &str) -> Result<Weighed, Refused> {
    must_be_short(text)?;
    weigh(&parse_query(text).unwrap(), None, &Variables::default(), Ok(()))
}

#[test]
fn a_connection_costs_its_rows() {
    for (text, cost) in [
        ("{ order(id: \"o\") { id number } }", 1),
        ("{ order(id: \"o\") { id totals { total { amount } } } }", 3),
        ("{ orders(first: 50) { nodes { id } } }", 51),
        ("{ orders(first: 50) { nodes { id } pageInfo { endCursor } totalCount } }", 52),
        ("{ orders(first: 50) { edges { cursor node { id } } } }", 101),
        ("{ orders(first: 50) { nodes { id payments(first: 2) { nodes { id } } } } }", 1 + 50 * (1 + 1 + 2)),
        ("{ orders(first: 2) { nodes { ...O } } } fragment O on Order { items { id } }", 1 + 2 * 2),
        ("query($n: Int = 5) { products(first: $n) { nodes { id } } }", 6),
        ("{ nodes(ids: [\"a\", \"b\", \"c\"]) { id ... on Order { items { id } } } }", 6),
        ("{ locations { id } whoami { actor } }", 2),
        ("{ __schema { types { name fields { name args { name type { name ofType { name } } } } } } }", 0),
    ] {
        assert_eq!(weighed(text).unwrap().cost, cost, "{text}");
    }
}

/// So many fields, each under another name.
fn many_named(times: usize) -> String {
    let named: Vec<String> = (0..times).map(|n| format!("a{n}: whoami {{ actor }}")).collect();
    named.join(" ")
}

#[test]
fn what_asks_for_too_much_is_refused_where_it_does() {
    let many = |field: &str, times: usize| format!("{{ {} }}", format!("{field} ").repeat(times));
    let aliases = many_named(ALIASES_MAX + 1);
    let deep = format!("{{ order(id: \"o\") {}{} }}", "{ items ".repeat(DEPTH_MAX), "} ".repeat(DEPTH_MAX));
    let folded = (0..15).map(|n| format!("fragment F{n} on Query {{ ...F{} ...F{} }} ", n + 1, n + 1));
    let folded =
        format!("{{ ...F0 }} {} fragment F15 on Query {{ whoami {{ actor }} }}", folded.collect::<String>());
    let flood = format!("{{ whoami {{ actor {} }} }}", "@include(if: true) ".repeat(DIRECTIVES_MAX + 1));
    let lists = "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }";
    for text in [
        deep.as_str(),
        &format!("{{ {aliases} }}"),
        &many("whoami { actor }", REPEATS_MAX + 1),
        &many("...{ whoami { actor } }", ROOT_FIELDS_MAX + 1),
        &folded,
        &flood,
        lists,
        "{ orders(first: 200) { nodes { items { id } payments(first: 200) { nodes { id } } } } }",
        "{ ...A } fragment A on Query { whoami { actor } ...B } fragment B on Query { ...A }",
        "{ orders(first: 2) { nodes { timeline { at } } } }",
    ] {
        let refused = weighed(text).unwrap_err();
        assert_eq!(refused.problem.code, "query_too_complex", "{text:.90}: {}", refused.problem.detail);
        assert!(refused.at.is_some(), "{text:.90}");
    }
}

#[test]
fn a_page_says_how_many_rows_it_wants() {
    let ids = "\"a\" ".repeat(usize::try_from(IDS_MAX).unwrap() + 1);
    for text in [
        "{ orders { nodes { id } } }",
        "{ orders(first: null) { nodes { id } } }",
        "{ orders(first: 0) { nodes { id } } }",
        &format!("{{ orders(first: {}) {{ nodes {{ id }} }} }}", FIRST_MAX + 1),
        &format!("{{ nodes(ids: [{ids}]) {{ id }} }}"),
    ] {
        assert_eq!(weighed(text).unwrap_err().problem.code, "validation_failed", "{text}");
    }
    assert!(weighed("{ order(id: \"o\") { timeline { at } checks { check } } }").is_ok());
}

#[test]
fn who_may_not_read_the_schema_is_told_where_it_is_asked_for() {
    let problem = Caller { scopes: sutler_app::Scopes::of(["orders:read"]), ..Caller::system("test") };
    let problem = may_introspect(&problem, false).unwrap_err();
    for text in ["{ whoami { actor } __schema { types { name } } }", "{ __type(name: \"Order\") { name } }"] {
        let document = parse_query(text).unwrap();
        let refused = weigh(&document, None, &Variables::default(), Err(&problem)).unwrap_err();
        assert_eq!(refused.problem.code, "insufficient_scope", "{text}");
        assert!(refused.at.is_some());
    }
    assert!(
        weigh(&parse_query("{ __typename }").unwrap(), None, &Variables::default(), Err(&problem)).is_ok()
    );
}

#[test]
fn the_operation_that_is_named_is_weighed() {
    let text = "query A { whoami { actor } } query B { orders(first: 9) { nodes { id } } }";
    let document = parse_query(text).unwrap();
    let weighed = |name| weigh(&document, name, &Variables::default(), Ok(()));
    assert_eq!(weighed(Some("B")).unwrap().cost, 10);
    for name in [None, Some("C")] {
        assert_eq!(weighed(name).unwrap_err().problem.code, "validation_failed");
    }
}

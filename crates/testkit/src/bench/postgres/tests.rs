//! The references on PostgreSQL are true: one writes what the engine writes, the other what the specification says.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sutler_app::ports::Clock;
use tokio_postgres::{Client, SimpleQueryMessage};

use super::pgbench::NEW_ORDER;
use super::{Postgres, connect, record};
use crate::bench::engine::Engine;
use crate::bench::requests::{Basket, key, order_body};

const PRODUCTS: usize = 32;

/// A stocked database and its copy.
async fn stocked(now: Timestamp) -> [String; 2] {
    let server = Postgres::shared();
    let stocked = server.database().unwrap();
    let engine = Engine::connect(&server.url(&stocked), now).await.unwrap();
    engine.stock(PRODUCTS).await.unwrap();
    engine.close().await;
    let copy = server.copy(&stocked).unwrap();
    [server.url(&stocked), server.url(&copy)]
}

/// Tables with a number for each, such as their rows.
async fn of_tables(books: &Client, number: &str) -> Vec<(String, i64)> {
    let sql =
        "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1";
    let mut all = Vec::new();
    for row in books.query(sql, &[]).await.unwrap() {
        let table: String = row.get(0);
        let sql = format!("SELECT ({number})::bigint FROM {table}");
        all.push((table, books.query_one(&sql, &[]).await.unwrap().get(0)));
    }
    all
}

#[tokio::test]
async fn a_transaction_with_row_locks_writes_as_many_rows_as_the_engine() {
    let now = crate::clock::TestClock::default().now();
    let [engines, peers] = stocked(now).await;
    let later = now + SignedDuration::from_mins(1);
    // The recording places two orders itself.
    let recorded = record(&engines, later, PRODUCTS).await.unwrap();
    let by_peers = connect(&peers).await.unwrap();
    let before = of_tables(&by_peers, "count(*)").await;
    let shop = (Basket::Many, PRODUCTS);
    let tally = recorded.place(&peers, shop, 4, Duration::from_millis(300), 0).await.unwrap();
    assert!(tally.done > 0);
    let engine = Engine::connect(&engines, later + SignedDuration::from_mins(1)).await.unwrap();
    for n in 2..tally.done {
        let body = order_body(Basket::Many, usize::try_from(n).unwrap() % PRODUCTS, PRODUCTS);
        engine.place(&body, &key("re", n)).await.unwrap();
        engine.work().await.unwrap();
    }
    engine.close().await;
    let by_engine = connect(&engines).await.unwrap();
    let (ours, theirs) = (of_tables(&by_engine, "count(*)").await, of_tables(&by_peers, "count(*)").await);
    let done = i64::try_from(tally.done.max(2)).unwrap();
    for (((table, ours), (_, theirs)), (_, before)) in ours.iter().zip(&theirs).zip(&before) {
        // Whatever the engine has a row of for each order, peers have too.
        let (ours, theirs) = (ours - before, theirs - before);
        assert_eq!(theirs * done, ours * i64::try_from(tally.done).unwrap(), "{table}");
    }
    assert!(ours.iter().any(|(table, rows)| table == "orders" && *rows == done));
    for (sql, what) in [
        ("SELECT sum(reserved)::bigint FROM stock", "units"),
        ("SELECT count(DISTINCT order_id) FROM orders", "orders"),
        ("SELECT count(DISTINCT variant_id) FROM journal", "variants"),
    ] {
        let ours: i64 = by_engine.query_one(sql, &[]).await.unwrap().get(0);
        let theirs: i64 = by_peers.query_one(sql, &[]).await.unwrap().get(0);
        assert!(
            theirs > 0 && (what == "variants" || theirs * done == ours * tally.done.cast_signed()),
            "{sql}"
        );
    }
    // A time in a body may be a digit shorter in another order.
    let bytes = "SELECT (sum(length(body)) / count(*))::bigint FROM events";
    let ours: i64 = by_engine.query_one(bytes, &[]).await.unwrap().get(0);
    let theirs: i64 = by_peers.query_one(bytes, &[]).await.unwrap().get(0);
    assert!(ours > 0 && (ours - theirs).abs() * 10 < ours, "{theirs} bytes instead of {ours}");
}

/// A small database of TPC-C: two warehouses of 20 items, 30 customers a district.
async fn small() -> Client {
    let server = Postgres::shared();
    let database = server.database().unwrap();
    let client = connect(&server.url(&database)).await.unwrap();
    client.batch_execute(NEW_ORDER).await.unwrap();
    client.batch_execute("CALL populate(2, 20, 30)").await.unwrap();
    client
}

/// The first row, as text.
async fn shown(client: &Client, sql: &str) -> String {
    let row = client.query_one(&format!("SELECT row::text FROM ({sql}) AS row"), &[]).await.unwrap();
    row.get(0)
}

#[tokio::test]
async fn new_order_does_what_the_specification_says() {
    let client = small().await;
    client
        .batch_execute(
            "UPDATE item SET i_price = 10 * i_id; UPDATE customer SET c_discount = 0.2;
             UPDATE stock SET s_quantity = CASE s_i_id WHEN 1 THEN 15 WHEN 2 THEN 14 ELSE 50 END;
             UPDATE item SET i_data = 'ORIGINAL' WHERE i_id <= 2;
             UPDATE stock SET s_data = CASE s_i_id WHEN 1 THEN 'an ORIGINAL' ELSE 'none' END",
        )
        .await
        .unwrap();
    // Five units of item 1, five of item 2 and four of item 3, the last of them from the other warehouse.
    let call = "CALL place(1, 7, 9, '{1,2,3}', '{1,1,2}', '{5,5,4}', NULL, NULL, NULL)";
    let answers = client.simple_query(call).await.unwrap();
    let answer = answers.iter().find_map(|answer| match answer {
        SimpleQueryMessage::Row(row) => {
            Some(["order_id", "total", "brands"].map(|name| row.get(name).unwrap()))
        }
        _ => None,
    });
    let [order_id, total, brands] = answer.unwrap();
    // (50 + 100 + 120) × (1 - 0.2) × (1 + 0.1 + 0.05)
    assert_eq!((order_id, total.trim_end_matches('0'), brands), ("3001", "248.4", "BGG"));
    for (sql, row) in [
        ("SELECT d_next_o_id FROM district WHERE d_w_id = 1 AND d_id = 7", "(3002)"),
        ("SELECT count(*) FROM district WHERE d_next_o_id <> 3001", "(1)"),
        (
            "SELECT o_w_id, o_d_id, o_id, o_c_id, o_carrier_id, o_ol_cnt, o_all_local FROM orders",
            "(1,7,3001,9,,3,0)",
        ),
        ("SELECT * FROM new_order", "(1,7,3001)"),
        // 15 is ten more than is asked for; 14 is not, so 91 come.
        (
            "SELECT s_quantity, s_ytd, s_order_cnt, s_remote_cnt FROM stock WHERE (s_w_id, s_i_id) = (1, 1)",
            "(10,5,1,0)",
        ),
        (
            "SELECT s_quantity, s_ytd, s_order_cnt, s_remote_cnt FROM stock WHERE (s_w_id, s_i_id) = (1, 2)",
            "(100,5,1,0)",
        ),
        (
            "SELECT s_quantity, s_ytd, s_order_cnt, s_remote_cnt FROM stock WHERE (s_w_id, s_i_id) = (2, 3)",
            "(46,4,1,1)",
        ),
        ("SELECT count(*) FROM stock WHERE s_ytd > 0", "(3)"),
        ("SELECT array_agg(ol_amount ORDER BY ol_number) FROM order_line", r#"("{50.00,100.00,120.00}")"#),
        (
            "SELECT array_agg(ol_supply_w_id ORDER BY ol_number), count(ol_delivery_d) FROM order_line",
            r#"("{1,1,2}",0)"#,
        ),
        (
            "SELECT count(*) FROM order_line JOIN stock ON (s_w_id, s_i_id) = (ol_supply_w_id, ol_i_id)
             WHERE ol_dist_info = s_dist_07",
            "(3)",
        ),
    ] {
        assert_eq!(shown(&client, sql).await, row, "{sql}");
    }
}

#[tokio::test]
async fn an_order_of_an_unknown_item_leaves_nothing() {
    let client = small().await;
    let call = "CALL place(1, 7, 9, '{1,1000000}', '{1,1}', '{5,5}', NULL, NULL, NULL)";
    let answer = client.query_one(call, &[]).await.unwrap();
    assert_eq!(answer.get::<_, Option<i32>>(0), None);
    let left = "SELECT (SELECT count(*) FROM orders) AS o, (SELECT count(*) FROM order_line) AS l,
                       (SELECT count(*) FROM stock WHERE s_ytd > 0) AS s, (SELECT max(d_next_o_id) FROM district) AS d";
    assert_eq!(shown(&client, left).await, "(0,0,0,3001)");
}

#[tokio::test]
async fn numbers_that_are_not_uniform_stay_within_their_bounds() {
    let client = small().await;
    let spread = "SELECT min(n) AS low, max(n) AS high
                  FROM (SELECT nurand(255, 1, 100) AS n FROM generate_series(1, 20000)) AS numbers";
    assert_eq!(shown(&client, spread).await, "(1,100)");
}

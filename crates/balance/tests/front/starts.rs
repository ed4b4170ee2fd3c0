//! What it says when it cannot start, and that then nothing is started.

use std::net::TcpListener;

use sutler_testkit::servers::node::Node;

use crate::balance::{Balance, run};

/// Exit code and what was said.
fn told(args: &[&str]) -> (i32, String) {
    let output = run(args);
    assert!(output.stdout.is_empty(), "{output:?}");
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_node_that_does_not_exist_is_named_with_reason_and_next_step() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let (code, said) = told(&["--listen", &free, "--upstream", "http://nowhere.invalid:8420"]);
    assert_eq!(code, 7, "{said}");
    assert!(said.starts_with("error: the upstream http://nowhere.invalid:8420 cannot be found ("), "{said}");
    assert!(said.contains("getent hosts") && said.contains("nothing was started"), "{said}");
    // Nobody listens there.
    TcpListener::bind(&free).unwrap();
}

#[test]
fn an_address_that_is_none_is_a_wrong_use() {
    for (url, reason) in
        [("node-1:8420", "does not begin with http://"), ("https://node-1", "https is not spoken")]
    {
        let (code, said) = told(&["--listen", "127.0.0.1:0", "--upstream", url]);
        assert_eq!(code, 2, "{said}");
        assert!(
            said.starts_with(&format!("error: invalid value '{url}' for '--upstream <URL>': ")),
            "{said}"
        );
        assert!(said.contains(reason) && said.contains("such as http://10.0.0.7:8420"), "{said}");
    }
}

#[test]
fn a_node_that_is_named_twice_or_is_the_balancer_itself_is_refused() {
    let (code, said) = told(&[
        "--listen",
        "127.0.0.1:0",
        "--upstream",
        "http://127.0.0.1:8421",
        "--upstream",
        "http://localhost:8421/",
    ]);
    assert!(code == 3 && said.contains("the upstream http://localhost:8421 is named twice"), "{code} {said}");
    let (code, said) = told(&["--listen", "127.0.0.1:8400", "--upstream", "http://127.0.0.1:8400"]);
    assert!(code == 3 && said.contains("is the balancer itself (--listen 127.0.0.1:8400)"), "{code} {said}");
}

#[test]
fn an_address_that_is_taken_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for flags in
        [["--listen", &address, "--admin", "127.0.0.1:0"], ["--listen", "127.0.0.1:0", "--admin", &address]]
    {
        let (code, said) = told(&[&flags[..], &["--upstream", "http://127.0.0.1:1"]].concat());
        assert_eq!(code, 1, "{said}");
        assert!(said.starts_with(&format!("error: cannot listen on {address} (")), "{said}");
        assert!(said.contains("ss -ltnp") && said.contains("nothing was started"), "{said}");
    }
}

#[tokio::test]
async fn a_node_that_is_only_down_is_a_warning() {
    let mut nodes = [Node::start("one").unwrap(), Node::start("two").unwrap()];
    nodes[1].die().await;
    let balance = Balance::start(&[&nodes[0], &nodes[1]], &[]);
    assert_eq!(balance.logged("upstream_not_ready")[0]["upstream"], nodes[1].url());
    let ready = &balance.logged("ready")[0];
    assert_eq!((&ready["nodes"], &ready["up"]), (&2.into(), &1.into()));
    assert_eq!(balance.page("/livez").await.0, 200);
    assert_eq!(balance.page("/readyz").await, (200, "1 of 2 nodes are up\n".to_owned()));
    let healthy = |node: &Node| format!("sutler_balance_upstream_healthy{{upstream=\"{}\"}}", node.url());
    assert_eq!(balance.number(&healthy(&nodes[0])).await, 1);
    assert_eq!(balance.number(&healthy(&nodes[1])).await, 0);
    assert_eq!(balance.page("/elsewhere").await.0, 404);
}

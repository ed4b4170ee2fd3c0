//! A full disk: nothing that was answered is lost, reading goes on, and so does writing once there is space.

use std::process::Command;

use serde_json::json;

use crate::server::{API_KEY, Server, folder};

/// The server in a name space of its own, on a small file system that nobody else sees.
const ON_A_SMALL_DISK: &str = "mount -t tmpfs -o size=3m tmpfs disk && head -c 1000000 /dev/zero > disk/ballast && exec \"$0\" serve --port 0";

fn can_mount() -> bool {
    let mounts = ["--user", "--map-root-user", "--mount", "sh", "-c", "mount -t tmpfs -o size=1m tmpfs /mnt"];
    Command::new("unshare").args(mounts).output().is_ok_and(|output| output.status.success())
}

#[tokio::test]
async fn a_full_disk_loses_nothing_and_heals() {
    if !can_mount() {
        println!("skipped: this machine lets nobody mount a small file system to fill");
        return;
    }
    let folder = folder();
    std::fs::create_dir(folder.path().join("disk")).unwrap();
    let mut command = Command::new("unshare");
    command
        .args([
            "--user",
            "--map-root-user",
            "--mount",
            "sh",
            "-c",
            ON_A_SMALL_DISK,
            env!("CARGO_BIN_EXE_sutler"),
        ])
        .current_dir(folder.path())
        // Nothing of the tests' own environment is a setting of the server.
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .env("API_KEY", API_KEY)
        .env("SUTLER_DATA_DIR", "disk");
    let server = Server::of(command, folder.path());
    let product =
        json!({"title": "P1", "price": {"amount": 1000, "currency": "EUR"}, "track_inventory": false});
    server.ask("PUT", "/products/P1", Some(product)).await.unwrap();
    let order =
        json!({"items": [{"product_id": "P1", "quantity": 1}], "metadata": {"room": "x".repeat(400)}});
    let mut answered = 0;
    let refused = loop {
        match server.ask("POST", "/orders", Some(order.clone())).await {
            Ok(_) => answered += 1,
            Err(code) => break code,
        }
    };
    assert_eq!(refused, "unavailable");
    assert!(answered > 0);
    let count = "/orders?limit=1&count=exact";
    let stored = server.ask("GET", count, None).await.unwrap();
    assert_eq!(stored["page"]["total"], answered, "what was answered is there, and nothing else");

    let inside = format!("/proc/{}/root{}/disk/ballast", server.pid(), folder.path().display());
    std::fs::remove_file(inside).unwrap();
    while server.ask("POST", "/orders", Some(order.clone())).await.is_err() {}
    let stored = server.ask("GET", count, None).await.unwrap();
    assert_eq!(stored["page"]["total"], answered + 1);
}

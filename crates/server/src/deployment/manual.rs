//! What the manual says of alerts is what the rules say.

use serde_json::Value;

use super::read;

#[test]
fn the_manual_explains_every_alert() {
    let rules: Value = serde_saphyr::from_str(&read("deploy/prometheus/alerts.yml")).unwrap();
    let groups = rules["groups"].as_array().unwrap().iter();
    let alerts = groups.flat_map(|group| group["rules"].as_array().unwrap());
    let known: Vec<String> = alerts.map(|rule| format!("`{}`", rule["alert"].as_str().unwrap())).collect();
    let manual = read("docs/deploying.md");
    let table = manual.lines().skip_while(|line| !line.starts_with("| alert |")).skip(2);
    let rows = table.take_while(|line| line.starts_with('|'));
    let told: Vec<&str> = rows.map(|row| row.split('|').nth(1).unwrap().trim()).collect();
    assert_eq!(told, known, "docs/deploying.md and deploy/prometheus/alerts.yml name other alerts");
}

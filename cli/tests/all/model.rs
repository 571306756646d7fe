//! What `redan model` gives: the system in words of others.

use serde_json::json;

use crate::{Ran, folder, redan, root, write};

/// A model by hand with rules of architecture, in the words of a collection that calls things otherwise.
const SHOP: &str = r#"
boundary private { trust: internal }
actor   customer
process web    in private
queue   jobs   in private
store   orders in private

customer -> web
customer -> orders
web -> orders as "reads"
web -> orders as "writes"
web -> jobs

annotation(c, "internal") if c: process
annotation(s, "database") if s: store and s is not queue
flow_annotation(f, "jdbc") if _ -[f]-> s and s.name == "orders"
dfd_name(c, "shop database") if c: store and c.name == "orders"
dfd_omits(f) if _: actor -[f]-> _: store

architecture_rule("R02", "Nobody reaches a store past its service.")
architecture_rule("R01", "Everything runs in a boundary.")
rule_checked("R01", c.name) if c: process
rule_checked("R02", s.name) if s: store and s is not queue
rule_broken("R02", s.name) if _: actor -> s: store
"#;

/// A command on the tree with the packs `core` and `shop` alone.
fn shop(here: &std::path::Path, command: &[&str]) -> Ran {
    let core = root().join("rules/core");
    let mut arguments =
        vec!["--no-library", "--pack", core.to_str().unwrap(), "--pack", "shop.redan"];
    arguments.extend(command);
    let ran = redan(here, &arguments);
    assert_eq!(ran.code, 0, "{}", ran.err);
    ran
}

#[test]
fn a_diagram_for_comparison_has_the_words_of_others() {
    let here = folder("model-dfd");
    write(&here, "tree/shop.txt", "");
    write(&here, "shop.redan", SHOP);
    let ran = shop(&here, &["model", "tree", "--format", "dfd"]);
    let broken = json!({
        "id": "R02", "text": "Nobody reaches a store past its service.", "holds": false,
        "checked": ["orders"], "broken": ["orders"]
    });
    let kept = json!({
        "id": "R01", "text": "Everything runs in a boundary.", "holds": true,
        "checked": ["web"], "broken": []
    });
    let expected = json!({
        "components": [
            { "name": "customer", "kind": "external", "stereotypes": [] },
            { "name": "jobs", "kind": "service", "stereotypes": [] },
            { "name": "shop database", "kind": "store", "stereotypes": ["database"] },
            { "name": "web", "kind": "service", "stereotypes": ["internal"] },
        ],
        // Flows between the same ends are one; what the actor does to the store is left out.
        "flows": [
            { "from": "customer", "to": "web", "stereotypes": [] },
            { "from": "web", "to": "jobs", "stereotypes": [] },
            { "from": "web", "to": "shop database", "stereotypes": ["jdbc"] },
        ],
        "rules": [kept, broken],
    });
    assert_eq!(ran.json(), expected);

    let report = shop(&here, &["scan", "tree", "--output-format", "json"]);
    assert_eq!(report.json()["architecture_rules"], json!([kept, broken]));
    let text = shop(&here, &["scan", "tree"]).out;
    assert!(text.contains("  1 of 2 rules of architecture hold; broken: R02\n"), "{text}");
}

/// The differences between documents and the rest, as `account difference entity attribute: stated / found @ places`.
fn drift(here: &std::path::Path) -> Vec<String> {
    let ran = redan(here, &["scan", ".", "--output-format", "json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let report = ran.json();
    let text = |v: &serde_json::Value| v.as_str().unwrap_or("-").to_owned();
    let at = |v: &serde_json::Value| {
        if v.is_null() { "-".to_owned() } else { format!("{}:{}", text(&v["path"]), v["line"]) }
    };
    let list = |v: &serde_json::Value| {
        v.as_array().unwrap().iter().map(text).collect::<Vec<_>>().join(" ")
    };
    let show = |d: &serde_json::Value| {
        format!(
            "{} {} {} {}: {} / {} @ {} {}",
            text(&d["account"]),
            text(&d["difference"]),
            text(&d["entity"]),
            text(&d["attribute"]),
            list(&d["stated"]),
            list(&d["found"]),
            at(&d["stated_at"]),
            at(&d["found_at"])
        )
    };
    report["drift"].as_array().unwrap().iter().map(show).collect()
}

const COMPOSE: &str = r#"services:
  web:
    image: nginx
    ports: ["80:80"]
    environment: { API_URL: "http://api:8080" }
  api:
    build: api
    environment: { DATABASE_URL: "postgres://orders:5432/x", BILLING_URL: "http://billing:80" }
  orders:
    image: postgres
  billing:
    image: acme/billing
"#;

#[test]
fn documents_and_repository_are_compared_both_ways() {
    let here = folder("model-drift");
    write(&here, "compose.yml", COMPOSE);
    // The arrow from the store follows the data; `Billing` is spelled otherwise.
    write(
        &here,
        "design.md",
        "# Design\n\n```mermaid\nflowchart LR\n  customer([Customer]) --> web[web]\n  web -->|HTTPS| api[api]\n  \
         orders[(orders)] --> api\n  web --> billing[Billing]\n  api --> cache[(cache)]\n```\n",
    );
    assert_eq!(
        drift(&here),
        [
            "document contradiction web -> api encrypted: true / false @ design.md:6 compose.yml:5",
            "document contradiction web -> api protocol: https / http @ design.md:6 compose.yml:5",
            "document not_found cache -:  /  @ design.md:9 -",
            "document not_found web -> billing -:  /  @ design.md:8 -",
            "document not_documented api -> billing -:  /  @ - compose.yml:8",
        ]
    );
}

#[test]
fn documents_that_agree_or_show_something_else_are_no_drift() {
    let here = folder("model-no-drift");
    write(&here, "compose.yml", COMPOSE);
    // All of it, and no more.
    let whole = "```mermaid\nflowchart LR\n  web[web] -->|HTTP| api[api]\n  api --> orders[(orders)]\n  api --> billing[billing]\n```\n";
    write(&here, "design.md", whole);
    assert_eq!(drift(&here), Vec::<String>::new());
    // A drawing of another system: nothing of this one is missed in it.
    write(&here, "design.md", "```mermaid\nflowchart LR\n  robot[Robot] --> parts[(Parts)]\n```\n");
    assert_eq!(
        drift(&here),
        [
            "document not_found Parts -:  /  @ design.md:3 -",
            "document not_found Robot -:  /  @ design.md:3 -",
        ]
    );
    // No drawing at all.
    write(&here, "design.md", "# Design\n\nThe web shop calls the api over HTTPS.\n");
    assert_eq!(drift(&here), Vec::<String>::new());
}

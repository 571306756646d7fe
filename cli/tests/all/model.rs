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

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
    // Programs without their calls: that none is drawn says nothing of them.
    write(
        &here,
        "design.md",
        "```mermaid\nflowchart LR\n  web[web]\n  orders[(orders)]\n  api[api]\n  billing[billing]\n```\n",
    );
    assert_eq!(drift(&here), Vec::<String>::new());
    // No drawing at all.
    write(&here, "design.md", "# Design\n\nThe web shop calls the api over HTTPS.\n");
    assert_eq!(drift(&here), Vec::<String>::new());
}

#[test]
fn how_sensitive_data_is_the_code_says_and_a_document_that_says_otherwise_differs() {
    let here = folder("model-data-drift");
    write(&here, "compose.yml", COMPOSE);
    write(&here, "api/schema.sql", "CREATE TABLE orders (card_number text, email text);\n");
    write(
        &here,
        "design.md",
        "| Data | Classification | Stored in |\n| --- | --- | --- |\n| Payment data | Internal | orders |\n\
         | Personal data | Confidential | orders |\n| Recipes | Internal | orders |\n",
    );
    assert_eq!(
        drift(&here),
        [
            "document contradiction payment data class: internal / restricted @ design.md:3 api/schema.sql:1"
        ]
    );
}

/// What is told about libraries of a tree, with all packs but one: `name ecosystem sort files place`.
fn not_understood(here: &std::path::Path, without: &str) -> Vec<String> {
    let mut arguments = vec!["model".to_owned(), "tree".to_owned(), "--coverage".to_owned()];
    arguments.extend(["--format".to_owned(), "json".to_owned(), "--no-library".to_owned()]);
    let mut packs: Vec<_> =
        std::fs::read_dir(root().join("rules")).unwrap().map(|e| e.unwrap().path()).collect();
    packs.sort();
    packs.retain(|p| p.join("pack.redan").is_file() && !p.ends_with(without));
    // What requires a pack that is left out is left out too.
    let mut missing = vec![without.replace('-', "_")];
    loop {
        let before = packs.len();
        packs.retain(|p| {
            let declared = std::fs::read_to_string(p.join("pack.redan")).unwrap();
            let requires = declared.split("requires").nth(1).unwrap_or_default().to_owned();
            let mut words = requires.split(|c: char| !c.is_alphanumeric() && c != '_');
            let stays = !words.any(|w| missing.iter().any(|m| m == w));
            if !stays {
                missing.push(p.file_name().unwrap().to_str().unwrap().replace('-', "_"));
            }
            stays
        });
        if packs.len() == before {
            break;
        }
    }
    for pack in &packs {
        arguments.extend(["--pack".to_owned(), pack.to_str().unwrap().to_owned()]);
    }
    let ran = redan(here, &arguments.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(ran.code, 0, "{}", ran.err);
    let seen = ran.json();
    let show = |l: &serde_json::Value| {
        let text = |key: &str| l[key].as_str().unwrap().to_owned();
        let at = format!("{}:{}", l["at"]["path"].as_str().unwrap(), l["at"]["line"]);
        format!("{} {} {} {} {at}", text("name"), text("ecosystem"), text("sort"), l["files"])
    };
    seen["not_understood"].as_array().unwrap().iter().map(show).collect()
}

#[test]
fn a_library_that_no_pack_understands_is_told() {
    let nothing = Vec::<String>::new();
    let here = folder("model-coverage-node");
    write(
        &here,
        "tree/package.json",
        r#"{"name": "shop", "dependencies": {"fastify": "5", "pg": "8"}}"#,
    );
    write(
        &here,
        "tree/app.js",
        "const fastify = require('fastify')()\nconst pg = require('pg')\nfastify.get('/', async () => 'ok')\n",
    );
    write(&here, "tree/routes.ts", "import type { FastifyInstance } from 'fastify'\n");
    assert_eq!(not_understood(&here, "fastify"), ["fastify npm web 2 app.js:1"]);
    assert_eq!(not_understood(&here, "-"), nothing);

    let here = folder("model-coverage-go");
    write(&here, "tree/go.mod", "module example.org/shop\n\ngo 1.23\n");
    write(
        &here,
        "tree/main.go",
        "package main\n\nimport (\n\t\"fmt\"\n\n\t\"github.com/gin-gonic/gin\"\n)\n\nfunc main() { fmt.Println(gin.Default().Run()) }\n",
    );
    assert_eq!(not_understood(&here, "go"), ["github.com/gin-gonic/gin go web 1 main.go:6"]);
    assert_eq!(not_understood(&here, "-"), nothing);

    let here = folder("model-coverage-spring");
    write(
        &here,
        "tree/src/main/java/shop/Orders.java",
        "package shop;\n\nimport java.util.List;\nimport org.springframework.web.bind.annotation.GetMapping;\n\
         import org.springframework.web.bind.annotation.RestController;\n\n@RestController\nclass Orders {\n  \
         @GetMapping(\"/orders\") List<String> all() { return List.of(); }\n}\n",
    );
    let file = "src/main/java/shop/Orders.java";
    assert_eq!(
        not_understood(&here, "spring"),
        [format!("org.springframework.web jvm web 1 {file}:4")]
    );
    assert_eq!(not_understood(&here, "-"), nothing);
}

#[test]
fn coverage_counts_what_a_grammar_could_make_nothing_of() {
    let here = folder("model-coverage-errors");
    // Half of a file is no JavaScript; what follows is.
    let broken = "}}}}]]]]))))\nconst express = require('express')\n";
    write(&here, "tree/broken.js", broken);
    write(&here, "tree/whole.js", "const express = require('express')\n");
    write(&here, "tree/notes.xyz", "nobody reads this\n");
    let ran = redan(&here, &["model", "tree", "--coverage", "--format", "json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let coverage = &ran.json()["coverage"];
    let groups = coverage["groups"].as_array().unwrap();
    let group = groups.iter().find(|g| g["name"] == "javascript").unwrap();
    assert_eq!(
        (&group["files"], &group["parsed"], &group["partial"]),
        (&json!(2), &json!(2), &json!(1))
    );
    assert_eq!(group["lines"], 3);
    let errors = group["error_bytes"].as_u64().unwrap();
    assert!((1..=13).contains(&errors), "{errors} of the 12 bytes that are no code");
    assert_eq!(coverage["unseen"], json!({ ".xyz": 1 }));
    let wrong = redan(&here, &["model", "tree", "--coverage", "--format", "dot"]);
    assert_eq!(wrong.code, 2, "{}", wrong.err);
    assert!(wrong.err.contains("`--coverage` has no form `dot`"), "{}", wrong.err);
}

/// A scan does not look for what only the record of coverage shows.
#[test]
fn scans_do_not_look_for_libraries() {
    let here = folder("model-no-coverage");
    write(&here, "tree/app.js", "const koa = require('koa')\n");
    let ran = redan(&here, &["scan", "tree", "--output-format", "json"]);
    assert_eq!(ran.json()["coverage"]["found"]["libraries"], json!(null));
    let ran = redan(&here, &["model", "tree", "--coverage", "--format", "json"]);
    assert_eq!(ran.json()["coverage"]["found"]["libraries"], json!({ "npm_import": 1 }));
}

#[test]
fn the_overview_begins_with_the_purpose_and_ends_with_questions() {
    let here = folder("model-overview");
    write(&here, "tree/compose.yml", COMPOSE);
    write(
        &here,
        "tree/README.md",
        "# Shop\n\n[![build](https://example.org/b.svg)](https://example.org)\n\nA **shop** for [tea](https://example.org/tea) and \
         coffee that people order over the web.\nIt has a single instance.\n",
    );
    write(
        &here,
        "cards.redan",
        "data cards { class: restricted }\nstore orders { holds: [cards] }\n",
    );
    let run = |more: &[&str]| {
        let arguments = [&["model", "tree", "--pack", "cards.redan"], more].concat();
        let ran = redan(&here, &arguments);
        assert_eq!(ran.code, 0, "{}", ran.err);
        ran
    };
    let text = run(&[]).out;
    for part in [
        "Purpose\n  “A shop for tea and coffee that people order over the web. It has a single instance.”\n  README.md:5\n",
        "Security posture\n",
        "  cards  restricted  in orders  cards.redan:1\n",
        "  - anybody may call what a deployment publishes: web\n",
        "  - what a deployment does not publish cannot be reached from outside: api, billing, orders\n",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let ja = run(&["--lang", "ja"]).out;
    assert!(ja.contains("- デプロイ設定で公開しているものは誰でも呼び出せる: web\n"), "{ja}");
    let json = run(&["--format", "json"]).json();
    assert_eq!(json["purpose"]["at"]["line"], 5);
    assert_eq!(json["assets"][0]["stored_in"], json!(["orders"]));
    let posture = &json["posture"]["flows_encrypted"];
    let known: Vec<bool> =
        json["flows"].as_array().unwrap().iter().filter_map(|f| f["encrypted"].as_bool()).collect();
    assert_eq!(posture["no"], known.iter().filter(|k| !**k).count());
    assert_eq!(posture["yes"], known.iter().filter(|k| **k).count());
    // Prose is no part of a report.
    let report = redan(&here, &["scan", "tree", "--output-format", "json"]).json();
    assert_eq!(report["model"]["purpose"], json!(null));
}

//! Findings of small models, from the text of packs to the sentence.
#![allow(clippy::unwrap_used, reason = "a test")]

use redan_base::{Limits, Source, Sources};
use redan_facts::Facts;
use redan_program::{Options, PackFiles, compile};
use redan_threats::{Finding, findings};

const CORE: &str = r#"
pack core { version "1.0.0" }
enum trust { untrusted < internal }
enum data_class { public < confidential < restricted }
kind boundary { trust: trust }
kind component { in: boundary  technology: set<string>  internet_facing: bool ask "Can anyone reach {it}?" }
kind process is component { authenticates: bool }
kind store is component { holds: set<data> }
kind actor is component
kind data { class: data_class }
kind flow { from: component  to: component  encrypted: bool ask "Is the flow {it} encrypted?" }
relation exposed(c: component)
exposed(c) if c.internet_facing
"#;

const RULES: &str = r#"
pack t { version "1.0.0" }
threat cleartext {
  title     "Cleartext from {a} to {b}"
  stride    information_disclosure, tampering
  severity  medium because "anyone on the way can read"
  match     a -[f]-> b: store
  where     not f.encrypted
  raise     high if a is exposed because "{a} can be reached by anyone"
  lower     low if b.technology has "cache" because "only copies"
  source    "someone on the network"
  given     "with a sniffer"
  action    "read what {a} sends to {b} ({b.technology})"
  impact    "{b.holds} becomes known"
  assets    b.holds
  at        f
  mitigate  encrypt
}
mitigation encrypt {
  title "Encrypt"
  steps "Use TLS."
  for postgresql { steps "Set sslmode." }
}
except t.cleartext because "loopback" until 2027-01-01 if b.technology has "sqlite"
except t.cleartext because "old" until 2020-01-01 if b.technology has "cache"
translate ja {
  threat cleartext {
    title "{a} から {b} への平文通信"
    source "ネットワーク上の者"
    given "盗聴によって"
    action "{a} から {b} への通信を読み取る"
    impact "{b.holds} が知られる"
    because "経路上の誰もが読める"
  }
}
"#;

const MODEL: &str = r#"
system "Shop" {
  process web { internet_facing: true }
  process api
  store orders { technology: ["postgresql"]  holds: [cards, names] }
  store sessions { technology: ["cache"] }
  store local { technology: ["sqlite"] }
  data cards { class: restricted }
  data names { class: confidential }
  web -> api { encrypted: true }
  web -> orders { encrypted: false }
  api -> orders
  api -> sessions { encrypted: false }
  api -> local { encrypted: false }
}
"#;

fn run(model: &str, language: &str, today: &str) -> (Vec<Finding>, Vec<String>) {
    run_with(RULES, model, language, today)
}

fn run_with(rules: &str, model: &str, language: &str, today: &str) -> (Vec<Finding>, Vec<String>) {
    let mut sources = Sources::new();
    let mut packs = vec![];
    for (name, path, text) in [
        ("core", "core/pack.redan", CORE),
        ("t", "t/pack.redan", rules),
        ("model", "shop.redan", model),
    ] {
        let id = sources.add(Source::new(path, text));
        packs.push(PackFiles { name: name.to_owned(), files: vec![id], ..PackFiles::default() });
    }
    let (program, diagnostics) = compile(&sources, &packs, &Options::default());
    let errors: Vec<_> =
        diagnostics.iter().filter(|d| d.severity == redan_base::Severity::Error).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let mut facts =
        Facts::new(program.values.clone(), program.relations.iter().map(|r| r.columns.len()));
    for fact in &program.facts {
        facts.insert(fact.relation, &fact.row, Some(sources.place(fact.source, fact.span)));
    }
    let (solution, diagnostics) = redan_solve::solve(&program, facts, &Limits::default(), &|_| {});
    assert!(diagnostics.is_empty(), "{diagnostics:#?}");
    let options = redan_threats::Options { language: language.to_owned(), today: today.to_owned() };
    let (findings, diagnostics) = findings(&program, &solution, &sources, &options);
    (findings, diagnostics.into_iter().map(|d| format!("{} {}", d.code, d.message)).collect())
}

fn short(f: &Finding) -> String {
    let place = f.at().map_or("-".to_owned(), |e| format!("{}:{}", e.spot.path, e.spot.line));
    format!("{} {} {} {} {place}", f.severity.word(), f.certainty.word(), f.status.word(), f.title)
}

#[test]
fn certain_and_possible_matches_become_findings() {
    let (found, _) = run(MODEL, "en", "2026-11-23");
    let list: Vec<String> = found.iter().map(short).collect();
    insta::assert_snapshot!(list.join("\n"), @r#"
    high confirmed open Cleartext from web to orders shop.redan:11
    medium confirmed excepted Cleartext from api to local shop.redan:14
    medium possible open Cleartext from api to orders shop.redan:12
    low confirmed open Cleartext from api to sessions shop.redan:13
    "#);
}

#[test]
fn a_finding_says_all_there_is_to_say() {
    let (found, _) = run(MODEL, "en", "2026-11-23");
    insta::assert_snapshot!(serde_json::to_string_pretty(&found[0]).unwrap(), @r#"
    {
      "id": "RF-4691e062",
      "fingerprint": "4691e0623c7d2fbc50a460264b321903",
      "rule": "t.cleartext",
      "title": "Cleartext from web to orders",
      "stride": [
        "tampering",
        "information_disclosure"
      ],
      "severity": "high",
      "reasons": [
        {
          "kind": "base",
          "to": "medium",
          "because": "anyone on the way can read"
        },
        {
          "kind": "raise",
          "to": "high",
          "because": "web can be reached by anyone"
        }
      ],
      "certainty": "confirmed",
      "questions": [],
      "bindings": [
        {
          "name": "a",
          "display": "web",
          "kind": "process"
        },
        {
          "name": "f",
          "display": "web -> orders",
          "kind": "flow"
        },
        {
          "name": "b",
          "display": "orders",
          "kind": "store",
          "technology": "postgresql"
        }
      ],
      "statement": {
        "text": "Someone on the network, with a sniffer, can read what web sends to orders (postgresql). As a result, cards and names becomes known.",
        "source": "someone on the network",
        "given": "with a sniffer",
        "action": "read what web sends to orders (postgresql)",
        "impact": "cards and names becomes known"
      },
      "description": "",
      "assets": [
        {
          "display": "cards",
          "kind": "data"
        },
        {
          "display": "names",
          "kind": "data"
        }
      ],
      "evidence": [
        {
          "path": "shop.redan",
          "line": 11,
          "column": 19,
          "end_line": 11,
          "end_column": 35,
          "shows": "(web -> orders).encrypted = false",
          "stated": true,
          "excerpt": [
            {
              "line": 10,
              "text": "  web -> api { encrypted: true }"
            },
            {
              "line": 11,
              "text": "  web -> orders { encrypted: false }"
            },
            {
              "line": 12,
              "text": "  api -> orders"
            }
          ],
          "mark": [
            19,
            35
          ]
        },
        {
          "path": "shop.redan",
          "line": 5,
          "column": 3,
          "end_line": 5,
          "end_column": 69,
          "shows": "orders: store",
          "stated": true,
          "excerpt": [
            {
              "line": 4,
              "text": "  process api"
            },
            {
              "line": 5,
              "text": "  store orders { technology: [\"postgresql\"]  holds: [cards, names] }"
            },
            {
              "line": 6,
              "text": "  store sessions { technology: [\"cache\"] }"
            }
          ],
          "mark": [
            3,
            69
          ]
        }
      ],
      "derivation": {
        "fact": "cleartext(web, web -> orders, orders)",
        "origin": "rule",
        "rule": "threat t.cleartext",
        "from": [
          {
            "fact": "web -> orders: flow",
            "origin": "stated",
            "at": {
              "path": "shop.redan",
              "line": 11,
              "column": 3,
              "end_line": 11,
              "end_column": 37
            }
          },
          {
            "fact": "(web -> orders).from = web",
            "origin": "stated",
            "at": {
              "path": "shop.redan",
              "line": 11,
              "column": 3,
              "end_line": 11,
              "end_column": 6
            }
          },
          {
            "fact": "(web -> orders).to = orders",
            "origin": "stated",
            "at": {
              "path": "shop.redan",
              "line": 11,
              "column": 10,
              "end_line": 11,
              "end_column": 16
            }
          },
          {
            "fact": "orders: store",
            "origin": "stated",
            "at": {
              "path": "shop.redan",
              "line": 5,
              "column": 3,
              "end_line": 5,
              "end_column": 69
            }
          },
          {
            "fact": "(web -> orders).encrypted = false",
            "origin": "stated",
            "at": {
              "path": "shop.redan",
              "line": 11,
              "column": 19,
              "end_line": 11,
              "end_column": 35
            }
          }
        ]
      },
      "mitigations": [
        {
          "name": "t.encrypt",
          "title": "Encrypt",
          "steps": "Set sslmode.",
          "technology": "postgresql",
          "references": []
        }
      ],
      "cwe": [],
      "capec": [],
      "standards": [],
      "references": [],
      "tags": [],
      "status": {
        "state": "open"
      },
      "maturity": "stable"
    }
    "#);
}

#[test]
fn a_possible_finding_asks() {
    let (found, _) = run(MODEL, "en", "2026-11-23");
    let possible = found.iter().find(|f| f.certainty.word() == "possible").unwrap();
    let asked: Vec<&str> = possible.questions.iter().map(|q| q.text.as_str()).collect();
    insta::assert_snapshot!(asked.join("\n"), @r#"Is the flow api -> orders encrypted?"#);
}

#[test]
fn texts_are_translated() {
    let (found, _) = run(MODEL, "ja", "2026-11-23");
    insta::assert_snapshot!(format!("{}\n{}\n{}", found[0].title, found[0].statement.text, found[0].reasons[0].because), @r#"
    web から orders への平文通信
    ネットワーク上の者が、盗聴によって、web から orders への通信を読み取ることができる。その結果、cards、names が知られる。
    経路上の誰もが読める
    "#);
}

/// What a rule wrote is translated where it is shown; what is stated keeps its name, and so does the question's entity.
#[test]
fn texts_that_rules_write_are_translated() {
    let rules = r#"
pack t { version "1.0.0" }
derive store "the archive" if p: process and p.name == "api"
derive store "copy of " + p.name if p: process and p.name == "web"
relation weak(s: store, why: string)
weak(s, "it is old") if s: store
threat old_store {
  title "{s}: {why}"  stride tampering  severity low
  match s: store and weak(s, why) and not s.internet_facing
  mitigate renew
}
mitigation renew { title "Renew"  steps "Renew it." }
translate ja {
  threat old_store { title "{s} は{why}" }
  mitigation renew { title "更新"  steps "更新する。" }
  kind component { ask internet_facing "{it} は公開されていますか。" }
  text "it is old" "古い"
  text "the archive" "保管庫"
  text "copy of {}" "{} の写し"
}
"#;
    let (found, _) = run_with(rules, MODEL, "ja", "2026-11-23");
    let shown: Vec<String> = found
        .iter()
        .map(|f| format!("{} | {} | {}", f.title, f.questions[0].text, f.questions[0].entity))
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @r"
    local は古い | local は公開されていますか。 | local
    orders は古い | orders は公開されていますか。 | orders
    sessions は古い | sessions は公開されていますか。 | sessions
    web の写し は古い | web の写し は公開されていますか。 | copy of web
    保管庫 は古い | 保管庫 は公開されていますか。 | the archive
    ");
    let (english, _) = run_with(rules, MODEL, "en", "2026-11-23");
    let prints = |list: &[Finding]| {
        let mut all: Vec<String> = list.iter().map(|f| f.fingerprint.clone()).collect();
        all.sort();
        all
    };
    assert_eq!(prints(&found), prints(&english));
}

#[test]
fn exceptions_end() {
    let (now, told) = run(MODEL, "en", "2026-11-23");
    let (later, told_later) = run(MODEL, "en", "2027-01-02");
    let excepted = |list: &[Finding]| list.iter().filter(|f| f.status.word() == "excepted").count();
    assert_eq!((excepted(&now), excepted(&later)), (1, 0));
    insta::assert_snapshot!(told.join("\n"), @r#"RDN0580 the exception for `cleartext` expired on 2020-01-01"#);
    insta::assert_snapshot!(told_later.join("\n"), @r#"
    RDN0580 the exception for `cleartext` expired on 2027-01-01
    RDN0580 the exception for `cleartext` expired on 2020-01-01
    "#);
}

#[test]
fn fingerprints_do_not_move_with_lines() {
    let moved = format!("// a line above\n\n{MODEL}");
    let ids =
        |model: &str| -> Vec<String> { run(model, "en", "").0.into_iter().map(|f| f.id).collect() };
    assert_eq!(ids(MODEL), ids(&moved));
    let mut own = ids(MODEL);
    own.sort();
    own.dedup();
    assert_eq!(own.len(), ids(MODEL).len());
}

//! Statements of models: the facts that they are, and mistakes in them.

use redan_facts::{ValueId, Values};

use super::{assert_lines, compiled, mistakes, tidy};

/// The facts of a program as text.
fn facts(text: &str) -> Vec<String> {
    let (program, wrong) = compiled(text);
    let show = |values: &Values, row: &[ValueId]| {
        row.iter().map(|v| values.show(*v)).collect::<Vec<_>>().join(", ")
    };
    let mut lines: Vec<String> = program
        .facts
        .iter()
        .map(|f| {
            format!("{}({})", program.relation_name(f.relation), show(&program.values, &f.row))
        })
        .collect();
    lines.extend(wrong.lines().map(str::to_owned));
    lines
}

#[test]
fn statements_are_facts() {
    let text = r#"system "Shop" {
  boundary net { trust: untrusted }
  process "Web App" in net { public: true }
  store db { holds: [cards, "Other-Data"] }
  data cards
  "web-app" -> db as "reads" { encrypted: false }
}
data "other data"
relation r(a: string, b: trust)
r("x", internal)"#;
    assert_lines(
        facts(text).iter().map(|l| tidy(l)),
        "
        r(x, internal)
        boundary(net)
        boundary.name@stated(net, net)
        boundary.trust@stated(net, untrusted)
        process(webapp)
        component.name@stated(webapp, Web App)
        component.in@stated(webapp, net)
        component.public@stated(webapp, true)
        store(db)
        component.name@stated(db, db)
        store.holds@stated(db, cards)
        store.holds@stated(db, otherdata)
        data(cards)
        data.name@stated(cards, cards)
        flow(webapp -> db (reads))
        flow.name@stated(webapp -> db (reads), reads)
        flow.from@stated(webapp -> db (reads), webapp)
        flow.to@stated(webapp -> db (reads), db)
        flow.encrypted@stated(webapp -> db (reads), false)
        data(otherdata)
        data.name@stated(otherdata, other data)
        ",
    );
}

#[test]
fn mistakes_are_told_at_their_place() {
    mistakes(
        r#"extract route(path) from text match /(?<path>x)/ { path: path }
system "Shop" {
  boundary net { trust: untrustd  truts: internal }
  process web in nte { public: "yes"  in: db }
  proces x
  route y
  web -> dbb { from: web  encrypted: 3 }
  store db { holds: [crads, web]  name: db }
  data cards
}"#,
        r#"
        RDN0110 3:25 enum `trust` has no symbol `untrustd` | untrustd | did you mean `untrusted`?
        core/pack.redan:3:6 trust (declared here)
        RDN0111 3:35 kind `boundary` has no attribute `truts` | truts | did you mean `trust`?
        core/pack.redan:5:6 boundary (declared here)
        RDN0225 4:18 the model has no boundary `nte` | nte | did you mean `net`?
        RDN0205 4:32 `true` or `false` is needed here | "yes" |
        RDN0225 4:43 the model has no boundary `db` | db | state it: `boundary db`
        RDN0101 5:3 there is no kind `proces` | proces | did you mean `process`?
        RDN0220 6:3 a `route` comes from files alone | route |
        1:9 route (declared here)
        RDN0225 7:10 the model has no component `dbb` | dbb | did you mean `db`?
        RDN0225 8:22 the model has no data `crads` | crads | did you mean `cards`?
        RDN0225 8:29 the model has no data `web` | web | state it: `data web`
        RDN0205 8:41 a text in quotes is needed here | db | write "db"
        "#,
    );
}

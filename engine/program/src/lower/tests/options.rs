//! Queries, and threats that are switched off.

use redan_base::Source;

use super::tidy;
use crate::testing;
use crate::{Options, compile};

const THREATS: &str = r#"
mitigation m { title "m"  steps "m" }
threat cleartext {
  title "{f}" stride tampering severity low mitigate m
  source "a" given "b" action "c" impact "d"
  match a -[f]-> b: store
  where not f.encrypted
  raise high if a.public because "it is public"
}
"#;

/// The columns and rules of a query, or what is wrong with it.
fn query(text: &str) -> String {
    let (mut sources, packs) = testing::packs(THREATS);
    let source = sources.add(Source::new("<query>", text));
    let options = Options { query: Some((source, text.to_owned())), ..Options::default() };
    let (program, diagnostics) = compile(&sources, &packs, &options);
    let Some(query) = &program.query else {
        return testing::shown(&sources, &diagnostics).trim().to_owned();
    };
    let names: Vec<&str> = query.bindings.iter().map(|(n, _)| n.as_str()).collect();
    let mut out = names.join(" ");
    for rule in program.rules.iter() {
        if [query.certain, query.possible].contains(&rule.head.relation) {
            out.push_str(&format!("\n{}", tidy(&program.explain_rule(rule))));
        }
    }
    out
}

#[test]
fn a_query_has_a_column_for_each_variable_in_the_order_of_use() {
    assert_eq!(
        query("b: store where a -> b and not b.public"),
        "b a\n\
         query(b, a) :- store(b), flow@ends(_, a, b), component.public(b, false)\n\
         query?(b, a) :- store(b), flow@ends(_, a, b), component.public@maybe(b, v2), true = @maybe[==](v2, false)"
    );
    assert_eq!(query("a ->+ b"), "a b\nquery(a, b) :- flow@reach(a, b)");
    assert_eq!(
        query("a: stor"),
        "RDN0101 <query>:1:4 there is no kind `stor` | stor | did you mean `store`?"
    );
}

#[test]
fn a_threat_that_is_switched_off_has_relations_but_no_rules() {
    let (sources, packs) = testing::packs(THREATS);
    let count = |options: &Options| {
        let (program, _) = compile(&sources, &packs, options);
        let threat = program.threats.first().cloned().into_iter();
        let heads: Vec<_> =
            threat.flat_map(|t| [t.certain, t.possible].into_iter().chain(t.adjustments)).collect();
        program.rules.iter().filter(|r| heads.contains(&r.head.relation)).count()
    };
    assert_eq!(count(&Options::default()), 3);
    let disabled = vec!["t.cleartext".to_owned()];
    assert_eq!(count(&Options { disabled, ..Options::default() }), 0);
}

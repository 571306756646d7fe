//! Whatever parses is lowered without a panic, and every rule that comes out binds its variables.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::compiled;
use crate::ir::{Literal, Program, Term};
use crate::lower::core::variables;
use crate::lower::relations::literal_terms;

/// Forms of conditions to put together at random. Some do not fit: that must end in a message.
const FORMS: [&str; 36] = [
    "a: process",
    "a -> b",
    "a -[f]-> b: store",
    "b: boundary",
    "a ->+ b",
    "f.encrypted",
    "f.from.in.trust == untrusted",
    "a.in.trust >= internal",
    "a in b",
    "a in _",
    "a holds d",
    "d: data",
    "d = a.holds",
    "n = a.name",
    "n in names",
    "a.name in names",
    "n == upper(a.name)",
    "url_host(a.name) == n",
    "words(n) has m",
    "m = words(n)",
    "i: item",
    "i.size",
    "i.tags has n",
    "n = i.tags",
    "i inside j",
    "j: item",
    "i same file j",
    "a is linked",
    "a near b",
    "near(a, _)",
    "count { a -> c and c.public } >= 2",
    "k = count { a -> c }",
    "k = max { length(x) where x in names }",
    "exists c: store where a -> c and not c.public",
    "no c -> a where c.public",
    "every f: flow where f.to == a satisfies f.encrypted",
];

const DECLARATIONS: &str = r#"
set names { "a", /b.*/ }
extract item(name, size: int?, tags*) from yaml in "*.yml" at items.$name { name: $name size: .size tags: .tags[*] }
relation linked(c: component)
relation near(a: component, b: component)
linked(c) if c.public
near(a, b) if a -> b and a is not linked
"#;

/// Binds most of the variables that the forms speak of.
const BOUND: &str =
    "a: process and c: store and f: flow and d: data and i: item and j: item and n = a.name and ";

fn condition() -> impl Strategy<Value = String> {
    let leaf = (proptest::sample::select(&FORMS[..]), any::<bool>())
        .prop_map(|(f, not)| if not { format!("not ({f})") } else { f.to_owned() });
    leaf.prop_recursive(3, 12, 3, |inner| {
        (proptest::collection::vec(inner, 2..4), any::<bool>()).prop_map(|(parts, and)| {
            let parts: Vec<String> = parts.into_iter().map(|p| format!("({p})")).collect();
            parts.join(if and { " and " } else { " or " })
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_condition_is_lowered(
        conditions in proptest::collection::vec((condition(), any::<bool>()), 1..5),
        heads in proptest::collection::vec(0usize..6, 5),
    ) {
        let mut text = DECLARATIONS.to_owned();
        for ((condition, bound), head) in conditions.iter().zip(heads) {
            let before = if *bound { BOUND } else { "" };
            let head = ["linked(a)", "near(a, b)", "derive a { public: true }", "same a, b",
                "derive store n in b { holds: d }", "derive flow a -> b { encrypted: true }"][head];
            text.push_str(&format!("{head} if {before}({condition})\n"));
        }
        let (program, _) = compiled(&text);
        check_program(&program);
    }
}

#[test]
fn conditions_that_fit_are_among_them() {
    let mut lowered = 0;
    for form in FORMS {
        let text = format!("{DECLARATIONS}linked(a) if {BOUND}{form}");
        let (program, wrong) = compiled(&text);
        check_program(&program);
        // Variables that are used once, and products of matches, are beside the point.
        let harmless =
            |l: &str| l.starts_with(' ') || l.contains("RDN0202") || l.contains("RDN0303");
        lowered += usize::from(wrong.lines().all(harmless));
    }
    assert!(lowered >= 25, "{lowered}");
}

/// Every variable is bound, every relation there, every arity right, and strata only look back.
fn check_program(program: &Program) {
    for rule in program.rules.iter() {
        let text = program.explain_rule(rule);
        let mut bound = BTreeSet::new();
        loop {
            let before = bound.len();
            for literal in &rule.body {
                match literal {
                    Literal::Atom(a) => bound.extend(variables(&a.arguments)),
                    Literal::Call { arguments: inputs, result, .. }
                    | Literal::Aggregate { keys: inputs, result, .. } => {
                        if variables(inputs).all(|v| bound.contains(&v)) {
                            bound.extend(variables(&[*result]));
                        }
                    }
                    Literal::Not(_) | Literal::Compare(..) => {}
                }
            }
            if bound.len() == before {
                break;
            }
        }
        let atoms = rule.body.iter().filter_map(|l| match l {
            Literal::Atom(a) => Some((a, 0)),
            Literal::Not(a) => Some((a, 1)),
            _ => None,
        });
        for (atom, least) in atoms.chain([(&rule.head, 0)]) {
            let info = &program.relations[atom.relation.0 as usize];
            assert_eq!(info.columns.len(), atom.arguments.len(), "{text}");
            let makers = program.rules.iter().filter(|r| r.head.relation == atom.relation);
            let made = makers.map(|r| r.stratum).max();
            assert!(made.is_none_or(|s| s + least <= rule.stratum), "{text}");
        }
        let mut all: Vec<Term> = rule.body.iter().flat_map(literal_terms).collect();
        all.extend(&rule.head.arguments);
        assert!(variables(&all).all(|v| bound.contains(&v)), "{text}");
        assert!(!rule.head.arguments.contains(&Term::Wild), "{text}");
    }
}

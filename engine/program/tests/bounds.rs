//! What the two bounds promise: whatever the answers to all questions are, what certainly holds does hold, and what
//! holds was possible.
//!
//! Random rules are evaluated over a model with gaps, and again over the models in which every gap is filled, in all ways.

use std::collections::BTreeSet;

use proptest::prelude::*;
use redan_base::{Limits, Source, SourceId, Sources};
use redan_facts::Facts;
use redan_grammar::syntax::{ItemKind, Statement};
use redan_program::ir::{Bound, Program, Role};
use redan_program::{Options, PackFiles, compile, model_facts};

const DECLARATIONS: &str = r#"
pack t { version "1.0.0" }
enum level { low < middle < high }
kind zone { level: level }
kind node { in: zone  open: bool  level: level  tags: set<level>  closed: bool = false }
kind flow { from: node  to: node  safe: bool }
relation r0(x: node)
relation r1(x: node, y: node)
relation r2(x: node)
relation r3(x: node)
"#;

/// Conditions over `x` and `y`, all of which read no more than tests do.
const FORMS: [&str; 27] = [
    "x.open",
    "y.open",
    "x.open == y.open",
    "x.level >= middle",
    "x.level < y.level",
    "x.level != y.level",
    "x.in.level == high",
    "x in z1",
    "x.in.level in [low, middle]",
    "x.level in [middle, high]",
    "x.tags has low",
    "y.tags has high",
    "x.closed",
    "x -> y",
    "x ->+ y",
    "x is r0",
    "y is r0",
    "r1(x, y)",
    "x r1 y",
    "(exists v: node where x -> v and v.open)",
    "(no v: node where v -> x and not v.open)",
    "(no f: flow where f.from == x and not f.safe)",
    "(every f: flow where f.to == y satisfies f.safe)",
    "(every f: flow where f.to == y satisfies (f.safe or f.from.open))",
    "count { v: node and v.open and v.level >= middle } >= 2",
    "count { v: node and x -> v and not v.open } == 1",
    "max { n where v: node and v.open and n = length(v.name) } >= 2",
];

fn condition() -> impl Strategy<Value = String> {
    let leaf = (proptest::sample::select(&FORMS[..]), any::<bool>())
        .prop_map(|(f, not)| if not { format!("not ({f})") } else { f.to_owned() });
    leaf.prop_recursive(2, 6, 3, |inner| {
        (proptest::collection::vec(inner, 2..4), any::<bool>()).prop_map(|(parts, and)| {
            let joined = parts.join(if and { ") and (" } else { ") or (" });
            format!("({joined})")
        })
    })
}

/// What can be left open in the model, with what it can be.
const GAPS: [(&str, &[&str]); 9] = [
    ("OPEN1", &["open: true", "open: false"]),
    ("OPEN2", &["open: true", "open: false"]),
    ("LEVEL1", &["level: low", "level: middle", "level: high"]),
    ("LEVEL2", &["level: low", "level: high"]),
    ("IN2", &["in: zone1", "in: zone2"]),
    ("ZONE1", &["level: low", "level: high"]),
    ("TAGS1", &["tags: [low]", "tags: [high]", "tags: [low, high]"]),
    ("SAFE1", &["safe: true", "safe: false"]),
    ("SAFE2", &["safe: true", "safe: false"]),
];

const MODEL: &str = r#"
system "s" {
  zone zone1 { ZONE1 }
  zone zone2 { level: middle }
  node a in zone1 { OPEN1 LEVEL1 TAGS1 }
  node bb { OPEN2 LEVEL2 IN2 tags: [middle] closed: true }
  node ccc in zone2 { open: true level: high tags: [high] }
  a -> bb { SAFE1 }
  bb -> ccc { SAFE2 }
}
"#;

/// The model with each gap filled by the choice of its number, or left open.
fn statements(choices: &[Option<usize>]) -> Vec<Statement> {
    let mut text = MODEL.to_owned();
    for ((gap, values), choice) in GAPS.iter().zip(choices) {
        text = text.replace(gap, choice.map_or("", |c| values[c % values.len()]));
    }
    let (file, _) = redan_grammar::parse(SourceId(0), &text);
    let systems = file.items.into_iter().filter_map(|i| match i.kind {
        ItemKind::System(s) => Some(s.statements),
        _ => None,
    });
    systems.flatten().collect()
}

fn shown(facts: &Facts, relation: redan_facts::RelationId) -> BTreeSet<Vec<String>> {
    let rows = facts.relation(relation).rows();
    rows.map(|(_, row)| row.iter().map(|v| facts.values.show(*v)).collect()).collect()
}

/// The rows of the declared relations in a bound, in which both evaluators agree.
fn rows(program: &Program, choices: &[Option<usize>], bound: Bound) -> BTreeSet<String> {
    let mut values = program.values.clone();
    let (stated, wrong) = model_facts(program, &mut values, &statements(choices), SourceId(0));
    assert!(wrong.is_empty(), "{wrong:?}");
    let arities = program.relations.iter().map(|r| r.columns.len());
    let mut facts = Facts::new(values, arities);
    for fact in program.facts.iter().chain(&stated) {
        facts.insert(fact.relation, &fact.row, None);
    }
    let (fast, _) = redan_solve::solve(program, facts.clone(), &Limits::default(), &|_| {});
    let (solution, _) = redan_solve::naive::solve(program, facts, &Limits::default(), &|_| {});
    for (number, info) in (0..).zip(&program.relations) {
        let number = redan_facts::RelationId(number);
        assert_eq!(
            shown(&fast.facts, number),
            shown(&solution.facts, number),
            "`{}` in the bound {:?} differs from that of the naive evaluator",
            info.name,
            info.bound
        );
    }
    let mut all = BTreeSet::new();
    for (number, info) in (0..).zip(&program.relations) {
        let one = info.twin == redan_facts::RelationId(number);
        if !matches!(info.role, Role::Declared(_)) || (info.bound != bound && !one) {
            continue;
        }
        for (_, row) in solution.facts.relation(redan_facts::RelationId(number)).rows() {
            let row: Vec<String> = row.iter().map(|v| solution.facts.values.show(*v)).collect();
            all.insert(format!("{}({})", info.name, row.join(", ")));
        }
    }
    all
}

fn program(text: &str) -> Option<Program> {
    let mut sources = Sources::new();
    let file = sources.add(Source::new("t.redan", text));
    let packs = [PackFiles { name: "t".to_owned(), files: vec![file], ..PackFiles::default() }];
    let (program, diagnostics) = compile(&sources, &packs, &Options::default());
    let wrong = diagnostics.iter().any(|d| d.severity == redan_base::Severity::Error);

    (!wrong).then_some(program)
}

/// How many programs; many more with `REDAN_PROGRAMS=20000 cargo test --release -p redan-program --test bounds`.
#[allow(clippy::disallowed_methods, reason = "a test is told by the environment how long to run")]
fn programs() -> u32 {
    std::env::var("REDAN_PROGRAMS").ok().and_then(|n| n.parse().ok()).unwrap_or(40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: programs(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_evaluators_agree_where_entities_are_merged(
        same in condition(),
        conditions in proptest::collection::vec(condition(), 2),
        open in proptest::collection::btree_set(0usize..9, 1..4),
        filled in proptest::collection::vec(0usize..3, 9),
    ) {
        let base = |text: &str| {
            ["x is r0", "y is r0"]
                .iter()
                .fold(text.replace("z1", "z and z.level == low"), |t, r| t.replace(r, "x.open"))
                .replace("r1(x, y)", "x -> y")
                .replace("x r1 y", "y -> x")
        };
        let nodes = "x: node and y: node and z: zone";
        let mut text = DECLARATIONS.to_owned();
        text.push_str(&format!("same x, y if {nodes} and ({})\n", base(&same)));
        for (condition, head) in conditions.iter().zip(["r0(x)", "r1(x, y)"]) {
            text.push_str(&format!("{head} if {nodes} and ({})\n", base(condition)));
        }
        let Some(program) = program(&text) else {
            return Err(TestCaseError::reject("does not compile"));
        };
        let choice = |i: usize| (!open.contains(&i)).then(|| filled[i]);
        let given: Vec<Option<usize>> = (0..9).map(choice).collect();
        rows(&program, &given, Bound::Possible);
    }

    #[test]
    fn every_answer_lies_between_the_bounds(
        conditions in proptest::collection::vec(condition(), 4),
        open in proptest::collection::btree_set(0usize..9, 1..4),
        filled in proptest::collection::vec(0usize..3, 9),
    ) {
        let mut text = DECLARATIONS.to_owned();
        for (number, (condition, head)) in
            conditions.iter().zip(["r0(x)", "r1(x, y)", "r2(x)", "r3(y)"]).enumerate()
        {
            // A relation may use those before it, so that no negation is in a loop.
            let used = condition
                .replace("z1", "z and z.level == low")
                .replace("x is r0", if number > 0 { "x is r0" } else { "x.open" })
                .replace("y is r0", if number > 0 { "y is r0" } else { "y.open" })
                .replace("r1(x, y)", if number > 1 { "r1(x, y)" } else { "x -> y" })
                .replace("x r1 y", if number > 1 { "x r1 y" } else { "y -> x" });
            text.push_str(&format!("{head} if x: node and y: node and z: zone and ({used}) and x.name != \"\" and y.name != \"\" and z.name != \"\"\n"));
        }
        let Some(program) = program(&text) else {
            return Err(TestCaseError::reject("does not compile"));
        };
        let choice = |i: usize| (!open.contains(&i)).then(|| filled[i]);
        let given: Vec<Option<usize>> = (0..9).map(choice).collect();
        let certain = rows(&program, &given, Bound::Certain);
        let possible = rows(&program, &given, Bound::Possible);
        prop_assert!(certain.is_subset(&possible), "{text}\ncertain {certain:?}\npossible {possible:?}");
        let mut answers = vec![given.clone()];
        for gap in &open {
            let values = GAPS[*gap].1.len();
            answers = answers.into_iter().flat_map(|a| (0..values).map(move |v| {
                let mut a = a.clone();
                a[*gap] = Some(v);
                a
            })).collect();
        }
        for answer in answers {
            let holds = rows(&program, &answer, Bound::Certain);
            let may = rows(&program, &answer, Bound::Possible);
            prop_assert_eq!(&holds, &may, "{}\nsomething is unknown in {:?}", text, answer);
            prop_assert!(certain.is_subset(&holds), "{text}\n{answer:?}\ncertain {certain:?}\nholds {holds:?}");
            prop_assert!(holds.is_subset(&possible), "{text}\n{answer:?}\nholds {holds:?}\npossible {possible:?}");
        }
    }
}

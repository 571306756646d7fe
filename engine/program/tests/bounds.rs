//! What the two bounds promise: whatever the answers to all questions are, what certainly holds does hold, and what
//! holds was possible.
//!
//! Random rules are evaluated over a model with gaps, and again over the models in which every gap is filled, in all ways.
//! So are the questions of what is only possible: with answers to all of them it is certain or gone, and none can be left out.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use redan_base::{Limits, Source, SourceId, Sources};
use redan_facts::{Facts, RelationId, ValueId};
use redan_grammar::syntax::{ItemKind, Statement};
use redan_program::ir::{Bound, Program, Role};
use redan_program::{Options, PackFiles, compile, model_facts};
use redan_solve::{Question, Solution};

const DECLARATIONS: &str = r#"
pack t { version "1.0.0" }
enum level { low < middle < high }
kind zone { level: level }
kind node { in: zone  open: bool  level: level  tags: set<level>  label: string  closed: bool = false }
kind flow { from: node  to: node  safe: bool }
relation near(x: node, y: node)
near(x, y) if x -> y and x.open
near(x, z) if near(x, y) and y -> z and not y.level == low
relation r0(x: node)
relation r1(x: node, y: node)
relation r2(x: node)
relation r3(x: node)
"#;

/// Conditions over `x` and `y`, all of which read no more than tests do.
const FORMS: [&str; 32] = [
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
    "x.label like \"a*\"",
    "x.label == y.label",
    "near(x, y)",
    "y near x",
    "x near _",
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

/// What can be left open in the model, with all that it can be; of a text, what passes and what fails each test.
const GAPS: [(&str, &[&str]); 10] = [
    ("OPEN1", &["open: true", "open: false"]),
    ("OPEN2", &["open: true", "open: false"]),
    ("LEVEL1", &["level: low", "level: middle", "level: high"]),
    ("LEVEL2", &["level: low", "level: high", "level: middle"]),
    ("IN2", &["in: zone1", "in: zone2"]),
    ("ZONE1", &["level: low", "level: high", "level: middle"]),
    (
        "TAGS1",
        &[
            "tags: [low]",
            "tags: [high]",
            "tags: [low, high]",
            "tags: [middle]",
            "tags: [low, middle]",
            "tags: [middle, high]",
            "tags: [low, middle, high]",
        ],
    ),
    ("LABEL1", &["label: \"ab\"", "label: \"ac\"", "label: \"c\""]),
    ("SAFE1", &["safe: true", "safe: false"]),
    ("SAFE2", &["safe: true", "safe: false"]),
];

const MODEL: &str = r#"
system "s" {
  zone zone1 { ZONE1 }
  zone zone2 { level: middle }
  node a in zone1 { OPEN1 LEVEL1 TAGS1 LABEL1 }
  node bb { OPEN2 LEVEL2 IN2 tags: [middle] label: "ab" closed: true }
  node ccc in zone2 { open: true level: high tags: [high] label: "c" }
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

/// The model evaluated; both evaluators agree in every relation.
fn solve(program: &Program, choices: &[Option<usize>]) -> Solution {
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
    for (number, info) in (0..).zip(program.relations.iter()) {
        let number = RelationId(number);
        assert_eq!(
            all_rows(&fast.facts, number),
            all_rows(&solution.facts, number),
            "`{}` in the bound {:?} differs from that of the naive evaluator",
            info.name,
            info.bound
        );
    }
    solution
}

fn all_rows(facts: &Facts, relation: RelationId) -> BTreeSet<Vec<String>> {
    let rows = facts.relation(relation).rows();
    rows.map(|(_, row)| row.iter().map(|v| facts.values.show(*v)).collect()).collect()
}

/// The rows of the declared relations in a bound.
fn rows(program: &Program, solution: &Solution, bound: Bound) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for (number, info) in (0..).zip(program.relations.iter()) {
        let one = info.twin == RelationId(number);
        if !matches!(info.role, Role::Declared(_)) || (info.bound != bound && !one) {
            continue;
        }
        for (_, row) in solution.facts.relation(RelationId(number)).rows() {
            all.insert(shown(program, solution, RelationId(number), &row));
        }
    }
    all
}

fn shown(program: &Program, solution: &Solution, relation: RelationId, row: &[ValueId]) -> String {
    let row: Vec<String> = row.iter().map(|v| solution.facts.values.show(*v)).collect();
    format!("{}({})", program.relations[relation.0 as usize].name, row.join(", "))
}

fn program(text: &str) -> Option<Program> {
    let mut sources = Sources::new();
    let file = sources.add(Source::new("t.redan", text));
    let packs = [PackFiles { name: "t".to_owned(), files: vec![file], ..PackFiles::default() }];
    let (program, diagnostics) = compile(&sources, &packs, &Options::default());
    let wrong = diagnostics.iter().any(|d| d.severity == redan_base::Severity::Error);

    (!wrong).then_some(program)
}

/// A program of four random conditions.
fn rules(conditions: &[String]) -> String {
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
    text
}

/// All ways to fill these gaps.
fn completions(given: &[Option<usize>], gaps: &BTreeSet<usize>) -> Vec<Vec<Option<usize>>> {
    let mut all = vec![given.to_vec()];
    for gap in gaps {
        let values = GAPS[*gap].1.len();
        let filled = |a: Vec<Option<usize>>| {
            (0..values).map(move |v| {
                let mut a = a.clone();
                a[*gap] = Some(v);
                a
            })
        };
        all = all.into_iter().flat_map(filled).collect();
    }
    all
}

/// The gap that a question is about.
fn gap(program: &Program, solution: &Solution, question: Question) -> Option<usize> {
    let info = &program.relations[question.relation.0 as usize];
    let Role::Unknown(kind, number) = info.role else { return None };
    let attribute = &program.schema.kinds[kind.0 as usize].attributes[number as usize].name;
    let entity = solution.facts.values.show(question.entity);
    let at = |name: &str| GAPS.iter().position(|(g, _)| *g == name);
    match (entity.as_str(), attribute.as_str()) {
        ("a", "open") => at("OPEN1"),
        ("bb", "open") => at("OPEN2"),
        ("a", "level") => at("LEVEL1"),
        ("bb", "level") => at("LEVEL2"),
        ("bb", "in") => at("IN2"),
        ("zone1", "level") => at("ZONE1"),
        ("a", "tags") => at("TAGS1"),
        ("a", "label") => at("LABEL1"),
        (flow, "safe") if flow.starts_with('a') => at("SAFE1"),
        (_, "safe") => at("SAFE2"),
        _ => None,
    }
}

/// A choice for each gap but those that are left open.
fn with_gaps(open: &BTreeSet<usize>, filled: &[usize]) -> Vec<Option<usize>> {
    filled
        .iter()
        .enumerate()
        .map(|(gap, choice)| (!open.contains(&gap)).then_some(*choice))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases(40)) })]

    #[test]
    fn both_evaluators_agree_where_entities_are_merged(
        same in condition(),
        conditions in proptest::collection::vec(condition(), 2),
        open in proptest::collection::btree_set(0usize..GAPS.len(), 1..4),
        filled in proptest::collection::vec(0usize..3, GAPS.len()),
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
        let given = with_gaps(&open, &filled);
        solve(&program, &given);
    }

    #[test]
    fn every_answer_lies_between_the_bounds(
        conditions in proptest::collection::vec(condition(), 4),
        open in proptest::collection::btree_set(0usize..GAPS.len(), 1..4),
        filled in proptest::collection::vec(0usize..3, GAPS.len()),
    ) {
        let text = rules(&conditions);
        let Some(program) = program(&text) else {
            return Err(TestCaseError::reject("does not compile"));
        };
        let given = with_gaps(&open, &filled);
        let solution = solve(&program, &given);
        let certain = rows(&program, &solution, Bound::Certain);
        let possible = rows(&program, &solution, Bound::Possible);
        prop_assert!(certain.is_subset(&possible), "{text}\ncertain {certain:?}\npossible {possible:?}");
        for answer in completions(&given, &open) {
            let solution = solve(&program, &answer);
            let holds = rows(&program, &solution, Bound::Certain);
            let may = rows(&program, &solution, Bound::Possible);
            prop_assert_eq!(&holds, &may, "{}\nsomething is unknown in {:?}", text, answer);
            prop_assert!(certain.is_subset(&holds), "{text}\n{answer:?}\ncertain {certain:?}\nholds {holds:?}");
            prop_assert!(holds.is_subset(&possible), "{text}\n{answer:?}\nholds {holds:?}\npossible {possible:?}");
        }
    }

    #[test]
    fn the_questions_settle_what_is_possible_and_none_can_be_left_out(
        conditions in proptest::collection::vec(condition(), 4),
        open in proptest::collection::btree_set(0usize..GAPS.len(), 1..6),
        filled in proptest::collection::vec(0usize..3, GAPS.len()),
    ) {
        let text = rules(&conditions);
        let Some(program) = program(&text) else {
            return Err(TestCaseError::reject("does not compile"));
        };
        let given = with_gaps(&open, &filled);
        let solution = solve(&program, &given);
        let certain = rows(&program, &solution, Bound::Certain);
        // Each set of answers is evaluated once.
        let mut evaluated: BTreeMap<Vec<Option<usize>>, [BTreeSet<String>; 2]> = BTreeMap::new();
        let mut bounds = |answers: &Vec<Option<usize>>, row: &String| {
            let [certain, possible] = evaluated.entry(answers.clone()).or_insert_with(|| {
                let solution = solve(&program, answers);
                [Bound::Certain, Bound::Possible].map(|bound| rows(&program, &solution, bound))
            });
            (certain.contains(row), possible.contains(row))
        };
        for (number, info) in (0..).zip(program.relations.iter()) {
            if !matches!(info.role, Role::Declared(_)) || info.bound != Bound::Possible {
                continue;
            }
            let relation = RelationId(number);
            for (row_number, row) in solution.facts.relation(relation).rows() {
                let row = shown(&program, &solution, relation, &row);
                let found = solution.questions(&program, relation, row_number);
                if certain.contains(&row) {
                    prop_assert!(found.questions.is_empty(), "{text}\n{row} is certain: {found:?}");
                    continue;
                }
                let asked: Option<BTreeSet<usize>> =
                    found.questions.iter().map(|q| gap(&program, &solution, *q)).collect();
                let Some(asked) = asked else {
                    return Err(TestCaseError::fail("a question is about no gap"));
                };
                prop_assert_eq!(asked.len(), found.questions.len(), "twice the same");
                prop_assert!(!asked.is_empty(), "{}\n{} of {:?} leaves nothing to ask", text, row, given);
                // Where it is placed may lead to another thing that is not known.
                let leads = asked.contains(&4) && open.contains(&5);
                for answers in completions(&given, &asked) {
                    let (holds, may) = bounds(&answers, &row);
                    prop_assert!(
                        holds == may || leads,
                        "{text}\n{row} of {given:?} asks {asked:?}, and with {answers:?} is still possible"
                    );
                }
                if found.bounded {
                    continue;
                }
                for question in &asked {
                    let mut others = asked.clone();
                    others.remove(question);
                    let mut needed = false;
                    for answers in completions(&given, &others) {
                        let (holds, may) = bounds(&answers, &row);
                        needed |= holds != may;
                    }
                    prop_assert!(needed, "{text}\n{row} of {given:?} asks {asked:?}, and {question} does not matter");
                }
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "tests may be told how much to do")]
fn cases(default: u32) -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(default)
}

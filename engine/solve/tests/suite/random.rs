//! Random programs and facts: the evaluator agrees with the naive one, on any number of threads, and
//! whatever the order of rules, conditions and facts.
//!
//! `cargo test -p redan-solve` runs a thousand programs; many more with
//! `REDAN_PROGRAMS=100000 cargo test --release -p redan-solve --test suite random`.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use redan_facts::RelationId;
use redan_program::ir::{Aggregate, Atom, Compare, Literal, Origin, Rule, Term, Variable};
use redan_solve::{Goals, Solution};

use crate::support::{BELOW, Case, INC, PAIR, THING};

/// Choices, read from random bytes: shorter and smaller bytes make simpler programs.
struct Choices<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Choices<'_> {
    fn below(&mut self, n: usize) -> usize {
        let byte = self.bytes.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        usize::from(byte) % n.max(1)
    }

    fn often(&mut self) -> bool {
        self.below(4) < 3
    }
}

const BASE: usize = 4;
const DERIVED: usize = 6;

fn arity(relation: usize) -> usize {
    [2, 1, 2, 3, 2, 1, 3, 2, 4, 0][relation % 10]
}

/// A program of relations `b0…`, given, and `d0…`, derived, of which two at a time share a stratum.
fn program(bytes: &[u8]) -> Case {
    let mut pick = Choices { bytes, at: 0 };
    let mut case = Case::default();
    for relation in 0..BASE + DERIVED {
        let name =
            if relation < BASE { format!("b{relation}") } else { format!("d{}", relation - BASE) };
        let id = case.relation(&name, arity(relation));
        Arc::make_mut(&mut case.program.relations)[id.0 as usize].twin = id;
    }
    let values = &mut case.program.values;
    let mut pool: Vec<_> = (0..5).map(|n| values.int(n)).collect();
    pool.extend(["a", "b"].map(|n| values.entity("thing", n)));
    // `thing(a)` is the entity `a`, which may have been merged.
    pool.extend(["t", "a"].map(|n| values.text(n)));
    let same = pick.below(3) == 2;
    if same {
        let id = case.relation("same", 2);
        Arc::make_mut(&mut case.program.relations)[id.0 as usize].twin = id;
        case.program.same = Some(id);
    }
    let rules = 1 + pick.below(8);
    for number in 0..rules {
        let head = if same && number == 0 { BASE + DERIVED } else { BASE + pick.below(DERIVED) };
        let stratum = if same && number == 0 { 1 } else { (head - BASE) / 2 };
        let reachable = BASE + 2 * (stratum + 1);
        let below = BASE + 2 * stratum;
        let mut rule = Rule {
            head: Atom { relation: RelationId(head as u32), arguments: vec![] },
            body: vec![],
            variables: 5,
            stratum: 0,
            origin: number as u32,
        };
        let mut bound: Vec<u32> = vec![];
        let term = |pick: &mut Choices<'_>| match pick.below(8) {
            7 => Term::Constant(pool[pick.below(pool.len())]),
            6 => Term::Wild,
            _ => Term::Variable(Variable(pick.below(5) as u32)),
        };
        for _ in 0..pick.below(4) {
            let relation = pick.below(reachable.min(BASE + DERIVED));
            let arguments: Vec<Term> = (0..arity(relation)).map(|_| term(&mut pick)).collect();
            for argument in &arguments {
                if let Term::Variable(v) = argument {
                    bound.push(v.0);
                }
            }
            rule.body
                .push(Literal::Atom(Atom { relation: RelationId(relation as u32), arguments }));
        }
        let known = |bound: &[u32], pick: &mut Choices<'_>| {
            if !bound.is_empty() && pick.often() {
                Term::Variable(Variable(bound[pick.below(bound.len())]))
            } else {
                Term::Constant(pool[pick.below(pool.len())])
            }
        };
        for _ in 0..pick.below(3) {
            match pick.below(7) {
                0 | 1 => {
                    let relation = pick.below(below);
                    let arguments =
                        (0..arity(relation))
                            .map(|_| {
                                if pick.below(5) == 4 {
                                    Term::Wild
                                } else {
                                    known(&bound, &mut pick)
                                }
                            })
                            .collect();
                    let relation = RelationId(relation as u32);
                    rule.body.push(Literal::Not(Atom { relation, arguments }));
                }
                2 => {
                    let op = [Compare::Ne, Compare::Lt, Compare::Eq, Compare::Ge][pick.below(4)];
                    let (a, b) = (known(&bound, &mut pick), known(&bound, &mut pick));
                    rule.body.push(Literal::Compare(op, a, b));
                }
                3 | 4 => {
                    let function = [&INC, &BELOW, &THING, &PAIR][pick.below(4)];
                    let arguments =
                        function.parameters.iter().map(|_| known(&bound, &mut pick)).collect();
                    let result = term(&mut pick);
                    if let Term::Variable(v) = result {
                        bound.push(v.0);
                    }
                    rule.body.push(Literal::Call { function, pattern: None, arguments, result });
                }
                _ => {
                    let relation = pick.below(below);
                    let keys: Vec<Term> = (0..arity(relation))
                        .map(|_| if pick.often() { Term::Wild } else { known(&bound, &mut pick) })
                        .collect();
                    let aggregates =
                        [Aggregate::Count, Aggregate::Sum, Aggregate::Min, Aggregate::Max];
                    let function = aggregates[if keys.is_empty() { 0 } else { pick.below(4) }];
                    let value = pick.below(arity(relation)) as u32;
                    let result = term(&mut pick);
                    if let Term::Variable(v) = result {
                        bound.push(v.0);
                    }
                    let relation = RelationId(relation as u32);
                    rule.body.push(Literal::Aggregate { function, relation, keys, value, result });
                }
            }
        }
        rule.head.arguments = (0..if head == BASE + DERIVED { 2 } else { arity(head) })
            .map(|_| known(&bound, &mut pick))
            .collect();
        if rule.body.is_empty() {
            continue;
        }
        Arc::make_mut(&mut case.program.rules).push(rule);
    }
    for number in 0..rules {
        case.program.origins.push(Origin {
            item: format!("rule {number}"),
            source: redan_base::SourceId(0),
            span: redan_base::Span::default(),
            conditions: vec![],
            variables: vec![],
        });
    }
    for _ in 0..pick.below(40) {
        // Now and then a derived relation has facts of its own.
        let relation =
            if pick.below(8) == 7 { pick.below(BASE + DERIVED) } else { pick.below(BASE) };
        let row = (0..arity(relation)).map(|_| pool[pick.below(pool.len())]).collect();
        case.facts.push((RelationId(relation as u32), row));
    }
    case.stratify();
    case
}

fn on_threads(case: &Case, threads: usize) -> Solution {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| case.solve())
}

fn raw(solution: &Solution) -> Vec<Vec<Vec<u32>>> {
    let relations = solution.facts.relations().iter();
    relations.map(|r| (0..r.arity()).map(|c| r.column(c).to_vec()).collect()).collect()
}

fn merged(solution: &Solution) -> Vec<String> {
    let values = &solution.facts.values;
    let show = |v| crate::support::show(values, v);
    solution
        .merged
        .iter()
        .map(|(r, m)| format!("{} {:?}", show(*r), m.iter().map(|v| show(*v)).collect::<Vec<_>>()))
        .collect()
}

fn check(bytes: &[u8]) -> Result<(), TestCaseError> {
    let case = program(bytes);
    let solution = case.solve();
    let expected = case.naive();
    let facts = case.shown(&expected);
    prop_assert_eq!(&facts, &case.shown(&solution));
    prop_assert_eq!(merged(&expected), merged(&solution));
    crate::why::check_proofs(&case, &solution)?;
    // The values of functions are numbered otherwise once entities are merged.
    if solution.merged.is_empty() {
        crate::why::check_heights(&case, &solution)?;
    }

    // With one goal: the same rows of it.
    let goal = RelationId((BASE + bytes.len() % DERIVED) as u32);
    let goals = Goals::Only(vec![goal]);
    let (narrow, _) = redan_solve::solve_for(
        &goals,
        &case.program,
        case.load(),
        &redan_base::Limits::default(),
        &|_| {},
    );
    let name = format!("{}(", case.program.relations[goal.0 as usize].name);
    let of_goal = |facts: Vec<String>| -> Vec<String> {
        facts.into_iter().filter(|f| f.starts_with(&name)).collect()
    };
    prop_assert_eq!(of_goal(facts.clone()), of_goal(case.shown(&narrow)));

    // Another order of everything, and every rule and fact twice.
    let mut turned = case.clone();
    Arc::make_mut(&mut turned.program.rules).reverse();
    for rule in Arc::make_mut(&mut turned.program.rules) {
        rule.body.reverse();
        rule.variables += 3;
        let shift = |terms: &mut Vec<Term>| {
            for term in terms {
                if let Term::Variable(v) = term {
                    v.0 = 7 - v.0;
                }
            }
        };
        shift(&mut rule.head.arguments);
        for literal in &mut rule.body {
            let one = |term: &mut Term| {
                let mut all = vec![*term];
                shift(&mut all);
                *term = all[0];
            };
            match literal {
                Literal::Atom(a) | Literal::Not(a) => shift(&mut a.arguments),
                Literal::Compare(_, a, b) => {
                    one(a);
                    one(b);
                }
                Literal::Call { arguments, result, .. } => {
                    shift(arguments);
                    one(result);
                }
                Literal::Aggregate { keys, result, .. } => {
                    shift(keys);
                    one(result);
                }
            }
        }
    }
    let rules = turned.program.rules.to_vec();
    Arc::make_mut(&mut turned.program.rules).extend(rules);
    Arc::make_mut(&mut turned.program.rules).sort_by_key(|r| r.stratum);
    turned.facts.reverse();
    turned.facts.extend(turned.facts.clone());
    prop_assert_eq!(&facts, &turned.shown(&turned.solve()));
    Ok(())
}

/// A question of why-not: a relation and values for some of its columns. Two literals are one condition now and then.
fn miss(bytes: &[u8], case: &mut Case) -> (RelationId, Vec<Option<redan_facts::ValueId>>) {
    let mut pick = Choices { bytes, at: 0 };
    for rule in case.program.rules.iter() {
        let origin = &mut case.program.origins[rule.origin as usize];
        let mut begin = 1;
        for literal in 0..rule.body.len() {
            if literal > 0 && pick.below(4) == 3 {
                begin -= 1;
            }
            origin.conditions.push(redan_base::Span::new(begin, begin + 1));
            begin += 1;
        }
    }
    let relation = BASE + pick.below(DERIVED);
    let values = &mut case.program.values;
    let row = (0..arity(relation))
        .map(|_| match pick.below(4) {
            0 => None,
            n => Some(values.int(n as i64)),
        })
        .collect();
    (RelationId(relation as u32), row)
}

fn check_miss(bytes: &[u8], asked: &[u8]) -> Result<(), TestCaseError> {
    let mut case = program(bytes);
    let (relation, row) = miss(asked, &mut case);
    let solution = case.solve();
    // What stands for what is another matter.
    if solution.merged.is_empty() {
        crate::why::check_nearest(&case, &solution, relation, &row)?;
    }
    Ok(())
}

#[test]
fn the_nearest_miss_is_as_near_as_any() {
    let mut runner = TestRunner::new_with_rng(
        Config { cases: programs(200), failure_persistence: None, ..Config::default() },
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    );
    let bytes = |most| proptest::collection::vec(any::<u8>(), 0..most);
    let result = runner.run(&(bytes(300), bytes(40)), |(bytes, asked)| check_miss(&bytes, &asked));
    if let Err(proptest::test_runner::TestError::Fail(reason, (bytes, asked))) = &result {
        let mut case = program(bytes);
        let asked = miss(asked, &mut case);
        panic!("{reason}\n{asked:?}\n{:#?}\n{:?}", case.program.rules, case.facts);
    }
    result.unwrap();
}

fn programs(default: u32) -> u32 {
    std::env::var("REDAN_PROGRAMS").ok().and_then(|n| n.parse().ok()).unwrap_or(default)
}

#[test]
fn the_evaluator_agrees_with_the_naive_one() {
    let mut runner = TestRunner::new_with_rng(
        Config {
            cases: programs(1_000),
            failure_persistence: None,
            max_shrink_iters: 4000,
            ..Config::default()
        },
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    );
    let result = runner.run(&proptest::collection::vec(any::<u8>(), 0..500), |bytes| check(&bytes));
    if let Err(proptest::test_runner::TestError::Fail(reason, bytes)) = &result {
        let case = program(bytes);
        panic!("{reason}\n{:#?}\n{:?}", case.program.rules, case.facts);
    }
    result.unwrap();
}

#[test]
fn what_no_goal_needs_is_not_derived() {
    let case = Case::parse(
        "path(X, Y) :- edge(X, Y).
         path(X, Z) :- path(X, Y), edge(Y, Z).
         lonely(X) :- edge(X, _), not path(X, X).
         other(X) :- edge(_, X).
         edge(a, b).
         edge(b, a).
         edge(b, c).",
    );
    let goals = Goals::Only(vec![case.id("lonely")]);
    let limits = redan_base::Limits::default();
    let (solution, _) =
        redan_solve::solve_for(&goals, &case.program, case.load(), &limits, &|_| {});
    let rows = |name: &str| solution.facts.relation(case.id(name)).len();
    assert_eq!((rows("path"), rows("lonely"), rows("other")), (6, 0, 0));
    let (all, _) = redan_solve::solve(&case.program, case.load(), &limits, &|_| {});
    assert_eq!(all.facts.relation(case.id("other")).len(), 3);
}

#[test]
fn rows_and_their_order_do_not_depend_on_threads() {
    let mut case = Case::parse(
        "path(X, Y) :- edge(X, Y).
         path(X, Z) :- path(X, Y), edge(Y, Z).
         far(X, Y) :- path(X, Y), not edge(X, Y), X != Y.
         both(X, Y, Z) :- edge(X, Y), edge(X, Z), far(Y, Z).
         next(X, Y) :- edge(X, _), Y = inc(X).",
    );
    let edge = case.id("edge");
    let mut state = 7_u32;
    for _ in 0..900 {
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            i64::from(state >> 8) % 400
        };
        let (a, b) = (next(), next());
        let row = vec![case.program.values.int(a), case.program.values.int(b)];
        case.facts.push((edge, row));
    }
    let one = on_threads(&case, 1);
    assert!(one.facts.row_count() > 100_000, "{}", one.facts.row_count());
    for threads in [2, 4] {
        let other = on_threads(&case, threads);
        assert!(raw(&one) == raw(&other), "{threads} threads");
        assert_eq!(merged(&one), merged(&other));
    }
}

/// Chains of relations over a graph, in which most facts have several derivations of unlike heights.
fn chains(bytes: &[u8]) -> String {
    let mut pick = Choices { bytes, at: 0 };
    let mut text = String::new();
    for _ in 0..2 + pick.below(8) {
        let name = |n: usize| if n == 0 { "e".to_owned() } else { format!("p{n}") };
        let (head, one, two) = (1 + pick.below(5), pick.below(6), pick.below(6));
        let (one, two) = (name(one), name(two));
        text.push_str(&match pick.below(3) {
            0 => format!("p{head}(X, Y) :- {one}(X, Y).\n"),
            1 => format!("p{head}(X, Z) :- {one}(X, Y), {two}(Y, Z).\n"),
            _ => format!("p{head}(X, Y) :- {one}(X, Y), {two}(_, X).\n"),
        });
    }
    for _ in 0..=pick.below(12) {
        text.push_str(&format!("e({}, {}).\n", pick.below(5), pick.below(5)));
    }
    text
}

#[test]
fn no_derivation_is_lower_than_the_proof() {
    let mut runner = TestRunner::new_with_rng(
        Config { cases: programs(100), failure_persistence: None, ..Config::default() },
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    );
    let bytes = proptest::collection::vec(any::<u8>(), 20..90);
    let result = runner.run(&bytes, |bytes| {
        let case = Case::parse(&chains(&bytes));
        crate::why::check_heights(&case, &case.solve())
    });
    if let Err(proptest::test_runner::TestError::Fail(reason, bytes)) = &result {
        panic!("{reason}\n{}", chains(bytes));
    }
    result.unwrap();
}

/// Programs of a shape that random ones seldom have.
#[test]
fn circles_of_joins_agree_with_the_naive_evaluator() {
    let mut case = Case::parse(
        "triangle(X, Y, Z) :- edge(X, Y), edge(Y, Z), edge(Z, X).
         square(X, Y, Z, W) :- edge(X, Y), edge(Y, Z), edge(Z, W), edge(W, X), X < Z.
         fan(X, Z) :- edge(X, Y), colour(Y, C), colour(Z, C), edge(X, Z).
         grow(X, Y) :- edge(X, Y).
         grow(X, Z) :- grow(X, Y), grow(Y, Z), edge(Z, X).",
    );
    let (edge, colour) = (case.id("edge"), case.id("colour"));
    let mut state = 11_u32;
    for _ in 0..130 {
        let mut next = |below: i64| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            i64::from(state >> 8) % below
        };
        let (a, b, c) = (next(22), next(22), next(3));
        let [a, b, c] = [a, b, c].map(|n| case.program.values.int(n));
        case.facts.push((edge, vec![a, b]));
        case.facts.push((colour, vec![a, c]));
    }
    let solution = case.solve();
    let triangle = &solution.timings[0];
    assert!(triangle.plan.contains("meet"), "{}", triangle.plan);
    assert_eq!(case.shown(&solution), case.shown(&case.naive()));
    assert!(solution.facts.relation(case.id("triangle")).len() > 20);
}

#[test]
fn what_functions_make_of_merged_entities_is_merged_too() {
    let case = Case::parse(
        "name(apis).
         stated('api).
         flow('api, 'db).
         made(E) :- name(N), E = thing(N).
         same(A, B) :- made(A), stated(B).
         calls(F) :- made(A), flow(A, B), F = pair(A, B).
         late(E) :- same(_, _), E = thing(apis).
         fixed(x) :- made('apis).",
    );
    let solution = case.solve();
    assert_eq!(case.shown(&solution), case.shown(&case.naive()));
    insta::assert_snapshot!(case.shown(&solution).join("\n"), @r"
    calls(pair(thing(api), thing(db)))
    fixed(x)
    flow(thing(api), thing(db))
    late(thing(api))
    made(thing(api))
    name(apis)
    same(thing(api), thing(api))
    stated(thing(api))
    ");
    assert_eq!(merged(&solution), [r#"thing(api) ["thing(apis)"]"#]);
}

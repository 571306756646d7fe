//! What the open world costs: the same model and rules, once with every flow's authentication known, once with gaps.

use std::fmt::Write as _;

use redan_base::{Limits, Severity, Source, Sources};
use redan_program::ir::Program;
use redan_program::{Options, PackFiles};
use rustc_hash::FxHashSet;

use super::{Case, Goal, Input};
use crate::data::Random;
use crate::measure::{Run, timed};

/// Every flow says whether it is authenticated; the pack closes the attribute, so that there is one bound.
pub const CLOSED: Case = Case {
    name: "closed-world",
    input: Input::Own(|| run("authenticated: bool = false", 0)),
    goal: Goal::Most(1.0, None),
};

/// Of a hundred flows five do not say it: what they make possible is found as well, with its questions.
pub const OPEN: Case = Case {
    name: "open-world",
    input: Input::Own(|| run("authenticated: bool", 50)),
    goal: Goal::Program("closed-world", 1.5),
};

const COMPONENTS: u32 = 30_000;
const FLOWS: u32 = 100_000;

const RULES: &str = "pack t { version \"1.0.0\" }
enum class { public < internal < confidential < restricted }
kind node { untrusted: bool = false  holds: set<data> }
kind store is node
kind data { class: class = public }
kind flow { from: node  to: node  AUTHENTICATED }
mitigation guard { title \"Guard it\" steps \"Guard it.\" }
relation reached(c: node)
reached(c) if c.untrusted
reached(b) if a -[f]-> b and a is reached and not f.authenticated
threat confidential_reached {
  title \"{s} is in danger\"
  stride spoofing
  severity high because \"it is measured\"
  match c -[f]-> s: store where c is reached and not f.authenticated and s holds d and d.class >= confidential
  source \"anyone\"
  action \"read {d}\"
  mitigate guard
}
";

/// The evaluation alone is timed. `gaps` of a thousand flows say nothing.
fn run(authenticated: &str, gaps: u32) -> Run {
    let text = RULES.replace("AUTHENTICATED", authenticated) + &model(gaps);
    let mut sources = Sources::new();
    let files = vec![sources.add(Source::new("t/t.redan", text.as_str()))];
    let pack = PackFiles { name: "t".to_owned(), files, ..PackFiles::default() };
    let (program, diagnostics) = redan_program::compile(&sources, &[pack], &Options::default());
    let errors = diagnostics.iter().find(|d| d.severity == Severity::Error);
    assert!(errors.is_none(), "the generated pack is wrong: {errors:?}");
    let facts = super::packs::stated(&program, &sources);
    crate::measure::forget_peak();
    timed(|| evaluate(&program, facts))
}

fn evaluate(program: &Program, facts: redan_facts::Facts) -> (usize, impl Sized) {
    let (solution, diagnostics) =
        redan_solve::solve(program, facts, &Limits::default(), &|_| {});
    assert!(diagnostics.is_empty(), "the evaluation was stopped: {diagnostics:?}");
    let rows = program.threats.iter().map(|t| solution.facts.relation(t.certain).len()).sum();
    (rows, solution)
}

/// One component in a thousand is untrusted, one in ten is a store that holds one of four kinds of data. Six of ten flows
/// are authenticated.
fn model(gaps: u32) -> String {
    let mut random = Random::new();
    let mut text = "system \"Large\" {\n".to_owned();
    for (class, number) in ["public", "internal", "confidential", "restricted"].iter().zip(0..) {
        let _ = writeln!(text, "data d{number} {{ class: {class} }}");
    }
    for component in 0..COMPONENTS {
        let _ = match component % 10 {
            0 => writeln!(text, "store c{component} {{ holds: [d{}] }}", random.below(4)),
            _ if random.chance(1) => writeln!(text, "node c{component} {{ untrusted: true }}"),
            _ => writeln!(text, "node c{component}"),
        };
    }
    let mut known = FxHashSet::default();
    for _ in 0..FLOWS {
        let (from, to) = (random.below(COMPONENTS), random.below(COMPONENTS));
        let (gap, authenticated) = (random.chance(gaps), random.chance(600));
        if known.insert((from, to)) {
            let _ = if gap {
                writeln!(text, "c{from} -> c{to}")
            } else {
                writeln!(text, "c{from} -> c{to} {{ authenticated: {authenticated} }}")
            };
        }
    }
    text.push_str("}\n");
    text
}

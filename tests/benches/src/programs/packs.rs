//! A thousand threats over a model of a thousand components: from the text of the packs to all matches, as an editor would ask.

use std::fmt::Write as _;
use std::path::Path;

use redan_base::{Limits, Severity, Source, SourceId, Sources};
use redan_facts::Facts;
use redan_program::ir::Program;
use redan_program::{Options, PackFiles};

use super::{Case, Goal, Input};
use crate::data::Random;
use crate::measure::{Run, timed};

/// Parse, check, lowering and evaluation are timed; the pack `core` is that of the product.
pub const CASE: Case = Case { name: "packs", input: Input::Own(run), goal: Goal::Most(0.3, None) };

const COMPONENTS: u32 = 1_000;

/// What the threats look for, in turn.
const CONDITIONS: [&str; 5] = [
    "match a -[f]-> b where not f.encrypted and f.carries has d and d.class >= confidential",
    "match b: store where not b.authenticates_clients and exists a -> b where a is process",
    "match a -[f]-> b where not f.authenticated and b is store",
    "match b: store where b holds d and d.class == restricted and not b.encrypted_at_rest",
    "match b: process where not b.rate_limited and exists a -> b where a is external",
];

fn run() -> Run {
    let core = core();
    let texts = [("many/threats.redan", threats()), ("many/model.redan", model())];
    timed(|| {
        let mut sources = Sources::new();
        let core = core.iter().map(|(path, text)| add(&mut sources, path, text)).collect();
        let many = texts.iter().map(|(path, text)| add(&mut sources, path, text)).collect();
        let packs = [("core", core), ("many", many)].map(|(name, files)| PackFiles {
            name: name.to_owned(),
            files,
            ..PackFiles::default()
        });
        let (program, diagnostics) = redan_program::compile(&sources, &packs, &Options::default());
        let errors = diagnostics.iter().find(|d| d.severity == Severity::Error);
        assert!(errors.is_none(), "the generated pack is wrong: {errors:?}");
        let facts = stated(&program, &sources);
        let (solution, diagnostics) =
            redan_solve::solve(&program, facts, &Limits::default(), &|_| {});
        assert!(diagnostics.is_empty(), "the evaluation was stopped: {diagnostics:?}");
        let rows = program.threats.iter().map(|t| solution.facts.relation(t.possible).len()).sum();
        (rows, solution)
    })
}

fn add(sources: &mut Sources, path: &str, text: &str) -> SourceId {
    sources.add(Source::new(path, text))
}

/// The facts that packs and models state.
pub fn stated(program: &Program, sources: &Sources) -> Facts {
    let mut facts =
        Facts::new(program.values.clone(), program.relations.iter().map(|r| r.columns.len()));
    for fact in &program.facts {
        let place = sources.place(fact.source, fact.span);
        facts.insert(fact.relation, &fact.row, Some(place));
    }
    facts
}

/// The files of the pack `core`.
fn core() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules/core");
    let mut found = vec![];
    for folder in [root.clone(), root.join("vocabulary"), root.join("architecture")] {
        for entry in std::fs::read_dir(folder).expect("the project has its pack `core`") {
            let path = entry.expect("the folder can be listed").path();
            if path.extension().is_some_and(|e| e == "redan") {
                let text = std::fs::read_to_string(&path).expect("a pack file can be read");
                found.push((path.to_string_lossy().into_owned(), text));
            }
        }
    }
    found.sort();
    found
}

fn threats() -> String {
    let mut text = "pack many { version \"1.0.0\" requires core }\nmitigation defend { title \"Defend it\" steps \"Defend it.\" }\n".to_owned();
    for number in 0..1_000 {
        let condition = CONDITIONS[number % CONDITIONS.len()];
        let _ = write!(
            text,
            "threat t{number} {{\n  title \"{{b}} is in danger {number}\"\n  stride tampering\n  severity medium because \"it is measured\"\n  {condition}\n  source \"anyone\"\n  action \"harm {{b}}\"\n  mitigate defend\n}}\n"
        );
    }
    text
}

/// Of ten components seven are processes, two stores and one is a system of others; each calls two.
fn model() -> String {
    let mut random = Random::new();
    let mut text = "system \"Large\" {\n".to_owned();
    for (class, number) in ["public", "internal", "confidential", "restricted"].iter().zip(0..) {
        let _ = writeln!(text, "  data d{number} {{ class: {class} }}");
    }
    for component in 0..COMPONENTS {
        let _ = match component % 10 {
            0..7 => {
                writeln!(text, "  process c{component} {{ rate_limited: {} }}", random.chance(900))
            }
            7 | 8 => writeln!(
                text,
                "  store c{component} {{ holds: [d{}] authenticates_clients: {} encrypted_at_rest: {} }}",
                random.below(4),
                random.chance(900),
                random.chance(900)
            ),
            _ => writeln!(text, "  external c{component}"),
        };
    }
    for flow in 0..2 * COMPONENTS {
        let _ = writeln!(
            text,
            "  c{} -> c{} {{ carries: [d{}] encrypted: {} authenticated: {} }}",
            flow % COMPONENTS,
            // An even one, then an odd one: a flow is known by its ends, and none is stated twice.
            2 * random.below(COMPONENTS / 2) + flow / COMPONENTS,
            random.below(4),
            random.chance(900),
            random.chance(900)
        );
    }
    text.push_str("}\n");
    text
}

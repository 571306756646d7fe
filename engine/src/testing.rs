//! `redan test`: the `test` items of packs and the cases of their pages. Each is a small world, over which the rules that lead to what
//! it expects are evaluated; one that fails is evaluated whole, so that it can tell what there was instead.

use std::collections::BTreeSet;

use rayon::prelude::*;
use redan_base::{Diagnostic, MemoryWorld, Severity, SourceId, Sources, Span};
use redan_facts::RelationId;
use redan_grammar::syntax::Given;
use redan_program::ir::StatedFact;
use serde::Serialize;

use crate::analyze::{Analysis, AnalyzeOptions, Prepared, analyze};
use crate::pages::{self, Case, Mark};

mod asked;
mod judge;

use asked::Asked;
use judge::{Run, judge_case, parse_expect};

/// Which tests run.
#[derive(Debug, Clone, Default)]
pub struct TestOptions {
    /// Only packs of these names; all if empty.
    pub packs: Vec<String>,
    /// Only tests whose name contains this.
    pub filter: Option<String>,
}

/// One test.
#[derive(Debug, Clone, Serialize)]
pub struct TestResult {
    /// `pack: name` or `pack.rule: heading`.
    pub name: String,
    /// Whether every expectation was met.
    pub passed: bool,
    /// What was not met, with places in [`TestReport::sources`].
    #[serde(skip)]
    pub failures: Vec<Diagnostic>,
    /// The threats that fired, confirmed or possible: (name, possible).
    #[serde(skip)]
    fired: BTreeSet<(String, bool)>,
    /// The rule that the test keeps silent, if it is a near miss.
    #[serde(skip)]
    silent: BTreeSet<String>,
    /// Conditions that alone kept a rule silent that is expected to be: without one of them the test would fail.
    #[serde(skip)]
    decided: BTreeSet<(SourceId, Span)>,
}

/// A condition of a threat as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WrittenCondition {
    /// The threat.
    pub threat: String,
    /// The condition.
    pub text: String,
    /// The pack file.
    pub path: String,
    /// The line.
    pub line: u32,
}

/// All tests of a run.
#[derive(Debug, Serialize)]
pub struct TestReport {
    /// The tests, sorted by name.
    pub results: Vec<TestResult>,
    /// Threats that no test makes fire.
    pub never_fires: Vec<String>,
    /// Threats that no test keeps silent.
    pub never_silent: Vec<String>,
    /// Threats that no test shows as possible, and whose pages do not say why nothing about them is unknown.
    pub never_unknown: Vec<String>,
    /// Conditions of threats whose removal no test would notice: in no near miss is one the only condition that fails.
    pub never_deciding: Vec<WrittenCondition>,
    /// How many threats there are.
    pub threats: usize,
    /// How many conditions of threats could decide.
    pub conditions: usize,
    /// The texts of the packs and pages.
    #[serde(skip)]
    pub sources: Sources,
}

impl TestReport {
    /// How many tests passed and failed.
    pub fn counts(&self) -> (usize, usize) {
        let passed = self.results.iter().filter(|r| r.passed).count();
        (passed, self.results.len() - passed)
    }
}

impl TestOptions {
    fn wants(&self, pack: &str) -> bool {
        self.packs.is_empty() || self.packs.iter().any(|p| p == pack)
    }
}

enum Job<'a> {
    Item(&'a redan_program::schema::Test),
    Page { pack: &'a str, rule: &'a str, source: SourceId, case: Case },
}

fn pack_name(prepared: &Prepared, id: redan_program::schema::PackId) -> &str {
    prepared.program.schema.packs.get(id.0 as usize).map_or("", |p| p.name.as_str())
}

/// The tests that are asked for, with their names.
fn jobs<'a>(prepared: &'a Prepared, options: &TestOptions) -> Vec<(String, Job<'a>)> {
    let mut jobs: Vec<(String, Job<'_>)> = vec![];
    for test in &prepared.program.schema.tests {
        let pack = pack_name(prepared, test.pack);
        if options.wants(pack) {
            jobs.push((format!("{pack}: {}", test.syntax.name.value), Job::Item(test)));
        }
    }
    for page in &prepared.packs.pages {
        let Some(source) = prepared.sources.get(page.source) else { continue };
        if !options.wants(&page.pack) {
            continue;
        }
        for case in pages::cases(source) {
            let name = format!("{}.{}: {}", page.pack, page.rule, case.title);
            let (pack, rule) = (page.pack.as_str(), page.rule.as_str());
            jobs.push((name, Job::Page { pack, rule, source: page.source, case }));
        }
    }
    jobs.retain(|(name, _)| options.filter.as_ref().is_none_or(|f| name.contains(f.as_str())));
    jobs
}

/// Analyses the small worlds of the tests as a scan would, with all rules and whatever they expect: for those who want to see
/// what reports of many different systems look like. In parallel; each is told its number in the order of the names.
pub fn analyze_fixtures<T: Send>(
    prepared: &Prepared,
    options: &TestOptions,
    language: &str,
    each: impl Fn(usize, &str, &Analysis) -> T + Sync,
) -> Vec<T> {
    let mut jobs = jobs(prepared, options);
    jobs.sort_by(|a, b| a.0.cmp(&b.0));
    jobs.into_par_iter()
        .enumerate()
        .map(|(number, (name, job))| {
            let world = match job {
                Job::Item(test) => item_world(prepared, test),
                Job::Page { source, case, .. } => page_world(prepared, source, &case),
            };
            each(number, &name, &world.analyze(prepared, language, None))
        })
        .collect()
}

/// Runs the tests, in parallel.
pub fn run_tests(prepared: &Prepared, options: &TestOptions) -> TestReport {
    let schema = &prepared.program.schema;
    let wanted = |pack: &str| options.wants(pack);
    let pack_name = |id| pack_name(prepared, id);
    let jobs = jobs(prepared, options);
    let mut results: Vec<TestResult> = jobs
        .into_par_iter()
        .map(|(name, job)| match job {
            Job::Item(test) => run_item(prepared, name, test, pack_name(test.pack)),
            Job::Page { pack, rule, source, case } => {
                run_case(prepared, name, pack, rule, source, &case)
            }
        })
        .collect();
    results.sort_by(|a, b| a.name.cmp(&b.name));
    let threats: Vec<&str> = schema
        .threats
        .iter()
        .filter(|t| wanted(pack_name(t.declared.pack)) && t.disabled_by.is_none())
        .map(|t| t.declared.name.as_str())
        .collect();
    let without = |has: &dyn Fn(&TestResult, &str) -> bool| -> Vec<String> {
        threats
            .iter()
            .filter(|t| !results.iter().any(|r| has(r, t)))
            .map(|t| (*t).to_owned())
            .collect()
    };
    let unknown_by_page = says_nothing_is_unknown(prepared);
    let (conditions, never_deciding) = never_deciding(prepared, &threats, &results);
    TestReport {
        threats: threats.len(),
        conditions,
        never_deciding,
        never_fires: without(&|r, t| r.fired.contains(&(t.to_owned(), false))),
        never_silent: without(&|r, t| r.silent.contains(t)),
        never_unknown: without(&|r, t| r.fired.contains(&(t.to_owned(), true)))
            .into_iter()
            .filter(|t| !unknown_by_page.contains(t))
            .collect(),
        results,
        sources: prepared.sources.clone(),
    }
}

/// The threats whose pages, beside their files, say why nothing about them is unknown.
fn says_nothing_is_unknown(prepared: &Prepared) -> BTreeSet<String> {
    let threats = &prepared.program.schema.threats;
    let mut all = BTreeSet::new();
    for page in &prepared.packs.pages {
        let Some(source) = prepared.sources.get(page.source) else { continue };
        if !pages::says_nothing_is_unknown(source) {
            continue;
        }
        let stem = source.path().strip_suffix(".md");
        let of_page = threats.iter().filter(|t| {
            let file = prepared.sources.get(t.declared.source).map(redan_base::Source::path);
            file.and_then(|f| f.strip_suffix(".redan")) == stem
                && t.declared.name.rsplit('.').next() == Some(page.rule.as_str())
        });
        all.extend(of_page.map(|t| t.declared.name.clone()));
    }
    all
}

/// How many conditions of the threats could decide, and those that never do.
fn never_deciding(
    prepared: &Prepared,
    threats: &[&str],
    results: &[TestResult],
) -> (usize, Vec<WrittenCondition>) {
    let program = &prepared.program;
    let decided: BTreeSet<(SourceId, Span)> =
        results.iter().flat_map(|r| r.decided.iter().copied()).collect();
    let mut all = 0;
    let mut never = vec![];
    for (threat, rules) in program.schema.threats.iter().zip(&program.threats) {
        let name = threat.declared.name.as_str();
        if !threats.contains(&name) {
            continue;
        }
        let mut written: BTreeSet<(SourceId, Span)> = BTreeSet::new();
        for (number, rule) in (0..).zip(program.rules.iter()) {
            if rule.head.relation == rules.possible
                && let Some(origin) = program.origins.get(rule.origin as usize)
            {
                let spans = redan_solve::removable(program, number);
                written.extend(spans.into_iter().map(|span| (origin.source, span)));
            }
        }
        written.retain(|(source, span)| {
            let source = prepared.sources.get(*source);
            source.is_none_or(|s| !says_only_what_sort(s.slice(*span)))
        });
        all += written.len();
        for (id, span) in written.difference(&decided) {
            let Some(source) = prepared.sources.get(*id) else { continue };
            let text = source.slice(*span).split_whitespace().collect::<Vec<_>>().join(" ");
            never.push(WrittenCondition {
                threat: name.to_owned(),
                text,
                path: source.path().to_owned(),
                line: source.line_of(span.start),
            });
        }
    }
    never.sort_by(|a, b| (&a.threat, a.line, &a.text).cmp(&(&b.threat, b.line, &b.text)));
    (all, never)
}

/// Whether a condition is `x: kind`: it says what a variable is, which other conditions often imply.
fn says_only_what_sort(condition: &str) -> bool {
    let name = |text: &str| text.trim().chars().all(|c| c.is_alphanumeric() || "_.".contains(c));
    condition.split_once(':').is_some_and(|(variable, kind)| name(variable) && name(kind))
}

/// The small world of a test.
struct World {
    files: Vec<(String, String)>,
    stated: Vec<StatedFact>,
    values: redan_facts::Values,
    failures: Vec<Diagnostic>,
}

impl World {
    fn analyze(
        &self,
        prepared: &Prepared,
        language: &str,
        only: Option<Vec<RelationId>>,
    ) -> Analysis {
        let world: MemoryWorld = self.files.iter().cloned().collect();
        let options = AnalyzeOptions {
            language: language.to_owned(),
            only,
            stated: self.stated.clone(),
            values: Some(self.values.clone()),
            ..AnalyzeOptions::default()
        };
        analyze(prepared, &world, &options, &|_| ())
    }

    fn start<'a>(
        &self,
        prepared: &'a Prepared,
        pack: &'a str,
        only: Option<Vec<RelationId>>,
    ) -> Run<'a> {
        let analysis = self.analyze(prepared, "en", only);
        Run { prepared, analysis, pack, failures: self.failures.clone(), decided: BTreeSet::new() }
    }
}

fn item_world(prepared: &Prepared, test: &redan_program::schema::Test) -> World {
    let mut files = vec![];
    let mut stated = vec![];
    let mut failures = vec![];
    let mut values = prepared.program.values.clone();
    for given in &test.syntax.given {
        match given {
            Given::File { path, text } => files.push((path.value.clone(), text.value.clone())),
            Given::Model(statements) => {
                let (facts, found) = redan_program::model_facts(
                    &prepared.program,
                    &mut values,
                    statements,
                    test.source,
                );
                stated.extend(facts);
                failures.extend(found.into_iter().filter(|d| d.severity == Severity::Error));
            }
        }
    }
    World { files, stated, values, failures }
}

fn run_item(
    prepared: &Prepared,
    name: String,
    test: &redan_program::schema::Test,
    pack: &str,
) -> TestResult {
    let world = item_world(prepared, test);
    let mut asked = Asked::new(prepared, pack);
    test.syntax.expect.iter().for_each(|expect| asked.expect(expect));
    attempts(asked, |only| {
        let mut run = world.start(prepared, pack, only);
        let mut silent = BTreeSet::new();
        for expect in &test.syntax.expect {
            run.expect(expect, test.source, &mut silent);
        }
        run.finish(name.clone(), silent)
    })
}

/// Runs a test over what it asks for. One that fails runs again over everything, so that it can tell what there was instead.
fn attempts(asked: Asked<'_>, run: impl Fn(Option<Vec<RelationId>>) -> TestResult) -> TestResult {
    let only = asked.relations();
    let pruned = only.is_some();
    let first = run(only);
    if first.passed || !pruned { first } else { run(None) }
}

fn page_world(prepared: &Prepared, source: SourceId, case: &Case) -> World {
    let mut failures = vec![];
    let mut values = prepared.program.values.clone();
    let mut statements = vec![];
    for (text, offset) in &case.models {
        // The model is parsed at its place in the page, so that errors point there.
        let padded = format!("{}{text}", " ".repeat(*offset));
        let (file, found) = redan_grammar::parse(source, &padded);
        failures.extend(found.into_iter().filter(|d| d.severity == Severity::Error));
        for item in file.items {
            match item.kind {
                redan_grammar::syntax::ItemKind::Statement(statement) => statements.push(statement),
                redan_grammar::syntax::ItemKind::System(system) => {
                    statements.extend(system.statements);
                }
                _ => failures.push(
                    Diagnostic::error(
                        801,
                        "a model block of a page holds statements of the model only",
                    )
                    .at(source, item.span, "not a statement"),
                ),
            }
        }
    }
    // All at once: a statement may refer to an element that another one states.
    let (stated, found) =
        redan_program::model_facts(&prepared.program, &mut values, &statements, source);
    failures.extend(found.into_iter().filter(|d| d.severity == Severity::Error));
    World { files: case.files.clone(), stated, values, failures }
}

fn run_case(
    prepared: &Prepared,
    name: String,
    pack: &str,
    rule: &str,
    source: SourceId,
    case: &Case,
) -> TestResult {
    let world = page_world(prepared, source, case);
    let mut asked = Asked::new(prepared, pack);
    asked.threat(rule);
    for (mark, span) in &case.marks {
        match mark {
            Mark::Threat { name, .. } | Mark::NoThreat { name: Some(name), .. } => {
                asked.threat(name);
            }
            Mark::NoThreat { name: None, .. } => asked.everything(),
            Mark::Expect(text) => match parse_expect(text, source, *span) {
                Ok(expect) => asked.expect(&expect),
                Err(_) => asked.everything(),
            },
        }
    }
    attempts(asked, |only| {
        let run = world.start(prepared, pack, only);
        judge_case(run, name.clone(), rule, source, case)
    })
}

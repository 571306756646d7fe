//! `redan test`: the `test` items of packs and the cases of their pages. Each is a small world, over which the rules that lead to what
//! it expects are evaluated; one that fails is evaluated whole, so that it can tell what there was instead.

use std::collections::BTreeSet;

use rayon::prelude::*;
use redan_base::{Diagnostic, MemoryWorld, Severity, SourceId, Sources, Span};
use redan_facts::{RelationId, Value, ValueId, normalise};
use redan_grammar::syntax::{Expect, ExpectKind, Expr, ExprKind, Given, Path};
use redan_program::ir::{Bound, Role, StatedFact};
use redan_program::schema::KindId;
use redan_threats::{Certainty, Finding};
use serde::Serialize;

use crate::analyze::{Analysis, AnalyzeOptions, Prepared, analyze};
use crate::pages::{self, Case, Mark};

mod asked;

use asked::Asked;

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

/// What a test is checked against.
struct Run<'a> {
    prepared: &'a Prepared,
    analysis: Analysis,
    pack: &'a str,
    failures: Vec<Diagnostic>,
    /// Conditions that alone kept a rule silent.
    decided: BTreeSet<(SourceId, Span)>,
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

/// Holds what a case of a page expects against what was found.
fn judge_case(
    mut run: Run<'_>,
    name: String,
    rule: &str,
    source: SourceId,
    case: &Case,
) -> TestResult {
    let pack = run.pack;
    let mut silent = BTreeSet::new();
    let mut expects_own = false;
    let own = run.threat(pack, rule);
    for (mark, span) in &case.marks {
        match mark {
            Mark::Threat { name, possible, at } => {
                let threat = run.named(name, source, *span);
                expects_own |= threat.is_some() && threat == own;
                if let Some(threat) = threat {
                    run.expect_at(&threat, *possible, at, source, *span);
                }
            }
            Mark::NoThreat { name, at } => {
                let threat = name.as_ref().and_then(|n| run.named(n, source, *span));
                run.expect_none_at(threat.as_deref(), at, source, *span);
            }
            Mark::Expect(text) => {
                let expect = match parse_expect(text, source, *span) {
                    Ok(expect) => Some(expect),
                    Err(mistake) => {
                        run.failures.push(*mistake);
                        None
                    }
                };
                if let Some(expect) = expect {
                    let own_named = match &expect.what {
                        ExpectKind::Threat { threat, .. } => {
                            own.is_some() && run.threat(pack, &shown(threat)) == own
                        }
                        ExpectKind::Relation { relation, .. } => {
                            own.is_some() && run.threat(pack, &shown(relation)) == own
                        }
                        ExpectKind::Fact { .. } => false,
                    };
                    expects_own |= own_named && !expect.negated;
                    run.expect(&expect, source, &mut silent);
                }
            }
        }
    }
    if let Some(own) = own
        && case.is_near_miss()
        && !expects_own
    {
        run.expect_no(&own, &[], source, case.span);
        silent.insert(own);
    }
    run.finish(name, silent)
}

fn shown(path: &Path) -> String {
    match &path.pack {
        Some(pack) => format!("{}.{}", pack.text, path.name.text),
        None => path.name.text.clone(),
    }
}

impl Run<'_> {
    fn finish(self, name: String, silent: BTreeSet<String>) -> TestResult {
        let fired = self
            .analysis
            .findings
            .iter()
            .map(|f| (f.rule.clone(), f.certainty == Certainty::Possible))
            .collect();
        TestResult {
            name,
            passed: self.failures.is_empty(),
            failures: self.failures,
            fired,
            silent,
            decided: self.decided,
        }
    }

    fn fail(&mut self, source: SourceId, span: Span, message: String, help: String) {
        self.failures
            .push(Diagnostic::error(802, message).at(source, span, "expected here").help(help));
    }

    fn threat(&self, pack: &str, name: &str) -> Option<String> {
        threat_named(self.prepared, pack, name)
    }

    fn named(&mut self, name: &str, source: SourceId, span: Span) -> Option<String> {
        let found = self.threat(self.pack, name);
        if found.is_none() {
            self.failures.push(
                Diagnostic::error(803, format!("there is no threat `{name}`"))
                    .at(source, span, "unknown threat")
                    .help("a threat is named by its name, or by `pack.name`"),
            );
        }
        found
    }

    fn on_line<'b>(&'b self, at: &'b (String, u32)) -> impl Iterator<Item = &'b Finding> {
        self.analysis.findings.iter().filter(move |f| {
            f.evidence.iter().any(|e| {
                e.spot.path == at.0
                    && e.spot.line <= at.1
                    && at.1 <= e.spot.end_line.max(e.spot.line)
            })
        })
    }

    fn expect_at(
        &mut self,
        threat: &str,
        possible: bool,
        at: &(String, u32),
        source: SourceId,
        span: Span,
    ) {
        let certainty = if possible { Certainty::Possible } else { Certainty::Confirmed };
        let met = self.on_line(at).any(|f| f.rule == threat && f.certainty == certainty);
        if !met {
            let help = self.what_there_is(threat);
            let message =
                format!("no {} finding of `{threat}` at {}:{}", certainty.word(), at.0, at.1);
            self.fail(source, span, message, help);
        }
    }

    fn expect_none_at(
        &mut self,
        threat: Option<&str>,
        at: &(String, u32),
        source: SourceId,
        span: Span,
    ) {
        let found: Vec<String> =
            self.on_line(at).filter(|f| threat.is_none_or(|t| f.rule == t)).map(describe).collect();
        if !found.is_empty() {
            let message = format!("a finding at {}:{} where none is expected", at.0, at.1);
            self.fail(source, span, message, format!("there is {}", found.join("; ")));
        }
    }

    fn expect_no(
        &mut self,
        threat: &str,
        bindings: &[(String, String)],
        source: SourceId,
        span: Span,
    ) {
        let found: Vec<String> = self
            .analysis
            .findings
            .iter()
            .filter(|f| f.rule == threat && agrees(f, bindings))
            .map(describe)
            .collect();
        if !found.is_empty() {
            let message = format!("`{threat}` is expected to stay silent, but it does not");
            self.fail(source, span, message, format!("there is {}", found.join("; ")));
            return;
        }
        self.decide(threat, bindings);
    }

    /// Finds the conditions that alone keep a threat silent for these bindings.
    fn decide(&mut self, threat: &str, bindings: &[(String, String)]) {
        let program = &self.prepared.program;
        let number = program.schema.threats.iter().position(|t| t.declared.name == threat);
        let Some(rules) = number.and_then(|n| program.threats.get(n)) else { return };
        let mut row = vec![None; rules.bindings.len()];
        for (name, text) in bindings {
            let column = rules.bindings.iter().position(|(n, _)| n == name);
            let value = (0..self.analysis.solution.facts.values.len() as u32)
                .map(ValueId)
                .find(|v| self.same(*v, text));
            let Some(slot) = column.and_then(|c| row.get_mut(c)) else { return };
            if value.is_none() {
                return;
            }
            *slot = value;
        }
        let mut found = vec![];
        for (number, rule) in (0..).zip(program.rules.iter()) {
            if rule.head.relation == rules.possible
                && let Some(origin) = program.origins.get(rule.origin as usize)
            {
                let spans = redan_solve::deciding(program, &self.analysis.solution, number, &row);
                found.extend(spans.into_iter().map(|span| (origin.source, span)));
            }
        }
        self.decided.extend(found);
    }

    fn what_there_is(&self, threat: &str) -> String {
        let of: Vec<String> =
            self.analysis.findings.iter().filter(|f| f.rule == threat).map(describe).collect();
        if !of.is_empty() {
            return format!("there is {}", of.join("; "));
        }
        let mut others: Vec<&str> =
            self.analysis.findings.iter().map(|f| f.rule.as_str()).collect();
        others.dedup();
        if others.is_empty() {
            "there is no finding at all".to_owned()
        } else {
            format!("there are findings of {}", others.join(", "))
        }
    }

    fn expect(&mut self, expect: &Expect, source: SourceId, silent: &mut BTreeSet<String>) {
        let span = expect.span;
        match &expect.what {
            ExpectKind::Threat { threat, possible, bindings } => {
                let Some(name) = self.named(&shown(threat), source, threat.span) else { return };
                let bindings: Vec<(String, String)> =
                    bindings.iter().map(|(n, e)| (n.text.clone(), text_of(e))).collect();
                self.expect_threat(
                    &name,
                    *possible,
                    &bindings,
                    expect.negated,
                    source,
                    span,
                    silent,
                );
            }
            ExpectKind::Relation { relation, arguments } => {
                let name = shown(relation);
                if let Some(threat) = self.threat(self.pack, &name)
                    && arguments.is_empty()
                {
                    self.expect_threat(&threat, false, &[], expect.negated, source, span, silent);
                    return;
                }
                let found = self.rows_of(&name, arguments);
                match found {
                    None => self.failures.push(
                        Diagnostic::error(804, format!("there is no threat or relation `{name}`"))
                            .at(source, relation.span, "unknown name"),
                    ),
                    Some((met, rows)) if met == expect.negated => {
                        let message = if expect.negated {
                            format!("`{name}` is expected not to hold, but it does")
                        } else {
                            format!("`{name}` is expected to hold, but it does not")
                        };
                        self.fail(source, span, message, rows);
                    }
                    Some(_) => {}
                }
            }
            ExpectKind::Fact { kind, attributes } => {
                let name = shown(kind);
                let wanted: Vec<(String, String)> =
                    attributes.iter().map(|o| (o.name.text.clone(), text_of(&o.value))).collect();
                match self.members(&name, &wanted) {
                    None => self.failures.push(
                        Diagnostic::error(805, format!("there is no kind `{name}`")).at(
                            source,
                            kind.span,
                            "unknown kind",
                        ),
                    ),
                    Some((met, seen)) if met == expect.negated => {
                        let message = if expect.negated {
                            format!("a fact of `{name}` is there that is expected not to be")
                        } else {
                            format!("no fact of `{name}` with these attributes")
                        };
                        self.fail(source, span, message, seen);
                    }
                    Some(_) => {}
                }
            }
        }
    }

    #[allow(clippy::too_many_arguments, reason = "one expectation, spelled out")]
    fn expect_threat(
        &mut self,
        name: &str,
        possible: bool,
        bindings: &[(String, String)],
        negated: bool,
        source: SourceId,
        span: Span,
        silent: &mut BTreeSet<String>,
    ) {
        if negated {
            if bindings.is_empty() {
                silent.insert(name.to_owned());
            }
            self.expect_no(name, bindings, source, span);
            return;
        }
        let certainty = if possible { Certainty::Possible } else { Certainty::Confirmed };
        let met = self
            .analysis
            .findings
            .iter()
            .any(|f| f.rule == name && f.certainty == certainty && agrees(f, bindings));
        if !met {
            let help = self.what_there_is(name);
            self.fail(
                source,
                span,
                format!("no {} finding of `{name}` like this", certainty.word()),
                help,
            );
        }
    }

    /// The relation of a role among the certain ones.
    fn relation(&self, is: impl Fn(&Role) -> bool) -> Option<RelationId> {
        let relations = &self.prepared.program.relations;
        let index = relations.iter().position(|r| r.bound == Bound::Certain && is(&r.role))?;
        Some(RelationId(index as u32))
    }

    /// Whether a relation holds for arguments, and what rows it has.
    fn rows_of(&self, name: &str, arguments: &[Expr]) -> Option<(bool, String)> {
        let schema = &self.prepared.program.schema;
        let names = schema.relations.iter().map(|r| r.declared.name.as_str());
        let index = find_name(names, self.pack, name)?;
        let relation = self.relation(|r| *r == Role::Declared(index as u32))?;
        let facts = &self.analysis.solution.facts;
        let mut met = false;
        let mut seen = vec![];
        for (_, row) in facts.relation(relation).rows() {
            met |= arguments.len() == row.len()
                && arguments
                    .iter()
                    .zip(&row)
                    .all(|(a, v)| matches!(a.kind, ExprKind::Wild) || self.same(*v, &text_of(a)));
            seen.push(row.iter().map(|v| facts.values.show(*v)).collect::<Vec<_>>().join(", "));
        }
        seen.sort();
        Some((met, listing(&format!("`{name}` holds for"), &seen)))
    }

    /// Whether a kind has a member with these attributes, and what members it has.
    fn members(&self, name: &str, wanted: &[(String, String)]) -> Option<(bool, String)> {
        let schema = &self.prepared.program.schema;
        let names = schema.kinds.iter().map(|k| k.declared.name.as_str());
        let kind = find_name(names, self.pack, name)?;
        let relation = self.relation(|r| *r == Role::Kind(KindId(kind as u32)))?;
        let facts = &self.analysis.solution.facts;
        let mut met = false;
        let mut seen = vec![];
        for (_, row) in facts.relation(relation).rows() {
            let Some(entity) = row.first().copied() else { continue };
            met |= wanted.iter().all(|(attribute, value)| {
                self.attribute(kind, attribute, entity).iter().any(|v| self.same(*v, value))
            });
            let shown: Vec<String> = wanted
                .iter()
                .map(|(attribute, _)| {
                    let values = self.attribute(kind, attribute, entity);
                    let mut values: Vec<String> =
                        values.iter().map(|v| facts.values.show(*v)).collect();
                    values.sort();
                    format!("{attribute}: {}", values.join(" and "))
                })
                .collect();
            seen.push(format!("{} {{ {} }}", facts.values.show(entity), shown.join("  ")));
        }
        seen.sort();
        Some((met, listing("there is", &seen)))
    }

    /// The values of an attribute, which a parent of the kind may declare.
    fn attribute(&self, kind: usize, attribute: &str, entity: ValueId) -> Vec<ValueId> {
        let schema = &self.prepared.program.schema;
        let mut at = Some(KindId(kind as u32));
        while let Some(id) = at {
            let Some(kind) = schema.kinds.get(id.0 as usize) else { break };
            let role = match kind.attributes.iter().position(|a| a.name == attribute) {
                Some(index) => Role::Attribute(id, index as u32),
                None if attribute == "file" && kind.extracted => Role::File(id),
                None if attribute == "line" && kind.extracted => Role::Line(id),
                None => {
                    at = kind.parent;
                    continue;
                }
            };
            let Some(relation) = self.relation(|r| *r == role) else { break };
            let rows = self.analysis.solution.facts.relation(relation).rows();
            return rows
                .filter(|(_, row)| row.first() == Some(&entity))
                .filter_map(|(_, row)| row.get(1).copied())
                .collect();
        }
        vec![]
    }

    /// Whether a value is what a test calls by this text.
    fn same(&self, value: ValueId, text: &str) -> bool {
        let values = &self.analysis.solution.facts.values;
        let shown = values.show(value);
        match values.get(value) {
            Value::Entity { .. } => normalise(&shown) == normalise(text),
            Value::Bool(_) | Value::Int(_) | Value::Str(_) | Value::Symbol { .. } => shown == text,
        }
    }
}

/// Reads a line of an `expect` block as the language's `expect`.
fn parse_expect(text: &str, source: SourceId, span: Span) -> Result<Expect, Box<Diagnostic>> {
    let (file, found) =
        redan_grammar::parse(source, &format!("test \"\" {{ expect {} }}", plain(text)));
    let expect = file.items.into_iter().find_map(|item| match item.kind {
        redan_grammar::syntax::ItemKind::Test(test) => test.expect.into_iter().next(),
        _ => None,
    });
    let Some(mut expect) = expect else {
        let why = found.first().map_or_else(String::new, |d| format!(": {}", d.message));
        let mistake = Diagnostic::error(806, format!("this expectation cannot be read{why}"))
            .at(source, span, "here")
            .help("write `threat NAME(binding: value)`, `possible NAME`, `no NAME` or `fact KIND { attribute: value }`");
        return Err(Box::new(mistake));
    };
    expect.span = span;
    match &mut expect.what {
        ExpectKind::Threat { threat, .. } => threat.span = span,
        ExpectKind::Fact { kind, .. } => kind.span = span,
        ExpectKind::Relation { relation, .. } => relation.span = span,
    }
    Ok(expect)
}

/// The full name of a threat as a pack calls it.
fn threat_named(prepared: &Prepared, pack: &str, name: &str) -> Option<String> {
    let threats = &prepared.program.schema.threats;
    let full = format!("{pack}.{name}");
    let exact = threats.iter().find(|t| t.declared.name == name || t.declared.name == full);
    let suffix = format!(".{name}");
    exact
        .or_else(|| threats.iter().find(|t| t.declared.name.ends_with(&suffix)))
        .map(|t| t.declared.name.clone())
}

/// `threat NAME(…)` may be written for `NAME(…)`, also after `no`.
fn plain(text: &str) -> String {
    let (no, rest) = match text.strip_prefix("no ") {
        Some(rest) => ("no ", rest.trim_start()),
        None => ("", text),
    };
    format!("{no}{}", rest.strip_prefix("threat ").unwrap_or(rest))
}

fn listing(lead: &str, seen: &[String]) -> String {
    const MOST: usize = 8;
    if seen.is_empty() {
        return "there is none at all".to_owned();
    }
    let mut text =
        format!("{lead} {}", seen.iter().take(MOST).cloned().collect::<Vec<_>>().join("; "));
    if seen.len() > MOST {
        text.push_str(&format!("; and {} more", seen.len() - MOST));
    }
    text
}

fn find_name<'a>(names: impl Iterator<Item = &'a str>, pack: &str, name: &str) -> Option<usize> {
    let full = format!("{pack}.{name}");
    let suffix = format!(".{name}");
    let mut by_suffix = None;
    for (index, candidate) in names.enumerate() {
        if candidate == name || candidate == full {
            return Some(index);
        }
        if by_suffix.is_none() && candidate.ends_with(&suffix) {
            by_suffix = Some(index);
        }
    }
    by_suffix
}

fn agrees(finding: &Finding, bindings: &[(String, String)]) -> bool {
    bindings.iter().all(|(name, value)| {
        finding
            .bindings
            .iter()
            .any(|b| b.name == *name && normalise(&b.display) == normalise(value))
    })
}

fn describe(finding: &Finding) -> String {
    let bindings: Vec<String> =
        finding.bindings.iter().map(|b| format!("{}: {}", b.name, b.display)).collect();
    format!("{} {}({})", finding.certainty.word(), finding.rule, bindings.join(", "))
}

/// What a test writes for a value: a name, a text, a number.
fn text_of(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Text(text)
        | ExprKind::Name(text)
        | ExprKind::Regex(text)
        | ExprKind::Code(text) => text.clone(),
        ExprKind::Int(number) => number.to_string(),
        ExprKind::Bool(value) => value.to_string(),
        // `component("web")` names the entity.
        ExprKind::Call(_, arguments) => arguments.first().map(text_of).unwrap_or_default(),
        ExprKind::Access(base, name) => format!("{}.{}", text_of(base), name.text),
        ExprKind::Sum { left, right, minus } => {
            format!("{}{}{}", text_of(left), if *minus { "-" } else { "+" }, text_of(right))
        }
        ExprKind::Wild
        | ExprKind::Capture(_)
        | ExprKind::Captures(_)
        | ExprKind::Tree(_)
        | ExprKind::List(_)
        | ExprKind::First(_)
        | ExprKind::Aggregate { .. } => String::new(),
    }
}

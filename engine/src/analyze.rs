//! The pipeline: packs are prepared once, then any number of worlds are analysed with them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use globset::{Glob, GlobSet, GlobSetBuilder};
use redan_base::{
    Cache, Diagnostic, Limits, Listing, ReadError, Severity, SkipReason, Skipped, Source, SourceId,
    Sources, World,
};
use redan_extract::{Coverage, Extractors};
use redan_facts::{RelationId, Value, ValueId, Values};
use redan_program::ir::{Program, Role, StatedFact};
use redan_program::{Grouping, Origin, PackFile, Packs, group, stored};
use redan_report::{COVERAGE, MODEL, REPORT};
use redan_solve::{Goals, Solution};
use redan_threats::Finding;

use crate::drift::{self, Parts};
use crate::event::Event;

/// What packs are prepared for.
#[derive(Debug, Clone, Default)]
pub struct PrepareOptions {
    /// The condition of `redan query`.
    pub query: Option<String>,
    /// How the files are made to packs.
    pub grouping: Grouping,
    /// The program of just these files, as [`stored::encode`] gave it: they are then not compiled again.
    pub stored: Option<&'static [u8]>,
}

/// Packs, checked and compiled.
#[derive(Debug)]
pub struct Prepared {
    /// The texts of the packs.
    pub sources: Sources,
    /// The program.
    pub program: Program,
    /// The extractors, compiled.
    pub extractors: Extractors,
    /// Files by pack, and the pages.
    pub packs: Packs,
    /// All mistakes that can be seen without running.
    pub diagnostics: Vec<Diagnostic>,
}

impl Prepared {
    /// Whether some item was left out because of a mistake.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|d| d.severity == Severity::Error)
    }

    /// The texts of a set that is declared in the pack `core`: what packs know that the engine's surroundings need,
    /// such as `skipped_folders`. Empty if there is no such set.
    pub fn core_set(&self, name: &str) -> Vec<String> {
        let full = format!("core.{name}");
        let set = self.program.schema.sets.iter().find(|s| s.declared.name == full);
        set.into_iter()
            .flat_map(|s| &s.members)
            .filter_map(|m| self.program.values.as_str(*m).map(str::to_owned))
            .collect()
    }
}

/// Parses, checks and compiles packs. `sources` may hold texts already (of the configuration).
pub fn prepare(
    files: Vec<PackFile>,
    mut sources: Sources,
    options: &PrepareOptions,
    tell: &dyn Fn(&Event),
) -> Prepared {
    let begun = begin("packs", tell);
    // A stored program that cannot be read is one of another build: compiling is always right.
    let stored = options.stored.filter(|_| options.query.is_none());
    let (packs, stored) = rayon::join(
        || group(files, &options.grouping, &mut sources),
        || stored.and_then(stored::decode),
    );
    let query = options
        .query
        .as_ref()
        .map(|text| (sources.add(Source::new("<query>", text.as_str())), text.clone()));
    let (program, mut diagnostics) = match stored {
        Some(program) => (program, vec![]),
        None => {
            let compile = redan_program::Options { query, ..redan_program::Options::default() };
            redan_program::compile(&sources, &packs.packs, &compile)
        }
    };
    let (extractors, found) = redan_extract::compile(&program, &sources);
    diagnostics.extend(found);
    diagnostics.sort_by(|a, b| a.sort_key(&sources).cmp(&b.sort_key(&sources)));
    diagnostics.dedup();
    end("packs", begun, tell);
    Prepared { sources, program, extractors, packs, diagnostics }
}

/// What an analysis is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Goal {
    /// All relations, to be explained or listed.
    #[default]
    Everything,
    /// The model and its findings.
    Report,
    /// What `redan model` shows: as [`Goal::Report`], with what the model is exchanged by.
    Model,
    /// What `redan model --coverage` shows: as [`Goal::Report`], with the libraries that code imports.
    Coverage,
    /// The query; there are no findings then.
    Query,
}

/// How a world is analysed.
#[derive(Debug, Clone, Default)]
pub struct AnalyzeOptions {
    /// Globs of files that are not read.
    pub exclude: Vec<String>,
    /// The language of texts, `en` or `ja`.
    pub language: String,
    /// The bounds.
    pub limits: Limits,
    /// What the analysis is for: rules that do not matter to it are not evaluated.
    pub goal: Goal,
    /// The relations that are asked for, in place of those of the goal.
    pub only: Option<Vec<RelationId>>,
    /// Facts of a model that come with the input (of a test).
    pub stated: Vec<StatedFact>,
    /// The values of `stated`: the program's, and more.
    pub values: Option<Values>,
    /// What earlier runs found in the files.
    pub cache: Option<Arc<dyn Cache>>,
}

/// Everything that a run found out.
#[derive(Debug)]
pub struct Analysis {
    /// The packs' texts and the scanned files that gave facts.
    pub sources: Sources,
    /// What was read and what not.
    pub coverage: Coverage,
    /// How many files were not looked through, because all was kept that an earlier run found in them. For people;
    /// it must never reach a report.
    pub known: usize,
    /// All facts, with the proofs.
    pub solution: Solution,
    /// What the design documents alone, and all other files alone, show: for a report, where there are such documents.
    pub parts: Option<Parts>,
    /// The findings, most severe first.
    pub findings: Vec<Finding>,
    /// What the run had to say, without what [`Prepared::diagnostics`] says.
    pub diagnostics: Vec<Diagnostic>,
}

impl Analysis {
    /// Whether part of the input was not analysed because of a limit or a defect of a file.
    pub fn incomplete(&self) -> bool {
        self.solution.incomplete
            || self.coverage.skipped.iter().any(|s| {
                matches!(
                    s.reason,
                    SkipReason::TooLarge
                        | SkipReason::TooDeep
                        | SkipReason::TooMany
                        | SkipReason::Limit
                        | SkipReason::Unreadable
                        | SkipReason::BadName
                )
            })
    }
}

/// Reads the world, evaluates the program over its facts and writes up the findings.
pub fn analyze(
    prepared: &Prepared,
    world: &dyn World,
    options: &AnalyzeOptions,
    tell: &(dyn Fn(&Event) + Sync),
) -> Analysis {
    let program = &prepared.program;
    let mut diagnostics = vec![];
    let (globs, bad) = exclusions(&options.exclude);
    diagnostics.extend(bad);
    let world = Filtered { world, exclude: globs };

    let begun = begin("extract", tell);
    let goals = match &options.only {
        Some(relations) => Goals::Only(relations.clone()),
        None => goals(program, options.goal),
    };
    // A query asks for little, but what is kept of its run should serve the next one, whatever that is for.
    let extractors = match options.goal {
        Goal::Everything | Goal::Query => prepared.extractors.clone(),
        Goal::Report | Goal::Model | Goal::Coverage => {
            let needed = redan_solve::needed(&goals, program);
            let wanted = |id: RelationId| needed.get(id.0 as usize).is_some_and(|n| *n);
            prepared.extractors.only(program, wanted)
        }
    };
    let (extraction, found) = redan_extract::extract(
        &world,
        program,
        &extractors,
        prepared.sources.clone(),
        &options.limits,
        options.cache.as_deref(),
        &|event| tell(&of_extract(event)),
    );
    diagnostics.extend(found);
    let redan_extract::Extraction { mut facts, sources, coverage, known } = extraction;
    for fact in &program.facts {
        let place = sources.place(fact.source, fact.span);
        facts.insert(fact.relation, &fact.row, Some(place));
    }
    if let Some(values) = &options.values {
        for fact in &options.stated {
            let row: Vec<ValueId> =
                fact.row.iter().map(|v| copy(values, *v, &mut facts.values)).collect();
            let place = sources.place(fact.source, fact.span);
            facts.insert(fact.relation, &row, Some(place));
        }
    }
    end("extract", begun, tell);

    let begun = begin("solve", tell);
    let tell_rule = |event| of_solve(program, event, tell);
    let (solution, found) =
        redan_solve::solve_for(&goals, program, facts, &options.limits, &tell_rule);
    diagnostics.extend(found);
    end("solve", begun, tell);

    let mut parts = None;
    if matches!(options.goal, Goal::Report | Goal::Model) {
        let begun = begin("documents", tell);
        let (found, told) = drift::parts(program, &solution, &sources, &options.limits);
        parts = found;
        diagnostics.extend(told);
        end("documents", begun, tell);
    }

    let begun = begin("findings", tell);
    let finding_options =
        redan_threats::Options { language: options.language.clone(), today: world.today() };
    let (findings, found) = redan_threats::findings(program, &solution, &sources, &finding_options);
    diagnostics.extend(found);
    end("findings", begun, tell);

    diagnostics.sort_by(|a, b| a.sort_key(&sources).cmp(&b.sort_key(&sources)));
    diagnostics.dedup();
    Analysis { sources, coverage, known, solution, parts, findings, diagnostics }
}

/// The relations that an analysis needs.
fn goals(program: &Program, goal: Goal) -> Goals {
    let relations = (0..).map(RelationId).zip(program.relations.iter());
    match goal {
        Goal::Everything => Goals::Everything,
        Goal::Query => Goals::Only(
            program.query.iter().flat_map(|query| [query.certain, query.possible]).collect(),
        ),
        // Declared relations and parts of conditions count only where something reads them.
        Goal::Report | Goal::Model | Goal::Coverage => {
            let asked = |name: &str| match goal {
                Goal::Model => [REPORT, MODEL].concat().contains(&name),
                Goal::Coverage => [REPORT, COVERAGE].concat().contains(&name),
                _ => REPORT.contains(&name),
            };
            Goals::Only(
                relations
                    .filter(|(_, info)| shown(program, &info.role, &asked))
                    .map(|(relation, _)| relation)
                    .collect(),
            )
        }
    }
}

/// Whether a report reads a relation itself. Parts of conditions, extracted facts and most declared relations count only
/// where something else reads them.
fn shown(program: &Program, role: &Role, asked: &dyn Fn(&str) -> bool) -> bool {
    match role {
        Role::Auxiliary => false,
        Role::Declared(number) => {
            let declared = program.schema.relations.get(*number as usize);
            declared.is_some_and(|r| asked(&r.declared.name))
        }
        role => !role.kind().is_some_and(|kind| {
            program.schema.kinds.get(kind.0 as usize).is_some_and(|k| k.extracted)
        }),
    }
}

/// A value of one interner in another. Keys of entities are one level deep in names, two in flows.
fn copy(from: &Values, id: ValueId, to: &mut Values) -> ValueId {
    let value = match from.get(id) {
        Value::Entity { root, key } => {
            let key = key.iter().map(|part| copy(from, *part, to)).collect();
            Value::Entity { root: root.clone(), key }
        }
        other => other.clone(),
    };
    to.intern(value)
}

fn exclusions(globs: &[String]) -> (GlobSet, Vec<Diagnostic>) {
    let mut builder = GlobSetBuilder::new();
    let mut diagnostics = vec![];
    for glob in globs {
        match Glob::new(glob) {
            Ok(glob) => _ = builder.add(glob),
            Err(error) => diagnostics.push(
                Diagnostic::warning(
                    603,
                    format!("`{glob}` under `exclude` is not a glob: {}", error.kind()),
                )
                .help("it excludes nothing; see docs/configuration.md"),
            ),
        }
    }
    (builder.build().unwrap_or_default(), diagnostics)
}

/// A world without the files that the configuration leaves out; they are listed as ignored.
struct Filtered<'a> {
    world: &'a dyn World,
    exclude: GlobSet,
}

impl World for Filtered<'_> {
    fn list(&self) -> Listing {
        let mut listing = self.world.list();
        if self.exclude.is_empty() {
            return listing;
        }
        let skipped = &mut listing.skipped;
        listing.files.retain(|file| {
            let out = self.exclude.is_match(&file.path);
            if out {
                skipped.push(Skipped {
                    path: file.path.clone(),
                    reason: SkipReason::Ignored,
                    detail: "excluded by the configuration".to_owned(),
                });
            }
            !out
        });
        skipped.sort();
        listing
    }

    fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>, ReadError> {
        self.world.read(path, limit)
    }

    fn today(&self) -> String {
        self.world.today()
    }
}

fn of_extract(event: redan_extract::Event) -> Event {
    match event {
        redan_extract::Event::Files { done, total } => Event::Files { done, total },
        redan_extract::Event::Dropped { path, why } => {
            Event::File { path, what: format!("what was kept of it is dropped: {why}") }
        }
    }
}

fn of_solve(program: &Program, event: redan_solve::Event, tell: &dyn Fn(&Event)) {
    match event {
        redan_solve::Event::Level { level, levels, .. } => {
            tell(&Event::Rules { group: level + 1, groups: levels });
        }
        redan_solve::Event::Rule(timing) => {
            let rule = program.origins.get(timing.origin as usize);
            tell(&Event::Rule {
                rule: rule.map(|o| o.item.clone()).unwrap_or_default(),
                rows: timing.rows_out,
                new_rows: timing.new_rows,
                micros: timing.time.as_micros() as u64,
            });
        }
        redan_solve::Event::Round { .. } | redan_solve::Event::Merged { .. } => {}
    }
}

fn begin(step: &'static str, tell: &dyn Fn(&Event)) -> Instant {
    tell(&Event::Step { step });
    Instant::now()
}

fn end(step: &'static str, begun: Instant, tell: &dyn Fn(&Event)) {
    tell(&Event::Done { step, micros: begun.elapsed().as_micros() as u64 });
}

/// The record of what was read, as reports show it.
pub fn coverage(prepared: &Prepared, analysis: &Analysis) -> redan_report::Coverage {
    let of = &analysis.coverage;
    let named = |wanted: bool| {
        of.groups.iter().filter(|g| g.wanted == wanted).map(|g| (g.name.clone(), g.files)).collect()
    };
    let mut found: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for extractor in of.extractors.iter().filter(|e| e.facts > 0) {
        let (pack, kind) = extractor.kind.split_once('.').unwrap_or(("", &extractor.kind));
        *found.entry(pack.to_owned()).or_default().entry(kind.to_owned()).or_default() +=
            extractor.facts;
    }
    let mut skipped = of.skipped.clone();
    skipped.extend(of.partial.iter().map(|path| Skipped {
        path: path.clone(),
        reason: SkipReason::Syntax,
        detail: "a part of it could not be parsed; the rest was read".to_owned(),
    }));
    skipped.sort();
    redan_report::Coverage {
        listed: of.listed,
        read: of.read,
        parsed: of.parsed,
        with_facts: analysis.sources.len() - prepared.sources.len(),
        facts: of.extractors.iter().map(|e| e.facts).sum(),
        languages: named(true),
        groups: of.groups.iter().filter(|g| g.wanted).map(language).collect(),
        found,
        unseen: named(false),
        skipped,
        // What a report shows decides on that.
        untranslated: std::collections::BTreeSet::new(),
    }
}

fn language(group: &redan_extract::Group) -> redan_report::LanguageCoverage {
    redan_report::LanguageCoverage {
        name: group.name.clone(),
        files: group.files,
        read: group.read,
        lines: group.lines,
        parsed: group.parsed,
        partial: group.partial,
        parsed_bytes: group.parsed_bytes,
        error_bytes: group.error_bytes,
    }
}

/// Which of the sources of a run came from where; scanned files have none.
pub fn origin_of(packs: &Packs, source: SourceId) -> Option<Origin> {
    packs.origins.get(source.0 as usize).copied()
}

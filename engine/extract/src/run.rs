//! All files of a world through all extractors, in parallel, and one merge in the order of the paths.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;
use redan_base::{Cache, Diagnostic, Entry, Limits, SkipReason, Skipped, Sources, World};
use redan_facts::{Facts, Value, ValueId};
use redan_program::ir::Program;
use redan_program::schema::Type;
use rustc_hash::FxHashSet;

use crate::compile::Extractors;
use crate::coverage::{Coverage, ExtractorCoverage, Group};
use crate::file::{self, Job};
use crate::found::{FileResult, LocalFact, LocalValue};
use crate::kept::Kept;
use crate::matching::Scalar;
use crate::templates::Folders;

/// What a run of the extractors tells while it works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Files were looked at.
    Files {
        /// So many.
        done: usize,
        /// Of so many that some extractor wants.
        total: usize,
    },
    /// What was kept of a file could not be used; the file was searched as if nothing had been kept.
    Dropped {
        /// The file.
        path: String,
        /// Why.
        why: &'static str,
    },
}

/// What a run of the extractors gives.
#[derive(Debug, Clone, Default)]
pub struct Extraction {
    /// The facts; relations that no extractor writes are empty.
    pub facts: Facts,
    /// The sources that came in, and the files that gave facts, in the order of their paths.
    pub sources: Sources,
    /// What was looked at, whenever that was.
    pub coverage: Coverage,
    /// How many files were neither parsed nor searched, because all was kept that there is to find in them. This
    /// depends on earlier runs and must never reach a report.
    pub known: usize,
}

/// Runs all extractors over all files of a world.
///
/// The result depends on the files alone: not on the number of threads, nor on the order of the listing, nor on what
/// is in the cache.
pub fn extract(
    world: &dyn World,
    program: &Program,
    extractors: &Extractors,
    sources: Sources,
    limits: &Limits,
    cache: Option<&dyn Cache>,
    tell: &(dyn Fn(Event) + Sync),
) -> (Extraction, Vec<Diagnostic>) {
    let mut listing = world.list();
    listing.files.sort();
    let mut coverage = Coverage { listed: listing.files.len(), ..Coverage::default() };
    coverage.skipped = listing.skipped;
    for entry in listing.files.drain(limits.files.min(listing.files.len())..) {
        let detail = format!("more than {} files", limits.files);
        coverage.skipped.push(Skipped { path: entry.path, reason: SkipReason::TooMany, detail });
    }
    let wanted: Vec<Vec<u32>> =
        listing.files.par_iter().map(|f| units_for(extractors, &f.path)).collect();
    let total = wanted.iter().filter(|u| !u.is_empty()).count();
    let kept = cache.map(|cache| Kept::new(cache, extractors, limits));
    let folders = Folders::read(world, &listing.files, program, limits);
    let job = Job { world, program, extractors, limits, folders: &folders, kept: kept.as_ref() };
    let done = AtomicUsize::new(0);
    tell(Event::Files { done: 0, total });
    let results: Vec<FileResult> = listing
        .files
        .par_iter()
        .zip(&wanted)
        .with_max_len(16)
        .map(|(entry, units)| {
            if units.is_empty() {
                return FileResult::default();
            }
            let result = guarded(&job, entry, units);
            if let Some(why) = result.broken {
                tell(Event::Dropped { path: entry.path.clone(), why });
            }
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            if done.is_multiple_of(64) || done == total {
                tell(Event::Files { done, total });
            }
            result
        })
        .collect();
    Merge::new(program, sources, coverage).all(&listing.files, &wanted, results)
}

/// A library that panics on a hostile file costs that file alone.
fn guarded(job: &Job<'_>, entry: &Entry, units: &[u32]) -> FileResult {
    let run = || file::run(job, entry, units);
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
        let detail = "the parser of its format failed".to_owned();
        let skipped = Skipped { path: entry.path.clone(), reason: SkipReason::Syntax, detail };
        FileResult { skipped: vec![skipped], ..FileResult::default() }
    })
}

/// The units whose globs choose a path.
fn units_for(extractors: &Extractors, path: &str) -> Vec<u32> {
    let globs: Vec<u32> = extractors.globs.matches(path).into_iter().map(|g| g as u32).collect();
    if globs.is_empty() {
        return vec![];
    }
    let mut units: Vec<u32> = globs
        .iter()
        .filter_map(|g| extractors.chosen_by.get(*g as usize))
        .flatten()
        .copied()
        .collect();
    units.sort_unstable();
    units.dedup();
    units.retain(|u| {
        extractors.units.get(*u as usize).is_some_and(|unit| {
            let hit = |list: &[u32]| list.iter().any(|g| globs.contains(g));
            (unit.own.is_empty() || hit(&unit.own)) && !hit(&unit.except)
        })
    });
    units
}

struct Merge<'p> {
    program: &'p Program,
    facts: Facts,
    sources: Sources,
    coverage: Coverage,
    known: usize,
    groups: BTreeMap<(bool, String), Group>,
    diagnostics: Vec<Diagnostic>,
    /// How many diagnostics of each code there were.
    told: BTreeMap<u16, usize>,
}

impl<'p> Merge<'p> {
    fn new(program: &'p Program, sources: Sources, mut coverage: Coverage) -> Self {
        let arities = program.relations.iter().map(|r| r.columns.len());
        coverage.extractors = program
            .extractors
            .iter()
            .map(|e| {
                let kind = program.schema.kinds.get(e.kind.0 as usize);
                let kind = kind.map_or(String::new(), |k| k.declared.name.clone());
                ExtractorCoverage { kind, ..ExtractorCoverage::default() }
            })
            .collect();
        Self {
            program,
            facts: Facts::new(program.values.clone(), arities),
            sources,
            coverage,
            known: 0,
            groups: BTreeMap::new(),
            diagnostics: vec![],
            told: BTreeMap::new(),
        }
    }

    fn all(
        mut self,
        files: &[Entry],
        wanted: &[Vec<u32>],
        results: Vec<FileResult>,
    ) -> (Extraction, Vec<Diagnostic>) {
        for ((entry, units), result) in files.iter().zip(wanted).zip(results) {
            self.file(entry, !units.is_empty(), result);
        }
        for (code, count) in &self.told {
            if let Some(more) = count.checked_sub(MOST_TOLD).filter(|m| *m > 0) {
                let message = format!("and {more} more of the same in other places");
                self.diagnostics.push(Diagnostic::note(*code, message));
            }
        }
        self.coverage.groups = self.groups.into_values().collect();
        self.coverage.groups.sort_by(|a, b| a.name.cmp(&b.name).then(b.wanted.cmp(&a.wanted)));
        self.coverage.skipped.sort();
        let extraction = Extraction {
            facts: self.facts,
            sources: self.sources,
            coverage: self.coverage,
            known: self.known,
        };
        (extraction, self.diagnostics)
    }

    fn file(&mut self, entry: &Entry, wanted: bool, result: FileResult) {
        let name = result.group.map_or_else(|| ending(&entry.path), str::to_owned);
        let group = self.groups.entry((wanted, name.clone())).or_default();
        group.name = name;
        group.wanted = wanted;
        group.files += 1;
        group.bytes += entry.size;
        group.lines += result.lines;
        group.read += usize::from(result.read);
        group.parsed += usize::from(result.parsed);
        group.partial += usize::from(result.partial);
        group.error_bytes += result.error_bytes;
        if result.parsed {
            group.parsed_bytes += entry.size;
        }
        self.known += usize::from(result.known);
        let coverage = &mut self.coverage;
        coverage.read += usize::from(result.read);
        coverage.parsed += usize::from(result.parsed);
        if result.read {
            coverage.bytes += entry.size;
        }
        if result.partial {
            coverage.partial.push(entry.path.clone());
        }
        if result.templated {
            coverage.templated.push(entry.path.clone());
        }
        coverage.skipped.extend(result.skipped);
        let counts = |list: Vec<usize>,
                      each: fn(&mut ExtractorCoverage),
                      once: bool,
                      coverage: &mut Coverage| {
            let mut list = list;
            if once {
                list.sort_unstable();
                list.dedup();
            }
            for extractor in list {
                if let Some(row) = coverage.extractors.get_mut(extractor) {
                    each(row);
                }
            }
        };
        counts(result.wanted, |c| c.files += 1, true, coverage);
        counts(result.searched, |c| c.searched += 1, true, coverage);
        counts(result.without_field, |c| c.without_field += 1, false, coverage);
        let Some(source) = result.source else { return };
        let path = self.facts.values.text(source.path());
        let id = self.sources.add(source);
        for note in result.notes {
            let count = self.told.entry(note.code).or_default();
            *count += 1;
            if *count <= MOST_TOLD {
                self.diagnostics
                    .push(Diagnostic::note(note.code, note.message).at(id, note.span, ""));
            }
        }
        let mut facts = result.facts;
        // Stable: facts of one place keep the order of the cases that found them.
        facts.sort_by_key(|(extractor, f)| (*extractor, f.span));
        let mut place = None;
        let mut known = FxHashSet::default();
        for (extractor, fact) in facts {
            if place != Some((extractor, fact.span)) {
                place = Some((extractor, fact.span));
                known.clear();
            }
            // Two cases may find the same; different facts of one place are told apart by a number.
            let ordinal = known.len();
            let values: Vec<(usize, LocalValue)> =
                fact.fields.iter().map(|(field, value, _)| (*field, value.clone())).collect();
            if known.insert(values) {
                self.fact(id, path, extractor, &fact, ordinal);
            }
        }
    }

    fn fact(
        &mut self,
        source: redan_base::SourceId,
        path: ValueId,
        number: usize,
        fact: &LocalFact,
        ordinal: usize,
    ) {
        let Some(extractor) = self.program.extractors.get(number) else { return };
        let kind = self.program.schema.kinds.get(extractor.kind.0 as usize);
        let root = kind.map_or("", |k| k.declared.name.as_str());
        let place = self.sources.place(source, fact.span);
        let values = &mut self.facts.values;
        let start = values.int(i64::from(fact.span.start));
        let end = values.int(i64::from(fact.span.end));
        let ordinal = values.int(ordinal as i64);
        let entity = values.entity_of(root, &[path, start, end, ordinal]);
        self.facts.insert(extractor.member, &[entity], Some(place));
        if let Some(relation) = extractor.file {
            self.facts.insert(relation, &[entity, path], Some(place));
        }
        if let Some(relation) = extractor.line {
            let line = self.facts.values.int(i64::from(place.line));
            self.facts.insert(relation, &[entity, line], Some(place));
        }
        if let Some(relation) = extractor.text {
            let text = self.sources.get(source).map_or("", |s| s.slice(fact.span));
            let text = self.facts.values.text(&shortened(text));
            self.facts.insert(relation, &[entity, text], Some(place));
        }
        for (index, field) in extractor.fields.iter().enumerate() {
            let mut any = false;
            for (_, value, span) in fact.fields.iter().filter(|(i, ..)| *i == index) {
                any = true;
                let value = match value {
                    LocalValue::Symbol(rank) => match self.symbol(&field.ty, *rank) {
                        Some(id) => id,
                        None => continue,
                    },
                    LocalValue::Scalar(Scalar::Text(t)) => self.facts.values.text(t),
                    LocalValue::Scalar(Scalar::Int(n)) => self.facts.values.intern(Value::Int(*n)),
                    LocalValue::Scalar(Scalar::Bool(b)) => self.facts.values.bool(*b),
                };
                let at = span.map_or(place, |s| self.sources.place(source, s));
                self.facts.insert(field.relation, &[entity, value], Some(at));
            }
            if let (false, Some(default)) = (any, field.default) {
                self.facts.insert(field.relation, &[entity, default], Some(place));
            }
        }
        if let Some(row) = self.coverage.extractors.get_mut(number) {
            row.facts += 1;
        }
    }

    /// The value of a symbol of the field's enum.
    fn symbol(&self, ty: &Type, rank: u32) -> Option<ValueId> {
        let Type::Enum(id) = ty else { return None };
        self.program.schema.enums.get(id.0 as usize)?.values.get(rank as usize).copied()
    }
}

/// How many notes of one code a run tells one by one.
const MOST_TOLD: usize = 20;

/// The text of a fact, as far as a rule can look at it.
fn shortened(text: &str) -> String {
    const MOST: usize = 4_096;
    let mut end = text.len().min(MOST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default().to_owned()
}

/// The ending of a file's name, or the name if it has none.
fn ending(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.rsplit_once('.') {
        Some((before, ending)) if !before.is_empty() && !ending.is_empty() => {
            format!(".{}", ending.to_lowercase())
        }
        _ => name.to_owned(),
    }
}

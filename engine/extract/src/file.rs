//! All extractors over one file: read, decode, look for anchors, parse what is needed, find, filter, and gather
//! values. Nothing here is shared between files, but for what was kept of earlier runs.

use std::time::{Duration, Instant};

use redan_base::{Entry, Limits, SkipReason, Source, Span, World};
use redan_facts::Values;
use redan_program::ir::{ExtractorField, Program};
use redan_program::schema::Type;

use crate::code;
use crate::compile::{Body, Extractors, Finder, Reader, Unit};
use crate::decode;
use crate::diagrams;
use crate::expr::{Context, Item, MOST_VALUES, show};
use crate::found::{
    FileResult, Found, LocalFact, LocalNote, LocalValue, MOST_NOTES, Reading, UnitFound, Units,
    parse_of, units_of,
};
use crate::kept::{Answer, Kept};
use crate::line_regex::LineRegex;
use crate::matching::{Capture, Match, Scalar};
use crate::templates::{self, Blanked, Folders};
use crate::tree::{NodeId, Parsed, Problem, Tree};
use crate::tree_path::{Budget, text_capture};

/// What the files of a run have in common.
pub(crate) struct Job<'r> {
    /// The files.
    pub world: &'r dyn World,
    /// The program.
    pub program: &'r Program,
    /// Its extractors.
    pub extractors: &'r Extractors,
    /// The bounds.
    pub limits: &'r Limits,
    /// What fills in templates.
    pub folders: &'r Folders,
    /// What earlier runs found, if anything is kept.
    pub kept: Option<&'r Kept<'r>>,
}

/// Runs the units that may want a file, or takes what was kept of it.
pub(crate) fn run(job: &Job<'_>, entry: &Entry, units: &[u32]) -> FileResult {
    let begun = Instant::now();
    let path = entry.path.as_str();
    let numbers = units;
    let units = units_of(job.extractors, numbers);
    let group = units.iter().find_map(|(unit, _)| match unit.reader {
        Reader::Tree(format) => Some(format.name),
        Reader::Code(language) => Some(code::grammar(language, path).unwrap_or(language)),
        Reader::Diagrams(_) | Reader::Text => None,
    });
    let mut result = FileResult { group, ..FileResult::default() };
    if entry.size > job.limits.file_bytes {
        result.skip(path, SkipReason::TooLarge, format!("{} bytes", entry.size));
        return result;
    }
    let bytes = match job.world.read(path, job.limits.file_bytes) {
        Ok(bytes) => bytes,
        Err(error) => {
            result.skip(path, error.reason, error.detail);
            return result;
        }
    };
    let fills = |u: &(&Unit, &Body)| matches!(u.0.reader, Reader::Tree(f) if f.filled.is_some());
    let data = job.folders.of(path).filter(|_| units.iter().any(fills));
    let filled_with = data.map(|data| data.key);
    let slot = job.kept.map(|kept| kept.slot(path, &bytes, filled_with, numbers, &units));
    let text = match decode::text(bytes) {
        Ok(text) => text,
        Err((reason, detail)) => {
            result.skip(path, reason, detail);
            return result;
        }
    };
    let kept = match slot.as_ref().map_or(Answer::Nothing, |slot| slot.answer(path, &units)) {
        Answer::Found(found, new) if found.fits(&text, job.program, &units) => Some((found, new)),
        Answer::Found(..) => {
            result.broken = Some("it does not fit the file");
            None
        }
        Answer::Broken(why) => {
            result.broken = Some(why);
            None
        }
        Answer::Nothing => None,
    };
    let found = match kept {
        Some((found, new)) if new.is_empty() => {
            result.known = true;
            found
        }
        kept => {
            let filled = data.and_then(|data| templates::fill(&text, data, job.limits));
            let mut anchors = anchors_in(job.extractors, &text);
            // Included parts hold keys that are not written here.
            if let Some(Ok(filled)) = &filled {
                let more = anchors_in(job.extractors, &filled.text);
                anchors.iter_mut().zip(more).for_each(|(slot, found)| *slot |= found);
            }
            let has = |any: &Vec<u32>| {
                any.iter().any(|a| anchors.get(*a as usize).copied().unwrap_or(true))
            };
            let wanted = |position: usize| {
                units.get(position).is_some_and(|(unit, _)| unit.anchors.iter().all(has))
            };
            let found = match kept {
                Some((found, new)) if !new.iter().any(|position| wanted(*position)) => {
                    result.known = true;
                    found
                }
                _ => {
                    let wanted = (0..units.len()).filter(|p| wanted(*p));
                    search(job, path, &text, filled, &units, wanted)
                }
            };
            // A limit of time depends on the machine and the moment. Each of them is longer than what a file took
            // that hit none.
            let least = job.limits.parse_ms.min(job.limits.extract_ms);
            let timely = begun.elapsed() < Duration::from_millis(least) || !found.limited();
            if let Some(slot) = slot.filter(|_| timely) {
                result.broken = slot.keep(&found).err().or(result.broken);
            }
            found
        }
    };
    if result.add(found, path, &units) {
        result.source = Some(Source::new(path, text));
    }
    result
}

/// What the units at these positions find in a text.
fn search(
    job: &Job<'_>,
    path: &str,
    text: &str,
    filled: Option<Result<Blanked, Problem>>,
    units: &Units<'_>,
    wanted: impl Iterator<Item = usize>,
) -> Found {
    let mut found = Found { lines: text.lines().count() as u64, ..Found::default() };
    found.searched = wanted.map(|position| (position as u32, UnitFound::default())).collect();
    let to_search: Units<'_> =
        found.searched.iter().filter_map(|(p, _)| units.get(*p as usize).copied()).collect();
    let mut search = Search {
        program: job.program,
        limits: job.limits,
        path,
        text,
        filled,
        deadline: Instant::now() + Duration::from_millis(job.limits.extract_ms),
        values: Values::new(),
        budget: Budget::new(),
        unit: UnitFound::default(),
        found: &mut found,
    };
    search.all(&to_search);
    found
}

/// Which anchors a text has.
fn anchors_in(extractors: &Extractors, text: &str) -> Vec<bool> {
    let Some(automaton) = &extractors.anchors else { return vec![] };
    let mut found = vec![false; extractors.anchor_count];
    let mut missing = found.len();
    for hit in automaton.find_overlapping_iter(text) {
        if let Some(slot @ false) = found.get_mut(hit.pattern().as_usize()) {
            *slot = true;
            missing -= 1;
            if missing == 0 {
                break;
            }
        }
    }
    found
}

struct Search<'s> {
    program: &'s Program,
    limits: &'s Limits,
    path: &'s str,
    text: &'s str,
    /// The text as a template that was filled in, or why that was not possible.
    filled: Option<Result<Blanked, Problem>>,
    deadline: Instant,
    /// For calls of functions; thrown away with the file.
    values: Values,
    budget: Budget,
    /// What the unit found that is at work.
    unit: UnitFound,
    found: &'s mut Found,
}

impl Search<'_> {
    /// Each tree, and the code of each grammar, is parsed once for all units.
    fn all(&mut self, units: &[(&Unit, &Body)]) {
        let mut trees: Vec<(&'static str, Parsed)> = vec![];
        let mut code_units: Vec<(&'static str, Vec<usize>)> = vec![];
        for (index, (unit, _)) in units.iter().enumerate() {
            let Some(name) = parse_of(unit, self.path) else { continue };
            match unit.finder {
                Finder::Path(_) => {
                    if !trees.iter().any(|(n, _)| *n == name) {
                        let parsed = self.tree(unit.reader);
                        trees.push((name, parsed));
                    }
                }
                Finder::Code(_) => match code_units.iter_mut().find(|(g, _)| *g == name) {
                    Some((_, list)) => list.push(index),
                    None => code_units.push((name, vec![index])),
                },
                Finder::Regex(..) | Finder::File => {}
            }
        }
        let mut code_matches = self.code(units, &code_units);
        for (index, (unit, body)) in units.iter().enumerate() {
            match &unit.finder {
                Finder::Path(path) => {
                    let parsed = trees.iter().find(|(n, _)| *n == unit.reader.name());
                    if let Some((_, parsed)) = parsed {
                        self.unit.notes.clone_from(&parsed.notes);
                        self.paths(path, &parsed.tree, body);
                    }
                }
                Finder::Code(_) => {
                    let matches = code_matches.get_mut(index).map(std::mem::take);
                    self.matches(matches.unwrap_or_default(), body);
                }
                Finder::Regex(regex) => self.regex(regex, body),
                Finder::File => {
                    let span = Span::new(0, self.text.len());
                    self.matches(vec![Match { span, captures: vec![] }], body);
                }
            }
            if let Some((_, slot)) = self.found.searched.get_mut(index) {
                *slot = std::mem::take(&mut self.unit);
            }
            if self.budget.is_spent() {
                self.limit("its paths lead over too many nodes".to_owned());
                break;
            }
            if Instant::now() > self.deadline {
                let most = self.limits.extract_ms;
                self.limit(format!("extraction took more than {most} ms"));
                break;
            }
        }
    }

    fn limit(&mut self, detail: String) {
        self.found.limits.push(detail);
    }

    fn tree(&mut self, reader: Reader) -> Parsed {
        let parsed = match reader {
            Reader::Tree(format) => match (format.filled, &self.filled) {
                (Some(read), Some(Ok(filled))) => read(self.text, filled, self.limits),
                (Some(_), Some(Err(problem))) => {
                    let mut parsed = (format.parse)(self.text, self.limits);
                    parsed.problems.insert(0, problem.clone());
                    parsed
                }
                _ => (format.parse)(self.text, self.limits),
            },
            Reader::Diagrams(language) => {
                diagrams::parse(language, self.path, self.text, self.limits)
            }
            Reader::Code(_) | Reader::Text => Parsed::default(),
        };
        self.found.readings.push(Reading {
            name: reader.name().to_owned(),
            partial: parsed.partial
                || !parsed.problems.is_empty() && !parsed.tree.documents.is_empty(),
            error_bytes: 0,
            templated: parsed.templated,
            problems: parsed.problems.clone(),
        });
        parsed
    }

    /// The matches of each unit that looks at code.
    fn code(
        &mut self,
        units: &[(&Unit, &Body)],
        by_grammar: &[(&'static str, Vec<usize>)],
    ) -> Vec<Vec<Match>> {
        let mut out: Vec<Vec<Match>> = units.iter().map(|_| vec![]).collect();
        for (grammar, list) in by_grammar {
            let cases: Vec<_> = list
                .iter()
                .filter_map(|i| match units.get(*i).map(|(u, _)| &u.finder) {
                    Some(Finder::Code(case)) => Some(case),
                    _ => None,
                })
                .collect();
            let found = code::run(grammar, self.text, &cases, self.limits);
            self.found.readings.push(Reading {
                name: (*grammar).to_owned(),
                partial: found.partial,
                error_bytes: found.error_bytes,
                templated: false,
                problems: found.problems,
            });
            for (index, matches) in list.iter().zip(found.matches) {
                if let Some(slot) = out.get_mut(*index) {
                    *slot = matches;
                }
            }
        }
        out
    }

    fn paths(&mut self, path: &crate::tree_path::Path, tree: &Tree, body: &Body) {
        let mut left = self.limits.matches_per_file;
        for document in &tree.documents {
            let (hits, more) = path.walk(tree, *document, &mut self.budget, left);
            left -= hits.len();
            for hit in hits {
                let mut captures: Vec<(String, Vec<Capture>)> = vec![];
                for (name, capture) in hit.captures {
                    captures.push((name, vec![capture]));
                }
                let found = Match { span: hit.span, captures };
                let node = Some((tree, *document, hit.node, hit.span));
                if !self.one(&found, node, body) {
                    return;
                }
            }
            if more {
                self.too_many(body);
                return;
            }
        }
    }

    fn matches(&mut self, matches: Vec<Match>, body: &Body) {
        for found in matches {
            if !self.one(&found, None, body) {
                return;
            }
        }
    }

    fn regex(&mut self, regex: &LineRegex, body: &Body) {
        let found = regex.get().into_iter().flat_map(|r| r.captures_iter(self.text));
        for (count, found) in found.enumerate() {
            if count >= self.limits.matches_per_file {
                self.too_many(body);
                return;
            }
            let Some(whole) = found.get(0) else { continue };
            let captures = regex
                .names
                .iter()
                .filter_map(|name| {
                    let group = found.name(name)?;
                    let span = Span::new(group.start(), group.end());
                    Some((name.clone(), vec![text_capture(group.as_str(), span)]))
                })
                .collect();
            let span = Span::new(whole.start(), whole.end());
            if !self.one(&Match { span, captures }, None, body) {
                return;
            }
        }
    }

    fn too_many(&mut self, body: &Body) {
        let kind = self.kind_name(body.extractor);
        let most = self.limits.matches_per_file;
        self.limit(format!("more than {most} matches of {kind}"));
    }

    fn kind_name(&self, extractor: usize) -> String {
        let kind = self.program.extractors.get(extractor).map_or(0, |e| e.kind.0 as usize);
        self.program.schema.kinds.get(kind).map_or(String::new(), |k| k.declared.name.clone())
    }

    /// One match: filter, fields, fact. False when the time of the file is over.
    fn one(
        &mut self,
        found: &Match,
        node: Option<(&Tree, NodeId, NodeId, Span)>,
        body: &Body,
    ) -> bool {
        if Instant::now() > self.deadline || self.budget.is_spent() {
            return false;
        }
        let Some(extractor) = self.program.extractors.get(body.extractor) else { return true };
        let mut context = Context {
            node,
            captures: &found.captures,
            budget: &mut self.budget,
            values: &mut self.values,
        };
        if body.filter.as_ref().is_some_and(|f| !f.holds(&mut context)) {
            return true;
        }
        let tree = node.map(|(tree, ..)| tree);
        let mut fields = vec![];
        for (index, (field, operand)) in extractor.fields.iter().zip(&body.fields).enumerate() {
            let mut items = operand.as_ref().map_or_else(Vec::new, |o| o.eval(&mut context));
            if field.many {
                let all = items.into_iter().flat_map(|i| i.elements(tree));
                items = all.take(MOST_VALUES).collect();
            }
            let before = fields.len();
            for item in items {
                let value = self.value(&item, field, found.span);
                let Some(value) = value else { continue };
                if !fields.iter().skip(before).any(|(_, v, _)| *v == value) {
                    fields.push((index, value, item.span));
                }
                if !field.many {
                    break;
                }
            }
            let missing = fields.len() == before;
            if missing && !field.optional && !field.many && field.default.is_none() {
                self.unit.without_field += 1;
                return true;
            }
            context = Context {
                node,
                captures: &found.captures,
                budget: &mut self.budget,
                values: &mut self.values,
            };
        }
        self.unit.facts.push(LocalFact { span: found.span, fields });
        true
    }

    /// A value in the type of its field.
    fn value(&mut self, item: &Item, field: &ExtractorField, at: Span) -> Option<LocalValue> {
        let scalar = item.scalar.as_ref()?;
        let converted = match (&field.ty, scalar) {
            (Type::Str | Type::Any | Type::Entity(_), s) => {
                Some(LocalValue::Scalar(Scalar::Text(self.cut(show(s), item.span.unwrap_or(at)))))
            }
            (Type::Int, Scalar::Int(n)) => Some(LocalValue::Scalar(Scalar::Int(*n))),
            (Type::Int, Scalar::Text(t)) => {
                t.trim().parse().ok().map(|n| LocalValue::Scalar(Scalar::Int(n)))
            }
            (Type::Bool, Scalar::Bool(b)) => Some(LocalValue::Scalar(Scalar::Bool(*b))),
            (Type::Bool, Scalar::Text(t)) => truth(t).map(|b| LocalValue::Scalar(Scalar::Bool(b))),
            (Type::Bool, Scalar::Int(n @ 0..=1)) => Some(LocalValue::Scalar(Scalar::Bool(*n == 1))),
            (Type::Enum(id), s) => {
                let word = show(s);
                let symbols = self.program.schema.enums.get(id.0 as usize);
                symbols.and_then(|e| {
                    let index =
                        e.symbols.iter().position(|x| x.eq_ignore_ascii_case(word.trim()))?;
                    Some(LocalValue::Symbol(index as u32))
                })
            }
            (Type::Int | Type::Bool, _) => None,
        };
        if converted.is_none() {
            let shown: String = show(scalar).chars().take(60).collect();
            let wanted = match field.ty {
                Type::Int => "a whole number",
                Type::Bool => "a truth value",
                _ => "a symbol of its enum",
            };
            let message =
                format!("the field `{}` cannot take `{shown}`: it is not {wanted}", field.name);
            self.note(701, item.span.unwrap_or(at), message);
        }
        converted
    }

    fn cut(&mut self, text: String, span: Span) -> String {
        let most = self.limits.value_bytes;
        if text.len() <= most {
            return text;
        }
        let mut end = most;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let message = format!("a value of {} bytes was cut to {most}", text.len());
        self.note(702, span, message);
        text.get(..end).unwrap_or_default().to_owned()
    }

    fn note(&mut self, code: u16, span: Span, message: String) {
        let note = LocalNote { code, span, message };
        let notes = &mut self.unit.notes;
        if notes.len() < MOST_NOTES && !notes.contains(&note) {
            notes.push(note);
        }
    }
}

fn truth(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Some(true),
        "false" | "no" | "off" | "0" => Some(false),
        _ => None,
    }
}

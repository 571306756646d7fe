//! All extractors over one file: read, decode, look for anchors, parse what is needed, find, filter, and gather
//! values. Nothing here is shared between files.

use std::time::{Duration, Instant};

use redan_base::{Entry, Limits, SkipReason, Skipped, Source, Span, World};
use redan_facts::{ValueId, Values};
use redan_program::ir::{ExtractorField, Program};
use redan_program::schema::Type;

use crate::code;
use crate::compile::{Body, Extractors, Finder, Reader, Unit};
use crate::decode;
use crate::expr::{Context, Item, MOST_VALUES, show};
use crate::matching::{Capture, Match, Scalar};
use crate::mermaid;
use crate::tree::{NodeId, Parsed, Tree};
use crate::tree_path::{Budget, text_capture};

/// What one file gave.
#[derive(Debug, Default)]
pub(crate) struct FileResult {
    /// The text, if there are facts or notes in it.
    pub source: Option<Source>,
    /// The facts, in the order of the extractors and of their places.
    pub facts: Vec<LocalFact>,
    /// What it is read as, for the record.
    pub group: Option<&'static str>,
    /// Whether it was read.
    pub read: bool,
    /// Its lines.
    pub lines: u64,
    /// Whether it was parsed.
    pub parsed: bool,
    /// Whether a part could not be parsed.
    pub partial: bool,
    /// Whether template marks were blanked.
    pub templated: bool,
    /// What was not seen.
    pub skipped: Vec<Skipped>,
    /// What to tell about values.
    pub notes: Vec<LocalNote>,
    /// The extractors that wanted the file, and those that it had the anchors of.
    pub wanted: Vec<usize>,
    /// See [`FileResult::wanted`].
    pub searched: Vec<usize>,
    /// Extractors whose matches lacked a field, one entry a match.
    pub without_field: Vec<usize>,
}

/// A fact before its values are interned.
#[derive(Debug, PartialEq)]
pub(crate) struct LocalFact {
    /// An index of the program's extractors.
    pub extractor: usize,
    /// Where.
    pub span: Span,
    /// The fields that have values: index, value, and where it was read.
    pub fields: Vec<(usize, LocalValue, Option<Span>)>,
}

/// A value of a field, converted to the field's type.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum LocalValue {
    /// A plain value.
    Scalar(Scalar),
    /// A symbol of the program.
    Known(ValueId),
}

/// Something to tell about the value of a field.
#[derive(Debug, PartialEq)]
pub(crate) struct LocalNote {
    /// Its code.
    pub code: u16,
    /// Where.
    pub span: Span,
    /// What.
    pub message: String,
}

/// Runs the units that may want a file.
pub(crate) fn run(
    world: &dyn World,
    program: &Program,
    extractors: &Extractors,
    entry: &Entry,
    units: &[u32],
    limits: &Limits,
) -> FileResult {
    let mut result = FileResult::default();
    let units: Vec<&Unit> =
        units.iter().filter_map(|u| extractors.units.get(*u as usize)).collect();
    let body = |unit: &Unit| extractors.bodies.get(unit.body);
    result.group = units.iter().find_map(|u| match u.reader {
        Reader::Tree(format) => Some(format.name),
        Reader::Code(language) => Some(code::grammar(language, &entry.path).unwrap_or(language)),
        Reader::Diagrams | Reader::Text => None,
    });
    let mut skip = |reason, detail: String| {
        result.skipped.push(Skipped { path: entry.path.clone(), reason, detail });
    };
    if entry.size > limits.file_bytes {
        skip(SkipReason::TooLarge, format!("{} bytes", entry.size));
        return result;
    }
    let bytes = match world.read(&entry.path, limits.file_bytes) {
        Ok(bytes) => bytes,
        Err(error) => {
            skip(error.reason, error.detail);
            return result;
        }
    };
    let text = match decode::text(bytes) {
        Ok(text) => text,
        Err((reason, detail)) => {
            skip(reason, detail);
            return result;
        }
    };
    result.read = true;
    let source = Source::new(entry.path.as_str(), text);
    let text = source.text();
    result.lines = text.lines().count() as u64;
    let found = anchors_in(extractors, text);
    let has = |any: &Vec<u32>| any.iter().any(|a| found.get(*a as usize).copied().unwrap_or(true));
    let mut to_search = vec![];
    for unit in units {
        let Some(body) = body(unit) else { continue };
        result.wanted.push(body.extractor);
        if unit.anchors.iter().all(has) {
            result.searched.push(body.extractor);
            to_search.push((unit, body));
        }
    }
    let mut search = Search {
        program,
        limits,
        source: &source,
        deadline: Instant::now() + Duration::from_millis(limits.extract_ms),
        values: Values::new(),
        budget: Budget::new(),
        result: &mut result,
    };
    search.all(&to_search);
    if !result.facts.is_empty() || !result.notes.is_empty() {
        result.source = Some(source.clone());
    }
    result
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
    source: &'s Source,
    deadline: Instant,
    /// For calls of functions; thrown away with the file.
    values: Values,
    budget: Budget,
    result: &'s mut FileResult,
}

impl Search<'_> {
    /// Each tree, and the code of each grammar, is parsed once for all units.
    fn all(&mut self, units: &[(&Unit, &Body)]) {
        let mut trees: Vec<(&'static str, Parsed)> = vec![];
        let mut code_units: Vec<(&'static str, Vec<usize>)> = vec![];
        for (unit, _) in units {
            let name = unit.reader.name();
            if matches!(unit.finder, Finder::Path(_)) && !trees.iter().any(|(n, _)| *n == name) {
                let parsed = self.tree(unit.reader);
                trees.push((name, parsed));
            }
        }
        for (index, (unit, _)) in units.iter().enumerate() {
            if let (Finder::Code(_), Reader::Code(language)) = (&unit.finder, unit.reader) {
                let Some(grammar) = code::grammar(language, self.source.path()) else { continue };
                match code_units.iter_mut().find(|(g, _)| *g == grammar) {
                    Some((_, list)) => list.push(index),
                    None => code_units.push((grammar, vec![index])),
                }
            }
        }
        let mut code_matches = self.code(units, &code_units);
        for (index, (unit, body)) in units.iter().enumerate() {
            match &unit.finder {
                Finder::Path(path) => {
                    let parsed = trees.iter().find(|(n, _)| *n == unit.reader.name());
                    if let Some((_, parsed)) = parsed {
                        self.paths(path, &parsed.tree, body);
                    }
                }
                Finder::Code(_) => {
                    let matches = code_matches.get_mut(index).map(std::mem::take);
                    self.matches(matches.unwrap_or_default(), body);
                }
                Finder::Regex(regex, names) => self.regex(regex, names, body),
                Finder::File => {
                    let span = Span::new(0, self.source.text().len());
                    self.matches(vec![Match { span, captures: vec![] }], body);
                }
            }
            if self.budget.is_spent() {
                self.skip(SkipReason::Limit, "its paths lead over too many nodes".to_owned());
                break;
            }
            if Instant::now() > self.deadline {
                let most = self.limits.extract_ms;
                self.skip(SkipReason::Limit, format!("extraction took more than {most} ms"));
                break;
            }
        }
    }

    fn skip(&mut self, reason: SkipReason, detail: String) {
        let path = self.source.path().to_owned();
        self.result.skipped.push(Skipped { path, reason, detail });
    }

    fn tree(&mut self, reader: Reader) -> Parsed {
        let (text, path) = (self.source.text(), self.source.path());
        let parsed = match reader {
            Reader::Tree(format) => (format.parse)(text, self.limits),
            Reader::Diagrams => {
                let name = path.rsplit('.').next().unwrap_or_default();
                let whole =
                    name.eq_ignore_ascii_case("mmd") || name.eq_ignore_ascii_case("mermaid");
                mermaid::parse(text, whole, self.limits)
            }
            Reader::Code(_) | Reader::Text => Parsed::default(),
        };
        self.result.parsed = true;
        self.result.templated |= parsed.templated;
        self.result.partial |= !parsed.problems.is_empty() && !parsed.tree.documents.is_empty();
        for (reason, detail) in &parsed.problems {
            self.skip(*reason, detail.clone());
        }
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
            let found = code::run(grammar, self.source.text(), &cases, self.limits);
            self.result.parsed = true;
            self.result.partial |= found.partial;
            for (reason, detail) in found.problems {
                self.skip(reason, detail);
            }
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

    fn regex(&mut self, regex: &regex::Regex, names: &[String], body: &Body) {
        let text = self.source.text();
        for (count, found) in regex.captures_iter(text).enumerate() {
            if count >= self.limits.matches_per_file {
                self.too_many(body);
                return;
            }
            let Some(whole) = found.get(0) else { continue };
            let captures = names
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
        self.skip(SkipReason::Limit, format!("more than {most} matches of {kind}"));
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
                self.result.without_field.push(body.extractor);
                return true;
            }
            context = Context {
                node,
                captures: &found.captures,
                budget: &mut self.budget,
                values: &mut self.values,
            };
        }
        let fact = LocalFact { extractor: body.extractor, span: found.span, fields };
        self.result.facts.push(fact);
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
                    e.values.get(index).map(|v| LocalValue::Known(*v))
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
        /// A file that has more of them is not made clearer by all of them.
        const MOST_NOTES: usize = 20;
        let note = LocalNote { code, span, message };
        if self.result.notes.len() < MOST_NOTES && !self.result.notes.contains(&note) {
            self.result.notes.push(note);
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

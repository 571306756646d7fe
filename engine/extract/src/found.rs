//! What the units found in one file, by unit: the part of an extraction that can be kept for the next run.
//!
//! It speaks neither of the program (no interned values, no numbers of extractors) nor of the path. What the rest
//! of a run sees of a file, the [`FileResult`], is always made from it, found just now or long ago.

use redan_base::{SkipReason, Skipped, Source, Span};
use redan_program::ir::{Extractor, Program};
use redan_program::schema::Type;
use serde::{Deserialize, Serialize};

use crate::code;
use crate::compile::{Body, Extractors, Finder, Reader, Unit};
use crate::matching::Scalar;

/// What the units found in one file.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Found {
    /// The lines of the file.
    pub lines: u64,
    /// The parses of the file.
    pub readings: Vec<Reading>,
    /// The units whose anchors are in the file, by their position among those that want it; in ascending order.
    pub searched: Vec<(u32, UnitFound)>,
    /// The limits that all units together hit.
    pub limits: Vec<String>,
}

/// One parse of the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Reading {
    /// As what; see [`parse_of`].
    pub name: String,
    /// Whether a part could not be parsed.
    pub partial: bool,
    /// The bytes of code that the grammar could make nothing of.
    pub error_bytes: u64,
    /// Whether template marks were blanked.
    pub templated: bool,
    /// What was not seen.
    pub problems: Vec<(SkipReason, String)>,
}

/// What one unit found.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct UnitFound {
    /// The facts, in the order of their places.
    pub facts: Vec<LocalFact>,
    /// What to tell about values; none twice.
    pub notes: Vec<LocalNote>,
    /// Matches that lacked a field.
    pub without_field: usize,
}

/// A fact before its values are interned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct LocalFact {
    /// Where.
    pub span: Span,
    /// The fields that have values: index, value, and where it was read.
    pub fields: Vec<(usize, LocalValue, Option<Span>)>,
}

/// A value of a field, converted to the field's type.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum LocalValue {
    /// A plain value.
    Scalar(Scalar),
    /// A symbol of the field's enum, by its rank.
    Symbol(u32),
}

/// Something to tell about the value of a field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct LocalNote {
    /// Its code.
    pub code: u16,
    /// Where.
    pub span: Span,
    /// What.
    pub message: String,
}

/// A file that has more notes is not made clearer by all of them.
pub(crate) const MOST_NOTES: usize = 20;

/// The units that want a file, with what becomes of their matches.
pub(crate) type Units<'e> = Vec<(&'e Unit, &'e Body)>;

/// The units of these numbers.
pub(crate) fn units_of<'e>(extractors: &'e Extractors, numbers: &[u32]) -> Units<'e> {
    let units = numbers.iter().filter_map(|u| extractors.units.get(*u as usize));
    units.filter_map(|u| Some((u, extractors.bodies.get(u.body)?))).collect()
}

/// The parse that a unit needs: the format, or the grammar of the code. None for text.
pub(crate) fn parse_of(unit: &Unit, path: &str) -> Option<&'static str> {
    match (&unit.finder, unit.reader) {
        (Finder::Path(_), reader) => Some(reader.name()),
        (Finder::Code(_), Reader::Code(language)) => code::grammar(language, path),
        (Finder::Code(_) | Finder::Regex(..) | Finder::File, _) => None,
    }
}

/// What one file gave.
#[derive(Debug, Default)]
pub(crate) struct FileResult {
    /// The text, if there are facts or notes in it.
    pub source: Option<Source>,
    /// The facts with their extractors, in the order of the units and of their places.
    pub facts: Vec<(usize, LocalFact)>,
    /// What it is read as, for the record.
    pub group: Option<&'static str>,
    /// Whether it was read.
    pub read: bool,
    /// Whether all of this was known without a search.
    pub known: bool,
    /// Why what was kept of it could not be used.
    pub broken: Option<&'static str>,
    /// Its lines.
    pub lines: u64,
    /// Whether it was parsed, now or when it was looked at first.
    pub parsed: bool,
    /// Whether a part could not be parsed.
    pub partial: bool,
    /// The bytes of code that the grammar could make nothing of.
    pub error_bytes: u64,
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

impl FileResult {
    /// Notes that something was not seen.
    pub(crate) fn skip(&mut self, path: &str, reason: SkipReason, detail: String) {
        self.skipped.push(Skipped { path: path.to_owned(), reason, detail });
    }

    /// Adds what was found in a file that could be read. True if its text is needed.
    pub(crate) fn add(&mut self, found: Found, path: &str, units: &Units<'_>) -> bool {
        self.read = true;
        self.lines = found.lines;
        self.wanted = units.iter().map(|(_, body)| body.extractor).collect();
        self.parsed = !found.readings.is_empty();
        for reading in found.readings {
            self.partial |= reading.partial;
            self.error_bytes += reading.error_bytes;
            self.templated |= reading.templated;
            for (reason, detail) in reading.problems {
                self.skip(path, reason, detail);
            }
        }
        for detail in found.limits {
            self.skip(path, SkipReason::Limit, detail);
        }
        for (position, unit) in found.searched {
            let Some((_, body)) = units.get(position as usize) else { continue };
            let extractor = body.extractor;
            self.searched.push(extractor);
            self.facts.extend(unit.facts.into_iter().map(|fact| (extractor, fact)));
            self.without_field.extend(std::iter::repeat_n(extractor, unit.without_field));
            for note in unit.notes {
                if self.notes.len() < MOST_NOTES && !self.notes.contains(&note) {
                    self.notes.push(note);
                }
            }
        }
        !self.facts.is_empty() || !self.notes.is_empty()
    }
}

impl Found {
    /// Whether a limit was hit: then each unit may have found less because of the others.
    pub(crate) fn limited(&self) -> bool {
        let limit = |(reason, _): &(SkipReason, String)| *reason == SkipReason::Limit;
        !self.limits.is_empty() || self.readings.iter().any(|r| r.problems.iter().any(limit))
    }

    /// Whether all that was found can be in this text, and be what these units find.
    pub(crate) fn fits(&self, text: &str, program: &Program, units: &Units<'_>) -> bool {
        let lies = |span: &Span| text.get(span.range()).is_some();
        let ascending = self.searched.is_sorted_by(|a, b| a.0 < b.0);
        ascending
            && self.searched.iter().all(|(position, found)| {
                let unit = units.get(*position as usize);
                let extractor = unit.and_then(|(_, body)| program.extractors.get(body.extractor));
                let Some(extractor) = extractor else { return false };
                found.notes.iter().all(|note| lies(&note.span))
                    && found.notes.len() <= MOST_NOTES
                    && found.facts.iter().all(|fact| {
                        lies(&fact.span)
                            && fact.fields.iter().all(|(field, value, span)| {
                                span.as_ref().is_none_or(lies)
                                    && is_of(value, *field, extractor, program)
                            })
                    })
            })
    }
}

/// Whether a value is one of the field's type.
fn is_of(value: &LocalValue, field: usize, extractor: &Extractor, program: &Program) -> bool {
    let Some(field) = extractor.fields.get(field) else { return false };
    match (value, &field.ty) {
        (LocalValue::Scalar(Scalar::Text(_)), Type::Str | Type::Any | Type::Entity(_))
        | (LocalValue::Scalar(Scalar::Int(_)), Type::Int)
        | (LocalValue::Scalar(Scalar::Bool(_)), Type::Bool) => true,
        (LocalValue::Symbol(rank), Type::Enum(id)) => {
            let known = program.schema.enums.get(id.0 as usize);
            known.is_some_and(|e| (*rank as usize) < e.values.len())
        }
        (LocalValue::Scalar(_) | LocalValue::Symbol(_), _) => false,
    }
}

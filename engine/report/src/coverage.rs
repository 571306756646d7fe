//! What a run saw of a repository and what it did not: what `redan model --coverage` shows.
//!
//! A model without a component is right only if there is none. Here stands what that rests on: which files were read and how much of
//! their code the grammars could make something of, which technologies were recognised, and which well-known libraries are imported
//! that no pack understands. What is well known is knowledge of packs.

use std::collections::{BTreeMap, BTreeSet};

use redan_base::Sources;
use redan_facts::RelationId;
use redan_program::ir::Program;
use redan_solve::Solution;
use redan_threats::{Spot, View, spot};
use serde::Serialize;

use crate::asked;
use crate::data::{Coverage, Report};
use crate::escape::line;
use crate::formats::{Style, skipped_files};
use crate::layout::{Tone, guard, indent, pad, pad_left, width};
use crate::seen::seen;
use crate::texts::{Text, Words};

/// Elements of a list that a terminal shows.
const MOST: usize = 40;

/// What was seen and what not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CoverageReport {
    /// The version of the JSON form.
    pub schema_version: String,
    /// The name of the system.
    pub system: String,
    /// Whether no limit was hit.
    pub complete: bool,
    /// What was read and what not.
    pub coverage: Coverage,
    /// Technologies with the names of the components that are made with them.
    pub technologies: BTreeMap<String, BTreeSet<String>>,
    /// Well-known libraries that are imported and that some pack understands.
    pub recognised: Vec<Library>,
    /// Those that no pack understands.
    pub not_understood: Vec<Library>,
    /// The language of the texts.
    #[serde(skip)]
    pub(crate) language: String,
}

/// A library that code imports.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Library {
    /// The registry that it comes from.
    pub ecosystem: String,
    /// What it is there for.
    pub sort: String,
    /// Its name.
    pub name: String,
    /// How many files import it.
    pub files: usize,
    /// The first place.
    pub at: Option<Spot>,
}

impl CoverageReport {
    /// The record of a run that was made for it.
    pub fn new(report: &Report, program: &Program, solution: &Solution, sources: &Sources) -> Self {
        let view = View::new(program, &solution.facts, sources, &report.language);
        let mut technologies: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for component in view.kind_named("component").map_or_else(Vec::new, |k| view.members(k)) {
            for technology in view.values(component, "technology") {
                let names = technologies.entry(view.show(technology)).or_default();
                names.insert(view.show(component));
            }
        }
        Self {
            schema_version: report.schema_version.clone(),
            system: report.system.clone(),
            complete: report.complete,
            coverage: report.coverage.clone(),
            technologies,
            recognised: libraries(&view, solution, asked::RECOGNISED),
            not_understood: libraries(&view, solution, asked::NOT_UNDERSTOOD),
            language: report.language.clone(),
        }
    }
}

/// The libraries of a relation with how many files import each, sorted.
fn libraries(view: &View<'_>, solution: &Solution, relation: &str) -> Vec<Library> {
    let Some(id) = view.declared(relation) else { return vec![] };
    let mut found: BTreeMap<(String, String, String), BTreeSet<(String, u32)>> = BTreeMap::new();
    for (number, row) in view.facts.relation(id).rows() {
        let [ecosystem, name, sort, file] = row.as_slice() else { continue };
        let key = (view.show(*ecosystem), view.show(*sort), view.show(*name));
        found.entry(key).or_default().insert((view.show(*file), number));
    }
    let library =
        |((ecosystem, sort, name), files): ((String, String, String), BTreeSet<(String, u32)>)| {
            let first = files.first().and_then(|(_, row)| first_place(view, solution, id, *row));
            Library { ecosystem, sort, name, files: files.len(), at: first }
        };
    found.into_iter().map(library).collect()
}

fn first_place(view: &View<'_>, solution: &Solution, id: RelationId, row: u32) -> Option<Spot> {
    let places = seen(view.program, solution, id, row);
    places.first().map(|place| spot(view.sources, *place))
}

/// As JSON.
pub fn coverage_json(report: &CoverageReport) -> String {
    crate::formats::pretty(report)
}

/// For a terminal.
pub fn coverage_text(report: &CoverageReport, style: Style) -> String {
    let words = Words::of(&report.language);
    let c = &report.coverage;
    let n = |n: usize| n.to_string();
    let heading = |text: Text| format!("\n{}\n", style.paint(Tone::Strong, words.get(text)));
    let title = words.fill(Text::CoverageOf, &[&line(&report.system)]);
    let mut out = format!("{}\n", style.paint(Tone::Strong, &title));
    let sums = [c.read, c.listed, c.parsed, c.facts].map(n);
    let sums = words.fill(Text::Coverage, &sums.each_ref().map(String::as_str));
    out.push_str(&format!("  {sums}\n"));
    if !report.complete {
        let text = indent(words.get(Text::Incomplete), 2, 0, style.width);
        out.push_str(&style.paint(Tone::Warn, &text));
    }
    if !c.groups.is_empty() {
        out.push_str(&heading(Text::Languages));
        out.push_str(&languages(c, words, style));
    }
    if !c.unseen.is_empty() {
        out.push_str(&heading(Text::NothingReads));
        let mut endings: Vec<(&String, &usize)> = c.unseen.iter().collect();
        endings.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        let list = endings.iter().map(|(e, n)| format!("{} ({n})", line(e)));
        out.push_str(&indent(&shortened(list, words), 2, 0, style.width));
    }
    let skipped = skipped_files(c, words, 10);
    if !skipped.is_empty() {
        out.push_str(&heading(Text::NotSeen));
        for (head, paths) in skipped {
            out.push_str(&format!("  {}\n", style.paint(Tone::Warn, &head)));
            for path in paths {
                out.push_str(&format!("    {path}\n"));
            }
        }
    }
    if !report.technologies.is_empty() {
        out.push_str(&heading(Text::Technologies));
        for (technology, components) in &report.technologies {
            let names = shortened(components.iter().map(|c| line(c)), words);
            out.push_str(&indent(&format!("{}: {names}", line(technology)), 2, 4, style.width));
        }
    }
    if !c.found.is_empty() {
        out.push_str(&heading(Text::FoundByPacks));
        for (pack, kinds) in &c.found {
            let kinds = shortened(kinds.iter().map(|(k, n)| format!("{} ({n})", line(k))), words);
            out.push_str(&indent(&format!("{}: {kinds}", line(pack)), 2, 4, style.width));
        }
    }
    if !report.recognised.is_empty() {
        out.push_str(&heading(Text::LibrariesRecognised));
        let list = report.recognised.iter();
        let list = list.map(|l| format!("{} ({})", line(&l.name), line(&l.ecosystem)));
        out.push_str(&indent(&shortened(list, words), 2, 0, style.width));
    }
    out.push_str(&heading(Text::LibrariesUnknown));
    if report.not_understood.is_empty() {
        out.push_str(&format!("  {}\n", style.paint(Tone::Good, words.get(Text::NoneSuch))));
    }
    for library in &report.not_understood {
        let name = format!(
            "{} ({}, {})",
            line(&library.name),
            line(&library.ecosystem),
            line(&library.sort)
        );
        let at = library.at.as_ref();
        let at = at.map_or_else(String::new, |s| format!("{}:{}", line(&s.path), s.line));
        let used = words.fill(Text::ImportedBy, &[&n(library.files), &at]);
        out.push_str(&indent(
            &format!("- {}: {used}", style.paint(Tone::Warn, &name)),
            2,
            2,
            style.width,
        ));
    }
    guard(out)
}

/// A list on one line, cut where nobody reads on.
fn shortened(list: impl Iterator<Item = String>, words: Words) -> String {
    let mut list: Vec<String> = list.collect();
    let all = list.len();
    list.truncate(MOST);
    if all > MOST {
        list.push(words.count(Text::AndMore, all - MOST));
    }
    list.join(words.comma())
}

/// The table of languages and formats.
fn languages(coverage: &Coverage, words: Words, style: Style) -> String {
    let heads = [
        Text::Name,
        Text::Files,
        Text::Lines,
        Text::FilesRead,
        Text::FilesParsed,
        Text::FilesPartial,
        Text::ErrorBytes,
    ];
    let heads = heads.map(|h| words.get(h).to_owned());
    let rows: Vec<[String; 7]> = coverage
        .groups
        .iter()
        .map(|g| {
            // In ten thousandths, so that no floating point decides on a digit.
            let share = (g.error_bytes * 10_000).checked_div(g.parsed_bytes).unwrap_or(0);
            let share = match (g.error_bytes, share) {
                (0, _) => String::new(),
                (_, 0) => "<0.01 %".to_owned(),
                (_, share) => format!("{}.{:02} %", share / 100, share % 100),
            };
            let partial = if g.partial == 0 { String::new() } else { g.partial.to_string() };
            [
                line(&g.name),
                g.files.to_string(),
                g.lines.to_string(),
                g.read.to_string(),
                g.parsed.to_string(),
                partial,
                share,
            ]
        })
        .collect();
    let mut out = String::new();
    let column = |n: usize| {
        let cells = rows.iter().chain([&heads]).filter_map(|r| r.get(n));
        cells.map(|c| width(c)).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..heads.len()).map(column).collect();
    for (number, row) in [&heads].into_iter().chain(&rows).enumerate() {
        let cells = row.iter().zip(&widths).enumerate();
        let cells =
            cells.map(|(n, (cell, w))| if n == 0 { pad(cell, *w) } else { pad_left(cell, *w) });
        let text = cells.collect::<Vec<_>>().join("  ");
        let text = text.trim_end();
        let text = if number == 0 { style.paint(Tone::Dim, text) } else { text.to_owned() };
        out.push_str(&format!("  {text}\n"));
    }
    out
}

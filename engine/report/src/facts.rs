//! Tables of facts, as `redan facts` shows them: the members of a kind with what is known of them, or
//! the rows of a relation.

use redan_base::Sources;
use redan_facts::{RelationId, ValueId};
use redan_program::ir::Program;
use redan_program::ir::{Bound, Role};
use redan_solve::Solution;
use redan_threats::{View, mask_value, secret_name, short_name, spot};
use serde::Serialize;

use crate::escape::line;
use crate::formats::Style;
use crate::layout::{Tone, guard, pad, width};
use crate::seen::seen;
use crate::texts::{Text, Words};

/// A kind with its members, or a relation with its rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FactTable {
    /// `pack.name`
    pub name: String,
    /// Whether it is a kind: then the first column is the member.
    pub kind: bool,
    /// Whether its members are found by an `extract`.
    pub extracted: bool,
    /// The columns.
    pub columns: Vec<String>,
    /// The rows, sorted.
    pub rows: Vec<FactRow>,
}

/// A row of a [`FactTable`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct FactRow {
    /// A list of values for each column: none if unknown, several for a set.
    pub cells: Vec<Vec<String>>,
    /// Where it was seen: `path:line`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

/// The tables of a name (`pack.name` or short), or all that have rows, sorted by name.
pub fn fact_tables(
    program: &Program,
    solution: &Solution,
    sources: &Sources,
    language: &str,
    name: Option<&str>,
) -> Vec<FactTable> {
    let view = View::new(program, &solution.facts, sources, language);
    let wanted = |full: &str| match name {
        Some(name) => full == name || short_name(full) == name,
        None => true,
    };
    let mut tables: Vec<FactTable> = vec![];
    for (number, kind) in program.schema.kinds.iter().enumerate() {
        if wanted(&kind.declared.name) {
            tables.push(kind_table(&view, solution, redan_program::schema::KindId(number as u32)));
        }
    }
    for (number, info) in program.relations.iter().enumerate() {
        let Role::Declared(index) = info.role else { continue };
        let Some(relation) = program.schema.relations.get(index as usize) else { continue };
        if info.bound == Bound::Certain && wanted(&relation.declared.name) {
            tables.push(relation_table(&view, RelationId(number as u32), relation));
        }
    }
    tables.retain(|t| name.is_some() || !t.rows.is_empty());
    tables.sort_by(|a, b| a.name.cmp(&b.name));
    tables
}

fn kind_table(
    view: &View<'_>,
    solution: &Solution,
    id: redan_program::schema::KindId,
) -> FactTable {
    let kind = view.kind(id);
    let mut attributes: Vec<&str> = vec![];
    for k in view.ancestors(id).into_iter().rev().filter_map(|k| view.kind(k)) {
        attributes.extend(k.attributes.iter().map(|a| a.name.as_str()));
    }
    // An extracted fact is shown by its place, so that its name is a field like any other.
    let extracted = kind.is_some_and(|k| k.extracted);
    attributes.retain(|a| extracted || *a != "name");
    let secret = kind.is_some_and(|k| secret_name(&k.declared.name));
    let mut rows: Vec<FactRow> = view
        .members(id)
        .into_iter()
        .map(|member| {
            let mut cells = vec![vec![view.show(member)]];
            for attribute in &attributes {
                let word = if secret && attribute.contains("value") { "secret" } else { attribute };
                let values = view.values(member, attribute);
                cells.push(values.iter().map(|v| mask_value(word, &view.show(*v))).collect());
            }
            FactRow { cells, at: place(view, solution, id, member) }
        })
        .collect();
    // Columns without any value say nothing.
    let used: Vec<bool> = (0..=attributes.len())
        .map(|n| n == 0 || rows.iter().any(|r| r.cells.get(n).is_some_and(|c| !c.is_empty())))
        .collect();
    for row in &mut rows {
        let mut keep = used.iter();
        row.cells.retain(|_| keep.next().copied().unwrap_or(true));
    }
    let names = std::iter::once("").chain(attributes).map(str::to_owned);
    let mut columns: Vec<String> =
        names.zip(&used).filter(|(_, used)| **used).map(|(n, _)| n).collect();
    if let Some(first) = columns.first_mut() {
        *first = kind.map_or_else(String::new, |k| short_name(&k.declared.name).to_owned());
    }
    FactTable {
        name: kind.map_or_else(String::new, |k| k.declared.name.clone()),
        kind: true,
        extracted: kind.is_some_and(|k| k.extracted),
        columns,
        rows,
    }
}

fn place(
    view: &View<'_>,
    solution: &Solution,
    kind: redan_program::schema::KindId,
    member: ValueId,
) -> Option<String> {
    let relation = view.member_relation(kind)?;
    let row = view.facts.relation(relation).find(&[member])?;
    let own = view.places(kind, member).first().copied();
    let place = own.or_else(|| seen(view.program, solution, relation, row).first().copied())?;
    let spot = spot(view.sources, place);
    Some(format!("{}:{}", spot.path, spot.line))
}

fn relation_table(
    view: &View<'_>,
    id: RelationId,
    relation: &redan_program::schema::Relation,
) -> FactTable {
    let mut rows: Vec<FactRow> = view
        .facts
        .relation(id)
        .rows()
        .map(|(_, row)| FactRow {
            cells: relation
                .parameters
                .iter()
                .zip(row)
                .map(|((name, _), v)| vec![mask_value(name, &view.show(v))])
                .collect(),
            at: None,
        })
        .collect();
    rows.sort();
    FactTable {
        name: relation.declared.name.clone(),
        kind: false,
        extracted: false,
        columns: relation.parameters.iter().map(|(n, _)| n.clone()).collect(),
        rows,
    }
}

/// The answers of `redan query`: those that certainly hold, and those that only may.
pub fn query_tables(
    program: &Program,
    solution: &Solution,
    sources: &Sources,
    language: &str,
) -> Vec<FactTable> {
    let Some(query) = &program.query else { return vec![] };
    let view = View::new(program, &solution.facts, sources, language);
    let certain = solution.facts.relation(query.certain);
    let mut tables = vec![];
    for (name, relation) in [("confirmed", query.certain), ("possible", query.possible)] {
        let mut rows: Vec<FactRow> = solution
            .facts
            .relation(relation)
            .rows()
            .filter(|(_, row)| relation == query.certain || certain.find(row).is_none())
            .map(|(number, row)| {
                let cells = query
                    .bindings
                    .iter()
                    .zip(row)
                    .map(|((name, _), v)| vec![mask_value(name, &view.show(v))])
                    .collect();
                let places = seen(program, solution, relation, number);
                let at = places.first().map(|p| spot(sources, *p));
                FactRow { cells, at: at.map(|s| format!("{}:{}", s.path, s.line)) }
            })
            .collect();
        rows.sort();
        let columns = query.bindings.iter().map(|(n, _)| n.clone()).collect();
        let table =
            FactTable { name: name.to_owned(), kind: false, extracted: false, columns, rows };
        if name == "confirmed" || (query.certain != query.possible && !table.rows.is_empty()) {
            tables.push(table);
        }
    }
    tables
}

/// The tables as JSON.
pub fn facts_json(tables: &[FactTable]) -> String {
    crate::formats::pretty(&tables)
}

/// The tables for a terminal.
pub fn facts_text(tables: &[FactTable], language: &str, style: Style) -> String {
    let words = Words::of(language);
    let mut out = String::new();
    if tables.is_empty() {
        return format!("{}\n", words.get(Text::NoFacts));
    }
    for (number, table) in tables.iter().enumerate() {
        if number > 0 {
            out.push('\n');
        }
        let title = style.paint(Tone::Strong, &line(&table.name));
        out.push_str(&format!("{title}  {}\n", words.count(Text::Rows, table.rows.len())));
        out.push_str(&grid(table, style));
    }
    guard(out)
}

fn grid(table: &FactTable, style: Style) -> String {
    const WIDEST: usize = 48;
    if table.rows.is_empty() {
        return String::new();
    }
    let cut = |text: &str| {
        let text = line(text);
        if text.chars().count() <= WIDEST {
            return text;
        }
        text.chars().take(WIDEST - 1).chain(['…']).collect()
    };
    let texts: Vec<Vec<String>> =
        table.rows.iter().map(|r| r.cells.iter().map(|c| cut(&c.join(", "))).collect()).collect();
    let widths: Vec<usize> = table
        .columns
        .iter()
        .enumerate()
        .map(|(n, name)| {
            let cells = texts.iter().filter_map(|r| r.get(n)).map(|c| width(c)).max();
            cells.unwrap_or(0).max(width(name))
        })
        .collect();
    let row = |cells: &[String]| {
        let padded: Vec<String> = cells.iter().zip(&widths).map(|(c, w)| pad(c, *w)).collect();
        padded.join("  ")
    };
    let head: Vec<String> = table.columns.iter().map(|c| line(c)).collect();
    let mut out = format!("  {}\n", style.paint(Tone::Dim, row(&head).trim_end()));
    for (cells, fact) in texts.iter().zip(&table.rows) {
        let at = fact.at.as_deref().map_or_else(String::new, |a| style.paint(Tone::Dim, &line(a)));
        // An extracted fact is shown by its place, so it is not told twice.
        let at = if table.extracted { String::new() } else { at };
        out.push_str(format!("  {}  {at}", row(cells)).trim_end());
        out.push('\n');
    }
    out
}

//! The model for a terminal.

use crate::data::{Component, Flow, Report, Shape};
use crate::escape::line;
use crate::formats::Style;
use crate::layout::{Tone, guard, indent, pad, width};
use crate::texts::{Text, Words};
use redan_threats::Spot;

/// Zones with what is in them, flows, entry points, data and questions.
pub fn text(report: &Report, style: Style) -> String {
    let words = Words::of(&report.language);
    let model = &report.model;
    let heading = |text: Text| format!("\n{}\n", style.paint(Tone::Strong, words.get(text)));
    let mut out = format!(
        "{}: {}\n",
        words.get(Text::System),
        style.paint(Tone::Strong, &line(&report.system))
    );
    for shape in Shape::ALL {
        let list: Vec<&Component> = model.components.iter().filter(|c| c.shape == shape).collect();
        if list.is_empty() {
            continue;
        }
        out.push_str(&format!("\n{}\n", style.paint(Tone::Strong, words.shape(shape))));
        let rows = list.into_iter().map(|c| component(report, c, words)).collect();
        out.push_str(&table(rows, style));
    }
    if !model.boundaries.is_empty() {
        out.push_str(&heading(Text::Boundaries));
        let rows = model
            .boundaries
            .iter()
            .map(|b| {
                let trust = b.trust.as_deref().map_or(words.get(Text::Unknown).to_owned(), line);
                let around =
                    b.inside.as_deref().and_then(|i| model.boundaries.iter().find(|o| o.id == i));
                vec![
                    line(&b.name),
                    trust,
                    around.map_or_else(String::new, |o| format!("⊂ {}", line(&o.name))),
                    place(&b.places),
                ]
            })
            .collect();
        out.push_str(&table(rows, style));
    }
    if !model.flows.is_empty() {
        out.push_str(&heading(Text::Flows));
        out.push_str(&table(model.flows.iter().map(|f| flow(f, words)).collect(), style));
    }
    for (title, list) in [(Text::EntryPoints, &model.entry_points), (Text::Data, &model.data)] {
        if list.is_empty() {
            continue;
        }
        out.push_str(&heading(title));
        let rows = list
            .iter()
            .map(|e| {
                // What the name says already is not said again.
                let known: Vec<String> = e
                    .attributes
                    .iter()
                    .map(|(k, v)| (k, v.join(words.comma())))
                    .filter(|(_, v)| !e.name.contains(v.as_str()))
                    .map(|(k, v)| format!("{}: {}", line(k), line(&v)))
                    .collect();
                vec![line(&e.name), known.join(words.comma()), place(&e.places)]
            })
            .collect();
        out.push_str(&table(rows, style));
    }
    if !model.questions.is_empty() {
        out.push_str(&heading(Text::QuestionsHeading));
        for question in &model.questions {
            out.push_str(&indent(&format!("- {}", line(question)), 2, 2, style.width));
        }
    }
    guard(out)
}

fn component(report: &Report, c: &Component, words: Words) -> Vec<String> {
    let zone = c
        .boundary
        .as_deref()
        .and_then(|id| report.model.boundaries.iter().find(|b| b.id == id))
        .map_or_else(String::new, |b| line(&b.name));
    let mut notes = vec![];
    if c.internet_facing == Some(true) {
        notes.push(words.get(Text::InternetFacing).to_owned());
    }
    if c.kind != c.shape.word() {
        notes.push(line(&c.kind));
    }
    vec![
        line(&c.name),
        line(c.technology.as_deref().unwrap_or("")),
        zone,
        notes.join(words.comma()),
        place(&c.places),
    ]
}

fn flow(f: &Flow, words: Words) -> Vec<String> {
    let mut notes = vec![];
    if f.encrypted == Some(false) {
        notes.push(words.get(Text::Cleartext).to_owned());
    }
    if f.authenticated == Some(false) {
        notes.push(words.get(Text::Unauthenticated).to_owned());
    }
    if f.crosses {
        notes.push(words.get(Text::Crosses).to_owned());
    }
    let mut what = vec![];
    what.extend(f.access.iter().map(|a| line(a)));
    what.extend(f.carries.iter().map(|c| line(c)));
    vec![
        line(&f.name),
        line(f.protocol.as_deref().unwrap_or("")),
        what.join(words.comma()),
        notes.join(words.comma()),
        place(&f.places),
    ]
}

fn place(places: &[Spot]) -> String {
    places.first().map_or_else(String::new, |s| format!("{}:{}", line(&s.path), s.line))
}

/// Rows in columns; empty columns are left out, the last column is dim.
fn table(rows: Vec<Vec<String>>, style: Style) -> String {
    const WIDEST: usize = 44;
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|n| rows.iter().filter_map(|r| r.get(n)).map(|c| width(c)).max().unwrap_or(0))
        .collect();
    let mut out = String::new();
    for row in rows {
        let mut text = " ".to_owned();
        for (number, (cell, column)) in row.iter().zip(&widths).enumerate() {
            if *column == 0 {
                continue;
            }
            let last = number + 1 == columns;
            let shown = if last { cell.clone() } else { pad(cell, (*column).min(WIDEST)) };
            text.push(' ');
            text.push_str(&if last { style.paint(Tone::Dim, &shown) } else { shown });
            text.push(' ');
        }
        out.push_str(text.trim_end());
        out.push('\n');
    }
    out
}

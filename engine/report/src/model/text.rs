//! The model for a terminal: an overview that a reader can begin with.

use crate::data::{Component, DataAsset, Flow, Model, Posture, Report, Shape, Tally};
use crate::escape::line;
use crate::formats::Style;
use crate::layout::{Tone, guard, indent, pad, pad_left, width};
use crate::texts::{Text, Words};
use redan_threats::Spot;

/// What the system is for, how far it is protected, its parts, what was taken for granted and what is to be asked.
pub fn text(report: &Report, style: Style) -> String {
    let words = Words::of(&report.language);
    let model = &report.model;
    let heading = |text: Text| format!("\n{}\n", style.paint(Tone::Strong, words.get(text)));
    let mut out = format!(
        "{}: {}\n",
        words.get(Text::System),
        style.paint(Tone::Strong, &line(&report.system))
    );
    if let Some(purpose) = &model.purpose {
        let text = words.fill(Text::Quoted, &[&line(&purpose.text)]);
        out.push_str(&heading(Text::Purpose));
        out.push_str(&indent(&text, 2, 0, style.width));
        let at = format!("{}:{}", line(&purpose.at.path), purpose.at.line);
        out.push_str(&format!("  {}\n", style.paint(Tone::Dim, &at)));
    }
    out.push_str(&heading(Text::Posture));
    out.push_str(&posture(&model.posture, words, style));
    if let Some(text) = crate::formats::architecture(report, words) {
        out.push_str(&indent(&text, 2, 2, style.width));
    }
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
                let trust = b.trust.as_deref().map_or(words.get(Text::Unknown).to_owned(), |t| {
                    line(report.model.symbol("trust", t))
                });
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
        out.push_str(&table(model.flows.iter().map(|f| flow(report, f, words)).collect(), style));
    }
    if !model.entry_points.is_empty() {
        out.push_str(&heading(Text::EntryPoints));
        let rows = model
            .entry_points
            .iter()
            .map(|e| {
                // What the name says already is not said again.
                let mut said = e.attributes.clone();
                said.retain(|_, values| !e.name.contains(&values.join(words.comma())));
                let known = report.model.known(&e.kind, &said, words);
                let known: Vec<String> = known.iter().map(|k| line(k)).collect();
                vec![line(&e.name), known.join(words.comma()), place(&e.places)]
            })
            .collect();
        out.push_str(&table(rows, style));
    }
    if !model.assets.is_empty() {
        out.push_str(&heading(Text::SensitiveAssets));
        let places: Vec<&[Spot]> = model
            .assets
            .iter()
            .map(|a| model.data.iter().find(|d| d.name == a.name).map_or(&[][..], |d| &d.places))
            .collect();
        let rows =
            model.assets.iter().zip(places).map(|(a, p)| asset(report, a, p, words)).collect();
        out.push_str(&table(rows, style));
    }
    if !model.assumptions.is_empty() || !model.defaults.is_empty() {
        out.push_str(&heading(Text::Assumptions));
        for text in assumptions(model, words) {
            out.push_str(&indent(&format!("- {text}"), 2, 2, style.width));
        }
    }
    if !model.questions.is_empty() {
        out.push_str(&heading(Text::QuestionsHeading));
        for question in &model.questions {
            out.push_str(&indent(&format!("- {}", line(question)), 2, 2, style.width));
        }
    }
    guard(out)
}

/// What is protected, not protected and not known, by its name.
pub(crate) fn tallies(posture: &Posture) -> [(Text, Tally); 6] {
    [
        (Text::EntryPointsAuthenticated, posture.entry_points_authenticated),
        (Text::FlowsEncrypted, posture.flows_encrypted),
        (Text::CrossingFlowsEncrypted, posture.crossing_flows_encrypted),
        (Text::FlowsAuthenticated, posture.flows_authenticated),
        (Text::StoresEncrypted, posture.stores_encrypted),
        (Text::StoresAuthenticate, posture.stores_authenticate),
    ]
}

/// Counts of what is protected, not protected and not known.
fn posture(posture: &Posture, words: Words, style: Style) -> String {
    let rows = tallies(posture);
    let heads = [Text::Yes, Text::No, Text::Unknown].map(|t| words.get(t));
    let first = rows.iter().map(|(text, _)| width(words.get(*text))).max().unwrap_or(0);
    let row = |name: &str, cells: [String; 3]| {
        let cells = cells.iter().zip(heads).map(|(c, head)| pad_left(c, width(head).max(5)));
        format!("  {}  {}", pad(name, first), cells.collect::<Vec<_>>().join("  "))
    };
    let mut out = style.paint(Tone::Dim, &row("", heads.map(str::to_owned)));
    out.push('\n');
    for (text, tally) in rows {
        let cells = [tally.yes, tally.no, tally.unknown].map(|n| n.to_string());
        out.push_str(&row(words.get(text), cells));
        out.push('\n');
    }
    out
}

fn asset(report: &Report, asset: &DataAsset, places: &[Spot], words: Words) -> Vec<String> {
    let list = |key: Text, names: &[String]| {
        let names = shortened(names, words);
        if names.is_empty() { String::new() } else { words.fill(key, &[&names]) }
    };
    vec![
        line(&asset.name),
        asset.class.as_deref().map_or_else(
            || words.get(Text::Unknown).to_owned(),
            |c| line(report.model.symbol("class", c)),
        ),
        list(Text::StoredIn, &asset.stored_in),
        list(Text::CarriedBy, &asset.carried_by),
        place(places),
    ]
}

/// What was taken for granted, one line each.
pub(crate) fn assumptions(model: &Model, words: Words) -> Vec<String> {
    let told = model
        .assumptions
        .iter()
        .map(|a| words.fill(Text::AssumedOf, &[&line(&a.text), &shortened(&a.elements, words)]));
    let defaults = model.defaults.iter().map(|d| {
        let (kind, attribute, value) = (line(&d.kind), line(&d.attribute), line(&d.value));
        words.fill(Text::DefaultOf, &[&d.elements.to_string(), &kind, &attribute, &value])
    });
    told.chain(defaults).collect()
}

/// Names on one line, cut where nobody reads on.
pub(crate) fn shortened(names: &[String], words: Words) -> String {
    const MOST: usize = 8;
    let mut list: Vec<String> = names.iter().take(MOST).map(|n| line(n)).collect();
    if names.len() > MOST {
        list.push(words.count(Text::AndMore, names.len() - MOST));
    }
    list.join(words.comma())
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
        notes.push(line(report.model.kind_word(&c.kind)));
    }
    vec![
        line(&c.name),
        line(c.technology.as_deref().unwrap_or("")),
        zone,
        notes.join(words.comma()),
        place(&c.places),
    ]
}

fn flow(report: &Report, f: &Flow, words: Words) -> Vec<String> {
    let mut notes = vec![];
    let said = [
        (f.encrypted, Text::IsEncrypted, Text::Cleartext),
        (f.authenticated, Text::IsAuthenticated, Text::Unauthenticated),
    ];
    for (known, yes, no) in said {
        notes.extend(known.map(|known| words.get(if known { yes } else { no }).to_owned()));
    }
    if f.crosses {
        notes.push(words.get(Text::Crosses).to_owned());
    }
    let mut what = vec![];
    what.extend(f.access.iter().map(|a| line(report.model.symbol("access", a))));
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
    const WIDEST: usize = 60;
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

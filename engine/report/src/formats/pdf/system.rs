//! The system: tables of its parts, and its figures.

use super::blocks::{Block, Column, Inline, Row, prose};
use super::threats::place;
use super::{Sheet, component_name, flow_name};
use crate::data::{Element, Model};
use crate::escape::line;
use crate::model::{shortened, tallies};
use crate::texts::Text;
use redan_threats::Spot;

/// Rows of a table; rows with findings come first where there are more.
const MOST_ROWS: usize = 300;

/// The components and the flows that have a row, by number, in the order of the rows.
pub fn listed(model: &Model) -> (Vec<usize>, Vec<usize>) {
    if model.components.is_empty() {
        return (vec![], vec![]);
    }
    let mut components: Vec<usize> = (0..model.components.len()).collect();
    let component = |n: &usize| model.components.get(*n);
    if components.len() > MOST_ROWS {
        components.sort_by_key(|n| component(n).is_none_or(|c| c.findings.is_empty()));
        components.truncate(MOST_ROWS);
    }
    components.sort_by_key(|n| component(n).map(|c| c.shape));
    let mut flows: Vec<usize> = (0..model.flows.len()).collect();
    if flows.len() > MOST_ROWS {
        flows.sort_by_key(|n| model.flows.get(*n).is_none_or(|f| f.findings.is_empty()));
        flows.truncate(MOST_ROWS);
    }
    (components, flows)
}

pub fn overview(sheet: &Sheet<'_>) -> Vec<Block> {
    let model = &sheet.report.model;
    if model.components.is_empty() {
        return vec![];
    }
    let mut out = vec![];
    if let Some(purpose) = &model.purpose {
        out.push(Block::heading(2, sheet.t(Text::Purpose)));
        let text = sheet.words.fill(Text::Quoted, &[&purpose.text]);
        out.push(Block::Text(vec![Inline::text(&format!("{text} ")), place(&purpose.at)]));
    }
    out.extend(posture(sheet));
    out.extend(components(sheet));
    out.extend(boundaries(sheet));
    out.extend(flows(sheet));
    out.extend(elements(sheet, Text::EntryPoints, &model.entry_points));
    out.extend(assets(sheet));
    out.extend(elements(sheet, Text::Data, &model.data));
    out
}

/// A table below its heading; nothing without rows.
fn titled(
    sheet: &Sheet<'_>,
    title: Text,
    all: usize,
    columns: Vec<Column>,
    rows: impl Iterator<Item = Row>,
) -> Vec<Block> {
    let rows: Vec<Row> = rows.take(MOST_ROWS).collect();
    if rows.is_empty() {
        return vec![];
    }
    let mut out = vec![Block::heading(2, &format!("{} ({all})", sheet.t(title)))];
    out.push(Block::Table { columns, rows });
    if all > MOST_ROWS {
        out.push(Block::text(&sheet.words.count(Text::AndMore, all - MOST_ROWS)));
    }
    out
}

fn columns(sheet: &Sheet<'_>, texts: &[(Text, u8)]) -> Vec<Column> {
    texts.iter().map(|(text, share)| Column::new(sheet.t(*text), *share)).collect()
}

/// The first place, if there is one, for a narrow column.
fn first_place(places: &[Spot]) -> Vec<Inline> {
    let place = |spot: &Spot| Inline::code(&format!("{}:{}", spot.path, spot.line));
    places.first().map(place).into_iter().collect()
}

/// The findings about an element, by number.
fn found(ids: &[String]) -> Vec<Inline> {
    vec![if ids.is_empty() {
        Inline::Soft("0".to_owned())
    } else {
        Inline::text(&ids.len().to_string())
    }]
}

fn posture(sheet: &Sheet<'_>) -> Vec<Block> {
    let rows: Vec<Row> = tallies(&sheet.report.model.posture)
        .iter()
        .filter(|(_, t)| t.yes + t.no + t.unknown > 0)
        .map(|(text, t)| {
            let numbers = [t.yes, t.no, t.unknown].map(|n| vec![Inline::text(&n.to_string())]);
            let name = vec![Inline::text(sheet.t(*text))];
            Row { name: None, cells: std::iter::once(name).chain(numbers).collect() }
        })
        .collect();
    if rows.is_empty() {
        return vec![];
    }
    let mut columns = vec![Column::new("", 5)];
    columns.extend(
        [Text::Yes, Text::No, Text::Unknown]
            .map(|t| Column { right: true, ..Column::new(sheet.t(t), 1) }),
    );
    vec![Block::heading(2, sheet.t(Text::Posture)), Block::Table { columns, rows }]
}

/// The name of a boundary with its trust.
fn zone(sheet: &Sheet<'_>, id: Option<&str>) -> Vec<Inline> {
    let zone = id.and_then(|id| sheet.report.model.boundaries.iter().find(|b| b.id == id));
    let text = zone.map(|b| match &b.trust {
        Some(trust) => format!("{} ({trust})", b.name),
        None => b.name.clone(),
    });
    text.map(|t| Inline::cell(&t)).into_iter().collect()
}

fn components(sheet: &Sheet<'_>) -> Vec<Block> {
    let words = sheet.words;
    let all = &sheet.report.model.components;
    let rows =
        sheet.components.iter().filter_map(|n| Some((n, all.get(*n)?))).map(|(number, c)| Row {
            name: Some(component_name(*number)),
            cells: vec![
                vec![Inline::cell(&c.name)],
                vec![Inline::cell(&c.kind)],
                vec![Inline::cell(c.technology.as_deref().unwrap_or(""))],
                zone(sheet, c.boundary.as_deref()),
                vec![Inline::cell(words.truth(c.internet_facing))],
                first_place(&c.places),
                found(&c.findings),
            ],
        });
    let head = [
        (Text::Name, 7),
        (Text::Kind, 4),
        (Text::Technology, 5),
        (Text::Boundary, 6),
        (Text::Internet, 4),
        (Text::SeenAt, 12),
    ];
    let mut columns = columns(sheet, &head);
    columns.push(count_column(sheet));
    titled(sheet, Text::Components, all.len(), columns, rows)
}

fn count_column(sheet: &Sheet<'_>) -> Column {
    Column { right: true, ..Column::new(sheet.t(Text::FindingsHeading), 4) }
}

fn boundaries(sheet: &Sheet<'_>) -> Vec<Block> {
    let all = &sheet.report.model.boundaries;
    let rows = all.iter().map(|b| Row {
        name: None,
        cells: vec![
            vec![Inline::cell(&b.name)],
            vec![Inline::cell(b.trust.as_deref().unwrap_or(sheet.t(Text::Unknown)))],
            zone(sheet, b.inside.as_deref()),
            first_place(&b.places),
        ],
    });
    let head = [(Text::Name, 6), (Text::Trust, 4), (Text::Around, 6), (Text::SeenAt, 7)];
    titled(sheet, Text::Boundaries, all.len(), columns(sheet, &head), rows)
}

fn flows(sheet: &Sheet<'_>) -> Vec<Block> {
    let words = sheet.words;
    let all = &sheet.report.model.flows;
    let rows = sheet.flows.iter().filter_map(|n| Some((n, all.get(*n)?))).map(|(number, f)| {
        let label = f.label.as_deref().map(|l| Inline::Soft(super::cell(&format!(" {l}"))));
        Row {
            name: Some(flow_name(*number)),
            cells: vec![
                std::iter::once(Inline::cell(&f.name)).chain(label).collect(),
                vec![Inline::cell(f.protocol.as_deref().unwrap_or(""))],
                vec![Inline::cell(words.truth(f.encrypted))],
                vec![Inline::cell(words.truth(f.authenticated))],
                vec![Inline::cell(&f.carries.join(words.comma()))],
                vec![Inline::cell(sheet.t(if f.crosses { Text::Yes } else { Text::No }))],
                first_place(&f.places),
                found(&f.findings),
            ],
        }
    });
    let head = [
        (Text::Name, 10),
        (Text::Protocol, 5),
        (Text::Encrypted, 5),
        (Text::Authenticated, 6),
        (Text::Carries, 5),
        (Text::Crosses, 5),
        (Text::SeenAt, 13),
    ];
    let mut columns = columns(sheet, &head);
    columns.push(count_column(sheet));
    titled(sheet, Text::Flows, all.len(), columns, rows)
}

fn elements(sheet: &Sheet<'_>, title: Text, list: &[Element]) -> Vec<Block> {
    let rows = list.iter().map(|e| {
        let known: Vec<String> = e
            .attributes
            .iter()
            .map(|(k, v)| format!("{k}: {}", v.join(sheet.words.comma())))
            .collect();
        Row {
            name: None,
            cells: vec![
                vec![Inline::cell(&e.name)],
                vec![Inline::cell(&known.join(sheet.words.comma()))],
                first_place(&e.places),
            ],
        }
    });
    let head = [(Text::Name, 5), (Text::Known, 8), (Text::SeenAt, 5)];
    titled(sheet, title, list.len(), columns(sheet, &head), rows)
}

fn assets(sheet: &Sheet<'_>) -> Vec<Block> {
    let words = sheet.words;
    let all = &sheet.report.model.assets;
    let rows = all.iter().map(|a| Row {
        name: None,
        cells: vec![
            vec![Inline::cell(&a.name)],
            vec![Inline::cell(a.class.as_deref().unwrap_or(sheet.t(Text::Unknown)))],
            vec![Inline::cell(&shortened(&a.stored_in, words))],
            vec![Inline::cell(&shortened(&a.carried_by, words))],
        ],
    });
    let head = [(Text::Name, 4), (Text::Class, 3), (Text::Stores, 6), (Text::Flows, 8)];
    titled(sheet, Text::SensitiveAssets, all.len(), columns(sheet, &head), rows)
}

pub fn diagram(sheet: &Sheet<'_>) -> Vec<Block> {
    let (figures, words) = (&sheet.figures, sheet.words);
    if figures.list.is_empty() {
        return vec![];
    }
    let mut out = vec![];
    if figures.list.len() > 1 {
        out.push(Block::text(sheet.t(Text::SplitDiagram)));
    }
    // The first picture is the key.
    out.push(Block::Key(0));
    for (number, (figure, drawn)) in figures.list.iter().zip(&sheet.drawn).enumerate() {
        let caption = if number == 0 {
            words.fill(Text::DiagramOf, &[&line(&sheet.report.system)])
        } else {
            let elements = figure.nodes.iter().filter(|n| n.component.is_some()).count();
            format!(
                "{}. {} ({})",
                number + 1,
                figure.title,
                words.count(Text::ElementCount, elements)
            )
        };
        let rest = match figure.flows_left_out {
            0 => String::new(),
            n => format!(" ({})", words.count(Text::FlowsLeftOut, n)),
        };
        out.push(Block::Figure {
            number: number + 1,
            width: drawn.width.ceil(),
            height: drawn.height.ceil(),
            caption: prose(&format!("{caption}{rest}")),
        });
    }
    if figures.left_out > 0 {
        out.push(Block::text(&words.count(Text::LeftOut, figures.left_out)));
    }
    out
}

//! The system: tables of its parts, and its figures.

use maud::{Markup, html};

use super::{Page, element_address, first_place, place, table};
use crate::data::{Component, Element, Flow, Shape};
use crate::diagram::{self, Drawn};
use crate::escape::line;
use crate::model::{shortened, tallies};
use crate::texts::Text;

/// Rows of a table: a browser lays out tables as a whole. Rows with findings come first.
const MOST_ROWS: usize = 2_000;
/// Rows of a table that stands open.
const OPEN_ROWS: usize = 15;

pub fn overview(page: &Page<'_>) -> Markup {
    let (model, words) = (&page.report.model, page.words);
    if model.components.is_empty() {
        return html! {};
    }
    let zone = |id: Option<&str>| {
        let zone = id.and_then(|id| model.boundaries.iter().find(|b| b.id == id));
        zone.map_or_else(String::new, |b| line(&model.zone(b)))
    };
    let found = |ids: &[String], id: &str| {
        html! {
            @if ids.is_empty() { span class="none" { "0" } }
            @else {
                a href="#threats" data-filter={ "el=" (id) } { (words.count(Text::Findings, ids.len())) }
            }
        }
    };
    let mut listed: Vec<&Component> = model.components.iter().collect();
    if listed.len() > MOST_ROWS {
        listed.sort_by_key(|c| c.findings.is_empty());
    }
    let mut components = vec![];
    for shape in Shape::ALL {
        for c in listed.iter().filter(|c| c.shape == shape) {
            components.push((
                Some(format!("el-{}", c.id)),
                vec![
                    html! { (line(&c.name)) },
                    html! { (line(model.kind_word(&c.kind))) },
                    html! { (line(c.technology.as_deref().unwrap_or(""))) },
                    html! { (zone(c.boundary.as_deref())) },
                    html! { (words.truth(c.internet_facing)) },
                    first_place(&c.places),
                    found(&c.findings, &c.id),
                ],
            ));
        }
    }
    let boundaries: Vec<_> = model
        .boundaries
        .iter()
        .map(|b| {
            (
                None,
                vec![
                    html! { (line(&b.name)) },
                    html! { (b.trust.as_deref().map_or_else(|| page.t(Text::Unknown).to_owned(), |t| line(model.symbol("trust", t)))) },
                    html! { (zone(b.inside.as_deref())) },
                    first_place(&b.places),
                ],
            )
        })
        .collect();
    let mut ordered: Vec<&Flow> = model.flows.iter().collect();
    if ordered.len() > MOST_ROWS {
        ordered.sort_by_key(|f| f.findings.is_empty());
    }
    let flows: Vec<_> = ordered
        .into_iter()
        .map(|f| {
            (
                Some(format!("el-{}", f.id)),
                vec![
                    html! { (line(&f.name)) },
                    html! { (line(f.label.as_deref().unwrap_or(""))) },
                    html! { (line(f.protocol.as_deref().unwrap_or(""))) },
                    html! { (words.truth(f.encrypted)) },
                    html! { (words.truth(f.authenticated)) },
                    html! { (line(&f.carries.join(words.comma()))) },
                    html! { (page.t(if f.crosses { Text::Yes } else { Text::No })) },
                    first_place(&f.places),
                    found(&f.findings, &f.id),
                ],
            )
        })
        .collect();
    let heads = |texts: &[Text]| texts.iter().map(|t| page.t(*t)).collect::<Vec<_>>();
    let elements = |list: &[Element]| -> Vec<_> {
        list.iter()
            .map(|e| {
                let known = model.known(&e.kind, &e.attributes, words);
                (
                    None,
                    vec![
                        html! { (line(&e.name)) },
                        html! { (line(&known.join(words.comma()))) },
                        first_place(&e.places),
                    ],
                )
            })
            .collect()
    };
    let assets: Vec<_> = model
        .assets
        .iter()
        .map(|a| {
            (None, vec![
                html! { (line(&a.name)) },
                html! { (a.class.as_deref().map_or_else(|| page.t(Text::Unknown).to_owned(), |c| line(model.symbol("class", c)))) },
                html! { (shortened(&a.stored_in, words)) },
                html! { (shortened(&a.carried_by, words)) },
            ])
        })
        .collect();
    let of_elements = [Text::Name, Text::Known, Text::SeenAt];
    html! {
        @if let Some(purpose) = &model.purpose {
            h3 { (page.t(Text::Purpose)) }
            p { (words.fill(Text::Quoted, &[&line(&purpose.text)])) " " (place(&purpose.at)) }
        }
        (posture(page))
        (folded(page, Text::Components, &heads(&[Text::Name, Text::Kind, Text::Technology, Text::Boundary, Text::Internet, Text::SeenAt, Text::FindingsHeading]), &components))
        (folded(page, Text::Boundaries, &heads(&[Text::Name, Text::Trust, Text::Around, Text::SeenAt]), &boundaries))
        (folded(page, Text::Flows, &heads(&[Text::Name, Text::Label, Text::Protocol, Text::Encrypted, Text::Authenticated, Text::Carries, Text::Crosses, Text::SeenAt, Text::FindingsHeading]), &flows))
        (folded(page, Text::EntryPoints, &heads(&of_elements), &elements(&model.entry_points)))
        (folded(page, Text::SensitiveAssets, &heads(&[Text::Name, Text::Class, Text::Stores, Text::Flows]), &assets))
        (folded(page, Text::Data, &heads(&of_elements), &elements(&model.data)))
    }
}

/// How far the system is protected, as far as that is known.
fn posture(page: &Page<'_>) -> Markup {
    let rows: Vec<Row> = tallies(&page.report.model.posture)
        .iter()
        .filter(|(_, t)| t.yes + t.no + t.unknown > 0)
        .map(|(text, t)| {
            let cells = [t.yes, t.no, t.unknown].map(|n| html! { (n) });
            (None, [html! { (page.t(*text)) }].into_iter().chain(cells).collect())
        })
        .collect();
    let head = [Text::Posture, Text::Yes, Text::No, Text::Unknown].map(|t| page.t(t));
    html! { @if !rows.is_empty() { (table(page.t(Text::Posture), &head, &rows)) } }
}

type Row = (Option<String>, Vec<Markup>);

/// A table under its heading; a long one is closed at first.
fn folded(page: &Page<'_>, title: Text, head: &[&str], rows: &[Row]) -> Markup {
    html! {
        @if !rows.is_empty() {
            details open[rows.len() <= OPEN_ROWS] {
                summary { h3 { (page.t(title)) " (" (rows.len()) ")" } }
                (table(page.t(title), head, rows.get(..MOST_ROWS).unwrap_or(rows)))
                @if rows.len() > MOST_ROWS { p { (page.words.count(Text::AndMore, rows.len() - MOST_ROWS)) } }
            }
        }
    }
}

pub fn diagram(page: &Page<'_>) -> Markup {
    let words = page.words;
    if page.figures.list.is_empty() {
        return html! {};
    }
    let key = diagram::legend(words);
    let total = page.figures.list.len();
    html! {
        div class="key" { (svg(&key, page.t(Text::Legend), false)) }
        @if total > 1 { p { (page.t(Text::SplitDiagram)) } }
        @for (number, figure) in page.figures.list.iter().enumerate() {
            @let label = if number == 0 {
                words.fill(Text::DiagramOf, &[&line(&page.report.system)])
            } else {
                format!("{}. {}", number + 1, line(&figure.title))
            };
            @let drawn = diagram::figure(figure, words, Some(element_address));
            @let body = html! {
                div class="tools" hidden {
                    button type="button" data-zoom="in" { (page.t(Text::ZoomIn)) }
                    button type="button" data-zoom="out" { (page.t(Text::ZoomOut)) }
                    button type="button" data-zoom="fit" { (page.t(Text::ZoomReset)) }
                }
                div class="canvas" role="region" tabindex="0" aria-label=(label) {
                    (svg(&drawn, &label, true))
                }
            };
            @let rest = html! {
                @if figure.flows_left_out > 0 { p { (words.count(Text::FlowsLeftOut, figure.flows_left_out)) } }
            };
            @if number == 0 {
                figure { (body) (rest) p class="picked" role="status" {} }
            } @else {
                details class="part" {
                    summary { (label) " (" (words.count(Text::ElementCount, figure.nodes.iter().filter(|n| n.component.is_some()).count())) ")" }
                    figure { (body) (rest) p class="picked" role="status" {} }
                }
            }
        }
        @if page.figures.left_out > 0 { p { (words.count(Text::LeftOut, page.figures.left_out)) } }
    }
}

fn svg(drawn: &Drawn, label: &str, links: bool) -> Markup {
    let (w, h) = (drawn.width.ceil(), drawn.height.ceil());
    // Elements are links, which a picture as a whole could not have.
    let role = if links { "group" } else { "img" };
    html! {
        svg class="dfd" role=(role) aria-label=(label) width=(w) height=(h) viewBox=(format!("0 0 {w} {h}")) {
            (drawn.body)
        }
    }
}

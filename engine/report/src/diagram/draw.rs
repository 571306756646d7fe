//! Figures as SVG.

use maud::{Markup, PreEscaped, html};

use super::layout::{Graph, Laid, Rect, layout};
use super::scene::{Badge, Edge, Figure, Figures, Form, Node};
use super::text::fit;
use crate::data::Shape;
use crate::escape::line;
use crate::layout::width;
use crate::texts::{Text, Words};

/// Width of a column of text, for the sizes below.
const COLUMN: f64 = 7.2;
/// The same of a zone's name, which is bold.
const ZONE_COLUMN: f64 = 7.8;
/// The same of a flow's label, which is small.
const FLOW_COLUMN: f64 = 6.2;
/// Height of a line of text.
const LINE: f64 = 16.0;
/// Columns of a node's text.
const NODE_COLUMNS: usize = 24;
/// Columns of a flow's label.
const FLOW_COLUMNS: usize = 22;

/// Looks, by class. Colours are variables, so that a page can be dark.
pub const STYLE: &str = "\
.dfd{font-family:system-ui,'Noto Sans','Noto Sans JP','Noto Sans CJK JP',sans-serif;font-size:13px}\
.dfd text{fill:var(--ink)}.dfd .sheet{fill:var(--paper)}.dfd .box{fill:var(--soft);stroke:var(--line);stroke-width:1.5}\
.dfd .store .box{stroke:none}.dfd .rule{stroke:var(--line);stroke-width:2}\
.dfd .group .box{stroke-width:2.5;stroke-dasharray:8 4;stroke:var(--zone)}\
.dfd .small{font-size:11px}.dfd .zone rect{fill:none;stroke:var(--zone);stroke-width:1.5;stroke-dasharray:7 5}\
.dfd .zone text{fill:var(--zone);font-weight:600}\
.dfd .flow path{fill:none;stroke:var(--line);stroke-width:1.4}.dfd .flow polygon{fill:var(--line)}\
.dfd .flow text{font-size:11px}\
.dfd .crosses path{stroke-width:3}.dfd .badge rect{stroke-width:1.5}\
.dfd .badge text{font-size:11px;font-weight:700;fill:#fff}\
.dfd .critical rect{fill:#7d0a2e;stroke:#7d0a2e}.dfd .high rect{fill:#b42318;stroke:#b42318}\
.dfd .medium rect{fill:#8a5300;stroke:#8a5300}.dfd .low rect{fill:#1f5fa8;stroke:#1f5fa8}\
.dfd .info rect{fill:#565e68;stroke:#565e68}.dfd .maybe rect{fill:var(--paper);stroke-dasharray:4 2}\
.dfd .maybe text{fill:var(--ink)}";

/// The variables of [`STYLE`], for a light page. A picture that stands alone has them filled in: not
/// every program that shows SVG knows variables.
pub const LIGHT: [(&str, &str); 5] = [
    ("--ink", "#1b1f24"),
    ("--paper", "#ffffff"),
    ("--soft", "#f3f5f8"),
    ("--line", "#57606a"),
    ("--zone", "#6639ba"),
];

/// Whole numbers and one decimal: what a browser can tell apart.
fn n(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// A figure with its size, in points of the picture.
pub struct Drawn {
    pub width: f64,
    pub height: f64,
    pub body: Markup,
}

/// Draws a figure. With `link`, elements lead to the address that it gives for a component.
pub fn figure(figure: &Figure, words: Words, link: Option<fn(&str) -> String>) -> Drawn {
    let sizes: Vec<(Vec<String>, Vec<String>, f64, f64)> =
        figure.nodes.iter().map(|node| measured(node, figure)).collect();
    let labels: Vec<Vec<String>> =
        figure.edges.iter().map(|e| fit(&line(&e.label), FLOW_COLUMNS, 2)).collect();
    let graph = Graph {
        nodes: sizes.iter().map(|(_, _, w, h)| (*w, *h)).collect(),
        zone_of: figure.nodes.iter().map(|n| n.zone).collect(),
        zones: figure.zones.iter().map(|z| z.inside).collect(),
        edges: figure
            .edges
            .iter()
            .zip(&labels)
            .map(|(e, label)| {
                let widest = label.iter().map(|l| width(l)).max().unwrap_or(0);
                let badge = e.badge.as_ref().map_or((0.0, 0.0), |b| (badge_width(b, words), 18.0));
                let size = (
                    (widest as f64 * FLOW_COLUMN).max(badge.0),
                    label.len() as f64 * 14.0 + badge.1,
                );
                (e.from, e.to, if size.0 > 0.0 { (size.0 + 12.0, size.1 + 6.0) } else { size })
            })
            .collect(),
    };
    let laid = layout(&graph);
    let body = html! {
        @for (zone, rect) in figure.zones.iter().zip(&laid.zones) {
            @if let Some(rect) = rect { (zone_box(&zone.name, *rect)) }
        }
        @for ((edge, route), label) in figure.edges.iter().zip(&laid.lines).zip(&labels) {
            (flow(edge, &route.points, route.label, label, figure, words))
        }
        @for ((node, rect), (name, detail, _, _)) in figure.nodes.iter().zip(&laid.nodes).zip(&sizes) {
            (element(node, *rect, name, detail, words, link))
        }
    };
    let Laid { width, height, .. } = laid;
    Drawn { width, height, body }
}

/// The lines of a node and its size: at least as wide as the name of its zone wants, so that a zone
/// of one node can be read.
fn measured(node: &Node, figure: &Figure) -> (Vec<String>, Vec<String>, f64, f64) {
    let name = fit(&line(&node.name), NODE_COLUMNS, 2);
    let detail = fit(&line(&node.detail), NODE_COLUMNS + 2, 1);
    let widest = name.iter().map(|l| width(l) as f64).fold(0.0, f64::max);
    let small = detail.iter().map(|l| width(l) as f64 * 0.86).fold(0.0, f64::max);
    let zone = node.zone.and_then(|z| figure.zones.get(z)).map_or(0, |z| width(&line(&z.name)));
    let zone = zone.min(NODE_COLUMNS + 2) as f64 * ZONE_COLUMN - 16.0;
    let w = (widest.max(small) * COLUMN + 30.0).max(96.0).max(zone);
    let h = name.len() as f64 * LINE + detail.len() as f64 * 14.0 + 20.0;
    (name, detail, w, h)
}

fn zone_box(name: &str, rect: Rect) -> Markup {
    let columns = ((rect.w - 18.0) / ZONE_COLUMN).max(4.0) as usize;
    html! {
        g class="zone" {
            title { (line(name)) }
            rect x=(n(rect.x)) y=(n(rect.y)) width=(n(rect.w)) height=(n(rect.h)) rx="8" {}
            text x=(n(rect.x + 10.0)) y=(n(rect.y + 18.0)) {
                (fit(&line(name), columns, 1).concat())
            }
        }
    }
}

fn element(
    node: &Node,
    rect: Rect,
    name: &[String],
    detail: &[String],
    words: Words,
    link: Option<fn(&str) -> String>,
) -> Markup {
    let class = match node.form {
        Form::Group => "node group",
        Form::Shape(Shape::Actor) => "node actor",
        Form::Shape(Shape::External) => "node external",
        Form::Shape(Shape::Process) => "node process",
        Form::Shape(Shape::Store) => "node store",
    };
    let (cx, cy) = rect.centre();
    let block = name.len() as f64 * LINE + detail.len() as f64 * 14.0;
    let top = cy - block / 2.0;
    let corner = match node.form {
        Form::Shape(Shape::Process) => rect.h / 2.0,
        Form::Group => 8.0,
        Form::Shape(_) => 0.0,
    };
    let mut title = format!("{} · {}", line(&node.name), line(&node.detail));
    if let Some(badge) = &node.badge {
        title.push_str(&format!(" · {}", badge_title(badge, words)));
    }
    let inner = html! {
        title { (title) }
        rect class="box" x=(n(rect.x)) y=(n(rect.y)) width=(n(rect.w)) height=(n(rect.h)) rx=(n(corner)) {}
        @if node.form == Form::Shape(Shape::Store) {
            @for y in [rect.y, rect.y + rect.h] {
                line class="rule" x1=(n(rect.x)) x2=(n(rect.x + rect.w)) y1=(n(y)) y2=(n(y)) {}
            }
        }
        @for (i, text) in name.iter().enumerate() {
            text x=(n(cx)) y=(n(top + LINE * i as f64 + 12.5)) text-anchor="middle" { (text) }
        }
        @for text in detail {
            text class="small" x=(n(cx)) y=(n(top + LINE * name.len() as f64 + 11.5)) text-anchor="middle" { (text) }
        }
        @if let Some(badge) = &node.badge {
            (pill(badge, rect.x + rect.w + 6.0 - badge_width(badge, words), rect.y - 10.0, words))
        }
    };
    let address = link.and_then(|link| node.component.as_deref().map(link));
    html! {
        @match address {
            Some(address) => {
                a class=(class) href=(address) data-el=[node.component.as_deref()] { (inner) }
            }
            None => { g class=(class) { (inner) } }
        }
    }
}

fn flow(
    edge: &Edge,
    points: &[(f64, f64)],
    at: (f64, f64),
    label: &[String],
    figure: &Figure,
    words: Words,
) -> Markup {
    let class = if edge.crosses { "flow crosses" } else { "flow" };
    let id = |n: usize| figure.nodes.get(n).and_then(|n| n.component.as_deref()).unwrap_or("");
    let badge = edge.badge.as_ref();
    let height = label.len() as f64 * 14.0 + if badge.is_some() { 18.0 } else { 0.0 };
    let top = at.1 - height / 2.0;
    let mut titles: Vec<String> = edge.titles.iter().map(|t| line(t)).collect();
    if edge.count > titles.len() {
        titles.push(words.count(Text::AndMore, edge.count - titles.len()));
    }
    titles.extend(badge.map(|b| badge_title(b, words)));
    html! {
        g class=(class) data-from=(id(edge.from)) data-to=(id(edge.to)) data-el=(edge.flows.join(" ")) {
            title { (titles.join("\n")) }
            path d=(path(points, edge.crosses)) {}
            (arrow(points, edge.crosses))
            @if !label.is_empty() {
                @let wide = label.iter().map(|l| width(l)).max().unwrap_or(0) as f64 * FLOW_COLUMN + 4.0;
                rect class="sheet" x=(n(at.0 - wide / 2.0)) y=(n(top - 1.0)) width=(n(wide))
                    height=(label.len() * 14 + 2) {}
            }
            @for (i, text) in label.iter().enumerate() {
                text x=(n(at.0)) y=(n(top + 14.0 * i as f64 + 11.0)) text-anchor="middle" { (text) }
            }
            @if let Some(badge) = badge {
                (pill(badge, at.0 - badge_width(badge, words) / 2.0, top + label.len() as f64 * 14.0 + 2.0, words))
            }
        }
    }
}

/// A line through points, its corners rounded; it ends where the arrow's head begins.
fn path(points: &[(f64, f64)], strong: bool) -> String {
    let mut points = points.to_vec();
    if let [.., before, end] = points.as_mut_slice() {
        let length = (end.0 - before.0).hypot(end.1 - before.1);
        let cut = (head(strong) - 1.0).min(length * 0.9);
        if length > 0.0 {
            end.0 -= (end.0 - before.0) / length * cut;
            end.1 -= (end.1 - before.1) / length * cut;
        }
    }
    let p = |(x, y): (f64, f64)| format!("{} {}", n(x), n(y));
    let mut out = points.first().map_or_else(String::new, |first| format!("M{}", p(*first)));
    for corner in points.windows(3) {
        let [before, at, after] = corner else { continue };
        out.push_str(&format!("L{}Q{} {}", p(near(*at, *before)), p(*at), p(near(*at, *after))));
    }
    if let Some(last) = points.last() {
        out.push_str(&format!("L{}", p(*last)));
    }
    out
}

/// The point at which a rounded corner begins or ends, on the way to another point.
fn near(corner: (f64, f64), to: (f64, f64)) -> (f64, f64) {
    let (dx, dy) = (to.0 - corner.0, to.1 - corner.1);
    let share = (24.0 / dx.hypot(dy).max(0.001)).min(0.5);
    (corner.0 + dx * share, corner.1 + dy * share)
}

fn head(strong: bool) -> f64 {
    if strong { 12.0 } else { 9.0 }
}

fn arrow(points: &[(f64, f64)], strong: bool) -> Markup {
    let [.., before, end] = points else { return html! {} };
    let length = (end.0 - before.0).hypot(end.1 - before.1);
    if length <= 0.0 {
        return html! {};
    }
    let (ux, uy) = ((end.0 - before.0) / length, (end.1 - before.1) / length);
    let size = head(strong);
    let (bx, by) = (end.0 - ux * size, end.1 - uy * size);
    let side = size * 0.45;
    let corners = [*end, (bx - uy * side, by + ux * side), (bx + uy * side, by - ux * side)];
    let corners: Vec<String> =
        corners.iter().map(|(x, y)| format!("{},{}", n(*x), n(*y))).collect();
    html! { polygon points=(corners.join(" ")) {} }
}

fn badge_text(badge: &Badge, words: Words) -> String {
    let sure = if badge.confirmed { "" } else { "?" };
    format!("{} {}{sure}", words.risk(badge.worst()), badge.total())
}

fn badge_title(badge: &Badge, words: Words) -> String {
    let counts: Vec<String> = badge
        .by_severity
        .iter()
        .rev()
        .map(|(risk, count)| format!("{} {count}", words.risk(*risk)))
        .collect();
    format!("{}: {}", words.count(Text::Findings, badge.total()), counts.join(words.comma()))
}

fn badge_width(badge: &Badge, words: Words) -> f64 {
    width(&badge_text(badge, words)) as f64 * 6.6 + 14.0
}

/// A mark with the worst severity and the number of findings; an outline if none is confirmed.
fn pill(badge: &Badge, x: f64, y: f64, words: Words) -> Markup {
    let w = badge_width(badge, words);
    let sure = if badge.confirmed { "" } else { " maybe" };
    html! {
        g class={ "badge " (badge.worst().word()) (sure) } {
            rect x=(n(x)) y=(n(y)) width=(n(w)) height="17" rx="8.5" {}
            text x=(n(x + w / 2.0)) y=(n(y + 12.5)) text-anchor="middle" { (badge_text(badge, words)) }
        }
    }
}

/// What the symbols mean, as a picture.
pub fn legend(words: Words) -> Drawn {
    let mut x = 8.0;
    let mut items = vec![];
    let mut place = |columns: f64| {
        let at = x;
        x += columns;
        at
    };
    for (form, text) in [
        (Form::Shape(Shape::Actor), Text::LegendActor),
        (Form::Shape(Shape::Process), Text::LegendProcess),
        (Form::Shape(Shape::Store), Text::LegendStore),
        (Form::Group, Text::LegendZone),
    ] {
        let label = words.get(text);
        let w = width(label) as f64 * COLUMN + 26.0;
        let rect = Rect { x: place(w + 14.0), y: 8.0, w, h: 26.0 };
        if form == Form::Group {
            items.push(html! {
                g class="zone" {
                    rect x=(n(rect.x)) y=(n(rect.y)) width=(n(rect.w)) height=(n(rect.h)) rx="8" {}
                    text x=(n(rect.x + rect.w / 2.0)) y="25.5" text-anchor="middle" { (label) }
                }
            });
            continue;
        }
        let node = Node {
            component: None,
            name: label.to_owned(),
            detail: String::new(),
            form,
            zone: None,
            badge: None,
        };
        items.push(element(&node, rect, &[label.to_owned()], &[], words, None));
    }
    // Lines and marks stand on a second row: a page is not that wide.
    let first = x;
    x = 8.0;
    let mut place = |columns: f64| {
        let at = x;
        x += columns;
        at
    };
    for (strong, text) in [(false, Text::LegendFlow), (true, Text::LegendCrossing)] {
        let label = words.get(text);
        let w = width(label) as f64 * FLOW_COLUMN;
        let at = place(w + 66.0);
        let points = [(at, 55.0), (at + 40.0, 55.0)];
        items.push(html! {
            g class=(if strong { "flow crosses" } else { "flow" }) {
                path d=(path(&points, strong)) {}
                (arrow(&points, strong))
                text x=(n(at + 46.0)) y="59" { (label) }
            }
        });
    }
    for (confirmed, text) in [(true, Text::LegendConfirmed), (false, Text::LegendPossible)] {
        let label = words.get(text);
        let badge =
            Badge { by_severity: [(redan_program::schema::Risk::High, 2)].into(), confirmed };
        let own = badge_width(&badge, words);
        let at = place(own + width(label) as f64 * FLOW_COLUMN + 24.0);
        items.push(html! {
            (pill(&badge, at, 46.5, words))
            text class="small" x=(n(at + own + 6.0)) y="59" { (label) }
        });
    }
    Drawn { width: x.max(first), height: 74.0, body: html! { @for item in items { (item) } } }
}

/// [`STYLE`] with the variables of [`LIGHT`] filled in.
fn light() -> String {
    LIGHT
        .iter()
        .fold(STYLE.to_owned(), |s, (name, value)| s.replace(&format!("var({name})"), value))
}

/// One figure as a file of its own.
pub fn picture(drawn: &Drawn) -> String {
    let (w, h) = (drawn.width.ceil(), drawn.height.ceil());
    let body = html! {
        svg xmlns="http://www.w3.org/2000/svg" class="dfd" width=(w) height=(h) viewBox=(format!("0 0 {w} {h}")) {
            style { (PreEscaped(light())) }
            (drawn.body)
        }
    };
    body.into_string()
}

/// All figures below each other, as a file of its own.
pub fn document(system: &str, figures: &Figures, words: Words) -> String {
    let drawn: Vec<Drawn> = figures.list.iter().map(|f| figure(f, words, None)).collect();
    let key = legend(words);
    let title = words.fill(Text::DiagramOf, &[&line(system)]);
    let wide = drawn.iter().chain([&key]).map(|d| d.width).fold(320.0, f64::max);
    let mut y = 44.0 + key.height;
    let mut parts = vec![];
    for (figure, drawn) in figures.list.iter().zip(&drawn) {
        parts.push(html! {
            text x="16" y=(n(y + 16.0)) font-weight="600" {
                (line(&figure.title))
                @if figure.flows_left_out > 0 {
                    " (" (words.count(Text::FlowsLeftOut, figure.flows_left_out)) ")"
                }
            }
            g transform=(format!("translate(0 {})", n(y + 22.0))) { (drawn.body) }
        });
        y += drawn.height + 44.0;
    }
    if figures.left_out > 0 {
        parts.push(html! {
            text x="16" y=(n(y + 12.0)) { (words.count(Text::LeftOut, figures.left_out)) }
        });
        y += 28.0;
    }
    let (w, h) = (n(wide), n(y));
    let style = light();
    let body = html! {
        (PreEscaped("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"))
        svg xmlns="http://www.w3.org/2000/svg" class="dfd" role="img" width=(w) height=(h)
            viewBox=(format!("0 0 {w} {h}")) {
            title { (title) }
            style { (PreEscaped(style)) }
            rect class="sheet" width="100%" height="100%" {}
            text x="16" y="26" font-size="17" font-weight="700" { (title) }
            g transform="translate(8 34)" { (key.body) }
            @for part in parts { (part) }
        }
    };
    let mut out = body.into_string();
    out.push('\n');
    out
}

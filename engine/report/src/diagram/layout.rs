//! Where things stand: `dagre` for nodes, zones around them, and lines between them.
//!
//! The library lays out nested zones at once, which gives the best lines. It may still put something
//! into a zone that it is not in, so the result is checked; a figure that fails is laid out from the
//! innermost zone outwards, where that cannot happen, with straight lines between zones.

use dagre::graph::{Graph as Dagre, GraphOptions};
use dagre::{EdgeLabel, LayoutOptions, NodeLabel, RankDir};

/// Space between a zone and what is in it.
const PAD: f64 = 18.0;
/// Space for the name of a zone above what is in it.
const HEAD: f64 = 24.0;
/// Space between nodes beside each other.
const APART: f64 = 36.0;
/// Space between a node and the next one of a flow.
const STEP: f64 = 46.0;

/// What is laid out.
#[derive(Debug, Default)]
pub struct Graph {
    /// Width and height of each node.
    pub nodes: Vec<(f64, f64)>,
    /// The zone that each node is in.
    pub zone_of: Vec<Option<usize>>,
    /// The zone around each zone, which stands before it.
    pub zones: Vec<Option<usize>>,
    /// From, to, and the size of the label.
    pub edges: Vec<(usize, usize, (f64, f64))>,
}

/// A rectangle.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Rect {
    pub x: f64,
    pub y: f64,
    pub w: f64,
    pub h: f64,
}

impl Rect {
    pub fn centre(self) -> (f64, f64) {
        (self.x + self.w / 2.0, self.y + self.h / 2.0)
    }

    fn around(self, other: Self) -> Self {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        let right = (self.x + self.w).max(other.x + other.w);
        let bottom = (self.y + self.h).max(other.y + other.h);
        Self { x, y, w: right - x, h: bottom - y }
    }

    pub fn holds(self, other: Self) -> bool {
        let slack = 0.01;
        self.x <= other.x + slack
            && self.y <= other.y + slack
            && self.x + self.w + slack >= other.x + other.w
            && self.y + self.h + slack >= other.y + other.h
    }

    pub fn meets(self, other: Self) -> bool {
        self.x < other.x + other.w
            && other.x < self.x + self.w
            && self.y < other.y + other.h
            && other.y < self.y + self.h
    }

    fn moved(self, dx: f64, dy: f64) -> Self {
        Self { x: self.x + dx, y: self.y + dy, ..self }
    }
}

/// A line with the place of its label.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Line {
    pub points: Vec<(f64, f64)>,
    pub label: (f64, f64),
}

/// Where everything stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Laid {
    pub nodes: Vec<Rect>,
    /// None of a zone with nothing in it.
    pub zones: Vec<Option<Rect>>,
    pub lines: Vec<Line>,
    pub width: f64,
    pub height: f64,
}

/// Lays a graph out.
pub fn layout(graph: &Graph) -> Laid {
    let mut laid = at_once(graph);
    if !sound(graph, &laid) {
        laid = inside_out(graph);
    }
    fit(&mut laid);
    laid
}

/// Whether everything is in its zone and nothing overlaps.
pub fn sound(graph: &Graph, laid: &Laid) -> bool {
    let above = |zone: Option<usize>| {
        std::iter::successors(zone, |z| graph.zones.get(*z).copied().flatten())
            .take(graph.zones.len() + 1)
            .collect::<Vec<_>>()
    };
    let apart = |a: &Rect, others: &[Rect]| others.iter().all(|b| !a.meets(*b));
    let nodes = laid.nodes.iter().enumerate().all(|(i, rect)| {
        let own = above(graph.zone_of.get(i).copied().flatten());
        rect.x.is_finite()
            && rect.y.is_finite()
            && apart(rect, laid.nodes.get(i + 1..).unwrap_or_default())
            && laid.zones.iter().enumerate().all(|(z, zone)| {
                zone.is_none_or(|zone| {
                    if own.contains(&z) { zone.holds(*rect) } else { !zone.meets(*rect) }
                })
            })
    });
    nodes
        && laid.zones.iter().enumerate().all(|(i, a)| {
            let Some(a) = a else { return true };
            let own = above(Some(i));
            laid.zones.iter().enumerate().all(|(j, b)| {
                let Some(b) = b.filter(|_| i != j) else { return true };
                if own.contains(&j) {
                    b.holds(*a)
                } else {
                    above(Some(j)).contains(&i) || !a.meets(b)
                }
            })
        })
}

fn dagre(compound: bool) -> Dagre<NodeLabel, EdgeLabel> {
    Dagre::with_options(GraphOptions { directed: true, multigraph: true, compound })
}

fn options() -> LayoutOptions {
    LayoutOptions {
        rankdir: RankDir::LR,
        nodesep: APART,
        edgesep: 24.0,
        ranksep: STEP,
        ..LayoutOptions::default()
    }
}

fn label(size: (f64, f64)) -> EdgeLabel {
    EdgeLabel {
        width: size.0,
        height: size.1,
        labelpos: dagre::layout::types::LabelPos::Center,
        ..EdgeLabel::default()
    }
}

/// Lines that are not drawn: nodes without flows would stand in one long column, so they are tied
/// into rows.
fn rows(alone: &[usize]) -> Vec<(usize, usize)> {
    let across = ((alone.len() as f64 / 2.0).sqrt().ceil() as usize).max(1);
    alone
        .chunks(across)
        .flat_map(|row| row.windows(2))
        .filter_map(|pair| Some((*pair.first()?, *pair.get(1)?)))
        .collect()
}

fn at_once(graph: &Graph) -> Laid {
    let mut g = dagre(true);
    let (node, zone) = (|i: usize| format!("n{i}"), |i: usize| format!("z{i}"));
    for (i, _) in graph.zones.iter().enumerate() {
        if graph.zone_of.contains(&Some(i)) || graph.zones.contains(&Some(i)) {
            g.set_node(zone(i), Some(NodeLabel::default()));
        }
    }
    for (i, (width, height)) in graph.nodes.iter().enumerate() {
        let label = NodeLabel { width: *width, height: *height, ..NodeLabel::default() };
        g.set_node(node(i), Some(label));
        if let Some(z) = graph.zone_of.get(i).copied().flatten() {
            g.set_parent(&node(i), Some(&zone(z)));
        }
    }
    for (i, outer) in graph.zones.iter().enumerate() {
        if let Some(outer) = outer
            && g.has_node(&zone(i))
        {
            g.set_parent(&zone(i), Some(&zone(*outer)));
        }
    }
    for (i, (from, to, size)) in graph.edges.iter().enumerate() {
        g.set_edge(node(*from), node(*to), Some(label(*size)), Some(&format!("e{i}")));
    }
    let tied = |i: &usize| graph.edges.iter().any(|(a, b, _)| a == i || b == i);
    let mut homes: Vec<Option<usize>> = graph.zone_of.clone();
    homes.sort_unstable();
    homes.dedup();
    for home in homes {
        let alone: Vec<usize> = (0..graph.nodes.len())
            .filter(|i| graph.zone_of.get(*i) == Some(&home) && !tied(i))
            .collect();
        for (a, b) in rows(&alone) {
            g.set_edge(node(a), node(b), Some(label((0.0, 0.0))), Some("row"));
        }
    }
    dagre::layout::layout(&mut g, Some(options()));
    let nodes: Vec<Rect> = (0..graph.nodes.len()).map(|i| placed(&g, &node(i))).collect();
    let zones = zones_around(graph, &nodes);
    let lines = graph
        .edges
        .iter()
        .enumerate()
        .map(|(i, (from, to, _))| {
            line(&g, &node(*from), &node(*to), &format!("e{i}"), &nodes, (*from, *to))
        })
        .collect();
    Laid { nodes, zones, lines, ..Laid::default() }
}

fn placed(g: &Dagre<NodeLabel, EdgeLabel>, name: &str) -> Rect {
    g.node(name).map_or_else(Rect::default, |n| Rect {
        x: n.x.unwrap_or(f64::NAN) - n.width / 2.0,
        y: n.y.unwrap_or(f64::NAN) - n.height / 2.0,
        w: n.width,
        h: n.height,
    })
}

fn line(
    g: &Dagre<NodeLabel, EdgeLabel>,
    from: &str,
    to: &str,
    name: &str,
    nodes: &[Rect],
    ends: (usize, usize),
) -> Line {
    let edge = g.edge(from, to, Some(name));
    let points: Vec<(f64, f64)> =
        edge.map(|e| e.points.iter().map(|p| (p.x, p.y)).collect()).unwrap_or_default();
    if points.len() < 2 || points.iter().any(|(x, y)| !x.is_finite() || !y.is_finite()) {
        return straight(nodes, ends);
    }
    let middle = points.get(points.len() / 2).copied().unwrap_or_default();
    let label = edge.and_then(|e| e.x.zip(e.y)).filter(|(x, y)| x.is_finite() && y.is_finite());
    Line { label: label.unwrap_or(middle), points }
}

/// A straight line from border to border.
fn straight(nodes: &[Rect], (from, to): (usize, usize)) -> Line {
    let (Some(a), Some(b)) = (nodes.get(from), nodes.get(to)) else { return Line::default() };
    if from == to {
        let (x, y) = a.centre();
        let (right, top) = (a.x + a.w, a.y);
        let points = vec![
            (right, y),
            (right + 22.0, y),
            (right + 22.0, top - 14.0),
            (x, top - 14.0),
            (x, top),
        ];
        return Line { points, label: (right + 22.0, top - 14.0) };
    }
    let (start, end) = (border(*a, b.centre()), border(*b, a.centre()));
    let middle = (f64::midpoint(start.0, end.0), f64::midpoint(start.1, end.1));
    Line { points: vec![start, end], label: middle }
}

/// Where the line from the middle of a rectangle to a point leaves it.
fn border(rect: Rect, to: (f64, f64)) -> (f64, f64) {
    let (cx, cy) = rect.centre();
    let (dx, dy) = (to.0 - cx, to.1 - cy);
    let scale = |half: f64, d: f64| if d.abs() < 0.001 { f64::INFINITY } else { half / d.abs() };
    let share = scale(rect.w / 2.0, dx).min(scale(rect.h / 2.0, dy)).min(1.0);
    (cx + dx * share, cy + dy * share)
}

/// The boxes of zones: what is in them, and room for the name. Zones stand behind the zone around
/// them, so going backwards meets inner ones first.
fn zones_around(graph: &Graph, nodes: &[Rect]) -> Vec<Option<Rect>> {
    let mut inner: Vec<Option<Rect>> = vec![None; graph.zones.len()];
    let grow = |slot: Option<&mut Option<Rect>>, rect: Rect| {
        if let Some(slot) = slot {
            *slot = Some(slot.map_or(rect, |r| r.around(rect)));
        }
    };
    for (rect, zone) in nodes.iter().zip(&graph.zone_of) {
        if let Some(zone) = zone {
            grow(inner.get_mut(*zone), *rect);
        }
    }
    for i in (0..graph.zones.len()).rev() {
        let Some(own) = inner.get(i).copied().flatten() else { continue };
        let padded = Rect {
            x: own.x - PAD,
            y: own.y - PAD - HEAD,
            w: own.w + 2.0 * PAD,
            h: own.h + 2.0 * PAD + HEAD,
        };
        if let Some(slot) = inner.get_mut(i) {
            *slot = Some(padded);
        }
        if let Some(outer) = graph.zones.get(i).copied().flatten() {
            grow(inner.get_mut(outer), padded);
        }
    }
    inner
}

/// Zone by zone, innermost first; a zone that is done is a node of the zone around it.
fn inside_out(graph: &Graph) -> Laid {
    let count = graph.nodes.len();
    // Things are nodes, then zones.
    let home = |thing: usize| -> Option<usize> {
        if thing < count {
            graph.zone_of.get(thing).copied().flatten()
        } else {
            graph.zones.get(thing - count).copied().flatten()
        }
    };
    let total = count + graph.zones.len();
    let mut boxes: Vec<Option<Rect>> = graph
        .nodes
        .iter()
        .map(|(w, h)| Some(Rect { x: 0.0, y: 0.0, w: *w, h: *h }))
        .chain(vec![None; graph.zones.len()])
        .collect();
    let mut lines: Vec<Option<Line>> = vec![None; graph.edges.len()];
    let containers = (0..graph.zones.len()).rev().map(Some).chain([None]);
    for container in containers {
        let members: Vec<usize> = (0..total)
            .filter(|t| home(*t) == container && boxes.get(*t).is_some_and(Option::is_some))
            .collect();
        if members.is_empty() {
            continue;
        }
        let mut g = dagre(false);
        let name = |t: usize| format!("t{t}");
        for member in &members {
            let rect = boxes.get(*member).copied().flatten().unwrap_or_default();
            g.set_node(
                name(*member),
                Some(NodeLabel { width: rect.w, height: rect.h, ..NodeLabel::default() }),
            );
        }
        let lift = |node: usize| {
            std::iter::successors(Some(node), |t| home(*t).map(|z| z + count))
                .take(total + 1)
                .find(|t| home(*t) == container)
        };
        let mut tied = vec![];
        for (i, (from, to, size)) in graph.edges.iter().enumerate() {
            if let (Some(a), Some(b)) = (lift(*from), lift(*to))
                && (a != b || *from == *to && a == *from)
            {
                g.set_edge(name(a), name(b), Some(label(*size)), Some(&format!("e{i}")));
                tied.extend([a, b]);
            }
        }
        let alone: Vec<usize> = members.iter().copied().filter(|m| !tied.contains(m)).collect();
        for (a, b) in rows(&alone) {
            g.set_edge(name(a), name(b), Some(label((0.0, 0.0))), Some("row"));
        }
        dagre::layout::layout(&mut g, Some(options()));
        let mut whole: Option<Rect> = None;
        for member in &members {
            let to = placed(&g, &name(*member));
            let from = boxes.get(*member).copied().flatten().unwrap_or_default();
            whole = Some(whole.map_or(to, |w| w.around(to)));
            let (dx, dy) = (to.x - from.x, to.y - from.y);
            // A zone takes with it what is in it.
            for thing in 0..total {
                let within = std::iter::successors(Some(thing), |t| home(*t).map(|z| z + count))
                    .take(total + 1)
                    .any(|t| t == *member);
                if within && let Some(Some(rect)) = boxes.get_mut(thing) {
                    *rect = rect.moved(dx, dy);
                }
            }
        }
        if let (Some(zone), Some(whole)) = (container, whole)
            && let Some(slot) = boxes.get_mut(zone + count)
        {
            *slot = Some(Rect {
                x: whole.x - PAD,
                y: whole.y - PAD - HEAD,
                w: whole.w + 2.0 * PAD,
                h: whole.h + 2.0 * PAD + HEAD,
            });
        }
    }
    let nodes: Vec<Rect> = boxes.iter().take(count).map(|r| r.unwrap_or_default()).collect();
    for (slot, (from, to, _)) in lines.iter_mut().zip(&graph.edges) {
        *slot = Some(straight(&nodes, (*from, *to)));
    }
    Laid {
        zones: boxes.iter().skip(count).copied().collect(),
        nodes,
        lines: lines.into_iter().map(Option::unwrap_or_default).collect(),
        ..Laid::default()
    }
}

/// Moves all so that it begins at the margin, and measures it.
fn fit(laid: &mut Laid) {
    let margin = 16.0;
    let mut all: Option<Rect> = None;
    let points = laid.lines.iter().flat_map(|l| {
        // A label is wider than its line.
        let (x, y) = l.label;
        [Rect { x: x - 80.0, y: y - 20.0, w: 160.0, h: 40.0 }]
            .into_iter()
            .chain(l.points.iter().map(|(x, y)| Rect { x: *x, y: *y, w: 0.0, h: 0.0 }))
    });
    for rect in laid.nodes.iter().copied().chain(laid.zones.iter().flatten().copied()).chain(points)
    {
        all = Some(all.map_or(rect, |a| a.around(rect)));
    }
    let Some(all) = all else { return };
    let (dx, dy) = (margin - all.x, margin - all.y);
    for rect in laid.nodes.iter_mut().chain(laid.zones.iter_mut().flatten()) {
        *rect = rect.moved(dx, dy);
    }
    for line in &mut laid.lines {
        for point in line.points.iter_mut().chain([&mut line.label]) {
            *point = (point.0 + dx, point.1 + dy);
        }
    }
    laid.width = all.w + 2.0 * margin;
    laid.height = all.h + 2.0 * margin;
}

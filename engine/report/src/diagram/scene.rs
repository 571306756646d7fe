//! What stands on which figure.

use std::collections::{BTreeMap, BTreeSet};

use redan_program::schema::Risk;
use redan_threats::{Certainty, Finding, Status};

use crate::data::{Boundary, Component, Flow, Model, Shape};
use crate::texts::{Text, Words};

/// Elements that a reader can take in on one figure.
const LEGIBLE: usize = 40;
/// Elements of a zone on one figure, so that its neighbours have room beside them.
const PART: usize = 30;
/// Figures that a report has; what does not fit is counted.
const MOST_FIGURES: usize = 60;
/// Lines of a figure; those with findings and those that cross a boundary come first.
const MOST_EDGES: usize = 90;
/// Flows that are named where many are one line.
const MOST_NAMED: usize = 12;
/// Zones within zones that are drawn; deeper ones are drawn as the last.
const DEEPEST: usize = 6;

/// The figures of a system.
#[derive(Debug, Default)]
pub struct Figures {
    /// The whole or the overview first.
    pub list: Vec<Figure>,
    /// Elements that are on no figure beside the overview: no flow and no open finding, or no room.
    pub left_out: usize,
}

/// One figure.
#[derive(Debug, Default)]
pub struct Figure {
    /// What it shows.
    pub title: String,
    pub zones: Vec<Zone>,
    pub nodes: Vec<Node>,
    pub edges: Vec<Edge>,
    /// Flows for which there was no room.
    pub flows_left_out: usize,
}

/// A zone of trust.
#[derive(Debug)]
pub struct Zone {
    pub name: String,
    /// The index of the zone around it, which stands before it.
    pub inside: Option<usize>,
}

/// An element, or a zone with all that is in it.
#[derive(Debug)]
pub struct Node {
    /// The `id` of the component; none of a zone.
    pub component: Option<String>,
    pub name: String,
    /// A second, smaller line.
    pub detail: String,
    pub form: Form,
    pub zone: Option<usize>,
    pub badge: Option<Badge>,
}

/// The symbols.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Shape(Shape),
    /// A zone as one node.
    Group,
}

/// Flows between two nodes in one direction.
#[derive(Debug)]
pub struct Edge {
    pub from: usize,
    pub to: usize,
    /// How many flows it stands for.
    pub count: usize,
    /// The `id`s of the first of them.
    pub flows: Vec<String>,
    /// For each of those, all that is known in one line.
    pub titles: Vec<String>,
    pub label: String,
    pub crosses: bool,
    pub badge: Option<Badge>,
}

/// Open findings about an element.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Badge {
    pub by_severity: BTreeMap<Risk, usize>,
    /// Whether one of them is confirmed.
    pub confirmed: bool,
}

impl Badge {
    pub fn worst(&self) -> Risk {
        self.by_severity.keys().next_back().copied().unwrap_or(Risk::Info)
    }

    pub fn total(&self) -> usize {
        self.by_severity.values().sum()
    }
}

/// Zones and findings by name.
struct Lookup<'a> {
    model: &'a Model,
    words: Words,
    zones: BTreeMap<&'a str, &'a Boundary>,
    findings: BTreeMap<&'a str, &'a Finding>,
}

impl<'a> Lookup<'a> {
    fn badge(&self, ids: impl Iterator<Item = &'a String>) -> Option<Badge> {
        let mut badge = Badge::default();
        let ids: BTreeSet<&str> = ids.map(String::as_str).collect();
        for finding in ids.into_iter().filter_map(|id| self.findings.get(id)) {
            *badge.by_severity.entry(finding.severity).or_default() += 1;
            badge.confirmed |= finding.certainty == Certainty::Confirmed;
        }
        (badge.total() > 0).then_some(badge)
    }

    /// The zones around a component, outermost first.
    fn chain(&self, component: &'a Component) -> Vec<&'a str> {
        let start = component.boundary.as_deref().filter(|b| self.zones.contains_key(b));
        let outer = |zone: &&'a str| {
            self.zones
                .get(zone)
                .and_then(|z| z.inside.as_deref())
                .filter(|b| self.zones.contains_key(b))
        };
        // A saved report may say that a zone is in itself.
        let mut seen = BTreeSet::new();
        let mut chain: Vec<&str> =
            std::iter::successors(start, outer).take_while(|z| seen.insert(*z)).collect();
        chain.reverse();
        chain.truncate(DEEPEST);
        chain
    }

    fn zone_name(&self, id: &str) -> String {
        self.zones.get(id).map_or_else(String::new, |zone| self.model.zone(zone))
    }

    fn flow_label(&self, flow: &Flow) -> String {
        let mut parts: Vec<String> = vec![];
        parts.extend(flow.label.clone());
        parts.extend(flow.protocol.clone());
        parts.extend((!flow.carries.is_empty()).then(|| flow.carries.join(self.words.comma())));
        parts.join(self.words.comma())
    }

    /// Everything about a flow on a line.
    fn flow_title(&self, flow: &Flow) -> String {
        let mut parts = vec![flow.name.clone()];
        parts.push(self.flow_label(flow));
        for (text, value) in
            [(Text::Encrypted, flow.encrypted), (Text::Authenticated, flow.authenticated)]
        {
            parts.push(format!("{}: {}", self.words.get(text), self.words.truth(value)));
        }
        if flow.crosses {
            parts.push(self.words.get(Text::Crosses).to_owned());
        }
        parts.retain(|p| !p.is_empty());
        parts.join(" · ")
    }
}

/// The figures of a model.
pub fn figures(model: &Model, findings: &[Finding], words: Words) -> Figures {
    let lookup = Lookup {
        model,
        words,
        zones: model.boundaries.iter().map(|b| (b.id.as_str(), b)).collect(),
        findings: findings
            .iter()
            .filter(|f| f.status == Status::Open)
            .map(|f| (f.id.as_str(), f))
            .collect(),
    };
    if model.components.is_empty() {
        return Figures::default();
    }
    if model.components.len() <= LEGIBLE {
        let title = words.get(Text::Diagram).to_owned();
        let all: Vec<&Component> = model.components.iter().collect();
        return Figures { list: vec![part(&lookup, title, &all, &BTreeMap::new())], left_out: 0 };
    }
    split(&lookup)
}

/// A zone, or what stands in none, as one node of the overview.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Group<'a> {
    Zone(&'a str),
    /// A component that stands in no zone.
    Alone(&'a str),
    /// All of those, or all small zones, where they are too many.
    Rest,
}

fn split(lookup: &Lookup<'_>) -> Figures {
    let model = lookup.model;
    let groups = groups(lookup);
    let mut members: BTreeMap<&Group<'_>, Vec<&Component>> = BTreeMap::new();
    for component in &model.components {
        if let Some(group) = groups.get(component.id.as_str()) {
            members.entry(group).or_default().push(component);
        }
    }
    let mut out = Figures {
        list: vec![part(lookup, lookup.words.get(Text::Diagram).to_owned(), &[], &groups)],
        left_out: 0,
    };
    for (group, all) in &members {
        let name = match group {
            Group::Alone(_) => continue,
            Group::Zone(id) => lookup.zone_name(id),
            Group::Rest => lookup.words.get(Text::OtherElements).to_owned(),
        };
        let (parts, left_out) = parts(lookup, all);
        out.left_out += left_out;
        let total = parts.len();
        for (number, some) in parts.into_iter().enumerate() {
            if out.list.len() > MOST_FIGURES {
                out.left_out += some.len();
                continue;
            }
            let title =
                if total > 1 { format!("{name} {}/{total}", number + 1) } else { name.clone() };
            out.list.push(part(lookup, title, &some, &groups));
        }
    }
    out
}

/// The group of each component: its zone, or one around it where those are too many.
fn groups<'a>(lookup: &Lookup<'a>) -> BTreeMap<&'a str, Group<'a>> {
    let chains: Vec<(&str, Vec<&str>)> =
        lookup.model.components.iter().map(|c| (c.id.as_str(), lookup.chain(c))).collect();
    let alone = chains.iter().filter(|(_, chain)| chain.is_empty()).count();
    let zones = |depth: usize| {
        let set: BTreeSet<&str> = chains
            .iter()
            .filter_map(|(_, c)| c.get(..depth.min(c.len()))?.last())
            .copied()
            .collect();
        set
    };
    let room = if alone <= LEGIBLE / 2 { LEGIBLE - alone } else { LEGIBLE - 1 };
    let depth = (1..=DEEPEST).rev().find(|d| zones(*d).len() <= room).unwrap_or(1);
    // Too many outermost zones: the largest stay.
    let mut sizes: BTreeMap<&str, usize> = zones(depth).into_iter().map(|z| (z, 0)).collect();
    for (_, chain) in &chains {
        if let Some(zone) = chain.get(..depth.min(chain.len())).and_then(<[_]>::last)
            && let Some(size) = sizes.get_mut(zone)
        {
            *size += 1;
        }
    }
    let mut by_size: Vec<(&str, usize)> = sizes.into_iter().collect();
    by_size.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    by_size.truncate(room - 1);
    let kept: BTreeSet<&str> = by_size.into_iter().map(|(z, _)| z).collect();
    let few = zones(depth).len() <= room;
    chains
        .into_iter()
        .map(|(id, chain)| {
            let zone = chain.get(..depth.min(chain.len())).and_then(<[_]>::last).copied();
            let group = match zone {
                Some(zone) if few || kept.contains(zone) => Group::Zone(zone),
                None if alone <= LEGIBLE / 2 => Group::Alone(id),
                _ => Group::Rest,
            };
            (id, group)
        })
        .collect()
}

/// The components of a group in legible portions: what speaks with each other stays together. What
/// has neither flows nor findings is not drawn; how many those are comes second.
fn parts<'a>(lookup: &Lookup<'a>, all: &[&'a Component]) -> (Vec<Vec<&'a Component>>, usize) {
    let own: BTreeSet<&str> = all.iter().map(|c| c.id.as_str()).collect();
    let mut near: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut tied: BTreeSet<&str> = BTreeSet::new();
    for flow in &lookup.model.flows {
        let (a, b) = (flow.from.as_str(), flow.to.as_str());
        tied.extend([a, b]);
        if own.contains(a) && own.contains(b) && a != b {
            near.entry(a).or_default().insert(b);
            near.entry(b).or_default().insert(a);
        }
    }
    let shown: Vec<&&Component> = all
        .iter()
        .filter(|c| tied.contains(c.id.as_str()) || lookup.badge(c.findings.iter()).is_some())
        .collect();
    let left_out = all.len() - shown.len();
    let by_id: BTreeMap<&str, &&Component> = shown.iter().map(|c| (c.id.as_str(), *c)).collect();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut clusters: Vec<Vec<&Component>> = vec![];
    for start in &shown {
        let mut cluster = vec![];
        let mut queue = std::collections::VecDeque::from([start.id.as_str()]);
        while let Some(id) = queue.pop_front() {
            if !seen.insert(id) {
                continue;
            }
            cluster.extend(by_id.get(id).map(|c| **c));
            queue.extend(near.get(id).into_iter().flatten().copied());
        }
        if !cluster.is_empty() {
            clusters.push(cluster);
        }
    }
    clusters.sort_by_key(|c| std::cmp::Reverse(c.len()));
    let mut parts: Vec<Vec<&Component>> = vec![];
    for cluster in clusters {
        for piece in cluster.chunks(PART) {
            match parts.last_mut() {
                Some(last) if last.len() + piece.len() <= PART => last.extend(piece),
                _ => parts.push(piece.to_vec()),
            }
        }
    }
    (parts, left_out)
}

/// A figure of these components, in their zones; where their flows lead to or come from others, the
/// groups of those. Of no components it is the overview of all groups.
fn part<'a>(
    lookup: &Lookup<'a>,
    title: String,
    own: &[&'a Component],
    groups: &BTreeMap<&'a str, Group<'a>>,
) -> Figure {
    let mut figure = Figure { title, ..Figure::default() };
    let mut zones: BTreeMap<&str, usize> = BTreeMap::new();
    let mut nodes: BTreeMap<&str, usize> = BTreeMap::new();
    for component in own {
        let mut zone = None;
        for id in lookup.chain(component) {
            zone = Some(*zones.entry(id).or_insert_with(|| {
                figure.zones.push(Zone { name: lookup.zone_name(id), inside: zone });
                figure.zones.len() - 1
            }));
        }
        nodes.insert(&component.id, figure.nodes.len());
        figure.nodes.push(element(lookup, component, zone));
    }
    let mut outside: BTreeMap<&Group<'_>, usize> = BTreeMap::new();
    if own.is_empty() {
        for group in groups.values().collect::<BTreeSet<_>>() {
            outside.insert(group, figure.nodes.len());
            figure.nodes.push(group_node(lookup, group, groups));
        }
    }
    let mut edges: BTreeMap<(usize, usize), Vec<&Flow>> = BTreeMap::new();
    for flow in &lookup.model.flows {
        let ends = [flow.from.as_str(), flow.to.as_str()];
        if !own.is_empty() && !ends.iter().any(|e| nodes.contains_key(e)) {
            continue;
        }
        let mut end = |id: &str| -> Option<usize> {
            if let Some(node) = nodes.get(id) {
                return Some(*node);
            }
            let group = groups.get(id)?;
            Some(*outside.entry(group).or_insert_with(|| {
                figure.nodes.push(group_node(lookup, group, groups));
                figure.nodes.len() - 1
            }))
        };
        if let (Some(from), Some(to)) = (end(&flow.from), end(&flow.to))
            && (from != to || !own.is_empty())
        {
            edges.entry((from, to)).or_default().push(flow);
        }
    }
    figure.edges = edges
        .into_iter()
        .map(|((from, to), flows)| {
            let label = match flows.as_slice() {
                [only] => lookup.flow_label(only),
                many => lookup.words.count(Text::FlowCount, many.len()),
            };
            Edge {
                from,
                to,
                count: flows.len(),
                flows: flows.iter().take(MOST_NAMED).map(|f| f.id.clone()).collect(),
                titles: flows.iter().take(MOST_NAMED).map(|f| lookup.flow_title(f)).collect(),
                label,
                crosses: flows.iter().any(|f| f.crosses),
                badge: lookup.badge(flows.iter().flat_map(|f| &f.findings)),
            }
        })
        .collect();
    if figure.edges.len() > MOST_EDGES {
        let weight = |e: &Edge| (e.badge.as_ref().map(Badge::worst), e.crosses, e.count);
        figure.edges.sort_by_key(|e| std::cmp::Reverse(weight(e)));
        let rest = figure.edges.split_off(MOST_EDGES);
        figure.flows_left_out = rest.iter().map(|e| e.count).sum();
    }
    figure
}

fn element<'a>(lookup: &Lookup<'a>, component: &'a Component, zone: Option<usize>) -> Node {
    Node {
        component: Some(component.id.clone()),
        name: component.name.clone(),
        detail: component
            .technology
            .clone()
            .unwrap_or_else(|| lookup.model.kind_word(&component.kind).to_owned()),
        form: Form::Shape(component.shape),
        zone,
        badge: lookup.badge(component.findings.iter()),
    }
}

fn group_node<'a>(
    lookup: &Lookup<'a>,
    group: &Group<'a>,
    groups: &BTreeMap<&'a str, Group<'a>>,
) -> Node {
    let members: Vec<&Component> = lookup
        .model
        .components
        .iter()
        .filter(|c| groups.get(c.id.as_str()) == Some(group))
        .collect();
    if let (Group::Alone(_), [only]) = (group, members.as_slice()) {
        return element(lookup, only, None);
    }
    Node {
        component: None,
        name: match group {
            Group::Zone(id) => lookup.zone_name(id),
            _ => lookup.words.get(Text::OtherElements).to_owned(),
        },
        detail: lookup.words.count(Text::ElementCount, members.len()),
        form: Form::Group,
        zone: None,
        badge: lookup.badge(members.iter().flat_map(|c| &c.findings)),
    }
}

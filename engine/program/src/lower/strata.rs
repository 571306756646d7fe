//! Strata: every rule reads only relations that are complete, or that it makes itself by recursion.
//!
//! Relations that depend on each other in a loop are made together; the stratum of a loop is one more than that of everything
//! it reads. So a stratum's rules are independent of each other or recursive, and a rule that reads nothing of its own
//! stratum is evaluated once.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use redan_base::Diagnostic;
use redan_facts::RelationId;

use super::Lowering;
use crate::ir::{Literal, Role, Rule};

/// An edge of the graph: what is read, whether in a way that needs all its rows, and by which literal.
struct Edge {
    from: usize,
    to: usize,
    complete: Option<Complete>,
    rule: usize,
    literal: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Complete {
    Negation,
    Aggregate,
}

impl Lowering<'_> {
    /// Numbers the strata and sorts the rules by them. Rules that deny what they conclude are told of and left out.
    pub(super) fn stratify(&mut self) {
        let count = self.program.relations.len();
        let components = loop {
            let edges = edges(&self.program.rules);
            let components = components(count, &edges);
            let bad: Vec<&Edge> = edges
                .iter()
                .filter(|e| e.complete.is_some() && components.get(e.from) == components.get(e.to))
                .collect();
            if bad.is_empty() {
                break components;
            }
            // One message for each loop, about its first rule.
            let mut told = BTreeSet::new();
            let mut drop = BTreeSet::new();
            for edge in &bad {
                drop.insert(edge.rule);
                if told.insert(components.get(edge.from).copied()) {
                    let d = self.loop_message(edge, &edges, &components);
                    self.diagnostics.push(d);
                }
            }
            let rules = std::mem::take(Arc::make_mut(&mut self.program.rules));
            let kept = rules.into_iter().enumerate().filter(|(i, _)| !drop.contains(i));
            self.program.rules = Arc::new(kept.map(|(_, r)| r).collect());
        };
        let edges = edges(&self.program.rules);
        let mut level = levels(&components, &edges);
        if let Some(same) = self.program.same {
            // What `same` depends on comes first, everything else after it.
            let cone = cone(same.0 as usize, &edges);
            let of = |r: usize| components.get(r).and_then(|c| level.get(*c)).copied().unwrap_or(0);
            let last = cone.iter().map(|r| of(*r)).max().unwrap_or(0);
            let outside: BTreeSet<usize> = (0..count)
                .filter(|r| !cone.contains(r))
                .filter_map(|r| components.get(r).copied())
                .collect();
            for component in outside {
                if let Some(l) = level.get_mut(component) {
                    *l += last + 1;
                }
            }
            self.program.same_stratum = Some(last);
        }
        for rule in Arc::make_mut(&mut self.program.rules) {
            let component = components.get(rule.head.relation.0 as usize);
            rule.stratum = component.and_then(|c| level.get(*c)).copied().unwrap_or(0);
        }
        Arc::make_mut(&mut self.program.rules).sort_by_key(|r| (r.stratum, r.head.relation));
        self.program.strata = self.program.rules.iter().map(|r| r.stratum + 1).max().unwrap_or(0);
    }

    /// Shows how a relation comes to depend on its own absence.
    fn loop_message(&self, bad: &Edge, edges: &[Edge], components: &[usize]) -> Diagnostic {
        let path = path_back(bad, edges, components);
        let mut names: Vec<String> = vec![];
        for edge in &path {
            let name = self.shown(edge.from);
            if names.last() != Some(&name) {
                names.push(name);
            }
        }
        if let Some(first) = names.first().cloned()
            && (names.len() == 1 || names.last() != Some(&first))
        {
            names.push(first);
        }
        let (code, what) = match bad.complete {
            Some(Complete::Aggregate) => (302, "aggregate"),
            _ => (301, "negation"),
        };
        let mut d = Diagnostic::error(code, format!("{what} in a loop: {}", names.join(" → ")));
        let mut attribute = false;
        for (i, edge) in path.iter().enumerate() {
            for r in [edge.from, edge.to] {
                let role = self.program.relations.get(r).map(|i| &i.role);
                attribute |= matches!(role, Some(Role::Attribute(..) | Role::Found(..)));
            }
            let Some(rule) = self.program.rules.get(edge.rule) else { continue };
            let Some(origin) = self.program.origins.get(rule.origin as usize) else { continue };
            if origin.item.starts_with("attribute ") || origin.item.starts_with("kind ") {
                continue;
            }
            let span = origin.conditions.get(edge.literal).copied().unwrap_or(origin.span);
            let text = match (i, edge.complete) {
                (0, Some(Complete::Aggregate)) => {
                    format!("all of `{}` must be known here", self.shown(edge.to))
                }
                (0, _) => format!("the absence of `{}` must be known here", self.shown(edge.to)),
                _ => {
                    format!("`{}` depends on `{}` here", self.shown(edge.from), self.shown(edge.to))
                }
            };
            if !d.labels.iter().any(|l| l.source == origin.source && l.span == span) {
                d = d.at(origin.source, span, text);
            }
        }
        d.help(if attribute {
            "an attribute cannot depend on itself, since observations that contradict each other make it unknown: \
             declare a relation for what is recursive"
        } else {
            "what is denied or counted must not depend on what follows from it"
        })
    }

    /// A relation in the words of its declaration.
    fn shown(&self, relation: usize) -> String {
        let Some(info) = self.program.relations.get(relation) else { return String::new() };
        let name = info.name.split('@').next().unwrap_or_default();
        let name = name
            .strip_prefix("clause of ")
            .or_else(|| name.strip_prefix("derive "))
            .unwrap_or(name);
        name.rsplit_once(' ').map_or(name, |(_, n)| n).to_owned()
    }
}

fn edges(rules: &[Rule]) -> Vec<Edge> {
    let mut all = vec![];
    for (rule, r) in rules.iter().enumerate() {
        for (literal, l) in r.body.iter().enumerate() {
            let (to, complete): (RelationId, _) = match l {
                Literal::Atom(a) => (a.relation, None),
                Literal::Not(a) => (a.relation, Some(Complete::Negation)),
                Literal::Aggregate { relation, .. } => (*relation, Some(Complete::Aggregate)),
                Literal::Compare(..) | Literal::Call { .. } => continue,
            };
            let (from, to) = (r.head.relation.0 as usize, to.0 as usize);
            all.push(Edge { from, to, complete, rule, literal });
        }
    }
    all
}

/// The strongly connected components by Tarjan, without recursion. A component's number is larger than those it reads.
fn components(count: usize, edges: &[Edge]) -> Vec<usize> {
    const NONE: usize = usize::MAX;
    let mut next: Vec<Vec<usize>> = vec![vec![]; count];
    for edge in edges {
        if let (Some(list), true) = (next.get_mut(edge.from), edge.to < count) {
            list.push(edge.to);
        }
    }
    let mut index = vec![NONE; count];
    let mut low = vec![0; count];
    let mut on_stack = vec![false; count];
    let mut component = vec![NONE; count];
    let (mut counter, mut made) = (0, 0);
    let mut stack = vec![];
    for start in 0..count {
        if index[start] != NONE {
            continue;
        }
        let mut work = vec![(start, 0)];
        while let Some((node, child)) = work.pop() {
            if child == 0 {
                index[node] = counter;
                low[node] = counter;
                counter += 1;
                stack.push(node);
                on_stack[node] = true;
            }
            if let Some(&to) = next[node].get(child) {
                work.push((node, child + 1));
                if index[to] == NONE {
                    work.push((to, 0));
                } else if on_stack[to] {
                    low[node] = low[node].min(index[to]);
                }
                continue;
            }
            if low[node] == index[node] {
                while let Some(top) = stack.pop() {
                    on_stack[top] = false;
                    component[top] = made;
                    if top == node {
                        break;
                    }
                }
                made += 1;
            }
            if let Some((parent, _)) = work.last() {
                low[*parent] = low[*parent].min(low[node]);
            }
        }
    }
    component
}

/// The longest way down from each component.
fn levels(components: &[usize], edges: &[Edge]) -> Vec<u32> {
    let count = components.iter().map(|c| c + 1).max().unwrap_or(0);
    let mut reads: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); count];
    let mut made = vec![false; count];
    for edge in edges {
        if let (Some(a), Some(b)) = (components.get(edge.from), components.get(edge.to)) {
            made[*a] = true;
            if a != b {
                reads[*a].insert(*b);
            }
        }
    }
    let mut level = vec![0; count];
    // Components are numbered after those that they read. What no rule makes is there from the start.
    for c in 0..count {
        level[c] = reads[c].iter().map(|r| level[*r] + u32::from(made[*r])).max().unwrap_or(0);
    }
    level
}

/// All relations that one depends on, itself included.
fn cone(start: usize, edges: &[Edge]) -> BTreeSet<usize> {
    let mut reads: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for edge in edges {
        reads.entry(edge.from).or_default().push(edge.to);
    }
    let mut seen = BTreeSet::from([start]);
    let mut queue = vec![start];
    while let Some(r) = queue.pop() {
        for to in reads.get(&r).into_iter().flatten() {
            if seen.insert(*to) {
                queue.push(*to);
            }
        }
    }
    seen
}

/// The edges from the bad one around to where it begins, on the shortest way inside the component.
fn path_back<'e>(bad: &'e Edge, edges: &'e [Edge], components: &[usize]) -> Vec<&'e Edge> {
    let inside = |e: &&Edge| {
        components.get(e.from) == components.get(bad.from)
            && components.get(e.to) == components.get(bad.from)
    };
    let mut by: BTreeMap<usize, &Edge> = BTreeMap::new();
    let mut queue = VecDeque::from([bad.to]);
    while let Some(at) = queue.pop_front() {
        if at == bad.from {
            break;
        }
        for edge in edges.iter().filter(|e| e.from == at).filter(inside) {
            if edge.to != bad.to && !by.contains_key(&edge.to) {
                by.insert(edge.to, edge);
                queue.push_back(edge.to);
            }
        }
    }
    let mut back = vec![];
    let mut at = bad.from;
    while at != bad.to {
        let Some(edge) = by.get(&at) else { break };
        back.push(*edge);
        at = edge.from;
    }
    back.push(bad);
    back.reverse();
    back
}

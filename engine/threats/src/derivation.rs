//! A proof of the solver as a tree that people can read, and the places that it rests on.
//!
//! Steps of the lowering are left out: an attribute that follows from one observation is that
//! observation, a member of a kind that inherits is a member of the kind it was declared in.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use redan_base::{Place, SourceId};
use redan_facts::{RelationId, ValueId};
use redan_grammar::syntax::Compare;
use redan_program::functions::is_unknown;
use redan_program::ir::{Literal, Role, Term};
use redan_program::schema::KindId;
use redan_solve::{Node, NodeId, Premise, Proof, Reason};

use crate::excerpt::{evidence, mask_line, mask_value, secret_name, spot};
use crate::finding::{Derivation, Evidence, Origin};
use crate::view::{View, short_name};

/// Most nodes of one tree.
const MOST_NODES: usize = 60;
/// Most steps from the root: also what bounds the recursion here and in every reader.
const MOST_DEPTH: u32 = 10;
/// Most places of one finding.
const MOST_PLACES: usize = 8;
/// Shorter texts are not taken for secrets.
const SHORTEST_SECRET: usize = 6;
/// Most characters of a value.
const MOST_VALUE: usize = 100;

/// The tree of a proof.
pub fn derivation(view: &View<'_>, proof: &Proof) -> Derivation {
    let secrets = secrets(view, proof);
    let mut room = Room { nodes: MOST_NODES, secrets, shown: BTreeSet::new() };
    match proof.node(NodeId(0)) {
        Some(root) => tree(view, proof, root, 0, &mut room),
        None => Derivation::default(),
    }
}

/// What a tree has shown, and how much more it may show.
struct Room {
    nodes: usize,
    /// Texts that are secrets, or were made of one.
    secrets: BTreeSet<ValueId>,
    shown: BTreeSet<(RelationId, u32)>,
}

fn tree(view: &View<'_>, proof: &Proof, node: &Node, depth: u32, room: &mut Room) -> Derivation {
    let node = shorten(view, proof, node);
    let fact =
        fact(view, node.fact.relation, &node.values.iter().map(|v| Some(*v)).collect::<Vec<_>>());
    room.nodes = room.nodes.saturating_sub(1);
    match &node.reason {
        Reason::Given(places) => Derivation {
            fact,
            origin: given(view, node.fact.relation, places.first()),
            rule: None,
            at: places.first().map(|p| spot(view.sources, *p)),
            from: vec![],
        },
        Reason::Question(_) => {
            Derivation { fact, origin: Origin::Unknown, ..Derivation::default() }
        }
        Reason::Cut => Derivation { fact, origin: Origin::Cut, ..Derivation::default() },
        Reason::Derived { .. } if !room.shown.insert((node.fact.relation, node.fact.row)) => {
            Derivation { fact, origin: Origin::Above, ..Derivation::default() }
        }
        Reason::Derived { origin, .. } => {
            let mut from = vec![];
            if depth < MOST_DEPTH {
                let mut seen = BTreeSet::new();
                premises(view, proof, node, 0, &mut |premise, rule| {
                    if room.nodes == 0 {
                        if from.last().is_none_or(|d: &Derivation| d.origin != Origin::Cut) {
                            from.push(Derivation {
                                origin: Origin::Cut,
                                fact: "…".to_owned(),
                                ..Derivation::default()
                            });
                        }
                        return;
                    }
                    let child = match premise {
                        // File, line and text of a fact are told by its place.
                        Premise::Fact(id) if proof.node(*id).is_some_and(|n| of_place(view, n)) => {
                            None
                        }
                        Premise::Fact(id) => {
                            proof.node(*id).map(|n| tree(view, proof, n, depth + 1, room))
                        }
                        other => leaf(view, other, rule, &room.secrets),
                    };
                    if let Some(child) = child
                        && seen.insert((child.fact.clone(), child.origin as u8))
                    {
                        from.push(child);
                    }
                });
            } else {
                from.push(Derivation {
                    origin: Origin::Cut,
                    fact: "…".to_owned(),
                    ..Derivation::default()
                });
            }
            let by_default = from.iter().all(|d| d.origin == Origin::Absent)
                && matches!(role(view, node.fact.relation), Some(Role::Attribute(..)));
            let origin = view.program.origins.get(*origin as usize);
            Derivation {
                fact,
                origin: if by_default { Origin::Default } else { Origin::Rule },
                rule: origin.map(|o| o.item.clone()),
                at: None,
                from: if by_default { vec![] } else { from },
            }
        }
    }
}

fn of_place(view: &View<'_>, node: &Node) -> bool {
    matches!(role(view, node.fact.relation), Some(Role::File(_) | Role::Line(_) | Role::TextOf(_)))
}

/// The premises of a node, with those of auxiliary relations in their place. `rule` is the literal
/// that a premise belongs to.
fn premises<'p>(
    view: &View<'_>,
    proof: &'p Proof,
    node: &'p Node,
    nesting: u32,
    each: &mut dyn FnMut(&'p Premise, Option<&Literal>),
) {
    let Reason::Derived { rule, premises: list, .. } = &node.reason else { return };
    let body =
        view.program.rules.get(*rule as usize).map(|r| r.body.as_slice()).unwrap_or_default();
    for (number, premise) in list.iter().enumerate() {
        if let Premise::Fact(id) = premise
            && let Some(inner) = proof.node(*id)
            && role(view, inner.fact.relation) == Some(&Role::Auxiliary)
            && matches!(inner.reason, Reason::Derived { .. })
            && nesting < MOST_DEPTH
        {
            premises(view, proof, inner, nesting + 1, each);
        } else {
            each(premise, body.get(number));
        }
    }
}

/// Follows steps that say the same thing again.
fn shorten<'p>(view: &View<'_>, proof: &'p Proof, node: &'p Node) -> &'p Node {
    let mut node = node;
    // Each step leads to a node made later or before by another path; the count ends a broken graph.
    for _ in 0..proof.nodes.len() {
        let Reason::Derived { premises, .. } = &node.reason else { break };
        let facts: Vec<&Node> = premises
            .iter()
            .filter_map(|p| match p {
                Premise::Fact(id) => proof.node(*id),
                Premise::Absent(..)
                | Premise::Compared(..)
                | Premise::Called(..)
                | Premise::Counted(..) => None,
            })
            .collect();
        let same = |inner: &&&Node| match (
            role(view, node.fact.relation),
            role(view, inner.fact.relation),
        ) {
            (
                Some(Role::Attribute(k, n)),
                Some(Role::Found(l, m) | Role::Stated(l, m) | Role::Attribute(l, m)),
            ) => (k, n) == (l, m) && node.values == inner.values,
            (Some(Role::Known(k, n)), Some(Role::Attribute(l, m))) => (k, n) == (l, m),
            (Some(Role::Kind(_)), Some(Role::Kind(_))) => {
                facts.len() == 1 && node.values == inner.values
            }
            _ => false,
        };
        match facts.iter().find(same) {
            Some(inner) => node = inner,
            None => break,
        }
    }
    node
}

/// The texts of a proof that are secrets: values that are masked whole, and what functions take out of a masked text.
fn secrets(view: &View<'_>, proof: &Proof) -> BTreeSet<ValueId> {
    let mut secrets = BTreeSet::new();
    let text = |id: ValueId| view.facts.values.as_str(id);
    for node in &proof.nodes {
        if let (Some(Role::Attribute(k, n)), [entity, id]) =
            (role(view, node.fact.relation), node.values.as_slice())
            && let Some(whole) = text(*id)
            && whole.len() >= SHORTEST_SECRET
            && announced(view, *k, *n, Some(*entity))
            && mask_value("secret", whole) != whole
            && !mask_value("secret", whole).contains("://")
        {
            secrets.insert(*id);
        }
    }
    // What is made of a secret can be made into something else in turn.
    loop {
        let before = secrets.len();
        for node in &proof.nodes {
            let Reason::Derived { premises, .. } = &node.reason else { continue };
            for premise in premises {
                let Premise::Called(arguments, Some(result)) = premise else { continue };
                let Some(made) = text(*result).filter(|t| t.len() >= SHORTEST_SECRET) else {
                    continue;
                };
                let hides = |id: &ValueId| {
                    text(*id).is_some_and(|t| {
                        secrets.contains(id) || (mask_line(t) != t && !mask_line(t).contains(made))
                    })
                };
                if arguments.iter().flatten().any(hides) {
                    secrets.insert(*result);
                }
            }
        }
        if secrets.len() == before {
            return secrets;
        }
    }
}

fn leaf(
    view: &View<'_>,
    premise: &Premise,
    literal: Option<&Literal>,
    secrets: &BTreeSet<ValueId>,
) -> Option<Derivation> {
    let one = |v: ValueId| value(view, if secrets.contains(&v) { "secret" } else { "" }, v);
    let show = |v: &Option<ValueId>| v.map_or_else(|| "_".to_owned(), one);
    let computed =
        |fact| Some(Derivation { fact, origin: Origin::Computed, ..Derivation::default() });
    match premise {
        Premise::Fact(_) => None,
        Premise::Absent(relation, row) => {
            let told = match role(view, *relation) {
                // Guards of the lowering say nothing that an author wrote.
                Some(
                    Role::Auxiliary
                    | Role::Stated(..)
                    | Role::Conflict(..)
                    | Role::Known(..)
                    | Role::Unknown(..),
                )
                | None => return None,
                Some(_) => fact(view, *relation, row),
            };
            Some(Derivation {
                fact: format!("not {told}"),
                origin: Origin::Absent,
                ..Derivation::default()
            })
        }
        Premise::Compared(a, b) => {
            let sign = match literal {
                Some(Literal::Compare(op, ..)) => match op {
                    Compare::Eq => "==",
                    Compare::Ne => "!=",
                    Compare::Lt => "<",
                    Compare::Le => "<=",
                    Compare::Gt => ">",
                    Compare::Ge => ">=",
                },
                _ => "~",
            };
            if a == b && sign == "==" {
                return None;
            }
            computed(format!("{} {sign} {}", show(&Some(*a)), show(&Some(*b))))
        }
        Premise::Called(arguments, result) => {
            let Some(Literal::Call { function, pattern, result: term, .. }) = literal else {
                return None;
            };
            // Functions of the lowering make names and texts; only their tests say something.
            let internal = function.name.starts_with('@');
            let test = matches!(term, Term::Wild | Term::Constant(_));
            if internal && !test {
                return None;
            }
            let name = function.name.trim_start_matches('@');
            let mut inside: Vec<String> = arguments.iter().map(show).collect();
            inside.extend(pattern.as_ref().map(|p| {
                let short: String = p.chars().take(40).collect();
                if short.len() < p.len() { format!("/{short}…/") } else { format!("/{p}/") }
            }));
            let call = format!("{name}({})", inside.join(", "));
            match (term, result) {
                (Term::Wild, _) | (_, None) => computed(call),
                (Term::Variable(_) | Term::Constant(_), Some(result)) => {
                    computed(format!("{call} = {}", one(*result)))
                }
            }
        }
        Premise::Counted(relation, keys, result) => {
            let name = match literal {
                Some(Literal::Aggregate { function, .. }) => format!("{function:?}").to_lowercase(),
                _ => "count".to_owned(),
            };
            let over = fact(view, *relation, keys);
            computed(format!("{name} {{ {over} }} = {}", show(result)))
        }
    }
}

fn role<'a>(view: &View<'a>, relation: RelationId) -> Option<&'a Role> {
    view.program.relations.get(relation.0 as usize).map(|r| &r.role)
}

fn given(view: &View<'_>, relation: RelationId, place: Option<&Place>) -> Origin {
    // What a model says of a kind's members stands in a file of the language.
    let model = place.is_some_and(|p| {
        view.sources.path(p.source).rsplit_once('.').is_some_and(|(_, ending)| ending == "redan")
    });
    match role(view, relation) {
        Some(Role::Stated(..)) => Origin::Stated,
        _ if model => Origin::Stated,
        _ => Origin::Found,
    }
}

/// How little the place of a fact tells: an observed attribute tells most, what merely joins things
/// least. A field of an extracted fact that lies outside of the fact, as the key of the block around
/// it, is such a join.
fn dullness(view: &View<'_>, node: &Node, places: &[Place]) -> u8 {
    match role(view, node.fact.relation) {
        Some(Role::Found(k, n) | Role::Stated(k, n) | Role::Attribute(k, n)) => {
            let kind = view.kind(*k);
            let name = kind.and_then(|k| k.attributes.get(*n as usize));
            if kind.is_some_and(|k| k.extracted) {
                let own = node.values.first().and_then(|e| view.places(*k, *e).first().copied());
                let inside = own.zip(places.first()).is_some_and(|(own, place)| {
                    own.source == place.source && own.span.contains(place.span)
                });
                return if inside { 0 } else { 2 };
            }
            let joins = |n: &str| matches!(n, "from" | "to" | "in" | "name");
            if name.is_some_and(|a| joins(&a.name)) { 2 } else { 0 }
        }
        // That a model names something tells less than where it was found.
        _ if given(view, node.fact.relation, places.first()) == Origin::Stated => 3,
        _ => 1,
    }
}

/// A fact in the words of the language: `api: process`, `api.technology = "nginx"`,
/// `exposed(api)`.
pub fn fact(view: &View<'_>, relation: RelationId, row: &[Option<ValueId>]) -> String {
    let Some(info) = view.program.relations.get(relation.0 as usize) else {
        return "?".to_owned();
    };
    let at = |n: usize| row.get(n).copied().flatten();
    let subject = || match at(0) {
        // Its place is told beside it.
        Some(v) if extracted(view, v) => view.kind_word(v),
        Some(v) => {
            let shown = value(view, "", v);
            if shown.contains(" -> ") { format!("({shown})") } else { shown }
        }
        None => "_".to_owned(),
    };
    let kind_name = |k: &KindId| view.kind(*k).map_or("?", |k| short_name(&k.declared.name));
    let attribute = |k: &KindId, n: &u32| {
        view.kind(*k).and_then(|k| k.attributes.get(*n as usize)).map_or("?", |a| a.name.as_str())
    };
    match &info.role {
        Role::Kind(k) => match at(0) {
            Some(v) if extracted(view, v) => match first_field(view, *k, v) {
                Some(field) => format!("{} {field}", kind_name(k)),
                None => kind_name(k).to_owned(),
            },
            Some(v) => format!("{}: {}", value(view, "", v), kind_name(k)),
            None => format!("_: {}", kind_name(k)),
        },
        Role::Attribute(k, n) | Role::Found(k, n) | Role::Stated(k, n) => {
            let name = attribute(k, n);
            let named = if announced(view, *k, *n, at(0)) { "secret" } else { name };
            let shown = at(1).map_or_else(|| "_".to_owned(), |v| value(view, named, v));
            format!("{}.{name} = {shown}", subject())
        }
        Role::Conflict(k, n) => format!("{}.{} is contradictory", subject(), attribute(k, n)),
        Role::Known(k, n) => format!("{}.{} is known", subject(), attribute(k, n)),
        Role::Unknown(k, n) => format!("{}.{} = ?", subject(), attribute(k, n)),
        Role::File(_) => format!("{}.file", subject()),
        Role::Line(_) => format!("{}.line", subject()),
        Role::TextOf(_) => format!("{}.text", subject()),
        Role::Declared(_)
        | Role::Threat(_)
        | Role::Adjust(..)
        | Role::Except(_)
        | Role::Policy(_)
        | Role::Same => {
            let name = short_name(&info.name);
            let inside: Vec<String> = row
                .iter()
                .map(|v| v.map_or_else(|| "_".to_owned(), |v| value(view, "", v)))
                .collect();
            format!("{name}({})", inside.join(", "))
        }
        Role::Auxiliary => auxiliary(view, &info.name, row, &subject()),
    }
}

/// Whether an attribute is a value that something else announces as a secret: the value of `env_secret` is one though its field is
/// called `value`, and so is that of a setting whose key says so.
fn announced(view: &View<'_>, kind: KindId, attribute: u32, entity: Option<ValueId>) -> bool {
    let Some(kind) = view.kind(kind) else { return false };
    let is_value =
        kind.attributes.get(attribute as usize).is_some_and(|a| a.name.contains("value"));
    let keys = || {
        let entity = entity.filter(|e| extracted(view, *e));
        let keys = entity.map(|e| ["key", "name"].map(|n| view.values(e, n)));
        keys.into_iter().flatten().flatten()
    };
    is_value
        && (secret_name(short_name(&kind.declared.name))
            || keys().any(|v| view.facts.values.as_str(v).is_some_and(secret_name)))
}

/// A row of the lowering in the words of the language: a path of attributes whose value may be unknown, the ends of a flow; parts of
/// conditions have no words of their own.
fn auxiliary(view: &View<'_>, name: &str, row: &[Option<ValueId>], subject: &str) -> String {
    let at = |n: usize| {
        row.get(n).copied().flatten().map_or_else(|| "_".to_owned(), |v| value(view, "", v))
    };
    let arrow = |from: usize, sign: &str| format!("{} {sign} {}", at(from), at(from + 1));
    match name.rsplit_once('@') {
        Some((_, "ends")) => arrow(1, "->"),
        Some((_, "reach")) => arrow(0, "->+"),
        Some((path, "maybe")) => {
            let path = path.splitn(3, '.').last().unwrap_or(path);
            let shown = row.get(1).copied().flatten().map_or_else(
                || "_".to_owned(),
                |v| {
                    if is_unknown(&view.facts.values, v) {
                        "?".to_owned()
                    } else {
                        value(view, path.rsplit('.').next().unwrap_or(path), v)
                    }
                },
            );
            format!("{subject}.{path} = {shown}")
        }
        _ => "…".to_owned(),
    }
}

/// Whether a value is a fact that an extractor found: then its name is its place.
fn extracted(view: &View<'_>, id: ValueId) -> bool {
    view.kind_of(id).and_then(|k| view.kind(k)).is_some_and(|k| k.extracted)
}

/// What an extracted fact is told from its like by: the first of its fields that has a value.
fn first_field(view: &View<'_>, kind: KindId, id: ValueId) -> Option<String> {
    let kind = view.kind(kind)?;
    let name = &kind.attributes.first()?.name;
    let secret = secret_name(&kind.declared.name) && name.contains("value");
    Some(value(view, if secret { "secret" } else { name }, *view.values(id, name).first()?))
}

/// A value inside a fact: masked, cut, texts between quotes.
fn value(view: &View<'_>, name: &str, id: ValueId) -> String {
    let values = &view.facts.values;
    let Some(text) = values.as_str(id) else { return mask_line(&view.show(id)) };
    let masked = mask_value(name, text);
    let mut shown: String = masked.chars().take(MOST_VALUE).collect();
    if shown.len() < masked.len() {
        shown.push('…');
    }
    format!("\"{}\"", shown.replace('\n', " "))
}

/// The places that a proof rests on, the most telling first: those about the entity `at`, then
/// those that the rule looks at most directly.
pub fn places(view: &View<'_>, proof: &Proof, at: Option<ValueId>) -> Vec<Evidence> {
    /// Order by: a mere mention in a model, not about `at`, a mere join, depth, how little it tells,
    /// order of visit.
    type Rank = (bool, bool, bool, u32, u8, usize);
    let mut best: BTreeMap<NodeId, Rank> = BTreeMap::new();
    let mut visited: BTreeSet<(NodeId, bool)> = BTreeSet::new();
    let mut queue = VecDeque::from([(NodeId(0), false, 0)]);
    while let Some((id, about, depth)) = queue.pop_front() {
        let Some(node) = proof.node(id) else { continue };
        let about = about || (depth > 0 && at.is_some_and(|at| node.values.contains(&at)));
        if !visited.insert((id, about)) {
            continue;
        }
        match &node.reason {
            // A row that a pack states of its own relation is its knowledge, no evidence of the system.
            Reason::Given(_)
                if matches!(role(view, node.fact.relation), Some(Role::Declared(_))) => {}
            Reason::Given(places) if !places.is_empty() => {
                let dull = dullness(view, node, places);
                let rank = (dull > 2, !about, dull > 1, depth, dull, visited.len());
                let slot = best.entry(id).or_insert(rank);
                *slot = (*slot).min(rank);
            }
            Reason::Derived { premises, .. } => {
                // What the lowering put between says the same again, and is no step.
                let between = matches!(
                    role(view, node.fact.relation),
                    Some(Role::Auxiliary | Role::Attribute(..) | Role::Known(..))
                );
                for premise in premises {
                    if let Premise::Fact(inner) = premise {
                        queue.push_back((*inner, about, depth + u32::from(!between)));
                    }
                }
            }
            Reason::Given(_) | Reason::Question(_) | Reason::Cut => {}
        }
    }
    let mut ranked: Vec<(Rank, NodeId)> = best.into_iter().map(|(id, rank)| (rank, id)).collect();
    ranked.sort_unstable();
    // One place a line: what else is on it is in its excerpt.
    let mut seen: BTreeSet<(SourceId, u32)> = BTreeSet::new();
    let mut out = vec![];
    // The first place of each fact before further places of any.
    for further in [false, true] {
        for (_, id) in &ranked {
            let Some(node) = proof.node(*id) else { continue };
            let Reason::Given(places) = &node.reason else { continue };
            let list = if further {
                places.get(1..).unwrap_or_default()
            } else {
                places.get(..1).unwrap_or_default()
            };
            for place in list.iter().take(2) {
                if out.len() < MOST_PLACES && seen.insert((place.source, place.line)) {
                    let row: Vec<Option<ValueId>> = node.values.iter().map(|v| Some(*v)).collect();
                    let shows = fact(view, node.fact.relation, &row);
                    let stated = given(view, node.fact.relation, Some(place)) == Origin::Stated;
                    out.push(evidence(view.sources, *place, shows, stated));
                }
            }
        }
    }
    out
}

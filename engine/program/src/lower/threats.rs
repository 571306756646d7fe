//! Threats, what adjusts and excepts their matches, and the condition of a query.

use std::sync::Arc;

use redan_base::{Diagnostic, SourceId};
use redan_grammar::syntax::{Block, ChangeKind, Cond, ItemKind};

use super::Lowering;
use super::core::{Body, Context, Leaf, Test, Twin};
use super::emit::bounds;
use super::types::Types;
use crate::collect::PackItem;
use crate::ir::{Bound, Insertion, QueryRules, Role, Term, ThreatRules, Variable};
use crate::names::{self, Meaning, Scope};
use crate::schema::{ThreatId, Type};

/// A threat or query whose match is resolved.
pub(super) struct Match {
    pub cx: Context,
    pub bodies: Vec<Body>,
    /// The variables that are its columns.
    pub columns: Vec<(Variable, String, Type)>,
}

impl Lowering<'_> {
    pub(super) fn prepare_threat(&mut self, id: ThreatId, item: &PackItem, block: &Block) -> Match {
        let name = self.schema.threats.get(id.0 as usize).map_or("", |t| t.declared.name.as_str());
        let mut cx = Context::new(item.scope(), format!("threat {name}"), item.item.span);
        let conds: Vec<&Cond> = block
            .fields
            .iter()
            .filter(|f| matches!(f.name.text.as_str(), "match" | "where"))
            .filter_map(|f| f.condition.as_ref())
            .collect();
        let mut made = self.prepare_match(&mut cx, &conds);
        let used = self.names_used_of(id, item, &cx);
        made.retain(|(_, name, ty)| matches!(ty, Type::Entity(_)) || used.contains(name));
        let bodies = std::mem::take(&mut self.match_bodies);
        if !cx.broken {
            self.check_uses(&cx);
        }
        Match { cx, bodies, columns: made }
    }

    /// The columns of all variables of a match; the conjunctions are left in `match_bodies`.
    fn prepare_match(
        &mut self,
        cx: &mut Context,
        conds: &[&Cond],
    ) -> Vec<(Variable, String, Type)> {
        let bodies = self.top(cx, conds, &Types::default());
        let types = self.merged(&bodies);
        let names = cx.envs.first().map(|e| e.names.clone()).unwrap_or_default();
        let mut columns = vec![];
        for (name, v) in names {
            if let Some(var) = cx.vars.get_mut(v.0 as usize) {
                var.may_be_single = true;
            }
            let everywhere = bodies.iter().all(|b| b.types.contains_key(&v));
            if let (true, Some(ty)) = (everywhere, types.get(v)) {
                columns.push((v, name, ty.clone()));
            }
        }
        self.match_bodies = bodies;
        columns
    }

    /// The names that texts, adjustments and exceptions of a threat use.
    fn names_used_of(&mut self, id: ThreatId, item: &PackItem, cx: &Context) -> Vec<String> {
        let mut all: Vec<String> = self
            .d
            .insertions
            .iter()
            .filter(|i| i.threat == id)
            .filter_map(|i| i.parts.first().cloned())
            .collect();
        let mut conds: Vec<(Scope, &Cond)> = vec![];
        if let Some(threat) = self.schema.threats.get(id.0 as usize) {
            conds.extend(threat.adjustments.iter().map(|a| (item.scope(), &a.condition)));
        }
        for other in &self.d.items {
            if let (ItemKind::Change(change), Some(Meaning::Change(number))) =
                (&other.item.kind, other.declares)
                && self.schema.changes.get(number as usize).is_some_and(|c| c.threat == id)
            {
                conds.extend(change.condition.iter().map(|c| (other.scope(), c)));
            }
        }
        for (scope, cond) in conds {
            let mut probe = cx.clone();
            probe.scope = scope;
            for var in &mut probe.vars {
                var.uses = 0;
            }
            let env = self.open_env(&mut probe, 0, &[cond]);
            let _ = self.surface(&mut probe, cond, true, env);
            all.extend(probe.vars.iter().filter(|v| v.uses > 0).map(|v| v.name.clone()));
        }
        all
    }

    /// The relations and rules of a match.
    pub(super) fn emit_match(
        &mut self,
        made: &mut Match,
        role: Role,
        name: &str,
        silent: bool,
    ) -> Twin {
        let open = made.bodies.iter().any(|b| self.is_open(&made.cx, b));
        let types = made.columns.iter().map(|(_, _, t)| t.clone()).collect();
        let twin = self.add_twin(name, types, role, open);
        let terms: Vec<Term> = made.columns.iter().map(|(v, ..)| Term::Variable(*v)).collect();
        let rules = self.program.rules.len();
        for body in &made.bodies {
            for bound in bounds(twin) {
                for literals in self.emit(&mut made.cx, body, bound, &[]) {
                    let span = made.cx.span;
                    self.finish(&mut made.cx, twin.of(bound), &terms, literals, body, &[], span);
                }
            }
        }
        if silent {
            Arc::make_mut(&mut self.program.rules).truncate(rules);
        }
        twin
    }

    /// All about a threat besides its match.
    pub(super) fn emit_threat(
        &mut self,
        id: ThreatId,
        item: Option<&PackItem>,
        made: Option<Match>,
    ) {
        let Some(threat) = self.schema.threats.get(id.0 as usize) else { return };
        let silent =
            threat.disabled_by.is_some() || self.options.disabled.contains(&threat.declared.name);
        let mut made = made.unwrap_or_else(|| Match {
            cx: Context::new(
                Scope::new(threat.declared.pack, threat.declared.source),
                String::new(),
                threat.declared.item,
            ),
            bodies: vec![],
            columns: vec![],
        });
        let name = threat.declared.name.clone();
        let twin = self.emit_match(&mut made, Role::Threat(id), &name, silent);
        let bindings: Vec<(String, Type)> =
            made.columns.iter().map(|(_, n, t)| (n.clone(), t.clone())).collect();
        let mut rules = ThreatRules {
            certain: twin.certain,
            possible: twin.possible,
            bindings,
            adjustments: vec![],
            exceptions: vec![],
            insertions: vec![],
        };
        let before = self.program.rules.len();
        for (number, adjustment) in threat.adjustments.iter().enumerate() {
            let scope = item.map_or(made.cx.scope, PackItem::scope);
            let word = if adjustment.raise { "raise" } else { "lower" };
            let name = format!("{name} {word} {}", number + 1);
            let role = Role::Adjust(id, number as u32);
            let relation = self.condition_of_match(
                &rules,
                scope,
                Some(&adjustment.condition),
                name,
                role,
                adjustment.span,
            );
            rules.adjustments.push(relation);
        }
        for other in &self.d.items {
            if let (ItemKind::Change(change), Some(Meaning::Change(number))) =
                (&other.item.kind, other.declares)
                && change.kind == ChangeKind::Except
                && self.schema.changes.get(number as usize).is_some_and(|c| c.threat == id)
            {
                let name = format!("{name} except {number}");
                let condition = change.condition.as_ref();
                let role = Role::Except(number);
                let span = other.item.span;
                let relation =
                    self.condition_of_match(&rules, other.scope(), condition, name, role, span);
                rules.exceptions.push((number as usize, relation));
            }
        }
        if silent {
            Arc::make_mut(&mut self.program.rules).truncate(before);
        }
        self.insertions(id, &made, &mut rules);
        self.program.threats.push(rules);
    }

    /// The relation of the matches for which a condition certainly holds.
    fn condition_of_match(
        &mut self,
        rules: &ThreatRules,
        scope: Scope,
        condition: Option<&Cond>,
        name: String,
        role: Role,
        span: redan_base::Span,
    ) -> redan_facts::RelationId {
        let types: Vec<Type> = rules.bindings.iter().map(|(_, t)| t.clone()).collect();
        let relation = self.add_relation(name.clone(), types, role, Bound::Certain);
        let mut cx = Context::new(scope, name, span);
        let mut known = Types::default();
        let mut terms = vec![];
        for (name, ty) in &rules.bindings {
            let v = cx.named(name.clone(), span, 0);
            if let Some(var) = cx.vars.get_mut(v.0 as usize) {
                var.may_be_single = true;
            }
            if let Some(env) = cx.envs.first_mut() {
                env.names.push((name.clone(), v));
            }
            known.of.insert(v, (ty.clone(), span));
            terms.push(Term::Variable(v));
        }
        let conds: Vec<&Cond> = condition.into_iter().collect();
        let mut bodies = self.top(&mut cx, &conds, &known);
        for body in &mut bodies {
            let matched = Test::Plain(rules.possible, terms.clone());
            body.leaves.insert(0, Leaf::test(true, matched, span));
        }
        if !cx.broken {
            self.check_uses(&cx);
        }
        for body in &bodies {
            self.emit_certain(&mut cx, relation, &terms, body, span);
        }
        relation
    }

    /// The values that texts fill in.
    fn insertions(&mut self, id: ThreatId, made: &Match, rules: &mut ThreatRules) {
        let wanted: Vec<_> = self.d.insertions.iter().filter(|i| i.threat == id).cloned().collect();
        for insertion in wanted {
            let Some((first, rest)) = insertion.parts.split_first() else { continue };
            let Some(binding) = rules.bindings.iter().position(|(n, _)| n == first) else {
                if made.cx.broken || made.bodies.is_empty() {
                    continue;
                }
                let names: Vec<&str> = rules.bindings.iter().map(|(n, _)| n.as_str()).collect();
                let d = Diagnostic::error(530, format!("the match binds no `{first}`"))
                    .at(insertion.source, insertion.span, "")
                    .help(names::likely_or_list(first, names));
                self.diagnostics.push(d);
                continue;
            };
            let Some((_, ty)) = rules.bindings.get(binding) else { continue };
            let Some(path) = self.path_of(ty.clone(), rest, insertion.source, insertion.span)
            else {
                continue;
            };
            let text = insertion.parts.join(".");
            let made = Insertion { text, binding, path };
            if !rules.insertions.contains(&made) {
                rules.insertions.push(made);
            }
        }
    }

    /// The relations of a path of attributes.
    fn path_of(
        &mut self,
        mut ty: Type,
        parts: &[String],
        source: SourceId,
        span: redan_base::Span,
    ) -> Option<Vec<redan_facts::RelationId>> {
        let mut path = vec![];
        for part in parts {
            let Type::Entity(kind) = ty else {
                let name = self.type_name(&ty);
                let d = Diagnostic::error(205, format!("{name} has no attribute `{part}`"));
                self.diagnostics.push(d.at(source, span, ""));
                return None;
            };
            let Some(attribute) = names::attribute(self.schema, kind, part) else {
                let place = match part.as_str() {
                    "file" => Some((super::core::Part::File, Type::Str)),
                    "line" => Some((super::core::Part::Line, Type::Int)),
                    "text" => Some((super::core::Part::Text, Type::Str)),
                    _ => None,
                };
                if let (Some((place, of)), true) = (place, self.is_extracted(kind)) {
                    path.push(self.part(kind, place));
                    ty = of;
                    continue;
                }
                let word = redan_grammar::syntax::Name { text: part.clone(), span };
                let d = names::unknown_attribute(self.schema, kind, source, &word);
                self.diagnostics.push(d);
                return None;
            };
            path.push(self.attribute_relations(attribute).value);
            ty = self.attribute(attribute)?.ty.clone();
        }
        Some(path)
    }

    /// The condition of `redan query`.
    pub(super) fn query(&mut self) {
        let Some((source, text)) = &self.options.query else { return };
        let (cond, diagnostics) = redan_grammar::parse_condition(*source, text);
        self.diagnostics.extend(diagnostics);
        let Some(cond) = cond else { return };
        let scope = Scope::new(Scope::EVERYWHERE, *source);
        let mut cx = Context::new(scope, "query".to_owned(), cond.span);
        let columns = self.prepare_match(&mut cx, &[&cond]);
        let bodies = std::mem::take(&mut self.match_bodies);
        if cx.broken {
            return;
        }
        self.check_uses(&cx);
        let mut made = Match { cx, bodies, columns };
        let twin = self.emit_match(&mut made, Role::Auxiliary, "query", false);
        let bindings = made.columns.into_iter().map(|(_, n, t)| (n, t)).collect();
        self.program.query =
            Some(QueryRules { certain: twin.certain, possible: twin.possible, bindings });
    }
}

//! Holds what a test expects against what was found.

use std::collections::BTreeSet;

use redan_base::{Diagnostic, SourceId, Span};
use redan_facts::{RelationId, Value, ValueId, normalise};
use redan_grammar::syntax::{Expect, ExpectKind, Expr, ExprKind, Path};
use redan_program::ir::{Bound, Role};
use redan_program::schema::KindId;
use redan_threats::{Certainty, Finding};

use super::TestResult;
use crate::analyze::{Analysis, Prepared};
use crate::pages::{Case, Mark};

/// What a test is checked against.
pub(super) struct Run<'a> {
    pub prepared: &'a Prepared,
    pub analysis: Analysis,
    pub pack: &'a str,
    pub failures: Vec<Diagnostic>,
    /// Conditions that alone kept a rule silent.
    pub decided: BTreeSet<(SourceId, Span)>,
}

/// Holds what a case of a page expects against what was found.
pub(super) fn judge_case(
    mut run: Run<'_>,
    name: String,
    rule: &str,
    source: SourceId,
    case: &Case,
) -> TestResult {
    let pack = run.pack;
    let mut silent = BTreeSet::new();
    let mut expects_own = false;
    let own = run.threat(pack, rule);
    for (mark, span) in &case.marks {
        match mark {
            Mark::Threat { name, possible, at } => {
                let threat = run.named(name, source, *span);
                expects_own |= threat.is_some() && threat == own;
                if let Some(threat) = threat {
                    run.expect_at(&threat, *possible, at, source, *span);
                }
            }
            Mark::NoThreat { name, at } => {
                let threat = name.as_ref().and_then(|n| run.named(n, source, *span));
                run.expect_none_at(threat.as_deref(), at, source, *span);
            }
            Mark::Expect(text) => {
                let expect = match parse_expect(text, source, *span) {
                    Ok(expect) => Some(expect),
                    Err(mistake) => {
                        run.failures.push(*mistake);
                        None
                    }
                };
                if let Some(expect) = expect {
                    let own_named = match &expect.what {
                        ExpectKind::Threat { threat, .. } => {
                            own.is_some() && run.threat(pack, &shown(threat)) == own
                        }
                        ExpectKind::Relation { relation, .. } => {
                            own.is_some() && run.threat(pack, &shown(relation)) == own
                        }
                        ExpectKind::Fact { .. } => false,
                    };
                    expects_own |= own_named && !expect.negated;
                    run.expect(&expect, source, &mut silent);
                }
            }
        }
    }
    if let Some(own) = own
        && case.is_near_miss()
        && !expects_own
    {
        run.expect_no(&own, &[], source, case.span);
        silent.insert(own);
    }
    run.finish(name, silent)
}

impl Run<'_> {
    pub(super) fn finish(self, name: String, silent: BTreeSet<String>) -> TestResult {
        let fired = self
            .analysis
            .findings
            .iter()
            .map(|f| (f.rule.clone(), f.certainty == Certainty::Possible))
            .collect();
        TestResult {
            name,
            passed: self.failures.is_empty(),
            failures: self.failures,
            fired,
            silent,
            decided: self.decided,
        }
    }

    fn fail(&mut self, source: SourceId, span: Span, message: String, help: String) {
        self.failures
            .push(Diagnostic::error(802, message).at(source, span, "expected here").help(help));
    }

    fn threat(&self, pack: &str, name: &str) -> Option<String> {
        threat_named(self.prepared, pack, name)
    }

    fn named(&mut self, name: &str, source: SourceId, span: Span) -> Option<String> {
        let found = self.threat(self.pack, name);
        if found.is_none() {
            self.failures.push(
                Diagnostic::error(803, format!("there is no threat `{name}`"))
                    .at(source, span, "unknown threat")
                    .help("a threat is named by its name, or by `pack.name`"),
            );
        }
        found
    }

    fn on_line<'b>(&'b self, at: &'b (String, u32)) -> impl Iterator<Item = &'b Finding> {
        self.analysis.findings.iter().filter(move |f| {
            f.evidence.iter().any(|e| {
                e.spot.path == at.0
                    && e.spot.line <= at.1
                    && at.1 <= e.spot.end_line.max(e.spot.line)
            })
        })
    }

    fn expect_at(
        &mut self,
        threat: &str,
        possible: bool,
        at: &(String, u32),
        source: SourceId,
        span: Span,
    ) {
        let certainty = if possible { Certainty::Possible } else { Certainty::Confirmed };
        let met = self.on_line(at).any(|f| f.rule == threat && f.certainty == certainty);
        if !met {
            let help = self.what_there_is(threat);
            let message =
                format!("no {} finding of `{threat}` at {}:{}", certainty.word(), at.0, at.1);
            self.fail(source, span, message, help);
        }
    }

    fn expect_none_at(
        &mut self,
        threat: Option<&str>,
        at: &(String, u32),
        source: SourceId,
        span: Span,
    ) {
        let found: Vec<String> =
            self.on_line(at).filter(|f| threat.is_none_or(|t| f.rule == t)).map(describe).collect();
        if !found.is_empty() {
            let message = format!("a finding at {}:{} where none is expected", at.0, at.1);
            self.fail(source, span, message, format!("there is {}", found.join("; ")));
        }
    }

    fn expect_no(
        &mut self,
        threat: &str,
        bindings: &[(String, String)],
        source: SourceId,
        span: Span,
    ) {
        let found: Vec<String> = self
            .analysis
            .findings
            .iter()
            .filter(|f| f.rule == threat && agrees(f, bindings))
            .map(describe)
            .collect();
        if !found.is_empty() {
            let message = format!("`{threat}` is expected to stay silent, but it does not");
            self.fail(source, span, message, format!("there is {}", found.join("; ")));
            return;
        }
        self.decide(threat, bindings);
    }

    /// Finds the conditions that alone keep a threat silent for these bindings.
    fn decide(&mut self, threat: &str, bindings: &[(String, String)]) {
        let program = &self.prepared.program;
        let number = program.schema.threats.iter().position(|t| t.declared.name == threat);
        let Some(rules) = number.and_then(|n| program.threats.get(n)) else { return };
        let mut row = vec![None; rules.bindings.len()];
        for (name, text) in bindings {
            let column = rules.bindings.iter().position(|(n, _)| n == name);
            let value = (0..self.analysis.solution.facts.values.len() as u32)
                .map(ValueId)
                .find(|v| self.same(*v, text));
            let Some(slot) = column.and_then(|c| row.get_mut(c)) else { return };
            if value.is_none() {
                return;
            }
            *slot = value;
        }
        let mut found = vec![];
        for (number, rule) in (0..).zip(program.rules.iter()) {
            if rule.head.relation == rules.possible
                && let Some(origin) = program.origins.get(rule.origin as usize)
            {
                let spans = redan_solve::deciding(program, &self.analysis.solution, number, &row);
                found.extend(spans.into_iter().map(|span| (origin.source, span)));
            }
        }
        self.decided.extend(found);
    }

    fn what_there_is(&self, threat: &str) -> String {
        let of: Vec<String> =
            self.analysis.findings.iter().filter(|f| f.rule == threat).map(describe).collect();
        if !of.is_empty() {
            return format!("there is {}", of.join("; "));
        }
        let mut others: Vec<&str> =
            self.analysis.findings.iter().map(|f| f.rule.as_str()).collect();
        others.dedup();
        if others.is_empty() {
            "there is no finding at all".to_owned()
        } else {
            format!("there are findings of {}", others.join(", "))
        }
    }

    pub(super) fn expect(
        &mut self,
        expect: &Expect,
        source: SourceId,
        silent: &mut BTreeSet<String>,
    ) {
        let span = expect.span;
        match &expect.what {
            ExpectKind::Threat { threat, possible, bindings } => {
                let Some(name) = self.named(&shown(threat), source, threat.span) else { return };
                let bindings: Vec<(String, String)> =
                    bindings.iter().map(|(n, e)| (n.text.clone(), text_of(e))).collect();
                self.expect_threat(
                    &name,
                    *possible,
                    &bindings,
                    expect.negated,
                    source,
                    span,
                    silent,
                );
            }
            ExpectKind::Relation { relation, arguments } => {
                let name = shown(relation);
                if let Some(threat) = self.threat(self.pack, &name)
                    && arguments.is_empty()
                {
                    self.expect_threat(&threat, false, &[], expect.negated, source, span, silent);
                    return;
                }
                let found = self.rows_of(&name, arguments);
                match found {
                    None => self.failures.push(
                        Diagnostic::error(804, format!("there is no threat or relation `{name}`"))
                            .at(source, relation.span, "unknown name"),
                    ),
                    Some((met, rows)) if met == expect.negated => {
                        let message = if expect.negated {
                            format!("`{name}` is expected not to hold, but it does")
                        } else {
                            format!("`{name}` is expected to hold, but it does not")
                        };
                        self.fail(source, span, message, rows);
                    }
                    Some(_) => {}
                }
            }
            ExpectKind::Fact { kind, attributes } => {
                let name = shown(kind);
                let wanted: Vec<(String, String)> =
                    attributes.iter().map(|o| (o.name.text.clone(), text_of(&o.value))).collect();
                match self.members(&name, &wanted) {
                    None => self.failures.push(
                        Diagnostic::error(805, format!("there is no kind `{name}`")).at(
                            source,
                            kind.span,
                            "unknown kind",
                        ),
                    ),
                    Some((met, seen)) if met == expect.negated => {
                        let message = if expect.negated {
                            format!("a fact of `{name}` is there that is expected not to be")
                        } else {
                            format!("no fact of `{name}` with these attributes")
                        };
                        self.fail(source, span, message, seen);
                    }
                    Some(_) => {}
                }
            }
        }
    }

    #[allow(clippy::too_many_arguments, reason = "one expectation, spelled out")]
    fn expect_threat(
        &mut self,
        name: &str,
        possible: bool,
        bindings: &[(String, String)],
        negated: bool,
        source: SourceId,
        span: Span,
        silent: &mut BTreeSet<String>,
    ) {
        if negated {
            if bindings.is_empty() {
                silent.insert(name.to_owned());
            }
            self.expect_no(name, bindings, source, span);
            return;
        }
        let certainty = if possible { Certainty::Possible } else { Certainty::Confirmed };
        let met = self
            .analysis
            .findings
            .iter()
            .any(|f| f.rule == name && f.certainty == certainty && agrees(f, bindings));
        if !met {
            let help = self.what_there_is(name);
            self.fail(
                source,
                span,
                format!("no {} finding of `{name}` like this", certainty.word()),
                help,
            );
        }
    }

    /// The relation of a role among the certain ones.
    fn relation(&self, is: impl Fn(&Role) -> bool) -> Option<RelationId> {
        let relations = &self.prepared.program.relations;
        let index = relations.iter().position(|r| r.bound == Bound::Certain && is(&r.role))?;
        Some(RelationId(index as u32))
    }

    /// Whether a relation holds for arguments, and what rows it has.
    fn rows_of(&self, name: &str, arguments: &[Expr]) -> Option<(bool, String)> {
        let schema = &self.prepared.program.schema;
        let names = schema.relations.iter().map(|r| r.declared.name.as_str());
        let index = find_name(names, self.pack, name)?;
        let relation = self.relation(|r| *r == Role::Declared(index as u32))?;
        let facts = &self.analysis.solution.facts;
        let mut met = false;
        let mut seen = vec![];
        for (_, row) in facts.relation(relation).rows() {
            met |= arguments.len() == row.len()
                && arguments
                    .iter()
                    .zip(&row)
                    .all(|(a, v)| matches!(a.kind, ExprKind::Wild) || self.same(*v, &text_of(a)));
            seen.push(row.iter().map(|v| facts.values.show(*v)).collect::<Vec<_>>().join(", "));
        }
        seen.sort();
        Some((met, listing(&format!("`{name}` holds for"), &seen)))
    }

    /// Whether a kind has a member with these attributes, and what members it has.
    fn members(&self, name: &str, wanted: &[(String, String)]) -> Option<(bool, String)> {
        let schema = &self.prepared.program.schema;
        let names = schema.kinds.iter().map(|k| k.declared.name.as_str());
        let kind = find_name(names, self.pack, name)?;
        let relation = self.relation(|r| *r == Role::Kind(KindId(kind as u32)))?;
        let facts = &self.analysis.solution.facts;
        let mut met = false;
        let mut seen = vec![];
        for (_, row) in facts.relation(relation).rows() {
            let Some(entity) = row.first().copied() else { continue };
            met |= wanted.iter().all(|(attribute, value)| {
                self.attribute(kind, attribute, entity).iter().any(|v| self.same(*v, value))
            });
            let shown: Vec<String> = wanted
                .iter()
                .map(|(attribute, _)| {
                    let values = self.attribute(kind, attribute, entity);
                    let mut values: Vec<String> =
                        values.iter().map(|v| facts.values.show(*v)).collect();
                    values.sort();
                    format!("{attribute}: {}", values.join(" and "))
                })
                .collect();
            seen.push(format!("{} {{ {} }}", facts.values.show(entity), shown.join("  ")));
        }
        seen.sort();
        Some((met, listing("there is", &seen)))
    }

    /// The values of an attribute, which a parent of the kind may declare.
    fn attribute(&self, kind: usize, attribute: &str, entity: ValueId) -> Vec<ValueId> {
        let schema = &self.prepared.program.schema;
        let mut at = Some(KindId(kind as u32));
        while let Some(id) = at {
            let Some(kind) = schema.kinds.get(id.0 as usize) else { break };
            let role = match kind.attributes.iter().position(|a| a.name == attribute) {
                Some(index) => Role::Attribute(id, index as u32),
                None if attribute == "file" && kind.extracted => Role::File(id),
                None if attribute == "line" && kind.extracted => Role::Line(id),
                None => {
                    at = kind.parent;
                    continue;
                }
            };
            let Some(relation) = self.relation(|r| *r == role) else { break };
            let rows = self.analysis.solution.facts.relation(relation).rows();
            return rows
                .filter(|(_, row)| row.first() == Some(&entity))
                .filter_map(|(_, row)| row.get(1).copied())
                .collect();
        }
        vec![]
    }

    /// Whether a value is what a test calls by this text.
    fn same(&self, value: ValueId, text: &str) -> bool {
        let values = &self.analysis.solution.facts.values;
        let shown = values.show(value);
        match values.get(value) {
            Value::Entity { .. } => normalise(&shown) == normalise(text),
            Value::Bool(_) | Value::Int(_) | Value::Str(_) | Value::Symbol { .. } => shown == text,
        }
    }
}

/// Reads a line of an `expect` block as the language's `expect`.
pub(super) fn parse_expect(
    text: &str,
    source: SourceId,
    span: Span,
) -> Result<Expect, Box<Diagnostic>> {
    let (file, found) =
        redan_grammar::parse(source, &format!("test \"\" {{ expect {} }}", plain(text)));
    let expect = file.items.into_iter().find_map(|item| match item.kind {
        redan_grammar::syntax::ItemKind::Test(test) => test.expect.into_iter().next(),
        _ => None,
    });
    let Some(mut expect) = expect else {
        let why = found.first().map_or_else(String::new, |d| format!(": {}", d.message));
        let mistake = Diagnostic::error(806, format!("this expectation cannot be read{why}"))
            .at(source, span, "here")
            .help("write `threat NAME(binding: value)`, `possible NAME`, `no NAME` or `fact KIND { attribute: value }`");
        return Err(Box::new(mistake));
    };
    expect.span = span;
    match &mut expect.what {
        ExpectKind::Threat { threat, .. } => threat.span = span,
        ExpectKind::Fact { kind, .. } => kind.span = span,
        ExpectKind::Relation { relation, .. } => relation.span = span,
    }
    Ok(expect)
}

/// The full name of a threat as a pack calls it.
pub(super) fn threat_named(prepared: &Prepared, pack: &str, name: &str) -> Option<String> {
    let threats = &prepared.program.schema.threats;
    let full = format!("{pack}.{name}");
    let exact = threats.iter().find(|t| t.declared.name == name || t.declared.name == full);
    let suffix = format!(".{name}");
    exact
        .or_else(|| threats.iter().find(|t| t.declared.name.ends_with(&suffix)))
        .map(|t| t.declared.name.clone())
}

/// `threat NAME(…)` may be written for `NAME(…)`, also after `no`.
fn plain(text: &str) -> String {
    let (no, rest) = match text.strip_prefix("no ") {
        Some(rest) => ("no ", rest.trim_start()),
        None => ("", text),
    };
    format!("{no}{}", rest.strip_prefix("threat ").unwrap_or(rest))
}

fn listing(lead: &str, seen: &[String]) -> String {
    const MOST: usize = 8;
    if seen.is_empty() {
        return "there is none at all".to_owned();
    }
    let mut text =
        format!("{lead} {}", seen.iter().take(MOST).cloned().collect::<Vec<_>>().join("; "));
    if seen.len() > MOST {
        text.push_str(&format!("; and {} more", seen.len() - MOST));
    }
    text
}

pub(super) fn find_name<'a>(
    names: impl Iterator<Item = &'a str>,
    pack: &str,
    name: &str,
) -> Option<usize> {
    let full = format!("{pack}.{name}");
    let suffix = format!(".{name}");
    let mut by_suffix = None;
    for (index, candidate) in names.enumerate() {
        if candidate == name || candidate == full {
            return Some(index);
        }
        if by_suffix.is_none() && candidate.ends_with(&suffix) {
            by_suffix = Some(index);
        }
    }
    by_suffix
}

fn agrees(finding: &Finding, bindings: &[(String, String)]) -> bool {
    bindings.iter().all(|(name, value)| {
        finding
            .bindings
            .iter()
            .any(|b| b.name == *name && normalise(&b.display) == normalise(value))
    })
}

fn describe(finding: &Finding) -> String {
    let bindings: Vec<String> =
        finding.bindings.iter().map(|b| format!("{}: {}", b.name, b.display)).collect();
    format!("{} {}({})", finding.certainty.word(), finding.rule, bindings.join(", "))
}

/// What a test writes for a value: a name, a text, a number.
fn text_of(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Text(text)
        | ExprKind::Name(text)
        | ExprKind::Regex(text)
        | ExprKind::Code(text) => text.clone(),
        ExprKind::Int(number) => number.to_string(),
        ExprKind::Bool(value) => value.to_string(),
        // `component("web")` names the entity.
        ExprKind::Call(_, arguments) => arguments.first().map(text_of).unwrap_or_default(),
        ExprKind::Access(base, name) => format!("{}.{}", text_of(base), name.text),
        ExprKind::Sum { left, right, minus } => {
            format!("{}{}{}", text_of(left), if *minus { "-" } else { "+" }, text_of(right))
        }
        ExprKind::Wild
        | ExprKind::Capture(_)
        | ExprKind::Captures(_)
        | ExprKind::Tree(_)
        | ExprKind::List(_)
        | ExprKind::First(_)
        | ExprKind::Aggregate { .. } => String::new(),
    }
}

pub(super) fn shown(path: &Path) -> String {
    match &path.pack {
        Some(pack) => format!("{}.{}", pack.text, path.name.text),
        None => path.name.text.clone(),
    }
}

//! Policies: `deny` and `warn` over findings. A policy's condition is small enough to be read as it is written, so it
//! is checked here whole and never lowered.

use redan_base::{Diagnostic, Span};
use redan_grammar::syntax::{Compare, Cond, CondKind, Expr, ExprKind, ItemKind, Name};

use super::fields::{POLICY_FIELDS, text_of};
use super::{Collector, PackItem, path_of};
use crate::ir::PolicyRule;
use crate::names::{Scope, likely_or_list};
use crate::schema::{Risk, Stride};

/// What a policy may ask of a finding: the word, and the words that it may be; none if these are names.
static OF_A_FINDING: &[(&str, &[&str])] = &[
    ("certainty", &["confirmed", "possible"]),
    ("change", &["new", "changed", "unchanged"]),
    ("maturity", &["sandbox", "incubating", "stable"]),
    ("pack", &[]),
    ("severity", &["info", "low", "medium", "high", "critical"]),
    ("status", &["open", "excepted"]),
    (
        "stride",
        &[
            "spoofing",
            "tampering",
            "repudiation",
            "information_disclosure",
            "denial_of_service",
            "elevation_of_privilege",
        ],
    ),
    ("threat", &[]),
];

impl Collector<'_> {
    pub(super) fn policies(&mut self, items: &[PackItem]) {
        debug_assert!(Risk::ALL.iter().all(|r| words_of("severity").contains(&r.word())));
        debug_assert!(Stride::ALL.iter().all(|s| words_of("stride").contains(&s.word())));
        let mut seen: Vec<(String, redan_base::SourceId, Span)> = vec![];
        for item in items {
            let ItemKind::Policy(block) = &item.item.kind else { continue };
            let policy = self.qualified(item, &block.name);
            if let Some((_, source, span)) = seen.iter().find(|(n, _, _)| *n == policy) {
                let d = Diagnostic::error(
                    112,
                    format!("policy `{}` is declared twice", block.name.text),
                )
                .at(item.source, block.name.span, "the second one")
                .at(*source, *span, "the first one");
                self.report(d);
                continue;
            }
            seen.push((policy.clone(), item.source, block.name.span));
            let scope = item.scope();
            for (row, field) in
                self.fields(scope, "policy", &block.name, &block.fields, POLICY_FIELDS)
            {
                let (Some(text), Some(condition)) =
                    (field.values.first().and_then(text_of), &field.condition)
                else {
                    continue;
                };
                let Some((variable, mut condition)) = self.split_finding(scope, condition) else {
                    continue;
                };
                self.policy_condition(scope, &variable, &mut condition);
                self.out.policies.push(PolicyRule {
                    policy: policy.clone(),
                    deny: row.name == "deny",
                    text: text.to_owned(),
                    variable: variable.text,
                    condition,
                    source: item.source,
                });
            }
        }
    }

    /// Takes `finding f` out of a condition.
    fn split_finding(&mut self, scope: Scope, condition: &Cond) -> Option<(Name, Cond)> {
        let is_finding = |c: &Cond| match &c.kind {
            CondKind::Member(name, kind) if kind.pack.is_none() && kind.name.text == "finding" => {
                Some(name.clone())
            }
            _ => None,
        };
        let parts = match &condition.kind {
            CondKind::And(parts) => parts.clone(),
            _ => vec![condition.clone()],
        };
        let found: Vec<Name> = parts.iter().filter_map(is_finding).collect();
        match found.as_slice() {
            [variable] => {
                let rest = parts.into_iter().filter(|p| is_finding(p).is_none()).collect();
                Some((variable.clone(), Cond { kind: CondKind::And(rest), span: condition.span }))
            }
            [] => {
                self.report(
                    Diagnostic::error(522, "a policy speaks of findings")
                        .at(scope.source, condition.span, "")
                        .help("begin with `finding f and …`"),
                );
                None
            }
            [_, second, ..] => {
                self.report(
                    Diagnostic::error(522, "a policy speaks of one finding at a time")
                        .at(scope.source, second.span, "")
                        .help("keep one `finding f`"),
                );
                None
            }
        }
    }

    /// Checks a condition over one finding; names of threats become texts, as a finding has them.
    fn policy_condition(&mut self, scope: Scope, variable: &Name, condition: &mut Cond) {
        let mut open: Vec<&mut Cond> = vec![condition];
        while let Some(cond) = open.pop() {
            let span = cond.span;
            match &mut cond.kind {
                CondKind::And(parts) | CondKind::Or(parts) => open.extend(parts.iter_mut().rev()),
                CondKind::Not(part) | CondKind::Group(part) => open.push(part),
                CondKind::Compare(op, left, right) => {
                    let (field, other) = match self.finding_field(scope, variable, left) {
                        Some(field) => (field, right),
                        None => match self.finding_field(scope, variable, right) {
                            Some(field) => (field, left),
                            None => {
                                self.not_of_a_finding(scope, variable, span);
                                continue;
                            }
                        },
                    };
                    if !matches!(op, Compare::Eq | Compare::Ne)
                        && field != "severity"
                        && !field.is_empty()
                    {
                        self.report(
                            Diagnostic::error(524, format!("`{field}` has no order"))
                                .at(scope.source, span, "")
                                .help("compare it with `==`, `!=` or `in [..]`"),
                        );
                    }
                    self.finding_value(scope, &field, other);
                }
                CondKind::In { left, right, .. } => {
                    let ExprKind::List(members) = &mut right.kind else {
                        self.not_of_a_finding(scope, variable, span);
                        continue;
                    };
                    match self.finding_field(scope, variable, left) {
                        Some(field) => {
                            for member in members {
                                self.finding_value(scope, &field, member);
                            }
                        }
                        None => self.not_of_a_finding(scope, variable, span),
                    }
                }
                CondKind::Verb { left, verb, right } if verb.name.text == "has" => {
                    match self.finding_field(scope, variable, left) {
                        Some(field) => self.finding_value(scope, &field, right),
                        None => self.not_of_a_finding(scope, variable, span),
                    }
                }
                _ => self.not_of_a_finding(scope, variable, span),
            }
        }
    }

    fn not_of_a_finding(&mut self, scope: Scope, variable: &Name, span: Span) {
        let f = &variable.text;
        self.report(
            Diagnostic::error(524, "a policy compares what a finding says with constants")
                .at(scope.source, span, "")
                .help(format!("as in `{f}.severity >= high`, `{f}.status == open` or `{f}.stride has spoofing`")),
        );
    }

    /// The field of `f.field`; empty if there is no such field, which is reported.
    fn finding_field(&mut self, scope: Scope, variable: &Name, expr: &Expr) -> Option<String> {
        let path = path_of(expr)?;
        if path.pack.as_ref().is_none_or(|p| p.text != variable.text) {
            return None;
        }
        let word = &path.name;
        if OF_A_FINDING.iter().any(|(n, _)| *n == word.text) {
            return Some(word.text.clone());
        }
        self.report(
            Diagnostic::error(523, format!("a finding has no field `{}`", word.text))
                .at(scope.source, word.span, "")
                .help(likely_or_list(&word.text, OF_A_FINDING.iter().map(|(n, _)| *n))),
        );
        Some(String::new())
    }

    fn finding_value(&mut self, scope: Scope, field: &str, value: &mut Expr) {
        let word =
            match (&value.kind, path_of(value)) {
                (_, Some(path)) => path,
                (ExprKind::Text(text), None) => {
                    let (pack, name) = match text.split_once('.') {
                        Some((pack, name)) => (Some(pack), name),
                        None => (None, text.as_str()),
                    };
                    let name_of = |t: &str| Name { text: t.to_owned(), span: value.span };
                    redan_grammar::syntax::Path {
                        pack: pack.map(name_of),
                        name: name_of(name),
                        span: value.span,
                    }
                }
                _ => {
                    if !field.is_empty() {
                        self.report(
                            Diagnostic::error(524, format!("`{field}` is compared with a word"))
                                .at(scope.source, value.span, ""),
                        );
                    }
                    return;
                }
            };
        match field {
            "" => {}
            "threat" => match self.out.names.threat(scope, &word) {
                Ok(id) => {
                    let threat = self.out.schema.threats.get(id.0 as usize);
                    value.kind =
                        ExprKind::Text(threat.map(|t| t.declared.name.clone()).unwrap_or_default());
                }
                Err(d) => self.report(d),
            },
            "pack" => {
                if self.out.names.pack(&word.name.text).is_none() {
                    let help = likely_or_list(
                        &word.name.text,
                        self.out.names.packs.iter().map(String::as_str),
                    );
                    self.report(
                        Diagnostic::error(610, format!("there is no pack `{}`", word.name.text))
                            .at(scope.source, value.span, "")
                            .help(help),
                    );
                }
            }
            _ => {
                let words = words_of(field);
                if word.pack.is_some() || !words.contains(&word.name.text.as_str()) {
                    self.report(
                        Diagnostic::error(524, format!("`{field}` is never `{}`", word.name.text))
                            .at(scope.source, word.span, "")
                            .help(likely_or_list(&word.name.text, words.iter().copied())),
                    );
                }
            }
        }
    }
}

fn words_of(field: &str) -> &'static [&'static str] {
    OF_A_FINDING.iter().find(|(n, _)| *n == field).map_or(&[], |(_, w)| *w)
}

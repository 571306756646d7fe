//! `except`, `override` and `disable`: what an organisation changes in packs that it uses.

use redan_base::{Diagnostic, SourceId, Span};
use redan_grammar::syntax::{self, ChangeKind, Field, ItemKind};

use super::fields::{FieldRow, THREAT_FIELDS};
use super::{Collector, PackItem};
use crate::names::{Meaning, likely_or_list};
use crate::schema::{Change, Declared, ThreatId};

/// Fields that tell one threat from another: to change them is to write another threat.
const FIXED: [&str; 9] =
    ["match", "where", "assets", "at", "raise", "lower", "since", "deprecated", "replaced_by"];

impl Collector<'_> {
    /// Checks all changes, and applies overrides and `disable` to the threats. Conditions of `except` are lowered later.
    pub(super) fn changes(&mut self, items: &mut [PackItem]) {
        let mut found: Vec<(String, Change, usize)> = vec![];
        for (index, item) in items.iter().enumerate() {
            let ItemKind::Change(change) = &item.item.kind else { continue };
            if let Some(change) = self.change(item, change) {
                found.push((change.declared.name.clone(), change, index));
            }
        }
        found.sort_by(|(a, x, _), (b, y, _)| {
            let place = |c: &Change| (c.declared.pack, c.declared.source, c.declared.span);
            a.cmp(b).then_with(|| place(x).cmp(&place(y)))
        });
        let mut written: Vec<(ThreatId, String, SourceId, Span)> = vec![];
        for (number, (_, change, index)) in found.into_iter().enumerate() {
            let Some(item) = items.get_mut(index) else { continue };
            item.declares = Some(Meaning::Change(number as u32));
            let id = change.threat;
            if let ItemKind::Change(syntax) = &item.item.kind {
                let syntax = syntax.clone();
                match syntax.kind {
                    ChangeKind::Except => {}
                    ChangeKind::Override => {
                        self.apply(item, id, number, &syntax, &mut written);
                    }
                    ChangeKind::Disable => self.disable(id, number, &change),
                }
            }
            self.out.schema.changes.push(change);
        }
    }

    fn change(&mut self, item: &PackItem, change: &syntax::Change) -> Option<Change> {
        let scope = item.scope();
        let word = match change.kind {
            ChangeKind::Except => "except",
            ChangeKind::Override => "override",
            ChangeKind::Disable => "disable",
        };
        if change.because.as_ref().is_none_or(|b| b.value.trim().is_empty()) {
            self.report(
                Diagnostic::error(518, format!("`{word}` needs a reason"))
                    .at(item.source, change.rule.span, "")
                    .help(format!("write `{word} {} because \"…\"`", written(&change.rule))),
            );
        }
        if let Some(until) = &change.until
            && !is_date(&until.value)
        {
            self.report(
                Diagnostic::error(528, format!("`{}` is not a day", until.value))
                    .at(item.source, until.span, "")
                    .help("write year, month and day, as in `until 2027-06-30`"),
            );
        }
        match (change.kind, &change.condition) {
            (ChangeKind::Except, None) => self.report(
                Diagnostic::error(519, "this exception holds for every match")
                    .at(item.source, change.rule.span, "")
                    .help(
                        "say for which, as in `if receiver.mesh == \"istio\"`, or write `disable`",
                    ),
            ),
            (ChangeKind::Override | ChangeKind::Disable, Some(condition)) => self.report(
                Diagnostic::error(504, format!("`{word}` takes no condition"))
                    .at(item.source, condition.span, "")
                    .help("`except` is for some matches"),
            ),
            _ => {}
        }
        match (change.kind, change.fields.first()) {
            (ChangeKind::Override, None) => self.report(
                Diagnostic::error(502, "this `override` changes nothing")
                    .at(item.source, change.rule.span, "")
                    .help("say what it changes, as in `{ severity low }`"),
            ),
            (ChangeKind::Except | ChangeKind::Disable, Some(field)) => self.report(
                Diagnostic::error(504, format!("`{word}` takes no fields"))
                    .at(item.source, field.span, "")
                    .help("`override` changes fields"),
            ),
            _ => {}
        }
        let threat = match self.out.names.threat(scope, &change.rule) {
            Ok(threat) => threat,
            Err(d) => {
                self.report(d);
                return None;
            }
        };
        let of = self.out.schema.threats.get(threat.0 as usize)?;
        Some(Change {
            kind: change.kind,
            declared: Declared {
                name: format!("{word} {}", of.declared.name),
                pack: item.pack,
                source: item.source,
                span: change.rule.span,
                item: item.item.span,
                docs: item.item.docs.clone(),
            },
            threat,
            because: change.because.as_ref().map(|b| b.value.clone()).unwrap_or_default(),
            until: change.until.as_ref().map(|u| u.value.clone()),
        })
    }

    fn disable(&mut self, id: ThreatId, number: usize, change: &Change) {
        let Some(threat) = self.out.schema.threats.get_mut(id.0 as usize) else { return };
        let Some(first) = threat.disabled_by else {
            threat.disabled_by = Some(number);
            return;
        };
        let mut d = Diagnostic::error(521, format!("`{}` is disabled twice", threat.declared.name))
            .at(change.declared.source, change.declared.span, "the second one");
        if let Some(other) = self.out.schema.changes.get(first) {
            d = d.at(other.declared.source, other.declared.span, "the first one");
        }
        self.report(d);
    }

    fn apply(
        &mut self,
        item: &PackItem,
        id: ThreatId,
        number: usize,
        change: &syntax::Change,
        written: &mut Vec<(ThreatId, String, SourceId, Span)>,
    ) {
        let before = self.out.schema.threats.get(id.0 as usize).cloned();
        let Some(mut threat) = before else { return };
        let fields = self.override_fields(item, change);
        for (row, field) in fields {
            let name = field.name.text.as_str();
            let twice = written.iter().find(|(t, n, s, f)| {
                *t == id && n == name && (*s, *f) != (item.source, field.name.span)
            });
            if let Some((_, _, source, span)) = twice {
                let d = Diagnostic::error(
                    521,
                    format!("`{name}` of `{}` is overridden twice", threat.declared.name),
                )
                .at(item.source, field.name.span, "the second one")
                .at(*source, *span, "the first one");
                self.report(d);
                continue;
            }
            written.push((id, name.to_owned(), item.source, field.name.span));
            match name {
                "mitigate" => threat.mitigations.clear(),
                "reference" => threat.references.clear(),
                _ => {}
            }
            // A replaced text loses its translations, which are of what it was; a replaced severity its reason.
            self.threat_field(item.scope(), id, &mut threat, row, field);
        }
        threat.overridden_by.push(number);
        if let Some(slot) = self.out.schema.threats.get_mut(id.0 as usize) {
            *slot = threat;
        }
    }

    fn override_fields<'f>(
        &mut self,
        item: &PackItem,
        change: &'f syntax::Change,
    ) -> Vec<(&'static FieldRow, &'f Field)> {
        let mut good = vec![];
        for field in &change.fields {
            let word = field.name.text.as_str();
            if FIXED.contains(&word) {
                let help = match word {
                    "raise" | "lower" => "override the `severity`",
                    "match" | "where" => "write `except … if …` to leave some matches out",
                    _ => "write a threat of your own and `disable` this one",
                };
                self.report(
                    Diagnostic::error(520, format!("`{word}` cannot be overridden"))
                        .at(item.source, field.name.span, "")
                        .help(help),
                );
                continue;
            }
            if !THREAT_FIELDS.iter().any(|r| r.name == word) {
                let names = THREAT_FIELDS.iter().map(|r| r.name).filter(|n| !FIXED.contains(n));
                let help = likely_or_list(word, names);
                self.report(
                    Diagnostic::error(501, format!("a threat has no field `{word}`"))
                        .at(item.source, field.name.span, "")
                        .help(help),
                );
                continue;
            }
            good.extend(self.one_field(item, field));
        }
        good
    }

    /// One field of the table of threats, if its shape is right.
    fn one_field<'f>(
        &mut self,
        item: &PackItem,
        field: &'f Field,
    ) -> Option<(&'static FieldRow, &'f Field)> {
        let row = THREAT_FIELDS.iter().find(|r| r.name == field.name.text)?;
        match super::fields::misshapen(row, field) {
            None => Some((row, field)),
            Some((span, message)) => {
                self.report(
                    Diagnostic::error(504, message)
                        .at(item.source, span, "")
                        .help(super::fields::example(row)),
                );
                None
            }
        }
    }
}

fn written(path: &syntax::Path) -> String {
    match &path.pack {
        Some(pack) => format!("{}.{}", pack.text, path.name.text),
        None => path.name.text.clone(),
    }
}

/// `2027-06-30`, a day that there is.
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return false };
    if (year.len(), month.len(), day.len()) != (4, 2, 2) {
        return false;
    }
    let all_digits = parts.iter().all(|p| p.bytes().all(|b| b.is_ascii_digit()));
    let (Ok(year), Ok(month), Ok(day)) =
        (year.parse::<u32>(), month.parse::<u32>(), day.parse::<u32>())
    else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return false,
    };
    all_digits && (1..=last).contains(&day)
}

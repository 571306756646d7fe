//! `translate`: the texts of other items in another language, and which are missing.

use std::collections::{BTreeMap, BTreeSet};

use redan_base::{Diagnostic, SourceId, Span};
use redan_grammar::syntax::{Block, Field, ItemKind, Name, Path};

use super::fields::{
    FieldRow, MITIGATION_FIELDS, THREAT_WORDS, TRANSLATE_FIELDS, VARIANT_FIELDS, label_of, text_of,
    word_of,
};
use super::threats::{TEXT_FIELDS, text_field};
use super::{Collector, PackItem, path_of};
use crate::names::{
    Meaning, Scope, attribute, likely_or_list, symbol, unknown_attribute, unknown_symbol,
};
use crate::schema::{EnumId, KindId, MitigationId, PackId, Texts, ThreatId};

/// What was translated already: (language, what) and where.
pub(super) type Seen = BTreeMap<(String, String), (SourceId, Span)>;

/// What a translation is of: decides for which packs and items one is missing.
#[derive(Debug, Default)]
struct Translated {
    /// The languages of each pack.
    languages: BTreeSet<(PackId, String)>,
    /// The place of the block of an item in a language.
    blocks: BTreeMap<(String, String), (SourceId, Span)>,
}

impl Collector<'_> {
    pub(super) fn translations(&mut self, items: &[PackItem]) {
        let mut seen = Seen::new();
        let mut translated = Translated::default();
        for item in items {
            let ItemKind::Translate(block) = &item.item.kind else { continue };
            self.language_tag(item, &block.name);
            self.translate(item, block, items, &mut seen, &mut translated);
        }
        self.out.schema.words.sort();
        let sort = |t: &mut Texts| t.translations.sort();
        for threat in &mut self.out.schema.threats {
            for field in TEXT_FIELDS {
                text_field(threat, field).map(sort);
            }
            threat.severity_reason.as_mut().map(sort);
            threat.adjustments.iter_mut().for_each(|a| sort(&mut a.because));
        }
        for mitigation in &mut self.out.schema.mitigations {
            sort(&mut mitigation.title);
            sort(&mut mitigation.steps);
            mitigation.variants.iter_mut().for_each(|(_, t)| sort(t));
        }
        self.missing_translations(&translated);
    }

    fn language_tag(&mut self, item: &PackItem, name: &Name) {
        let mut parts = name.text.split(['_', '-']);
        let first = parts.next().unwrap_or_default();
        let fine = matches!(first.len(), 2 | 3) && first.bytes().all(|b| b.is_ascii_lowercase());
        if !fine {
            self.report(
                Diagnostic::error(527, format!("`{}` is not a language", name.text))
                    .at(item.source, name.span, "")
                    .help("write its code of two or three letters, as in `translate ja`"),
            );
        }
    }

    fn translate(
        &mut self,
        item: &PackItem,
        block: &Block,
        items: &[PackItem],
        seen: &mut Seen,
        translated: &mut Translated,
    ) {
        let scope = item.scope();
        let language = block.name.text.as_str();
        for (row, field) in
            self.fields(scope, "translation", &block.name, &block.fields, TRANSLATE_FIELDS)
        {
            if row.name == "text" {
                self.translate_text(item, language, items, field, seen);
                continue;
            }
            let Some(path) = field.values.first().and_then(path_of) else { continue };
            let inner = field.block.as_deref().unwrap_or_default();
            let found = match row.name {
                "threat" => self.out.names.threat(scope, &path).map(Meaning::Threat),
                "mitigation" => self.out.names.mitigation(scope, &path).map(Meaning::Mitigation),
                "enum" => self.out.names.enumeration(scope, &path).map(Meaning::Enum),
                _ => self.out.names.kind(scope, &path).map(Meaning::Kind),
            };
            let target = match found {
                Ok(target) => target,
                Err(d) => {
                    self.report(d);
                    continue;
                }
            };
            let Some((name, pack)) = self.target(target) else { continue };
            if !matches!(target, Meaning::Kind(_) | Meaning::Enum(_)) {
                translated.languages.insert((pack, language.to_owned()));
                translated
                    .blocks
                    .entry((language.to_owned(), name.clone()))
                    .or_insert((item.source, path.span));
            }
            let at = At { scope, language, path: &path, name: &name };
            match target {
                Meaning::Threat(id) => self.translate_threat(&at, id, inner, seen),
                Meaning::Mitigation(id) => self.translate_mitigation(&at, id, inner, seen),
                Meaning::Kind(id) => self.translate_kind(&at, id, inner, seen),
                Meaning::Enum(id) => self.translate_enum(&at, id, inner, seen),
                _ => {}
            }
        }
    }

    fn target(&self, target: Meaning) -> Option<(String, PackId)> {
        let schema = &self.out.schema;
        let declared = match target {
            Meaning::Threat(id) => &schema.threats.get(id.0 as usize)?.declared,
            Meaning::Mitigation(id) => &schema.mitigations.get(id.0 as usize)?.declared,
            Meaning::Kind(id) => &schema.kinds.get(id.0 as usize)?.declared,
            Meaning::Enum(id) => &schema.enums.get(id.0 as usize)?.declared,
            _ => return None,
        };
        Some((declared.name.clone(), declared.pack))
    }

    /// False, and reported, if it was translated before.
    fn once(&mut self, at: &At<'_>, what: &str, span: Span, seen: &mut Seen) -> bool {
        let key = (at.language.to_owned(), format!("{} {what}", at.name));
        if let Some((source, first)) = seen.get(&key) {
            let (source, first) = (*source, *first);
            let what = what.split(' ').next().unwrap_or(what);
            self.report(
                Diagnostic::error(516, format!("`{what}` is translated twice"))
                    .at(at.scope.source, span, "the second one")
                    .at(source, first, "the first one"),
            );
            return false;
        }
        seen.insert(key, (at.scope.source, span));
        true
    }

    fn translate_threat(&mut self, at: &At<'_>, id: ThreatId, inner: &[Field], seen: &mut Seen) {
        let (mut raises, mut lowers) = (0, 0);
        for (row, field) in
            self.fields(at.scope, "translated threat", &at.path.name, inner, THREAT_WORDS)
        {
            let (text, span) = match (field.values.first(), &field.because) {
                (Some(value), _) => (text_of(value).unwrap_or_default(), value.span),
                (None, Some(because)) => (because.value.as_str(), because.span),
                (None, None) => continue,
            };
            let count = match row.name {
                "raise" => &mut raises,
                "lower" => &mut lowers,
                _ => &mut 0,
            };
            let n: usize = *count;
            *count += 1;
            if !self.once(at, &format!("{} {n}", row.name), field.name.span, seen) {
                continue;
            }
            self.text_insertions(at.scope, id, text, span);
            let Some(threat) = self.out.schema.threats.get_mut(id.0 as usize) else { return };
            let slot = match row.name {
                "because" => threat.severity_reason.as_mut(),
                "raise" => {
                    threat.adjustments.iter_mut().filter(|a| a.raise).nth(n).map(|a| &mut a.because)
                }
                "lower" => threat
                    .adjustments
                    .iter_mut()
                    .filter(|a| !a.raise)
                    .nth(n)
                    .map(|a| &mut a.because),
                name => text_field(threat, name).filter(|t| !t.text.is_empty()),
            };
            match slot {
                Some(slot) => slot.translations.push((at.language.to_owned(), text.to_owned())),
                None => self.nothing_to_translate(at, "threat", row, field),
            }
        }
    }

    fn nothing_to_translate(&mut self, at: &At<'_>, what: &str, row: &FieldRow, field: &Field) {
        let missing = match row.name {
            "because" => "reason of its severity".to_owned(),
            name => format!("`{name}`"),
        };
        self.report(
            Diagnostic::error(
                515,
                format!("{what} `{}` has no {missing} to translate", at.path.name.text),
            )
            .at(at.scope.source, field.name.span, "")
            .help("remove it, or write the original first"),
        );
    }

    fn translate_mitigation(
        &mut self,
        at: &At<'_>,
        id: MitigationId,
        inner: &[Field],
        seen: &mut Seen,
    ) {
        // The table of the item itself, of which nothing is required here.
        let fields =
            self.translated_fields(at.scope, "translated mitigation", inner, MITIGATION_FIELDS);
        for (row, field) in fields {
            let text = field.values.first().and_then(text_of).unwrap_or_default().to_owned();
            let of = |m: &crate::schema::Mitigation| match row.name {
                "title" => !m.title.text.is_empty(),
                "steps" => !m.steps.text.is_empty(),
                _ => true,
            };
            match row.name {
                "title" | "steps" => {
                    if !self.once(at, row.name, field.name.span, seen) {
                        continue;
                    }
                    let Some(mitigation) = self.out.schema.mitigations.get_mut(id.0 as usize)
                    else {
                        return;
                    };
                    if !of(mitigation) {
                        self.nothing_to_translate(at, "mitigation", row, field);
                        continue;
                    }
                    let slot = if row.name == "title" {
                        &mut mitigation.title
                    } else {
                        &mut mitigation.steps
                    };
                    slot.translations.push((at.language.to_owned(), text));
                }
                "for" => self.translate_variant(at, id, field, seen),
                _ => self.report(
                    Diagnostic::error(501, format!("`{}` is not translated", row.name))
                        .at(at.scope.source, field.name.span, "")
                        .help("leave it out: it holds for every language"),
                ),
            }
        }
    }

    fn translate_variant(&mut self, at: &At<'_>, id: MitigationId, field: &Field, seen: &mut Seen) {
        let words: Vec<String> = field.values.iter().filter_map(label_of).collect();
        let inner = field.block.as_deref().unwrap_or_default();
        for (_, steps) in self.translated_fields(at.scope, "`for` part", inner, VARIANT_FIELDS) {
            if !self.once(at, &format!("for {}", words.join(" ")), field.name.span, seen) {
                continue;
            }
            let text = steps.values.first().and_then(text_of).unwrap_or_default().to_owned();
            let Some(mitigation) = self.out.schema.mitigations.get_mut(id.0 as usize) else {
                return;
            };
            let overlaps = |of: &[String]| words.iter().any(|w| of.contains(w));
            match mitigation.variants.iter_mut().find(|(of, _)| overlaps(of)) {
                Some((_, slot)) => slot.translations.push((at.language.to_owned(), text)),
                None => {
                    let known: Vec<String> =
                        mitigation.variants.iter().flat_map(|(w, _)| w.clone()).collect();
                    let word = words.first().cloned().unwrap_or_default();
                    let span = field.values.first().map_or(field.span, |v| v.span);
                    let help = likely_or_list(&word, known.iter().map(String::as_str));
                    let name = &at.path.name.text;
                    self.report(
                        Diagnostic::error(
                            515,
                            format!("mitigation `{name}` has no part for `{word}`"),
                        )
                        .at(at.scope.source, span, "")
                        .help(help),
                    );
                }
            }
        }
    }

    /// Fields by a table of which nothing is required.
    fn translated_fields<'f>(
        &mut self,
        scope: Scope,
        what: &str,
        inner: &'f [Field],
        table: &'static [FieldRow],
    ) -> Vec<(&'static FieldRow, &'f Field)> {
        let nobody = Name { text: String::new(), span: Span::default() };
        let before = self.diagnostics.len();
        let good = self.fields(scope, what, &nobody, inner, table);
        let missing = redan_base::Code(502);
        let mut index = 0;
        self.diagnostics.retain(|d| {
            index += 1;
            index <= before || d.code != missing
        });
        good
    }

    fn translate_kind(&mut self, at: &At<'_>, id: KindId, inner: &[Field], seen: &mut Seen) {
        let mut asks: Option<&Field> = None;
        for field in inner {
            let word = field.name.text.as_str();
            // `ask ATTRIBUTE "…"`, else `name "…"` or `ATTRIBUTE "…"`. An attribute whose name is a word of the
            // language, as in `ask in "…"`, comes as the field after an `ask` alone.
            if word == "ask" && field.values.is_empty() && asks.is_none() {
                asks = Some(field);
                continue;
            }
            let asked = asks.take().is_some();
            let (prefix, name, value) = match (word, field.values.as_slice()) {
                (_, [value]) if asked => ("ask", field.name.clone(), value),
                ("ask", [name, value]) => match word_of(name) {
                    Some(name) => ("ask", name, value),
                    None => {
                        self.misshapen_word(at, field);
                        continue;
                    }
                },
                (_, [value]) => ("attribute", field.name.clone(), value),
                _ => {
                    self.misshapen_word(at, field);
                    continue;
                }
            };
            let Some(text) = text_of(value) else {
                self.misshapen_word(at, field);
                continue;
            };
            let key = if prefix == "attribute" && name.text == "name" {
                format!("kind {}", at.name)
            } else {
                let schema = &self.out.schema;
                let Some((of, index)) = attribute(schema, id, &name.text) else {
                    let d = unknown_attribute(schema, id, at.scope.source, &name);
                    self.report(d);
                    continue;
                };
                let Some(kind) = schema.kinds.get(of.0 as usize) else { continue };
                let asked = kind.attributes.get(index as usize).is_some_and(|a| a.ask.is_some());
                if prefix == "ask" && !asked {
                    self.report(
                        Diagnostic::error(
                            515,
                            format!("attribute `{}` asks no question", name.text),
                        )
                        .at(at.scope.source, name.span, "")
                        .at(kind.declared.source, kind.declared.span, "declared here")
                        .help("add `ask \"…\"` to the attribute first"),
                    );
                    continue;
                }
                format!("{prefix} {}.{}", kind.declared.name, name.text)
            };
            if self.once(at, &format!("{} {prefix}", name.text), name.span, seen) {
                self.out.schema.words.push((at.language.to_owned(), key, text.to_owned()));
            }
        }
        if let Some(alone) = asks {
            self.misshapen_word(at, alone);
        }
    }

    fn translate_enum(&mut self, at: &At<'_>, id: EnumId, inner: &[Field], seen: &mut Seen) {
        for field in inner {
            let Some(text) = field.values.first().and_then(text_of) else {
                self.misshapen_word(at, field);
                continue;
            };
            if symbol(&self.out.schema, id, &field.name.text).is_none() {
                let d = unknown_symbol(&self.out.schema, id, at.scope.source, &field.name);
                self.report(d);
            } else if self.once(at, &field.name.text, field.name.span, seen) {
                let key = format!("symbol {}.{}", at.name, field.name.text);
                self.out.schema.words.push((at.language.to_owned(), key, text.to_owned()));
            }
        }
    }

    /// `text "…" "…"`: what rules of the pack write into facts. `{}` stands for the rest of a text that a rule puts
    /// together.
    fn translate_text(
        &mut self,
        item: &PackItem,
        language: &str,
        items: &[PackItem],
        field: &Field,
        seen: &mut Seen,
    ) {
        let scope = item.scope();
        let [original, translation] = field.values.as_slice() else {
            self.report(
                Diagnostic::error(504, "`text` needs two texts")
                    .at(scope.source, field.name.span, "")
                    .help("write `text \"ORIGINAL\" \"TRANSLATION\"`"),
            );
            return;
        };
        let (from, to) = (text_of(original).unwrap_or(""), text_of(translation).unwrap_or(""));
        let holes = |text: &str| text.matches("{}").count();
        if holes(from) > 1 || holes(from) != holes(to) {
            self.report(
                Diagnostic::error(504, "`{}` is either once in both texts or in none")
                    .at(scope.source, translation.span, "")
                    .help("it stands for the part of the text that is not the same each time"),
            );
            return;
        }
        let pack = self.out.schema.packs.get(item.pack.0 as usize).map_or("", |p| p.name.as_str());
        let place = (scope.source, original.span);
        let once = seen.entry((language.to_owned(), format!("text of {pack}: {from}")));
        let first = *once.or_insert(place);
        if first != place {
            self.report(
                Diagnostic::error(516, format!("`{from}` is translated twice"))
                    .at(place.0, place.1, "the second one")
                    .at(first.0, first.1, "the first one"),
            );
            return;
        }
        let written = |part: &str| {
            let of_pack = items.iter().filter(|i| i.pack == item.pack);
            of_pack.filter(|i| !matches!(i.item.kind, ItemKind::Translate(_))).any(|i| {
                let source = self.sources.get(i.source);
                source.is_some_and(|s| s.slice(i.item.span).contains(part))
            })
        };
        // A library that was checked when the program was made is not looked through again.
        let known = self.sources.get(item.source).is_some_and(|s| s.is_checked());
        // Of a text that a rule puts together, only the words can be looked for.
        let found = match holes(from) {
            _ if known => true,
            0 => written(from),
            _ => from.split("{}").flat_map(str::split_whitespace).all(written),
        };
        if !found {
            self.report(
                Diagnostic::error(515, format!("no rule of the pack writes `{from}`"))
                    .at(scope.source, original.span, "")
                    .help(
                        "write the original as the rule has it; `{}` stands for a part that varies",
                    ),
            );
            return;
        }
        let key = format!("text {from}");
        self.out.schema.words.push((language.to_owned(), key, to.to_owned()));
    }

    fn misshapen_word(&mut self, at: &At<'_>, field: &Field) {
        let word = &field.name.text;
        self.report(
            Diagnostic::error(504, format!("`{word}` needs a text"))
                .at(at.scope.source, field.name.span, "")
                .help("write `NAME \"…\"`; the question of an attribute is `ask NAME \"…\"`"),
        );
    }

    /// In a language that a pack is translated to, all of its threats and mitigations are.
    fn missing_translations(&mut self, translated: &Translated) {
        let mut found = vec![];
        for (pack, language) in &translated.languages {
            let lacks = |t: &Texts| {
                !t.text.is_empty() && !t.translations.iter().any(|(l, _)| l == language)
            };
            let schema = &mut self.out.schema;
            for threat in schema.threats.iter_mut().filter(|t| t.declared.pack == *pack) {
                let mut missing: Vec<&str> = TEXT_FIELDS
                    .into_iter()
                    .filter(|f| text_field(threat, f).is_some_and(|t| lacks(t)))
                    .collect();
                if threat.severity_reason.as_ref().is_some_and(lacks) {
                    missing.push("because");
                }
                for adjustment in threat.adjustments.iter().filter(|a| lacks(&a.because)) {
                    missing.push(if adjustment.raise { "raise" } else { "lower" });
                }
                found.push(("threat", threat.declared.clone(), language, missing));
            }
            for mitigation in schema.mitigations.iter().filter(|m| m.declared.pack == *pack) {
                let mut missing = vec![];
                if lacks(&mitigation.title) {
                    missing.push("title");
                }
                if lacks(&mitigation.steps) {
                    missing.push("steps");
                }
                if mitigation.variants.iter().any(|(_, t)| lacks(t)) {
                    missing.push("for");
                }
                found.push(("mitigation", mitigation.declared.clone(), language, missing));
            }
        }
        for (what, declared, language, mut missing) in found {
            if missing.is_empty() {
                continue;
            }
            missing.dedup();
            let words: Vec<String> = missing.iter().map(|m| format!("`{m}`")).collect();
            let short = declared.name.rsplit('.').next().unwrap_or_default();
            let message = format!("{what} `{short}` lacks {} in `{language}`", words.join(", "));
            let mut d = Diagnostic::warning(517, message).at(declared.source, declared.span, "");
            d = match translated.blocks.get(&(language.clone(), declared.name.clone())) {
                Some((source, span)) => d.at(*source, *span, "translated here").help("add what is missing"),
                None => d.help(format!(
                    "the pack is translated to `{language}`: add `{what} {short} {{ … }}` to a `translate {language}`"
                )),
            };
            self.report(d);
        }
    }
}

/// Where a translation is written, and of what.
struct At<'a> {
    scope: Scope,
    language: &'a str,
    path: &'a Path,
    name: &'a str,
}

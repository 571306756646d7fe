//! Packs themselves: their `pack` items, what they require, and who sees whose names.

use std::collections::BTreeMap;

use rayon::prelude::*;
use redan_base::{Diagnostic, Source, SourceId, Span};
use redan_grammar::syntax::{Block, Expr, ExprKind, File, ItemKind, Name};

use super::fields::{PACK_FIELDS, text_of, word_of};
use super::{Collector, PackFiles, PackItem};
use crate::names::{Scope, likely_or_list};
use crate::schema::{Pack, PackId};

/// A pack whose files were parsed.
struct Parsed {
    name: String,
    block: Option<(SourceId, Block)>,
    files: Vec<(SourceId, File)>,
}

impl Collector<'_> {
    /// Parses all files, gives the packs their numbers, and fills `items` and who sees whom.
    pub(super) fn packs(&mut self, packs: &[PackFiles]) -> Vec<PackItem> {
        let files: Vec<(&PackFiles, SourceId)> =
            packs.iter().flat_map(|p| p.files.iter().map(move |f| (p, *f))).collect();
        let sources = self.sources;
        let read: Vec<(File, Vec<Diagnostic>)> = files
            .par_iter()
            .map(|(pack, source)| {
                let text = sources.get(*source).map_or("", Source::text);
                redan_grammar::parse_without(*source, text, &pack.without)
            })
            .collect();
        let mut read: BTreeMap<SourceId, (File, Vec<Diagnostic>)> =
            files.iter().map(|(_, source)| *source).zip(read).collect();
        self.out.checked = read.keys().copied().collect();
        self.out.checked.retain(|source| sources.get(*source).is_some_and(Source::is_checked));
        let mut parsed: Vec<Parsed> = packs.iter().map(|p| self.parsed(p, &mut read)).collect();
        parsed.sort_by(|a, b| {
            let first = |p: &Parsed| p.files.first().map(|(s, _)| self.sources.path(*s).to_owned());
            (&a.name, a.block.is_none(), first(a)).cmp(&(&b.name, b.block.is_none(), first(b)))
        });
        let mut unique: Vec<Parsed> = vec![];
        for pack in parsed {
            match unique.last_mut() {
                Some(last) if last.name == pack.name => {
                    // Files of one name that belong to no declared pack make up one pack.
                    if last.block.is_none() && pack.block.is_none() {
                        last.files.extend(pack.files);
                    } else {
                        self.two_packs(last, &pack);
                    }
                }
                _ => unique.push(pack),
            }
        }
        self.out.names.packs = unique.iter().map(|p| p.name.clone()).collect();
        self.out.names.entries = vec![BTreeMap::new(); unique.len()];
        let mut items = vec![];
        let mut required = vec![];
        for (index, pack) in unique.into_iter().enumerate() {
            let id = PackId(index as u32);
            let (declared, requires) = self.pack(id, &pack);
            self.out.schema.packs.push(declared);
            required.push(requires);
            for (source, file) in pack.files {
                items.extend(file.items.into_iter().map(|item| PackItem {
                    pack: id,
                    source,
                    item,
                    declares: None,
                }));
            }
        }
        self.loops(&required);
        self.out.names.sees = self.sees(&required);
        items
    }

    fn parsed(
        &mut self,
        pack: &PackFiles,
        read: &mut BTreeMap<SourceId, (File, Vec<Diagnostic>)>,
    ) -> Parsed {
        let mut files: Vec<(SourceId, File)> = vec![];
        let mut sorted = pack.files.clone();
        sorted.sort_by(|a, b| self.sources.path(*a).cmp(self.sources.path(*b)).then(a.cmp(b)));
        let mut block: Option<(SourceId, Block)> = None;
        for source in sorted {
            let Some((mut file, diagnostics)) = read.remove(&source) else { continue };
            self.diagnostics.extend(diagnostics);
            if pack.adds_only {
                self.without_changes(source, &mut file);
            }
            if file.items.is_empty() && file.broken.is_empty() && pack.without.is_empty() {
                let path = self.sources.path(source);
                self.report(
                    Diagnostic::warning(617, format!("`{path}` declares nothing"))
                        .at(source, Span::new(0, 0), "")
                        .help("write an item, or remove the file"),
                );
            }
            for item in &file.items {
                let ItemKind::Pack(found) = &item.kind else { continue };
                match &block {
                    None => block = Some((source, found.clone())),
                    Some((first, known)) => self.report(
                        Diagnostic::error(613, "a pack has one `pack` item")
                            .at(source, found.name.span, "the second one")
                            .at(*first, known.name.span, "the first one"),
                    ),
                }
            }
            files.push((source, file));
        }
        let name =
            block.as_ref().map_or_else(|| identifier(&pack.name), |(_, b)| b.name.text.clone());
        Parsed { name, block, files }
    }

    /// Leaves out what would change other packs, and says so.
    fn without_changes(&mut self, source: SourceId, file: &mut File) {
        file.items.retain(|item| {
            let ItemKind::Change(change) = &item.kind else { return true };
            self.report(
                Diagnostic::warning(604, "a pack of the scanned repository takes nothing away")
                    .at(source, change.rule.span, "not applied")
                    .help("run with `--trust-repository`, or name the pack in a configuration outside of the repository"),
            );
            false
        });
    }

    fn two_packs(&mut self, first: &Parsed, second: &Parsed) {
        let place = |p: &Parsed| match &p.block {
            Some((source, block)) => Some((*source, block.name.span)),
            None => p.files.first().map(|(source, _)| (*source, Span::new(0, 0))),
        };
        let mut d = Diagnostic::error(612, format!("two packs have the name `{}`", first.name));
        if let Some((source, span)) = place(second) {
            d = d.at(source, span, "this one is left out");
        }
        if let Some((source, span)) = place(first) {
            d = d.at(source, span, "the other one");
        }
        let help = if second.block.is_some() {
            "give one of them another name"
        } else {
            "a file without a `pack` item is a pack of the file's name: rename the file"
        };
        self.report(d.help(help));
    }

    /// The pack's fields, and the packs that it requires with the place of the word.
    fn pack(&mut self, id: PackId, parsed: &Parsed) -> (Pack, Vec<(PackId, SourceId, Span)>) {
        let mut pack = Pack {
            name: parsed.name.clone(),
            version: String::new(),
            licence: String::new(),
            description: String::new(),
            requires: vec![],
            declared: None,
        };
        let mut requires = vec![];
        let Some((source, block)) = &parsed.block else { return (pack, requires) };
        let scope = Scope::new(id, *source);
        pack.declared = Some((*source, block.name.span));
        for (row, field) in self.fields(scope, "pack", &block.name, &block.fields, PACK_FIELDS) {
            let text = field.values.first().and_then(text_of).unwrap_or_default().to_owned();
            match row.name {
                "version" => {
                    self.version(scope, field.values.first());
                    pack.version = text;
                }
                "licence" => pack.licence = text,
                "description" => pack.description = text,
                "engine" => self.engine(scope, field.values.first()),
                "requires" => {
                    let mut last = None;
                    for value in &field.values {
                        if let (ExprKind::Text(wanted), Some(name)) = (&value.kind, &last) {
                            self.wanted.push((
                                scope,
                                value.span,
                                wanted.clone(),
                                Clone::clone(name),
                            ));
                            continue;
                        }
                        let Some(word) = word_of(value) else { continue };
                        last = Some(word.text.clone());
                        match self.required(scope, &word) {
                            Some(other) => {
                                pack.requires.push(word.text.clone());
                                requires.push((other, *source, word.span));
                            }
                            None => last = None,
                        }
                    }
                }
                _ => {}
            }
        }
        pack.requires.sort();
        pack.requires.dedup();
        (pack, requires)
    }

    fn required(&mut self, scope: Scope, word: &Name) -> Option<PackId> {
        let found = self.out.names.pack(&word.text);
        if found.is_none() {
            let own = self.out.names.packs.get(scope.pack.0 as usize).cloned().unwrap_or_default();
            let others = self.out.names.packs.iter().map(String::as_str).filter(|p| **p != own);
            let help = likely_or_list(&word.text, others);
            self.report(
                Diagnostic::error(610, format!("there is no pack `{}`", word.text))
                    .at(scope.source, word.span, "")
                    .help(help),
            );
        }
        found
    }

    fn version(&mut self, scope: Scope, value: Option<&Expr>) {
        let Some(value) = value else { return };
        if text_of(value).and_then(version).is_none() {
            self.report(
                Diagnostic::error(618, "this is not a version")
                    .at(scope.source, value.span, "")
                    .help("write numbers with points between them, as in `version \"1.4.0\"`"),
            );
        }
    }

    fn engine(&mut self, scope: Scope, value: Option<&Expr>) {
        let (Some(value), Some(wanted)) = (value, value.and_then(text_of)) else { return };
        self.satisfies(scope, value.span, wanted, "Redan", env!("CARGO_PKG_VERSION"));
    }

    /// Whether the packs that are there are new enough.
    pub(super) fn required_versions(&mut self) {
        for (scope, span, wanted, name) in std::mem::take(&mut self.wanted) {
            let Some(id) = self.out.names.pack(&name) else { continue };
            let Some(pack) = self.out.schema.packs.get(id.0 as usize) else { continue };
            let has = pack.version.clone();
            self.satisfies(scope, span, &wanted, &format!("pack `{name}`"), &has);
        }
    }

    fn satisfies(&mut self, scope: Scope, span: Span, wanted: &str, what: &str, has: &str) {
        let d = match (meets(wanted, has), version(has)) {
            (Some(true), _) | (Some(false), None) => return,
            (Some(false), Some(_)) => Diagnostic::error(
                619,
                format!("{what} has version {has}, but `{wanted}` is required"),
            ),
            (None, _) => Diagnostic::error(618, "this is not a demand on a version")
                .help("write `\">= 1.4\"`, or several: `\">= 1.4, < 2\"`"),
        };
        self.report(d.at(scope.source, span, ""));
    }

    /// Packs that require each other, told once for each loop.
    fn loops(&mut self, required: &[Vec<(PackId, SourceId, Span)>]) {
        for start in (0..required.len() as u32).map(PackId) {
            let Some(path) = shortest_loop(required, start) else { continue };
            if path.iter().any(|p| p.0 < start.0) {
                continue;
            }
            let name = |p: &PackId| {
                self.out.names.packs.get(p.0 as usize).map_or("?", String::as_str).to_owned()
            };
            let mut words: Vec<String> = path.iter().map(name).collect();
            words.push(name(&start));
            let mut d = Diagnostic::error(616, "packs require each other in a loop")
                .help(format!("{}: move what both need into a third pack", words.join(" -> ")));
            for (i, pack) in path.iter().enumerate() {
                let next = path.get(i + 1).unwrap_or(&start);
                let edges = required.get(pack.0 as usize).into_iter().flatten();
                if let Some((_, source, span)) = edges.filter(|(p, _, _)| p == next).take(1).next()
                {
                    d = d.at(*source, *span, if i == 0 { "" } else { "and this" });
                }
            }
            self.report(d);
        }
    }

    /// Required packs, those that these require, and `core`. A pack without `pack` item sees all others.
    fn sees(&self, required: &[Vec<(PackId, SourceId, Span)>]) -> Vec<Vec<PackId>> {
        let core = self.out.names.pack("core");
        let all = (0..required.len() as u32).map(PackId);
        let mut result = vec![];
        for own in all.clone() {
            let declared =
                self.out.schema.packs.get(own.0 as usize).is_some_and(|p| p.declared.is_some());
            let mut seen: Vec<PackId> = vec![];
            let mut open: Vec<PackId> = if declared {
                core.into_iter().chain([own]).collect()
            } else {
                all.clone().collect()
            };
            while let Some(next) = open.pop() {
                if seen.contains(&next) {
                    continue;
                }
                seen.push(next);
                open.extend(
                    required.get(next.0 as usize).into_iter().flatten().map(|(p, _, _)| *p),
                );
            }
            seen.retain(|p| *p != own);
            seen.sort();
            result.push(seen);
        }
        result
    }
}

/// The shortest way from a pack back to itself.
fn shortest_loop(required: &[Vec<(PackId, SourceId, Span)>], start: PackId) -> Option<Vec<PackId>> {
    let mut paths = std::collections::VecDeque::from([vec![start]]);
    let mut seen = vec![];
    while let Some(path) = paths.pop_front() {
        let last = path.last()?;
        for (next, _, _) in required.get(last.0 as usize).into_iter().flatten() {
            if *next == start {
                return Some(path);
            }
            if !seen.contains(next) {
                seen.push(*next);
                let mut longer = path.clone();
                longer.push(*next);
                paths.push_back(longer);
            }
        }
    }
    None
}

/// The name of a folder or file as an identifier.
fn identifier(name: &str) -> String {
    let mut word: String =
        name.chars().map(|c| if c.is_alphanumeric() || c == '_' { c } else { '_' }).collect();
    if word.is_empty() || word.starts_with(|c: char| c.is_ascii_digit()) {
        word.insert(0, '_');
    }
    word
}

/// `1.4` as numbers; up to three.
fn version(text: &str) -> Option<[u32; 3]> {
    let mut numbers = [0; 3];
    let parts: Vec<&str> = text.split('.').collect();
    if parts.len() > 3 {
        return None;
    }
    for (slot, part) in numbers.iter_mut().zip(&parts) {
        if part.is_empty() || !part.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        *slot = part.parse().ok()?;
    }
    Some(numbers)
}

/// Whether a version meets a demand such as `>= 1.4, < 2`; none if the demand cannot be read.
fn meets(wanted: &str, has: &str) -> Option<bool> {
    let has = version(has);
    let mut all = true;
    for part in wanted.split(',') {
        let part = part.trim();
        let digits = part.trim_start_matches(['<', '>', '=']);
        let operator = part.get(..part.len() - digits.len())?;
        let limit = version(digits.trim())?;
        let Some(has) = has else {
            all = false;
            continue;
        };
        all &= match operator {
            ">=" => has >= limit,
            ">" => has > limit,
            "<=" => has <= limit,
            "<" => has < limit,
            "=" | "==" | "" => has == limit,
            _ => return None,
        };
    }
    Some(all)
}

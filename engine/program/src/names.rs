//! What a written name means: the names of all packs, who sees whom, and the words that were probably meant.
//!
//! A name is looked up in the own pack first, then in the packs that it requires, and those that these require; every
//! pack requires `core`. One name means one thing in a pack, whatever kind of item declares it.

use std::collections::BTreeMap;

use redan_base::{Diagnostic, SourceId, Span};
use redan_facts::ValueId;
use redan_grammar::syntax::{Name, Path};

use crate::schema::{EnumId, KindId, MitigationId, PackId, Schema, SetId, ThreatId};

/// Where a name is written: its pack decides what is seen, its source is where mistakes are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// The pack; [`Scope::EVERYWHERE`] sees all packs.
    pub pack: PackId,
    /// The source.
    pub source: SourceId,
}

impl Scope {
    /// The pack of what stands in no pack, such as the condition of a query: all packs are seen.
    pub const EVERYWHERE: PackId = PackId(u32::MAX);

    /// A scope.
    pub fn new(pack: PackId, source: SourceId) -> Self {
        Self { pack, source }
    }
}

/// What a declared name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Meaning {
    /// An enum.
    Enum(EnumId),
    /// A set.
    Set(SetId),
    /// A kind, also one that an `extract` declares.
    Kind(KindId),
    /// A relation: an index of [`Schema::relations`].
    Relation(u32),
    /// A threat.
    Threat(ThreatId),
    /// A mitigation.
    Mitigation(MitigationId),
    /// A change: an index of [`Schema::changes`]. It has no name.
    Change(u32),
}

impl Meaning {
    /// `a kind`, `an enum`, …: for messages.
    pub fn article(self) -> &'static str {
        match self {
            Self::Enum(_) => "an enum",
            Self::Set(_) => "a set",
            Self::Kind(_) => "a kind",
            Self::Relation(_) => "a relation",
            Self::Threat(_) => "a threat",
            Self::Mitigation(_) => "a mitigation",
            Self::Change(_) => "a change",
        }
    }
}

/// Where a name is declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub meaning: Meaning,
    /// The file.
    pub source: SourceId,
    /// The name in its declaration.
    pub span: Span,
}

/// The names of all packs.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// The packs' names, by [`PackId`].
    pub(crate) packs: Vec<String>,
    /// For each pack those that it sees besides itself, sorted.
    pub(crate) sees: Vec<Vec<PackId>>,
    /// What each pack declares.
    pub(crate) entries: Vec<BTreeMap<String, Entry>>,
    /// The kind of `a -> b`.
    pub(crate) flow: Option<KindId>,
}

/// Which meanings a place accepts, in words and as a test.
struct Wanted {
    words: &'static str,
    code: u16,
    test: fn(Meaning) -> bool,
}

const KIND: Wanted = Wanted { words: "kind", code: 101, test: |m| matches!(m, Meaning::Kind(_)) };
const TYPE: Wanted =
    Wanted { words: "type", code: 102, test: |m| matches!(m, Meaning::Kind(_) | Meaning::Enum(_)) };
const ENUM: Wanted = Wanted { words: "enum", code: 102, test: |m| matches!(m, Meaning::Enum(_)) };
const SET: Wanted = Wanted { words: "set", code: 103, test: |m| matches!(m, Meaning::Set(_)) };
const RELATION: Wanted =
    Wanted { words: "relation", code: 104, test: |m| matches!(m, Meaning::Relation(_)) };
const PREDICATE: Wanted = Wanted {
    words: "kind, relation or set",
    code: 105,
    test: |m| matches!(m, Meaning::Kind(_) | Meaning::Relation(_) | Meaning::Set(_)),
};
const THREAT: Wanted =
    Wanted { words: "threat", code: 106, test: |m| matches!(m, Meaning::Threat(_)) };
const MITIGATION: Wanted =
    Wanted { words: "mitigation", code: 107, test: |m| matches!(m, Meaning::Mitigation(_)) };

impl Names {
    /// The kind of a name.
    pub fn kind(&self, scope: Scope, path: &Path) -> Result<KindId, Diagnostic> {
        match self.resolve(scope, path, &KIND)? {
            Meaning::Kind(id) => Ok(id),
            other => Err(self.unlike(scope, path, other, &KIND)),
        }
    }

    /// The kind or enum of a name.
    pub fn type_name(&self, scope: Scope, path: &Path) -> Result<Meaning, Diagnostic> {
        self.resolve(scope, path, &TYPE)
    }

    /// The enum of a name.
    pub fn enumeration(&self, scope: Scope, path: &Path) -> Result<EnumId, Diagnostic> {
        match self.resolve(scope, path, &ENUM)? {
            Meaning::Enum(id) => Ok(id),
            other => Err(self.unlike(scope, path, other, &ENUM)),
        }
    }

    /// The set of a name.
    pub fn set(&self, scope: Scope, path: &Path) -> Result<SetId, Diagnostic> {
        match self.resolve(scope, path, &SET)? {
            Meaning::Set(id) => Ok(id),
            other => Err(self.unlike(scope, path, other, &SET)),
        }
    }

    /// The relation of a name: an index of [`Schema::relations`].
    pub fn relation(&self, scope: Scope, path: &Path) -> Result<u32, Diagnostic> {
        match self.resolve(scope, path, &RELATION)? {
            Meaning::Relation(id) => Ok(id),
            other => Err(self.unlike(scope, path, other, &RELATION)),
        }
    }

    /// What stands after `is`: a kind, a relation or a set.
    pub fn predicate(&self, scope: Scope, path: &Path) -> Result<Meaning, Diagnostic> {
        self.resolve(scope, path, &PREDICATE)
    }

    /// The threat of a name.
    pub fn threat(&self, scope: Scope, path: &Path) -> Result<ThreatId, Diagnostic> {
        match self.resolve(scope, path, &THREAT)? {
            Meaning::Threat(id) => Ok(id),
            other => Err(self.unlike(scope, path, other, &THREAT)),
        }
    }

    /// The mitigation of a name.
    pub fn mitigation(&self, scope: Scope, path: &Path) -> Result<MitigationId, Diagnostic> {
        match self.resolve(scope, path, &MITIGATION)? {
            Meaning::Mitigation(id) => Ok(id),
            other => Err(self.unlike(scope, path, other, &MITIGATION)),
        }
    }

    /// What a name means, without a diagnostic: none if it is unknown or ambiguous. `text` may be qualified.
    pub fn find(&self, pack: PackId, text: &str) -> Option<Meaning> {
        let found = match text.split_once('.') {
            Some((of, name)) => {
                let of = self.pack(of)?;
                if !self.is_seen(pack, of) {
                    return None;
                }
                return self.entry(of, name).map(|e| e.meaning);
            }
            None => self.candidates(pack, text),
        };
        match found.as_slice() {
            [(_, one)] => Some(one.meaning),
            _ => None,
        }
    }

    /// The pack of a name.
    pub fn pack(&self, name: &str) -> Option<PackId> {
        self.packs.iter().position(|p| p == name).map(|i| PackId(i as u32))
    }

    /// Where a name is declared in a pack.
    pub fn entry(&self, pack: PackId, name: &str) -> Option<&Entry> {
        self.entries.get(pack.0 as usize)?.get(name)
    }

    /// The kind that `a -> b` is about: the one named `flow`, that of `core` first.
    pub fn flow_kind(&self) -> Option<KindId> {
        self.flow
    }

    /// All names that a pack sees and that `test` accepts, for likely names.
    pub fn visible(&self, pack: PackId, test: impl Fn(Meaning) -> bool) -> Vec<&str> {
        let mut all: Vec<&str> = vec![];
        for id in self.seen(pack) {
            let entries = self.entries.get(id.0 as usize).into_iter().flatten();
            all.extend(entries.filter(|(_, e)| test(e.meaning)).map(|(n, _)| n.as_str()));
        }
        all
    }

    fn seen(&self, pack: PackId) -> Vec<PackId> {
        if pack == Scope::EVERYWHERE {
            return (0..self.packs.len() as u32).map(PackId).collect();
        }
        let mut all = vec![pack];
        all.extend(self.sees.get(pack.0 as usize).into_iter().flatten());
        all
    }

    fn is_seen(&self, pack: PackId, other: PackId) -> bool {
        pack == Scope::EVERYWHERE
            || pack == other
            || self.sees.get(pack.0 as usize).is_some_and(|s| s.contains(&other))
    }

    /// The own pack's entry alone, else those of all packs that are seen.
    fn candidates(&self, pack: PackId, name: &str) -> Vec<(PackId, Entry)> {
        if pack != Scope::EVERYWHERE
            && let Some(own) = self.entry(pack, name)
        {
            return vec![(pack, *own)];
        }
        self.seen(pack).into_iter().filter_map(|p| self.entry(p, name).map(|e| (p, *e))).collect()
    }

    fn resolve(&self, scope: Scope, path: &Path, want: &Wanted) -> Result<Meaning, Diagnostic> {
        let name = path.name.text.as_str();
        let found: Vec<(PackId, Entry)> = match &path.pack {
            Some(pack) => {
                let Some(of) = self.pack(&pack.text) else {
                    return Err(self.unknown_pack(scope, pack));
                };
                if !self.is_seen(scope.pack, of) {
                    let own = self.packs.get(scope.pack.0 as usize).map_or("", String::as_str);
                    return Err(Diagnostic::error(
                        611,
                        format!("pack `{own}` does not require `{}`", pack.text),
                    )
                    .at(scope.source, pack.span, "")
                    .help(format!("add `requires {}` to the pack's `pack.redan`", pack.text)));
                }
                self.entry(of, name).map(|e| (of, *e)).into_iter().collect()
            }
            None => self.candidates(scope.pack, name),
        };
        // A name of the wrong sort in one pack does not hide the right one in another.
        let fitting: Vec<&(PackId, Entry)> =
            found.iter().filter(|(_, e)| (want.test)(e.meaning)).collect();
        match (fitting.as_slice(), found.as_slice()) {
            ([(_, one)], _) => Ok(one.meaning),
            ([], []) => Err(self.unknown(scope, path, want)),
            ([], [(_, other), ..]) => Err(self.unlike(scope, path, other.meaning, want)),
            (several, _) => {
                let names: Vec<String> = several
                    .iter()
                    .map(|(p, _)| {
                        let pack = self.packs.get(p.0 as usize).map_or("", String::as_str);
                        format!("`{pack}.{name}`")
                    })
                    .collect();
                let mut d = Diagnostic::error(108, format!("`{name}` is ambiguous"))
                    .at(scope.source, path.span, "")
                    .help(format!("write {}", names.join(" or ")));
                for (_, e) in several {
                    d = d.at(e.source, e.span, "declared here");
                }
                Err(d)
            }
        }
    }

    fn unknown(&self, scope: Scope, path: &Path, want: &Wanted) -> Diagnostic {
        let name = path.name.text.as_str();
        let d = Diagnostic::error(want.code, format!("there is no {} `{name}`", want.words)).at(
            scope.source,
            path.name.span,
            "",
        );
        let of = path.pack.as_ref().and_then(|p| self.pack(&p.text));
        let pack = of.unwrap_or(scope.pack);
        if of.is_none() && scope.pack != Scope::EVERYWHERE {
            // It may be there, in a pack that this one does not require.
            let hidden = (0..self.packs.len() as u32).map(PackId).find(|p| {
                !self.is_seen(scope.pack, *p)
                    && self.entry(*p, name).is_some_and(|e| (want.test)(e.meaning))
            });
            if let Some(pack) = hidden.and_then(|p| self.packs.get(p.0 as usize)) {
                return d.help(format!(
                    "pack `{pack}` has one: add `requires {pack}` to the pack's `pack.redan`"
                ));
            }
        }
        match likely(name, self.visible(pack, want.test)) {
            Some(close) => d.help(format!("did you mean `{close}`?")),
            None => d,
        }
    }

    fn unlike(&self, scope: Scope, path: &Path, is: Meaning, want: &Wanted) -> Diagnostic {
        let name = path.name.text.as_str();
        let mut d = Diagnostic::error(
            109,
            format!("`{name}` is {}, but a {} is needed here", is.article(), want.words),
        )
        .at(scope.source, path.span, "");
        let entries = self.entries.iter().filter_map(|e| e.get(name));
        if let Some(entry) = entries.filter(|e| e.meaning == is).take(1).next() {
            d = d.at(entry.source, entry.span, "declared here");
        }
        match likely(name, self.visible(scope.pack, want.test)) {
            Some(close) => d.help(format!("did you mean `{close}`?")),
            None => d,
        }
    }

    fn unknown_pack(&self, scope: Scope, pack: &Name) -> Diagnostic {
        let d = Diagnostic::error(610, format!("there is no pack `{}`", pack.text)).at(
            scope.source,
            pack.span,
            "",
        );
        match likely(&pack.text, self.packs.iter().map(String::as_str)) {
            Some(close) => d.help(format!("did you mean `{close}`?")),
            None => d,
        }
    }
}

/// The attribute of a name that a kind has or inherits: the kind that declares it and the attribute's index there.
pub fn attribute(schema: &Schema, kind: KindId, name: &str) -> Option<(KindId, u32)> {
    ancestors(schema, kind).find_map(|id| {
        let kind = schema.kinds.get(id.0 as usize)?;
        let index = kind.attributes.iter().position(|a| a.name == name)?;
        Some((id, index as u32))
    })
}

/// The names of all attributes that a kind has or inherits, for likely names.
pub fn attribute_names(schema: &Schema, kind: KindId) -> Vec<&str> {
    ancestors(schema, kind)
        .filter_map(|id| schema.kinds.get(id.0 as usize))
        .flat_map(|k| k.attributes.iter().map(|a| a.name.as_str()))
        .collect()
}

/// Whether every member of `kind` is one of `ancestor`.
pub fn is_a(schema: &Schema, kind: KindId, ancestor: KindId) -> bool {
    ancestors(schema, kind).any(|k| k == ancestor)
}

/// The kind itself, its parent, and so on. Ends also for kinds that inherit in a loop, which are cut by the checker.
pub fn ancestors(schema: &Schema, kind: KindId) -> impl Iterator<Item = KindId> + '_ {
    std::iter::successors(Some(kind), |k| schema.kinds.get(k.0 as usize)?.parent)
        .take(schema.kinds.len() + 1)
}

/// The value of an enum's symbol.
pub fn symbol(schema: &Schema, of: EnumId, name: &str) -> Option<ValueId> {
    let e = schema.enums.get(of.0 as usize)?;
    let rank = e.symbols.iter().position(|s| s == name)?;
    e.values.get(rank).copied()
}

/// The enums that have a symbol of this name.
pub fn enums_with(schema: &Schema, name: &str) -> Vec<EnumId> {
    let has = |e: &&crate::schema::Enum| e.symbols.iter().any(|s| s == name);
    (0..).map(EnumId).zip(&schema.enums).filter(|(_, e)| has(e)).map(|(i, _)| i).collect()
}

/// The error for a word that is not a symbol of an enum: says what it has, and the likely one.
pub fn unknown_symbol(schema: &Schema, of: EnumId, source: SourceId, word: &Name) -> Diagnostic {
    let Some(e) = schema.enums.get(of.0 as usize) else {
        return Diagnostic::error(110, format!("there is no symbol `{}`", word.text));
    };
    let short = e.declared.name.rsplit('.').next().unwrap_or_default();
    let d = Diagnostic::error(110, format!("enum `{short}` has no symbol `{}`", word.text))
        .at(source, word.span, "")
        .at(e.declared.source, e.declared.span, "declared here");
    d.help(likely_or_list(&word.text, e.symbols.iter().map(String::as_str)))
}

/// The error for an attribute that a kind does not have: says the likely one.
pub fn unknown_attribute(
    schema: &Schema,
    kind: KindId,
    source: SourceId,
    word: &Name,
) -> Diagnostic {
    let Some(k) = schema.kinds.get(kind.0 as usize) else {
        return Diagnostic::error(111, format!("there is no attribute `{}`", word.text));
    };
    let short = k.declared.name.rsplit('.').next().unwrap_or_default();
    let d = Diagnostic::error(111, format!("kind `{short}` has no attribute `{}`", word.text))
        .at(source, word.span, "")
        .at(k.declared.source, k.declared.span, "declared here");
    d.help(likely_or_list(&word.text, attribute_names(schema, kind)))
}

/// The closest of some names by edit distance (swaps count once), if it is close enough to be a slip.
pub fn likely<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let most = match word.chars().count() {
        0..=2 => 1,
        3..=5 => 2,
        _ => 3,
    };
    names
        .into_iter()
        .filter(|n| *n != word)
        .map(|n| (distance(word, n), n))
        .filter(|(d, n)| *d <= most && *d < n.chars().count())
        .min()
        .map(|(_, n)| n)
}

/// Edit distance, and nearness of words that differ only in their separators, plural or a missing part.
fn distance(word: &str, name: &str) -> usize {
    if word.chars().count() > 64 || name.chars().count() > 64 {
        return usize::MAX;
    }
    let (word, name) = (word.to_lowercase(), name.to_lowercase());
    strsim::osa_distance(&word, &name)
}

/// `did you mean …?`, or what there is to choose from.
pub fn likely_or_list<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let mut names: Vec<&str> = names.into_iter().collect();
    if let Some(close) = likely(word, names.iter().copied()) {
        return format!("did you mean `{close}`?");
    }
    const MOST: usize = 12;
    let more = names.len().saturating_sub(MOST);
    names.truncate(MOST);
    if names.is_empty() {
        return "there is none to choose from".to_owned();
    }
    let list: Vec<String> = names.iter().map(|n| format!("`{n}`")).collect();
    if let [one] = list.as_slice() {
        return format!("there is {one} alone");
    }
    let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("there are {}{tail}", list.join(", "))
}

//! What is kept of a file between runs, in a [`Cache`] that is never trusted.
//!
//! The entry of a file has as its name a hash of the engine, the limits, the path and the bytes of the file, and of what
//! fills it in if it is a template. It holds
//! what each unit found, and the name of the list of units that looked. A unit has as its name a hash of all that
//! its extractor says. So an entry answers for
//!
//! - the same units: whole, without a look at the file's text but for the places of the facts;
//! - fewer units: what the others found is left out;
//! - units that are new or changed, if the file lacks their anchors. If it has them, the file is searched again.
//!
//! Lists of units are entries too, since a few lists serve all files. Each entry begins with a checksum over its name
//! and content. What does not fit is dropped: the file is searched as if nothing had been kept.

use std::sync::{Arc, Mutex};

use redan_base::{Cache, CacheKey, Limits, Sources};
use redan_program::ir::{Extractor, ExtractorCase, Program};
use redan_program::schema::Type;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use crate::compile::Extractors;
use crate::found::{Found, Units, parse_of};

/// How entries are written; a new number drops all old ones.
const FORMAT: &str = "redan extract 1";

/// The bytes of a checksum.
const CHECKSUM: usize = 32;

/// A hash over parts of any length; where one ends and the next begins counts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Digest(blake3::Hasher);

impl Digest {
    /// The hash of no parts yet, for names of one sort.
    pub(crate) fn of(sort: &str) -> Self {
        let mut digest = Self::default();
        digest.add(sort.as_bytes());
        digest
    }

    /// Adds a part.
    pub(crate) fn add(&mut self, part: &[u8]) {
        self.0.update(&(part.len() as u64).to_le_bytes());
        self.0.update(part);
    }

    /// Adds a list of texts, with a word for what they are.
    pub(crate) fn list(&mut self, what: &[u8], texts: &[String]) {
        self.add(what);
        self.add(&(texts.len() as u64).to_le_bytes());
        for text in texts {
            self.add(text.as_bytes());
        }
    }

    /// The name.
    pub(crate) fn finish(&self) -> CacheKey {
        CacheKey(*self.0.finalize().as_bytes())
    }
}

/// The cache of a run.
#[derive(Debug)]
pub(crate) struct Kept<'c> {
    cache: &'c dyn Cache,
    /// What all files have in common: the engine and the limits.
    common: CacheKey,
    /// The lists of units of the run, by the numbers of the units.
    lists: Mutex<FxHashMap<Vec<u32>, Arc<List>>>,
    /// The lists that are in the cache.
    held: Mutex<FxHashSet<CacheKey>>,
}

/// Units that look at a file.
#[derive(Debug)]
struct List {
    name: CacheKey,
    units: Vec<CacheKey>,
}

/// The entry of one file.
#[derive(Debug)]
pub(crate) struct Slot<'k> {
    kept: &'k Kept<'k>,
    key: CacheKey,
    list: Arc<List>,
}

/// What an entry holds.
#[derive(Debug, Serialize, Deserialize)]
struct Entry<F> {
    /// The list of the units that looked.
    list: CacheKey,
    found: F,
}

/// What an entry says.
#[derive(Debug)]
pub(crate) enum Answer {
    /// There is none, or units are asked for that it cannot speak for.
    Nothing,
    /// It cannot be used, and why.
    Broken(&'static str),
    /// What the units found, but for those at these positions, of which it knows nothing.
    Found(Found, Vec<usize>),
}

impl<'c> Kept<'c> {
    /// The cache for a run of these extractors.
    ///
    /// The limits of time are no part of the names: what was found under such a limit is never kept.
    pub(crate) fn new(cache: &'c dyn Cache, extractors: &Extractors, limits: &Limits) -> Self {
        let mut digest = Digest::of(FORMAT);
        digest.add(env!("REDAN_ENGINE").as_bytes());
        let numbers = [
            limits.file_bytes,
            limits.matches_per_file as u64,
            limits.tree_nodes as u64,
            limits.tree_depth as u64,
            limits.value_bytes as u64,
            // Without the automaton every file counts as having every anchor.
            u64::from(extractors.anchors.is_some()),
        ];
        for number in numbers {
            digest.add(&number.to_le_bytes());
        }
        Self { cache, common: digest.finish(), lists: Mutex::default(), held: Mutex::default() }
    }

    /// The entry of a file that these units look at. `filled_with` is the hash of what it is filled in with.
    pub(crate) fn slot(
        &self,
        path: &str,
        bytes: &[u8],
        filled_with: Option<CacheKey>,
        numbers: &[u32],
        units: &Units<'_>,
    ) -> Slot<'_> {
        let mut name = Digest::of("file");
        name.add(&self.common.0);
        name.add(path.as_bytes());
        name.add(bytes);
        if let Some(key) = filled_with {
            name.add(&key.0);
        }
        let known = self.lists.lock().ok().and_then(|lists| lists.get(numbers).cloned());
        let list = known.unwrap_or_else(|| {
            let units: Vec<CacheKey> = units.iter().map(|(unit, _)| unit.key).collect();
            let list = Arc::new(List { name: name_of(&units), units });
            if let Ok(mut lists) = self.lists.lock() {
                lists.insert(numbers.to_vec(), Arc::clone(&list));
            }
            list
        });
        Slot { kept: self, key: name.finish(), list }
    }

    fn read<T: for<'d> Deserialize<'d>>(&self, key: CacheKey) -> Result<Option<T>, &'static str> {
        let Some(bytes) = self.cache.get(key) else { return Ok(None) };
        let (sum, content) = bytes.split_at_checked(CHECKSUM).ok_or("it is too short")?;
        if checksum(key, content) != sum {
            return Err("its checksum does not fit");
        }
        match postcard::take_from_bytes(content) {
            Ok((value, [])) => Ok(Some(value)),
            _ => Err("it is not in the format of entries"),
        }
    }

    fn write<T: Serialize>(&self, key: CacheKey, value: &T) {
        // Nothing that is kept is of a kind that cannot be written.
        let Ok(content) = postcard::to_allocvec(value) else { return };
        self.cache.put(key, sealed(key, &content));
    }

    /// A list of units by its name.
    fn list(&self, list: CacheKey) -> Result<Option<Vec<CacheKey>>, &'static str> {
        let units: Option<Vec<CacheKey>> = self.read(list)?;
        match units {
            Some(units) if name_of(&units) != list => Err("its list of extractors is another one"),
            other => Ok(other),
        }
    }

    /// Sees to it that a list is in the cache, and stays there. An error is one that could not be used and was replaced.
    fn hold(&self, list: &List) -> Result<(), &'static str> {
        let new = self.held.lock().is_ok_and(|mut held| held.insert(list.name));
        let known = if new { self.list(list.name) } else { return Ok(()) };
        if !matches!(known, Ok(Some(_))) {
            self.write(list.name, &list.units);
        }
        known.map(|_| ())
    }
}

impl Slot<'_> {
    /// What was kept, for the units of the slot.
    pub(crate) fn answer(&self, path: &str, units: &Units<'_>) -> Answer {
        let entry: Entry<Found> = match self.kept.read(self.key) {
            Ok(Some(entry)) => entry,
            Ok(None) => return Answer::Nothing,
            Err(why) => return Answer::Broken(why),
        };
        if entry.list == self.list.name {
            return match self.kept.hold(&self.list) {
                Ok(()) => Answer::Found(entry.found, vec![]),
                Err(why) => Answer::Broken(why),
            };
        }
        if entry.found.limited() {
            return Answer::Nothing;
        }
        match self.kept.list(entry.list) {
            Ok(Some(old)) => self.translated(entry.found, &old, path, units),
            Ok(None) => Answer::Nothing,
            Err(why) => Answer::Broken(why),
        }
    }

    /// What other units found, as far as they are still there.
    fn translated(&self, found: Found, old: &[CacheKey], path: &str, units: &Units<'_>) -> Answer {
        let mut searched: Vec<_> = old.iter().map(|_| None).collect();
        for (position, unit) in found.searched {
            let Some(slot) = searched.get_mut(position as usize) else {
                return Answer::Broken("its list of extractors is too short");
            };
            *slot = Some(unit);
        }
        let positions: FxHashMap<CacheKey, usize> =
            old.iter().enumerate().map(|(position, key)| (*key, position)).collect();
        let mut kept = Found { lines: found.lines, ..Found::default() };
        let mut unknown = vec![];
        let mut parses = vec![];
        for (position, (key, (unit, _))) in self.list.units.iter().zip(units).enumerate() {
            match positions.get(key) {
                None => unknown.push(position),
                // Not taken out: a case that is written twice has one name.
                Some(old) => {
                    if let Some(Some(found)) = searched.get(*old) {
                        parses.extend(parse_of(unit, path));
                        kept.searched.push((position as u32, found.clone()));
                    }
                }
            }
        }
        let readings = found.readings.into_iter();
        kept.readings = readings.filter(|r| parses.contains(&r.name.as_str())).collect();
        Answer::Found(kept, unknown)
    }

    /// Keeps what the units of the slot found. An error is something in the cache that could not be used.
    pub(crate) fn keep(&self, found: &Found) -> Result<(), &'static str> {
        self.kept.write(self.key, &Entry { list: self.list.name, found });
        self.kept.hold(&self.list)
    }
}

/// The hash of what a case says, with what it refers to. Numbers of the program stand for something else in the
/// next run, so names are taken instead; places count for nothing.
pub(crate) fn digest_of_case(
    program: &Program,
    sources: &Sources,
    extractor: &Extractor,
    case: &ExtractorCase,
    sets: &[usize],
) -> Digest {
    let schema = &program.schema;
    let mut digest = Digest::of("unit");
    // A kind is named where it has too many matches.
    let kind = schema.kinds.get(extractor.kind.0 as usize);
    digest.add(kind.map_or("", |k| k.declared.name.as_str()).as_bytes());
    for field in &extractor.fields {
        digest.add(field.name.as_bytes());
        digest.add(&[
            u8::from(field.optional),
            u8::from(field.many),
            u8::from(field.default.is_some()),
        ]);
        match &field.ty {
            Type::Bool => digest.add(b"bool"),
            Type::Int => digest.add(b"int"),
            Type::Str | Type::Entity(_) | Type::Any => digest.add(b"string"),
            Type::Enum(id) => {
                let symbols = schema.enums.get(id.0 as usize).map(|e| e.symbols.as_slice());
                digest.list(b"enum", symbols.unwrap_or_default());
            }
        }
    }
    digest.add(b"from");
    match sources.get(case.source).map_or("", |s| s.slice(case.syntax.span)) {
        "" => digest.add(format!("{:?}", case.syntax).as_bytes()),
        text => digest.add(text.as_bytes()),
    }
    for set in sets.iter().filter_map(|set| schema.sets.get(*set)) {
        let mut members: Vec<String> =
            set.members.iter().map(|m| format!("{:?}", program.values.get(*m))).collect();
        members.extend(set.patterns.iter().map(|p| format!("/{p}")));
        members.sort();
        digest.list(b"set", &members);
    }
    digest
}

fn name_of(units: &[CacheKey]) -> CacheKey {
    let mut digest = Digest::of("units");
    for unit in units {
        digest.add(&unit.0);
    }
    digest.finish()
}

/// The bytes of an entry with its checksum.
pub(crate) fn sealed(key: CacheKey, content: &[u8]) -> Vec<u8> {
    let mut bytes = checksum(key, content).to_vec();
    bytes.extend_from_slice(content);
    bytes
}

fn checksum(key: CacheKey, content: &[u8]) -> [u8; CHECKSUM] {
    let mut digest = Digest::of("content");
    digest.add(&key.0);
    digest.add(content);
    digest.finish().0
}

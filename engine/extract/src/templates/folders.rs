//! Folders whose files are templates, with the data that fills them in. Which folders these are, packs say in three
//! sets of the pack `core`:
//!
//! - `template_folders`: names of files that make their folder one;
//! - `template_data`: `OBJECT=FILE`, an object that templates see and the file below the folder that it is;
//! - `template_parts`: endings of the names of files that only define parts for others.

use std::collections::BTreeMap;
use std::sync::Arc;

use redan_base::{CacheKey, Entry, Limits, World};
use redan_program::ir::Program;

use super::syntax::{self, Node, Template};
use super::value::Val;
use crate::decode;
use crate::formats;
use crate::kept::Digest;

/// What templates of a folder are filled in with.
#[derive(Debug)]
pub(crate) struct Data {
    /// The objects by name, sorted.
    pub(super) objects: Arc<Vec<(String, Val)>>,
    /// The files that define parts, sorted by path.
    helpers: Vec<Template>,
    /// For each part the file that defines it last.
    parts: BTreeMap<String, usize>,
    /// A hash of the names and bytes of all of it.
    pub(crate) key: CacheKey,
}

impl Data {
    /// A part by its name, with the file that defines it.
    pub(super) fn part(&self, name: &str) -> Option<(&Template, &[Node])> {
        let of = self.helpers.get(*self.parts.get(name)?)?;
        Some((of, of.named.get(name)?))
    }
}

/// The folders with templates.
#[derive(Debug, Default)]
pub(crate) struct Folders {
    data: BTreeMap<String, Data>,
    /// Files that are no templates themselves.
    sources: Vec<String>,
}

impl Folders {
    /// What fills in a file: the data of the nearest folder around it.
    pub(crate) fn of(&self, path: &str) -> Option<&Data> {
        if self.data.is_empty() || self.sources.binary_search_by(|s| s.as_str().cmp(path)).is_ok() {
            return None;
        }
        ancestors(path).find_map(|folder| self.data.get(folder))
    }

    /// Finds the folders among the files, which are sorted by path, and reads their data.
    pub(crate) fn read(
        world: &dyn World,
        files: &[Entry],
        program: &Program,
        limits: &Limits,
    ) -> Self {
        let marks = core_set(program, "template_folders");
        let mut folders = Self::default();
        if marks.is_empty() {
            return folders;
        }
        let objects: Vec<(String, String)> = core_set(program, "template_data")
            .iter()
            .filter_map(|row| row.split_once('='))
            .map(|(object, file)| (object.to_owned(), file.to_owned()))
            .collect();
        let endings = core_set(program, "template_parts");
        let mut helpers: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for file in files {
            let (folder, name) = split(&file.path);
            if marks.iter().any(|m| m == name) {
                helpers.insert(folder.to_owned(), vec![]);
            }
        }
        for file in files {
            if endings.iter().any(|ending| file.path.ends_with(ending.as_str()))
                && let Some(folder) = ancestors(&file.path).find(|f| helpers.contains_key(*f))
                && let Some(list) = helpers.get_mut(folder)
            {
                list.push(&file.path);
            }
        }
        let read = |path: &str| {
            files.binary_search_by(|f| f.path.as_str().cmp(path)).ok()?;
            decode::text(world.read(path, limits.file_bytes).ok()?).ok()
        };
        for (folder, helpers) in helpers {
            let mut digest = Digest::of("templates");
            let mut known = vec![];
            for (object, file) in &objects {
                let path =
                    if folder.is_empty() { file.clone() } else { format!("{folder}/{file}") };
                let text = read(&path);
                digest.add(object.as_bytes());
                digest.add(text.as_deref().unwrap_or_default().as_bytes());
                folders.sources.push(path);
                if let Some(value) = text.and_then(|text| value_of(file, &text, limits)) {
                    known.push((object.clone(), value));
                }
            }
            known.sort_by(|a, b| a.0.cmp(&b.0));
            let mut templates = vec![];
            let mut parts = BTreeMap::new();
            for path in helpers {
                let Some(text) = read(path) else { continue };
                digest.add(path.as_bytes());
                digest.add(text.as_bytes());
                // A mistake in it leaves its parts unknown, and the marks that include them as they are.
                let Ok(template) = syntax::parse(&text) else { continue };
                parts.extend(template.named.keys().map(|name| (name.clone(), templates.len())));
                templates.push(template);
            }
            let (objects, key) = (Arc::new(known), digest.finish());
            let data = Data { objects, helpers: templates, parts, key };
            folders.data.insert(folder, data);
        }
        folders.sources.sort();
        folders
    }
}

/// The value that a structured file is as a whole, if it can be read.
fn value_of(file: &str, text: &str, limits: &Limits) -> Option<Val> {
    let ending = file.rsplit('.').next()?;
    let name = if ending == "yml" { "yaml" } else { ending };
    let parsed = (formats::format(name)?.parse)(text, limits);
    if !parsed.problems.is_empty() {
        return None;
    }
    let root = parsed.tree.documents.first();
    Some(root.map_or(Val::map(vec![]), |root| Val::of(&parsed.tree, *root)))
}

/// The texts of a set of the pack `core`.
fn core_set(program: &Program, name: &str) -> Vec<String> {
    let full = format!("core.{name}");
    let set = program.schema.sets.iter().find(|s| s.declared.name == full);
    let members = set.map_or(&[][..], |s| &s.members);
    let mut texts: Vec<String> =
        members.iter().filter_map(|m| program.values.as_str(*m).map(str::to_owned)).collect();
    texts.sort();
    texts
}

fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// The folders around a file, the nearest first.
fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    let mut next = Some(path).filter(|p| !p.is_empty());
    std::iter::from_fn(move || {
        let (folder, _) = split(next?);
        next = Some(folder).filter(|f| !f.is_empty());
        Some(folder)
    })
}

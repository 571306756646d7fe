//! From files to packs: which file belongs to which pack.
//!
//! A folder with a `pack.redan` is a pack, with all files below it that no nearer `pack.redan` claims. A `.redan`
//! file outside any such folder is a pack of its own, named after the file.

use std::collections::{BTreeMap, BTreeSet};

use redan_base::{Source, SourceId, Sources};

use crate::PackFiles;

/// Where a pack comes from: what it may change depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// Comes with Redan.
    Library,
    /// Named by the caller, or by a configuration outside the scanned tree.
    Caller,
    /// Named by the configuration of the scanned tree: it may add, but not take away.
    Repository,
}

/// One file of a pack as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackFile {
    /// The path that is shown.
    pub path: String,
    /// The text.
    pub text: String,
    /// Where it comes from.
    pub origin: Origin,
}

/// A page: the documentation and the tests of the rule of its name, in Markdown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The pack.
    pub pack: String,
    /// The source.
    pub source: SourceId,
    /// The rule's name, from the file's name.
    pub rule: String,
}

/// The packs of a run.
#[derive(Debug, Clone, Default)]
pub struct Packs {
    /// The rule files by pack, sorted by name of the pack.
    pub packs: Vec<PackFiles>,
    /// The pages.
    pub pages: Vec<Page>,
    /// The origin of each source, in order.
    pub origins: Vec<Origin>,
}

/// How files are made to packs.
#[derive(Debug, Clone, Default)]
pub struct Grouping {
    /// Whether packs of the scanned repository may take away (exceptions, overrides, disabled rules), not only add.
    pub trust_repository: bool,
    /// Items of the library that nobody will look at, by their first words. `None`: the library is read and checked whole, as
    /// if it came from the caller.
    pub passed_over: Option<Vec<&'static str>>,
}

/// Sorts files into packs; adds their texts to `sources`, sorted by path within each origin.
pub fn group(mut files: Vec<PackFile>, options: &Grouping, sources: &mut Sources) -> Packs {
    files.sort_by(|a, b| (a.origin, &a.path).cmp(&(b.origin, &b.path)));
    files.dedup_by(|a, b| a.path == b.path && a.text == b.text);
    let mut roots: Vec<String> = files
        .iter()
        .filter(|f| name_of(&f.path) == "pack.redan")
        .map(|f| folder_of(&f.path).to_owned())
        .collect();
    // The nearest folder wins, so look at long paths first.
    roots.sort_by(|a, b| b.len().cmp(&a.len()).then(a.cmp(b)));
    roots.dedup();
    let singles: BTreeSet<String> = files
        .iter()
        .filter(|f| !roots.iter().any(|r| below(&f.path, r)))
        .map(|f| f.path.clone())
        .collect();
    let mut result = Packs::default();
    let mut by_pack: BTreeMap<String, Vec<SourceId>> = BTreeMap::new();
    for file in files {
        let root = roots.iter().find(|r| below(&file.path, r));
        let is_page = !file.path.ends_with(".redan");
        let name = match root {
            Some(root) => name_of(root).replace('-', "_"),
            // A page beside a single file.
            None if is_page => {
                let rules = format!("{}.redan", file.path.strip_suffix(".md").unwrap_or_default());
                if !singles.contains(&rules) {
                    continue;
                }
                stem_of(&file.path).replace('-', "_")
            }
            None => stem_of(&file.path).replace('-', "_"),
        };
        // Two folders of one name stay two packs, so that the checker can tell them apart and complain.
        let key =
            root.map_or_else(|| format!("{name}\u{0}{}", file.path), |r| format!("{name}\u{0}{r}"));
        let rule = stem_of(&file.path).to_owned();
        if is_page && matches!(rule.as_str(), "README" | "CHANGELOG") {
            continue;
        }
        let text = Source::new(file.path.as_str(), file.text.as_str());
        let checked = file.origin == Origin::Library && options.passed_over.is_some();
        let source = sources.add(if checked { text.checked() } else { text });
        result.origins.push(file.origin);
        if is_page {
            result.pages.push(Page { pack: name, source, rule });
        } else {
            by_pack.entry(key).or_default().push(source);
        }
    }
    let origins = &result.origins;
    let first = sources.len() - origins.len();
    let of = |s: &SourceId| origins.get(s.0 as usize - first).copied();
    result.packs = by_pack
        .into_iter()
        .map(|(key, files)| PackFiles {
            name: key.split('\u{0}').next().unwrap_or_default().to_owned(),
            adds_only: !options.trust_repository
                && files.iter().any(|f| of(f) == Some(Origin::Repository)),
            without: match files.first().map(of) {
                Some(Some(Origin::Library)) => options.passed_over.clone().unwrap_or_default(),
                _ => vec![],
            },
            files,
        })
        .collect();
    result
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn stem_of(path: &str) -> &str {
    let name = name_of(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn below(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str) -> PackFile {
        PackFile { path: path.to_owned(), text: path.to_owned(), origin: Origin::Caller }
    }

    #[test]
    fn nearest_pack_file_claims() {
        let mut sources = Sources::new();
        let packs = group(
            vec![
                file("a/pack.redan"),
                file("a/x.redan"),
                file("a/x.md"),
                file("a/README.md"),
                file("a/in/pack.redan"),
                file("a/in/y.redan"),
                file("a-b/z.redan"),
            ],
            &Grouping::default(),
            &mut sources,
        );
        let shown: Vec<String> = packs
            .packs
            .iter()
            .map(|p| {
                let files: Vec<&str> = p.files.iter().map(|f| sources.path(*f)).collect();
                format!("{}: {}", p.name, files.join(" "))
            })
            .collect();
        assert_eq!(
            shown,
            ["a: a/pack.redan a/x.redan", "in: a/in/pack.redan a/in/y.redan", "z: a-b/z.redan"]
        );
        assert_eq!(packs.pages.len(), 1, "a README is no page of a rule");
    }
}

//! Code patterns and tree-sitter queries over programming languages.
//!
//! Comes in: the text of a file and the cases that want it. Goes out: their matches, from one parse and one
//! traversal, with the constants that captured code stands for. See [`crate::matching`] for the interface, [`pattern`] for
//! what a pattern means, and [`constants`] for what is resolved.
//!
//! Nothing here recurses over the syntax tree of a scanned file: 100,000 nested brackets are a file like any other.

mod compile;
mod constants;
mod grammar;
mod matcher;
mod parse;
mod pattern;
mod placeholders;
mod query;
mod query_text;
mod run;
mod strings;

pub(crate) use compile::CompiledCase;
pub(crate) use run::run;

use redan_languages::{LANGUAGES, Language};

/// The row that reads a path for a language: of typescript, that of tsx for `a.tsx`.
pub(crate) fn grammar(language: &str, path: &str) -> Option<&'static str> {
    let rows = rows(language);
    let extension = path.rsplit_once('.').map_or("", |(_, e)| e);
    let own = rows.iter().find(|l| l.extensions.iter().any(|e| e.eq_ignore_ascii_case(extension)));
    own.or(rows.first()).map(|l| l.name)
}

/// The languages by name, with the globs of their own files.
pub(crate) fn languages() -> Vec<(&'static str, Vec<String>)> {
    let globs = |language: &Language| {
        rows(language.name)
            .iter()
            .flat_map(|row| row.extensions)
            .map(|extension| format!("**/*.{extension}"))
            .collect()
    };
    LANGUAGES.iter().filter(|l| l.patterns).map(|l| (l.name, globs(l))).collect()
}

/// The rows that a language's name means; empty for a name that is no language.
fn rows(language: &str) -> Vec<&'static Language> {
    let Some(row) = redan_languages::language(language).filter(|l| l.patterns) else {
        return vec![];
    };
    let included = row.includes.iter().filter_map(|name| redan_languages::language(name));
    std::iter::once(row).chain(included).collect()
}

#[cfg(test)]
mod tests;

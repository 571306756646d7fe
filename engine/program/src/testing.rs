//! For tests of this crate: packs as text, diagnostics as one line each.
//!
//! `CODE path:line:column message | underlined text | help`, then an indented line for each further label.

use redan_base::{Diagnostic, Severity, Source, Sources};

use crate::PackFiles;

/// A small `core` that tests may use.
pub(crate) const CORE: &str = r#"
pack core { version "1.2.0" }
enum trust { untrusted < internal }
enum access { read, write }
kind boundary { trust: trust }
kind component { in: boundary ask "Where is {it}?"  public: bool }
kind process is component
kind store is component { holds: set<data> }
kind data
kind flow { from: component  to: component  encrypted: bool ask "Is {it} encrypted?" }
"#;

/// Packs from texts. A text may hold several files, each after a line `//- PATH`; the first folder of a path is the
/// pack. A text without such a line is the file `t.redan`, a pack of its own. [`CORE`] is always there.
pub(crate) fn packs(text: &str) -> (Sources, Vec<PackFiles>) {
    let mut sources = Sources::new();
    let mut packs = vec![];
    let mut add = |path: &str, text: &str| {
        let name = path.split(['/', '.']).next().unwrap_or(path).to_owned();
        let id = sources.add(Source::new(path, text));
        match packs.iter_mut().find(|p: &&mut PackFiles| p.name == name) {
            Some(pack) => pack.files.push(id),
            None => {
                packs.push(PackFiles { name, files: vec![id], ..PackFiles::default() });
            }
        }
    };
    if !text.contains("//- core/") {
        add("core/pack.redan", CORE);
    }
    let mut parts = text.split("//- ");
    let first = parts.next().unwrap_or_default();
    if !first.trim().is_empty() {
        add("t.redan", first);
    }
    for part in parts {
        let (path, text) = part.split_once('\n').unwrap_or((part, ""));
        add(path.trim(), text);
    }
    (sources, packs)
}

/// What is wrong with the declarations of some packs.
pub(crate) fn declared(text: &str) -> String {
    let (sources, packs) = packs(text);
    let (_, mut diagnostics) = crate::collect(&sources, &packs);
    crate::sort(&mut diagnostics, &sources);
    shown(&sources, &diagnostics)
}

/// What is wrong with some packs, conditions included.
pub(crate) fn compiled(text: &str) -> String {
    let (sources, packs) = packs(text);
    let (_, diagnostics) = crate::compile(&sources, &packs, &crate::Options::default());
    shown(&sources, &diagnostics)
}

/// Diagnostics in the compact form.
pub(crate) fn shown(sources: &Sources, diagnostics: &[Diagnostic]) -> String {
    let mut out = String::new();
    for d in diagnostics {
        let mut labels = d.labels.iter().map(|l| {
            let source = sources.get(l.source);
            let (line, column) = source.map_or((0, 0), |s| s.position(l.span.start));
            let text = source.map_or("", |s| s.slice(l.span));
            let place = format!("{}:{line}:{column}", sources.path(l.source));
            (place, text.replace('\n', "⏎"), l.text.as_str())
        });
        let (place, text, label) = labels.next().unwrap_or_default();
        let severity = match d.severity {
            Severity::Error => String::new(),
            other => format!("{other} "),
        };
        out.push_str(&format!("{severity}{} {place} {} | {text} |", d.code, d.message));
        if !label.is_empty() {
            out.push_str(&format!(" ({label})"));
        }
        if let Some(help) = &d.help {
            out.push_str(&format!(" {help}"));
        }
        out.push('\n');
        for (place, text, label) in labels {
            out.push_str(&format!("    {place} {text} ({label})\n"));
        }
    }
    out
}

//! `redan fmt [PATH…]`: pack files in their canonical form.

use std::path::{Path, PathBuf};

use redan_engine::base::{Diagnostic, Severity, Source, Sources};
use similar::TextDiff;

use crate::args::Fmt;
use crate::os;
use crate::session::{Exit, Session};
use crate::texts::Said;

/// Formats the files in place, or tells which would change.
pub fn run(arguments: &Fmt, session: &mut Session) -> Exit {
    let mut sources = Sources::new();
    let mut diagnostics: Vec<Diagnostic> = vec![];
    let mut changed = 0;
    let mut files = 0;
    let mut failed = false;
    for (path, shown) in find(&arguments.paths, &mut failed, session) {
        let text = match read(path.as_deref()) {
            Ok(text) => text,
            Err(error) => {
                session.error(Said::Unreadable, &[&shown, &error.to_string()]);
                failed = true;
                continue;
            }
        };
        files += 1;
        let id = sources.add(Source::new(shown.as_str(), text.as_str()));
        let (formatted, found) = redan_engine::grammar::format(id, &text);
        diagnostics.extend(found);
        let Some(formatted) = formatted else { continue };
        if path.is_none() && !arguments.check && !arguments.diff {
            session.print(&formatted);
            continue;
        }
        if formatted == text {
            continue;
        }
        changed += 1;
        if arguments.diff {
            let diff = TextDiff::from_lines(&text, &formatted);
            let unified = diff.unified_diff().header(&shown, &shown).to_string();
            session.print(&unified);
        } else if arguments.check {
            let text = session.text(Said::WouldChange, &[&shown]);
            session.print(&format!("{text}\n"));
        } else if let Some(path) = path {
            if let Err(error) = os::write_file(&path, formatted.as_bytes()) {
                session.error(Said::Unwritable, &[&shown, &error.to_string()]);
                failed = true;
                continue;
            }
            session.note(Said::Formatted, &[&shown]);
        }
    }
    let errors = diagnostics.iter().any(|d| d.severity == Severity::Error);
    session.diagnostics(&diagnostics, &sources);
    if files == 0 && !failed {
        session.error(Said::NoPackFile, &[]);
        return Exit::Usage;
    }
    let would = arguments.check || arguments.diff;
    let done = if would { Said::LookedAtWould } else { Said::LookedAtChanged };
    if arguments.paths.iter().all(|p| p.as_os_str() != "-") {
        session.note(done, &[&files.to_string(), &changed.to_string()]);
    }
    if failed {
        Exit::Usage
    } else if errors || (changed > 0 && (arguments.check || arguments.diff)) {
        Exit::Failed
    } else {
        Exit::Fine
    }
}

/// The files of the arguments with the path that is shown; `None` is standard input.
fn find(
    paths: &[PathBuf],
    failed: &mut bool,
    session: &mut Session,
) -> Vec<(Option<PathBuf>, String)> {
    let mut found = vec![];
    for path in paths {
        let shown = path.to_string_lossy().into_owned();
        if shown == "-" {
            found.push((None, "<stdin>".to_owned()));
        } else if os::is_folder(path) {
            match os::pack_files(path) {
                Ok(files) => {
                    for file in files.into_iter().filter(|f| f.ends_with(".redan")) {
                        found.push((Some(path.join(&file)), join(path, &file)));
                    }
                }
                Err(error) => {
                    session.error(Said::Unlisted, &[&shown, &error.to_string()]);
                    *failed = true;
                }
            }
        } else {
            found.push((Some(path.clone()), shown));
        }
    }
    found
}

fn join(folder: &Path, file: &str) -> String {
    let folder = folder.to_string_lossy();
    if folder == "." { file.to_owned() } else { format!("{}/{file}", folder.trim_end_matches('/')) }
}

fn read(path: Option<&Path>) -> std::io::Result<String> {
    path.map_or_else(os::stdin_text, os::read_text)
}

//! `redan docs [PACK…]`: a page in Markdown for each threat, for mdBook or any other reader.

use std::path::{Path, PathBuf};

use redan_engine::base::Severity;
use redan_engine::report::{LibraryRule, library_chapters, library_files};

use super::rules::{rules, unknown_pack};
use crate::args::Docs;
use crate::load;
use crate::os;
use crate::session::{Exit, Session};
use crate::texts::Said;

/// Writes the pages below a folder, or prints them.
pub fn run(arguments: &Docs, session: &mut Session) -> Exit {
    let prepared = match load::packs(&Vec::<PathBuf>::new(), session) {
        Ok(prepared) => prepared,
        Err(exit) => return exit,
    };
    let errors: Vec<_> =
        prepared.diagnostics.iter().filter(|d| d.severity == Severity::Error).cloned().collect();
    session.diagnostics(&errors, &prepared.sources);
    let mut wanted: Vec<String> = vec![];
    for pack in &arguments.names {
        let name = pack.replace('-', "_");
        if !prepared.program.schema.packs.iter().any(|p| p.name == name) {
            return unknown_pack(&prepared, pack, session);
        }
        wanted.push(name);
    }
    let mut rules: Vec<LibraryRule> = rules(&prepared, session.language());
    rules.retain(|r| wanted.is_empty() || wanted.contains(&r.pack));
    for pack in &wanted {
        if !rules.iter().any(|r| r.pack == *pack) {
            session.note(Said::PackWithoutThreats, &[pack]);
        }
    }
    let files = library_files(&rules, session.language());
    let Some(folder) = &arguments.output else {
        for file in files.iter().filter(|f| !f.path.ends_with("README.md")) {
            session.print(&format!("{}\n", file.text));
        }
        return if errors.is_empty() { Exit::Fine } else { Exit::Failed };
    };
    for file in &files {
        let path = folder.join(&file.path);
        let made = path.parent().map_or(Ok(()), os::make_folder);
        if let Err(error) = made.and_then(|()| os::write_file(&path, file.text.as_bytes())) {
            let shown = path.display().to_string();
            session.error(Said::Unwritable, &[&shown, &error.to_string()]);
            return Exit::Usage;
        }
    }
    let below = folder.display().to_string();
    session.note(Said::WroteFiles, &[&files.len().to_string(), &below]);
    if let Some(summary) = &arguments.summary
        && let Err(exit) = renew(summary, folder, &rules, session)
    {
        return exit;
    }
    if errors.is_empty() { Exit::Fine } else { Exit::Failed }
}

/// Puts the chapters of the library below the line that links its index.
fn renew(
    summary: &Path,
    folder: &Path,
    rules: &[LibraryRule],
    session: &mut Session,
) -> Result<(), Exit> {
    let shown = summary.display().to_string();
    let text = os::read_text(summary).map_err(|e| {
        session.error(Said::Unreadable, &[&shown, &e.to_string()]);
        Exit::Usage
    })?;
    let base = summary.parent().unwrap_or(Path::new(""));
    let folder = folder.strip_prefix(base).unwrap_or(folder);
    let folder = folder.to_string_lossy().replace('\\', "/");
    let link = format!("]({}/README.md)", folder.trim_end_matches('/'));
    if !text.contains(&link) {
        session.error(Said::NoChapter, &[&shown, &format!("- [The rule library{link}")]);
        return Err(Exit::Usage);
    }
    let mut out = String::new();
    let mut inside = false;
    for line in text.lines() {
        if inside && line.starts_with(char::is_whitespace) {
            continue;
        }
        inside = line.contains(&link);
        out.push_str(&format!("{line}\n"));
        if inside {
            out.push_str(&library_chapters(rules, &folder));
        }
    }
    os::write_file(summary, out.as_bytes()).map_err(|e| {
        session.error(Said::Unwritable, &[&shown, &e.to_string()]);
        Exit::Usage
    })
}

//! `redan new rule FOLDER NAME`, `redan new pack FOLDER`: files to start from, which check and pass their tests.

use std::path::Path;

use crate::args::{New, NewWhat};
use crate::os;
use crate::session::{Exit, Session};
use crate::texts::Said;

/// Writes the files; nothing that is there is overwritten.
pub fn run(arguments: &New, session: &mut Session) -> Exit {
    match &arguments.what {
        NewWhat::Pack { folder } => {
            let first = rule_files(folder, "first_rule", session);
            pack_file(folder, session).max(first)
        }
        NewWhat::Rule { folder, name } => {
            if !valid(name) {
                session.error(Said::BadRuleName, &[name]);
                return Exit::Usage;
            }
            let in_pack = folder.ancestors().any(|f| os::is_file(&f.join("pack.redan")));
            let pack = if in_pack { Exit::Fine } else { pack_file(folder, session) };
            pack.max(rule_files(folder, name, session))
        }
    }
}

fn valid(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn pack_file(folder: &Path, session: &mut Session) -> Exit {
    let absolute = os::absolute(folder);
    let name: String = absolute
        .file_name()
        .map_or_else(|| "my_pack".to_owned(), |n| n.to_string_lossy().to_lowercase())
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    let name = if valid(&name) { name } else { format!("pack_{name}") };
    write(folder, "pack.redan", &PACK.replace("PACK", &name), session)
}

fn rule_files(folder: &Path, name: &str, session: &mut Session) -> Exit {
    let rule = write(folder, &format!("{name}.redan"), &RULE.replace("NAME", name), session);
    rule.max(write(folder, &format!("{name}.md"), &PAGE.replace("NAME", name), session))
}

fn write(folder: &Path, name: &str, text: &str, session: &mut Session) -> Exit {
    let path = folder.join(name);
    if os::exists(&path) {
        session.error(Said::Exists, &[&path.display().to_string()]);
        return Exit::Usage;
    }
    match os::make_folder(folder).and_then(|()| os::write_file(&path, text.as_bytes())) {
        Ok(()) => {
            session.note(Said::Wrote, &[&path.display().to_string()]);
            Exit::Fine
        }
        Err(error) => {
            let shown = path.display().to_string();
            session.error(Said::Unwritable, &[&shown, &error.to_string()]);
            Exit::Usage
        }
    }
}

const PACK: &str = include_str!("../../templates/pack.redan");
const RULE: &str = include_str!("../../templates/rule.redan");
const PAGE: &str = include_str!("../../templates/rule.md");

//! What the documents say of the language is true: their examples are files that can be checked, no built-in function is
//! left out, and the list of errors is whole.

use std::collections::BTreeMap;
use std::path::PathBuf;

use redan_base::{Severity, Sources};
use redan_engine::{Origin, PackFile, PrepareOptions, prepare};
use redan_program::functions::FUNCTIONS;

fn read(path: &str) -> String {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    std::fs::read_to_string(root.join(path)).unwrap()
}

/// The fenced blocks of Markdown with this word alone after the fence, each with the line that it begins on. A block ends
/// at a fence that is as long as its own and not indented: code in a block may hold indented ones.
fn blocks(text: &str, word: &str) -> Vec<(usize, String)> {
    let mut found = vec![];
    let mut open: Option<(usize, String, bool, String)> = None;
    for (number, line) in (1..).zip(text.lines()) {
        if let Some((first, fence, wanted, body)) = &mut open {
            if line.trim_end() == fence.as_str() {
                if *wanted {
                    found.push((*first, std::mem::take(body)));
                }
                open = None;
            } else {
                body.push_str(line);
                body.push('\n');
            }
        } else if line.starts_with("```") {
            let fence: String = line.chars().take_while(|c| *c == '`').collect();
            let wanted = line.trim_start_matches('`').trim() == word;
            open = Some((number + 1, fence, wanted, String::new()));
        }
    }
    assert!(open.is_none(), "a block is never closed");
    found
}

/// What is wrong with a file beside the packs that come with Redan whose path begins with `library`.
fn mistakes(text: String, library: &str) -> Vec<String> {
    let mut files: Vec<PackFile> = redan_rules::FILES
        .iter()
        .filter(|(path, _)| path.starts_with(library))
        .map(|(path, text)| PackFile {
            path: (*path).to_owned(),
            text: (*text).to_owned(),
            origin: Origin::Library,
        })
        .collect();
    files.push(PackFile { path: "example.redan".to_owned(), text, origin: Origin::Caller });
    let prepared = prepare(files, Sources::new(), &PrepareOptions::default(), &|_| ());
    prepared
        .diagnostics
        .iter()
        .filter(|d| d.severity == Severity::Error)
        .map(|d| format!("{} {}", d.code, d.message))
        .collect()
}

#[test]
fn examples_of_the_documents_are_valid() {
    let mut wrong = vec![];
    // The reference needs the pack `core` alone; the others may use all packs.
    for (path, library, least) in [
        ("docs/language.md", "core/", 10),
        ("docs/tutorial.md", "", 2),
        ("README.md", "", 1),
        ("docs/report.md", "", 1),
    ] {
        let examples = blocks(&read(path), "redan");
        assert!(examples.len() >= least, "{path} has {} examples", examples.len());
        for (line, text) in examples {
            for mistake in mistakes(text, library) {
                wrong.push(format!("{path}:{line}: {mistake}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn mistakes_in_examples_are_seen() {
    let one = "```redan\nprocess a\n```\n\n````redan\nprocss b\n````\n```text\nx\n```\n";
    let found = blocks(one, "redan");
    assert_eq!(found, [(2, "process a\n".to_owned()), (6, "procss b\n".to_owned())]);
    let wrong: Vec<bool> =
        found.into_iter().map(|(_, text)| !mistakes(text, "core/").is_empty()).collect();
    assert_eq!(wrong, [false, true]);
}

#[test]
fn the_reference_has_every_function() {
    let text = read("docs/language.md");
    let missing: Vec<&str> = FUNCTIONS
        .iter()
        .map(|f| f.name)
        .filter(|name| !name.starts_with('@') && !text.contains(&format!("\n| `{name}` |")))
        .collect();
    assert!(missing.is_empty(), "docs/language.md lacks the functions {missing:?}");
}

/// One line for each page, in order, with the page's title: `- [RDN0101](RDN0101.md): there is no such kind`.
#[test]
fn the_list_of_errors_is_whole() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/errors");
    let titles: BTreeMap<String, String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter_map(|name| Some(name.strip_suffix(".md")?.to_owned()))
        .filter(|code| code.starts_with("RDN"))
        .map(|code| {
            let page = read(&format!("docs/errors/{code}.md"));
            let title = page.lines().next().unwrap().to_owned();
            let title = title.strip_prefix(&format!("# {code}: ")).unwrap().to_owned();
            (code, title)
        })
        .collect();
    let wanted: Vec<String> =
        titles.iter().map(|(code, title)| format!("- [{code}]({code}.md): {title}")).collect();
    let text = read("docs/errors/README.md");
    let listed: Vec<&str> = text.lines().filter(|l| l.starts_with("- [RDN")).collect();
    assert_eq!(listed, wanted, "docs/errors/README.md");
}

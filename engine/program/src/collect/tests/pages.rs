//! Every code has a page, and the example on each page provokes it.

use std::collections::BTreeSet;
use std::path::Path;

use redan_base::Code;

/// The codes of declarations and conditions: others have their pages tested where they arise.
fn ours(code: u16) -> bool {
    matches!(code, 100..=349 | 500..=549 | 610..=649)
}

#[expect(clippy::disallowed_methods, reason = "a test reads the project's own files")]
fn read(folder: &str, end: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with(end))
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    files.sort();
    files
}

/// The ```` ```redan ```` blocks of a page as packs of a test.
fn example(page: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for line in page.lines() {
        match line.strip_prefix("```") {
            Some(_) if inside => inside = false,
            Some(info) if info.starts_with("redan") => {
                inside = true;
                let path = info.split("file=").nth(1).unwrap_or("t.redan");
                out.push_str(&format!("//- {path}\n"));
            }
            _ if inside => out.push_str(&format!("{line}\n")),
            _ => {}
        }
    }
    out
}

fn pages() -> Vec<(u16, String)> {
    let number = |name: &str| name.strip_prefix("RDN")?.strip_suffix(".md")?.parse().ok();
    let pages = read("../../docs/errors", ".md");
    pages.into_iter().filter_map(|(n, text)| Some((number(&n)?, text))).collect()
}

#[test]
fn pages_provoke_their_codes() {
    for (code, page) in pages().into_iter().filter(|(code, _)| ours(*code)) {
        assert!(page.starts_with(&format!("# {}: ", Code(code))), "{code}: title");
        let (sources, packs) = crate::testing::packs(&example(&page));
        let (_, diagnostics) = crate::compile(&sources, &packs, &crate::Options::default());
        let found: BTreeSet<u16> = diagnostics.iter().map(|d| d.code.0).collect();
        let shown = crate::testing::shown(&sources, &diagnostics);
        assert!(found.contains(&code), "the example of {} gives\n{shown}", Code(code));
    }
}

#[test]
fn codes_have_their_pages() {
    let paged: BTreeSet<u16> = pages().into_iter().map(|(code, _)| code).collect();
    let files = ["src", "src/collect", "src/lower"].map(|folder| read(folder, ".rs"));
    for (name, text) in files.iter().flatten() {
        for start in ["error(", "warning(", "complain(cx, ", "complain_with(cx, ", "code: "] {
            for after in text.split(start).skip(1) {
                let digits: String =
                    after.trim_start().chars().take_while(char::is_ascii_digit).collect();
                let Ok(code) = digits.parse::<u16>() else { continue };
                if ours(code) {
                    assert!(paged.contains(&code), "{name}: {} has no page", Code(code));
                }
            }
        }
    }
}

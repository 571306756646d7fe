//! The packs of the library, as a large sample of the language.

use std::path::Path;

use redan_base::SourceId;
use redan_grammar::parse;

use crate::formatting::formatted;
use crate::hostile::all;

/// The texts of all files of the packs, in order.
#[allow(clippy::disallowed_methods, reason = "the packs lie beside this crate")]
fn packs() -> Vec<(String, String)> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../rules")];
    let mut out = vec![];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "redan")
                && let Ok(text) = std::fs::read_to_string(&path)
            {
                out.push((path.display().to_string(), text));
            }
        }
    }
    out.sort();
    out
}

#[test]
fn the_packs_parse_and_keep_their_trees() {
    let packs = packs();
    assert!(packs.len() > 10);
    for (path, text) in packs {
        let (_, diagnostics) = parse(SourceId(0), &text);
        assert_eq!(diagnostics, [], "{path}");
        formatted(&text);
    }
}

#[test]
fn the_packs_cut_anywhere_are_parsed_as_far_as_they_go() {
    for (_, text) in packs() {
        // Only the item that is cut can be hurt: look at each for itself.
        let (file, _) = parse(SourceId(0), &text);
        for (i, item) in file.items.iter().enumerate() {
            let item = text.get(item.span.range()).unwrap_or("").as_bytes();
            for end in (i % 37..item.len()).step_by(37) {
                all(&String::from_utf8_lossy(&item[..end]));
            }
        }
    }
}

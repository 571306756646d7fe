//! Embeds the pages of `docs/errors/`.

#![allow(clippy::disallowed_methods, reason = "a build script reads the pages at build time")]

use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").unwrap_or_default());
    let folder = root.join("../docs/errors");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut pages = vec![];
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        let stem = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        if stem.starts_with("RDN") {
            pages.push((stem, path));
        }
    }
    pages.sort();
    let mut out = String::from("&[\n");
    for (code, path) in pages {
        let _ = writeln!(out, "    ({code:?}, include_str!({:?})),", path.display().to_string());
    }
    out.push_str("]\n");
    fs::write(PathBuf::from(env::var("OUT_DIR").unwrap_or_default()).join("error_pages.rs"), out)
}

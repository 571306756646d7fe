//! Lists the pack files so that they can be embedded: each pack is a folder beside this file that holds a
//! `pack.redan`.

#![allow(clippy::disallowed_methods, reason = "a build script reads the packs at build time")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").unwrap_or_default());
    println!("cargo::rerun-if-changed={}", root.display());
    let mut packs = vec![];
    for entry in fs::read_dir(&root)? {
        let path = entry?.path();
        if path.join("pack.redan").is_file() {
            packs.push(path);
        }
    }
    packs.sort();
    // The pack `lint` is about packs, not about systems: it stands by itself.
    let (lint, packs): (Vec<_>, Vec<_>) = packs.into_iter().partition(|p| p.ends_with("lint"));
    write(&root, packs, "files.rs")?;
    write(&root, lint, "lint.rs")
}

/// The files of packs as a list of paths and texts.
fn write(root: &Path, packs: Vec<PathBuf>, name: &str) -> io::Result<()> {
    let mut files = vec![];
    for pack in packs {
        collect(&pack, &mut files)?;
    }
    let mut out = String::from("&[\n");
    for file in files {
        let name = file.strip_prefix(root).unwrap_or(&file).to_string_lossy().replace('\\', "/");
        let _ = writeln!(out, "    ({name:?}, include_str!({:?})),", file.display().to_string());
    }
    out.push_str("]\n");
    let target = PathBuf::from(env::var("OUT_DIR").unwrap_or_default()).join(name);
    fs::write(target, out)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut entries: Vec<_> = fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|e| e == "redan" || e == "md") {
            files.push(path);
        }
    }
    Ok(())
}

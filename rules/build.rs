//! Lists the pack files so that they can be embedded, and compiles them: each pack is a folder beside this file
//! that holds a `pack.redan`.

#![allow(clippy::disallowed_methods, reason = "a build script reads the packs at build time")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use redan_base::Sources;
use redan_program::{Grouping, Options, Origin, PackFile, compile, group, stored};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").unwrap_or_default());
    let target = PathBuf::from(env::var("OUT_DIR").unwrap_or_default());
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
    fs::write(target.join("lint.rs"), listed(&files(&root, lint)?))?;
    let library = files(&root, packs)?;
    fs::write(target.join("files.rs"), listed(&library))?;
    fs::write(target.join("program.bin"), compiled(&library)?)
}

/// The files of packs: their names relative to the root, and where they are.
fn files(root: &Path, packs: Vec<PathBuf>) -> io::Result<Vec<(String, PathBuf)>> {
    let mut files = vec![];
    for pack in packs {
        collect(&pack, &mut files)?;
    }
    let name =
        |file: &Path| file.strip_prefix(root).unwrap_or(file).to_string_lossy().replace('\\', "/");
    Ok(files.into_iter().map(|file| (name(&file), file)).collect())
}

/// Files as the expression of a list of names and texts.
fn listed(files: &[(String, PathBuf)]) -> String {
    let mut out = String::from("&[\n");
    for (name, file) in files {
        let _ = writeln!(out, "    ({name:?}, include_str!({:?})),", file.display().to_string());
    }
    out.push_str("]\n");
    out
}

/// The program of the packs as bytes. None if they hold a mistake: then they are compiled when Redan runs, which
/// tells it as it tells those of any pack.
fn compiled(files: &[(String, PathBuf)]) -> io::Result<Vec<u8>> {
    let mut read = vec![];
    for (path, file) in files {
        let text = fs::read_to_string(file)?;
        read.push(PackFile { path: path.clone(), text, origin: Origin::Library });
    }
    let mut sources = Sources::new();
    let grouping = Grouping { trust_repository: false, passed_over: Some(vec!["test"]) };
    let packs = group(read, &grouping, &mut sources);
    let (program, diagnostics) = compile(&sources, &packs.packs, &Options::default());
    if !diagnostics.is_empty() {
        println!("cargo::warning=`redan check` has to say {} things", diagnostics.len());
        return Ok(vec![]);
    }
    Ok(stored::encode(&program).unwrap_or_default())
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

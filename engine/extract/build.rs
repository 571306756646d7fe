//! Gives the code that decides on facts a name, `REDAN_ENGINE`: a hash of its sources and of the versions of the
//! libraries. What a cache holds was found by the engine of one name and counts for no other, so nobody has to
//! remember to raise a version.

#![allow(clippy::disallowed_methods, reason = "a build script reads the sources at build time")]

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// The rooms between the text of an extractor and its facts, from the root of the workspace.
const ROOMS: &[&str] = &[
    "Cargo.lock",
    "engine/base/src",
    "engine/extract/src",
    "engine/facts/src",
    "engine/languages/src",
    "engine/program/src",
    "grammar/src",
];

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../..");
    let mut hasher = DefaultHasher::new();
    for room in ROOMS {
        println!("cargo::rerun-if-changed={}", root.join(room).display());
        add(&root.join(room), &mut hasher)?;
    }
    env::var("TARGET").unwrap_or_default().hash(&mut hasher);
    println!("cargo::rustc-env=REDAN_ENGINE={:016x}", hasher.finish());
    Ok(())
}

fn add(path: &Path, hasher: &mut DefaultHasher) -> io::Result<()> {
    if !path.is_dir() {
        path.file_name().hash(hasher);
        fs::read(path)?.hash(hasher);
        return Ok(());
    }
    let mut entries: Vec<_> = fs::read_dir(path)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    entries.iter().try_for_each(|entry| add(&entry.path(), hasher))
}

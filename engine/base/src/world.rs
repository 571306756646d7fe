//! The only way in which the engine sees files and the clock, with a twin in memory.
//!
//! The twin gives tests without a disk; the trait is also a security line: whatever the engine is
//! asked to do, it can reach nothing but what a [`World`] hands out.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A file that a listing found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Path relative to the listed root, separated by `/`; bytes that are not UTF-8 are shown as
    /// `\xNN`.
    pub path: String,
    /// Size in bytes.
    pub size: u64,
}

/// Why something was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SkipReason {
    /// Larger than the limit of its kind of file.
    TooLarge,
    /// A link; links are never followed.
    Link,
    /// A FIFO, socket or device.
    NotRegular,
    /// Named by an ignore file or by the configuration.
    Ignored,
    /// No permission, or it vanished.
    Unreadable,
    /// Neither UTF-8 nor UTF-16 text.
    Binary,
    /// The folder is nested too deeply.
    TooDeep,
    /// More files than the limit.
    TooMany,
    /// The path is not valid text on this system.
    BadName,
    /// Its text could not be parsed.
    Syntax,
    /// Parsing or matching took too long, or hit a limit of nodes, depth or matches.
    Limit,
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLarge => "too large",
            Self::Link => "a link, not followed",
            Self::NotRegular => "not a regular file",
            Self::Ignored => "ignored",
            Self::Unreadable => "not readable",
            Self::Binary => "not text",
            Self::TooDeep => "nested too deeply",
            Self::TooMany => "too many files",
            Self::BadName => "a name that is not text",
            Self::Syntax => "not parsed",
            Self::Limit => "a limit was hit",
        })
    }
}

/// A file or folder that was not read, or not read whole.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Skipped {
    /// Its path, as in [`Entry::path`].
    pub path: String,
    /// Why.
    pub reason: SkipReason,
    /// What exactly happened, in a short sentence; may be empty.
    pub detail: String,
}

/// What a folder holds: files sorted by path, and what was left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// The regular files, sorted by path.
    pub files: Vec<Entry>,
    /// What was left out, sorted by path.
    pub skipped: Vec<Skipped>,
}

/// Why a read failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadError {
    /// The reason for the list of skipped files.
    pub reason: SkipReason,
    /// The system's words.
    pub detail: String,
}

/// Files below one root, and today's date.
pub trait World: Sync {
    /// All files below the root. Links are not followed, ignore files are honoured.
    fn list(&self) -> Listing;

    /// The bytes of a file of the listing, at most `limit` of them (more is
    /// [`SkipReason::TooLarge`]).
    fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>, ReadError>;

    /// Today, as `YYYY-MM-DD`; only exceptions with an end date look at it.
    fn today(&self) -> String;
}

/// A world in memory, for tests, the editor and the web page.
#[derive(Debug, Clone, Default)]
pub struct MemoryWorld {
    files: BTreeMap<String, Vec<u8>>,
}

impl MemoryWorld {
    /// An empty world; its day is 2026-01-01.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds or replaces a file.
    pub fn insert(&mut self, path: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.files.insert(path.into(), bytes.into());
    }
}

impl<P: Into<String>, B: Into<Vec<u8>>> FromIterator<(P, B)> for MemoryWorld {
    fn from_iter<T: IntoIterator<Item = (P, B)>>(iter: T) -> Self {
        let mut world = Self::new();
        for (path, bytes) in iter {
            world.insert(path, bytes);
        }
        world
    }
}

impl World for MemoryWorld {
    fn list(&self) -> Listing {
        let files = self
            .files
            .iter()
            .map(|(path, bytes)| Entry { path: path.clone(), size: bytes.len() as u64 })
            .collect();
        Listing { files, skipped: vec![] }
    }

    fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>, ReadError> {
        match self.files.get(path) {
            Some(bytes) if bytes.len() as u64 > limit => Err(ReadError {
                reason: SkipReason::TooLarge,
                detail: format!("{} bytes", bytes.len()),
            }),
            Some(bytes) => Ok(bytes.clone()),
            None => {
                Err(ReadError { reason: SkipReason::Unreadable, detail: "no such file".to_owned() })
            }
        }
    }

    fn today(&self) -> String {
        "2026-01-01".to_owned()
    }
}

//! The operating system: the only file of Redan that touches files, the environment and the clock.
//!
//! [`OsWorld`] is hardened against hostile trees: links are never followed, special files never
//! opened, and ignore files are read only where they are regular files of a sane size.

#![allow(clippy::disallowed_methods, reason = "this is the one place where they are allowed")]

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Component, Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use redan_engine::base::{Entry, Limits, Listing, ReadError, SkipReason, Skipped, World};

/// Ignore files larger than this are not read, and told.
const IGNORE_FILE_BYTES: u64 = 1 << 20;

/// The folder of a repository on disk.
pub struct OsWorld {
    root: PathBuf,
    /// Names of folders that are never entered.
    skip_folders: BTreeSet<String>,
    /// Whether the repository's own ignore files count.
    honour_ignores: bool,
    max_files: usize,
    max_depth: usize,
}

impl OsWorld {
    /// The world below `root`. Folders of these names are not entered; with `honour_ignores` the
    /// ignore files of the repository are followed.
    pub fn new(
        root: PathBuf,
        skip_folders: BTreeSet<String>,
        honour_ignores: bool,
        limits: &Limits,
    ) -> Self {
        let root = fs::canonicalize(&root).unwrap_or(root);
        Self {
            root,
            skip_folders,
            honour_ignores,
            max_files: limits.files,
            max_depth: limits.folder_depth,
        }
    }

    /// Reads the ignore file of a folder; anything odd about it is added to `skipped`.
    fn ignore_file(folder: &Path, shown: &str, skipped: &mut Vec<Skipped>) -> Option<Gitignore> {
        let path = folder.join(".gitignore");
        let meta = fs::symlink_metadata(&path).ok()?;
        let name = join(shown, ".gitignore");
        let skip = |reason, detail: &str| Skipped {
            path: name.clone(),
            reason,
            detail: detail.to_owned(),
        };
        if meta.file_type().is_symlink() {
            skipped.push(skip(SkipReason::Link, "an ignore file that is a link is not read"));
            return None;
        }
        if !meta.is_file() {
            if !meta.is_dir() {
                skipped.push(skip(SkipReason::NotRegular, "an ignore file must be a regular file"));
            }
            return None;
        }
        if meta.len() > IGNORE_FILE_BYTES {
            skipped.push(skip(SkipReason::TooLarge, "an ignore file of this size is not read"));
            return None;
        }
        let bytes = read_regular(&path, IGNORE_FILE_BYTES).ok()?;
        let text = String::from_utf8_lossy(&bytes);
        let mut builder = GitignoreBuilder::new(folder);
        for line in text.lines() {
            // A line that is no glob ignores nothing; git does the same.
            let _ = builder.add_line(None, line);
        }
        builder.build().ok()
    }
}

struct Folder {
    path: PathBuf,
    shown: String,
    depth: usize,
    ignores: Vec<std::sync::Arc<Gitignore>>,
}

impl World for OsWorld {
    fn list(&self) -> Listing {
        let mut listing = Listing::default();
        let mut stack = vec![Folder {
            path: self.root.clone(),
            shown: String::new(),
            depth: 0,
            ignores: vec![],
        }];
        let mut told_too_many = false;
        while let Some(folder) = stack.pop() {
            let mut ignores = folder.ignores;
            if self.honour_ignores
                && let Some(own) =
                    Self::ignore_file(&folder.path, &folder.shown, &mut listing.skipped)
            {
                ignores.push(std::sync::Arc::new(own));
            }
            let entries = match fs::read_dir(&folder.path) {
                Ok(entries) => entries,
                Err(error) => {
                    listing.skipped.push(skipped(
                        &folder.shown,
                        SkipReason::Unreadable,
                        error.kind(),
                    ));
                    continue;
                }
            };
            for entry in entries {
                let Ok(entry) = entry else { continue };
                let Some(name) = entry.file_name().to_str().map(str::to_owned) else {
                    let shown = join(&folder.shown, &show_bytes(&entry.file_name()));
                    listing.skipped.push(Skipped {
                        path: shown,
                        reason: SkipReason::BadName,
                        detail: String::new(),
                    });
                    continue;
                };
                let shown = join(&folder.shown, &name);
                let Ok(kind) = entry.file_type() else {
                    listing.skipped.push(skipped(
                        &shown,
                        SkipReason::Unreadable,
                        io::ErrorKind::Other,
                    ));
                    continue;
                };
                let skip = |reason| Skipped { path: shown.clone(), reason, detail: String::new() };
                if kind.is_symlink() {
                    listing.skipped.push(skip(SkipReason::Link));
                    continue;
                }
                let path = entry.path();
                if ignored(&ignores, &path, kind.is_dir()) {
                    listing.skipped.push(skip(SkipReason::Ignored));
                    continue;
                }
                if kind.is_dir() {
                    if self.skip_folders.contains(&name) {
                        listing.skipped.push(skip(SkipReason::Ignored));
                    } else if folder.depth + 1 > self.max_depth {
                        listing.skipped.push(skip(SkipReason::TooDeep));
                    } else {
                        stack.push(Folder {
                            path,
                            shown,
                            depth: folder.depth + 1,
                            ignores: ignores.clone(),
                        });
                    }
                } else if !kind.is_file() {
                    listing.skipped.push(skip(SkipReason::NotRegular));
                } else if listing.files.len() >= self.max_files {
                    if !told_too_many {
                        listing.skipped.push(Skipped {
                            path: shown.clone(),
                            reason: SkipReason::TooMany,
                            detail: format!(
                                "only {} files are looked at; this and others are not",
                                self.max_files
                            ),
                        });
                        told_too_many = true;
                    }
                } else {
                    let size = entry.metadata().map_or(0, |m| m.len());
                    listing.files.push(Entry { path: shown, size });
                }
            }
        }
        listing.files.sort();
        listing.skipped.sort();
        // An odd ignore file is met twice; the one that says more stays.
        listing.skipped.dedup_by(|next, kept| {
            let same = next.path == kept.path && next.reason == kept.reason;
            if same {
                kept.detail = std::mem::take(&mut next.detail);
            }
            same
        });
        listing
    }

    fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>, ReadError> {
        let unreadable =
            |detail: &str| ReadError { reason: SkipReason::Unreadable, detail: detail.to_owned() };
        let relative = Path::new(path);
        if relative.components().any(|c| !matches!(c, Component::Normal(_))) {
            return Err(unreadable("a path that leaves the root"));
        }
        let full = self.root.join(relative);
        // A folder on the way may have become a link since the listing.
        match fs::canonicalize(&full) {
            Ok(real) if real.starts_with(&self.root) => {}
            Ok(_) => return Err(ReadError { reason: SkipReason::Link, detail: String::new() }),
            Err(error) => return Err(unreadable(&error.kind().to_string())),
        }
        let meta = fs::symlink_metadata(&full).map_err(|e| unreadable(&e.kind().to_string()))?;
        if meta.file_type().is_symlink() {
            return Err(ReadError { reason: SkipReason::Link, detail: String::new() });
        }
        if !meta.is_file() {
            return Err(ReadError { reason: SkipReason::NotRegular, detail: String::new() });
        }
        if meta.len() > limit {
            return Err(ReadError {
                reason: SkipReason::TooLarge,
                detail: format!("{} bytes, the limit is {limit}", meta.len()),
            });
        }
        read_regular(&full, limit).map_err(|e| unreadable(&e.kind().to_string()))
    }

    fn today(&self) -> String {
        today()
    }
}

/// Today in UTC, as `YYYY-MM-DD`.
pub fn today() -> String {
    let seconds = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |d| d.as_secs());
    date_of_days((seconds / 86_400) as i64)
}

/// The date so many days after 1970-01-01 (the days-to-civil algorithm of the proleptic Gregorian calendar).
fn date_of_days(days: i64) -> String {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

fn skipped(shown: &str, reason: SkipReason, kind: io::ErrorKind) -> Skipped {
    let path = if shown.is_empty() { ".".to_owned() } else { shown.to_owned() };
    Skipped { path, reason, detail: kind.to_string() }
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// The deepest ignore file that says something about a path decides, as git does it.
fn ignored(ignores: &[std::sync::Arc<Gitignore>], path: &Path, is_dir: bool) -> bool {
    for ignore in ignores.iter().rev() {
        let answer = ignore.matched(path, is_dir);
        if answer.is_ignore() {
            return true;
        }
        if answer.is_whitelist() {
            return false;
        }
    }
    false
}

#[cfg(unix)]
fn show_bytes(name: &std::ffi::OsStr) -> String {
    use std::os::unix::ffi::OsStrExt;
    let mut text = String::new();
    for chunk in name.as_bytes().utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text
}

#[cfg(not(unix))]
fn show_bytes(name: &std::ffi::OsStr) -> String {
    name.to_string_lossy().into_owned()
}

/// Opens a file without following a link in its last step, and reads at most `limit` bytes.
fn read_regular(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let file = open_regular(path)?;
    let size = file.metadata()?.len().min(limit);
    // One more than there should be: the end is seen without a larger buffer.
    let mut bytes = Vec::with_capacity(size as usize + 1);
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(bytes)
}

#[cfg(unix)]
fn open_regular(path: &Path) -> io::Result<fs::File> {
    use std::os::unix::fs::OpenOptionsExt;
    // O_NOFOLLOW | O_NONBLOCK: neither a link nor a FIFO that appeared since the check is waited for.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    const FLAGS: i32 = 0o400_000 | 0o4_000;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    const FLAGS: i32 = 0x0100 | 0x0004;
    let file = fs::OpenOptions::new().read(true).custom_flags(FLAGS).open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::ErrorKind::Unsupported.into()) }
}

#[cfg(not(unix))]
fn open_regular(path: &Path) -> io::Result<fs::File> {
    fs::File::open(path)
}

/// Reads a file that the caller named: packs, configuration.
pub fn read_text(path: &Path) -> io::Result<String> {
    const LIMIT: u64 = 16 << 20;
    let meta = fs::metadata(path)?;
    if !meta.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    if meta.len() > LIMIT {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    let bytes = fs::read(path)?;
    String::from_utf8(bytes).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "not UTF-8"))
}

/// All files below a folder of packs that end in `.redan` or `.md`, sorted, with paths relative to it;
/// links are not followed.
pub fn pack_files(root: &Path) -> io::Result<Vec<String>> {
    let mut files = vec![];
    let mut stack = vec![(root.to_path_buf(), String::new(), 0)];
    while let Some((folder, shown, depth)) = stack.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let Some(name) = entry.file_name().to_str().map(str::to_owned) else { continue };
            let kind = entry.file_type()?;
            let path = join(&shown, &name);
            if kind.is_dir() && depth < 16 && !name.starts_with('.') {
                stack.push((entry.path(), path, depth + 1));
            } else if kind.is_file()
                && Path::new(&name).extension().is_some_and(|e| e == "redan" || e == "md")
            {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Writes a file whole or not at all: to a temporary file beside it, then renamed. A link stays a
/// link: what it points to is replaced. What is no file (`/dev/null`, `/dev/stdout`, a named pipe) is
/// written to as it is: put in its place, a file would take the device away from the whole machine.
pub fn write_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(there) if !there.is_file() && !there.is_dir() => {
            fs::OpenOptions::new().write(true).open(path)?.write_all(bytes)
        }
        Ok(_) => replace(&fs::canonicalize(path)?, bytes, &|temporary| fs::File::create(temporary)),
        Err(_) => replace(path, bytes, &|temporary| fs::File::create(temporary)),
    }
}

/// The same for a file that nobody else may read.
pub fn write_private_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace(path, bytes, &|temporary| {
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(temporary)
    })
}

fn replace(
    path: &Path,
    bytes: &[u8],
    create: &dyn Fn(&Path) -> io::Result<fs::File>,
) -> io::Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy();
    let temporary = folder.join(format!(".{name}.{}.tmp", std::process::id()));
    let result = (|| {
        let mut file = create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    })();
    if result.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    result
}

/// Makes a folder and its parents.
pub fn make_folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

/// Makes a folder and its parents, for nobody but the user where it is new.
pub fn make_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// The folder for what can be made again: `REDAN_CACHE_DIR`, else the one that the system has for it.
pub fn cache_folder() -> Option<PathBuf> {
    if let Some(told) = variable("REDAN_CACHE_DIR") {
        return Some(absolute(Path::new(&told)));
    }
    // What is not absolute is to be ignored, as the XDG specification says.
    let folder =
        |name| variable(name).map(PathBuf::from).filter(|path: &PathBuf| path.is_absolute());
    let home = || std::env::home_dir().filter(|path| path.is_absolute());
    let base = if cfg!(windows) {
        folder("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        folder("XDG_CACHE_HOME").or_else(|| Some(home()?.join("Library/Caches")))
    } else {
        folder("XDG_CACHE_HOME").or_else(|| Some(home()?.join(".cache")))
    };
    Some(base?.join("redan"))
}

/// Reads a regular file of at most `limit` bytes; a link is not followed.
pub fn read_file(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    read_regular(path, limit)
}

/// Of the files of a folder with such names, removes those that were not written for the longest time, so that `most`
/// stay.
pub fn remove_oldest(folder: &Path, most: usize, named: &dyn Fn(&str) -> bool) -> io::Result<()> {
    let mut files = vec![];
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let meta = entry.metadata()?;
        if meta.is_file() && entry.file_name().to_str().is_some_and(named) {
            files.push((meta.modified()?, entry.path()));
        }
    }
    files.sort();
    let many = files.len().saturating_sub(most);
    files.iter().take(many).try_for_each(|(_, path)| fs::remove_file(path))
}

/// Whether a path is there (a file or folder).
pub fn exists(path: &Path) -> bool {
    path.exists()
}

/// Whether a path is a folder.
pub fn is_folder(path: &Path) -> bool {
    path.is_dir()
}

/// Whether a path is a file.
pub fn is_file(path: &Path) -> bool {
    path.is_file()
}

/// The absolute form of a path with links resolved.
pub fn canonical(path: &Path) -> io::Result<PathBuf> {
    fs::canonicalize(path)
}

/// The absolute form of a path that need not be there.
pub fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}

/// A variable of the environment, if it is set and not empty.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|v| !v.is_empty())
}

/// The arguments of the command line, the name of the program first.
pub fn arguments() -> Vec<std::ffi::OsString> {
    std::env::args_os().collect()
}

/// All of the standard input as text.
pub fn stdin_text() -> io::Result<String> {
    let mut text = String::new();
    io::stdin().take(16 << 20).read_to_string(&mut text)?;
    Ok(text)
}

/// Creates a file for a log; it is truncated if it is there.
pub fn create(path: &Path) -> io::Result<fs::File> {
    fs::File::create(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_civil() {
        assert_eq!(date_of_days(0), "1970-01-01");
        assert_eq!(date_of_days(19_782), "2024-02-29");
        assert_eq!(date_of_days(19_783), "2024-03-01");
        assert_eq!(date_of_days(20_780), "2026-11-23");
    }
}

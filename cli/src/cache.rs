//! What a scan keeps for the next one: one file for each scanned folder, outside of it.
//!
//! ```text
//! magic · checksum of the index · length of the index · index · the entries, one after another
//! ```
//!
//! The index says where each entry lies. A file whose index does not fit is not used at all. Whether an entry itself
//! is as it was written is checked by whoever asked for it.
//!
//! The file is read whole when a scan begins and replaced whole when it ends, if something changed. So scans at the
//! same time do not disturb each other: the one that ends last decides what is kept.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use redan_engine::base::{Cache, CacheKey};

use crate::os;

const MAGIC: &[u8; 16] = b"redan cache 1\r\n\0";
/// Magic, checksum and length of the index.
const HEAD: usize = 16 + 32 + 8;
/// Name, start and length of an entry.
const ROW: usize = 32 + 8 + 8;
/// The most that is kept of one folder.
const MOST_BYTES: u64 = 512 << 20;
/// The most files in the folder of the cache; the oldest go first.
const MOST_FILES: usize = 128;

/// Says to other programs that what is in the folder can be made again: see <https://bford.info/cachedir/>.
const TAG: &[u8] = b"Signature: 8a477f597d28d172789f06886806bc55
# This folder holds what Redan keeps of earlier scans. It can be deleted at any time.
";

/// The cache of one scanned folder.
#[derive(Debug)]
pub struct FileCache {
    file: PathBuf,
    bytes: Vec<u8>,
    index: BTreeMap<CacheKey, Entry>,
    added: Mutex<BTreeMap<CacheKey, Vec<u8>>>,
    /// Whether the file has to be replaced though nothing was added.
    stale: bool,
}

#[derive(Debug)]
struct Entry {
    place: Range<usize>,
    used: AtomicBool,
}

impl FileCache {
    /// Opens the cache of a scanned folder. What cannot be used is told, and is as good as empty; without a folder
    /// that can hold it there is no cache.
    pub fn open(scanned: &Path, tell: &dyn Fn(String)) -> Option<Self> {
        let Some(folder) = os::cache_folder() else {
            tell("nothing is kept: no folder for it is known; set REDAN_CACHE_DIR".to_owned());
            return None;
        };
        let root = os::canonical(scanned).ok()?;
        let there = folder.ancestors().find_map(|f| os::canonical(f).ok())?;
        if there.starts_with(&root) {
            tell("nothing is kept: its folder lies in the scanned one".to_owned());
            return None;
        }
        if let Err(error) = os::make_private_folder(&folder) {
            tell(format!("nothing is kept: its folder cannot be made: {error}"));
            return None;
        }
        let name = blake3::hash(root.as_os_str().as_encoded_bytes());
        let file = folder.join(format!("{}.cache", name.to_hex()));
        let mut cache = Self {
            file,
            bytes: vec![],
            index: BTreeMap::new(),
            added: Mutex::default(),
            stale: false,
        };
        match os::read_file(&cache.file, MOST_BYTES) {
            Ok(bytes) => match index(&bytes) {
                Some(index) => (cache.bytes, cache.index) = (bytes, index),
                None => {
                    tell("what was kept is not used: its index is broken".to_owned());
                    cache.stale = true;
                }
            },
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                tell(format!("what was kept is not used: {error}"));
                cache.stale = true;
            }
        }
        Some(cache)
    }

    /// Replaces the file by what was used and what was added, if that is something else. What cannot be written is told.
    pub fn save(&self, tell: &dyn Fn(String)) {
        let Ok(added) = self.added.lock() else { return };
        let unused = |entry: &Entry| !entry.used.load(Ordering::Relaxed);
        if added.is_empty() && !self.stale && !self.index.values().any(unused) {
            return;
        }
        let old = self.index.iter().filter(|(key, e)| !unused(e) && !added.contains_key(key));
        let mut entries: BTreeMap<CacheKey, &[u8]> =
            old.filter_map(|(key, e)| Some((*key, self.bytes.get(e.place.clone())?))).collect();
        entries.extend(added.iter().map(|(key, bytes)| (*key, bytes.as_slice())));
        let (bytes, left_out) = file(&entries);
        if left_out > 0 {
            tell(format!("{left_out} entries are not kept: there is no room for more"));
        }
        let folder = self.file.parent().unwrap_or(Path::new("."));
        let tag = folder.join("CACHEDIR.TAG");
        let written = os::write_private_file(&self.file, &bytes)
            .and_then(|()| if os::exists(&tag) { Ok(()) } else { os::write_file(&tag, TAG) })
            .and_then(|()| os::remove_oldest(folder, MOST_FILES, &is_cache));
        if let Err(error) = written {
            tell(format!("nothing is kept: {error}"));
        }
    }
}

impl Cache for FileCache {
    fn get(&self, key: CacheKey) -> Option<Vec<u8>> {
        let entry = self.index.get(&key)?;
        entry.used.store(true, Ordering::Relaxed);
        // What lies outside of the file is broken, not missing.
        Some(self.bytes.get(entry.place.clone()).unwrap_or_default().to_vec())
    }

    fn put(&self, key: CacheKey, bytes: Vec<u8>) {
        if let Ok(mut added) = self.added.lock() {
            added.insert(key, bytes);
        }
    }
}

/// Whether a file of this name is a cache, or was to become one: nothing else is ever removed.
fn is_cache(name: &str) -> bool {
    let name = name.strip_prefix('.').unwrap_or(name);
    let Some((stem, rest)) = name.split_once(".cache") else { return false };
    let hex = stem.len() == 64 && stem.bytes().all(|b| b.is_ascii_hexdigit());
    hex && (rest.is_empty() || rest.ends_with(".tmp"))
}

/// Where the entries of a file lie; none if the file is not one of a cache.
fn index(bytes: &[u8]) -> Option<BTreeMap<CacheKey, Entry>> {
    let (magic, rest) = bytes.split_at_checked(MAGIC.len())?;
    let (sum, rest) = rest.split_at_checked(32)?;
    let (length, rest) = rest.split_first_chunk()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    let rows = rest.get(..length)?;
    if magic != MAGIC || blake3::hash(rows).as_bytes() != sum {
        return None;
    }
    let number = |bytes: &[u8]| -> Option<usize> {
        usize::try_from(u64::from_le_bytes(bytes.try_into().ok()?)).ok()
    };
    let rows = rows.chunks_exact(ROW).map(|row| {
        let (key, place) = row.split_first_chunk()?;
        let (start, length) = place.split_at_checked(8)?;
        let start = number(start)?;
        let end = start.checked_add(number(length)?)?;
        Some((CacheKey(*key), Entry { place: start..end, used: AtomicBool::new(false) }))
    });
    rows.collect()
}

/// The bytes of a file with these entries, and how many found no room.
fn file(entries: &BTreeMap<CacheKey, &[u8]>) -> (Vec<u8>, usize) {
    let mut size = HEAD as u64;
    let mut fits = |bytes: &[u8]| {
        let more = size + (ROW + bytes.len()) as u64;
        let fits = more <= MOST_BYTES;
        size = if fits { more } else { size };
        fits
    };
    let kept: Vec<(&CacheKey, &[u8])> =
        entries.iter().filter(|(_, bytes)| fits(bytes)).map(|(k, b)| (k, *b)).collect();
    let left_out = entries.len() - kept.len();
    let mut rows = Vec::with_capacity(kept.len() * ROW);
    let mut start = HEAD + kept.len() * ROW;
    for (key, bytes) in &kept {
        rows.extend(key.0);
        rows.extend((start as u64).to_le_bytes());
        rows.extend((bytes.len() as u64).to_le_bytes());
        start += bytes.len();
    }
    let mut out = Vec::with_capacity(start);
    out.extend(MAGIC);
    out.extend(blake3::hash(&rows).as_bytes());
    out.extend((rows.len() as u64).to_le_bytes());
    out.extend(rows);
    for (_, bytes) in kept {
        out.extend_from_slice(bytes);
    }
    (out, left_out)
}

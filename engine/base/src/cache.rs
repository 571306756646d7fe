//! What a run may keep for the next one, with a twin in memory.
//!
//! A cache holds bytes and knows nothing of what they mean. Whoever asks must hold that they may be old, broken or
//! forged: nothing that comes out of a cache is believed before it was checked.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Mutex;

use serde::{Deserialize, Serialize};

/// The name of an entry: a hash of all that its content depends on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CacheKey(pub [u8; 32]);

impl fmt::Debug for CacheKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Entries that outlive a run.
pub trait Cache: fmt::Debug + Send + Sync {
    /// The bytes of an entry. What is asked for in a run is worth keeping; the rest may go.
    fn get(&self, key: CacheKey) -> Option<Vec<u8>>;

    /// Adds an entry or replaces it. It may be visible in this run, or only in the next one.
    fn put(&self, key: CacheKey, bytes: Vec<u8>);
}

/// A cache in memory, for tests and for programs that scan more than once.
#[derive(Debug, Default)]
pub struct MemoryCache {
    entries: Mutex<BTreeMap<CacheKey, Vec<u8>>>,
}

impl MemoryCache {
    /// An empty cache.
    pub fn new() -> Self {
        Self::default()
    }

    /// All entries.
    pub fn entries(&self) -> BTreeMap<CacheKey, Vec<u8>> {
        self.entries.lock().map(|entries| entries.clone()).unwrap_or_default()
    }
}

impl Cache for MemoryCache {
    fn get(&self, key: CacheKey) -> Option<Vec<u8>> {
        self.entries.lock().ok()?.get(&key).cloned()
    }

    fn put(&self, key: CacheKey, bytes: Vec<u8>) {
        if let Ok(mut entries) = self.entries.lock() {
            entries.insert(key, bytes);
        }
    }
}

//! The bounds that keep hostile or huge input harmless. Hitting one is always told.

/// Limits of a run; [`Limits::default`] is what the command line uses unless told otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Files of code larger than this are listed, not parsed (tree-sitter needs about 230 bytes of
    /// memory for a byte of source). In bytes.
    pub file_bytes: u64,
    /// Files that are looked at in one run.
    pub files: usize,
    /// Depth of folders below the root.
    pub folder_depth: usize,
    /// Time of one tree-sitter parse, in milliseconds.
    pub parse_ms: u64,
    /// Time of all extractors over one file, in milliseconds.
    pub extract_ms: u64,
    /// Matches of one extractor in one file.
    pub matches_per_file: usize,
    /// Nodes of one structured file (YAML, JSON, …), after anchors were resolved.
    pub tree_nodes: usize,
    /// Nesting of one structured file.
    pub tree_depth: usize,
    /// Length of one text value, in bytes; longer ones are cut.
    pub value_bytes: usize,
    /// Rows of one relation.
    pub rows: usize,
    /// Memory of derived rows with their indexes and sets, in bytes, as counted from their numbers: the same on every
    /// machine, and a little less than what the system counts.
    pub solve_bytes: usize,
    /// Time of the evaluation, in milliseconds.
    pub solve_ms: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: 1 << 20,
            files: 200_000,
            folder_depth: 64,
            parse_ms: 2_000,
            extract_ms: 3_000,
            matches_per_file: 20_000,
            tree_nodes: 200_000,
            tree_depth: 128,
            value_bytes: 4_096,
            rows: 20_000_000,
            solve_bytes: 2 << 30,
            solve_ms: 60_000,
        }
    }
}

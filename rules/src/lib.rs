//! The packs that come with Redan, as data in the binary.
//!
//! Comes in: the folders beside this crate's manifest that hold a `pack.redan`. Goes out: their files. Adding a
//! pack is adding a folder; nothing here changes.

/// The files of all packs as (path relative to `rules/`, text), sorted: rules (`.redan`) and pages (`.md`).
pub static FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// The program of these packs, as `redan_program::stored` made it when this crate was built: without tests, which no
/// scan looks at. Empty if the packs hold a mistake.
pub static PROGRAM: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/program.bin"));

/// The files of the pack `lint`, which `redan lint` evaluates over the syntax of packs.
pub static LINT: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/lint.rs"));

#[cfg(test)]
mod tests {
    use super::FILES;

    #[test]
    fn files_are_sorted_by_pack() {
        assert!(FILES.iter().all(|(path, _)| path.contains('/')));
        let packs: Vec<&str> = FILES.iter().filter_map(|(p, _)| p.split('/').next()).collect();
        assert!(packs.is_sorted(), "packs come in the order of their folders");
    }
}

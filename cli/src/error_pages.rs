//! The pages of all diagnostics, from `docs/errors/`: what `redan explain RDN0101` prints.

/// (code, text), sorted.
pub static PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/error_pages.rs"));

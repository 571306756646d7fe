//! The pipeline as one call.
//!
//! Comes in: packs, a [`base::World`], a configuration. Goes out: an [`Analysis`] with everything that the
//! later outputs show. What the command line, an editor and a web page use. Knows nothing of terminals.

pub use redan_base as base;

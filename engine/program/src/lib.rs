//! Packs: from syntax to a checked [`ir::Program`].
//!
//! Comes in: the syntax of all pack files. Goes out: the program and every mistake that can be seen without
//! running it. This crate must never know the files of a scanned system.

pub mod functions;
pub mod ir;
pub mod schema;

//! The language as its users write it, and as nobody should.

#![allow(clippy::panic, clippy::string_slice, reason = "tests may fail loudly")]

mod errors;
mod formatting;
mod hostile;
mod packs;
mod parsing;
mod programs;

//! What every room of Redan stands on: sources and places in them, diagnostics, limits, the
//! [`World`] through which files and the clock are seen, and the [`Cache`] between runs.
//!
//! Comes in: bytes and names of files. Goes out: [`Source`]s with places, and [`Diagnostic`]s with
//! stable codes. This crate must never know what a rule is.

mod cache;
mod diagnostic;
mod limits;
mod source;
mod world;

pub use cache::{Cache, CacheKey, MemoryCache};
pub use diagnostic::{Code, Diagnostic, Headings, Label, Severity, render};
pub use limits::Limits;
pub use source::{Place, Source, SourceId, Sources, Span};
pub use world::{Entry, Listing, MemoryWorld, ReadError, SkipReason, Skipped, World};

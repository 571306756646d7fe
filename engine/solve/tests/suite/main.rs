//! Tests of the evaluator from outside, in one binary.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod limits;
mod random;
mod support;
mod why;

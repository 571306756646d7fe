//! Tests of the evaluator from outside, in one binary.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "tests fail loudly, and take the number of programs from the environment"
)]

mod limits;
mod random;
mod support;
mod why;

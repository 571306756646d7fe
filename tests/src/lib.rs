//! Suites over the whole product: determinism, hostile input, tidiness of the tree, and benchmarks.
//!
//! What is here only reads what the other crates give; nothing ships.

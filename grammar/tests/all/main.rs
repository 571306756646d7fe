//! The language as its users write it.

mod parsing;

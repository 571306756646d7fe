//! The language as its users write it, and as nobody should.

mod errors;
mod formatting;
mod hostile;
mod parsing;
mod programs;

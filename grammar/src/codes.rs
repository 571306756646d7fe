//! The numbers of the diagnostics of this crate; each has a page in `docs/errors/`.

/// Something else stands where it was expected.
pub const SYNTAX: u16 = 1;
/// A word that begins no item.
pub const UNKNOWN_ITEM: u16 = 2;
/// A text without its closing quotes.
pub const OPEN_TEXT: u16 = 3;
/// Code without its closing back-ticks.
pub const OPEN_CODE: u16 = 4;
/// A regular expression without its closing slash.
pub const OPEN_REGEX: u16 = 5;
/// A bracket that is never closed.
pub const OPEN_BRACKET: u16 = 6;
/// A bracket that closes nothing.
pub const STRAY_BRACKET: u16 = 7;
/// A character that hides or reorders text.
pub const HIDDEN: u16 = 8;
/// A letter in a name that is not plain ASCII, perhaps one that imitates another.
pub const IMITATION: u16 = 9;
/// Nested too deeply.
pub const NESTING: u16 = 10;
/// An escape that texts do not have.
pub const ESCAPE: u16 = 11;
/// A whole number that is too large.
pub const NUMBER: u16 = 12;
/// A character that the language does not use.
pub const CHARACTER: u16 = 13;
/// `…` where attributes were left out.
pub const ELISION: u16 = 14;
/// A value that stands where a condition must.
pub const NO_CONDITION: u16 = 15;
/// An `enum` that is ordered in part.
pub const MIXED_ENUM: u16 = 16;
/// A file that is too long.
pub const TOO_LONG: u16 = 17;
/// A mistake of the formatter, which is told rather than made.
pub const FORMAT: u16 = 18;

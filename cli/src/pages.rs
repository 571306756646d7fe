//! The typesetter of pages, where this program was built with one.

use redan_engine::report::Pages;

/// Whether it was.
pub const CAN_BE_SET: bool = cfg!(feature = "pdf");

/// Makes a file of pages, or tells why it cannot.
#[cfg(feature = "pdf")]
pub fn typeset(pages: &Pages) -> Result<Vec<u8>, String> {
    redan_report_pdf::pdf(pages)
}

/// Tells that it cannot.
#[cfg(not(feature = "pdf"))]
pub fn typeset(_: &Pages) -> Result<Vec<u8>, String> {
    Err("this build has no typesetter".to_owned())
}

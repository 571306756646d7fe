//! Matches become findings: what could go wrong, how sure that is, where it is seen, what is not
//! known, and what to do about it.
//!
//! Comes in: a program, what was solved and the sources. Goes out: [`Finding`]s, sorted, in plain
//! serde types that need nothing else to be shown. This crate must never know how anything is
//! printed, nor who decides what about a finding.

mod derivation;
mod excerpt;
mod finding;
mod fingerprint;
mod matches;
mod statement;
mod view;

pub use derivation::{derivation, fact};
pub use excerpt::{evidence, mask_line, mask_value, secret_name, spot};
pub use finding::{
    Asset, Binding, Certainty, Derivation, Evidence, Exception, ExcerptLine, Finding, Measure,
    Origin, Question, Reason, ReasonKind, Spot, Statement, Status,
};
pub use matches::{Options, findings};
pub use statement::sentence;
pub use view::{View, short_name};

//! Data-flow diagrams as SVG.
//!
//! Comes in: the model and the findings. [`scene`] decides what stands on which figure, [`layout`]
//! where it stands, [`draw`] writes it. One figure has at most some forty elements, because nobody
//! reads more; a larger system has an overview, where a zone of trust is one node, and a figure for
//! each zone. Every text passes through `maud`, which escapes it.

mod draw;
mod layout;
mod scene;
mod text;

pub use draw::{Drawn, LIGHT, STYLE, document, figure, legend, picture};
pub use scene::{Figures, figures};

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
mod tests;

//! Conditions of all items, lowered to rules.

use redan_base::Diagnostic;

use crate::{Declarations, Options, ir::Program};

/// Lowers all items of the declarations.
pub fn lower(
    declarations: &Declarations,
    _options: &Options,
    _diagnostics: &mut Vec<Diagnostic>,
) -> Program {
    Program {
        schema: declarations.schema.clone(),
        values: declarations.values.clone(),
        ..Program::default()
    }
}

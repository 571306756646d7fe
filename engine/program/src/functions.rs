//! The built-in functions of the language: pure and total. One row each in [`FUNCTIONS`].

use redan_facts::{ValueId, Values};

use crate::schema::Type;

/// A built-in function.
pub struct Function {
    /// The name in the language. Names of lowering-internal functions begin with `@`.
    pub name: &'static str,
    /// The types of its parameters.
    pub parameters: &'static [Type],
    /// The type of its values.
    pub result: Type,
    /// Whether it may give more than one value.
    pub many: bool,
    /// What it does, for the reference: one sentence and an example `name(x) = y`.
    pub docs: &'static str,
    /// Pushes its values for these arguments, none where it is not defined. `pattern` is the compiled-at-check-time
    /// constant of [`crate::ir::Literal::Call`].
    pub run: fn(&mut Values, Option<&str>, &[ValueId], &mut Vec<ValueId>),
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// All functions, sorted by name.
pub static FUNCTIONS: &[&Function] = &[];

/// The function of a name.
pub fn function(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|f| f.name == name).copied()
}

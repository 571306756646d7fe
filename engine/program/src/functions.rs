//! The built-in functions of the language: pure and total. One row each in [`FUNCTIONS`].
//!
//! A function gives no value where it is not defined (`url_host("x")`): a comparison of it is then false. Texts
//! longer than [`LONGEST`] are looked at up to there, so that no text of a repository can make a rule slow.

mod internal;
mod names;
mod paths;
mod text;
mod urls;

use redan_facts::{Value, ValueId, Values};

use crate::schema::Type;

pub use internal::{is_unknown, unknown};
pub use text::{glob_error, regex_error};

/// How many bytes of a text functions look at.
pub const LONGEST: usize = 16 * 1024;

/// A built-in function.
pub struct Function {
    /// The name in the language. Names of lowering-internal functions begin with `@`.
    pub name: &'static str,
    /// The types of its parameters.
    pub parameters: &'static [Type],
    /// Whether a regular expression `/…/` follows the parameters: it is handed over as `pattern`.
    pub pattern: bool,
    /// The type of its values.
    pub result: Type,
    /// Whether it may give more than one value.
    pub many: bool,
    /// Whether it gives a value for all arguments of the right types.
    pub total: bool,
    /// What it does, for the reference: one sentence and an example `name(x) = y`.
    pub docs: &'static str,
    /// Pushes its values for these arguments, none where it is not defined. `pattern` is the compiled-at-check-time
    /// constant of [`crate::ir::Literal::Call`].
    pub run: Run,
}

/// How a function is run: values, pattern, arguments, results.
pub type Run = fn(&mut Values, Option<&str>, &[ValueId], &mut Vec<ValueId>);

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

/// All functions, sorted by name; those of the lowering come first.
pub static FUNCTIONS: &[&Function] = &[
    &internal::ADD,
    &internal::ENTITY,
    &internal::FLOW,
    &internal::INSIDE,
    &internal::LACKS,
    &internal::LIFT,
    &text::LIKE,
    &text::MATCHES,
    &text::MATCHES_ALL,
    &internal::MAYBE,
    &internal::NONE,
    &internal::SAME_FILE,
    &internal::SUB,
    &text::AFTER,
    &paths::ANCESTORS,
    &paths::BASE_NAME,
    &text::BEFORE,
    &text::CAPTURE,
    &text::CONCAT,
    &text::CONTAINS,
    &paths::DEPTH,
    &paths::DIR,
    &text::ENDS_WITH,
    &names::ENV_KEY,
    &names::ENV_VALUE,
    &paths::EXTENSION,
    &names::IMAGE_NAME,
    &names::IMAGE_PATH,
    &names::IMAGE_TAG,
    &names::IS_PLACEHOLDER,
    &names::IS_SECRET_LIKE,
    &paths::JOIN_PATH,
    &text::LENGTH,
    &text::LINES,
    &text::LOWER,
    &text::NORMALISE,
    &names::PLACEHOLDERS,
    &names::PORT_ADDRESS,
    &names::PORT_PUBLISHED,
    &names::PORT_TARGET,
    &text::REPLACE,
    &text::SPLIT,
    &text::STARTS_WITH,
    &text::STRIP_PREFIX,
    &text::STRIP_SUFFIX,
    &text::TO_INT,
    &text::TO_TEXT,
    &text::TRIM,
    &text::UPPER,
    &urls::URL_HOST,
    &urls::URL_PATH,
    &urls::URL_PORT,
    &urls::URL_SCHEME,
    &urls::URL_USER,
    &names::WITH_DEFAULTS,
    &text::WORDS,
];

/// The function of a name.
pub fn function(name: &str) -> Option<&'static Function> {
    FUNCTIONS.binary_search_by(|f| f.name.cmp(name)).ok().and_then(|i| FUNCTIONS.get(i).copied())
}

/// The text of an argument, up to [`LONGEST`] bytes.
fn text_of(values: &Values, arguments: &[ValueId], index: usize) -> Option<String> {
    let text = values.as_str(*arguments.get(index)?)?;
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).map(str::to_owned)
}

/// The number of an argument.
fn int_of(values: &Values, arguments: &[ValueId], index: usize) -> Option<i64> {
    match values.get(*arguments.get(index)?) {
        Value::Int(n) => Some(*n),
        Value::Bool(_) | Value::Str(_) | Value::Symbol { .. } | Value::Entity { .. } => None,
    }
}

/// A function of one text that gives at most one text.
fn text_to_text(
    values: &mut Values,
    arguments: &[ValueId],
    out: &mut Vec<ValueId>,
    function: impl FnOnce(&str) -> Option<String>,
) {
    if let Some(result) = text_of(values, arguments, 0).and_then(|t| function(&t)) {
        out.push(values.text(&result));
    }
}

/// A function of two texts that gives a truth value.
fn test_texts(
    values: &mut Values,
    arguments: &[ValueId],
    out: &mut Vec<ValueId>,
    function: impl FnOnce(&str, &str) -> bool,
) {
    if let (Some(a), Some(b)) = (text_of(values, arguments, 0), text_of(values, arguments, 1)) {
        out.push(values.bool(function(&a, &b)));
    }
}

/// Pushes texts without repetitions.
fn push_texts(
    values: &mut Values,
    out: &mut Vec<ValueId>,
    texts: impl IntoIterator<Item = String>,
) {
    const MOST: usize = 1_000;
    for text in texts.into_iter().take(MOST) {
        let value = values.text(&text);
        if !out.contains(&value) {
            out.push(value);
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by it")]
mod tests {
    use super::*;

    /// Runs a function over texts and ints (what parses as one) and shows what it gives.
    pub(super) fn run(name: &str, pattern: Option<&str>, arguments: &[&str]) -> Vec<String> {
        let function = function(name).unwrap();
        let mut values = Values::new();
        let arguments: Vec<ValueId> = arguments
            .iter()
            .zip(function.parameters)
            .map(|(a, ty)| match ty {
                Type::Int => values.int(a.parse().unwrap()),
                _ => values.text(a),
            })
            .collect();
        let mut out = vec![];
        (function.run)(&mut values, pattern, &arguments, &mut out);
        out.into_iter().map(|v| values.show(v)).collect()
    }

    #[test]
    fn the_table_is_sorted_and_says_what_each_row_does() {
        assert!(FUNCTIONS.windows(2).all(|w| w[0].name < w[1].name), "sorted by name");
        for f in FUNCTIONS {
            assert!(f.docs.ends_with('.') || f.docs.contains(" = "), "{}", f.name);
            assert_eq!(function(f.name), Some(*f));
        }
        assert_eq!(function("no_such"), None);
    }

    /// The examples of the docs are run: `name("x", "y") = "z", "w"`.
    #[test]
    fn the_examples_of_the_docs_hold() {
        for f in FUNCTIONS.iter().filter(|f| !f.name.starts_with('@')) {
            let example = f.docs.rsplit(": ").next().unwrap();
            let (call, expected) = example
                .split_once(") = ")
                .unwrap_or_else(|| panic!("{} has no example: {example}", f.name));
            let inner = call.strip_prefix(f.name).unwrap().strip_prefix('(').unwrap();
            let mut arguments: Vec<&str> = inner.split(", ").collect();
            let pattern = f.pattern.then(|| arguments.pop().unwrap().trim_matches('/'));
            let arguments: Vec<&str> = arguments.iter().map(|a| a.trim_matches('"')).collect();
            let got = run(f.name, pattern, &arguments);
            let expected: Vec<&str> =
                expected.trim_end_matches('.').split(", ").map(|e| e.trim_matches('"')).collect();
            assert_eq!(got, expected, "{}", f.docs);
        }
    }

    #[test]
    fn every_function_bears_arguments_of_any_type() {
        let mut values = Values::new();
        let symbol = Value::Symbol { of: "core.trust".into(), name: "internal".into(), rank: 2 };
        let mut some = vec![values.text(""), values.text("\u{0}é/../:@[::$"), values.int(-1)];
        some.extend([values.bool(true), values.intern(symbol), values.entity("core.data", "x")]);
        for f in FUNCTIONS {
            for a in &some {
                for b in &some {
                    for c in [&[*a][..], &[*a, *b], &[*a, *b, *a], &[]] {
                        for pattern in [None, Some("("), Some("a"), Some("url_host"), Some("==")] {
                            (f.run)(&mut values, pattern, c, &mut vec![]);
                        }
                    }
                }
            }
        }
    }
}

//! Python.

use crate::{Assigns, Binding, BoundTo, Constants, Language, Reading, Shape};

pub(crate) const PYTHON: Language = Language {
    name: "python",
    includes: &[],
    alternatives: &[],
    patterns: true,
    extensions: &["py", "pyi"],
    grammar: || tree_sitter_python::LANGUAGE.into(),
    shape: Shape {
        contexts: &[("", ""), ("__f({\n", "\n})")],
        alternatives: false,
        last_contexts: &[
            ("", "\n    pass\n"),
            ("", "\ndef __f(): pass\n"),
            ("async def __f():\n    ", "\n"),
        ],
        unwanted: &[],
        placeholders: &[("", ""), ("**", "")],
        expression_statements: &["expression_statement"],
        lists: &["block", "expression_list", "pattern_list", "module"],
        omittable: &["argument_list"],
        verbatim: &["string_content"],
        comments: &["comment"],
        ignored: &[",", ";", "."],
        parentheses: &["parenthesized_expression"],
        optional: &["->"],
        optional_fields: &["return_type", "type_parameters", "superclasses"],
        modifiers: &["decorator", "async"],
        modifier_lists: &[],
        decorated: &["decorated_definition"],
        decorated_only: &["decorated_definition"],
        same: &[],
    },
    constants: Constants {
        strings: &["string"],
        string_lists: &["concatenated_string"],
        contents: &["string_content"],
        escapes: &["escape_sequence", "escape_interpolation"],
        substitutions: &["interpolation"],
        reading: Reading {
            doubled_braces: &["f", "rf", "fr"],
            verbatim: &[],
            raw: &["r", "rb", "br", "rf", "fr"],
            blocks: &[],
        },
        numbers: &["integer", "float"],
        truths: &["true", "false"],
        identifiers: &["identifier", "dotted_name"],
        references: &["identifier"],
        sums: &["binary_operator"],
        negations: &["unary_operator"],
        first: &[],
        last: &[],
        members: &[("attribute", "object", "attribute")],
        selves: &["self", "cls"],
        scopes: &[
            "module",
            "function_definition",
            "lambda",
            "list_comprehension",
            "dictionary_comprehension",
            "set_comprehension",
            "generator_expression",
        ],
        classes: &["class_definition"],
        objects: &[],
        bare_members: false,
        bindings: &[
            Binding {
                kind: "assignment",
                name: "left",
                value: BoundTo::Field("right"),
                assigns: Assigns::Declares,
            },
            Binding {
                kind: "named_expression",
                name: "name",
                value: BoundTo::Field("value"),
                assigns: Assigns::Declares,
            },
            Binding {
                kind: "class_definition",
                name: "name",
                value: BoundTo::Itself,
                assigns: Assigns::Never,
            },
            unknown("augmented_assignment", "left"),
            unknown("parameters", ""),
            unknown("lambda_parameters", ""),
            unknown("default_parameter", "name"),
            unknown("typed_default_parameter", "name"),
            unknown("typed_parameter", ""),
            unknown("list_splat_pattern", ""),
            unknown("dictionary_splat_pattern", ""),
            unknown("for_statement", "left"),
            unknown("for_in_clause", "left"),
            unknown("as_pattern_target", ""),
            unknown("pattern_list", ""),
            unknown("tuple_pattern", ""),
            outer("global_statement"),
            outer("nonlocal_statement"),
        ],
    },
};

const fn unknown(kind: &'static str, name: &'static str) -> Binding {
    Binding { kind, name, value: BoundTo::Nothing, assigns: Assigns::Declares }
}

/// A name that belongs to a scope further out, which may be assigned to from here.
const fn outer(kind: &'static str) -> Binding {
    Binding { kind, name: "", value: BoundTo::Nothing, assigns: Assigns::Always }
}

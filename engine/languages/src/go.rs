//! Go.

use crate::{Assigns, Binding, BoundTo, Constants, Language, Reading, Shape};

pub(crate) const GO: Language = Language {
    name: "go",
    includes: &[],
    alternatives: &[],
    patterns: true,
    extensions: &["go"],
    grammar: || tree_sitter_go::LANGUAGE.into(),
    shape: Shape {
        contexts: &[
            ("", ""),
            ("package p\n", "\n"),
            ("package p\nfunc _() {\n", "\n}\n"),
            ("package p\nvar _ = []any{\n", ",\n}\n"),
        ],
        alternatives: false,
        last_contexts: &[("", " {}\n"), ("package p\ntype _ struct {\n", "\n}\n")],
        unwanted: &["labeled_statement"],
        placeholders: &[("", ""), ("\"", "\"")],
        expression_statements: &["expression_statement"],
        lists: &["expression_list", "statement_list", "source_file"],
        omittable: &[],
        verbatim: &["interpreted_string_literal_content", "raw_string_literal_content"],
        comments: &["comment"],
        ignored: &[",", ";", ".", "\n", ""],
        parentheses: &["parenthesized_expression"],
        optional: &["type_parameter_list", "type_arguments"],
        optional_fields: &["result", "type_parameters", "type_arguments", "tag"],
        modifiers: &[],
        modifier_lists: &[],
        decorated: &[],
        decorated_only: &[],
        same: &[],
    },
    constants: Constants {
        strings: &["interpreted_string_literal", "raw_string_literal"],
        string_lists: &[],
        contents: &["interpreted_string_literal_content", "raw_string_literal_content"],
        escapes: &["escape_sequence"],
        substitutions: &[],
        reading: Reading { doubled_braces: &[], verbatim: &[], raw: &[], blocks: &[] },
        numbers: &["int_literal", "float_literal"],
        truths: &["true", "false"],
        identifiers: &["identifier", "field_identifier", "package_identifier", "type_identifier"],
        references: &["identifier"],
        sums: &["binary_expression"],
        negations: &["unary_expression"],
        first: &["expression_list", "literal_element"],
        last: &[],
        members: &[("selector_expression", "operand", "field")],
        selves: &[],
        scopes: &[
            "source_file",
            "function_declaration",
            "method_declaration",
            "func_literal",
            "block",
            "for_statement",
            "if_statement",
            "expression_switch_statement",
            "type_switch_statement",
            "expression_case",
            "type_case",
            "communication_case",
        ],
        classes: &[],
        objects: &[],
        bare_members: false,
        bindings: &[
            declares("const_spec", "name", BoundTo::Field("value")),
            declares("var_spec", "name", BoundTo::Field("value")),
            declares("short_var_declaration", "left", BoundTo::Field("right")),
            declares("parameter_declaration", "name", BoundTo::Nothing),
            declares("variadic_parameter_declaration", "name", BoundTo::Nothing),
            declares("range_clause", "left", BoundTo::Nothing),
            declares("type_switch_statement", "alias", BoundTo::Nothing),
            changes("assignment_statement", "left", BoundTo::Field("right")),
            changes("inc_statement", "", BoundTo::Nothing),
            changes("dec_statement", "", BoundTo::Nothing),
        ],
    },
};

const fn declares(kind: &'static str, name: &'static str, value: BoundTo) -> Binding {
    Binding { kind, name, value, assigns: Assigns::Never }
}

const fn changes(kind: &'static str, name: &'static str, value: BoundTo) -> Binding {
    Binding { kind, name, value, assigns: Assigns::Always }
}

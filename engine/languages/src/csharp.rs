//! C#.

use crate::{Assigns, Binding, BoundTo, Constants, Language, Reading, Shape};

pub(crate) const CSHARP: Language = Language {
    name: "csharp",
    includes: &[],
    alternatives: &[],
    patterns: true,
    extensions: &["cs"],
    grammar: || tree_sitter_c_sharp::LANGUAGE.into(),
    shape: Shape {
        contexts: &[("", ""), ("", ";"), ("class __C {\n", "\n}"), ("class __C {\n", ";\n}")],
        alternatives: true,
        last_contexts: &[("", " class __C {}"), ("", " {}"), ("class __C {\n", " {} }")],
        unwanted: &[],
        placeholders: &[("", ""), ("", ";"), ("", "();"), ("int ", ";"), ("int ", "")],
        expression_statements: &["expression_statement"],
        lists: &[],
        omittable: &["attribute_argument_list"],
        verbatim: &["string_literal_content", "string_content", "raw_string_content"],
        comments: &["comment"],
        ignored: &[",", ";", "."],
        parentheses: &["parenthesized_expression"],
        optional: &[
            "base_list",
            "type_parameter_list",
            "type_argument_list",
            "type_parameter_constraints_clause",
        ],
        optional_fields: &["type_parameters"],
        modifiers: &["attribute", "modifier"],
        modifier_lists: &["attribute_list"],
        decorated: &[],
        decorated_only: &[],
        same: &[],
    },
    constants: Constants {
        strings: &[
            "string_literal",
            "verbatim_string_literal",
            "raw_string_literal",
            "interpolated_string_expression",
        ],
        string_lists: &[],
        contents: &["string_literal_content", "string_content", "raw_string_content"],
        escapes: &["escape_sequence"],
        substitutions: &["interpolation"],
        reading: Reading {
            doubled_braces: &["$", "@$"],
            verbatim: &["@", "$@"],
            raw: &[],
            blocks: &["\"\"\""],
        },
        numbers: &["integer_literal", "real_literal"],
        truths: &["boolean_literal"],
        identifiers: &["identifier", "qualified_name", "generic_name"],
        references: &["identifier"],
        sums: &["binary_expression"],
        negations: &["prefix_unary_expression"],
        first: &["arrow_expression_clause"],
        last: &["argument", "attribute_argument", "cast_expression"],
        members: &[("member_access_expression", "expression", "name")],
        selves: &["this"],
        scopes: &[
            "compilation_unit",
            "method_declaration",
            "constructor_declaration",
            "local_function_statement",
            "lambda_expression",
            "block",
            "for_statement",
            "foreach_statement",
            "using_statement",
            "catch_clause",
            "accessor_declaration",
        ],
        classes: &[
            "class_declaration",
            "struct_declaration",
            "interface_declaration",
            "record_declaration",
            "enum_declaration",
        ],
        objects: &[],
        bare_members: true,
        bindings: &[
            declares("variable_declarator", "name", BoundTo::Last),
            declares("property_declaration", "name", BoundTo::Field("value")),
            declares("class_declaration", "name", BoundTo::Itself),
            declares("struct_declaration", "name", BoundTo::Itself),
            declares("interface_declaration", "name", BoundTo::Itself),
            declares("record_declaration", "name", BoundTo::Itself),
            declares("parameter", "name", BoundTo::Nothing),
            declares("foreach_statement", "left", BoundTo::Nothing),
            changes("assignment_expression", "left", BoundTo::Field("right")),
            changes("postfix_unary_expression", "", BoundTo::Nothing),
            changes("prefix_unary_expression", "", BoundTo::Nothing),
        ],
    },
};

const fn declares(kind: &'static str, name: &'static str, value: BoundTo) -> Binding {
    Binding { kind, name, value, assigns: Assigns::Never }
}

const fn changes(kind: &'static str, name: &'static str, value: BoundTo) -> Binding {
    Binding { kind, name, value, assigns: Assigns::Always }
}

//! JavaScript with JSX, TypeScript, and TypeScript with JSX. The three grammars share most of their words.

use crate::{Assigns, Binding, BoundTo, Constants, Language, Reading, Shape};

pub(crate) const JAVASCRIPT: Language = Language {
    name: "javascript",
    includes: &[],
    // Types in the manner of Flow.
    alternatives: &["tsx"],
    patterns: true,
    extensions: &["js", "jsx", "mjs", "cjs"],
    grammar: || tree_sitter_javascript::LANGUAGE.into(),
    shape: SHAPE,
    constants: CONSTANTS,
};

pub(crate) const TYPESCRIPT: Language = Language {
    name: "typescript",
    includes: &["tsx"],
    alternatives: &[],
    patterns: true,
    extensions: &["ts", "mts", "cts"],
    grammar: || tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
    shape: SHAPE,
    constants: CONSTANTS,
};

pub(crate) const TSX: Language = Language {
    name: "tsx",
    includes: &[],
    alternatives: &[],
    patterns: true,
    extensions: &["tsx"],
    grammar: || tree_sitter_typescript::LANGUAGE_TSX.into(),
    shape: SHAPE,
    constants: CONSTANTS,
};

const SHAPE: Shape = Shape {
    contexts: &[("", ""), ("({\n", "\n})"), ("class __C {\n", "\n}")],
    alternatives: false,
    last_contexts: &[
        ("async function __f() {\n", "\n}"),
        ("", " class __C {}"),
        ("", " {}"),
        ("class __C {\n", "\n__m() {} }"),
        ("class __C {\n", " {} }"),
    ],
    unwanted: &["labeled_statement"],
    placeholders: &[("", ""), ("{", "}"), ("\"", "\"")],
    expression_statements: &["expression_statement"],
    lists: &[],
    omittable: &[],
    verbatim: &["jsx_text", "regex_pattern", "string_fragment"],
    comments: &["comment", "html_comment"],
    ignored: &[",", ";", "."],
    parentheses: &["parenthesized_expression"],
    optional: &[
        "optional_chain",
        "type_annotation",
        "type_arguments",
        "type_parameters",
        "class_heritage",
        "asserts_annotation",
        "type_predicate_annotation",
        "?",
        "!",
    ],
    optional_fields: &["return_type", "type_arguments", "type_parameters"],
    modifiers: &[
        "decorator",
        "accessibility_modifier",
        "override_modifier",
        "async",
        "static",
        "readonly",
        "abstract",
        "declare",
        "override",
    ],
    modifier_lists: &[],
    decorated: &["export_statement", "class_body"],
    decorated_only: &[],
    same: &[("abstract_class_declaration", "class_declaration")],
};

const CONSTANTS: Constants = Constants {
    strings: &["string", "template_string"],
    string_lists: &[],
    contents: &["string_fragment"],
    escapes: &["escape_sequence"],
    substitutions: &["template_substitution"],
    reading: Reading { doubled_braces: &[], verbatim: &[], raw: &[], blocks: &[] },
    numbers: &["number"],
    truths: &["true", "false"],
    identifiers: &[
        "identifier",
        "property_identifier",
        "private_property_identifier",
        "shorthand_property_identifier",
        "shorthand_property_identifier_pattern",
        "type_identifier",
    ],
    references: &["identifier", "shorthand_property_identifier"],
    sums: &["binary_expression"],
    negations: &["unary_expression"],
    first: &["as_expression", "satisfies_expression", "non_null_expression", "jsx_expression"],
    last: &[],
    members: &[("member_expression", "object", "property")],
    selves: &["this"],
    scopes: &[
        "program",
        "function_declaration",
        "generator_function_declaration",
        "function_expression",
        "arrow_function",
        "method_definition",
        "statement_block",
        "for_statement",
        "for_in_statement",
        "catch_clause",
        "class_static_block",
    ],
    classes: &["class_declaration", "class", "abstract_class_declaration", "enum_declaration"],
    objects: &["object"],
    bare_members: false,
    bindings: &[
        declares("variable_declarator", "name", BoundTo::Field("value")),
        declares("field_definition", "property", BoundTo::Field("value")),
        declares("public_field_definition", "name", BoundTo::Field("value")),
        declares("enum_assignment", "name", BoundTo::Field("value")),
        declares("pair", "key", BoundTo::Field("value")),
        declares("class_declaration", "name", BoundTo::Itself),
        declares("abstract_class_declaration", "name", BoundTo::Itself),
        declares("enum_declaration", "name", BoundTo::Itself),
        declares("formal_parameters", "", BoundTo::Nothing),
        declares("required_parameter", "pattern", BoundTo::Nothing),
        declares("optional_parameter", "pattern", BoundTo::Nothing),
        declares("arrow_function", "parameter", BoundTo::Nothing),
        declares("for_in_statement", "left", BoundTo::Nothing),
        declares("catch_clause", "parameter", BoundTo::Nothing),
        declares("object_pattern", "", BoundTo::Nothing),
        declares("object_assignment_pattern", "left", BoundTo::Nothing),
        declares("assignment_pattern", "left", BoundTo::Nothing),
        declares("pair_pattern", "value", BoundTo::Nothing),
        declares("array_pattern", "", BoundTo::Nothing),
        declares("rest_pattern", "", BoundTo::Nothing),
        changes("assignment_expression", "left", BoundTo::Field("right")),
        changes("augmented_assignment_expression", "left", BoundTo::Nothing),
        changes("update_expression", "argument", BoundTo::Nothing),
    ],
};

const fn declares(kind: &'static str, name: &'static str, value: BoundTo) -> Binding {
    Binding { kind, name, value, assigns: Assigns::Never }
}

const fn changes(kind: &'static str, name: &'static str, value: BoundTo) -> Binding {
    Binding { kind, name, value, assigns: Assigns::Always }
}

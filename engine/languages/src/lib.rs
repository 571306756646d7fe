//! The table of programming languages: the only place in Rust that knows one, and the only C.
//!
//! A row says which files a language has, which tree-sitter grammar reads them, and which of the grammar's node
//! kinds are strings, names, lists, modifiers or bindings, so that the code that matches patterns and resolves
//! constants speaks of those roles alone. Kinds and fields are the grammar's words; a test holds that they exist.
//!
//! Comes in: nothing. Goes out: [`LANGUAGES`]. This crate must never know anything else of Redan.

mod csharp;
mod go;
mod hcl;
mod java;
mod javascript;
mod python;

/// The languages, sorted by name.
pub static LANGUAGES: &[Language] = &[
    csharp::CSHARP,
    go::GO,
    hcl::HCL,
    java::JAVA,
    javascript::JAVASCRIPT,
    python::PYTHON,
    javascript::TSX,
    javascript::TYPESCRIPT,
];

/// One language.
#[derive(Debug)]
pub struct Language {
    /// Its name in `from …`, lower case.
    pub name: &'static str,
    /// Other rows that `from NAME` means too: of typescript, tsx.
    pub includes: &'static [&'static str],
    /// Rows that are tried on a file that its own grammar finds errors in; the one that finds the least of them reads it.
    pub alternatives: &'static [&'static str],
    /// Whether code patterns and queries may be written for it; else it only parses what another reader gave up on.
    pub patterns: bool,
    /// The ends of its files' names, without the dot.
    pub extensions: &'static [&'static str],
    /// The grammar.
    pub grammar: fn() -> tree_sitter::Language,
    /// How code patterns are parsed and compared.
    pub shape: Shape,
    /// How constants are read.
    pub constants: Constants,
}

/// How code patterns of a language are parsed and compared.
#[derive(Debug)]
pub struct Shape {
    /// What stands around a pattern when it is parsed, in the order of trying: nothing, a class body, …
    pub contexts: &'static [(&'static str, &'static str)],
    /// Whether a declaration that parses in several of them means all: a variable of a method and a field.
    pub alternatives: bool,
    /// What is tried when the pattern parses in none of them: what follows makes a decorator or the head of a
    /// definition whole.
    pub last_contexts: &'static [(&'static str, &'static str)],
    /// Kinds that a pattern is never meant to be: a label, where a pair of an object was written.
    pub unwanted: &'static [&'static str],
    /// What stands around a placeholder where a bare name does not parse: `$$$` as a statement of Java is `___;`.
    pub placeholders: &'static [(&'static str, &'static str)],
    /// Statements that hold nothing but an expression: a pattern of one is the expression.
    pub expression_statements: &'static [&'static str],
    /// Nodes that are lists of what a placeholder stands for, although they may hold a single one.
    pub lists: &'static [&'static str],
    /// Lists that code may lack where the pattern's holds nothing but `$$$`: `@Get($$$)` matches `@Get`.
    pub omittable: &'static [&'static str],
    /// Nodes of text in which a placeholder does not count as one.
    pub verbatim: &'static [&'static str],
    /// Comments.
    pub comments: &'static [&'static str],
    /// Tokens that carry no meaning for a comparison.
    pub ignored: &'static [&'static str],
    /// Parentheses around an expression, which are looked through.
    pub parentheses: &'static [&'static str],
    /// Children (kinds, tokens) that code may have where the pattern says nothing about them.
    pub optional: &'static [&'static str],
    /// Fields whose child may be there where the pattern says nothing about it.
    pub optional_fields: &'static [&'static str],
    /// Kinds and tokens of modifiers, decorators, annotations: those of the pattern must be among those of the code.
    pub modifiers: &'static [&'static str],
    /// Nodes that only hold modifiers.
    pub modifier_lists: &'static [&'static str],
    /// Nodes around a definition whose children of the kinds in [`Shape::modifiers`] are the definition's.
    pub decorated: &'static [&'static str],
    /// Of those, the ones that are nothing but the definition with its decorators.
    pub decorated_only: &'static [&'static str],
    /// Kinds that are compared as if they were the second.
    pub same: &'static [(&'static str, &'static str)],
}

/// How constants of a language are read.
#[derive(Debug)]
pub struct Constants {
    /// String literals, also with substitutions.
    pub strings: &'static [&'static str],
    /// Several string literals side by side that are one.
    pub string_lists: &'static [&'static str],
    /// The text inside a string literal.
    pub contents: &'static [&'static str],
    /// An escape inside a string literal.
    pub escapes: &'static [&'static str],
    /// `${…}` inside a string literal.
    pub substitutions: &'static [&'static str],
    /// How the text of a string literal becomes its value.
    pub reading: Reading,
    /// Numbers.
    pub numbers: &'static [&'static str],
    /// Truth values.
    pub truths: &'static [&'static str],
    /// Names.
    pub identifiers: &'static [&'static str],
    /// Of those, the ones that can stand for a variable.
    pub references: &'static [&'static str],
    /// `a + b`: the kind with its fields `left`, `operator` and `right`.
    pub sums: &'static [&'static str],
    /// `-a`.
    pub negations: &'static [&'static str],
    /// Nodes whose value is that of their first named child.
    pub first: &'static [&'static str],
    /// Nodes whose value is that of their last named child.
    pub last: &'static [&'static str],
    /// `a.b`: the kind and its two fields.
    pub members: &'static [(&'static str, &'static str, &'static str)],
    /// What the own object or class is called.
    pub selves: &'static [&'static str],
    /// Nodes in which names are bound: functions, blocks.
    pub scopes: &'static [&'static str],
    /// Classes: also scopes, whose names are members.
    pub classes: &'static [&'static str],
    /// Object literals: also scopes, whose names are members, but which `this` does not mean.
    pub objects: &'static [&'static str],
    /// Whether a member is visible in its class by its bare name.
    pub bare_members: bool,
    /// What binds names.
    pub bindings: &'static [Binding],
}

/// A node that binds a name.
#[derive(Debug)]
pub struct Binding {
    /// Its kind.
    pub kind: &'static str,
    /// The field of the name (or names); empty for all named children.
    pub name: &'static str,
    /// Where the value is.
    pub value: BoundTo,
    /// Whether the name may exist before.
    pub assigns: Assigns,
}

/// Where the value of a [`Binding`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BoundTo {
    /// In this field.
    Field(&'static str),
    /// The last named child, if it is not the name.
    Last,
    /// It is the node itself, a class.
    Itself,
    /// Not constant: a parameter, a loop's variable.
    Nothing,
}

/// What a [`Binding`] does to a name that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assigns {
    /// It declares a new one in its scope.
    Never,
    /// It changes that one, and declares none.
    Always,
    /// It declares it where it is first assigned to.
    Declares,
}

/// How the text of a string literal becomes its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// `{{` and `}}` in strings that begin with one of these stand for single braces.
    pub doubled_braces: &'static [&'static str],
    /// In strings that begin with one of these, `""` stands for one quote and nothing else is an escape.
    pub verbatim: &'static [&'static str],
    /// In strings that begin with one of these (compared without case), a backslash is a backslash.
    pub raw: &'static [&'static str],
    /// The quotes of text blocks, from which the common indentation is removed.
    pub blocks: &'static [&'static str],
}

/// The row of a name.
pub fn language(name: &str) -> Option<&'static Language> {
    LANGUAGES.iter().find(|l| l.name == name)
}

#[cfg(test)]
mod tests;

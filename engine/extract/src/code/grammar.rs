//! A row of `redan_languages` with its words resolved to the numbers of its grammar, once a process.
//!
//! Everything that looks at a node asks [`Grammar::is`] for a role; nothing compares names of kinds.

use std::sync::OnceLock;

use redan_languages::{Assigns, Binding, BoundTo, LANGUAGES, Language};
use tree_sitter::Node;

/// The roles a node's kind can have, as bits.
pub(crate) mod role {
    pub const IGNORED: u32 = 1;
    pub const PARENTHESES: u32 = 1 << 1;
    pub const LIST: u32 = 1 << 2;
    pub const OPTIONAL: u32 = 1 << 3;
    pub const MODIFIER: u32 = 1 << 4;
    pub const MODIFIER_LIST: u32 = 1 << 5;
    pub const DECORATED: u32 = 1 << 6;
    pub const DECORATED_ONLY: u32 = 1 << 7;
    pub const VERBATIM: u32 = 1 << 8;
    pub const EXPRESSION_STATEMENT: u32 = 1 << 9;
    pub const STRING: u32 = 1 << 10;
    pub const STRING_LIST: u32 = 1 << 11;
    pub const CONTENT: u32 = 1 << 12;
    pub const ESCAPE: u32 = 1 << 13;
    pub const SUBSTITUTION: u32 = 1 << 14;
    pub const NUMBER: u32 = 1 << 15;
    pub const TRUTH: u32 = 1 << 16;
    pub const IDENTIFIER: u32 = 1 << 17;
    pub const SUM: u32 = 1 << 18;
    pub const NEGATION: u32 = 1 << 19;
    pub const FIRST: u32 = 1 << 20;
    pub const LAST: u32 = 1 << 21;
    pub const MEMBER: u32 = 1 << 22;
    pub const SCOPE: u32 = 1 << 23;
    pub const CLASS: u32 = 1 << 24;
    pub const OBJECT: u32 = 1 << 25;
    pub const BINDING: u32 = 1 << 26;
    pub const COMMENT: u32 = 1 << 27;
    pub const REFERENCE: u32 = 1 << 28;
}

/// The number of a field; 0 is none.
pub(crate) type Field = u16;

/// A resolved [`Binding`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Binds {
    pub kind: u16,
    /// 0: all named children.
    pub name: Field,
    pub value: Bound,
    pub assigns: Assigns,
}

/// A resolved [`BoundTo`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bound {
    Field(Field),
    Last,
    Itself,
    Nothing,
}

/// A grammar and the roles of its kinds.
#[derive(Debug)]
pub(crate) struct Grammar {
    pub language: &'static Language,
    pub parser: tree_sitter::Language,
    roles: Vec<u32>,
    optional_fields: Vec<bool>,
    same: Vec<u16>,
    pub members: Vec<(u16, Field, Field)>,
    pub bindings: Vec<Binds>,
}

impl Grammar {
    /// The grammar of a row.
    pub fn get(name: &str) -> Option<&'static Self> {
        static ALL: [OnceLock<Grammar>; LANGUAGES.len()] =
            [const { OnceLock::new() }; LANGUAGES.len()];
        let index = LANGUAGES.iter().position(|l| l.name == name)?;
        let language = LANGUAGES.get(index)?;
        Some(ALL.get(index)?.get_or_init(|| Self::new(language)))
    }

    /// How many kinds there are.
    pub fn kinds(&self) -> usize {
        self.roles.len()
    }

    /// Whether the node's kind has any of the roles.
    pub fn is(&self, node: Node<'_>, roles: u32) -> bool {
        self.has(node.kind_id(), roles)
    }

    /// Whether a kind has any of the roles.
    pub fn has(&self, kind: u16, roles: u32) -> bool {
        self.roles.get(kind as usize).is_some_and(|r| r & roles != 0)
    }

    /// Whether a kind is a node rather than a token.
    pub fn named(&self, kind: u16) -> bool {
        self.parser.node_kind_is_named(kind)
    }

    /// Whether a child in this field may be there although the pattern says nothing of it.
    pub fn optional_field(&self, field: Field) -> bool {
        self.optional_fields.get(field as usize).copied().unwrap_or(false)
    }

    /// The kind as it is compared.
    pub fn compared(&self, kind: u16) -> u16 {
        self.same.get(kind as usize).copied().unwrap_or(kind)
    }

    fn new(language: &'static Language) -> Self {
        let parser = (language.grammar)();
        let (shape, constants) = (&language.shape, &language.constants);
        let members: Vec<&str> = constants.members.iter().map(|m| m.0).collect();
        let bindings: Vec<&str> = constants.bindings.iter().map(|b| b.kind).collect();
        let table: &[(u32, &[&str])] = &[
            (role::IGNORED, shape.ignored),
            (role::PARENTHESES, shape.parentheses),
            (role::LIST, shape.lists),
            (role::OPTIONAL, shape.optional),
            (role::MODIFIER, shape.modifiers),
            (role::MODIFIER_LIST, shape.modifier_lists),
            (role::DECORATED, shape.decorated),
            (role::DECORATED_ONLY, shape.decorated_only),
            (role::VERBATIM, shape.verbatim),
            (role::EXPRESSION_STATEMENT, shape.expression_statements),
            (role::STRING, constants.strings),
            (role::STRING_LIST, constants.string_lists),
            (role::CONTENT, constants.contents),
            (role::ESCAPE, constants.escapes),
            (role::SUBSTITUTION, constants.substitutions),
            (role::NUMBER, constants.numbers),
            (role::TRUTH, constants.truths),
            (role::IDENTIFIER, constants.identifiers),
            (role::SUM, constants.sums),
            (role::NEGATION, constants.negations),
            (role::FIRST, constants.first),
            (role::LAST, constants.last),
            (role::MEMBER, &members),
            (role::SCOPE, constants.scopes),
            (role::CLASS, constants.classes),
            (role::OBJECT, constants.objects),
            (role::BINDING, &bindings),
            (role::COMMENT, shape.comments),
            (role::REFERENCE, constants.references),
        ];
        // A name can belong to several numbers (aliases), so the roles are looked up by name for each number.
        let count = parser.node_kind_count() as u16;
        let name = |id: u16| parser.node_kind_for_id(id).unwrap_or("");
        let mut roles: Vec<u32> = (0..count)
            .map(|id| {
                let of_name = |(bit, kinds): &(u32, &[&str])| {
                    if kinds.contains(&name(id)) { *bit } else { 0 }
                };
                table.iter().map(of_name).fold(0, |a, b| a | b)
            })
            .collect();
        for (id, bits) in roles.iter_mut().enumerate() {
            // The token `class` is no class: only the modifiers and ignored tokens may be unnamed.
            if !parser.node_kind_is_named(id as u16) {
                *bits &= role::IGNORED | role::MODIFIER | role::OPTIONAL;
            }
        }
        let named = |kind: &str| parser.id_for_node_kind(kind, true);
        let mut same: Vec<u16> = (0..count).collect();
        for (kind, as_if) in shape.same {
            for id in (0..count).filter(|id| name(*id) == *kind) {
                if let Some(slot) = same.get_mut(id as usize) {
                    *slot = named(as_if);
                }
            }
        }
        let field = |name: &str| parser.field_id_for_name(name).map_or(0, |f| f.get());
        let mut optional_fields = vec![false; parser.field_count() + 1];
        for name in shape.optional_fields {
            if let Some(slot) = optional_fields.get_mut(field(name) as usize) {
                *slot = field(name) != 0;
            }
        }
        let bind = |b: &Binding| Binds {
            kind: named(b.kind),
            name: field(b.name),
            value: match b.value {
                BoundTo::Field(name) => Bound::Field(field(name)),
                BoundTo::Last => Bound::Last,
                BoundTo::Itself => Bound::Itself,
                BoundTo::Nothing => Bound::Nothing,
            },
            assigns: b.assigns,
        };
        let bindings = constants.bindings.iter().map(bind).filter(|b| b.kind != 0).collect();
        let members = constants
            .members
            .iter()
            .map(|(kind, object, property)| (named(kind), field(object), field(property)))
            .filter(|m| m.0 != 0)
            .collect();
        Self { language, parser, roles, optional_fields, same, members, bindings }
    }
}

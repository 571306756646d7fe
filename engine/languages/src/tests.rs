//! The table of languages agrees with its grammars.

use crate::{BoundTo, LANGUAGES, Language};

/// All words of a row that must be node kinds or tokens of its grammar, and those that must be fields.
fn words(row: &Language) -> (Vec<&'static str>, Vec<&'static str>) {
    let (s, c) = (&row.shape, &row.constants);
    let mut kinds: Vec<&str> = [
        s.expression_statements,
        s.lists,
        s.verbatim,
        s.unwanted,
        s.omittable,
        s.comments,
        s.ignored,
        s.parentheses,
        s.optional,
        s.modifiers,
        s.modifier_lists,
        s.decorated,
        s.decorated_only,
        c.strings,
        c.string_lists,
        c.contents,
        c.escapes,
        c.substitutions,
        c.numbers,
        c.truths,
        c.identifiers,
        c.references,
        c.sums,
        c.negations,
        c.first,
        c.last,
        c.scopes,
        c.classes,
        c.objects,
    ]
    .concat();
    let mut fields: Vec<&str> = s.optional_fields.to_vec();
    for (a, b) in s.same {
        kinds.extend([a, b]);
    }
    for (kind, object, property) in c.members {
        kinds.push(kind);
        fields.extend([object, property]);
    }
    for binding in c.bindings {
        kinds.push(binding.kind);
        fields.push(binding.name);
        if let BoundTo::Field(field) = binding.value {
            fields.push(field);
        }
    }
    fields.retain(|f| !f.is_empty());
    (kinds, fields)
}

#[test]
fn every_word_of_a_row_is_one_of_its_grammar() {
    // The rows of JavaScript and TypeScript share their words.
    let families: &[&[&str]] = &[
        &["csharp"],
        &["go"],
        &["hcl"],
        &["java"],
        &["python"],
        &["javascript", "typescript", "tsx"],
    ];
    let mut unknown = vec![];
    for family in families {
        let rows: Vec<_> = family.iter().filter_map(|n| crate::language(n)).collect();
        let grammars: Vec<tree_sitter::Language> = rows.iter().map(|r| (r.grammar)()).collect();
        for row in &rows {
            let (kinds, fields) = words(row);
            for kind in kinds {
                let known = grammars.iter().any(|g| {
                    (0..g.node_kind_count() as u16).any(|id| {
                        g.node_kind_is_visible(id) && g.node_kind_for_id(id) == Some(kind)
                    })
                });
                if !known && !kind.is_empty() && kind != "\n" {
                    unknown.push(format!("{}: kind {kind}", row.name));
                }
            }
            for field in fields {
                if !grammars.iter().any(|g| g.field_id_for_name(field).is_some()) {
                    unknown.push(format!("{}: field {field}", row.name));
                }
            }
        }
    }
    assert!(unknown.is_empty(), "{unknown:#?}");
}

#[test]
fn rows_are_sorted_and_no_two_claim_a_file() {
    assert!(LANGUAGES.is_sorted_by(|a, b| a.name < b.name));
    let mut all: Vec<_> = LANGUAGES.iter().flat_map(|l| l.extensions).collect();
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), count);
    for row in LANGUAGES {
        assert!(row.includes.iter().all(|n| crate::language(n).is_some()), "{}", row.name);
    }
}

//! What parses, and into what.

use redan_base::SourceId;
use redan_grammar::parse;

/// The examples of the language's description, exactly as they stand there.
pub const EXAMPLES: [(&str, &str, usize); 7] = [
    ("taste", include_str!("examples/taste.redan"), 1),
    ("kinds", include_str!("examples/kinds.redan"), 10),
    ("model", include_str!("examples/model.redan"), 1),
    ("extract", include_str!("examples/extract.redan"), 4),
    ("derive", include_str!("examples/derive.redan"), 9),
    ("tests", include_str!("examples/tests.redan"), 2),
    ("policy", include_str!("examples/policy.redan"), 6),
];

#[test]
fn the_examples_parse() {
    for (name, text, items) in EXAMPLES {
        let (file, diagnostics) = parse(SourceId(0), text);
        let errors: Vec<_> = diagnostics.iter().filter(|d| d.code.0 != 14).collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
        assert_eq!(file.items.len(), items, "{name}");
        assert!(file.broken.is_empty());
    }
}

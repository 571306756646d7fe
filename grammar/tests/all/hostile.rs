//! Whatever comes in, something comes out, and soon.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use redan_base::SourceId;
use redan_grammar::{format, parse, parse_arguments, parse_condition};

use crate::parsing::EXAMPLES;

pub fn all(text: &str) {
    let (file, diagnostics) = parse(SourceId(0), text);
    for diagnostic in &diagnostics {
        for label in &diagnostic.labels {
            assert!(text.get(label.span.range()).is_some(), "{diagnostic:?} in {text:?}");
        }
    }
    assert!(file.broken.is_empty() || !diagnostics.is_empty(), "{text:?}");
    let _ = parse_condition(SourceId(0), text);
    let _ = parse_arguments(SourceId(0), text);
}

/// Runs on a small stack, as a worker thread has, and within a time that only a blow-up exceeds.
fn soon(name: &str, text: String) {
    let start = Instant::now();
    let run = move || {
        all(&text);
        let _ = format(SourceId(0), &text);
    };
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(run);
    assert!(thread.is_ok_and(|t| t.join().is_ok()), "{name}");
    assert!(start.elapsed() < Duration::from_secs(10), "{name}: {:?}", start.elapsed());
}

#[test]
fn a_text_cut_anywhere_is_parsed_as_far_as_it_goes() {
    for (_, text, _) in EXAMPLES {
        for end in (0..text.len()).step_by(3) {
            all(&String::from_utf8_lossy(&text.as_bytes()[..end]));
        }
    }
}

#[test]
fn a_text_without_some_bytes_is_parsed_as_far_as_it_goes() {
    for (_, text, _) in EXAMPLES {
        for start in (0..text.len()).step_by(11) {
            let end = (start + start % 5 + 1).min(text.len());
            let mut bytes = text.as_bytes().to_vec();
            bytes.drain(start..end);
            all(&String::from_utf8_lossy(&bytes));
        }
    }
}

#[test]
fn deep_nesting_is_told_and_not_followed() {
    // The release build, which users have, takes all of it.
    let deep = if cfg!(debug_assertions) { 5_000 } else { 100_000 };
    for word in
        ["(", "[", "{", "not ", "no ", "exists ", "every ", "a -> (", "x.y and (", "f(", "count {"]
    {
        let text = format!("derive process x if {}", word.repeat(deep));
        soon(word, text);
        let text = format!("threat x {{\n  where {}\n}}", word.repeat(deep));
        soon(word, text);
        let (cond, errors) = parse_condition(SourceId(0), &word.repeat(deep));
        assert!(cond.is_none() && errors.len() == 1, "{word}");
    }
}

#[test]
fn nesting_up_to_the_limit_is_fine() {
    for (open, inner, close) in
        [("(", "a.b", ")"), ("exists x: y and (", "a.b", ")"), ("not no ", "a.b", "")]
    {
        let deep =
            32 / open.split(' ').filter(|w| !w.is_empty() && !w.contains(':')).count().clamp(1, 2);
        let text = format!(
            "derive process x if {}{inner}{}",
            open.repeat(deep - 1),
            close.repeat(deep - 1)
        );
        let thread = std::thread::Builder::new().stack_size(2 << 20);
        let run = thread.spawn(move || {
            let (file, errors) = parse(SourceId(0), &text);
            let (out, _) = format(SourceId(0), &text);
            (file.items.len(), errors, out.is_some())
        });
        let result = run.ok().and_then(|t| t.join().ok());
        assert_eq!(result, Some((1, vec![], true)), "{open}");
    }
}

#[test]
fn long_texts_take_time_in_proportion() {
    let size = if cfg!(debug_assertions) { 20_000 } else { 1_000_000 };
    let many = |piece: &str| piece.repeat(size / piece.len());
    soon("brackets", many("()"));
    soon("opening brackets", many("{"));
    soon("closing brackets", many("}"));
    soon("quotes", many("\""));
    soon("three quotes", many("\"\"\" "));
    soon("back-ticks", many("`"));
    soon("slashes", many("/"));
    soon("slashes in lines", many("/\n"));
    soon("lines", many("\n"));
    soon("comments", many("// x\n"));
    soon("docs", many("/// x\n"));
    soon("words", many("a "));
    soon("words in lines", many("a\n"));
    soon("keywords", many("threat "));
    soon("keywords in lines", many("threat\n"));
    soon("items", many("threat x {\n  title \"a\"\n}\n"));
    soon("documented items", many("/// x\nkind a {\n  /// y\n  b: c // z\n}\n"));
    soon("broken items", many("threat x {\n  title = a\n}\n"));
    soon("open items", many("threat x {\n"));
    soon("items in a line", many("a -> b "));
    soon("broken items in a line", many("a -> b = "));
    soon("one set", format!("set x {{ {} }}", many("\"a\", ")));
    soon("one system", format!("system \"x\" {{\n{}}}", many("process a in b { c: d }\n")));
    soon("one line of system", format!("system \"x\" {{ {}}}", many("process a ")));
    soon("one condition", format!("derive process x if a.b{}", many(" and a.b")));
    soon("one sum", format!("derive process x if a = b{}", many(" + b")));
    soon("one path", format!("derive process x if a{}", many(".b")));
    soon("one flow", format!("derive process x if a{}", many(" -> b")));
    soon("one tree path", format!("extract x(a)\n  from yaml\n  at a{}", many(".b")));
    soon("one list", format!("threat x {{ cwe 1{} }}", many(", 1")));
    soon("one model", format!("test \"x\" {{ given {{ {}}} }}", many("process a ")));
    soon("one text", format!("threat x {{ title \"{}\" }}", many("a")));
    soon("one block", format!("threat x {{ title \"\"\"\n{}\"\"\" }}", many("a\n")));
    soon("hidden characters", many("\u{202e}"));
    soon("imitations", many("\u{430} "));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn any_text_is_parsed(text in any::<String>()) {
        all(&text);
    }

    #[test]
    fn any_words_are_parsed(
        words in prop::collection::vec(
            prop::sample::select(&[
                "threat", "kind", "a", "b.c", "{", "}", "(", ")", "[", "]", "\n", "\n", ":", ",", "->",
                "-[f]->", "->+", "if", "where", "match", "and", "or", "not", "no", "exists", "every",
                "satisfies", "\"x\"", "\"\"\"", "`x`", "```", "/x/", "//", "///", "5", "test", "given",
                "expect", "extract", "from", "at", "$x", "$$$", ".a", "in", "is", "has", "==", "=", "<",
                "|", "+", "-", "relation", "derive", "same", "file", "set", "extend", "except",
                "because", "until", "2027-01-01", "count", "min", "policy", "translate", "system",
            ][..]),
            0..40,
        ),
    ) {
        let text = words.join(" ");
        all(&text);
        if let (Some(out), _) = format(SourceId(0), &text) {
            let (again, _) = format(SourceId(0), &out);
            prop_assert_eq!(Some(out), again);
        }
    }
}

//! What conditions are lowered to, and every mistake in them beside its near miss.
//!
//! Each test gives an item and expects its rules as text, or what is wrong with it. `expect` shows how to read them: a
//! name with `?` is of the possible bound, `v3` is a variable of the lowering.

mod mistakes;
mod models;
mod options;
mod random;
mod rules;

use crate::ir::{Origin, Program};
use crate::testing;
use crate::{Options, compile};

/// The program of some packs, and what is wrong with them.
fn compiled(text: &str) -> (Program, String) {
    let (sources, packs) = testing::packs(text);
    let (program, diagnostics) = compile(&sources, &packs, &Options::default());
    (program, testing::shown(&sources, &diagnostics))
}

/// Checks the rules of pack `t`; those of kinds and attributes are left out. After them what is wrong with it.
#[track_caller]
fn check(text: &str, expected: &str) {
    let (program, wrong) = compiled(text);
    let own = |o: &Origin| !o.item.starts_with("kind ") && !o.item.starts_with("attribute ");
    let helper = |o: &Origin| o.item.contains('@') && !o.item.starts_with("threat ");
    let mut lines = vec![];
    for rule in program.rules.iter() {
        let Some(origin) = program.origins.get(rule.origin as usize) else { continue };
        if own(origin) && !helper(origin) {
            lines.push(program.explain_rule(rule));
        }
    }
    lines.extend(wrong.lines().map(str::to_owned));
    assert_lines(lines.iter().map(|l| tidy(l)), expected);
}

/// Checks what is wrong with pack `t`, and nothing else.
#[track_caller]
fn mistakes(text: &str, expected: &str) {
    let (_, wrong) = compiled(text);
    assert_lines(wrong.lines().map(tidy), expected);
}

fn tidy(line: &str) -> String {
    let mut line = line.replace("core.", "");
    for part in ["t.redan:", " t."] {
        line = line.replace(part, if part.starts_with(' ') { " " } else { "" });
    }
    let line = line.strip_prefix("t.").unwrap_or(&line);
    // The numbers of helper relations change with every other relation.
    let mut out = String::new();
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        out.push(c);
        if c == '@' {
            while chars.next_if(char::is_ascii_digit).is_some() {}
        }
    }
    out
}

#[track_caller]
fn assert_lines(lines: impl IntoIterator<Item = String>, expected: &str) {
    let got: Vec<String> = lines.into_iter().collect();
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    let trimmed: Vec<&str> = got.iter().map(|l| l.trim()).collect();
    assert_eq!(trimmed, expected, "\n{}\n", trimmed.join("\n"));
}

//! The fields of `threat`, `mitigation`, `pack`, `policy` and `translate` blocks: closed tables, so that a misspelt
//! field is an error and never silence.

use redan_base::{Diagnostic, Span};
use redan_grammar::syntax::{Expr, ExprKind, Field, Name};

use super::{Collector, path_of};
use crate::names::{Scope, likely_or_list};

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One text.
    Text,
    /// One or more texts.
    Texts,
    /// One text or word.
    Label,
    /// One or more texts or words.
    Labels,
    /// One or more whole numbers.
    Numbers,
    /// One or more names, perhaps qualified.
    Names,
    /// One or more names, each perhaps with a text after it.
    Demands,
    /// A condition.
    Condition,
    /// One word, perhaps with a reason.
    Reasoned,
    /// One word, a condition and a reason.
    Adjustment,
    /// A text and a condition.
    Verdict,
    /// Words, and a block of fields.
    Block,
    /// One name, and a block of fields.
    Named,
}

/// One field of a block.
#[derive(Debug, Clone, Copy)]
pub struct FieldRow {
    /// The word.
    pub name: &'static str,
    /// What it holds.
    pub shape: Shape,
    /// Whether it may be written several times.
    pub many: bool,
    /// What a block without it lacks: the help of the error. None if it may be left out.
    pub required: Option<&'static str>,
    /// What it says, for the reference.
    pub docs: &'static str,
}

const fn one(name: &'static str, shape: Shape, docs: &'static str) -> FieldRow {
    FieldRow { name, shape, many: false, required: None, docs }
}

const fn many(name: &'static str, shape: Shape, docs: &'static str) -> FieldRow {
    FieldRow { many: true, ..one(name, shape, docs) }
}

const fn must(
    name: &'static str,
    shape: Shape,
    docs: &'static str,
    help: &'static str,
) -> FieldRow {
    FieldRow { required: Some(help), ..one(name, shape, docs) }
}

/// The fields of a `pack`.
pub static PACK_FIELDS: &[FieldRow] = &[
    must("version", Shape::Text, "The version: up to three numbers.", "add `version \"0.1.0\"`"),
    one("description", Shape::Text, "What the pack is about, in a sentence."),
    one("licence", Shape::Text, "The licence, as an SPDX expression."),
    many("requires", Shape::Demands, "The packs whose names it uses; `core` is always among them."),
    one("engine", Shape::Text, "The versions of Redan that it needs."),
    one("homepage", Shape::Text, "Where more is told."),
    one("authors", Shape::Texts, "Who wrote it."),
];

/// The fields of a `threat`.
pub static THREAT_FIELDS: &[FieldRow] = &[
    must("title", Shape::Text, "A short name.", "say in a few words what is wrong: `title \"…\"`"),
    must(
        "stride",
        Shape::Names,
        "The categories that it belongs to.",
        "name its categories, as in `stride tampering, information_disclosure`",
    ),
    must(
        "severity",
        Shape::Reasoned,
        "How much it matters, perhaps with the reason.",
        "say how much it matters: `severity info`, `low`, `medium`, `high` or `critical`",
    ),
    many("raise", Shape::Adjustment, "A higher severity for some matches."),
    many("lower", Shape::Adjustment, "A lower severity for some matches."),
    must(
        "match",
        Shape::Condition,
        "The pattern in the model.",
        "say what it looks for, as in `match a -[f]-> b`",
    ),
    many("where", Shape::Condition, "Further conditions; all must hold."),
    one("source", Shape::Text, "Who: the beginning of the statement."),
    one("given", Shape::Text, "With what, under which circumstances."),
    one("action", Shape::Text, "Does what."),
    one("impact", Shape::Text, "With which effect."),
    one("description", Shape::Text, "More about it, in Markdown."),
    one("false_positives", Shape::Text, "When a finding may be wrong."),
    one("detection", Shape::Text, "How to notice that it happens."),
    one("assets", Shape::Names, "The bindings that are at stake."),
    one("at", Shape::Names, "The binding whose place is shown."),
    FieldRow {
        many: true,
        ..must(
            "mitigate",
            Shape::Names,
            "The countermeasures.",
            "name what to do about it, as in `mitigate encrypt_flows`, and declare that `mitigation`",
        )
    },
    one("cwe", Shape::Numbers, "CWE numbers."),
    one("capec", Shape::Numbers, "CAPEC numbers."),
    one("owasp", Shape::Labels, "OWASP Top Ten categories."),
    one("asvs", Shape::Labels, "OWASP ASVS requirements."),
    one("attack", Shape::Labels, "MITRE ATT&CK techniques."),
    one("nist", Shape::Labels, "NIST SP 800-53 controls."),
    one("cis", Shape::Labels, "CIS benchmark items."),
    one("aws", Shape::Labels, "AWS Security Hub controls."),
    many("reference", Shape::Texts, "Addresses of pages that say more."),
    one("tags", Shape::Labels, "Words to select by."),
    one("maturity", Shape::Names, "`stable`, `incubating` or `sandbox`."),
    one("since", Shape::Label, "The version of the pack that it came with."),
    one("deprecated", Shape::Label, "The version of the pack that gave it up."),
    one("replaced_by", Shape::Names, "The threat to use instead."),
];

/// The fields of a `mitigation`.
pub static MITIGATION_FIELDS: &[FieldRow] = &[
    must("title", Shape::Text, "A short name.", "say in a few words what to do: `title \"…\"`"),
    one("steps", Shape::Text, "How to do it, in Markdown."),
    many("for", Shape::Block, "The steps for a technology."),
    many("reference", Shape::Texts, "Addresses of pages that say more."),
];

/// The fields of `for … { }` in a mitigation.
pub static VARIANT_FIELDS: &[FieldRow] = &[must(
    "steps",
    Shape::Text,
    "How to do it with this technology, in Markdown.",
    "add `steps \"…\"`",
)];

/// The fields of a `policy`.
pub static POLICY_FIELDS: &[FieldRow] = &[
    many("deny", Shape::Verdict, "Fails the run for each such finding."),
    many("warn", Shape::Verdict, "Warns of each such finding."),
];

/// The fields of a `translate`.
pub static TRANSLATE_FIELDS: &[FieldRow] = &[
    many("threat", Shape::Named, "The texts of a threat."),
    many("mitigation", Shape::Named, "The texts of a mitigation."),
    many("kind", Shape::Named, "The names and questions of a kind."),
    many("enum", Shape::Named, "The names of an enum's symbols."),
    many("text", Shape::Texts, "A text that rules write into facts, and its translation."),
];

/// The fields of a threat in a `translate`.
pub static THREAT_WORDS: &[FieldRow] = &[
    one("title", Shape::Text, "The title."),
    one("source", Shape::Text, "Who."),
    one("given", Shape::Text, "With what."),
    one("action", Shape::Text, "Does what."),
    one("impact", Shape::Text, "With which effect."),
    one("description", Shape::Text, "More about it, in Markdown."),
    one("false_positives", Shape::Text, "When a finding may be wrong."),
    one("detection", Shape::Text, "How to notice that it happens."),
    one("because", Shape::Text, "The reason of the severity."),
    many("raise", Shape::Text, "The reasons of `raise`, in their order."),
    many("lower", Shape::Text, "The reasons of `lower`, in their order."),
];

impl Collector<'_> {
    /// The fields of a block that are known, written once and of the right shape; all others are reported, and
    /// those that are missing.
    pub(super) fn fields<'f>(
        &mut self,
        scope: Scope,
        what: &str,
        name: &Name,
        fields: &'f [Field],
        table: &'static [FieldRow],
    ) -> Vec<(&'static FieldRow, &'f Field)> {
        let mut good: Vec<(&FieldRow, &Field)> = vec![];
        let mut seen: Vec<&Field> = vec![];
        for field in fields {
            let word = field.name.text.as_str();
            let Some(row) = table.iter().find(|r| r.name == word) else {
                let mut names: Vec<&str> = table.iter().map(|r| r.name).collect();
                names.sort_unstable();
                let help = match alias(word).filter(|a| names.contains(a)) {
                    Some(other) => format!("did you mean `{other}`?"),
                    None => likely_or_list(word, names),
                };
                self.report(
                    Diagnostic::error(501, format!("a {what} has no field `{word}`"))
                        .at(scope.source, field.name.span, "")
                        .help(help),
                );
                continue;
            };
            let first = seen.iter().find(|f| f.name.text == word);
            if let Some(first) = first.filter(|_| !row.many) {
                let d = Diagnostic::error(503, format!("`{word}` is given twice"))
                    .at(scope.source, field.name.span, "the second one")
                    .at(scope.source, first.name.span, "the first one");
                let join = matches!(
                    row.shape,
                    Shape::Names | Shape::Labels | Shape::Texts | Shape::Numbers
                );
                self.report(if join {
                    d.help(format!("write all in one: `{word} a, b`"))
                } else {
                    d.help("keep one of them")
                });
                continue;
            }
            seen.push(field);
            if let Some((span, message)) = misshapen(row, field) {
                self.report(
                    Diagnostic::error(504, message).at(scope.source, span, "").help(example(row)),
                );
                continue;
            }
            good.push((row, field));
        }
        for row in table {
            let Some(help) = row.required else { continue };
            if !seen.iter().any(|f| f.name.text == row.name) {
                self.report(
                    Diagnostic::error(502, format!("{what} `{}` has no `{}`", name.text, row.name))
                        .at(scope.source, name.span, "")
                        .help(help),
                );
            }
        }
        good
    }
}

/// Words of other tools and tongues for a field.
fn alias(word: &str) -> Option<&'static str> {
    Some(match word {
        "license" => "licence",
        "name" => "title",
        "risk" | "level" | "priority" => "severity",
        "category" | "categories" => "stride",
        "mitigation" | "mitigations" | "mitigates" | "countermeasure" => "mitigate",
        "references" | "url" | "link" | "links" | "see" => "reference",
        "depends" | "dependencies" | "imports" | "import" | "require" | "uses" => "requires",
        "summary" | "details" => "description",
        "actor" | "who" | "threat_source" => "source",
        "prerequisites" | "precondition" | "when" => "given",
        "if" | "condition" => "where",
        "effect" | "consequence" => "impact",
        "status" => "maturity",
        "fix" | "remediation" | "text" => "steps",
        _ => return None,
    })
}

/// The text of an expression.
pub(super) fn text_of(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Text(text) => Some(text),
        _ => None,
    }
}

/// The bare word of an expression.
pub(super) fn word_of(expr: &Expr) -> Option<Name> {
    path_of(expr).filter(|p| p.pack.is_none()).map(|p| p.name)
}

/// A text or a word.
pub(super) fn label_of(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Text(text) => Some(text.clone()),
        ExprKind::Name(name) => Some(name.clone()),
        ExprKind::Int(number) => Some(number.to_string()),
        _ => None,
    }
}

/// What is wrong with a field's shape, and where.
pub(super) fn misshapen(row: &FieldRow, field: &Field) -> Option<(Span, String)> {
    let word = row.name;
    let (condition, because, block) = match row.shape {
        Shape::Condition | Shape::Verdict => (true, false, false),
        Shape::Reasoned => (false, true, false),
        Shape::Adjustment => (true, true, false),
        Shape::Block | Shape::Named => (false, false, true),
        _ => (false, false, false),
    };
    if let Some(stray) = field.condition.as_ref().filter(|_| !condition) {
        return Some((stray.span, format!("`{word}` takes no condition")));
    }
    if let Some(stray) = field.because.as_ref().filter(|_| !because) {
        // In a translation the reason itself is a field: `because "…"`.
        if word != "because" {
            return Some((stray.span, format!("`{word}` takes no reason")));
        }
    }
    if field.block.is_some() && !block {
        return Some((field.name.span, format!("`{word}` takes no block of fields")));
    }
    let is_text = |e: &Expr| matches!(e.kind, ExprKind::Text(_));
    let values = field.values.as_slice();
    let each = |needs: &str, test: &dyn Fn(&Expr) -> bool| match values.iter().find(|v| !test(v)) {
        Some(bad) => Some((bad.span, format!("`{word}` needs {needs}"))),
        None if values.is_empty() => Some((field.name.span, format!("`{word}` needs {needs}"))),
        None => None,
    };
    let single = |needs: &str, test: &dyn Fn(&Expr) -> bool| {
        each(needs, test)
            .or_else(|| values.get(1).map(|v| (v.span, format!("`{word}` takes one value alone"))))
    };
    match row.shape {
        Shape::Text if word == "because" && values.is_empty() && field.because.is_some() => None,
        Shape::Text => single("a text", &is_text),
        Shape::Texts => each("texts", &is_text),
        Shape::Label => single("a text or a word", &|e| label_of(e).is_some()),
        Shape::Labels => each("texts or words", &|e| label_of(e).is_some()),
        Shape::Numbers => {
            each("whole numbers", &|e| matches!(e.kind, ExprKind::Int(n) if n > 0 && n <= 99_999))
        }
        Shape::Names => each("names", &|e| path_of(e).is_some()),
        Shape::Demands => each("names of packs", &|e| is_text(e) || word_of(e).is_some()),
        Shape::Condition => match (&field.condition, values.first()) {
            (_, Some(value)) => Some((value.span, format!("`{word}` needs a condition"))),
            (None, None) => Some((field.name.span, format!("`{word}` needs a condition"))),
            (Some(_), None) => None,
        },
        Shape::Reasoned => single("a word", &|e| word_of(e).is_some()),
        Shape::Adjustment => single("a severity", &|e| word_of(e).is_some())
            .or_else(|| {
                let missing = field.condition.is_none();
                missing.then(|| (field.span, format!("`{word}` needs a condition")))
            })
            .or_else(|| {
                let missing = field.because.is_none();
                missing.then(|| (field.name.span, format!("`{word}` needs a reason")))
            }),
        Shape::Verdict => single("a text", &is_text).or_else(|| {
            let missing = field.condition.is_none();
            missing.then(|| (field.name.span, format!("`{word}` needs a condition")))
        }),
        Shape::Block | Shape::Named => {
            let names = if row.shape == Shape::Named {
                single("a name", &|e| path_of(e).is_some())
            } else {
                each("words", &|e| label_of(e).is_some())
            };
            names.or_else(|| {
                let missing = field.block.is_none();
                missing.then(|| (field.name.span, format!("`{word}` needs a block of fields")))
            })
        }
    }
}

/// How a field is written.
pub(super) fn example(row: &FieldRow) -> String {
    let word = row.name;
    match row.shape {
        Shape::Text | Shape::Label => format!("write `{word} \"…\"`"),
        Shape::Texts | Shape::Labels => format!("write `{word} \"…\", \"…\"`"),
        Shape::Numbers => format!("write the numbers alone, as in `{word} 306, 862`"),
        Shape::Names => format!("write `{word} NAME, NAME`"),
        Shape::Demands => format!("write `{word} NAME, NAME`"),
        Shape::Condition => format!("write `{word} CONDITION`"),
        Shape::Reasoned => format!("write `{word} high` or `{word} high because \"…\"`"),
        Shape::Adjustment => format!("write `{word} critical if CONDITION because \"…\"`"),
        Shape::Verdict => format!("write `{word} \"…\" if finding f and CONDITION`"),
        Shape::Block => format!("write `{word} WORD, WORD {{ … }}`"),
        Shape::Named => format!("write `{word} NAME {{ … }}`"),
    }
}

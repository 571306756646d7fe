//! Texts of rules with their insertions filled in, and the sentences that Redan makes of them.
//!
//! The few words between the parts stand here, in one row for each language.

use redan_facts::{Value, ValueId};
use redan_program::ir::ThreatRules;
use redan_program::schema::{KindId, Texts, Threat};

use crate::finding::{Question, Statement};
use crate::view::{View, short_name};

/// How a language joins the parts of a statement.
struct Grammar {
    language: &'static str,
    /// Between the values of a list, and before the last.
    comma: &'static str,
    and: &'static str,
    unknown: &'static str,
    /// who, given, action, impact
    sentence: fn(&str, &str, &str, &str) -> String,
    /// attribute, entity, whether it is a truth value
    question: fn(&str, &str, bool) -> String,
}

/// One row a language; the first is used for languages that are not here.
static GRAMMARS: &[Grammar] = &[
    Grammar {
        language: "en",
        comma: ", ",
        and: " and ",
        unknown: "unknown",
        sentence: english,
        question: |attribute, entity, truth| {
            if truth {
                format!("Is `{attribute}` true of {entity}?")
            } else {
                format!("What is `{attribute}` of {entity}?")
            }
        },
    },
    Grammar {
        language: "ja",
        comma: "、",
        and: "、",
        unknown: "不明",
        sentence: japanese,
        question: |attribute, entity, truth| {
            if truth {
                format!("{entity} の「{attribute}」は真ですか。")
            } else {
                format!("{entity} の「{attribute}」は何ですか。")
            }
        },
    },
];

fn grammar(language: &str) -> &'static Grammar {
    static FALLBACK: Grammar = Grammar {
        language: "",
        comma: ", ",
        and: ", ",
        unknown: "?",
        sentence: english,
        question: |attribute, entity, _| format!("{entity}: {attribute}?"),
    };
    GRAMMARS.iter().find(|g| g.language == language).or(GRAMMARS.first()).unwrap_or(&FALLBACK)
}

/// "Anyone who …, with …, can …. As a result, …."
fn english(who: &str, given: &str, action: &str, impact: &str) -> String {
    const JOINED: &[&str] = &[
        "with", "without", "who", "whose", "that", "by", "from", "in", "on", "at", "if", "when",
        "while", "because", "after", "before", "through", "having", "using", "given", "as", "once",
    ];
    let mut text = capital(who);
    let given = bare(given);
    if !given.is_empty() {
        let first = given.split_whitespace().next().unwrap_or_default().to_lowercase();
        let link = if JOINED.contains(&first.as_str()) { "" } else { "with " };
        text.push_str(&format!(", {link}{given},"));
    }
    if !action.is_empty() {
        text.push_str(&format!(" can {}", bare(action)));
    }
    text.push('.');
    if !impact.is_empty() {
        text.push_str(&format!(" As a result, {}.", bare(impact)));
    }
    text
}

/// The sentence of a threat as it is written, insertions not filled in; its title if it says nothing more.
pub fn sentence(threat: &Threat, language: &str) -> String {
    let (who, action) = (threat.who.get(language), threat.action.get(language));
    if who.is_empty() && action.is_empty() {
        return threat.title.get(language).to_owned();
    }
    let (given, impact) = (threat.given.get(language), threat.impact.get(language));
    (grammar(language).sentence)(who, given, action, impact)
}

/// 「…が、…で、…ことができる。その結果、…。」
fn japanese(who: &str, given: &str, action: &str, impact: &str) -> String {
    let strip = |t: &str| t.trim().trim_end_matches(['。', '.']).to_owned();
    let mut text = format!("{}が", strip(who));
    let given = strip(given);
    if !given.is_empty() {
        // A noun takes で; a verb form or a particle, which end in hiragana, stand as they are.
        let hiragana = |c: char| ('\u{3041}'..='\u{309f}').contains(&c);
        let joined = given.ends_with(hiragana) && !given.ends_with("なし");
        text.push_str(&format!("、{given}{}", if joined { "" } else { "で" }));
    }
    let action = strip(action);
    if !action.is_empty() {
        text.push_str(&format!("、{action}ことができる"));
    }
    text.push('。');
    let impact = strip(impact);
    if !impact.is_empty() {
        text.push_str(&format!("その結果、{impact}。"));
    }
    text.replace("、、", "、")
}

/// A part without what the sentence adds at its end.
fn bare(text: &str) -> &str {
    text.trim().trim_end_matches(['.', ','])
}

fn capital(text: &str) -> String {
    let mut rest = text.trim().chars();
    // The name of an entity keeps its case: `api` is not `Api`.
    match rest.next() {
        Some(first) => first.to_uppercase().chain(rest).collect(),
        None => String::new(),
    }
}

/// The texts of one threat for one row of bindings.
pub struct Filler<'a> {
    view: &'a View<'a>,
    rules: &'a ThreatRules,
    row: &'a [ValueId],
}

impl<'a> Filler<'a> {
    /// Fills in these bindings.
    pub fn new(view: &'a View<'a>, rules: &'a ThreatRules, row: &'a [ValueId]) -> Self {
        Self { view, rules, row }
    }

    /// A text in the language of the report.
    pub fn text(&self, texts: &Texts) -> String {
        self.fill(texts.get(&self.view.language))
    }

    /// The sentence and its parts.
    pub fn statement(&self, threat: &Threat) -> Statement {
        let source = self.text(&threat.who);
        let given = self.text(&threat.given);
        let action = self.text(&threat.action);
        let impact = self.text(&threat.impact);
        let raw = threat.who.get(&self.view.language);
        let g = grammar(&self.view.language);
        // A statement that begins with an insertion begins with the name as it is.
        let text = if source.is_empty() && action.is_empty() {
            self.text(&threat.title)
        } else {
            let made = (g.sentence)(&source, &given, &action, &impact);
            match made.get(capital(&source).len()..) {
                Some(rest) if raw.starts_with('{') => format!("{source}{rest}"),
                _ => made,
            }
        };
        Statement { text, source, given, action, impact }
    }

    /// The values of `binding` or `binding.attribute…`, which the rule's texts or `assets` speak of.
    pub fn values(&self, inside: &str) -> Vec<ValueId> {
        let known = self.rules.insertions.iter().find(|i| i.text == inside);
        if let Some(insertion) = known {
            let mut values: Vec<ValueId> =
                self.row.get(insertion.binding).copied().into_iter().collect();
            for step in &insertion.path {
                values = values.iter().flat_map(|v| self.view.follow(*step, *v)).collect();
            }
            return self.sorted(values);
        }
        let mut parts = inside.split('.');
        let name = parts.next().unwrap_or_default().trim();
        let Some(column) = self.rules.bindings.iter().position(|(n, _)| n == name) else {
            return vec![];
        };
        let mut values: Vec<ValueId> = self.row.get(column).copied().into_iter().collect();
        for part in parts {
            values = values.iter().flat_map(|v| self.view.values(*v, part.trim())).collect();
        }
        self.sorted(values)
    }

    fn sorted(&self, mut values: Vec<ValueId>) -> Vec<ValueId> {
        values.sort_by(|a, b| self.view.facts.values.compare(*a, *b));
        values.dedup();
        values
    }

    /// Fills in `{…}`; `{{` and `}}` stand for braces.
    pub fn fill(&self, text: &str) -> String {
        fill(text, |inside| {
            let names: Vec<String> =
                self.values(inside).into_iter().map(|v| self.show(v)).collect();
            join(&self.view.language, names)
        })
    }

    fn show(&self, value: ValueId) -> String {
        match self.view.facts.values.get(value) {
            Value::Symbol { of, name, .. } => self
                .view
                .word(&format!("symbol {of}.{name}"))
                .map_or_else(|| name.replace('_', " "), str::to_owned),
            Value::Bool(_) | Value::Int(_) | Value::Entity { .. } => self.view.show(value),
            // A text of the repository may be a secret; one of its names is not.
            Value::Str(text) => crate::excerpt::mask_line(&self.view.said(text)),
        }
    }
}

/// Fills in `{…}` by what `value` gives.
fn fill(text: &str, value: impl Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        if let Some(after) = from.strip_prefix("{{") {
            out.push('{');
            rest = after;
        } else if let Some(after) = from.strip_prefix("}}") {
            out.push('}');
            rest = after;
        } else if let Some((inside, after)) = from.strip_prefix('{').and_then(|f| f.split_once('}'))
        {
            out.push_str(&value(inside));
            rest = after;
        } else {
            let mut chars = from.chars();
            out.extend(chars.next());
            rest = chars.as_str();
        }
    }
    out.push_str(rest);
    out
}

/// `a, b and c`; the word for unknown if there is nothing.
fn join(language: &str, names: Vec<String>) -> String {
    let g = grammar(language);
    match names.split_last() {
        None => g.unknown.to_owned(),
        Some((one, [])) => one.clone(),
        Some((last, first)) => format!("{}{}{last}", first.join(g.comma), g.and),
    }
}

/// The question about an attribute that is unknown for an entity.
pub fn question(view: &View<'_>, entity: ValueId, kind: KindId, number: u32) -> Option<Question> {
    let declaring = view.kind(kind)?;
    let attribute = declaring.attributes.get(number as usize)?;
    let shown = view.show(entity);
    let key = format!("{}.{}", declaring.declared.name, attribute.name);
    let text = view.word(&format!("ask {key}")).or(attribute.ask.as_deref());
    let text = match text {
        Some(ask) => fill(ask, |inside| match inside.split_once('.') {
            Some((_, path)) => {
                let mut values = vec![entity];
                for part in path.split('.') {
                    values = values.iter().flat_map(|v| view.values(*v, part)).collect();
                }
                join(&view.language, values.into_iter().map(|v| view.show(v)).collect())
            }
            None => shown.clone(),
        }),
        None => {
            let name = view
                .word(&format!("attribute {key}"))
                .map_or_else(|| attribute.name.replace('_', " "), str::to_owned);
            let truth = attribute.ty == redan_program::schema::Type::Bool && !attribute.set;
            (grammar(&view.language).question)(&name, &shown, truth)
        }
    };
    let own = view.kind_of(entity).and_then(|k| view.kind(k)).unwrap_or(declaring);
    Some(Question {
        text,
        entity: view.name(entity),
        kind: short_name(&own.declared.name).to_owned(),
        attribute: attribute.name.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_english_statement_reads_as_a_sentence() {
        assert_eq!(
            english(
                "anyone who can reach api",
                "no credentials",
                "change cards through api",
                "records can no longer be trusted"
            ),
            "Anyone who can reach api, with no credentials, can change cards through api. As a result, records can no longer be trusted."
        );
        assert_eq!(
            english("an attacker", "who holds a token.", "read it", ""),
            "An attacker, who holds a token, can read it."
        );
        assert_eq!(english("an attacker", "", "read it.", ""), "An attacker can read it.");
    }

    #[test]
    fn a_japanese_statement_reads_as_a_sentence() {
        assert_eq!(
            japanese(
                "api に到達できる誰か",
                "認証情報なし",
                "api を経由して cards を変更する",
                "記録が信頼できなくなる。"
            ),
            "api に到達できる誰かが、認証情報なしで、api を経由して cards を変更することができる。その結果、記録が信頼できなくなる。"
        );
    }

    #[test]
    fn japanese_conditions_are_joined_by_their_form() {
        let given = |g| japanese("者", g, "読む", "");
        assert_eq!(given("鍵がなくても"), "者が、鍵がなくても、読むことができる。");
        assert_eq!(given("推測したパスワード"), "者が、推測したパスワードで、読むことができる。");
        assert_eq!(given(""), "者が、読むことができる。");
    }

    #[test]
    fn braces_are_filled_in_or_kept() {
        let value = |inside: &str| format!("<{inside}>");
        assert_eq!(fill("{a} and {b.c}", value), "<a> and <b.c>");
        assert_eq!(fill("{{a}} }", value), "{a} }");
        assert_eq!(fill("open { only", value), "open { only");
    }

    #[test]
    fn lists_are_joined() {
        let names = |n: &[&str]| n.iter().map(|s| (*s).to_owned()).collect();
        assert_eq!(join("en", names(&["a", "b", "c"])), "a, b and c");
        assert_eq!(join("ja", names(&["a", "b"])), "a、b");
        assert_eq!(join("en", vec![]), "unknown");
    }
}

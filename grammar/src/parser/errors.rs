//! Says in words what the parser expected, and guesses what was meant.

use std::collections::BTreeSet;

use pest::error::{Error, ErrorVariant, InputLocation};
use redan_base::{Diagnostic, Span};
use strsim::damerau_levenshtein;

use super::{Cx, Rule};
use crate::codes;
use crate::lex::{ITEM_WORDS, Token, TokenKind};

impl Cx<'_> {
    /// The error of a piece `start..end` of the text; `first` is the piece's first word, if the piece
    /// is an item.
    pub(super) fn syntax_error(
        &self,
        error: &Error<Rule>,
        start: usize,
        end: usize,
        first: Option<Token>,
    ) -> Diagnostic {
        let at = match error.location {
            InputLocation::Pos(at) | InputLocation::Span((at, _)) => start + at,
        };
        let ErrorVariant::ParsingError { positives, .. } = &error.variant else {
            return Diagnostic::error(codes::NESTING, "this is too involved to be read")
                .at(self.source, Span::new(start, end), "")
                .help("divide it into several items");
        };
        if let Some(diagnostic) = first.and_then(|first| self.unknown_item(first)) {
            return diagnostic;
        }
        let index = self.lexed.tokens.partition_point(|t| t.end <= at);
        let found = self.lexed.tokens.get(index).filter(|t| t.start < end);
        let expected = Expected::new(positives);
        let span = found.map_or(Span::new(end, end), |t| Span::new(t.start, t.end));
        let message = match found {
            Some(token) if expected.0.is_empty() => {
                format!("{} cannot stand here", self.describe(*token))
            }
            Some(token) => format!("expected {expected}, found {}", self.describe(*token)),
            None => format!("expected {expected}, found the end"),
        };
        let diagnostic = Diagnostic::error(codes::SYNTAX, message).at(self.source, span, "");
        let help = found
            .and_then(|token| self.hint(index, *token, positives))
            .or_else(|| self.form(start).map(str::to_owned));
        match help {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        }
    }

    fn str(&self, token: Token) -> &str {
        self.text.get(token.start..token.end).unwrap_or("")
    }

    fn describe(&self, token: Token) -> String {
        match token.kind {
            TokenKind::Text => "a text".to_owned(),
            TokenKind::Code => "code".to_owned(),
            TokenKind::Regex => "a regular expression".to_owned(),
            _ => {
                // `->` and `==` are one sign to the reader.
                let rest = self.text.get(token.start..).unwrap_or("");
                let signs = ["->+", "->", "-[", "==", "!=", "<=", ">="];
                let sign = signs.into_iter().find(|sign| rest.starts_with(sign));
                let word: String = sign.unwrap_or(self.str(token)).chars().take(40).collect();
                format!("`{word}`")
            }
        }
    }

    /// An item that begins with a word that is nearly the keyword of one.
    fn unknown_item(&self, first: Token) -> Option<Diagnostic> {
        let word = self.str(first);
        let span = Span::new(first.start, first.end);
        if first.kind != TokenKind::Word {
            return None;
        }
        if ITEM_WORDS.contains(&word) {
            return None;
        }
        let lower = word.to_ascii_lowercase();
        let likely = synonym(&lower).or_else(|| {
            let near = ITEM_WORDS.iter().map(|item| (damerau_levenshtein(&lower, item), *item));
            near.filter(|(distance, item)| *distance <= item.len().min(7) / 3)
                .min()
                .map(|(_, item)| item)
        })?;
        let message = format!("no item begins with `{word}`");
        let help = format!("did you mean `{likely}`? {}", form_of(likely).unwrap_or_default());
        Some(
            Diagnostic::error(codes::UNKNOWN_ITEM, message)
                .at(self.source, span, "")
                .help(help.trim_end()),
        )
    }

    /// What was probably meant by the word that was found.
    fn hint(&self, index: usize, token: Token, positives: &[Rule]) -> Option<String> {
        let word = self.str(token);
        let has = |rules: &[Rule]| rules.iter().any(|rule| positives.contains(rule));
        let wants_name = has(&[Rule::name, Rule::path, Rule::ident, Rule::model_name]);
        let wants_value = has(&[Rule::sum, Rule::expr]);
        let wants_condition = has(&[Rule::cond, Rule::all, Rule::any, Rule::unary]);
        let in_condition = has(&[Rule::kw_and, Rule::kw_or, Rule::compare, Rule::is, Rule::verb]);
        let next = self.lexed.tokens.get(index + 1).map_or("", |t| self.str(*t));
        let hint = match word {
            "=" if in_condition => {
                "values are compared with `==`; `x = …` gives a new variable its value"
            }
            "|" if in_condition => "conditions are joined with `or`",
            "!" if wants_condition || in_condition => "a condition is turned round with `not`",
            "where" if token.first => {
                "the `where` of `exists`, `no` and `every` stands on the line where the condition \
                 before it ends; or put them in parentheses"
            }
            ":" if has(&[Rule::values, Rule::field_if, Rule::fields]) => {
                "a field has no colon: `title \"…\"`"
            }
            "(" if wants_condition || wants_value => {
                "parentheses go round conditions, and round what follows `+` or `-`"
            }
            _ if is_reserved(word) && (wants_name || wants_value) && next == ":" => {
                return Some(format!("`{word}` is a word of the language and names no variable"));
            }
            _ if is_reserved(word) && (wants_name || wants_value) => {
                return Some(format!(
                    "`{word}` is a word of the language; as a text it is written `\"{word}\"`"
                ));
            }
            _ => return None,
        };
        Some(hint.to_owned())
    }

    /// How the item that begins at `start` is written.
    fn form(&self, start: usize) -> Option<&'static str> {
        let rest = self.text.get(start..).unwrap_or("");
        let word = rest.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or("");
        form_of(word)
    }
}

fn is_reserved(word: &str) -> bool {
    matches!(
        word,
        "and"
            | "or"
            | "not"
            | "in"
            | "is"
            | "has"
            | "matches"
            | "like"
            | "same"
            | "where"
            | "if"
            | "because"
            | "exists"
            | "no"
            | "every"
            | "satisfies"
    )
}

/// Words of other languages for our items.
fn synonym(word: &str) -> Option<&'static str> {
    Some(match word {
        "rule" | "vulnerability" | "risk" => "threat",
        "control" | "countermeasure" => "mitigation",
        "type" | "class" | "struct" | "entity" => "kind",
        "list" => "set",
        "predicate" | "fn" | "def" | "function" => "relation",
        "package" | "module" => "pack",
        "find" | "extractor" => "extract",
        _ => return None,
    })
}

fn form_of(word: &str) -> Option<&'static str> {
    Some(match word {
        "pack" => "a pack is written `pack NAME { version \"…\" requires OTHER }`",
        "enum" => "an enum is written `enum NAME { a < b < c }` or `enum NAME { a, b, c }`",
        "set" => "a set is written `set NAME { \"a\", \"b\" }`",
        "extend" => "a set is extended with `extend set NAME { \"a\", \"b\" }`",
        "kind" => "a kind is written `kind NAME is PARENT { attribute: type }`",
        "extract" => {
            "an extractor is written `extract NAME(field, …) from FORMAT in \"GLOB\" at PATH { field: value }`"
        }
        "relation" => {
            "a relation is written `relation NAME(parameter: kind)`, with `if …` or clauses after it"
        }
        "derive" => "a derivation is written `derive KIND NAME { attribute: value } if CONDITION`",
        "same" => "two entities are made one with `same a, b if CONDITION`",
        "threat" => {
            "a threat is written `threat NAME { title \"…\" stride … severity … match … where … }`"
        }
        "mitigation" => "a mitigation is written `mitigation NAME { title \"…\" steps \"…\" }`",
        "except" => {
            "an exception is written `except PACK.RULE because \"…\" until 2027-06-30 if CONDITION`"
        }
        "override" => "an override is written `override PACK.RULE because \"…\" { severity low }`",
        "disable" => "a rule is disabled with `disable PACK.RULE because \"…\"`",
        "policy" => "a policy is written `policy NAME { deny \"…\" if finding f and CONDITION }`",
        "translate" => "a translation is written `translate ja { threat NAME { title \"…\" } }`",
        "test" => "a test is written `test \"…\" { given { … } expect THREAT(binding: value) }`",
        "system" => "a model is written `system \"…\" { process web in private { … } web -> api }`",
        _ => return None,
    })
}

/// What the parser would have gone on with, in words.
struct Expected(Vec<&'static str>);

impl Expected {
    fn new(rules: &[Rule]) -> Self {
        let mut words: BTreeSet<_> = rules.iter().filter_map(|rule| phrase(*rule)).collect();
        // After a value the parser also tries a verb, which is a name.
        if words.iter().any(|(_, phrase)| phrase.starts_with("a comparison")) {
            words.retain(|(_, phrase)| *phrase != "a name");
        }
        // What may follow a whole item or condition says little where one is not yet at its end.
        if words.len() > 1 {
            words.retain(|(_, phrase)| *phrase != "an item");
        }
        if rules.contains(&Rule::kw_and) {
            words.retain(|(_, phrase)| *phrase != "`->`");
        }
        let best = words.iter().map(|(rank, _)| *rank).min().unwrap_or(0);
        // What is always possible says nothing where something is needed.
        let words = words.into_iter().filter(|(rank, _)| *rank <= best.max(1)).take(6);
        Self(words.map(|(_, phrase)| phrase).collect())
    }
}

impl std::fmt::Display for Expected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0.split_last() {
            None => f.write_str("something else"),
            Some((last, [])) => f.write_str(last),
            Some((last, rest)) => write!(f, "{} or {last}", rest.join(", ")),
        }
    }
}

/// A rule in words, after a rank: 0 needed, 1 a sign, 2 possible, 3 nearly always possible.
fn phrase(rule: Rule) -> Option<(u8, &'static str)> {
    Some(match rule {
        Rule::ident | Rule::name | Rule::path | Rule::model_name | Rule::reference => (0, "a name"),
        Rule::string | Rule::text_block | Rule::text_line => (0, "a text (`\"…\"`)"),
        Rule::code | Rule::code_block | Rule::code_line => (0, "code between back-ticks"),
        Rule::regex => (0, "a regular expression (`/…/`)"),
        Rule::int => (0, "a number"),
        Rule::date => (0, "a day (`2027-06-30`)"),
        Rule::expr | Rule::sum | Rule::sum_paren => (0, "a value"),
        Rule::cond
        | Rule::any
        | Rule::all
        | Rule::unary
        | Rule::group
        | Rule::simple
        | Rule::query => (0, "a condition"),
        Rule::flow | Rule::flow_node | Rule::of_kind | Rule::finding => (0, "a condition"),
        Rule::compare
        | Rule::compare_sign
        | Rule::is
        | Rule::is_not
        | Rule::within
        | Rule::not_in
        | Rule::matches
        | Rule::like
        | Rule::same_file
        | Rule::verb
        | Rule::verb_has
        | Rule::verb_name => (1, "a comparison (`==`, `is`, `in` …)"),
        Rule::ty | Rule::type_set => (0, "a type"),
        Rule::item => (0, "an item"),
        Rule::pack
        | Rule::enumeration
        | Rule::set
        | Rule::extend_set
        | Rule::kind
        | Rule::extract
        | Rule::relation
        | Rule::derive
        | Rule::same
        | Rule::threat
        | Rule::mitigation
        | Rule::change
        | Rule::policy
        | Rule::translate
        | Rule::test
        | Rule::system
        | Rule::clause => (0, "an item"),
        Rule::statement | Rule::model_flow | Rule::model_entity => {
            (0, "a statement (`process NAME { … }`, `a -> b`)")
        }
        Rule::field | Rule::field_cond | Rule::field_value | Rule::texts_field => (0, "a field"),
        Rule::attribute => (0, "an attribute (`name: type`)"),
        Rule::output => (0, "an attribute (`name: value`)"),
        Rule::extract_field => (0, "a field"),
        Rule::parameter => (0, "a parameter (`name: type`)"),
        Rule::binding | Rule::bindings => (0, "a binding (`name: value`)"),
        Rule::tree_at
        | Rule::tree_key
        | Rule::tree_bind
        | Rule::tree_deep
        | Rule::tree_any
        | Rule::tree_index
        | Rule::tree_node
        | Rule::tree_root => (0, "a path"),
        Rule::case => (0, "`from`"),
        Rule::match_tree
        | Rule::match_code
        | Rule::match_query
        | Rule::match_node
        | Rule::match_edge
        | Rule::match_group
        | Rule::match_file => (
            0,
            "`at PATH`, ``match `code` ``, `match /…/`, ``query `…` ``, `node`, `edge`, `group` or `file`",
        ),
        Rule::given => (0, "`given`"),
        Rule::given_file | Rule::statements => (0, "`{` or `file \"…\"`"),
        Rule::expect | Rule::kw_expect => (0, "`expect`"),
        Rule::expect_call | Rule::expect_fact => (0, "a threat, a relation or `fact`"),
        Rule::clause_if | Rule::kw_if | Rule::field_if => (1, "`if`"),
        Rule::arguments | Rule::parameters | Rule::p_left => (1, "`(`"),
        Rule::fields
        | Rule::outputs
        | Rule::members
        | Rule::attributes
        | Rule::texts
        | Rule::p_open => (1, "`{`"),
        Rule::p_close => (1, "`}`"),
        Rule::p_right => (1, "`)`"),
        Rule::p_list | Rule::list => (1, "`[`"),
        Rule::p_unlist => (1, "`]`"),
        Rule::p_colon => (1, "`:`"),
        Rule::p_comma => (2, "`,`"),
        Rule::p_assign => (2, "`=`"),
        Rule::p_arrow | Rule::flow_edge | Rule::flow_plain => (1, "`->`"),
        Rule::enum_less => (1, "`<`"),
        Rule::kw_satisfies => (0, "`satisfies`"),
        Rule::kw_set => (0, "`set`"),
        Rule::kw_mentions => (0, "`mentions`"),
        Rule::kw_file => (0, "`file`"),
        Rule::kw_from => (0, "`from`"),
        Rule::kw_in | Rule::globs | Rule::derive_in => (2, "`in`"),
        Rule::kw_is => (2, "`is`"),
        Rule::kw_not => (2, "`not`"),
        Rule::kw_where | Rule::case_where => (2, "`where`"),
        Rule::kw_and => (2, "`and`"),
        Rule::kw_or => (2, "`or`"),
        Rule::kw_as | Rule::derive_as => (2, "`as`"),
        Rule::kw_because | Rule::field_because | Rule::change_because => (2, "`because`"),
        Rule::kw_until | Rule::change_until => (2, "`until`"),
        Rule::attribute_ask | Rule::kw_ask => (2, "`ask`"),
        Rule::EOI => (3, "the end"),
        _ => return None,
    })
}

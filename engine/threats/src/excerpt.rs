//! Places as people see them: line and column, and the lines around, with secrets masked.
//!
//! A report travels further than the repository it is about, so a value that looks like a secret
//! never enters it. Masking too much costs a reader a glance into the file; masking too little costs
//! a password.

use std::ops::Range;
use std::sync::LazyLock;

use redan_base::{Place, Source, Sources};
use regex::Regex;

use crate::finding::{Evidence, ExcerptLine, Spot};

/// What stands where a secret was: of one length, so that not even the length is told.
const MASK: &str = "********";

/// Lines before and after the place.
const CONTEXT: u32 = 1;

/// Most lines of the place itself that are shown.
const MOST_LINES: u32 = 8;

/// Most characters of a line that are shown.
const MOST_COLUMNS: usize = 160;

/// A place as lines and columns.
pub fn spot(sources: &Sources, place: Place) -> Spot {
    let Some(source) = sources.get(place.source) else {
        let path = "?".to_owned();
        return Spot { path, line: place.line, column: 1, end_line: place.line, end_column: 1 };
    };
    let (line, column) = source.position(place.span.start);
    let (end_line, end_column) = source.position(place.span.end.max(place.span.start));
    Spot { path: source.path().to_owned(), line, column, end_line, end_column }
}

/// A place with the lines around it.
pub fn evidence(sources: &Sources, place: Place, shows: String, stated: bool) -> Evidence {
    let spot = spot(sources, place);
    let mut excerpt = vec![];
    let mut mark = (1, 1);
    if let Some(source) = sources.get(place.source) {
        let from = spot.line.saturating_sub(CONTEXT).max(1);
        let last = spot.end_line.min(spot.line + MOST_LINES - 1);
        let to = last.saturating_add(CONTEXT).min(source.line_count());
        for line in from..=to {
            // A window around the place of a line of a minified file, cut before it is masked: the
            // whole line would cost time for every finding in it.
            let text = source.line(line);
            let (start, end) = columns(&spot, line, text);
            let (text, (start, end)) = window(source, line, (start, end));
            if line == spot.line {
                mark = (start as u32 + 1, end.max(start + 1) as u32 + 1);
            }
            excerpt.push(ExcerptLine { line, text });
        }
        // Blank lines at the edges say nothing.
        while excerpt.last().is_some_and(|l| l.line > last && l.text.trim().is_empty()) {
            excerpt.pop();
        }
        if excerpt.first().is_some_and(|l| l.line < spot.line && l.text.trim().is_empty()) {
            excerpt.remove(0);
        }
    }
    Evidence { spot, shows, stated, excerpt, mark }
}

/// The columns of a place on one of its lines, from 0, the end exclusive.
fn columns(spot: &Spot, line: u32, text: &str) -> (usize, usize) {
    let start = if line == spot.line { spot.column.saturating_sub(1) as usize } else { 0 };
    let end = if line == spot.end_line {
        spot.end_column.saturating_sub(1) as usize
    } else {
        text.chars().count()
    };
    (start, end.max(start))
}

/// A line, masked and cut to a window that holds the marked columns; gives the new columns.
fn window(source: &Source, line: u32, mark: (usize, usize)) -> (String, (usize, usize)) {
    let text = source.line(line);
    let length = text.chars().count();
    let skip = if length <= MOST_COLUMNS || mark.0 < MOST_COLUMNS / 2 {
        0
    } else {
        (mark.0 - MOST_COLUMNS / 4).min(length - MOST_COLUMNS)
    };
    // Names before a secret are looked at too, so the mask sees some text to the left.
    let lead = skip.min(80);
    let part: String = text.chars().skip(skip - lead).take(MOST_COLUMNS + lead).collect();
    let ranges = secrets_in_context(source, line, &part);
    let (masked, moved) = apply(&part, &ranges);
    let masked_lead = moved(lead);
    let mut shown: String = masked.chars().skip(masked_lead).take(MOST_COLUMNS).collect();
    let shift =
        |column: usize| moved((column + lead).saturating_sub(skip)).saturating_sub(masked_lead);
    let mut new = (shift(mark.0), shift(mark.1).min(shown.chars().count()));
    if skip > 0 {
        shown.insert(0, '…');
        new = (new.0 + 1, new.1 + 1);
    }
    if length > skip + MOST_COLUMNS {
        shown.push('…');
    }
    (shown.trim_end().to_owned(), (new.0, new.1.max(new.0)))
}

/// Secrets of a line that its neighbours give away: the value under a name, the body of a key.
fn secrets_in_context(source: &Source, line: u32, text: &str) -> Vec<Range<usize>> {
    static VALUE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r#"(?i)^[\s\-]*["']?(?:value|default|data)["']?\s*[:=]\s*(\S.*)$"#).ok()
    });
    static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r#"(?i)(?:^|[\s{\-"'])(?:name|key|variable)["']?\s*[:=]?\s*["']?([A-Za-z0-9_.\-]+)"#,
        )
        .ok()
    });
    const KEY_LINES: u32 = 120;
    let mut found = secrets(text);
    if let (Some(value), Some(name)) = (&*VALUE, &*NAME)
        && let Some(group) = value.captures(text).and_then(|c| c.get(1))
    {
        let named = (line.saturating_sub(3)..line).chain(line + 1..line + 2).any(|n| {
            let near = source.line(n);
            near.len() < 400
                && name
                    .captures_iter(near)
                    .any(|c| c.get(1).is_some_and(|m| secret_name(m.as_str())))
        });
        if named && !reference(group.as_str()) {
            found.push(group.range());
        }
    }
    // The body of a private key: a line of its alphabet below the header that is not closed yet.
    if !text.contains("-----") && text.trim().len() >= 8 {
        for n in (line.saturating_sub(KEY_LINES)..line).rev() {
            let above = source.line(n);
            if above.contains("-----END ") {
                break;
            }
            if above.contains("-----BEGIN ") && above.contains("PRIVATE KEY") {
                found.push(0..text.len());
                break;
            }
        }
    }
    found
}

/// Masks what looks like a secret in one line of text.
pub fn mask_line(text: &str) -> String {
    apply(text, &secrets(text)).0
}

/// Masks a value that stands under this name.
pub fn mask_value(name: &str, value: &str) -> String {
    if secret_name(name) && !value.is_empty() && !reference(value) && !plain_word(value) {
        MASK.to_owned()
    } else {
        mask_line(value)
    }
}

/// Whether a name announces a secret.
pub fn secret_name(name: &str) -> bool {
    static NAME: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(&format!("(?i){WORDS}")).ok());
    NAME.as_ref().is_some_and(|n| n.is_match(name))
}

/// Parts of names that announce a secret.
const WORDS: &str = r"(?:passw(?:or)?d|passphrase|pwd|secret|token|api[_\-.]?key|access[_\-.]?key|private[_\-.]?key|signing[_\-.]?key|(?:encryption|crypto|cipher|aes|master)[_\-.]?key|credential|connection[_\-.]?string|client[_\-.]?key)";

/// The byte ranges of a text that look like secrets.
fn secrets(text: &str) -> Vec<Range<usize>> {
    static ASSIGNED: LazyLock<Option<Regex>> = LazyLock::new(|| {
        // name, an optional closing quote or bracket, the sign, then a quoted or a bare value.
        let value = r#"(?:"((?:[^"\\]|\\.)+)"|'((?:[^'\\]|\\.)+)'|`([^`]+)`|(\$\{[^}]*\}|\{\{[^}]*\}\}|[^\s"'`,;(){}\[\]<>]+))"#;
        Regex::new(&format!(
            r#"(?i)[A-Za-z0-9_.\-]*{WORDS}[A-Za-z0-9_.\-]*["'\]]*\s*(?:\([^)]{{0,20}}\)\s*)?(=>|:=|==?|:|,)\s*{value}"#
        ))
        .ok()
    });
    static ELEMENT: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(&format!(r"(?i)<[A-Za-z0-9_.:\-]*{WORDS}[^>]*>([^<]+)<")).ok());
    static ADDRESS: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r#"://[^\s/:@"']*:([^\s/@"']+)@"#).ok());
    static HEADER: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?i)\b(?:bearer|basic)\s+([A-Za-z0-9+/_.=\-]{12,})").ok());
    static SIGNED: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(eyJ[A-Za-z0-9_\-]{6,}\.[A-Za-z0-9_\-]{4,}(?:\.[A-Za-z0-9_\-]*)?)").ok()
    });
    static KEY: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"-----BEGIN [A-Z ]*PRIVATE KEY-----(.+?)(?:-----END|$)").ok());
    let mut found = vec![];
    if let Some(assigned) = &*ASSIGNED {
        for captures in assigned.captures_iter(text) {
            let quoted = captures.get(2).or(captures.get(3)).or(captures.get(4));
            // After a comma only a text is a value; a name there is the next argument.
            let comma = captures.get(1).is_some_and(|sign| sign.as_str() == ",");
            let bare = captures.get(5).filter(|_| !comma);
            let Some(value) = quoted.or(bare) else { continue };
            let called = text.get(value.end()..).is_some_and(|t| t.starts_with(['(', '[']));
            let name = bare.is_some() && (called || plain_word(value.as_str()));
            if !reference(value.as_str()) && !name {
                found.push(value.range());
            }
        }
    }
    for pattern in [&*ELEMENT, &*ADDRESS, &*HEADER, &*SIGNED, &*KEY].into_iter().flatten() {
        for captures in pattern.captures_iter(text) {
            if let Some(value) = captures.get(1)
                && !reference(value.as_str())
            {
                found.push(value.range());
            }
        }
    }
    found
}

/// Whether a value points to a secret instead of being one: a variable, a template, an environment.
fn reference(value: &str) -> bool {
    let value = value.trim().trim_matches(['"', '\'', '`']);
    let whole = |open: &str, close: &str| value.starts_with(open) && value.ends_with(close);
    let variable = value.strip_prefix('$').is_some_and(|rest| {
        !rest.is_empty()
            && rest.chars().all(|c| c.is_ascii_uppercase() || c == '_' || c.is_ascii_digit())
    });
    // `${NAME:-default}` holds a default, which may be a secret.
    let template = whole("${", "}") && !value.contains(":-") && !value.contains('?');
    let environment = ["env.", "env[", "environ", "getenv"].iter().any(|w| value.contains(w));
    variable || template || whole("{{", "}}") || whole("%(", ")s") || environment
}

/// Words that stand for a type or for nothing.
fn plain_word(value: &str) -> bool {
    matches!(
        value.trim().to_ascii_lowercase().as_str(),
        "true"
            | "false"
            | "null"
            | "nil"
            | "none"
            | "undefined"
            | "string"
            | "str"
            | "bool"
            | "boolean"
            | "int"
            | "number"
            | "any"
    )
}

/// Replaces ranges by the mask; gives the text and how a column (in characters) moves.
fn apply(text: &str, ranges: &[Range<usize>]) -> (String, impl Fn(usize) -> usize + use<>) {
    let mut ranges: Vec<Range<usize>> = ranges.to_vec();
    ranges.sort_by_key(|r| (r.start, std::cmp::Reverse(r.end)));
    let mut out = String::with_capacity(text.len());
    // (first column, column after) of what was replaced, and its first column in the result
    let mut steps: Vec<(usize, usize, usize)> = vec![];
    let mut at = 0;
    for range in ranges {
        if range.start < at {
            continue;
        }
        let (Some(before), Some(gone)) = (text.get(at..range.start), text.get(range.clone()))
        else {
            continue;
        };
        out.push_str(before);
        let start = text.get(..range.start).map_or(0, |t| t.chars().count());
        steps.push((start, start + gone.chars().count(), out.chars().count()));
        out.push_str(MASK);
        at = range.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    let moved = move |column: usize| {
        let mut shifted = column as i64;
        for (start, end, new) in &steps {
            if column <= *start {
                break;
            }
            if column < *end {
                return *new + (column - start).min(MASK.len());
            }
            shifted = (*new + MASK.len()) as i64 + (column - end) as i64;
        }
        shifted.max(0) as usize
    };
    (out, moved)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test")]
mod tests {
    use super::*;
    use redan_base::Span;

    fn check(line: &str, expected: &str) {
        assert_eq!(mask_line(line), expected);
    }

    #[test]
    fn secrets_are_masked() {
        check("DB_PASSWORD=hunter2", "DB_PASSWORD=********");
        check("  - MYSQL_ROOT_PASSWORD: 's3 cr3t'", "  - MYSQL_ROOT_PASSWORD: '********'");
        check(
            "conn = connect(password='hunter2')  # x",
            "conn = connect(password='********')  # x",
        );
        check(r#"provider { secret_key = "abc" }"#, r#"provider { secret_key = "********" }"#);
        check(
            "url: https://user:hunter2@example.invalid/",
            "url: https://user:********@example.invalid/",
        );
        check("<db.password>hunter2</db.password>", "<db.password>********</db.password>");
        check("app.config['SECRET_KEY'] = 'abc'", "app.config['SECRET_KEY'] = '********'");
        check(
            "os.environ.setdefault(\"API_KEY\", \"abc\")",
            "os.environ.setdefault(\"API_KEY\", \"********\")",
        );
        check("Authorization: Bearer abcdefghijklmnop", "Authorization: Bearer ********");
        check("x = 'eyJhbGciOi.eyJzdWIi.c2ln'", "x = '********'");
        check("PASSWORD=${DB_PASSWORD:-hunter2}", "PASSWORD=********");
    }

    #[test]
    fn references_and_types_are_not() {
        for line in [
            "DB_PASSWORD=${DB_PASSWORD}",
            "DB_PASSWORD=$DB_PASSWORD",
            "password: process.env.DB_PASSWORD,",
            "token: string;",
            "const token = readToken(request)",
            "password: {{ .Values.password }}",
            "login(password, user)",
            "author: Tanaka",
            "port: 5432",
        ] {
            check(line, line);
        }
    }

    fn shown(text: &str, part: &str) -> Evidence {
        let mut sources = Sources::new();
        let id = sources.add(Source::new("a", text));
        let start = text.find(part).unwrap();
        let place = sources.place(id, Span::new(start, start + part.len()));
        evidence(&sources, place, String::new(), false)
    }

    fn marked(text: &str, part: &str) -> String {
        let e = shown(text, part);
        let line = e.excerpt.iter().find(|l| l.line == e.spot.line).unwrap();
        let (from, to) = (e.mark.0 as usize - 1, e.mark.1 as usize - 1);
        line.text.chars().skip(from).take(to - from).collect()
    }

    #[test]
    fn the_mark_follows_the_mask() {
        assert_eq!(marked("password='hunter2-hunter2', ssl=false", "ssl=false"), "ssl=false");
        assert_eq!(marked("TOKEN=abc", "TOKEN=abc"), "TOKEN=********");
        let long = format!("{}needle{}", "a;".repeat(4000), "b;".repeat(4000));
        assert_eq!(marked(&long, "needle"), "needle");
    }

    #[test]
    fn a_name_above_its_value_masks_it() {
        let text =
            "env:\n  - name: DB_PASSWORD\n    value: hunter2\n  - name: PORT\n    value: \"80\"\n";
        let all: Vec<String> =
            shown(text, "value: hunter2").excerpt.into_iter().map(|l| l.text).collect();
        assert_eq!(all, ["  - name: DB_PASSWORD", "    value: ********", "  - name: PORT"]);
        let body = "-----BEGIN PRIVATE KEY-----\nhunter2hunter2\n-----END PRIVATE KEY-----\n";
        assert!(!format!("{:?}", shown(body, "hunter2h")).contains("hunter2"));
    }
}

//! Texts made harmless for where they go. Every text that comes from a repository or a pack passes
//! through one of these on its way out.

use std::fmt::Write;

/// Characters that reorder, hide or imitate text, beside the control characters.
fn deceives(c: char) -> bool {
    matches!(c,
        '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
        | '\u{fffe}' | '\u{ffff}'
        | '\u{e0000}'..='\u{e007f}')
}

/// A text for a terminal: one line, every control or deceiving character shown as `\u{…}`.
pub fn line(text: &str) -> String {
    escape(text, |c| c == '\n' || c == '\r' || c == '\t')
}

/// A text of several lines for a terminal.
pub fn lines(text: &str) -> String {
    escape(&text.replace("\r\n", "\n"), |_| false)
}

fn escape(text: &str, space: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if space(c) {
            out.push(' ');
        } else if c == '\n' || c == '\t' {
            out.push(c);
        } else if c.is_control() || deceives(c) {
            _ = write!(out, "\\u{{{:x}}}", c as u32);
        } else {
            out.push(c);
        }
    }
    out
}

/// A line of source for an excerpt: tabs become spaces, control and deceiving characters one `�`, so
/// that columns stay where they are.
pub fn source_line(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\t' => ' ',
            c if c.is_control() || deceives(c) => '\u{fffd}',
            c => c,
        })
        .collect()
}

/// A text as Markdown prose on one line: nothing in it is markup, an address, a mention or an issue
/// number, whichever dialect reads it.
pub fn markdown(text: &str) -> String {
    let text = line(text);
    let text = text.trim();
    let mut out = String::with_capacity(text.len() + 8);
    let mut before = ' ';
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let next = rest.clone().next().unwrap_or(' ');
        let start = out.is_empty();
        match c {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            // Mentions, issue numbers, emoji and bare addresses are found after entities were resolved,
            // so something invisible has to stand inside them.
            '@' => out.push_str("@&#8203;"),
            '#' if next.is_ascii_digit() => out.push_str("\\#&#8203;"),
            ':' if rest.as_str().starts_with("//") || names_emoji(rest.as_str()) => {
                out.push_str(":&#8203;");
            }
            '.' if before.eq_ignore_ascii_case(&'w') => out.push_str(".&#8203;"),
            '_' if before.is_alphanumeric() && next.is_alphanumeric() => out.push('_'),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' => out.extend(['\\', c]),
            // These mean something at the start of a line alone.
            '#' | '>' | '-' | '+' | '=' | ':' if start => out.extend(['\\', c]),
            c => out.push(c),
        }
        before = c;
    }
    // `1.` at the start would begin a list.
    let digits = out.len() - out.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    if digits > 0 && out.get(digits..).is_some_and(|r| r.starts_with(['.', ')'])) {
        out.insert(digits, '\\');
    }
    out
}

/// Whether what follows a colon is the name of an emoji with the second colon.
fn names_emoji(after: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '-');
    let rest = after.trim_start_matches(part);
    // `path:3:` is none.
    let named = after.chars().take_while(|c| part(*c)).any(|c| c.is_ascii_alphabetic());
    named && rest.starts_with(':')
}

/// A text as code inside Markdown prose: the fence is longer than any run of back-ticks in it.
pub fn markdown_code(text: &str) -> String {
    // A pipe ends a cell of a table even inside code, and code has no escapes; the full-width form
    // reads the same.
    let text = line(text).replace('|', "\u{ff5c}");
    if text.trim().is_empty() {
        return String::new();
    }
    let fence = "`".repeat(longest_run(&text, '`') + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') || text.starts_with(' ') {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Lines as a fenced block of Markdown.
pub fn markdown_block(language: &str, text: &str) -> String {
    let body: String = text.lines().map(source_line).collect::<Vec<_>>().join("\n");
    let fence = "`".repeat(longest_run(&body, '`').max(2) + 1);
    format!("{fence}{language}\n{body}\n{fence}\n")
}

fn longest_run(text: &str, of: char) -> usize {
    let (mut longest, mut run) = (0, 0);
    for c in text.chars() {
        run = if c == of { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

/// Markdown of a pack (steps, descriptions): kept as markup, but for raw HTML and addresses that are
/// not plain web addresses.
pub fn pack_markdown(text: &str) -> String {
    let text = lines(text);
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find(['<', '&', ']', '@']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let mut chars = from.chars();
        match chars.next() {
            Some('<') => out.push_str("&lt;"),
            Some('&') => out.push_str("&amp;"),
            Some('@') => out.push_str("@&#8203;"),
            Some(']') => {
                let after = chars.as_str().trim_start();
                let link = after.strip_prefix('(').or_else(|| after.strip_prefix(':'));
                out.push(']');
                if let Some(address) = link
                    && !web_address(address.trim_start())
                {
                    // `](javascript:…)` becomes text.
                    out.push('\\');
                    if !chars.as_str().starts_with(['(', ':']) {
                        out.pop();
                        out.push(' ');
                        out.push('\\');
                        rest = after;
                        continue;
                    }
                }
            }
            Some(other) => out.push(other),
            None => {}
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
    out
}

/// Whether an address is a plain web address.
pub fn web_address(address: &str) -> bool {
    address.starts_with("https://") || address.starts_with("http://")
}

/// A web address as a URI: what may not stand in one is percent-encoded.
pub fn web_uri(address: &str) -> String {
    address
        .bytes()
        .map(|b| match b {
            b'!' | b'#'..=b';' | b'=' | b'?'..=b'[' | b']' | b'_' | b'a'..=b'z' | b'~' => {
                char::from(b).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

/// A relative path as a URI reference: every byte that is not plain is percent-encoded.
pub fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            other => _ = write!(out, "%{other:02X}"),
        }
    }
    // `//host` would name a machine.
    while out.starts_with('/') {
        out.remove(0);
    }
    if out.is_empty() { ".".to_owned() } else { out }
}

/// A text as the label of a mermaid element, to stand between double quotes.
pub fn mermaid(text: &str) -> String {
    let mut out = String::new();
    for c in line(text).chars() {
        if c.is_alphanumeric() || matches!(c, ' ' | '.' | '/' | '-' | '_' | ',' | '→') {
            out.push(c);
        } else {
            _ = write!(out, "#{};", c as u32);
        }
    }
    // `end` alone, and a list mark at the start, mean something to mermaid even between quotes.
    if out.trim_start().starts_with(['-', '1', '2', '3', '4', '5', '6', '7', '8', '9', '0']) {
        out.insert(0, '\u{2060}');
        out = out.replacen('\u{2060}', "#8288;", 1);
    }
    out
}

/// A text as a quoted string of DOT.
pub fn dot(text: &str) -> String {
    format!("\"{}\"", line(text).replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_codes_and_bidi_marks_are_shown() {
        assert_eq!(line("a\u{1b}[31mb\u{202e}c\nd"), "a\\u{1b}[31mb\\u{202e}c d");
        assert_eq!(lines("a\r\nb\u{9b}"), "a\nb\\u{9b}");
        assert_eq!(source_line("\ta\u{7}"), " a\u{fffd}");
        assert_eq!(line("機密データ"), "機密データ");
    }

    #[test]
    fn prose_stays_readable() {
        assert_eq!(markdown("api -> db: a_b (x)"), "api -> db: a_b (x)");
        assert_eq!(
            markdown("[x](y) <b> *c* #1 @d"),
            "\\[x\\](y) &lt;b> \\*c\\* \\#&#8203;1 @&#8203;d"
        );
        assert_eq!(markdown("https://a www.b"), "https:&#8203;//a www.&#8203;b");
        assert_eq!(markdown("GET /a/:id on host:80"), "GET /a/:id on host:80");
        assert_eq!(markdown("a :tada: b"), "a :&#8203;tada: b");
        assert_eq!(markdown("- a"), "\\- a");
        assert_eq!(markdown("1. a"), "1\\. a");
    }

    #[test]
    fn paths_become_relative_uris() {
        assert_eq!(uri("a b/ü#?.js"), "a%20b/%C3%BC%23%3F.js");
        assert_eq!(uri("//evil/x"), "evil/x");
        assert_eq!(uri("javascript:alert(1)"), "javascript%3Aalert%281%29");
    }

    #[test]
    fn links_of_packs_are_web_addresses() {
        assert_eq!(pack_markdown("[a](https://x.invalid)"), "[a](https://x.invalid)");
        assert_eq!(pack_markdown("[a](javascript:alert(1))"), "[a]\\(javascript:alert(1))");
        assert_eq!(pack_markdown("<script>"), "&lt;script>");
    }
}

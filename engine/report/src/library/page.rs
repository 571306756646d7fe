//! A rule as a page in Markdown, the index of a pack, and the chapters of a book.

use redan_program::schema::{Maturity, Risk, Stride};

use super::{LibraryRule, insertions, plain};
use crate::escape::{line, lines, markdown_block, pack_markdown, web_address};
use crate::formats::{Style, full_tone};
use crate::layout::{Tone, guard, indent, reflow};
use crate::texts::{Text, Words};

/// What is said at the beginning of each file.
const MARK: &str = "<!-- Written by `redan docs`. Change the pack instead. -->\n";

/// A file of the library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LibraryFile {
    /// The path in the folder of the library, with `/`.
    pub path: String,
    /// The text.
    pub text: String,
}

/// A page of a rule, taken apart.
#[derive(Debug, Default)]
pub(super) struct Split {
    /// What stands before the first section, and sections without tests, without the title.
    pub(super) prose: String,
    /// Sections with blocks: heading and text.
    pub(super) tests: Vec<(String, String)>,
}

/// Takes a page apart into prose and tests.
pub(super) fn split(text: &str) -> Split {
    let mut sections: Vec<(String, String)> = vec![(String::new(), String::new())];
    let mut fence: Option<String> = None;
    for row in text.lines() {
        let own = row.trim_start();
        let ticks: String = own.chars().take_while(|c| *c == '`').collect();
        match &fence {
            Some(open) => {
                if ticks.len() >= open.len() && own.trim_matches('`').trim().is_empty() {
                    fence = None;
                }
            }
            None if ticks.len() >= 3 => fence = Some(ticks),
            None => {
                if let Some(title) = row.strip_prefix("## ") {
                    sections.push((title.trim().to_owned(), String::new()));
                    continue;
                }
                if row.starts_with("# ") {
                    continue;
                }
            }
        }
        if let Some((_, body)) = sections.last_mut() {
            body.push_str(row);
            body.push('\n');
        }
    }
    let mut made = Split::default();
    for (title, body) in sections {
        let body = body.trim().to_owned();
        if body.contains("```") && !title.is_empty() {
            made.tests.push((title, body));
        } else if !body.is_empty() {
            if !title.is_empty() {
                made.prose.push_str(&format!("\n\n**{title}.** "));
            }
            made.prose.push_str(&body);
        }
    }
    made.prose = made.prose.trim().to_owned();
    made
}

/// The pages of all rules, an index for each pack, and one of all packs; sorted by path.
pub fn library_files(rules: &[LibraryRule], language: &str) -> Vec<LibraryFile> {
    let words = Words::of(language);
    let mut files: Vec<LibraryFile> = rules
        .iter()
        .map(|rule| LibraryFile {
            path: format!("{}/{}.md", rule.pack, short(rule)),
            text: library_page(rule, language),
        })
        .collect();
    let mut all = format!("{MARK}\n# {}\n\n", words.get(Text::Library));
    all.push_str(&format!("{}\n\n", words.get(Text::LibraryLead)));
    for pack in packs(rules) {
        let own: Vec<&LibraryRule> = rules.iter().filter(|r| r.pack == pack).collect();
        let index = table(&own, "", words);
        files.push(LibraryFile {
            path: format!("{pack}/README.md"),
            text: format!("{MARK}\n# {} `{pack}`\n\n{index}", words.get(Text::Pack)),
        });
        let count = words.count(Text::Rules, own.len());
        all.push_str(&format!("## [`{pack}`]({pack}/README.md)\n\n{count}\n\n"));
        all.push_str(&table(&own, &format!("{pack}/"), words));
        all.push('\n');
    }
    files.push(LibraryFile { path: "README.md".to_owned(), text: format!("{}\n", all.trim_end()) });
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

/// The lines of the library in the summary of a book, nested below its own chapter.
pub fn library_chapters(rules: &[LibraryRule], folder: &str) -> String {
    let folder = folder.trim_end_matches('/');
    let mut out = String::new();
    for pack in packs(rules) {
        out.push_str(&format!("  - [{pack}]({folder}/{pack}/README.md)\n"));
        for rule in rules.iter().filter(|r| r.pack == pack) {
            let name = short(rule);
            out.push_str(&format!("    - [{name}]({folder}/{pack}/{name}.md)\n"));
        }
    }
    out
}

fn packs(rules: &[LibraryRule]) -> Vec<&str> {
    let mut packs: Vec<&str> = rules.iter().map(|r| r.pack.as_str()).collect();
    packs.sort_unstable();
    packs.dedup();
    packs
}

fn short(rule: &LibraryRule) -> &str {
    redan_threats::short_name(&rule.name)
}

fn table(rules: &[&LibraryRule], folder: &str, words: Words) -> String {
    let mut out = format!(
        "| {} | STRIDE | {} | CWE |\n| --- | --- | --- | --- |\n",
        words.get(Text::Threat),
        words.get(Text::Severity)
    );
    for rule in rules {
        let cwe: Vec<String> = rule.cwe.iter().map(u32::to_string).collect();
        let title = cell(&insertions(&rule.title, ""));
        out.push_str(&format!(
            "| [{title}]({folder}{}.md) | {} | {} | {} |\n",
            short(rule),
            stride(&rule.stride, words),
            words.risk(rule.severity),
            cwe.join(", ")
        ));
    }
    out
}

/// Text of a pack in a cell of a table.
fn cell(text: &str) -> String {
    pack_markdown(&line(text)).replace('|', "\\|")
}

fn stride(list: &[Stride], words: Words) -> String {
    let all: Vec<&str> = list.iter().map(|s| words.stride(*s)).collect();
    all.join(words.comma())
}

/// Markdown of a pack, with the names of insertions as code.
fn prose(text: &str) -> String {
    pack_markdown(&insertions(text, "`"))
}

/// A part of a page.
enum Part {
    /// A heading of the second level.
    Heading(String),
    /// Of the third.
    Small(String),
    /// Markdown.
    Text(String),
    /// Code as it is.
    Code(&'static str, String),
}

/// The page of a rule, part by part.
fn parts(rule: &LibraryRule, words: Words) -> Vec<Part> {
    let mut out = vec![];
    let mut facts = vec![
        format!("`{}`", rule.name),
        stride(&rule.stride, words),
        words.risk(rule.severity).to_owned(),
    ];
    if rule.maturity != Maturity::Stable {
        let word = match rule.maturity {
            Maturity::Sandbox => "sandbox",
            Maturity::Incubating => "incubating",
            Maturity::Stable => "stable",
        };
        facts.push(words.fill(Text::MaturityIs, &[word]));
    }
    out.push(Part::Text(facts.join(" · ")));
    let mut section = |heading: Text, text: &str| {
        if !text.trim().is_empty() {
            out.push(Part::Heading(words.get(heading).to_owned()));
            out.push(Part::Text(prose(text.trim())));
        }
    };
    let mut statement = rule.statement.clone();
    if !rule.description.is_empty() {
        statement.push_str(&format!("\n\n{}", rule.description));
    }
    section(Text::Statement, &statement);
    let mut why: Vec<String> = vec![];
    let told = |risk: Risk, because: &str| match because {
        "" => words.risk(risk).to_owned(),
        text => format!("{}: {text}", words.risk(risk)),
    };
    why.push(format!("- {}", told(rule.severity, &rule.because)));
    for adjustment in &rule.adjustments {
        let word = if adjustment.raise { Text::RaisedIf } else { Text::LoweredIf };
        let mut item = words.fill(word, &[words.risk(adjustment.to)]);
        item = format!(
            "- {item} `` {} ``",
            adjustment.condition.replace('{', "{{").replace('}', "}}")
        );
        if !adjustment.because.is_empty() {
            item.push_str(&format!(": {}", adjustment.because));
        }
        why.push(item);
    }
    section(Text::Severity, &why.join("\n"));
    if !rule.conditions.is_empty() {
        out.push(Part::Heading(words.get(Text::Logic).to_owned()));
        let code: Vec<String> = (0..)
            .zip(&rule.conditions)
            .map(|(n, c)| format!("{} {c}", if n == 0 { "match" } else { "where" }))
            .collect();
        out.push(Part::Code("text", code.join("\n")));
    }
    let mut section = |heading: Text, text: &str| {
        if !text.trim().is_empty() {
            out.push(Part::Heading(words.get(heading).to_owned()));
            out.push(Part::Text(prose(text.trim())));
        }
    };
    section(Text::Detection, &rule.detection);
    section(Text::FalsePositives, &rule.false_positives);
    if !rule.mitigations.is_empty() {
        out.push(Part::Heading(words.get(Text::WhatToDo).to_owned()));
    }
    for mitigation in &rule.mitigations {
        out.push(Part::Small(plain(&mitigation.title)));
        out.push(Part::Text(prose(mitigation.steps.trim())));
        for (technologies, steps) in &mitigation.variants {
            let with = words.fill(Text::WithTechnology, &[&technologies.join(words.comma())]);
            out.push(Part::Text(format!("**{}**", prose(&with))));
            out.push(Part::Text(prose(steps.trim())));
        }
    }
    let references = references(rule);
    if !references.is_empty() {
        out.push(Part::Heading(words.get(Text::References).to_owned()));
        out.push(Part::Text(references));
    }
    if !rule.tests.is_empty() {
        out.push(Part::Heading(words.get(Text::Examples).to_owned()));
    }
    for (title, text) in &rule.tests {
        out.push(Part::Small(line(title)));
        out.push(Part::Code("", text.clone()));
    }
    out
}

fn references(rule: &LibraryRule) -> String {
    let mut items: Vec<String> = vec![];
    let links = |label: &str, numbers: &[u32], address: &dyn Fn(u32) -> String| {
        let all: Vec<String> =
            numbers.iter().map(|n| format!("[{label}-{n}]({})", address(*n))).collect();
        all.join(", ")
    };
    if !rule.cwe.is_empty() {
        let cwe = |n| format!("https://cwe.mitre.org/data/definitions/{n}.html");
        items.push(links("CWE", &rule.cwe, &cwe));
    }
    if !rule.capec.is_empty() {
        let capec = |n| format!("https://capec.mitre.org/data/definitions/{n}.html");
        items.push(links("CAPEC", &rule.capec, &capec));
    }
    for (name, values) in &rule.standards {
        let name = match name.as_str() {
            "owasp" => "OWASP",
            "asvs" => "OWASP ASVS",
            "attack" => "MITRE ATT&CK",
            "nist" => "NIST SP 800-53",
            "cis" => "CIS",
            "aws" => "AWS",
            other => other,
        };
        items.push(pack_markdown(&format!("{name}: {}", values.join(", "))));
    }
    let plain = |address: &&String| web_address(address);
    items.extend(rule.references.iter().filter(plain).map(|a| format!("<{}>", line(a))));
    items.iter().map(|i| format!("- {i}")).collect::<Vec<_>>().join("\n")
}

/// The page of a rule in Markdown.
pub fn library_page(rule: &LibraryRule, language: &str) -> String {
    let words = Words::of(language);
    let mut out = format!("{MARK}\n# {}\n", pack_markdown(&line(&plain(&rule.title))));
    for part in parts(rule, words) {
        out.push('\n');
        match part {
            Part::Heading(text) => out.push_str(&format!("## {text}\n")),
            Part::Small(text) => out.push_str(&format!("### {}\n", pack_markdown(&line(&text)))),
            Part::Text(text) => out.push_str(&format!("{}\n", text.trim_end())),
            // A test: prose and blocks of the page, whose fences stay what they are.
            Part::Code("", text) => out.push_str(&format!("{}\n", lines(&text).trim_end())),
            Part::Code(of, text) => {
                out.push_str(&format!("{}\n", markdown_block(of, &text).trim_end()));
            }
        }
    }
    out
}

/// The page of a rule for a terminal.
pub fn library_terminal(rule: &LibraryRule, language: &str, style: Style) -> String {
    let words = Words::of(language);
    let title = line(&plain(&rule.title));
    let mut out = format!("{}\n", style.paint(full_tone(rule.severity), &title));
    for part in parts(rule, words) {
        match part {
            Part::Heading(text) => {
                out.push_str(&format!("\n{}\n", style.paint(Tone::Strong, &text)));
            }
            Part::Small(text) => {
                out.push_str(&format!("\n  {}\n", style.paint(Tone::Good, &line(&text))));
            }
            Part::Text(text) => {
                out.push_str(&indent(
                    reflow(&lines(&unescaped(&text))).trim_end(),
                    2,
                    2,
                    style.width,
                ));
            }
            Part::Code(_, text) => {
                for row in lines(&text).lines() {
                    out.push_str(&format!("    {row}\n"));
                }
            }
        }
    }
    out.push_str(&format!(
        "\n{}\n",
        style.paint(Tone::Dim, &format!("{}:{}", rule.file, rule.line))
    ));
    guard(out)
}

/// The escapes of [`pack_markdown`] undone: a terminal reads no markup.
fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("@&#8203;", "@")
        .replace("&amp;", "&")
        .replace("`` ", "`")
        .replace(" ``", "`")
}

//! Texts of a repository that want to be more than text. The judge is a reader of each format.

use super::{unset, written};
use crate::formats::{FORMATS, Style};
use crate::model_format;
use crate::sample::hostile;

pub const PAYLOADS: &[&str] = &[
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "[click](javascript:alert(1)) ![x](https://evil.invalid/a.png) <https://evil.invalid>",
    "\u{1b}[2J\u{1b}]8;;https://evil.invalid\u{7}link\u{1b}]8;;\u{7} \u{9b}31m \u{8}\u{8}",
    "a\u{202e}gnp.exe\u{2066}x\u{2069} \u{200b}\u{feff}",
    "x\n## heading\n\n- item\n\n| a | b |\n| - | - |\n```\nfence\n````\n    code",
    "\"] --> evil; click evil \"javascript:alert(1)\" \n end\n subgraph x",
    "\"; evil [URL=\"javascript:alert(1)\"] \\",
    "::error file=x::y\n::set-output name=a::b\n##vso[task.complete]",
    "@everyone #1 www.evil.invalid https://evil.invalid GH-1",
    "=1+1 $HOME `id` ~~x~~ ***b*** __u__ \\[x\\] &lt;b&gt; 1. one",
];

/// Nothing in a text for a terminal acts: no control code, no reordering, and no line of its own.
#[test]
fn terminals_get_text() {
    for payload in PAYLOADS {
        let report = hostile(payload);
        let mut texts = vec![written(&report, "full"), written(&report, "concise")];
        texts.extend(model_format("text").map(|f| (f.write)(&report, Style::default())));
        let seen = crate::sample::covered(&report, payload);
        texts.push(crate::coverage_text(&seen, Style::default()));
        texts.push(crate::explain_finding(&report.findings[0], "en", Style::default()));
        for text in texts {
            for c in text.chars() {
                assert!(c == '\n' || !c.is_control(), "{payload:?}: {c:?}");
                assert!(
                    !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
                );
            }
            // Commands of a build log begin a line.
            assert!(
                text.lines().all(|l| !l.trim_start().starts_with("::") && !l.starts_with("##"))
            );
        }
    }
}

/// Markdown judged by its parser: the same elements as with a plain text, no foreign link, and no HTML but what the format itself
/// writes.
#[test]
fn markdown_gets_text() {
    use pulldown_cmark::{Event, Options, Parser, Tag};
    const OWN: &str = "https://code.example/shop";
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_MATH;
    let shape = |text: &str| -> Vec<String> {
        Parser::new_ext(text, options)
            .filter_map(|event| match event {
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    let own = dest_url.starts_with("./") || dest_url.starts_with(OWN);
                    assert!(own || dest_url.starts_with("https://owasp.org"), "{dest_url}");
                    Some(format!("link {own}"))
                }
                Event::Start(tag) => {
                    Some(format!("{tag:?}").split('(').next().unwrap_or_default().to_owned())
                }
                Event::Html(html) | Event::InlineHtml(html) => Some(format!("html {html}")),
                Event::InlineMath(math) | Event::DisplayMath(math) => panic!("math: {math}"),
                Event::FootnoteReference(note) => panic!("footnote: {note}"),
                Event::End(_)
                | Event::Text(_)
                | Event::Code(_)
                | Event::SoftBreak
                | Event::HardBreak
                | Event::Rule
                | Event::TaskListMarker(_) => None,
            })
            .collect()
    };
    let made = |text: &str| {
        let mut report = hostile(text);
        // Markdown of packs is markup by right, so it is left out of the comparison.
        for finding in &mut report.findings {
            finding.mitigations.iter_mut().for_each(|m| m.steps = "steps".to_owned());
            finding.references.clear();
        }
        // Some findings stand behind the fold of a comment.
        let again = report.findings.clone();
        report.findings.extend((0..8).flat_map(|_| again.clone()));
        let mut earlier = hostile(text);
        earlier.findings[0].fingerprint.push('0');
        report.compare(&earlier);
        report
    };
    for name in ["markdown", "markdown-comment"] {
        for links in [None, Some(OWN.to_owned())] {
            let written = |text: &str| {
                let report = crate::Report { links: links.clone(), ..made(text) };
                shape(&written(&report, name))
            };
            let expected = written("calm");
            let html = expected.iter().filter(|e| e.starts_with("html")).count();
            assert_eq!(html > 0, name == "markdown-comment");
            for payload in PAYLOADS {
                assert_eq!(written(payload), expected, "{name} {payload:?}");
            }
        }
    }
}

/// Texts in JSON that a host shows as Markdown are text there too.
#[test]
fn markdown_inside_json_is_text() {
    use pulldown_cmark::{Event, Options, Parser, Tag};
    let texts = |payload: &str| -> Vec<String> {
        let report = hostile(payload);
        let review: serde_json::Value = serde_json::from_str(&written(&report, "rdjson")).unwrap();
        let list: serde_json::Value =
            serde_json::from_str(&written(&report, "gitlab-sast")).unwrap();
        let at = |value: &serde_json::Value, list: &str, text: &str| -> Vec<String> {
            let all = value[list].as_array().unwrap().iter();
            all.map(|one| one[text].as_str().unwrap().to_owned()).collect()
        };
        let mut texts = at(&review, "diagnostics", "message");
        texts.extend(at(&list, "vulnerabilities", "description"));
        assert!(texts.len() >= 4);
        texts
    };
    let shape = |text: &String| -> Vec<String> {
        Parser::new_ext(text, Options::all())
            .filter_map(|event| match event {
                Event::Start(Tag::Link { dest_url, .. }) => panic!("link {dest_url}"),
                Event::Start(tag) => Some(format!("{tag:?}")),
                Event::Html(html) | Event::InlineHtml(html) => panic!("html {html}"),
                _ => None,
            })
            .collect()
    };
    let expected: Vec<_> = texts("calm").iter().map(shape).collect();
    for payload in PAYLOADS {
        let found: Vec<_> = texts(payload).iter().map(shape).collect();
        assert_eq!(found, expected, "{payload:?}");
    }
}

/// Steps of a pack are Markdown, but neither HTML nor links to anything but the web.
#[test]
fn markdown_of_packs_is_tame() {
    use pulldown_cmark::{Event, Options, Parser, Tag};
    for payload in PAYLOADS.iter().chain(&[
        "[a](data:text/html,x)",
        "[a] (vbscript:x)",
        "[a]: javascript:x\n\n[a]",
        "<a href='javascript:x'>",
        "[a]( javascript:x)",
        "[a](\njavascript:x)",
        "[a](<javascript:x>)",
    ]) {
        let safe = crate::escape::pack_markdown(payload);
        for event in Parser::new_ext(&safe, Options::all()) {
            match event {
                Event::Html(html) | Event::InlineHtml(html) => panic!("{payload:?}: {html}"),
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    assert!(crate::escape::web_address(&dest_url), "{payload:?}: {dest_url}");
                }
                _ => {}
            }
        }
    }
}

/// JSON and SARIF stay one well-formed document.
#[test]
fn machines_get_json() {
    for payload in PAYLOADS {
        for name in ["json", "sarif", "sarif-full"] {
            let text = written(&hostile(payload), name);
            serde_json::from_str::<serde_json::Value>(&text).unwrap();
        }
    }
}

/// Diagrams have the same lines whatever the texts are: none ends a label.
#[test]
fn diagrams_keep_their_shape() {
    let lines = |payload: &str, name: &str| {
        let report = hostile(payload);
        let text =
            model_format(name).map(|f| (f.write)(&report, Style::default())).unwrap_or_default();
        text.lines()
            .map(|l| {
                // What stands between the first and the last quote is label.
                let first = l.find('"').unwrap_or(l.len());
                let last = l.rfind('"').unwrap_or(l.len());
                let inside = l.get(first + 1..last).unwrap_or_default();
                if name == "mermaid" {
                    assert!(!inside.replace("\"|", "").contains('"'), "{l}");
                    assert!(
                        !inside.replace("<br>", "").contains(['<', '>', '[', ']', '|', '`', ';'])
                            || inside.contains('#'),
                        "{l}"
                    );
                }
                format!(
                    "{}…{}",
                    l.get(..first).unwrap_or_default(),
                    l.get(last..).unwrap_or_default()
                )
            })
            .collect::<Vec<_>>()
    };
    for name in ["mermaid", "dot"] {
        let expected = lines("calm", name);
        for payload in PAYLOADS {
            assert_eq!(lines(payload, name), expected, "{name} {payload:?}");
        }
    }
}

#[test]
fn every_format_survives_every_payload() {
    for payload in PAYLOADS {
        for one in FORMATS {
            let style = Style { color: true, width: 20 };
            assert!(!one.write(&hostile(payload), style, unset).unwrap().is_empty());
        }
    }
}

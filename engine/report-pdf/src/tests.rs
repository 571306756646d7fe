//! Pages as their reader meets them: the same bytes each time, whole texts in both languages, nothing of a text is markup.

use redan_report::sample::{hostile, sample};
use redan_report::{Pages, Report, Writer, format};
use typst::layout::{Frame, FrameItem};
use typst::model::Destination;

use super::{pdf, set};

fn pages(report: &Report) -> Pages {
    match format("pdf").unwrap().report {
        Writer::Pages(write) => write(report),
        _ => panic!("no pages"),
    }
}

/// What stands on paper, without spaces, and the addresses that links lead to.
#[derive(Default)]
struct Seen {
    pages: usize,
    text: String,
    /// Texts with a character that no font has.
    missing: Vec<String>,
    addresses: Vec<String>,
}

fn seen(report: &Report) -> Seen {
    let document = set(&pages(report)).unwrap();
    let mut seen = Seen { pages: document.pages().len(), ..Seen::default() };
    for page in document.pages() {
        read(&page.frame, &mut seen);
    }
    seen
}

fn read(frame: &Frame, seen: &mut Seen) {
    for (_, item) in frame.items() {
        match item {
            FrameItem::Group(group) => read(&group.frame, seen),
            FrameItem::Text(text) => {
                // Spaces at the end of a line are not set.
                seen.text.extend(text.text.chars().filter(|c| !c.is_whitespace()));
                if text.glyphs.iter().any(|glyph| glyph.id == 0) {
                    seen.missing.push(text.text.to_string());
                }
            }
            FrameItem::Link(Destination::Url(url), _) => {
                seen.addresses.push(url.as_str().to_owned());
            }
            _ => {}
        }
    }
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

#[test]
fn pdf_is_the_same_on_every_run() {
    let pages = pages(&sample("ja"));
    let once = pdf(&pages).unwrap();
    assert!(once.starts_with(b"%PDF-"));
    assert_eq!(once, pdf(&pages).unwrap());
}

#[test]
fn pdf_says_what_the_report_says_in_both_languages() {
    for (language, texts) in [
        (
            "en",
            [
                "Threat model",
                "Contents",
                "To fix first",
                "Unauthenticated write to orders",
                "Anyone who can reach api, with no credentials, can change orders in db through api.",
                "app.post('/orders', create)",
                "Authenticate every caller",
                "Is the flow api -> db encrypted?",
            ],
        ),
        (
            "ja",
            [
                "脅威モデル",
                "目次",
                "最初に対処すべき脅威",
                "orders への認証なしの書き込み",
                "未解決の質問",
                "app.post('/orders', create)",
                "解析範囲",
                "データフロー図",
            ],
        ),
    ] {
        let seen = seen(&sample(language));
        assert!(seen.pages >= 6, "{}", seen.pages);
        for text in texts {
            assert!(seen.text.contains(&squeezed(text)), "{language}: {text}");
        }
        assert!(!seen.text.contains("hunter2"));
        assert!(seen.missing.is_empty(), "{:?}", seen.missing);
        assert!(!seen.addresses.is_empty());
    }
}

/// Texts that would be markup, code or an instruction in some language, the typesetter's first.
const PAYLOADS: &[&str] = &[
    "#panic(\"x\") #{ 1/0 } #import \"@preview/a:1.0.0\": * #read(\"/etc/passwd\")",
    "#set page(width: 1pt) #set document(title: \"owned\") #show: none",
    "*b* _i_ `c` $x^2$ <label> @ref = h // c /* c */ \\u{41} ~ -- --- ... 'q' \"q\"",
    "= heading\n- item\n+ item\n/ term: x\n#pagebreak()\n]]}}))",
    "#link(\"javascript:alert(1)\")[x] https://evil.invalid www.evil.invalid",
    "</script><img src=x onerror=alert(1)> <svg onload=alert(1)> ]]> <!-- &amp; &lt;",
    "[x](javascript:alert(1)) ![x](https://evil.invalid/a.png) <https://evil.invalid>",
    "\u{1b}[2J\u{7} \u{9b}31m a\u{202e}gnp.exe\u{2066}x\u{2069} \u{200b}\u{feff}",
    "%PDF-1.7 /JS (app.alert(1)) /OpenAction << /S /JavaScript >> endobj stream",
    "\"}], \"sections\": [] , \"x\": \"",
    "=1+1 =cmd|' /C calc'!A0 @everyone #1 ::error::x",
];

/// Each comes out as the text that it is, and nothing else happens.
#[test]
fn pdf_gets_text() {
    let made = |text: &str| {
        let mut report = hostile(text);
        // Markdown of packs is markup by right, and its links to the web are links.
        for finding in &mut report.findings {
            finding.description.clear();
            finding.mitigations.iter_mut().for_each(|m| m.steps = "steps".to_owned());
        }
        seen(&report)
    };
    let calm = made("calm");
    for payload in PAYLOADS {
        let seen = made(payload);
        let shown = squeezed(&redan_report::terminal_line(payload));
        let times = seen.text.matches(&shown).count();
        assert!(times > 20, "{payload:?}: {times}");
        // Long texts take more pages, but nobody sets their size.
        assert!(seen.pages < 3 * calm.pages, "{payload:?}: {}", seen.pages);
        for address in &seen.addresses {
            assert!(address.starts_with("https://owasp.org/"), "{payload:?}: {address}");
        }
    }
}

/// A text with many hundreds of places where it may break, and one without any.
#[test]
fn pdf_takes_long_texts() {
    for text in ["long_name/of.some::thing ".repeat(200), "x".repeat(4_000)] {
        let seen = seen(&hostile(&text));
        assert!(seen.text.contains(&squeezed(&text)));
    }
}

/// What a reader of PDF gets out of it. Without such a program the test says that it saw nothing.
#[test]
fn pdf_can_be_searched_and_copied() {
    let folder = std::env::temp_dir().join(format!("redan-pdf-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("report.pdf");
    std::fs::write(&file, pdf(&pages(&sample("ja"))).unwrap()).unwrap();
    let ran = std::process::Command::new("pdftotext").arg(&file).arg("-").output();
    std::fs::remove_dir_all(&folder).unwrap();
    let Ok(ran) = ran else {
        eprintln!("skipped: there is no `pdftotext` here (poppler-utils)");
        return;
    };
    let text = squeezed(&String::from_utf8_lossy(&ran.stdout));
    for expected in
        ["脅威モデル", "ordersへの認証なしの書き込み", "最初に対処すべき脅威", "api/app.js:3"]
    {
        assert!(text.contains(expected), "{expected}");
    }
}

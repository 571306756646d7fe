//! The page, read by a parser of HTML as a browser would: no element, attribute or script that we did not write.

use std::collections::BTreeMap;

use scraper::{Html, Selector};

use super::{SCRIPT, SCRIPT_HASH, pack_text::pack_text};
use crate::data::Report;
use crate::formats::Style;
use crate::sample::{hostile, sample};
use crate::tests::hostile::PAYLOADS;

fn page(report: &Report) -> String {
    super::report(report, Style::default())
}

/// Elements with the names of their attributes, as a browser's parser sees them. `text` of a picture
/// is left out: a longer text has more lines.
fn shape(page: &str) -> Vec<String> {
    let document = Html::parse_document(page);
    assert!(document.errors.is_empty(), "{:?}", document.errors);
    let elements = Selector::parse("*").unwrap();
    document
        .select(&elements)
        .map(|e| e.value())
        .filter(|e| e.name() != "text")
        .map(|e| {
            let mut names: Vec<&str> = e.attrs().map(|(name, _)| name).collect();
            names.sort_unstable();
            format!("{} {}", e.name(), names.join(" "))
        })
        .collect()
}

/// Markdown of packs is markup by right, and addresses decide whether there is a link.
fn plain(mut report: Report) -> Report {
    for finding in &mut report.findings {
        finding.mitigations.iter_mut().for_each(|m| {
            m.steps = "steps".to_owned();
            m.references.clear();
        });
        finding.description.clear();
        finding.references.clear();
    }
    report
}

#[test]
fn texts_of_a_repository_stay_text() {
    let calm = shape(&page(&plain(hostile("calm"))));
    for payload in PAYLOADS {
        assert_eq!(shape(&page(&plain(hostile(payload)))), calm, "{payload:?}");
    }
}

/// A saved result may have been written by anybody: names, too, stay what they are.
#[test]
fn names_of_a_saved_result_stay_names() {
    for payload in PAYLOADS {
        let mut report = plain(sample("en"));
        let calm = shape(&page(&report));
        let finding = &mut report.findings[0];
        let old = std::mem::replace(&mut finding.id, (*payload).to_owned());
        finding.rule = (*payload).to_owned();
        for component in &mut report.model.components {
            for id in &mut component.findings {
                if *id == old {
                    id.clone_from(&report.findings[0].id);
                }
            }
            if component.id == "c_mail" {
                component.id = (*payload).to_owned();
            }
        }
        for flow in &mut report.model.flows {
            if flow.to == "c_mail" {
                flow.to = (*payload).to_owned();
                flow.id = (*payload).to_owned();
            }
        }
        assert_eq!(shape(&page(&report)), calm, "{payload:?}");
    }
}

/// Nothing on the page acts or is fetched but what we wrote, whatever is in it.
#[test]
fn nothing_acts_and_nothing_is_fetched() {
    for payload in PAYLOADS {
        let text = page(&hostile(payload));
        let document = Html::parse_document(&text);
        let select = |s: &str| Selector::parse(s).unwrap();
        for element in document.select(&select("*")) {
            let value = element.value();
            assert!(!matches!(
                value.name(),
                "img" | "iframe" | "object" | "embed" | "link" | "base" | "image" | "use"
            ));
            for (name, value) in value.attrs() {
                assert!(!name.starts_with("on") && name != "src" && name != "style", "{name}");
                if name == "href" {
                    let web = value.starts_with("https://") || value.starts_with("http://");
                    assert!(web || value.starts_with('#'), "{value}");
                }
            }
        }
        let scripts: Vec<String> =
            document.select(&select("script")).map(|s| s.text().collect()).collect();
        assert_eq!(scripts, [SCRIPT]);
    }
}

#[test]
fn the_policy_names_the_script_alone() {
    use base64::Engine;
    use sha2::Digest;
    let hash = base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(SCRIPT));
    assert_eq!(SCRIPT_HASH, hash);
    let text = page(&sample("en"));
    let document = Html::parse_document(&text);
    let policy = document
        .select(&Selector::parse("meta[http-equiv=Content-Security-Policy]").unwrap())
        .find_map(|m| m.value().attr("content"))
        .unwrap();
    assert!(policy.starts_with("default-src 'none'; "));
    assert!(policy.contains(&format!("script-src 'sha256-{hash}';")));
}

#[test]
fn markdown_of_packs_is_tame() {
    let links = Selector::parse("a").unwrap();
    for payload in PAYLOADS.iter().chain(&[
        "[a](data:text/html,x) <a href='javascript:x'>y</a> <javascript:x>",
        "[a]: javascript:x\n\n[a] [b](vbscript:x) ![p](https://evil.invalid/p.png)",
        "<div onclick=x>\n\nt\n\n</div>\n\n```html\n<script>x</script>\n```\n# heading",
    ]) {
        let html = Html::parse_fragment(&pack_text(payload).into_string());
        for element in html.select(&Selector::parse("*").unwrap()) {
            let name = element.value().name();
            assert!(
                [
                    "html",
                    "p",
                    "ul",
                    "ol",
                    "li",
                    "pre",
                    "code",
                    "strong",
                    "em",
                    "a",
                    "table",
                    "thead",
                    "tbody",
                    "tr",
                    "th",
                    "td",
                    "blockquote",
                    "hr",
                    "br"
                ]
                .contains(&name),
                "{payload:?}: {name}"
            );
            assert!(name == "a" || element.value().attrs().all(|(n, _)| n == "start"));
        }
        for link in html.select(&links) {
            assert!(crate::escape::web_address(link.value().attr("href").unwrap()));
        }
    }
    let kept = pack_text("See [the guide](https://a.invalid/x \"t\").\n\n1. one `x<y`\n2. two");
    assert_eq!(
        kept.into_string(),
        "<p>See <a href=\"https://a.invalid/x\">the guide</a>.</p>\n<ol>\n<li>one <code>x&lt;y</code></li>\n<li>two</li>\n</ol>\n"
    );
}

/// Links within the page lead somewhere, names are there once, and labels belong to something.
#[test]
fn links_lead_somewhere() {
    for language in ["en", "ja"] {
        let text = page(&sample(language));
        let document = Html::parse_document(&text);
        let mut ids: BTreeMap<&str, usize> = BTreeMap::new();
        for element in document.select(&Selector::parse("[id]").unwrap()) {
            *ids.entry(element.value().attr("id").unwrap()).or_default() += 1;
        }
        assert!(ids.values().all(|n| *n == 1), "{ids:?}");
        for link in document.select(&Selector::parse("a[href^='#']").unwrap()) {
            let to = link.value().attr("href").unwrap();
            assert!(ids.contains_key(to.trim_start_matches('#')), "{to}");
        }
        for labelled in document.select(&Selector::parse("[aria-labelledby]").unwrap()) {
            assert!(ids.contains_key(labelled.value().attr("aria-labelledby").unwrap()));
        }
        let root = document.root_element();
        assert_eq!(root.value().attr("lang"), Some(language));
    }
}

/// What a reader sees, without script and style.
#[test]
fn the_sample_as_a_page() {
    for language in ["en", "ja"] {
        let text = page(&sample(language));
        let main = text.split_once("<body>").unwrap().1.split_once("<script>").unwrap().0;
        let lines = main.replace("><", ">\n<");
        insta::assert_snapshot!(format!("page_{language}"), lines);
    }
}

/// Thousands of findings stay one page of a size that a browser opens.
#[test]
fn five_thousand_findings_stay_usable() {
    let mut report = sample("en");
    let one = report.findings[0].clone();
    report.findings = (0..5_000)
        .map(|n| {
            let mut finding = one.clone();
            finding.id = format!("RF-{n:08x}");
            finding
        })
        .collect();
    report.summarise();
    let text = page(&report);
    assert!(text.len() < 5_000 * 4_000, "{}", text.len());
    let document = Html::parse_document(&text);
    // What is not seen is laid out later; of few findings all is, so that Tab is quick.
    assert_eq!(document.select(&Selector::parse("#list.many > article").unwrap()).count(), 5_000);
    assert!(!page(&sample("en")).contains("id=\"list\" class"));
}

/// What became of each finding is told beside it and can be filtered; without an earlier result nothing of it is there.
#[test]
fn what_changed_on_the_page() {
    let mut report = sample("en");
    let mut earlier = sample("en");
    earlier.findings[1].severity = redan_program::schema::Risk::Low;
    earlier.findings.remove(0);
    earlier.findings[1].fingerprint.push('0');
    report.compare(&earlier);
    let text = page(&report);
    let document = Html::parse_document(&text);
    let select = |s: &str| Selector::parse(s).unwrap();
    let marks: Vec<_> = document
        .select(&select("#list > article"))
        .filter_map(|a| a.value().attr("data-since"))
        .collect();
    assert_eq!(marks, ["new", "changed", "new"]);
    let said: Vec<String> =
        document.select(&select(".meta strong")).map(|s| s.text().collect()).collect();
    assert_eq!(said, ["new", "changed: low, possible → medium, possible", "new"]);
    let words: Vec<_> = document
        .select(&select("select[name=since] option"))
        .filter_map(|o| o.value().attr("value"))
        .collect();
    assert_eq!(words, ["", "new", "changed", "unchanged"]);
    let summary: String =
        document.select(&select("#summary")).flat_map(|s| s.text().collect::<Vec<_>>()).collect();
    assert!(summary.contains("2 new, 1 gone, 1 changed, 0 unchanged"), "{summary}");
    assert!(!page(&sample("en")).contains("name=\"since\""));
}

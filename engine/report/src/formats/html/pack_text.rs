//! Markdown of packs as HTML: no raw HTML, no pictures, links to the web alone.

use maud::{Markup, PreEscaped};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::escape::{lines, web_address};

/// Steps or a description of a pack. Headings become strong paragraphs: the page has its own.
pub fn pack_text(text: &str) -> Markup {
    let text = lines(text);
    // Whether the link that is open was kept.
    let mut links: Vec<bool> = vec![];
    let mut code = false;
    let events = Parser::new_ext(&text, Options::ENABLE_TABLES).flat_map(|event| match event {
        Event::Html(html) | Event::InlineHtml(html) => vec![Event::Text(html)],
        Event::Start(Tag::HtmlBlock) => vec![Event::Start(Tag::Paragraph)],
        Event::End(TagEnd::HtmlBlock) => vec![Event::End(TagEnd::Paragraph)],
        Event::Start(Tag::Heading { .. }) => {
            vec![Event::Start(Tag::Paragraph), Event::Start(Tag::Strong)]
        }
        Event::End(TagEnd::Heading(_)) => {
            vec![Event::End(TagEnd::Strong), Event::End(TagEnd::Paragraph)]
        }
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => vec![],
        Event::Start(Tag::CodeBlock(_)) => {
            code = true;
            vec![Event::Start(Tag::CodeBlock(pulldown_cmark::CodeBlockKind::Indented))]
        }
        Event::End(TagEnd::CodeBlock) => {
            code = false;
            vec![Event::End(TagEnd::CodeBlock)]
        }
        Event::Start(Tag::Link { link_type, dest_url, id, .. }) => {
            let keep = !code && web_address(&dest_url);
            links.push(keep);
            let link = Tag::Link { link_type, dest_url, title: "".into(), id };
            if keep { vec![Event::Start(link)] } else { vec![] }
        }
        Event::End(TagEnd::Link) => {
            if links.pop() == Some(true) {
                vec![Event::End(TagEnd::Link)]
            } else {
                vec![]
            }
        }
        other => vec![other],
    });
    let mut out = String::new();
    pulldown_cmark::html::push_html(&mut out, events);
    PreEscaped(out)
}

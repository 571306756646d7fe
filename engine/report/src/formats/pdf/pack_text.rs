//! Markdown of packs as blocks: no raw HTML, no pictures, links to the web alone.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::blocks::{Block, Column, Inline, Row, prose, source};
use crate::escape::{lines, web_address};

/// Lists within lists; the items of deeper ones become paragraphs, so that no text makes the typesetter go ever deeper.
const DEEPEST: usize = 5;

/// Steps or a description of a pack. Headings become strong paragraphs: the report has its own.
pub fn pack_text(text: &str) -> Vec<Block> {
    let text = lines(text);
    let mut reader = Reader::default();
    for event in Parser::new_ext(&text, Options::ENABLE_TABLES) {
        reader.event(event);
    }
    reader.paragraph();
    reader.done
}

/// A list that is open: its first number, its items, and whether one of them is open.
#[derive(Default)]
struct List {
    start: Option<u64>,
    items: Vec<Vec<Block>>,
}

#[derive(Default)]
struct Reader {
    done: Vec<Block>,
    lists: Vec<List>,
    /// Lists that are open beyond [`DEEPEST`].
    deeper: usize,
    /// The paragraph or cell that is being read.
    line: Vec<Inline>,
    strong: usize,
    emphasis: usize,
    link: Option<String>,
    code: Option<String>,
    rows: Vec<Vec<Vec<Inline>>>,
}

impl Reader {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => match &mut self.code
            {
                Some(code) => code.push_str(&text),
                None => self.piece(Inline::text(&text)),
            },
            Event::Code(code) => self.piece(Inline::Code(prose(&code))),
            Event::SoftBreak | Event::HardBreak => self.piece(Inline::Text(" ".to_owned())),
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Strong => self.strong += 1,
            Tag::Emphasis => self.emphasis += 1,
            Tag::Link { dest_url, .. } if web_address(&dest_url) => {
                self.link = Some(dest_url.into_string());
            }
            Tag::Heading { .. } => {
                self.paragraph();
                self.strong += 1;
            }
            Tag::CodeBlock(_) => {
                self.paragraph();
                self.code = Some(String::new());
            }
            Tag::List(start) => {
                self.paragraph();
                if self.lists.len() < DEEPEST {
                    self.lists.push(List { start, items: vec![] });
                } else {
                    self.deeper += 1;
                }
            }
            Tag::Item => {
                self.paragraph();
                if self.deeper == 0
                    && let Some(list) = self.lists.last_mut()
                {
                    list.items.push(vec![]);
                }
            }
            Tag::TableHead | Tag::TableRow => self.rows.push(vec![]),
            Tag::Paragraph | Tag::HtmlBlock | Tag::Table(_) | Tag::BlockQuote(_) => {
                self.paragraph();
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Strong => self.strong = self.strong.saturating_sub(1),
            TagEnd::Emphasis => self.emphasis = self.emphasis.saturating_sub(1),
            TagEnd::Link => self.link = None,
            TagEnd::Heading(_) => {
                self.paragraph();
                self.strong = self.strong.saturating_sub(1);
            }
            TagEnd::CodeBlock => {
                if let Some(code) = self.code.take() {
                    self.add(Block::Code(code.lines().map(source).collect()));
                }
            }
            TagEnd::List(_) => {
                self.paragraph();
                if self.deeper > 0 {
                    self.deeper -= 1;
                } else if let Some(List { start, items }) = self.lists.pop() {
                    self.add(Block::List { start, items });
                }
            }
            TagEnd::TableCell => {
                let cell = std::mem::take(&mut self.line);
                if let Some(row) = self.rows.last_mut() {
                    row.push(cell);
                }
            }
            TagEnd::Table => self.table(),
            TagEnd::Paragraph | TagEnd::Item | TagEnd::HtmlBlock | TagEnd::BlockQuote(_) => {
                self.paragraph();
            }
            _ => {}
        }
    }

    /// Adds a piece of a line in the style that is open.
    fn piece(&mut self, mut piece: Inline) {
        if self.emphasis > 0 {
            piece = Inline::Emphasis(vec![piece]);
        }
        if self.strong > 0 {
            piece = Inline::Strong(vec![piece]);
        }
        if let Some(address) = &self.link {
            piece = Inline::Web { address: address.clone(), text: vec![piece] };
        }
        self.line.push(piece);
    }

    /// Ends the paragraph that is open.
    fn paragraph(&mut self) {
        let line = std::mem::take(&mut self.line);
        if !line.is_empty() {
            self.add(Block::Text(line));
        }
    }

    fn table(&mut self) {
        let mut rows = std::mem::take(&mut self.rows).into_iter();
        let head = rows.next().unwrap_or_default();
        let columns: Vec<Column> = head.iter().map(|c| Column::new(&plain(c), 1)).collect();
        let rows = rows.map(|cells| Row { name: None, cells }).collect();
        if !columns.is_empty() {
            self.add(Block::Table { columns, rows });
        }
    }

    /// Adds a block to the item that is open, or to the text.
    fn add(&mut self, block: Block) {
        let item = self.lists.last_mut().and_then(|l| l.items.last_mut());
        item.unwrap_or(&mut self.done).push(block);
    }
}

/// The text of a line alone.
fn plain(line: &[Inline]) -> String {
    line.iter()
        .map(|piece| match piece {
            Inline::Text(text) | Inline::Code(text) | Inline::Soft(text) => text.clone(),
            Inline::Strong(inner) | Inline::Emphasis(inner) | Inline::Web { text: inner, .. } => {
                plain(inner)
            }
            _ => String::new(),
        })
        .collect()
}

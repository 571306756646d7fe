//! Markdown as a tree: its tables cell by cell, the sentences of its paragraphs and lists, its headings, and the names that it
//! sets in bold or as code. What stands in blocks of code, in HTML and in comments is none of these.
//!
//! `tables[*].rows[*].cells[*]` has `column`, `text`, `table`, `row` and `headings`; `sentences[*]` has `text` and `headings`;
//! `names[*]` has `text`, `leads` (it begins an item of a list) and `headings`; `headings[*]` has `text` and `level`.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use redan_base::{Limits, Span};

use crate::matching::Scalar;
use crate::tree::{Builder, Key, NodeId, Parsed, Problem, Shape};

/// Reads a text; every text is one.
pub(crate) fn parse(text: &str, limits: &Limits) -> Parsed {
    let mut builder = Builder::new(limits);
    let problems = Reader::read(&mut builder, text).err().into_iter().collect();
    Parsed { tree: builder.finish(), problems, ..Parsed::default() }
}

/// Text of inline elements, with the byte of the file that each piece begins at.
#[derive(Default)]
struct Inline {
    text: String,
    /// Where a piece begins in `text`, and where it lies in the file.
    pieces: Vec<(usize, Span)>,
}

impl Inline {
    fn push(&mut self, text: &str, span: Span) {
        self.pieces.push((self.text.len(), span));
        self.text.push_str(text);
    }

    /// Where a part of the text lies in the file.
    fn span(&self, start: usize, end: usize) -> Span {
        let of = |at: usize| {
            let index = self.pieces.partition_point(|(from, _)| *from <= at).checked_sub(1)?;
            let (from, span) = self.pieces.get(index)?;
            // In a piece without escapes a byte of the text is a byte of the file.
            let inside = (at - from).min(span.range().len());
            Some((*span, span.start as usize + inside))
        };
        let begin = of(start).map_or(0, |(_, at)| at);
        let last =
            of(end.saturating_sub(1)).map_or(begin, |(span, at)| (at + 1).min(span.end as usize));
        Span::new(begin, last.max(begin))
    }
}

/// A table that is being read.
struct Table {
    at: usize,
    header: Vec<String>,
    rows: NodeId,
    row: Option<(NodeId, usize, usize)>,
}

struct Reader<'b, 'l> {
    builder: &'b mut Builder<'l>,
    source: &'b str,
    tables: NodeId,
    sentences: NodeId,
    names: NodeId,
    headings: NodeId,
    /// The headings around the place, with their levels.
    around: Vec<(HeadingLevel, String)>,
    inline: Inline,
    /// Where bold text began.
    strong: Option<usize>,
    /// Whether an item of a list began and nothing of it was read.
    leads: bool,
    heading: Option<HeadingLevel>,
    table: Option<Table>,
    quiet: usize,
}

impl<'b, 'l> Reader<'b, 'l> {
    fn read(builder: &'b mut Builder<'l>, source: &'b str) -> Result<(), Problem> {
        let whole = Span::new(0, source.len());
        let root = builder.add(Shape::Mapping, None, whole)?;
        builder.document(root);
        let mut lists = [root; 4];
        for slot in &mut lists {
            *slot = builder.add(Shape::Sequence, None, whole)?;
        }
        let [tables, sentences, names, headings] = lists;
        let mut reader = Self {
            builder,
            source,
            tables,
            sentences,
            names,
            headings,
            around: vec![],
            inline: Inline::default(),
            strong: None,
            leads: false,
            heading: None,
            table: None,
            quiet: 0,
        };
        let options = Options::ENABLE_TABLES | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
        let events = Parser::new_ext(source, options).into_offset_iter();
        let result = events.map(|(event, range)| (event, Span::new(range.start, range.end)));
        let mut outcome = Ok(());
        for (event, span) in result {
            outcome = reader.event(event, span);
            if outcome.is_err() {
                break;
            }
        }
        for (name, list) in ["tables", "sentences", "names", "headings"].into_iter().zip(lists) {
            reader.builder.link(root, Some(Key::new(name, Span::new(0, 0))), list);
        }
        outcome
    }

    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Problem> {
        match event {
            Event::Start(tag) => return self.start(&tag, span),
            Event::End(tag) => return self.end(tag, span),
            Event::Text(text) if self.quiet == 0 => {
                self.inline.push(&text, span);
                self.leads &= text.trim().is_empty() || self.strong.is_some();
            }
            Event::Code(text) if self.quiet == 0 => {
                let start = self.inline.text.len();
                self.inline.push(&text, span);
                self.name(start, span)?;
                self.leads = false;
            }
            Event::SoftBreak | Event::HardBreak if self.quiet == 0 => self.inline.push(" ", span),
            Event::InlineHtml(html) if html.starts_with("<br") => self.inline.push(" ", span),
            _ => {}
        }
        Ok(())
    }

    fn start(&mut self, tag: &Tag<'_>, span: Span) -> Result<(), Problem> {
        match tag {
            Tag::CodeBlock(_) | Tag::HtmlBlock | Tag::MetadataBlock(_) => self.quiet += 1,
            Tag::Heading { level, .. } => {
                self.flush()?;
                self.heading = Some(*level);
            }
            Tag::Paragraph => self.flush()?,
            Tag::Item => {
                self.flush()?;
                self.leads = true;
            }
            Tag::List(_) | Tag::BlockQuote(_) => self.flush()?,
            Tag::Strong => self.strong = Some(self.inline.text.len()),
            Tag::Table(_) => {
                self.flush()?;
                let table = self.builder.add(Shape::Mapping, None, span)?;
                let rows = self.builder.add(Shape::Sequence, None, span)?;
                self.builder.link(table, Some(key("rows", span)), rows);
                self.builder.link(self.tables, None, table);
                let at = span.start as usize;
                self.table = Some(Table { at, header: vec![], rows, row: None });
            }
            Tag::TableRow => {
                let row = self.builder.add(Shape::Mapping, None, span)?;
                let cells = self.builder.add(Shape::Sequence, None, span)?;
                self.builder.link(row, Some(key("cells", span)), cells);
                if let Some(table) = &mut self.table {
                    table.row = Some((cells, span.start as usize, 0));
                    self.builder.link(table.rows, None, row);
                }
            }
            Tag::TableCell => self.inline = Inline::default(),
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, tag: TagEnd, span: Span) -> Result<(), Problem> {
        match tag {
            TagEnd::CodeBlock | TagEnd::HtmlBlock | TagEnd::MetadataBlock(_) => {
                self.quiet = self.quiet.saturating_sub(1);
            }
            TagEnd::Heading(_) => {
                let text = std::mem::take(&mut self.inline).text;
                if let Some(level) = self.heading.take() {
                    self.around.retain(|(l, _)| *l < level);
                    let text = text.trim().to_owned();
                    let node = self.builder.add(Shape::Mapping, None, span)?;
                    self.text(node, "text", &text, span)?;
                    self.int(node, "level", level as i64, span)?;
                    self.builder.link(self.headings, None, node);
                    self.around.push((level, text));
                }
            }
            TagEnd::Paragraph | TagEnd::Item | TagEnd::List(_) | TagEnd::BlockQuote(_) => {
                self.flush()?;
            }
            TagEnd::Strong => {
                if let Some(start) = self.strong.take() {
                    self.name(start, span)?;
                    self.leads = false;
                }
            }
            TagEnd::TableCell => self.cell(span)?,
            TagEnd::Table => self.table = None,
            _ => {}
        }
        Ok(())
    }

    /// The bold text or code that ends here.
    fn name(&mut self, start: usize, span: Span) -> Result<(), Problem> {
        let text = self
            .inline
            .text
            .get(start..)
            .unwrap_or_default()
            .trim()
            .trim_end_matches([':', '：'])
            .to_owned();
        const MOST: usize = 80;
        if text.is_empty() || text.len() > MOST || self.heading.is_some() {
            return Ok(());
        }
        let leads =
            self.leads && self.inline.text.get(..start).is_some_and(|t| t.trim().is_empty());
        let node = self.builder.add(Shape::Mapping, None, span)?;
        self.text(node, "text", &text, span)?;
        let leaf = self.builder.leaf(Some(Scalar::Bool(leads)), span)?;
        self.builder.link(node, Some(key("leads", span)), leaf);
        self.headings(node, span)?;
        self.builder.link(self.names, None, node);
        Ok(())
    }

    fn cell(&mut self, span: Span) -> Result<(), Problem> {
        let text = std::mem::take(&mut self.inline).text.trim().to_owned();
        let Some(table) = &mut self.table else { return Ok(()) };
        let Some((cells, row, position)) = &mut table.row else {
            table.header.push(text);
            return Ok(());
        };
        let column = table.header.get(*position).cloned().unwrap_or_default();
        *position += 1;
        let (cells, row, at) = (*cells, *row, table.at);
        if text.is_empty() {
            return Ok(());
        }
        let node = self.builder.add(Shape::Mapping, None, span)?;
        self.text(node, "column", &column, span)?;
        self.text(node, "text", &text, span)?;
        self.int(node, "row", row as i64, span)?;
        self.int(node, "table", at as i64, span)?;
        self.headings(node, span)?;
        self.builder.link(cells, None, node);
        Ok(())
    }

    /// The end of a block: its sentences.
    fn flush(&mut self) -> Result<(), Problem> {
        if self.table.is_some() {
            return Ok(());
        }
        let inline = std::mem::take(&mut self.inline);
        let mut start = 0;
        for end in ends(&inline.text) {
            let sentence = inline.text.get(start..end).unwrap_or_default();
            let trimmed = sentence.trim();
            if !trimmed.is_empty() {
                let from = start + sentence.len() - sentence.trim_start().len();
                let span = inline.span(from, from + trimmed.len());
                // Marks of escapes may shift a piece by a byte: a place is one of characters.
                let span =
                    if self.source.get(span.range()).is_some() { span } else { Span::new(0, 0) };
                let node = self.builder.add(Shape::Mapping, None, span)?;
                self.text(node, "text", trimmed, span)?;
                self.headings(node, span)?;
                self.builder.link(self.sentences, None, node);
            }
            start = end;
        }
        Ok(())
    }

    fn headings(&mut self, node: NodeId, span: Span) -> Result<(), Problem> {
        if self.around.is_empty() {
            return Ok(());
        }
        let list = self.builder.add(Shape::Sequence, None, span)?;
        for (_, heading) in &self.around {
            let leaf = self.builder.leaf(Some(Scalar::Text(heading.clone())), span)?;
            self.builder.link(list, None, leaf);
        }
        self.builder.link(node, Some(key("headings", span)), list);
        Ok(())
    }

    fn text(&mut self, node: NodeId, name: &str, text: &str, span: Span) -> Result<(), Problem> {
        let leaf = self.builder.leaf(Some(Scalar::Text(text.to_owned())), span)?;
        self.builder.link(node, Some(key(name, span)), leaf);
        Ok(())
    }

    fn int(&mut self, node: NodeId, name: &str, value: i64, span: Span) -> Result<(), Problem> {
        let leaf = self.builder.leaf(Some(Scalar::Int(value)), span)?;
        self.builder.link(node, Some(key(name, span)), leaf);
        Ok(())
    }
}

fn key(name: &str, span: Span) -> Key {
    Key::new(name, Span { start: span.start, end: span.start })
}

/// Where sentences end: behind a full stop, question or exclamation mark before white space and no small letter, and
/// behind the Japanese one anywhere.
fn ends(text: &str) -> Vec<usize> {
    let mut out = vec![];
    for (i, c) in text.char_indices() {
        let end = i + c.len_utf8();
        let stops = match c {
            '。' => true,
            '.' | '!' | '?' | ';' => {
                let after = text.get(end..).unwrap_or_default();
                let next = after.trim_start();
                after.len() != next.len() && (c == ';' || !next.starts_with(char::is_lowercase))
            }
            _ => false,
        };
        if stops {
            out.push(end);
        }
    }
    if out.last() != Some(&text.len()) {
        out.push(text.len());
    }
    out
}

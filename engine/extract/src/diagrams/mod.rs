//! Diagrams of design documents: one row a language in [`LANGUAGES`], one shape of result for all of them.
//!
//! Comes in: a text. Goes out: a tree in which each diagram is a mapping of `nodes`, `edges` and `groups`. A language may
//! stand in files of its own and in the blocks of Markdown and AsciiDoc. What a word such as `database` means for a
//! system is none of this room's business: it hands on the words.

mod architecture;
mod c4;
mod drawing;
mod flowchart;
mod label;
mod mermaid;
mod plantuml;
mod plantuml_arrow;
mod plantuml_element;
mod sequence;
mod structurizr;

use redan_base::{Limits, Span};

use self::drawing::Drawing;
use crate::found::LocalNote;
use crate::tree::{Builder, Parsed};

/// A language of diagrams.
#[derive(Debug)]
pub(crate) struct Language {
    /// The word after `from`.
    pub name: &'static str,
    /// The files that it reads when an extractor names none.
    pub globs: &'static [&'static str],
    /// The endings of files that hold nothing else; in all other files it is looked for in blocks.
    endings: &'static [&'static str],
    /// The words after a fence that begin its blocks.
    fences: &'static [&'static str],
    /// Texts of which every diagram of the language has one.
    pub anchors: &'static [&'static str],
    /// Reads the diagrams of a block.
    parse: fn(&mut Block<'_>),
}

/// All languages, sorted by name.
pub(crate) static LANGUAGES: &[Language] = &[
    Language {
        name: "mermaid",
        globs: &["**/*.{md,markdown,mdx,adoc,asciidoc,mmd,mermaid}"],
        endings: &["mmd", "mermaid"],
        fences: &["mermaid"],
        anchors: &["graph", "flowchart", "sequenceDiagram", "C4", "architecture"],
        parse: mermaid::parse,
    },
    Language {
        name: "plantuml",
        globs: &["**/*.{md,markdown,mdx,adoc,asciidoc,puml,plantuml,pu,iuml,wsd,c4}"],
        endings: &["puml", "plantuml", "pu", "iuml", "wsd", "c4"],
        fences: &["plantuml", "puml", "uml", "c4plantuml", "plantuml-svg"],
        anchors: &["-", ".", "="],
        parse: plantuml::parse,
    },
    Language {
        name: "structurizr",
        globs: &["**/*.{md,markdown,mdx,adoc,asciidoc,dsl,c4}"],
        endings: &["dsl", "c4"],
        fences: &["structurizr", "structurizr-dsl", "dsl", "c4"],
        anchors: &["model", "workspace"],
        parse: structurizr::parse,
    },
];

/// The language of a name.
pub(crate) fn language(name: &str) -> Option<&'static Language> {
    LANGUAGES.iter().find(|l| l.name == name)
}

/// What nodes, edges and groups have: a field of such a name needs no output.
pub(crate) static FIELDS: &[&str] = &[
    "description",
    "detail",
    "diagram",
    "direction",
    "from",
    "from_label",
    "group",
    "groups",
    "id",
    "label",
    "notation",
    "shape",
    "style",
    "tags",
    "technology",
    "title",
    "to",
    "to_label",
];

/// A diagram could not be read.
const BROKEN: u16 = 703;
/// A part of a diagram was left out.
const LEFT_OUT: u16 = 704;

/// Why a diagram cannot be read, and where.
type Broken = (Span, String);

/// A block of diagrams, and what came of it.
struct Block<'t> {
    /// The whole file.
    text: &'t str,
    /// The part of it that is in the language.
    span: Span,
    /// The bounds.
    limits: &'t Limits,
    /// The diagrams that could be read.
    drawings: Vec<Drawing<'t>>,
    /// What to tell.
    notes: Vec<LocalNote>,
}

impl<'t> Block<'t> {
    /// The lines with the byte at which each begins, without white space around them.
    fn lines(&self, span: Span) -> impl Iterator<Item = (usize, &'t str)> + use<'t> {
        let mut at = span.start as usize;
        let body = self.text.get(span.range()).unwrap_or_default();
        body.split_inclusive('\n').map(move |line| {
            let from = at;
            at += line.len();
            let content = line.trim_start();
            (from + line.len() - content.len(), content.trim_end())
        })
    }

    /// The end of one diagram: it is kept, or told as broken.
    fn done(&mut self, language: &str, drawing: Drawing<'t>, result: Result<(), Broken>) {
        match result.and_then(|()| drawing.check()) {
            Ok(()) => self.drawings.push(drawing),
            Err((span, why)) => {
                let message = format!("a diagram in {language} is left out: {why}");
                self.note(BROKEN, span, message);
            }
        }
    }

    /// A part of a diagram is left out.
    fn left_out(&mut self, span: Span, message: String) {
        self.note(LEFT_OUT, span, message);
    }

    fn note(&mut self, code: u16, span: Span, message: String) {
        const MOST: usize = 20;
        if self.notes.len() < MOST {
            self.notes.push(LocalNote { code, span, message });
        }
    }
}

/// Reads all diagrams of a text.
pub(crate) fn parse(language: &Language, path: &str, text: &str, limits: &Limits) -> Parsed {
    let ending = path.rsplit('.').next().unwrap_or_default();
    let whole = language.endings.iter().any(|e| ending.eq_ignore_ascii_case(e));
    let blocks = if whole { vec![Span::new(0, text.len())] } else { blocks(text, language.fences) };
    let mut builder = Builder::new(limits);
    let mut parsed = Parsed::default();
    for span in blocks {
        let (drawings, notes) = (vec![], vec![]);
        let mut block = Block { text, span, limits, drawings, notes };
        (language.parse)(&mut block);
        let Block { drawings, notes, .. } = block;
        parsed.partial |= !notes.is_empty();
        parsed.notes.extend(notes);
        for drawing in drawings {
            if let Err(problem) = drawing.build(&mut builder) {
                parsed.problems.push(problem);
                parsed.tree = builder.finish();
                return parsed;
            }
        }
    }
    parsed.tree = builder.finish();
    parsed
}

/// The insides of the blocks of Markdown (fences) and AsciiDoc (`[mermaid]` and a delimiter) that are in a language.
fn blocks(text: &str, names: &[&str]) -> Vec<Span> {
    let named = |word: &str| names.iter().any(|n| word.eq_ignore_ascii_case(n));
    let mut out = vec![];
    // Where the open block begins, what ends it, and whether it is one of the language.
    let mut open: Option<(usize, &str, bool)> = None;
    let mut announced = false;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let content = line.trim();
        match open {
            None => {
                if let Some(mark) =
                    ["```", "~~~", ":::"].into_iter().find(|f| content.starts_with(f))
                {
                    let fence = content.len() - content.trim_start_matches(['`', '~', ':']).len();
                    let info = content.get(fence..).unwrap_or_default().trim();
                    let word = info.trim_start_matches(['{', '.']);
                    let word = word.split([' ', '\t', '}', ',']).next().unwrap_or_default();
                    // `:::` fences anything; only those of the language are blocks.
                    if mark != ":::" || named(word) {
                        let mark = content.get(..fence).unwrap_or(mark);
                        open = Some((at, mark, named(word)));
                    }
                } else if announced && is_delimiter(content) {
                    open = Some((at, content, true));
                }
                let attributes = content.strip_prefix('[').and_then(|c| c.strip_suffix(']'));
                announced = attributes.is_some_and(|a| {
                    named(a.split([',', ' ', '%', '#']).next().unwrap_or_default())
                });
            }
            Some((from, mark, wanted)) => {
                if content.starts_with(mark)
                    && content.trim_matches(['`', '~', ':', '-', '.']).is_empty()
                {
                    if wanted {
                        out.push(Span::new(from, start));
                    }
                    open = None;
                }
            }
        }
    }
    if let Some((from, _, true)) = open {
        out.push(Span::new(from, text.len()));
    }
    out
}

/// Whether a line of AsciiDoc begins a listing.
fn is_delimiter(line: &str) -> bool {
    line.len() >= 4 && (line.trim_matches('-').is_empty() || line.trim_matches('.').is_empty())
}

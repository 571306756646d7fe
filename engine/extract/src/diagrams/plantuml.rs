//! PlantUML: component, deployment and sequence diagrams, and the macros of C4. Class, state and activity diagrams show
//! no systems and are passed over.

use redan_base::Span;
use rustc_hash::FxHashSet;

use super::c4;
use super::drawing::{Drawing, Element};
use super::label::Label;
use super::plantuml_arrow::{Link, link};
use super::plantuml_element::{KEYWORDS, element};
use super::{Block, Broken};

/// A statement: where it begins, and its text on one line.
type Line<'t> = (usize, &'t str);

/// Reads the diagrams between `@startuml` and `@enduml`; a block without these marks is one.
pub(super) fn parse(block: &mut Block<'_>) {
    let mut open: Option<(Span, bool)> = None;
    let mut marked = false;
    let mut whole = vec![];
    for (at, line) in block.lines(block.span).collect::<Vec<_>>() {
        let span = Span::new(at, at + line.len());
        if let Some(kind) = line.strip_prefix("@start") {
            marked = true;
            open = Some((span, kind.starts_with("uml") || kind.starts_with("c4")));
        } else if line.starts_with("@end")
            && let Some((begin, true)) = open.take()
        {
            whole.push(Span { start: begin.end, end: span.start });
        }
    }
    if !marked {
        whole.push(block.span);
    }
    for span in whole {
        diagram(block, span);
    }
    if let Some((span, true)) = open {
        let drawing = Drawing::new("structure", span, block.limits);
        block.done("plantuml", drawing, Err((span, "it has no `@enduml`".to_owned())));
    }
}

/// The sorts of diagrams, as far as they matter here.
#[derive(Clone, Copy, PartialEq)]
enum Sort {
    Structure,
    Sequence,
    Other,
}

fn diagram(block: &mut Block<'_>, span: Span) {
    let (lines, notes) = statements(block, span);
    let sort = sort(&lines);
    if lines.is_empty() || sort == Sort::Other {
        return;
    }
    let c4 = lines.iter().any(|(_, l)| {
        ["Person", "System", "Container", "Component"].iter().any(|w| l.starts_with(w))
            && l.contains('(')
    });
    let notation = match sort {
        Sort::Sequence => "sequence",
        Sort::Structure | Sort::Other if c4 => "c4",
        Sort::Structure | Sort::Other => "structure",
    };
    let mut reader = Reader {
        text: block.text,
        drawing: Drawing::new(notation, span, block.limits),
        notes,
        unread: vec![],
        open: vec![],
    };
    let result = reader.all(&lines, sort);
    let Reader { drawing, unread, .. } = reader;
    for span in unread {
        block.left_out(span, "this line of a PlantUML diagram was not understood".to_owned());
    }
    block.done("plantuml", drawing, result);
}

/// Words that begin lines without a meaning for the system.
const QUIET: &[&str] = &[
    "title",
    "caption",
    "header",
    "footer",
    "hide",
    "show",
    "scale",
    "left",
    "top",
    "newpage",
    "remove",
    "mainframe",
    "sprite",
    "allow_mixing",
    "allowmixing",
    "skinparam",
    "skin",
    "url",
    "center",
    "right",
    "autonumber",
    "autoactivate",
    "set",
    "style",
    "restore",
];

/// What opens a part of several lines that says nothing of the system, and what ends it.
fn quiet_part(line: &str) -> Option<&'static [&'static str]> {
    let word = line.split([' ', '\t']).next().unwrap_or_default();
    let alone = word.len() == line.len();
    match word {
        "<style>" => Some(&["</style>"]),
        "skinparam" | "style" if line.ends_with('{') => Some(&["}"]),
        "sprite" if line.ends_with('{') => Some(&["}"]),
        "legend" => Some(&["endlegend", "end legend"]),
        "title" if alone => Some(&["endtitle", "end title"]),
        "header" | "footer" if alone => {
            Some(&["endheader", "end header", "endfooter", "end footer"])
        }
        "note" | "hnote" | "rnote" | "floating"
            if !line.contains(':') && !line.contains(" as ") =>
        {
            Some(&["endnote", "end note", "endhnote", "endrnote", "end hnote", "end rnote"])
        }
        "ref" if !line.contains(':') => Some(&["end ref", "endref"]),
        "!procedure" | "!unquoted" if !line.contains("function") => Some(&["!endprocedure"]),
        "!function" | "!unquoted" | "!final"
            if !line.contains(" return ") && !line.contains(" !return ") =>
        {
            Some(&["!endfunction"])
        }
        "!definelong" => Some(&["!enddefinelong"]),
        _ => None,
    }
}

/// The lines that say something, and the names of notes.
fn statements<'t>(block: &mut Block<'t>, span: Span) -> (Vec<Line<'t>>, FxHashSet<&'t str>) {
    let mut out = vec![];
    let mut notes = FxHashSet::default();
    let mut until: Option<&'static [&'static str]> = None;
    let mut comment = false;
    for (at, line) in block.lines(span).collect::<Vec<_>>() {
        let here = Span::new(at, at + line.len());
        if let Some(ends) = until {
            if ends.iter().any(|e| line.to_ascii_lowercase().starts_with(e)) {
                until = None;
            }
            continue;
        }
        if comment || line.starts_with("/'") {
            comment = !line.contains("'/");
            continue;
        }
        if line.is_empty() || line.starts_with('\'') {
            continue;
        }
        until = quiet_part(line);
        if until.is_some() {
            continue;
        }
        let word = line.split([' ', '\t', ':']).next().unwrap_or_default();
        if line.starts_with('!') {
            let named = line.split_whitespace().nth(1).unwrap_or_default();
            let name = named.rsplit('/').next().unwrap_or_default();
            // What stands in angle brackets is PlantUML's own, and the macros of C4 are understood.
            let known = named.starts_with('<') || name.starts_with("C4");
            if word.starts_with("!include") && !known {
                block.left_out(
                    here,
                    format!("what `{named}` holds is not read here: includes are not followed"),
                );
            }
            continue;
        }
        if matches!(word, "note" | "hnote" | "rnote" | "floating") {
            notes.extend(line.rsplit_once(" as ").map(|(_, name)| name.trim()));
            continue;
        }
        if !QUIET.contains(&word) || line.contains("->") {
            out.push((at, line));
        }
    }
    (out, notes)
}

/// What a diagram shows, by the words that begin its lines.
fn sort(lines: &[Line<'_>]) -> Sort {
    let (mut structure, mut sequence, mut other, mut either) = (0, 0, 0, 0);
    for (_, line) in lines {
        let word = line.split([' ', '\t', '{', '"']).next().unwrap_or_default();
        match word {
            "participant" | "activate" | "deactivate" | "alt" | "opt" | "loop" | "par"
            | "critical" | "return" | "boundary" | "control" | "collections" | "box" => {
                sequence += 1;
            }
            "entity" if !line.ends_with('{') => sequence += 1,
            "class" | "abstract" | "enum" | "annotation" | "object" | "map" | "state" | "start"
            | "stop" | "if" | "while" | "fork" | "partition" | "robust" | "concise" | "salt"
            | "struct" | "exception" | "entity" => other += 1,
            "actor" | "database" | "queue" if !line.ends_with('{') => either += 1,
            // Members of classes.
            _ if line.starts_with(['+', '-', '#', '~']) && line.contains([':', '(']) => other += 1,
            _ if word.starts_with(':') && line.ends_with([';', '|']) => other += 1,
            _ if line.starts_with("[*]") || line.contains("--> [*]") => other += 1,
            _ if line.starts_with("==") => sequence += 1,
            _ if KEYWORDS.iter().any(|k| k.eq_ignore_ascii_case(word))
                || line.starts_with('[') && !line.starts_with("[-") =>
            {
                structure += 1;
            }
            _ if line.starts_with('(') || word.contains('(') => structure += 1,
            _ => {}
        }
    }
    if other > 0 && other >= structure + sequence + either {
        Sort::Other
    } else if sequence > 0 && sequence + either >= structure {
        Sort::Sequence
    } else if structure > 0 {
        Sort::Structure
    } else if lines.iter().any(|(_, l)| l.contains("->") || l.contains("<-")) {
        Sort::Sequence
    } else {
        Sort::Structure
    }
}

struct Reader<'t> {
    text: &'t str,
    drawing: Drawing<'t>,
    notes: FxHashSet<&'t str>,
    unread: Vec<Span>,
    /// Of each open brace whether it is a group.
    open: Vec<bool>,
}

impl<'t> Reader<'t> {
    fn all(&mut self, lines: &[Line<'t>], sort: Sort) -> Result<(), Broken> {
        let mut index = 0;
        while let Some((at, line)) = lines.get(index).copied() {
            let used = if sort == Sort::Sequence {
                self.message(at, line)?
            } else {
                self.structure(lines, index)?
            };
            index += used.max(1);
        }
        Ok(())
    }

    /// A statement of a component or deployment diagram. Gives how many lines it took.
    fn structure(&mut self, lines: &[Line<'t>], index: usize) -> Result<usize, Broken> {
        let Some((at, line)) = lines.get(index).copied() else { return Ok(1) };
        let span = Span::new(at, at + line.len());
        let next_opens = c4::opens_next(lines, index + 1);
        if line == "{" {
            return Ok(1);
        }
        if line.starts_with('}') {
            return match self.open.pop() {
                Some(true) => {
                    self.drawing.close();
                    Ok(1)
                }
                Some(false) => Ok(1),
                None => Err((span, "this brace closes nothing".to_owned())),
            };
        }
        if line.starts_with("together") {
            self.open.push(false);
            return Ok(1);
        }
        if let Some(edge) = link(line, span, false) {
            self.link(edge);
            return Ok(1);
        }
        if let Some((call, more)) = c4::joined(self.text, lines, index) {
            let opens = call.opens || c4::opens_next(lines, index + more + 1);
            let depth = self.drawing.depth();
            c4::statement(&mut self.drawing, &call, opens)?;
            if opens {
                self.open.push(self.drawing.depth() > depth);
            }
            return Ok(more + 1);
        }
        let Some(mut found) = element(line, span) else {
            if line.ends_with('{') {
                self.open.push(false);
            }
            self.unread.push(span);
            return Ok(1);
        };
        let mut used = 1;
        if found.text_follows {
            let mut label = vec![];
            loop {
                let Some((_, more)) = lines.get(index + used) else {
                    return Err((span, "the text that begins here has no end".to_owned()));
                };
                used += 1;
                if let Some(last) = more.strip_suffix(']') {
                    label.push(last);
                    break;
                }
                label.push(more);
            }
            let label = Label::new(&label.join("\n"));
            if !label.is_empty() {
                found.element.label = label;
            }
        }
        if found.opens || next_opens {
            self.open.push(true);
            self.drawing.open(found.element)?;
        } else {
            self.drawing.declare(found.element);
        }
        Ok(used)
    }

    fn link(&mut self, link: Link) {
        let Link { edge, shapes, shown } = link;
        let is_note = |id: &str| self.notes.contains(id);
        if !shown || is_note(&edge.from) || is_note(&edge.to) {
            return;
        }
        for (id, shape) in [&edge.from, &edge.to].into_iter().zip(shapes) {
            self.drawing.mention(id, shape, edge.span);
        }
        self.drawing.edge(edge);
    }

    /// A statement of a sequence diagram.
    fn message(&mut self, at: usize, line: &'t str) -> Result<usize, Broken> {
        let span = Span::new(at, at + line.len());
        let line = line.strip_prefix('&').unwrap_or(line).trim_start();
        let word = line.split([' ', '\t', ':', '#', '"']).next().unwrap_or_default();
        if line == "end box" || line == "endbox" {
            if !self.drawing.close() {
                return Err((span, "this `end box` ends nothing".to_owned()));
            }
            return Ok(1);
        }
        if word == "box" {
            let text = line.get(word.len()..).unwrap_or_default();
            let text = text.split('#').next().unwrap_or_default();
            let (id, label, shape) = (format!("box {at}"), Label::new(text), "box".to_owned());
            self.drawing.open(Element { id, label, shape, span, ..Element::default() })?;
            return Ok(1);
        }
        // Messages that come from outside of the picture, or leave it.
        let beyond = line.starts_with(['[', '?'])
            || line.split(':').next().is_some_and(|l| l.trim_end().ends_with([']', '?']));
        if let Some(found) = link(line, span, true) {
            self.link(found);
        } else if let Some(found) = element(line.strip_prefix("create ").unwrap_or(line), span) {
            self.drawing.declare(found.element);
        } else if !beyond && !is_quiet_of_sequences(word, line) {
            self.unread.push(span);
        }
        Ok(1)
    }
}

fn is_quiet_of_sequences(word: &str, line: &str) -> bool {
    const WORDS: &[&str] = &[
        "activate",
        "deactivate",
        "destroy",
        "create",
        "alt",
        "else",
        "opt",
        "loop",
        "par",
        "par2",
        "break",
        "critical",
        "group",
        "end",
        "return",
        "ref",
        "also",
        "endref",
    ];
    WORDS.contains(&word)
        || line.starts_with("==")
        || line.starts_with("...")
        || line.starts_with("||")
}

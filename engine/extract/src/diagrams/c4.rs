//! The statements of C4 diagrams, which mermaid and PlantUML share: `Container(api, "API", "Go")`, `Rel(a, b, "calls")`.

use redan_base::Span;

use super::drawing::{Drawing, Edge, Element};
use super::label::Label;
use super::{Block, Broken};

/// The most lines of one statement.
const MOST_LINES: usize = 20;

/// Reads what follows the word `C4Context`, `C4Container` and so on.
pub(super) fn read(
    block: &mut Block<'_>,
    drawing: &mut Drawing<'_>,
    body: Span,
) -> Result<(), Broken> {
    let lines: Vec<(usize, &str)> = block.lines(body).collect();
    let mut index = 0;
    while let Some((at, line)) = lines.get(index).copied() {
        index += 1;
        let span = Span::new(at, at + line.len());
        if line.is_empty() || line.starts_with("%%") || line.starts_with("title") || line == "{" {
            continue;
        }
        if line == "}" {
            if !drawing.close() {
                return Err((span, "this brace closes nothing".to_owned()));
            }
            continue;
        }
        let Some((call, used)) = joined(block.text, &lines, index - 1) else {
            if line.contains('(') {
                return Err((span, "this parenthesis is never closed".to_owned()));
            }
            block.left_out(span, "this line of a C4 diagram was not understood".to_owned());
            continue;
        };
        index += used;
        statement(drawing, &call, opens_next(&lines, index))?;
    }
    Ok(())
}

/// Whether the next line opens the group that the statement before it names.
pub(super) fn opens_next(lines: &[(usize, &str)], index: usize) -> bool {
    lines.get(index).is_some_and(|(_, line)| *line == "{")
}

/// A statement: its name and its arguments.
#[derive(Debug)]
pub(super) struct Call {
    /// The name before the parenthesis.
    pub name: String,
    /// The arguments without a name, and whether each stands in quotes.
    plain: Vec<(String, bool)>,
    /// `$name=value`
    named: Vec<(String, String)>,
    /// Whether a brace follows.
    pub opens: bool,
    /// Where.
    pub span: Span,
}

impl Call {
    fn argument(&self, position: usize, name: &str) -> &str {
        let named = self.named.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
        named.or_else(|| self.plain.get(position).map(|(v, _)| v.as_str())).unwrap_or_default()
    }

    /// Whether the second argument is a text in quotes and the first a bare name: so elements are declared.
    pub(super) fn declares(&self) -> bool {
        let quoted = |i: usize| self.plain.get(i).map(|(_, quoted)| *quoted);
        quoted(0) == Some(false) && quoted(1) == Some(true)
    }
}

/// The statement that begins on a line, and how many lines more it takes.
pub(super) fn joined(text: &str, lines: &[(usize, &str)], index: usize) -> Option<(Call, usize)> {
    let (at, line) = lines.get(index)?;
    if !line.contains('(') {
        return None;
    }
    let (mut depth, mut quoted) = (0_usize, false);
    for more in 0..MOST_LINES {
        let (last, end) = lines.get(index + more)?;
        for c in end.chars() {
            match c {
                '"' => quoted = !quoted,
                '(' if !quoted => depth += 1,
                ')' if !quoted => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        if depth == 0 && !quoted {
            return Some((call(text.get(*at..last + end.len())?, *at)?, more));
        }
    }
    None
}

/// A whole statement.
fn call(text: &str, at: usize) -> Option<Call> {
    let (name, mut rest) = text.split_once('(')?;
    let name = name.trim();
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return None;
    }
    let mut call = Call {
        name: name.to_owned(),
        plain: vec![],
        named: vec![],
        opens: false,
        span: Span::new(at, at + text.len()),
    };
    loop {
        let (argument, end, after) = next_argument(rest)?;
        let argument = argument.trim();
        let unquoted = |t: &str| t.trim().trim_matches('"').to_owned();
        match argument.strip_prefix('$').and_then(|a| a.split_once('=')) {
            Some((key, value)) => call.named.push((key.trim().to_owned(), unquoted(value))),
            None => call.plain.push((unquoted(argument), argument.starts_with('"'))),
        }
        rest = after;
        if end == ')' {
            break;
        }
    }
    call.opens = rest.trim_start().starts_with('{');
    Some(call)
}

/// An argument, the character that ends it, and what follows.
fn next_argument(text: &str) -> Option<(&str, char, &str)> {
    let mut quoted = false;
    let mut depth = 0_usize;
    for (i, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted && depth > 0 => depth -= 1,
            ',' | ')' if !quoted && depth == 0 => {
                return Some((text.get(..i)?, c, text.get(i + 1..)?));
            }
            _ => {}
        }
    }
    None
}

/// What a statement adds to a diagram. Statements of layout and style add nothing.
pub(super) fn statement(drawing: &mut Drawing<'_>, call: &Call, opens: bool) -> Result<(), Broken> {
    let name = call.name.as_str();
    if name.starts_with("Rel") || name.starts_with("BiRel") {
        relation(drawing, call);
        return Ok(());
    }
    let shape = snake_case(name);
    let opens = opens || call.opens;
    let id = call.argument(0, "alias").to_owned();
    let quiet = ["add_", "update_", "lay_", "show_", "hide_", "set_"];
    if id.is_empty() || quiet.iter().any(|q| shape.starts_with(q)) || !(opens || call.declares()) {
        return Ok(());
    }
    let mut label = Label::new(call.argument(1, "label"));
    if label.is_empty() {
        label = Label::new(&id);
    }
    // Persons and systems have no technology: what they do comes third.
    let technical = !shape.starts_with("person") && !shape.starts_with("system");
    let third = call.argument(2, if technical { "techn" } else { "descr" }).to_owned();
    let (technology, description) = if technical {
        let technology = match call.argument(2, "type") {
            of if shape.contains("node") || shape.contains("boundary") => of.to_owned(),
            _ => third,
        };
        (technology, call.argument(3, "descr").to_owned())
    } else {
        (call.argument(usize::MAX, "techn").to_owned(), third)
    };
    let tags = call.argument(usize::MAX, "tags").split('+').map(str::trim);
    let tags = tags.filter(|t| !t.is_empty()).map(str::to_owned).collect();
    let technology = Label::new(&technology).text();
    let description = Label::new(&description).text();
    let span = call.span;
    let element =
        Element { id, label, shape, technology, description, tags, span, ..Element::default() };
    if opens {
        return drawing.open(element);
    }
    drawing.declare(element);
    Ok(())
}

fn relation(drawing: &mut Drawing<'_>, call: &Call) {
    // Of an indexed relation the first argument is its number.
    let first = usize::from(call.name.starts_with("RelIndex"));
    let mut from = call.argument(first, "from").to_owned();
    let mut to = call.argument(first + 1, "to").to_owned();
    if call.name.starts_with("Rel_Back") {
        std::mem::swap(&mut from, &mut to);
    }
    if from.is_empty() || to.is_empty() {
        return;
    }
    for id in [&from, &to] {
        drawing.mention(id, "element", call.span);
    }
    drawing.edge(Edge {
        from,
        to,
        label: Label::new(call.argument(first + 2, "label")),
        technology: Label::new(call.argument(first + 3, "techn")).text(),
        direction: if call.name.starts_with("Bi") { "both" } else { "forward" },
        style: "solid",
        span: call.span,
    });
}

/// `ContainerDb_Ext` as `container_db_ext`, `VPCGroup` as `vpc_group`.
pub(super) fn snake_case(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    let mut before = '_';
    let mut chars = name.chars().peekable();
    while let Some(c) = chars.next() {
        let begins =
            !before.is_ascii_uppercase() || chars.peek().is_some_and(char::is_ascii_lowercase);
        if c.is_ascii_uppercase() && before != '_' && begins {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
        before = c;
    }
    out
}

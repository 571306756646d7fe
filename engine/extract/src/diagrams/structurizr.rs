//! The Structurizr DSL: people, software systems, containers, components, where they are deployed, and what they say to each
//! other. Views and styles say nothing more of the system and are passed over.

use redan_base::Span;
use rustc_hash::FxHashMap;

use super::drawing::{Drawing, Edge, Element};
use super::label::Label;
use super::{Block, Broken};

/// Reads the model of a workspace.
pub(super) fn parse(block: &mut Block<'_>) {
    let drawing = Drawing::new("structurizr", block.span, block.limits);
    let mut reader = Reader {
        drawing,
        scopes: vec![],
        names: FxHashMap::default(),
        constants: FxHashMap::default(),
        archetypes: FxHashMap::default(),
        edges: vec![],
        left_out: vec![],
    };
    let lines = tokens(block);
    // Blocks in Markdown may be of another tool that is called by the same word.
    let speaks = lines.iter().any(|l| {
        let word = l.words.first().map(|w| w.text.to_ascii_lowercase());
        matches!(word.as_deref(), Some("workspace" | "model"))
    });
    if !speaks {
        return;
    }
    let mut result = lines.iter().try_for_each(|line| reader.line(line));
    if let (Ok(()), Some(scope)) = (&result, reader.scopes.last()) {
        result = Err((scope.span, "this brace is never closed".to_owned()));
    }
    reader.connect();
    let Reader { drawing, left_out, .. } = reader;
    for (span, message) in left_out {
        block.left_out(span, message);
    }
    block.done("structurizr", drawing, result);
}

/// A word or a text in quotes.
#[derive(Debug, Clone)]
struct Token {
    text: String,
    quoted: bool,
}

/// A statement, without the brace at its end.
struct Line {
    words: Vec<Token>,
    opens: bool,
    closes: bool,
    span: Span,
}

/// The statements: one a line, in words.
fn tokens(block: &Block<'_>) -> Vec<Line> {
    let mut out: Vec<Line> = vec![];
    let (mut comment, mut long) = (false, false);
    let mut goes_on = false;
    for (at, line) in block.lines(block.span) {
        if comment {
            comment = !line.contains("*/");
            continue;
        }
        if long {
            long = !line.contains("\"\"\"");
            continue;
        }
        if line.starts_with("/*") {
            comment = !line.contains("*/");
            continue;
        }
        if line.is_empty() || line.starts_with("//") || line.starts_with('#') {
            continue;
        }
        long = line.matches("\"\"\"").count() == 1;
        let (text, more) = match line.strip_suffix('\\') {
            Some(text) => (text, true),
            None => (line, false),
        };
        let span = Span::new(at, at + line.len());
        let mut words = words(text);
        let mark = |words: &mut Vec<Token>, mark: &str| {
            let found = words.last().is_some_and(|w| !w.quoted && w.text == mark);
            if found {
                words.pop();
            }
            found
        };
        let opens = mark(&mut words, "{");
        let mut closes =
            words.first().is_some_and(|w| !w.quoted && w.text == "}") || mark(&mut words, "}");
        // `properties { "a" "b" }`: what is opened is closed on the same line.
        if let Some(brace) = words.iter().position(|w| !w.quoted && w.text == "{") {
            words.truncate(brace);
            closes = false;
        }
        match out.last_mut().filter(|_| goes_on) {
            Some(last) => {
                last.words.extend(words);
                last.opens |= opens;
                last.span = last.span.to(span);
            }
            None => out.push(Line { words, opens, closes, span }),
        }
        goes_on = more;
    }
    out
}

/// The words of a line.
fn words(line: &str) -> Vec<Token> {
    let mut out = vec![];
    let mut rest = line.trim_start();
    while !rest.is_empty() {
        if rest.starts_with("//") {
            break;
        }
        let (text, quoted, after) = if let Some(body) = rest.strip_prefix('"') {
            let end = body
                .match_indices('"')
                .find(|(i, _)| !body.get(..*i).is_some_and(|b| b.ends_with('\\')));
            let end = end.map_or(body.len(), |(i, _)| i);
            let text = body.get(..end).unwrap_or_default().replace("\\\"", "\"");
            (text, true, body.get(end + 1..).unwrap_or_default())
        } else {
            let end = rest.find(|c: char| c.is_whitespace() || c == '"').unwrap_or(rest.len());
            let word = rest.get(..end).unwrap_or_default();
            // A brace may touch the word before it.
            let cut = match word.strip_suffix(['{', '}']) {
                Some(word) if !word.is_empty() && !word.ends_with('$') && !word.contains("${") => {
                    word.len()
                }
                _ => end,
            };
            (
                word.get(..cut).unwrap_or_default().to_owned(),
                false,
                rest.get(cut..).unwrap_or_default(),
            )
        };
        out.push(Token { text, quoted });
        rest = after.trim_start();
    }
    out
}

/// An open brace.
struct Scope {
    /// The element that it belongs to; none for a part without one.
    id: Option<String>,
    /// Whether a group of the diagram was opened.
    group: bool,
    /// Whether what stands in it says nothing of the system.
    quiet: bool,
    /// Whether words are defined in it: those of all archetypes (an empty text), or one word.
    archetype: Option<String>,
    span: Span,
}

/// What a workspace calls by a word of its own: `api = container { technology "Go" }`.
#[derive(Debug, Clone, Default)]
struct Archetype {
    keyword: String,
    technology: String,
    tags: Vec<String>,
}

struct Reader<'t> {
    drawing: Drawing<'t>,
    scopes: Vec<Scope>,
    /// Ids by the names that statements give them.
    names: FxHashMap<String, String>,
    constants: FxHashMap<String, String>,
    /// Words that stand for a kind of element or relationship, with its technology and tags.
    archetypes: FxHashMap<String, Archetype>,
    /// Edges between names, which may be given later.
    edges: Vec<(Edge, String)>,
    left_out: Vec<(Span, String)>,
}

impl Reader<'_> {
    fn line(&mut self, line: &Line) -> Result<(), Broken> {
        if line.closes {
            let Some(scope) = self.scopes.pop() else {
                return Err((line.span, "this brace closes nothing".to_owned()));
            };
            if scope.group {
                self.drawing.close();
            }
            // `} else {` is not of the language: nothing else stands on the line.
            return Ok(());
        }
        let quiet = self.scopes.iter().any(|s| s.quiet);
        let mut scope = Scope { id: None, group: false, quiet, archetype: None, span: line.span };
        if !quiet {
            self.statement(line, &mut scope)?;
        }
        if line.opens {
            const MOST: usize = 128;
            if self.scopes.len() >= MOST {
                return Err((line.span, format!("it is nested more than {MOST} levels deep")));
            }
            self.scopes.push(scope);
        } else if scope.group {
            self.drawing.close();
        }
        Ok(())
    }

    fn statement(&mut self, line: &Line, scope: &mut Scope) -> Result<(), Broken> {
        let mut words = line.words.as_slice();
        let mut name = None;
        // `api = container "API"`
        if let [first, sign, rest @ ..] = words
            && sign.text == "="
            && !sign.quoted
        {
            name = Some(first.text.clone());
            words = rest;
        }
        if let Some(of) = self.scopes.last().and_then(|s| s.archetype.clone()) {
            self.archetype(&of, name, words, scope);
            return Ok(());
        }
        let plain = |w: &Token| if w.quoted { String::new() } else { w.text.to_ascii_lowercase() };
        let keyword = words.first().map(plain).unwrap_or_default();
        let text = |i: usize| words.get(i).map(|w| self.filled(&w.text)).unwrap_or_default();
        // `a -> b`, `-> b` from within `a`, and `a --https-> b` where `https` is a word for relationships.
        let is_arrow = |w: &Token| !w.quoted && w.text.starts_with('-') && w.text.ends_with("->");
        if let Some(at) =
            words.iter().take(2).position(|w| is_arrow(w) || w.text == "->" && !w.quoted)
        {
            let from = if at == 0 { "this".to_owned() } else { text(0) };
            let word =
                words.get(at).map(|w| w.text.trim_start_matches("--").trim_end_matches("->"));
            let technology = match text(at + 3) {
                written if !written.is_empty() => written,
                _ => word
                    .and_then(|w| self.archetypes.get(w))
                    .map(|a| a.technology.clone())
                    .unwrap_or_default(),
            };
            let (to, label) = (text(at + 1), Label::new(&text(at + 2)));
            self.edge(&from, to, label, technology, line.span);
            scope.quiet = true;
            return Ok(());
        }
        match keyword.as_str() {
            "archetypes" => scope.archetype = Some(String::new()),
            "workspace"
            | "model"
            | "enterprise"
            | "group"
            | "person"
            | "softwaresystem"
            | "container"
            | "component"
            | "element"
            | "deploymentenvironment"
            | "deploymentnode"
            | "infrastructurenode"
            | "softwaresysteminstance"
            | "containerinstance"
            | "instanceof" => return self.element(line, &keyword, words, name, scope),
            "!constant" | "!const" | "!var" => {
                const MOST: usize = 200;
                if self.constants.len() < MOST {
                    let (name, value) = (text(1), text(2));
                    self.constants.insert(name, value);
                }
            }
            "!include" => {
                let what = text(1);
                let message =
                    format!("what `{what}` holds is not read here: includes are not followed");
                self.left_out.push((line.span, message));
            }
            "!element" | "!ref" | "!extend" => {
                scope.id = self.resolve(&text(1));
            }
            "description" | "technology" => {
                let value = text(1);
                if let Some(element) = self.current() {
                    let field = if keyword == "description" {
                        &mut element.description
                    } else {
                        &mut element.technology
                    };
                    *field = value;
                }
            }
            "tags" | "tag" => {
                let tags: Vec<String> =
                    words.iter().skip(1).flat_map(|w| split_tags(&w.text)).collect();
                if let Some(element) = self.current() {
                    element.tags.extend(tags);
                }
            }
            _ => {
                let word = words.first().map(|w| w.text.clone()).unwrap_or_default();
                if let Some(of) = self.archetypes.get(&word).cloned() {
                    let before = line.span;
                    self.element(line, &of.keyword, words, name, scope)?;
                    self.complete(&of, scope.id.clone(), before);
                    return Ok(());
                }
                if name.is_some() {
                    let message = format!("nothing is known of a kind of element called `{word}`");
                    self.left_out.push((line.span, message));
                }
                scope.quiet = true;
            }
        }
        Ok(())
    }

    /// What an archetype says of an element that does not say it itself.
    fn complete(&mut self, of: &Archetype, id: Option<String>, span: Span) {
        let Some(id) = id else { return };
        let in_group = self.drawing.innermost().is_some_and(|e| e.span == span);
        let element = if in_group { self.drawing.innermost() } else { self.drawing.node_mut(&id) };
        if let Some(element) = element {
            if element.technology.is_empty() {
                element.technology.clone_from(&of.technology);
            }
            element.tags.extend(of.tags.iter().cloned());
        }
    }

    /// A line among the archetypes: a new word, or what one means.
    fn archetype(&mut self, of: &str, name: Option<String>, words: &[Token], scope: &mut Scope) {
        const MOST: usize = 200;
        let first = words.first().map(|w| w.text.clone()).unwrap_or_default();
        if let Some(name) = name.filter(|_| self.archetypes.len() < MOST) {
            let known = self.archetypes.get(&first).cloned();
            let new = Archetype { keyword: first.to_ascii_lowercase(), ..Archetype::default() };
            self.archetypes.insert(name.clone(), known.unwrap_or(new));
            scope.archetype = Some(name);
            return;
        }
        scope.quiet = true;
        let Some(archetype) = self.archetypes.get_mut(of) else { return };
        let value = words.get(1).map(|w| w.text.clone()).unwrap_or_default();
        match first.to_ascii_lowercase().as_str() {
            "technology" => archetype.technology = value,
            "tag" | "tags" => {
                archetype.tags.extend(words.iter().skip(1).flat_map(|w| split_tags(&w.text)));
            }
            _ => {}
        }
    }

    /// `person "Name" "Description" "Tags"`, `container "Name" "Description" "Technology" "Tags"`
    fn element(
        &mut self,
        line: &Line,
        keyword: &str,
        words: &[Token],
        name: Option<String>,
        scope: &mut Scope,
    ) -> Result<(), Broken> {
        let filled: Vec<String> = words.iter().map(|w| self.filled(&w.text)).collect();
        let text = |i: usize| filled.get(i).cloned().unwrap_or_default();
        if matches!(keyword, "workspace" | "model") {
            if keyword == "workspace" && words.iter().any(|w| w.text == "extends") {
                let message = "the workspace that this one extends is not read here".to_owned();
                self.left_out.push((line.span, message));
            }
            return Ok(());
        }
        let technical =
            matches!(keyword, "container" | "component" | "deploymentnode" | "infrastructurenode");
        let instance =
            matches!(keyword, "softwaresysteminstance" | "containerinstance" | "instanceof");
        let mut label = Label::new(&text(1));
        let mut tags = split_tags(&text(if technical { 4 } else { 3 }));
        if instance {
            let of = self.resolve(&text(1)).and_then(|id| self.drawing.element(&id));
            if let Some(of) = of {
                (label, tags) = (of.label.clone(), of.tags.clone());
            }
        }
        let outer = self.scopes.iter().rev().find_map(|s| s.id.clone());
        let id = match (&outer, &name) {
            (Some(outer), Some(name)) => format!("{outer}.{name}"),
            (None, Some(name)) => name.clone(),
            (_, None) => format!("{} {}", line.span.start, label.text()),
        };
        if let Some(name) = name {
            self.names.entry(name).or_insert_with(|| id.clone());
        }
        self.names.entry(id.clone()).or_insert_with(|| id.clone());
        let element = Element {
            id: id.clone(),
            label,
            shape: snake_case(keyword).to_owned(),
            technology: if technical { text(3) } else { String::new() },
            description: if instance { String::new() } else { text(2) },
            tags,
            span: line.span,
            ..Element::default()
        };
        let is_part = matches!(keyword, "group" | "enterprise" | "deploymentenvironment");
        scope.group = line.opens;
        scope.id = if is_part { outer } else { Some(id) };
        if line.opens {
            return self.drawing.open(element);
        }
        self.drawing.declare(element);
        Ok(())
    }

    /// The element that the innermost brace belongs to.
    fn current(&mut self) -> Option<&mut Element> {
        self.scopes.last().filter(|s| s.group)?;
        self.drawing.innermost()
    }

    fn edge(&mut self, from: &str, to: String, label: Label, technology: String, span: Span) {
        let inside = self.scopes.iter().rev().find_map(|s| s.id.clone()).unwrap_or_default();
        let end = |name: &str| if name == "this" { inside.clone() } else { name.to_owned() };
        let (from, to) = (end(from), end(&to));
        let (direction, style) = ("forward", "solid");
        let edge = Edge { from, to, label, technology, direction, style, span };
        self.edges.push((edge, inside));
    }

    /// Names of edges become ids, now that all are known.
    fn connect(&mut self) {
        for (mut edge, inside) in std::mem::take(&mut self.edges) {
            let find = |name: &str| {
                // From the inside out: `api` within `shop.backend` may be `shop.backend.api` or `shop.api`.
                let mut scope = inside.as_str();
                loop {
                    if let Some(id) = self.names.get(&format!("{scope}.{name}")) {
                        return Some(id.clone());
                    }
                    scope = scope.rsplit_once('.')?.0;
                }
            };
            let id = |name: &str| find(name).or_else(|| self.resolve(name));
            match (id(&edge.from), id(&edge.to)) {
                (Some(from), Some(to)) => {
                    (edge.from, edge.to) = (from, to);
                    self.drawing.edge(edge);
                }
                (from, _) => {
                    let name = if from.is_none() { &edge.from } else { &edge.to };
                    let message =
                        format!("this relationship is left out: nothing here is called `{name}`");
                    self.left_out.push((edge.span, message));
                }
            }
        }
    }

    fn resolve(&self, name: &str) -> Option<String> {
        let last = || self.names.get(name.rsplit('.').next().unwrap_or(name));
        self.names.get(name).or_else(last).cloned()
    }

    /// A text with its constants filled in.
    fn filled(&self, text: &str) -> String {
        let mut out = text.to_owned();
        if text.contains("${") {
            let mut names: Vec<_> = self.constants.iter().collect();
            names.sort();
            for (name, value) in names {
                // A constant may hold others, and itself.
                const MOST: usize = 4_096;
                let name = format!("${{{name}}}");
                let times = out.matches(&name).count();
                if times > 0 && out.len() + times * value.len() <= MOST {
                    out = out.replace(&name, value);
                }
            }
        }
        out
    }
}

fn split_tags(text: &str) -> Vec<String> {
    text.split(',').map(|t| t.trim().to_owned()).filter(|t| !t.is_empty()).collect()
}

/// The keywords of several words, which are written in lower case here.
fn snake_case(keyword: &str) -> &str {
    match keyword {
        "softwaresystem" => "software_system",
        "deploymentenvironment" => "deployment_environment",
        "deploymentnode" => "deployment_node",
        "infrastructurenode" => "infrastructure_node",
        "softwaresysteminstance" => "software_system_instance",
        "containerinstance" => "container_instance",
        "instanceof" => "instance",
        other => other,
    }
}

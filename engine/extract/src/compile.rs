//! Compiles the extractors of a program: every glob, pattern, path, expression and condition, before a file is read.

mod groups;

use std::sync::Arc;

use aho_corasick::AhoCorasick;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use rayon::prelude::*;
use redan_base::{CacheKey, Diagnostic, Severity, Source, SourceId, Sources, Span};
use redan_facts::RelationId;
use redan_grammar::syntax::{ExtractCase, Matcher, Name, Text};
use redan_program::ir::{Extractor, ExtractorCase, Program};
use rustc_hash::FxHashMap;

use self::groups::unused_groups;
use crate::code::{self, CompiledCase};
use crate::diagrams::{self, LANGUAGES, Language};
use crate::expr::{Condition, Operand};
use crate::expr_compile::{Compiler, bad_regex, likely};
use crate::formats::{FORMATS, Format, format};
use crate::kept::digest_of_case;
use crate::line_regex::LineRegex;
use crate::matching::Anchors;
use crate::tree_path::Path;

/// All extractors of a program, ready to run.
#[derive(Debug, Clone, Default)]
pub struct Extractors {
    /// All globs.
    pub(crate) globs: GlobSet,
    /// For each glob the units that it may choose a file for.
    pub(crate) chosen_by: Vec<Vec<u32>>,
    /// What runs over files.
    pub(crate) units: Arc<Vec<Unit>>,
    /// What becomes of a match, one for each `from` case without errors.
    pub(crate) bodies: Arc<Vec<Body>>,
    /// All anchors.
    pub(crate) anchors: Option<AhoCorasick>,
    /// How many anchors there are.
    pub(crate) anchor_count: usize,
}

impl Extractors {
    /// Those whose facts somebody asks for, by the relations that are wanted: the others choose no file.
    #[must_use]
    pub fn only(&self, program: &Program, wanted: impl Fn(RelationId) -> bool) -> Self {
        let asked: Vec<bool> = program
            .extractors
            .iter()
            .map(|e| {
                let own = [Some(e.member), e.file, e.line, e.text].into_iter().flatten();
                own.chain(e.fields.iter().map(|f| f.relation)).any(&wanted)
            })
            .collect();
        let runs = |unit: &u32| {
            let body = self.units.get(*unit as usize).and_then(|u| self.bodies.get(u.body));
            body.is_some_and(|b| asked.get(b.extractor).is_some_and(|a| *a))
        };
        let chosen_by = self.chosen_by.iter();
        let chosen_by =
            chosen_by.map(|units| units.iter().copied().filter(runs).collect()).collect();
        Self { chosen_by, ..self.clone() }
    }
}

/// One format or language of one `from` case.
#[derive(Debug)]
pub(crate) struct Unit {
    /// What becomes of its matches.
    pub body: usize,
    /// How it reads files.
    pub reader: Reader,
    /// How it matches.
    pub finder: Finder,
    /// Globs of which one must match besides, for a case of several formats: the format's own.
    pub own: Vec<u32>,
    /// Globs of which none may match.
    pub except: Vec<u32>,
    /// Of each list at least one anchor must be in the file.
    pub anchors: Vec<Vec<u32>>,
    /// A hash of all that decides on what the unit finds in a text, but for the limits.
    pub key: CacheKey,
}

/// How a file is read.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reader {
    /// As a tree.
    Tree(&'static Format),
    /// As code of a language.
    Code(&'static str),
    /// As diagrams.
    Diagrams(&'static Language),
    /// As it is.
    Text,
}

impl Reader {
    /// The word after `from`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Tree(format) => format.name,
            Self::Code(language) => language,
            Self::Diagrams(language) => language.name,
            Self::Text => "text",
        }
    }
}

/// How matches are found.
#[derive(Debug)]
pub(crate) enum Finder {
    /// By a path in a tree; nodes and edges of diagrams too.
    Path(Path),
    /// By code.
    Code(CompiledCase),
    /// By a regular expression and its named groups.
    Regex(LineRegex),
    /// The file itself.
    File,
}

/// What becomes of a match.
#[derive(Debug)]
pub(crate) struct Body {
    /// An index of [`Program::extractors`].
    pub extractor: usize,
    /// `where`
    pub filter: Option<Condition>,
    /// For each field of the extractor, where its value comes from.
    pub fields: Vec<Option<Operand>>,
}

/// Compiles all extractors of a program. A case with an error is left out.
pub fn compile(program: &Program, sources: &Sources) -> (Extractors, Vec<Diagnostic>) {
    let extractors = program.extractors.iter().enumerate();
    let cases: Vec<(usize, &Extractor, &ExtractorCase)> =
        extractors.flat_map(|(n, e)| e.cases.iter().map(move |c| (n, e, c))).collect();
    // Queries of code take most of the time, and know nothing of each other.
    let found: Vec<CaseFinders<'_>> = cases
        .par_iter()
        .map(|(_, _, case)| Compilation::new(program, sources).finders(case))
        .collect();
    let mut builder = Compilation::new(program, sources);
    for ((index, extractor, case), found) in cases.into_iter().zip(found) {
        builder.case(index, extractor, case, found);
    }
    builder.finish()
}

/// What a case reads, how it finds, and what there is to tell about it.
struct CaseFinders<'p> {
    readers: Vec<(Reader, &'p Name)>,
    finders: Vec<(Reader, Finder)>,
    diagnostics: Vec<Diagnostic>,
}

struct Compilation<'p> {
    program: &'p Program,
    sources: &'p Sources,
    globs: FxHashMap<String, u32>,
    glob_list: Vec<globset::Glob>,
    chosen_by: Vec<Vec<u32>>,
    anchors: FxHashMap<String, u32>,
    anchor_list: Vec<String>,
    units: Vec<Unit>,
    bodies: Vec<Body>,
    diagnostics: Vec<Diagnostic>,
}

impl<'p> Compilation<'p> {
    fn new(program: &'p Program, sources: &'p Sources) -> Self {
        Self {
            program,
            sources,
            globs: FxHashMap::default(),
            glob_list: vec![],
            chosen_by: vec![],
            anchors: FxHashMap::default(),
            anchor_list: vec![],
            units: vec![],
            bodies: vec![],
            diagnostics: vec![],
        }
    }

    fn finders(mut self, case: &'p ExtractorCase) -> CaseFinders<'p> {
        let syntax = &case.syntax;
        let readers = self.readers(syntax, case.source);
        let mut finders = vec![];
        for (reader, name) in &readers {
            if let Some(mut finder) = self.finder(*reader, &syntax.matcher, name, case.source) {
                if let (Finder::Code(case), Some(filter)) = (&mut finder, &syntax.filter) {
                    case.narrow(filter);
                }
                finders.push((*reader, finder));
            }
        }
        CaseFinders { readers, finders, diagnostics: self.diagnostics }
    }

    fn finish(self) -> (Extractors, Vec<Diagnostic>) {
        let mut set = GlobSetBuilder::new();
        for glob in self.glob_list {
            set.add(glob);
        }
        let mut diagnostics = self.diagnostics;
        // Without the automaton every file counts as having every anchor.
        let (globs, anchors) =
            rayon::join(|| set.build(), || AhoCorasick::new(&self.anchor_list).ok());
        let globs = globs.unwrap_or_else(|error| {
            let message = format!("the globs are too large together: {}", error.kind());
            diagnostics.push(Diagnostic::error(402, message));
            GlobSet::empty()
        });
        let extractors = Extractors {
            globs,
            chosen_by: self.chosen_by,
            units: Arc::new(self.units),
            bodies: Arc::new(self.bodies),
            anchors,
            anchor_count: self.anchor_list.len(),
        };
        (extractors, diagnostics)
    }

    fn case(
        &mut self,
        index: usize,
        extractor: &Extractor,
        case: &ExtractorCase,
        found: CaseFinders<'_>,
    ) {
        let syntax = &case.syntax;
        let source = case.source;
        let before = self.diagnostics.len();
        let CaseFinders { readers, finders, diagnostics } = found;
        self.diagnostics.extend(diagnostics);
        let (include, own) = self.chosen_globs(syntax, &readers, source);
        let except: Vec<u32> =
            syntax.except.iter().filter_map(|g| self.written_glob(g, source)).collect();
        // A name that only some of the languages bind may be missing, yet is no error.
        let mut captures: Vec<String> = finders.iter().flat_map(|(_, f)| bound(f)).collect();
        captures.sort();
        captures.dedup();
        let complete = finders.len() == readers.len() && !readers.is_empty();
        let (filter, fields, sets) = if complete {
            self.body(extractor, case, &captures, &finders)
        } else {
            (None, vec![], vec![])
        };
        let told = self.diagnostics.get(before..).unwrap_or_default();
        if !complete || told.iter().any(|d| d.severity == Severity::Error) {
            return;
        }
        let key = digest_of_case(self.program, self.sources, extractor, case, &sets);
        let body = self.bodies.len();
        self.bodies.push(Body { extractor: index, filter, fields });
        for (position, (reader, finder)) in finders.into_iter().enumerate() {
            let mut anchors = anchors_of(reader, &finder);
            if !syntax.mentions.is_empty() {
                anchors.push(syntax.mentions.iter().map(|t| t.value.clone()).collect());
            }
            let anchors =
                anchors.iter().map(|any| any.iter().map(|a| self.anchor(a)).collect()).collect();
            let unit = self.units.len() as u32;
            for glob in include.get(position).into_iter().flatten() {
                if let Some(list) = self.chosen_by.get_mut(*glob as usize) {
                    list.push(unit);
                }
            }
            let own = own.get(position).cloned().unwrap_or_default();
            let except = except.clone();
            let mut key = key.clone();
            key.add(reader.name().as_bytes());
            let key = key.finish();
            self.units.push(Unit { body, reader, finder, own, except, anchors, key });
        }
    }

    fn error(&mut self, code: u16, source: SourceId, span: Span, message: String, help: String) {
        let diagnostic = Diagnostic::error(code, message).at(source, span, "");
        self.diagnostics.push(if help.is_empty() { diagnostic } else { diagnostic.help(help) });
    }

    /// What the words after `from` name.
    fn readers<'s>(
        &mut self,
        syntax: &'s ExtractCase,
        source: SourceId,
    ) -> Vec<(Reader, &'s Name)> {
        let languages = code::languages();
        let mut readers = vec![];
        for name in &syntax.formats {
            let word = name.text.as_str();
            let language = languages.iter().find(|(l, _)| *l == word);
            let reader = match (format(word), language, word) {
                (Some(format), ..) => Reader::Tree(format),
                (_, Some((language, _)), _) => Reader::Code(language),
                (_, _, "text") => Reader::Text,
                _ => match diagrams::language(word) {
                    Some(language) => Reader::Diagrams(language),
                    None => {
                        let words: Vec<&str> = FORMATS
                            .iter()
                            .map(|f| f.name)
                            .chain(languages.iter().map(|(l, _)| *l))
                            .chain(LANGUAGES.iter().map(|l| l.name))
                            .chain(["text"])
                            .collect();
                        let help = match likely(word, words.iter().copied()) {
                            Some(word) => format!("did you mean `{word}`?"),
                            None => format!("files can be read as {}", words.join(", ")),
                        };
                        let message = format!("there is no format or language `{word}`");
                        self.error(403, source, name.span, message, help);
                        continue;
                    }
                },
            };
            readers.push((reader, name));
        }
        readers
    }

    /// For each reader the globs that choose files, and those of which one must match besides.
    fn chosen_globs(
        &mut self,
        syntax: &ExtractCase,
        readers: &[(Reader, &Name)],
        source: SourceId,
    ) -> (Vec<Vec<u32>>, Vec<Vec<u32>>) {
        let written: Vec<u32> =
            syntax.globs.iter().filter_map(|g| self.written_glob(g, source)).collect();
        let mut include = vec![];
        let mut own = vec![];
        for (reader, name) in readers {
            let names: Vec<u32> =
                own_globs(*reader).iter().filter_map(|g| self.glob(g).ok()).collect();
            if syntax.globs.is_empty() && names.is_empty() {
                let message = format!("`{}` says nothing about which files to read", name.text);
                let help = "name them: `from text in \"**/*.txt\"`".to_owned();
                self.error(404, source, name.span, message, help);
            }
            if syntax.globs.is_empty() {
                include.push(names);
                own.push(vec![]);
            } else {
                include.push(written.clone());
                own.push(if readers.len() > 1 { names } else { vec![] });
            }
        }
        (include, own)
    }

    fn written_glob(&mut self, text: &Text, source: SourceId) -> Option<u32> {
        // A name without folders is looked for in every folder.
        let everywhere = format!("**/{}", text.value);
        let glob = if text.value.contains('/') { &text.value } else { &everywhere };
        match self.glob(glob) {
            Ok(number) => Some(number),
            Err(message) => {
                let message = format!("this is not a glob: {message}");
                let help =
                    "`*` stands for any part of a name, `**/` for any folders, `{a,b}` for either"
                        .to_owned();
                self.error(402, source, text.span, message, help);
                None
            }
        }
    }

    fn glob(&mut self, text: &str) -> Result<u32, String> {
        if let Some(number) = self.globs.get(text) {
            return Ok(*number);
        }
        let glob = GlobBuilder::new(text)
            .literal_separator(true)
            .empty_alternates(true)
            .build()
            .map_err(|e| e.kind().to_string())?;
        let number = self.glob_list.len() as u32;
        self.glob_list.push(glob);
        self.chosen_by.push(vec![]);
        self.globs.insert(text.to_owned(), number);
        Ok(number)
    }

    fn anchor(&mut self, text: &str) -> u32 {
        if let Some(number) = self.anchors.get(text) {
            return *number;
        }
        let number = self.anchor_list.len() as u32;
        self.anchor_list.push(text.to_owned());
        self.anchors.insert(text.to_owned(), number);
        number
    }

    fn finder(
        &mut self,
        reader: Reader,
        matcher: &Matcher,
        name: &Name,
        source: SourceId,
    ) -> Option<Finder> {
        let wrong = match (matcher, reader) {
            (Matcher::Tree(path), Reader::Tree(_)) => return Some(Finder::Path(Path::new(path))),
            (Matcher::Pattern(_) | Matcher::Query(_), Reader::Code(language)) => {
                let pack = self.sources.get(source);
                return match CompiledCase::compile(language, matcher, source, pack) {
                    Ok(case) => Some(Finder::Code(case)),
                    Err(errors) => {
                        // Each language of the case tells about the same pattern.
                        for error in errors {
                            if !self.diagnostics.contains(&error) {
                                self.diagnostics.push(error);
                            }
                        }
                        None
                    }
                };
            }
            (Matcher::Regex(text), _) => return self.regex(text, source),
            (Matcher::Node | Matcher::Edge | Matcher::Group, Reader::Diagrams(_)) => {
                let list = match matcher {
                    Matcher::Node => "nodes",
                    Matcher::Edge => "edges",
                    _ => "groups",
                };
                return Some(Finder::Path(Path::elements_of(list)));
            }
            (Matcher::WholeFile, _) => return Some(Finder::File),
            (Matcher::Tree(path), _) => ("`at` needs a structured format", path.span),
            (Matcher::Pattern(text), _) => {
                ("a code pattern needs a programming language", text.span)
            }
            (Matcher::Query(text), _) => ("a query needs a programming language", text.span),
            (Matcher::Node | Matcher::Edge | Matcher::Group, _) => {
                ("`node`, `edge` and `group` need a format of diagrams", name.span)
            }
        };
        let (rule, span) = wrong;
        let message = format!("{rule}, and `{}` is none", name.text);
        let help = match reader {
            Reader::Tree(_) => "find it by `at PATH`, or by `match /…/` in the text",
            Reader::Code(_) => "find it by ``match `code` ``, a query, or `match /…/` in the text",
            Reader::Diagrams(_) => "find it by `node`, `edge` or `group`",
            Reader::Text => "find it by `match /…/`, or the file itself by `file`",
        };
        self.error(405, source, span, message, help.to_owned());
        None
    }

    fn regex(&mut self, text: &Text, source: SourceId) -> Option<Finder> {
        let checked = self.sources.get(source).is_some_and(Source::is_checked);
        match LineRegex::new(&text.value, checked) {
            Ok(regex) => Some(Finder::Regex(regex)),
            Err(error) => {
                self.diagnostics.push(bad_regex(source, text.span, &error));
                None
            }
        }
    }

    fn body(
        &mut self,
        extractor: &Extractor,
        case: &ExtractorCase,
        captures: &[String],
        finders: &[(Reader, Finder)],
    ) -> (Option<Condition>, Vec<Option<Operand>>, Vec<usize>) {
        let syntax = &case.syntax;
        let schema = &self.program.schema;
        let kind = schema.kinds.get(extractor.kind.0 as usize);
        let mut compiler = Compiler {
            checked: self.sources.get(case.source).is_some_and(Source::is_checked),
            schema,
            values: &self.program.values,
            pack: kind.map_or(0, |k| k.declared.pack.0 as usize),
            source: case.source,
            captures,
            tree: finders.iter().all(|(_, f)| matches!(f, Finder::Path(_))),
            sets: vec![],
            errors: vec![],
        };
        let filter = syntax.filter.as_ref().and_then(|c| compiler.condition(c));
        let mut fields: Vec<Option<Operand>> = extractor.fields.iter().map(|_| None).collect();
        let mut written = vec![false; fields.len()];
        for (output, field) in syntax.outputs.iter().zip(&case.outputs) {
            let operand = compiler.operand(&output.value);
            if let (Some(slot), Some(mark)) = (fields.get_mut(*field), written.get_mut(*field)) {
                *slot = operand;
                *mark = true;
            }
        }
        let diagrams = finders.iter().any(|(r, _)| matches!(r, Reader::Diagrams(_)));
        for ((field, slot), written) in extractor.fields.iter().zip(&mut fields).zip(written) {
            if written {
                continue;
            }
            // A field of the name of a capture is that capture.
            if captures.contains(&field.name) {
                *slot = Some(Operand::Capture(field.name.as_str().into()));
            } else if diagrams && diagrams::FIELDS.contains(&field.name.as_str()) {
                *slot = Some(Operand::Tree(Path::key(&field.name), None));
            } else if !field.optional && !field.many && field.default.is_none() {
                let message = format!("this case says nothing about the field `{}`", field.name);
                let help = format!(
                    "add `{0}: …` to its outputs, or declare the field as `{0}?` if facts may lack it",
                    field.name
                );
                let span = case_word(syntax);
                compiler
                    .errors
                    .push(Diagnostic::error(413, message).at(case.source, span, "").help(help));
            }
        }
        let Compiler { sets, mut errors, .. } = compiler;
        unused_groups(extractor, case, captures, finders, &mut errors);
        self.diagnostics.extend(errors);
        (filter, fields, sets)
    }
}

/// The word that stands for a case in a message: its first format.
fn case_word(syntax: &ExtractCase) -> Span {
    syntax.formats.first().map_or(syntax.span, |n| n.span)
}

/// The names that a finder binds.
fn bound(finder: &Finder) -> Vec<String> {
    match finder {
        Finder::Path(path) => path.binds().map(str::to_owned).collect(),
        Finder::Code(case) => case.captures().to_vec(),
        Finder::Regex(regex) => regex.names.clone(),
        Finder::File => vec![],
    }
}

/// The globs of a format's own files.
fn own_globs(reader: Reader) -> Vec<String> {
    let texts = |globs: &[&str]| globs.iter().map(|g| (*g).to_owned()).collect();
    match reader {
        Reader::Tree(format) => texts(format.globs),
        Reader::Code(language) => {
            let found = code::languages().into_iter().find(|(l, _)| *l == language);
            found.map(|(_, globs)| globs).unwrap_or_default()
        }
        Reader::Diagrams(language) => texts(language.globs),
        Reader::Text => vec![],
    }
}

/// Texts without which a file cannot have a match.
fn anchors_of(reader: Reader, finder: &Finder) -> Anchors {
    match (finder, reader) {
        (Finder::Path(path), Reader::Tree(format)) if format.literal_keys => path
            .keys()
            .map(|key| {
                let mut any = vec![key.trim_start_matches('@').to_owned()];
                // A key may be written with escapes.
                any.extend(format.escapes.iter().map(|e| (*e).to_owned()));
                any
            })
            .filter(|any| any.iter().all(|a| !a.is_empty()))
            .collect(),
        (Finder::Path(_), Reader::Diagrams(language)) => {
            vec![language.anchors.iter().map(|a| (*a).to_owned()).collect()]
        }
        (Finder::Path(_) | Finder::File, _) => vec![],
        (Finder::Code(case), _) => case.anchors(),
        (Finder::Regex(regex), _) => regex.anchors.clone(),
    }
}

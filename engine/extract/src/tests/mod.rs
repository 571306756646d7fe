//! Tests of the whole room over worlds in memory. Programs are lowered here by hand, so that the tests stand on the
//! contract of [`redan_program::ir`] alone.

mod diagrams;
mod errors;
mod expressions;
mod hostile;
mod kept;
mod running;
mod templates;
mod trees;

use redan_base::{Diagnostic, Limits, MemoryWorld, Source, SourceId, Sources, Span};
use redan_facts::{Facts, RelationId, Value, ValueId};
use redan_grammar::syntax::{self, ExprKind, ItemKind};
use redan_program::ir::{
    Bound, Extractor, ExtractorCase, ExtractorField, Program, RelationInfo, Role,
};
use redan_program::schema::{Declared, Enum, EnumId, Kind, KindId, Pack, PackId, Set, Type};

use crate::{Event, Extraction, Extractors, compile, extract};

/// A program of the extractors, enums and sets of a text.
pub(super) fn program(text: &str) -> (Program, Sources) {
    let mut sources = Sources::new();
    let source = sources.add(Source::new("test.redan", text));
    let (file, errors) = redan_grammar::parse(source, text);
    assert!(errors.is_empty(), "{errors:#?}");
    let mut program = Program::default();
    program.schema.packs.push(Pack {
        name: "test".to_owned(),
        version: String::new(),
        licence: String::new(),
        description: String::new(),
        requires: vec![],
        declared: None,
    });
    for item in &file.items {
        match &item.kind {
            ItemKind::Enum(e) => {
                let name = format!("test.{}", e.name.text);
                let symbols: Vec<String> = e.symbols.iter().map(|s| s.text.clone()).collect();
                let values = (0..).zip(&symbols).map(|(rank, s)| {
                    let (of, name) = (name.as_str().into(), s.as_str().into());
                    program.values.intern(Value::Symbol { of, name, rank })
                });
                let values = values.collect();
                let declared = declared(&name, source, item.span);
                let ordered = e.ordered;
                program.schema.enums.push(Enum { declared, symbols, ordered, values });
            }
            ItemKind::Set(s) => {
                let mut set = Set {
                    declared: declared(&format!("test.{}", s.name.name.text), source, item.span),
                    element: Type::Str,
                    members: vec![],
                    patterns: vec![],
                };
                for member in &s.members {
                    match &member.kind {
                        ExprKind::Regex(pattern) => set.patterns.push(pattern.clone()),
                        _ => set.members.extend(constant(&mut program, &member.kind)),
                    }
                }
                program.schema.sets.push(set);
            }
            ItemKind::Extract(e) => extractor(&mut program, source, item.span, e),
            other => panic!("not of these tests: {other:?}"),
        }
    }
    (program, sources)
}

fn declared(name: &str, source: SourceId, span: Span) -> Declared {
    let name = name.to_owned();
    Declared { name, pack: PackId(0), source, span, item: span, docs: String::new() }
}

fn constant(program: &mut Program, kind: &ExprKind) -> Option<ValueId> {
    match kind {
        ExprKind::Text(t) | ExprKind::Name(t) => Some(program.values.text(t)),
        ExprKind::Int(n) => Some(program.values.int(*n)),
        ExprKind::Bool(b) => Some(program.values.bool(*b)),
        _ => None,
    }
}

fn extractor(program: &mut Program, source: SourceId, span: Span, e: &syntax::Extract) {
    let kind = KindId(program.schema.kinds.len() as u32);
    let name = format!("test.{}", e.name.text);
    program.schema.kinds.push(Kind {
        declared: declared(&name, source, span),
        parent: None,
        root: kind,
        attributes: vec![],
        extracted: true,
        is_flow: false,
    });
    let relation = |program: &mut Program, name: String, columns: Vec<Type>| {
        let twin = RelationId(program.relations.len() as u32);
        let (role, bound) = (Role::Auxiliary, Bound::Certain);
        std::sync::Arc::make_mut(&mut program.relations).push(RelationInfo {
            name,
            columns,
            role,
            bound,
            twin,
        });
        twin
    };
    let entity = Type::Entity(kind);
    let member = relation(program, name.clone(), vec![entity.clone()]);
    let file = relation(program, format!("{name}.file"), vec![entity.clone(), Type::Str]);
    let line = relation(program, format!("{name}.line"), vec![entity.clone(), Type::Int]);
    let text = relation(program, format!("{name}.text"), vec![entity.clone(), Type::Str]);
    let fields: Vec<ExtractorField> = e
        .fields
        .iter()
        .map(|f| {
            let ty = match f.ty.as_ref().map(|t| t.name.name.text.as_str()) {
                None | Some("string") => Type::Str,
                Some("int") => Type::Int,
                Some("bool") => Type::Bool,
                Some(other) => {
                    let named = |e: &Enum| e.declared.name == format!("test.{other}");
                    let at = program.schema.enums.iter().position(named).unwrap();
                    Type::Enum(EnumId(at as u32))
                }
            };
            let columns = vec![entity.clone(), ty.clone()];
            let default = f.default.as_ref().and_then(|d| constant(program, &d.kind));
            let relation = relation(program, format!("{name}.{}", f.name.text), columns);
            let (optional, many) = (f.optional, f.many);
            ExtractorField { name: f.name.text.clone(), relation, ty, optional, many, default }
        })
        .collect();
    let cases = e
        .cases
        .iter()
        .map(|case| {
            let index = |o: &syntax::Output| {
                fields.iter().position(|f| f.name == o.name.text).unwrap_or(usize::MAX)
            };
            let outputs = case.outputs.iter().map(index).collect();
            ExtractorCase { syntax: case.clone(), source, outputs }
        })
        .collect();
    let (file, line, text) = (Some(file), Some(line), Some(text));
    program.extractors.push(Extractor { kind, member, file, line, text, fields, cases });
}

/// The messages of compiling a text, with what they underline.
pub(super) fn told(diagnostics: &[Diagnostic], sources: &Sources) -> Vec<String> {
    diagnostics
        .iter()
        .map(|d| {
            let label = d.labels.first();
            let place = label.and_then(|l| Some(sources.get(l.source)?.slice(l.span)));
            let place = place.map_or(String::new(), |p| format!(" at `{p}`"));
            let help = d.help.as_ref().map_or(String::new(), |h| format!(" (help: {h})"));
            format!("{}: {}{place}{help}", d.code, d.message)
        })
        .collect()
}

/// A compiled program; it has no errors.
pub(super) fn compiled(text: &str) -> (Program, Sources, Extractors) {
    let (program, sources) = program(text);
    let (extractors, diagnostics) = compile(&program, &sources);
    assert!(diagnostics.is_empty(), "{:#?}", told(&diagnostics, &sources));
    (program, sources, extractors)
}

/// Runs a program over files.
pub(super) fn run(text: &str, world: &MemoryWorld) -> (Program, Extraction, Vec<Diagnostic>) {
    let (program, sources, extractors) = compiled(text);
    let limits = Limits::default();
    let tell = |_: Event| {};
    let (extraction, told) = extract(world, &program, &extractors, sources, &limits, None, &tell);
    (program, extraction, told)
}

/// All facts, one a line: `kind field=value … @path:line «text of its place»`.
pub(super) fn show(program: &Program, extraction: &Extraction) -> Vec<String> {
    let mut out = vec![];
    let facts = &extraction.facts;
    for extractor in &program.extractors {
        let relation = facts.relation(extractor.member);
        let kind = &program.schema.kinds[extractor.kind.0 as usize].declared.name;
        for (row, values) in relation.rows() {
            let entity = values[0];
            let mut line = kind.trim_start_matches("test.").to_owned();
            for field in &extractor.fields {
                for value in values_of(facts, field.relation, entity) {
                    line.push_str(&format!(" {}={value}", field.name));
                }
            }
            let place = relation.place(row).unwrap();
            let source = extraction.sources.get(place.source).unwrap();
            let text = source.slice(place.span);
            line.push_str(&format!(" @{}:{} «{text}»", source.path(), place.line));
            out.push(line);
        }
    }
    out
}

fn values_of(facts: &Facts, relation: RelationId, entity: ValueId) -> Vec<String> {
    let rows = facts.relation(relation).rows().filter(|(_, r)| r[0] == entity);
    rows.map(|(_, r)| facts.values.show(r[1])).collect()
}

/// Runs a program over one file and compares all facts.
#[track_caller]
pub(super) fn check(text: &str, path: &str, file: &str, expected: &[&str]) {
    let world: MemoryWorld = [(path.to_owned(), file.as_bytes().to_vec())].into_iter().collect();
    let (program, extraction, told_now) = run(text, &world);
    assert!(told_now.is_empty(), "{told_now:#?}");
    assert_eq!(extraction.coverage.skipped, [], "nothing is skipped");
    assert_eq!(show(&program, &extraction), expected);
}

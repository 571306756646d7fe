//! From the syntax of all pack files to the [`Schema`]: what the items declare, with every mistake in it.

mod changes;
mod constants;
mod expectations;
pub mod fields;
mod kinds;
mod packs;
mod policies;
mod register;
mod sets;
#[cfg(test)]
mod tests;
mod threats;
mod translations;

pub(crate) use expectations::check as check_tests;
use redan_base::{Diagnostic, SourceId, Sources, Span};
use redan_facts::Values;
use redan_grammar::syntax::{Expr, ExprKind, Item, ItemKind, Name, Path};

use crate::ir::PolicyRule;
use crate::names::{Meaning, Names, Scope};
use crate::schema::{PackId, Schema, ThreatId};

/// The files of one pack, as they were found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PackFiles {
    /// The name of the folder or file: the pack's name, unless its `pack` item says another.
    pub name: String,
    /// Its files, which all end in `.redan`.
    pub files: Vec<SourceId>,
    /// Whether its `except`, `override` and `disable` items are told but not applied: the pack comes from whom the caller does
    /// not trust to take anything away.
    pub adds_only: bool,
    /// The first words of items that are passed over: nobody asks for them, and they were checked before.
    pub without: Vec<&'static str>,
}

/// An item of a pack.
#[derive(Debug, Clone, PartialEq)]
pub struct PackItem {
    /// The pack.
    pub pack: PackId,
    /// The file.
    pub source: SourceId,
    /// The item.
    pub item: Item,
    /// What it declares in the schema. None if it declares nothing (a clause, a statement), or if it was refused
    /// (a second item of a name): then nothing is to be made of it.
    pub declares: Option<Meaning>,
}

impl PackItem {
    /// Where the names in the item are looked up.
    pub fn scope(&self) -> Scope {
        Scope::new(self.pack, self.source)
    }
}

/// A place in a threat's texts, `assets` or `at` that names a binding of its match, perhaps with attributes:
/// `{service.name}`, `assets d`. Whether the match binds it (`RDN0530`) and has the attributes is checked by
/// the lowering, which knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Insertion {
    /// The threat.
    pub threat: ThreatId,
    /// The file: of the threat, or of the translation or override.
    pub source: SourceId,
    /// The insertion with its braces.
    pub span: Span,
    /// The binding, and the attributes to follow.
    pub parts: Vec<String>,
}

/// All declarations of all packs.
#[derive(Debug, Clone, Default)]
pub struct Declarations {
    /// What was declared.
    pub schema: Schema,
    /// The values of defaults, sets and symbols.
    pub values: Values,
    /// All items that parsed, pack by pack in the order of [`Schema::packs`], files by path.
    pub items: Vec<PackItem>,
    /// What a name means where.
    pub names: Names,
    /// The bindings that texts use.
    pub insertions: Vec<Insertion>,
    /// The rules of policies, checked.
    pub policies: Vec<PolicyRule>,
    /// The sources that are known to be without mistakes, in order.
    pub checked: Vec<SourceId>,
}

/// Parses all files, resolves what their items declare and checks it.
pub fn collect(sources: &Sources, packs: &[PackFiles]) -> (Declarations, Vec<Diagnostic>) {
    let mut all = Collector {
        sources,
        out: Declarations::default(),
        diagnostics: vec![],
        wanted: vec![],
        replacements: vec![],
    };
    // Each step needs those before it: names, then types, then constants of these types, then what names them.
    let mut items = all.packs(packs);
    all.required_versions();
    let order = all.register(&mut items);
    all.enums(&items, &order);
    all.kinds(&items, &order);
    all.relations(&items, &order);
    all.sets(&items, &order);
    all.mitigations(&items, &order);
    all.threats(&items, &order);
    all.replaced();
    all.translations(&items);
    all.changes(&mut items);
    all.unused_mitigations();
    all.policies(&items);
    all.tests(&items);
    all.out.schema.system = items.iter().find_map(|i| match &i.item.kind {
        ItemKind::System(system) => Some(system.name.value.clone()),
        _ => None,
    });
    all.out.items = items;
    (all.out, all.diagnostics)
}

/// What the steps share.
struct Collector<'a> {
    sources: &'a Sources,
    out: Declarations,
    diagnostics: Vec<Diagnostic>,
    /// Demands on versions of packs, checked when all packs are known.
    wanted: Vec<(Scope, Span, String, String)>,
    /// `replaced_by`, resolved when all threats are known.
    replacements: Vec<(ThreatId, ThreatId)>,
}

impl Collector<'_> {
    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }
}

/// `a`, `a.b`: the path that an expression spells, if it is one.
pub fn path_of(expr: &Expr) -> Option<Path> {
    let name = |text: &str, start: u32| Name {
        text: text.to_owned(),
        span: Span { start, end: start + text.len() as u32 },
    };
    match &expr.kind {
        ExprKind::Name(text) => Some(match text.split_once('.') {
            Some((pack, rest)) => Path {
                pack: Some(name(pack, expr.span.start)),
                name: name(rest, expr.span.end - rest.len() as u32),
                span: expr.span,
            },
            None => Path { pack: None, name: name(text, expr.span.start), span: expr.span },
        }),
        ExprKind::Access(of, last) => match &of.kind {
            ExprKind::Name(pack) => Some(Path {
                pack: Some(Name { text: pack.clone(), span: of.span }),
                name: last.clone(),
                span: expr.span,
            }),
            _ => None,
        },
        _ => None,
    }
}

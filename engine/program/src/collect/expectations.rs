//! Tests of packs: the names in what they expect. What they give is checked like any model.

use redan_base::Diagnostic;
use redan_grammar::syntax::{ExpectKind, Expr, Given, ItemKind, Name, Output, Path};

use super::{Collector, Declarations, PackItem};
use crate::ir::Program;
use crate::names::{Meaning, Scope, attribute, likely_or_list, unknown_attribute};
use crate::schema::{KindId, Test};

impl Collector<'_> {
    pub(super) fn tests(&mut self, items: &[PackItem]) {
        for item in items {
            let ItemKind::Test(test) = &item.item.kind else { continue };
            if test.expect.is_empty() {
                self.report(
                    Diagnostic::warning(526, "this test expects nothing")
                        .at(item.source, test.name.span, "")
                        .help("add `expect …` or `expect no …`"),
                );
            }
            let first = self
                .out
                .schema
                .tests
                .iter()
                .find(|t| t.pack == item.pack && t.syntax.name.value == test.name.value);
            if let Some(first) = first {
                let d = Diagnostic::error(112, "two tests of a pack have one name")
                    .at(item.source, test.name.span, "the second one")
                    .at(first.source, first.syntax.name.span, "the first one")
                    .help("say what each of them shows");
                self.report(d);
            }
            for expect in &test.expect {
                match &expect.what {
                    ExpectKind::Threat { threat, .. } => {
                        if let Err(d) = self.out.names.threat(item.scope(), threat) {
                            self.report(d);
                        }
                    }
                    ExpectKind::Fact { kind, attributes } => {
                        self.expected_fact(item.scope(), kind, attributes);
                    }
                    ExpectKind::Relation { relation, arguments } => {
                        self.expected_row(item.scope(), relation, arguments);
                    }
                }
            }
            self.out.schema.tests.push(Test {
                pack: item.pack,
                source: item.source,
                item: item.item.span,
                syntax: test.clone(),
            });
        }
    }

    fn expected_fact(&mut self, scope: Scope, path: &Path, attributes: &[Output]) {
        match self.out.names.predicate(scope, path) {
            Ok(Meaning::Kind(kind)) => {
                for output in attributes {
                    self.expected_attribute(scope, kind, &output.name);
                }
            }
            Ok(Meaning::Relation(index)) => {
                let Some(relation) = self.out.schema.relations.get(index as usize) else { return };
                let parameters = &relation.parameters;
                let bad: Vec<Diagnostic> = attributes
                    .iter()
                    .filter(|o| !parameters.iter().any(|(n, _)| *n == o.name.text))
                    .map(|o| {
                        let names = parameters.iter().map(|(n, _)| n.as_str());
                        let (relation, name) = (&path.name.text, &o.name.text);
                        Diagnostic::error(
                            111,
                            format!("relation `{relation}` has no parameter `{name}`"),
                        )
                        .at(scope.source, o.name.span, "")
                        .help(likely_or_list(&o.name.text, names))
                    })
                    .collect();
                self.diagnostics.extend(bad);
            }
            Ok(_) => self.report(
                Diagnostic::error(
                    109,
                    format!("`{}` is a set, but a kind or relation is needed here", path.name.text),
                )
                .at(scope.source, path.span, ""),
            ),
            Err(d) => self.report(d),
        }
    }

    fn expected_attribute(&mut self, scope: Scope, kind: KindId, name: &Name) {
        let schema = &self.out.schema;
        let extracted = schema.kinds.get(kind.0 as usize).is_some_and(|k| k.extracted);
        let by_itself = extracted && matches!(name.text.as_str(), "file" | "line" | "text");
        if !by_itself && attribute(schema, kind, &name.text).is_none() {
            let d = unknown_attribute(schema, kind, scope.source, name);
            self.report(d);
        }
    }

    fn expected_row(&mut self, scope: Scope, path: &Path, arguments: &[Expr]) {
        let index = match self.out.names.relation(scope, path) {
            Ok(index) => index,
            Err(d) => {
                // `expect threat(a, b)`: a threat's bindings have names.
                let threat = self.out.names.threat(scope, path).is_ok();
                self.report(if threat {
                    d.help(format!(
                        "the bindings of a threat have names: `{}(NAME: …)`",
                        path.name.text
                    ))
                } else {
                    d
                });
                return;
            }
        };
        let Some(relation) = self.out.schema.relations.get(index as usize) else { return };
        let (needs, has) = (relation.parameters.len(), arguments.len());
        if needs != has {
            let names: Vec<&str> = relation.parameters.iter().map(|(n, _)| n.as_str()).collect();
            let d = Diagnostic::error(
                525,
                format!("`{}` has {needs} parameters, not {has}", path.name.text),
            )
            .at(scope.source, path.span, "")
            .at(relation.declared.source, relation.declared.span, "declared here")
            .help(format!(
                "write `{}({})`; `_` is anything",
                path.name.text,
                names.join(", ")
            ));
            self.report(d);
        }
    }
}

/// Checks what is known when everything is lowered: the models that tests give, and the names of bindings.
pub(crate) fn check(
    declarations: &Declarations,
    program: &Program,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut values = program.values.clone();
    for test in &declarations.schema.tests {
        for given in &test.syntax.given {
            if let Given::Model(statements) = given {
                let (_, wrong) = crate::model_facts(program, &mut values, statements, test.source);
                diagnostics.extend(wrong);
            }
        }
        let scope = Scope::new(test.pack, test.source);
        for expect in &test.syntax.expect {
            let ExpectKind::Threat { threat, bindings, .. } = &expect.what else { continue };
            let Ok(id) = declarations.names.threat(scope, threat) else { continue };
            let Some(rules) = program.threats.get(id.0 as usize) else { continue };
            // A match that could not be lowered was reported already.
            if rules.bindings.is_empty() {
                continue;
            }
            for (name, _) in bindings {
                if rules.bindings.iter().any(|(n, _)| *n == name.text) {
                    continue;
                }
                let names = rules.bindings.iter().map(|(n, _)| n.as_str());
                let mut d = Diagnostic::error(
                    525,
                    format!("threat `{}` has no binding `{}`", threat.name.text, name.text),
                )
                .at(test.source, name.span, "")
                .help(likely_or_list(&name.text, names));
                if let Some(of) = declarations.schema.threats.get(id.0 as usize) {
                    d = d.at(of.declared.source, of.declared.span, "declared here");
                }
                diagnostics.push(d);
            }
        }
    }
}

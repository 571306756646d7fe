//! What a test asks for: only the rules that lead to it are evaluated, since most rules of a library have nothing to do with one test.

use std::collections::BTreeSet;

use redan_facts::RelationId;
use redan_grammar::syntax::{Expect, ExpectKind};
use redan_program::ir::{Role, ThreatRules};
use redan_program::schema::KindId;

use super::judge::{find_name, shown, threat_named};
use crate::analyze::Prepared;

/// The relations that the expectations of one test look at.
pub(super) struct Asked<'a> {
    prepared: &'a Prepared,
    pack: &'a str,
    relations: BTreeSet<RelationId>,
    /// It looks at whatever was found.
    everything: bool,
}

impl<'a> Asked<'a> {
    pub(super) fn new(prepared: &'a Prepared, pack: &'a str) -> Self {
        Self { prepared, pack, relations: BTreeSet::new(), everything: false }
    }

    /// The relations; none if all of them are looked at.
    pub(super) fn relations(self) -> Option<Vec<RelationId>> {
        (!self.everything).then(|| self.relations.into_iter().collect())
    }

    /// Any finding will be looked at.
    pub(super) fn everything(&mut self) {
        self.everything = true;
    }

    /// A threat, by its name as the pack calls it.
    pub(super) fn threat(&mut self, name: &str) {
        let program = &self.prepared.program;
        let full = threat_named(self.prepared, self.pack, name);
        let threats = program.schema.threats.iter().zip(&program.threats);
        for (_, rules) in threats.filter(|(t, _)| Some(&t.declared.name) == full.as_ref()) {
            let ThreatRules { certain, possible, adjustments, exceptions, insertions, .. } = rules;
            self.relations.extend([*certain, *possible]);
            self.relations.extend(adjustments);
            self.relations.extend(exceptions.iter().map(|(_, relation)| *relation));
            self.relations.extend(insertions.iter().flat_map(|i| &i.path));
        }
    }

    /// What an expectation speaks of.
    pub(super) fn expect(&mut self, expect: &Expect) {
        match &expect.what {
            ExpectKind::Threat { threat, .. } => self.threat(&shown(threat)),
            ExpectKind::Fact { kind, .. } => {
                let kinds = &self.prepared.program.schema.kinds;
                let names = kinds.iter().map(|k| k.declared.name.as_str());
                let mut at = find_name(names, self.pack, &shown(kind)).map(|k| KindId(k as u32));
                while let Some(id) = at {
                    self.of_role(|role| role.kind() == Some(id));
                    at = kinds.get(id.0 as usize).and_then(|k| k.parent);
                }
            }
            ExpectKind::Relation { relation, .. } => {
                let name = shown(relation);
                let declared = &self.prepared.program.schema.relations;
                let names = declared.iter().map(|r| r.declared.name.as_str());
                let found = find_name(names, self.pack, &name).map(|n| Role::Declared(n as u32));
                self.of_role(|role| Some(role) == found.as_ref());
                self.threat(&name);
            }
        }
    }

    fn of_role(&mut self, is: impl Fn(&Role) -> bool) {
        let relations = (0..).map(RelationId).zip(self.prepared.program.relations.iter());
        self.relations.extend(relations.filter(|(_, info)| is(&info.role)).map(|(id, _)| id));
    }
}

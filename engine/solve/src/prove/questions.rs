//! The questions of a fact that is only possible: a smallest set whose answers settle it.
//!
//! What a possible fact rests on is a function of the unknown attributes that any of its derivations reads, through
//! negated conditions and aggregates too. These are collected first. Where each of them is read once, all of them matter.
//! Else each is tried: it matters if, for some answers to the others, the fact is still only possible and an answer to
//! this one changes that. Whether a fact holds under answers is decided by the rules themselves, in [`Suppose`].

use std::collections::VecDeque;

use redan_facts::{RelationId, ValueId};
use redan_program::functions::is_unknown;
use redan_program::ir::{Bound, Literal, Program, Role};
use redan_program::schema::Type;
use rustc_hash::{FxHashMap, FxHashSet};

use super::parts::{Part, parts};
use super::suppose::{Fact, Suppose, verdict};
use crate::proof::{Question, Questions, RowRef};
use crate::search::value;
use crate::solution::Solution;

/// Facts that are looked into for questions.
const FACTS: usize = 20_000;
/// Rows that are looked at for them.
const ROWS: usize = 2_000_000;
/// Combinations of answers that are tried for one fact.
const TRIED: usize = 600;
/// Rows that one of them may look at.
const ROWS_TRIED: usize = 50_000;
/// Values that an answer may be; with more, one that passes and one that fails a test stand for all.
const VALUES: usize = 12;
/// The same for the elements of a set, of which every choice is an answer.
const ELEMENTS: usize = 4;

/// What is known of a fact under some answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Certain,
    Possible,
    Gone,
}

impl Solution {
    /// The questions that settle a row of a possible relation. None of a row that is certain.
    pub fn questions(&self, program: &Program, relation: RelationId, row: u32) -> Questions {
        let RowRef { relation, row } = self.certain(RowRef { relation, row });
        let Some(twin) = self
            .relations
            .get(relation.0 as usize)
            .filter(|i| i.bound == Bound::Possible)
            .map(|i| i.twin)
        else {
            return Questions::default();
        };
        let parts = self.parts.get_or_init(|| parts(self));
        let row: Box<[u32]> =
            self.facts.relation(relation).row(row).into_iter().map(|v| v.0).collect();
        let goal = (relation, row);
        let read = self.read(parts, &goal);
        let mut questions = Questions { questions: read.questions.clone(), bounded: read.bounded };
        let all_matter = read.once && self.are_truths(program, &read.questions);
        if read.questions.len() > 1 && !read.bounded && !all_matter && twin != relation {
            let asked: Vec<(Question, Vec<Vec<u32>>)> = (0..)
                .zip(&read.questions)
                .map(|(number, q)| (*q, self.answers(program, *q, number)))
                .collect();
            let mut trial = Trial {
                solution: self,
                parts,
                possible: &goal,
                certain: (twin, goal.1.clone()),
                asked: &asked,
                known: FxHashMap::default(),
                tried: 0,
                bounded: asked.iter().any(|(_, answers)| answers.is_empty()),
                tests: FxHashSet::default(),
            };
            let (kept, bounded) = trial.needed();
            questions.questions = kept;
            questions.bounded = bounded;
        }
        questions
    }

    /// The unknown attributes that the derivations of a fact read.
    fn read(&self, parts: &[Part], goal: &Fact) -> Read {
        let mut read = Read { questions: vec![], once: true, bounded: false };
        let mut suppose = Suppose::new(self, parts, None, ROWS);
        let mut seen: FxHashSet<Fact> = FxHashSet::default();
        let mut open = VecDeque::from([goal.clone()]);
        while let Some(fact) = open.pop_front() {
            if seen.contains(&fact) {
                // A value that is known and read twice is no question.
                let open = |v: &u32| is_unknown(&self.facts.values, ValueId(*v));
                read.once &= suppose.part(fact.0) == Part::Read && !fact.1.iter().any(open);
                continue;
            }
            if seen.len() >= FACTS || suppose.budget == 0 {
                read.bounded = true;
                break;
            }
            seen.insert(fact.clone());
            let entity = fact.1.first().copied().map(ValueId);
            if let (Part::Unknown, Some(entity)) = (suppose.part(fact.0), entity) {
                read.questions.push(Question { relation: fact.0, entity });
                continue;
            }
            let head: Vec<Option<u32>> = fact.1.iter().map(|v| Some(*v)).collect();
            for number in self.rules_of.get(&fact.0).into_iter().flatten() {
                let Some(rule) = self.rules.get(*number as usize) else { continue };
                suppose.instances(rule, &head, &mut |suppose, instance| {
                    for (literal, taken) in rule.body.iter().zip(instance.taken) {
                        let pattern = |terms: &[redan_program::ir::Term]| -> Vec<Option<ValueId>> {
                            terms.iter().map(|t| value(*t, instance.binding).map(ValueId)).collect()
                        };
                        match (literal, taken) {
                            (Literal::Atom(atom), Some(row)) => {
                                let fact: Fact = (atom.relation, row.as_slice().into());
                                if self.can_change(suppose, &fact) {
                                    open.push_back(fact);
                                }
                            }
                            (Literal::Not(atom), _) => {
                                if let Part::Open(possible) = suppose.part(atom.relation) {
                                    let rows = self.matching(
                                        possible,
                                        &pattern(&atom.arguments),
                                        usize::MAX,
                                    );
                                    self.add_possible(suppose, possible, &rows, &mut open);
                                }
                            }
                            (Literal::Aggregate { relation, keys, .. }, _) => {
                                if let Part::Open(possible) = suppose.part(*relation) {
                                    let rows = self.matching(possible, &pattern(keys), usize::MAX);
                                    self.add_possible(suppose, possible, &rows, &mut open);
                                    read.once = false;
                                }
                            }
                            _ => {}
                        }
                    }
                    false
                });
            }
        }
        read.bounded |= suppose.budget == 0;
        read
    }

    /// Queues rows of a possible relation that are not certain.
    fn add_possible(
        &self,
        suppose: &Suppose<'_>,
        possible: RelationId,
        rows: &[u32],
        open: &mut VecDeque<Fact>,
    ) {
        for row in rows.iter().take(FACTS) {
            let row = self.facts.relation(possible).row(*row);
            let fact: Fact = (possible, row.into_iter().map(|v| v.0).collect());
            if self.can_change(suppose, &fact) {
                open.push_back(fact);
            }
        }
    }

    /// Whether answers can change that a fact holds: it is possible and not certain, or read from what is unknown.
    fn can_change(&self, suppose: &Suppose<'_>, fact: &Fact) -> bool {
        match suppose.part(fact.0) {
            Part::Unknown | Part::Read => true,
            Part::Fixed | Part::Value(_) | Part::Known(_) => false,
            Part::Open(possible) => {
                let row: Vec<Option<ValueId>> = fact.1.iter().map(|v| Some(ValueId(*v))).collect();
                let info = self.relations.get(possible.0 as usize);
                fact.0 == possible && !info.is_some_and(|i| self.has(i.twin, &row))
            }
        }
    }

    /// Whether all of these are about attributes that are true or false.
    fn are_truths(&self, program: &Program, questions: &[Question]) -> bool {
        questions.iter().all(|q| {
            matches!(
                self.attribute(program, *q),
                Some(redan_program::schema::Attribute { ty: Type::Bool, set: false, .. })
            )
        })
    }

    fn attribute<'p>(
        &self,
        program: &'p Program,
        question: Question,
    ) -> Option<&'p redan_program::schema::Attribute> {
        let info = self.relations.get(question.relation.0 as usize)?;
        let Role::Unknown(kind, number) = info.role else { return None };
        program.schema.kinds.get(kind.0 as usize)?.attributes.get(number as usize)
    }

    /// What a question can be answered with, each answer the values that it states; empty if nobody can tell.
    fn answers(&self, program: &Program, question: Question, number: u32) -> Vec<Vec<u32>> {
        let Some(attribute) = self.attribute(program, question) else { return vec![] };
        let either = || vec![vec![verdict(self, number, true)], vec![verdict(self, number, false)]];
        let one_each = |values: Vec<u32>| -> Vec<Vec<u32>> {
            if attribute.set && values.len() > ELEMENTS {
                return either();
            }
            if attribute.set {
                // Every set but the empty one, which nobody states.
                let picked = |bits: usize| {
                    let chosen = values.iter().enumerate().filter(move |(i, _)| bits >> i & 1 == 1);
                    chosen.map(|(_, v)| *v).collect()
                };
                return (1..1_usize << values.len()).map(picked).collect();
            }
            values.into_iter().map(|v| vec![v]).collect()
        };
        match &attribute.ty {
            Type::Bool => one_each(
                [true, false].iter().map(|b| self.scratch(|s| s.values.bool(*b).0)).collect(),
            ),
            Type::Enum(of) => {
                let symbols = program.schema.enums.get(of.0 as usize).map(|e| e.values.as_slice());
                one_each(symbols.unwrap_or_default().iter().map(|v| v.0).collect())
            }
            Type::Entity(kind) => {
                let members = self
                    .relations
                    .iter()
                    .position(|i| i.role == Role::Kind(*kind) && i.bound == Bound::Certain);
                let members = members.map(|m| self.facts.relation(RelationId(m as u32)));
                let mut members: Vec<u32> =
                    members.filter(|m| m.len() <= VALUES).map_or(vec![], |m| m.column(0).to_vec());
                members.sort_by(|a, b| self.facts.values.compare(ValueId(*a), ValueId(*b)));
                if members.is_empty() { either() } else { one_each(members) }
            }
            Type::Int | Type::Str | Type::Any => either(),
        }
    }
}

/// What the derivations of a fact read.
struct Read {
    /// Those nearest to the fact first.
    questions: Vec<Question>,
    /// Whether nothing is read twice.
    once: bool,
    bounded: bool,
}

/// Trying answers.
struct Trial<'a> {
    solution: &'a Solution,
    parts: &'a [Part],
    possible: &'a Fact,
    certain: Fact,
    /// All questions, with the answers that they can be given.
    asked: &'a [(Question, Vec<Vec<u32>>)],
    /// What was found for a choice of an answer to each question.
    known: FxHashMap<Vec<Option<usize>>, (Status, bool)>,
    tried: usize,
    bounded: bool,
    tests: FxHashSet<(u32, String)>,
}

impl Trial<'_> {
    /// The questions without those that do not matter, and whether that could not be told of some.
    fn needed(&mut self) -> (Vec<Question>, bool) {
        let mut kept: Vec<usize> = (0..self.asked.len()).collect();
        // Those that are farther from the fact are left out first.
        for number in (0..self.asked.len()).rev() {
            if self.bounded || kept.len() == 1 {
                break;
            }
            let others: Vec<usize> = kept.iter().copied().filter(|k| *k != number).collect();
            let mut choice = vec![None; self.asked.len()];
            if !self.matters(number, &others, &mut choice) && !self.bounded {
                kept = others;
            }
        }
        if self.bounded {
            kept = (0..self.asked.len()).collect();
        }
        (kept.iter().filter_map(|k| self.asked.get(*k)).map(|a| a.0).collect(), self.bounded)
    }

    /// Whether for some answers to the others the fact stays possible, and an answer to this one changes that.
    fn matters(
        &mut self,
        number: usize,
        others: &[usize],
        choice: &mut Vec<Option<usize>>,
    ) -> bool {
        let (status, _) = self.status(choice);
        if self.bounded || status != Status::Possible {
            return self.bounded;
        }
        let (next, rest) = match others {
            [next, rest @ ..] => (*next, rest),
            [] => (number, others),
        };
        let answers = self.asked.get(next).map_or(0, |a| a.1.len());
        for answer in 0..answers {
            choice[next] = Some(answer);
            let found = if others.is_empty() {
                let (status, arises) = self.status(choice);
                // An answer that leads to something unknown matters as well.
                status != Status::Possible || arises
            } else {
                self.matters(number, rest, choice)
            };
            choice[next] = None;
            if found || self.bounded {
                return true;
            }
        }
        false
    }

    /// What is known of the fact under these answers, and whether they led to something else that is unknown.
    fn status(&mut self, choice: &[Option<usize>]) -> (Status, bool) {
        if choice.iter().all(Option::is_none) {
            return (Status::Possible, false);
        }
        if let Some(known) = self.known.get(choice) {
            return *known;
        }
        self.tried += 1;
        if self.tried > TRIED {
            self.bounded = true;
            return (Status::Possible, false);
        }
        let answers: FxHashMap<Question, Vec<u32>> = self
            .asked
            .iter()
            .zip(choice)
            .filter_map(|((question, all), chosen)| Some((*question, all.get((*chosen)?)?.clone())))
            .collect();
        let mut suppose = Suppose::new(self.solution, self.parts, Some(&answers), ROWS_TRIED);
        let status = if !suppose.holds(self.possible) {
            Status::Gone
        } else if suppose.holds(&self.certain) {
            Status::Certain
        } else {
            Status::Possible
        };
        let arises = suppose.touched.iter().any(|t| self.asked.iter().all(|(q, _)| q != t));
        self.bounded |= suppose.budget == 0 || suppose.vague;
        // One value that passes and one that fails stand for all only where there is one test.
        self.tests.extend(suppose.tests);
        let questions: FxHashSet<u32> = self.tests.iter().map(|(q, _)| *q).collect();
        self.bounded |= questions.len() < self.tests.len();
        self.known.insert(choice.to_vec(), (status, arises));
        (status, arises)
    }
}

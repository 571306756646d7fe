//! What ends an evaluation early, and how that is told.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use redan_base::{Diagnostic, Limits};
use redan_facts::{RelationId, ValueId};
use redan_program::ir::{Compare, Literal, Program, Rule, Term};

/// Why an evaluation ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// A relation has too many rows.
    Rows {
        /// The rule that added them.
        rule: u32,
        /// The relation.
        relation: RelationId,
    },
    /// Rows, indexes and sets together need too much memory.
    Memory {
        /// The rule that added the last rows.
        rule: u32,
    },
    /// It took too long.
    Time {
        /// The rule that was being evaluated.
        rule: u32,
    },
}

impl Stop {
    /// The rule to blame.
    pub(crate) fn rule(self) -> u32 {
        match self {
            Self::Rows { rule, .. } | Self::Memory { rule } | Self::Time { rule } => rule,
        }
    }

    /// What to tell about it. `plan` is the rule's plan with its row counts, if there is one.
    pub(crate) fn diagnostic(self, program: &Program, limits: &Limits, plan: &str) -> Diagnostic {
        let (code, message, rule) = match self {
            Self::Rows { rule, relation } => {
                let name = program.relations.get(relation.0 as usize).map_or("?", |r| &r.name);
                (350, format!("`{name}` has more than {} rows", limits.rows), rule)
            }
            Self::Memory { rule } => {
                let most = limits.solve_bytes.div_ceil(1 << 20);
                (351, format!("the evaluation needs more than {most} MiB of memory"), rule)
            }
            Self::Time { rule } => {
                (352, format!("the evaluation took longer than {} ms", limits.solve_ms), rule)
            }
        };
        let origin =
            program.rules.get(rule as usize).and_then(|r| program.origins.get(r.origin as usize));
        let item = origin.map_or("?", |o| o.item.as_str());
        let mut diagnostic = Diagnostic::warning(
            code,
            format!("{message}: stopped in `{item}`, so that the result is incomplete"),
        );
        if let Some(origin) = origin {
            diagnostic = diagnostic.at(origin.source, origin.span, "this rule was being evaluated");
        }
        let mut help = String::from(
            "join its conditions by a shared variable, or raise the limit if the rows are wanted",
        );
        if !plan.is_empty() {
            help.push_str(&format!("; its plan:\n{plan}"));
        }
        diagnostic.help(help)
    }
}

/// Conditions of a rule: operators call each other along them.
const CONDITIONS: usize = 400;

/// What to tell of rules with more conditions than can be evaluated.
pub(crate) fn too_long(program: &Program) -> Vec<Diagnostic> {
    let long = program.rules.iter().filter(|r| r.body.len() > CONDITIONS);
    long.filter_map(|r| program.origins.get(r.origin as usize))
        .map(|origin| {
            Diagnostic::warning(
                353,
                format!(
                    "`{}` has more than {CONDITIONS} conditions and was left out, so that the result \
                     is incomplete",
                    origin.item
                ),
            )
            .at(origin.source, origin.span, "this rule was left out")
            .help("give parts of the condition names of their own, as relations")
        })
        .collect()
}

/// The rule; one that can never hold in place of one with too many conditions.
pub(crate) fn short(rule: &Rule) -> Rule {
    if rule.body.len() <= CONDITIONS {
        return rule.clone();
    }
    let never =
        Literal::Compare(Compare::Ne, Term::Constant(ValueId(0)), Term::Constant(ValueId(0)));
    Rule { body: vec![never], ..rule.clone() }
}

/// The time that is left, asked for from any thread.
#[derive(Debug)]
pub(crate) struct Deadline {
    end: Option<Instant>,
    passed: AtomicBool,
}

impl Deadline {
    /// Counting from now.
    pub(crate) fn of(limits: &Limits) -> Self {
        let end = Instant::now().checked_add(Duration::from_millis(limits.solve_ms));
        Self { end, passed: AtomicBool::new(false) }
    }

    /// Whether it has passed.
    pub(crate) fn passed(&self) -> bool {
        if self.passed.load(Ordering::Relaxed) {
            return true;
        }
        let passed = self.end.is_some_and(|end| Instant::now() >= end);
        if passed {
            self.passed.store(true, Ordering::Relaxed);
        }
        passed
    }
}

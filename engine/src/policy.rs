//! Policies: `deny` and `warn` over the findings of a run.
//!
//! A policy's condition speaks of one finding at a time, so it is read directly instead of being solved.

use redan_grammar::syntax::{Compare, Cond, CondKind, Expr, ExprKind};
use redan_program::ir::PolicyRule;
use redan_program::schema::Risk;
use redan_report::{Earlier, Judgement, PolicyResult};
use redan_threats::{Certainty, Finding};

/// The policies that some finding matches, in the order of the program. Beside an `earlier` result that has none, every finding is new.
pub fn apply(
    policies: &[PolicyRule],
    findings: &[Finding],
    earlier: &Earlier,
) -> Vec<PolicyResult> {
    policies
        .iter()
        .map(|policy| PolicyResult {
            policy: policy.policy.clone(),
            text: policy.text.clone(),
            deny: policy.deny,
            findings: findings
                .iter()
                .filter(|f| holds(&policy.condition, &policy.variable, f, earlier))
                .map(|f| f.id.clone())
                .collect(),
        })
        .filter(|result| !result.findings.is_empty())
        .collect()
}

/// The policy of `--fail-on SEVERITY`: open findings from there on, confirmed ones alone. With an `earlier` result those
/// alone for which it would not have failed.
pub fn fail_on(
    least: Risk,
    findings: &[Finding],
    earlier: Option<&Earlier>,
) -> Option<PolicyResult> {
    let fails = |severity: Risk, status: &str, certainty: Certainty| {
        severity >= least && status == "open" && certainty == Certainty::Confirmed
    };
    let failed = |j: &Judgement| fails(j.severity, &j.status, j.certainty);
    let matched: Vec<String> = findings
        .iter()
        .filter(|f| fails(f.severity, f.status.word(), f.certainty))
        .filter(|f| !earlier.and_then(|e| e.judgement(f)).is_some_and(failed))
        .map(|f| f.id.clone())
        .collect();
    let since = if earlier.is_some() { " that the earlier result has not" } else { "" };
    (!matched.is_empty()).then(|| PolicyResult {
        policy: "fail-on".to_owned(),
        text: format!("open confirmed findings of severity {} or more{since}", least.word()),
        deny: true,
        findings: matched,
    })
}

/// Whether a condition holds for a finding. What a policy may ask was checked before; anything else is false.
fn holds(cond: &Cond, variable: &str, finding: &Finding, earlier: &Earlier) -> bool {
    let holds = |c: &Cond| holds(c, variable, finding, earlier);
    let values = |e: &Expr| values(e, variable, finding, earlier);
    match &cond.kind {
        CondKind::And(parts) => parts.iter().all(holds),
        CondKind::Or(parts) => parts.iter().any(holds),
        CondKind::Not(part) => !holds(part),
        CondKind::Group(part) => holds(part),
        CondKind::Member(_, _) => true,
        CondKind::Compare(op, left, right) => {
            let (left, right) = (values(left), values(right));
            let any = left.iter().any(|l| right.iter().any(|r| compare(*op, l, r)));
            if *op == Compare::Ne { !left.iter().any(|l| right.contains(l)) } else { any }
        }
        CondKind::In { left, right, negated } => {
            let right = values(right);
            values(left).iter().any(|l| right.contains(l)) != *negated
        }
        CondKind::Verb { left, verb, right } if verb.name.text == "has" => {
            let left = values(left);
            values(right).iter().any(|r| left.contains(r))
        }
        CondKind::Truth(expr) => values(expr).iter().any(|v| v == "true"),
        CondKind::Is { .. }
        | CondKind::Matches(..)
        | CondKind::Like(..)
        | CondKind::Verb { .. }
        | CondKind::SameFile(..)
        | CondKind::Call(..)
        | CondKind::Flow(_)
        | CondKind::Bind(..)
        | CondKind::Exists(_)
        | CondKind::No(_)
        | CondKind::Every(..) => false,
    }
}

fn compare(op: Compare, left: &str, right: &str) -> bool {
    let rank = |word: &str| Risk::ALL.iter().position(|r| r.word() == word);
    match (op, rank(left), rank(right)) {
        (Compare::Eq, ..) => left == right,
        (Compare::Ne, ..) => left != right,
        (Compare::Lt, Some(l), Some(r)) => l < r,
        (Compare::Le, Some(l), Some(r)) => l <= r,
        (Compare::Gt, Some(l), Some(r)) => l > r,
        (Compare::Ge, Some(l), Some(r)) => l >= r,
        (Compare::Lt | Compare::Le | Compare::Gt | Compare::Ge, _, _) => false,
    }
}

/// The words that an expression stands for.
fn values(expr: &Expr, variable: &str, finding: &Finding, earlier: &Earlier) -> Vec<String> {
    match &expr.kind {
        ExprKind::Text(text) | ExprKind::Name(text) => vec![text.clone()],
        ExprKind::Int(number) => vec![number.to_string()],
        ExprKind::Bool(value) => vec![value.to_string()],
        ExprKind::List(parts) => {
            parts.iter().flat_map(|p| values(p, variable, finding, earlier)).collect()
        }
        ExprKind::Access(base, name) if matches!(&base.kind, ExprKind::Name(n) if n == variable) => {
            match name.text.as_str() {
                "severity" => vec![finding.severity.word().to_owned()],
                "certainty" => vec![finding.certainty.word().to_owned()],
                "status" => vec![finding.status.word().to_owned()],
                "change" => vec![earlier.change(finding).word().to_owned()],
                "threat" => vec![finding.rule.clone()],
                "pack" => vec![finding.pack().to_owned()],
                "stride" => finding.stride.iter().map(|s| s.word().to_owned()).collect(),
                "maturity" => vec![format!("{:?}", finding.maturity).to_lowercase()],
                _ => vec![],
            }
        }
        _ => vec![],
    }
}

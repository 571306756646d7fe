//! What changed since an earlier result: findings that are new, gone, or judged otherwise, by their fingerprints.

use std::collections::BTreeMap;

use redan_threats::Finding;

use crate::data::{Changed, Judgement, PastFinding, Report, Since};
use crate::texts::{Text, Words};

impl Report {
    /// Compares with an earlier result of the same system.
    pub fn compare(&mut self, earlier: &Self) {
        let index = |report: &'_ Self| -> BTreeMap<String, Finding> {
            let all = report.findings.iter();
            all.map(|f| (f.fingerprint.clone(), f.clone())).collect()
        };
        let (before, now) = (index(earlier), index(self));
        let mut since = Since {
            other_rules: self.tool.version != earlier.tool.version || self.packs != earlier.packs,
            ..Since::default()
        };
        // In the order of the reports: the most severe first.
        for finding in &self.findings {
            let Some(old) = before.get(&finding.fingerprint) else {
                since.added.push(finding.id.clone());
                continue;
            };
            let (before, now) = (judgement(old), judgement(finding));
            if before != now {
                since.changed.push(Changed { finding: finding.id.clone(), before });
            }
        }
        let gone = earlier.findings.iter().filter(|f| !now.contains_key(&f.fingerprint));
        since.gone = gone
            .map(|f| PastFinding {
                id: f.id.clone(),
                fingerprint: f.fingerprint.clone(),
                rule: f.rule.clone(),
                title: f.title.clone(),
                was: judgement(f),
            })
            .collect();
        self.since = Some(since);
    }
}

fn judgement(finding: &Finding) -> Judgement {
    Judgement {
        severity: finding.severity,
        certainty: finding.certainty,
        status: finding.status.word().to_owned(),
    }
}

/// A difference as a reader sees it.
pub struct Line {
    /// New, gone or changed.
    pub word: &'static str,
    /// The title of the finding, and how it is and was judged.
    pub text: String,
    /// Its number.
    pub id: String,
}

/// The numbers of differences, and each of them; none if no earlier result was given.
pub fn lines(report: &Report, words: Words) -> Option<(String, Vec<Line>)> {
    let since = report.since.as_ref()?;
    let counts = [since.added.len(), since.gone.len(), since.changed.len()].map(|n| n.to_string());
    let mut total = words.fill(Text::SinceLine, &counts.each_ref().map(String::as_str));
    if since.other_rules {
        total = words.fill(Text::SinceOtherRules, &[&total]);
    }
    let now: BTreeMap<&str, &Finding> =
        report.findings.iter().map(|f| (f.id.as_str(), f)).collect();
    let judged = |j: &Judgement| {
        let status = if j.status == "open" { "" } else { words.get(Text::SinceExcepted) };
        let parts = [words.risk(j.severity), words.certainty(j.certainty), status];
        let parts: Vec<&str> = parts.into_iter().filter(|p| !p.is_empty()).collect();
        parts.join(words.comma())
    };
    let mut out = vec![];
    for id in &since.added {
        if let Some(f) = now.get(id.as_str()) {
            let text = format!("{} ({})", f.title, judged(&judgement(f)));
            out.push(Line { word: words.get(Text::SinceNew), text, id: id.clone() });
        }
    }
    for changed in &since.changed {
        if let Some(f) = now.get(changed.finding.as_str()) {
            let (before, after) = (judged(&changed.before), judged(&judgement(f)));
            let text = format!("{} ({before} → {after})", f.title);
            let (word, id) = (words.get(Text::SinceChanged), changed.finding.clone());
            out.push(Line { word, text, id });
        }
    }
    for past in &since.gone {
        let text = format!("{} ({})", past.title, judged(&past.was));
        out.push(Line { word: words.get(Text::SinceGone), text, id: past.id.clone() });
    }
    Some((total, out))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use redan_threats::{Certainty, Status};

    use super::*;
    use crate::sample::sample;

    fn compared(change: impl Fn(&mut Report, &mut Report)) -> Since {
        let (mut earlier, mut now) = (sample("en"), sample("en"));
        change(&mut earlier, &mut now);
        now.compare(&earlier);
        now.since.unwrap()
    }

    #[test]
    fn the_same_result_has_no_difference() {
        assert_eq!(compared(|_, _| {}), Since::default());
        // A finding that moved is the same one.
        let moved = compared(|_, now| now.findings[0].evidence[0].spot.line += 7);
        assert_eq!(moved, Since::default());
    }

    #[test]
    fn findings_come_go_and_are_judged_otherwise() {
        let since = compared(|earlier, now| {
            earlier.findings.remove(0);
            now.findings.pop();
            now.findings[1].certainty = Certainty::Confirmed;
        });
        assert_eq!(since.added, ["RF-1a2b3c4d"]);
        let gone: Vec<&str> = since.gone.iter().map(|g| g.id.as_str()).collect();
        assert_eq!(gone, ["RF-33333333"]);
        assert_eq!(since.gone[0].was.status, "excepted");
        let changed: Vec<_> =
            since.changed.iter().map(|c| (c.finding.as_str(), c.before.certainty)).collect();
        assert_eq!(changed, [("RF-22222222", Certainty::Possible)]);
        assert!(!since.other_rules);
    }

    #[test]
    fn an_exception_that_ends_is_a_difference_and_so_are_other_rules() {
        let since = compared(|_, now| now.findings[2].status = Status::Open);
        assert_eq!(since.changed[0].before.status, "excepted");
        assert!(compared(|earlier, _| earlier.packs[0].version.push('1')).other_rules);
    }
}

//! What changed since an earlier result: findings that are new, gone, or judged otherwise, by their fingerprints.

use std::collections::{BTreeMap, BTreeSet};

use redan_threats::Finding;

use crate::data::{Change, Changed, Judgement, PastFinding, Report, Since};
use crate::texts::{Text, Words};

/// How an earlier result judged its findings, by fingerprint.
#[derive(Debug, Default)]
pub struct Earlier(BTreeMap<String, Judgement>);

impl Earlier {
    /// The judgements of a result.
    pub fn of(report: &Report) -> Self {
        Self(report.findings.iter().map(|f| (f.fingerprint.clone(), judgement(f))).collect())
    }

    /// How a finding was judged; none if it was not there.
    pub fn judgement(&self, finding: &Finding) -> Option<&Judgement> {
        self.0.get(&finding.fingerprint)
    }

    /// What became of a finding.
    pub fn change(&self, finding: &Finding) -> Change {
        match self.judgement(finding) {
            None => Change::New,
            Some(before) if *before != judgement(finding) => Change::Changed,
            Some(_) => Change::Unchanged,
        }
    }
}

impl Report {
    /// Compares with an earlier result of the same system.
    pub fn compare(&mut self, earlier: &Self) {
        let before = Earlier::of(earlier);
        let now: BTreeSet<&str> = self.findings.iter().map(|f| f.fingerprint.as_str()).collect();
        let mut since = Since {
            other_rules: self.tool.version != earlier.tool.version || self.packs != earlier.packs,
            ..Since::default()
        };
        // In the order of the reports: the most severe first.
        for finding in &self.findings {
            match (before.change(finding), before.judgement(finding)) {
                (Change::Changed, Some(before)) => since
                    .changed
                    .push(Changed { finding: finding.id.clone(), before: before.clone() }),
                (Change::Unchanged, _) => since.unchanged += 1,
                (Change::New | Change::Changed, _) => since.added.push(finding.id.clone()),
            }
        }
        let gone = earlier.findings.iter().filter(|f| !now.contains(f.fingerprint.as_str()));
        since.gone = gone
            .map(|f| PastFinding {
                id: f.id.clone(),
                fingerprint: f.fingerprint.clone(),
                rule: f.rule.clone(),
                title: f.title.clone(),
                was: judgement(f),
                at: f.at().map(|e| e.spot.clone()),
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

/// A judgement as a reader sees it.
pub fn judged(judgement: &Judgement, words: Words) -> String {
    let status = if judgement.status == "open" { "" } else { words.get(Text::SinceExcepted) };
    let parts = [words.risk(judgement.severity), words.certainty(judgement.certainty), status];
    let parts: Vec<&str> = parts.into_iter().filter(|p| !p.is_empty()).collect();
    parts.join(words.comma())
}

/// The word for a change in a report.
pub fn word(change: Change, words: Words) -> &'static str {
    words.get(match change {
        Change::New => Text::SinceNew,
        Change::Changed => Text::SinceChanged,
        Change::Unchanged => Text::SinceUnchanged,
    })
}

/// What became of each finding of a report.
pub struct Marks<'a> {
    added: BTreeSet<&'a str>,
    changed: BTreeMap<&'a str, &'a Judgement>,
}

impl<'a> Marks<'a> {
    /// None if no earlier result was given.
    pub fn of(report: &'a Report) -> Option<Self> {
        let since = report.since.as_ref()?;
        Some(Self {
            added: since.added.iter().map(String::as_str).collect(),
            changed: since.changed.iter().map(|c| (c.finding.as_str(), &c.before)).collect(),
        })
    }

    /// What became of a finding.
    pub fn change(&self, finding: &Finding) -> Change {
        let id = finding.id.as_str();
        if self.added.contains(id) {
            Change::New
        } else if self.changed.contains_key(id) {
            Change::Changed
        } else {
            Change::Unchanged
        }
    }

    /// What a reader is told beside a finding: that it is new, or how it was judged before.
    pub fn said(&self, finding: &Finding, words: Words) -> Option<String> {
        let change = self.change(finding);
        let word = word(change, words);
        match (change, self.changed.get(finding.id.as_str())) {
            (Change::Unchanged, _) => None,
            (Change::Changed, Some(before)) => {
                let (before, now) = (judged(before, words), judged(&judgement(finding), words));
                Some(format!("{word}: {before} → {now}"))
            }
            _ => Some(word.to_owned()),
        }
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
    /// Whether it is not in this report any more.
    pub gone: bool,
}

/// The numbers of differences, and each of them; none if no earlier result was given.
pub fn lines(report: &Report, words: Words) -> Option<(String, Vec<Line>)> {
    let since = report.since.as_ref()?;
    let counts = [since.added.len(), since.gone.len(), since.changed.len(), since.unchanged];
    let counts = counts.map(|n| n.to_string());
    let mut total = words.fill(Text::SinceLine, &counts.each_ref().map(String::as_str));
    if since.other_rules {
        total = words.fill(Text::SinceOtherRules, &[&total]);
    }
    let now: BTreeMap<&str, &Finding> =
        report.findings.iter().map(|f| (f.id.as_str(), f)).collect();
    let mut out = vec![];
    for id in &since.added {
        if let Some(f) = now.get(id.as_str()) {
            let text = format!("{} ({})", f.title, judged(&judgement(f), words));
            out.push(Line { word: words.get(Text::SinceNew), text, id: id.clone(), gone: false });
        }
    }
    for changed in &since.changed {
        if let Some(f) = now.get(changed.finding.as_str()) {
            let (before, after) = (judged(&changed.before, words), judged(&judgement(f), words));
            let text = format!("{} ({before} → {after})", f.title);
            let (word, id) = (words.get(Text::SinceChanged), changed.finding.clone());
            out.push(Line { word, text, id, gone: false });
        }
    }
    for past in &since.gone {
        let text = format!("{} ({})", past.title, judged(&past.was, words));
        out.push(Line { word: words.get(Text::SinceGone), text, id: past.id.clone(), gone: true });
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
        let same = Since { unchanged: 3, ..Since::default() };
        assert_eq!(compared(|_, _| {}), same);
        // A finding that moved is the same one.
        let moved = compared(|_, now| now.findings[0].evidence[0].spot.line += 7);
        assert_eq!(moved, same);
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
        assert_eq!(since.unchanged, 0);
        let gone = compared(|earlier, now| _ = (earlier, now.findings.remove(0))).gone;
        assert_eq!(gone[0].at.as_ref().map(|s| s.path.as_str()), Some("api/app.js"));
    }

    #[test]
    fn each_finding_has_a_mark() {
        let (mut earlier, mut now) = (sample("en"), sample("en"));
        earlier.findings.remove(0);
        now.findings[1].certainty = Certainty::Confirmed;
        now.compare(&earlier);
        let marks = Marks::of(&now).unwrap();
        let said: Vec<Option<String>> =
            now.findings.iter().map(|f| marks.said(f, Words::of("en"))).collect();
        let change = "changed: medium, possible → medium, confirmed";
        assert_eq!(said, [Some("new".to_owned()), Some(change.to_owned()), None]);
        assert!(Marks::of(&sample("en")).is_none());
    }

    #[test]
    fn an_exception_that_ends_is_a_difference_and_so_are_other_rules() {
        let since = compared(|_, now| now.findings[2].status = Status::Open);
        assert_eq!(since.changed[0].before.status, "excepted");
        assert!(compared(|earlier, _| earlier.packs[0].version.push('1')).other_rules);
    }
}

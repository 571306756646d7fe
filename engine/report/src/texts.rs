//! The program's own words. The texts are in `texts/en.ftl` and `texts/ja.ftl`, the texts of packs in the packs.

mod catalog;

use redan_base::SkipReason;
use redan_program::schema::{Risk, Stride};
use redan_threats::{Certainty, ReasonKind};

use crate::data::Shape;

pub use catalog::{Catalog, FluentFile, Key, LANGUAGES, language, latin, mistakes};

static TEXTS: Catalog =
    Catalog::new([include_str!("../texts/en.ftl"), include_str!("../texts/ja.ftl")]);

crate::texts! {
    /// A text of a report.
    pub enum Text {
        Comma;
        Space;
        InBrackets(text);
        ReportTitle(system);
        Findings(count);
        FindingsHeading;
        Summary;
        SummaryLine(open, confirmed, possible, excepted);
        ArchitectureRules(holding, all);
        ArchitectureBroken(sum, broken);
        LookedAt(components, flows, entries, read, listed);
        NoFindings;
        Total;
        WhySeverity(severity);
        Questions;
        QuestionsBounded;
        QuestionsHeading;
        Mitigation;
        For(technology);
        Evidence;
        AlsoSeen;
        NoPlace;
        Assets;
        Excepted(reason);
        Until(date);
        Expired(date);
        System;
        Overview;
        Boundaries;
        Components;
        Flows;
        EntryPoints;
        Data;
        Technology;
        Name;
        Kind;
        Boundary;
        Protocol;
        Encrypted;
        Authenticated;
        Carries;
        SeenAt;
        Crosses;
        Yes;
        No;
        Unknown;
        Drift;
        DriftAttribute(element, attribute, stated, found);
        DriftMissing(element);
        DriftDocuments;
        DriftDocumentAttribute(element, attribute, stated, found);
        DriftNotFound(element);
        DriftNotDocumented(element);
        Purpose;
        Quoted(text);
        Posture;
        EntryPointsAuthenticated;
        FlowsEncrypted;
        CrossingFlowsEncrypted;
        FlowsAuthenticated;
        StoresEncrypted;
        StoresAuthenticate;
        SensitiveAssets;
        StoredIn(stores);
        CarriedBy(flows);
        Assumptions;
        AssumedOf(assumption, elements);
        DefaultOf(count, kind, attribute, value);
        IsEncrypted;
        IsAuthenticated;
        NotSeen;
        Coverage(read, listed, parsed, facts);
        CoverageHeading;
        CoverageOf(system);
        Languages;
        Files;
        Lines;
        FilesRead;
        FilesParsed;
        FilesPartial;
        ErrorBytes;
        NothingReads;
        Technologies;
        FoundByPacks;
        LibrariesRecognised;
        LibrariesUnknown;
        ImportedBy(count, place);
        NoneSuch;
        SkippedFiles(count);
        AndMore(count);
        UnseenFiles(kinds);
        Untranslated(count);
        RulesRan(count);
        RulesIdle(count);
        RulesDisabled(count);
        Changes;
        Incomplete;
        Policy;
        Denied;
        Warned;
        Derivation;
        References;
        Versions(tool, version, packs);
        ReasonBase;
        ReasonOverride(severity);
        ReasonRaise(severity);
        ReasonLower(severity);
        StrideSpoofing;
        StrideTampering;
        StrideRepudiation;
        StrideDisclosure;
        StrideDenial;
        StrideElevation;
        RiskInfo;
        RiskLow;
        RiskMedium;
        RiskHigh;
        RiskCritical;
        Confirmed;
        Possible;
        ShapeActor;
        ShapeExternal;
        ShapeProcess;
        ShapeStore;
        OriginFound;
        OriginStated;
        OriginDefault;
        OriginAbsent;
        OriginUnknown;
        OriginComputed;
        OriginAbove;
        OriginCut;
        NothingHolds(what);
        WhyNotHolds(count, rule);
        WhyNotNoRule(rule);
        WhyNotNearest(met, all, bindings);
        WhyNotFirst;
        WhyNotBounded;
        Rows(count);
        NoFacts;
        Cleartext;
        Unauthenticated;
        SkipTooLarge;
        SkipLink;
        SkipNotRegular;
        SkipIgnored;
        SkipUnreadable;
        SkipBinary;
        SkipTooDeep;
        SkipTooMany;
        SkipBadName;
        SkipSyntax;
        SkipLimit;
        Matrix;
        MatrixPossible;
        MatrixExcepted;
        MatrixRuledOut;
        MatrixNotMet;
        MatrixNoRule;
        MatrixHidden(count);
        MatrixLeftOut(count);
        MatrixOpen;
        MatrixControls;
        MatrixAgainst(condition);
        Rules(count);
        Library;
        LibraryLead;
        Pack;
        Threat;
        Severity;
        Statement;
        Logic;
        Detection;
        FalsePositives;
        WhatToDo;
        WithTechnology(technology);
        Examples;
        MaturityIs(maturity);
        RaisedIf(severity);
        LoweredIf(severity);
        DisabledHere;
        Certainty;
        Status;
        StatusOpen;
        Category;
        Rule;
        Reason;
        File;
        Line;
        Detail;
        Question;
        From;
        To;
        Number;
        FixFirst;
        ToSettle;
        MoreFindings(count);
        LeftOutOfComment(count, most);
        LeftOutOfDocument(count, most);
        IncompleteInShort;
        MadeBy(tool, version);
        SinceHeading;
        SinceLine(new, gone, changed, unchanged);
        SinceOtherRules(sum);
        SinceNew;
        SinceGone;
        SinceChanged;
        SinceUnchanged;
        SinceExcepted;
        InternetFacing;
        Diagram;
        DiagramOf(system);
        OtherElements;
        ElementCount(count);
        FlowCount(count);
        LeftOut(count);
        FlowsLeftOut(count);
        LegendActor;
        LegendProcess;
        LegendStore;
        LegendZone;
        LegendFlow;
        LegendCrossing;
        LegendConfirmed;
        LegendPossible;
        Legend;
        SplitDiagram;
        ZoomIn;
        ZoomOut;
        ZoomReset;
        SkipToContent;
        ThreatModel;
        StepsAt;
        ThreatsInTableOnly(count);
        Contents;
        ByCategory;
        MoreLikeIt(count);
        StatusExcepted;
        Passed;
        Filter;
        Search;
        Title;
        Element;
        All;
        ResetFilter;
        ShownOf(shown, all);
        PathLabel;
        Internet;
        Known;
        Trust;
        Around;
        Label;
        HowDerived;
        QuestionsAbout;
        ReadAs;
        Messages;
        RulesHeading;
        RuleRan;
        DriftHeading;
        Class;
        Stores;
        RuleIdle;
        RuleDisabled;
        Packs;
        Version;
        ReproduceHeading;
        Reproduce(version);
    }
}

/// The words of one language.
#[derive(Debug, Clone, Copy)]
pub struct Words {
    /// Its place in [`LANGUAGES`].
    language: usize,
}

impl Words {
    /// The words of a language; English for those that are not here.
    pub fn of(language: &str) -> Self {
        Self { language: catalog::language(language).unwrap_or_default() }
    }

    /// The code of the language.
    pub fn code(self) -> &'static str {
        LANGUAGES.get(self.language).map_or("en", |(code, _)| code)
    }

    /// A text without insertions.
    pub fn get(self, text: Text) -> &'static str {
        TEXTS.get(self.language, text)
    }

    /// A text with insertions, in the order of the variables that the text is declared with.
    pub fn fill(self, text: Text, values: &[&str]) -> String {
        TEXTS.fill(self.language, text, values)
    }

    /// A text with a number in it.
    pub fn count(self, text: Text, number: usize) -> String {
        self.fill(text, &[&number.to_string()])
    }

    /// A STRIDE category.
    pub fn stride(self, stride: Stride) -> &'static str {
        self.get(match stride {
            Stride::Spoofing => Text::StrideSpoofing,
            Stride::Tampering => Text::StrideTampering,
            Stride::Repudiation => Text::StrideRepudiation,
            Stride::InformationDisclosure => Text::StrideDisclosure,
            Stride::DenialOfService => Text::StrideDenial,
            Stride::ElevationOfPrivilege => Text::StrideElevation,
        })
    }

    /// A severity.
    pub fn risk(self, risk: Risk) -> &'static str {
        self.get(match risk {
            Risk::Info => Text::RiskInfo,
            Risk::Low => Text::RiskLow,
            Risk::Medium => Text::RiskMedium,
            Risk::High => Text::RiskHigh,
            Risk::Critical => Text::RiskCritical,
        })
    }

    /// How sure a finding is.
    pub fn certainty(self, certainty: Certainty) -> &'static str {
        self.get(match certainty {
            Certainty::Confirmed => Text::Confirmed,
            Certainty::Possible => Text::Possible,
        })
    }

    /// The heading of the components of a shape.
    pub fn shape(self, shape: Shape) -> &'static str {
        self.get(match shape {
            Shape::Actor => Text::ShapeActor,
            Shape::External => Text::ShapeExternal,
            Shape::Process => Text::ShapeProcess,
            Shape::Store => Text::ShapeStore,
        })
    }

    /// A reason for a severity, without the reason's own text.
    pub fn reason(self, kind: ReasonKind, to: Risk) -> String {
        let text = match kind {
            ReasonKind::Base => Text::ReasonBase,
            ReasonKind::Override => Text::ReasonOverride,
            ReasonKind::Raise => Text::ReasonRaise,
            ReasonKind::Lower => Text::ReasonLower,
        };
        self.fill(text, &[self.risk(to)])
    }

    /// Why a file was not seen.
    pub fn skip(self, reason: SkipReason) -> &'static str {
        self.get(match reason {
            SkipReason::TooLarge => Text::SkipTooLarge,
            SkipReason::Link => Text::SkipLink,
            SkipReason::NotRegular => Text::SkipNotRegular,
            SkipReason::Ignored => Text::SkipIgnored,
            SkipReason::Unreadable => Text::SkipUnreadable,
            SkipReason::Binary => Text::SkipBinary,
            SkipReason::TooDeep => Text::SkipTooDeep,
            SkipReason::TooMany => Text::SkipTooMany,
            SkipReason::BadName => Text::SkipBadName,
            SkipReason::Syntax => Text::SkipSyntax,
            SkipReason::Limit => Text::SkipLimit,
        })
    }

    /// Something that is true, false or unknown.
    pub fn truth(self, value: Option<bool>) -> &'static str {
        self.get(match value {
            Some(true) => Text::Yes,
            Some(false) => Text::No,
            None => Text::Unknown,
        })
    }

    /// Between the items of a list.
    pub fn comma(self) -> &'static str {
        self.get(Text::Comma)
    }

    /// Between sentences.
    pub fn space(self) -> &'static str {
        self.get(Text::Space)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_choose_their_form() {
        let (en, ja) = (Words::of("en"), Words::of("ja"));
        assert_eq!(en.count(Text::Findings, 1), "1 finding");
        assert_eq!(en.count(Text::Findings, 0), "0 findings");
        assert_eq!(ja.count(Text::Findings, 1), "検出 1 件");
        assert_eq!(en.fill(Text::Until, &["2027-06-30"]), "until 2027-06-30");
    }

    #[test]
    fn a_code_of_no_language_gets_english() {
        assert_eq!(Words::of("xx").code(), "en");
        assert_eq!(Words::of("ja-JP").code(), "ja");
        assert_eq!((Words::of("en").comma(), Words::of("ja").comma()), (", ", "、"));
        assert_eq!((Words::of("en").space(), Words::of("ja").space()), (" ", ""));
    }

    #[test]
    fn both_files_have_every_text_with_its_variables_and_no_other() {
        assert_eq!(mistakes::<Text>(&TEXTS), [""; 0]);
    }

    #[test]
    fn japanese_texts_are_japanese() {
        let names = ["HTML", "JSON", "STRIDE", "CI", "redan", "Redan"];
        assert_eq!(latin::<Text>(&TEXTS, 1, &names), []);
    }

    #[test]
    fn every_text_is_used() {
        let sources = sources();
        let unused: Vec<&str> = Text::ALL
            .iter()
            .map(|text| text.name())
            .filter(|name| !sources.iter().any(|s| mentions(s, name)))
            .collect();
        assert_eq!(unused, [""; 0]);
    }

    /// Whether a source has `Text::name` as a whole word.
    fn mentions(source: &str, name: &str) -> bool {
        source.match_indices(&format!("Text::{name}")).any(|(at, found)| {
            let after = source.get(at + found.len()..).and_then(|rest| rest.chars().next());
            !after.is_some_and(|c| c.is_ascii_alphanumeric())
        })
    }

    #[allow(clippy::disallowed_methods, reason = "a test that reads the sources of the crate")]
    fn sources() -> Vec<String> {
        let mut folders =
            vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
        let mut all = vec![];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|e| e == "rs") {
                    all.extend(std::fs::read_to_string(path));
                }
            }
        }
        assert!(all.len() > 30, "the sources are here");
        all
    }
}

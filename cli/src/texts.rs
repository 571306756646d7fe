//! What the commands say to people. The texts are in `texts/en.ftl` and `texts/ja.ftl`.

use redan_engine::report::{Catalog, language};

use crate::os;

static TEXTS: Catalog =
    Catalog::new([include_str!("../texts/en.ftl"), include_str!("../texts/ja.ftl")]);

redan_report::texts! {
    /// A text of the command line.
    pub enum Said {
        Error;
        DiagnosticHelp;
        DiagnosticSee;
        Meant(name);
        LogUnwritable(path, why);
        Unwritable(path, why);
        WhyFolder;
        WhyNoFolder;
        NotShowable(format);
        NotInThisBuild(format);
        NotMade(format, why);
        Wrote(path);
        NoFolder(path);
        NotThere(path);
        OwnConfigurationIgnored;
        NamedInConfiguration(path);
        PackUnreadable(path, why);
        PackEmpty(path);
        MatrixWithoutForm;
        BaselineWithoutForm(form, others);
        NoSeverity(word);
        Verdict(open, confirmed, possible, excepted, read, listed, facts);
        Denied(count, policy, text);
        Warned(count, policy, text);
        FailOn(severity);
        Incomplete;
        Untranslated(count, language);
        NoAddress(address);
        ResultLanguage(language);
        ResultUnreadable(path, why);
        ResultUnknown(path, why);
        ResultForm(path, form, own);
        NoRelation(name);
        NotUnderstood;
        NoCode(code, example);
        NoFinding(id, path);
        NoItem(name);
        ItemForms;
        BindingForm(rule, variables);
        NoVariable(rule, name, variables);
        NoSuchName(name);
        PackWithoutThreats(name);
        NoPack(name);
        WroteFiles(count, folder);
        NoChapter(path, line);
        Unreadable(path, why);
        Checked(packs, kinds, relations, threats);
        CheckedWith(sum, errors, warnings);
        NoKind(name);
        KindIsPath;
        KindsListed;
        FactsFound;
        FactsElements;
        FactsRelations;
        FactsHint;
        WouldChange(path);
        Formatted(path);
        NoPackFile;
        LookedAtChanged(count, changed);
        LookedAtWould(count, changed);
        Unlisted(path, why);
        NoLint(name);
        LintFindings(count);
        NoComponent(read, listed, facts);
        CoverageForm(format);
        BadRuleName(name);
        Exists(path);
        NoSuchThreat;
        NoTests;
        NoTestNamed(text);
        TestFailed(name);
        TestSum(threats, fire, silent, unknown, deciding, conditions);
        TestSumMore;
        NeverFires(count);
        NeverSilent(count);
        NeverUnknown(count);
        NeverDeciding(count);
        TestsRan(passed, failed);
        Timings;
        TimingsKnown(known, read);
        TimingsRules;
        TimingsOthers(count);
        Defect;
        DefectReport;
        StepPacks;
        StepExtract;
        StepSolve;
        StepFindings;
        StepFiles(done, total);
        StepGroups(group, groups);
        UseValueMissing(argument);
        UseValue(value, argument);
        UseNumber(value, argument);
        UseUnknown(argument);
        UseCommand(command);
        UseConflict(argument, other);
        UseTwice(argument);
        UseMissing(argument);
        UseNoCommand;
        UseTooMany(value, argument);
        UseNoText;
        UsePossible(values);
        UseMeant(name);
        UseUsage(usage);
        UseHelp;
    }
}

/// A text in a language, with its insertions in the order of the variables.
pub fn say(language: usize, text: Said, values: &[&str]) -> String {
    TEXTS.fill(language, text, values)
}

/// The language that the environment asks for: `REDAN_LANG`, which is a wish of this user for Redan; then what the
/// configuration of a repository says; then the locale, in the order that POSIX gives.
pub fn of_environment(configured: Option<&str>) -> Option<usize> {
    asked().or_else(|| configured.and_then(language)).or_else(|| {
        ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .find_map(os::variable)
            .and_then(|l| language(&l))
    })
}

/// The language of `REDAN_LANG`.
pub fn asked() -> Option<usize> {
    os::variable("REDAN_LANG").and_then(|l| language(&l))
}

/// The language of messages before the command line was understood: that of `--lang`, which is searched for in the
/// arguments, else that of the environment.
pub fn before_parsing(arguments: &[std::ffi::OsString]) -> usize {
    let mut arguments = arguments.iter().map(|a| a.to_string_lossy()).take_while(|a| *a != "--");
    let mut told = None;
    while let Some(argument) = arguments.next() {
        if argument == "--lang" {
            told = arguments.next().and_then(|l| language(&l));
        } else if let Some(value) = argument.strip_prefix("--lang=") {
            told = language(value);
        }
    }
    told.or_else(|| of_environment(None)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use redan_engine::report::{Key, latin, mistakes};

    use super::*;

    #[test]
    fn both_files_have_every_text_with_its_variables_and_no_other() {
        assert_eq!(mistakes::<Said>(&TEXTS), [""; 0]);
    }

    #[test]
    fn japanese_texts_are_japanese() {
        let names = [
            "redan.yaml",
            "Redan",
            "redan",
            "--untrusted",
            "--matrix",
            "--baseline",
            "--path",
            "--coverage",
            "--lang",
            "markdown-comment",
            "markdown",
            "full",
            "html",
            "json",
            "text",
            "info",
            "low",
            "medium",
            "high",
            "critical",
            "RDN",
            "UTF-8",
            "--links",
            "https://HOST/OWNER/NAME/blob/COMMIT",
            "--help",
        ];
        assert_eq!(latin::<Said>(&TEXTS, 1, &names), []);
    }

    #[test]
    fn numbers_choose_their_form() {
        assert_eq!(say(0, Said::LookedAtWould, &["1", "0"]), "1 file looked at, 0 would change");
        assert_eq!(say(0, Said::WroteFiles, &["2", "docs"]), "wrote 2 files below docs");
        assert_eq!(
            say(1, Said::WroteFiles, &["2", "docs"]),
            "docs の下に 2 ファイルを書き込みました"
        );
    }

    #[test]
    fn the_option_is_found_wherever_it_stands() {
        let of = |arguments: &[&str]| {
            before_parsing(&arguments.iter().map(std::ffi::OsString::from).collect::<Vec<_>>())
        };
        assert_eq!(of(&["redan", "--lang", "ja", "--help"]), 1);
        assert_eq!(of(&["redan", "scan", "--lang=ja", "--help"]), 1);
        assert_eq!(of(&["redan", "--lang=ja", "--lang", "en"]), 0);
    }

    #[test]
    fn every_text_is_used() {
        let unused: Vec<&str> =
            Said::ALL.iter().map(|said| said.name()).filter(|name| !used(name)).collect();
        assert_eq!(unused, [""; 0]);
    }

    /// Whether a source has `Said::name` as a whole word.
    fn used(name: &str) -> bool {
        SOURCES.iter().any(|source| {
            source.match_indices(&format!("Said::{name}")).any(|(at, found)| {
                let after = source.get(at + found.len()..).and_then(|rest| rest.chars().next());
                !after.is_some_and(|c| c.is_ascii_alphanumeric())
            })
        })
    }

    static SOURCES: &[&str] = &[
        include_str!("main.rs"),
        include_str!("help.rs"),
        include_str!("load.rs"),
        include_str!("session.rs"),
        include_str!("commands/check.rs"),
        include_str!("commands/docs.rs"),
        include_str!("commands/explain.rs"),
        include_str!("commands/facts.rs"),
        include_str!("commands/fmt.rs"),
        include_str!("commands/lint.rs"),
        include_str!("commands/model.rs"),
        include_str!("commands/new.rs"),
        include_str!("commands/query.rs"),
        include_str!("commands/report.rs"),
        include_str!("commands/rules.rs"),
        include_str!("commands/scan.rs"),
        include_str!("commands/test.rs"),
        include_str!("commands/why_not.rs"),
    ];
}

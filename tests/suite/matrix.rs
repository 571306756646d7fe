//! The STRIDE matrix over a small system: what each state rests on.

use redan_base::MemoryWorld;
use redan_engine::report::{Inputs, Matrix, MatrixState, Report, Style, format};
use redan_engine::{AnalyzeOptions, analyze, coverage, prepare};
use redan_engine::{Origin, PackFile, PrepareOptions};
use redan_program::schema::Stride;

const PACK: &str = r#"
threat talked_over {
  title "{f} can be read"  stride information_disclosure  severity high
  match a -[f]-> b: process
  where not f.encrypted
  assets b  at f
  mitigate encrypt
}
threat open_process {
  title "{p} serves anyone"  stride spoofing  severity high
  match p: process
  where p.internet_facing and not p.authenticates
  at p
  mitigate encrypt
}
mitigation encrypt { title "Encrypt"  steps "Do." }
"#;

const MODEL: &str = r"
process inner  { internet_facing: false }
process shop   { internet_facing: true  authenticates: true }
process till   { internet_facing: true  authenticates: false }
process kiosk  { internet_facing: true }
actor guest
guest -> shop  { encrypted: true }
guest -> till  { encrypted: false }
guest -> kiosk
";

fn report(matrix: bool) -> Report {
    let mut files: Vec<PackFile> = redan_rules::FILES
        .iter()
        .filter(|(path, _)| path.starts_with("core/"))
        .map(|(path, text)| PackFile {
            path: (*path).to_owned(),
            text: (*text).to_owned(),
            origin: Origin::Library,
        })
        .collect();
    for (path, text) in [("own.redan", PACK), ("model.redan", MODEL)] {
        files.push(PackFile { path: path.into(), text: text.into(), origin: Origin::Caller });
    }
    let sources = redan_base::Sources::new();
    let prepared = prepare(files, sources, &PrepareOptions::default(), &|_| ());
    assert!(!prepared.has_errors(), "{:?}", prepared.diagnostics);
    let world: MemoryWorld = std::iter::empty::<(String, String)>().collect();
    let options = AnalyzeOptions { language: "en".to_owned(), ..AnalyzeOptions::default() };
    let analysis = analyze(&prepared, &world, &options, &|_| ());
    Report::new(Inputs {
        program: &prepared.program,
        solution: &analysis.solution,
        sources: &analysis.sources,
        findings: analysis.findings.clone(),
        coverage: coverage(&prepared, &analysis),
        diagnostics: &[],
        policy: vec![],
        language: "en",
        system: "test",
        version: "0",
        today: "",
        complete: true,
        matrix,
        parts: None,
    })
}

/// State, condition and facts of a rule at an element.
fn outcome(matrix: &Matrix, element: &str, rule: &str) -> (MatrixState, String, Vec<String>) {
    let element = matrix.elements.iter().find(|e| e.name == element).unwrap();
    let outcome = element.rules.iter().find(|o| o.rule == format!("own.{rule}")).unwrap();
    let facts = outcome.facts.iter().map(|f| {
        let at = f.at.as_ref().map_or(0, |s| s.line);
        format!("{} @{at}", f.fact)
    });
    (outcome.state, outcome.condition.clone().unwrap_or_default(), facts.collect())
}

#[test]
fn each_element_says_what_a_rule_came_to_and_why() {
    let matrix = report(true).matrix.unwrap();
    let of = |element: &str, rule: &str| outcome(&matrix, element, rule);
    assert_eq!(of("till", "open_process").0, MatrixState::Confirmed);
    assert_eq!(of("kiosk", "open_process").0, MatrixState::Possible);
    // The control, with the line of the model that shows it.
    assert_eq!(
        of("shop", "open_process"),
        (
            MatrixState::RuledOut,
            "not p.authenticates".to_owned(),
            vec!["shop.authenticates = true @3".to_owned()]
        )
    );
    assert_eq!(
        of("inner", "open_process"),
        (
            MatrixState::RuledOut,
            "p.internet_facing".to_owned(),
            vec!["inner.internet_facing = false @2".to_owned()]
        )
    );
    assert_eq!(of("guest -> till", "talked_over").0, MatrixState::Confirmed);
    assert_eq!(of("guest -> kiosk", "talked_over").0, MatrixState::Possible);
    assert_eq!(of("guest -> shop", "talked_over").1, "not f.encrypted");
    assert_eq!(of("guest -> shop", "talked_over").2, ["(guest -> shop).encrypted = true @7"]);
    // Nothing calls it: there is no fact to show.
    let (state, condition, facts) = of("inner", "talked_over");
    assert_eq!((state, facts.len()), (MatrixState::NotMet, 0));
    assert_eq!(condition, "a -[f]-> b: process");
}

#[test]
fn a_cell_is_the_first_of_its_rules_and_nobody_speaks_of_the_rest() {
    let matrix = report(true).matrix.unwrap();
    let till = matrix.elements.iter().find(|e| e.name == "till").unwrap();
    assert_eq!(till.cells[&Stride::Spoofing], MatrixState::Confirmed);
    assert_eq!(till.cells[&Stride::InformationDisclosure], MatrixState::Confirmed);
    assert_eq!(till.cells[&Stride::Repudiation], MatrixState::NoRule);
    // It calls, but neither rule has it as its subject.
    let guest = matrix.elements.iter().find(|e| e.name == "guest").unwrap();
    assert!(guest.rules.is_empty());
    assert!(guest.cells.values().all(|s| *s == MatrixState::NoRule));
    assert_eq!((guest.cells.len(), matrix.left_out), (6, 0));
}

#[test]
fn the_matrix_is_there_if_it_is_asked_for() {
    let text = |matrix| {
        let bytes = format("full")
            .unwrap()
            .write(&report(matrix), Style::default(), |_| Err(String::new()));
        String::from_utf8(bytes.unwrap()).unwrap()
    };
    assert!(!text(false).contains("STRIDE matrix"));
    let shown = text(true).split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        // Of its flows one is encrypted, which says nothing of others that there could be.
        "process shop ✓ - - · - -",
        "process till ● - - ● - -",
        "- kiosk: own.open_process (RF-",
        "- shop: own.open_process: shop.authenticates = true [model.redan:3] (against `not p.auth",
    ] {
        assert!(shown.contains(part), "no `{part}` in\n{shown}");
    }
}

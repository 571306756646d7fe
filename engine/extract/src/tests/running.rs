//! Choice of files, limits, coverage and determinism.

use redan_base::{Limits, MemoryWorld, SkipReason, Skipped};

use super::{compiled, run, show};
use crate::{Event, Extraction, extract};

fn world(files: &[(&str, &str)]) -> MemoryWorld {
    files.iter().map(|(p, t)| ((*p).to_owned(), t.as_bytes().to_vec())).collect()
}

fn facts(pack: &str, files: &[(&str, &str)]) -> Vec<String> {
    let (program, extraction, told) = run(pack, &world(files));
    assert!(told.is_empty(), "{told:#?}");
    show(&program, &extraction)
}

#[test]
fn regular_expressions_look_through_lines() {
    let pack = r#"
        extract secret(key, value?)
          from text in "**/.env", "config/*.txt" except "**/skip/**"
          match /^(?<key>[A-Z_]*(?:PASSWORD|SECRET))=(?<value>\S+)?$/
    "#;
    let text = "A=1\r\nDB_PASSWORD=é\r\nX_SECRET=\r\nNOT_SECRETS=1\r\n";
    assert_eq!(
        facts(
            pack,
            &[
                ("a/.env", text),
                ("config/x.txt", "SECRET=1"),
                ("config/deep/x.txt", "SECRET=2"),
                ("skip/.env", "SECRET=3"),
                (".envrc", "SECRET=4"),
            ]
        ),
        [
            "secret key=DB_PASSWORD value=é @a/.env:2 «DB_PASSWORD=é»",
            "secret key=X_SECRET @a/.env:3 «X_SECRET=»",
            "secret key=SECRET value=1 @config/x.txt:1 «SECRET=1»",
        ]
    );
}

#[test]
fn whole_files_and_mentions() {
    let pack = r#"
        extract license(file?) from text in "LICENSE*" file
        extract uses(x?) from text in "**/*.txt" when file mentions "alpha", "beta" file
    "#;
    assert_eq!(
        facts(
            pack,
            &[
                ("x/LICENSE.md", "MIT\n"),
                ("a.txt", "the beta"),
                ("b.txt", "the gamma"),
                ("c", "alpha")
            ]
        ),
        ["license @x/LICENSE.md:1 «MIT\n»", "uses @a.txt:1 «the beta»"]
    );
}

#[test]
fn several_formats_and_cases() {
    let pack = r#"
        extract port(port: int)
          from yaml, json in "config/**" at port { port: . }
          from yaml in "config/a.yml" at **.port { port: . }
    "#;
    assert_eq!(
        facts(
            pack,
            &[
                ("config/a.yml", "port: 1\nx: {port: 2}\n"),
                ("config/b.json", r#"{"port": "3"}"#),
                ("config/c.toml", "port = 4"),
                ("d.yml", "port: 5"),
            ]
        ),
        [
            "port port=1 @config/a.yml:1 «port: 1»",
            "port port=2 @config/a.yml:2 «port: 2»",
            "port port=3 @config/b.json:1 «\"port\": \"3\"»",
        ],
        "the same fact of two cases is one, and a file that is of none of the formats is none's"
    );
}

#[test]
fn what_was_not_seen_is_told() {
    let pack = "extract a(x, n: int = 0) from yaml at a[*] { x: .x  n: .n }";
    let limits =
        Limits { file_bytes: 60, matches_per_file: 2, value_bytes: 4, ..Limits::default() };
    let files = world(&[
        ("bad.yml", "a: [\n"),
        ("big.yml", &"# x\n".repeat(20)),
        ("code.PHP", "<?php"),
        ("empty.yml", ""),
        ("long.yml", "a: [{x: 'sééé'}, {n: 1}]"),
        ("many.yml", "a: [{x: 1}, {x: 2}, {x: 3}]"),
        ("nul.yml", "a: \0"),
        ("type.yml", "a: [{x: 1, n: two}]"),
        ("Makefile", "all:"),
    ]);
    let (program, sources, extractors) = compiled(pack);
    let (extraction, told) =
        extract(&files, &program, &extractors, sources, &limits, None, &|_: Event| {});
    assert_eq!(
        show(&program, &extraction),
        [
            "a x=sé n=0 @long.yml:1 «{x: 'sééé'}»",
            "a x=1 n=0 @many.yml:1 «{x: 1}»",
            "a x=2 n=0 @many.yml:1 «{x: 2}»",
            "a x=1 n=0 @type.yml:1 «{x: 1, n: two}»",
        ]
    );
    let skipped = |path: &str, reason, detail: &str| {
        let (path, detail) = (path.to_owned(), detail.to_owned());
        Skipped { path, reason, detail }
    };
    let coverage = &extraction.coverage;
    assert_eq!(
        coverage.skipped,
        [
            skipped(
                "bad.yml",
                SkipReason::Syntax,
                "line 2: while parsing a node, did not find expected node content"
            ),
            skipped("big.yml", SkipReason::TooLarge, "80 bytes"),
            skipped("many.yml", SkipReason::Limit, "more than 2 matches of test.a"),
            skipped("nul.yml", SkipReason::Binary, ""),
        ]
    );
    assert_eq!(
        super::told(&told, &extraction.sources),
        [
            "RDN0702: a value of 7 bytes was cut to 4 at `x: 'sééé'`",
            "RDN0701: the field `n` cannot take `two`: it is not a whole number at `n: two`",
        ]
    );
    let row = &coverage.extractors[0];
    assert_eq!((row.files, row.searched, row.facts, row.without_field), (5, 4, 4, 1));
    let groups: Vec<String> = coverage
        .groups
        .iter()
        .map(|g| {
            format!(
                "{} wanted={} files={} lines={} parsed={}",
                g.name, g.wanted, g.files, g.lines, g.parsed
            )
        })
        .collect();
    assert_eq!(
        groups,
        [
            ".php wanted=false files=1 lines=0 parsed=0",
            "Makefile wanted=false files=1 lines=0 parsed=0",
            "yaml wanted=true files=7 lines=4 parsed=4",
        ]
    );
}

#[test]
fn too_many_files_are_told() {
    let limits = Limits { files: 1, ..Limits::default() };
    let (program, sources, extractors) = compiled("extract a(x) from yaml at a.$x");
    let files = world(&[("a.yml", "a: {b: 1}"), ("b.yml", "a: {c: 1}")]);
    let (extraction, _) =
        extract(&files, &program, &extractors, sources, &limits, None, &|_: Event| {});
    assert_eq!(show(&program, &extraction), ["a x=b @a.yml:1 «b: 1»"]);
    assert_eq!(extraction.coverage.skipped[0].reason, SkipReason::TooMany);
}

#[test]
fn facts_of_one_place_are_told_apart() {
    let pack = r#"
        extract a(x) from yaml at a { x: "one" }  from yaml at a { x: "two" }  from yaml at a { x: "one" }
    "#;
    assert_eq!(
        facts(pack, &[("a.yml", "a: 1")]),
        ["a x=one @a.yml:1 «a: 1»", "a x=two @a.yml:1 «a: 1»"]
    );
}

#[test]
fn the_same_on_any_number_of_threads() {
    let pack = r#"
        extract a(x, n) from yaml at a.$x { n: .n }
        extract b(w) from text in "*.yml" match /(?<w>[a-z]+):/
    "#;
    let mut files: Vec<(String, String)> = (0..300)
        .map(|i| (format!("f{}.yml", i * 7919 % 300), format!("a:\n  k{i}: {{n: {}}}\n", i % 10)))
        .collect();
    let (program, sources, extractors) = compiled(pack);
    let mut run = |threads: usize| {
        let world: MemoryWorld =
            files.iter().map(|(p, t)| (p.clone(), t.clone().into_bytes())).collect();
        files.reverse();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let limits = Limits::default();
        let tell = |_: Event| {};
        let sources = sources.clone();
        let (extraction, told) =
            pool.install(|| extract(&world, &program, &extractors, sources, &limits, None, &tell));
        assert!(told.is_empty());
        extraction
    };
    let bytes = |e: &Extraction| format!("{:?} {:?}", show(&program, e), e.coverage);
    let first = run(1);
    assert_eq!(first.coverage.extractors[0].facts, 300);
    for threads in [2, 4] {
        assert_eq!(bytes(&first), bytes(&run(threads)));
    }
}

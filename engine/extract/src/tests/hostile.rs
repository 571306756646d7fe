//! Input that was made to harm: it ends in a smaller result and a word about it, soon.

use std::time::{Duration, Instant};

use redan_base::{Limits, MemoryWorld, SkipReason};

use super::{compiled, run, show};
use crate::diagrams::{self, LANGUAGES};
use crate::formats::FORMATS;
use crate::{Event, extract};

/// Tests run without optimisation beside others: the bound is generous, and far below what a blow-up takes.
const SOON: Duration = Duration::from_secs(10);

const SAMPLES: &[(&str, &str)] = &[
    ("dockerfile", "FROM a AS b\nRUN <<E\nx\nE\nCOPY --from=b \\\n [\"a\", \"b\"] é\nENV a \"b\n"),
    ("env", "export A=\"b\nc\" # é\nB='x\n"),
    (
        "hcl",
        "resource \"a\" \"b\" {\n  c = \"${d[0]}-é\"\n  e = <<-EOF\n   x\n  EOF\n  f = [for x in y : x]\n  g { h = 1 }\n}\n",
    ),
    ("ini", "[a]\nb = \"é\"\n[\n=\n"),
    (
        "json",
        "{\"a\": [1, -2.5e3, \"\\u00e9\\ud83d\\ude00\\n\", null, true], /* é */ \"b\": {}, // x\n}",
    ),
    ("properties", "a.b=c\\\n  d\n\\u00e9:\\u12\n!\n=\n"),
    (
        "markdown",
        "# é\n\n**B\\*é** `c` calls é. D\n\n- **x:** y\n  - z; é\n\n| a | é |\n|---|---|\n| `b` | c\\|<br>é |\n\n> q\n\n```\nx\n",
    ),
    (
        "toml",
        "a.b = [1, 'é', \"\\u00e9\"]\n[[c]]\nd = 1979-05-27T07:32:00Z\n[e.f]\ng = { h = true }\n",
    ),
    ("xml", "<?xml version=\"1.0\"?><a x=\"é\"><!-- c --><b>t&amp;<![CDATA[z]]></b><b/></a>"),
    (
        "yaml",
        "a: &x [1, 'é', \"\\u00e9\", *y]\nb: *x\n<<: *x\n? {c: d}\n: |\n  {{ .é }}\n\n--- !t\n- - k: >-\n    z\n- {{ v }}: {{- if }}\n",
    ),
];

#[test]
fn truncated_anywhere() {
    let limits = Limits::default();
    for format in FORMATS {
        let text = SAMPLES.iter().find(|(n, _)| *n == format.name).expect("a sample").1;
        for (end, _) in text.char_indices() {
            let part = &text[..end];
            let parsed = (format.parse)(part, &limits);
            for document in &parsed.tree.documents {
                let span = parsed.tree.node(*document).span;
                assert!(span.start <= span.end, "{} at {end}", format.name);
            }
        }
    }
}

/// Diagrams of each sort, in blocks of Markdown.
const DIAGRAMS: &[&str] = &[
    "```mermaid\n---\ntitle: é\n---\ngraph TD\n subgraph é [x]\n a[\"b]\"] -- c --> d & e((f)) ==>|g| h@{ shape: cyl, label: \"é\" }\n end\n```\n",
    "```mermaid\nsequenceDiagram\n box rgb(1,2,3) é\n participant A@{ \"type\": \"database\" } as é\n end\n alt x\n A->>+B: é #quot;\n end\n```\n",
    "```mermaid\nC4Container\n Enterprise_Boundary(é, \"é\") {\n Container(a, \"é\", $techn=\"b (c)\",\n \"d\")\n }\n BiRel(a, b, \"é\")\n```\n",
    "~~~plantuml\n@startuml\n!include é.puml\n/' é '/\nnode \"é\\nb\" as n <<é>> #fff {\n database d [\n é\n ]\n [a] -[#red,é]left-> d : <b>é</b>\n}\n() \"é\" as i\na -0)- i\nnote right of a\né\nend note\n@enduml\n~~~\n",
    "[plantuml, é]\n----\nactor é\nbox \"é\" #fff\nparticipant \"b c\" as b\nend box\né -> b ++ #é : é\nb -->> é\n[-> b\nreturn é\n----\n",
    "```structurizr\nworkspace \"é\" {\n !const X \"${X}é\"\n model {\n é = person \"${X}\"\n s = softwareSystem \"s\" \"\" \"é\" {\n c = container \"c\\\"\" \"é\" \"b\"\n é -> this \"é\"\n }\n é -> s.c \"é\" \\\n \"https\"\n }\n}\n```\n",
];

#[test]
fn diagrams_truncated_anywhere() {
    let limits = Limits::default();
    for (text, language) in DIAGRAMS.iter().flat_map(|t| LANGUAGES.iter().map(move |l| (t, l))) {
        for (end, _) in text.char_indices() {
            for path in ["a.md", "a.c4", "a.mmd"] {
                let part = &text[..end];
                let parsed = diagrams::parse(language, path, part, &limits);
                let spans = parsed.notes.iter().map(|n| n.span);
                let mut todo = parsed.tree.documents.clone();
                while let Some(id) = todo.pop() {
                    let node = parsed.tree.node(id);
                    assert!(part.get(node.span.range()).is_some(), "{part}: {:?}", node.span);
                    todo.extend(node.edges.iter().map(|e| e.node));
                }
                for span in spans {
                    assert!(part.get(span.range()).is_some(), "{part}: {span:?}");
                }
            }
        }
    }
}

#[test]
fn diagrams_without_end() {
    const MANY: usize = 5_000;
    let limits = Limits::default();
    let lines = [
        ("subgraph a\n", "graph TD\n"),
        ("a-->b-->c & d\n", "graph TD\n"),
        ("a[\"\n", "graph TD\n"),
        ("alt x\n", "sequenceDiagram\n"),
        ("A->>B: x\n", "sequenceDiagram\n"),
        ("Container(a, \"\n", "C4Container\n"),
        ("Boundary(a, \"b\") {\n", "C4Container\n"),
        ("node a {\n", "@startuml\n"),
        ("[a] --> [b]\n", "@startuml\n"),
        ("database d [\n", "@startuml\n"),
        ("Foo(a,\n", "@startuml\n"),
        ("@startuml\n", ""),
        ("group a {\n", "workspace {\n"),
        ("a -> b \"c\n", "workspace {\n"),
        ("!const a \"${a}${a}\"\n", "workspace {\n"),
        ("x \\\n", "workspace {\n"),
    ];
    for (line, begin) in lines {
        let text = format!("{begin}{}", line.repeat(MANY));
        for language in LANGUAGES {
            for path in ["a.mmd", "a.puml", "a.dsl"] {
                let begun = Instant::now();
                diagrams::parse(language, path, &text, &limits);
                let took = begun.elapsed();
                assert!(took < SOON, "{line} as {} took {took:?}", language.name);
            }
        }
    }
}

#[test]
fn every_span_is_on_characters_of_the_text() {
    let limits = Limits::default();
    for (name, text) in SAMPLES {
        let format = FORMATS.iter().find(|f| f.name == *name).expect("a format");
        let parsed = (format.parse)(text, &limits);
        let mut todo = parsed.tree.documents.clone();
        while let Some(id) = todo.pop() {
            for edge in &parsed.tree.node(id).edges {
                let span = edge.span();
                assert!(text.get(span.range()).is_some(), "{name}: {span:?}");
                todo.push(edge.node);
            }
        }
    }
}

/// Parses with every format, and says what each gave: nodes or the first problem.
#[track_caller]
fn soon(what: &str, only: &[&str], text: &str) -> Vec<String> {
    let limits = Limits::default();
    let mut out = vec![];
    for format in FORMATS.iter().filter(|f| only.is_empty() || only.contains(&f.name)) {
        let begun = Instant::now();
        let parsed = (format.parse)(text, &limits);
        let took = begun.elapsed();
        assert!(took < SOON, "{what} as {} took {took:?}", format.name);
        let problem = parsed.problems.first().map(|(r, d)| format!("{r}: {d}"));
        out.push(format!("{} {}", format.name, problem.unwrap_or_default()));
    }
    out
}

#[test]
fn deep_nesting() {
    const DEEP: usize = 100_000;
    let mut out = vec![];
    out.extend(soon("brackets", &["json", "yaml"], &"[".repeat(DEEP)));
    out.extend(soon("braces", &["json", "yaml"], &"{\"a\":".repeat(DEEP)));
    out.extend(soon("arrays", &["toml", "hcl"], &format!("a = {}", "[".repeat(DEEP))));
    out.extend(soon("tables", &["toml", "hcl"], &format!("a = {}", "{a=".repeat(DEEP))));
    out.extend(soon("blocks", &["hcl"], &"a {\n".repeat(DEEP)));
    out.extend(soon("templates", &["hcl"], &format!("a = \"{}", "${\"".repeat(DEEP))));
    out.extend(soon("minus", &["hcl"], &format!("a = {}1", "-".repeat(DEEP))));
    out.extend(soon("parentheses", &["hcl"], &format!("a = {}", "(".repeat(DEEP))));
    out.extend(soon("dots", &["toml"], &format!("a{} = 1", ".a".repeat(DEEP))));
    out.extend(soon("dots", &["properties"], &format!("a{} = 1", ".a".repeat(DEEP))));
    out.extend(soon("tags", &["xml"], &"<a>".repeat(DEEP)));
    out.extend(soon("dashes", &["yaml"], &"- ".repeat(DEEP)));
    out.extend(soon("questions", &["yaml"], &"? ".repeat(DEEP)));
    let closed = format!("{}{}", "<a>".repeat(DEEP), "</a>".repeat(DEEP));
    out.extend(soon("closed tags", &["xml"], &closed));
    let closed = format!("{}{}", "[".repeat(DEEP), "]".repeat(DEEP));
    out.extend(soon("closed brackets", &["json", "yaml"], &closed));
    let indented: String = (0..1_400).map(|i| format!("{}a:\n", " ".repeat(i))).collect();
    out.extend(soon("indentation", &["yaml"], &indented));
    let seen: Vec<&String> = out.iter().filter(|o| o.ends_with(' ')).collect();
    assert_eq!(seen, ["properties "], "all else is told: {out:#?}");
}

#[test]
fn long_and_many() {
    const LONG: usize = 1 << 17;
    let repeat = |unit: &str| unit.repeat(LONG / unit.len());
    soon("one line", &[], &repeat("a"));
    soon("blanks", &[], &repeat(" "));
    soon("lines", &[], &repeat("\n"));
    soon("colons", &["yaml", "ini", "properties"], &repeat("a: b\n"));
    soon("quotes", &["env", "yaml", "json", "toml", "dockerfile"], &repeat("a=\"\n"));
    soon("backslashes", &["properties", "dockerfile"], &repeat("\\\n"));
    soon("anchors", &["yaml"], &repeat("- &a a\n"));
    soon("marks on a line", &["yaml"], &repeat("{{ a }} b "));
    soon("unclosed marks", &["yaml"], &repeat("{{ "));
    soon("unclosed percent", &["yaml"], &repeat("{% "));
    soon("comments", &["json", "hcl", "toml"], &repeat("/*"));
    let keys: String = (0..10_000).map(|i| format!("k{i}.x=1\n")).collect();
    soon("keys", &["properties", "ini", "env", "toml"], &keys);
    let elements: String = (0..10_000).map(|i| format!("<k{i}/><a/>")).collect();
    soon("elements", &["xml"], &format!("<r>{elements}</r>"));
    let blocks: String = (0..10_000).map(|i| format!("b{i} {{}}\na {{}}\n")).collect();
    soon("blocks", &["hcl"], &blocks);
    soon("stages", &["dockerfile"], &repeat("FROM a\n"));
    soon("here-documents", &["dockerfile"], &repeat("RUN <<A\n"));
}

#[test]
fn alias_bombs() {
    let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
    for i in 1..30 {
        let list = vec![format!("*a{}", i - 1); 10].join(",");
        bomb.push_str(&format!("a{i}: &a{i} [{list}]\n"));
    }
    assert_eq!(soon("bomb", &["yaml"], &bomb), ["yaml a limit was hit: more than 200000 nodes"]);
    let chain: String = (1..1_000).map(|i| format!("a{i}: &a{i} {{k: *a{}}}\n", i - 1)).collect();
    let chain = format!("a0: &a0 1\n{chain}");
    assert_eq!(
        soon("chain", &["yaml"], &chain),
        ["yaml a limit was hit: nested more than 128 levels deep"]
    );
    assert_eq!(soon("itself", &["yaml"], "a: &a [*a, *a]\nb: *a\n"), ["yaml "]);
    let merges: String =
        (1..200).map(|i| format!("a{i}: &a{i} {{<<: *a{}, k{i}: 1}}\n", i - 1)).collect();
    soon("merges", &["yaml"], &format!("a0: &a0 {{k: 1}}\n{merges}"));
}

#[test]
fn entities_are_not_expanded() {
    let text =
        "<!DOCTYPE a [<!ENTITY x \"y\"><!ENTITY f SYSTEM \"file:///etc/passwd\">]><a>&x;&f;</a>";
    assert_eq!(soon("doctype", &["xml"], text), ["xml not parsed: line 1: XML with DTD detected"]);
}

/// Runs a program over one hostile file and gives the reasons why something was not seen.
#[track_caller]
fn reasons(pack: &str, path: &str, bytes: Vec<u8>) -> Vec<SkipReason> {
    let begun = Instant::now();
    let world: MemoryWorld = [(path.to_owned(), bytes)].into_iter().collect();
    let (program, sources, extractors) = compiled(pack);
    let limits = Limits { extract_ms: 500, ..Limits::default() };
    let (extraction, _) =
        extract(&world, &program, &extractors, sources, &limits, None, &|_: Event| {});
    let took = begun.elapsed();
    assert!(took < SOON, "{path} took {took:?}");
    extraction.coverage.skipped.iter().map(|s| s.reason).collect()
}

#[test]
fn quadratic_expressions_and_paths() {
    let pack = r#"extract a(x) from text in "*.txt" match /(?<x>.*[^A-Z]|[A-Z])/"#;
    assert_eq!(reasons(pack, "a.txt", vec![b'A'; 1 << 19]), [SkipReason::Limit]);
    let pack = "extract a(x?) from json at **.**.**.a where root.**.b";
    let wide = format!("[{}]", vec!["{\"a\":{\"a\":{\"a\":1}}}"; 20_000].join(","));
    assert_eq!(reasons(pack, "a.json", wide.into_bytes()), [SkipReason::Limit]);
}

#[test]
fn bytes_that_are_no_text() {
    let pack = "extract a(x) from json at a.$x";
    assert_eq!(reasons(pack, "a.json", b"{\"a\": {\"b\": 1\0}}".to_vec()), [SkipReason::Binary]);
    assert_eq!(reasons(pack, "a.json", vec![0xff; 5_000]), [SkipReason::Binary]);
    assert_eq!(reasons(pack, "a.json", vec![b'a'; 2 << 20]), [SkipReason::TooLarge]);
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain("{\"a\": {\"é\": 1}}".encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let world: MemoryWorld = [("a.json".to_owned(), utf16)].into_iter().collect();
    let (program, extraction, _) = run(pack, &world);
    assert_eq!(show(&program, &extraction), ["a x=é @a.json:1 «\"é\": 1»"]);
}

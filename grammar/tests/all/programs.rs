//! Programs made at random from the whole language, with line breaks and comments wherever they may
//! stand: they parse, and formatting changes nothing but their form.

use proptest::prelude::*;

use crate::formatting::formatted;

/// Where anything may stand between two words: white space, line breaks, comments.
const GAP: &str = "\u{1}";

fn text(options: &'static [&'static str]) -> BoxedStrategy<String> {
    prop::sample::select(options).prop_map(str::to_owned).boxed()
}

fn name() -> BoxedStrategy<String> {
    text(&["a", "b2", "order", "web_shop", "source", "root", "count", "file", "at", "kind_x"])
}

fn path() -> BoxedStrategy<String> {
    prop_oneof![name(), Just("core.store".to_owned())].boxed()
}

fn string() -> BoxedStrategy<String> {
    text(&[
        "\"a\"",
        "\"\"",
        "\"機密 {a.b}\"",
        "\"x\\n\\\"y\\\" \\u{202e}\"",
        "\"\"\"\n    a\n\n      b\n  \"\"\"",
        "\"\"\"a\"\"\"",
    ])
}

fn code() -> BoxedStrategy<String> {
    text(&["`f($x)`", "```js\n  f(`x`)\n    g()\n  ```", "```f()```", "```\n(a\n  (b)) @at\n```"])
}

/// Puts `{}` of a pattern in order, with gaps for `~`.
fn form(pattern: &'static str, parts: Vec<BoxedStrategy<String>>) -> BoxedStrategy<String> {
    parts
        .prop_map(move |parts| {
            let mut out = pattern.replace('~', GAP);
            for part in parts {
                out = out.replacen("{}", &part.replace("{}", "{ }"), 1);
            }
            out
        })
        .boxed()
}

fn list(item: BoxedStrategy<String>, between: &'static str, min: usize) -> BoxedStrategy<String> {
    prop::collection::vec(item, min..4)
        .prop_map(move |list| list.join(&between.replace('~', GAP)))
        .boxed()
}

fn expr() -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        name(),
        string(),
        text(&["5", "-7", "true", "/a\\/b[^c]+/", "_x", "a.in.trust", "`f($x)`"]),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let inner = inner.boxed();
        prop_oneof![
            form("f({})", vec![list(inner.clone(), "~,~", 0)]),
            form("[~{}~]", vec![list(inner.clone(), "~,~", 0)]),
            form("f({})~+~g({}).a", vec![inner.clone(), inner.clone()]),
            form("a~-~(~b~+~f({})~)", vec![inner]),
        ]
        .boxed()
    })
    .boxed()
}

fn tree() -> BoxedStrategy<String> {
    text(&[
        ".",
        ".a",
        ".a.b-c[*]",
        "root.a.\"b c\"[0]",
        ".**.a.*",
        "$x",
        "$$$rest",
        ".[*].$k",
        ".@id",
    ])
}

fn value() -> BoxedStrategy<String> {
    prop_oneof![
        tree(),
        form("{}~|~{}", vec![tree(), tree()]),
        form("upper({})", vec![tree()]),
        string(),
    ]
    .boxed()
}

fn cond() -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        form("{}~:~{}", vec![name(), path()]),
        form("{}.x~is~{}", vec![name(), path()]),
        form("x~is~not~{}", vec![path()]),
        form("{}~==~{}", vec![expr(), expr()]),
        form("{}~>=~{}", vec![expr(), expr()]),
        form("{}~in~{}", vec![expr(), expr()]),
        form("{}~not~in~{}", vec![expr(), expr()]),
        form("{}~matches~/a/", vec![expr()]),
        form("{}~like~{}", vec![expr(), string()]),
        form("x.y~has~{}", vec![expr()]),
        form("x holds~{}", vec![expr()]),
        form("x inside~{}", vec![name()]),
        form("m~same~file~{}", vec![name()]),
        form("v~=~{}", vec![expr()]),
        form("finding {}", vec![name()]),
        form("p.rel({})", vec![list(expr(), "~,~", 0)]),
        form("{}~->~{}", vec![name(), name()]),
        form("a~:~store~-[f]->~{}~->+~_~:~process", vec![name()]),
        form("x.{}", vec![name()]),
        form("count~{~{}~}~>~3", vec![Just("a -> b where a.x or b.y".to_owned()).boxed()]),
        form("max~{~x.y~where~{}~}~<~z", vec![Just("x: store".to_owned()).boxed()]),
    ];
    leaf.prop_recursive(3, 16, 3, |inner| {
        let inner = inner.boxed();
        prop_oneof![
            list(inner.clone(), "~and~", 2),
            list(inner.clone(), "~or~", 2),
            form("{}~,~{}", vec![inner.clone(), inner.clone()]),
            form("not~(~{}~)", vec![inner.clone()]),
            form("not~a.b~and~exists~{}", vec![inner.clone()]),
            form("(~no~{} where~{}~)", vec![inner.clone(), inner.clone()]),
            form("(~every~x: y where~{}~satisfies~{}~)", vec![inner.clone(), inner]),
        ]
        .boxed()
    })
    .boxed()
}

fn outputs(value: BoxedStrategy<String>) -> BoxedStrategy<String> {
    let output = form("{}~:~{}", vec![text(&["a", "in", "class", "from"]), value]);
    prop_oneof![
        form("{~{}~}", vec![list(output.clone(), "~", 0)]),
        form("{~{}~}", vec![list(output, "~,~", 1)]),
    ]
    .boxed()
}

fn field() -> BoxedStrategy<String> {
    prop_oneof![
        form("title~{}", vec![string()]),
        form("stride {}", vec![list(name(), "~,~", 1)]),
        form("cwe~5~,~{}", vec![text(&["6", "7"])]),
        form("match~{}", vec![cond()]),
        form("where~{}", vec![cond()]),
        form("severity high~because~{}", vec![string()]),
        form("raise critical~if~{}~because~{}", vec![cond(), string()]),
        form("for express~,~spring~{~steps~{}~}", vec![string()]),
        form("requires core \">=1\"~,~other \"2\"", vec![]),
        form("deny~{}~if~{}", vec![string(), cond()]),
        text(&["deprecated"]),
    ]
    .boxed()
}

fn statement() -> BoxedStrategy<String> {
    prop_oneof![
        form("{}~{}", vec![path(), name()]),
        form("process~\"a b\"~in~{}~{}", vec![name(), outputs(expr())]),
        form("{}~->~{}", vec![name(), name()]),
        form("a~->~\"b\"~as~\"c\"~{}", vec![outputs(expr())]),
    ]
    .boxed()
}

fn case() -> BoxedStrategy<String> {
    let matcher = prop_oneof![
        form("at~{}", vec![text(&[".", "a.$x.b", "**.a[*]", "[0].\"x y\""])]),
        form("match~{}", vec![code()]),
        form("query~{}", vec![code()]),
        text(&["match /a/", "node", "edge", "file"]),
    ];
    let filter = form("~where~$x~in~[a, b]~and~{} is string", vec![tree()]);
    form(
        "from~yaml~,~java~{}{}{}{}",
        vec![
            prop_oneof![
                form("in~\"**/x\"~", vec![]),
                form("in~\"a\"~,~\"b\"~except~\"c\"~when~file~mentions~\"d\"~", vec![]),
                Just(String::new()),
            ]
            .boxed(),
            matcher.boxed(),
            prop_oneof![Just(String::new()).boxed(), filter].boxed(),
            prop_oneof![Just(String::new()).boxed(), form("~{}", vec![outputs(value())])].boxed(),
        ],
    )
}

fn test_part() -> BoxedStrategy<String> {
    prop_oneof![
        form("given~{~{}~}", vec![list(statement(), "\n", 0)]),
        form("given~file~\"a.js\"~{}", vec![code()]),
        form("expect~{}", vec![path()]),
        form("expect~no~{}(a~:~{}~)", vec![name(), expr()]),
        form("expect~possible~{}", vec![path()]),
        form("expect~fact~{}~{}", vec![path(), outputs(expr())]),
        form("expect~{}({})", vec![path(), list(expr(), "~,~", 1)]),
    ]
    .boxed()
}

fn item() -> BoxedStrategy<String> {
    let ty = text(&["bool", "set<access>", "core.boundary?", "string"]);
    let attribute = prop_oneof![
        form("in~:~{}", vec![ty.clone()]),
        form("{}~:~{}~=~false~ask~{}", vec![name(), ty.clone(), string()]),
    ];
    let extract_field =
        text(&["a", "b?", "c*", "d: bool = false", "e*: int", "f?: core.kind", "in"]);
    prop_oneof![
        form("enum~{}~{~{}~}", vec![name(), list(name(), "~<~", 0)]),
        form("enum~{}~{~{}~}", vec![name(), list(name(), "~,~", 0)]),
        form("set~{}~{~{}~}", vec![path(), list(expr(), "~,~", 0)]),
        form("extend~set~{}~{~{}~}", vec![path(), list(string(), "~,~", 0)]),
        form("kind~{}~is~{}", vec![name(), path()]),
        form("kind~{}~{~{}~}", vec![name(), list(attribute.boxed(), "~", 0)]),
        form(
            "extract~{}~(~{}~)~{}",
            vec![name(), list(extract_field, "~,~", 0), list(case(), "~", 1)],
        ),
        form("relation~{}~(~a: {}~)", vec![name(), ty.clone()]),
        form("relation~{}~(~a: {}~)~if~{}", vec![name(), ty, cond()]),
        form("{}({})~if~{}", vec![path(), list(expr(), "~,~", 0), cond()]),
        form("derive~process~{}~in~b~{}~if~{}", vec![name(), outputs(expr()), cond()]),
        form("derive~flow~a~->~b~as~{}~if~{}", vec![expr(), cond()]),
        form("derive~x~{}~if~{}", vec![outputs(expr()), cond()]),
        form("same~a~,~b~if~{}", vec![cond()]),
        form("threat~{}~{~{}~}", vec![name(), list(field(), "\n", 0)]),
        form("policy~{}~{~{}~}", vec![name(), list(field(), "\n", 0)]),
        form("except~{}~because~{}~until~2027-06-30~if~{}", vec![path(), string(), cond()]),
        form("override~{}~because~{}~{~{}~}", vec![path(), string(), list(field(), "\n", 0)]),
        form("disable~{}~because~{}", vec![path(), string()]),
        form(
            "translate~ja~{~threat~{}~{~title~{}~because~{}~}~}",
            vec![name(), string(), string()],
        ),
        form("translate~ja~{~text~{}~{}~}", vec![string(), string()]),
        form("test~{}~{~{}~}", vec![text(&["\"a\""]), list(test_part(), "\n", 0)]),
        form("system~{}~{~{}~}", vec![text(&["\"a\""]), list(statement(), "\n", 0)]),
        statement(),
    ]
    .boxed()
}

/// Fills the gaps of a program.
fn filled(items: Vec<String>, gaps: Vec<&'static str>) -> String {
    let program = items.join("\n\n");
    let mut gaps = gaps.into_iter().cycle();
    let mut out = String::new();
    for (i, part) in program.split(GAP).enumerate() {
        if i > 0 {
            out.push_str(gaps.next().unwrap_or(" "));
        }
        out.push_str(part);
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn programs_parse_and_keep_their_trees(
        items in prop::collection::vec(item(), 1..4),
        gaps in prop::collection::vec(
            prop::sample::select(&[" ", " ", " ", "  ", "\n", "\n  ", "\n\n\n", " // c\n", "\n// o\n", "\n/// d\n", "\t"][..]),
            1..60,
        ),
    ) {
        formatted(&filled(items, gaps));
    }
}

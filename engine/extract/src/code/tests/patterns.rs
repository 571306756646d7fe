//! Code patterns in all languages: hits and near misses.

use super::{check, run_one, show, text, values};
use redan_grammar::syntax::Matcher;

const ALL: &[&str] = &["javascript", "typescript", "tsx", "python", "java", "go", "csharp"];

/// Code in a place where every language takes an expression.
fn within(language: &str, expression: &str) -> String {
    match language {
        "java" => format!("class A {{ void f() {{ {expression}; }} }}"),
        "go" => format!("package p\nfunc f() {{\n\t{expression}\n}}\n"),
        "csharp" => format!("class A {{ void F() {{ {expression}; }} }}"),
        _ => format!("{expression}\n"),
    }
}

#[test]
fn a_member_call_in_every_language() {
    for language in ALL {
        let pattern = "$app.$method($path, $$$)";
        check(
            language,
            pattern,
            &within(language, "app.get(\"/a\", handler)"),
            &["app=app method=get path=\"/a\""],
        );
        check(
            language,
            pattern,
            &within(language, "a.b.get(\"/a\")"),
            &["app=a.b method=get path=\"/a\""],
        );
        check(language, pattern, &within(language, "app.get()"), &[]);
        check(language, pattern, &within(language, "get(\"/a\", handler)"), &[]);
    }
}

#[test]
fn lists_are_complete_unless_three_dollars_say_otherwise() {
    for language in ALL {
        let code = within(language, "f(1, 2, 3)");
        check(language, "f($a)", &code, &[]);
        check(language, "f($a, $b, $c)", &code, &["a=1 b=2 c=3"]);
        check(language, "f($a, $$$)", &code, &["a=1"]);
        check(language, "f($$$, $z)", &code, &["z=3"]);
        check(language, "f($$$all)", &code, &["all=[1 | 2 | 3]"]);
        check(language, "f($$$, $x, $$$)", &code, &["x=1", "x=2", "x=3"]);
        check(language, "f($_, $_, $_)", &code, &[""]);
        check(language, "f($_, $_)", &code, &[]);
        check(language, "f($a, 2, $$$rest)", &code, &["a=1 rest=3"]);
        check(language, "f($a, 3, $$$rest)", &code, &[]);
    }
}

#[test]
fn the_same_name_stands_for_the_same_code() {
    for language in ALL {
        check(language, "f($x, $x)", &within(language, "f(a.b, a.b)"), &["x=a.b"]);
        check(language, "f($x, $x)", &within(language, "f(a.b, a.c)"), &[]);
        check(language, "f($x, $x)", &within(language, "f(g( 1 ), g(1))"), &["x=g( 1 )"]);
    }
}

#[test]
fn operators_and_names_count() {
    for language in ALL {
        check(language, "f($a + $b)", &within(language, "f(1 + 2)"), &["a=1 b=2"]);
        check(language, "f($a + $b)", &within(language, "f(1 - 2)"), &[]);
        check(language, "f($a)", &within(language, "g(1)"), &[]);
    }
}

#[test]
fn parentheses_comments_and_quotes_do_not_count() {
    check("javascript", "f(\"a\", $x)", "f('a', /* no */ (1),)", &["x=1"]);
    check("javascript", "f(\"a\", $x)", "f(`a`, 1)", &["x=1"]);
    check("javascript", "f(\"a\", $x)", "f('b', 1)", &[]);
    check("javascript", "f('\\u0061')", "f(\"a\")", &[""]);
    check("python", "f('a', $x)", "f(\n  'a',  # first\n  ((1)),\n)", &["x=1"]);
    check("go", "f(\"a\")", "package p\nfunc g() { f(`a`) }", &[""]);
    check("csharp", "f(\"a\")", "class A { void G() { f(@\"a\"); } }", &[""]);
    check("javascript", "f(\"$x\")", "f('a'); f(`b`); f(c)", &["x='a'", "x=`b`"]);
    check("javascript", "f(\"/$x\")", "f('/$x'); f('/a')", &[""]);
}

#[test]
fn javascript_statements() {
    let pattern = "const $x = require(\"express\")";
    check("javascript", pattern, "const e = require('express');", &["x=e"]);
    check("javascript", pattern, "const { Router } = require('express')", &["x={ Router }"]);
    check("javascript", pattern, "let e = require('express')", &[]);
    check("javascript", pattern, "const e = require('koa')", &[]);
    check("javascript", "import $x from \"express\"", "import e from 'express'", &["x=e"]);
    check(
        "javascript",
        "import { $$$n } from $m",
        "import { a, b as c } from 'd'",
        &["m='d' n=[a | b as c]"],
    );
    check("javascript", "if ($c) { $$$body }", "if (a) { b(); c() }", &["body=[b(); | c()] c=a"]);
    check("javascript", "await $x", "async function f() { await g(); h() }", &["x=g()"]);
    check("javascript", "{ method: $m, $$$ }", "f({ method: 'GET', url })", &["m='GET'"]);
    check("javascript", "f({ $$$, url: $u, $$$ })", "f({ a: 1, url: b, c })", &["u=b"]);
    check("javascript", "port: $p", "f({ port: 80 })", &["p=80"]);
    check("javascript", "new $c($$$a)", "const a = new B.C(1)", &["a=1 c=B.C"]);
    check("javascript", "$a.$b($c)", "x?.y(1)", &["a=x b=y c=1"]);
    check(
        "javascript",
        "($req, $res) => { $$$ }",
        "app.get('/', async (a, b) => { c() })",
        &["req=a res=b"],
    );
    check(
        "javascript",
        "function $f($$$p) { $$$ }",
        "async function g(a, b) { }",
        &["f=g p=[a | b]"],
    );
    check("javascript", "<$c $$$>$$$</$c>", "const a = <B x=\"1\"><i/></B>", &["c=B"]);
    check(
        "javascript",
        "<$c $$$ href={$x} $$$>$$$</$_>",
        "const a = <B href={y}>t</B>",
        &["c=B x=y"],
    );
}

#[test]
fn typescript_declarations() {
    for language in ["typescript", "tsx"] {
        let code = "@Controller('cats') @X() export class Cats extends Base { @Get(':id') @Auth() async one(@Param() id: string): Promise<Cat> { return this.cats.get<Cat>(id); } two() {} }";
        check(language, "@Controller($p) class $c { $$$ }", code, &["c=Cats p='cats'"]);
        check(language, "@Controller($p) class $c", code, &["c=Cats p='cats'"]);
        check(language, "@Get($p) $m($$$) { $$$ }", code, &["m=one p=':id'"]);
        check(language, "@Get($p)", code, &["p=':id'"]);
        check(language, "$m($$$a) { $$$ }", code, &["a=@Param() id: string m=one", "a=[] m=two"]);
        check(language, "$o.get($x)", code, &["o=this.cats x=id"]);
        check(language, "@Post($p) $m($$$) { $$$ }", code, &[]);
        check(language, "const $x = $v", "const a: Foo<string> = b", &["v=b x=a"]);
        check(
            language,
            "private readonly $x: $t;",
            "class A { private readonly b: C; private d: E }",
            &["t=C x=b"],
        );
    }
}

#[test]
fn python_definitions() {
    let pattern = "@app.route($path, $$$)\ndef $f($$$): $$$";
    let code = "@app.route('/a', methods=['GET'])\ndef a(x: int) -> str:\n    return 'b'\n";
    check("python", pattern, code, &["f=a path='/a'"]);
    check(
        "python",
        pattern,
        "@login\n@app.route('/a')\n@other\nasync def a():\n    pass\n",
        &["f=a path='/a'"],
    );
    check("python", pattern, "@app.get('/a')\ndef a(): pass\n", &[]);
    check("python", pattern, "def a(): pass\n", &[]);
    check("python", "@$r.route($p)\ndef $f($$$):\n    $$$body", code, &[]);
    check(
        "python",
        "@$r.route($p, $$$)\ndef $f($$$):\n    $$$body",
        code,
        &["body=return 'b' f=a p='/a' r=app"],
    );
    check("python", "def $f($$$p):", code, &["f=a p=x: int"]);
    check("python", "@app.route($p, $$$)", code, &["p='/a'"]);
    check("python", "from $m import $n", "from a.b import c\nfrom d import e, f\n", &["m=a.b n=c"]);
    check("python", "from $m import $$$n", "from d import e, f as g\n", &["m=d n=[e | f as g]"]);
    check("python", "import $m", "import a.b\n", &["m=a.b"]);
    check("python", "class $c(Base): $$$", "class A(Base):\n    x = 1\n", &["c=A"]);
    check(
        "python",
        "class $c($$$b): $$$",
        "class A:\n    x = 1\nclass B(C, D):\n    y = 1\n",
        &["b=[] c=A", "b=[C | D] c=B"],
    );
    check("python", "class $c: $$$", "class A(Base):\n    x = 1\n", &["c=A"]);
    check("python", "$x = Flask($$$)", "app = Flask(__name__)\n", &["x=app"]);
    check("python", "f($$$, url=$u, $$$)", "f(1, url=x, y=2)\n", &["u=x"]);
    check("python", "{\"a\": $x, $$$}", "b = {'a': 1, 'c': 2}\n", &["x=1"]);
    check("python", "with open($p) as $f: $$$", "with open('a') as b:\n    c()\n", &["f=b p='a'"]);
    check("python", "await $x", "async def f():\n    await g()\n", &["x=g()"]);
    check("python", "def $f($$$): $$$", "class A:\n    @x\n    def b(self): pass\n", &["f=b"]);
}

#[test]
fn java_declarations() {
    let code = "import org.x.Y;\n@RestController @RequestMapping(\"/a\") public class A<T> extends B implements C { @Value(\"${x}\") private String url = \"u\"; @Autowired @GetMapping(\"/b\") public ResponseEntity<Foo> get(@PathVariable(\"id\") long id, String q) throws E { String v = \"w\"; return repo.find(id); } @PostMapping void post() {} abstract void none(); }";
    check(
        "java",
        "@GetMapping($$$a) $ret $m($$$p) { $$$ }",
        code,
        &["a=\"/b\" m=get p=[@PathVariable(\"id\") long id | String q] ret=ResponseEntity<Foo>"],
    );
    check("java", "@PostMapping($$$a) $ret $m($$$p) { $$$ }", code, &["a=[] m=post p=[] ret=void"]);
    check("java", "@PutMapping($$$a) $ret $m($$$p) { $$$ }", code, &[]);
    check("java", "$ret $m($$$p);", code, &["m=none p=[] ret=void"]);
    check("java", "@RequestMapping($p) class $c { $$$ }", code, &["c=A p=\"/a\""]);
    check("java", "@RequestMapping($p) @RestController class $c { $$$ }", code, &["c=A p=\"/a\""]);
    check("java", "public class $c extends $b { $$$ }", code, &["b=B c=A"]);
    check("java", "final class $c { $$$ }", code, &[]);
    check("java", "@RequestMapping($p) class $c", code, &["c=A p=\"/a\""]);
    check("java", "@RequestMapping($p)", code, &["p=\"/a\""]);
    check("java", "String $x = $v;", code, &["v=\"u\" x=url", "v=\"w\" x=v"]);
    check("java", "@Value($v) $t $f = $_;", code, &["f=url t=String v=\"${x}\""]);
    check("java", "import $m;", code, &["m=org.x.Y"]);
    check(
        "java",
        "$t $m($$$, @PathVariable($n) $pt $p, $$$) { $$$ }",
        code,
        &["m=get n=\"id\" p=id pt=long t=ResponseEntity<Foo>"],
    );
    check("java", "@A($$$, path = $p, $$$)", "@A(path = \"/x\", b = 1) class C {}", &["p=\"/x\""]);
    check("java", "new $c($$$)", "class A { B b = new B<>(1); }", &["c=B<>"]);
    check("java", "return $x;", code, &["x=repo.find(id)"]);
}

#[test]
fn go_code() {
    let wrap = |body: &str| format!("package p\nfunc f() {{\n{body}\n}}\n");
    check("go", "r.GET($p, $h)", &wrap("r.GET(\"/a\", g)"), &["h=g p=\"/a\""]);
    check("go", "r.GET($p, $h)", &wrap("r.GET(\"/a\", m, g)\nr.POST(\"/a\", g)"), &[]);
    check("go", "$x := os.Getenv($k)", &wrap("a := os.Getenv(\"K\")"), &["k=\"K\" x=a"]);
    check("go", "$x := f($$$)", &wrap("a, err := f()"), &[]);
    check("go", "$x, $_ := f($$$)", &wrap("a, err := f()"), &["x=a"]);
    check("go", "$$$ := f($$$)", &wrap("a, err := f()"), &[""]);
    check(
        "go",
        "func $f($$$p) { $$$ }",
        "package p\nfunc g(a int, b string) (int, error) { return 1, nil }\n",
        &["f=g p=[a int | b string]"],
    );
    check(
        "go",
        "http.Server{Addr: $a, $$$}",
        &wrap("s := http.Server{Addr: \":80\", H: h}"),
        &["a=\":80\""],
    );
    check("go", "Addr: $a", &wrap("s := http.Server{Addr: \":80\", H: h}"), &["a=\":80\""]);
    check("go", "import $p", "package p\nimport \"fmt\"\n", &["p=\"fmt\""]);
    check(
        "go",
        "http.HandleFunc($p, func($$$) { $$$ })",
        &wrap("http.HandleFunc(\"/a\", func(w W, r *R) { x() })"),
        &["p=\"/a\""],
    );
}

#[test]
fn csharp_declarations() {
    let code = "using A.B;\n[ApiController, Route(\"api\")] public class Cats : Base { const string P = \"p\"; [Authorize] [HttpGet(\"{id}\")] public async Task<Cat> Get([FromRoute] int id) { return await db.Find(id); } [HttpPost] public void Post() => db.Add(); }\napp.MapGet(\"/a\", () => 1);";
    check("csharp", "[Route($p)] class $c { $$$ }", code, &["c=Cats p=\"api\""]);
    check("csharp", "[Route($p)]", code, &["p=\"api\""]);
    check(
        "csharp",
        "[HttpGet($$$a)] $ret $m($$$p) { $$$ }",
        code,
        &["a=\"{id}\" m=Get p=[FromRoute] int id ret=Task<Cat>"],
    );
    check(
        "csharp",
        "[HttpPost($$$a)] $ret $m($$$p) => $e;",
        code,
        &["a=[] e=db.Add() m=Post p=[] ret=void"],
    );
    check("csharp", "[HttpPut($$$a)] $ret $m($$$p) { $$$ }", code, &[]);
    check("csharp", "app.MapGet($p, $h)", code, &["h=() => 1 p=\"/a\""]);
    check("csharp", "using $n;", code, &["n=A.B"]);
    check("csharp", "const string $x = $v;", code, &["v=\"p\" x=P"]);
    check("csharp", "await $x", code, &["x=db.Find(id)"]);
    check("csharp", "new $t($$$a)", "var a = new B(1);", &["a=1 t=B"]);
}

#[test]
fn statements_one_after_the_other() {
    let code = "const a = express();\nx();\na.get('/b');\na.post('/c');\nb.get('/d');";
    check(
        "javascript",
        "const $a = express()\n$$$\n$a.$m($p)",
        code,
        &["a=a m=get p='/b'", "a=a m=post p='/c'"],
    );
    check("javascript", "x()\n$a.$m($p)", code, &["a=a m=get p='/b'"]);
    check("python", "$x = f()\nreturn $x", "def g():\n    a = f()\n    return a\n", &["x=a"]);
    check("python", "$x = f()\nreturn $x", "def g():\n    a = f()\n    return b\n", &[]);
}

#[test]
fn the_place_is_all_that_matched() {
    let place = |language: &str, pattern: &str, code: &str| {
        let found = run_one(language, &Matcher::Pattern(text(pattern)), code);
        found.matches[0].iter().map(|m| code[m.span.range()].to_owned()).collect::<Vec<_>>()
    };
    let code = "x = 1\n@a\n@b('c')\ndef f(): pass\ny = 1\n";
    assert_eq!(place("python", "@b($p)\ndef $f(): $$$", code), ["@a\n@b('c')\ndef f(): pass"]);
    assert_eq!(place("python", "def $f(): $$$", code), ["def f(): pass"]);
    let code = "const a = f();\nx();\na.b();\nc();";
    assert_eq!(
        place("javascript", "const $a = f()\n$$$\n$a.b()", code),
        ["const a = f();\nx();\na.b();"]
    );
    assert_eq!(place("javascript", "$a.b()", code), ["a.b()"]);
}

#[test]
fn conditions_on_names_of_members_narrow_the_search() {
    use redan_base::{Limits, Span};
    use redan_grammar::syntax::{Cond, CondKind, Expr, ExprKind};
    let span = Span::new(0, 0);
    let expr = |kind| Expr { kind, span };
    let words = ["get", "post"].map(|w| expr(ExprKind::Name(w.to_owned()))).to_vec();
    let within = |capture: &str| Cond {
        kind: CondKind::In {
            left: expr(ExprKind::Capture(capture.to_owned())),
            right: expr(ExprKind::List(words.clone())),
            negated: false,
        },
        span,
    };
    let mut case = super::compile("javascript", &Matcher::Pattern(text("$app.$method($path)")));
    case.narrow(&within("method"));
    assert_eq!(case.anchors(), [["get", "post"]]);
    // A variable may stand for one of the words, which is not told here.
    case.narrow(&within("path"));
    assert_eq!(case.anchors(), [["get", "post"]]);
    let code = "a.get('b'); a.put('c'); a.post(d)";
    let found = super::run("javascript", code, &[&case], &Limits::default());
    let shown: Vec<_> = found.matches[0].iter().map(show).collect();
    assert_eq!(shown, ["app=a method=get path='b'", "app=a method=post path=d"]);
}

#[test]
fn a_file_that_another_grammar_reads_better_is_read_with_it() {
    let pattern = Matcher::Pattern(text("app.get($path, $f)"));
    let typed = "import type { A } from './a';\n\
        class R { path: string = '/p'; m(x: Array<A>): ?A { app.get(this.path, (req: Req): void => x); } }\n";
    let found = run_one("javascript", &pattern, typed);
    assert_eq!((found.partial, found.error_bytes), (false, 0));
    assert_eq!(found.matches[0].iter().map(values).collect::<Vec<_>>(), ["f=? path=/p"]);
    let query =
        Matcher::Query(text("(call_expression function: (_) @f (#eq? @f \"app.get\")) @at"));
    let found = run_one("javascript", &query, typed);
    assert_eq!(found.matches[0].iter().map(show).collect::<Vec<_>>(), ["f=app.get"]);
    // One whose kinds that grammar does not have finds nothing there, and is no mistake of the pack.
    let query = Matcher::Query(text("(field_definition) @at @field"));
    let found = run_one("javascript", &query, typed);
    assert_eq!(found.matches[0].len(), 0);
    assert_eq!(run_one("javascript", &query, "class R { path = '/p'; }").matches[0].len(), 1);
    // What neither can read stays with its own grammar.
    let broken = run_one("javascript", &pattern, "app.get('/p', f); class { ) (");
    assert!(broken.partial && broken.error_bytes > 0);
    assert_eq!(broken.matches[0].iter().map(values).collect::<Vec<_>>(), ["f=? path=/p"]);
}

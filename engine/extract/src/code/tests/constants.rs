//! Constants: what captured names and expressions stand for.

use super::{check_values, run_one, text};
use crate::matching::CaptureKind;
use redan_grammar::syntax::Matcher;

#[test]
fn literals() {
    let js = "f('a\\n\\u0041\\x42'); f(`b`); f(1_000); f(0x10); f(-3); f(true); f(null); f(1.5)";
    check_values(
        "javascript",
        "f($x)",
        js,
        &["x=a\nAB", "x=b", "x=1000", "x=16", "x=-3", "x=true", "x=?", "x=?"],
    );
    let py = "f('a\\n'); f(r'b\\n'); f('''c\nd'''); f('e' \"f\"); f(b'g'); f(True); f(f'h{{}}')\n";
    check_values(
        "python",
        "f($x)",
        py,
        &["x=a\n", "x=b\\n", "x=c\nd", "x=ef", "x=g", "x=true", "x=h{}"],
    );
    let java =
        "class A { void g() { f(\"a\\t\"); f(\"\"\"\n    b\n      c\n    \"\"\"); f(10L); } }";
    check_values("java", "f($x)", java, &["x=a\t", "x=b\n  c\n", "x=10"]);
    let go = "package p\nfunc g() { f(\"a\\\"b\"); f(`c\\n`); f(7) }\n";
    check_values("go", "f($x)", go, &["x=a\"b", "x=c\\n", "x=7"]);
    let cs =
        "f(\"a\\u0041\"); f(@\"b\"\"c\\d\"); f($\"e{{f}}\"); f(\"\"\"g \"h\" \"\"\"); f(x: \"i\");";
    check_values("csharp", "f($x)", cs, &["x=aA", "x=b\"c\\d", "x=e{f}", "x=g \"h\" ", "x=i"]);
}

#[test]
fn templates_and_sums_keep_holes() {
    let js = "const base = 'http://orders'; f(`${base}/a`); f(`http://o/${req.params.id}/x`); f('http://o/' + id); f(a + b); f(`${a}`); f('x' + 1 + g('y'))";
    check_values(
        "javascript",
        "f($x)",
        js,
        &[
            "x=http://orders/a",
            "x=http://o/{req.params.id}/x",
            "x=http://o/{id}",
            "x=?",
            "x=?",
            "x=x1{}",
        ],
    );
    check_values(
        "python",
        "f($x)",
        "b = 'http://o'\nf(f'{b}/a/{i!r:>3}')\nf(b + '/c')\n",
        &["x=http://o/a/{i}", "x=http://o/c"],
    );
    check_values(
        "java",
        "f($x)",
        "class A { static final String B = \"/b\"; void g() { f(B + \"/c\"); f(A.B); f(this.B); f(C.B); } }",
        &["x=/b/c", "x=/b", "x=/b", "x=?"],
    );
    check_values(
        "go",
        "f($x)",
        "package p\nconst (\n\ta = \"x\"\n\tb = a + `y`\n)\nfunc g() { c := b + \"z\"; f(c) }\n",
        &["x=xyz"],
    );
    check_values(
        "csharp",
        "f($x)",
        "class A { const string B = \"/b\"; string P => \"/p\"; void G() { f(B); f(A.B); f(this.P); f($\"{B}/{id:N}\"); } }",
        &["x=/b", "x=/b", "x=/p", "x=/b/{id}"],
    );
}

#[test]
fn names_bound_once() {
    check_values("javascript", "f($x)", "const a = 'b'; function g() { f(a) }", &["x=b"]);
    check_values("javascript", "f($x)", "let a = 'b'; a = 'c'; f(a)", &["x=?"]);
    check_values("javascript", "f($x)", "const a = 'b'; function g(a) { f(a) }", &["x=?"]);
    check_values(
        "javascript",
        "f($x)",
        "function g() { const a = 'b'; f(a) } function h() { const a = 'c'; f(a) }",
        &["x=b", "x=c"],
    );
    check_values("javascript", "f($x)", "const a = b; const b = a; f(a)", &["x=?"]);
    check_values("javascript", "f($x)", "const { a } = require('x'); { f(a) }", &["x=?"]);
    check_values("python", "f($x)", "A = 'b'\ndef g():\n    f(A)\n", &["x=b"]);
    check_values("python", "f($x)", "A = 'b'\nif x:\n    A = 'c'\nf(A)\n", &["x=?"]);
    check_values(
        "python",
        "f($x)",
        "A = 'b'\ndef g():\n    global A\n    A = 'c'\nf(A)\n",
        &["x=?"],
    );
    check_values("python", "f($x)", "for A in b:\n    f(A)\n", &["x=?"]);
    check_values("python", "f($x)", "A: str = 'b'\nA += 'c'\nf(A)\n", &["x=?"]);
    check_values(
        "java",
        "f($x)",
        "class A { String u = \"a\"; void g() { f(u); } void s(String u) { f(u); } }",
        &["x=a", "x=?"],
    );
    check_values(
        "java",
        "f($x)",
        "class A { String u = \"a\"; void s(String v) { this.u = v; } void g() { f(u); } }",
        &["x=?"],
    );
    check_values(
        "java",
        "f($x)",
        "class A { String u; void s() { u = \"b\"; } void g() { f(u); } }",
        &["x=?"],
    );
    check_values(
        "go",
        "f($x)",
        "package p\nvar a = \"b\"\nfunc g() { f(a) }\nfunc h(a string) { f(a) }\n",
        &["x=b", "x=?"],
    );
    check_values(
        "go",
        "f($x)",
        "package p\nfunc g() { a, b := \"x\", \"y\"; f(a); f(b); c, d := e(); f(c) }\n",
        &["x=x", "x=y", "x=?"],
    );
}

#[test]
fn members_of_classes_and_objects() {
    check_values(
        "javascript",
        "f($x)",
        "const P = { U: '/u', n: { m: '/m' } }; f(P.U); f(P.n.m); f(P.z); f(Q.U)",
        &["x=/u", "x=/m", "x=?", "x=?"],
    );
    check_values("javascript", "f($x)", "const P = { U: '/u' }; P.U = '/v'; f(P.U)", &["x=?"]);
    check_values(
        "typescript",
        "f($x)",
        "enum P { U = '/u' } class A { private b = '/b'; static c = '/c'; g() { f(this.b); f(A.c); f(P.U) } }",
        &["x=/b", "x=/c", "x=/u"],
    );
    check_values("typescript", "f($x)", "const P = { U: '/u' } as const; f(P.U)", &["x=/u"]);
    check_values(
        "python",
        "f($x)",
        "class A:\n    B = '/b'\n    def __init__(self, d):\n        self.c = '/c'\n        self.d = d\n    def g(self):\n        f(self.c); f(A.B); f(self.B); f(self.d); f(B)\n",
        &["x=/c", "x=/b", "x=/b", "x=?", "x=?"],
    );
}

#[test]
fn kinds_of_captures() {
    let kinds = |language: &str, code: &str| -> Vec<CaptureKind> {
        let found = run_one(language, &Matcher::Pattern(text("f($x)")), code);
        found.matches[0].iter().map(|m| m.captures[0].1[0].kind).collect()
    };
    use CaptureKind::{Identifier, Number, Other, String};
    assert_eq!(
        kinds(
            "javascript",
            "const s = 'a'; f('b'); f(s); f(`${c}`); f('a' + d); f(e); f(1); f(g()); f(h.i)"
        ),
        [String, String, String, String, Identifier, Number, Other, Other]
    );
    assert_eq!(kinds("csharp", "f(\"a\"); f(b); f(n: \"c\");"), [String, Identifier, String]);
}

#[test]
fn comments_are_no_part_of_a_capture() {
    let show = |language: &str, pattern: &str, code: &str| {
        let found = run_one(language, &Matcher::Pattern(text(pattern)), code);
        found.matches[0].iter().map(super::show).collect::<Vec<_>>()
    };
    let code = "f(a /* b */ + c) // d\ng(h(1, // i\n 2))";
    assert_eq!(show("javascript", "f($x)", code), ["x=a   + c"]);
    assert_eq!(show("javascript", "g($x)", code), ["x=h(1,  \n 2)"]);
    assert_eq!(show("java", "f($x)", "class A { { f(a /* b */ + c); } }"), ["x=a   + c"]);
}

#[test]
fn names_stand_for_themselves_where_they_are_no_variables() {
    let js = "const get = 'x', p = '/p'; app.get(p); get(p);";
    check_values("javascript", "$a.$m($p)", js, &["a=? m=? p=/p"]);
    check_values("javascript", "$m($p)", js, &["m=? p=/p", "m=? p=/p"]);
    check_values("javascript", "const $k = $v", "const k = 'v';", &["k=? v=v"]);
    check_values("python", "$k = $v", "K = 'v'\n", &["k=? v=v"]);
    check_values("java", "String $k = $v;", "class A { String k = \"v\"; }", &["k=? v=v"]);
}

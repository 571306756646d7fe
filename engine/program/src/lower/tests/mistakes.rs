//! Every mistake, and beside it what is none.

use super::mistakes;

#[test]
fn unknown_attribute() {
    mistakes(
        "relation r(c: component)
r(c) if c.pubic",
        "
        RDN0111 2:11 kind `component` has no attribute `pubic` | pubic | did you mean `public`?
        core/pack.redan:6:6 component (declared here)
        ",
    );
}

#[test]
fn unknown_attribute_near_miss() {
    mistakes(
        "relation r(c: component)
r(c) if c.public",
        "",
    );
}

#[test]
fn attribute_of_a_narrower_kind() {
    mistakes(
        "relation r(c: component)
r(c) if c.holds has _",
        "
        RDN0111 2:11 kind `component` has no attribute `holds` | holds | kind `store` has it: narrow the variable with `: store`
        core/pack.redan:6:6 component (declared here)
        ",
    );
}

#[test]
fn attribute_of_a_narrower_kind_near_miss() {
    mistakes(
        "relation r(c: store)
r(c) if c.holds has _",
        "",
    );
}

#[test]
fn unknown_symbol() {
    mistakes(
        "relation r(b: boundary)
r(b) if b.trust == untrustd",
        "
        RDN0110 2:20 enum `trust` has no symbol `untrustd` | untrustd | did you mean `untrusted`?
        core/pack.redan:3:6 trust (declared here)
        ",
    );
}

#[test]
fn unknown_symbol_near_miss() {
    mistakes(
        "relation r(b: boundary)
r(b) if b.trust == untrusted",
        "",
    );
}

#[test]
fn quoted_symbol() {
    mistakes(
        r#"relation r(b: boundary)
r(b) if b.trust == "untrusted""#,
        r#"
        RDN0205 2:20 this is a string, but a `trust` is needed | "untrusted" | symbols are written without quotes: `untrusted`
        "#,
    );
}

#[test]
fn unknown_variable() {
    mistakes(
        "relation r(c: component)
r(c) if c: process and cc.public",
        "
        RDN0201 2:24 there is no variable `cc` | cc | a variable is bound by `cc: kind`, `cc -> …`, `relation(cc)` or `cc = …` that is not under `not`
        ",
    );
}

#[test]
fn unknown_kind_and_relation() {
    mistakes(
        "relation r(c: component)
r(c) if c: proces and c is exposd and c is stor",
        "
        RDN0101 2:12 there is no kind `proces` | proces | did you mean `process`?
        RDN0105 2:28 there is no kind, relation or set `exposd` | exposd |
        RDN0105 2:44 there is no kind, relation or set `stor` | stor | did you mean `store`?
        ",
    );
}

#[test]
fn used_once() {
    mistakes(
        "relation r(c: component)
r(c) if caller -> c and c.public",
        "
        RDN0202 2:9 variable `caller` is used only once | caller | write `_` if it may be anything
        ",
    );
}

#[test]
fn used_once_near_miss() {
    mistakes(
        "relation r(c: component)
r(c) if _caller -> c and c.public",
        "",
    );
}

#[test]
fn used_once_with_a_kind() {
    mistakes(
        "relation r(service: component)
r(service) if service.public and servise: process",
        "
        RDN0202 2:34 variable `servise` is used only once | servise | did you mean `service`? If it may be anything, write `_`
        warning RDN0303 2:34 these conditions share no variable: about 1,000,000 rows if each part matches 1,000 times | servise: process | (each match of this …) relate them by a condition that speaks of both
        2:15 service.public (… is combined with each match of this)
        ",
    );
}

#[test]
fn used_once_with_a_kind_near_miss() {
    mistakes(
        "relation r(service: component)
r(service) if service -> other: process",
        "",
    );
}

#[test]
fn not_bound() {
    mistakes(
        "relation r(n: string)
r(n) if c: process and not n == c.name",
        r#"
        RDN0201 2:28 there is no variable `n` | n | a text is written in quotes: "n"; a variable is bound by `n: kind`, `n -> …`, `relation(n)` or `n = …` that is not under `not`
        "#,
    );
}

#[test]
fn not_bound_near_miss() {
    mistakes(
        "relation r(n: string)
r(n) if c: process and n = c.name",
        "",
    );
}

#[test]
fn bound_in_one_alternative() {
    mistakes(
        "relation r(n: string)
r(n) if (c: process and n = c.name) or (d: store and d.public)",
        "
        RDN0203 2:3 `n` is not bound in every alternative | n | each part of `or` must bind it: a variable is bound by `n: kind`, `n -> …`, `relation(n)` or `n = …` that is not under `not`
        ",
    );
}

#[test]
fn contradiction() {
    mistakes(
        "relation r(c: component)
r(c) if c: process and c is store",
        "
        RDN0204 2:24 `c` cannot be a `process` and a `store`: this can never match | c | (a `store` here) neither kind inherits from the other; for either of them, write two clauses or use `or`
        2:9 c (a `process` here)
        ",
    );
}

#[test]
fn contradiction_near_miss() {
    mistakes(
        "relation r(c: component)
r(c) if c: process and c is not store",
        "",
    );
}

#[test]
fn unlike_types() {
    mistakes(
        "relation r(c: component)
r(c) if c.public == 3 and c.name == c.in",
        "
        RDN0205 2:21 a bool is never equal to an int | 3 | (this is an int)
        2:9 c.public (this is a bool)
        RDN0205 2:37 a string is never equal to a `boundary` | c.in | (this is a `boundary`)
        2:27 c.name (this is a string)
        ",
    );
}

#[test]
fn unlike_types_near_miss() {
    mistakes(
        "relation r(c: component)
r(c) if c.public == true and c.name == c.in.name",
        "",
    );
}

#[test]
fn no_order() {
    mistakes(
        r#"relation r(c: component)
r(c) if c.name < "x"
relation q(f: flow)
q(f) if f: flow and read < write"#,
        "
        RDN0206 2:9 a string has no order | c.name | only ints and the symbols of an ordered enum are ordered
        RDN0206 4:21 an `access` has no order | read | an enum is ordered if it is declared with `<`: `enum e { a < b }`
        ",
    );
}

#[test]
fn no_order_near_miss() {
    mistakes(
        "relation r(b: boundary)
r(b) if b.trust < internal",
        "",
    );
}

#[test]
fn unknown_function() {
    mistakes(
        r#"relation r(c: component)
r(c) if uper(c.name) == "X" and contians(c.name, "x") and c is stoer"#,
        "
        RDN0207 2:9 there is no function `uper` | uper | did you mean `upper`?
        RDN0104 2:33 there is no relation `contians` | contians | did you mean the function `contains`?
        RDN0105 2:64 there is no kind, relation or set `stoer` | stoer | did you mean `store`?
        ",
    );
}

#[test]
fn unknown_function_near_miss() {
    mistakes(
        r#"relation r(c: component)
r(c) if upper(c.name) == "X" and contains(c.name, "x")"#,
        "",
    );
}

#[test]
fn wrong_number_of_arguments() {
    mistakes(
        r#"relation r(c: component)
r(c) if upper(c.name, "x") == "X"
relation q(c: component)
q(c) if r(c, c)
r(c, c) if c: process"#,
        r#"
        RDN0208 2:9 `upper` takes 1 argument, not 2 | upper | A text in upper case: upper("get") = "GET".
        RDN0208 4:9 `r` takes 1 argument, not 2 | r | it is declared as `r(c)`
        RDN0208 5:1 `r` takes 1 argument, not 2 | r | it is declared as `r(c)`
        "#,
    );
}

#[test]
fn a_set_as_one_value() {
    mistakes(
        r#"relation r(s: store)
r(s) if s.holds == s.holds
relation q(c: component)
q(c) if c.name has "x""#,
        "
        RDN0209 2:9 this has several values, and cannot be compared as one | s.holds | ask for one of them with `has`, or bind one: `v = …`
        RDN0210 4:9 a set is needed here, this is a string | c.name | compare a single value with `==`
        ",
    );
}

#[test]
fn a_set_as_one_value_near_miss() {
    mistakes(
        "relation r(s: store)
r(s) if s.holds has d and d: data",
        "",
    );
}

#[test]
fn misplaced_expressions() {
    mistakes(
        r#"relation r(c: component)
r(c) if c.name == /x/
relation q(c: component)
q(c) if c.name == _
relation p(c: component)
p(c) if c.name matches "x""#,
        r#"
        RDN0211 2:19 a regular expression is only possible after `matches` | /x/ |
        RDN0211 4:19 `_` stands for anything and has no value here | _ |
        RDN0211 6:24 a regular expression is needed here | "x" | it is written between slashes: `/…/`
        "#,
    );
}

#[test]
fn broken_patterns() {
    mistakes(
        r#"relation r(c: component)
r(c) if c.name matches /(/
relation q(c: component)
q(c) if c.name like "{a""#,
        r#"
        RDN0212 2:24 the regular expression is broken | /(/ | unclosed group
        RDN0212 4:21 the glob is broken | "{a" | unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)
        "#,
    );
}

#[test]
fn broken_patterns_near_miss() {
    mistakes(
        r#"relation r(c: component)
r(c) if c.name matches /[(]/ and c.name like "{a,b}*""#,
        "",
    );
}

#[test]
fn no_condition() {
    mistakes(
        "relation r(c: component)
r(c) if c: process and c",
        "
        RDN0015 2:24 `c` alone is not a condition | c | say something of it: `x is …`, `x: kind`, `x.attribute`, `x -> y`
        ",
    );
}

#[test]
fn unknown_verb() {
    mistakes(
        "relation r(c: component)
r(c) if c: store and d: data and c hold d",
        "
        RDN0214 2:36 there is no relation `hold`, and a `store` has no attribute `hold` | hold | did you mean `holds`?
        ",
    );
}

#[test]
fn unknown_verb_near_miss() {
    mistakes(
        "relation r(c: component)
r(c) if c: store and d: data and c holds d",
        "",
    );
}

#[test]
fn in_nothing() {
    mistakes(
        r#"set names { "a" }
relation r(c: component)
r(c) if c: process and c.name in nams"#,
        "
        RDN0210 3:34 a list or a set is needed here | nams | did you mean the set `names`?
        ",
    );
}

#[test]
fn in_nothing_near_miss() {
    mistakes(
        r#"set names { "a" }
relation r(c: component)
r(c) if c: process and c.name in names"#,
        "",
    );
}

#[test]
fn place_of_an_entity() {
    mistakes(
        "relation r(c: component)
r(c) if c: process and d: process and c inside d",
        "
        RDN0217 2:39 a `process` has no place: only extracted facts have | c |
        ",
    );
}

#[test]
fn too_many_alternatives() {
    mistakes(
        "relation r(c: component)
r(c) if (c is process or c is store) and (c is process or c is store) and (c is process or c is store) and (c is process or c is store) and (c is process or c is store) and (c is process or c is store) and (c is process or c is store) and (c is process or c is store)",
        "
        RDN0218 2:1 the condition has more than 128 alternatives | r(c) if (c is process or c is store) and (c is process or c is store) and (c is process or c is store) and (c is process or c is store) and (c is process or c is store) and (c is process or c is store) and (c is process or c is store) and (c is process or c is store) | (each `or` multiplies them) give a part of it a name: declare a relation with one clause for each alternative
        ",
    );
}

#[test]
fn too_many_alternatives_near_miss() {
    mistakes(
        "relation r(c: component)
r(c) if (c is process or c is store) and (c is process or c is store) and (c is process or c is store) and (c is process or c is store)",
        "",
    );
}

#[test]
fn derive_what_comes_from_files() {
    mistakes(
        r#"extract item(name) from yaml in "*.yml" at items.$name { name: $name }
derive item "x" if c: process and c.public
derive i { name: "y" } if i: item"#,
        "
        RDN0220 2:8 `item` comes from files alone | item | declare a `kind` for what follows from facts
        RDN0220 3:8 `i` is an `item`, whose facts come from files alone | i |
        ",
    );
}

#[test]
fn derive_with_wrong_attributes() {
    mistakes(
        r#"derive c { publc: true public: "yes" } if c: process
derive flow a -> b { from: a } if a: process and b: store and a.name == b.name
derive c { public: [true] } if c: process"#,
        r#"
        RDN0111 1:12 kind `process` has no attribute `publc` | publc | did you mean `public`?
        core/pack.redan:7:6 process (declared here)
        RDN0205 1:32 a bool is needed here, this is a string | "yes" |
        RDN0223 2:22 `from` is written before and after the arrow | from |
        RDN0209 3:20 `public` has one value, not a list | [true] |
        "#,
    );
}

#[test]
fn derive_with_wrong_attributes_near_miss() {
    mistakes("derive c { public: true } if c: process", "");
}

#[test]
fn same_of_unlike_things() {
    mistakes(
        "same a, b if a: process and b: data and a.name == b.name",
        "
        RDN0224 1:6 `a` and `b` can never be one thing | a, b | one is a `component`, the other a `data`
        ",
    );
}

#[test]
fn negation_in_a_loop() {
    mistakes(
        "relation a(c: component)
relation b(c: component)
a(c) if c: process and not c is b
b(c) if c: process and c is a",
        "
        RDN0301 3:24 negation in a loop: a → b → a | not c is b | (the absence of `t.b` must be known here) what is denied or counted must not depend on what follows from it
        4:24 c is a (`t.b` depends on `t.a` here)
        ",
    );
}

#[test]
fn negation_in_a_loop_near_miss() {
    mistakes(
        "relation a(c: component)
relation b(c: component)
a(c) if c: process and not c is b
b(c) if c: process and c.public",
        "",
    );
}

#[test]
fn an_attribute_in_a_loop() {
    mistakes(
        "derive c { public: true } if d -> c and d.public",
        "
        RDN0301 1:41 negation in a loop: component.public → component.public | d.public | (`component.public` depends on `component.public` here) an attribute cannot depend on itself, since observations that contradict each other make it unknown: declare a relation for what is recursive
        ",
    );
}

#[test]
fn an_attribute_in_a_loop_near_miss() {
    mistakes(
        "relation open(c: component)
open(c) if c.public
open(c) if d -> c and d is open",
        "",
    );
}

#[test]
fn aggregate_in_a_loop() {
    mistakes(
        "relation big(c: component)
big(c) if c: process and count { d -> c and d is big } > 2",
        "
        RDN0302 2:26 aggregate in a loop: big → big | count { d -> c and d is big } > 2 | (all of `t.big` must be known here) what is denied or counted must not depend on what follows from it
        2:45 d is big (`t.big` depends on `t.big` here)
        ",
    );
}

#[test]
fn product() {
    mistakes(
        "relation r(c: component, d: component)
r(c, d) if c: process and d: store",
        "
        warning RDN0303 2:27 these conditions share no variable: about 1,000,000 rows if each part matches 1,000 times | d: store | (each match of this …) relate them by a condition that speaks of both
        2:12 c: process (… is combined with each match of this)
        ",
    );
}

#[test]
fn product_near_miss() {
    mistakes(
        "relation r(c: component, d: component)
r(c, d) if c: process and d: store and c.name == d.name",
        "",
    );
}

#[test]
fn text_with_an_unknown_binding() {
    mistakes(
        r#"mitigation m { title "m" steps "m" }
threat cleartext {
  title "{senda} and {sender.nam}" stride tampering severity low mitigate m
  source "a" given "b" action "c" impact "d"
  match sender -[f]-> b: store
  where not f.encrypted
}"#,
        "
        RDN0530 3:10 the match binds no `senda` | {senda} | did you mean `sender`?
        RDN0111 3:22 kind `component` has no attribute `nam` | {sender.nam} | did you mean `name`?
        core/pack.redan:6:6 component (declared here)
        ",
    );
}

#[test]
fn exception_with_an_unknown_binding() {
    mistakes(
        r#"mitigation m { title "m" steps "m" }
threat cleartext {
  title "x" stride tampering severity low mitigate m
  source "a" given "b" action "c" impact "d"
  match sender -[f]-> b: store
  where not f.encrypted
}
except cleartext because "fine" if sendr.public"#,
        "
        RDN0201 8:36 there is no variable `sendr` | sendr | did you mean `sender`?
        ",
    );
}

#[test]
fn taken_in_by_no() {
    mistakes(
        "relation r(c: component)
r(c) if c: component and no a: process -> c and c.public
r(c) if c: component and no _ -> c and no c -> _
r(c) if c: component and not exists a: process -> c and c.public",
        "
        warning RDN0304 2:49 `no` takes in this condition as well, which says nothing of what it looks for | c.public | (denied together with what stands before it) put it before the `no`, or the `no` in parentheses: `(no …) and …`; if this is meant, write `no (… and …)`
        warning RDN0304 3:40 `no` takes in this condition as well, which says nothing of what it looks for | no c -> _ | (denied together with what stands before it) put it before the `no`, or the `no` in parentheses: `(no …) and …`; if this is meant, write `no (… and …)`
        warning RDN0304 4:57 `no` takes in this condition as well, which says nothing of what it looks for | c.public | (denied together with what stands before it) put it before the `no`, or the `no` in parentheses: `(no …) and …`; if this is meant, write `no (… and …)`
        ",
    );
}

#[test]
fn taken_in_by_no_near_miss() {
    mistakes(
        "relation r(c: component)
r(c) if c: component and no a: process -> c and a.public
r(c) if c: component and no (a: process -> c and c.public)
r(c) if c: component and no a: process -> c where c.public
r(c) if c: component and (no a: process -> c) and c.public
r(c) if c: component and c.public and no a: process -> c
r(c) if c: component and exists a: process -> c and c.public",
        "",
    );
}

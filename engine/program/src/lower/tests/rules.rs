//! What the forms of conditions and items become.

use super::check;

#[test]
fn relations_that_read_open_attributes_have_both_bounds() {
    check(
        "relation exposed(c: component)
exposed(c) if c.public
exposed(c) if a -> c: process and a is exposed",
        "
        exposed(c) :- component.public(c, true), component(c)
        exposed(c) :- flow@ends(_, a, c), process(c), exposed(a)
        exposed?(c) :- component.public@maybe(c, v1), true = @maybe[==](v1, true), component(c)
        exposed?(c) :- flow@ends(_, a, c), process(c), exposed?(a)
        ",
    );
}

#[test]
fn a_negated_condition_reads_the_other_bound() {
    check(
        "relation exposed(c: component)
exposed(c) if c.public
relation hidden(c: component)
hidden(c) if c: process and not c is exposed",
        "
        exposed(c) :- component.public(c, true), component(c)
        hidden?(c) :- process(c), not exposed(c)
        exposed?(c) :- component.public@maybe(c, v1), true = @maybe[==](v1, true), component(c)
        hidden(c) :- process(c), not exposed?(c)
        ",
    );
}

#[test]
fn a_path_is_unknown_when_a_step_is() {
    check(
        "relation low(f: flow)
low(f) if f.from.in.trust == untrusted
relation high(f: flow)
high(f) if not f.from.in.trust == untrusted",
        "
        high(f) :- flow.from(f, v1), component.in(v1, v2), boundary.trust(v2, v3), v3 != untrusted, flow(f)
        low(f) :- flow.from(f, v1), component.in(v1, v2), boundary.trust(v2, untrusted), flow(f)
        high?(f) :- flow.from(f, v1), component.in.trust@maybe(v1, v2), true = @maybe[!=](v2, untrusted), flow(f)
        low?(f) :- flow.from(f, v1), component.in.trust@maybe(v1, v2), true = @maybe[==](v2, untrusted), flow(f)
        ",
    );
}

#[test]
fn an_attribute_that_binds_is_known() {
    check(
        "relation at(c: component, b: boundary)
at(c, b) if c: process and b = c.in
relation keeps(s: store, d: data)
keeps(s, d) if s: store and s holds d
relation placed(c: component)
placed(c) if c: process and c in _
placed(c) if c: store and not c in _",
        "
        keeps(s, d) :- store(s), store.holds(s, d)
        at(c, b) :- process(c), component.in(c, b)
        placed(c) :- process(c), component.in(c, _)
        placed(c) :- store(c), not component.in(c, _)
        ",
    );
}

#[test]
fn a_set_attribute_is_complete_once_one_element_is_known() {
    check(
        "relation has_it(s: store, d: data)
has_it(s, d) if s: store and d: data and s holds d
relation lacks_it(s: store, d: data)
lacks_it(s, d) if s: store and d: data and not s holds d",
        "
        has_it(s, d) :- store(s), data(d), store.holds(s, d)
        lacks_it(s, d) :- store(s), data(d), store.holds@known(s), not store.holds(s, d)
        has_it?(s, d) :- store(s), data(d), store.holds@maybe(s, v2), true = @maybe[==](v2, d)
        lacks_it?(s, d) :- store(s), data(d), store.holds@state(s, _), not store.holds(s, d)
        ",
    );
}

#[test]
fn symbols_are_told_from_variables_by_the_type() {
    check(
        "kind call is flow { access: set<access> }
relation writes(write: call)
writes(write) if write.access has write",
        "
        writes(write) :- call.access(write, write), call(write)
        writes?(write) :- call.access@maybe(write, v1), true = @maybe[==](v1, write), call(write)
        ",
    );
}

#[test]
fn or_makes_clauses_and_not_goes_down_to_the_leaves() {
    check(
        "relation r(a: component)
r(a) if (a is process or a is store) and not (a.public and a -> a)",
        "
        r(a) :- process(a), component.public(a, false)
        r(a) :- process(a), not flow@ends(_, a, a)
        r(a) :- store(a), component.public(a, false)
        r(a) :- store(a), not flow@ends(_, a, a)
        r?(a) :- process(a), component.public@maybe(a, v1), true = @maybe[==](v1, false)
        r?(a) :- process(a), not flow@ends(_, a, a)
        r?(a) :- store(a), component.public@maybe(a, v1), true = @maybe[==](v1, false)
        r?(a) :- store(a), not flow@ends(_, a, a)
        ",
    );
}

#[test]
fn exists_is_a_part_of_the_rule_and_no_a_relation() {
    check(
        "relation talks(a: component)
talks(a) if a: process and exists b: store where a -> b
relation silent(a: component)
silent(a) if a: process and no b: store where a -> b and not b.public
relation safe(a: component)
safe(a) if a: process and every f: flow where f.from == a satisfies f.encrypted",
        "
        talks(a) :- process(a), store(b), flow@ends(_, a, b)
        clause of silent@(a) :- store(b), flow@ends(_, a, b), component.public(b, false)
        clause of safe@(v0) :- flow(f), flow.from(f, v0), flow.encrypted(f, false)
        safe?(a) :- process(a), not clause of safe@(a)
        silent?(a) :- process(a), not clause of silent@(a)
        clause of silent@?(a) :- store(b), flow@ends(_, a, b), component.public@maybe(b, v2), true = @maybe[==](v2, false)
        clause of safe@?(v0) :- flow(f), flow.from(f, v0), flow.encrypted@maybe(f, v2), true = @maybe[==](v2, false)
        safe(a) :- process(a), not clause of safe@?(a)
        silent(a) :- process(a), not clause of silent@?(a)
        ",
    );
}

#[test]
fn values_from_outside_are_bound_inside_by_what_binds_them_outside() {
    check(
        r#"extract item(name, size?) from yaml in "*.yml" at items.$name { name: $name size: .size }
relation alone(name: string)
alone(n) if i: item and n = upper(i.name) and no j: item where length(n) < length(j.name)"#,
        "
        clause of alone@(n) :- item(j), v2 = length(n), item.name(j, v3), v4 = length(v3), v2 < v4, item.name(i, v6), n = upper(v6)
        alone(n) :- item(i), item.name(i, v2), n = upper(v2), not clause of alone@(n)
        ",
    );
}

#[test]
fn aggregates_compare_by_the_bound_that_is_sure() {
    check(
        "relation busy(s: store)
busy(s) if s: store and count { c -[f]-> s and f.encrypted } >= 3
relation quiet(s: store)
quiet(s) if s: store and count { c -[f]-> s and f.encrypted } < 3
relation size(s: store, n: int)
size(s, n) if s: store and n = count { c -> s }
relation top(n: int)
top(n) if n = max { m where size(_, m) }",
        "
        clause of busy@(s, c, f) :- flow@ends(f, c, s), flow.encrypted(f, true)
        clause of quiet@(s, c, f) :- flow@ends(f, c, s), flow.encrypted(f, true)
        clause of size@(s, c) :- flow@ends(_, c, s)
        busy(s) :- store(s), v1 = count clause of busy@(s, _, _), v1 >= 3
        quiet?(s) :- store(s), v1 = count clause of quiet@(s, _, _), v1 < 3
        size(s, n) :- store(s), n = count clause of size@(s, _)
        clause of top@(m, m) :- size(_, m)
        top(n) :- n = max 1 clause of top@(_, _)
        clause of busy@?(s, c, f) :- flow@ends(f, c, s), flow.encrypted@maybe(f, v3), true = @maybe[==](v3, true)
        clause of quiet@?(s, c, f) :- flow@ends(f, c, s), flow.encrypted@maybe(f, v3), true = @maybe[==](v3, true)
        busy?(s) :- store(s), v1 = count clause of busy@?(s, _, _), v1 >= 3
        quiet(s) :- store(s), v1 = count clause of quiet@?(s, _, _), v1 < 3
        ",
    );
}

#[test]
fn flows_of_one_or_more_steps() {
    check(
        "relation reaches(a: component, b: component)
reaches(a, b) if a ->+ b: store
relation apart(a: component, b: component)
apart(a, b) if a: process and b: store and not a ->+ b
relation ends_here(a: component)
ends_here(a) if a: process and not a -> _: store",
        "
        clause of ends_here@(a) :- flow@ends(_, a, v1), store(v1)
        apart(a, b) :- process(a), store(b), not flow@reach(a, b)
        ends_here(a) :- process(a), not clause of ends_here@(a)
        reaches(a, b) :- flow@reach(a, b), store(b)
        ",
    );
}

#[test]
fn derive_concludes_membership_name_and_attributes() {
    check(
        r#"extract item(name, image?, tags*) from yaml in "*.yml" at items.$name { name: $name image: .image tags: .tags[*] }
derive store i.name in boundary("private") { public: false holds: data(i.image) } if i: item and i.image
derive s { public: true } if s: store and s.name == "x"
derive flow a -> b { encrypted: true } if i: item and a = component(i.name) and b = component("x")"#,
        r#"
        derive store@(v0, v1, i) :- item(i), item.image(i, _), item.name(i, v1), v0 = @entity[component](v1)
        store(v0) :- derive store@(v0, _, i)
        component.name@found(v0, v1) :- derive store@(v0, v1, i)
        component.in@found(v0, v1) :- derive store@(v0, _, i), v1 = @entity[boundary]("private"), boundary(v1)
        store.holds@found(v0, v1) :- derive store@(v0, _, i), item.image(i, v3), v1 = @entity[data](v3), data(v1)
        component.public@found(v0, false) :- derive store@(v0, _, i)
        component.public@found(s, true) :- store(s), component.name(s, "x")
        derive flow@(v0, a, b) :- item(i), item.name(i, v4), a = @entity[component](v4), component(a), b = @entity[component]("x"), component(b), v0 = @flow[flow](a, b)
        flow(v0) :- derive flow@(v0, a, b)
        flow.from@found(v0, a) :- derive flow@(v0, a, b)
        flow.to@found(v0, b) :- derive flow@(v0, a, b)
        flow.encrypted@found(v0, true) :- derive flow@(v0, a, b)
        "#,
    );
}

#[test]
fn fields_that_are_missing_make_the_opposite_true() {
    check(
        r#"extract item(name, image?, tags*) from yaml in "*.yml" at items.$name { name: $name image: .image tags: .tags[*] }
set databases { "postgres", /mongo.*/ }
relation plain(n: string)
plain(i.name) if i: item and not i.image in databases
relation tagged(n: string)
tagged(i.name) if i: item and i.tags has "x" and not i.tags has "y" and not i.image
relation db(n: string)
db(n) if n in databases"#,
        r#"
        db(n) :- set databases(n)
        plain(v0) :- item(i), not item.image(i, _), item.name(i, v0)
        plain(v0) :- item(i), item.image(i, v2), false = @matches_all[postgres|(?:mongo.*)](v2), item.name(i, v0)
        tagged(v0) :- item(i), item.tags(i, "x"), not item.tags(i, "y"), not item.image(i, _), item.name(i, v0)
        "#,
    );
}

#[test]
fn functions_of_missing_and_unknown_values() {
    check(
        r#"kind service is component { url: string }
relation local(s: service)
local(s) if s: service and url_host(s.url) == "localhost"
relation far(s: service)
far(s) if s: service and not url_host(s.url) == "localhost" and not s.url matches /^file/ and s.url not in ["a", "b"]"#,
        r#"
        far(s) :- service(s), service.url(s, v1), true = @none[url_host](v1), service.url(s, v2), false = @matches[^file](v2), service.url(s, v3), false = @matches_all[a|b](v3)
        far(s) :- service(s), service.url(s, v1), v2 = url_host(v1), v2 != "localhost", service.url(s, v3), false = @matches[^file](v3), service.url(s, v4), false = @matches_all[a|b](v4)
        local(s) :- service(s), service.url(s, v1), "localhost" = url_host(v1)
        far?(s) :- service(s), service.url@maybe(s, v1), true = @none[url_host](v1), service.url@maybe(s, v2), false = @lift[@matches ^file](v2), service.url@maybe(s, v3), false = @lift[@matches_all a|b](v3)
        far?(s) :- service(s), service.url@maybe(s, v1), v2 = @lift[url_host](v1), true = @maybe[!=](v2, "localhost"), service.url@maybe(s, v3), false = @lift[@matches ^file](v3), service.url@maybe(s, v4), false = @lift[@matches_all a|b](v4)
        local?(s) :- service(s), service.url@maybe(s, v1), v2 = @lift[url_host](v1), true = @maybe[==](v2, "localhost")
        "#,
    );
}

#[test]
fn facts_relate_by_place() {
    check(
        r"extract class(name) from text match /class (?<name>\w+)/ { name: name }
extract method(name) from text match /def (?<name>\w+)/ { name: name }
relation of_class(m: string, c: string)
of_class(m.name, c.name) if m: method and c: class and m inside c and m.line > c.line
relation near(m: string, c: string)
near(m.name, c.name) if m: method and c: class and m same file c and not m inside c",
        "
        near(v0, v1) :- method(m), class(c), method.file(m, v4), class.file(c, v4), false = @inside(m, c), method.name(m, v0), class.name(c, v1)
        of_class(v0, v1) :- method(m), class(c), method.file(m, v4), class.file(c, v4), true = @inside(m, c), method.line(m, v5), class.line(c, v6), v5 > v6, method.name(m, v0), class.name(c, v1)
        ",
    );
}

#[test]
fn same_comes_before_everything_that_it_does_not_need() {
    check(
        "same a, b if a: process and b: process and a.name == b.name
relation r(a: component)
r(a) if a: process and a.public",
        "
        same(a, b) :- process(a), process(b), component.name(a, v2), component.name(b, v2), a != b
        r(a) :- process(a), component.public(a, true)
        r?(a) :- process(a), component.public@maybe(a, v1), true = @maybe[==](v1, true)
        ",
    );
}

#[test]
fn closed_and_optional_attributes() {
    check(
        r#"kind pod is component { privileged: bool = false  owner: string? }
relation bad(p: pod)
bad(p) if p.privileged
relation fine(p: pod)
fine(p) if not p.privileged and not p.owner == "root""#,
        r#"
        bad(p) :- pod.privileged(p, true), pod(p)
        fine(p) :- pod.privileged(p, false), not pod.owner(p, _), not pod.owner@unknown(p), pod(p)
        fine(p) :- pod.privileged(p, false), pod.owner(p, v1), v1 != "root", pod(p)
        bad?(p) :- pod.privileged@maybe(p, v1), true = @maybe[==](v1, true), pod(p)
        fine?(p) :- pod.privileged@maybe(p, v1), true = @maybe[==](v1, false), not pod.owner@maybe(p, _), pod(p)
        fine?(p) :- pod.privileged@maybe(p, v1), true = @maybe[==](v1, false), pod.owner@maybe(p, v2), true = @maybe[!=](v2, "root"), pod(p)
        "#,
    );
}

#[test]
fn threats_have_bindings_adjustments_and_exceptions() {
    check(
        r#"mitigation m { title "m" steps "m" }
threat cleartext {
  title "cleartext" stride tampering severity low mitigate m
  source "a" given "b" action "read {x}" impact "d"
  match a -[f]-> b: store
  where not f.encrypted and x = b.name and b holds d
  raise high if a.public because "public"
  at f
}
except cleartext because "fine" if b.name == "test""#,
        r#"
        cleartext(a, f, b, x, d) :- flow@ends(f, a, b), store(b), flow.encrypted(f, false), component.name(b, x), store.holds(b, d)
        cleartext?(a, f, b, x, d) :- flow@ends(f, a, b), store(b), flow.encrypted@maybe(f, v5), true = @maybe[==](v5, false), component.name(b, x), store.holds(b, d)
        cleartext raise 1(a, f, b, x, d) :- cleartext?(a, f, b, x, d), component.public(a, true)
        cleartext except 0(a, f, b, x, d) :- cleartext?(a, f, b, x, d), component.name(b, "test")
        "#,
    );
}

#[test]
fn facts_of_relations_are_facts() {
    check(
        r#"relation scheme(name: string, port: int)
scheme("http", 80)
relation known(n: int)
known(p) if scheme("http", p)"#,
        r#"
        known(p) :- scheme("http", p)
        "#,
    );
}

#[test]
fn one_place_verbs_and_two_place_verbs() {
    check(
        "relation crosses(f: flow, b: boundary)
crosses(f, b) if f: flow and f.from in b and not f.to in b
relation outer(f: flow)
outer(f) if f crosses b and b is not inner
relation inner(b: boundary)
inner(b) if b: boundary and b.trust >= internal",
        "
        crosses(f, b) :- flow(f), flow.from(f, v2), component.in(v2, b), flow.to(f, v3), component.in(v3, v4), b != v4
        inner(b) :- boundary(b), boundary.trust(b, v1), v1 >= internal
        crosses?(f, b) :- flow(f), flow.from(f, v2), component.in(v2, b), flow.to(f, v3), component.in@maybe(v3, v4), true = @maybe[!=](b, v4)
        inner?(b) :- boundary(b), boundary.trust@maybe(b, v1), true = @maybe[>=](v1, internal)
        outer(f) :- crosses(f, b), not inner?(b)
        outer?(f) :- crosses?(f, b), not inner(b)
        ",
    );
}

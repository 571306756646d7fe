//! A threat program: what the internet reaches without authentication, and which confidential data rests one flow further.

use ascent::ascent;

use super::{Case, Goal, Input};
use crate::data::{Data, Random};
use crate::measure::{Run, forget_peak, timed};

/// 100,000 components and 300,000 flows.
pub const CASE: Case = Case {
    name: "threat",
    input: Input::Rules {
        rules: RULES,
        answer: "threat",
        generate: || generate(300_000),
        compiled,
    },
    goal: Goal::Ascent(0.6),
};

/// Ten times as many.
pub const LARGE: Case = Case {
    name: "threat-large",
    input: Input::Rules {
        rules: RULES,
        answer: "threat",
        generate: || generate(3_000_000),
        compiled,
    },
    goal: Goal::Most(2.0, Some(600)),
};

/// The facts of [`CASE`]; the conditions stand so that whoever takes them as written multiplies everything with everything.
pub const WORST_ORDER: Case = Case {
    name: "threat-worst-order",
    input: Input::Rules {
        rules: &[
            (0, "reach(c) :- inside(c, b); component(c); untrusted(b)"),
            (0, "reach(b) :- not auth(f); flow(f, a, b); reach(a)"),
            (
                1,
                "threat(c, f, s, d) :- k >= 2; class(d, k); reach(c); holds(s, d); store(s); flow(f, c, s)",
            ),
        ],
        answer: "threat",
        generate: || generate(300_000),
        compiled,
    },
    goal: Goal::Program("threat", 1.2),
};

pub(super) const RULES: &[(u32, &str)] = &[
    (0, "reach(c) :- component(c); inside(c, b); untrusted(b)"),
    (0, "reach(b) :- reach(a); flow(f, a, b); not auth(f)"),
    (
        1,
        "threat(c, f, s, d) :- reach(c); flow(f, c, s); store(s); holds(s, d); class(d, k); k >= 2",
    ),
];

/// A third as many components as flows, in twenty boundaries. One component in a thousand is in the untrusted one, one in
/// ten is a store that holds up to three of 1,000 kinds of data, whose classes are 0 to 3. Flows join any two components; six
/// of ten are authenticated.
pub(super) fn generate(flows: u32) -> Data {
    let (mut data, mut random) = (Data::default(), Random::new());
    let components = flows / 3;
    let first_data = components;
    let first_flow = first_data + 1_000;
    let first_boundary = first_flow + flows;
    data.add("untrusted", [first_boundary]);
    for component in 0..components {
        let inside = if random.chance(1) { 0 } else { 1 + random.below(19) };
        data.add("component", [component]);
        data.add("inside", [component, first_boundary + inside]);
        if random.chance(100) {
            data.add("store", [component]);
            for _ in 0..3 {
                data.add("holds", [component, first_data + random.below(1_000)]);
            }
        }
    }
    for kind in 0..1_000 {
        data.add("class", [first_data + kind, random.below(4)]);
    }
    for flow in first_flow..first_flow + flows {
        data.add("flow", [flow, random.below(components), random.below(components)]);
        if random.chance(600) {
            data.add("auth", [flow]);
        }
    }
    data
}

ascent! {
    struct Threat;
    relation component(u32);
    relation inside(u32, u32);
    relation untrusted(u32);
    relation flow(u32, u32, u32);
    relation auth(u32);
    relation store(u32);
    relation holds(u32, u32);
    relation class(u32, u32);
    relation reach(u32);
    relation threat(u32, u32, u32, u32);
    reach(c) <-- component(c), inside(c, b), untrusted(b);
    reach(b) <-- reach(a), flow(f, a, b), !auth(f);
    threat(c, f, s, d) <-- reach(c), flow(f, c, s), store(s), holds(s, d), class(d, k), if *k >= 2;
}

fn compiled(data: &Data) -> Run {
    let mut program = Threat {
        component: data.ones("component"),
        inside: data.pairs("inside"),
        untrusted: data.ones("untrusted"),
        flow: data.threes("flow"),
        auth: data.ones("auth"),
        store: data.ones("store"),
        holds: data.pairs("holds"),
        class: data.pairs("class"),
        ..Threat::default()
    };
    forget_peak();
    timed(|| {
        program.run();
        (program.threat.len(), program)
    })
}

//! Triangles in a graph with hubs, where a join of two sides gives millions of rows and the third leaves few.

use ascent::ascent;

use super::{Case, Goal, Input};
use crate::data::{Data, Random};
use crate::measure::{Run, forget_peak, timed};

/// 3,000 nodes, 12,000 edges between any two of them, and three hubs with 1,000 edges in and 1,000 out.
pub const CASE: Case = Case {
    name: "triangle",
    input: Input::Rules {
        rules: &[(0, "triangle(x, y, z) :- flow(x, y); flow(y, z); flow(z, x)")],
        answer: "triangle",
        generate,
        compiled,
    },
    goal: Goal::Most(0.03, None),
};

fn generate() -> Data {
    let (mut data, mut random) = (Data::default(), Random::new());
    let nodes = 3_000;
    for _ in 0..12_000 {
        data.add("flow", [random.below(nodes), random.below(nodes)]);
    }
    for hub in 0..3 {
        for _ in 0..1_000 {
            data.add("flow", [hub, random.below(nodes)]);
            data.add("flow", [random.below(nodes), hub]);
        }
    }
    data
}

ascent! {
    struct Triangle;
    relation flow(u32, u32);
    relation triangle(u32, u32, u32);
    triangle(x, y, z) <-- flow(x, y), flow(y, z), flow(z, x);
}

fn compiled(data: &Data) -> Run {
    let mut program = Triangle { flow: data.pairs("flow"), ..Triangle::default() };
    forget_peak();
    timed(|| {
        program.run();
        (program.triangle.len(), program)
    })
}

//! Same generation in a layered graph: a join on both sides of a recursive relation.

use ascent::ascent;

use super::{Case, Goal, Input};
use crate::data::{Data, Random};
use crate::measure::{Run, forget_peak, timed};

/// One root, 50 nodes below it, 2,470 below those, each with up to two parents: all of a layer are of one generation.
pub const CASE: Case = Case {
    name: "same-generation",
    input: Input::Rules {
        rules: &[
            (0, "same(x, y) :- parent(x, p); parent(y, p)"),
            (0, "same(x, y) :- parent(x, a); same(a, b); parent(y, b)"),
        ],
        answer: "same",
        generate,
        compiled,
    },
    goal: Goal::Ascent(1.0),
};

fn generate() -> Data {
    let (mut data, mut random) = (Data::default(), Random::new());
    let (middle, leaves) = (10, 100);
    for node in 0..50 {
        data.add("parent", [middle + node, 0]);
    }
    for leaf in 0..2_470 {
        for _ in 0..2 {
            data.add("parent", [leaves + leaf, middle + random.below(50)]);
        }
    }
    data
}

ascent! {
    struct SameGeneration;
    relation parent(u32, u32);
    relation same(u32, u32);
    same(x, y) <-- parent(x, p), parent(y, p);
    same(x, y) <-- parent(x, a), same(a, b), parent(y, b);
}

fn compiled(data: &Data) -> Run {
    let mut program = SameGeneration { parent: data.pairs("parent"), ..SameGeneration::default() };
    forget_peak();
    timed(|| {
        program.run();
        (program.same.len(), program)
    })
}

//! Transitive closure of a random graph: few facts, millions of rows, each derived about twice.

use ascent::ascent;

use super::{Case, Goal, Input};
use crate::data::{Data, Random};
use crate::measure::{Run, forget_peak, timed};

/// 2,000 nodes, 4,000 edges between any two of them.
pub const CASE: Case = Case {
    name: "closure",
    input: Input::Rules {
        rules: &[(0, "path(x, y) :- edge(x, y)"), (0, "path(x, z) :- path(x, y); edge(y, z)")],
        answer: "path",
        generate,
        compiled,
    },
    goal: Goal::Ascent(1.5),
};

fn generate() -> Data {
    let (mut data, mut random) = (Data::default(), Random::new());
    for _ in 0..4_000 {
        data.add("edge", [random.below(2_000), random.below(2_000)]);
    }
    data
}

ascent! {
    struct Closure;
    relation edge(u32, u32);
    relation path(u32, u32);
    path(x, y) <-- edge(x, y);
    path(x, z) <-- path(x, y), edge(y, z);
}

fn compiled(data: &Data) -> Run {
    let mut program = Closure { edge: data.pairs("edge"), ..Closure::default() };
    forget_peak();
    timed(|| {
        program.run();
        (program.path.len(), program)
    })
}

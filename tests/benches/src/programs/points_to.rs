//! Points-to analysis after Andersen: four rules that meet in one relation, whose rows are derived over and over.

use ascent::ascent;

use super::{Case, Goal, Input};
use crate::data::{Data, Random};
use crate::measure::{Run, forget_peak, timed};

/// 60,000 variables in 1,000 functions.
pub const CASE: Case = Case {
    name: "points-to",
    input: Input::Rules {
        rules: &[
            (0, "points(y, o) :- address(y, o)"),
            (0, "points(y, o) :- assign(y, x); points(x, o)"),
            (0, "points(y, w) :- load(y, x); points(x, z); points(z, w)"),
            (0, "points(z, w) :- store(y, x); points(y, z); points(x, w)"),
        ],
        answer: "points",
        generate,
        compiled,
    },
    goal: Goal::Ascent(2.5),
};

const VARIABLES: u32 = 60_000;

/// The variables of one function. Nearly all statements stay within one, as in real programs; without that, the few
/// thousand stores make everything point to everything.
const FUNCTION: u32 = 60;

/// How many of a thousand statements speak of any other variable.
const FAR: u32 = 2;

fn generate() -> Data {
    let (mut data, mut random) = (Data::default(), Random::new());
    for (relation, statements, far) in [
        ("address", 32_500, 0),
        ("assign", 37_500, FAR),
        ("load", 11_200, FAR),
        ("store", 11_200, FAR),
    ] {
        for _ in 0..statements {
            let left = random.below(VARIABLES);
            let right = if far > 0 && random.chance(far) {
                random.below(VARIABLES)
            } else {
                left - left % FUNCTION + random.below(FUNCTION)
            };
            data.add(relation, [left, right]);
        }
    }
    data
}

ascent! {
    struct PointsTo;
    relation address(u32, u32);
    relation assign(u32, u32);
    relation load(u32, u32);
    relation store(u32, u32);
    relation points(u32, u32);
    points(y, o) <-- address(y, o);
    points(y, o) <-- assign(y, x), points(x, o);
    points(y, w) <-- load(y, x), points(x, z), points(z, w);
    points(z, w) <-- store(y, x), points(y, z), points(x, w);
}

fn compiled(data: &Data) -> Run {
    let mut program = PointsTo {
        address: data.pairs("address"),
        assign: data.pairs("assign"),
        load: data.pairs("load"),
        store: data.pairs("store"),
        ..PointsTo::default()
    };
    forget_peak();
    timed(|| {
        program.run();
        (program.points.len(), program)
    })
}

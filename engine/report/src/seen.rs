//! Where in the system a fact was seen.

use redan_base::Place;
use redan_facts::RelationId;
use redan_program::ir::{Program, Role};
use redan_solve::{Reason, Solution};

/// The places that a fact rests on, without duplicates. A row that a pack states of its own relation is its knowledge, no
/// place of the system.
pub(crate) fn seen(
    program: &Program,
    solution: &Solution,
    relation: RelationId,
    row: u32,
) -> Vec<Place> {
    let mut all = vec![];
    for node in solution.proof(relation, row).nodes {
        let info = program.relations.get(node.fact.relation.0 as usize);
        let Reason::Given(places) = node.reason else { continue };
        if info.is_none_or(|i| !matches!(i.role, Role::Declared(_))) {
            for place in places {
                if !all.contains(&place) {
                    all.push(place);
                }
            }
        }
    }
    all
}

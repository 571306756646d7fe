//! Proofs, questions and why-not.

use proptest::test_runner::TestCaseError;
use redan_solve::Solution;

use crate::support::Case;

pub fn check_proofs(_case: &Case, _solution: &Solution) -> Result<(), TestCaseError> {
    Ok(())
}

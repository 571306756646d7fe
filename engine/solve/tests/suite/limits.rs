//! What ends an evaluation early.

use redan_base::Limits;

use crate::support::Case;

#[test]
fn too_many_rows_are_told_with_the_rule_and_its_plan() {
    let mut case = Case::parse(
        "all(X, Y, Z) :- one(X), one(Y), one(Z).
         small(X) :- one(X).",
    );
    let one = case.id("one");
    for n in 0..100 {
        let row = vec![case.program.values.int(n)];
        case.facts.push((one, row));
    }
    let limits = Limits { rows: 10_000, ..Limits::default() };
    let (solution, diagnostics) = redan_solve::solve(&case.program, case.load(), &limits, &|_| {});
    assert!(solution.incomplete);
    let told =
        format!("{}\n{}", diagnostics[0].message, diagnostics[0].help.as_deref().unwrap_or(""));
    insta::assert_snapshot!(told, @r"
    `all` has more than 10000 rows: stopped in `line 1`, so that the result is incomplete
    join its conditions by a shared variable, or raise the limit if the rows are wanted; its plan:
    scan one -> X
    cross one -> Y
    cross one -> Z
    give all(X, Y, Z)
    (32 rows in, 320000 out)
    ");
    let limits = Limits { solve_ms: 0, ..Limits::default() };
    let (solution, diagnostics) = redan_solve::solve(&case.program, case.load(), &limits, &|_| {});
    assert!(solution.incomplete);
    assert_eq!(diagnostics[0].code.to_string(), "RDN0352");
    let limits = Limits { solve_bytes: 1 << 20, ..Limits::default() };
    let (solution, diagnostics) = redan_solve::solve(&case.program, case.load(), &limits, &|_| {});
    assert!(solution.incomplete);
    assert_eq!(
        diagnostics[0].message,
        "the evaluation needs more than 1 MiB of memory: stopped in `line 1`, so that the result is incomplete"
    );
}

//! Thousands of random programs, in every mode and nesting, and against differences.

use std::cell::Cell;

use proptest::prelude::*;
use proptest::test_runner::{Config, FileFailurePersistence, TestCaseError, TestError, TestRunner};
use wengert_autodiff::jacobian;
use wengert_proptests::check::{
    Checked, Function, Mismatch, check_jacobian, check_jvp_vjp, check_modes, difficult_numbers,
    numbers, repeatable,
};
use wengert_proptests::programs::{
    Program, RESULTS, Statement, Unary, programs, straight_lines, with_inputs,
};

const REGRESSIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/proptest-regressions/programs.txt");

/// The same cases in each run, and those that failed once.
fn config(cases: u32) -> Config {
    let kept = FileFailurePersistence::Direct(REGRESSIONS);
    Config { failure_persistence: Some(Box::new(kept)), ..repeatable(cases) }
}

/// What all the checks of a test looked at.
#[derive(Clone, Copy, Debug, Default)]
struct Total {
    programs: usize,
    /// Programs whose derivatives are finite and not all zero.
    telling: usize,
    checked: Checked,
}

impl Total {
    fn add(&mut self, program: &Program, x: &[f64], checked: Checked) {
        let j = jacobian(|x| program.call(x), x).into_vec();
        self.programs += 1;
        self.telling += usize::from(j.iter().all(|d| d.is_finite()) && j.iter().any(|&d| d != 0.0));
        self.checked = self.checked.and(checked);
    }

    /// The tests have not passed for want of anything to look at.
    #[track_caller]
    fn assert_telling(self, compared_each: usize) {
        let Self { programs, telling, checked } = self;
        assert!(telling * 2 > programs, "{self:?}");
        assert!(checked.compared > programs * compared_each, "{self:?}");
        assert!(checked.unsettled * 10 < checked.compared, "{self:?}");
    }
}

/// Runs the check on programs at points.
#[track_caller]
fn check(
    cases: u32,
    cases_of: impl Strategy<Value = (Program, Vec<f64>)>,
    check: impl Fn(&Program, &[f64]) -> Result<Checked, Mismatch>,
) -> Total {
    let total = Cell::new(Total::default());
    let outcome = TestRunner::new(config(cases)).run(&cases_of, |(program, x)| {
        let mut sum = total.get();
        sum.add(&program, &x, check(&program, &x)?);
        total.set(sum);
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    total.get()
}

#[test]
fn straight_lines_in_every_mode() {
    check(4000, with_inputs(straight_lines(), numbers()), |f, x| check_modes(f, x))
        .assert_telling(100);
}

#[test]
fn branches_and_loops_in_every_mode() {
    check(4000, with_inputs(programs(), numbers()), |f, x| check_modes(f, x)).assert_telling(100);
}

/// Infinities and NaNs run through programs, and the values are those of the plain program all the same.
#[test]
fn difficult_inputs_in_every_mode() {
    let of_difficult = with_inputs(programs(), difficult_numbers());
    let total = check(4000, of_difficult, |f, x| check_modes(f, x));
    assert!(total.checked.compared > 100 * total.programs, "{total:?}");
}

#[test]
fn differences() {
    check(2000, with_inputs(straight_lines(), numbers()), |f, x| check_jacobian(f, x))
        .assert_telling(3);
    check(2000, with_inputs(programs(), numbers()), |f, x| check_jacobian(f, x)).assert_telling(3);
}

#[test]
fn forward_and_reverse_are_transposes() {
    let with_directions = (
        with_inputs(programs(), numbers()),
        proptest::collection::vec(numbers(), 3),
        proptest::collection::vec(numbers(), RESULTS.len()),
    );
    let total = Cell::new(Checked::default());
    TestRunner::new(config(4000))
        .run(&with_directions, |((program, x), v, w)| {
            let checked = check_jvp_vjp(&program, &x, &v[..x.len()], &w)?;
            total.set(total.get().and(checked));
            Ok(())
        })
        .unwrap();
    assert!(total.get().compared > 3500, "{:?}", total.get());
}

/// A failure is reported by the smallest program that fails.
#[test]
fn programs_shrink() {
    fn calls_tanh(body: &[Statement]) -> bool {
        body.iter().any(|statement| match statement {
            Statement::Unary(_, op, _) => *op == Unary::Tanh,
            Statement::If(_, yes, no) => calls_tanh(yes) || calls_tanh(no),
            Statement::For(_, body) | Statement::While(_, _, body) => calls_tanh(body),
            _ => false,
        })
    }
    let config = Config { failure_persistence: None, max_shrink_iters: 100_000, ..config(1000) };
    let failure =
        TestRunner::new(config).run(&with_inputs(programs(), numbers()), |(program, _)| {
            if calls_tanh(&program.body) { Err(TestCaseError::fail("tanh")) } else { Ok(()) }
        });
    let Err(TestError::Fail(_, (program, x))) = failure else {
        panic!("no program calls tanh: {failure:?}");
    };
    assert_eq!((program.body.len(), x.len()), (1, 1), "{program:?}");
    assert_eq!(program.constants, [0.0; 6]);
}
